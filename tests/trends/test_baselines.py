"""What is usual: exposures by their recursion, and the worth of baselines, measured on what was held out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.trends.plain_documents import plain_document

from nophantom.trends.baselines import AT_FIRST, Baselines, Worth
from nophantom.trends.bins import Bins, days_of, weeks_of
from nophantom.trends.documents import Document
from nophantom.trends.mentions import mine
from nophantom.trends.pair_counts import N_TIERS, TIERS
from nophantom.trends.parameters import FAST, SLOW, Pace, Parameters
from nophantom.trends.series import Series, build_series
from nophantom.trends.stories import gather

START = date(2031, 1, 20)


def a_document(number: int, day: int, title: str, **changes: object) -> Document:
    return plain_document(
        f"hn:{number:05}", title, START + timedelta(days=day), **{"collections": ("always",)} | changes
    )


def counted(documents: Sequence[Document]) -> Series:
    stories = gather(documents)
    return build_series(mine(documents, stories), stories)


def a_corpus(seed: int, days: int = 100) -> list[Document]:
    """One collection with gaps, one that begins on day 50."""
    rng = random.Random(seed)
    words = [f"zo{a}{b}" for a in "bdfgk" for b in "lmnprt"]
    documents: list[Document] = []
    for day in range(days):
        at_end = day in {0, days - 1}
        n_always, n_late = rng.choice([0, 1, 3, 6]) + at_end, rng.randrange(4) if day >= 50 else 0
        for name in ["always"] * n_always + ["late"] * n_late:
            title = " ".join([str(len(documents)), *rng.choices(words, k=2)])
            documents.append(a_document(len(documents), day, title, collections=(name,)))
    return documents


def bins_of(series: Series, pace: Pace) -> Bins:
    return days_of(series) if pace.width == 1 else weeks_of(series)


def test_the_parameters_are_those_that_were_tried() -> None:
    assert Parameters() == Parameters(
        min_support=3,
        q=0.10,
        confirm_days=5,
        confirm_shown=3,
        phantom_below=1.5,
        technology_only=True,
        fast=Pace(1, 28, (1, 3, 7, 14, 28), 0.999, 1.0, 2.0, 7, 26),
        slow=Pace(7, 12, (1, 2, 4, 8, 12), 0.993, 3.0, 3.0, 1, 26),
    )


@pytest.mark.parametrize("forgetting", [0.999, 0.5, 1.0])
def test_exposure_is_forgotten_bin_by_bin(forgetting: float) -> None:
    series = counted(a_corpus(1))
    for pace in (FAST, SLOW):
        bins = bins_of(series, pace)
        baselines = Baselines(bins, replace(pace, forgetting=forgetting))

        for stratum, read in enumerate(bins.exposure.tolist()):
            weight = 0.0
            for at, stories in enumerate(read):
                weight = forgetting * weight + stories
                assert baselines.discounted(np.array([stratum]), at).tolist() == [weight]  # to the bit


def test_what_was_read_is_counted_after_one_day_and_until_another() -> None:
    series = counted(a_corpus(2))
    baselines, both = Baselines(days_of(series), FAST), np.array([0, 1])

    for after, until in ((-1, 0), (-1, 99), (3, 10), (40, 60), (60, 60), (98, 99)):
        expected = [sum(read[after + 1 : until + 1]) for read in series.exposure.tolist()]
        assert baselines.read(both, after, until).tolist() == expected
    assert baselines.read(both, np.array([3, 40]), 60).tolist() == [
        sum(series.exposure[0, 4:61]),
        sum(series.exposure[1, 41:61]),
    ]


# ---------------------------------------------------------------- what a baseline story is worth


def table_of(bins: Bins) -> np.ndarray[tuple[int, int, int], np.dtype[np.int64]]:
    """(T, S, n): what the engine never builds."""
    table = np.zeros((bins.n_topics, bins.n_strata, bins.n), dtype=np.int64)
    topic = np.repeat(np.arange(bins.n_topics), np.diff(bins.begins))
    table[topic, bins.stratum, bins.at] = bins.count
    return table


def measured(bins: Bins, pace: Pace, starts: Sequence[int]) -> Worth:
    """Worth as of the last of the first days of months, from whole tables and one sum after the other."""
    table, slowest = table_of(bins), pace.windows[-1]
    promised, came = np.zeros(N_TIERS), np.zeros(N_TIERS)
    for start in starts:
        last, ends = start - 1, start - 1 - slowest
        if ends < 0:
            continue
        promised, came = 0.6 * promised, 0.6 * came
        weights = pace.forgetting ** np.arange(ends, -1, -1)
        known = table[bins.entered <= ends]
        before = known[:, :, : ends + 1]
        stories = before.sum(axis=2)
        usual = bins.exposure[:, : ends + 1] @ weights
        window = bins.exposure[:, ends + 1 : last + 1].sum(axis=1)
        for s in np.flatnonzero((usual > 0) & (usual >= window)).tolist():
            tier = np.searchsorted(TIERS, stories[:, s], side="right")
            share = window[s] / usual[s]
            promised += np.bincount(tier, before[:, s] @ weights * share, N_TIERS)
            came += np.bincount(tier, known[:, s, ends + 1 : last + 1].sum(axis=1), N_TIERS)
            if (stories[:, s] == 0).any():
                promised[0] += (stories[:, s] == 1).sum() * share
    factors = np.clip((came + 100 * np.array(AT_FIRST)) / (promised + 100), 0.2, 2.0)
    until = starts[-1] - 1
    stories = table[bins.entered <= until][:, :, : until + 1].sum(axis=2)
    once, silent = (stories == 1).sum(axis=0), (stories == 0).sum(axis=0)
    unnamed = np.minimum(factors[0] * np.maximum(once, 0.5) / np.maximum(silent, 1), factors[1])
    return Worth(factors, np.where(bins.exposure[:, : until + 1].sum(axis=1) > 0, unnamed, 0.0))


MONTHS = (12, 40, 71, 101, 132, 162, 193, 224, 254)
"""The first of February to October, in days since 20 January."""
WEEKS = (1, 5, 10, 14, 18, 23, 27, 32, 36)
"""The weeks that they lie in; the first begins on a Monday."""


@pytest.mark.parametrize(
    ("pace", "starts", "today"),
    [
        *((FAST, MONTHS[:n], day) for n, day in ((1, 12), (1, 39), (2, 40), (3, 71), (4, 131), (5, 150))),
        *((SLOW, WEEKS[:n], week) for n, week in ((1, 1), (2, 5), (5, 20), (7, 27), (8, 35), (9, 37))),
    ],
)
def test_worth_is_measured_on_the_first_of_each_month_from_what_came_before(
    pace: Pace, starts: Sequence[int], today: int
) -> None:
    bins = bins_of(counted(a_corpus(3, 270)), pace)
    found, wanted = Baselines(bins, pace).worth(today), measured(bins, pace, starts)

    assert found.factors == pytest.approx(wanted.factors, rel=1e-9)
    assert found.unnamed == pytest.approx(wanted.unnamed, rel=1e-9)
    was_measured = len(starts) > (2 if pace is FAST else 6)
    assert (np.abs(found.factors - AT_FIRST) > 0.01).any() == was_measured


def test_before_the_first_month_is_over_nothing_is_known() -> None:
    for pace, today in ((FAST, 11), (SLOW, 0)):
        worth = Baselines(bins_of(counted(a_corpus(3)), pace), pace).worth(today)

        assert worth.factors.tolist() == list(AT_FIRST)
        assert worth.unnamed.tolist() == [0.0, 0.0]


def test_months_may_be_asked_for_in_any_order() -> None:
    bins = days_of(counted(a_corpus(4, 151)))
    forward, backward = Baselines(bins, FAST), Baselines(bins, FAST)
    days = (5, 30, 60, 90, 120, 150)

    one = [forward.worth(day) for day in days]
    two = [backward.worth(day) for day in reversed(days)][::-1]

    for first, second in zip(one, two, strict=True):
        assert first.factors.tolist() == second.factors.tolist()
        assert first.unnamed.tolist() == second.unnamed.tolist()


@pytest.mark.parametrize("pace", [FAST, SLOW])
def test_worth_does_not_know_the_future(pace: Pace) -> None:
    """To the bit, from the series as it was on the last day of a bin."""
    series = counted(a_corpus(4, 151))
    bins = bins_of(series, pace)
    whole = Baselines(bins, pace)

    for at in range(0, bins.n, 6 if pace is FAST else 1):
        then = bins_of(series.until((at + 1) * pace.width - 1 - bins.lead), pace)
        part = Baselines(then, pace).worth(at)
        assert part.factors.tolist() == whole.worth(at).factors.tolist()
        assert part.unnamed.tolist() == whole.worth(at).unnamed.tolist()


def test_what_a_baseline_promises_is_what_comes_where_rates_do_not_change() -> None:
    """Words of one rate: a story of a rich baseline is worth one, and of a poor one what was seen by chance."""
    rng = np.random.default_rng(5)
    words = np.array([f"{a}{b}" for a in ("zo", "qu", "gli", "pra", "dru") for b in "bdfgklmnprtvz"])
    rates = np.geomspace(1, 1 / 400, len(words))
    drawn = rng.choice(words, (460 * 12, 2), p=rates / rates.sum())
    documents = [
        a_document(n, n // 12, f"{n} {first} {n}x {second}")
        for n, (first, second) in enumerate(drawn.tolist())
    ]
    worth = Baselines(days_of(counted(documents)), FAST).worth(459)

    assert worth.factors[6] == pytest.approx(1.0, abs=0.03)
    assert 0.8 < worth.factors[5] < 1.1
    assert (worth.factors >= 0.2).all()
    assert (worth.factors <= 2.0).all()


def test_shapes_are_the_stories_of_a_baseline_by_their_tier() -> None:
    worth = Worth(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]), np.array([0.01]))
    stories = np.array([1, 2, 3, 4, 9, 10, 29, 30, 9_000])

    found = worth.shape(stories, np.full(9, 10.0))

    assert found == pytest.approx([2, 3, 4, 5, 5, 6, 6, 7, 7])


# ---------------------------------------------------------------- strata that speak


def speaking_when_late_begins(begins: int, day: int, silent: int = 0) -> list[str]:
    """Two stories a day in `always`; one a day in `late` from a day on, but not on the last `silent` days."""
    documents = []
    for d in range(day + 1):
        documents += [a_document(3 * d + i, d, f"quux {d} {i}") for i in range(2)]
        if begins <= d <= day - silent:
            documents.append(a_document(3 * d + 2, d, f"quux {d}", collections=("late",)))
    series = counted(documents)
    found = Baselines(days_of(series), replace(FAST, forgetting=1.0)).speaking(day)
    return [series.strata[s].collection for s in found.tolist()]


def test_a_stratum_is_mute_until_its_baseline_holds_what_the_slowest_window_holds() -> None:
    """As of day 119 the window has 28 stories, and the baseline as many days as `late` ran up to day 91."""
    assert speaking_when_late_begins(64, 119) == ["always", "late"]
    assert speaking_when_late_begins(65, 119) == ["always"]


def test_a_stratum_in_which_nothing_was_read_for_the_slowest_window_is_mute() -> None:
    assert speaking_when_late_begins(0, 119, silent=27) == ["always", "late"]
    assert speaking_when_late_begins(0, 119, silent=28) == ["always"]


def test_a_stratum_that_began_this_month_is_mute() -> None:
    """It began after the first of March, day 40: by day 70 it has a baseline of two loud days, and no worth."""
    documents = [a_document(d, d, f"quux {d}", collections=("always",)) for d in range(72)]
    for d in range(41, 72):
        documents += [
            a_document(100 * d + i, d, f"quux {d} {i}", collections=("late",))
            for i in range(40 if d < 43 else 1)
        ]
    baselines = Baselines(days_of(counted(documents)), FAST)

    assert baselines.discounted(np.array([1]), 42) > 28
    assert baselines.speaking(70).tolist() == [0]
    assert baselines.speaking(71).tolist() == [0, 1]
    assert baselines.speaking(11).tolist() == []
