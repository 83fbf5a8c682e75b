"""What a fleet leaves on disk: each seed in files of its own, written whole or not at all.

    FOLDER/seed7/step001800.safetensors     weights alone; stays
    FOLDER/seed7/state-001800.safetensors   weights, both moments and the router's bias; replaced as it goes on

A file gets its name only when all of it is on the disk. A state that cannot be read is passed over for an
earlier one that can.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from nophantom.errors import InvalidInput, NotFound
from nophantom.llm.lab.model import Orchestra
from nophantom.llm.recipe import DataOrder, Initialisation, ModelShape, Recipe, Router, Schedule

_BIAS = "router_bias"
_STATE = re.compile(r"state-(\d+)\.safetensors")

Tensors = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class State:
    """One seed at one step.

    Attributes:
        step: steps that are done.
        weights: by name.
        first: the first moments of Adam, by name.
        second: the second ones.
        bias: (layers, experts) of the balanced router.
    """

    step: int
    weights: Tensors
    first: Tensors
    second: Tensors
    bias: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The weights of one seed, loaded alone.

    Attributes:
        model: a fleet of one.
        recipe: how it was trained.
        words: its vocabulary, as JSON.
        seed: which it was.
        step: steps that it was trained for.
    """

    model: Orchestra
    recipe: Recipe
    words: str
    seed: int
    step: int


def weights_path(folder: Path, seed: int, step: int) -> Path:
    """Where the weights of a seed at a step are."""
    return folder / f"seed{seed}" / f"step{step:06d}.safetensors"


def _state_path(folder: Path, seed: int, step: int) -> Path:
    return folder / f"seed{seed}" / f"state-{step:06d}.safetensors"


def save_weights(folder: Path, seed: int, state: State, recipe: Recipe, words: str, longest: int) -> None:
    """Write the weights of one seed with all that is needed to load them alone."""
    notes = {
        "format": "nophantom-orchestra-1",
        "recipe": json.dumps(recipe.as_plan(), sort_keys=True),
        "vocabulary": words,
        "longest": str(longest),
        "seed": str(seed),
        "step": str(state.step),
    }
    _write(weights_path(folder, seed, state.step), _with_bias(state.weights, state.bias), notes)


def save_state(folder: Path, seed: int, state: State) -> None:
    """Write all that one seed needs to go on."""
    parts = {"weights": state.weights, "first": state.first, "second": state.second}
    tensors = {f"{part}/{name}": value for part, named in parts.items() for name, value in named.items()}
    _write(_state_path(folder, seed, state.step), _with_bias(tensors, state.bias), {"step": str(state.step)})


def remove_older_states(folder: Path, seeds: Sequence[int], step: int) -> None:
    """Remove the states of these seeds of steps before this one."""
    for seed in seeds:
        for old, path in _states(folder, seed).items():
            if old < step:
                path.unlink(missing_ok=True)


def load_states(folder: Path, seeds: Sequence[int]) -> list[State]:
    """The states of these seeds at the latest step at which all of them can be read.

    Raises:
        NotFound: there is no such step.
    """
    shared = set.intersection(*(set(_states(folder, seed)) for seed in seeds))
    for step in sorted(shared, reverse=True):
        found = [_load_state(_state_path(folder, seed, step), step) for seed in seeds]
        sound = [state for state in found if state is not None]
        if len(sound) == len(seeds):
            return sound
    raise NotFound(f"{folder} has no step at which the states of the seeds {list(seeds)} can all be read.")


def states(folder: Path, seed: int) -> tuple[int, ...]:
    """The steps at which a seed has a state, the latest last; whether it can be read is not looked at."""
    return tuple(sorted(_states(folder, seed)))


def _states(folder: Path, seed: int) -> dict[int, Path]:
    named = ((_STATE.fullmatch(path.name), path) for path in (folder / f"seed{seed}").glob("state-*"))
    return {int(found[1]): path for found, path in named if found}


def _load_state(path: Path, step: int) -> State | None:
    try:
        tensors, _ = _read(path)
    except InvalidInput:
        return None
    parts: dict[str, dict[str, Tensor]] = {"weights": {}, "first": {}, "second": {}}
    for name, value in tensors.items():
        part, _, rest = name.partition("/")
        if rest:
            parts[part][rest] = value
    return State(step, parts["weights"], parts["first"], parts["second"], tensors.get(_BIAS))


def load_alone(path: Path, *, device: str = "cpu") -> Checkpoint:
    """One seed from its weights, without the fleet that it was trained in.

    Args:
        path: a file that `save_weights` wrote.
        device: where it is needed.

    Raises:
        InvalidInput: the file is no such checkpoint.
    """
    tensors, notes = _read(path)
    try:
        recipe = recipe_from(json.loads(notes["recipe"]))
        seed, step, longest = (int(notes[name]) for name in ("seed", "step", "longest"))
        words = notes["vocabulary"]
        vocabulary = len(tensors["embedding"])
    except (KeyError, ValueError, TypeError) as error:
        raise InvalidInput(f"{path} is no checkpoint of the lab: {error!r}.") from error
    model = Orchestra(recipe, vocabulary, longest, 1, device=device)
    weights = {name: value for name, value in tensors.items() if name != _BIAS}
    model.parameters.fill_seed(model.parameters.weights, 0, weights)
    if model.bias is not None and _BIAS in tensors:
        model.bias[:, 0] = tensors[_BIAS]
    return Checkpoint(model, recipe, words, seed, step)


def recipe_from(plan: Mapping[str, object]) -> Recipe:
    """The recipe that `Recipe.as_plan` described."""
    values = dict(plan)
    return Recipe(
        model=ModelShape(**_numbers(values["model"])),
        schedule=Schedule(**_numbers(values["schedule"])),
        router=Router(str(values["router"])),
        initialisation=Initialisation(str(values["initialisation"])),
        order=DataOrder(str(values["order"])),
        ordered=tuple(str(name) for name in _items(values["ordered"])),
    )


def _numbers(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"expected numbers by name, got {type(value).__name__}")
    return value


def _items(value: object) -> Iterator[object]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"expected a list, got {type(value).__name__}")
    return iter(value)


def _with_bias(tensors: Tensors, bias: Tensor | None) -> dict[str, Tensor]:
    return {**tensors, **({} if bias is None else {_BIAS: bias})}


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise InvalidInput(f"{path} cannot be read as safetensors: {error}.") from error


def _write(path: Path, tensors: Tensors, notes: Mapping[str, str]) -> None:
    """All of it, or nothing: a temporary name until it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = save(
        {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}, dict(notes)
    )
    unnamed = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unnamed.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unnamed.replace(path)
    finally:
        unnamed.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
