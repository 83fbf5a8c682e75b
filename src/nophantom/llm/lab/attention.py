"""Rotary, grouped-query attention for a fleet, with its derivative written out.

Scores stand with the keys first, (keys, queries): the sum and the maximum over keys then run along whole
rows of numbers, several times as fast on a CPU as the usual order. The query heads that share a key head
stand side by side, so keys and values are never repeated. Probabilities are not divided by their
sum; the output is, which is smaller.

Source: Su et al. (2021), RoFormer; Ainslie et al. (2023), GQA; Dao et al. (2022), FlashAttention (the
derivative of the softmax by the product of output and its derivative).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from nophantom.llm.lab.lanes import roomy, whole
from nophantom.llm.lab.layouts import Mask, Sight, Spread
from nophantom.llm.lab.products import add_product, product
from nophantom.llm.recipe import ModelShape

# Beside the largest term of a sum, which is 1, exp of less than this is nothing; and it keeps products with
# gradients among the normal numbers: some processors are 100 times slower below them.
_LEAST = -40.0


class Turns(NamedTuple):
    """Rotary turns as complex numbers, broadcast to queries and keys; those of queries carry 1/sqrt(width)."""

    queries: Tensor
    keys: Tensor


class Seen(NamedTuple):
    """What `attend` leaves for its derivative."""

    queries: Tensor
    keys: Tensor
    values: Tensor
    raised: Tensor
    total: Tensor
    output: Tensor


def rotary_table(shape: ModelShape, longest: int, device: str | torch.device) -> Tensor:
    """(longest, head width / 2) the turn of each pair of numbers at each position.

    Neighbouring numbers are a pair.
    """
    width = shape.d_model // shape.heads
    pairs = torch.arange(0, width, 2, dtype=torch.float64)
    angles = torch.outer(torch.arange(longest, dtype=torch.float64), shape.rope_base ** (-pairs / width))
    return torch.polar(torch.ones_like(angles), angles).to(torch.complex64).to(device)


def queries_of(projected: Tensor, layout: Spread, kv_heads: int, width: int) -> Tensor:
    """(S, rows, heads * width) to (S, B, kv_heads, group, longest, width)."""
    spread = layout.spread(projected)
    s, b, t, _ = spread.shape
    return spread.view(s, b, t, kv_heads, -1, width).permute(0, 1, 3, 4, 2, 5).contiguous()


def keys_of(projected: Tensor, layout: Spread, kv_heads: int, width: int) -> Tensor:
    """(S, rows, 2 * kv_heads * width) to (2, S, B, kv_heads, longest, width): keys and values."""
    spread = layout.spread(projected)
    s, b, t, _ = spread.shape
    return spread.view(s, b, t, 2, kv_heads, width).permute(3, 0, 1, 4, 2, 5).contiguous()


def turn(vectors: Tensor, turns: Tensor) -> None:
    """Rotate neighbouring pairs of the last axis in place."""
    paired = torch.view_as_complex(vectors.view(*vectors.shape[:-1], -1, 2))
    paired.mul_(turns)


def largest(scores: Tensor) -> Tensor:
    """(Z, keys, queries) to (Z, 1, queries): the maximum over keys, by halving.

    `amax` along an axis that is not the last goes number by number on a CPU.
    """
    if scores.device.type != "cpu":
        return scores.amax(1, keepdim=True)
    while (n := scores.shape[1]) > 1:
        half = (n + 1) // 2
        scores = torch.maximum(scores[:, :half], scores[:, n - half :])
    return scores


def attend(queries: Tensor, keys: Tensor, values: Tensor, mask: Mask | None) -> Seen:
    """Softmax attention.

    Args:
        queries: (S, B, kv_heads, group, queries, width), turned and scaled.
        keys: (S, B, kv_heads, keys, width), turned; in a cache, its filled part.
        values: as the keys.
        mask: who may be seen; None: every key.

    Returns:
        The output, (S * B * kv_heads, group * queries, width), and what the derivative needs.
    """
    s, b, kv_heads, group, asked, width = queries.shape
    z, t = s * b * kv_heads, keys.shape[-2]
    flat_queries, flat_keys, flat_values = (
        queries.view(z, group * asked, width),
        keys.flatten(0, 2),
        values.flatten(0, 2),
    )
    scores = roomy(z, t, group * asked, device=queries.device)
    product(flat_keys, flat_queries.mT, out=scores)
    if mask is not None:
        scores.view(s, b, kv_heads, t, group, asked).add_(mask.hidden[:, None, :, None])
    scores.sub_(largest(scores)).clamp_min_(_LEAST)
    whole(scores).exp_()
    if mask is not None:
        scores.view(s, b, kv_heads, t, group, asked).mul_(mask.shown[:, None, :, None])
    total = scores.sum(1).unsqueeze(-1)
    output = product(scores.mT, flat_values).div_(total)
    return Seen(flat_queries, flat_keys, flat_values, scores, total, output)


def attend_backward(seen: Seen, by_output: Tensor) -> tuple[Tensor, Tensor]:
    """The derivative of `attend`.

    Args:
        seen: what it left.
        by_output: (Z, group * queries, width) the derivative of the loss by the output; overwritten.

    Returns:
        By the queries, (Z, group * queries, width), and by keys and values, (2, Z, keys, width).
    """
    z, t, width = seen.keys.shape
    by_both = torch.empty(2, z, t, width, dtype=by_output.dtype, device=by_output.device)
    scaled = by_output.div_(seen.total)
    product(seen.raised, scaled, out=by_both[1])
    mean = (scaled * seen.output).sum(-1).unsqueeze(1)
    by_scores = product(seen.values, scaled.mT).sub_(mean).mul_(seen.raised)
    product(by_scores, seen.queries, out=by_both[0])
    return product(by_scores.mT, seen.keys), by_both


class AttentionTape(NamedTuple):
    """What the forward pass of one layer's attention leaves."""

    asking: Tensor
    normed: Tensor
    seen: Seen
    mixed: Tensor


