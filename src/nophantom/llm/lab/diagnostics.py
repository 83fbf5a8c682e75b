"""What the routers of a fleet do at a checkpoint: how even the load is, how sure the choice, and who sees what.

Measured on problems with their reference solutions, over the rows that each layer computes: all tokens but the
last in every layer, and in the last layer those that predict a token of the solution. Nothing here is
trained on.
"""

from __future__ import annotations

from math import exp, isfinite, log

import numpy as np
from numpy.typing import NDArray

from nophantom.errors import InvalidInput
from nophantom.llm.lab.batches import TrainingData, gather
from nophantom.llm.lab.model import Orchestra, Trace
from nophantom.llm.recipe import Router

_CHUNK = 128  # problems that are looked at together

Numbers = NDArray[np.float64]


class _Sums:
    """What is added up over chunks of problems.

    Args:
        seeds: how many; `layers`, `experts` and `strata` likewise.
    """

    def __init__(self, seeds: int, layers: int, experts: int, strata: int) -> None:
        self.choices = np.zeros((seeds, layers, experts, strata))
        self.entropy = np.zeros((seeds, layers))
        self.rows = np.zeros(layers)
        self.loss = np.zeros(seeds)
        self.targets = 0


def diagnose(model: Orchestra, data: TrainingData) -> list[dict[str, float]]:
    """Routing and perplexity of every seed.

    Args:
        model: the fleet; it is not changed.
        data: problems with a stratum each, or none.

    Returns:
        One mapping per seed, in the order of the fleet. `load.layer0.expert2` is the share of the choices that
        fell on an expert; `entropy.layer0` how even these shares are and `token_entropy.layer0` how undecided the
        router is about a token, on average, both as shares of the entropy of an even spread (1: even, 0: one
        expert); `stratum.3 steps.layer1.expert0` the share of a stratum's choices; `perplexity` exp of the mean
        negative log probability of the solutions' tokens. What is no number, since a seed diverged, is left out.

    Raises:
        InvalidInput: strata that are not one per problem.
    """
    n, shape = len(data.starts), model.recipe.model
    strata = data.strata or ("",) * n
    if len(strata) != n:
        raise InvalidInput(f"every problem has a stratum, or none has; got {len(strata)} for {n} problems.")
    names = sorted(set(strata))
    which = np.array([names.index(stratum) for stratum in strata])
    sums = _Sums(model.seeds, shape.layers, shape.experts, len(names))
    order = np.argsort(data.asked + data.answered, kind="stable")
    for places in np.array_split(order, -(-n // _CHUNK)):
        _add(sums, model, data, places, which[places])
    return [_told(sums, row, names if data.strata else []) for row in range(model.seeds)]


def _add(
    sums: _Sums, model: Orchestra, data: TrainingData, places: NDArray[np.int64], strata: NDArray[np.int64]
) -> None:
    batch = gather(data, np.tile(places, (model.seeds, 1)), model.device)
    trace = model.trace(batch.tokens, batch.layout)
    log_p = trace.logits.log_softmax(-1).gather(-1, batch.targets.unsqueeze(-1))
    sums.loss -= log_p.squeeze(-1).cpu().numpy().astype(np.float64).sum(-1)
    sums.targets += batch.layout.targets
    asked, answered = data.asked[places], data.answered[places]
    last = len(trace.tapes) - 1
    for layer, tape in enumerate(trace.tapes):
        of_row = np.repeat(strata, answered if layer == last else asked + answered - 1)
        chosen = tape.experts.routing.chosen.cpu().numpy()  # (S, top_k, rows)
        for row in range(model.seeds):
            cells = chosen[row] * sums.choices.shape[-1] + of_row
            counts = np.bincount(cells.ravel(), minlength=sums.choices[row, layer].size)
            sums.choices[row, layer] += counts.reshape(sums.choices.shape[-2:])
        sums.entropy[:, layer] += token_entropy(trace, layer, model.recipe.router).sum(-1)
        sums.rows[layer] += len(of_row)


def token_entropy(trace: Trace, layer: int, router: Router) -> Numbers:
    """(S, rows) how undecided the router is about each token, from 0 to 1, an even spread over all experts.

    Of the softmax router the entropy of its softmax; of the balanced one that of its sigmoids over their sum.
    """
    scores = trace.tapes[layer].experts.routing.scores.cpu().numpy().astype(np.float64)  # (S, experts, rows)
    softmax = router is Router.SOFTMAX
    raised = np.exp(scores - scores.max(1, keepdims=True)) if softmax else 1 / (1 + np.exp(-scores))
    return _evenness(raised / raised.sum(1, keepdims=True), axis=1)


def _evenness(shares: Numbers, axis: int) -> Numbers:
    """Entropy of shares along an axis over that of an even spread; 1 where there is but one."""
    if shares.shape[axis] == 1:
        return np.ones(np.delete(shares.shape, axis))
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return np.asarray(-(shares * logs).sum(axis) / log(shares.shape[axis]))


def _told(sums: _Sums, row: int, strata: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    mean_loss = sums.loss[row] / sums.targets
    if isfinite(mean_loss) and mean_loss < log(np.finfo(np.float64).max):
        found["perplexity"] = exp(mean_loss)
    for layer, choices in enumerate(sums.choices[row]):
        load = choices.sum(1) / choices.sum()
        found |= {f"load.layer{layer}.expert{expert}": float(share) for expert, share in enumerate(load)}
        found[f"entropy.layer{layer}"] = float(_evenness(load, axis=0))
        found[f"token_entropy.layer{layer}"] = float(sums.entropy[row, layer] / sums.rows[layer])
        for place, stratum in enumerate(strata):
            of_stratum = choices[:, place]
            for expert, share in enumerate(of_stratum / of_stratum.sum()):
                found[f"stratum.{stratum}.layer{layer}.expert{expert}"] = float(share)
    return {name: value for name, value in found.items() if isfinite(value)}
