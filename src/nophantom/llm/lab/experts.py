"""The experts of a layer: each token goes to a few, all seeds and experts in one grouped product.

Two ways to bring rows to experts with the same answer. `Sorted` sorts the rows by seed and expert, so that
one grouped product over seeds * experts groups does no work that is thrown away: for training on a CPU.
`Everywhere` sends each row to all experts and weighs the others with 0: plain batched products without
sorting, for decoding, where there are few rows, and for accelerators, where it needs no look at the counts.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from nophantom.llm.lab.lanes import like, roomy, whole
from nophantom.llm.lab.products import product
from nophantom.llm.lab.routing import Routing, load_of


class Dispatch(Protocol):
    """How rows come to experts and back."""

    @property
    def load(self) -> Tensor:
        """(S, experts) the share of all choices that fell on each expert."""

    def take(self, tokens: Tensor) -> Tensor:
        """(S, N, W) to rows in the order of the experts."""

    def give(self, rows: Tensor, weights: Tensor | None) -> Tensor:
        """Rows to (S, N, W), summed over the experts of each token; weighed by (S, top_k, N), or not at all."""

    def weigh(self, rows: Tensor, weights: Tensor) -> Tensor:
        """Each row times its weight."""

    def by_weights(self, products: Tensor) -> Tensor:
        """One number per row to (S, top_k, N)."""

    def product(self, rows: Tensor, matrices: Tensor) -> Tensor:
        """Each row times the matrix of its expert; matrices are (S * experts, inputs, outputs)."""

    def outer(self, rows: Tensor, by_rows: Tensor, out: Tensor) -> None:
        """The derivative by the matrices, from the rows and the derivative by their products."""


class Sorted:
    """Rows sorted by seed and expert."""

    def __init__(self, chosen: Tensor, experts: int) -> None:
        s, top_k, n = chosen.shape
        groups = (chosen.numpy() + (np.arange(s) * experts)[:, None, None]).ravel()
        # numpy sorts 16 bits by counting: 10 times as fast as a comparison sort of as many rows.
        order = groups.astype(np.uint16 if s * experts < 1 << 16 else np.int64).argsort(kind="stable")
        places = np.empty_like(order)
        places[order] = np.arange(len(order))
        counts = np.bincount(groups, minlength=s * experts)
        self._shape = (s, top_k, n)
        self._token = torch.from_numpy(order // (top_k * n) * n + order % n)
        self._order = torch.from_numpy(order)
        self._places = torch.from_numpy(places)
        by_token = places.reshape(s, top_k, n).transpose(0, 2, 1).reshape(s * n, top_k)
        self._bags = torch.from_numpy(np.ascontiguousarray(by_token))
        self._ends = torch.from_numpy(counts.cumsum().astype(np.int32))
        self._load = torch.from_numpy((counts.reshape(s, experts) / (top_k * n)).astype(np.float32))

    @property
    def load(self) -> Tensor:
        """Shares of the choices."""
        return self._load

    def take(self, tokens: Tensor) -> Tensor:
        """(S, N, W) to (S * top_k * N, W)."""
        return tokens.reshape(-1, tokens.shape[-1]).index_select(0, self._token)

    def give(self, rows: Tensor, weights: Tensor | None) -> Tensor:
        """Sum over the rows of each token."""
        s, _, n = self._shape
        shares = None if weights is None else weights.transpose(1, 2).reshape(self._bags.shape)
        return F.embedding_bag(self._bags, rows, mode="sum", per_sample_weights=shares).view(s, n, -1)

    def weigh(self, rows: Tensor, weights: Tensor) -> Tensor:
        """Each row times its weight."""
        return rows * weights.flatten().index_select(0, self._order).unsqueeze(-1)

    def by_weights(self, products: Tensor) -> Tensor:
        """Back in the order of the choices."""
        return products.index_select(0, self._places).view(self._shape)

    def product(self, rows: Tensor, matrices: Tensor) -> Tensor:
        """One grouped product."""
        return F.grouped_mm(rows, matrices, offs=self._ends)

    def outer(self, rows: Tensor, by_rows: Tensor, out: Tensor) -> None:
        """One grouped product along the rows."""
        out.copy_(F.grouped_mm(rows.mT, by_rows, offs=self._ends))


class Everywhere:
    """Every row goes to every expert."""

    def __init__(self, chosen: Tensor, experts: int) -> None:
        self._chosen = chosen
        self._experts = experts

    @property
    def load(self) -> Tensor:
        """Shares of the choices."""
        return load_of(self._chosen, self._experts)

    def _dense(self, weights: Tensor) -> Tensor:
        """(S, top_k, N) to (S * experts, N, 1), 0 where not chosen."""
        s, _, n = weights.shape
        dense = torch.zeros(s, self._experts, n, device=weights.device)
        return dense.scatter_(1, self._chosen, weights).view(s * self._experts, n, 1)

    def take(self, tokens: Tensor) -> Tensor:
        """(S, N, W) to (S * experts, N, W)."""
        s, n, width = tokens.shape
        return tokens.unsqueeze(1).expand(s, self._experts, n, width).reshape(-1, n, width)

    def give(self, rows: Tensor, weights: Tensor | None) -> Tensor:
        """Sum over all experts."""
        weighed = rows if weights is None else rows * self._dense(weights)
        return weighed.view(-1, self._experts, *rows.shape[1:]).sum(1)

    def weigh(self, rows: Tensor, weights: Tensor) -> Tensor:
        """Each row times its weight, 0 where its expert was not chosen."""
        return rows * self._dense(weights)

    def by_weights(self, products: Tensor) -> Tensor:
        """Those of the chosen experts."""
        return products.view(-1, self._experts, products.shape[-1]).gather(1, self._chosen)

    def product(self, rows: Tensor, matrices: Tensor) -> Tensor:
        """One batched product."""
        return product(rows, matrices)

    def outer(self, rows: Tensor, by_rows: Tensor, out: Tensor) -> None:
        """One batched product."""
        product(rows.mT, by_rows, out=out)


class Gated(NamedTuple):
    """What silu(gate) * up leaves for its derivative; all (..., rows, width)."""

    gate: Tensor
    up: Tensor
    active: Tensor
    hidden: Tensor


def gated(gate_up: Tensor) -> Gated:
    """(rows.., 2 * width), gate and up side by side, to silu(gate) * up."""
    *outer, both = gate_up.shape
    width = both // 2
    # The copy is whole rows again: the silu of half rows takes 4 times as long.
    gate, up = roomy(*outer, width, device=gate_up.device).copy_(gate_up[..., :width]), gate_up[..., width:]
    active = like(F.silu(whole(gate)), gate)
    return Gated(gate, up, active, active * up)


def gated_backward(tape: Gated, by_hidden: Tensor) -> Tensor:
    """The derivative by gate and up side by side, (rows.., 2 * width)."""
    *outer, width = by_hidden.shape
    by_both = torch.empty(*outer, 2 * width, device=by_hidden.device)
    torch.mul(by_hidden, tape.active, out=by_both[..., width:])
    by_active = torch.mul(by_hidden, tape.up, out=roomy(*by_hidden.shape, device=by_hidden.device))
    by_gate: Tensor = torch.ops.aten.silu_backward(whole(by_active), whole(tape.gate))
    by_both[..., :width] = like(by_gate, by_active)
    return by_both


class ExpertTape(NamedTuple):
    """What the forward pass of one layer's experts leaves."""

    dispatch: Dispatch
    routing: Routing
    rows: Tensor
    gated: Gated
    result: Tensor


