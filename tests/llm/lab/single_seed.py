"""The same model for one seed, written plainly: modules, loops over experts and problems, autograd. A second road.

It shares no code with the lab: no packing, no sorting, no derivative by hand, rotary angles as sines and
cosines, each problem of a batch by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from nophantom.llm.recipe import Recipe, Router


class PlainModel(nn.Module):
    """One seed; `load` takes the lab's weights by name."""

    def __init__(self, recipe: Recipe, vocabulary: int) -> None:
        super().__init__()
        shape, d = recipe.model, recipe.model.d_model
        self.recipe = recipe
        self.bias: Tensor | None = None
        self.width = d // shape.heads
        pairs = 2 * self.width * shape.kv_heads
        sizes: dict[str, tuple[int, ...]] = {
            "embedding": (vocabulary, d),
            "head": (d, vocabulary),
            "norm": (d,),
        }
        for layer in range(shape.layers):
            at = f"layers.{layer}"
            sizes |= {
                f"{at}.attention.norm": (d,),
                f"{at}.experts.norm": (d,),
                f"{at}.attention.query": (d, d),
                f"{at}.attention.key_value": (d, pairs),
                f"{at}.attention.output": (d, d),
                f"{at}.router": (shape.experts, d),
                f"{at}.experts.gate_up": (shape.experts, d, 2 * shape.expert_width),
                f"{at}.experts.down": (shape.experts, shape.expert_width, d),
            }
            if shape.shared_width:
                sizes[f"{at}.shared.gate_up"] = (d, 2 * shape.shared_width)
                sizes[f"{at}.shared.down"] = (shape.shared_width, d)
        self.values = {name: nn.Parameter(torch.zeros(size)) for name, size in sizes.items()}
        for name, value in self.values.items():
            self.register_parameter(name.replace(".", "_"), value)

    def load(self, weights: Mapping[str, Tensor], bias: Tensor | None = None) -> PlainModel:
        assert weights.keys() == self.values.keys()
        for name, value in weights.items():
            self.values[name].data.copy_(value)
        self.bias = bias
        return self

    def normed(self, rows: Tensor, name: str) -> Tensor:
        return F.rms_norm(rows, rows.shape[-1:], self.values[name], 1e-5)

    def turned(self, heads: Tensor) -> Tensor:
        """(heads, T, width), neighbouring numbers as pairs."""
        t = heads.shape[1]
        rates = self.recipe.model.rope_base ** (-torch.arange(0, self.width, 2) / self.width)
        angles = torch.arange(t).unsqueeze(1) * rates
        even, odd = heads[..., 0::2], heads[..., 1::2]
        cos, sin = angles.cos(), angles.sin()
        return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2)

    def attention(self, rows: Tensor, at: str) -> Tensor:
        shape, t = self.recipe.model, len(rows)
        query = (rows @ self.values[f"{at}.query"]).view(t, shape.heads, -1).transpose(0, 1)
        key, value = (
            (rows @ self.values[f"{at}.key_value"])
            .view(t, 2, shape.kv_heads, -1)
            .permute(1, 2, 0, 3)
            .unbind(0)
        )
        group = shape.heads // shape.kv_heads
        key, value = self.turned(key).repeat_interleave(group, 0), value.repeat_interleave(group, 0)
        scores = self.turned(query) @ key.mT / sqrt(self.width)
        hidden = torch.ones(t, t, dtype=torch.bool).triu(1)
        seen = scores.masked_fill(hidden, float("-inf")).softmax(-1) @ value
        return seen.transpose(0, 1).reshape(t, -1) @ self.values[f"{at}.output"]

    def gated(self, rows: Tensor, gate_up: Tensor, down: Tensor) -> Tensor:
        gate, up = (rows @ gate_up).chunk(2, -1)
        return (F.silu(gate) * up) @ down

    def experts(self, rows: Tensor, layer: int) -> tuple[Tensor, Tensor, Tensor]:
        """What the experts say, the scores, and the choices."""
        at, shape = f"layers.{layer}", self.recipe.model
        scores = rows @ self.values[f"{at}.router"].T
        if self.recipe.router is Router.SOFTMAX:
            chosen = scores.topk(shape.top_k).indices
            weights = scores.gather(1, chosen).softmax(-1)
            if shape.top_k == 1:
                weights = scores.softmax(-1).gather(1, chosen)
        else:
            bias = torch.zeros(shape.experts) if self.bias is None else self.bias[layer]
            chosen = (scores.sigmoid() + bias).topk(shape.top_k).indices
            weights = scores.sigmoid().gather(1, chosen)
            if shape.top_k > 1:
                weights = weights / weights.sum(-1, keepdim=True)
        output = torch.zeros_like(rows)
        for expert in range(shape.experts):
            token, place = torch.where(chosen == expert)
            said = self.gated(
                rows[token],
                self.values[f"{at}.experts.gate_up"][expert],
                self.values[f"{at}.experts.down"][expert],
            )
            output = output.index_add(0, token, said * weights[token, place].unsqueeze(1))
        if shape.shared_width:
            output = output + self.gated(
                rows, self.values[f"{at}.shared.gate_up"], self.values[f"{at}.shared.down"]
            )
        return output, scores, chosen

    def through(self, problems: Sequence[Tensor], asked: Sequence[slice]) -> tuple[list[Tensor], Tensor]:
        """Logits of each problem at the asked positions, and the auxiliary loss over the batch.

        In the last layer the router is judged by the asked positions alone: at others nobody looks.
        """
        layers = self.recipe.model.layers
        streams = [self.values["embedding"][tokens] for tokens in problems]
        auxiliary = torch.zeros(())
        for layer in range(layers):
            at = f"layers.{layer}"
            attended = [
                rows + self.attention(self.normed(rows, f"{at}.attention.norm"), f"{at}.attention")
                for rows in streams
            ]
            if layer == layers - 1:
                attended = [rows[part] for rows, part in zip(attended, asked, strict=True)]
            said = [self.experts(self.normed(rows, f"{at}.experts.norm"), layer) for rows in attended]
            streams = [rows + more for rows, (more, _, _) in zip(attended, said, strict=True)]
            auxiliary = auxiliary + self.judged(
                torch.cat([scores for _, scores, _ in said]), torch.cat([chosen for _, _, chosen in said])
            )
        return [self.normed(rows, "norm") @ self.values["head"] for rows in streams], auxiliary

    def judged(self, scores: Tensor, chosen: Tensor) -> Tensor:
        if self.recipe.router is Router.BALANCED:
            return torch.zeros(())
        load = F.one_hot(chosen, self.recipe.model.experts).float().mean((0, 1))
        balance = self.recipe.model.experts * (load * scores.softmax(-1).mean(0)).sum()
        schedule = self.recipe.schedule
        return schedule.load_balance * balance + schedule.z_loss * scores.logsumexp(-1).square().mean()

    def losses(
        self, questions: Sequence[Sequence[int]], answers: Sequence[Sequence[int]]
    ) -> tuple[Tensor, Tensor]:
        """Mean loss of the answers' tokens, and the auxiliary loss."""
        problems = [torch.tensor([*q, *a][:-1]) for q, a in zip(questions, answers, strict=True)]
        asked = [slice(len(q) - 1, None) for q in questions]
        logits, auxiliary = self.through(problems, asked)
        targets = torch.tensor([token for answer in answers for token in answer])
        return F.cross_entropy(torch.cat(logits), targets), auxiliary
