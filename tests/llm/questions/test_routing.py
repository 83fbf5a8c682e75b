"""Routing diagnostics: names become layers, experts and strata; means over seeds with their range."""

from __future__ import annotations

import numpy as np
import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.cube import MeasurementCube
from nophantom.llm.questions.routing import Ranged, follow_routing


def measured(
    names: tuple[str, ...], values: list[list[list[float]]], arms: tuple[str, ...]
) -> MeasurementCube:
    table = np.array(values, dtype=np.float64)
    n, steps = table.shape[:2]
    return MeasurementCube(
        "study",
        arms,
        tuple(range(n)),
        tuple(range(1, n + 1)),
        arms,
        tuple(range(0, 100 * steps, 100)),
        names,
        table,
    )


NAMES = (
    "entropy.layer0",
    "load.layer0.expert0",
    "load.layer0.expert1",
    "load.layer1.expert0",
    "perplexity",
    "probe.loss",
    "stratum.2 steps.layer0.expert1",
)
ROW = [0.5, 0.5, 0.5, 1.0, 3.0, 9.0, 0.75]


def test_names_become_layers_experts_and_strata_and_seeds_become_a_mean_with_a_range() -> None:
    other = [1.0, 0.25, 0.75, 1.0, 5.0, 9.0, 0.25]
    found = follow_routing(measured(NAMES, [[ROW], [other]], ("a", "a")), reference="s1")
    (arm,) = found.arms
    (one,) = arm.checkpoints
    assert (arm.arm, arm.seeds, one.step, found.experts) == ("a", 2, 0, 2)
    assert one.measures == (("perplexity", Ranged(4.0, 3.0, 5.0, 2)),)
    first, second = one.layers
    assert first.load == (
        Ranged(0.375, 0.25, 0.5, 2),
        Ranged(0.625, 0.5, 0.75, 2),
    )
    assert first.measures == (("entropy", Ranged(0.75, 0.5, 1.0, 2)),)
    assert second.load == (Ranged(1.0, 1.0, 1.0, 2),)
    (stratum,) = one.strata
    assert (stratum.stratum, stratum.layer) == ("2 steps", 0)
    assert stratum.shares == (None, Ranged(0.5, 0.25, 0.75, 2))


def test_arms_and_checkpoints_stand_apart_and_what_was_not_measured_is_not_there() -> None:
    gone = [float("nan")] * 7
    probe_only = [*[float("nan")] * 5, 9.0, float("nan")]
    found = follow_routing(measured(NAMES, [[probe_only, ROW], [gone, ROW], [ROW, gone]], ("a", "a", "b")))
    a, b = found.arms
    assert [one.step for one in a.checkpoints] == [100]
    assert [one.step for one in b.checkpoints] == [0]
    assert a.checkpoints[0].layers[0].load[0] == Ranged(0.5, 0.5, 0.5, 2)


def test_a_study_without_loads_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no load of experts"):
        follow_routing(measured(("probe.loss",), [[[1.0]]], ("a",)))
