"""The mean accuracy of a recipe: over its seeds and the problems together."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from scipy import special

from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import check_confidence
from nophantom.stats.seeds import variance_components


def grand_mean(scores: NDArray[Any], *, confidence: float = 0.95) -> Estimate:
    """Mean score over seeds and problems, for new seeds on new problems.

    Both are drawn: the squared standard error is (MS_seed + MS_problem - MS_rest) / (S P), with
    Student's t on Satterthwaite's degrees of freedom. With many problems and few seeds the seeds
    decide its width, with few problems the problems.

    Args:
        scores: (n_seeds, n_problems), each in [0, 1] or True and False.
        confidence: two-sided coverage, strictly between 0 and 1.

    Returns:
        The mean in [0, 1]; n counts seeds. The interval is None below two seeds or two problems, and
        where nothing varies at all.

    Raises:
        InvalidInput: a missing score or one outside [0, 1], or confidence outside (0, 1).

    Source:
        Searle, Casella and McCulloch (1992), Variance Components, chapter 4; Satterthwaite (1946),
        Biometrics Bulletin 2.

    >>> import numpy as np
    >>> found = grand_mean(np.array([[1, 1, 0, 0, 1], [1, 1, 1, 0, 1], [1, 0, 0, 0, 1]]))
    >>> f"{found.point:.3f} ({found.low:.3f} to {found.high:.3f})"
    '0.600 (0.030 to 1.000)'
    """
    check_confidence(confidence)
    c = variance_components(scores)
    method = "Student t on seeds and problems"
    if c.ms_seed is None or c.ms_problem is None or c.ms_rest is None:
        return Estimate(c.mean, None, None, confidence, c.n_seeds, method)
    s, p = c.n_seeds, c.n_problems
    # A sum of mean squares with a minus may fall below each part that it is made of; it cannot be that precise.
    total = max(c.ms_seed + c.ms_problem - c.ms_rest, c.ms_seed, c.ms_problem)
    if total <= 0:
        return Estimate(c.mean, None, None, confidence, s, method)
    parts = c.ms_seed**2 / (s - 1) + c.ms_problem**2 / (p - 1) + c.ms_rest**2 / ((s - 1) * (p - 1))
    freedom = max(1.0, total**2 / parts)
    reach = -float(special.stdtrit(freedom, (1 - confidence) / 2)) * (total / (s * p)) ** 0.5
    return Estimate(c.mean, max(0.0, c.mean - reach), min(1.0, c.mean + reach), confidence, s, method)
