from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from nophantom.stats.counts import fit_prior
from nophantom.trends.baselines import Baselines, Parameters
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.mentions import mine
from nophantom.trends.series import NEVER, Series, build_series
from nophantom.trends.stories import gather

START = date(2031, 1, 20)


def a_document(number: int, day: int, title: str, **changes: object) -> Document:
    seen = START + timedelta(days=day)
    plain = Document(
        native_id=f"hn:{number:05}",
        family=Family.HACKER_NEWS,
        kind=Kind.POST,
        title=title,
        text="",
        url="",
        author=None,
        site=None,
        published_on=seen,
        first_seen=seen,
        language="en",
        collections=("always",),
        list_name="",
        product=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


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


def test_the_parameters_are_those_that_were_tried() -> None:
    assert Parameters() == Parameters(
        lag=28,
        forgetting=0.999,
        min_support=3,
        q=0.10,
        replay=28,
        confirm_days=5,
        confirm_shown=3,
        phantom_below=1.5,
        technology_only=True,
    )


@pytest.mark.parametrize("forgetting", [0.999, 0.5, 1.0])
def test_exposure_is_forgotten_day_by_day(forgetting: float) -> None:
    series = counted(a_corpus(1))
    baselines = Baselines(series, forgetting)

    for stratum, read in enumerate(series.exposure.tolist()):
        weight = 0.0
        for day, stories in enumerate(read):
            weight = forgetting * weight + stories
            assert baselines.discounted(np.array([stratum]), day).tolist() == [weight]  # to the bit


def test_what_was_read_is_counted_after_one_day_and_until_another() -> None:
    series = counted(a_corpus(2))
    baselines, both = Baselines(series, 0.999), np.array([0, 1])

    for after, until in ((-1, 0), (-1, 99), (3, 10), (40, 60), (60, 60), (98, 99)):
        expected = [sum(read[after + 1 : until + 1]) for read in series.exposure.tolist()]
        assert baselines.read(both, after, until).tolist() == expected
    assert baselines.read(both, np.array([3, 40]), 60).tolist() == [
        sum(series.exposure[0, 4:61]),
        sum(series.exposure[1, 41:61]),
    ]


def test_a_topic_enters_on_its_second_story_or_never() -> None:
    trending = {"product": "github:z/zorb", "kind": Kind.REPOSITORY}
    series = counted(
        [
            a_document(1, 0, "quux one"),
            a_document(2, 7, "quux two"),
            a_document(3, 9, "quux three"),
            a_document(4, 2, "Zorb here and again", **trending),
            a_document(5, 20, "Zorb there and again", **trending),
        ]
    )
    at = {slug: t for t, slug in enumerate(series.mentions.topics.slugs)}
    entered = Baselines(series, 0.999).entered

    assert series.second_day_of[at["zorb"]] == NEVER
    assert (entered[at["quux"]], entered[at["zorb"]]) == (7, series.n_days)


@pytest.mark.parametrize(
    ("day", "before"),
    [(5, 0), (11, 0), (12, 12), (39, 12), (40, 40), (70, 40), (71, 71), (99, 71)],
)
def test_priors_are_fitted_on_the_first_of_the_month_from_what_came_before(day: int, before: int) -> None:
    """Day 12 is 1 February, day 40 is 1 March, day 71 is 1 April."""
    series = counted(a_corpus(3))
    priors = Baselines(series, 0.999).priors(day)

    slugs = [t for t in range(series.n_topics) if 0 <= series.second_day_of[t] < before]
    expected = {}
    for stratum, read in enumerate(series.exposure.tolist()):
        totals: Counter[int] = Counter()
        for t, s, d, n in zip(series.topic, series.stratum, series.day, series.count, strict=True):
            if s == stratum and d < before:
                totals[int(t)] += int(n)
        if sum(read[:before]):
            own = np.array([totals[t] for t in slugs])  # the silent ones count, as 0
            expected[stratum] = fit_prior(own, np.ones(len(own)), sum(read[:before]))

    assert priors.keys() == expected.keys()
    for stratum, prior in expected.items():
        assert (priors[stratum].shape, priors[stratum].rate) == pytest.approx(
            (prior.shape, prior.rate), rel=1e-9
        )
        assert priors[stratum].rate <= 0.02 * sum(series.exposure[stratum, :before]) * (1 + 1e-12)


def test_priors_do_not_know_the_future() -> None:
    series = counted(a_corpus(4))

    for day in (20, 45, 75):
        assert Baselines(series, 0.999).priors(day) == Baselines(series.until(day), 0.999).priors(day)


def speaking_when_late_begins(begins: int, day: int, silent: int = 0) -> list[str]:
    """Two stories a day in `always`; one a day in `late` from a day on, but not on the last `silent` days."""
    documents = []
    for d in range(day + 1):
        documents += [a_document(3 * d + i, d, f"quux {d} {i}") for i in range(2)]
        if begins <= d <= day - silent:
            documents.append(a_document(3 * d + 2, d, f"quux {d}", collections=("late",)))
    series = counted(documents)
    found = Baselines(series, 1.0).speaking(day, 28, 28)
    return [series.strata[s].collection for s in found.tolist()]


def test_a_stratum_is_mute_until_its_baseline_holds_what_the_slowest_window_holds() -> None:
    """As of day 119 the window has 28 stories, and the baseline as many days as `late` ran up to day 91."""
    assert speaking_when_late_begins(64, 119) == ["always", "late"]
    assert speaking_when_late_begins(65, 119) == ["always"]


def test_a_stratum_in_which_nothing_was_read_for_the_slowest_window_is_mute() -> None:
    assert speaking_when_late_begins(0, 119, silent=27) == ["always", "late"]
    assert speaking_when_late_begins(0, 119, silent=28) == ["always"]


def test_a_stratum_without_a_prior_is_mute() -> None:
    """It began after the first of March, day 40: by day 70 it has a baseline of two loud days, and no prior."""
    documents = [a_document(d, d, f"quux {d}", collections=("always",)) for d in range(72)]
    for d in range(41, 72):
        documents += [
            a_document(100 * d + i, d, f"quux {d} {i}", collections=("late",))
            for i in range(40 if d < 43 else 1)
        ]
    baselines = Baselines(counted(documents), 0.999)

    assert baselines.discounted(np.array([1]), 42) > 28
    assert baselines.speaking(70, 28, 28).tolist() == [0]
    assert baselines.speaking(71, 28, 28).tolist() == [0, 1]
    assert baselines.speaking(11, 28, 28).tolist() == []


def test_the_priors_of_strata_come_as_arrays_in_their_order() -> None:
    baselines = Baselines(counted(a_corpus(6)), 0.999)
    shape, rate = baselines.prior_of(np.array([1, 0, 1]), 99)
    priors = baselines.priors(99)

    assert shape.tolist() == [priors[s].shape for s in (1, 0, 1)]
    assert rate.tolist() == [priors[s].rate for s in (1, 0, 1)]
    assert [len(numbers) for numbers in baselines.prior_of(np.zeros(0, dtype=np.int64), 99)] == [0, 0]
