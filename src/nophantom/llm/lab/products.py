"""Batched matrix products whose every part is the same, to the bit, however many parts there are.

For one part with one row or one column the library takes another path than for a batch of them. Such a part
gets a twin.
"""

from __future__ import annotations

import torch
from torch import Tensor


def product(first: Tensor, second: Tensor, out: Tensor | None = None) -> Tensor:
    """(S, n, k) times (S, k, m), into `out` if it is given."""
    if not _alone(first, second):
        return torch.bmm(first, second) if out is None else torch.bmm(first, second, out=out)
    single = torch.bmm(first.expand(2, -1, -1), second.expand(2, -1, -1))[:1]
    return single if out is None else out.copy_(single)


def add_product(base: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """(S, n, m) plus such a product."""
    if not _alone(first, second):
        return torch.baddbmm(base, first, second)
    return torch.baddbmm(base.expand(2, -1, -1), first.expand(2, -1, -1), second.expand(2, -1, -1))[:1]


def _alone(first: Tensor, second: Tensor) -> bool:
    return first.shape[0] == 1 and 1 in (first.shape[1], first.shape[2], second.shape[2])
