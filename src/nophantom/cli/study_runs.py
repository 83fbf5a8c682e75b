"""`nophantom study new`, `run`, `resume` and `export`: a study from its file to its outcomes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nophantom.cli.asking import StudyArgument
from nophantom.cli.talk import HomeOption, JsonOption, count, opened, out, print_json, program, talk

if TYPE_CHECKING:
    from nophantom.cli.talk import Opened
    from nophantom.llm.running_events import ArmEnd, StudyEnd


def new(
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Where to write it. [default: standard output]"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print a study file with everything that it can hold, explained.

    Example: nophantom study new > study.toml
    """
    from nophantom.errors import Unavailable
    from nophantom.llm.study_file import EXAMPLE

    if to is not None:
        try:
            with to.open("x", encoding="utf-8") as file:
                file.write(EXAMPLE)
        except OSError as problem:
            raise Unavailable(
                f"{str(to)!r} cannot be written: {problem.strerror}. Name another file."
            ) from None
    if as_json:
        print_json({"file": EXAMPLE})
    elif to is None:
        sys.stdout.write(EXAMPLE)


def run(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A study file; `nophantom study new` prints one.")
    ],
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Run a study, or go on with one that is not finished; whatever is done is kept.

    Example: nophantom study run study.toml
    """
    from nophantom.cli.study_display import watching
    from nophantom.errors import NotFound, Unreadable
    from nophantom.llm.running import Places, run_study

    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(
            f"there is no file {str(file)!r}. `nophantom study new > study.toml` makes one."
        ) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise Unreadable(
            f"{str(file)!r} cannot be read: {problem}. A study file is a text in UTF-8."
        ) from None
    with opened(home, create=True) as store, watching() as on_event:
        places = Places(_studies(store), file.resolve().parent)
        end = run_study(store.engine, store.blobs, text, places, on_event=on_event)
    _tell(end, as_json=as_json, home=home)


def resume(study: StudyArgument, as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Go on with a study that was begun here, where it stopped.

    Example: nophantom study resume s1
    """
    from nophantom.cli.study_display import watching
    from nophantom.llm.running import resume_study

    with opened(home) as store, watching() as on_event:
        end = resume_study(store.engine, store.blobs, study, _studies(store), on_event=on_event)
    _tell(end, as_json=as_json, home=home)


def export(
    study: StudyArgument,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="FILE", help="Where to write; .parquet writes Parquet. [default: standard output]"
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option("--split", metavar="NAME", help="Only this split. [default: all but a sealed test]"),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Write every outcome of a study, one a line: JSON Lines, or Parquet.

    Example: nophantom study export s1 --to outcomes.parquet
    """
    from nophantom.errors import InvalidInput
    from nophantom.llm.exporting import ExportFormat, export_study, whole_file

    if as_json and to is None:
        raise InvalidInput("--json tells what was written into a file: name it with --to.")
    with opened(home) as store:
        if to is None:
            end = export_study(
                store.engine, study, sys.stdout.buffer, format_=ExportFormat.JSONL, split=split
            )
        else:
            kind = ExportFormat.PARQUET if to.suffix == ".parquet" else ExportFormat.JSONL
            with whole_file(to) as file:
                end = export_study(store.engine, study, file, format_=kind, split=split)
    if end.sealed:
        talk().print(
            f"{count(end.sealed)} evaluations of the sealed test are left out; `{program()} select {study}` opens it."
        )
    if as_json:
        told = {"outcomes": end.outcomes, "evaluations": end.evaluations, "sealed_evaluations": end.sealed}
        print_json(told | {"file": str(to)})
    elif to is not None:
        out().print(
            f"{count(end.outcomes)} outcomes of {count(end.evaluations)} evaluations in {to}", markup=False
        )


def _studies(store: Opened) -> Path:
    return store.settings.home.resolve() / "studies"


def _tell(end: StudyEnd, *, as_json: bool, home: Path | None) -> None:
    """How a study ended, and what to do next.

    Raises:
        Unavailable: runs did not come to their end.
    """
    from nophantom.errors import Unavailable
    from nophantom.reporting.json_file import to_plain

    if as_json:
        told = to_plain(end)
        assert isinstance(told, dict)
        print_json(told | {"finished": end.finished})
    else:
        _print_end(end, home)
    if end.failed:
        name, why = end.failed[0]
        more = f" and {len(end.failed) - 1} more" if len(end.failed) > 1 else ""
        raise Unavailable(
            f"{name}{more} did not come to the end: {why.rstrip('.')}. Everything else is kept; `{program()} study "
            f"resume {end.reference}` tries again."
        )


def _print_end(end: StudyEnd, home: Path | None) -> None:
    from rich.markup import escape
    from rich.table import Table

    console = out()
    state = (
        "finished before; nothing was changed"
        if end.was_finished
        else "finished"
        if end.finished
        else "not finished"
    )
    console.print(
        f"[bold]{escape(end.reference)} {escape(end.name)}[/]: {state}; {count(end.done)} of {count(end.planned)} "
        f"evaluations, {end.hours:.2f} hours\n"
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("arm", overflow="fold")
    for title in (
        "runs finished",
        f"{end.split} at step {end.step:,}",
        "lowest",
        "highest",
        "hours of its runs",
    ):
        table.add_column(title, justify="right")
    for arm in end.arms:
        table.add_row(escape(arm.name), *_arm_cells(arm))
    console.print(table)
    at_home = "" if home is None else f" --home {home}"
    if end.out_of_budget:
        talk().print(
            f"\nThe budget is used up. Raise budget_hours in the file and run it again, or: {program()} study resume "
            f"{end.reference}{at_home}",
            markup=False,
        )
    elif end.finished:
        commands = (f"select {end.reference}", f"seeds {end.reference}", f"report create {end.reference}")
        lines = "\n               ".join(f"{program()} {command}{at_home}" for command in commands)
        talk().print(f"\nWhat to do next: {lines}", markup=False)


def _arm_cells(arm: ArmEnd) -> tuple[str, ...]:
    scores = ("" if score is None else f"{score:.1%}" for score in (arm.mean, arm.lowest, arm.highest))
    return (f"{arm.finished} of {arm.runs}", *scores, f"{arm.hours:.2f}")
