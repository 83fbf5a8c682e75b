"""The command line as a whole: help, speed of help, JSON everywhere, bugs keep their traceback."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from nophantom import __version__
from nophantom.cli.main import app, run

Cli = Callable[..., Any]
REPOSITORY = Path(__file__).resolve().parent.parent.parent


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_json_and_an_example_in_its_help(nophantom_cli: Cli, path: tuple[str, ...]) -> None:
    ended = nophantom_cli(*path, "--help")

    assert ended.status == 0
    assert re.search(rf"Examples?: nophantom {' '.join(path)}\b", " ".join(ended.out.split()))
    assert "--json" in ended.out
    assert "[default" in ended.out


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_the_readme_names_every_command(path: tuple[str, ...]) -> None:
    assert f"nophantom {' '.join(path)}" in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_help_imports_nothing_heavy() -> None:
    """What makes help slow is imports; this list is what would break the promise of a quarter second."""
    code = (
        "import sys\nfrom nophantom.cli.main import run\n"
        "try: run(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'scipy', 'sqlalchemy', 'alembic', 'pydantic', 'rich.table', 'orjson'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "compare" in ended.stdout


def test_version_and_the_module_door() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "nophantom", "--version"], capture_output=True, text=True, check=True
    )
    assert ended.stdout == f"nophantom {__version__}\n"


def test_a_reader_that_has_seen_enough_is_no_error(nophantom_cli: Cli, tmp_path: Path) -> None:
    nophantom_cli(
        "demo", "--wing", "llm", "--train", "no", "--worlds", "0", "--seeds", "0", home=tmp_path / "home"
    )
    command = f"{sys.executable} -m nophantom runs --json --home {tmp_path / 'home'} | head -c 10"
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    from nophantom.cli import main

    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(main, "app", breaks)
    with pytest.raises(ZeroDivisionError):
        main.run(["runs"])


def test_a_newer_database_is_refused_with_both_versions(nophantom_cli: Cli, tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    nophantom_cli("demo", "--wing", "llm", "--train", "no", "--worlds", "0", "--seeds", "0")
    with closing(sqlite3.connect(tmp_path / "home" / "nophantom.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()

    ended = nophantom_cli("runs")

    assert ended.status == 6
    assert "has version '9999'" in ended.err
    assert "update NoPhantom" in ended.err


def test_settings_come_from_option_then_environment_then_file(
    nophantom_cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("nophantom.toml").write_text('home = "from-file"\n')
    command = ["logs", "import", "."]  # nothing to import, and a store is made

    for words in (command, command, [*command, "--home", "from-option"]):
        with pytest.raises(SystemExit):
            run(words)
        monkeypatch.setenv("NOPHANTOM_HOME", "from-environment")

    made = {p.parent.name for p in tmp_path.glob("*/nophantom.db")}
    assert made == {"from-file", "from-environment", "from-option"}

    monkeypatch.delenv("NOPHANTOM_HOME")
    Path("nophantom.toml").write_text("hoem = 3\n")
    assert "the setting 'hoem' is wrong" in nophantom_cli("runs").err
    Path("nophantom.toml").write_text("home = \n")
    assert "nophantom.toml is no TOML" in nophantom_cli("runs").err


def test_the_cpu_of_help_is_reported_not_judged(record_property: Callable[[str, object], None]) -> None:
    """A figure for the notebook; a shared machine is too noisy to fail on it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "nophantom", "--help"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    record_property("help_cpu_seconds", after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
