"""How much was read on which day: the last day that is known, and whether the archive is thin at its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from statistics import median
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from nophantom.trends.archive import source_tables, tables
from nophantom.trends.worlds import PREFIX as SIMULATED

WINDOW = 28
THIN, USUAL = 0.1, 0.5
"""An end with less than the first share of what is usually read in 28 days is thin; a day with the second is not."""


class ThinEnd(NamedTuple):
    """An archive that hardly anything was read in at its end.

    Attributes:
        read: documents of the 28 days that end with the day.
        usual: the median of such windows.
        last_usual: the last day whose window has at least half of that.
    """

    read: int
    usual: int
    last_usual: date


def last_day(session: Session, *, simulated: bool = False) -> date | None:
    """The day of the last document that is read, of simulated collections alone or of none; None without any."""
    d = tables.Document
    query = select(d.first_seen).where(_wanted(simulated)).order_by(d.first_seen.desc()).limit(1)
    return session.scalars(query).first()


def read_by_day(session: Session, *, simulated: bool = False) -> dict[date, int]:
    """Documents of each day that has any, in order."""
    d = tables.Document
    query = select(d.first_seen, func.count()).where(_wanted(simulated)).group_by(d.first_seen)
    return {row[0]: row[1] for row in session.execute(query.order_by(d.first_seen))}


def _wanted(simulated: bool) -> ColumnElement[bool]:
    link, c = tables.DocumentCollection, source_tables.Collection
    real = (
        select(link.document_id)
        .join(c, c.id == link.collection_id)
        .where(link.document_id == tables.Document.id, c.counts, c.name.not_like(f"{SIMULATED}%"))
        .exists()
    )
    return ~real if simulated else real


def thin_end(read: Mapping[date, int], day: date) -> ThinEnd | None:
    """Whether hardly anything was read in the 28 days that end with a day; None where enough was.

    Args:
        read: documents by day.
        day: the last one that is looked at.

    >>> days = {date(2031, 1, 1) + timedelta(days=n): 100 for n in range(90)} | {date(2031, 9, 9): 1}
    >>> thin_end(days, date(2031, 9, 9))
    ThinEnd(read=1, usual=2800, last_usual=datetime.date(2031, 3, 31))
    >>> thin_end(days, date(2031, 3, 1)) is None
    True
    """
    known = {one: n for one, n in read.items() if one <= day}
    if not known:
        return None
    sums = {
        one: sum(known.get(one - timedelta(days=ago), 0) for ago in range(WINDOW)) for one in (*known, day)
    }
    usual = median(sums.values())
    if sums[day] >= THIN * usual:
        return None
    return ThinEnd(sums[day], round(usual), max(one for one, n in sums.items() if n >= USUAL * usual))
