"""The command `nophantom`: its sub-commands, and how it ends.

Whatever costs time to import is imported inside the command that needs it, so that `--help` is instant.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer

from nophantom.cli.changes import trends
from nophantom.cli.clean import clean
from nophantom.cli.compare import compare
from nophantom.cli.demo import demo
from nophantom.cli.differences import diff
from nophantom.cli.doctor import doctor
from nophantom.cli.documents import sources
from nophantom.cli.effects import effects, probes, routing
from nophantom.cli.evaluate import evaluate
from nophantom.cli.gates import gate
from nophantom.cli.logs import logs
from nophantom.cli.needs import power
from nophantom.cli.reports import report
from nophantom.cli.runs import runs
from nophantom.cli.seeds import seeds
from nophantom.cli.selection import ensemble, select
from nophantom.cli.serve import serve
from nophantom.cli.studies import study
from nophantom.cli.trajectories import calibration, trajectory
from nophantom.errors import NoPhantomError
from nophantom.version import __version__

app = typer.Typer(
    name="nophantom",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a bug keeps its plain traceback
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo)
app.command()(serve)
app.add_typer(logs, name="logs")
app.command()(evaluate)
app.command()(runs)
app.add_typer(study, name="study")
app.command()(compare)
app.command()(diff)
app.command()(seeds)
app.command()(effects)
app.command()(select)
app.command()(ensemble)
app.command()(trajectory)
app.command()(calibration)
app.command()(probes)
app.command()(routing)
app.command()(gate)
app.command()(power)
app.add_typer(report, name="report")
app.command()(clean)
app.command()(doctor)
app.add_typer(sources, name="sources")
app.add_typer(trends, name="trends")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"nophantom {__version__}")
        raise typer.Exit


@app.callback(
    epilog="First steps: nophantom demo | nophantom serve | nophantom logs import DIR | nophantom compare A B"
)
def nophantom(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """Tell real signals from phantom ones: is the gain of this run real, reproducible, or noise?"""


_STOPPED = 130
"""The exit status of a program that was stopped with Ctrl-C."""


def run(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit status.

    A deliberate error is one sentence on stderr (one JSON object with `--json`) and its own exit
    status; a bug keeps its traceback and ends with 1.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        status: Any = app(arguments, standalone_mode=False)
    except NoPhantomError as error:
        status = _tell(error, as_json="--json" in arguments)
    except BrokenPipeError:  # `nophantom runs | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except (KeyboardInterrupt, typer.Abort):
        status = _STOPPED
    except Exception as error:
        # Click's own errors know how they want to be shown; typer carries a copy of click inside.
        show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
        if show is None or code is None:
            raise
        show()
        status = code
    if status == _STOPPED:  # typer turns Ctrl-C inside a command into this status
        print("stopped; what was finished is kept, nothing is half-written.", file=sys.stderr)
    sys.exit(status if isinstance(status, int) else 0)


def _tell(error: NoPhantomError, *, as_json: bool) -> int:
    if as_json:
        import orjson

        print(
            orjson.dumps({"code": error.code, "message": error.message, "details": {}}).decode(),
            file=sys.stderr,
        )
    else:
        print(f"error {error.code}: {error.message}", file=sys.stderr)
    return error.exit_status
