"""`nophantom report`: everything that a study answers, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nophantom.cli.asking import (
    ArmOption,
    GraderOption,
    LookOption,
    ProblemSetOption,
    RngOption,
    SplitOption,
    StepOption,
    StudyArgument,
    asked_of,
)
from nophantom.cli.talk import HomeOption, JsonOption, opened, print_json, talk
from nophantom.version import __version__

report = typer.Typer(
    name="report", no_args_is_help=True, help="Reports: everything that a study answers, as one file."
)


@report.command()
def create(
    study: StudyArgument,
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

    Examples: nophantom report create s1 | nophantom report create s1 -o report.md
    """
    from nophantom.errors import Unavailable
    from nophantom.llm.assembling import answer_everything
    from nophantom.llm.reports.whole import study_report
    from nophantom.reporting.html import page_html
    from nophantom.reporting.json_file import to_plain
    from nophantom.reporting.markdown import page_markdown

    asked = asked_of(
        study, arm=arm, split=split, step=step, problem_set=problem_set, grader=grader, look=look, rng=rng
    )
    with opened(home) as store:
        answers = answer_everything(store.engine, asked)
    page = study_report(answers, version=__version__)
    if as_json and output is None:
        print_json(to_plain(page))
        return
    place = output or Path(f"{_file_name(answers.opened.facts.name)}.html")
    text = page_markdown(page) if place.suffix.lower() in {".md", ".markdown"} else page_html(page)
    try:
        place.write_text(text, encoding="utf-8", newline="\n")
    except OSError as problem:
        raise Unavailable(f"cannot write {str(place)!r}: {problem.strerror or problem}.") from None
    if as_json:
        print_json({"path": str(place), "n_bytes": len(text.encode()), "inputs_hash": answers.inputs_hash})
    else:
        talk().print(f"wrote {place}, {len(text.encode()) / 1000:,.0f} kB", markup=False)


def _file_name(name: str) -> str:
    """A study's name as a file's: whatever a path could misread becomes a dash."""
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in name).strip(".") or "study"
