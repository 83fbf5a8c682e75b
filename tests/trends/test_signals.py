"""The nouns of a detection: places, candidates, snapshots, verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.stats.verdicts import Verdict
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.parameters import Parameters
from nophantom.trends.phases import Phase, PhaseNumbers, Standing
from nophantom.trends.signals import Candidate, Place, Signal, Snapshot, verdict_of

ZORB = Candidate(
    topic=1,
    slug="zorb",
    name="Zorb",
    place=Place.SIGNAL,
    reason=None,
    log_e=12.0,
    stories=9,
    expected=0.5,
    momentum=(4.0, 2.0, 7.0),
    ratio=(6.7, 3.6, 10.5),
    needed=None,
)


def test_places_are_closed_words() -> None:
    assert [str(place) for place in Place] == ["signal", "watch", "drop"]


def test_the_candidates_of_a_snapshot_are_its_signals_its_watch_list_and_its_drops() -> None:
    signal = Signal(
        candidate=ZORB,
        standing=Standing.SHOWN,
        phase=Phase.EMERGING,
        phase_numbers=PhaseNumbers(False, 0.5, 3, None, None),
        onset=date(2031, 5, 1),
        shown_days=3,
        stories=(4, 7),
    )
    watched = replace(ZORB, topic=2, slug="quux", place=Place.WATCH)
    dropped = replace(ZORB, topic=3, slug="burst", place=Place.DROP, reason=CandidateDrop.SPIKE_ONE_DAY)
    empty = Snapshot(
        as_of=date(2031, 5, 3),
        parameters=Parameters(),
        n_stories=100,
        n_topics=20,
        n_strata=2,
        below_support=16,
        log_threshold=5.3,
        signals=(),
        watch=(),
        drops=(),
    )
    full = replace(empty, signals=(signal,), watch=(watched,), drops=(dropped, dropped))

    assert (empty.n_candidates, full.n_candidates) == (0, 4)
    assert full.n_topics == full.below_support + full.n_candidates
    assert signal.changes == ()  # it is not confirmed yet


@pytest.mark.parametrize(
    ("standing", "high", "verdict"),
    [
        (Standing.CONFIRMED, 9.0, Verdict.REAL),
        (Standing.CONFIRMED, 1.1, Verdict.REAL),
        (Standing.SHOWN, 9.0, Verdict.UNDECIDED),
        (Standing.SHOWN, 1.1, Verdict.UNDECIDED),
        (None, 1.5, Verdict.UNDECIDED),
        (None, 1.5 - 1e-9, Verdict.PHANTOM),
    ],
)
def test_the_verdict_is_that_of_the_standing_or_of_the_upper_bound(
    standing: Standing | None, high: float, verdict: Verdict
) -> None:
    assert verdict_of(standing, high, 1.5) is verdict


@given(st.sampled_from([None, *Standing]), st.floats(0, 1e3), st.floats(0.1, 10))
def test_every_candidate_has_a_verdict_and_no_signal_is_a_phantom(
    standing: Standing | None, high: float, below: float
) -> None:
    verdict = verdict_of(standing, high, below)

    assert verdict in {Verdict.REAL, Verdict.PHANTOM, Verdict.UNDECIDED}
    assert (verdict is Verdict.REAL) == (standing is Standing.CONFIRMED)
    if verdict is Verdict.PHANTOM:
        assert standing is None
