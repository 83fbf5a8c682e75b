"""GitHub stars of one repository by day: `stargazers/history`, newest week first. PURE.

GitHub counts the stars that still exist: who takes a star back lowers a day in the past. So the history is told as it
stands on each visit, and days are read again. Its weeks and days need not be those of UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import orjson

from nophantom.trends.documents import short
from nophantom.trends.exchange import Adoption, Answer, Ask, Protocol, Reading, Refusal, Step, Trouble
from nophantom.trends.native_ids import repository_id
from nophantom.trends.protocols.answers import count_of, json_of, moment_of
from nophantom.trends.protocols.github import SEES, ask_github, refuse_failure, repository_of

MOST_PER_PAGE = 30
MOST_PAGES = 100
REMEMBERED = 60
"""Weeks whose sums are kept, to see which pages have not changed."""
WHOLE_EVERY = timedelta(days=30)
"""After which all pages are read again, whatever the newest ones say."""
MEASURE = "stars"


class _Week(NamedTuple):
    start: int
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Visit:
    """What one visit knows so far.

    Attributes:
        page: that is asked for, from 1.
        is_whole: whether all pages are read.
        oldest: start of the oldest week so far; 0 before the first page.
        sums: start and sum of the newest weeks so far.
    """

    page: int
    is_whole: bool
    oldest: int = 0
    sums: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, note: str) -> _Visit:
        page, is_whole, oldest, sums = orjson.loads(note)
        return cls(page, is_whole, oldest, tuple((start, total) for start, total in sums))

    @property
    def note(self) -> str:
        return orjson.dumps([self.page, self.is_whole, self.oldest, [list(s) for s in self.sums]]).decode()


def _begin(reading: Reading, at: datetime) -> tuple[Ask, ...]:
    told = reading.state.get("whole", "")
    is_whole = not told or at.date() - date.fromisoformat(told) >= WHOLE_EVERY
    # A validator speaks for the first page alone, so it must not keep the others from being read.
    return (_page(reading, _Visit(1, is_whole), conditional=not is_whole),)


def _page(reading: Reading, visit: _Visit, *, conditional: bool = False) -> Ask:
    path = f"repos/{repository_of(reading)}/stargazers/history"
    asked = {"per_page": MOST_PER_PAGE, "page": visit.page}
    return ask_github(reading, path, asked, note=visit.note, conditional=conditional)


def _read(reading: Reading, ask: Ask, answer: Answer) -> Step:
    refuse_failure(reading, answer)
    told = json_of(answer)
    if not isinstance(told, list):
        raise Refusal(Trouble.WRONG_CONTENT, short(f"no list of weeks: {told!r}"))
    visit = _Visit.of(ask.note)
    if not told and visit.page == 1:
        raise Refusal(Trouble.INCOMPLETE, "a history without any week: no stars yet, or not to be had")
    weeks, wrong = _weeks(told, before=visit.oldest)
    product = repository_id(repository_of(reading)) or ""
    adoption = tuple(
        Adoption(product, MEASURE, day, stars)
        for week in weeks
        for day, stars in _days(week, answer.at.date())
    )
    trouble = Trouble.INCOMPLETE if wrong else None
    seen = short(f"{len(wrong)} weeks left out: {wrong[0]}") if wrong else ""
    known = _remembered(reading)
    growing = max(known, default=0)  # the newest week of the last visit was not over
    is_changed = any(
        known.get(w.start, 0) != sum(w.days) for w in weeks if w.start in known and w.start < growing
    )
    # Beyond what is remembered nothing tells whether it changed; the next whole reading will.
    is_known = bool(weeks) and weeks[-1].start in known and not is_changed
    visit = _onward(visit, weeks)
    if len(told) >= MOST_PER_PAGE and visit.page <= MOST_PAGES and (visit.is_whole or not is_known):
        return Step(asks=(_page(reading, visit),), adoption=adoption, trouble=trouble, told=seen)
    state = _state(reading, visit, answer.at.date())
    return Step(adoption=adoption, state=None if wrong else state, trouble=trouble, told=seen)


def _weeks(told: list[object], before: int) -> tuple[list[_Week], list[str]]:
    """Weeks that are sound and not yet read, newest first, and what was seen of the others.

    A week that begins while pages are read moves all others one place on, so one comes twice.
    """
    weeks: dict[int, _Week] = {}
    wrong = []
    for one in told:
        week = _week(one)
        if week is None:
            wrong.append(repr(one))
        elif not before or week.start < before:
            weeks.setdefault(week.start, week)
    return sorted(weeks.values(), reverse=True), wrong


def _week(value: object) -> _Week | None:
    """A week whose total is the sum of its seven days, or None."""
    if not isinstance(value, dict):
        return None
    days = value.get("days")
    if not isinstance(days, list) or len(days) != 7:
        return None
    counts = [count_of({"day": day}, "day") for day in days]
    known = [n for n in counts if n is not None]
    start = count_of(value, "week")
    if len(known) != 7 or start is None or moment_of(start) is None or sum(known) != value.get("total"):
        return None
    return _Week(start, tuple(known))


def _days(week: _Week, today: date) -> Iterable[tuple[date, int]]:
    """Its days that have begun: the newest week holds zeros for days to come, and they are no zeros."""
    start = moment_of(week.start)
    if start is None:
        return
    for n, stars in enumerate(week.days):
        day = start.date() + timedelta(days=n)
        if day <= today:
            yield day, stars


def _onward(visit: _Visit, weeks: list[_Week]) -> _Visit:
    oldest = weeks[-1].start if weeks else visit.oldest
    sums = (*visit.sums, *((w.start, sum(w.days)) for w in weeks))
    return _Visit(visit.page + 1, visit.is_whole, oldest, sums[:REMEMBERED])


def _remembered(reading: Reading) -> dict[int, int]:
    """Sums of weeks as the last visit saw them."""
    pairs = (pair.split(":") for pair in reading.state.get("weeks", "").split())
    return {int(start): int(total) for start, total in pairs}


def _state(reading: Reading, visit: _Visit, today: date) -> dict[str, str]:
    sums = _remembered(reading) | dict(visit.sums)
    kept = sorted(sums.items(), reverse=True)[:REMEMBERED]
    whole = today.isoformat() if visit.is_whole else reading.state["whole"]
    return {"weeks": " ".join(f"{start}:{total}" for start, total in kept), "whole": whole}


GITHUB_STARS = Protocol(_begin, _read, sees=SEES, gap=1.0, at_once=1, least=12 * 3_600.0)
"""Settings: `repository` (owner/name), `base`. It tells days of adoption and no items."""
