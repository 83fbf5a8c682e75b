"""Files and bare arrays as cubes: the numbers of the ledger, and nothing mixed that does not belong together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike
from sqlalchemy import Engine

from nophantom.errors import InvalidInput
from nophantom.llm.gathering import cube_of_logs, cube_of_scores
from nophantom.llm.importing import import_logs
from nophantom.llm.ledger.reading import read_cube
from nophantom.llm.ledger.summaries import list_evaluations
from nophantom.llm.logs.records import (
    EvaluationLog,
    Framework,
    Grading,
    LoggedProblem,
    Mark,
    Placement,
    Response,
)
from nophantom.llm.opening import read_any
from nophantom.llm.problems import Failure
from nophantom.stats.votes import NO_ANSWER
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading

NAN = float("nan")


@pytest.mark.parametrize(
    ("place", "prefix", "right"),
    [
        ("lm_eval/openai-gsm8k-paper__175b_verification", "lm-eval", [742]),
        ("small/inspect_epochs4", "inspect", None),
    ],
)
def test_real_logs_give_the_numbers_of_the_ledger(
    place: str,
    prefix: str,
    right: list[int] | None,
    real_logs: Path,
    sqlite_engine: Engine,
    blobs: Blobs,
) -> None:
    """A model on 1,319 problems, whose count anyone can recompute; and one that was asked four times."""
    cube = cube_of_logs(read_any(real_logs / place), "real")
    import_logs(sqlite_engine, blobs, [real_logs / place])
    with reading(sqlite_engine) as session:
        ledger = read_cube(session, [e for e in list_evaluations(session) if e.rank == 0])
    assert (cube.problem_set, cube.split, cube.grader) == ("gsm8k", "test", "nophantom:number 1")
    if right is not None:
        assert sorted(cube.cube.score[:, 0].sum(axis=1).tolist()) == right
    assert set(cube.cube.problems) == set(ledger.problems)
    there = [ledger.problems.index(key) for key in cube.cube.problems]
    assert len(cube.cube.runs) == len(ledger.runs)
    for row, run in enumerate(cube.cube.runs):
        other = ledger.runs.index(f"{prefix}/{run}")
        np.testing.assert_array_equal(cube.cube.score[row, 0], ledger.score[other, 0][there])
        np.testing.assert_array_equal(cube.cube.asked[row, 0], ledger.asked[other, 0][there])


def log_of(
    scores: dict[str, list[float | None]],
    *,
    model: str = "m",
    place: Placement | None = None,
    split: str | None = "test",
    task: str = "puzzles",
    grader: str = "match",
) -> EvaluationLog:
    """Scores of the attempts at each problem; None is a failure. Attempt 1 of p answers "p1", with likelihood 1/e."""
    problems = tuple(LoggedProblem(name, i, f"Question {name}?", "-") for i, name in enumerate(scores))
    responses, marks = list[Response](), list[Mark]()
    for number, (name, attempts) in enumerate(scores.items()):
        for attempt, score in enumerate(attempts, 1):
            failure = Failure.TIMEOUT if score is None else None
            marks.append(Mark(len(responses), None if failure else f"{name}{attempt}", score, failure))
            responses.append(Response(number, attempt, "text", failure, -1.0 if attempt == 1 else None))
    return EvaluationLog(
        Framework.LM_EVAL,
        None,
        model,
        task,
        split,
        {},
        "success",
        None,
        problems,
        tuple(responses),
        (Grading(grader, "1", tuple(marks)),),
        placement=place or Placement(),
    )


def test_repeats_failures_and_missing_problems_by_hand() -> None:
    first = log_of({"p": [1.0, 0.0, None], "q": [None], "r": [0.5]})
    cube = cube_of_logs([first, log_of({"r": [1.0], "s": [0.0]}, model="n")], "told")
    c = cube.cube
    assert c.runs == ("m", "n")
    np.testing.assert_array_equal(c.score[:, 0], [[0.5, NAN, 0.5, NAN], [NAN, NAN, 1.0, 0.0]])
    assert c.asked[:, 0].tolist() == [[3, 1, 1, 0], [0, 0, 1, 1]]
    assert c.scored[:, 0].tolist() == [[2, 0, 1, 0], [0, 0, 1, 1]]
    assert cube.answers is not None
    told = [[None if code == NO_ANSWER else cube.words[code] for code in row] for row in cube.answers[:, 0]]
    assert told == [["p1", None, "r1", None], [None, None, "r1", "s1"]]
    assert cube.confidence is not None
    np.testing.assert_allclose(cube.confidence[0, 0], [np.exp(-1)] * 3 + [NAN])
    assert (cube.study, cube.grader, cube.run_ids) == ("told", "match 1", ())


def test_what_a_model_says_of_itself_comes_before_the_likelihood_of_its_answer() -> None:
    log = log_of({"p": [1.0], "q": [0.0]})
    told = replace(
        log,
        responses=(replace(log.responses[0], confidence=0.8), replace(log.responses[1], log_likelihood=0.1)),
    )
    cube = cube_of_logs([told], "x")
    assert cube.confidence is not None
    assert cube.confidence[0, 0].tolist() == pytest.approx([0.8, 1.0])  # no likelihood is above 1
    bare = replace(log, responses=tuple(replace(r, log_likelihood=None) for r in log.responses))
    assert cube_of_logs([bare], "x").confidence is None


def test_places_make_arms_seeds_and_steps_whatever_the_order_of_the_files() -> None:
    def at(arm: str, seed: int, step: int, score: float) -> EvaluationLog:
        return log_of({"p": [score]}, place=Placement("s", arm, seed, step))

    cube = cube_of_logs(
        [at("b", 1, 20, 0.1), at("a", 0, 20, 0.2), at("b", 1, 10, 0.3), at("a", 0, 5, 0.4)], "x"
    )
    assert (cube.study, cube.arms, cube.seeds) == ("s", ("b", "a"), (1, 0))
    assert cube.cube.steps == (5, 10, 20)
    np.testing.assert_array_equal(cube.cube.score[:, :, 0], [[NAN, 0.3, 0.1], [0.4, NAN, 0.2]])
    steps = cube_of_logs([log_of({"p": [1.0]}, place=Placement(step=s)) for s in (2, 1)], "x")
    assert (steps.cube.runs, steps.cube.steps) == (("m",), (1, 2))


def test_a_model_that_comes_again_is_numbered_and_another_is_not() -> None:
    logs = [log_of({"p": [1.0]}, model=name) for name in ("m", "n", "m", "m")]
    assert cube_of_logs(logs, "x").cube.runs == ("m", "n", "m (2)", "m (3)")


@pytest.mark.parametrize(
    ("logs", "said"),
    [
        ([], "0 problem sets: none"),
        ([log_of({"p": [1.0]}), log_of({"p": [1.0]}, task="poems")], "2 problem sets: poems, puzzles"),
        ([log_of({"p": [1.0]}), log_of({"p": [1.0]}, split=None)], "2 splits: not named, test"),
        ([log_of({"p": [1.0]}), log_of({"p": [1.0]}, grader="judge")], "2 graders: judge 1, match 1"),
        (
            [log_of({"p": [1.0]}, place=Placement(seed=1, step=5))] * 2,
            "'default/seed1' at step 5 more than once",
        ),
        ([replace(log_of({"p": [1.0]}), gradings=())], "'m' has no scores"),
    ],
)
def test_logs_that_do_not_belong_together_are_refused(logs: list[EvaluationLog], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        cube_of_logs(logs, "x")


@pytest.mark.parametrize(
    ("scores", "shape"),
    [([True, False], (1, 1, 2)), ([[1, 0], [0, 1], [1, 1]], (3, 1, 2)), (np.array([0.5, NAN]), (1, 1, 2))],
)
def test_arrays_are_runs_by_problems(scores: ArrayLike, shape: tuple[int, int, int]) -> None:
    cube = cube_of_scores(scores, "x")
    assert cube.cube.score.shape == shape
    np.testing.assert_array_equal(cube.cube.score.ravel(), np.asarray(scores, dtype=float).ravel())
    assert (cube.cube.seen == ~np.isnan(cube.cube.score)).all()
    assert (cube.cube.asked == 1).all()
    assert cube.cube.runs == (("x",) if shape[0] == 1 else ("x 1", "x 2", "x 3"))
    assert cube.arm_names == ("default",)


def test_arrays_may_be_checkpoints_of_one_run() -> None:
    cube = cube_of_scores([[1, 0, 1], [1, 1, 1]], "x", axes="checkpoints")
    assert (cube.cube.runs, cube.cube.steps, cube.cube.score.shape) == (("x",), (0, 1), (1, 2, 3))


def test_answers_of_arrays_become_codes_and_silence_is_none() -> None:
    words = np.array([["4", "", None], [4, NAN, "5"]], dtype=object)
    cube = cube_of_scores([[1, 0, 0], [1, 0, 0]], answers=words)
    assert cube.answers is not None
    assert cube.answers[:, 0].tolist() == [[0, -1, -1], [0, -1, 1]]
    assert cube.words == ("4", "5")


@pytest.mark.parametrize(
    ("scores", "named", "said"),
    [
        ([], {}, "shape"),
        ([[]], {}, "shape"),
        ([[[1.0]]], {}, "shape"),
        (["right"], {}, "numbers in"),
        ([[1, 0], [1]], {}, "numbers in"),
        ([79.0, 60.0], {}, "75% is 0.75"),
        ([-0.1], {}, "lie in"),
        ([float("inf")], {}, "lie in"),
        ([[1, 0], [0, 1]], {"arms": ["a"]}, "2 runs and 1 arms"),
        ([[1, 0], [0, 1]], {"answers": ["a", "b"]}, "shape of the scores"),
    ],
)
def test_what_is_no_score_is_refused_with_its_name(
    scores: ArrayLike, named: dict[str, object], said: str
) -> None:
    with pytest.raises(InvalidInput, match=f"^mine: .*{said}"):
        cube_of_scores(scores, "mine", **named)  # type: ignore[arg-type]
