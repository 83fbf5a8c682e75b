"""Routing diagnostics against a count by hand, token by token."""

from __future__ import annotations

from collections import Counter
from math import exp, log

import numpy as np
import pytest
import torch
from scipy.stats import entropy

from nophantom.errors import InvalidInput
from nophantom.llm.lab import diagnostics
from nophantom.llm.lab.batches import TrainingData
from nophantom.llm.lab.blocks import View
from nophantom.llm.lab.diagnostics import diagnose
from nophantom.llm.lab.initialisation import standard
from nophantom.llm.lab.model import Orchestra
from nophantom.llm.recipe import ModelShape, Recipe, Router

RNG = np.random.default_rng(5)
LENGTHS = [(4, 3), (5, 3), (4, 3), (2, 6), (7, 2), (4, 5)]
DATA = TrainingData(
    [RNG.integers(3, 12, q).tolist() for q, _ in LENGTHS],
    [RNG.integers(3, 12, a).tolist() for _, a in LENGTHS],
    np.zeros(6, dtype=np.int64),
    ("1 step", "2 steps", "1 step", "2 steps", "3 steps", "3 steps"),
)
SHAPE = ModelShape(d_model=16, heads=2, kv_heads=2, experts=3, expert_width=8)


def fleet(*seeds: int, router: Router = Router.SOFTMAX) -> Orchestra:
    torch.set_num_threads(1)
    model = Orchestra(Recipe(model=SHAPE, router=router), 12, 16, len(seeds))
    standard(model, seeds)
    return model


@pytest.mark.parametrize("router", list(Router))
def test_every_number_is_that_of_a_count_token_by_token(router: Router) -> None:
    model = fleet(8, 9, router=router)
    choices: dict[int, Counter[tuple[str, int]]] = {0: Counter(), 1: Counter()}
    undecided: dict[int, list[float]] = {0: [], 1: []}
    losses: list[float] = []
    for question, solution, stratum in zip(DATA.questions, DATA.answers, DATA.strata, strict=True):
        watch: list[View] = []
        read = torch.tensor([*question, *solution[:-1]])
        log_p = model.forward(read.expand(2, 1, -1), watch=watch)[1, 0].log_softmax(-1)
        losses += [-float(log_p[len(question) - 1 + i, token]) for i, token in enumerate(solution)]
        for layer, view in enumerate(watch):
            for place in range(0 if layer == 0 else len(question) - 1, len(read)):
                choices[layer].update((stratum, int(e)) for e in view.routing.chosen[1, :, place])
                scores = view.routing.scores[1, :, place]
                weights = scores.softmax(0) if router is Router.SOFTMAX else scores.sigmoid()
                undecided[layer].append(float(entropy(weights.numpy())) / log(3))

    found = diagnose(model, DATA)[1]

    assert found["perplexity"] == pytest.approx(exp(np.mean(losses)), rel=1e-5)
    for layer in (0, 1):
        load = np.array([sum(choices[layer][s, e] for s in set(DATA.strata)) for e in range(3)])
        assert [found[f"load.layer{layer}.expert{e}"] for e in range(3)] == pytest.approx(load / load.sum())
        assert found[f"entropy.layer{layer}"] == pytest.approx(float(entropy(load)) / log(3))
        assert found[f"token_entropy.layer{layer}"] == pytest.approx(np.mean(undecided[layer]), rel=1e-5)
        for stratum in set(DATA.strata):
            of = np.array([choices[layer][stratum, e] for e in range(3)])
            seen = [found[f"stratum.{stratum}.layer{layer}.expert{e}"] for e in range(3)]
            assert seen == pytest.approx(of / of.sum())


def test_the_numbers_of_a_seed_do_not_depend_on_its_company() -> None:
    assert diagnose(fleet(4), DATA)[0] == diagnose(fleet(1, 2, 4), DATA)[2]


def test_the_size_of_a_chunk_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = diagnose(fleet(4), DATA)[0]

    monkeypatch.setattr(diagnostics, "_CHUNK", 2)

    assert diagnose(fleet(4), DATA)[0] == pytest.approx(whole, rel=1e-5)


def test_without_strata_none_is_told() -> None:
    plain = TrainingData(DATA.questions, DATA.answers)

    assert not [name for name in diagnose(fleet(4), plain)[0] if name.startswith("stratum")]


def test_a_seed_that_diverged_has_no_perplexity_and_leaves_the_others_alone() -> None:
    model = fleet(4, 5)
    model.parameters.weight["head"][0].fill_(float("nan"))

    first, second = diagnose(model, DATA)

    assert "perplexity" not in first
    assert second == diagnose(fleet(5), DATA)[0]


def test_strata_that_are_not_one_per_problem_are_refused() -> None:
    odd = TrainingData(DATA.questions, DATA.answers, np.zeros(6, dtype=np.int64), ("1 step",))
    with pytest.raises(InvalidInput, match="or none has"):
        diagnose(fleet(4), odd)
