"""Column types that are equal on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from nophantom.store.base import Base, RowNumber, UtcDateTime, closed
from nophantom.store.engine import open_engine


class Colour(StrEnum):
    """A closed list; the name of a member is not its word."""

    RED = "deep red"
    BLUE = "blue"


METADATA = MetaData(naming_convention=Base.metadata.naming_convention)
THING = Table(
    "thing",
    METADATA,
    Column("id", RowNumber, primary_key=True),
    Column("n", Integer),
    Column("at", UtcDateTime),
    Column("colour", closed(Colour, "colour")),
)
MOMENT = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)


@pytest.fixture
def things(address: str) -> Iterator[Engine]:
    """A store of each kind with one table of the types under test."""
    engine = open_engine(address)
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


def _kept(engine: Engine, moments: list[datetime]) -> list[datetime | None]:
    with engine.connect() as connection:
        rows = [{"n": n, "at": moment} for n, moment in enumerate(moments)]
        connection.execute(insert(THING), rows)
        kept = list(connection.execute(select(THING.c.at).order_by(THING.c.n)).scalars())
        connection.rollback()
    return kept


def test_a_time_without_a_zone_is_refused(things: Engine) -> None:
    with pytest.raises(StatementError, match="a stored time needs a zone"):
        _kept(things, [MOMENT.replace(tzinfo=None)])


def test_a_time_of_another_zone_is_the_same_moment_in_utc(things: Engine) -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=45)))
    (kept,) = _kept(things, [there])
    assert kept == there
    assert kept is not None
    assert (kept.tzinfo, kept.hour, kept.minute, kept.microsecond) == (UTC, 1, 30, 123456)


def test_no_time_stays_no_time(things: Engine) -> None:
    with things.connect() as connection:
        connection.execute(insert(THING), {"at": None})
        assert connection.execute(select(THING.c.at)).scalars().all() == [None]


OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=OFFSETS)  # noqa: DTZ001 - zone follows


@given(moments=st.lists(MOMENTS, min_size=1, max_size=20))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_moment_comes_back_as_itself_and_in_utc(things: Engine, moments: list[datetime]) -> None:
    kept = _kept(things, moments)
    assert kept == moments
    assert all(moment is not None and moment.tzinfo is UTC for moment in kept)


@given(moments=st.lists(MOMENTS, min_size=2, max_size=10))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_orders_moments_as_time_does(things: Engine, moments: list[datetime]) -> None:
    with things.connect() as connection:
        connection.execute(insert(THING), [{"at": moment} for moment in moments])
        ordered = connection.execute(select(THING.c.at).order_by(THING.c.at)).scalars().all()
        connection.rollback()
    assert ordered == sorted(moments)


def test_a_word_of_a_closed_list_is_stored_as_its_value_and_comes_back_as_the_member(things: Engine) -> None:
    with things.connect() as connection:
        connection.execute(insert(THING), {"colour": Colour.RED})
        assert connection.execute(select(THING.c.colour)).scalar_one() is Colour.RED
        assert connection.execute(text("SELECT colour FROM thing")).scalar_one() == "deep red"


def test_a_word_outside_a_closed_list_is_refused_by_python_and_by_the_database(things: Engine) -> None:
    with things.connect() as connection, pytest.raises(StatementError, match="green"):
        connection.execute(insert(THING), {"colour": "green"})
    with things.connect() as connection, pytest.raises(IntegrityError, match="ck_thing_colour"):
        connection.execute(text("INSERT INTO thing (colour) VALUES ('RED')"))


def test_row_numbers_have_64_bits_and_count_by_themselves(things: Engine) -> None:
    with things.connect() as connection:
        connection.execute(insert(THING), {"n": 1})
        assert connection.execute(select(THING.c.id)).scalar_one() == 1
        connection.execute(insert(THING), {"id": 2**62, "n": 2})
        assert connection.execute(select(THING.c.id).where(THING.c.n == 2)).scalar_one() == 2**62
    (column,) = [c for c in inspect(things).get_columns("thing") if c["name"] == "id"]
    assert str(column["type"]) == ("INTEGER" if things.dialect.name == "sqlite" else "BIGINT")
