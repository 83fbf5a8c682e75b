"""One seed among many: of its lead over the others, what is left on problems nobody has seen?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import check_confidence
from nophantom.stats.seeds import VarianceComponents, mean_square_draws

_FEW_DRAWS = 1_000


def honest_score(
    components: VarianceComponents,
    observed: float,
    *,
    rng: np.random.Generator,
    confidence: float = 0.95,
    draws: int = 20_000,
) -> Estimate | None:
    """What one of these seeds will score on unseen problems, whichever it is.

    Its accuracy, shrunk towards the mean of all by the reliability. The interval adds up what is not
    known: the reliability itself, the seed's own luck, and the choice of problems (which all seeds
    share; with 1,319 problems it is the largest part).

    Args:
        components: of all seeds on the problems that the choice was made on.
        observed: the accuracy of that seed there, in [0, 1].
        rng: the only source of randomness; it moves only the interval.
        confidence: two-sided coverage, strictly between 0 and 1.
        draws: pivotal draws, at least 1,000.

    Returns:
        The score in [0, 1]; None below two seeds or two problems.

    Raises:
        InvalidInput: a number outside its range.

    Source:
        Efron and Morris (1975), JASA 70 (shrinkage); Weerahandi (1993), JASA 88 (the interval).

    >>> from nophantom.stats.seeds import variance_components
    >>> found = variance_components(np.random.default_rng(1).random((20, 1319)) < 0.759)
    >>> round(honest_score(found, 0.775, rng=np.random.default_rng(2)).point, 3)
    0.759
    """
    check_confidence(confidence)
    check_draws(draws)
    if not 0 <= observed <= 1:
        raise InvalidInput(f"an accuracy lies in [0, 1]; got {observed}. 75.9% is 0.759.")
    if components.var_seed is None or components.ms_seed is None:
        return None
    s, lead = components.n_seeds, observed - components.mean
    kept, of_problems = lead_draws(components, lead, rng=rng, draws=draws)
    share = (
        components.var_seed * components.n_problems / components.ms_seed if components.ms_seed > 0 else 0.0
    )
    return interval_of_draws(
        components.mean + share * lead, components.mean + kept + of_problems, confidence, s
    )


def lead_draws(
    components: VarianceComponents, lead: float, *, rng: np.random.Generator, draws: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draws for one seed: its lead over the mean seed on new problems, and the mean's own error.

    Here the mean square between seeds is drawn above that of the rest, where it must lie. Cut off
    afterwards, most draws would say "no difference at all" and the interval be too short: it held a
    chosen seed's lead in 85% to 93% of simulated studies with a reliability of 0.1 to 0.5, drawn this
    way in 94% or more, at a nominal 95%.

    Args:
        components: of all seeds, with at least two seeds and two problems.
        lead: the seed's accuracy minus the mean of all, as observed.
        rng: the only source of randomness.
        draws: how many.

    Returns:
        (draws,) the lead that is kept: r * lead and the seed's own luck around it; (draws,) the error
        of the mean of these seeds from the choice of problems.

    Raises:
        InvalidInput: fewer than two seeds or problems.

    Source:
        Tiao and Tan (1965), Biometrika 52, on variance components that cannot be negative.
    """
    s, p = components.n_seeds, components.n_problems
    drawn = mean_square_draws(components, rng=rng, draws=draws)
    share = _share_draws(components.ms_seed or 0.0, drawn.rest, s - 1, rng)
    own = np.sqrt(share * drawn.rest / p * (1 - 1 / s)) * rng.standard_normal(draws)
    of_problems = np.sqrt(drawn.problem / (s * p)) * rng.standard_normal(draws)
    return share * lead + own, of_problems


def interval_of_draws(point: float, draws: NDArray[np.float64], confidence: float, n: int) -> Estimate:
    """A score with the quantiles of its draws as interval, within [0, 1] and around the point.

    Args:
        point: the score.
        draws: (draws,) values that it may have.
        confidence: two-sided coverage, strictly between 0 and 1.
        n: units that it rests on.
    """
    tail = (1 - confidence) / 2
    low, high = (float(end) for end in np.quantile(draws, (tail, 1 - tail)))
    point = min(1.0, max(0.0, point))
    low, high = max(0.0, min(low, point)), min(1.0, max(high, point))
    return Estimate(point, low, high, confidence, n, "honest, generalised pivotal interval")


def check_draws(draws: int) -> None:
    """Refuse an interval from too few draws.

    Raises:
        InvalidInput: fewer than 1,000.
    """
    if draws < _FEW_DRAWS:
        raise InvalidInput(f"an interval from draws needs at least {_FEW_DRAWS:,} of them; got {draws}.")


def _share_draws(
    ms_seed: float, rest: NDArray[np.float64], freedom: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(draws,) reliabilities, from chi-square draws that leave the mean square of seeds above the rest."""
    square = ms_seed * freedom
    most = special.chdtr(freedom, square / np.maximum(rest, np.finfo(np.float64).tiny))
    drawn = special.chdtri(freedom, 1 - most * rng.random(len(rest)))
    return np.asarray(np.clip(1 - rest * drawn / square, 0.0, 1.0)) if square > 0 else np.zeros(len(rest))
