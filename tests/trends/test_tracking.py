"""Tracking by its rules alone: three of five days, and what is kept of the days on which a topic was shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nophantom.trends.parameters import Parameters
from nophantom.trends.phases import Change, ChangeKind, Phase, PhaseNumbers, phase_of
from nophantom.trends.tracking import Showings, Tracked

TODAY = date(2031, 5, 1)
NUMBERS = {
    "e": PhaseNumbers(False, 5.0, 40, 0.9, 1.1, (2.0, 1.6, 2.5)),
    "g": PhaseNumbers(False, 5.0, 140, 1.2, 3.0, (3.0, 2.0, 4.0)),
    "m": PhaseNumbers(False, 5.0, 140, 0.8, 1.2, (2.0, 1.6, 2.5)),
    "d": PhaseNumbers(False, 5.0, 140, 0.3, 0.8, (1.8, 1.3, 2.1)),
    "u": PhaseNumbers(True, 5.0, 140, 0.3, 0.8, None),
    "o": PhaseNumbers(False, 5.0, 140, 0.3, 0.8, (1.0, 0.7, 1.2)),
}
"""Emerging, growing, mature, declining, unknown; and over: as declining, but its rate is that before the onset."""


def a_topic(phase: Phase = Phase.EMERGING) -> Tracked:
    first = Change(TODAY, ChangeKind.CONFIRMED, phase, NUMBERS["e"])
    return Tracked(7, 10, np.array([0.1]), 5.0, phase, [first], NUMBERS["e"])


def followed(days: str, topic: Tracked | None = None) -> tuple[Tracked, int | None]:
    """The topic after these days, and the day on which tracking ended."""
    topic = topic or a_topic()
    for n, day in enumerate(days, 1):
        on = TODAY + timedelta(days=n)
        if not topic.follow(on, NUMBERS[day], is_over=day == "o", parameters=Parameters()):
            return topic, n
    return topic, None


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ("ee", []),
        ("gg", []),
        ("ggg", [(3, Phase.GROWING)]),
        ("gegeg", [(5, Phase.GROWING)]),
        ("geegeg", []),  # three, but of six days
        ("gggeee", [(3, Phase.GROWING), (6, Phase.EMERGING)]),
        ("gggegegeg", [(3, Phase.GROWING), (8, Phase.EMERGING), (9, Phase.GROWING)]),
        ("ggmmgm", [(5, Phase.GROWING), (6, Phase.MATURE)]),
        ("uuumddd", [(3, Phase.UNKNOWN), (7, Phase.DECLINING)]),
        ("dduud", [(5, Phase.DECLINING)]),
    ],
)
def test_a_phase_changes_by_three_of_five_days(days: str, told: Sequence[tuple[int, Phase]]) -> None:
    topic, ended = followed(days)

    assert ended is None
    assert [((c.day - TODAY).days, c.phase) for c in topic.changes[1:]] == list(told)
    assert {c.kind for c in topic.changes[1:]} <= {ChangeKind.PHASE}
    assert topic.phase is (told[-1][1] if told else Phase.EMERGING)


@pytest.mark.parametrize(
    ("days", "ended"),
    [
        ("oo", None),
        ("ooo", 3),
        ("omomo", 5),
        ("ommoo", 5),
        ("ooemmo", None),  # three, but of six days
        ("oomm", None),
        ("uuuuuuuuuu", None),  # a degraded source is no end
        ("oouo", 4),
    ],
)
def test_tracking_ends_by_three_of_five_days(days: str, ended: int | None) -> None:
    topic, found = followed(days)

    assert found == ended
    kinds = [c.kind for c in topic.changes]
    assert (kinds[-1] is ChangeKind.ENDED) is (ended is not None)
    if ended is not None:
        last = topic.changes[-1]
        assert (last.day, last.phase) == (TODAY + timedelta(days=ended), topic.phase)
        assert last.numbers == NUMBERS["o"] == topic.latest


@settings(max_examples=300)
@given(st.text("egmduo", max_size=25))
def test_every_change_is_that_of_the_last_five_days_and_has_its_numbers(days: str) -> None:
    """By the whole past at once; a day that is over votes for the end and for no phase."""
    topic, ended = followed(days)

    phase, changes = Phase.EMERGING, []
    for n in range(1, len(days) + 1):
        today, recent = days[n - 1], days[max(0, n - 5) : n]
        found = phase_of(NUMBERS[today])
        if today == "o" and recent.count("o") >= 3:
            changes.append((n, ChangeKind.ENDED, phase))
            break
        votes = sum(day != "o" and phase_of(NUMBERS[day]) is found for day in recent)
        if found is not phase and votes >= 3:
            phase = found
            changes.append((n, ChangeKind.PHASE, phase))

    assert [((c.day - TODAY).days, c.kind, c.phase) for c in topic.changes[1:]] == changes
    for change in topic.changes[1:]:
        assert change.numbers == NUMBERS[days[(change.day - TODAY).days - 1]]
    assert ended == (changes[-1][0] if changes and changes[-1][1] is ChangeKind.ENDED else None)


# ---------------------------------------------------------------- showings


def shown_on(days: Sequence[int], today: int, kept: int = 28) -> Showings:
    """The baseline of each day is its number."""
    showings = Showings(kept)
    for day in range(today + 1):
        showings.forget(day)
        if day in days:
            showings.add(day, 7, np.array([float(day)]), float(day))
    return showings


@pytest.mark.parametrize(
    ("days", "confirmed"),
    [
        ("0000000000", False),
        ("0000000011", False),
        ("0000000111", True),
        ("0000010101", True),
        ("0000100011", False),  # two of the last five
        ("0001001001", False),
        ("1010100000", False),  # it was, on the fifth day; tracking remembers
        ("1010100000"[:5], True),
        ("1100000011", False),
        ("1111111111", True),
    ],
)
def test_three_of_five_days_confirm(days: str, confirmed: bool) -> None:
    chosen = [n for n, day in enumerate(days) if day == "1"]
    last = len(days) - 1

    assert shown_on(chosen, last).is_confirmed(7, last, Parameters()) is confirmed


def test_the_baseline_is_that_of_the_first_day_of_late() -> None:
    showings = shown_on([3, 5, 20], 30)

    assert showings.days(7) == [3, 5, 20]
    assert (showings.baseline(7)[0].tolist(), showings.baseline(7)[1]) == ([3.0], 3.0)
    assert showings.days(8) == ()


def test_what_was_shown_longer_ago_is_forgotten() -> None:
    assert shown_on([3], 30).days(7) == [3]
    assert shown_on([3], 31).days(7) == ()
    assert shown_on([3, 40], 40).baseline(7)[1] == 40.0  # a new first day
    assert shown_on([3, 20], 40).days(7) == [20]
