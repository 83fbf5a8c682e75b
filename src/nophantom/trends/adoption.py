"""Adoption: how often products are downloaded or starred, month by month. PURE.

Adoption is shown beside mentions and is no input of any detection: a package is downloaded by machines that test
other packages, and stars are collected later than the day they are of.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

_HALF_OF_30_DAYS = 15


class Measure(StrEnum):
    """What an adoption series counts."""

    DOWNLOADS = "downloads"
    """Of a package, in 30 days that end in the month or right after it."""
    STARS_TOTAL = "stars_total"
    """Of a repository, all that it had when the month was over."""


class Counted(NamedTuple):
    """One number of an adoption series.

    Attributes:
        product: native id.
        measure: what is counted.
        month: its first day.
        value: how many.
        known_on: the day from which the number could be known.
    """

    product: str
    measure: Measure
    month: date
    value: int
    known_on: date


def month_of(measure: Measure, told: date) -> date:
    """The month that a number told on a day is of: that of the middle of its 30 days, or of the day before it.

    >>> month_of(Measure.DOWNLOADS, date(2021, 3, 1)), month_of(Measure.STARS_TOTAL, date(2021, 3, 31))
    (datetime.date(2021, 2, 1), datetime.date(2021, 3, 1))
    """
    before = timedelta(days=_HALF_OF_30_DAYS if measure is Measure.DOWNLOADS else 1)
    return (told - before).replace(day=1)


def after_month(month: date) -> date:
    """The first day after a month.

    >>> after_month(date(2021, 12, 1))
    datetime.date(2022, 1, 1)
    """
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def one_a_month(counted: Iterable[Counted]) -> list[Counted]:
    """The number of each month that could be known last, by product, measure and month."""
    latest: dict[tuple[str, Measure, date], Counted] = {}
    for one in counted:
        key = (one.product, one.measure, one.month)
        if key not in latest or latest[key].known_on <= one.known_on:
            latest[key] = one
    return sorted(latest.values())
