"""One token after the other for a whole fleet: the model's weights laid out for few rows and a cache.

While answers are written, each sequence has one new row. Then it pays to join the matrices that see the same
rows (queries, keys and values; gate and up of all experts, the shared one among them), to fold the gains of
norms into them, and to send every row to all experts, the weights of the others being 0. Of the prompts, the
last layer computes keys and values alone but for the last position, the only one that is asked for.

Prompts of about one length are read together, aligned at their ends; nothing looks at the filling before them,
and rotary positions only tell distances, so it does not matter where a prompt begins.

The numbers agree with those of `Orchestra.forward` within rounding, and those of a seed are the same to
the bit in any company.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from nophantom.errors import InvalidInput
from nophantom.llm.lab.attention import rotary_table
from nophantom.llm.lab.blocks import EPSILON
from nophantom.llm.lab.lanes import like, roomy, whole
from nophantom.llm.lab.layouts import HIDDEN
from nophantom.llm.lab.model import Orchestra
from nophantom.llm.lab.products import add_product, product
from nophantom.llm.lab.routing import route

_JOINT = 64  # numbers: up to this width, heads share a matrix


class _Layer(NamedTuple):
    """The weights of one layer, joined; M is the width of all experts together."""

    query: Tensor  # (S, D, heads * width), scaled
    key_value: Tensor  # (S, D, 2 * kv_heads * width)
    output: Tensor  # (S, heads * width, D)
    router: Tensor  # (S, experts, D)
    gate_up: Tensor  # (S, D, 2 * M)
    down: Tensor  # (S, M, D)
    bias: Tensor | None  # (S, experts)


class Decoder:
    """The fleet as it is now, ready to write; it does not follow later steps of the training.

    Args:
        model: the fleet.
    """

    def __init__(self, model: Orchestra) -> None:
        self.model = model
        shape = model.recipe.model
        self._shape = shape
        self._width = shape.d_model // shape.heads
        self._group = shape.heads // shape.kv_heads
        fit = max(1, _JOINT // self._width)
        self._joint = max(n for n in range(1, fit + 1) if shape.kv_heads % n == 0)
        self._layers = [self._joined(layer) for layer in range(shape.layers)]
        weight = model.parameters.weight
        self._head = weight["norm"].unsqueeze(-1) * weight["head"]
        self._embedding = weight["embedding"].reshape(model.seeds * model.vocabulary, -1)
        self._offsets = (torch.arange(model.seeds, device=model.device) * model.vocabulary).unsqueeze(1)
        self._table = rotary_table(shape, model.longest, model.device)
        self._keys = self._values = torch.empty(0)
        self._sequences = self._filled = 0
        self._blank: Tensor | None = None

    def _joined(self, layer: int) -> _Layer:
        model, shape, at = self.model, self._shape, f"layers.{layer}"
        weight = {
            name.removeprefix(f"{at}."): tensor
            for name, tensor in model.parameters.weight.items()
            if name.startswith(f"{at}.")
        }
        s, e, d = model.seeds, shape.experts, shape.d_model
        shown, asked = weight["attention.norm"].unsqueeze(-1), weight["experts.norm"].unsqueeze(-1)
        both = weight["experts.gate_up"].reshape(s, e, d, 2, -1).permute(0, 2, 3, 1, 4).reshape(s, d, 2, -1)
        down = weight["experts.down"].reshape(s, -1, d)
        if shape.shared_width:
            both = torch.cat([both, weight["shared.gate_up"].reshape(s, d, 2, -1)], -1)
            down = torch.cat([down, weight["shared.down"]], 1)
        return _Layer(
            query=shown * weight["attention.query"] * self._width**-0.5,
            key_value=shown * weight["attention.key_value"],
            output=weight["attention.output"].contiguous(),
            router=weight["router"] * asked.mT,
            gate_up=asked * both.reshape(s, d, -1),
            down=down.contiguous(),
            bias=None if model.bias is None else model.bias[layer],
        )

    def begin(self, prompts: Tensor, lengths: Tensor, room: int) -> Tensor:
        """Read prompts.

        Args:
            prompts: (B, T) the same for all seeds, each at the end of its row.
            lengths: (B,) tokens of each.
            room: how many tokens may be written after them.

        Returns:
            (S, B, vocabulary) unnormalised log probabilities of what comes next.

        Raises:
            InvalidInput: an empty prompt, or more tokens than the model has positions.
        """
        b, t = prompts.shape
        if int(lengths.min()) < 1 or room < 1 or t + room - 1 > self.model.longest:
            raise InvalidInput(
                f"a prompt has 1 token or more and leaves room for an answer; got {t} and {room} of "
                f"{self.model.longest} positions."
            )
        s, shape, device = self.model.seeds, self._shape, self.model.device
        parts, width = s * b * shape.kv_heads // self._joint, self._joint * self._width
        self._keys = torch.empty(shape.layers, parts, width, t + room - 1, device=device)
        self._values = torch.empty(shape.layers, parts, t + room - 1, width, device=device)
        self._sequences, self._filled = b, 0
        blank = torch.arange(t) < t - lengths.unsqueeze(1)
        self._blank = None if not bool(blank.any()) else blank.to(device)[:, None, None]
        return self._forward(prompts.to(device).expand(s, b, t))

    def next(self, tokens: Tensor) -> Tensor:
        """Write one token to every sequence, (S, B), and see what comes next, (S, B, vocabulary)."""
        return self._forward(tokens.unsqueeze(-1))

    @torch.no_grad()
    def _forward(self, tokens: Tensor) -> Tensor:
        s, b, t = tokens.shape
        rows = self._embedding.index_select(0, (tokens.reshape(s, -1) + self._offsets).flatten()).view(
            s, b * t, -1
        )
        for place, layer in enumerate(self._layers):
            rows = self._attended(rows, place, t, last_alone=place == len(self._layers) - 1)
            rows = self._through_experts(rows, layer)
        self._filled += t
        return product(_unit(rows), self._head).view(s, b, -1)

    def _attended(self, rows: Tensor, place: int, t: int, *, last_alone: bool) -> Tensor:
        """Attention added to the stream, (S, B * T, D), or of the last position of each sequence, (S, B, D)."""
        layer, s, b, d = self._layers[place], self.model.seeds, self._sequences, rows.shape[-1]
        unit, seen = _unit(rows), self._filled + t
        turns = self._table[self._filled : seen]
        self._remember(product(unit, layer.key_value), place, t, turns)
        asked = t
        if last_alone and t > 1:
            rows, unit = (x.view(s, b, t, d)[:, :, -1].contiguous() for x in (rows, unit))
            turns, asked = turns[-1:], 1
        queries = product(unit, layer.query).view(s, b, asked, -1, self._group, self._width)
        queries = _turned(queries.permute(0, 1, 3, 4, 2, 5).contiguous(), turns)
        # Several heads in one matrix with zeros beside its diagonal: far fewer products, though larger ones.
        n, z = self._joint, self._values.shape[1]
        apart = torch.zeros(z, n, self._group * asked, n, self._width, device=rows.device)
        apart.diagonal(dim1=1, dim2=3).copy_(queries.view(z, n, -1, self._width).permute(0, 2, 3, 1))
        scores = product(apart.view(z, -1, n * self._width), self._keys[place, :, :, :seen])
        self._hide(scores, asked)
        mixed = product(scores.softmax(-1), self._values[place, :, :seen])
        mixed = mixed.view(apart.shape).diagonal(dim1=1, dim2=3).permute(0, 3, 1, 2)
        mixed = mixed.reshape(s, b, -1, asked, self._width).transpose(2, 3)
        return add_product(rows, mixed.reshape(s, b * asked, -1), layer.output)

    def _remember(self, both: Tensor, place: int, t: int, turns: Tensor) -> None:
        """Put new keys, turned, and values, (S, B * T, 2 * kv_heads * width), into the cache."""
        z, n, width = self._values.shape[1], self._joint, self._width
        here = slice(self._filled, self._filled + t)
        apart = both.view(self.model.seeds, self._sequences, t, 2, -1, n, width).permute(3, 0, 1, 4, 5, 2, 6)
        keys, values = apart.contiguous().view(2, z, n, t, width)
        _turned(keys, turns)
        self._keys[place, :, :, here].view(z, n, width, t).copy_(keys.mT)
        self._values[place, :, here].view(z, t, n, width).copy_(values.transpose(1, 2))

    def _hide(self, scores: Tensor, asked: int) -> None:
        """Nothing sees what comes after it, or the filling before a prompt."""
        seen = scores.shape[-1]
        of_heads = scores.view(self.model.seeds, self._sequences, -1, asked, seen)
        if asked > 1:
            later = torch.ones(asked, seen, dtype=torch.bool, device=scores.device)
            of_heads.masked_fill_(later.triu_(seen - asked + 1), HIDDEN)
        if self._blank is not None:
            of_heads[..., : self._blank.shape[-1]].masked_fill_(self._blank, HIDDEN)

    def _through_experts(self, rows: Tensor, layer: _Layer) -> Tensor:
        s, n, _ = rows.shape
        unit, shape = _unit(rows), self._shape
        routing = route(product(layer.router, unit.mT), layer.bias, shape.top_k)
        dense = torch.zeros_like(routing.scores).scatter_(1, routing.chosen, routing.weights)
        both = product(unit, layer.gate_up)
        width = both.shape[-1] // 2
        # The copy has whole rows and room behind them; see `lanes`.
        gate = roomy(s, n, width, device=rows.device).copy_(both[..., :width])
        hidden = like(F.silu(whole(gate)), gate).mul_(both[..., width:])
        routed = shape.experts * shape.expert_width
        hidden[..., :routed].view(s, n, shape.experts, -1).mul_(dense.mT.unsqueeze(-1))
        return add_product(rows, hidden, layer.down)


def _unit(rows: Tensor) -> Tensor:
    """Rows at unit root mean square; the gain of the norm is in the matrix that follows."""
    length = torch.linalg.vector_norm(rows, dim=-1, keepdim=True)
    scale: Tensor = length.square_().div_(rows.shape[-1]).add_(EPSILON).rsqrt_()
    return rows * scale


def _turned(vectors: Tensor, turns: Tensor) -> Tensor:
    """Neighbouring pairs of the last axis rotated, (.., T, width) by (T, width / 2), in place."""
    torch.view_as_complex(vectors.view(*vectors.shape[:-1], -1, 2)).mul_(turns)
    return vectors
