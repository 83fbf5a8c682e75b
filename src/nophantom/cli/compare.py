"""`nophantom compare`: how far apart two runs are, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nophantom.cli.asking import LookOption, RngOption, SplitOption, StepOption, asked_of, share
from nophantom.cli.comparisons import (
    compare_many_runs,
    compare_recipes_named,
    compare_told,
    refuse_for_many,
    refuse_of_arms,
)
from nophantom.cli.logs import drift_as_json, print_drift
from nophantom.cli.runs import evaluation_as_json, remarks
from nophantom.cli.talk import (
    VERDICT_STYLE,
    HomeOption,
    JsonOption,
    count,
    is_plain,
    opened,
    out,
    print_json,
)
from nophantom.reporting.wording import p_text
from nophantom.stats.verdicts import Direction

if TYPE_CHECKING:
    from rich.console import Console

    from nophantom.llm.concluding import RunComparison
    from nophantom.llm.ledger.summaries import EvaluationSummary
    from nophantom.stats.power import ProblemsNeeded


_First = Annotated[
    str,
    typer.Argument(
        metavar="A",
        help="A run (r12, or a unique piece of its name), an arm (s1/baseline), or counts (379/500).",
    ),
]
_Others = Annotated[
    list[str] | None,
    typer.Argument(metavar="C", help="More, all of one kind: every pair, with intervals that hold together."),
]
_Claim = Annotated[
    Direction | None,
    typer.Option(help="What is claimed of the first against the second. [default: higher]"),
]
_Delta = Annotated[
    float | None, typer.Option(metavar="POINTS", help="Smallest difference that matters. [default: 1]")
]
_Alpha = Annotated[
    float | None,
    typer.Option(metavar="RATE", help="Error rate of the verdict, two-sided. [default: 0.05]"),
]
_ProblemSet = Annotated[
    str | None, typer.Option(metavar="NAME", help="Which one, where the two share several.")
]
_Grader = Annotated[
    str | None, typer.Option(metavar="NAME", help="Which grading; `nophantom runs --all` lists them.")
]
_Of = Annotated[
    int | None,
    typer.Option("--of", metavar="N", help="Where B is a published accuracy: how many problems it rests on."),
]
_Paired = Annotated[
    bool,
    typer.Option("--paired", help="Arms: seed i of both shares its randomness, as declared beforehand."),
]
_FixedProblems = Annotated[
    bool,
    typer.Option("--fixed-problems", help="Arms: answer for these problems alone, not for others like them."),
]


def compare(
    first: _First,
    second: Annotated[str, typer.Argument(metavar="B", help="What to compare with, of the same kind.")],
    others: _Others = None,
    claim: _Claim = None,
    delta: _Delta = None,
    alpha: _Alpha = None,
    problem_set: _ProblemSet = None,
    grader: _Grader = None,
    problems: Annotated[bool, typer.Option("--problems", help="List the gained and lost problems.")] = False,
    of: _Of = None,
    paired: _Paired = False,
    fixed_problems: _FixedProblems = False,
    split: SplitOption = None,
    step: StepOption = None,
    look: LookOption = None,
    rng: RngOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Say how far apart two runs are, and how sure that is.

    Two runs: "is this checkpoint better than that one?" Problems are the random unit; it does not say
    whether training again would give the same order. Two arms of a study (s1/baseline): "would training
    again this way be better?" Seeds are the random unit. Counts (379/500) and a published accuracy
    (75.8%) are compared as far as they go.

    Examples: nophantom compare r1 r2 --delta 2 | nophantom compare s1/new s1/baseline |
    nophantom compare 379/500 365/500 384/500
    """
    from nophantom.llm.concluding import compare_runs
    from nophantom.llm.verdicts import Claim

    said = Claim.said(claim, None if delta is None else share(delta), alpha)
    names = [first, second, *(others or ())]
    if others:
        refuse_for_many(claim=claim, delta=delta, problems=problems or None)
    if compare_told(names, said or Claim(), of, as_json=as_json):
        return
    asked = asked_of("", split=split, step=step, problem_set=problem_set, grader=grader, look=look, rng=rng)
    with opened(home) as store:
        if compare_recipes_named(
            store.engine, names, asked, said, paired=paired, fixed_problems=fixed_problems, as_json=as_json
        ):
            return
        refuse_of_arms(paired=paired, fixed_problems=fixed_problems, of=of)
        if others:
            compare_many_runs(store.engine, names, asked, said or Claim(), as_json=as_json)
            return
        found = compare_runs(
            store.engine,
            first,
            second,
            said,
            problem_set=problem_set,
            grader=grader,
            split=split,
            step=step,
            look=look,
        )
    if as_json:
        print_json(comparison_as_json(found))
        return
    print_comparison(found)
    if problems:
        _print_problems(found)


