"""One step of AdamW for the whole fleet: each seed clipped by its own norm, then one call over the buffer.

Source: Loshchilov and Hutter (2019), Decoupled Weight Decay Regularization; Pascanu et al. (2013), On the
difficulty of training recurrent neural networks (clipping by the norm).
"""

from __future__ import annotations

import torch
from torch import Tensor

from nophantom.llm.lab.parameters import Parameters
from nophantom.llm.recipe import Schedule

BETAS = (0.9, 0.95)
EPSILON = 1e-8


def learning_rate(schedule: Schedule, step: int, total: int) -> float:
    """The rate of a step, counted from 0: up in a straight line, level, down in a straight line.

    >>> plan = Schedule(learning_rate=1.0, warm_up=2, flat=0.5, floor=0.1)
    >>> [round(learning_rate(plan, step, 8), 2) for step in range(8)]
    [0.5, 1.0, 1.0, 1.0, 1.0, 0.7, 0.4, 0.1]
    """
    if step < schedule.warm_up:
        return schedule.learning_rate * (step + 1) / schedule.warm_up
    last = total - 1
    level = max(schedule.warm_up, int(schedule.flat * total))
    if step <= level or last <= level:
        return schedule.learning_rate
    return schedule.learning_rate * (1 - (1 - schedule.floor) * (step - level) / (last - level))


def clip(parameters: Parameters, largest: float) -> Tensor:
    """Shrink the gradient of each seed to a norm of at most `largest`.

    Returns:
        (seeds,) the norms before; not a number or infinite where a seed diverged, which its neighbours do not feel.
    """
    blocks = parameters.blocks(parameters.gradients)
    parts = torch.stack([torch.linalg.vector_norm(block, dim=1) for block in blocks], 1)
    norms: Tensor = torch.linalg.vector_norm(parts, dim=1)
    scale = (largest / (norms + 1e-6)).clamp_(max=1.0).unsqueeze(1)
    for block in blocks:
        block.mul_(scale)
    return norms


def move(parameters: Parameters, schedule: Schedule, rate: float, step: Tensor) -> None:
    """One AdamW step over the buffer; no weight decay on the gains of norms.

    Args:
        parameters: their gradients are set.
        schedule: its weight decay is used.
        rate: the learning rate.
        step: how many steps there were, this one included; one float.
    """
    cut = parameters.decayed
    for part, decay in ((slice(0, cut), schedule.weight_decay), (slice(cut, None), 0.0)):
        torch.ops.aten._fused_adamw_(
            [parameters.weights[part]],
            [parameters.gradients[part]],
            [parameters.first[part]],
            [parameters.second[part]],
            [],
            [step],
            lr=rate,
            beta1=BETAS[0],
            beta2=BETAS[1],
            weight_decay=decay,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )
