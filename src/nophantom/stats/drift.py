"""Does something change along a list: is the order of a file free of what it holds?

Two ways of not being random. *Drift*: values rise or fall from beginning to end. *Blocks*: neighbours are
more alike than chance has it, though nothing rises overall. Both by ranks, against all orders being
equally likely.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from nophantom.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class OrderTest:
    """How the order of a list and its values hang together.

    Attributes:
        drift: rank correlation of value and position, in [-1, 1]: above 0 where values rise.
        drift_p: two-sided p of "every order is equally likely", of the drift.
        blocks: rank correlation of neighbours, in about [-1, 1]: above 0 where like stands beside like.
        blocks_p: two-sided p of the same, of the blocks.
        n: values in all.
    """

    drift: float
    drift_p: float
    blocks: float
    blocks_p: float
    n: int


def order_test(values: NDArray[Any]) -> OrderTest | None:
    """Whether the values of a list depend on where they stand in it.

    Both statistics have a known mean and variance over all orders, ties included; their p-values are
    normal approximations, good from some 20 values on.

    Args:
        values: (n,) numbers, in the order of the list.

    Returns:
        The two correlations with their p-values; None below 4 values or where all are equal, which says
        nothing about the order.

    Raises:
        InvalidInput: not one list of finite numbers.

    Source:
        Drift: Spearman (1904), American Journal of Psychology 15. Blocks: Wald and Wolfowitz (1943),
        Annals of Mathematical Statistics 14, in the rank form of Bartels (1982), JASA 77, on a circle.

    >>> sorted_by_length = order_test(np.arange(100))
    >>> round(sorted_by_length.drift, 2), sorted_by_length.drift_p < 1e-9
    (1.0, True)
    """
    values = np.asarray(values)
    if values.ndim != 1 or values.dtype.kind not in "biuf" or not np.isfinite(values).all():
        raise InvalidInput(
            f"an order is of one list of finite numbers; got {values.dtype} of shape {values.shape}."
        )
    n = len(values)
    if n < 4 or np.ptp(values) == 0:
        return None
    rank = _ranks(values) - (n - 1) / 2  # (n,) centred
    place = np.arange(n) - (n - 1) / 2
    square = float(rank @ rank)
    drift = float(rank @ place) / sqrt(square * float(place @ place))
    # On a circle: the last value has the first as its neighbour, so that all places are alike.
    blocks = float(rank @ np.roll(rank, 1)) / square
    # Over all orders the sum of products has this mean and this variance (Wald and Wolfowitz).
    mean, fourth = -square / (n - 1), float((rank**4).sum())
    variance = (square**2 - fourth) / (n - 1) + (square**2 - 2 * fourth) / ((n - 1) * (n - 2)) - mean**2
    z = (blocks * square - mean) / sqrt(variance) if variance > 1e-9 * square**2 else 0.0
    return OrderTest(drift, _two_sided(drift * sqrt(n - 1)), blocks, _two_sided(z), n)


def _ranks(values: NDArray[Any]) -> NDArray[np.float64]:
    """(n,) ranks from 0, equal values sharing the mean of theirs."""
    _, which, times = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(times) - (times + 1) / 2
    return np.asarray(middle[which], dtype=np.float64)


def _two_sided(z: float) -> float:
    return 2 * float(special.ndtr(-abs(z)))
