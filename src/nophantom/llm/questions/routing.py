"""How tokens find their experts: load, entropy and who sees what, over the checkpoints of a study."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nophantom.errors import InvalidInput
from nophantom.llm.cube import MeasurementCube

_LOAD = re.compile(r"load\.layer(\d+)\.expert(\d+)")
_STRATUM = re.compile(r"stratum\.(.+)\.layer(\d+)\.expert(\d+)")
_OF_LAYER = re.compile(r"([^.]+)\.layer(\d+)")


@dataclass(frozen=True, slots=True)
class Ranged:
    """A number over the seeds of an arm: its mean, and the range that they span."""

    mean: float
    low: float
    high: float
    seeds: int


@dataclass(frozen=True, slots=True)
class LayerRouting:
    """One layer at one checkpoint.

    Attributes:
        layer: from 0.
        load: of each expert, the share of the tokens that goes to it.
        measures: name and value of what else was measured on the layer, e.g. entropy.
    """

    layer: int
    load: tuple[Ranged | None, ...]
    measures: tuple[tuple[str, Ranged], ...]


@dataclass(frozen=True, slots=True)
class StratumRouting:
    """Where the tokens of one stratum of problems go in one layer: a share for each expert."""

    stratum: str
    layer: int
    shares: tuple[Ranged | None, ...]


@dataclass(frozen=True, slots=True)
class CheckpointRouting:
    """One checkpoint of an arm.

    Attributes:
        step: training step.
        measures: name and value of what was measured on the whole model, e.g. loss and perplexity.
        layers: its layers.
        strata: which experts each stratum sees; empty where that was not measured.
    """

    step: int
    measures: tuple[tuple[str, Ranged], ...]
    layers: tuple[LayerRouting, ...]
    strata: tuple[StratumRouting, ...]


@dataclass(frozen=True, slots=True)
class ArmRouting:
    """The checkpoints of one arm, averaged over its seeds."""

    arm: str
    seeds: int
    checkpoints: tuple[CheckpointRouting, ...]


@dataclass(frozen=True, slots=True)
class RoutingAnswer:
    """The routing of every arm of a study.

    Attributes:
        study: its name; `reference` is `s3`, None without a ledger.
        experts: how many the widest layer has.
        simulated: a world with a planted truth.
    """

    study: str
    reference: str | None
    arms: tuple[ArmRouting, ...]
    experts: int
    simulated: bool


def follow_routing(measured: MeasurementCube, *, reference: str | None = None) -> RoutingAnswer:
    """Load, entropy and strata of every arm and checkpoint, averaged over seeds, with their range.

    Args:
        measured: what was measured on the runs; names that are no diagnostics of routing, loss or perplexity (as
            probes are) are left aside.
        reference: of the study.

    Raises:
        InvalidInput: the load of no expert was measured.
    """
    if not any(_LOAD.fullmatch(name) for name in measured.names):
        raise InvalidInput(
            f"no load of experts was measured in {measured.study!r}. It is recorded at every checkpoint when "
            "`nophantom study run` trains a model of its own."
        )
    arms = []
    for arm in dict.fromkeys(measured.arms):
        rows = [i for i, name in enumerate(measured.arms) if name == arm]
        found = [
            _checkpoint(measured, rows, place)
            for place in range(len(measured.steps))
            if np.isfinite(measured.values[rows, place]).any()
        ]
        arms.append(ArmRouting(arm, len(rows), tuple(one for one in found if one.layers or one.measures)))
    experts = max(len(layer.load) for arm in arms for one in arm.checkpoints for layer in one.layers)
    return RoutingAnswer(measured.study, reference, tuple(arms), experts, measured.simulated)


def _checkpoint(measured: MeasurementCube, rows: Sequence[int], place: int) -> CheckpointRouting:
    loads: dict[int, dict[int, Ranged]] = {}
    strata: dict[tuple[str, int], dict[int, Ranged]] = {}
    of_layer: dict[int, list[tuple[str, Ranged]]] = {}
    whole: list[tuple[str, Ranged]] = []
    for column, name in enumerate(measured.names):
        value = _ranged(measured.values[rows, place, column].tolist())
        if value is None:
            continue
        if match := _LOAD.fullmatch(name):
            loads.setdefault(int(match[1]), {})[int(match[2])] = value
        elif match := _STRATUM.fullmatch(name):
            strata.setdefault((match[1], int(match[2])), {})[int(match[3])] = value
        elif match := _OF_LAYER.fullmatch(name):
            of_layer.setdefault(int(match[2]), []).append((match[1], value))
        elif "." not in name:
            whole.append((name, value))
    layers = tuple(
        LayerRouting(layer, _by_expert(loads.get(layer, {})), tuple(of_layer.get(layer, ())))
        for layer in sorted({*loads, *of_layer})
    )
    routed = tuple(
        StratumRouting(name, layer, _by_expert(strata[name, layer])) for name, layer in sorted(strata)
    )
    return CheckpointRouting(measured.steps[place], tuple(whole), layers, routed)


def _by_expert(found: dict[int, Ranged]) -> tuple[Ranged | None, ...]:
    return tuple(found.get(expert) for expert in range(max(found, default=-1) + 1))


def _ranged(values: Sequence[float]) -> Ranged | None:
    known = [value for value in values if np.isfinite(value)]
    return Ranged(float(np.mean(known)), min(known), max(known), len(known)) if known else None
