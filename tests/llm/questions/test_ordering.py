"""Where did order help? A planted gain is found; none is made up; the numbers agree with the tests they come from."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.questions.ordering import compare_orders, strata_helped
from nophantom.stats.evidence import benjamini_hochberg
from nophantom.stats.recipes import compare_recipes

STRATA = ["1 step"] * 150 + ["2 steps"] * 150 + ["3 steps"] * 150


def arms(
    gains: tuple[float, float, float], seed: int, seeds: int = 8
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Ordered and shuffled scores; `gains` is what order brings in each stratum."""
    rng = np.random.default_rng(seed)
    base = np.repeat([0.7, 0.6, 0.5], 150) + rng.normal(0, 0.1, 450)
    luck = rng.normal(0, 0.02, (2, seeds, 1))
    scores = (
        rng.random((2, seeds, 450)) < base + luck + np.array([np.repeat(gains, 150), np.zeros(450)])[:, None]
    )
    return scores[0], scores[1]


def test_a_planted_gain_is_found_where_it_is() -> None:
    assert strata_helped(*arms((0.2, 0.0, 0.0), 1), STRATA) == ("1 step",)


def test_a_stratum_that_order_harms_is_not_helped() -> None:
    ordered, shuffled = arms((0.2, -0.2, 0.0), 2)

    found = {one.stratum: one for one in compare_orders(ordered, shuffled, STRATA)}
    assert found["2 steps"].adjusted is not None
    assert found["2 steps"].adjusted < 0.01
    assert not found["2 steps"].helped
    assert strata_helped(shuffled, ordered, STRATA) == ("2 steps",)


def test_without_a_gain_few_studies_name_a_stratum() -> None:
    """At q = 0.1 on both sides, at most 5% of null studies name one that was helped, up to Monte-Carlo error."""
    named = sum(bool(strata_helped(*arms((0.0, 0.0, 0.0), 100 + i, seeds=4), STRATA)) for i in range(100))

    assert named <= 12


def test_every_number_is_that_of_the_test_of_its_stratum() -> None:
    ordered, shuffled = arms((0.08, 0.02, 0.0), 5)
    names = np.array(STRATA)

    found = compare_orders(ordered, shuffled, STRATA, paired=True)

    tests = [
        compare_recipes(ordered[:, names == n], shuffled[:, names == n], paired=True)
        for n in sorted(set(STRATA))
    ]
    assert [one.p_value for one in found] == [test.p_value for test in tests]
    assert [one.estimate for one in found] == [test.estimate for test in tests]
    expected = benjamini_hochberg([test.p_value for test in tests if test.p_value is not None])
    assert [one.adjusted for one in found] == expected.tolist()
    assert [one.n for one in found] == [150, 150, 150]


def test_a_stratum_that_only_its_own_test_calls_helped_is_not() -> None:
    """Among three strata an unadjusted p of 0.04 to 0.1 is what chance gives."""
    kept = 0
    for seed in range(40):
        ordered, shuffled = arms((0.03, 0.0, 0.0), seed)
        found = compare_orders(ordered, shuffled, STRATA)
        for one in found:
            assert one.adjusted is not None
            assert one.helped == (one.adjusted <= 0.1 and one.estimate.point > 0)
            kept += one.p_value is not None and one.p_value <= 0.1 < one.adjusted
    assert kept


def test_one_seed_per_arm_helps_nowhere() -> None:
    """One training says nothing of the next."""
    ordered, shuffled = arms((0.3, 0.3, 0.3), 6, seeds=1)

    assert strata_helped(ordered, shuffled, STRATA) == ()
    assert [one.p_value for one in compare_orders(ordered, shuffled, STRATA)] == [None] * 3


def test_scores_that_are_no_two_arms_are_refused() -> None:
    ordered, shuffled = arms((0.0, 0.0, 0.0), 7)
    with pytest.raises(InvalidInput, match="a stratum per problem"):
        strata_helped(ordered, shuffled[:, 1:], STRATA)
    with pytest.raises(InvalidInput, match="a stratum per problem"):
        strata_helped(ordered, shuffled, STRATA[1:])
    with pytest.raises(InvalidInput, match="strictly between"):
        strata_helped(ordered, shuffled, STRATA, q=0)
