"""The fast run against a slow one of dictionaries and loops, in replays, outages, and where nothing is to be found."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import partial
from math import exp, log

import numpy as np
import pytest
from scipy.stats import gamma

from nophantom.stats.count_evidence import FACTORS, WINDOWS, log_likelihood_ratios
from nophantom.stats.counts import fit_prior
from nophantom.stats.evidence import e_bh
from nophantom.trends.baselines import Baselines, Parameters
from nophantom.trends.detection import RATE_TIERS, DayEvidence, evaluate
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.mentions import mine
from nophantom.trends.series import Series, build_series
from nophantom.trends.stories import gather
from nophantom.trends.worlds import DEMO, TrendWorld

START = date(2031, 1, 20)
DAYS = 131


def a_document(number: int, day: int, title: str, **changes: object) -> Document:
    seen = START + timedelta(days=day)
    plain = Document(
        native_id=f"hn:{number:06}",
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


def evaluated(series: Series, day: int, parameters: Parameters | None = None) -> DayEvidence:
    parameters = parameters or Parameters()
    return evaluate(series, Baselines(series, parameters.forgetting), day, parameters)


def a_corpus(seed: int, days: int = DAYS) -> list[Document]:
    """Four strata: one with gaps, one of weekdays, one that begins late, one that falls silent for good.

    One word is new on day 85, one has grown six times as frequent by then, one has bursts.
    """
    rng = random.Random(seed)
    words = [
        f"{a}{b}" for a in ("zo", "qu", "gli") for b in ("dal", "fem", "gar", "kit", "lup", "mor", "nez")
    ]
    plans: tuple[tuple[str, Callable[[int], int]], ...] = (
        ("gaps", lambda day: 0 if 30 <= day % 41 < 36 else rng.randrange(4, 9)),
        ("weekdays", lambda day: 0 if day % 7 > 4 else rng.randrange(2, 6)),
        ("late", lambda day: rng.randrange(1, 5) if day >= 67 else 0),
        ("ends", lambda day: rng.randrange(2, 5) if day < 95 else 0),
    )
    documents: list[Document] = []
    for day in range(days):
        for name, plan in plans:
            for _ in range(plan(day) + (day in {0, days - 1} and name == "gaps")):
                chosen = rng.choices(words, k=2, weights=range(1, len(words) + 1))
                if rng.random() < (0.25 if day >= 85 else 0.04):
                    chosen.append("pravo")
                if day >= 85 and rng.random() < 0.15:
                    chosen.append("ximelo")
                if day % 29 == 0 and rng.random() < 0.6:
                    chosen.append("burstel")
                number = len(documents)
                documents.append(
                    a_document(
                        number,
                        day,
                        " ".join([str(number), *chosen]),
                        author=rng.choice([None, None, "ann", "bob"]),
                        collections=(name,),
                    )
                )
    return documents


# ---------------------------------------------------------------- the slow road


@dataclass
class SlowPair:
    """One topic in one stratum that has named it."""

    a: float
    b: float
    tier: int = 0
    x2: float = 0.0
    freedom: int = 0
    phi: float = 1.0


@dataclass
class Slow:
    """One candidate."""

    log_e: float
    together: dict[tuple[int, float], float]
    stories: int
    expected: float
    momentum: tuple[float, float, float]
    ratio: tuple[float, float, float]


class SlowDay:
    """The evidence of a day with dictionaries and loops, straight from the words of the design."""

    def __init__(self, series: Series, day: int) -> None:
        self.day, self.ends = day, day - 28
        self.read: defaultdict[tuple[int, int], int] = defaultdict(int)
        for stratum, row in enumerate(series.exposure.tolist()):
            for d, n in enumerate(row[: day + 1]):
                self.read[stratum, d] = n
        self.count: defaultdict[tuple[int, int, int], int] = defaultdict(int)
        for t, s, d, n in zip(
            *(x.tolist() for x in (series.topic, series.stratum, series.day, series.count)), strict=True
        ):
            if d <= day:
                self.count[t, s, d] = n
        self.named = {(t, s) for t, s, _ in self.count}
        self.entered = self._entered(series)
        self.n_topics = sum(entered <= day for entered in self.entered.values())
        self.first = day
        while (series.first_day + timedelta(days=self.first)).day != 1:
            self.first -= 1
        every = range(len(series.exposure))
        self.prior = {s: self._prior(s) for s in every if self._total(s, -1, self.first - 1) > 0}
        self.speaking = [s for s in self.prior if self._speaks(s)]
        recent: defaultdict[int, int] = defaultdict(int)
        for (t, _, d), n in self.count.items():
            recent[t] += n if d > day - 28 else 0
        self.stories = {t: n for t, n in recent.items() if n >= 3 and self.entered.get(t, day + 1) <= day}
        self.pairs = self._pairs()
        self.candidates = {t: self._candidate(t) for t in self.stories}

    def _entered(self, series: Series) -> dict[int, int]:
        days: defaultdict[int, list[int]] = defaultdict(list)
        for t, story in zip(series.mentions.topic.tolist(), series.mentions.story.tolist(), strict=True):
            days[t].append(int(series.stories.day[story]))
        return {t: sorted(found)[1] for t, found in days.items() if len(found) > 1}

    def _total(self, stratum: int, after: int, until: int) -> int:
        return sum(self.read[stratum, d] for d in range(max(0, after + 1), until + 1))

    def _prior(self, stratum: int) -> tuple[float, float]:
        known = [t for t, entered in self.entered.items() if entered < self.first]
        totals = [sum(self.count.get((t, stratum, d), 0) for d in range(self.first)) for t in known]
        prior = fit_prior(
            np.array(totals), np.ones(len(totals)), float(self._total(stratum, -1, self.first - 1))
        )
        return prior.shape, prior.rate

    def _speaks(self, stratum: int) -> bool:
        window = self._total(stratum, self.day - 28, self.day)
        return window > 0 and self.baseline_read(stratum, self.ends) >= window

    def baseline_read(self, stratum: int, until: int) -> float:
        weight = 0.0
        for d in range(until + 1):
            weight = 0.999 * weight + self.read[stratum, d]
        return weight

    def posterior(self, topic: int, stratum: int, until: int) -> tuple[float, float]:
        stories = 0.0
        for d in range(until + 1):
            stories = 0.999 * stories + self.count.get((topic, stratum, d), 0)
        shape, rate = self.prior[stratum]
        return shape + stories, rate + self.baseline_read(stratum, until)

    def _pairs(self) -> dict[tuple[int, int], SlowPair]:
        found = {}
        x2: defaultdict[int, float] = defaultdict(float)
        freedom: defaultdict[int, int] = defaultdict(int)
        for t in self.stories:
            for s in self.speaking:
                if (t, s) in self.named:
                    pair = SlowPair(*self.posterior(t, s, max(self.ends, self.entered[t])))
                    self._scatter(pair, t, s)
                    found[t, s] = pair
                    x2[pair.tier] += pair.x2
                    freedom[pair.tier] += pair.freedom
        for pair in found.values():
            of_tier = max(1.0, x2[pair.tier] / max(1, freedom[pair.tier]))
            pair.phi = max(1.0, (20 * of_tier + pair.x2) / (20 + pair.freedom))
        return found

    def _scatter(self, pair: SlowPair, topic: int, stratum: int) -> None:
        weeks = []
        for week in range(min(26, max(1, (self.ends + 1) // 7))):
            days = [self.ends - 7 * week - i for i in range(7) if self.ends - 7 * week - i >= 0]
            weeks.append(
                (
                    sum(self.count.get((topic, stratum, d), 0) for d in days),
                    sum(self.read[stratum, d] for d in days),
                )
            )
        shape, prior_rate = self.prior[stratum]
        rate = (shape + sum(y for y, _ in weeks)) / (prior_rate + sum(n for _, n in weeks))
        pair.tier = sum(rate > edge for edge in RATE_TIERS)
        used = [(y, rate * n) for y, n in weeks if n > 0]
        pair.freedom = max(0, len(used) - 1)
        pair.x2 = sum((y - mu) ** 2 / mu for y, mu in used) if len(used) > 1 else 0.0

    def window(self, topic: int, stratum: int, length: int) -> tuple[float, int]:
        """Capped stories and stories read."""
        last = max(self.ends, self.entered[topic])
        a, b = self.posterior(topic, stratum, last)
        days = range(max(last, self.day - length) + 1, self.day + 1)
        capped = sum(
            min(self.count.get((topic, stratum, d), 0), 1 + 2 * a / b * self.read[stratum, d]) for d in days
        )
        return capped, sum(self.read[stratum, d] for d in days)

    def _candidate(self, topic: int) -> Slow:
        together: defaultdict[tuple[int, float], float] = defaultdict(float)
        alone = []
        for s in self.speaking:
            pair = self.pairs.get((topic, s))
            a, b = self.posterior(topic, s, max(self.ends, self.entered[topic]))
            ratios = {}
            for h in WINDOWS:
                y, n = self.window(topic, s, h)
                for rho in FACTORS:
                    lr = (y * log(rho) + (a + y) * log((b + n) / (b + rho * n))) / (pair.phi if pair else 1.0)
                    ratios[h, rho] = lr
                    together[h, rho] += lr
            alone.append(sum(exp(lr) for lr in ratios.values()) / len(ratios))
        pooled = sum(exp(lr) for lr in together.values()) / len(together) if together else 1.0
        e = pooled / 2 + (sum(alone) / len(alone) if alone else 0.0) / 2
        week, month = self._against(topic, 7), self._against(topic, 28)
        return Slow(
            log(e),
            dict(together),
            self.stories[topic],
            month[1],
            self._multiple(*week),
            self._multiple(*month),
        )

    def _against(self, topic: int, length: int) -> tuple[int, float]:
        seen, expected = 0, 0.0
        for s in self.speaking:
            a, b = self.posterior(topic, s, self.ends)
            days = range(self.day - length + 1, self.day + 1)
            seen += sum(self.count.get((topic, s, d), 0) for d in days)
            expected += a / b * sum(self.read[s, d] for d in days)
        return seen, expected

    @staticmethod
    def _multiple(seen: int, expected: float) -> tuple[float, float, float]:
        posterior = gamma(1 + seen, scale=1 / (1 + expected))
        return (1 + seen) / (1 + expected), float(posterior.ppf(0.05)), float(posterior.ppf(0.95))


close = partial(pytest.approx, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("seed", "day"), [(1, 130), (2, 96), (3, 103), (4, 71), (5, 122)])
def test_arrays_agree_with_loops(seed: int, day: int) -> None:
    series = counted(a_corpus(seed))
    fast, slow = evaluated(series, day), SlowDay(series, day)

    assert len(slow.candidates) > 25
    assert fast.day == day
    assert fast.n_topics == slow.n_topics
    assert fast.n_strata == len(slow.speaking) >= 1
    assert fast.topic.tolist() == sorted(slow.candidates)
    for k, topic in enumerate(fast.topic.tolist()):
        one = slow.candidates[topic]
        assert fast.stories[k] == one.stories
        assert fast.evidence.log_e[k] == close(one.log_e)
        assert fast.expected[k] == close(one.expected)
        assert tuple(values[k] for values in fast.momentum) == close(one.momentum)
        assert tuple(values[k] for values in fast.ratio) == close(one.ratio)
        expected = [[one.together[h, rho] for rho in FACTORS] for h in WINDOWS]
        assert np.abs(fast.evidence.log_lr[k] - expected).max() < 1e-9
    assert fast.evidence.n_strata == fast.n_strata


@pytest.mark.parametrize(("seed", "day"), [(1, 130), (6, 110)])
def test_the_pairs_behind_the_evidence_agree_with_loops(seed: int, day: int) -> None:
    series = counted(a_corpus(seed))
    fast, slow = evaluated(series, day), SlowDay(series, day)

    found = [
        (int(fast.topic[k]), s) for k, s in zip(fast.candidate.tolist(), fast.stratum.tolist(), strict=True)
    ]
    assert found == sorted(slow.pairs)
    for m, (topic, stratum) in enumerate(found):
        pair = slow.pairs[topic, stratum]
        assert (fast.a[m], fast.b[m], fast.phi[m]) == close((pair.a, pair.b, pair.phi))
        windows = [slow.window(topic, stratum, h) for h in WINDOWS]
        assert fast.counts[m] == close(np.array([y for y, _ in windows]))
        assert fast.exposure[m].tolist() == [n for _, n in windows]
    assert fast.phi.min() >= 1
    assert fast.phi.max() > 1.05  # the bursts


def test_the_corpus_of_these_tests_has_mute_strata_and_evidence() -> None:
    """Else the agreement above would say little."""
    series = counted(a_corpus(1))
    named = [s.collection for s in series.strata]
    early, late = SlowDay(series, 96), SlowDay(series, 130)

    assert [named[s] for s in early.speaking] == ["ends", "gaps", "weekdays"]
    assert [named[s] for s in late.speaking] == ["gaps", "late", "weekdays"]
    by_slug = {series.mentions.topics.slugs[t]: c for t, c in SlowDay(series, 103).candidates.items()}
    assert by_slug["ximelo"].log_e > 5
    assert by_slug["pravo"].log_e > 5
    assert by_slug["burstel"].log_e < 2


def test_tracked_topics_are_candidates_whatever_their_support() -> None:
    series = counted(a_corpus(1))
    plain = evaluated(series, 100)
    entered = Baselines(series, 0.999).entered
    others = np.setdiff1d(np.flatnonzero(entered <= 100), plain.topic)[:3]
    future = np.flatnonzero(entered > 100)[:1]

    tracked = evaluate(
        series, Baselines(series, 0.999), 100, Parameters(), tracked=np.concatenate([others, future])
    )

    assert len(future) == 1
    assert tracked.topic.tolist() == sorted([*plain.topic.tolist(), *others.tolist()])
    assert tracked.n_topics == plain.n_topics
    shared = np.isin(tracked.topic, plain.topic)
    assert tracked.stories[shared].tolist() == plain.stories.tolist()
    assert (tracked.stories[~shared] < 3).all()


def test_everything_up_to_the_second_story_is_baseline() -> None:
    """Discovered by seven stories on one day: no evidence. The next story is the first."""
    filler = [
        a_document(i, d, f"{i} plain words") for i, d in enumerate(d for d in range(101) for _ in range(8))
    ]
    burst = [a_document(9_000 + i, 99, f"zorb {i}") for i in range(7)]
    after = [a_document(9_100, 100, "zorb")]
    quiet, loud = counted([*filler, *burst]), counted([*filler, *burst, *after])

    for series, day in ((quiet, 99), (loud, 99)):
        found = evaluated(series, day)
        zorb = found.topic.tolist().index(series.mentions.topics.slugs.index("zorb"))
        assert found.evidence.log_lr[zorb].tolist() == np.zeros((len(WINDOWS), len(FACTORS))).tolist()
        assert found.evidence.log_e[zorb] == pytest.approx(0.0, abs=1e-12)
    found = evaluated(loud, 100)
    zorb = found.topic.tolist().index(loud.mentions.topics.slugs.index("zorb"))
    assert found.counts[found.candidate == zorb].tolist() == [[1.0] * len(WINDOWS)]
    assert found.exposure[found.candidate == zorb].tolist() == [[9.0] * len(WINDOWS)]


# ---------------------------------------------------------------- replays


def assert_equal(one: DayEvidence, two: DayEvidence) -> None:
    """To the bit."""
    for field in fields(DayEvidence):
        first, second = getattr(one, field.name), getattr(two, field.name)
        if field.name == "evidence":
            assert (first.log_e == second.log_e).all()
            assert (first.log_lr == second.log_lr).all()
        elif field.name in {"momentum", "ratio"}:
            assert all((x == y).all() for x, y in zip(first, second, strict=True))
        else:
            assert np.array_equal(first, second), field.name


def test_the_evidence_of_a_day_does_not_change_when_later_documents_come() -> None:
    """Many days, for some strata are named first on the day after."""
    series = counted(a_corpus(7))

    for day in range(40, DAYS - 1, 4):
        assert_equal(evaluated(series, day), evaluated(series.until(day), day))


def by_slug(series: Series, found: DayEvidence) -> dict[str, tuple[float, ...]]:
    return {
        series.mentions.topics.slugs[t]: (
            *(float(x[k]) for x in (found.evidence.log_e, found.expected, *found.momentum, *found.ratio)),
            float(found.stories[k]),
        )
        for k, t in enumerate(found.topic.tolist())
    }


@pytest.mark.parametrize("seed", [8, 9])
def test_the_evidence_is_what_it_would_have_been_on_that_day(seed: int) -> None:
    """Built again from the documents of that time: other numbers of topics and strata, the same evidence."""
    documents, day = a_corpus(seed), 90
    whole = counted(documents)
    then = counted([d for d in documents if d.first_seen <= START + timedelta(days=day)])
    now, replayed = evaluated(then, day), evaluated(whole, day)

    assert now.n_topics == replayed.n_topics
    found, again = by_slug(then, now), by_slug(whole, replayed)
    assert found.keys() == again.keys()
    for slug in found:
        assert found[slug] == close(again[slug])


def test_the_order_of_the_input_does_not_matter() -> None:
    documents = a_corpus(10)
    shuffled = random.Random(1).sample(documents, len(documents))

    assert_equal(evaluated(counted(documents), 120), evaluated(counted(shuffled), 120))


# ---------------------------------------------------------------- outages


def with_silence(seed: int, first: int, last: int, days: int = DAYS) -> Series:
    """Two strata of constant rates; `main` is not read on some days."""
    rng = random.Random(seed)
    words = [f"{a}{b}" for a in ("zo", "qu", "gli", "pra") for b in ("dal", "fem", "gar", "kit", "lup")]
    documents: list[Document] = []
    for day in range(days):
        for name, n in (("main", 20), ("side", 5)):
            for _ in range(n):
                title = " ".join([str(len(documents)), *rng.choices(words, k=2)])
                documents.append(a_document(len(documents), day, title, collections=(name,)))
    return counted(
        [
            d
            for d in documents
            if d.collections == ("side",) or not first <= (d.first_seen - START).days <= last
        ]
    )


def test_a_silent_stratum_is_no_evidence() -> None:
    """In windows in which it read nothing, the logarithms are those of the other stratum alone."""
    series = with_silence(1, 105, 130)
    assert [s.collection for s in series.strata] == ["main", "side"]
    found = evaluated(series, 111)  # main was silent for seven days
    main = found.stratum == 0
    assert found.n_strata == 2
    assert main.sum() > 20
    assert (found.exposure[main][:, :3] == 0).all()
    assert (found.exposure[main][:, 3:] > 0).all()

    side = found.candidate[~main]
    alone = log_likelihood_ratios(
        *(x[~main] for x in (found.counts, found.exposure, found.a, found.b, found.phi))
    )
    assert len(side) > 20
    assert np.abs(found.evidence.log_lr[side][:, :3] - alone[:, :3]).max() < 1e-9
    assert np.abs(found.evidence.log_lr[side][:, 3:] - alone[:, 3:]).max() > 0.1


def a_single_stratum(silent: set[int], days: int) -> Series:
    """Ten stories a day but on silent days; zorb in one of them each tenth day, then each day from 92 on."""
    documents = []
    for day in range(days):
        if day in silent:
            continue
        for i in range(10):
            is_zorb = i == 0 and (day % 10 == 1 or day >= 92)
            documents.append(a_document(10 * day + i, day, f"{day} {i} {'zorb' if is_zorb else 'plain'}"))
    return counted(documents)


def test_days_of_an_outage_take_nothing_from_the_evidence() -> None:
    """As of day 99, in an outage from day 98 on, windows of 3 days hold what those of 1 held on day 97.

    The days that the baseline gains meanwhile (70 and 71) are silent too, and nothing is forgotten.
    """
    parameters = Parameters(forgetting=1.0)
    series = a_single_stratum({70, 71, 98, 99}, 110)
    zorb = series.mentions.topics.slugs.index("zorb")
    before, during = (evaluated(series, day, parameters) for day in (97, 99))
    rows = [found.evidence.log_lr[found.topic.tolist().index(zorb)] for found in (before, during)]

    assert rows[0][0].max() > 0.5
    assert rows[1][0].tolist() == [0.0] * len(FACTORS)  # today nothing was read
    assert rows[1][1] == close(rows[0][0])


@pytest.mark.parametrize("seed", [1, 2])
def test_after_an_outage_nothing_seems_to_rise(seed: int) -> None:
    series = with_silence(seed, 90, 112)

    for day in (95, 112, 113, 116, 119, 130):
        found = evaluated(series, day)
        established = found.expected > 10
        assert established.sum() >= 20
        assert 0.85 < np.median(found.momentum.point[established]) < 1.15
        assert found.evidence.log_e.max() < log(found.n_topics / 0.1) - 3
        assert not e_bh(found.evidence.log_e, found.n_topics, q=0.1).chosen.any()


def test_nothing_read_in_any_stratum_leaves_no_evidence_at_all() -> None:
    filler = [a_document(d, d, f"{d} zorb") for d in range(60)]
    series = counted([*filler, a_document(999, 120, "quux")])
    found = evaluated(series, 119)

    assert (found.n_strata, len(found.topic), found.n_topics) == (0, 0, 1)
    tracked = evaluate(series, Baselines(series, 0.999), 119, Parameters(), tracked=np.array([0]))
    assert tracked.evidence.log_e.tolist() == pytest.approx([log(0.5)])  # half an e-value of 1, half of none
    assert tracked.momentum.point.tolist() == [1.0]


# ---------------------------------------------------------------- where nothing is to be found


def assert_nothing_found(series: Series, days: Sequence[int]) -> list[float]:
    """No gates: the evidence alone flags nothing. The median momentum of established topics per day."""
    baselines, medians = Baselines(series, 0.999), []
    for day in days:
        found = evaluate(series, baselines, day, Parameters())
        assert not e_bh(found.evidence.log_e, found.n_topics, q=0.1).chosen.any(), day
        established = found.expected >= 5
        assert established.sum() >= 50
        medians.append(float(np.median(found.momentum.point[established])))
    return medians


@pytest.mark.parametrize("seed", range(1, 6))
def test_in_a_world_without_trends_nothing_is_found(seed: int) -> None:
    """A source falls silent from day 380 to 391 and a collection begins on day 395: neither is a trend."""
    series = counted(list(TrendWorld(planted=()).draw(np.random.default_rng(seed))))

    medians = assert_nothing_found(series, (150, 250, 385, 394, 405, 429))

    assert 0.9 < min(medians) <= max(medians) < 1.1


def test_with_its_dates_permuted_nothing_is_found_in_the_world_of_the_demonstration() -> None:
    series = counted(list(DEMO.draw(np.random.default_rng(1))))
    found = evaluated(series, 429)
    assert e_bh(found.evidence.log_e, found.n_topics, q=0.1).chosen.sum() >= 3

    for seed in (1, 2, 3):
        medians = assert_nothing_found(
            series.permuted(np.random.default_rng(seed)), (150, 300, 405, 415, 422, 429)
        )
        assert 0.9 < min(medians) <= max(medians) < 1.1
