"""From questions of people to answers out of the ledger. WORLD: opens the transactions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.errors import InvalidInput
from nophantom.llm.ledger.reading import (
    GraderDrift,
    ProblemAnswers,
    read_answers,
    read_cube,
    read_drift,
    read_plan,
    read_texts_of,
    resolve_run,
)
from nophantom.llm.ledger.seal import LOOKED, record_look
from nophantom.llm.ledger.summaries import EvaluationSummary, list_evaluations
from nophantom.llm.questions.comparisons import CheckpointComparison, compare_checkpoints
from nophantom.llm.verdicts import Claim, Question
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading, writing


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs compared, with everything a reader needs to trust it.

    Attributes:
        comparison: the numbers and the verdict.
        first: the evaluation of the first run; `second` of the other.
        drift: for both runs, where our grader and the log's disagree.
        flipped: question and both answers of every gained and lost problem, by key.
        planted: of a simulated study, the true difference (proportion); else None.
    """

    comparison: CheckpointComparison
    first: EvaluationSummary
    second: EvaluationSummary
    drift: tuple[GraderDrift, ...]
    flipped: Mapping[str, ProblemAnswers]
    planted: float | None

    @property
    def simulated(self) -> bool:
        """Whether any of it was simulated."""
        return self.first.simulated or self.second.simulated

    def numbers(self) -> dict[str, Any]:
        """What every door tells of it, by name: proportions, not points; unknown is None."""
        c, e = self.comparison, self.comparison.finding.estimate
        return {
            "simulated": self.simulated,
            "question": c.finding.question,
            "n": c.n,
            "first_right": c.first_right,
            "second_right": c.second_right,
            "difference": e.point,
            "interval": None if e.low is None or e.high is None else [e.low, e.high],
            "confidence": e.confidence,
            "method": e.method,
            "p_value": c.finding.p_value,
            "p_exact": c.finding.p_value if c.counts else None,
            "p_mid": c.p_mid,
            "gained": len(c.gained),
            "lost": len(c.lost),
            "verdict": c.ruling.verdict,
            "reason": c.ruling.reason,
            "exploratory": c.ruling.exploratory,
            "planted": self.planted,
            "not_covered": list(c.finding.not_covered),
        }


def list_runs(engine: Engine) -> list[EvaluationSummary]:
    """Every evaluation in the ledger, by run."""
    with reading(engine) as session:
        return list_evaluations(session)


def compare_runs(
    engine: Engine,
    first: str,
    second: str,
    claim: Claim | None = None,
    *,
    problem_set: str | None = None,
    grader: str | None = None,
    split: str | None = None,
    step: int | None = None,
    look: str | None = None,
) -> RunComparison:
    """Compare two runs of the ledger on the problems that both were scored on.

    Args:
        engine: the store.
        first: `r12`, or a unique piece of the run's name; `second` likewise.
        second: the run to compare with.
        claim: what is to be judged; without one, what the plan of the study says of this pair, else
            that the first is at least a point better.
        problem_set: which one, where the two share several.
        grader: which grading, instead of the one that speaks for both.
        split: which one, where they have several.
        step: training step; None is the last of each.
        look: why a sealed test is looked at before a selection; recorded. None respects the seal.

    Raises:
        NotFound, Ambiguous: a reference fits no run, or several.
        Sealed: they are of a sealed test.
        InvalidInput: the two have no problem set, grader or problem in common.
    """
    looked = (
        LOOKED if look is None else look_at_runs(engine, (first, second), split, Question.CHECKPOINTS, look)
    )
    with reading(engine) as session:
        one, other = resolve_run(session, first), resolve_run(session, second)
        if one == other:
            raise InvalidInput(f"{first!r} and {second!r} are the same run, r{one}. Name two runs.")
        summaries = [
            e
            for e in list_evaluations(session, [one, other])
            if split in {None, e.split} and step in {None, e.step}
        ]
        a, b = pair_evaluations(
            [s for s in summaries if s.run_id == one],
            [s for s in summaries if s.run_id == other],
            problem_set=problem_set,
            grader=grader,
        )
        plan = read_plan(session, a.study) if a.study and a.study == b.study else None
        planned, planted = _from_plan(plan, a, b)
        cube = read_cube(session, [a, b], looked=looked)
        comparison = compare_checkpoints(cube, claim or planned or Claim())
        keys = [*comparison.gained, *comparison.lost]
        flipped = read_answers(session, a.evaluation_id, b.evaluation_id, keys, looked=looked)
        drift = [d for d in read_drift(session, [one, other]) if d.problem_set == a.problem_set]
        return RunComparison(comparison, a, b, tuple(drift), flipped, planted)


