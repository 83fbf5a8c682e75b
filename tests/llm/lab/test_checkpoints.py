"""Checkpoints: one seed loads alone and says the same; what is torn is passed over."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from nophantom.errors import InvalidInput, NotFound
from nophantom.llm.lab.batches import TrainingData
from nophantom.llm.lab.checkpoints import load_alone, recipe_from, states, weights_path
from nophantom.llm.lab.training import Fleet
from nophantom.llm.recipe import DataOrder, ModelShape, Recipe, Router

RECIPE = Recipe(
    model=ModelShape(d_model=16, heads=2, kv_heads=1, expert_width=8, shared_width=8),
    router=Router.BALANCED,
)
RNG = np.random.default_rng(0)
DATA = TrainingData(RNG.integers(3, 20, (12, 5)).tolist(), RNG.integers(3, 20, (12, 3)).tolist())
WORDS = json.dumps(["<pad>", "<end>"])


def trained(until: int, seeds: tuple[int, ...] = (2, 5)) -> Fleet:
    fleet = Fleet(RECIPE, 20, 10, seeds, words=WORDS)
    list(fleet.train(DATA, until, 9))
    return fleet


def test_a_seed_loads_alone_and_says_the_same_to_the_bit(tmp_path: Path) -> None:
    fleet = trained(3)
    fleet.save(tmp_path)
    alone = load_alone(weights_path(tmp_path, 5, 3))
    tokens = torch.tensor([[[3, 4, 5], [6, 7, 8]]])
    assert torch.equal(alone.model.forward(tokens)[0], fleet.model.forward(tokens.expand(2, -1, -1))[1])
    assert (alone.seed, alone.step, alone.words, alone.recipe) == (5, 3, WORDS, RECIPE)


def test_any_reader_of_safetensors_finds_named_weights_and_what_they_are(tmp_path: Path) -> None:
    trained(2).save(tmp_path)
    with safe_open(tmp_path / "seed2" / "step000002.safetensors", framework="np") as file:
        assert {"embedding", "head", "layers.1.experts.down"} <= set(file.keys())
        notes = file.metadata()
    assert recipe_from(json.loads(notes["recipe"])) == RECIPE
    assert (notes["seed"], notes["step"]) == ("2", "2")


def test_a_recipe_comes_back_from_its_plan() -> None:
    recipe = Recipe(order=DataOrder.SELECTIVE, ordered=("1 step",))
    assert recipe_from(json.loads(json.dumps(recipe.as_plan()))) == recipe


def test_states_of_earlier_steps_go_and_weights_stay(tmp_path: Path) -> None:
    fleet = trained(2)
    fleet.save(tmp_path)
    list(fleet.train(DATA, 4, 9))
    fleet.save(tmp_path)
    assert states(tmp_path, 2) == states(tmp_path, 5) == (4,)
    assert weights_path(tmp_path, 2, 2).exists()
    assert sorted(path.name for path in (tmp_path / "seed2").iterdir()) == [
        "state-000004.safetensors",
        "step000002.safetensors",
        "step000004.safetensors",
    ]


def test_a_fleet_stopped_while_saving_goes_on_from_the_step_that_all_seeds_have(tmp_path: Path) -> None:
    trained(2).save_state(tmp_path)
    ahead = trained(4, (2,))
    ahead.save_state(tmp_path / "elsewhere")  # only seed 2 had been written when the machine stopped
    newer = tmp_path / "elsewhere" / "seed2" / "state-000004.safetensors"
    newer.rename(tmp_path / "seed2" / newer.name)
    assert Fleet.resume(tmp_path, RECIPE, 20, 10, (5, 2)).step == 2
    assert Fleet.resume(tmp_path, RECIPE, 20, 10, (2,)).step == 4


def test_a_torn_state_is_passed_over_for_an_earlier_one(tmp_path: Path) -> None:
    trained(2).save_state(tmp_path)
    torn = (tmp_path / "seed2" / "state-000002.safetensors").read_bytes()[:-100]
    (tmp_path / "seed2" / "state-000004.safetensors").write_bytes(torn)
    assert Fleet.resume(tmp_path, RECIPE, 20, 10, (2,)).step == 2
    (tmp_path / "seed2" / "state-000002.safetensors").write_bytes(b"")
    with pytest.raises(NotFound, match="can all be read"):
        Fleet.resume(tmp_path, RECIPE, 20, 10, (2,))


def test_nothing_half_written_is_left_when_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    fleet = trained(2)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        fleet.save(tmp_path)
    assert list((tmp_path / "seed2").iterdir()) == []


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"not this")
    with pytest.raises(InvalidInput, match="cannot be read"):
        load_alone(path)
    trained(1).save_state(tmp_path)
    with pytest.raises(InvalidInput, match="no checkpoint of the lab"):
        load_alone(tmp_path / "seed2" / "state-000001.safetensors")
