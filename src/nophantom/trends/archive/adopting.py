"""Adoption series in their rows: written file by file, read as they could be known on a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from nophantom.store.portions import insert_rows, portions
from nophantom.trends.adoption import Counted, Measure
from nophantom.trends.archive.evidence_tables import AdoptionFile, AdoptionMonth, AdoptionSeries
from nophantom.trends.archive.snapshots import SnapshotRow
from nophantom.trends.archive.surroundings import ProductRow
from nophantom.trends.topics import slug_of

MOST_SERIES = 4
"""So many are shown of a topic."""
MOST_MONTHS = 60
_Key = tuple[str, Measure]


@dataclass(frozen=True, slots=True)
class RecordedAdoption:
    """What became of a file of adoption series.

    Attributes:
        id: its number.
        is_new: False when the same file was imported before; then nothing was written.
        months: numbers that it told otherwise than the files before it, or first.
    """

    id: int
    is_new: bool
    months: int


@dataclass(frozen=True, slots=True)
class AdoptionMonthRow:
    """One month of a series."""

    month: date
    value: int


@dataclass(frozen=True, slots=True)
class AdoptionRow:
    """The series of one product, the oldest month first."""

    product: str
    measure: Measure
    months: tuple[AdoptionMonthRow, ...]


def find_file(session: Session, sha256: str) -> RecordedAdoption | None:
    """A file that was imported before, by the SHA-256 of its content."""
    row = session.execute(select(AdoptionFile.id, AdoptionFile.months).filter_by(sha256=sha256)).first()
    return None if row is None else RecordedAdoption(row.id, is_new=False, months=row.months)


def record_adoption(
    session: Session,
    *,
    name: str,
    sha256: str,
    counted: Sequence[Counted],
    rows: int,
    drops: int,
    at: datetime,
) -> RecordedAdoption:
    """Write what a file tells: of every month only what is told otherwise than before.

    Args:
        session: one unit of work.
        name: of the file, without its folder.
        sha256: of its content; must not be known.
        counted: one number for each product, measure and month.
        rows: that stood in it.
        drops: of them, those that could not be used.
        at: when it is imported.
    """
    ids = _series(session, {(one.product, one.measure) for one in counted})
    known = _known(session, ids.values())
    wanted = [(ids[one.product, one.measure], one) for one in counted]
    told = [(number, one) for number, one in wanted if known.get((number, one.month)) != one.value]
    file = AdoptionFile(name=name, sha256=sha256, at=at, rows=rows, months=len(told), drops=drops)
    session.add(file)
    session.flush()
    months = (
        {
            "series_id": number,
            "month": one.month,
            "file_id": file.id,
            "value": one.value,
            "known_on": one.known_on,
        }
        for number, one in told
    )
    insert_rows(session, AdoptionMonth, months)
    return RecordedAdoption(file.id, is_new=True, months=len(told))


def _series(session: Session, keys: Collection[_Key]) -> dict[_Key, int]:
    """The numbers of series; new ones are added."""
    found = _numbers(session, keys)
    new = sorted(key for key in keys if key not in found)
    rows = [{"product": product, "measure": measure, "name": own_name(product)} for product, measure in new]
    insert_rows(session, AdoptionSeries, rows)
    return found | _numbers(session, new)


def _numbers(session: Session, keys: Collection[_Key]) -> dict[_Key, int]:
    s, found = AdoptionSeries, dict[_Key, int]()
    for some in portions(sorted({product for product, _ in keys})):
        query = select(s.product, s.measure, s.id).where(s.product.in_(some))
        found.update(((product, measure), number) for product, measure, number in session.execute(query))
    return found


def _known(session: Session, series: Collection[int]) -> Mapping[tuple[int, date], int]:
    """What the latest file tells of each month of some series."""
    m, found = AdoptionMonth, dict[tuple[int, date], int]()
    for some in portions(series):
        query = select(m.series_id, m.month, m.value).where(m.series_id.in_(some)).order_by(m.file_id)
        found.update(((number, month), value) for number, month, value in session.execute(query))
    return found


def own_name(product: str) -> str:
    """The slug of the own name of a product: without its family and its owner.

    >>> own_name("github:zed/Zorb-Quux"), own_name("pypi:zorb-quux")
    ('zorbquux', 'zorbquux')
    """
    name = product.partition(":")[2].rpartition("/")[2]
    return slug_of(name) or name or product


def adoption_of(
    session: Session, snapshot: SnapshotRow, slug: str, products: Iterable[ProductRow]
) -> list[AdoptionRow]:
    """The series beside a topic of a snapshot, as they could be known on its day; none beside a simulated one."""
    if snapshot.simulated:
        return []
    named = {product.native_id for product in products if product.is_named}
    return read_adoption(session, {slug}, named, snapshot.as_of)


def read_adoption(
    session: Session, slugs: Collection[str], products: Collection[str], as_of: date
) -> list[AdoptionRow]:
    """The series of the products that bear a topic's name, with the months that could be known on a day.

    Of the repositories of that name that are not told to be the topic's own, the one with the most stars alone: the
    others are copies, or another thing.

    Args:
        session: read from.
        slugs: keys of the topic.
        products: native ids of those that are known to bear its name.
        as_of: the day.

    Returns:
        At most `MOST_SERIES` with at most `MOST_MONTHS` each: packages first, then by their latest number.
    """
    s = AdoptionSeries
    query = select(s.id, s.product, s.measure).where(or_(s.name.in_(slugs), s.product.in_(products)))
    series = {row.id: row for row in session.execute(query)}
    months = _months(session, series, as_of)
    found = [
        AdoptionRow(series[number].product, series[number].measure, tuple(mine[-MOST_MONTHS:]))
        for number, mine in months.items()
    ]
    found.sort(key=lambda row: (row.measure, -row.months[-1].value, row.product))
    told = set(products)
    kept: list[AdoptionRow] = []
    for row in found:
        is_first = row.measure not in {other.measure for other in kept}
        if row.measure is Measure.DOWNLOADS or row.product in told or is_first:
            kept.append(row)
    return kept[:MOST_SERIES]


def _months(session: Session, series: Collection[int], as_of: date) -> dict[int, list[AdoptionMonthRow]]:
    """Of each series that has some, the months that could be known, each as the latest file of these tells it."""
    m = AdoptionMonth
    latest = (
        select(m.series_id, m.month, func.max(m.file_id).label("file_id"))
        .where(m.series_id.in_(series), m.known_on <= as_of)
        .group_by(m.series_id, m.month)
        .subquery()
    )
    same = (m.series_id == latest.c.series_id) & (m.month == latest.c.month) & (m.file_id == latest.c.file_id)
    query = select(m.series_id, m.month, m.value).join(latest, same).order_by(m.series_id, m.month)
    found: dict[int, list[AdoptionMonthRow]] = {}
    for number, month, value in session.execute(query):
        found.setdefault(number, []).append(AdoptionMonthRow(month, value))
    return found
