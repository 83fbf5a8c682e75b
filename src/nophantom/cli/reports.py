"""`nophantom report`: everything that a study answers, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nophantom.cli.asking import (
    ArmOption,
    GraderOption,
    LookOption,
    ProblemSetOption,
    RngOption,
    SplitOption,
    StepOption,
    asked_of,
)
from nophantom.cli.talk import HomeOption, JsonOption, Opened, opened, print_json, talk
from nophantom.cli.trajectories import asked_run
from nophantom.version import __version__

if TYPE_CHECKING:
    from nophantom.llm.following import AskedRun
    from nophantom.reporting.page import Page

report = typer.Typer(
    name="report", no_args_is_help=True, help="Reports: everything that a study answers, as one file."
)


@report.command()
def create(
    study: Annotated[
        str,
        typer.Argument(metavar="STUDY", help="A study (s3, or its name), or the first of two runs (r12)."),
    ],
    against: Annotated[
        str | None, typer.Argument(metavar="RUN", help="The second run: a report of their comparison.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="HTML, or Markdown for .md. [default: STUDY.html]"
        ),
    ] = None,
    arm: ArmOption = None,
    split: SplitOption = None,
    step: StepOption = None,
    problem_set: ProblemSetOption = None,
    grader: GraderOption = None,
    look: LookOption = None,
    rng: RngOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Write everything that a study answers into one file that needs no network.

    Verdict first, then pictures, then methods and what is not covered. Made again from the same outcomes it
    is the same file, to the byte.

    Examples: nophantom report create s1 | nophantom report create s1 -o report.md |
    nophantom report create r1 r2
    """
    if against is not None:
        runs = asked_run(study, problem_set, split, step, look, rng)
        with opened(home) as store:
            page = _of_two_runs(store, runs, against, grader)
        _write(page, output, f"{study}-{against}", as_json=as_json)
        return
    from nophantom.llm.assembling import answer_everything
    from nophantom.llm.reports.whole import study_report

    asked = asked_of(
        study, arm=arm, split=split, step=step, problem_set=problem_set, grader=grader, look=look, rng=rng
    )
    with opened(home) as store:
        answers = answer_everything(store.engine, asked)
    page = study_report(answers, version=__version__)
    _write(page, output, answers.opened.facts.name, as_json=as_json, inputs_hash=answers.inputs_hash)


def _of_two_runs(store: Opened, asked: AskedRun, against: str, grader: str | None) -> Page:
    from dataclasses import replace

    from nophantom.errors import InvalidInput
    from nophantom.llm.concluding import compare_runs
    from nophantom.llm.following import differences_of, running_difference_of
    from nophantom.llm.reports.two_runs import two_runs_report

    if asked.look is not None or grader is not None:
        raise InvalidInput(
            "a report of two runs takes neither --look (each of its questions would be one) nor --grader. Ask "
            "`nophantom compare` for those."
        )
    found = compare_runs(store.engine, asked.run, against, problem_set=asked.problem_set, split=asked.split)
    asked = replace(asked, problem_set=found.first.problem_set)
    differ = differences_of(store.engine, asked, against)
    running = running_difference_of(store.engine, asked, against) if differ.n > 1 else None
    return two_runs_report(found, differ, running, version=__version__)


def _write(
    page: Page, output: Path | None, name: str, *, as_json: bool, inputs_hash: str | None = None
) -> None:
    """Write a page where it was asked for, or next to where the command was called."""
    from nophantom.errors import Unavailable
    from nophantom.reporting.html import page_html
    from nophantom.reporting.json_file import to_plain
    from nophantom.reporting.markdown import page_markdown

    if as_json and output is None:
        print_json(to_plain(page))
        return
    place = output or Path(f"{_file_name(name)}.html")
    text = page_markdown(page) if place.suffix.lower() in {".md", ".markdown"} else page_html(page)
    try:
        place.write_text(text, encoding="utf-8", newline="\n")
    except OSError as problem:
        raise Unavailable(f"cannot write {str(place)!r}: {problem.strerror or problem}.") from None
    if as_json:
        told = {} if inputs_hash is None else {"inputs_hash": inputs_hash}
        print_json({"path": str(place), "n_bytes": len(text.encode())} | told)
    else:
        talk().print(f"wrote {place}, {len(text.encode()) / 1000:,.0f} kB", markup=False)


def _file_name(name: str) -> str:
    """A study's name as a file's: whatever a path could misread becomes a dash."""
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in name).strip(".") or "study"
