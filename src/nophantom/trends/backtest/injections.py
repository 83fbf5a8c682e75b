"""Injections: bursts with a known beginning, put into a real series, to see when they are found.

An injected topic is a new name in stories that were really read: they are chosen among the stories of its days
and keep their stratum, author and kind. So no story is added, the exposure stays as it is, and what a gate would
say of the real stories it says of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import wilson
from nophantom.trends.backtest.ranked_days import RankedDay
from nophantom.trends.mentions import Mentions
from nophantom.trends.series import Series, build_series
from nophantom.trends.topics import Topics

Ints = NDArray[np.int64]

PREFIX = "\U0010fffd injected "
"""How the slugs of injected topics begin: after every slug that a text can give, so no other number changes."""

RATES = (0.5, 1.0, 2.0, 4.0)
"""Stories a day that are tried."""

WITHIN = 60
"""Days after its onset in which a burst counts as found."""


class Burst(NamedTuple):
    """A part of a real topic, to be seen again at another date.

    Attributes:
        topic: number in the series.
        first: first day that is copied; what lies before the onset is its baseline.
        onset: day on which it really began to be more.
        last: last day that is copied.
    """

    topic: int
    first: int
    onset: int
    last: int


class Injection(NamedTuple):
    """What was put in.

    Attributes:
        slug: of the new topic.
        onset: the day on which it begins.
        rate: stories a day that were meant; None for the copy of a real burst.
        origin: slug of the topic that was copied, or empty.
        stories: how many were put in, on all days.
    """

    slug: str
    onset: date
    rate: float | None
    origin: str
    stories: int


@dataclass(frozen=True, slots=True, eq=False)
class Injected:
    """A series with what was put into it."""

    series: Series
    injections: tuple[Injection, ...]


class Found(NamedTuple):
    """When an injection was first shown; None where it was not within the days that count."""

    injection: Injection
    day: date | None

    @property
    def delay(self) -> int | None:
        """Days from the onset to that."""
        return None if self.day is None else (self.day - self.injection.onset).days


@dataclass(frozen=True, slots=True)
class RateRecall:
    """What became of the injections of one rate.

    Attributes:
        rate: stories a day; None for copies of real bursts.
        n: injections.
        found: of these shown within the days that count.
        recall: found over n, with Wilson's interval.
        delays: lower quartile, median and upper quartile of the delay over *all* n, in days; None where so many were
            never found.
    """

    rate: float | None
    n: int
    found: int
    recall: Estimate
    delays: tuple[int | None, int | None, int | None]


def inject_steady(
    series: Series,
    plans: Sequence[tuple[float, int]],
    rng: np.random.Generator,
    *,
    exposure_days: tuple[int, int],
    days: int = WITHIN,
) -> Injected:
    """Put in topics that are new and come at a steady rate.

    A rate means so many stories a day at the mean exposure of the days given. On any day a story is about the topic
    with the same chance, whatever its stratum: where and when less is read there is less of it, and nothing in a gap.

    Args:
        series: as it is.
        plans: stories a day, and the day of the series on which the topic begins.
        rng: the only source of randomness.
        exposure_days: first and last day whose mean exposure a rate is told for.
        days: how long a topic stays.

    Raises:
        InvalidInput: a day outside the series, a rate not above 0, or nothing read on the exposure days.
    """
    low, high = exposure_days
    _check_days(series, (low, high, *(onset for _, onset in plans)))
    usual = float(series.exposure[:, low : high + 1].sum()) / (high - low + 1)
    if usual == 0 or any(rate <= 0 for rate, _ in plans):
        raise InvalidInput(
            f"a rate is told for days on which something was read ({usual:g} a day), and is above 0; "
            f"got {sorted({rate for rate, _ in plans})}."
        )
    by_day = _by_day(series)
    chosen = []
    for rate, onset in plans:
        begins, ends = by_day.begins[onset], by_day.begins[min(onset + days, series.n_days)]
        # A coin for each story: so many a day as a Poisson number, in proportion to what each stratum read.
        is_about = rng.random(int(ends - begins)) < rate / usual
        chosen.append(by_day.story[begins:ends][is_about])
    named = [("", rate, onset) for rate, onset in plans]
    return _with(series, chosen, named)


def inject_bursts(series: Series, bursts: Sequence[tuple[Burst, int]], rng: np.random.Generator) -> Injected:
    """Put in copies of real bursts so many days later (or earlier, below 0).

    Each story is told again by one of the same stratum on the shifted day; where the stratum then read fewer
    stories, or none, the rest is lost, as it would have been. Shifts of whole weeks keep the weekdays. The real
    topic stays where it is: it has another name.

    Args:
        series: as it is.
        bursts: what to copy, and by how many days to shift it.
        rng: the only source of randomness.

    Raises:
        InvalidInput: a burst whose days are out of order, or a shifted onset outside the series.

    Source:
        The design of Enki et al. (2016), Statistics in Medicine 35: real outbreaks put back at other dates.
    """
    _check_days(series, [burst.onset + shift for burst, shift in bursts])
    cells = _Cells(series)
    chosen, named = [], []
    for burst, shift in bursts:
        if not burst.first <= burst.onset <= burst.last:
            raise InvalidInput(
                f"a burst has its first day, onset and last day in this order; got {tuple(burst[1:])}."
            )
        real = series.evidence(burst.topic, burst.first, burst.last)
        day = series.stories.day[real].astype(np.int64) + shift
        inside = (day >= 0) & (day < series.n_days)
        key = day[inside] * len(series.strata) + series.stories.stratum[real[inside]]
        chosen.append(cells.choose(key, rng))
        named.append((series.mentions.topics.slugs[burst.topic], None, burst.onset + shift))
    return _with(series, chosen, named)


def steady_plans(
    rng: np.random.Generator, first: int, last: int, *, each: int, rates: Sequence[float] = RATES
) -> tuple[tuple[float, int], ...]:
    """So many plans for each rate, their onsets drawn evenly from the days given, both included."""
    return tuple((rate, int(onset)) for rate in rates for onset in rng.integers(first, last + 1, size=each))


def find_injections(
    injections: Iterable[Injection], days: Iterable[RankedDay], *, within: int = WITHIN
) -> tuple[Found, ...]:
    """The first day, from its onset on, on which each injection was a signal."""
    injections = tuple(injections)
    wanted = {injection.slug: injection for injection in injections}
    first: dict[str, date] = {}
    for day in days:
        for slug in wanted.keys() & set(day.signals):
            since = (day.as_of - wanted[slug].onset).days
            if 0 <= since <= within and day.as_of < first.get(slug, date.max):
                first[slug] = day.as_of
    return tuple(Found(injection, first.get(injection.slug)) for injection in injections)


def recall_by_rate(found: Sequence[Found]) -> tuple[RateRecall, ...]:
    """Recall and delay of each rate, the lowest first; copies of real bursts last."""
    rates = sorted({one.injection.rate for one in found}, key=lambda rate: (rate is None, rate or 0.0))
    return tuple(_recall(rate, [one.delay for one in found if one.injection.rate == rate]) for rate in rates)


def _recall(rate: float | None, delays: Sequence[int | None]) -> RateRecall:
    n = len(delays)
    known = sorted(delay for delay in delays if delay is not None)

    def quantile(share: float) -> int | None:
        # The smallest delay in which so many of all were found: what was never found lies at the end.
        place = int(np.ceil(share * n)) - 1
        return known[place] if place < len(known) else None

    return RateRecall(
        rate=rate,
        n=n,
        found=len(known),
        recall=wilson(len(known), n),
        delays=(quantile(0.25), quantile(0.5), quantile(0.75)),
    )


class _ByDay(NamedTuple):
    story: Ints  # in order of day
    begins: Ints  # (n_days + 1,)


def _by_day(series: Series) -> _ByDay:
    """The known stories of each day."""
    day = series.stories.day
    order = np.argsort(day, kind="stable")
    return _ByDay(order, np.searchsorted(day[order], np.arange(series.n_days + 1)))


class _Cells:
    """The stories of every day and stratum."""

    def __init__(self, series: Series) -> None:
        key = series.stories.day.astype(np.int64) * len(series.strata) + series.stories.stratum
        self.story: Ints = np.argsort(key, kind="stable")
        self.key: Ints = key[self.story]

    def choose(self, keys: Ints, rng: np.random.Generator) -> Ints:
        """Distinct stories, for each cell as many as its key is given, or all that it has."""
        cells, wanted = np.unique(keys, return_counts=True)
        low = np.searchsorted(self.key, cells)
        high = np.searchsorted(self.key, cells, side="right")
        picked = [
            rng.choice(self.story[begins:ends], size=min(n, ends - begins), replace=False)
            for begins, ends, n in zip(low.tolist(), high.tolist(), wanted.tolist(), strict=True)
            if ends > begins
        ]
        return np.concatenate([np.zeros(0, dtype=np.int64), *picked])


def _with(series: Series, chosen: Sequence[Ints], named: Sequence[tuple[str, float | None, int]]) -> Injected:
    """The series with new topics at its end, counted as every other topic is."""
    if not chosen:
        return Injected(series, ())
    n = len(chosen)
    slugs = tuple(f"{PREFIX}{number:06}" for number in range(n))
    story = np.concatenate([np.sort(stories) for stories in chosen]).astype(np.int32)
    topic = np.repeat(np.arange(n), [len(stories) for stories in chosen]).astype(np.int32)
    counts = np.bincount(topic, minlength=n).astype(np.int32)
    topics = Topics(slugs, np.arange(n + 1), tuple(slug.strip("\U0010fffd ") for slug in slugs), counts)
    mentions = Mentions(topics, topic, story, series.stories.n, 0)
    own = build_series(mentions, series.stories)
    injections = tuple(
        Injection(slug, series.first_day + timedelta(days=onset), rate, origin, int(count))
        for slug, (origin, rate, onset), count in zip(slugs, named, counts.tolist(), strict=True)
    )
    return Injected(_joined(series, own), injections)


def _joined(series: Series, own: Series) -> Series:
    """Both, the topics of the second after those of the first."""
    after = series.n_topics
    return replace(
        series,
        mentions=_joined_mentions(series.mentions, own.mentions),
        topic=np.concatenate([series.topic, own.topic + np.int32(after)]),
        stratum=np.concatenate([series.stratum, own.stratum]),
        day=np.concatenate([series.day, own.day]),
        count=np.concatenate([series.count, own.count]),
        first_day_of=np.concatenate([series.first_day_of, own.first_day_of]),
        second_day_of=np.concatenate([series.second_day_of, own.second_day_of]),
        n_stories_of=np.concatenate([series.n_stories_of, own.n_stories_of]),
        n_families_of=np.concatenate([series.n_families_of, own.n_families_of]),
    )


def _joined_mentions(mentions: Mentions, own: Mentions) -> Mentions:
    one, other = mentions.topics, own.topics
    if one.slugs and one.slugs[-1] >= other.slugs[0]:
        raise InvalidInput(
            f"this series already holds injected topics, up to {one.slugs[-1]!r}; inject all of them at once."
        )
    topics = Topics(
        slugs=one.slugs + other.slugs,
        first=np.concatenate([one.first, one.first[-1] + other.first[1:]]),
        spellings=one.spellings + other.spellings,
        counts=np.concatenate([one.counts, other.counts]),
        early=np.concatenate(
            [one.first[:-1] if one.early is None else one.early, one.first[-1] + other.first[:-1]]
        ),
    )
    return replace(
        mentions,
        topics=topics,
        topic=np.concatenate([mentions.topic, own.topic + np.int32(one.n)]),
        story=np.concatenate([mentions.story, own.story]),
    )


def _check_days(series: Series, days: Iterable[int]) -> None:
    for day in days:
        if not 0 <= day < series.n_days:
            raise InvalidInput(f"the series has days 0 to {series.n_days - 1}; got {day}. Give one of these.")
