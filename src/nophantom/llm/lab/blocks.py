"""One layer of the model for a fleet: attention, then experts, each on the normed residual stream.

Everything has a leading seed dimension. Derivatives are written out: no graph is recorded, each gradient is
written to its place in the flat buffer exactly once per step, and nothing has to be set to 0 before.

Source: Zhang and Sennrich (2019), Root Mean Square Layer Normalization; Jiang et al. (2024), Mixtral.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from nophantom.llm.lab.attention import Attention, AttentionTape, Turns
from nophantom.llm.lab.experts import Experts, ExpertTape, SharedExpert, SharedTape
from nophantom.llm.lab.layouts import Mask, Sight, Spread
from nophantom.llm.lab.parameters import Parameters
from nophantom.llm.lab.products import add_product, product
from nophantom.llm.lab.routing import Routing, route, route_backward
from nophantom.llm.recipe import Recipe, Router

EPSILON = 1e-5


class NormTape(NamedTuple):
    """What a norm leaves: the rows at unit root mean square, and what each was divided by."""

    unit: Tensor
    scale: Tensor


class Norm:
    """Root mean square norm with a gain per channel.

    Args:
        gain: (S, d_model).
        by_gain: where its derivative is written.
    """

    def __init__(self, gain: Tensor, by_gain: Tensor) -> None:
        self.gain = gain.unsqueeze(1)
        self._by_gain = by_gain

    def forward(self, rows: Tensor) -> tuple[Tensor, NormTape]:
        """(S, N, d_model) to the same shape."""
        length = torch.linalg.vector_norm(rows, dim=-1, keepdim=True)
        scale = length.square_().div_(rows.shape[-1]).add_(EPSILON).rsqrt_()
        unit = rows * scale
        return unit * self.gain, NormTape(unit, scale)

    def backward(self, tape: NormTape, by_output: Tensor) -> Tensor:
        """Write the derivative by the gain; return that by the rows. `by_output` is overwritten."""
        along = by_output * tape.unit
        torch.sum(along, 1, out=self._by_gain)
        mean = along.mul_(self.gain).sum(-1, keepdim=True).div_(-along.shape[-1])
        return by_output.mul_(self.gain).addcmul_(tape.unit, mean).mul_(tape.scale)


class BlockTape(NamedTuple):
    """What the forward pass of one layer leaves."""

    shown: NormTape
    attention: AttentionTape
    normed: Tensor
    asked: NormTape
    experts: ExpertTape
    shared: SharedTape | None


class View(NamedTuple):
    """What a layer shows to those who look on.

    Attributes:
        residual: (S, rows, d_model) the stream after attention.
        normed: (S, rows, d_model) what router and experts were given.
        routing: where each row went.
    """

    residual: Tensor
    normed: Tensor
    routing: Routing


class Block:
    """One layer.

    Args:
        recipe: its model and its router.
        parameters: of the fleet.
        layer: which one.
        bias: (S, experts) of the balanced router, or None.
    """

    def __init__(self, recipe: Recipe, parameters: Parameters, layer: int, bias: Tensor | None) -> None:
        weight, gradient = parameters.weight, parameters.gradient
        at, shape = f"layers.{layer}", recipe.model

        def of(room: str, *names: str) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
            full = [f"{at}.{room}.{name}" for name in names]
            return tuple(weight[name] for name in full), tuple(gradient[name] for name in full)

        self._recipe = recipe
        self._shown = Norm(weight[f"{at}.attention.norm"], gradient[f"{at}.attention.norm"])
        self._asked = Norm(weight[f"{at}.experts.norm"], gradient[f"{at}.experts.norm"])
        (query, key_value, output), by = of("attention", "query", "key_value", "output")
        self.attention = Attention(shape, (query, key_value, output), (by[0], by[1], by[2]))
        self.router, self._by_router = weight[f"{at}.router"], gradient[f"{at}.router"]
        self.bias = bias
        (gate_up, down), by = of("experts", "gate_up", "down")
        self.experts = Experts((gate_up, down), (by[0], by[1]), shape.experts)
        self.shared: SharedExpert | None = None
        if shape.shared_width:
            (gate_up, down), by = of("shared", "gate_up", "down")
            self.shared = SharedExpert((gate_up, down), (by[0], by[1]))

    def forward(self, rows: Tensor, layout: Spread, sight: Sight, turns: Turns) -> tuple[Tensor, BlockTape]:
        """(S, rows, d_model) to (S, asking rows, d_model)."""
        normed, shown = self._shown.forward(rows)
        asking = rows if sight.kept is None else rows.index_select(1, sight.kept)
        stream, attention = self.attention.forward(asking, normed, layout, sight, turns)
        seen, asked = self._asked.forward(stream)
        result, experts, shared = self._through_experts(seen, sparse=True)
        return result.add_(stream), BlockTape(shown, attention, seen, asked, experts, shared)

    def step(
        self,
        rows: Tensor,
        cache: Tensor,
        past: int,
        turns: Turns,
        mask: Mask | None,
        *,
        sparse: bool,
    ) -> tuple[Tensor, View]:
        """The same for new tokens after cached ones; see `Attention.step`."""
        normed, _ = self._shown.forward(rows)
        stream = self.attention.step(rows, normed, cache, past, turns, mask)
        seen, _ = self._asked.forward(stream)
        result, experts, _ = self._through_experts(seen, sparse=sparse)
        return result.add_(stream), View(stream, seen, experts.routing)

    def _through_experts(
        self, normed: Tensor, *, sparse: bool
    ) -> tuple[Tensor, ExpertTape, SharedTape | None]:
        scores = product(self.router, normed.mT)
        routing = route(scores, self.bias, self._recipe.model.top_k)
        result, tape = self.experts.forward(normed, routing, sparse=sparse)
        if self.shared is None:
            return result, tape, None
        more, shared = self.shared.forward(normed)
        return result.add_(more), tape, shared

    def backward(
        self, tape: BlockTape, by_result: Tensor, layout: Spread, sight: Sight, turns: Turns
    ) -> Tensor:
        """Write all derivatives by weights; return that by the rows, (S, rows, d_model).

        Args:
            tape: what `forward` left.
            by_result: (S, asking rows, d_model).
            layout: as given to `forward`.
            sight: likewise.
            turns: the conjugates of those given to `forward`.
        """
        by_normed, by_weights = self.experts.backward(tape.experts, by_result)
        by_scores = route_backward(
            tape.experts.routing,
            tape.experts.dispatch.load if self._recipe.router is Router.SOFTMAX else None,
            by_weights,
            self._recipe.schedule,
        )
        product(by_scores, tape.normed, out=self._by_router)
        by_normed = add_product(by_normed, by_scores.mT, self.router)
        if self.shared is not None and tape.shared is not None:
            by_normed.add_(self.shared.backward(tape.shared, by_result))
        by_stream = self._asked.backward(tape.asked, by_normed).add_(by_result)
        by_shown = self.attention.backward(tape.attention, by_stream, layout, sight, turns)
        by_rows = self._shown.backward(tape.shown, by_shown)
        if sight.kept is None:
            return by_rows.add_(by_stream)
        return by_rows.index_add_(1, sight.kept, by_stream)
