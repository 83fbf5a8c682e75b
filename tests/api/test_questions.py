"""Questions about runs and about bare numbers over HTTP: the numbers of the command line, and the seal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from nophantom.api.app import create
from nophantom.settings import Settings

ROOT = "/api/v1"
Cli = Callable[..., Any]


@pytest.fixture(scope="module")
def runs(recorded_home: Path) -> Iterator[TestClient]:
    """A server over the two recorded studies, open for reading alone; one for all that only read."""
    app = create(Settings(home=recorded_home))
    with TestClient(app, base_url="http://127.0.0.1:8765", raise_server_exceptions=False) as client:
        yield client


KNOWN = ("trajectory", "--peak", "119/150", "--final", "365/500", "--every", "50")


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (("trajectory", "r9"), "/trajectories/training?run=r9"),
        (("trajectory", "r9", "--running"), "/trajectories/running?run=r9"),
        (
            ("trajectory", "r9", "--step", "1000", "--every", "10", "--named", "30"),
            "/trajectories/running?run=r9&step=1000&every=10&named=30",
        ),
        (("trajectory", "r9", "--against", "r10"), "/trajectories/difference?run=r9&against=r10"),
        (KNOWN, "/trajectories/counts?peak=119/150&final=365/500&every=50"),
        ((*KNOWN, "--named", "150"), "/trajectories/counts?peak=119/150&final=365/500&every=50&named=true"),
        (("diff", "r9", "r10"), "/differences?run=r9&against=r10"),
        (("compare", "r9", "r10", "r11", "--alpha", "0.1"), "/pairs?run=r9&run=r10&run=r11&alpha=0.1"),
        (
            ("compare", "r9", "r10", "r11", "--split", "validation", "--step", "1000"),
            "/pairs?run=r9&run=r10&run=r11&split=validation&step=1000",
        ),
        (("calibration", "r9", "--bins", "5"), "/calibration?run=r9&bins=5"),
        (("calibration", "r9", "--against", "r10"), "/calibration/difference?run=r9&against=r10"),
        (
            ("compare", "379/500", "365/500", "--delta", "2.8"),
            "/counts?count=379/500&count=365/500&delta=0.028",
        ),
        (("compare", "379/500", "365/500", "384/500"), "/counts?count=379/500&count=365/500&count=384/500"),
        (
            ("compare", "379/500", "75.8%", "--of", "500", "--claim", "lower"),
            "/counts?count=379/500&level=0.758&level_n=500&claim=lower",
        ),
        (
            ("seeds", "--mean", "75.9", "--sd", "0.572", "--n", "20"),
            "/expected-maximum?mean=0.759&sd=0.00572&seeds=20",
        ),
        (
            (
                "gate",
                "--final",
                "379/500",
                "--peak",
                "158/200",
                "--looks",
                "10",
                "--go",
                "final>=0.75 and peak>=0.79",
            ),
            "/gate?final=379/500&peak=158/200&looks=10&go=final>=0.75 and peak>=0.79",
        ),
        (("power", "--delta", "2.8", "--accuracy", "74.4"), "/power/problems?delta=0.028&accuracy=0.744"),
        (
            ("power", "--delta", "0.2", "--seed-sd", "0.572", "--seeds", "20"),
            "/power/seeds?delta=0.002&sd=0.00572&seeds=20",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_same_question_has_the_same_answer_as_on_the_command_line(
    nophantom_cli: Cli, runs: TestClient, recorded_home: Path, command: tuple[str, ...], path: str
) -> None:
    told = nophantom_cli(*command, "--json", home=recorded_home)
    sent = runs.get(ROOT + path)

    assert sent.status_code == 200
    assert sent.json() == told.json


def test_two_runs_compared_have_the_numbers_of_the_command_line(
    nophantom_cli: Cli, runs: TestClient, recorded_home: Path
) -> None:
    """The command line lists the problems too, and a page of its own holds them over HTTP."""
    told = nophantom_cli("compare", "r9", "r10", "--step", "1000", "--json", home=recorded_home).json
    sent = runs.get(f"{ROOT}/comparisons?first=r9&second=r10&step=1000").json()

    nested = {"first", "second", "gained_problems", "lost_problems"}
    assert {k: v for k, v in told.items() if k not in nested} == {
        k: v for k, v in sent.items() if k not in nested
    }
    assert sent["first"]["step"] == sent["second"]["step"] == 1_000


@pytest.mark.parametrize(
    "path",
    [
        "/trajectories/training?run=r1&split=test",
        "/trajectories/running?run=r1&split=test",
        "/trajectories/difference?run=r1&against=r2&split=test",
        "/differences?run=r1&against=r2&split=test",
        "/pairs?run=r1&run=r2&run=r3&split=test",
        "/calibration?run=r1&split=test",
        "/calibration/difference?run=r1&against=r2&split=test",
        "/comparisons?first=r1&second=r2&split=test",
        "/comparisons/problems?first=r1&second=r2&split=test",
    ],
)
def test_the_seal_holds_in_every_route(runs: TestClient, path: str) -> None:
    answer = runs.get(ROOT + path)

    assert (answer.status_code, answer.json()["code"]) == (403, "sealed")


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/trajectories/training?run=r99", 404, "there is no run r99"),
        ("/trajectories/running?run=base", 409, "fits 8 runs"),
        (
            "/trajectories/counts?peak=158&final=379/500",
            422,
            "peak is right/tried, as in 379/500; got '158'.",
        ),
        ("/differences?run=r9&against=r9", 422, "are the same run"),
        ("/pairs?run=r9", 422, "run"),
        ("/counts?count=379/500", 422, "one alone with a published accuracy"),
        ("/counts?count=379/500&count=365/500&level=0.7", 422, "got 2 counts and a level"),
        ("/counts?count=379/500&count=365/500&level_n=7", 422, "one alone with a published accuracy"),
        ("/gate?go=final > 0.5", 422, "at least one of final, peak and rerun"),
        ("/power/seeds?delta=0.01&sd=0", 422, "sd"),
        ("/expected-maximum?mean=75.9&sd=0.5&seeds=20", 422, "mean"),
    ],
)
def test_every_wrong_question_has_the_one_shape_of_errors(
    runs: TestClient, path: str, status: int, words: str
) -> None:
    answer = runs.get(ROOT + path)

    assert answer.status_code == status
    assert set(answer.json()) == {"code", "message", "details"}
    assert words in str(answer.json())


def test_what_the_routes_promise_is_what_openapi_says(runs: TestClient) -> None:
    """Every question documents its refusals in the one shape, so that a client can be made from it."""
    paths = runs.get("/api/openapi.json").json()["paths"]
    asked = [
        path
        for path in paths
        if path.startswith((f"{ROOT}/trajectories", f"{ROOT}/studies/", f"{ROOT}/pairs"))
    ]

    assert len(asked) > 10
    for path in asked:
        for route in paths[path].values():
            assert route["responses"]["422"]["content"]["application/json"]["schema"]["$ref"].endswith(
                "/Problem"
            )
