"""Probes before training against plain formulas and against derivatives by differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from nophantom.llm.lab.batches import TrainingData, gather
from nophantom.llm.lab.initialisation import standard
from nophantom.llm.lab.model import Orchestra
from nophantom.llm.lab.probes import effective_rank, log_condition, probe, singular_values, stable_rank
from nophantom.llm.recipe import ModelShape, Recipe, Router, Schedule

RNG = np.random.default_rng(6)
LENGTHS = [(int(q), int(a)) for q, a in RNG.integers(3, 8, (20, 2))]
DATA = TrainingData(
    [RNG.integers(3, 12, q).tolist() for q, _ in LENGTHS],
    [RNG.integers(3, 12, a).tolist() for _, a in LENGTHS],
)
SHAPE = ModelShape(d_model=16, heads=2, kv_heads=1, experts=3, expert_width=8)
# Without auxiliary losses the loss is that of the solutions alone, which differences can be taken of.
PLAIN = Schedule(load_balance=0.0, z_loss=0.0)


def fleet(*seeds: int, router: Router = Router.SOFTMAX, schedule: Schedule = PLAIN) -> Orchestra:
    torch.set_num_threads(1)
    model = Orchestra(Recipe(model=SHAPE, router=router, schedule=schedule), 12, 16, len(seeds))
    standard(model, seeds)
    return model


def test_the_names_are_those_that_the_question_looks_for() -> None:
    found = probe(fleet(1), DATA)[0]

    assert sorted(name.removeprefix("probe.") for name in found) == [
        "activation_rank.layer0",
        "activation_rank.layer1",
        "gradient_norm",
        "gradient_rank.attention",
        "gradient_rank.experts",
        "gradient_rank.head",
        "log_condition",
        "loss",
        "routing_entropy.layer0",
        "routing_entropy.layer1",
        "stable_rank",
        "top_gradient_share",
    ]


def test_activations_and_entropies_are_those_of_the_model_by_plain_formulas() -> None:
    model = fleet(1, 2)
    batch = gather(DATA, np.tile(np.arange(20), (2, 1)), "cpu")
    trace = model.trace(batch.tokens, batch.layout)

    found = probe(model, DATA)[1]

    for layer, tape in enumerate(trace.tapes):
        spectrum = torch.linalg.svdvals(tape.normed[1].double()).numpy()
        assert found[f"probe.activation_rank.layer{layer}"] == pytest.approx(np.exp(entropy(spectrum)))
        chances = tape.experts.routing.scores[1].double().softmax(0).numpy()
        assert found[f"probe.routing_entropy.layer{layer}"] == pytest.approx(
            np.mean(entropy(chances, axis=0)) / np.log(3)
        )
    last = trace.normed[1].double()
    assert found["probe.stable_rank"] == pytest.approx(
        float(torch.linalg.matrix_norm(last) ** 2 / torch.linalg.matrix_norm(last, 2) ** 2)
    )
    assert found["probe.log_condition"] == pytest.approx(float(torch.linalg.cond(last).log()))
    log_p = trace.logits.log_softmax(-1).gather(-1, batch.targets.unsqueeze(-1))
    assert found["probe.loss"] == pytest.approx(-float(log_p[1].mean()), rel=1e-5)


def test_the_gradient_of_the_head_is_that_of_the_softmax_by_hand() -> None:
    """Inputs times (probability minus truth), over the number of tokens."""
    model = fleet(3)
    batch = gather(DATA, np.arange(20)[None], "cpu")
    trace = model.trace(batch.tokens, batch.layout)
    wrong = trace.logits[0].double().softmax(-1) - torch.nn.functional.one_hot(batch.targets[0], 12)
    head = trace.normed[0].double().T @ wrong / len(wrong)

    found = probe(model, DATA)[0]

    spectrum = torch.linalg.svdvals(head).numpy()
    assert found["probe.gradient_rank.head"] == pytest.approx(np.exp(entropy(spectrum)), rel=1e-4)


def test_the_gradient_norm_is_the_steepest_slope_of_the_loss() -> None:
    """A small step along the gradient changes the loss by the step times the norm."""
    model = fleet(4)
    batch = gather(DATA, np.arange(20)[None], "cpu")
    norm = probe(model, DATA)[0]["probe.gradient_norm"]
    direction, step = model.parameters.gradients / norm, 2e-3

    losses = []
    for sign in (1, -2):
        model.parameters.weights.add_(direction, alpha=sign * step)
        log_p = model.trace(batch.tokens, batch.layout).logits.log_softmax(-1)
        losses.append(-float(log_p.gather(-1, batch.targets.unsqueeze(-1)).double().mean()))

    assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(norm, rel=0.02)


@pytest.mark.parametrize("router", list(Router))
def test_the_probes_of_a_seed_do_not_depend_on_its_company(router: Router) -> None:
    schedule = Schedule()
    alone = probe(fleet(7, router=router, schedule=schedule), DATA)[0]

    assert probe(fleet(1, 7, 2, router=router, schedule=schedule), DATA)[1] == pytest.approx(alone, rel=1e-9)


def test_different_seeds_have_different_probes() -> None:
    first, second = probe(fleet(1, 2), DATA)

    assert all(first[name] != second[name] for name in first)


def test_the_weights_stay_what_they_were() -> None:
    model = fleet(1, 2)
    before = model.parameters.weights.clone()

    probe(model, DATA)

    assert torch.equal(model.parameters.weights, before)


def test_what_is_no_number_is_left_out() -> None:
    model = fleet(1, 2)
    model.parameters.weight["head"][0].fill_(float("nan"))

    first, second = probe(model, DATA)

    assert set(first) < set(second)
    assert "probe.loss" not in first
    assert second == pytest.approx(probe(fleet(2), DATA)[0], rel=1e-9)


@given(st.integers(1, 6), st.floats(0.01, 100))
def test_equal_singular_values_have_full_rank_by_every_measure(n: int, size: float) -> None:
    values = np.full(n, size)

    assert effective_rank(values) == pytest.approx(n)
    assert stable_rank(values) == pytest.approx(n)
    assert log_condition(values) == pytest.approx(0)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6))
def test_ranks_lie_between_one_and_their_number(numbers: list[float]) -> None:
    values = np.sort(numbers)[::-1]

    assert 1 - 1e-9 <= stable_rank(values) <= len(values) + 1e-9
    assert 1 - 1e-9 <= effective_rank(values) <= len(values) + 1e-9
    assert log_condition(values) >= 0


def test_nothing_and_no_number_have_no_rank() -> None:
    nothing, odd = singular_values(np.zeros((3, 2))), singular_values(np.full((3, 2), np.nan))

    for values in (nothing, odd):
        assert all(np.isnan(of(values)) for of in (effective_rank, stable_rank, log_condition))


def test_a_missing_direction_counts_as_rounding() -> None:
    assert log_condition(singular_values(np.diag([2.0, 0.0]))) == pytest.approx(np.log(1e12))
