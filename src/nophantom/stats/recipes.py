"""Would training again this way be better? Two arms of several seeds on the same problems.

Seeds are the random unit, crossed with problems ("these recipes"): another training would draw new
seeds, another test new problems. Pooling the answers of all seeds, as if each were a new problem, or
taking each seed's accuracy as all there is, leaves one of the two out; `bench/recipes.py` shows what
that costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.contrasts import contrast_arms
from nophantom.stats.estimates import Estimate


@dataclass(frozen=True, slots=True)
class RecipeTest:
    """The difference of two recipes, with the p-value that belongs to its interval.

    Attributes:
        estimate: mean score of the first arm minus that of the second, in [-1, 1]; n counts seeds.
        p_value: two-sided p of "no difference", below 1 - confidence exactly when the interval leaves
            out 0; None where the interval is unknown.
        freedom: degrees of freedom of Student's t, by Satterthwaite; None where t was not used.
        sd_first: standard deviation of the first arm's accuracies; None below two seeds.
        sd_second: the same for the second arm.
        var_seeds: the part of the squared standard error that more seeds would shrink; None below two
            seeds in an arm.
        var_interaction: the part that only more problems would shrink (v3: some problems suit one
            recipe better); 0 where it was left out by choice, None where it is unknown.
        smallest_visible: the true difference that a comparison like this one shows with a probability
            of 80%; it looks at the spread alone, not at the difference that was seen.
        n_problems: problems in all.
        test: the name of the test in the words of its field.
    """

    estimate: Estimate
    p_value: float | None
    freedom: float | None
    sd_first: float | None
    sd_second: float | None
    var_seeds: float | None
    var_interaction: float | None
    smallest_visible: float | None
    n_problems: int
    test: str


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """How rare the observed difference is among all ways to deal the seeds to the arms.

    Attributes:
        p_value: share of arrangements with a difference at least as large, either way.
        smallest_p: the smallest p that these very accuracies can attain: with 3 + 3 seeds it is 0.1,
            so that no difference is ever significant at 5%.
        exact: whether all arrangements were looked at; else a random share of them.
        arrangements: how many were.
    """

    p_value: float
    smallest_p: float
    exact: bool
    arrangements: int


def compare_recipes(
    first: NDArray[Any],
    second: NDArray[Any],
    *,
    confidence: float = 0.95,
    paired: bool = False,
    fixed_problems: bool = False,
) -> RecipeTest:
    """Mean score of the first arm minus that of the second, for new seeds on new problems.

    The squared standard error is s2_A / S_A + s2_B / S_B + v3: the variances of the seeds' accuracies
    (which hold the luck of single answers already), and what is left of the scatter of the
    differences per problem once the same luck is taken off, v3 = max(0, var_p(d_p) / P - MS_rest_A /
    (S_A P) - MS_rest_B / (S_B P)). Student's t on Satterthwaite's degrees of freedom from S_A - 1,
    S_B - 1 and P - 1 gives interval and p-value. With arms of unequal size the degrees of freedom are
    at most those that a common spread would give: without that cap, two equal recipes of 2 + 5 seeds
    were called different in 6% of simulated comparisons and of 2 + 20 in 12%, with it in 2% or fewer.

    With `paired`, the arms share randomness by seed number (declared beforehand, not found in the
    data): the same variance with one arm, that of the differences per seed and problem. Its two parts
    have their own t each, joined as squares (t_{S - 1}^2 s2 / S + t_{P - 1}^2 v3 under the root),
    because one Satterthwaite t over so unequal parts is too bold: simulated at 5%, up to 13% with 2
    pairs and 8% with 3, against 5% or less with the join.

    Where no accuracy differs from another within an arm (it happens with few problems), the seeds'
    part is what their single answers alone would give, MS_rest / (S P). Where nothing varies at all,
    neither over seeds nor over problems, the interval is the bound of `compare_means`, and unknown
    for fixed problems.

    Two identical recipes on real difficulties are called different at 5% in 3.3% to 5.4% of 10,000
    trials, whatever the spread and with or without interaction (`bench/recipes.py`, 3 to 10 seeds);
    with two seeds in an arm in up to 6.7%, where the spreads are very unequal or v3 is a fifth of
    the rest.

    What it does not see: seeds that were left out, and arms of which one has a rare seed that
    collapses (Student's t wants accuracies that are about normal).

    Args:
        first: (n_seeds of the first arm, n_problems), scores in [0, 1] or True and False; with several
            samples (decode noise) (n_seeds, n_samples, n_problems), of which the means are taken: the
            samples are nested in seeds and make no seeds of their own.
        second: (n_seeds of the second arm, ..., n_problems), the same problems in the same order.
        confidence: two-sided coverage, strictly between 0 and 1.
        paired: seed i of both arms shares its randomness.
        fixed_problems: answer for this problem set alone: v3 is left out.

    Returns:
        The difference; with fewer than two seeds in an arm, interval and p-value are None (one
        training says nothing of the next), and likewise on one problem unless problems are fixed.

    Raises:
        InvalidInput: a missing score or one outside [0, 1], other problems in the second arm, paired
            arms of unequal size, or confidence outside (0, 1).

    Source:
        Satterthwaite (1946), Biometrics Bulletin 2; the variance of a difference of means in the
        layout seeds (within arms) x problems, Brennan (2001), Generalizability Theory, chapter 6.

    >>> first = np.array([[1, 1, 1, 0, 1, 1], [1, 1, 1, 1, 0, 1], [1, 1, 0, 1, 1, 1]])
    >>> second = np.array([[1, 0, 1, 0, 0, 1], [1, 0, 0, 0, 1, 1], [0, 1, 0, 0, 0, 1]])
    >>> test = compare_recipes(first, second)
    >>> round(test.estimate.point, 3), round(test.p_value, 3)
    (0.389, 0.046)
    """
    found = contrast_arms(
        (first, second), (1, -1), confidence=confidence, paired=paired, fixed_problems=fixed_problems
    )
    return RecipeTest(
        estimate=found.estimate,
        p_value=found.p_value,
        freedom=found.freedom,
        sd_first=found.sds[0],
        sd_second=found.sds[1],
        var_seeds=found.var_seeds,
        var_interaction=found.var_interaction,
        smallest_visible=found.smallest_visible,
        n_problems=found.n_problems,
        test=found.test,
    )


def permute_seeds(
    first: NDArray[Any],
    second: NDArray[Any],
    *,
    rng: np.random.Generator,
    most: int = 200_000,
    paired: bool = False,
) -> PermutationTest:
    """The exact test of "these seeds could have been dealt to the arms in any other way".

    It stands beside `compare_recipes` and needs no normal distribution. It says nothing of new
    problems: where problems suit the recipes unequally it finds differences of this problem set.

    Args:
        first: (n_seeds,) one accuracy per seed of the first arm.
        second: (n_seeds,) the same for the second arm.
        rng: used only where the arrangements are more than `most`.
        most: arrangements to look at; if there are more, this many are drawn.
        paired: seed i of both arms shares its randomness: signs are flipped instead.

    Returns:
        p of the absolute difference of means, the seen arrangement counted in.

    Raises:
        InvalidInput: not two lists of known numbers, paired arms of unequal size, or `most` below 1.

    Source:
        Fisher (1935), The Design of Experiments; for drawn arrangements Phipson and Smyth (2010),
        Statistical Applications in Genetics and Molecular Biology 9.

    >>> test = permute_seeds(np.array([0.76, 0.77, 0.78]), np.array([0.73, 0.74, 0.75]),
    ...                      rng=np.random.default_rng(1))
    >>> test.p_value, test.smallest_p, test.arrangements
    (0.1, 0.1, 20)
    """
    first, second = _accuracies(first), _accuracies(second)
    if paired and len(first) != len(second):
        raise InvalidInput(f"paired arms have as many seeds each; got {len(first)} and {len(second)}.")
    if most < 1:
        raise InvalidInput(f"a permutation test looks at one arrangement at least; got most={most}.")
    seen = abs(float(first.mean() - second.mean()))
    if paired:
        exact, gaps = _flipped(first - second, rng, most)
    else:
        exact, gaps = _dealt(first, second, rng, most)
    # Equal sums in another order differ by rounding: they count as ties.
    as_large, largest = int((gaps >= seen - 1e-12).sum()), int((gaps >= gaps.max() - 1e-12).sum())
    total = len(gaps)
    if exact:
        return PermutationTest(as_large / total, largest / total, True, total)
    return PermutationTest((1 + as_large) / (1 + total), 1 / (1 + total), False, total)


def _accuracies(values: NDArray[Any]) -> NDArray[np.float64]:
    values = np.asarray(values)
    if values.ndim != 1 or len(values) == 0 or values.dtype.kind not in "biuf":
        raise InvalidInput(f"an arm is one list of accuracies, one per seed; got shape {values.shape}.")
    if not np.isfinite(values).all():
        raise InvalidInput("every seed needs a known accuracy; got one that is none. Leave that seed out.")
    return values.astype(np.float64)


def _dealt(
    first: NDArray[np.float64], second: NDArray[np.float64], rng: np.random.Generator, most: int
) -> tuple[bool, NDArray[np.float64]]:
    """Absolute differences of means over the ways to deal all seeds to two arms of these sizes."""
    every = np.concatenate([first, second])
    k, n = len(first), len(every)
    exact = comb(n, k) <= most
    if exact:
        chosen = np.fromiter(
            (i for some in combinations(range(n), k) for i in some), dtype=np.intp, count=k * comb(n, k)
        ).reshape(-1, k)
        sums = every[chosen].sum(axis=1)
    else:
        sums = rng.permuted(np.broadcast_to(every, (most, n)), axis=1)[:, :k].sum(axis=1)
    return exact, np.abs(sums / k - (every.sum() - sums) / (n - k))


def _flipped(
    gaps: NDArray[np.float64], rng: np.random.Generator, most: int
) -> tuple[bool, NDArray[np.float64]]:
    """Absolute mean differences over the ways to swap the arms within pairs."""
    n = len(gaps)
    exact = n < 60 and 2**n <= most
    if exact:
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    else:
        signs = rng.choice(np.array([-1, 1]), size=(most, n))
    return exact, np.abs((signs * gaps).mean(axis=1))
