"""How every command speaks: options that all share, results on stdout, talk on stderr, JSON for machines."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import exp, log
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from sqlalchemy import Engine

    from nophantom.settings import Settings
    from nophantom.store.blobs import Blobs

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="DIR",
        help="Folder of the database and the raw answers. [env: NOPHANTOM_HOME] [default: .nophantom]",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

VERDICT_STYLE = {"real": "bold green", "phantom": "bold red", "undecided": "bold yellow"}


def out() -> Console:
    """Where results go. Wide enough for tables when nobody looks (a pipe has no width)."""
    from rich.console import Console

    console = Console(highlight=False, emoji=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, emoji=False, width=160)


def talk() -> Console:
    """Where everything else goes."""
    from rich.console import Console

    # Lines are left whole: paths can be copied, and the terminal wraps them anyway.
    return Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)


def is_plain() -> bool:
    """Whether the terminal can only show ASCII."""
    return "utf" not in (sys.stdout.encoding or "").lower()


def print_json(value: object) -> None:
    """One JSON object on stdout: sorted keys, unknown as null."""
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    sys.stdout.buffer.write(orjson.dumps(value, option=options) + b"\n")
    sys.stdout.buffer.flush()


@contextmanager
def progress() -> Iterator[Progress]:
    """A progress bar on stderr with the time left; silent where stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = talk()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield bar


class Opened:
    """The store as a command uses it."""

    def __init__(self, engine: Engine, blobs: Blobs, settings: Settings) -> None:
        self.engine = engine
        self.blobs = blobs
        self.settings = settings


@contextmanager
def opened(home: Path | None, *, create: bool = False) -> Iterator[Opened]:
    """The store with its tables up to date, closed at the end.

    Args:
        home: what the user named, or None for the settings.
        create: make a store where there is none; else that is an error which says how to get one.

    Raises:
        NotFound: there is no store yet, and `create` is False.
    """
    from nophantom.errors import NotFound
    from nophantom.settings import MIGRATIONS, read_settings
    from nophantom.store.blobs import Blobs
    from nophantom.store.engine import open_engine
    from nophantom.store.versions import bring_up_to_date

    settings = read_settings(home=home)
    url = settings.database_url
    if not create and url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        raise NotFound(
            f"there is no database at {url.removeprefix('sqlite:///')!r} yet. `nophantom logs import DIR` or "
            "`nophantom demo` makes one; --home names another place."
        )
    engine = open_engine(url)
    try:
        bring_up_to_date(engine, MIGRATIONS)
        yield Opened(engine, Blobs(settings.blobs_folder), settings)
    finally:
        engine.dispose()


def program() -> str:
    """How this program was called, so that what is shown can be typed again: `.venv/bin/nophantom`."""
    called = Path(sys.argv[0])
    if called.stem != "nophantom" or shutil.which("nophantom") == str(called):
        return "nophantom"
    return str(called.relative_to(Path.cwd())) if called.is_relative_to(Path.cwd()) else str(called)


def say_where_to_look(settings: Settings, *commands: str) -> None:
    """The next commands to try, each as it can be typed."""
    at_home = "" if str(settings.home) == ".nophantom" else f" --home {settings.home}"
    lines = [f"{program()} {command}{at_home}" for command in commands]
    talk().print("\nWhere to look: " + "\n               ".join(lines), markup=False)


def count(number: float) -> str:
    """A count with thousands apart: 1,319; halves of partial credit keep their fraction."""
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.2f}"


def e_value(log_e: float) -> str:
    """An e-value for people, from its natural logarithm: '23', '4.1e+12', '10^680' where a float would overflow."""
    return f"{exp(log_e):.2g}" if log_e < 600 else f"10^{log_e / log(10):.0f}"
