"""Replays: each day from what was known by then, what becomes of confirmed topics, and the traps of every day."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from math import isinf

import numpy as np
import pytest
from tests.trends.plain_documents import plain_document

from nophantom.errors import InvalidInput
from nophantom.stats.evidence import e_bh
from nophantom.trends.assembly import assemble
from nophantom.trends.baselines import Ints
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.mentions import mine
from nophantom.trends.parameters import Parameters
from nophantom.trends.phases import Change, ChangeKind, Phase, PhaseNumbers, Standing
from nophantom.trends.replay import Replay
from nophantom.trends.replay_day import Day
from nophantom.trends.series import Series, build_series
from nophantom.trends.stories import gather
from nophantom.trends.tracking import Tracked
from nophantom.trends.window_facts import publishing_places
from nophantom.trends.worlds import DEMO, FIRST_DAY, Truth

START = date(2031, 1, 1)
PAPER: dict[str, object] = {"family": Family.ARXIV, "kind": Kind.PAPER, "collections": ("papers",)}
WORDS = [f"{a}{b}" for a in ("dal", "fem", "gar", "kit", "lup", "mor") for b in ("ba", "do", "gi", "ku")]

Plan = Callable[[int, int], bool]
"""Whether the nth document of a day names zorb: 0 to 7 are posts, 8 to 13 papers."""


def a_document(number: int, day: int, title: str, **changes: object) -> Document:
    return plain_document(
        f"hn:{number:07}",
        title,
        START + timedelta(days=day),
        **{"author": f"author {number % 50}", "collections": ("posts",)} | changes,
    )


def a_corpus(days: int, zorb: Plan, seed: int = 1, silent: Plan = lambda day, nth: False) -> list[Document]:
    """Eight posts and six papers a day of words whose rates never change, but those that nobody read."""
    rng, documents = random.Random(seed), []
    for number in range(14 * days):
        day, nth = divmod(number, 14)
        title = f"{number}x {' '.join(rng.choices(WORDS, k=2))}"
        if not silent(day, nth):
            named = f"zorb {title}" if zorb(day, nth) else title
            documents.append(a_document(number, day, named, **(PAPER if nth >= 8 else {})))
    return documents


def between(first: int, last: int, before: Plan = lambda day, nth: False, *, per_day: int = 2) -> Plan:
    """Some posts and papers a day from one day up to another, and by another plan before and after."""
    chosen = (0, 8, 1, 9)[:per_day]
    return lambda day, nth: nth in chosen if first <= day <= last else before(day, nth)


def seldom(day: int, nth: int) -> bool:
    """One post in ten days."""
    return nth == 0 and day % 10 == 3


def daily(day: int, nth: int) -> bool:
    """One post a day."""
    return nth == 0


def counted(documents: Sequence[Document]) -> tuple[Series, Ints]:
    stories = gather(documents)
    return build_series(mine(documents, stories), stories), publishing_places(documents, stories)


@dataclass
class Told:
    """What a day says, as it was when the day was told: what is tracked goes on with the replay."""

    day: int
    topic: list[int]
    numbers: dict[str, list[float]]
    shown: list[str]
    tracked: dict[str, tuple[Phase, int, int, PhaseNumbers, tuple[Change, ...]]]


def told(series: Series, today: Day) -> Told:
    slugs = series.mentions.topics.slugs
    arrays = {
        "stories": today.stories,
        "fast": today.log_fast,
        "slow": today.log_slow,
        "mean": today.log_e,
        "expected": today.expected,
        "degraded": today.degraded,
        "threshold": np.array([today.found.log_needed, today.n_topics]),
        **{f"momentum {n}": values for n, values in enumerate(today.momentum)},
        **{f"ratio {n}": values for n, values in enumerate(today.ratio)},
    }
    return Told(
        today.day,
        today.topic.tolist(),
        {name: values.astype(np.float64).tolist() for name, values in arrays.items()},
        [slugs[t] for t in today.topic[today.shown].tolist()],
        {
            slugs[t]: (one.phase, one.onset, len(one.changes), one.latest, tuple(one.changes))
            for t, one in today.tracked.items()
        },
    )


def replayed(documents: Sequence[Document]) -> list[Told]:
    series, places = counted(documents)
    return [told(series, day) for day in Replay(series, places, Parameters()).run()]


def changes_of(days: Sequence[Told], slug: str = "zorb") -> list[tuple[int, ChangeKind, Phase]]:
    """All changes that were ever told of a topic."""
    found: dict[tuple[int, ChangeKind, Phase], None] = {}
    for day in days:
        for change in day.tracked[slug][4] if slug in day.tracked else ():
            found[(change.day - START).days, change.kind, change.phase] = None
    return list(found)


def tracked_on(days: Sequence[Told], slug: str = "zorb") -> list[int]:
    return [day.day for day in days if slug in day.tracked]


# ---------------------------------------------------------------- as known then


@cache
def risen() -> list[Document]:
    """zorb is new from day 90 on, a Tuesday, and gone after day 110; 150 days in all."""
    return a_corpus(150, between(90, 110))


@cache
def risen_days() -> list[Told]:
    return replayed(risen())


def test_a_replay_to_a_day_is_the_first_part_of_one_to_a_later_day() -> None:
    """To the bit; and so is the replay of what was known on that day."""
    series, places = counted(risen())
    whole = risen_days()

    part = [told(series, day) for day in Replay(series, places, Parameters()).run(120)]
    then = series.until(120)
    known = [told(then, day) for day in Replay(then, places, Parameters()).run()]

    assert [day.day for day in whole] == list(range(56, 150))
    assert part == known == whole[:65]
    assert any("zorb" in day.tracked for day in part)


def test_a_replay_of_the_documents_of_that_time_says_the_same() -> None:
    """Their topics have other numbers, so sums are taken in another order."""
    whole = risen_days()
    then = replayed([d for d in risen() if d.first_seen <= START + timedelta(days=100)])

    assert len(then) == 45
    for one, two in zip(then, whole, strict=False):
        assert (one.day, one.shown, one.tracked.keys()) == (two.day, two.shown, two.tracked.keys())
        for name in ("stories", "fast", "slow", "mean", "ratio 1", "threshold"):
            assert sorted(one.numbers[name]) == pytest.approx(sorted(two.numbers[name]), rel=1e-9)


def test_candidates_have_three_stories_in_28_days_or_are_tracked() -> None:
    series, _ = counted(risen())
    slugs, entered = series.mentions.topics.slugs, series.second_day_of
    without_support = 0
    for day in risen_days():
        inside = (series.day > day.day - 28) & (series.day <= day.day)
        support = np.bincount(series.topic[inside], series.count[inside], series.n_topics)
        known = (entered >= 0) & (entered <= day.day)
        tracked = {slugs.index(slug) for slug in day.tracked}
        supported = set(np.flatnonzero(known & (support >= 3)).tolist())
        # What ends today was tracked until today.
        assert supported | tracked <= set(day.topic) <= supported | tracked | {slugs.index("zorb")}
        assert day.numbers["stories"] == support[day.topic].tolist()
        assert day.numbers["threshold"][1] == known.sum()
        without_support += len(tracked - supported)
    assert without_support > 0


def test_the_mean_of_both_runs_decides_and_the_slow_one_speaks_when_a_week_is_over() -> None:
    """1 January 2031 is a Wednesday: weeks are over on days 4, 11, 18 and so on."""
    days = risen_days()
    for before, after in pairwise(days):
        for day in (before, after):
            fast, slow, mean = (np.array(day.numbers[name]) for name in ("fast", "slow", "mean"))
            assert np.exp(mean) == pytest.approx((np.exp(fast) + np.exp(slow)) / 2)
        if after.day % 7 != 4:
            same = [(before.topic.index(t), k) for k, t in enumerate(after.topic) if t in before.topic]
            assert [before.numbers["slow"][k] for k, _ in same] == [after.numbers["slow"][k] for _, k in same]
    zorb = counted(risen())[0].mentions.topics.slugs.index("zorb")
    first = next(day for day in days if zorb in day.topic)
    assert isinf(first.numbers["slow"][first.topic.index(zorb)])  # it was in N on no Sunday yet


def test_too_short_a_history_and_a_day_after_the_end_are_refused() -> None:
    series, places = counted(a_corpus(60, daily))
    replay = Replay(series, places, Parameters())

    for last in (-1, 0, 55):
        with pytest.raises(InvalidInput, match=f"at least 57 days of documents; got {last + 1}"):
            replay.run(last)
    with pytest.raises(InvalidInput, match="days 0 to 59; got 60"):
        replay.run(60)
    assert [day.day for day in replay.run(57)] == [56, 57]


def test_a_corpus_without_topics_is_replayed() -> None:
    days = replayed([a_document(day, day, "of the") for day in range(60)])

    assert [(day.topic, day.shown, day.numbers["threshold"][1]) for day in days] == [([], [], 0)] * 4


# ---------------------------------------------------------------- tracking


def test_a_confirmed_topic_stays_at_its_height_and_every_change_is_told_with_its_numbers() -> None:
    """One post in ten days before day 88, then two stories a day: in three months that is what is usual."""
    days = replayed(a_corpus(205, between(88, 205, seldom)))
    tracked = tracked_on(days)

    first, second = changes_of(days)
    assert first[1:] == (ChangeKind.CONFIRMED, Phase.EMERGING)
    assert 91 <= first[0] <= 98
    # 90 days after the onset it is no longer new; the third of five days says so.
    onset = days[-1].tracked["zorb"][1]
    assert second == (onset + 90 + 3, ChangeKind.PHASE, Phase.MATURE)
    assert tracked == list(range(first[0], 205))
    shown = [day.day for day in days if "zorb" in day.shown]
    assert onset == shown[0]
    assert shown[2] == first[0]
    assert len(tracked) - len(shown) > 20  # on these days it did not pass the test again
    last = days[-1].tracked["zorb"][3]
    assert last.since_onset is not None
    assert last.since_onset[1] > 5
    assert 2 < last.expected_at_onset < 5
    by_day = {day.day: day for day in days}
    for _, _, _, latest, changes in (by_day[day].tracked["zorb"] for day in tracked):
        assert changes[0].numbers.onset_age == 2
        assert latest.onset_age >= 2
    for change in days[-1].tracked["zorb"][4]:
        assert change.numbers == by_day[(change.day - START).days].tracked["zorb"][3]


def test_tracking_ends_when_the_rate_is_back_at_what_it_was_before_the_onset() -> None:
    """One story a day, four from day 88 to 140, then one again."""
    series, places = counted(a_corpus(180, between(88, 140, daily, per_day=4)))
    days: list[Told] = []
    followed: dict[int, Tracked] = {}
    for today in Replay(series, places, Parameters()).run():
        days.append(told(series, today))
        followed |= today.tracked

    confirmed, ended = tracked_on(days)[0], tracked_on(days)[-1] + 1
    assert [change[1:] for change in changes_of(days)] == [(ChangeKind.CONFIRMED, Phase.EMERGING)]
    assert 90 <= confirmed <= 100
    assert 140 + 21 <= ended <= 140 + 32
    last = next(day for day in days if day.day == ended - 1).tracked["zorb"][3].since_onset
    assert last is not None
    assert last[0] < 1.4
    (one,) = followed.values()
    end = one.changes[-1]
    assert (end.kind, end.day) == (ChangeKind.ENDED, START + timedelta(days=ended))
    assert end.numbers.since_onset is not None
    assert end.numbers.since_onset[2] < 1.5
    assert not any("zorb" in day.shown for day in days if day.day >= ended)


def test_tracking_ends_when_nothing_comes_for_28_days_and_a_topic_can_be_confirmed_anew() -> None:
    """The last story of day 104 leaves the window on day 132, and three days of that end it.

    It comes back on day 165, with more: for a word that has had such a burst before, that is less surprising.
    """
    first = between(88, 104)

    def both(day: int, nth: int) -> bool:
        return first(day, nth) or (day >= 165 and nth in {0, 1, 2, 8, 9, 10})

    days = replayed(a_corpus(200, both))

    tracked, changes, ended = tracked_on(days), changes_of(days), 104 + 28 + 2
    assert [day for day in tracked if day < 165] == list(range(tracked[0], ended))
    kinds = [ChangeKind.CONFIRMED, ChangeKind.ENDED, ChangeKind.CONFIRMED]
    assert [kind for _, kind, _ in changes] == kinds
    assert 166 <= changes[-1][0] <= 185
    # The first time is told with the second, and its end.
    _, onset, n_changes, _, told_of_it = days[-1].tracked["zorb"]
    assert (onset, n_changes) == (changes[-1][0] - 2, 3)
    assert [change.kind for change in told_of_it] == kinds
    assert told_of_it[2].numbers.expected_at_onset > 1


def test_tracking_does_not_end_when_its_sources_are_silent() -> None:
    """Posts and papers are read up to day 120; a third source goes on without it."""
    other = [
        a_document(900_000 + 4 * day + i, day, f"{day}x{i} other words", collections=("other",))
        for day in range(170)
        for i in range(4)
    ]
    days = replayed([*a_corpus(121, between(88, 121)), *other])

    assert tracked_on(days)[-1] == 169
    assert [change[1:] for change in changes_of(days)] == [
        (ChangeKind.CONFIRMED, Phase.EMERGING),
        (ChangeKind.PHASE, Phase.UNKNOWN),
    ]
    assert days[-1].tracked["zorb"][3].degraded
    assert not [slug for day in days for slug in day.shown if slug != "zorb"]


# ---------------------------------------------------------------- traps


TRAP = 165
MATURE = between(62, 260, seldom)


def assert_no_trap(days: Sequence[Told]) -> None:
    """Nothing is shown but zorb, and zorb never seems to decline."""
    assert {slug for day in days for slug in day.shown} == {"zorb"}
    assert {day.tracked["zorb"][0] for day in days if day.day >= TRAP} <= {Phase.MATURE, Phase.UNKNOWN}
    assert days[-1].tracked["zorb"][0] is Phase.MATURE


@pytest.mark.parametrize(
    "stopped",
    [range(14), range(8), pytest.param(range(8, 14), marks=pytest.mark.long)],
    ids=["all", "posts", "papers"],
)
def test_an_outage_of_a_week_is_no_signal_and_no_decline(stopped: range) -> None:
    """Not while it lasts, and not when the sources speak again."""

    def silent(day: int, nth: int) -> bool:
        return TRAP <= day < TRAP + 7 and nth in stopped

    days = replayed(a_corpus(TRAP + 36, MATURE, silent=silent))

    assert_no_trap(days)
    assert (Phase.UNKNOWN in {day.tracked["zorb"][0] for day in days if day.day >= TRAP}) is (
        len(stopped) == 14
    )


def flood(author: Callable[[int], str], per_day: int, days: int, **changes: object) -> list[Document]:
    return [
        a_document(800_000 + 500 * day + i, day, f"{day}x{i} frabjous", **{"author": author(i), **changes})
        for day in range(TRAP, TRAP + days)
        for i in range(per_day)
    ]


@pytest.mark.parametrize(
    ("authors", "days", "gate"),
    [
        (1, 7, CandidateDrop.SINGLE_AUTHOR),
        (37, 7, CandidateDrop.SINGLE_SOURCE),
        pytest.param(37, 1, CandidateDrop.SPIKE_ONE_DAY, marks=pytest.mark.long),
    ],
)
def test_a_flood_of_bots_is_no_signal_and_no_decline(authors: int, days: int, gate: CandidateDrop) -> None:
    """As many posts as all others together, for a week or a day."""
    documents = [
        *a_corpus(TRAP + 36, MATURE),
        *flood(lambda i: f"bot {i % authors}", 8, days),
    ]
    series, places = counted(documents)
    replay, days_told, drops = Replay(series, places, Parameters()), [], {}
    for today in replay.run():
        days_told.append(told(series, today))
        if today.day == TRAP + days + 1:
            drops = {c.slug: c.reason for c in assemble(replay, today).drops}

    assert_no_trap(days_told)
    assert drops["frabjous"] is gate


def test_the_words_of_a_phrase_that_rises_are_told_by_the_phrase() -> None:
    """As one signal; and a word that is told by another is a drop with that reason."""
    documents = [
        replace(d, title=d.title.replace("zorb ", "zorb quuxo ")) for d in a_corpus(106, between(88, 106))
    ]
    series, places = counted(documents)
    replay = Replay(series, places, Parameters())
    *_, today = replay.run()
    snapshot = assemble(replay, today)

    assert [s.candidate.slug for s in snapshot.signals] == ["zorbquuxo"]
    reasons = {c.slug: c.reason for c in snapshot.drops}
    assert (reasons["zorb"], reasons["quuxo"]) == (CandidateDrop.MERGED_INTO,) * 2


def test_a_phrase_of_four_words_is_one_signal_that_ends_as_it_ends() -> None:
    """A topic has at most three words: without its last one a phrase names nothing."""
    documents = [
        replace(d, title=d.title.replace("zorb ", "quuxo blim frum zorb "))
        for d in a_corpus(106, between(88, 106))
    ]
    series, places = counted(documents)
    replay = Replay(series, places, Parameters())
    *_, today = replay.run()
    snapshot = assemble(replay, today)

    assert [s.candidate.slug for s in snapshot.signals] == ["blimfrumzorb"]
    told_by = {c.slug: c.numbers.get("merged_into") for c in snapshot.drops}
    assert told_by["quuxoblimfrum"] == "blimfrumzorb"


def test_a_tracked_word_that_became_part_of_a_phrase_is_tracked_no_more_whatever_else_keeps_it_off() -> None:
    """From day 112 on it is told in papers alone, a single source, and from day 142 on always with the whole phrase.

    Once a gate that had closed for another reason kept both of them on the list for months.
    """

    def title(d: Document) -> str:
        day = (d.first_seen - START).days
        return d.title.replace("zorb ", "zorb quuxo ") if day > 141 or day % 2 else d.title

    plan = between(88, 111, lambda day, nth: day > 111 and nth == 8)
    series, places = counted([replace(d, title=title(d)) for d in a_corpus(175, plan)])
    days = [told(series, today) for today in Replay(series, places, Parameters()).run()]

    assert {"zorb", "zorbquuxo"} <= days[-30].tracked.keys()
    assert "zorb" not in days[-1].tracked
    assert "zorbquuxo" in days[-1].tracked


# ---------------------------------------------------------------- the demonstration


@cache
def demo(seed: int, first: int) -> tuple[Series, Ints]:
    documents = DEMO.draw(np.random.default_rng(seed))
    return counted([d for d in documents if (d.first_seen - FIRST_DAY).days >= first])


@pytest.mark.parametrize(
    ("seed", "first"), [(1, 300), *(pytest.param(seed, 0, marks=pytest.mark.long) for seed in (1, 2, 3, 4))]
)
def test_in_the_demonstration_the_trends_are_found_and_nothing_else(seed: int, first: int) -> None:
    """At three to four stories a day of about seventy; of the last 130 days, and of all."""
    replay = Replay(*demo(seed, first), Parameters())
    shown: set[str] = set()
    for today in replay.run():
        shown |= {replay.series.mentions.topics.slugs[t] for t in today.topic[today.shown].tolist()}
    snapshot = assemble(replay, today)
    signals = {s.candidate.slug: s for s in snapshot.signals}
    by_slug = {p.name.casefold().replace(" ", ""): p for p in DEMO.planted}
    trends = {slug for slug, p in by_slug.items() if p.truth is Truth.TREND}

    assert snapshot.as_of == DEMO.last_day
    # "Quuxel" alone is a name of it, too.
    assert trends <= signals.keys() <= trends | {"quuxel"}
    # The source that fell silent on days 380 to 391 is no decline and, when it speaks again, no rise.
    assert shown <= trends | {"quuxel"}
    for slug in trends:
        delay = (signals[slug].onset - FIRST_DAY).days - by_slug[slug].onset
        assert 1 <= delay <= 11, (slug, delay)
        assert signals[slug].standing is Standing.CONFIRMED
        assert signals[slug].phase is Phase.EMERGING
        assert signals[slug].candidate.momentum[1] > 2
    found = {c.slug: c for c in (*snapshot.watch, *snapshot.drops)}
    assert found["mubrek"].reason is CandidateDrop.SPIKE_ONE_DAY
    assert found["mubrek"].ratio[1] > 6  # it would lead a list by the rate of the month
    assert found["feedora"].stories > 50
    assert found["feedora"].momentum[0] < 1.2


@pytest.mark.parametrize(
    ("first", "seeds"), [(300, (1,)), pytest.param(0, range(3, 9), marks=pytest.mark.long)]
)
def test_with_its_dates_permuted_nothing_is_found(first: int, seeds: Sequence[int]) -> None:
    """Both runs, without gates."""
    series, places = demo(1, first)
    for seed in seeds:
        replay = Replay(series.permuted(np.random.default_rng(seed)), places, Parameters())
        medians = []
        for today in replay.run():
            chosen = e_bh(today.log_e, today.n_topics, q=0.1, boost=Parameters().boost).chosen
            assert not chosen.any(), (seed, today.day)
            assert not today.shown.any()
            medians.append(float(np.median(today.momentum.point[today.expected >= 10])))
        assert 0.8 < min(medians) <= max(medians) < 1.2, seed  # of a hundred topics or fewer, day by day
        assert 0.95 < np.median(medians) < 1.08, seed


def test_what_was_shown_long_ago_tells_on_how_many_days_since_its_onset() -> None:
    """Once the store refused such a signal: it counted the showings of the last 28 days only."""
    series, places = counted(a_corpus(230, MATURE))
    replay = Replay(series, places, Parameters())
    *_, today = replay.run()

    (zorb,) = [s for s in assemble(replay, today).signals if s.candidate.slug == "zorb"]
    assert len(today.showings.days(zorb.candidate.topic)) == 0
    assert zorb.shown_days >= 3
