"""Reading the ledger: counts, cubes and disagreements against numbers made by hand or by brute force."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from nophantom.errors import Ambiguous, NotFound, Unreadable
from nophantom.llm.ledger.reading import (
    read_answers,
    read_cube,
    read_drift,
    read_plan,
    read_texts,
    resolve_run,
)
from nophantom.llm.ledger.summaries import EvaluationSummary, list_evaluations
from nophantom.llm.ledger.tables import Run
from nophantom.llm.ledger.writing import LogFile, RecordedLog, record_log
from nophantom.llm.logs.records import EvaluationLog, Framework, Grading, LoggedProblem, Mark, Response
from nophantom.llm.problems import Failure, own_grader
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading, writing

Record = Callable[..., RecordedLog]
AT = datetime(2026, 1, 2, tzinfo=UTC)


def test_the_counts_of_both_gradings_are_those_made_by_hand(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    recorded = record(engine, log)
    with reading(engine) as session:
        ours, theirs = list_evaluations(session)
    assert (ours.grader, ours.grader_version, ours.rank) == ("nophantom:number", "1", 0)
    assert (ours.problems, ours.outcomes, ours.scored, ours.right, ours.without_answer) == (6, 6, 5, 3.0, 1)
    assert ours.failures == {"timeout": 1}
    assert ours.accuracy == 3 / 5
    assert (theirs.grader, theirs.grader_version, theirs.rank) == ("exact_match,strict-match", "3.0", 1)
    assert (theirs.problems, theirs.outcomes, theirs.scored) == (6, 6, 4)
    assert (theirs.right, theirs.without_answer, theirs.headline) == (2.0, 1, 0.5)
    assert theirs.failures == {"missing_in_log": 1, "timeout": 1}
    for told in (ours, theirs):
        assert (told.run, told.run_id) == ("lm-eval/org/model-6b", recorded.run_id)
        assert (told.problem_set, told.split, told.step) == ("gsm8k", "test", None)
        assert (told.log, told.status, told.declared, told.omitted) == ("logs/first.jsonl", "success", 7, 1)
        assert (told.study, told.arm, told.seed, told.simulated) == (None, None, None, False)


def test_an_evaluation_without_a_score_has_no_accuracy(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    broken = tuple(Response(n, 1, None, Failure.ERROR) for n in range(6))
    record(engine, replace(log, responses=broken, gradings=()))
    with reading(engine) as session:
        (told,) = list_evaluations(session)
        cube = read_cube(session, [told])
    assert (told.outcomes, told.scored, told.accuracy) == (6, 0, None)
    assert told.failures == {"error": 6}
    assert np.isnan(cube.score).all()
    assert cube.asked.tolist() == [[[1] * 6]]


def test_evaluations_can_be_listed_for_some_runs_alone(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    first = record(engine, log, "a")
    second = record(engine, log, "b")
    with reading(engine) as session:
        everything = list_evaluations(session)
        assert [e.run_id for e in everything] == [first.run_id] * 2 + [second.run_id] * 2
        assert list_evaluations(session, [second.run_id]) == everything[2:]
        assert list_evaluations(session, []) == []


NAMES = (
    "lm-eval/org/175b_verification",
    "lm-eval/org/6b_verification",
    "lm-eval/org/6b",
    "inspect/openai/gpt-4",
    "inspect/openai/gpt-4/0613",
    "lm-eval/a.c",
    "lm-eval/abc",
    "lm-eval/100%_done",
)


def _add_runs(engine: Engine, names: Sequence[str]) -> None:
    with writing(engine) as session:
        for name in names:
            framework = Framework(name.split("/")[0])
            session.add(Run(name=name, model=name, framework=framework, log_hash="0" * 64, created_at=AT))
            session.flush()


@pytest.fixture
def named(sqlite_engine: Engine) -> Engine:
    """A store with runs of the names above, numbered from 1; what fits is decided in Python."""
    _add_runs(sqlite_engine, NAMES)
    return sqlite_engine


@pytest.mark.parametrize(
    ("reference", "number"),
    [
        ("r4", 4),
        ("lm-eval/org/6b", 3),  # the exact name, though it begins another one
        ("6b", 3),  # a whole part, though it is a piece of two others
        ("lm-eval/6b", 3),
        ("lm-eval/175b_verification", 1),  # the middle left out
        ("175b", 1),
        ("org/6b_veri", 2),
        ("inspect/openai/gpt-4", 4),
        ("0613", 5),
        ("in/ai/06", 5),
        ("a.c", 6),  # a dot is a dot
        ("100%", 8),
        ("0%_d", 8),
    ],
)
def test_a_run_is_found_by_number_by_name_or_by_a_unique_piece(
    named: Engine, reference: str, number: int
) -> None:
    with reading(named) as session:
        assert resolve_run(session, reference) == number


@pytest.mark.parametrize(
    "reference", ["r0", "r99", "r999999999999999999", "", "absent", "6b/lm-eval", "R4", "LM-EVAL"]
)
def test_a_reference_that_fits_no_run_says_where_to_look(named: Engine, reference: str) -> None:
    with reading(named) as session, pytest.raises(NotFound, match="`nophantom runs` lists them"):
        resolve_run(session, reference)


def test_a_run_is_found_in_both_stores_and_an_enormous_number_is_not(engine: Engine) -> None:
    _add_runs(engine, NAMES)
    with reading(engine) as session:
        assert [resolve_run(session, reference) for reference in ("r4", "lm-eval/6b", "175b")] == [4, 3, 1]
        with pytest.raises(NotFound):
            resolve_run(session, "r999999999999999999")


def test_an_ambiguous_reference_lists_its_candidates_with_their_size(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    record(engine, log, "a")
    record(engine, replace(log, problems=log.problems[:3], responses=log.responses[:3], gradings=()), "b")
    with reading(engine) as session, pytest.raises(Ambiguous) as told:
        resolve_run(session, "model-6b")
    assert told.value.message == (
        "'model-6b' fits 2 runs: r1 lm-eval/org/model-6b (gsm8k, 6 problems); "
        "r2 lm-eval/org/model-6b (gsm8k, 3 problems). Name one by its number."
    )


def test_a_piece_of_two_names_is_ambiguous_and_a_long_list_is_cut(named: Engine) -> None:
    _add_runs(named, [f"lm-eval/many-{number}" for number in range(9, 29)])
    with reading(named) as session:
        with pytest.raises(
            Ambiguous, match="r1 lm-eval/org/175b_verification; r2 lm-eval/org/6b_verification"
        ):
            resolve_run(session, "verification")
        with pytest.raises(Ambiguous, match=r"r20 lm-eval/many-20; and 8 more\. Name one by its number"):
            resolve_run(session, "many")


def _asked(log: EvaluationLog, *numbers: int) -> EvaluationLog:
    """The log with only these problems, in this order."""
    place = {number: index for index, number in enumerate(numbers)}
    chosen = [log.responses[number] for number in numbers]
    marks = [m for m in log.gradings[0].marks if m.response in place]
    return replace(
        log,
        problems=tuple(log.problems[number] for number in numbers),
        responses=tuple(replace(r, problem=index) for index, r in enumerate(chosen)),
        gradings=(
            replace(log.gradings[0], marks=tuple(replace(m, response=place[m.response]) for m in marks)),
        ),
    )


def _ours(session: Session) -> list[EvaluationSummary]:
    return [e for e in list_evaluations(session) if e.rank == 0]


def test_a_cube_is_aligned_by_problem_and_has_a_gap_where_there_is_no_score(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    record(engine, _asked(log, 3, 0, 4), "a")
    record(engine, replace(_asked(log, 5, 4, 0, 1), model="other"), "b")
    with reading(engine) as session:
        first, second = _ours(session)
        cube = read_cube(session, [first, second])
        turned = read_cube(session, [second, first])
        questions = read_answers(session, first.evaluation_id, second.evaluation_id, cube.problems)
    # The first log's problems in its order, then those that only the second one has in its own.
    assert [questions[key].question for key in cube.problems] == [f"Question {n}?" for n in (3, 0, 4, 5, 1)]
    assert cube.runs == ("lm-eval/org/model-6b", "lm-eval/other")
    assert cube.steps == (None,)
    nan = np.nan
    np.testing.assert_array_equal(cube.score[:, 0], [[0, 1, nan, nan, nan], [nan, 1, nan, 1, 1]])
    assert cube.scored[:, 0].tolist() == [[1, 1, 0, 0, 0], [0, 1, 0, 1, 1]]
    assert cube.asked[:, 0].tolist() == [[1, 1, 1, 0, 0], [0, 1, 1, 1, 1]]
    assert [questions[key].question for key in turned.problems] == [f"Question {n}?" for n in (5, 4, 0, 1, 3)]
    np.testing.assert_array_equal(turned.score[:, 0], [[1, nan, 1, 1, nan], [nan, nan, 1, nan, 0]])


def test_a_cell_of_a_cube_is_the_mean_over_the_attempts_that_were_scored(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    told = ("The answer is 4.", "The answer is 4.", "The answer is 5.", None)
    responses = tuple(
        Response(0, n, words, None if words else Failure.ERROR) for n, words in enumerate(told, 1)
    )
    record(engine, replace(log, problems=log.problems[:1], responses=responses, gradings=()))
    with reading(engine) as session:
        cube = read_cube(session, _ours(session))
    assert cube.score.tolist() == [[[2 / 3]]]
    assert (cube.scored.item(), cube.asked.item()) == (3, 4)


def test_answers_are_given_as_the_graders_read_them_and_unknown_keys_are_left_out(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    record(engine, log)
    with reading(engine) as session:
        ours, theirs = list_evaluations(session)
        keys = read_cube(session, [ours]).problems
        told = read_answers(session, ours.evaluation_id, theirs.evaluation_id, [keys[3], "absent", keys[1]])
    assert list(told) == [keys[3], keys[1]]
    assert (told[keys[1]].question, told[keys[1]].reference) == ("Question 1?", "#### 10")
    assert (told[keys[1]].first, told[keys[1]].second) == ("10", None)
    assert (told[keys[3]].first, told[keys[3]].second) == (None, "three")


def test_where_two_graders_disagree_is_what_was_made_by_hand(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    recorded = record(engine, log)
    with reading(engine) as session:
        (drift,) = read_drift(session, [recorded.run_id])
    assert (drift.ours, drift.theirs) == ("nophantom:number", "exact_match,strict-match")
    assert (drift.run_id, drift.run, drift.problem_set) == (recorded.run_id, "lm-eval/org/model-6b", "gsm8k")
    assert drift.compared == 6
    assert [(d.question, d.ours, d.our_score, d.theirs, d.their_score) for d in drift.disagreements] == [
        ("Question 1?", "10", 1.0, None, 0.0),
        ("Question 3?", None, 0.0, "three", 1.0),
        ("Question 5?", "5", 1.0, None, None),
    ]
    assert (drift.gained, drift.lost) == (2, 1)


def test_graders_that_agree_have_no_disagreement_and_a_log_of_one_grader_has_no_drift(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    marks = tuple(Mark(n, None, score) for n, score in enumerate((1.0, 1.0, 0.0, 0.0)))
    agreeing = (*marks, Mark(4, None, None, Failure.ERROR), Mark(5, None, 1.0))
    first = record(engine, replace(log, gradings=(Grading("match", "1", agreeing),)), "a")
    second = record(engine, replace(log, gradings=()), "b")
    third = record(engine, replace(log, task="poems"), "c")
    with reading(engine) as session:
        (drift,) = read_drift(session, [first.run_id])
        assert (drift.compared, drift.disagreements, drift.gained, drift.lost) == (6, (), 0, 0)
        assert read_drift(session, [second.run_id, third.run_id]) == []


def test_a_file_that_was_written_again_is_compared_with_itself_and_not_with_its_former_content(
    engine: Engine, log: EvaluationLog, record: Record
) -> None:
    marks = (Mark(0, "4", 0.0), *log.gradings[0].marks[1:])
    changed = replace(log, gradings=(replace(log.gradings[0], marks=marks),))
    first = record(engine, log, "a", run="one", path="samples.jsonl")
    again = record(engine, changed, "b", run="one", path="samples.jsonl")
    assert first.run_id == again.run_id
    with reading(engine) as session:
        drifts = read_drift(session, [first.run_id])
    assert [(d.theirs, len(d.disagreements)) for d in drifts] == [
        ("exact_match,strict-match", 3),
        ("exact_match,strict-match", 4),
    ]


def test_texts_whose_file_is_gone_are_unreadable(
    sqlite_engine: Engine, log: EvaluationLog, record: Record, blobs: Blobs
) -> None:
    record(sqlite_engine, log)
    (file,) = (path for path in blobs.folder.rglob("*") if path.is_file())
    file.unlink()
    with reading(sqlite_engine) as session, pytest.raises(Unreadable, match="Restore the folder"):
        read_texts(session, blobs, 1)


def test_there_is_no_plan_of_a_study_that_is_not_there(sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as session:
        assert read_plan(session, "absent") is None


# By brute force: random logs, counted again from their own responses and marks.

TEXTS = st.sampled_from(("The answer is 0.", "The answer is 1.", "#### 2", "nothing", ""))
BROKEN = st.sampled_from((Failure.TIMEOUT, Failure.REFUSED, Failure.TRUNCATED))
SCORES = st.sampled_from((0.0, 0.25, 0.5, 1.0))


@st.composite
def _responses(draw: st.DrawFn, problems: int) -> tuple[Response, ...]:
    found = []
    for problem in range(problems):
        for attempt in range(1, draw(st.integers(1, 3)) + 1):
            failure = draw(st.none() | BROKEN)
            said = draw(TEXTS if failure is None else st.none() | TEXTS)
            found.append(Response(problem, attempt, said, failure))
    return tuple(found)


@st.composite
def _marks(draw: st.DrawFn, n: int) -> tuple[Mark, ...]:
    marks = []
    for index in sorted(draw(st.sets(st.integers(0, n - 1)))):
        failure = draw(st.none() | BROKEN)
        answer = draw(st.none() | st.just("a"))
        marks.append(Mark(index, answer, None if failure else draw(SCORES), failure))
    return tuple(marks)


@st.composite
def _logs(draw: st.DrawFn) -> EvaluationLog:
    task = draw(st.sampled_from(("gsm8k", "poems")))
    numbers = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4, unique=True))
    responses = draw(_responses(len(numbers)))
    graders = draw(st.integers(1 if task == "poems" else 0, 2))
    return EvaluationLog(
        framework=Framework.INSPECT,
        framework_version=None,
        model="model",
        task=task,
        split=None,
        settings={},
        status=None,
        declared=None,
        problems=tuple(LoggedProblem(str(n), at, f"Question {n}?", str(n)) for at, n in enumerate(numbers)),
        responses=responses,
        gradings=tuple(Grading(f"grader {g}", "1", draw(_marks(len(responses)))) for g in range(graders)),
    )


Outcomes = dict[str, list[tuple[str, str | None, float | None, str | None]]]


def _expected(log: EvaluationLog) -> Outcomes:
    """Per grader, the question, answer, score and failure of every outcome, by the rules in words."""
    found: Outcomes = defaultdict(list)
    for grading in log.gradings:
        marks = {mark.response: mark for mark in grading.marks}
        only_first = all(log.responses[index].attempt == 1 for index in marks)
        for index, response in enumerate(log.responses):
            question = log.problems[response.problem].question
            if index in marks:
                mark = marks[index]
                found[grading.grader].append((question, mark.answer, mark.score, mark.failure))
                continue
            first = next(i for i, r in enumerate(log.responses) if r.problem == response.problem)
            folded = only_first and response.attempt > 1 and first in marks
            if response.failure is not None or not folded:
                failure = response.failure or Failure.MISSING_IN_LOG
                found[grading.grader].append((question, None, None, failure))
    if log.task == "gsm8k":
        grader = own_grader("gsm8k")
        assert grader is not None
        for response in log.responses:
            problem = log.problems[response.problem]
            if response.failure is not None or response.text is None:
                found[grader.name].append((problem.question, None, None, response.failure))
                continue
            grade = grader.grade(response.text, problem.reference)
            found[grader.name].append((problem.question, grade.answer, grade.score, grade.failure))
    return found


def _same_counts(
    told: EvaluationSummary, outcomes: Sequence[tuple[str, str | None, float | None, str | None]]
) -> None:
    scores = [score for _, _, score, _ in outcomes if score is not None]
    assert told.outcomes == len(outcomes)
    assert told.problems == len({question for question, _, _, _ in outcomes})
    assert (told.scored, told.right) == (len(scores), sum(scores))
    assert told.without_answer == sum(
        score is not None and answer is None for _, answer, score, _ in outcomes
    )
    assert dict(told.failures) == Counter(str(failure) for *_, failure in outcomes if failure is not None)
    assert told.outcomes == told.scored + sum(told.failures.values())


def _same_cells(session: Session, told: EvaluationSummary, log: EvaluationLog, outcomes: Outcomes) -> None:
    cube = read_cube(session, [told])
    questions = {
        key: answers.question
        for key, answers in read_answers(
            session, told.evaluation_id, told.evaluation_id, cube.problems
        ).items()
    }
    by_question: dict[str, list[float | None]] = defaultdict(list)
    for question, _, score, _ in outcomes[told.grader]:
        by_question[question].append(score)
    assert [questions[key] for key in cube.problems] == [
        p.question for p in log.problems if p.question in by_question
    ]
    for place, key in enumerate(cube.problems):
        scores = [score for score in by_question[questions[key]] if score is not None]
        assert cube.asked[0, 0, place] == len(by_question[questions[key]])
        assert cube.scored[0, 0, place] == len(scores)
        assert np.isnan(cube.score[0, 0, place]) if not scores else cube.score[0, 0, place] == np.mean(scores)


@given(logs=st.lists(_logs(), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_count_and_cell_is_what_brute_force_finds(
    sqlite_engine: Engine, tmp_path: Path, logs: list[EvaluationLog]
) -> None:
    blobs = Blobs(tmp_path / "blobs")
    with Session(sqlite_engine) as session:  # never committed: every example starts from nothing
        runs = {}
        for number, log in enumerate(logs):
            digest = hashlib.sha256(str(number).encode()).hexdigest()
            recorded = record_log(session, blobs, log, LogFile("a", digest, 1, digest), at=AT)
            runs[recorded.run_id] = log
        summaries = list_evaluations(session)
        expected = {run_id: _expected(log) for run_id, log in runs.items()}
        for told in summaries:
            _same_counts(told, expected[told.run_id][told.grader])
            _same_cells(session, told, runs[told.run_id], expected[told.run_id])
        assert {(e.run_id, e.grader) for e in summaries} == {
            (run_id, grader) for run_id, graders in expected.items() for grader in graders
        }
        for run_id in runs:
            assert list_evaluations(session, [run_id]) == [e for e in summaries if e.run_id == run_id]
