"""Several samples of each checkpoint: what is the seed's own, and what is the luck of the decoding?

With a temperature above 0 one checkpoint answers differently each time. Its samples are nested in the
seed: ten samples of one seed are one seed, seen more sharply, and never ten seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nophantom.stats.estimates import Estimate
from nophantom.stats.seeds import complete_scores, share_not_noise

# Mean squares of scores below this come from rounding: such scores are equal.
_ROUNDING = 1e-18


@dataclass(frozen=True, slots=True)
class DecodeComponents:
    """Where the scores of seeds x samples x problems differ, samples nested in seeds.

    Attributes:
        n_seeds: seeds S.
        n_samples: samples K of each seed.
        n_problems: problems P.
        mean: mean score over everything.
        ms_seed: mean square between seeds, K P times the variance of their accuracies; None below two
            seeds.
        ms_seed_problem: mean square of seed x problem: problems that suit one seed better; None below
            two of either.
        ms_decode: mean square between the samples of one seed; None below two samples.
        ms_rest: mean square of what is left, the luck of single answers; None below two samples or
            two problems.
        var_seed: variance between seeds of their accuracy on unlimited problems and samples, cut off at
            0; None where it needs what is None.
        var_decode: variance of one sample's accuracy when the same checkpoint answers the same problems
            again, ms_decode / P; None below two samples.
        reliability: the share of the variance between seeds' mean accuracies (of K samples on P
            problems) that would show again on new problems and samples.
    """

    n_seeds: int
    n_samples: int
    n_problems: int
    mean: float
    ms_seed: float | None
    ms_seed_problem: float | None
    ms_decode: float | None
    ms_rest: float | None
    var_seed: float | None
    var_decode: float | None
    reliability: Estimate | None


def decode_components(scores: NDArray[Any], *, confidence: float = 0.95) -> DecodeComponents:
    """Tell decode noise and seed variance apart.

    Samples that fall together over all problems (one unlucky pass) are taken off the seeds' variance
    as far as ms_decode exceeds ms_rest; where it does not, samples are independent between problems
    and seed x problem holds all of their luck. With one sample this is `variance_components`.

    Args:
        scores: (n_seeds, n_samples, n_problems), each in [0, 1] or True and False, no cell missing.
        confidence: two-sided coverage of the interval of the reliability.

    Returns:
        Mean squares and variances; what needs two of something is None without.

    Raises:
        InvalidInput: another shape, a missing score or one outside [0, 1], or confidence outside (0, 1).

    Source:
        Brennan (2001), Generalizability Theory, chapter 3, design problems x (samples within seeds).

    >>> scores = np.array([[[1, 1, 0], [1, 0, 0]], [[1, 1, 1], [0, 1, 1]]])
    >>> found = decode_components(scores)
    >>> round(found.ms_seed, 4), round(found.ms_decode, 4), round(found.var_decode, 4)
    (0.3333, 0.1667, 0.0556)
    """
    scores = complete_scores(scores, 3)
    s, k, p = scores.shape
    by_sample, by_cell = scores.mean(axis=2), scores.mean(axis=1)  # (S, K), (S, P)
    by_seed, by_problem, mean = by_cell.mean(axis=1), by_cell.mean(axis=0), float(scores.mean())
    apart = by_cell - by_problem - (by_seed - mean)[:, None]
    within = scores - by_cell[:, None, :] - (by_sample - by_seed[:, None])[:, :, None]
    ms_seed = _mean_square(by_seed - mean, s - 1, k * p)
    ms_seed_problem = _mean_square(apart, (s - 1) * (p - 1), k)
    ms_decode = _mean_square(by_sample - by_seed[:, None], s * (k - 1), p)
    ms_rest = _mean_square(within, s * (k - 1) * (p - 1))
    var_seed = share = None
    if ms_seed is not None and ms_seed_problem is not None:
        passes = max(0.0, ms_decode - ms_rest) if ms_decode is not None and ms_rest is not None else 0.0
        noise = ms_seed_problem + passes
        var_seed = max(0.0, (ms_seed - noise) / (k * p))
        terms = [(ms_seed_problem, (s - 1) * (p - 1))]
        if passes > 0:
            terms += [(ms_decode or 0.0, s * (k - 1)), (ms_rest or 0.0, s * (k - 1) * (p - 1))]
        freedom = noise**2 / sum(ms**2 / df for ms, df in terms) if noise > 0 else 1.0
        share = share_not_noise(ms_seed, noise, (s - 1, freedom), s, confidence=confidence)
    return DecodeComponents(
        n_seeds=s,
        n_samples=k,
        n_problems=p,
        mean=mean,
        ms_seed=ms_seed,
        ms_seed_problem=ms_seed_problem,
        ms_decode=ms_decode,
        ms_rest=ms_rest,
        var_seed=var_seed,
        var_decode=None if ms_decode is None else ms_decode / p,
        reliability=share,
    )


def _mean_square(deviations: NDArray[np.float64], freedom: int, repeats: int = 1) -> float | None:
    """Sum of squares over degrees of freedom, each deviation standing for so many cells."""
    if freedom < 1:
        return None
    found = repeats * float(np.vdot(deviations, deviations)) / freedom
    return found if found > _ROUNDING else 0.0
