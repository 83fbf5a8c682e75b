"""The house keeps itself: sizes, names, and rules that a linter of imports cannot see."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import nophantom
from nophantom.errors import NoPhantomError

SOURCE = Path(nophantom.__file__).parent
REPOSITORY = Path(__file__).resolve().parent.parent
MODULES = sorted(SOURCE.rglob("*.py"))
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60  # without its docstring
DUST = re.compile(r"(^|_)(utils?|helpers?|common|managers?|misc|base_?class|stuff)(_|$)")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def length(function: Function) -> int:
    """Lines of a function without its docstring."""
    first = function.body[0]
    docstring = 0
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        docstring = (first.end_lineno or 0) - first.lineno + 1
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_module_and_no_function_outgrows_its_room(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    is_history = "versions" in path.parts  # a migration is written once and never read as a room
    assert lines <= LONGEST_MODULE or is_history, f"{lines} lines: has the room become two rooms?"
    long = {f.name: length(f) for f in functions(path) if length(f) > LONGEST_FUNCTION}
    assert not long or is_history, f"functions of over {LONGEST_FUNCTION} lines: {long}"


def test_no_room_is_named_after_dust() -> None:
    names = [p.stem for p in MODULES] + [p.parent.name for p in MODULES]
    assert not [name for name in names if DUST.search(name)]


def test_nobody_commits_but_the_edge_of_the_store() -> None:
    """One unit of work is opened in one place, `store.engine`; a stray commit would split it."""
    stray = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert stray == []


def test_the_ledger_has_no_code_that_changes_or_removes() -> None:
    words = re.compile(r"\b(update|delete)\s*\(|session\.delete|\.merge\(")
    for path in (SOURCE / "llm" / "ledger").glob("*.py"):
        assert not words.search(path.read_text(encoding="utf-8")), path.name


def test_only_the_clock_asks_for_the_time() -> None:
    asks = re.compile(r"\b(datetime\.now|time\.time|utcnow|date\.today)\s*\(")
    guilty = [p.name for p in MODULES if asks.search(p.read_text(encoding="utf-8"))]
    assert guilty == ["clock.py"]


def kinds(root: type[NoPhantomError]) -> Iterator[type[NoPhantomError]]:
    for child in root.__subclasses__():
        yield child
        yield from kinds(child)


def test_every_deliberate_error_has_its_own_code_and_a_status_that_means_something() -> None:
    found = list(kinds(NoPhantomError))
    assert len({kind.code for kind in found}) == len(found)
    drawn = (SOURCE / "errors.py").read_text(encoding="utf-8").split('"""')[1]
    for kind in found:
        assert 3 <= kind.exit_status < 64  # 1 is a bug, 2 a wrong call, 64 and 65 are answers
        assert 400 <= kind.http_status < 600
        assert re.search(rf"{kind.__name__} +{kind.exit_status} / {kind.http_status} ", drawn), kind


def test_every_raise_says_something() -> None:
    """No deliberate error is raised without a sentence of at least five words."""
    names = {kind.__name__ for kind in kinds(NoPhantomError)}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                called = node.exc.func
                if isinstance(called, ast.Name) and called.id in names:
                    assert node.exc.args, f"{path.name}:{node.lineno}"
        assert not re.search(
            rf"raise ({'|'.join(names)})\s*$", path.read_text(encoding="utf-8"), re.MULTILINE
        )


def test_the_lock_files_name_no_address_and_pin_every_package_by_hash() -> None:
    for lock in (REPOSITORY / "requirements").glob("*.lock"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        packages = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]
        assert packages
        assert text.count("--hash=sha256:") >= len(packages)
