"""`nophantom effects`, `probes` and `routing`: words for people, numbers for machines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_effects_tell_verdicts_seeds_needed_and_what_is_not_covered(
    nophantom_cli: Cli, factorial_home: Path
) -> None:
    ended = nophantom_cli("effects", "s2", home=factorial_home)
    assert ended.status == 0
    for said in (
        "Real: initialisation: svd against standard.",
        "seeds per arm for delta",
        "Chosen on validation",
        "adjusted p of equal spreads",
        "they speak of these runs alone, not of other seeds",
        "SIMULATED",
    ):
        assert said in ended.out
    told = nophantom_cli(
        "effects", "s2", "--delta", "30", "--claim", "higher", "--json", home=factorial_home
    ).json
    assert told["claim"]["delta"] == 0.3
    assert {e["ruling"]["claim"]["direction"] for e in told["effects"]} == {"higher"}
    assert [c["factor"] for c in told["effects"][2]["changes"]] == ["initialisation", "router"]
    paired = nophantom_cli(
        "effects", "s2", "--paired", "--fixed-problems", "--json", home=factorial_home
    ).json
    assert paired["paired"] is True
    assert paired["effects"][0]["test"]["var_interaction"] == 0


def test_probes_say_whether_anything_predicts(nophantom_cli: Cli, factorial_home: Path) -> None:
    ended = nophantom_cli("probes", "s1", home=factorial_home)
    assert ended.status == 0
    assert "1 of 2 measurements made before training predict the final score: probe.ability" in ended.out
    told = nophantom_cli(
        "probes", "s2", "--alpha", "0.1", "--delta", "0.5", "--json", home=factorial_home
    ).json
    assert (told["confidence"], told["delta"]) == (pytest.approx(0.9), 0.5)
    assert {p["name"] for p in told["probes"]} == {"probe.ability", "probe.noise"}
    refused = nophantom_cli("probes", "s2", "--measured-at", "5", home=factorial_home)
    assert refused.status == 4
    assert "nothing was measured" in refused.err


def test_routing_shows_load_and_strata(nophantom_cli: Cli, factorial_home: Path) -> None:
    ended = nophantom_cli("routing", "s2", "--arm", "both", home=factorial_home)
    assert ended.status == 0
    for said in ("Routing of both", "expert 1", "55.0% (50.0% to 60.0%)", "3 steps", "perplexity"):
        assert said in ended.out
    assert "Routing of plain" not in ended.out
    told = nophantom_cli("routing", "s1", "--json", home=factorial_home).json
    assert told["arms"][0]["checkpoints"][0]["strata"][0]["shares"][1]["mean"] == 0.75


def test_show_lists_the_factors_and_a_study_without_any_is_refused(
    nophantom_cli: Cli, factorial_home: Path, recorded_home: Path
) -> None:
    shown = nophantom_cli("study", "show", "s1", home=factorial_home)
    assert "Factors that the arms combine" in shown.out
    refused = nophantom_cli("effects", "s1", home=recorded_home)
    assert refused.status == 4
    assert "names no factors" in refused.err
