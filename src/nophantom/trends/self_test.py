"""The self-test of a detection: what it says of its own corpus when nothing can be there. PURE.

The days of single stories are permuted inside strata, so that no rate changes any more, and a few days are detected
again without any gate (`permuted_days`). By Markov's inequality an e-value reaches x with probability at most 1 / x:
where so many more of a tier of rates reach it that chance does not explain it, the e-values of the snapshot are not
what they say, and it carries a warning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from nophantom.stats.evidence import self_test

TIERS = (0.1, 1.0, 5.0, 20.0)
"""Stories that the baseline expects in 28 days, where one rate tier ends and the next begins."""
TIER_NAMES = (
    f"below {TIERS[0]:g} expected in 28 days",
    *(f"{low:g} to {high:g}" for low, high in pairwise(TIERS)),
    f"{TIERS[-1]:g} and more",
)
LEVELS = (20.0, 100.0, 1_000.0)
"""E-values at which the promise is tested, beside the one that was enough in the snapshot."""
SURE = 0.05
"""Share of self-tests that may warn although all is well."""


@dataclass(frozen=True, slots=True)
class TierCheck:
    """One tier of rates at one level, under the null.

    Attributes:
        tier: its number, as in `TIERS`.
        level: e-value x. At that of the snapshot, N / (q k), e-values are boosted as its choice boosts them.
        topics: of this tier in N, all days together.
        reached: of these with an e-value of x or more.
        worth: x times the share that reached it: at most 1 where e-values keep their word; None without topics.
    """

    tier: int
    level: float
    topics: int
    reached: int
    worth: float | None

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the e-values of this tier.

        One of a few topics reaches a level by chance: what speaks against them is a number that e-values which keep
        their word have in fewer than `SURE` of all self-tests (Bonferroni over the checks of one).

        Source:
            The binomial tail, at the greatest probability that Markov's inequality allows; topics that share stories
            are not independent, so the share of false warnings is nominal.
        """
        if self.worth is None or self.worth <= 1:
            return True
        tail = float(bdtrc(self.reached - 1, self.topics, 1 / self.level))
        return tail >= SURE / ((len(LEVELS) + 1) * (len(TIERS) + 1))


def tier_checks(
    log_e: NDArray[np.float64],
    tier: NDArray[np.number],
    level: float,
    *,
    topics: Sequence[int] | None = None,
    boost: float = 1.0,
) -> tuple[TierCheck, ...]:
    """Whether e-values keep their word.

    Args:
        log_e: (K,) natural logarithms of e-values under the null.
        tier: (K,) the tier of rates of each.
        level: the e-value that was enough in the snapshot, boosted: N / (q k).
        topics: of each tier, also those whose e-values are not given because they are below every level; by default
            no others.
        boost: what e-values are multiplied by before they are held against `level`.

    Returns:
        One for each tier and level, by tier.

    >>> [(c.reached, c.worth, c.holds) for c in tier_checks(np.log([1.0, 30.0]), np.array([0, 0]), 20.0)[:1]]
    [(1, 10.0, True)]
    >>> [(c.reached, c.worth, c.holds) for c in tier_checks(np.log([30.0, 30.0, 30.0]), np.zeros(3), 20.0)[:1]]
    [(3, 20.0, False)]
    """
    boosts = dict.fromkeys(LEVELS, 1.0) | {level: boost}
    checks = []
    for number in range(len(TIERS) + 1):
        own = log_e[tier == number]
        n = len(own) if topics is None else topics[number]
        checks += [_check(number, x, own + np.log(boosts[x]), n) for x in sorted(boosts)]
    return tuple(checks)


def _check(tier: int, level: float, log_e: NDArray[np.float64], n: int) -> TierCheck:
    worth = float(self_test(log_e, n, [level])[0]) if n else None
    return TierCheck(tier, level, n, int((log_e >= np.log(level)).sum()), worth)
