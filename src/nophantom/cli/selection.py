"""`nophantom select` and `nophantom ensemble`: which seed is shipped, and what a vote brings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from nophantom.cli.talk import HomeOption, JsonOption, opened, talk
from nophantom.cli.trajectories import asked_run
from nophantom.errors import InvalidInput
from nophantom.stats.votes import Tie, VoteKind, VoteRule

if TYPE_CHECKING:
    from nophantom.llm.following import AskedRun


def select(
    study: StudyArgument,
    top_k: Annotated[int, typer.Option("--top-k", metavar="K", help="How many are chosen, for a vote.")] = 1,
    test: Annotated[
        str | None,
        typer.Option(
            metavar="SPLIT", help="Where imported logs are judged. [default: the split called test]"
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be chosen; record nothing, open nothing.")
    ] = False,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="Choose although evaluations of the plan are missing.")
    ] = False,
    arm: ArmOption = None,
    split: Annotated[
        str | None,
        typer.Option(
            "--split",
            metavar="NAME",
            help="Where to choose. [default: the validation split, else the only one]",
        ),
    ] = None,
    step: StepOption = None,
    problem_set: ProblemSetOption = None,
    grader: GraderOption = None,
    rng: RngOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Choose the best seed on validation, record the choice, and open the test.

    The choice is written down before the test is read, and cannot be changed: a later one is marked as
    made after the test was seen. What the chosen seed will score on unseen problems is told first.

    Examples: nophantom select s1 --dry-run | nophantom select s1 --top-k 3
    """
    from nophantom.llm.asking import study_named
    from nophantom.llm.reports.selections import selection_page
    from nophantom.llm.selecting import select_seed

    asked = asked_of(study, arm=arm, split=split, step=step, problem_set=problem_set, grader=grader, rng=rng)
    with opened(home) as store:
        found = select_seed(
            store.engine, asked, top_k=top_k, test=test, record=not dry_run, unfinished=unfinished
        )
        sealed = study_named(store.engine, study).sealed
    show(found, selection_page, as_json=as_json)
    if dry_run and not as_json:
        also = " and the test stays closed" if sealed else ""
        talk().print(f"Nothing was recorded{also}: leave out --dry-run to choose.")


def ensemble(
    study: Annotated[
        str,
        typer.Argument(metavar="STUDY", help="A study (s3, or its name); a run with several samples (r12)."),
    ],
    k: Annotated[int, typer.Option("-k", "--k", metavar="K", help="How many vote.")] = 3,
    kind: Annotated[
        VoteKind,
        typer.Option("--rule", help="plurality: most votes win; majority: more than half of all must agree."),
    ] = VoteKind.PLURALITY,
    ties: Annotated[
        Tie | None,
        typer.Option(help="What a tie is. [default: the better member's answer where members are ranked]"),
    ] = None,
    min_support: Annotated[
        int, typer.Option("--min-support", metavar="VOTES", help="Votes that an answer needs.")
    ] = 1,
    arm: ArmOption = None,
    split: SplitOption = None,
    step: StepOption = None,
    problem_set: ProblemSetOption = None,
    grader: GraderOption = None,
    delta: DeltaOption = None,
    alpha: AlphaOption = None,
    look: LookOption = None,
    rng: RngOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Say what a vote of the best runs brings over the best run alone.

    Members are ranked on validation. The rule of the vote is printed: the same answers give very
    different accuracies under different rules. Of a run that was sampled several times: what asking
    again, or a vote of its samples, is worth (pass@k, maj@k).

    Examples: nophantom ensemble s1 --k 3 | nophantom ensemble r12
    """
    if re.fullmatch(r"r[0-9]+", study):
        if arm is not None or grader is not None or ties is Tie.BETTER_MEMBER:
            raise InvalidInput(
                "samples of one run have no arm, grader or better member to choose. Leave those options out."
            )
        votes = VoteRule(kind, Tie.NO_ANSWER, min_support)
        _samples(asked_run(study, problem_set, split, step, look, rng), votes, alpha, home, as_json=as_json)
        return
    from nophantom.llm.reports.ensembles import ensemble_page
    from nophantom.llm.studying import vote_of_study
    from nophantom.llm.verdicts import Claim

    asked = asked_of(
        study, arm=arm, split=split, step=step, problem_set=problem_set, grader=grader, look=look, rng=rng
    )
    claim = Claim(delta=proportion(delta, 0.01), alpha=rate_of(alpha))
    with opened(home) as store:
        found = vote_of_study(
            store.engine, asked, k=k, kind=kind, ties=ties, min_support=min_support, claim=claim
        )
    show(found, ensemble_page, as_json=as_json)


def _samples(
    asked: AskedRun, votes: VoteRule, alpha: float | None, home: Path | None, *, as_json: bool
) -> None:
    from nophantom.llm.repeating import samples_of_run
    from nophantom.llm.reports.repeats import repeats_page

    with opened(home) as store:
        found = samples_of_run(store.engine, asked, rule=votes, confidence=confidence_of(alpha))
    show(found, repeats_page, as_json=as_json)
