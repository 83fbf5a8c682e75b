"""What can be told of a seed before it is trained: spectra of activations and gradients of one batch.

Whether any of it predicts the final score is asked in `nophantom.llm.questions.probes`; on the prototype nothing did.
All seeds are probed with the same problems, so that they differ by their weights alone. Singular values are
computed seed by seed in double precision: the same whatever the company.

Source: Roy and Vetterli (2007), The effective rank; Rudelson and Vershynin (2007), Sampling from large matrices
(stable rank).
"""

from __future__ import annotations

from math import isfinite

import numpy as np
import torch
from numpy.typing import NDArray

from nophantom.llm.lab.batches import TrainingData, gather
from nophantom.llm.lab.diagnostics import token_entropy
from nophantom.llm.lab.model import Orchestra, Trace

PREFIX = "probe."
"""How the names of all probes begin."""

_PROBLEMS = 64  # of the batch
_BATCH = 0x50524F42
_LEAST = 1e-12  # of the largest singular value; what is below is rounding

Numbers = NDArray[np.float64]


@torch.no_grad()
def probe(model: Orchestra, data: TrainingData) -> list[dict[str, float]]:
    """Measure every seed of a fleet that has its first weights.

    The gradients in the buffer of the fleet are overwritten, as each step of training does; the weights are not
    touched.

    Args:
        model: the fleet.
        data: the training problems.

    Returns:
        One mapping per seed, in the order of the fleet, each name beginning with `probe.`: `loss` of the
        solutions; `gradient_norm`; effective ranks of the activations that experts are given
        (`activation_rank.layer0`) and of the gradients of queries, keys and values of the first layer
        (`gradient_rank.attention`), of its experts (`gradient_rank.experts`) and of the head
        (`gradient_rank.head`); `top_gradient_share`, the share of the first in the sum of the singular values
        of these three gradients, on average; `stable_rank` and `log_condition` (natural logarithm) of
        the activations that the head is given; `routing_entropy.layer0`, from 0 to 1. What is no number is left
        out.
    """
    rng = np.random.default_rng(np.random.SeedSequence((_BATCH,)))
    problems = np.sort(rng.permutation(len(data.starts))[:_PROBLEMS])
    batch = gather(data, np.tile(problems, (model.seeds, 1)), model.device)
    losses = model.learn(batch.tokens, batch.targets, batch.layout)
    trace = model.trace(batch.tokens, batch.layout)
    entropies = [
        token_entropy(trace, layer, model.recipe.router).mean(-1) for layer in range(len(trace.tapes))
    ]
    told = []
    for row in range(model.seeds):
        found = {"loss": float(losses.answer[row])}
        found |= _of_activations(trace, row)
        found |= _of_gradients(model, row)
        found |= {f"routing_entropy.layer{layer}": float(of[row]) for layer, of in enumerate(entropies)}
        told.append({f"{PREFIX}{name}": value for name, value in found.items() if isfinite(value)})
    return told


def _of_activations(trace: Trace, row: int) -> dict[str, float]:
    found = {
        f"activation_rank.layer{layer}": effective_rank(singular_values(_numbers(tape.normed[row])))
        for layer, tape in enumerate(trace.tapes)
    }
    values = singular_values(_numbers(trace.normed[row]))
    return found | {"stable_rank": stable_rank(values), "log_condition": log_condition(values)}


def _of_gradients(model: Orchestra, row: int) -> dict[str, float]:
    parameters = model.parameters
    own = {n: _numbers(value) for n, value in parameters.of_seed(parameters.gradients, row).items()}
    at = "layers.0"
    experts = own[f"{at}.experts.gate_up"]  # (experts, d_model, 2 * width)
    spectra = {
        "attention": np.hstack([own[f"{at}.attention.query"], own[f"{at}.attention.key_value"]]),
        "experts": np.hstack(list(experts)),
        "head": own["head"],
    }
    values = {name: singular_values(matrix) for name, matrix in spectra.items()}
    norm = float(np.sqrt(sum(np.square(value).sum() for value in own.values())))
    shares = [float(of[0] / of.sum()) if of.sum() > 0 else float("nan") for of in values.values()]
    found = {f"gradient_rank.{name}": effective_rank(of) for name, of in values.items()}
    return found | {"gradient_norm": norm, "top_gradient_share": float(np.mean(shares))}


def _numbers(tensor: torch.Tensor) -> Numbers:
    return np.asarray(tensor.cpu().numpy(), dtype=np.float64)


def singular_values(matrix: Numbers) -> Numbers:
    """The singular values, the largest first; all NaN where the matrix holds what is no number."""
    if not np.isfinite(matrix).all():
        return np.full(min(matrix.shape), np.nan)
    return np.asarray(np.linalg.svd(matrix, compute_uv=False), dtype=np.float64)


def effective_rank(values: Numbers) -> float:
    """The exponential of the entropy of singular values over their sum: from 1 to their number.

    >>> round(effective_rank(np.array([2.0, 2.0, 2.0])), 6), effective_rank(np.array([5.0, 0.0]))
    (3.0, 1.0)
    """
    total = values.sum()
    if not total > 0:
        return float("nan")
    shares = values[values > 0] / total
    return float(np.exp(-(shares * np.log(shares)).sum()))


def stable_rank(values: Numbers) -> float:
    """Sum of the squares of singular values over the largest square.

    >>> stable_rank(np.array([2.0, 1.0, 1.0]))
    1.5
    """
    return float(np.square(values / values[0]).sum()) if values[0] > 0 else float("nan")


def log_condition(values: Numbers) -> float:
    """Natural logarithm of the largest singular value over the smallest; what is only rounding counts as 1e-12.

    >>> round(log_condition(np.array([np.e, 1.0])), 6)
    1.0
    """
    return float(-np.log(max(values[-1] / values[0], _LEAST))) if values[0] > 0 else float("nan")
