"""Effects and probes in Python: the numbers of the command line from arrays, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nophantom as np_
from nophantom.errors import InvalidInput
from nophantom.llm.cube import StudyCube
from nophantom.llm.ledger.measurements import read_measurements
from nophantom.llm.ledger.study_cubes import read_study_cube
from nophantom.store.engine import open_engine, reading

Cli = Callable[..., Any]
ARMS = ("plain", "svd", "balanced", "both")
LEVELS = {
    arm: {
        "initialisation": "svd" if arm in {"svd", "both"} else "standard",
        "router": "balanced" if arm in {"balanced", "both"} else "softmax",
    }
    for arm in ARMS
}


@pytest.fixture(scope="module")
def splits(factorial_home: Path) -> dict[str, StudyCube]:
    """Both splits of the open study s2."""
    engine = open_engine(f"sqlite:///{factorial_home / 'nophantom.db'}")
    with reading(engine) as session:
        found = {split: read_study_cube(session, 2, split=split) for split in ("validation", "test")}
    engine.dispose()
    return found


def of_arms(cube: StudyCube) -> dict[str, Any]:
    return {arm: cube.of_arm(arm).cube.score[:, -1] for arm in ARMS}


def test_effects_of_arrays_have_the_numbers_of_the_ledger(
    nophantom_cli: Cli, factorial_home: Path, splits: dict[str, StudyCube]
) -> None:
    told = nophantom_cli("effects", "s2", "--json", home=factorial_home).json
    validation = {arm: scores.mean(axis=1) for arm, scores in of_arms(splits["validation"]).items()}
    answer: Any = np_.effects(of_arms(splits["test"]), LEVELS, validation=validation)
    plain = answer.to_dict()
    for ours, theirs in zip(plain["effects"], told["effects"], strict=True):
        for part in ("name", "finding", "test", "seeds_needed", "spread"):
            assert ours[part] == theirs[part], part
        assert ours["best"]["finding"] == theirs["best"]["finding"]
    assert "What does each factor bring?" in repr(answer)
    paired = np_.effects(of_arms(splits["test"]), LEVELS, paired=True)
    assert (paired.paired, paired.no_best) == (True, "no accuracy on other problems was given")


def test_probes_of_arrays_have_the_numbers_of_the_ledger(
    nophantom_cli: Cli, factorial_home: Path, splits: dict[str, StudyCube]
) -> None:
    told = nophantom_cli("probes", "s2", "--json", home=factorial_home).json
    cube = splits["test"]
    engine = open_engine(f"sqlite:///{factorial_home / 'nophantom.db'}")
    with reading(engine) as session:
        measured = read_measurements(session, 2, prefix="probe.", step=0)
    engine.dispose()
    values = dict(zip(measured.names, measured.values[:, 0].T, strict=True))
    scores = cube.cube.score[:, -1]
    answer: Any = np_.probes(values, scores, arms=cube.arms)
    by_accuracy: Any = np_.probes(values, scores.mean(axis=1), arms=cube.arms)
    assert answer.to_dict()["probes"] == by_accuracy.to_dict()["probes"] == told["probes"]
    assert "Nothing measured before training" in repr(answer)
    shared = np_.probes(values, scores, arms=cube.arms, seeds=[0, 1, 2, 3] * 4)
    assert shared.independent == 4


def test_what_does_not_fit_is_refused(splits: dict[str, StudyCube]) -> None:
    arms = of_arms(splits["test"])
    for call, said in (
        (lambda: np_.effects({}, LEVELS), "give the arms by name"),
        (lambda: np_.effects(arms, {}), "no effect of a factor"),
        (lambda: np_.effects(arms, LEVELS, validation={"plain": [0.5]}), "one accuracy for each run"),
        (lambda: np_.effects(arms, LEVELS, claim="bigger"), "claim is one of"),
        (lambda: np_.effects(arms | {"svd": arms["svd"][:, 1:]}, LEVELS), "aligned by place"),
        (lambda: np_.probes({}, arms["svd"]), "give the measurements by name"),
        (lambda: np_.probes({"a": ["x"]}, arms["svd"]), "lists of numbers"),
        (lambda: np_.probes({"a": [1.0, 2.0], "b": [1.0]}, arms["svd"]), "one number per run"),
        (lambda: np_.probes({"a": [1.0, 2.0]}, arms["svd"]), "runs, names"),
        (lambda: np_.probes({"a": np.arange(4.0)}, arms["svd"], seeds=[1]), "one for each run"),
    ):
        with pytest.raises(InvalidInput, match=said):
            call()
