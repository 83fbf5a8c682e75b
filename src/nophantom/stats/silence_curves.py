"""Exponentials in bulk, and what windows without stories say as a curve: the arithmetic under `count_kernels`.

The likelihood ratio of a window without stories is exp(-c L), where c = a / phi is the series' own and L = ln((b + rho
E) / (b + E)) is the same for a whole stratum. Its mean over factors is therefore one smooth function of c.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

PIECES = 16
"""Pieces of a curve of silence per doubling of its argument: an error below 1e-10 (see the tests)."""
LEAST, DOUBLINGS = -14, 28
"""Curves reach from 2 ** LEAST over so many doublings; beyond, the exponentials are taken one by one."""

_PLACES = 4  # binary places of a mantissa that number a piece: 2 ** 4 = PIECES
_FINE, _ROUND = 1 << (52 - _PLACES), 6755399441055744.0  # 1.5 * 2 ** 52: adding it rounds to a whole number
_SQRT_HALF = 0x3FE6A09E667F3BCD  # as a float is written

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """Compile on the first call, keep the result on disk. Sums are never reordered; a * b + c may be rounded once.

    What is kept knows of changes to its own file only: after changing this one, remove `__pycache__`.
    """
    return cast(Loop, njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})(loop))


def uncounted(loop: Loop) -> Loop:
    """As `compiled`, for loops that make no array: what they are given is not counted as used each time.

    Counting references to arrays across threads took a third of a replay.
    """
    options: dict[str, Any] = {"cache": True, "nogil": True, "forceinline": True, "_nrt": False}
    return cast(Loop, njit(error_model="numpy", fastmath={"contract"}, **options)(loop))


@uncounted
def fast_exp(x: float) -> float:
    """exp(x) within 1e-14 for -700 <= x <= 700, and about e-304 below: plain arithmetic, done for many at once.

    x = n ln 2 + r: the power of two is written into the exponent, the rest is a polynomial.
    """
    x = max(x, -700.0)
    shifted = x * 1.4426950408889634 + _ROUND
    n = shifted - _ROUND
    r = (x - n * 6.93145751953125e-1) - n * 1.42860682030941723212e-6
    p = 1 / 39916800.0
    p = p * r + 1 / 3628800.0
    p = p * r + 1 / 362880.0
    p = p * r + 1 / 40320.0
    p = p * r + 1 / 5040.0
    p = p * r + 1 / 720.0
    p = p * r + 1 / 120.0
    p = p * r + 1 / 24.0
    p = p * r + 1 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    power = np.int64((np.float64(shifted).view(np.int64) + 1023) << 52).view(np.float64)
    return float(p * power)


@uncounted
def fast_log(x: float) -> float:
    """The natural logarithm within 1e-15 of itself or of 1, for 1e-307 <= x < inf: done for many at once.

    x = 2 ** n m with m from sqrt(1/2) to sqrt(2), and ln m = 2 artanh((m - 1) / (m + 1)) as a series.
    """
    bits = np.float64(x).view(np.int64)
    n = (bits - _SQRT_HALF) >> 52
    m = np.int64(bits - (n << 52)).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    p = 2 / 21.0
    p = p * z + 2 / 19.0
    p = p * z + 2 / 17.0
    p = p * z + 2 / 15.0
    p = p * z + 2 / 13.0
    p = p * z + 2 / 11.0
    p = p * z + 2 / 9.0
    p = p * z + 2 / 7.0
    p = p * z + 2 / 5.0
    p = p * z + 2 / 3.0
    p = p * z + 2.0
    return float(n * 6.93147180369123816490e-01 + (p * s + n * 1.90821492927058770002e-10))


@compiled
def draw_curves(logs: Numbers, curves: Numbers) -> None:
    """For windows without stories, the mean over factors depends on a / phi alone: draw it as a curve.

    Curve k is the logarithm of the sum over the windows up to k and all factors of exp(-c L), divided by all
    W * R: pieces of degree 5 that share value, slope and curvature where they meet. Its derivatives are the
    cumulants of L.

    Args:
        logs: (C, W, R), the least first.
        curves: (C, W, DOUBLINGS * PIECES, 6) coefficients, written here.
    """
    n_cells, n_windows, n_factors = logs.shape
    n_pieces = curves.shape[2]
    nodes = np.empty((n_windows, n_pieces + 1, 3))
    weights = np.empty(n_factors)
    for cell in range(n_cells):
        least = logs[cell, 0, 0]
        for j in range(n_pieces + 1):
            c = 2.0 ** (LEAST + j // PIECES) * (1 + (j % PIECES) / PIECES)
            s0, s1, s2 = 0.0, 0.0, 0.0
            for w in range(n_windows):
                row = logs[cell, w]
                for r in range(n_factors):
                    weights[r] = fast_exp(-c * (row[r] - least))
                for r in range(n_factors):
                    over = row[r] - least
                    s0 += weights[r]
                    s1 += weights[r] * over
                    s2 += weights[r] * over * over
                mean = s1 / s0
                nodes[w, j, 0] = np.log(s0 / (n_windows * n_factors)) - c * least
                nodes[w, j, 1] = -mean - least
                nodes[w, j, 2] = s2 / s0 - mean * mean
        for w in range(n_windows):
            for j in range(n_pieces):
                width = 2.0 ** (LEAST + j // PIECES) / PIECES
                _join(nodes[w, j], nodes[w, j + 1], width, curves[cell, w, j])


@compiled
def _join(left: Numbers, right: Numbers, width: float, piece: Numbers) -> None:
    """Hermite's polynomial of degree 5 in x from 0 to 1 between two points, with slopes and curvatures."""
    f, v, a = left[0], left[1] * width, left[2] * width * width
    g, w, b = right[0] - f - v - a / 2, right[1] * width - v - a, right[2] * width * width - a
    piece[0], piece[1], piece[2] = f, v, a / 2
    piece[3] = 10 * g - 4 * w + b / 2
    piece[4] = -15 * g + 7 * w - b
    piece[5] = 6 * g - 3 * w + b / 2


@uncounted
def piece_of(c: float) -> int:
    """Number of the piece that c lies on; outside 0 to DOUBLINGS * PIECES - 1 there is none."""
    return int((np.float64(c).view(np.int64) >> (52 - _PLACES)) - ((1023 + LEAST) << _PLACES))


@uncounted
def height_at(c: float, curves: Numbers, cell: int, curve: int, piece: int) -> float:
    """The value of a curve at c: the lower places of the mantissa say how far along its piece c lies."""
    x = (np.float64(c).view(np.int64) & (_FINE - 1)) / _FINE
    height = curves[cell, curve, piece, 4] + x * curves[cell, curve, piece, 5]
    height = curves[cell, curve, piece, 3] + x * height
    height = curves[cell, curve, piece, 2] + x * height
    height = curves[cell, curve, piece, 1] + x * height
    return float(curves[cell, curve, piece, 0] + x * height)
