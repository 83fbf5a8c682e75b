"""Effects, probes and routing over HTTP: the numbers of the command line, and the seal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from nophantom.api.app import create
from nophantom.settings import Settings

STUDIES = "/api/v1/studies"
Cli = Callable[..., Any]


@pytest.fixture(scope="module")
def served(factorial_home: Path) -> Iterator[TestClient]:
    """A server over the two factorial studies, open for reading alone."""
    app = create(Settings(home=factorial_home))
    with TestClient(app, base_url="http://127.0.0.1:8765", raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (("effects", "s2"), "/s2/effects"),
        (
            (
                "effects",
                "s1",
                "--claim",
                "higher",
                "--delta",
                "2.8",
                "--alpha",
                "0.1",
                "--paired",
                "--step",
                "1000",
            ),
            "/s1/effects?claim=higher&delta=0.028&alpha=0.1&paired=true&step=1000",
        ),
        (("effects", "s2", "--fixed-problems"), "/s2/effects?fixed_problems=true"),
        (("probes", "s2", "--delta", "0.4", "--arm", "both"), "/s2/probes?delta=0.4&arm=both"),
        (("routing", "factors-open", "--arm", "svd"), "/factors-open/routing?arm=svd"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_same_question_has_the_same_answer_as_on_the_command_line(
    nophantom_cli: Cli, served: TestClient, factorial_home: Path, command: tuple[str, ...], path: str
) -> None:
    told = nophantom_cli(*command, "--json", home=factorial_home)
    sent = served.get(STUDIES + path)

    assert sent.status_code == 200
    assert sent.json() == told.json


def test_what_is_sealed_or_was_not_measured_is_refused(served: TestClient) -> None:
    for path, status, code in (
        ("/s1/effects?split=test", 403, "sealed"),
        ("/s1/probes?split=test", 403, "sealed"),
        ("/s2/probes?measured_at=7", 422, "invalid_input"),
        ("/s2/effects?delta=0", 422, "invalid_input"),
        ("/s9/routing", 404, "not_found"),
        ("/s1/routing?arm=none", 422, "invalid_input"),
    ):
        answer = served.get(STUDIES + path)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
