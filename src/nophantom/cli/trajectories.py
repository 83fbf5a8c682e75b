"""`nophantom trajectory` and `nophantom calibration`: was the peak a peak, and does the model know what it knows?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nophantom.cli.asking import (
    AlphaOption,
    DeltaOption,
    LookOption,
    ProblemSetOption,
    RngOption,
    RunArgument,
    RunSplitOption,
    RunStepOption,
    confidence_of,
    proportion,
    show,
)
from nophantom.cli.talk import HomeOption, JsonOption, opened

if TYPE_CHECKING:
    from nophantom.llm.following import AskedRun

AgainstOption = Annotated[str | None, typer.Option("--against", metavar="RUN", help="A second run.")]

_Run = Annotated[str | None, typer.Argument(metavar="RUN", help="A run: r12, or a unique piece of its name.")]
_Running = Annotated[
    bool, typer.Option("--running", help="The order of one evaluation, also where there are checkpoints.")
]
_Every = Annotated[
    int | None, typer.Option(metavar="N", help="Problems between two looks. [default: a tenth of all]")
]
_Named = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="The look after N problems was named before the data. [default: the highest]"
    ),
]
_Last = Annotated[int, typer.Option(metavar="N", help="The end is the mean of the last N checkpoints.")]
_Peak = Annotated[
    str | None, typer.Option(metavar="RIGHT/TRIED", help="Without a run: the counts at the peak.")
]
_Final = Annotated[
    str | None, typer.Option(metavar="RIGHT/TRIED", help="Without a run: the counts at the end.")
]


def trajectory(
    run: _Run = None,
    running: _Running = False,
    against: AgainstOption = None,
    every: _Every = None,
    named: _Named = None,
    last: _Last = 1,
    peak: _Peak = None,
    final: _Final = None,
    problem_set: ProblemSetOption = None,
    split: RunSplitOption = None,
    step: Annotated[
        int | None,
        typer.Option("--step", metavar="N", help="The running accuracy at this training step."),
    ] = None,
    delta: DeltaOption = None,
    alpha: AlphaOption = None,
    look: LookOption = None,
    rng: RngOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Say whether a peak was a peak, or noise.

    A run with several checkpoints: was an earlier one better than the last? With one: is the running
    accuracy of the evaluation a matter of order? Two runs: does one help at first and hurt later?

    Examples: nophantom trajectory r1 | nophantom trajectory --peak 158/200 --final 379/500 --every 50
    """
    from nophantom.errors import InvalidInput

    matters, confidence = proportion(delta, 0.01), confidence_of(alpha)
    if run is None:
        if peak is None or final is None:
            raise InvalidInput("name a run, or give a summary: --peak 158/200 --final 379/500 --every 50.")
        _from_counts(peak, final, every, named, matters, confidence, as_json=as_json)
        return
    if peak is not None or final is not None:
        raise InvalidInput("a run brings its own counts: leave out --peak and --final.")
    from nophantom.llm import following
    from nophantom.llm.reports import trajectories as pages

    asked = asked_run(run, problem_set, split, step, look, rng)
    if against is not None and (running or named is not None or last != 1):
        raise InvalidInput(
            "--running, --named and --last are of one run: leave them out, or leave out --against."
        )
    with opened(home) as store:
        if against is not None:
            pair = following.running_difference_of(
                store.engine, asked, against, every=every, delta=matters, confidence=confidence
            )
            show(pair, pages.running_pair_page, as_json=as_json)
        elif running or step is not None or not following.has_checkpoints(store.engine, asked):
            found = following.running_of_run(
                store.engine, asked, every=every, named=named, delta=matters, confidence=confidence
            )
            show(found, pages.running_page, as_json=as_json)
        else:
            curve = following.training_of_run(
                store.engine, asked, last=last, delta=matters, confidence=confidence
            )
            show(curve, pages.training_page, as_json=as_json)


def _from_counts(
    peak: str,
    final: str,
    every: int | None,
    named: int | None,
    delta: float,
    confidence: float,
    *,
    as_json: bool,
) -> None:
    from nophantom.errors import InvalidInput
    from nophantom.llm.questions.counts import count_told
    from nophantom.llm.questions.trajectories import running_from_counts
    from nophantom.llm.reports.trajectories import running_page

    at_peak, at_end = count_told(peak, "--peak"), count_told(final, "--final")
    if named not in {None, at_peak[1]}:
        raise InvalidInput(f"--named is the look of --peak, {at_peak[1]}; got {named}.")
    found = running_from_counts(
        at_peak,
        at_end,
        step=every or max(1, at_end[1] // 10),
        named=named is not None,
        delta=delta,
        confidence=confidence,
    )
    show(found, running_page, as_json=as_json)


def calibration(
    run: RunArgument,
    against: AgainstOption = None,
    bins: Annotated[int, typer.Option(metavar="N", help="Bins of equal mass.")] = 10,
    problem_set: ProblemSetOption = None,
    split: RunSplitOption = None,
    step: RunStepOption = None,
    alpha: AlphaOption = None,
    look: LookOption = None,
    rng: RngOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Say whether a model knows what it does not know: its confidence against what was right.

    Confidence is what the log tells, else the likelihood of the answer that was given.

    Examples: nophantom calibration r1 | nophantom calibration r1 --against r2
    """
    from nophantom.llm import following
    from nophantom.llm.reports.calibration import calibration_page, calibration_pair_page

    asked = asked_run(run, problem_set, split, step, look, rng)
    confidence = confidence_of(alpha)
    with opened(home) as store:
        if against is None:
            found = following.calibration_of_run(store.engine, asked, bins=bins, confidence=confidence)
            show(found, calibration_page, as_json=as_json)
        else:
            pair = following.calibrations_of(store.engine, asked, against, bins=bins, confidence=confidence)
            show(pair, calibration_pair_page, as_json=as_json)


def asked_run(
    run: str,
    problem_set: str | None,
    split: str | None,
    step: int | None,
    look: str | None,
    rng: int | None,
) -> AskedRun:
    """The evaluations that a command is about."""
    from nophantom.llm.following import AskedRun
    from nophantom.llm.questions.setting import RNG_SEED

    return AskedRun(run, problem_set, split, step, look, RNG_SEED if rng is None else rng)
