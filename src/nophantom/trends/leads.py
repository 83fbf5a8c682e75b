"""What one's own SearXNG is asked next: about which topic, for whom, and when. PURE.

Searching is dear: an engine that is asked too often answers nobody for a while. So each question says who asked and
why, a day has a budget, questions keep their distance, and a topic is not asked about again for some days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from nophantom.errors import InvalidInput
from nophantom.trends.protocols.searxng import LONGEST_QUERY, plain_query


class AskedBy(StrEnum):
    """Who wants to know; in this order where nothing else decides."""

    SIGNAL = "signal"
    """A signal: what else is there about it?"""
    WATCH_LIST = "watch_list"
    """An undecided topic: would more evidence decide?"""
    FOLLOWED = "followed"
    """A topic that a person follows."""


class Wanted(NamedTuple):
    """A topic about which something is wanted.

    Attributes:
        topic: its slug.
        words: its name as people write it.
        asked_by: who wants to know.
        why: one line, for the record.
    """

    topic: str
    words: str
    asked_by: AskedBy
    why: str


class Asked(NamedTuple):
    """A question that was asked.

    Attributes:
        topic: about which.
        at: the moment (UTC).
    """

    topic: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LeadBudget:
    """How much may be asked.

    Attributes:
        per_day: questions within 24 hours.
        gap: least seconds between two questions.
        again_after: days before a topic is asked about again.
    """

    per_day: int = 100
    gap: float = 5.0
    again_after: float = 7.0

    def __post_init__(self) -> None:
        if self.per_day < 0 or self.gap < 0 or self.again_after < 0:
            raise InvalidInput(
                f"a budget of leads has no numbers below 0; got {self.per_day} a day, {self.gap:g} s between two, "
                f"again after {self.again_after:g} days."
            )


@dataclass(frozen=True, slots=True)
class LeadQuery:
    """One question to be asked.

    Attributes:
        topic: about which.
        query: what is searched for.
        asked_by: who wants to know; of several the first in the order of `AskedBy`.
        why: what all of them say, for the record.
        not_before: the moment (UTC) from which it may be asked.
        last_asked: when it was last asked about the topic; None where never.
    """

    topic: str
    query: str
    asked_by: AskedBy
    why: str
    not_before: datetime
    last_asked: datetime | None


def plan_queries(
    wanted: Iterable[Wanted], asked_before: Iterable[Asked], budget: LeadBudget, now: datetime
) -> tuple[LeadQuery, ...]:
    """The questions to be asked next, in their order.

    Topics that were never asked about come first, signals before the watch list before followed topics; then those that
    were asked about longest ago. A topic that is wanted by several is asked about once. The budget is that of the
    24 hours before `now`, so that midnight does not double it. A clock that was set back makes nothing due.

    Args:
        wanted: topics, in the order of their importance to whoever asks.
        asked_before: what was asked, answered or not.
        budget: how much may be asked.
        now: the moment (UTC).

    Returns:
        At most what the budget leaves; each at least `gap` seconds after the one before it.

    >>> from datetime import UTC
    >>> noon = datetime(2024, 5, 6, 12, tzinfo=UTC)
    >>> topics = [Wanted("zorb", "Zorb DB", AskedBy.FOLLOWED, "followed by you")]
    >>> [query.query for query in plan_queries(topics, [], LeadBudget(), noon)]
    ['"Zorb DB"']
    """
    history = list(asked_before)
    last: dict[str, datetime] = {}
    for asked in history:
        last[asked.topic] = max(asked.at, last.get(asked.topic, asked.at))
    left = budget.per_day - sum(asked.at > now - timedelta(days=1) for asked in history)
    due = [
        query
        for query in _merged(wanted, last)
        if query.last_asked is None or query.last_asked + timedelta(days=budget.again_after) <= now
    ]
    order = list(AskedBy)
    # The sort is stable: within its rank a topic keeps the place that whoever asks gave it.
    due.sort(key=lambda query: order.index(query.asked_by))
    due.sort(key=lambda query: query.last_asked.timestamp() if query.last_asked else float("-inf"))
    gap = timedelta(seconds=budget.gap)
    first = max([now, *(asked.at + gap for asked in history if asked.at <= now)])
    return tuple(
        LeadQuery(query.topic, query.query, query.asked_by, query.why, first + n * gap, query.last_asked)
        for n, query in enumerate(due[: max(left, 0)])
    )


class _Due(NamedTuple):
    topic: str
    query: str
    asked_by: AskedBy
    why: str
    last_asked: datetime | None


def _merged(wanted: Iterable[Wanted], last: dict[str, datetime]) -> Iterable[_Due]:
    """Each topic once, told for all who want it; a topic without words cannot be asked about."""
    order = list(AskedBy)
    by_topic: dict[str, list[Wanted]] = {}
    for one in wanted:
        by_topic.setdefault(one.topic, []).append(one)
    for topic, ones in by_topic.items():
        first = min(ones, key=lambda one: order.index(one.asked_by))
        query = search_words(first.words)
        if query:
            why = "; ".join(dict.fromkeys(one.why for one in ones))
            yield _Due(topic, query, first.asked_by, why, last.get(topic))


def search_words(name: str) -> str:
    """What is searched for to find a topic: a name of several words as one phrase.

    >>> search_words("Zorb"), search_words(' Zorb  "DB" !x '), search_words("!")
    ('Zorb', '"Zorb DB x"', '')
    """
    words = plain_query(name.replace('"', " "))[: LONGEST_QUERY - 2].strip()
    return f'"{words}"' if " " in words else words
