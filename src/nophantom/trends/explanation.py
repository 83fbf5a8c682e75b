"""Why a topic is not among the candidates of a day: what was read of it, and what a detection would say. PURE.

A topic with fewer stories than a candidate needs is counted in a snapshot, not listed. Here it is judged as if it were
one: by the same functions, beside the candidates of that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from nophantom.errors import InvalidInput
from nophantom.trends.assembly import judge
from nophantom.trends.baselines import Ints
from nophantom.trends.detection import support
from nophantom.trends.history import BEFORE, MONTH
from nophantom.trends.replay import Replay
from nophantom.trends.replay_day import Day
from nophantom.trends.series import NEVER, Series
from nophantom.trends.signals import Candidate
from nophantom.trends.topics import slug_of

NEAREST = 5
"""Other spellings that are told when nobody wrote the one that was asked for."""


@dataclass(frozen=True, slots=True)
class ToldIn:
    """The stories of a topic in one part of the sources.

    Attributes:
        stratum: its collection, list and language.
        stories: counted, of all days that were read.
        recent: of the last 28 days.
        first: the day of the first; `last` of the last.
        is_mute: whether nothing told there counts as evidence yet, because too little was read.
    """

    stratum: str
    stories: int
    recent: int
    first: date
    last: date
    is_mute: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a detection knows of one topic on a day.

    Attributes:
        slug: key of the topic; `name` is how it is written most often.
        spellings: all of its spellings, with the stories that use each.
        stories: counted, of all days that were read.
        entered: the day of its second story, from which on it is one of the topics that the choice is made among; None
            where it has not come.
        told_in: in which parts of the sources, the most stories first.
        days: of the last 112 days those on which it was told, with the stories.
        judged: what it would be as a candidate; None where it is no topic of the choice yet.
        missing: stories in 28 days that it lacks to be a candidate; 0 where it is one.
        log_needed: natural logarithm of the e-value that decides on the day.
        best: its latest stories, of all days that were read, the latest first.
    """

    slug: str
    name: str
    spellings: dict[str, int]
    stories: int
    entered: date | None
    told_in: tuple[ToldIn, ...]
    days: tuple[tuple[date, int], ...]
    judged: Candidate | None
    missing: int
    log_needed: float
    best: tuple[int, ...]


def explain_topic(replay: Replay, topic: int, day: int, *, most: int = 10) -> Explanation:
    """What a detection as of a day knows of a topic.

    Args:
        replay: of the corpus that was known on the day; it need not have run.
        topic: its number.
        day: in days of the series.
        most: stories that are told at most.

    Raises:
        InvalidInput: the series is too short to have a baseline.
    """
    series = replay.series
    if day < replay.first:
        raise InvalidInput(
            f"a day is judged by {replay.first + 1} days of documents at least; got {day + 1}. Import more history or "
            "ask of a later day."
        )
    today = _day_with(replay, topic, day)
    events = series.events_of(topic)
    told = series.day[events] <= day
    days, counts = series.day[events][told], series.count[events][told]
    entered = int(series.second_day_of[topic])
    is_judged = topic in today.topic
    stories = series.evidence(topic, 0, day)
    latest = stories[np.lexsort((stories, -series.stories.day[stories]))][:most]
    last = {d: int(counts[days == d].sum()) for d in np.unique(days[days > day - BEFORE]).tolist()}
    recent = int(counts[days > day - MONTH].sum())
    return Explanation(
        slug=series.mentions.topics.slugs[topic],
        name=series.mentions.topics.name(topic),
        spellings=series.mentions.topics.spellings_of(topic),
        stories=int(counts.sum()),
        entered=None if entered == NEVER or entered > day else series.stories.date_of(entered),
        told_in=tuple(_told_in(series, topic, day, today.fast.speaking)),
        days=tuple((series.stories.date_of(d), n) for d, n in last.items()),
        judged=judge(replay, today, topic) if is_judged else None,
        missing=max(0, replay.parameters.min_support - recent),
        log_needed=today.found.log_needed,
        best=tuple(latest.tolist()),
    )


def _day_with(replay: Replay, topic: int, day: int) -> Day:
    """The day with its candidates and this topic, if it is one of the choice; without what was tracked."""
    told = support(replay.days, day, MONTH)
    topics = replay.candidates(day, told, (topic,))
    return Day(replay, day, topics, told[topics])


def _told_in(series: Series, topic: int, day: int, speaking: Ints) -> Iterator[ToldIn]:
    """The parts of the sources that tell it, the most stories first."""
    events = series.events_of(topic)
    stratum, at, count = (values[events] for values in (series.stratum, series.day, series.count))
    known = at <= day
    stratum, at, count = stratum[known], at[known], count[known]
    totals = np.bincount(stratum, weights=count, minlength=len(series.strata))
    for number in np.lexsort((np.arange(len(totals)), -totals)).tolist():
        mine = stratum == number
        if not mine.any():
            return
        yield ToldIn(
            stratum=" / ".join(part for part in series.strata[number] if part),
            stories=int(count[mine].sum()),
            recent=int(count[mine & (at > day - MONTH)].sum()),
            first=series.stories.date_of(int(at[mine].min())),
            last=series.stories.date_of(int(at[mine].max())),
            is_mute=number not in speaking,
        )


def nearest(said: str, slugs: Iterable[str], most: int = NEAREST) -> tuple[str, ...]:
    """The slugs that are written most like a word, the nearest first; those that are too far are left out.

    Two slugs are compared that begin or end alike and differ in length by two at most, by the letters that must be
    put in, left out or changed: at most a third of them.

    >>> nearest("Langchian", ["docker", "langchain", "language"])
    ('langchain',)
    """
    slug = slug_of(said)
    bound = max(1, len(slug) // 3)
    found = [
        (distance, other)
        for other in slugs
        if abs(len(other) - len(slug)) <= min(2, bound)
        and (other[:2] == slug[:2] or other[-2:] == slug[-2:])
        and (distance := _distance(slug, other)) <= bound
    ]
    return tuple(other for _, other in sorted(found)[:most])


def _distance(one: str, other: str) -> int:
    """Letters that must be put in, left out or changed to make one word of the other."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, own in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (letter != own))
    return row[-1]
