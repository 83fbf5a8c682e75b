"""`nophantom seeds`: how far seeds differ, and what the best of N would score."""

from __future__ import annotations

from typing import Annotated

import typer

from nophantom.cli.asking import (
    AlphaOption,
    ArmOption,
    DeltaOption,
    GraderOption,
    LookOption,
    OptionalStudy,
    ProblemSetOption,
    RngOption,
    SplitOption,
    StepOption,
    asked_of,
    confidence_of,
    proportion,
    share,
    show,
)
from nophantom.cli.talk import HomeOption, JsonOption, opened

_N = Annotated[
    int | None,
    typer.Option("-n", "--n", metavar="N", help="The best of so many. [default: all there are]"),
]
_Mean = Annotated[
    float | None, typer.Option(metavar="PERCENT", help="Without a study: the mean, as in a paper.")
]
_Sd = Annotated[
    float | None, typer.Option(metavar="POINTS", help="Without a study: standard deviation of the seeds.")
]
_Of = Annotated[
    int | None,
    typer.Option("--of", metavar="SEEDS", help="With --mean and --sd: how many seeds. [default: N]"),
]
_Hours = Annotated[
    float | None,
    typer.Option("--hours-per-seed", metavar="HOURS", help="Training hours. [default: as in the ledger]"),
]
_Alternative = Annotated[
    tuple[float, float] | None,
    typer.Option(metavar="POINTS HOURS", help="Another use of the time: what it gained, in how many hours."),
]
_Worthwhile = Annotated[
    float | None, typer.Option(metavar="POINTS", help="What the next seed must bring per hour.")
]


def seeds(
    study: OptionalStudy = None,
    n: _N = None,
    mean: _Mean = None,
    sd: _Sd = None,
    of: _Of = None,
    hours: _Hours = None,
    alternative: _Alternative = None,
    worthwhile: _Worthwhile = None,
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
    """Say how far seeds differ beyond the noise of the test, and what the best of N would score.

    Answers "is my best seed better, or lucky?": the spread that would come of the test alone, what is
    left for the seeds, and the expected maximum four ways.

    Examples: nophantom seeds s1 | nophantom seeds --mean 75.9 --sd 0.572 --n 20
    """
    from nophantom.errors import InvalidInput

    confidence = confidence_of(alpha)
    if study is None:
        if mean is None or sd is None or (n is None and of is None):
            raise InvalidInput(
                "name a study, or give a summary: --mean 75.9 --sd 0.572 --n 20. `nophantom study list` lists studies."
            )
        if 0 < mean <= 1:
            raise InvalidInput(
                f"--mean is in percent and --sd in points; got {mean:g} and {sd:g}. For an accuracy of {mean:g} give "
                f"--mean {mean * 100:g} --sd {sd * 100:g}."
            )
        _from_summary(share(mean), share(sd), of or n or 0, n or of or 0, confidence, as_json=as_json)
        return
    from nophantom.llm.questions.seed_spread import Price
    from nophantom.llm.reports.seeds import seeds_page
    from nophantom.llm.studying import spread_of_seeds

    if mean is not None or sd is not None or of is not None:
        raise InvalidInput("a study brings its own mean and spread: leave out --mean, --sd and --of.")
    asked = asked_of(
        study, arm=arm, split=split, step=step, problem_set=problem_set, grader=grader, look=look, rng=rng
    )
    with opened(home) as store:
        found = spread_of_seeds(
            store.engine,
            asked,
            n=n,
            delta=proportion(delta, 0.01),
            confidence=confidence,
            price=Price(
                hours_per_seed=hours,
                alternative=None if alternative is None else (share(alternative[0]), alternative[1]),
                worthwhile=None if worthwhile is None else share(worthwhile),
            ),
        )
    show(found, seeds_page, as_json=as_json)


def _from_summary(mean: float, sd: float, of: int, n: int, confidence: float, *, as_json: bool) -> None:
    from nophantom.llm.questions.seed_spread import seeds_from_summary
    from nophantom.llm.reports.seeds import summary_page

    best = seeds_from_summary(mean, sd, of, n=n, confidence=confidence)
    show(best, lambda found: summary_page(mean, sd, of, found), as_json=as_json)
