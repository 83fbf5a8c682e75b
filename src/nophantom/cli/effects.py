"""`nophantom effects`, `nophantom probes` and `nophantom routing`: what the arms and the training of a study tell."""

from __future__ import annotations

from typing import Annotated

import typer

from nophantom.cli.asking import (
    AlphaOption,
    ArmOption,
    DeltaOption,
    GraderOption,
    LookOption,
    ProblemSetOption,
    RngOption,
    SplitOption,
    StepOption,
    StudyArgument,
    asked_of,
    confidence_of,
    proportion,
    rate_of,
    show,
)
from nophantom.cli.talk import HomeOption, JsonOption, opened
from nophantom.stats.verdicts import Direction

_Claim = Annotated[
    Direction | None,
    typer.Option(
        help="What is claimed of every effect: that it is above, below, or not 0. [default: different]"
    ),
]
_Paired = Annotated[
    bool,
    typer.Option("--paired", help="Seed i of every arm shares its randomness, also where no plan says so."),
]
_FixedProblems = Annotated[
    bool, typer.Option("--fixed-problems", help="Answer for these problems alone, not for others like them.")
]
_Correlation = Annotated[
    float | None,
    typer.Option("--delta", metavar="RHO", help="Smallest rank correlation that matters. [default: 0.3]"),
]
_MeasuredAt = Annotated[
    int, typer.Option("--measured-at", metavar="N", help="Training step of the measurements.", min=0)
]


def effects(
    study: StudyArgument,
    claim: _Claim = None,
    delta: DeltaOption = None,
    alpha: AlphaOption = None,
    paired: _Paired = False,
    fixed_problems: _FixedProblems = False,
    split: SplitOption = None,
    step: StepOption = None,
    problem_set: ProblemSetOption = None,
    grader: GraderOption = None,
    look: LookOption = None,
    rng: RngOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Say what each factor of a study brings, and whether factors help each other.

    For studies whose arms combine factors (initialisation, router, order ...): main effects, interactions, the
    same on the best seed of each arm, and the spread of the seeds. All intervals hold together.

    Example: nophantom effects s1 --delta 2
    """
    from nophantom.llm.contrasting import effects_of_study
    from nophantom.llm.reports.effects import effects_page
    from nophantom.llm.verdicts import Claim

    said = Claim(claim or Direction.DIFFERENT, proportion(delta, 0.01), rate_of(alpha))
    asked = asked_of(
        study, split=split, step=step, problem_set=problem_set, grader=grader, look=look, rng=rng
    )
    with opened(home) as store:
        found = effects_of_study(store.engine, asked, said, paired=paired, fixed_problems=fixed_problems)
    show(found, effects_page, as_json=as_json)


def probes(
    study: StudyArgument,
    delta: _Correlation = None,
    alpha: AlphaOption = None,
    measured_at: _MeasuredAt = 0,
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
    """Say whether anything measured before training predicts the final score.

    Rank correlations inside arms, with intervals that hold for all measurements together: among ten probes the
    strongest of twenty seeds looks like 0.5 by chance alone.

    Example: nophantom probes s1
    """
    from nophantom.llm.probing import probes_of_study
    from nophantom.llm.questions.probes import DELTA
    from nophantom.llm.reports.probes import probes_page

    asked = asked_of(
        study, arm=arm, split=split, step=step, problem_set=problem_set, grader=grader, look=look, rng=rng
    )
    with opened(home) as store:
        found = probes_of_study(
            store.engine,
            asked,
            delta=DELTA if delta is None else delta,
            confidence=confidence_of(alpha),
            measured_at=measured_at,
        )
    show(found, probes_page, as_json=as_json)


def routing(
    study: StudyArgument, arm: ArmOption = None, as_json: JsonOption = False, home: HomeOption = None
) -> None:
    """Show how tokens find their experts: load, entropy and strata, checkpoint by checkpoint.

    Example: nophantom routing s1 --arm balanced
    """
    from nophantom.llm.probing import routing_of_study
    from nophantom.llm.reports.routing import routing_page

    with opened(home) as store:
        found = routing_of_study(store.engine, study, arm=arm)
    show(found, routing_page, as_json=as_json)
