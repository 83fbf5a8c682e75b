"""A fleet is its seeds: each to the bit as if it were alone, saved and resumed in any company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from nophantom.errors import InvalidInput
from nophantom.llm.lab.batches import Batches, TrainingData
from nophantom.llm.lab.optimiser import clip, learning_rate, move
from nophantom.llm.lab.parameters import Parameters, Piece
from nophantom.llm.lab.training import Fleet, StepReport, tune_allocator
from nophantom.llm.recipe import DataOrder, Initialisation, ModelShape, Recipe, Router, Schedule

VOCABULARY = 20
SMALL = ModelShape(d_model=16, heads=2, kv_heads=1, experts=4, expert_width=12, shared_width=8)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return made_up_data()


def made_up_data(n: int = 48) -> TrainingData:
    """Questions of 2 to 6 tokens whose answer is made of some of them."""
    rng = np.random.default_rng(1)
    questions = [rng.integers(3, VOCABULARY, rng.integers(2, 7)).tolist() for _ in range(n)]
    answers = [[*question[: rng.integers(1, 4)], 1] for question in questions]
    return TrainingData(
        questions, answers, difficulty=np.array([len(q) for q in questions]), strata=("all",) * n
    )


def trained(
    recipe: Recipe, seeds: Sequence[int], data: TrainingData, until: int = 6, total: int = 8
) -> Fleet:
    fleet = Fleet(recipe, VOCABULARY, data.longest, seeds)
    list(fleet.train(data, until, total))
    return fleet


def everything(fleet: Fleet, seed: int) -> dict[str, Tensor]:
    """All numbers of one seed."""
    parameters, row = fleet.model.parameters, fleet.seeds.index(seed)
    buffers = {"w": parameters.weights, "m": parameters.first, "v": parameters.second}
    found = {
        f"{kind} {name}": value.clone()
        for kind, buffer in buffers.items()
        for name, value in parameters.of_seed(buffer, row).items()
    }
    if fleet.model.bias is not None:
        found["bias"] = fleet.model.bias[:, row].clone()
    return found


def assert_same_bits(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


RECIPES = {
    "softmax": Recipe(schedule=Schedule(batch=3, warm_up=2)),
    "balanced, grouped queries, shared expert, svd": Recipe(
        model=SMALL,
        router=Router.BALANCED,
        initialisation=Initialisation.SVD,
        schedule=Schedule(batch=3, warm_up=2),
    ),
    "softmax, widths that fill no vector, curriculum": Recipe(
        model=ModelShape(d_model=12, heads=3, kv_heads=3, experts=3, expert_width=10, shared_width=7),
        order=DataOrder.BLANKET,
        schedule=Schedule(batch=5, warm_up=2),
    ),
    "one expert, one choice, one problem a step": Recipe(
        model=ModelShape(d_model=16, heads=2, kv_heads=1, experts=1, top_k=1, expert_width=8),
        schedule=Schedule(batch=1, warm_up=2),
    ),
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_seed_in_any_fleet_is_to_the_bit_the_seed_alone(recipe: Recipe, data: TrainingData) -> None:
    twenty = trained(recipe, range(20), data)
    three = trained(recipe, (19, 7, 0), data)
    for seed in (19, 7, 0):
        alone = everything(trained(recipe, (seed,), data), seed)
        assert_same_bits(everything(three, seed), alone)
        assert_same_bits(everything(twenty, seed), alone)


@pytest.mark.parametrize("recipe", list(RECIPES.values())[:2], ids=list(RECIPES)[:2])
def test_seeds_saved_in_one_company_go_on_in_another_as_if_nothing_had_been(
    recipe: Recipe, data: TrainingData, tmp_path: Path
) -> None:
    undisturbed = trained(recipe, (4, 5, 6), data, until=8)

    for company in ((4, 9), (5, 6)):
        trained(recipe, company, data, until=3).save_state(tmp_path)
    resumed = Fleet.resume(tmp_path, recipe, VOCABULARY, data.longest, (6, 4))
    assert resumed.step == 3
    list(resumed.train(data, 8, 8))

    for seed in (4, 6):
        assert_same_bits(everything(resumed, seed), everything(undisturbed, seed))


def test_training_in_two_stretches_is_training_in_one(data: TrainingData) -> None:
    recipe = RECIPES["softmax"]
    one = trained(recipe, (3,), data, until=8)
    two = Fleet(recipe, VOCABULARY, data.longest, (3,))
    list(two.train(data, 5, 8))
    list(two.train(data, 8, 8))
    assert_same_bits(everything(one, 3), everything(two, 3))


def test_seeds_differ_and_arms_that_share_a_seed_begin_alike(data: TrainingData) -> None:
    softmax, balanced = (
        Fleet(Recipe(model=SMALL, router=router), VOCABULARY, 12, (0, 1)) for router in Router
    )
    for fleet in (softmax, balanced):
        fleet.begin(data)
    first, second = everything(softmax, 0), everything(softmax, 1)
    assert not torch.equal(first["w head"], second["w head"])
    assert torch.equal(first["w head"], everything(balanced, 0)["w head"])


def test_a_fleet_learns_and_says_how_it_goes(data: TrainingData) -> None:
    fleet = Fleet(Recipe(model=SMALL, schedule=Schedule(batch=4)), VOCABULARY, data.longest, (0, 1))
    reports = list(fleet.train(data, 120, 120))
    assert [report.step for report in reports] == [50, 100, 120]
    assert all(len(report.losses) == 2 and report.diverged == () for report in reports)
    batches = Batches(data, fleet.recipe, (0, 1), 120)
    assert reports[0].tokens == sum(batches.at(step).tokens.numel() for step in range(50))
    assert max(reports[-1].losses) < min(reports[0].losses) - 0.5


def test_a_seed_that_diverges_is_named_and_harms_nobody(data: TrainingData) -> None:
    recipe = RECIPES["softmax"]
    fleet = Fleet(recipe, VOCABULARY, data.longest, (0, 1, 2))
    fleet.begin(data)
    fleet.model.parameters.weight["head"][1] = float("nan")
    reports = list(fleet.train(data, 6, 8))
    assert reports[-1].diverged == (1,)
    for seed in (0, 2):
        assert_same_bits(everything(fleet, seed), everything(trained(recipe, (seed,), data), seed))


def test_a_fleet_refuses_a_step_behind_it_and_seeds_that_come_twice(data: TrainingData) -> None:
    fleet = trained(RECIPES["softmax"], (0,), data, until=2)
    for until in (1, 9):
        with pytest.raises(InvalidInput, match="at step 2 of 8"):
            list(fleet.train(data, until, 8))
    with pytest.raises(InvalidInput, match="distinct"):
        Fleet(Recipe(model=SMALL), VOCABULARY, 12, (1, 1))


def test_the_rate_rises_stays_and_falls_to_the_floor() -> None:
    plan = Schedule(learning_rate=2.0, warm_up=10, flat=0.3, floor=0.02)
    rates = [learning_rate(plan, step, 100) for step in range(100)]
    assert rates[:10] == pytest.approx([0.2 * (step + 1) for step in range(10)])
    assert set(rates[10:31]) == {2.0}
    assert np.allclose(np.diff(rates[30:]), np.diff(rates[30:])[0])
    assert rates[-1] == pytest.approx(0.04)
    assert learning_rate(plan, 0, 1) > 0


def test_each_seed_moves_as_with_torch_adamw_and_its_own_clipping() -> None:
    """Second road: one torch.optim.AdamW and clip_grad_norm_ per seed."""
    schedule = Schedule(learning_rate=0.05, weight_decay=0.1, clip=1.0)
    pieces = (Piece("a", (3, 5)), Piece("b", (2, 3, 3), stacked=True), Piece("gain", (5,), decayed=False))
    ours = Parameters(pieces, 3)
    generator = torch.Generator().manual_seed(0)
    theirs = []
    for row in range(3):
        values = {piece.name: torch.randn(piece.shape, generator=generator) for piece in pieces}
        ours.fill_seed(ours.weights, row, values)
        leaves = {name: value.clone().requires_grad_() for name, value in values.items()}
        groups = [
            {"params": [leaves["a"], leaves["b"]], "weight_decay": 0.1},
            {"params": [leaves["gain"]], "weight_decay": 0.0},
        ]
        theirs.append((leaves, torch.optim.AdamW(groups, lr=0.05, betas=(0.9, 0.95))))

    steps = torch.zeros(())
    for _ in range(4):
        expected = []
        for row, (leaves, optimiser) in enumerate(theirs):
            # Seed 0 stays below the norm at which gradients are clipped.
            gradients = {
                name: torch.randn(leaf.shape, generator=generator) * (0.01 + row)
                for name, leaf in leaves.items()
            }
            ours.fill_seed(ours.gradients, row, gradients)
            for name, leaf in leaves.items():
                leaf.grad = gradients[name].clone()
            expected.append(torch.nn.utils.clip_grad_norm_(list(leaves.values()), schedule.clip))
            optimiser.step()
        norms = clip(ours, schedule.clip)
        assert torch.allclose(norms, torch.stack(expected))
        steps += 1
        move(ours, schedule, 0.05, steps)
    for row, (leaves, _) in enumerate(theirs):
        for name, value in ours.of_seed(ours.weights, row).items():
            assert torch.allclose(value, leaves[name], atol=1e-6), name


def test_the_bias_of_the_balanced_router_moves_at_its_rate(data: TrainingData) -> None:
    recipe = replace(
        RECIPES["balanced, grouped queries, shared expert, svd"], initialisation=Initialisation.STANDARD
    )
    fleet = trained(recipe, (0,), data, until=1)
    assert fleet.model.bias is not None
    moved = set((fleet.model.bias / recipe.schedule.bias_rate).round().flatten().tolist())
    assert moved <= {-1.0, 0.0, 1.0}
    assert len(moved) > 1


def test_a_report_is_small_enough_to_be_sent(data: TrainingData) -> None:
    fleet = Fleet(RECIPES["softmax"], VOCABULARY, data.longest, (0,))
    (report,) = fleet.train(data, 2, 8)
    assert isinstance(report, StepReport)
    assert isinstance(report.losses[0], float)


def test_the_allocator_is_tuned_on_linux_and_elsewhere_left_alone() -> None:
    assert tune_allocator() in (True, False)
