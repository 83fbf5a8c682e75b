"""Both runs against a slow one of dictionaries and loops, in replays, outages, and where nothing is to be found."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import cache, partial
from math import exp, log

import numpy as np
import pytest
from tests.trends.plain_documents import plain_document

from nophantom.stats.count_evidence import FACTORS, log_likelihood_ratios
from nophantom.stats.counts import momentum
from nophantom.stats.evidence import e_bh
from nophantom.trends.baselines import AT_FIRST, Baselines
from nophantom.trends.bins import Bins, days_of, weeks_of
from nophantom.trends.detection import RATE_TIERS, Evidence, evaluate, expected_of, support
from nophantom.trends.documents import Document
from nophantom.trends.mentions import mine
from nophantom.trends.parameters import FAST, SLOW, Pace
from nophantom.trends.series import Series, build_series
from nophantom.trends.stories import gather
from nophantom.trends.worlds import TrendWorld

START = date(2031, 1, 24)
DAYS = 131


def a_document(number: int, day: int, title: str, **changes: object) -> Document:
    return plain_document(
        f"hn:{number:06}", title, START + timedelta(days=day), **{"collections": ("always",)} | changes
    )


def counted(documents: Sequence[Document]) -> Series:
    stories = gather(documents)
    return build_series(mine(documents, stories), stories)


def bins_of(series: Series, pace: Pace) -> Bins:
    return days_of(series) if pace.width == 1 else weeks_of(series)


def spans_of(pace: Pace) -> tuple[int, ...]:
    return 1, 4, pace.windows[-1]


def supported(bins: Bins, today: int, pace: Pace) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Topics in N that have three stories in the slowest window."""
    told = support(bins, today, pace.windows[-1])
    return np.flatnonzero((told >= 3) & (bins.entered <= today)).astype(np.int64)


def evaluated(series: Series, today: int, pace: Pace = FAST) -> Evidence:
    bins = bins_of(series, pace)
    return evaluate(Baselines(bins, pace), today, supported(bins, today, pace), spans_of(pace))


def a_corpus(seed: int, days: int = DAYS, stretch: float = 1.0) -> list[Document]:
    """Four strata: one with gaps, one of weekdays, one that begins late, one that falls silent for good.

    One word is new on day 85, one has grown six times as frequent by then, one has bursts. `stretch` moves days 67,
    85 and 95 of this plan.
    """
    rng = random.Random(seed)
    words = [
        f"{a}{b}" for a in ("zo", "qu", "gli") for b in ("dal", "fem", "gar", "kit", "lup", "mor", "nez")
    ]
    late, onset, end = (round(day * stretch) for day in (67, 85, 95))
    plans: tuple[tuple[str, Callable[[int], int]], ...] = (
        ("gaps", lambda day: 0 if 30 <= day % 41 < 36 else rng.randrange(4, 9)),
        ("weekdays", lambda day: 0 if day % 7 > 4 else rng.randrange(2, 6)),
        ("late", lambda day: rng.randrange(1, 5) if day >= late else 0),
        ("ends", lambda day: rng.randrange(2, 5) if day < end else 0),
    )
    documents: list[Document] = []
    for day in range(days):
        for name, plan in plans:
            for _ in range(plan(day) + (day in {0, days - 1} and name == "gaps")):
                chosen = rng.choices(words, k=2, weights=range(1, len(words) + 1))
                if rng.random() < (0.25 if day >= onset else 0.04):
                    chosen.append("pravo")
                if day >= onset and rng.random() < 0.15:
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


@cache
def a_series(seed: int, pace: Pace) -> Series:
    """Four months for the run over days, eleven for that over weeks, in which all is stretched."""
    if pace is SLOW:
        return counted(a_corpus(seed, days=333, stretch=2.0))
    return counted(a_corpus(seed))


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
    expected: float


class SlowRun:
    """The evidence of a bin with dictionaries and loops, straight from the words of the method."""

    def __init__(self, series: Series, today: int, pace: Pace) -> None:
        self.today, self.pace = today, pace
        self.ends = max(0, today - pace.lag)
        self.slowest = pace.windows[-1]
        self.first_day = series.first_day
        self.strata = range(len(series.exposure))
        self._usual_read: dict[tuple[int, int], float] = {}
        self._told: dict[tuple[int, int, int], tuple[int, float]] = {}
        self.read: defaultdict[tuple[int, int], int] = defaultdict(int)
        for stratum, row in enumerate(series.exposure.tolist()):
            for day, n in enumerate(row):
                if self.bin_of(day) <= today:
                    self.read[stratum, self.bin_of(day)] += n
        self.count: defaultdict[tuple[int, int], dict[int, int]] = defaultdict(dict)
        events = (series.topic, series.stratum, series.day, series.count)
        for t, s, d, n in zip(*(x.tolist() for x in events), strict=True):
            if (at := self.bin_of(d)) <= today:
                self.count[t, s][at] = self.count[t, s].get(at, 0) + n
        self.entered = self._entered(series)
        self.factors, self.unnamed = self._worth()
        self.speaking = [s for s in self.unnamed if self._speaks(s, self.ends, today, today - self.slowest)]
        recent: defaultdict[int, int] = defaultdict(int)
        for (t, _), told in self.count.items():
            recent[t] += sum(n for at, n in told.items() if at > today - self.slowest)
        self.topics = sorted(
            t for t, n in recent.items() if n >= 3 and self.entered.get(t, today + 1) <= today
        )
        self.pairs = self._pairs()

    def bin_of(self, day: int) -> int:
        """A day, or the weeks of the calendar since that of the first."""
        on = self.first_day + timedelta(days=day)
        if self.pace.width == 1:
            return day
        monday = self.first_day - timedelta(days=self.first_day.weekday())
        return (on - timedelta(days=on.weekday()) - monday).days // 7

    def _entered(self, series: Series) -> dict[int, int]:
        days: defaultdict[int, list[int]] = defaultdict(list)
        for t, story in zip(series.mentions.topic.tolist(), series.mentions.story.tolist(), strict=True):
            days[t].append(int(series.stories.day[story]))
        return {t: self.bin_of(sorted(found)[1]) for t, found in days.items() if len(found) > 1}

    def total(self, stratum: int, after: int, until: int) -> int:
        return sum(self.read[stratum, at] for at in range(max(0, after + 1), until + 1))

    def usual_read(self, stratum: int, until: int) -> float:
        if (stratum, until) not in self._usual_read:
            before = self.usual_read(stratum, until - 1) if until > 0 else 0.0
            self._usual_read[stratum, until] = self.pace.forgetting * before + self.read[stratum, until]
        return self._usual_read[stratum, until]

    def told(self, topic: int, stratum: int, until: int) -> tuple[int, float]:
        """Stories up to a bin, and what they weigh in it."""
        if (topic, stratum, until) not in self._told:
            events = self.count.get((topic, stratum), {})
            known = {at: n for at, n in events.items() if at <= until}
            weight = sum(n * self.pace.forgetting ** (until - at) for at, n in known.items())
            self._told[topic, stratum, until] = sum(known.values()), weight
        return self._told[topic, stratum, until]

    def _months(self) -> list[int]:
        """The bins with the first of a month, up to that of the month in which today ends."""
        width = self.pace.width
        lead = self.first_day.weekday() if width == 7 else 0
        found = set()
        for at in range(self.today + 1):
            last = self.first_day + timedelta(days=(at + 1) * width - 1 - lead)
            of_month = (last.replace(day=1) - self.first_day).days
            found.add(self.bin_of(of_month) if of_month >= 0 else 0)
        return sorted(found)

    def _speaks(self, stratum: int, ends: int, until: int, after: int) -> bool:
        window = self.total(stratum, after, until)
        return window > 0 and self.usual_read(stratum, ends) >= window

    @staticmethod
    def tier(stories: int) -> int:
        return sum(stories >= edge for edge in (1, 2, 3, 4, 10, 30))

    def _worth(self) -> tuple[list[float], dict[int, float]]:
        """What came over what was promised, of all months so far, each month weighing 0.6 of the one after it."""
        expected, observed = [0.0] * 7, [0.0] * 7
        factors, unnamed = list(AT_FIRST), dict.fromkeys(self.strata, 0.0)
        for start in self._months():
            if start == 0:
                continue
            until, ends = start - 1, start - 1 - self.slowest
            if ends >= 0:
                for sums in (expected, observed):
                    sums[:] = [0.6 * one for one in sums]
                self._hold_out(ends, until, expected, observed)
            factors = [
                min(2.0, max(0.2, (y + 100 * first) / (mu + 100)))
                for y, mu, first in zip(observed, expected, AT_FIRST, strict=True)
            ]
            known = [t for t, entered in self.entered.items() if entered <= until]
            for s in self.strata:
                stories = [self.told(t, s, until)[0] for t in known]
                silent, once = stories.count(0), stories.count(1)
                read = self.total(s, -1, until)
                unnamed[s] = min(factors[0] * max(once, 0.5) / max(1, silent), factors[1]) if read else 0.0
        return factors, {s: shape for s, shape in unnamed.items() if shape > 0}

    def _hold_out(self, ends: int, until: int, expected: list[float], observed: list[float]) -> None:
        known = [t for t, entered in self.entered.items() if entered <= ends]
        for s in self.strata:
            if not self._speaks(s, ends, until, ends):
                continue
            scale = self.total(s, ends, until) / self.usual_read(s, ends)
            named = once = 0
            for t in known:
                stories, weight = self.told(t, s, ends)
                expected[self.tier(stories)] += weight * scale
                observed[self.tier(stories)] += self.told(t, s, until)[0] - stories
                named, once = named + (stories > 0), once + (stories == 1)
            if named < len(known):
                expected[0] += once * scale

    def posterior(self, topic: int, stratum: int, until: int) -> tuple[float, float]:
        stories, weight = self.told(topic, stratum, until)
        shape = self.factors[self.tier(stories)] * weight if stories else self.unnamed[stratum]
        return shape, self.usual_read(stratum, until)

    def _pairs(self) -> dict[tuple[int, int], SlowPair]:
        found = {}
        x2: defaultdict[int, float] = defaultdict(float)
        freedom: defaultdict[int, int] = defaultdict(int)
        for t in self.topics:
            for s in self.speaking:
                if (t, s) in self.count:
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
        length, rows = 7 if self.pace.width == 1 else 1, []
        for stretch in range(min(26, max(1, (self.ends + 1) // length))):
            last = self.ends - length * stretch
            inside = range(max(0, last - length + 1), last + 1)
            stories = sum(self.count[topic, stratum].get(at, 0) for at in inside)
            rows.append((stories, sum(self.read[stratum, at] for at in inside)))
        read = sum(n for _, n in rows)
        rate = sum(y for y, _ in rows) / read if read else 0.0
        pair.tier = sum(rate > edge for edge in RATE_TIERS)
        used = [(y, rate * n) for y, n in rows if rate * n > 0]
        pair.freedom = max(0, len(used) - 1)
        pair.x2 = sum((y - mu) ** 2 / mu for y, mu in used) if len(used) > 1 else 0.0

    def window(self, topic: int, stratum: int, length: int) -> tuple[float, int]:
        """Capped stories and stories read."""
        last = max(self.ends, self.entered[topic])
        a, b = self.posterior(topic, stratum, last)
        inside = range(max(last, self.today - length) + 1, self.today + 1)
        told = self.count.get((topic, stratum), {})
        base, slope = (1, 2) if self.pace.width == 1 else (3, 3)
        capped = sum(min(told.get(at, 0), base + slope * a / b * self.read[stratum, at]) for at in inside)
        return capped, sum(self.read[stratum, at] for at in inside)

    def candidate(self, topic: int) -> Slow:
        together: defaultdict[tuple[int, float], float] = defaultdict(float)
        alone = []
        for s in self.speaking:
            pair = self.pairs.get((topic, s))
            a, b = self.posterior(topic, s, max(self.ends, self.entered[topic]))
            ratios = {}
            for h in self.pace.windows:
                y, n = self.window(topic, s, h)
                for rho in FACTORS:
                    lr = (y * log(rho) + (a + y) * log((b + n) / (b + rho * n))) / (pair.phi if pair else 1.0)
                    ratios[h, rho] = lr
                    together[h, rho] += lr
            alone.append(sum(exp(lr) for lr in ratios.values()) / len(ratios))
        pooled = sum(exp(lr) for lr in together.values()) / len(together) if together else 1.0
        e = pooled / 2 + (sum(alone) / len(alone) if alone else 0.0) / 2
        return Slow(log(e), dict(together), self.expected(topic, self.slowest))

    def usual(self, topic: int, stratum: int) -> float:
        a, b = self.posterior(topic, stratum, self.ends)
        return a / b

    def expected(self, topic: int, length: int) -> float:
        after = self.today - length
        return sum(self.usual(topic, s) * self.total(s, after, self.today) for s in self.speaking)


close = partial(pytest.approx, rel=1e-9, abs=1e-9)

WHEN = [
    (1, 130, FAST), (2, 96, FAST), (3, 103, FAST), (4, 71, FAST),
    (1, 46, SLOW), (2, 34, SLOW), (3, 27, SLOW),
]  # fmt: skip


@pytest.mark.parametrize(("seed", "today", "pace"), WHEN)
def test_arrays_agree_with_loops(seed: int, today: int, pace: Pace) -> None:
    series = a_series(seed, pace)
    fast, slow = evaluated(series, today, pace), SlowRun(series, today, pace)
    baselines = Baselines(bins_of(series, pace), pace)
    expected, recent = (expected_of(fast, baselines, length) for length in (pace.windows[-1], 3))

    assert len(slow.topics) > 25
    assert fast.today == today
    assert fast.topic.tolist() == slow.topics
    assert fast.speaking.tolist() == slow.speaking
    assert fast.pooled.n_strata == len(slow.speaking) >= 1
    for k, topic in enumerate(slow.topics):
        one = slow.candidate(topic)
        assert fast.pooled.log_e[k] == close(one.log_e)
        assert (expected[k], recent[k]) == close((one.expected, slow.expected(topic, 3)))
        wanted = [[one.together[h, rho] for rho in FACTORS] for h in pace.windows]
        assert np.abs(fast.pooled.log_lr[k] - wanted).max() < 1e-9


@pytest.mark.parametrize(("seed", "today", "pace"), [(1, 130, FAST), (4, 110, FAST), (2, 44, SLOW)])
def test_the_pairs_behind_the_evidence_agree_with_loops(seed: int, today: int, pace: Pace) -> None:
    series = a_series(seed, pace)
    fast, slow = evaluated(series, today, pace), SlowRun(series, today, pace)

    pairs = zip(fast.candidate.tolist(), fast.stratum.tolist(), strict=True)
    found = [(int(fast.topic[k]), s) for k, s in pairs]
    assert found == sorted(slow.pairs)
    for m, (topic, stratum) in enumerate(found):
        pair = slow.pairs[topic, stratum]
        assert (fast.a[m], fast.b[m], fast.phi[m]) == close((pair.a, pair.b, pair.phi))
        assert fast.usual[m] == close(slow.usual(topic, stratum))
        windows = [slow.window(topic, stratum, h) for h in pace.windows]
        assert fast.counts[m] == close(np.array([y for y, _ in windows]))
        assert fast.exposure[m].tolist() == [n for _, n in windows]
        told = slow.count[topic, stratum]
        assert fast.spanned[m].tolist() == [
            sum(n for at, n in told.items() if at > today - span) for span in spans_of(pace)
        ]
    for s in slow.strata:
        silent = slow.unnamed[s] / slow.usual_read(s, slow.ends) if s in slow.speaking else 0.0
        assert fast.silent[s] == close(silent)
    assert fast.phi.min() >= 1
    assert fast.phi.max() > 1.05  # the bursts


def test_the_corpora_of_these_tests_have_mute_strata_and_evidence() -> None:
    """Else the agreement above would say little."""
    for pace, early, late, risen in ((FAST, 96, 130, 103), (SLOW, 34, 46, 36)):
        series = a_series(1, pace)
        named = [s.collection for s in series.strata]
        assert [named[s] for s in SlowRun(series, early, pace).speaking] == ["ends", "gaps", "weekdays"]
        assert [named[s] for s in SlowRun(series, late, pace).speaking] == ["gaps", "late", "weekdays"]
        found = by_slug(series, evaluated(series, risen, pace), pace)
        assert found["ximelo"][0] > 5
        assert found["pravo"][0] > 5
        assert found["burstel"][0] < 2
        worth = Baselines(bins_of(series, pace), pace).worth(late)
        assert (np.abs(worth.factors - AT_FIRST) > 0.005).sum() >= 5  # measured, not as at first


def test_a_topic_is_reckoned_whatever_its_support() -> None:
    series = a_series(1, FAST)
    bins = days_of(series)
    plain = evaluated(series, 100)
    others = np.setdiff1d(np.flatnonzero(bins.entered <= 100), plain.topic)[:3]

    both = evaluate(Baselines(bins, FAST), 100, np.sort(np.concatenate([plain.topic, others])))

    told = support(bins, 100, 28)
    assert (told[others] < 3).all()
    assert (told[plain.topic] >= 3).all()
    assert both.topic.tolist() == sorted([*plain.topic.tolist(), *others.tolist()])
    assert np.isfinite(both.pooled.log_e).all()


@pytest.mark.parametrize("pace", [FAST, SLOW])
def test_everything_up_to_the_second_story_is_baseline(pace: Pace) -> None:
    """Discovered by seven stories in one bin: no evidence. The next story is the first."""
    last = 100 if pace is FAST else 40
    days = [bin_ * pace.width for bin_ in range(last + 1)]
    start = 3 if pace is SLOW else 0  # 24 January 2031 is a Friday: from Monday on
    filler = [a_document(8 * d + i, start + d, f"{d} {i} plain words") for d in days for i in range(8)]
    filler.append(a_document(99_999, start + days[-1] + 6, "plain words at the end"))
    burst = [a_document(90_000 + i, start + days[-2], f"zorb {i}") for i in range(7)]
    after = [a_document(90_100, start + days[-1], "zorb")]
    quiet, loud = counted([*filler, *burst]), counted([*filler, *burst, *after])

    for series in (quiet, loud):
        found = evaluated(series, last - 1, pace)
        zorb = found.topic.tolist().index(series.mentions.topics.slugs.index("zorb"))
        assert found.pooled.log_lr[zorb].tolist() == np.zeros((len(pace.windows), len(FACTORS))).tolist()
        assert found.pooled.log_e[zorb] == pytest.approx(0.0, abs=1e-12)
    found = evaluated(loud, last, pace)
    zorb = found.topic.tolist().index(loud.mentions.topics.slugs.index("zorb"))
    read = 9.0 if pace is FAST else 10.0
    assert found.counts[found.candidate == zorb].tolist() == [[1.0] * len(pace.windows)]
    assert found.exposure[found.candidate == zorb].tolist() == [[read] * len(pace.windows)]


def test_stories_of_one_bin_count_up_to_the_cap() -> None:
    """Nine stories of a word that has one a month: 1 + 2 mu a day, and 3 + 3 mu a week."""
    filler = [a_document(10 * d + i, d, f"{d} {i} plain words") for d in range(340) for i in range(9)]
    rare = [a_document(90_000 + d, d, f"{d} zorb") for d in range(3, 300, 30)]
    crowd = [a_document(91_000 + i, 332, f"{i} zorb again") for i in range(9)]
    series = counted([*filler, *rare, *crowd])
    topic = np.array([series.mentions.topics.slugs.index("zorb")])

    for pace, today, base, slope in ((FAST, 332, 1, 2), (SLOW, 48, 3, 3)):
        bins = bins_of(series, pace)
        found = evaluate(Baselines(bins, pace), today, topic)
        expected = found.a[0] / found.b[0] * bins.exposure[0, today]
        assert 0 < expected < 0.5
        assert found.counts[0, 0] == close(base + slope * expected)


# ---------------------------------------------------------------- replays


def assert_equal(one: Evidence, two: Evidence) -> None:
    """To the bit."""
    for field in fields(Evidence):
        first, second = getattr(one, field.name), getattr(two, field.name)
        if field.name == "pooled":
            assert (first.log_e == second.log_e).all()
            assert (first.log_lr == second.log_lr).all()
        else:
            assert np.array_equal(first, second), field.name


@pytest.mark.parametrize("pace", [FAST, SLOW])
def test_the_evidence_of_a_bin_does_not_change_when_later_documents_come(pace: Pace) -> None:
    """Many bins, for some strata are named first in the one after."""
    series = a_series(1, pace)
    bins = bins_of(series, pace)

    for today in range(2 * pace.windows[-1] - 16 // pace.width, bins.n - 1, 4):
        last = (today + 1) * pace.width - 1 - bins.lead
        assert_equal(evaluated(series, today, pace), evaluated(series.until(last), today, pace))
        if pace is SLOW:  # and none is told before the week is over
            assert weeks_of(series.until(last - 1)).n == today


def by_slug(series: Series, found: Evidence, pace: Pace) -> dict[str, tuple[float, ...]]:
    expected = expected_of(found, Baselines(bins_of(series, pace), pace), pace.windows[-1])
    slugs = series.mentions.topics.slugs
    return {
        slugs[t]: (float(found.pooled.log_e[k]), float(expected[k]))
        for k, t in enumerate(found.topic.tolist())
    }


@pytest.mark.parametrize(("seed", "today", "pace"), [(8, 90, FAST), (9, 104, FAST), (8, 38, SLOW)])
def test_the_evidence_is_what_it_would_have_been_on_that_day(seed: int, today: int, pace: Pace) -> None:
    """Built again from the documents of that time: other numbers of topics and strata, the same evidence."""
    documents = a_corpus(seed, 333 if pace is SLOW else DAYS, 2.0 if pace is SLOW else 1.0)
    whole = counted(documents)
    last = (today + 1) * pace.width - 1 - bins_of(whole, pace).lead
    then = counted([d for d in documents if d.first_seen <= START + timedelta(days=last)])

    found = by_slug(then, evaluated(then, today, pace), pace)
    again = by_slug(whole, evaluated(whole, today, pace), pace)

    assert then.n_topics < whole.n_topics
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
    assert len(found.speaking) == 2
    assert main.sum() > 20
    assert (found.exposure[main][:, :3] == 0).all()
    assert (found.exposure[main][:, 3:] > 0).all()

    side = found.candidate[~main]
    alone = log_likelihood_ratios(
        *(x[~main] for x in (found.counts, found.exposure, found.a, found.b, found.phi))
    )
    assert len(side) > 20
    assert np.abs(found.pooled.log_lr[side][:, :3] - alone[:, :3]).max() < 1e-9
    assert np.abs(found.pooled.log_lr[side][:, 3:] - alone[:, 3:]).max() > 0.1


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
    pace = replace(FAST, forgetting=1.0)
    series = a_single_stratum({70, 71, 98, 99}, 110)
    zorb = series.mentions.topics.slugs.index("zorb")
    before, during = (evaluated(series, day, pace) for day in (97, 99))
    rows = [found.pooled.log_lr[found.topic.tolist().index(zorb)] for found in (before, during)]

    assert rows[0][0].max() > 0.5
    assert rows[1][0].tolist() == [0.0] * len(FACTORS)  # today nothing was read
    assert rows[1][1] == close(rows[0][0])


@pytest.mark.parametrize("seed", [1, 2])
def test_after_an_outage_nothing_seems_to_rise(seed: int) -> None:
    series = with_silence(seed, 90, 112)
    baselines = Baselines(days_of(series), FAST)

    for day in (95, 112, 113, 116, 119, 130):
        found = evaluated(series, day)
        n_topics = int((baselines.bins.entered <= day).sum())
        medians = assert_nothing_found(found, baselines, n_topics, least=20)
        assert found.pooled.log_e.max() < log(n_topics / 0.1) - 3
        assert 0.85 < medians < 1.15


@pytest.mark.parametrize("pace", [FAST, SLOW])
def test_nothing_read_in_any_stratum_leaves_no_evidence_at_all(pace: Pace) -> None:
    filler = [a_document(d, d, f"{d} zorb") for d in range(60)]
    series = counted([*filler, a_document(999, 419, "quux")])
    bins = bins_of(series, pace)
    baselines, today = Baselines(bins, pace), bins.over_by(412)

    found = evaluate(baselines, today, np.array([0]))

    assert (len(found.speaking), len(supported(bins, today, pace))) == (0, 0)
    assert found.pooled.log_e.tolist() == pytest.approx([log(0.5)])  # half an e-value of 1, half of none
    assert expected_of(found, baselines, 4).tolist() == [0.0]


# ---------------------------------------------------------------- where nothing is to be found


def assert_nothing_found(found: Evidence, baselines: Baselines, n_topics: int, least: int) -> float:
    """No gates: the evidence alone flags nothing. The median momentum of established topics."""
    assert not e_bh(found.pooled.log_e, n_topics, q=0.1).chosen.any(), found.today
    expected = expected_of(found, baselines, baselines.pace.windows[-1])
    told = np.bincount(found.candidate, found.spanned[:, -1], len(found.topic))
    established = expected >= 5
    assert established.sum() >= least
    return float(np.median(momentum(told[established], expected[established]).point))


def assert_nothing_in(series: Series, days: Sequence[int]) -> None:
    for pace in (FAST, SLOW):
        bins = bins_of(series, pace)
        baselines = Baselines(bins, pace)
        for day in days:
            today = bins.over_by(day)
            found = evaluate(baselines, today, supported(bins, today, pace), spans_of(pace))
            n_topics = int((bins.entered <= today).sum())
            assert 0.9 < assert_nothing_found(found, baselines, n_topics, least=50) < 1.1, (pace, day)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 11))
def test_in_a_world_without_trends_nothing_is_found(seed: int) -> None:
    """A source falls silent from day 380 to 391 and a collection begins on day 395: neither is a trend."""
    series = counted(list(TrendWorld(planted=()).draw(np.random.default_rng(seed))))

    assert_nothing_in(series, (200, 250, 300, 385, 394, 405, 415, 429))
