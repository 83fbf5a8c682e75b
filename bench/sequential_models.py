"""The peers of `bench/fleet.py`: the same model, one seed at a time, as one would write it in PyTorch, and Mixtral.

Each gets what helps it: its own batches padded to their own longest problem only, fused AdamW, logits only
where a token of an answer is predicted, the faster of two ways of attention, and on request what the fleet does
too: in the last layer, only those positions are computed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from torch import Tensor, nn

from nophantom.llm.lab.attention import rotary_table
from nophantom.llm.lab.batches import TrainingData
from nophantom.llm.recipe import Recipe


class Padded:
    """A shuffled batch of one seed, padded on the right to its own longest problem."""

    def __init__(self, data: TrainingData, problems: NDArray[np.int64], device: str) -> None:
        q, a = data.asked[problems], data.answered[problems]
        longest = int((q + a).max()) - 1
        tokens = np.zeros((len(problems), longest), dtype=np.int64)
        labels = np.full((len(problems), longest), -100, dtype=np.int64)
        for row, problem in enumerate(problems):
            start, n = data.starts[problem], q[row] + a[row]
            tokens[row, : n - 1] = data.tokens[start : start + n - 1]
            labels[row, q[row] - 1 : n - 1] = data.tokens[start + q[row] : start + n]
        real = np.arange(longest) < (q + a - 1)[:, None]
        self.tokens = torch.from_numpy(tokens).to(device)
        self.labels = torch.from_numpy(labels).to(device)
        self.real = torch.from_numpy(real.astype(np.int64)).to(device)
        self.asked = torch.from_numpy(np.flatnonzero(labels.ravel() >= 0)).to(device)
        self.targets = self.labels.flatten()[self.asked]


class Sequential(nn.Module):
    """One seed of the lab's model with the softmax router.

    Args:
        recipe: its shape and losses.
        vocabulary: how many tokens.
        longest: positions.
        experts: "dense", "index_add" or "grouped".
        lean: only asked positions in the last layer.
        fused_attention: PyTorch's scaled_dot_product_attention, or products and a softmax.
    """

    def __init__(
        self,
        recipe: Recipe,
        vocabulary: int,
        longest: int,
        *,
        experts: str,
        lean: bool = False,
        fused_attention: bool = False,
    ) -> None:
        super().__init__()
        shape = recipe.model
        d, f, e = shape.d_model, shape.expert_width, shape.experts
        self.recipe, self.kind, self.lean, self.fused = recipe, experts, lean, fused_attention
        self.width = d // shape.heads
        pairs = shape.kv_heads * self.width
        self.embedding = nn.Embedding(vocabulary, d)
        self.head = nn.Linear(d, vocabulary, bias=False)
        self.norm = nn.RMSNorm(d, eps=1e-5)
        self.norms = nn.ModuleList(nn.RMSNorm(d, eps=1e-5) for _ in range(2 * shape.layers))
        self.qkv = nn.ModuleList(nn.Linear(d, d + 2 * pairs, bias=False) for _ in range(shape.layers))
        self.out = nn.ModuleList(nn.Linear(d, d, bias=False) for _ in range(shape.layers))
        self.router = nn.ModuleList(nn.Linear(d, e, bias=False) for _ in range(shape.layers))
        self.gate_up = nn.ParameterList(torch.randn(e, d, 2 * f) * d**-0.5 for _ in range(shape.layers))
        self.down = nn.ParameterList(torch.randn(e, f, d) * f**-0.5 for _ in range(shape.layers))
        self.turns = nn.Buffer(rotary_table(shape, longest, "cpu"))
        self.hidden = nn.Buffer(torch.full((longest, longest), float("-inf")).triu(1))

    def attended(self, rows: Tensor, layer: int) -> Tensor:
        """(B, T, d_model)."""
        b, t, d = rows.shape
        shape = self.recipe.model
        parts = self.qkv[layer](rows).view(b, t, -1, self.width)
        cut = shape.heads + shape.kv_heads
        turned = torch.view_as_complex(parts[:, :, :cut].unflatten(-1, (-1, 2))) * self.turns[:t, None]
        qk = torch.view_as_real(turned).flatten(-2)
        query, key = qk[:, :, : shape.heads].transpose(1, 2), qk[:, :, shape.heads :].transpose(1, 2)
        value = parts[:, :, cut:].transpose(1, 2)
        if self.fused:
            gqa = shape.kv_heads < shape.heads
            seen = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=gqa)
        else:
            group = shape.heads // shape.kv_heads
            if group > 1:
                key, value = key.repeat_interleave(group, 1), value.repeat_interleave(group, 1)
            scores = query @ key.mT * self.width**-0.5 + self.hidden[:t, :t]
            seen = scores.softmax(-1) @ value
        return seen.transpose(1, 2).reshape(b, t, d)

    def through_experts(self, rows: Tensor, layer: int) -> tuple[Tensor, Tensor]:
        """(N, d_model), and the router's loss."""
        shape, schedule = self.recipe.model, self.recipe.schedule
        scores = self.router[layer](rows)
        best, chosen = scores.topk(shape.top_k, -1)
        weights = best.softmax(-1)
        probability = scores.softmax(-1)
        load = F.one_hot(chosen, shape.experts).sum((0, 1)) / chosen.numel()
        loss = schedule.load_balance * shape.experts * (load * probability.mean(0)).sum()
        loss = loss + schedule.z_loss * scores.logsumexp(-1).square().mean()
        return getattr(self, f"_{self.kind}")(rows, chosen, weights, layer), loss

    def _dense(self, rows: Tensor, chosen: Tensor, weights: Tensor, layer: int) -> Tensor:
        e = self.recipe.model.experts
        gate, up = torch.bmm(rows.expand(e, -1, -1), self.gate_up[layer]).chunk(2, -1)
        said = torch.bmm(F.silu(gate) * up, self.down[layer])
        shares = torch.zeros(len(rows), e, device=rows.device).scatter(1, chosen, weights)
        return (said * shares.T.unsqueeze(-1)).sum(0)

    def _index_add(self, rows: Tensor, chosen: Tensor, weights: Tensor, layer: int) -> Tensor:
        output = torch.zeros_like(rows)
        for expert in range(self.recipe.model.experts):
            token, place = torch.where(chosen == expert)
            gate, up = (rows[token] @ self.gate_up[layer][expert]).chunk(2, -1)
            said = (F.silu(gate) * up) @ self.down[layer][expert]
            output = output.index_add(0, token, said * weights[token, place].unsqueeze(1))
        return output

    def _grouped(self, rows: Tensor, chosen: Tensor, weights: Tensor, layer: int) -> Tensor:
        top_k = self.recipe.model.top_k
        order = chosen.flatten().argsort(stable=True)
        counts = torch.bincount(chosen.flatten(), minlength=self.recipe.model.experts)
        ends = counts.cumsum(0).to(torch.int32)
        gate, up = F.grouped_mm(rows[order // top_k], self.gate_up[layer], offs=ends).chunk(2, -1)
        said = F.grouped_mm(F.silu(gate) * up, self.down[layer], offs=ends)
        said = said * weights.flatten()[order].unsqueeze(1)
        return torch.zeros_like(rows).index_add(0, order // top_k, said)

    def forward(self, batch: Padded) -> Tensor:
        """The loss of a batch."""
        layers = self.recipe.model.layers
        rows = self.embedding(batch.tokens)
        b, t, d = rows.shape
        total = torch.zeros((), device=rows.device)
        flat = rows
        for layer in range(layers):
            seen = self.attended(self.norms[2 * layer](rows), layer)
            flat, seen = rows.reshape(-1, d), seen.reshape(-1, d)
            if self.lean and layer == layers - 1:
                flat, seen = flat[batch.asked], seen[batch.asked]
            flat = flat + self.out[layer](seen)
            said, loss = self.through_experts(self.norms[2 * layer + 1](flat), layer)
            flat, total = flat + said, total + loss
            if layer < layers - 1:
                rows = flat.view(b, t, d)
        if not self.lean:
            flat = flat[batch.asked]
        return F.cross_entropy(self.head(self.norm(flat)), batch.targets) + total


def mixtral(recipe: Recipe, vocabulary: int, longest: int, *, experts: str, attention: str) -> Any:  # noqa: ANN401
    """Hugging Face Mixtral of the same size.

    Args:
        recipe: its shape and the weight of its load balance.
        vocabulary: how many tokens.
        longest: positions.
        experts: how it multiplies them: "eager" or "grouped_mm".
        attention: "eager" or "sdpa".
    """
    from transformers import MixtralConfig, MixtralForCausalLM

    shape = recipe.model
    implementations: dict[str, Any] = {"attn_implementation": attention, "experts_implementation": experts}
    config = MixtralConfig(
        vocab_size=vocabulary,
        hidden_size=shape.d_model,
        intermediate_size=shape.expert_width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        num_local_experts=shape.experts,
        num_experts_per_tok=shape.top_k,
        max_position_embeddings=longest,
        router_aux_loss_coef=recipe.schedule.load_balance,
        output_router_logits=True,
        use_cache=False,
        **implementations,
    )
    return MixtralForCausalLM(config)
