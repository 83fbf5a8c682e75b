"""Weights before the first step: their scales, their factors, and that nobody's company matters."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from scipy import linalg

from nophantom.llm.lab.batches import TrainingData, gather
from nophantom.llm.lab.initialisation import calibration_problems, draw, nearest_orthonormal
from nophantom.llm.lab.parameters import Piece
from nophantom.llm.lab.training import Fleet
from nophantom.llm.recipe import Initialisation, ModelShape, Recipe

RNG = np.random.default_rng(0)
DATA = TrainingData(RNG.integers(3, 20, (40, 6)).tolist(), RNG.integers(3, 20, (40, 4)).tolist())
SVD = Recipe(
    model=ModelShape(d_model=24, heads=2, kv_heads=2, expert_width=16, shared_width=8),
    initialisation=Initialisation.SVD,
)


def begun(recipe: Recipe, seeds: tuple[int, ...]) -> Fleet:
    fleet = Fleet(recipe, 20, 12, seeds)
    fleet.begin(DATA)
    return fleet


def test_standard_weights_have_the_variance_of_their_fan_in() -> None:
    for piece, variance in (
        (Piece("layers.0.experts.down", (4, 50, 60), stacked=True), 1 / 50),
        (Piece("layers.0.router", (80, 100)), 1 / 100),
        (Piece("embedding", (90, 100)), 1.0),
    ):
        numbers = draw(piece, 1)
        # Of n numbers the variance has a relative standard error of sqrt(2 / n): four of them.
        assert float(numbers.var()) == pytest.approx(variance, rel=4 * (2 / numbers.numel()) ** 0.5)


def test_weights_depend_on_seed_and_name_alone() -> None:
    piece = Piece("head", (4, 5))
    assert torch.equal(draw(piece, 3), draw(piece, 3))
    assert not torch.equal(draw(piece, 3), draw(piece, 4))
    assert not torch.equal(draw(piece, 3), draw(Piece("other", (4, 5)), 3))


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7)])
def test_the_nearest_orthonormal_matrix_is_the_polar_factor(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    expected, _ = linalg.polar(matrix.numpy().astype(np.float64))
    assert np.allclose(nearest_orthonormal(matrix).numpy(), expected, atol=1e-6)


def test_factors_are_orthonormal_up_to_one_scale_per_matrix() -> None:
    parameters = begun(SVD, (0, 1)).model.parameters
    weights = parameters.of_seed(parameters.weights, 1)
    gate, up = weights["layers.1.experts.gate_up"][2].chunk(2, -1)
    for matrix in (weights["layers.0.attention.query"], gate, up, weights["layers.0.router"].T):
        singular = np.linalg.svd(matrix.numpy(), compute_uv=False)
        assert np.allclose(singular, singular[0], rtol=1e-4)


def test_every_output_has_unit_scale_on_the_calibration_batch() -> None:
    fleet = begun(SVD, (0, 1))
    model = fleet.model
    problems = calibration_problems(DATA, 1)
    batch = gather(DATA, np.stack([problems, problems]), "cpu")
    rows = model.embedded(batch.tokens)
    layout, sight, turns = batch.layout.keys, batch.layout.all, model.turns(batch.layout)
    weights = model.parameters.of_seed(model.parameters.weights, 1)
    for layer, block in enumerate(model.blocks):
        at = f"layers.{layer}"
        rows, tape = block.forward(rows, layout, sight, turns)
        shown, seen = tape.attention.normed[1], tape.normed[1]
        outputs = {
            "query": shown @ weights[f"{at}.attention.query"],
            "value": shown @ weights[f"{at}.attention.key_value"].chunk(2, -1)[1],
            "attention": tape.attention.mixed[1] @ weights[f"{at}.attention.output"],
            "router": seen @ weights[f"{at}.router"].T,
        }
        for expert in range(4):
            gate, up = (seen @ weights[f"{at}.experts.gate_up"][expert]).chunk(2, -1)
            outputs[f"expert {expert}"] = (F.silu(gate) * up) @ weights[f"{at}.experts.down"][expert]
        for name, output in outputs.items():
            assert float(output.square().mean().sqrt()) == pytest.approx(1, rel=1e-3), name
    logits = F.rms_norm(rows[1], rows.shape[-1:], eps=1e-5) @ weights["head"]
    assert float(logits.square().mean().sqrt()) == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("initialisation", list(Initialisation))
def test_a_seed_begins_alike_in_any_company(initialisation: Initialisation) -> None:
    recipe = Recipe(model=SVD.model, initialisation=initialisation)
    three, alone = begun(recipe, (7, 0, 13)).model.parameters, begun(recipe, (13,)).model.parameters
    ours, theirs = three.of_seed(three.weights, 2), alone.of_seed(alone.weights, 0)
    assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == []
