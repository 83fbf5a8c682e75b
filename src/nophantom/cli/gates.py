"""`nophantom gate`: go or no go, by clauses written down beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    proportion,
    rate_of,
    show,
)
from nophantom.cli.talk import HomeOption, JsonOption, opened

if TYPE_CHECKING:
    from nophantom.llm.questions.gate import GateAnswer


_Go = Annotated[
    str,
    typer.Option(
        "--go",
        metavar="CLAUSES",
        help="final, peak, mean, vote against a level, and reproduced; joined by `and`.",
    ),
]
_Claimed = Annotated[
    str | None,
    typer.Option(
        metavar="LEVEL", help="Level of `reproduced`: 0.79 or 79%. [default: that of peak, else of final]"
    ),
]
_Final = Annotated[
    str | None, typer.Option(metavar="RIGHT/TRIED", help="Without a study: the counts at the end.")
]
_Peak = Annotated[
    str | None, typer.Option(metavar="RIGHT/TRIED", help="Without a study: the counts at the peak.")
]
_Looks = Annotated[
    int, typer.Option(metavar="N", help="Without a study: how many looks the peak is the highest of.")
]
_Rerun = Annotated[
    str | None, typer.Option(metavar="RIGHT/TRIED", help="Without a study: the counts of a rerun.")
]
_Markdown = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Also write the answer as Markdown, for a summary of a job."),
]
_Junit = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Also write it as JUnit XML: a case for each clause.")
]


def gate(
    study: OptionalStudy = None,
    go: _Go = "",
    claimed: _Claimed = None,
    k: Annotated[int, typer.Option("-k", "--k", metavar="K", help="How many vote.")] = 3,
    final: _Final = None,
    peak: _Peak = None,
    looks: _Looks = 1,
    rerun: _Rerun = None,
    markdown: _Markdown = None,
    junit: _Junit = None,
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
    """Decide GO, NO-GO or UNDECIDED, and say what would decide.

    Exit status: 0 GO, 64 NO-GO, 65 UNDECIDED. Each clause is true, false or undecided by its interval; GO
    when all are true, NO-GO when one is false even with all clauses looked at together.

    Example: nophantom gate s1 --go "final >= 0.75 and peak >= 0.79 and reproduced"
    """
    from nophantom.errors import InvalidInput
    from nophantom.llm.reports.gates import gate_page

    if not go.strip():
        raise InvalidInput('a gate needs its clauses: --go "final >= 0.75 and peak >= 0.79".')
    level = None if claimed is None else _level(claimed)
    rate, matters = rate_of(alpha), proportion(delta, 0.01)
    if study is None:
        found = _from_counts(go, final, peak, looks, rerun, level, rate, matters)
    else:
        from nophantom.llm.gating import gate_study

        if final is not None or peak is not None or rerun is not None:
            raise InvalidInput("a study brings its own counts: leave out --final, --peak and --rerun.")
        asked = asked_of(
            study, arm=arm, split=split, step=step, problem_set=problem_set, grader=grader, look=look, rng=rng
        )
        with opened(home) as store:
            found = gate_study(store.engine, asked, go, alpha=rate, delta=matters, claimed=level, k=k)
    show(found, gate_page, as_json=as_json)
    _write(found, markdown, junit)
    raise typer.Exit(found.decision.exit_status)


def _level(text: str) -> float:
    """A level as in a clause, so that both are told alike."""
    from nophantom.errors import InvalidInput
    from nophantom.llm.questions.counts import parse_level

    level = parse_level(text)
    if level is None and text.isdecimal() and 1 < int(text) <= 100:
        level = parse_level(f"{text}%")  # no proportion is above 1
    if level is None:
        raise InvalidInput(f"--claimed is a level as in a clause, 0.79 or 79%; got {text!r}.")
    return level


def _from_counts(
    go: str,
    final: str | None,
    peak: str | None,
    looks: int,
    rerun: str | None,
    claimed: float | None,
    alpha: float,
    delta: float,
) -> GateAnswer:
    from nophantom.errors import InvalidInput
    from nophantom.llm.questions.counts import count_told
    from nophantom.llm.questions.gate_quantities import gate_of_counts

    if final is None and peak is None and rerun is None:
        raise InvalidInput("name a study, or give counts: --final 379/500 --peak 158/200.")
    return gate_of_counts(
        go,
        final=None if final is None else count_told(final, "--final"),
        peak=None if peak is None else count_told(peak, "--peak"),
        looks=looks,
        rerun=None if rerun is None else count_told(rerun, "--rerun"),
        claimed=claimed,
        alpha=alpha,
        delta=delta,
    )


def _write(found: GateAnswer, markdown: Path | None, junit: Path | None) -> None:
    from nophantom.errors import Unavailable
    from nophantom.llm.reports.gates import gate_junit, gate_page
    from nophantom.reporting.markdown import page_markdown

    wanted = []
    if markdown is not None:
        wanted.append((markdown, page_markdown(gate_page(found))))
    if junit is not None:
        wanted.append((junit, gate_junit(found)))
    for place, text in wanted:
        try:
            place.write_text(text, encoding="utf-8")
        except OSError as problem:
            raise Unavailable(f"cannot write {str(place)!r}: {problem.strerror or problem}.") from None
