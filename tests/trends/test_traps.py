"""What happens to sources and not to technology, simulated: no signal, and nothing seems to decline or to grow."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from tests.trends.test_replay import (
    MATURE,
    PAPER,
    TRAP,
    WORDS,
    Told,
    a_corpus,
    a_document,
    assert_no_trap,
    counted,
    replayed,
    seldom,
    told,
)

from nophantom.trends.assembly import assemble
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.parameters import Parameters
from nophantom.trends.phases import Phase
from nophantom.trends.replay import Replay
from nophantom.trends.signals import Candidate

END = TRAP + 36
PAPERS: dict[str, Any] = PAPER
NEWS: dict[str, Any] = {"family": Family.FEED, "kind": Kind.NEWS, "collections": ("news",), "author": None}
LIST: dict[str, Any] = {"family": Family.GITHUB, "kind": Kind.REPOSITORY, "collections": ("daily_list",)}


def more(
    first: int, last: int, per_day: int, names: Sequence[str] = (), **changes: Any
) -> Iterator[Document]:
    """Further documents of the words whose rates never change; the first ones of a day name something more."""
    rng = random.Random(first)
    for day in range(first, last):
        for nth in range(per_day):
            number = 200_000 + 100 * day + nth
            named = [*names[nth : nth + 1], f"{number}x{per_day}", *rng.choices(WORDS, k=2)]
            yield a_document(number, day, " ".join(named), **changes)


def most_in_posts(day: int, nth: int) -> bool:
    """From day 62 on, half of the posts name zorb and one of six papers."""
    return nth in {0, 1, 2, 3, 8} if day >= 62 else seldom(day, nth)


def phases_of(days: Sequence[Told]) -> set[Phase]:
    return {day.tracked["zorb"][0] for day in days if day.day >= TRAP}


def test_a_collection_that_begins_and_a_list_that_is_added_are_no_signal_and_no_growth() -> None:
    """Both name zorb three times as often as the others, and snark, which nobody named before.

    On day 223 they have a baseline of their own and are no longer mute.
    """
    last = TRAP + 75
    begun = more(TRAP, last, 8, ("zorb", "zorb", "zorb", "snark"), collections=("begun",))
    added = more(TRAP, last, 6, ("zorb", "zorb", "zorb", "snark"), list_name="added")
    days = replayed([*a_corpus(last, MATURE), *begun, *added])

    assert_no_trap(days)
    assert phases_of(days) == {Phase.MATURE}


@pytest.mark.parametrize("ended", [range(8), pytest.param(range(8, 14), marks=pytest.mark.long)])
def test_a_collection_that_ends_is_no_decline_of_what_was_told_there_most(ended: range) -> None:
    """Nor a rise of anything in those that go on."""
    days = replayed(
        a_corpus(END, most_in_posts, silent=lambda day, nth: day >= TRAP and nth in ended),
    )

    assert_no_trap(days)
    assert phases_of(days) == {Phase.MATURE}


def test_a_volume_that_doubles_overnight_is_no_signal_and_no_decline() -> None:
    """Twice the posts of the same kind; and as many papers again that never name zorb."""
    days = replayed(
        [*a_corpus(END, MATURE), *more(TRAP, END, 8, ("zorb",)), *more(TRAP, END, 6, **PAPERS)],
    )

    assert_no_trap(days)
    assert phases_of(days) == {Phase.MATURE}


def a_list(frozen: range) -> Iterator[Document]:
    """Ten repositories a day, one of which names zorb; on frozen days those of the first of them.

    Three of that day name glint.
    """
    for day in range(END):
        shown = frozen.start if day in frozen else day
        rng = random.Random(shown)
        for nth in range(10):
            named = "zorb " * (nth == 0 and shown >= 62) + "glint " * (nth in {1, 2, 3} and shown == TRAP)
            title = f"{shown}x{nth} {named}{' '.join(rng.choices(WORDS, k=2))}"
            product = f"github:u/{shown}x{nth}"
            yield a_document(500_000 + 10 * day + nth, day, title, product=product, **LIST)


def test_a_page_that_freezes_for_ten_days_is_no_signal_and_no_decline() -> None:
    """What it shows again and again is counted once; nothing else seems to be missing from it."""
    days = replayed([*a_corpus(END, MATURE), *a_list(range(TRAP, TRAP + 10))])

    assert_no_trap(days)
    assert phases_of(days) == {Phase.MATURE}


def drop_of(replay: Replay, on: int, slug: str) -> tuple[list[Told], Candidate, float]:
    """All days of a replay; a topic that was dropped on one of them, and what would have been enough on that day."""
    days, found = [], []
    for today in replay.run():
        days.append(told(replay.series, today))
        if today.day == on:
            snapshot = assemble(replay, today)
            found = [(c, snapshot.log_threshold) for c in snapshot.drops if c.slug == slug]
    ((candidate, threshold),) = found
    return days, candidate, threshold


def test_a_burst_of_general_news_is_no_signal_and_no_decline() -> None:
    """For a week a dozen papers a day write of it, and three people post about it; the facet alone keeps it out."""
    week = range(TRAP, TRAP + 7)
    burst = [
        a_document(600_000 + 100 * d + i, d, f"{d}y{i} frabjous", **NEWS) for d in week for i in range(12)
    ]
    posted = [a_document(610_000 + 100 * d + i, d, f"{d}z{i} frabjous") for d in week for i in range(3)]
    usual = more(0, END, 6, **NEWS)
    replay = Replay(*counted([*a_corpus(END, MATURE), *usual, *burst, *posted]), Parameters())
    days, frabjous, enough = drop_of(replay, TRAP + 8, "frabjous")

    assert_no_trap(days)
    assert phases_of(days) == {Phase.MATURE}
    assert frabjous.reason is CandidateDrop.NOT_TECHNOLOGY
    assert frabjous.log_e > enough


def test_what_comes_every_year_is_no_signal() -> None:
    """Six documents a day for thirteen months; for two weeks a year two of them are about tinsel."""

    def a_year_and(days: int) -> Iterator[Document]:
        rng = random.Random(1)
        for number in range(6 * (365 + days)):
            day, nth = divmod(number, 6)
            tinsel = "tinsel " * (nth in {0, 3} and 20 <= day % 365 <= 34)
            title = f"{number}x {tinsel}{' '.join(rng.choices(WORDS, k=2))}"
            yield a_document(number, day, title, **(PAPER if nth >= 3 else {}))

    replay = Replay(*counted(list(a_year_and(42))), Parameters())
    days, tinsel, enough = drop_of(replay, 365 + 34, "tinsel")

    assert {slug for day in days for slug in day.shown} == set()
    assert tinsel.reason is CandidateDrop.SEASONAL
    assert tinsel.log_e > enough


@pytest.mark.parametrize(
    "grown", [False, pytest.param(True, marks=pytest.mark.long)], ids=["as ever", "twice as much is read"]
)
def test_what_truly_declines_is_told_so_whatever_is_read_beside_it(grown: bool) -> None:
    """Five stories a day, and one from day 165 on: the traps above do not make it deaf."""

    def falls(day: int, nth: int) -> bool:
        return most_in_posts(day, nth) if day < TRAP else nth == 0

    beside = more(TRAP, END, 8) if grown else ()
    days = replayed([*a_corpus(END, falls), *beside])

    assert days[-1].tracked["zorb"][0] is Phase.DECLINING
