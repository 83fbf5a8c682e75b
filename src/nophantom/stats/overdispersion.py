"""How much wider than Poisson counts scatter: Pearson's X2 over its degrees of freedom, shrunk toward like rows."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.stats.counts import Numbers


def overdispersion(
    counts: NDArray[Any], expected: NDArray[Any], tier: NDArray[Any], *, strength: float = 20.0
) -> Numbers:
    """How much wider than Poisson each row scatters, shrunk toward its tier.

    Pearson's X2 of a row has as mean its degrees of freedom times phi. The phi of a tier is the sum
    of X2 over the sum of degrees; a row's own is (strength * phi_tier + X2) / (strength + degrees).
    Nothing is ever taken as narrower than Poisson.

    Args:
        counts: (M, n_weeks) stories per baseline week.
        expected: (M, n_weeks) expected at a constant rate: the row's total times the week's share
            of the row's exposure. Weeks that expect 0 do not count. A sum other than the row's
            total makes X2 too large by what it misses.
        tier: (M,) number of the rate tier, from 0.
        strength: how many degrees of freedom the tier weighs, above 0.

    Returns:
        (M,) phi, at least 1; the tier's phi for rows with fewer than two weeks.

    Raises:
        InvalidInput: shapes that do not fit, a negative number, or strength not above 0.

    Source:
        McCullagh and Nelder (1989), Generalized Linear Models, section 6.2.3; the shrinkage is ours.

    >>> weeks = np.array([[2, 3, 2, 1], [8, 0, 0, 0]])
    >>> overdispersion(weeks, np.full((2, 4), 2.0), np.array([0, 0])).round(2).tolist()
    [3.67, 4.67]
    """
    y, mu = np.asarray(counts, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    tier = np.asarray(tier, dtype=np.intp)
    if y.ndim != 2 or y.shape != mu.shape or tier.shape != y.shape[:1]:
        raise InvalidInput(
            "overdispersion needs counts and expected of one shape (rows, weeks) and one tier per row; "
            f"got {y.shape}, {mu.shape} and {tier.shape}."
        )
    if not all(((given >= 0) & (given < inf)).all() for given in (y, mu, tier)):
        raise InvalidInput("counts, expected and tier are finite and not negative; got one that is not.")
    if not 0 < strength < inf:
        raise InvalidInput(f"the strength of shrinking is a finite number above 0; got {strength}.")
    weeks = (mu > 0).sum(axis=1)
    x2 = np.divide((y - mu) ** 2, mu, out=np.zeros_like(y), where=mu > 0).sum(axis=1)
    return shrunken_overdispersion(x2, weeks, tier, strength=strength)


def shrunken_overdispersion(
    x2: Numbers,
    weeks: NDArray[np.integer],
    tier: NDArray[np.integer],
    *,
    strength: float = 20.0,
    of_tier: Numbers | None = None,
) -> Numbers:
    """The overdispersion of rows from their sums, as `overdispersion` has it.

    Args:
        x2: (M,) Pearson's X2 of each row.
        weeks: (M,) how many of its weeks expected something; X2 does not count where these are fewer than two.
        tier: (M,) number of the rate tier, from 0.
        strength: how many degrees of freedom the tier weighs, above 0.
        of_tier: (n_tiers,) what rows are shrunk toward; by default that of the rows given.

    >>> shrunken_overdispersion(np.array([1.0, 24.0]), np.array([4, 4]), np.array([0, 0])).round(2).tolist()
    [3.67, 4.67]
    """
    freedom = np.maximum(weeks - 1, 0)
    x2 = np.where(weeks < 2, 0.0, x2)  # one week fits itself
    of_tier = tier_overdispersion(x2, weeks, tier) if of_tier is None else np.asarray(of_tier)
    return np.asarray(np.maximum((strength * of_tier[tier] + x2) / (strength + freedom), 1))


def tier_overdispersion(
    x2: Numbers, weeks: NDArray[np.integer], tier: NDArray[np.integer], *, n_tiers: int = 0
) -> Numbers:
    """(n_tiers,) the overdispersion of all rows of a tier together, at least 1; 1 for a tier without rows.

    Args:
        x2: (M,) Pearson's X2 of each row.
        weeks: (M,) how many of its weeks expected something; X2 does not count where these are fewer than two.
        tier: (M,) number of the rate tier, from 0.
        n_tiers: the least number of tiers to return.

    >>> tier_overdispersion(np.array([1.0, 24.0]), np.array([4, 4]), np.array([0, 0]), n_tiers=2).round(2).tolist()
    [4.17, 1.0]
    """
    x2, freedom = np.where(weeks < 2, 0.0, x2), np.maximum(weeks - 1, 0)
    pooled_x2, pooled = np.bincount(tier, x2, n_tiers), np.bincount(tier, freedom, n_tiers)
    return np.asarray(np.maximum(pooled_x2 / np.maximum(pooled, 1), 1))
