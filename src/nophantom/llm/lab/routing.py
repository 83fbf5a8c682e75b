"""How tokens find their experts: scores, the choice of the best few, and what keeps the load even.

Two routers. `softmax`: the weights of the chosen experts are a softmax of their scores; a load-balancing
loss and a z loss act on the scores of all. `balanced`: sigmoid scores; a bias per expert, which counts
for the choice and not for the weight, is moved against its load after each step; there is no auxiliary loss.

Arrays stand experts first, (S, experts, rows), so that everything over experts runs along whole rows.

Source: Fedus et al. (2021), Switch Transformers (load balance); Zoph et al. (2022), ST-MoE (z loss);
Jiang et al. (2024), Mixtral (softmax of the chosen); Wang et al. (2024), Auxiliary-Loss-Free Load Balancing;
DeepSeek-AI (2024), DeepSeek-V3 (sigmoid scores).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from nophantom.llm.lab.lanes import like, roomy, whole
from nophantom.llm.lab.products import product
from nophantom.llm.recipe import Schedule


class Routing(NamedTuple):
    """Where each token goes.

    Attributes:
        scores: (S, experts, rows) as the router gave them.
        chosen: (S, top_k, rows) experts, the best first.
        weights: (S, top_k, rows) they sum to 1 over the chosen. A lone choice keeps the share that it has among all
            experts, or its sigmoid: were its weight always 1, the router would learn nothing.
    """

    scores: Tensor
    chosen: Tensor
    weights: Tensor


def best(scores: Tensor, top_k: int) -> Tensor:
    """(S, experts, rows) to (S, top_k, rows): the experts with the highest scores, the best first.

    >>> best(torch.tensor([[[0.1], [0.9], [0.5]]]), 2).flatten().tolist()
    [1, 2]
    """
    left, chosen = scores, []
    for place in range(top_k):
        chosen.append(left.max(1, keepdim=True).indices)
        if place + 1 < top_k:
            left = left.scatter(1, chosen[-1], float("-inf"))
    return torch.cat(chosen, 1)


def route(scores: Tensor, bias: Tensor | None, top_k: int) -> Routing:
    """Choose experts.

    Args:
        scores: (S, experts, rows).
        bias: (S, experts) of the balanced router; None: the softmax router.
        top_k: experts per token.
    """
    if bias is None:
        chosen = best(scores, top_k)
        if top_k == 1:
            return Routing(scores, chosen, scores.softmax(1).gather(1, chosen))
        return Routing(scores, chosen, scores.gather(1, chosen).softmax(1))
    affinity = _sigmoid(scores)
    chosen = best(affinity + bias.unsqueeze(-1), top_k)
    weights = affinity.gather(1, chosen)
    return Routing(scores, chosen, weights if top_k == 1 else weights / weights.sum(1, keepdim=True))


def load_of(chosen: Tensor, experts: int) -> Tensor:
    """(S, top_k, rows) to (S, experts): which share of all choices fell on each expert."""
    s = chosen.shape[0]
    ones = torch.ones(1, device=chosen.device).expand(s, chosen[0].numel())
    counts = torch.zeros(s, experts, device=chosen.device).scatter_add_(1, chosen.reshape(s, -1), ones)
    return counts / chosen[0].numel()


def auxiliary_loss(routing: Routing, load: Tensor, schedule: Schedule) -> Tensor:
    """(S,) load balance and z loss of one layer, weighted.

    The load-balancing loss is experts * sum(load * mean probability): 1 where the load is even.

    Args:
        routing: of all rows.
        load: (S, experts) the share of all choices that fell on each expert.
        schedule: the weights of the two.
    """
    balance = (load * routing.scores.softmax(1).mean(-1)).sum(-1) * load.shape[-1]
    z = _log_sum(routing.scores).square().mean((1, 2))
    return schedule.load_balance * balance + schedule.z_loss * z


def route_backward(routing: Routing, load: Tensor | None, by_weights: Tensor, schedule: Schedule) -> Tensor:
    """The derivative by the scores, (S, experts, rows): through the weights, and of the auxiliary loss.

    Args:
        routing: what `route` gave.
        load: (S, experts) of the softmax router; None: the balanced router, without auxiliary loss.
        by_weights: (S, top_k, rows).
        schedule: the weights of the auxiliary losses.
    """
    scores, chosen, weights = routing
    lone = chosen.shape[1] == 1
    pull = by_weights * weights
    inner = pull if lone else pull - weights * pull.sum(1, keepdim=True)
    if load is not None:
        by_scores = _auxiliary_backward(scores, load, schedule)
        if lone:
            by_scores = by_scores - scores.softmax(1).mul_(pull)
        return by_scores.scatter_add_(1, chosen, inner)
    affinity = _sigmoid(scores.gather(1, chosen))
    return torch.zeros_like(scores).scatter_(1, chosen, inner * (1 - affinity))


def _auxiliary_backward(scores: Tensor, load: Tensor, schedule: Schedule) -> Tensor:
    experts, rows = scores.shape[1:]
    probability = scores.softmax(1)
    share = (load * (schedule.load_balance * experts / rows)).unsqueeze(-1)
    pull = share - product(share.mT, probability)
    pull.add_(_log_sum(scores), alpha=2 * schedule.z_loss / rows)
    return probability.mul_(pull)


def _log_sum(scores: Tensor) -> Tensor:
    """(S, 1, rows) the logarithm of the sum of exp over experts: a score less its log probability."""
    return scores[:, :1] - scores.log_softmax(1)[:, :1]


def _sigmoid(scores: Tensor) -> Tensor:
    room = roomy(*scores.shape, device=scores.device).copy_(scores)
    return like(whole(room).sigmoid_(), room)


def move_bias(bias: Tensor, load: Tensor, rate: float) -> None:
    """Raise the bias of experts with less than their share of the load, lower that of the others.

    Args:
        bias: (S, experts); changed in place.
        load: (S, experts) the share of all choices that fell on each expert.
        rate: how far.
    """
    bias.add_((1 / bias.shape[1] - load).sign_(), alpha=rate)
