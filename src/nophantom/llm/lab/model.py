"""Orchestra: a decoder-only mixture-of-experts transformer of which a whole fleet of seeds is one tensor program.

Root mean square norms before attention and experts, rotary positions, grouped-query attention, top-k routed
experts with an optional shared one, an untied head. All products are batched over seeds; no operation
mixes the numbers of two seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nophantom.errors import InvalidInput
from nophantom.llm.lab.attention import Turns, rotary_table
from nophantom.llm.lab.blocks import Block, BlockTape, Norm, NormTape, View
from nophantom.llm.lab.layouts import Layout, Mask, Sight
from nophantom.llm.lab.parameters import Parameters, pieces_of
from nophantom.llm.lab.products import product
from nophantom.llm.lab.routing import auxiliary_loss, move_bias
from nophantom.llm.recipe import Recipe, Router

# Up to this many rows of one seed, products with all experts beat sorting. It decides by what one seed has,
# never by the company.
_FEW = 64


@dataclass(slots=True)
class Cache:
    """Keys and values of the tokens so far.

    Attributes:
        layers: (layers, 2, S, B, kv_heads, room, head width).
        filled: how many positions hold something.
    """

    layers: Tensor
    filled: int = 0

    def keep(self, sequences: Tensor) -> None:
        """Only these sequences, by their places, go on."""
        self.layers = self.layers.index_select(3, sequences)


class Losses(NamedTuple):
    """Of one batch, per seed.

    Attributes:
        answer: (S,) mean negative log probability of the answers' tokens.
        auxiliary: (S,) the losses of the router, weighted; 0 of the balanced router.
        loads: per layer (S, experts), the share of all choices that fell on each expert.
    """

    answer: Tensor
    auxiliary: Tensor
    loads: list[Tensor]


class Trace(NamedTuple):
    """A forward pass over a packed batch.

    Attributes:
        tokens: (S, rows).
        layout: where they lie.
        tapes: what each layer left; `tape.experts.routing` says where its rows went.
        normed: (S, targets, d_model) what the head was given.
        norm: what the last norm left.
        logits: (S, targets, vocabulary) at the positions that predict a token of an answer.
    """

    tokens: Tensor
    layout: Layout
    tapes: list[BlockTape]
    normed: Tensor
    norm: NormTape
    logits: Tensor


class Orchestra:
    """The model of a fleet.

    Args:
        recipe: its shape and its router.
        vocabulary: how many tokens there are.
        longest: how many positions a sequence can have.
        seeds: how many models stand side by side.
        device: where they stand.

    Attributes:
        parameters: weights and gradients.
        bias: (layers, S, experts) of the balanced router; None with the softmax router.
    """

    def __init__(
        self, recipe: Recipe, vocabulary: int, longest: int, seeds: int, *, device: str = "cpu"
    ) -> None:
        if seeds < 1 or vocabulary < 2 or longest < 1:
            raise InvalidInput(
                f"a fleet has a seed, two tokens and one position at least; got {seeds}, {vocabulary} and {longest}."
            )
        shape = recipe.model
        self.recipe, self.vocabulary, self.longest, self.seeds = recipe, vocabulary, longest, seeds
        self.parameters = Parameters(pieces_of(shape, vocabulary), seeds, device=device)
        self.bias: Tensor | None = None
        if recipe.router is Router.BALANCED:
            self.bias = torch.zeros(shape.layers, seeds, shape.experts, device=device)
        self.blocks = [
            Block(recipe, self.parameters, layer, None if self.bias is None else self.bias[layer])
            for layer in range(shape.layers)
        ]
        weight, gradient = self.parameters.weight, self.parameters.gradient
        self._norm = Norm(weight["norm"], gradient["norm"])
        self._table = rotary_table(shape, longest, device)
        self._scale = (shape.d_model // shape.heads) ** -0.5
        self._offsets = (torch.arange(seeds, device=device) * vocabulary).unsqueeze(1)

    @property
    def device(self) -> torch.device:
        """Where the fleet stands."""
        return self.parameters.weights.device

    def cache(self, sequences: int, room: int) -> Cache:
        """An empty cache for so many sequences of each seed and so many tokens of each."""
        shape = self.recipe.model
        width = shape.d_model // shape.heads
        size = (shape.layers, 2, self.seeds, sequences, shape.kv_heads, room, width)
        return Cache(torch.empty(size, device=self.device))

    @torch.no_grad()
    def forward(
        self,
        tokens: Tensor,
        cache: Cache | None = None,
        *,
        last_only: bool = False,
        watch: list[View] | None = None,
    ) -> Tensor:
        """What comes next after each token.

        Args:
            tokens: (S, B, T) of equally long sequences; with a cache, those after the cached ones.
            cache: keys and values so far; the new ones are added.
            last_only: only the last position of each sequence is asked for.
            watch: what each layer shows is appended here.

        Returns:
            (S, B, T or 1, vocabulary) unnormalised log probabilities.

        Raises:
            InvalidInput: more tokens than the cache or the model has positions.
        """
        s, b, t = tokens.shape
        cache = self.cache(b, t) if cache is None else cache
        past = cache.filled
        if past + t > min(cache.layers.shape[-2], self.longest):
            raise InvalidInput(
                f"there is room for {min(cache.layers.shape[-2], self.longest)} tokens; {past} + {t} were given."
            )
        table = self._table[past : past + t]
        turns = Turns(table * self._scale, table)
        mask = None if t == 1 else _causal(past, t, self.device)
        rows = self.embedded(tokens.reshape(s, b * t))
        for block, layer in zip(self.blocks, cache.layers, strict=True):
            rows, view = block.step(rows, layer, past, turns, mask, sparse=b * t > _FEW)
            if watch is not None:
                watch.append(view)
        cache.filled = past + t
        rows = rows.view(s, b, t, -1)
        rows = (rows[:, :, -1:] if last_only else rows).reshape(s, -1, rows.shape[-1])
        normed, _ = self._norm.forward(rows)
        return product(normed, self.parameters.weight["head"]).view(s, b, -1, self.vocabulary)

    def embedded(self, tokens: Tensor) -> Tensor:
        """(S, N) to (S, N, d_model)."""
        table = self.parameters.weight["embedding"].reshape(self.seeds * self.vocabulary, -1)
        return table.index_select(0, (tokens + self._offsets).flatten()).view(*tokens.shape, -1)

    @torch.no_grad()
    def trace(self, tokens: Tensor, layout: Layout) -> Trace:
        """The forward pass over a packed batch, with all that its derivative needs.

        Args:
            tokens: (S, layout.rows).
            layout: where they lie.

        Raises:
            InvalidInput: a sequence longer than the model has positions.
        """
        if layout.keys.longest > self.longest:
            raise InvalidInput(f"there are {self.longest} positions; a sequence has {layout.keys.longest}.")
        rows = self.embedded(tokens)
        tapes: list[BlockTape] = []
        for block, (sight, turns, _) in zip(self.blocks, self._sights(layout), strict=True):
            rows, tape = block.forward(rows, layout.keys, sight, turns)
            tapes.append(tape)
        normed, norm = self._norm.forward(rows)
        logits = product(normed, self.parameters.weight["head"])
        return Trace(tokens, layout, tapes, normed, norm, logits)

    @torch.no_grad()
    def learn(self, tokens: Tensor, targets: Tensor, layout: Layout) -> Losses:
        """Losses of one packed batch, and their gradients into the buffer.

        Args:
            tokens: (S, layout.rows).
            targets: (S, layout.targets) the tokens of the answers.
            layout: where they lie.

        Returns:
            The losses of each seed, and the load of the experts, layer by layer.
        """
        trace = self.trace(tokens, layout)
        places = targets.unsqueeze(-1)
        answer = trace.logits.log_softmax(-1).gather(-1, places).squeeze(-1).mean(-1).neg_()
        minus = torch.full((1, 1, 1), -1.0, device=self.device).expand(places.shape)
        self.backward(trace, trace.logits.softmax(-1).scatter_add_(-1, places, minus).div_(layout.targets))
        loads = [tape.experts.dispatch.load for tape in trace.tapes]
        auxiliary = torch.zeros_like(answer)
        if self.recipe.router is Router.SOFTMAX:
            for tape, load in zip(trace.tapes, loads, strict=True):
                auxiliary += auxiliary_loss(tape.experts.routing, load, self.recipe.schedule)
        return Losses(answer, auxiliary, loads)

    @torch.no_grad()
    def backward(self, trace: Trace, by_logits: Tensor) -> None:
        """Write all gradients, from the derivative of each seed's loss by its logits, (S, targets, vocabulary)."""
        layout, gradient = trace.layout, self.parameters.gradient
        product(trace.normed.mT, by_logits, out=gradient["head"])
        by_rows = self._norm.backward(trace.norm, product(by_logits, self.parameters.weight["head"].mT))
        steps = zip(self.blocks, trace.tapes, self._sights(layout), strict=True)
        for block, tape, (sight, _, back) in reversed(list(steps)):
            by_rows = block.backward(tape, by_rows, layout.keys, sight, back)
        spots = torch.zeros(self.seeds, self.vocabulary, layout.rows, device=self.device)
        spots.scatter_(1, trace.tokens.unsqueeze(1), 1.0)
        product(spots, by_rows, out=gradient["embedding"])

    def turns(self, layout: Layout) -> Turns:
        """The rotary turns where every position asks."""
        table = self._table[: layout.keys.longest]
        return Turns(table * self._scale, table)

    def _sights(self, layout: Layout) -> list[tuple[Sight, Turns, Turns]]:
        """Who asks in each layer, the rotary turns, and the turns back."""
        table = self._table[: layout.keys.longest]
        asked = self._table[layout.last.angles][:, None, None]
        every = (layout.all, self.turns(layout))
        last = (layout.last, Turns(asked * self._scale, table))
        return [
            (sight, turns, Turns(turns.queries.conj().resolve_conj(), turns.keys.conj().resolve_conj()))
            for sight, turns in (*[every] * (len(self.blocks) - 1), last)
        ]

    def move_biases(self, loads: list[Tensor]) -> None:
        """After a step of the balanced router: against the load that it saw."""
        if self.bias is not None:
            for bias, load in zip(self.bias, loads, strict=True):
                move_bias(bias, load, self.recipe.schedule.bias_rate)


def _causal(past: int, new: int, device: torch.device) -> Mask:
    """What new tokens may see: the past, and each other up to themselves."""
    return Mask.of((np.arange(past + new)[:, None] <= past + np.arange(new))[None], device)
