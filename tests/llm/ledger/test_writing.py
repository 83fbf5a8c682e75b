"""Writing a log or a study: every response becomes an outcome or a reason, and nothing is written twice."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput, Unreadable
from nophantom.llm.ledger.reading import read_omissions, read_texts
from nophantom.llm.ledger.rows import storable_name
from nophantom.llm.ledger.studies import Cell, record_study
from nophantom.llm.ledger.summaries import list_evaluations
from nophantom.llm.ledger.tables import (
    AnswerText,
    Checkpoint,
    Evaluation,
    Log,
    Outcome,
    Problem,
    ProblemSet,
    Run,
    Study,
)
from nophantom.llm.ledger.writing import RecordedLog, find_log
from nophantom.llm.logs.records import EvaluationLog, Grading, LoggedProblem, Mark, Response
from nophantom.llm.plan import Origin, PlannedClaim, StudyPlan
from nophantom.llm.problems import Failure
from nophantom.llm.verdicts import Claim
from nophantom.store.base import Base, storable
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading, writing

Record = Callable[..., RecordedLog]
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ODD = "a\x00b\ud800c\udfffd"
MENDED = "a\ufffdb\ufffdc\ufffdd"


def _marked(log: EvaluationLog, *gradings: Grading) -> EvaluationLog:
    return replace(log, gradings=gradings)


def _outcomes(session: Session, grader: str) -> list[tuple[int, int, str | None, float | None, str | None]]:
    """Position, attempt, answer, score and failure of the only evaluation by a grader."""
    query = (
        select(Outcome.position, Outcome.attempt, Outcome.answer, Outcome.score, Outcome.failure)
        .join(Evaluation, Evaluation.id == Outcome.evaluation_id)
        .where(Evaluation.grader == grader)
        .order_by(Outcome.position)
    )
    return [(p, n, answer, score, failure) for p, n, answer, score, failure in session.execute(query)]


def _row_counts(engine: Engine) -> dict[str, int]:
    with reading(engine) as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }


def test_a_log_is_graded_by_us_and_by_its_own_grader_as_worked_out_by_hand(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    record(engine, log)
    with reading(engine) as session:
        assert _outcomes(session, "nophantom:number") == [
            (0, 1, "4", 1.0, None),
            (1, 1, "10", 1.0, None),
            (2, 1, "8", 0.0, None),
            (3, 1, None, 0.0, None),
            (4, 1, None, None, Failure.TIMEOUT),
            (5, 1, "5", 1.0, None),
        ]
        assert _outcomes(session, "exact_match,strict-match") == [
            (0, 1, "4", 1.0, None),
            (1, 1, None, 0.0, None),
            (2, 1, "8", 0.0, None),
            (3, 1, "three", 1.0, None),
            (4, 1, None, None, Failure.TIMEOUT),
            (5, 1, None, None, Failure.MISSING_IN_LOG),
        ]


def test_our_grader_speaks_for_the_log_and_names_the_evaluation_whose_answers_it_graded(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    second = Grading("exact_match,flexible-extract", "3.0", log.gradings[0].marks)
    recorded = record(engine, replace(log, gradings=(*log.gradings, second)))
    with reading(engine) as session:
        found = session.scalars(select(Evaluation).order_by(Evaluation.rank)).all()
        assert [(e.rank, e.grader) for e in found] == [
            (0, "nophantom:number"),
            (1, "exact_match,strict-match"),
            (2, "exact_match,flexible-extract"),
        ]
        assert [e.answers_of for e in found] == [found[1].id, None, found[1].id]
        assert {e.log_id for e in found} == {recorded.log_id}
        assert [e.headline for e in found] == [None, 0.5, None]
        assert [e.grader_version for e in found] == ["1", "3.0", "3.0"]
        assert {e.settings for e in found} == {'{"num_fewshot":8,"temperature":0.0}'}
        assert session.scalars(select(AnswerText.evaluation_id)).all() == [found[1].id]


def test_without_a_grader_of_ours_the_first_of_the_log_speaks_for_it(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    record(engine, replace(log, task="mmlu_law"))
    with reading(engine) as session:
        (found,) = session.scalars(select(Evaluation)).all()
        assert (found.rank, found.grader, found.answers_of) == (0, "exact_match,strict-match", None)
        assert session.scalars(select(ProblemSet.name)).all() == ["mmlu_law"]


def test_answers_that_nobody_scored_are_graded_by_us_alone(
    engine: Engine, log: EvaluationLog, record: Record, blobs: Blobs
) -> None:
    record(engine, _marked(log))
    with reading(engine) as session:
        (found,) = session.scalars(select(Evaluation)).all()
        assert (found.rank, found.grader, found.answers_of) == (0, "nophantom:number", None)
        assert len(read_texts(session, blobs, found.id)) == 6


@pytest.mark.parametrize("changes", [{"task": "poems", "gradings": ()}, {"task": "org/"}, {"task": " "}])
def test_a_log_that_nobody_can_score_or_name_is_refused_and_nothing_is_kept(
    engine: Engine, log: EvaluationLog, record: Record, changes: dict[str, object]
) -> None:
    with pytest.raises(Unreadable, match=r"logs/first\.jsonl: the log"):
        record(engine, replace(log, **changes))  # type: ignore[arg-type]
    assert set(_row_counts(engine).values()) == {0}


def test_the_log_keeps_its_own_words_and_what_it_did_not_yield(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    recorded = record(engine, log)
    with reading(engine) as session:
        kept = session.get_one(Log, recorded.log_id)
        assert (kept.path, kept.n_bytes, kept.framework_version) == ("logs/first.jsonl", 5, "0.4.13")
        assert (kept.status, kept.declared, kept.responses, kept.omitted) == ("success", 7, 6, 1)
        assert kept.imported_at == AT
        (omission,) = read_omissions(session, recorded.log_id)
        assert (omission.number, omission.place, omission.reason) == (1, "line 7", "not_json")
        assert omission.seen == '{"doc_id": 6, "do'


def test_the_same_content_is_found_again_and_another_is_not(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    recorded = record(engine, log)
    with reading(engine) as session:
        assert find_log(session, sha256(b"first").hexdigest()) == recorded
        assert find_log(session, sha256(b"second").hexdigest()) is None


def test_a_unit_of_work_that_breaks_after_recording_leaves_no_row(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    doubled = _marked(log, log.gradings[0], log.gradings[0])  # the same grader twice: the identity is taken
    with pytest.raises(Exception, match="identity"):
        record(engine, doubled)
    assert set(_row_counts(engine).values()) == {0}


def test_logs_of_one_run_share_its_run_and_checkpoint_and_logs_of_another_do_not(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    first = record(engine, log, "a", run="results")
    second = record(engine, replace(log, task="gsm8k_platinum_cot"), "b", run="results")
    third = record(engine, log, "c", run="other results")
    fourth = record(engine, replace(log, model="org/other"), "d", run="results")
    assert first.run_id == second.run_id
    assert len({first.run_id, third.run_id, fourth.run_id}) == 3
    with reading(engine) as session:
        assert session.scalars(select(Checkpoint.step)).all() == [None, None, None]
        names = session.scalars(select(Run.name).order_by(Run.id)).all()
    assert names == ["lm-eval/org/model-6b", "lm-eval/org/model-6b", "lm-eval/org/other"]


def test_logs_of_the_same_problems_share_them_in_any_order_and_spacing(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    record(engine, log, "a")
    turned = tuple(
        LoggedProblem(f"gsm8k-{n}", n, f"  {p.question.replace(' ', chr(10))} ", p.reference)
        for n, p in enumerate(reversed(log.problems))
    )
    again = record(engine, replace(log, task="gsm8k", problems=turned), "b")
    assert again.references_differ == 0
    assert _row_counts(engine)["problem"] == 6


def test_references_that_differ_are_counted_and_another_spelling_of_the_same_number_is_not(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    record(engine, log, "a")
    references = ("4", "#### 10.0", "8", "#### 3", "six", "5")  # 7 became 8, and six is no number
    problems = tuple(
        replace(problem, reference=told) for problem, told in zip(log.problems, references, strict=True)
    )
    again = record(engine, replace(log, problems=problems), "b")
    assert again.references_differ == 2
    with reading(engine) as session:
        kept = session.scalars(select(Problem.reference).order_by(Problem.id)).all()
        ours = session.scalars(
            select(Evaluation).where(Evaluation.log_id == again.log_id, Evaluation.rank == 0)
        )
        query = select(Outcome.score, Outcome.failure).where(Outcome.evaluation_id == ours.one().id)
        scores = [(score, failure) for score, failure in session.execute(query.order_by(Outcome.position))]
    assert kept == [problem.reference for problem in log.problems]
    assert scores[2] == (1.0, None)  # 8 is right by the reference of this log
    assert scores[4] == (None, Failure.TIMEOUT)


def test_two_problems_of_one_text_are_two_problems(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    problems = tuple(replace(p, question="The same?") if p.position in {1, 4} else p for p in log.problems)
    record(engine, replace(log, problems=problems), "a")
    record(engine, replace(log, problems=problems), "b")
    with reading(engine) as session:
        keys = session.scalars(select(Problem.key).order_by(Problem.id)).all()
    assert len(keys) == 6
    assert keys[4] == f"{keys[1]}#2"


def _repeated(log: EvaluationLog, *marks: Mark) -> EvaluationLog:
    """Two problems, three attempts at the first, two at the second (the last one broke)."""
    responses = (
        Response(0, 1, "The answer is 4."),
        Response(0, 2, "The answer is 5."),
        Response(0, 3, "The answer is 4."),
        Response(1, 1, "The answer is 10."),
        Response(1, 2, None, Failure.ERROR),
    )
    return replace(
        log, problems=log.problems[:2], responses=responses, gradings=(Grading("match", "1", marks),)
    )


def test_every_attempt_is_an_outcome_of_its_own(engine: Engine, log: EvaluationLog, record: Record) -> None:
    marks = (Mark(0, "4", 1.0), Mark(1, "5", 0.0), Mark(2, "4", 1.0), Mark(3, "10", 0.25))
    record(engine, _repeated(log, *marks))
    with reading(engine) as session:
        assert _outcomes(session, "nophantom:number") == [
            (0, 1, "4", 1.0, None),
            (1, 2, "5", 0.0, None),
            (2, 3, "4", 1.0, None),
            (3, 1, "10", 1.0, None),
            (4, 2, None, None, Failure.ERROR),
        ]
        assert _outcomes(session, "match") == [
            (0, 1, "4", 1.0, None),
            (1, 2, "5", 0.0, None),
            (2, 3, "4", 1.0, None),
            (3, 1, "10", 0.25, None),
            (4, 2, None, None, Failure.ERROR),
        ]


def test_repeats_that_their_grader_folded_into_one_mark_have_no_outcome_of_theirs(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    record(engine, _repeated(log, Mark(0, "4", 1.0), Mark(3, "10", 1.0)))
    with reading(engine) as session:
        assert [row[0] for row in _outcomes(session, "match")] == [0, 3, 4]
        assert [row[0] for row in _outcomes(session, "nophantom:number")] == [0, 1, 2, 3, 4]


def test_a_mark_that_is_missing_among_repeats_that_were_marked_does_not_vanish(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    record(engine, _repeated(log, Mark(0, "4", 1.0), Mark(2, "4", 1.0), Mark(3, "10", 1.0)))
    with reading(engine) as session:
        assert _outcomes(session, "match")[1] == (1, 2, None, None, Failure.MISSING_IN_LOG)


def test_a_failure_that_holds_a_text_is_not_graded_and_keeps_its_text(
    engine: Engine, log: EvaluationLog, record: Record, blobs: Blobs
) -> None:
    cut = replace(log.responses[0], failure=Failure.TRUNCATED)
    record(engine, replace(log, responses=(cut, *log.responses[1:]), gradings=()))
    with reading(engine) as session:
        assert _outcomes(session, "nophantom:number")[0] == (0, 1, None, None, Failure.TRUNCATED)
        assert read_texts(session, blobs, 1)[0] == "The answer is 4."


def test_the_raw_answers_come_back_whole_through_every_grading(
    engine: Engine, log: EvaluationLog, record: Record, blobs: Blobs
) -> None:
    said = ("naïve 数学 \x00 tab\t", "", "x" * 100_000, None, '"quoted" \\ \u2028', "half \ud83d of a smile")
    responses = tuple(
        Response(n, 1, words, None if words is not None else Failure.NO_ANSWER)
        for n, words in enumerate(said)
    )
    record(engine, replace(log, responses=responses))
    with reading(engine) as session:
        evaluations = session.scalars(select(Evaluation.id)).all()
        told = [read_texts(session, blobs, number) for number in evaluations]
    assert told == [[*said[:5], "half \ufffd of a smile"]] * 2


def test_a_log_without_any_text_keeps_no_file(
    engine: Engine, log: EvaluationLog, record: Record, blobs: Blobs
) -> None:
    silent = tuple(replace(r, text=None, failure=Failure.NO_ANSWER) for r in log.responses)
    record(engine, replace(log, responses=silent))
    assert _row_counts(engine)["answer_text"] == 0
    assert not blobs.folder.exists()
    with reading(engine) as session:
        assert read_texts(session, blobs, 1) == []


def test_a_text_that_a_store_would_refuse_is_marked_and_the_rest_is_kept(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    problems = (replace(log.problems[0], question=ODD, reference=f"{ODD}#### 4"), *log.problems[1:])
    marks = (Mark(0, ODD, 1.0), *log.gradings[0].marks[1:])
    omission = replace(log.omissions[0], place=ODD, seen=ODD)
    odd = replace(
        log,
        problems=problems,
        model=ODD,
        task=f"task {ODD}",
        split=ODD,
        settings={ODD: ODD},
        framework_version=ODD,
        status=ODD,
        gradings=(Grading(ODD, ODD, marks),),
        omissions=(omission,),
    )
    record(engine, odd, "odd", path=f"logs/{ODD}")
    record(engine, odd, "odd again", run="odd")
    with reading(engine) as session:
        (run,) = session.scalars(select(Run)).all()
        assert (run.name, run.model) == (f"lm-eval/{MENDED}", MENDED)
        evaluation = session.scalars(select(Evaluation)).first()
        assert evaluation is not None
        assert (evaluation.grader, evaluation.grader_version, evaluation.split) == (MENDED, MENDED, MENDED)
        assert "\\u0000" in evaluation.settings
        kept = session.scalars(select(Log)).first()
        assert kept is not None
        assert (kept.path, kept.status, kept.framework_version) == (f"logs/{MENDED}", MENDED, MENDED)
        assert read_omissions(session, kept.id)[0].seen == MENDED
        assert session.scalars(select(ProblemSet.name)).all() == [f"task {MENDED}"]
        assert session.scalars(select(Problem.question).order_by(Problem.id)).first() == MENDED
        assert _outcomes(session, MENDED)[0][2] == MENDED
        assert _row_counts(engine)["problem"] == 6


def test_names_of_any_length_are_kept_apart(engine: Engine, log: EvaluationLog, record: Record) -> None:
    # Random, so that Postgres cannot compress it below the limit of its indexes.
    long = "".join(secrets.choice("абвгдежзиклмнопрстуфхцчш") for _ in range(20_000))
    first = record(engine, replace(log, model=f"{long}-1", task=f"{long}-1"), "a", run="one")
    second = record(engine, replace(log, model=f"{long}-2", task=f"{long}-2"), "b", run="one")
    third = record(engine, replace(log, model=f"{long}-2"), "c", run="one")
    assert first.run_id != second.run_id == third.run_id
    counts = _row_counts(engine)
    assert (counts["run"], counts["problem_set"]) == (2, 3)
    with reading(engine) as session:
        for name in session.scalars(select(Run.model)):
            assert name.startswith(long[:400])
            assert len(name) <= 500


def test_storable_text_is_left_alone_and_the_rest_is_marked() -> None:
    whole = "plain, naïve, 数学, 😀, \t\n\x01\x7f"
    assert storable(whole) == storable_name(whole) == whole
    assert storable(ODD) == storable_name(ODD) == MENDED
    assert len(storable_name("x" * 10_000)) == len(storable_name("x" * 501)) == 500
    assert storable_name("x" * 501) != storable_name("x" * 502)


PLAN = StudyPlan(
    name="seeds",
    origin=Origin.SIMULATED,
    problem_set="gsm8k",
    split="test",
    arms=("zeta", "alpha"),
    seeds=(5, 2),
    steps=(100, 50),
    claims=(PlannedClaim("alpha", "zeta", Claim(preregistered=True)),),
    planted={"zeta": 0.5, "alpha": 0.75},
)
PROBLEMS = tuple(LoggedProblem(str(n), n, f"Question {n}?", "1") for n in range(3))
CELLS = [(arm, seed, step) for arm in PLAN.arms for seed in PLAN.seeds for step in PLAN.steps]


def _scores() -> dict[tuple[str, int, int], NDArray[np.bool_]]:
    """Cell k has the bits of k: every cell is told apart by what is right in it."""
    return {cell: np.array([bool(k >> n & 1) for n in range(3)]) for k, cell in enumerate(CELLS)}


def _record_study(
    engine: Engine,
    plan: StudyPlan = PLAN,
    problems: tuple[LoggedProblem, ...] = PROBLEMS,
    scores: dict[tuple[str, int, int], NDArray[np.bool_]] | None = None,
) -> bool:
    with writing(engine) as session:
        scores = _scores() if scores is None else scores
        cells = {(*place, plan.split): Cell(right) for place, right in scores.items()}
        return record_study(session, plan, {plan.split: problems}, cells, grader="simulated", at=AT)


def test_a_study_is_written_in_the_order_of_its_plan(engine: Engine) -> None:
    assert _record_study(engine) is True
    with reading(engine) as session:
        study = session.scalars(select(Study)).one()
        assert (study.name, study.origin, study.plan_hash) == ("seeds", Origin.SIMULATED, PLAN.plan_hash)
        assert study.plan == PLAN.canonical()
        names = session.scalars(select(Run.name).order_by(Run.id)).all()
        assert names == ["seeds/zeta/seed5", "seeds/zeta/seed2", "seeds/alpha/seed5", "seeds/alpha/seed2"]
        arms = session.execute(text("SELECT name FROM arm ORDER BY id")).scalars().all()
        assert arms == ["zeta", "alpha"]
        listed = list_evaluations(session)
    assert [(e.arm, e.seed, e.step) for e in listed] == [
        (arm, seed, step) for arm in PLAN.arms for seed in PLAN.seeds for step in (50, 100)
    ]
    assert all(e.simulated and e.study == "seeds" and e.split == "test" for e in listed)
    ones = {cell: float(right.sum()) for cell, right in _scores().items()}
    assert {(e.arm, e.seed, e.step): e.right for e in listed} == ones
    assert {e.scored for e in listed} == {3}
    assert {e.without_answer for e in listed} == {0}


def test_every_outcome_of_a_study_is_where_it_was_drawn(engine: Engine) -> None:
    _record_study(engine)
    query = (
        select(Run.name, Checkpoint.step, Outcome.position, Outcome.score)
        .join(Checkpoint, Checkpoint.run_id == Run.id)
        .join(Evaluation, Evaluation.checkpoint_id == Checkpoint.id)
        .join(Outcome, Outcome.evaluation_id == Evaluation.id)
    )
    with reading(engine) as session:
        found = {(name, step, position): score for name, step, position, score in session.execute(query)}
    assert found == {
        (f"seeds/{arm}/seed{seed}", step, n): float(right)
        for (arm, seed, step), row in _scores().items()
        for n, right in enumerate(row.tolist())
    }


def test_the_same_plan_is_recorded_once(engine: Engine) -> None:
    _record_study(engine)
    before = _row_counts(engine)
    assert _record_study(engine) is False
    assert _row_counts(engine) == before


def test_another_plan_of_the_same_name_is_refused(engine: Engine) -> None:
    _record_study(engine)
    before = _row_counts(engine)
    with pytest.raises(InvalidInput, match="there is a study 'seeds' with another plan"):
        _record_study(engine, replace(PLAN, claims=()))
    assert _row_counts(engine) == before


def test_the_same_plan_under_another_name_is_another_study(engine: Engine) -> None:
    _record_study(engine)
    assert _record_study(engine, replace(PLAN, name="seeds again")) is True
    assert _row_counts(engine)["run"] == 8
    assert _row_counts(engine)["problem"] == 3


def test_outcomes_that_are_not_those_of_the_plan_are_refused_and_nothing_is_kept(
    sqlite_engine: Engine,
) -> None:
    right = np.array([True, False, True])
    missing = dict.fromkeys(CELLS[1:], right)
    unplanned = dict.fromkeys(CELLS, right) | {("beta", 1, 50): right}
    with pytest.raises(InvalidInput, match="1 missing, 0 unplanned"):
        _record_study(sqlite_engine, scores=missing)
    with pytest.raises(InvalidInput, match="0 missing, 1 unplanned"):
        _record_study(sqlite_engine, scores=unplanned)
    with pytest.raises(
        InvalidInput, match=r"one outcome for each problem of its split \(\{'test': 3\}\).*\(2,\)"
    ):
        _record_study(sqlite_engine, scores=dict.fromkeys(CELLS, right[:2]))
    with pytest.raises(InvalidInput, match="at least one"):
        _record_study(sqlite_engine, problems=(), scores=dict.fromkeys(CELLS, right[:0]))
    assert set(_row_counts(sqlite_engine).values()) == {0}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "the name of a study"),
        ({"name": "a\x00b"}, "control character"),
        ({"name": "a\ud800b"}, "control character"),
        ({"name": "x" * 201}, "of 201"),
        ({"problem_set": ""}, "the name of a problem set"),
        ({"arms": ("alpha", "zeta", "")}, "the name of a arm"),
        ({"arms": ("alpha", "zeta", "zeta")}, "the arms of a plan are distinct"),
        ({"arms": (), "claims": ()}, "the arms of a plan are distinct"),
        ({"seeds": (1, 1)}, "the seeds of a plan are distinct"),
        ({"steps": ()}, "the steps of a plan are distinct"),
        ({"steps": (-1,)}, "steps count from 0"),
        ({"seeds": (2**63,)}, "below 2"),
        ({"arms": ("alpha", "beta")}, r"name \['zeta'\]"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_when_it_is_made(changes: dict[str, object], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        replace(PLAN, **changes)  # type: ignore[arg-type]


def test_an_outcome_takes_at_most_60_bytes_of_the_file(
    sqlite_engine: Engine, log: EvaluationLog, record: Record
) -> None:
    """20 logs of GSM8K's 1,319 test problems; each has three gradings: two of its own, and ours."""
    n, logs = 1_319, 20
    problems = tuple(LoggedProblem(str(p), p, f"q{p}", f"#### {p}") for p in range(n))
    responses = tuple(Response(p, 1, f"The answer is {p}.") for p in range(n))
    strict = Grading("exact_match,strict-match", "3.0", tuple(Mark(p, str(p * 37), 1.0) for p in range(n)))
    flexible = replace(strict, grader="exact_match,flexible-extract")
    large = replace(log, problems=problems, responses=responses, gradings=(strict, flexible), omissions=())
    empty = _size(sqlite_engine)
    for number in range(logs):
        record(sqlite_engine, replace(large, model=f"model-{number}"), f"log {number}")
    outcomes = _row_counts(sqlite_engine)["outcome"]
    assert outcomes == logs * n * 3
    assert (_size(sqlite_engine) - empty) / outcomes <= 60


def _size(engine: Engine) -> int:
    place = engine.url.database
    assert place is not None
    engine.dispose()
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(place).stat().st_size
