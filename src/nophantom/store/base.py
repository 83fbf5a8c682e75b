"""What every table is built from: the declarative base, and the column types that are equal on both stores."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

# Every constraint has a name, so that a refusal says which rule was broken and a migration can find it.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of all tables."""

    metadata = MetaData(naming_convention=_NAMES)


# 64 bits on Postgres; SQLite gives its fast row id only to a column of the very type INTEGER.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")
RowId = Annotated[int, mapped_column(RowNumber, primary_key=True)]


SURROGATE = re.compile("[\ud800-\udfff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    r"""A text of others as both stores can hold it: Postgres refuses NUL, and neither takes half a character.

    >>> storable("7\x00 apples") == "7\ufffd apples"
    True
    """
    return _UNSTORABLE.sub("\ufffd", text)


def storable_or_none(text: str | None) -> str | None:
    """`storable` where there is a text."""
    return None if text is None else storable(text)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Refuses a time without a zone, because nobody can say later which zone it was."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What cursors of lists are read back as; a decorator does not say it by itself."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into UTC; SQLite keeps it without the zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a stored time needs a zone; got {value!r} without one.")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back with its zone, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def closed(words: type[StrEnum], name: str) -> Enum:
    """A column that holds one of the words of a closed enum, and a check constraint that sees to it.

    Args:
        words: the enum; its values are what is stored.
        name: of the check constraint, `ck_<table>_<name>`.
    """
    return Enum(
        words,
        native_enum=False,  # a check constraint is the same on both stores, and easy to widen
        create_constraint=True,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
        length=32,
        name=name,
    )
