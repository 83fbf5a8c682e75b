"""What the commands about studies share: their options, and how an answer is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nophantom.cli.talk import out, print_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from nophantom.llm.asking import Asked
    from nophantom.reporting.page import Page

    T = TypeVar("T")

StudyArgument = Annotated[
    str, typer.Argument(metavar="STUDY", help="A study: s3, or a unique piece of its name.")
]
OptionalStudy = Annotated[
    str | None, typer.Argument(metavar="STUDY", help="A study: s3, or a unique piece of its name.")
]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run: r12, or a unique piece of its name.")]
ArmOption = Annotated[str | None, typer.Option("--arm", metavar="NAME", help="Only the runs of this arm.")]
SplitOption = Annotated[
    str | None,
    typer.Option(
        "--split",
        metavar="NAME",
        help="Which split. [default: validation while the test is sealed, then the test]",
    ),
]
StepOption = Annotated[
    int | None, typer.Option("--step", metavar="N", help="Training step. [default: the last that all have]")
]
ProblemSetOption = Annotated[
    str | None, typer.Option("--problem-set", metavar="NAME", help="Which one, where there are several.")
]
GraderOption = Annotated[str | None, typer.Option("--grader", metavar="NAME", help="Which grading.")]
RunSplitOption = Annotated[
    str | None,
    typer.Option(
        "--split",
        metavar="NAME",
        help="Which split, where there are several. [default: the test, while it is sealed another]",
    ),
]
RunStepOption = Annotated[
    int | None, typer.Option("--step", metavar="N", help="Training step. [default: the last]")
]
LookOption = Annotated[
    str | None,
    typer.Option(
        "--look",
        metavar="REASON",
        help="Look at the sealed test before a selection. Recorded, and told in every later report.",
    ),
]
RngOption = Annotated[
    int | None,
    typer.Option("--rng", metavar="N", help="Seed of whatever is drawn; the same one gives the same answer."),
]
DeltaOption = Annotated[
    float | None, typer.Option("--delta", metavar="POINTS", help="Smallest effect that matters. [default: 1]")
]
AlphaOption = Annotated[
    float | None, typer.Option("--alpha", metavar="RATE", help="Error rate, two-sided. [default: 0.05]")
]


def asked_of(
    study: str,
    *,
    arm: str | None = None,
    split: str | None = None,
    step: int | None = None,
    problem_set: str | None = None,
    grader: str | None = None,
    look: str | None = None,
    rng: int | None = None,
) -> Asked:
    """The outcomes that a command is about."""
    from nophantom.llm.asking import Asked
    from nophantom.llm.questions.setting import RNG_SEED

    return Asked(
        study=study,
        arm=arm,
        split=split,
        step=step,
        problem_set=problem_set,
        grader=grader,
        look=look,
        rng_seed=RNG_SEED if rng is None else rng,
    )


def show(answer: T, page: Callable[[T], Page], *, as_json: bool) -> None:
    """An answer for machines or for people."""
    if as_json:
        from nophantom.reporting.json_file import to_plain

        print_json(to_plain(answer))
        return
    from nophantom.cli.paper import print_page

    print_page(page(answer), out())


def proportion(points: float | None, usual: float) -> float:
    """Points as a person gives them, as a proportion."""
    return usual if points is None else share(points)


def rate_of(alpha: float | None) -> float:
    """The error rate that a person gives, or the usual one."""
    return 0.05 if alpha is None else alpha


def confidence_of(alpha: float | None) -> float:
    """Two-sided coverage of the intervals at that error rate."""
    return 1 - rate_of(alpha)


def share(points: float) -> float:
    """Points or percent as a proportion, as it would be written: 2.8 is 0.028, not 0.027999999999999997."""
    return round(points / 100, 12)
