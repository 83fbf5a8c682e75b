"""In which strata did easy-to-hard order help? Asked of the validation outcomes of an earlier study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.evidence import benjamini_hochberg
from nophantom.stats.recipes import compare_recipes

FALSE_DISCOVERIES = 0.1
"""Share of the strata called helped that may be false, on average."""


@dataclass(frozen=True, slots=True)
class StratumOrdering:
    """What order did in one stratum.

    Attributes:
        stratum: its name; `n` how many problems.
        estimate: ordered minus shuffled, a proportion, for new seeds on new problems like these.
        p_value: two-sided, of the stratum alone; None where it is unknown (below two seeds or problems).
        adjusted: with false discoveries controlled over the strata; None where unknown.
        helped: better with order, as a discovery.
    """

    stratum: str
    n: int
    estimate: Estimate
    p_value: float | None
    adjusted: float | None
    helped: bool


def compare_orders(
    ordered: NDArray[Any],
    shuffled: NDArray[Any],
    strata: Sequence[str],
    *,
    paired: bool = False,
    q: float = FALSE_DISCOVERIES,
) -> tuple[StratumOrdering, ...]:
    """Compare an ordered and a shuffled arm in every stratum, as recipes: seeds crossed with problems.

    Strata whose p-value is unknown are no tests and do not count among those that are controlled.

    Args:
        ordered: (seeds, P) validation scores of the arm that was trained easy to hard.
        shuffled: (seeds, P) of the arm in random order, on the same problems.
        strata: (P,) the stratum of each problem.
        paired: seed i of both arms shares its randomness.
        q: share of false discoveries, strictly between 0 and 1.

    Returns:
        One per stratum, in the order of their names.

    Raises:
        InvalidInput: scores that are no two arms on these problems, or q outside (0, 1).
    """
    a, b = np.asarray(ordered), np.asarray(shuffled)
    if a.ndim != 2 or b.ndim != 2 or not a.shape[1] == b.shape[1] == len(strata) or not len(strata):
        raise InvalidInput(
            "two arms on the same problems are two arrays (seeds, problems) with a stratum per problem; got "
            f"{a.shape}, {b.shape} and {len(strata)} strata."
        )
    if not 0 < q < 1:
        raise InvalidInput(f"the share q of false discoveries lies strictly between 0 and 1; got {q}.")
    names = np.array(strata)
    tests = {
        name: compare_recipes(a[:, names == name], b[:, names == name], paired=paired)
        for name in sorted(set(strata))
    }
    known = {name: test.p_value for name, test in tests.items() if test.p_value is not None}
    adjusted = dict(zip(known, benjamini_hochberg(list(known.values())).tolist(), strict=True))
    return tuple(
        StratumOrdering(
            stratum=name,
            n=int((names == name).sum()),
            estimate=test.estimate,
            p_value=test.p_value,
            adjusted=adjusted.get(name),
            helped=test.estimate.point > 0 and name in adjusted and adjusted[name] <= q,
        )
        for name, test in tests.items()
    )


def strata_helped(
    ordered: NDArray[Any],
    shuffled: NDArray[Any],
    strata: Sequence[str],
    *,
    paired: bool = False,
    q: float = FALSE_DISCOVERIES,
) -> tuple[str, ...]:
    """The strata in which order was shown to help; those that a selective order orders.

    Arguments and errors are those of `compare_orders`.

    >>> shuffled = np.tile([1, 0, 0, 1, 0, 1, 0, 1], (5, 1))
    >>> ordered = np.tile([1, 1, 1, 1, 0, 1, 0, 1], (5, 1)); ordered[0, 1] = 0
    >>> strata_helped(ordered, shuffled, ["1 step"] * 4 + ["2 steps"] * 4)
    ()
    """
    found = compare_orders(ordered, shuffled, strata, paired=paired, q=q)
    return tuple(one.stratum for one in found if one.helped)