class Experts:
    """The routed experts of one layer, each (silu(x gate) * (x up)) down.

    Args:
        weight: gate and up, and down, each (S * experts, inputs, outputs).
        gradient: where their derivatives are written.
        experts: how many per seed.
    """

    def __init__(self, weight: tuple[Tensor, Tensor], gradient: tuple[Tensor, Tensor], experts: int) -> None:
        self.gate_up, self.down = weight
        self._by_gate_up, self._by_down = gradient
        self._experts = experts
        # The grouped product takes rows at multiples of 16 bytes alone, and lives on the CPU here: elsewhere it
        # would stop to read the counts.
        even = not any(size % 4 for size in (*self.gate_up.shape[1:], *self.down.shape[1:]))
        self._sorts = even and self.gate_up.device.type == "cpu"

    def forward(self, normed: Tensor, routing: Routing, *, sparse: bool = True) -> tuple[Tensor, ExpertTape]:
        """(S, N, d_model) to the weighed sum over the chosen experts, in the same shape."""
        dispatch: Dispatch = (Sorted if sparse and self._sorts else Everywhere)(routing.chosen, self._experts)
        rows = dispatch.take(normed)
        tape = gated(dispatch.product(rows, self.gate_up))
        result = dispatch.product(tape.hidden, self.down)
        return dispatch.give(result, routing.weights), ExpertTape(dispatch, routing, rows, tape, result)

    def backward(self, tape: ExpertTape, by_output: Tensor) -> tuple[Tensor, Tensor]:
        """Write the derivatives by the matrices; return those by the normed rows and by the weights."""
        dispatch = tape.dispatch
        by_rows = dispatch.take(by_output)
        by_weights = dispatch.by_weights((by_rows * tape.result).sum(-1))
        by_result = dispatch.weigh(by_rows, tape.routing.weights)
        dispatch.outer(tape.gated.hidden, by_result, self._by_down)
        by_both = gated_backward(tape.gated, dispatch.product(by_result, self.down.mT))
        dispatch.outer(tape.rows, by_both, self._by_gate_up)
        return dispatch.give(dispatch.product(by_both, self.gate_up.mT), None), by_weights


class SharedTape(NamedTuple):
    """What the shared expert leaves."""

    normed: Tensor
    gated: Gated


class SharedExpert:
    """The expert that every token goes to.

    Args:
        weight: gate and up, and down, each (S, inputs, outputs).
        gradient: where their derivatives are written.
    """

    def __init__(self, weight: tuple[Tensor, Tensor], gradient: tuple[Tensor, Tensor]) -> None:
        self.gate_up, self.down = weight
        self._by_gate_up, self._by_down = gradient

    def forward(self, normed: Tensor) -> tuple[Tensor, SharedTape]:
        """(S, N, d_model) to the same shape."""
        tape = gated(product(normed, self.gate_up))
        return product(tape.hidden, self.down), SharedTape(normed, tape)

    def backward(self, tape: SharedTape, by_output: Tensor) -> Tensor:
        """Write the derivatives by the matrices; return that by the normed rows."""
        product(tape.gated.hidden.mT, by_output, out=self._by_down)
        by_both = gated_backward(tape.gated, product(by_output, self.down.mT))
        product(tape.normed.mT, by_both, out=self._by_gate_up)
        return product(by_both, self.gate_up.mT)
