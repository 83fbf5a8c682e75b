from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.evaluating_course import Course, Order, Progress, Until, decided, may_be_decided
from nophantom.stats.sequential import Estimand, sequential_verdict
from nophantom.stats.verdicts import Verdict


def test_what_is_read_on_the_way_waits_for_the_slow_ones() -> None:
    progress = Progress(planned=4, samples=1)
    assert not progress.add(1, 1, 1.0)
    assert not progress.add(2, 1, 1.0)
    assert progress.complete == 0
    assert progress.add(0, 1, 0.0)
    assert (progress.complete, list(progress.means)) == (3, [0.0, 1.0, 1.0])


def test_the_running_accuracy_does_not_depend_on_which_answer_came_first() -> None:
    answers = [(place, attempt, float((place + attempt) % 2)) for place in range(2) for attempt in (1, 2)]
    seen = set()
    for order in permutations(answers):
        progress = Progress(planned=2, samples=2)
        for answer in order:
            progress.add(*answer)
        seen.add(tuple(progress.means))
    assert seen == {(0.5, 0.5)}


def test_a_problem_whose_attempts_failed_is_passed_over_and_not_counted_as_wrong() -> None:
    progress = Progress(planned=3, samples=1)
    for place, score in enumerate((1.0, None, 0.0)):
        progress.add(place, 1, score)
    look = progress.look(3, in_random_order=False)
    assert (look.after, look.scored, look.accuracy, look.interval) == (3, 2, 0.5, None)
    nothing = Progress(1, 1, {(0, 1): None})
    nothing.advance()
    assert nothing.look(1, in_random_order=True).accuracy is None


def test_looks_are_at_every_fifty_problems_and_at_the_end() -> None:
    progress = Progress(planned=120, samples=1, scores={(i, 1): 1.0 for i in range(120)})
    progress.advance()
    looks = progress.looks(in_random_order=True)
    assert [look.after for look in looks] == [50, 100, 120]
    assert all(look.interval is not None and look.interval.low is not None for look in looks)
    assert Progress(3, 1).looks(in_random_order=True) == ()


def test_the_order_is_a_permutation_that_its_seed_decides() -> None:
    places = [Course(seed=seed).places(200) for seed in (1, 1, 2)]
    assert places[0] == places[1] != places[2]
    assert sorted(places[0]) == list(range(200))
    assert Course(Order.FILE, seed=5).places(3) == [0, 1, 2]
    assert [Course(limit=limit).planned(10) for limit in (None, 4, 40)] == [10, 4, 10]


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"limit": 0}, {"seed": -1}])
def test_a_course_that_cannot_be_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidInput, match="at least one sample"):
        Course(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("estimand", list(Estimand))
@pytest.mark.parametrize(("ours", "theirs"), [(0.75, 0.55), (0.5, 0.7), (0.9, 0.9)])
def test_looking_after_every_problem_stops_where_the_sequential_verdict_of_all_of_them_says(
    estimand: Estimand, ours: float, theirs: float
) -> None:
    rng = np.random.default_rng(3)
    n = 600
    mine, other = (rng.random(n) < ours).astype(float), (rng.random(n) < theirs).astype(float)
    total = n if estimand is Estimand.TEST_SET else None
    whole = sequential_verdict(mine - other, delta=0.05, population=total)
    until = Until("r1", dict(enumerate(other.tolist())), n, delta=0.05, estimand=estimand)
    progress, stopped = Progress(n, 1), None
    for place, score in enumerate(mine.tolist()):
        progress.add(place, 1, score)
        if may_be_decided(progress, until):
            stopped = decided(progress, until)
            assert stopped is not None
            if stopped.verdict is not Verdict.UNDECIDED:
                break
    if whole.verdict is Verdict.UNDECIDED:
        assert progress.complete == n
        return
    assert stopped is not None
    # The ends are rounded outwards to a grid that depends on what was seen: a problem more or less.
    assert stopped.verdict is whole.verdict
    assert whole.decided_after is not None
    assert abs(progress.complete - whole.decided_after) <= 5


def test_problems_without_an_outcome_in_either_run_are_not_compared() -> None:
    until = Until("r1", {1: 0.0}, 1)
    progress = Progress(2, 1, {(0, 1): 1.0})
    progress.advance()
    assert decided(progress, until) is None
    assert not may_be_decided(progress, until)
    progress.add(1, 1, None)
    assert decided(progress, until) is None