class Attention:
    """The attention of one layer, all seeds at once.

    Args:
        shape: of the model.
        weight: its three matrices, (S, inputs, outputs).
        gradient: where their derivatives are written.
    """

    def __init__(
        self,
        shape: ModelShape,
        weight: tuple[Tensor, Tensor, Tensor],
        gradient: tuple[Tensor, Tensor, Tensor],
    ) -> None:
        self._kv_heads = shape.kv_heads
        self._group = shape.heads // shape.kv_heads
        self._width = shape.d_model // shape.heads
        self.query, self.key_value, self.output = weight
        self._by_query, self._by_key_value, self._by_output = gradient

    def forward(
        self, residual: Tensor, normed: Tensor, layout: Spread, sight: Sight, turns: Turns
    ) -> tuple[Tensor, AttentionTape]:
        """What the asking positions see, added to their residual stream.

        Args:
            residual: (S, asking rows, d_model).
            normed: (S, rows, d_model) what all positions show.
            layout: of all rows.
            sight: who asks, and what may be seen.
            turns: of queries and keys.
        """
        asking = normed if sight.kept is None else normed.index_select(1, sight.kept)
        queries = queries_of(product(asking, self.query), sight.queries, self._kv_heads, self._width)
        both = keys_of(product(normed, self.key_value), layout, self._kv_heads, self._width)
        turn(queries, turns.queries)
        turn(both[0], turns.keys)
        seen = attend(queries, both[0], both[1], sight.mask)
        mixed = self._joined(seen.output, sight.queries)
        return add_product(residual, mixed, self.output), AttentionTape(asking, normed, seen, mixed)

    def step(
        self, residual: Tensor, normed: Tensor, cache: Tensor, past: int, turns: Turns, mask: Mask | None
    ) -> Tensor:
        """The same for new tokens after `past` others whose keys and values are cached.

        Args:
            residual: (S, B * new, d_model).
            normed: the same rows, normed.
            cache: (2, S, B, kv_heads, room, width); the new keys and values are written into it.
            past: how much of it is filled.
            turns: of the new positions.
            mask: (1, past + new, new), or None for one new token.
        """
        sequences = cache.shape[2]
        new = residual.shape[1] // sequences
        layout = Spread(sequences, new, residual.shape[1])
        queries = queries_of(product(normed, self.query), layout, self._kv_heads, self._width)
        both = keys_of(product(normed, self.key_value), layout, self._kv_heads, self._width)
        turn(queries, turns.queries)
        turn(both[0], turns.keys)
        cache[..., past : past + new, :] = both
        keys, values = cache[..., : past + new, :].unbind(0)
        seen = attend(queries, keys, values, mask)
        return add_product(residual, self._joined(seen.output, layout), self.output)

    def _joined(self, output: Tensor, layout: Spread) -> Tensor:
        """(Z, group * longest, width) to (S, rows, heads * width)."""
        s, b, t = self.query.shape[0], layout.sequences, layout.longest
        heads = output.view(s, b, self._kv_heads, self._group, t, self._width).permute(0, 1, 4, 2, 3, 5)
        return layout.packed(heads.reshape(s, b, t, -1))

    def _apart(self, joined: Tensor, layout: Spread) -> Tensor:
        """(S, rows, heads * width) to (Z, group * longest, width), the filling 0."""
        spread = layout.spread(joined, clear=True)
        s, b, t, _ = spread.shape
        heads = spread.view(s, b, t, self._kv_heads, self._group, self._width).permute(0, 1, 3, 4, 2, 5)
        return heads.reshape(s * b * self._kv_heads, self._group * t, self._width)

    def backward(
        self, tape: AttentionTape, by_result: Tensor, layout: Spread, sight: Sight, turns: Turns
    ) -> Tensor:
        """Write the derivatives by the matrices; return that by the normed rows, (S, rows, d_model).

        That by the residual is `by_result` itself.

        Args:
            tape: what `forward` left.
            by_result: (S, asking rows, d_model).
            layout: as given to `forward`.
            sight: likewise.
            turns: the conjugates of those given to `forward`.
        """
        product(tape.mixed.mT, by_result, out=self._by_output)
        by_output = self._apart(product(by_result, self.output.mT), sight.queries)
        by_queries, by_both = attend_backward(tape.seen, by_output)
        s, b, q, t = self.query.shape[0], layout.sequences, sight.queries.longest, layout.longest
        by_queries = by_queries.view(s, b, self._kv_heads, self._group, q, self._width)
        by_both = by_both.view(2, s, b, self._kv_heads, t, self._width)
        turn(by_queries, turns.queries)
        turn(by_both[0], turns.keys)
        flat_queries = sight.queries.packed(by_queries.permute(0, 1, 4, 2, 3, 5).reshape(s, b, q, -1))
        flat_both = layout.packed(by_both.permute(1, 2, 4, 0, 3, 5).reshape(s, b, t, -1))
        product(tape.asking.mT, flat_queries, out=self._by_query)
        product(tape.normed.mT, flat_both, out=self._by_key_value)
        by_normed = product(flat_both, self.key_value.mT)
        if sight.kept is None:
            return add_product(by_normed, flat_queries, self.query.mT)
        return by_normed.index_add_(1, sight.kept, product(flat_queries, self.query.mT))
