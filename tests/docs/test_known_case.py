"""The documented example says what the commands say."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "known-case.md"
FENCE = re.compile(r"```\n\$ nophantom ([^\n]*)\n(.*?)```", re.DOTALL)
EXAMPLES = [
    (command, printed.split("$ echo")[0]) for command, printed in FENCE.findall(PAGE.read_text("utf-8"))
]


def _even(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("command", "printed"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_a_documented_command_prints_what_the_page_shows(
    nophantom_cli: Callable[..., Any], command: str, printed: str
) -> None:
    seen = _even(nophantom_cli(*shlex.split(command)).out)
    # A sentence may be broken over lines in the page; every line that begins a new one must be there.
    for piece in re.split(r"\n(?=\S)", printed.strip("\n")):
        assert _even(piece) in seen, piece


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 4


def test_every_command_that_the_page_names_exists(nophantom_cli: Callable[..., Any]) -> None:
    for name in set(re.findall(r"nophantom ([a-z]+)", PAGE.read_text("utf-8"))):
        assert nophantom_cli(name, "--help").status == 0
