"""Back-tests in the store: each finished one is written once, with its whole result, and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from nophantom.errors import NotFound
from nophantom.store.base import Base, RowId, UtcDateTime
from nophantom.store.paging import Page, Query, order_of, read_page
from nophantom.trends.backtest.result import BacktestResult, result_hash, result_of, result_text

BACKTESTS_APPEND_ONLY = ("backtest",)
"""Tables whose rows are facts about the past."""


class Backtest(Base):
    """A finished back-test. An equal result is stored once."""

    __tablename__ = "backtest"
    __table_args__ = (
        UniqueConstraint("digest"),
        CheckConstraint("last_day >= first_day", name="last_is_not_before_first"),
        CheckConstraint("length(parameters_hash) = 64", name="parameters_hash_is_sha256"),
        CheckConstraint("length(digest) = 64", name="digest_is_sha256"),
    )

    id: Mapped[RowId]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_day: Mapped[date]
    last_day: Mapped[date]
    parameters_hash: Mapped[str] = mapped_column(String(64))
    simulated: Mapped[bool]
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 over `result`."""
    result: Mapped[str] = mapped_column(Text)
    """`BacktestResult` as canonical JSON."""


@dataclass(frozen=True, slots=True)
class StoredBacktest:
    """A finished back-test with its number.

    Attributes:
        number: in the order in which they were stored.
        at: when it was stored.
        result: everything that it measured.
    """

    number: int
    at: datetime
    result: BacktestResult


def record_backtest(session: Session, result: BacktestResult, *, at: datetime) -> int:
    """Store a finished back-test, unless an equal one is there. Returns its number."""
    digest = result_hash(result)
    known = session.scalars(select(Backtest.id).where(Backtest.digest == digest)).first()
    if known is not None:
        return known
    row = Backtest(
        at=at,
        first_day=result.replayed.first,
        last_day=result.replayed.last,
        parameters_hash=result.replayed.parameters,
        simulated=result.replayed.simulated,
        digest=digest,
        result=result_text(result),
    )
    session.add(row)
    session.flush()
    return row.id


def read_backtest(session: Session, number: int) -> StoredBacktest:
    """One back-test by its number.

    Raises:
        NotFound: there is none.
        Unreadable: another version stored it.
    """
    row = session.get(Backtest, number)
    if row is None:
        raise NotFound(f"there is no back-test {number}. `nophantom trends backtests` lists them.")
    return _stored(row)


def list_backtests(session: Session) -> list[StoredBacktest]:
    """All back-tests in their order.

    Raises:
        Unreadable: another version stored one of them.
    """
    return [_stored(row) for row in session.scalars(select(Backtest).order_by(Backtest.id))]


def page_backtests(
    session: Session,
    *,
    simulated: bool | None = None,
    sort: str = "-number",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[StoredBacktest]:
    """The back-tests page by page, sorted by number.

    Args:
        session: read from.
        simulated: only of simulated worlds, or only of what was collected.
        sort: `number` or `-number`.
        limit: rows of a page.
        cursor: `next_cursor` of the page before.

    Raises:
        InvalidInput: no such sort or cursor.
        Unreadable: another version stored one of them.
    """
    query: Query = select(Backtest.id)
    if simulated is not None:
        query = query.where(Backtest.simulated == simulated)
    order = order_of(sort, {"number": Backtest.id}, Backtest.id)
    page = read_page(session, query, order, limit=limit, cursor=cursor, filters={"simulated": simulated})
    wanted = [row.id for row in page.items]
    found = {row.id: row for row in session.scalars(select(Backtest).where(Backtest.id.in_(wanted)))}
    return page.of(lambda rows: [_stored(found[row.id]) for row in rows])


def _stored(row: Backtest) -> StoredBacktest:
    return StoredBacktest(row.id, row.at, result_of(row.result))