def look_at_runs(
    engine: Engine, runs: Sequence[str], split: str | None, question: Question, reason: str
) -> frozenset[int]:
    """Record a forced look at the tests of the studies of some runs; the studies whose seal it breaks.

    Where nothing is sealed there is nothing to record.

    Raises:
        InvalidInput: the sealed split is not named, or no reason is given.
    """
    with writing(engine) as session:
        found = list_evaluations(session, [resolve_run(session, run) for run in runs])
        sealed = [e for e in found if e.sealed and split in {None, e.split}]
        if sealed and split is None:
            raise InvalidInput(
                f"a look at the sealed test of {sealed[0].run!r} names its split: add --split {sealed[0].split}."
            )
        numbers = frozenset(e.study_id for e in sealed if e.study_id is not None)
        for number in sorted(numbers):
            record_look(session, number, question, reason, at=now())
        return numbers


def read_flipped(
    engine: Engine, blobs: Blobs, found: RunComparison, keys: Sequence[str]
) -> dict[str, tuple[str | None, str | None]]:
    """Both raw answers to some problems of a comparison, by key; None where none is kept.

    Raises:
        Unreadable: a file of raw answers is gone or damaged.
    """
    with reading(engine) as session:
        first = read_texts_of(session, blobs, found.first.evaluation_id, keys)
        second = read_texts_of(session, blobs, found.second.evaluation_id, keys)
    return {key: (first.get(key), second.get(key)) for key in keys}


def pair_evaluations(
    first: Sequence[EvaluationSummary],
    second: Sequence[EvaluationSummary],
    *,
    problem_set: str | None = None,
    grader: str | None = None,
) -> tuple[EvaluationSummary, EvaluationSummary]:
    """The two evaluations to compare: same problem set, same grader of the same version.

    Raises:
        InvalidInput: there is no such pair, or there are several problem sets to choose from.
    """
    sets = sorted({s.problem_set for s in first} & {s.problem_set for s in second})
    if problem_set is not None:
        sets = [name for name in sets if name == problem_set]
    if not sets:
        raise InvalidInput(
            f"{_name(first)} and {_name(second)} were not evaluated on the same problem set"
            f"{f' {problem_set!r}' if problem_set else ''}: {_sets(first)} against {_sets(second)}. Compare runs of "
            "one problem set."
        )
    if len(sets) > 1:
        raise InvalidInput(
            f"{_name(first)} and {_name(second)} share {len(sets)} problem sets: {', '.join(sets)}. Choose one with "
            "--problem-set."
        )
    pairs = [
        (a, b)
        for a in first
        for b in second
        if a.problem_set == b.problem_set == sets[0]
        and a.split == b.split
        and (a.grader, a.grader_version) == (b.grader, b.grader_version)
        and (grader is None or a.grader == grader)
    ]
    if not pairs:
        raise InvalidInput(
            f"no grader{f' {grader!r}' if grader else ''} judged both {_name(first)} ({_graders(first, sets[0])}) and "
            f"{_name(second)} ({_graders(second, sets[0])}) on {sets[0]}; scores of two graders are not comparable."
        )
    return min(pairs, key=_preference)


def _preference(pair: tuple[EvaluationSummary, EvaluationSummary]) -> tuple[bool | int, ...]:
    """What is open before what is sealed, the grading that speaks, the last steps, the test before other splits.

    Of two evaluations of one cell the one that was imported last speaks, as everywhere.
    """
    a, b = pair
    steps = (a.step is None, -(a.step or 0), b.step is None, -(b.step or 0))
    return (
        a.sealed or b.sealed,
        a.rank + b.rank,
        *steps,
        a.split != "test",
        -a.evaluation_id,
        -b.evaluation_id,
    )


def _name(summaries: Sequence[EvaluationSummary]) -> str:
    return repr(summaries[0].run) if summaries else "a run without evaluations"


def _sets(summaries: Sequence[EvaluationSummary]) -> str:
    return ", ".join(sorted({s.problem_set for s in summaries})) or "none"


def _graders(summaries: Sequence[EvaluationSummary], problem_set: str) -> str:
    names = {f"{s.grader} {s.grader_version}" for s in summaries if s.problem_set == problem_set}
    return ", ".join(sorted(names))


def _from_plan(
    plan: str | None, first: EvaluationSummary, second: EvaluationSummary
) -> tuple[Claim | None, float | None]:
    """The claim that was written down for this pair, and the planted difference, where there are any."""
    if plan is None or first.arm is None or second.arm is None:
        return None, None
    told = json.loads(plan)
    claim = next(
        (c["claim"] for c in told["claims"] if (c["first"], c["second"]) == (first.arm, second.arm)), None
    )
    planted = told["planted"]
    difference = planted[first.arm] - planted[second.arm] if first.arm in planted else None
    return (Claim.from_json(claim) if claim else None), difference


def describe_runs(
    engine: Engine, run_ids: Sequence[int]
) -> tuple[list[EvaluationSummary], list[GraderDrift]]:
    """The evaluations of some runs, and where our grader and those of the logs disagree."""
    with reading(engine) as session:
        return list_evaluations(session, run_ids), read_drift(session, run_ids)
