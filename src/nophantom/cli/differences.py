"""`nophantom diff`: on which problems two runs differ, and which all, none or some runs of a study solve."""

from __future__ import annotations

from re import fullmatch
from typing import Annotated

import typer

from nophantom.cli.asking import (
    AlphaOption,
    ArmOption,
    GraderOption,
    LookOption,
    ProblemSetOption,
    SplitOption,
    StepOption,
    asked_of,
    confidence_of,
    show,
)
from nophantom.cli.talk import HomeOption, JsonOption, opened
from nophantom.cli.trajectories import asked_run


def diff(
    first: Annotated[
        str,
        typer.Argument(
            metavar="A", help="A run (r12, or a unique piece of its name), or alone a study (s3)."
        ),
    ],
    second: Annotated[str | None, typer.Argument(metavar="B", help="The run to compare with.")] = None,
    arm: ArmOption = None,
    split: SplitOption = None,
    step: StepOption = None,
    problem_set: ProblemSetOption = None,
    grader: GraderOption = None,
    alpha: AlphaOption = None,
    look: LookOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show on which problems two runs differ, by stratum; or of a study, which problems flip between its runs.

    Examples: nophantom diff r1 r2 | nophantom diff s1 --arm baseline
    """
    from nophantom.errors import InvalidInput

    if second is None and fullmatch("r[0-9]+", first):
        raise InvalidInput(
            f"{first} is a run: name a second one, as in nophantom diff {first} r2; or name a study."
        )
    if second is not None and (arm is not None or grader is not None):
        raise InvalidInput("--arm and --grader are for a study: leave them out, or leave out the second run.")
    with opened(home) as store:
        if second is None:
            from nophantom.llm.reports.problems import problems_page
            from nophantom.llm.studying import problems_of_study

            asked = asked_of(
                first, arm=arm, split=split, step=step, problem_set=problem_set, grader=grader, look=look
            )
            show(problems_of_study(store.engine, asked), problems_page, as_json=as_json)
            return
        from nophantom.llm.following import differences_of
        from nophantom.llm.reports.differences import diff_page

        found = differences_of(
            store.engine,
            asked_run(first, problem_set, split, step, look, None),
            second,
            confidence=confidence_of(alpha),
        )
        show(found, diff_page, as_json=as_json)