def print_comparison(found: RunComparison) -> None:
    """The numbers, the picture, the verdict, and what it does not cover."""
    from nophantom.llm.verdicts import points
    from nophantom.reporting.figures import interval_plot

    console, c, estimate = out(), found.comparison, found.comparison.finding.estimate
    if found.simulated:
        console.print("[bold]SIMULATED[/] outcomes: nothing here was measured on a real model")
    width = max(len(_label(found.first)), len(_label(found.second)))
    for label, e, right in (
        (_label(found.first), found.first, c.first_right),
        (_label(found.second), found.second, c.second_right),
    ):
        console.print(
            f"{label:<{width}}  {count(right)} of {count(c.n)} right, {right / c.n:.2%}"
            + "".join(f"; {remark}" for remark in remarks(e) if remark != "simulated"),
            markup=False,
        )
    span = "interval unknown"
    if estimate.low is not None and estimate.high is not None:
        span = f"{estimate.confidence:.0%} interval {points(estimate.low)} to {points(estimate.high)}"
    console.print(f"\ndifference   [bold]{points(estimate.point)} points[/], {span}")
    lines, axis = interval_plot([estimate], delta=c.ruling.claim.delta, plain=is_plain())
    console.print(f"             {lines[0]}\n             [dim]{axis}[/]")
    _print_test(console, found)
    _print_missing(console, found)
    console.print(_verdict_line(found))
    if c.needed:
        console.print(f"             {what_decides(c.needed, c.n)}")
    if found.planted is not None:
        console.print(f"planted      {points(found.planted)} points is the truth of this simulation")
    console.print(f"claim        {_claim(found)}", markup=False)
    console.print(f"graded by    {found.first.grader} {found.first.grader_version}", markup=False)
    print_drift(found.drift)
    console.print("not covered  " + "\n             ".join(c.finding.not_covered), style="dim")


def _label(e: EvaluationSummary) -> str:
    step = "" if e.step is None else f" at step {e.step:,}"
    return f"r{e.run_id} {e.run}{step}"


def _print_test(console: Console, found: RunComparison) -> None:
    c = found.comparison
    console.print(
        f"problems     gained {count(len(c.gained))}, lost {count(len(c.lost))}"
        f"   [dim](of {count(c.n)} {found.first.problem_set} problems, better answered by the first, by the second)[/]"
    )
    if c.counts is None:
        console.print(f"test         p {p_text(c.finding.p_value)}   [dim]{c.finding.estimate.method}[/]")
    else:
        console.print(f"McNemar      exact p {p_text(c.finding.p_value)}, mid-p {p_text(c.p_mid)}")


def _print_missing(console: Console, found: RunComparison) -> None:
    from nophantom.llm.verdicts import points

    missing = found.comparison.missing
    if missing:
        console.print(
            f"missing      {count(missing.first_lacks)} problems lack a score of the first, "
            f"{count(missing.second_lacks)} of the second; over all {count(missing.n)} the difference could be "
            f"{points(missing.low)} to {points(missing.high)} points"
        )


def _verdict_line(found: RunComparison) -> str:
    ruling = found.comparison.ruling
    word = f"[{VERDICT_STYLE[ruling.verdict]}]{ruling.verdict.upper()}[/]"
    return f"\n{word}{' ' * (13 - len(ruling.verdict))}{ruling.reason}"


def what_decides(needed: ProblemsNeeded, n: int) -> str:
    """How many problems would decide, as a sentence."""
    from nophantom.llm.verdicts import in_points

    range_ = (
        count(needed.low) if needed.low == needed.high else f"{count(needed.low)} to {count(needed.high)}"
    )
    enough = "" if needed.high > n else f" (there are {count(n)}: bad luck, or the truth lies between)"
    return (
        f"{range_} problems in all would decide a true difference of {in_points(needed.delta)} with "
        f"{needed.power:.0%} power{enough}"
    )


def _claim(found: RunComparison) -> str:
    from nophantom.llm.verdicts import in_points

    ruling = found.comparison.ruling
    words = {"higher": "the first is better", "lower": "the first is worse", "different": "the two differ"}
    when = (
        "exploratory: not written down before the data"
        if ruling.exploratory
        else "written down before the data"
    )
    claim = ruling.claim
    return f"{words[claim.direction]}; delta {in_points(claim.delta)}, alpha {claim.alpha:g}; {when}"


def _print_problems(found: RunComparison) -> None:
    console = out()
    for title, keys in (("gained", found.comparison.gained), ("lost", found.comparison.lost)):
        console.print(f"\n{title}", style="bold")
        for key in keys:
            told = found.flipped[key]
            question = " ".join(told.question.split())
            console.print(
                f"  {key[:8]}  {told.first or 'no answer'} / {told.second or 'no answer'}  {question[:90]}",
                markup=False,
            )


def comparison_as_json(found: RunComparison) -> dict[str, Any]:
    """A comparison for machines: proportions, not points; unknown is null."""
    c = found.comparison
    claim = c.ruling.claim
    return found.numbers() | {
        "first": evaluation_as_json(found.first),
        "second": evaluation_as_json(found.second),
        "gained_problems": [_problem_as_json(found, key) for key in c.gained],
        "lost_problems": [_problem_as_json(found, key) for key in c.lost],
        "missing": c.missing and {name: getattr(c.missing, name) for name in c.missing.__slots__},
        "claim": {"direction": claim.direction, "delta": claim.delta, "alpha": claim.alpha},
        "problems_needed": c.needed and {name: getattr(c.needed, name) for name in c.needed.__slots__},
        "grader_drift": [drift_as_json(d) for d in found.drift],
    }


def _problem_as_json(found: RunComparison, key: str) -> dict[str, Any]:
    told = found.flipped[key]
    return {"problem": key} | {name: getattr(told, name) for name in told.__slots__}
