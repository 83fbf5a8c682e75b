"""Room behind a tensor, so that functions of single numbers go over it in whole vectors.

A processor computes exp and its kin for 16 numbers at a time, and what is left over at the end one by one, by
another formula whose last bit may differ. Whether a seed's numbers are the last ones depends on its company.
With room behind them nothing is ever left over.
"""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor

_LANES = 64  # floats: whole vectors of any processor, unrolled


def roomy(*shape: int, device: torch.device) -> Tensor:
    """An empty tensor with room behind it up to a multiple of 64 numbers."""
    count = prod(shape)
    return torch.empty(-(-count // _LANES) * _LANES, device=device)[:count].view(shape)


def whole(tensor: Tensor) -> Tensor:
    """The tensor and the room behind it, flat.

    >>> whole(roomy(3, 5, device=torch.device("cpu"))).shape
    torch.Size([64])
    """
    return tensor.as_strided((tensor.untyped_storage().nbytes() // tensor.element_size(),), (1,), 0)


def like(flat: Tensor, tensor: Tensor) -> Tensor:
    """The part of a flat tensor that belongs to a roomy one, in its shape."""
    return flat[: tensor.numel()].view(tensor.shape)
