"""Reading a study as a cube: the fast reading equals a slow, plain one, whatever is missing or comes twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import product

import numpy as np
import pytest
from sqlalchemy import Engine

from nophantom.errors import InvalidInput, NotFound
from nophantom.llm.cube import StudyCube
from nophantom.llm.ledger.study_cubes import read_study_cube
from nophantom.llm.ledger.writing import LogFile, record_log
from nophantom.llm.logs.records import (
    EvaluationLog,
    Framework,
    Grading,
    LoggedProblem,
    Mark,
    Placement,
    Response,
)
from nophantom.llm.problems import Failure, question_key
from nophantom.llm.seed_worlds import SeedWorld
from nophantom.stats.votes import NO_ANSWER
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading, writing

AT = datetime(2026, 1, 2, tzinfo=UTC)
WORDS = ("4", "10", 'a "quoted" \\ answer', "drei, vier", "五\n\t", "")
GRADERS = ("match", "lenient")


def puzzles_log(
    rng: np.random.Generator, place: Placement, *, graders: tuple[str, ...] = GRADERS, problems: int = 8
) -> EvaluationLog:
    """Some of the problems in some order, with repeats, failures, partial credit and silence."""
    which = rng.permutation(problems)[: int(rng.integers(max(1, problems // 2), problems + 1))]
    asked = [(n, attempt) for n in range(len(which)) for attempt in range(1, 1 + int(rng.integers(1, 4)))]
    responses, marks = list[Response](), dict[str, list[Mark]]({g: [] for g in graders})
    for number, (problem, attempt) in enumerate(asked):
        failed = rng.random() < 0.15
        sure = float(rng.random()) if rng.random() < 0.8 else None
        failure = Failure.TIMEOUT if failed else None
        responses.append(Response(problem, attempt, "text", failure, None, sure))
        for told in marks.values():
            word = WORDS[rng.integers(len(WORDS))] if rng.random() < 0.8 else None
            score = float(rng.choice([0.0, 1.0, rng.random()]))
            told.append(Mark(number, None, None, failure) if failed else Mark(number, word, score))
    return EvaluationLog(
        framework=Framework.LM_EVAL,
        framework_version=None,
        model="org/model",
        task="puzzles",
        split=None,
        settings={},
        status="success",
        declared=None,
        problems=tuple(LoggedProblem(str(n), int(n), f"Puzzle {n}?", "-") for n in which),
        responses=tuple(responses),
        gradings=tuple(Grading(g, "1", tuple(told)) for g, told in marks.items()),
        placement=place,
    )


Keep = Callable[[EvaluationLog], None]


@pytest.fixture
def keep(engine: Engine, blobs: Blobs) -> Keep:
    return keeping(engine, blobs)


def keeping(engine: Engine, blobs: Blobs) -> Keep:
    """Records one log after the other, also where a place is taken."""
    numbers: Iterator[int] = iter(range(1_000))

    def write(log: EvaluationLog) -> None:
        digest = sha256(str(next(numbers)).encode()).hexdigest()
        with writing(engine) as session:
            record_log(session, blobs, log, LogFile("a.jsonl", digest, 1, digest), at=AT, again=True)

    return write


@dataclass(frozen=True)
class Plain:
    """One cell of the slow reading: scores and asked attempts, first answer and first confidence."""

    scores: tuple[float, ...]
    asked: int
    answer: str | None
    confidence: float | None


Slow = dict[tuple[str, int | None, str], Plain]


def slowly(logs: list[EvaluationLog], grader: str) -> tuple[Slow, list[str]]:
    """Every cell by run, step and problem key, and the keys in their order: straight from the logs."""
    speaking: dict[tuple[str, int | None], EvaluationLog] = {}
    for log in logs:
        at = log.placement
        if any(g.grader == grader for g in log.gradings):
            speaking.pop((f"{at.study}/{at.arm}/seed{at.seed}", at.step), None)
            speaking[f"{at.study}/{at.arm}/seed{at.seed}", at.step] = log
    cells: Slow = {}
    for (run, step), log in speaking.items():
        marks = {m.response: m for g in log.gradings if g.grader == grader for m in g.marks}
        for number, problem in enumerate(log.problems):
            places = [i for i, r in enumerate(log.responses) if r.problem == number]
            first = next(i for i in places if log.responses[i].attempt == 1)
            scores = tuple(s for i in places if (s := marks[i].score) is not None)
            cells[run, step, question_key(problem.question)] = Plain(
                scores, len(places), marks[first].answer, log.responses[first].confidence
            )
    oldest = next(log for log in logs if any(log is one for one in speaking.values()))
    known = list(dict.fromkeys(question_key(p.question) for log in logs for p in log.problems))
    there = {key for *_, key in cells}
    first_keys = [question_key(p.question) for p in oldest.problems]
    return cells, first_keys + [key for key in known if key in there and key not in first_keys]


def check(cube: StudyCube, logs: list[EvaluationLog], grader: str) -> None:
    cells, keys = slowly(logs, grader)
    c = cube.cube
    assert c.problems == tuple(keys)
    assert {(run, step) for run, step, _ in cells} <= set(product(c.runs, c.steps))
    assert cube.answers is not None
    assert cube.confidence is not None
    for (i, run), (j, step), (p, key) in product(enumerate(c.runs), enumerate(c.steps), enumerate(keys)):
        told = cells.get((run, step, key), Plain((), 0, None, None))
        assert (c.scored[i, j, p], c.asked[i, j, p]) == (len(told.scores), told.asked)
        if len(told.scores) == 1:
            assert c.score[i, j, p] == told.scores[0]  # to the last bit
        elif told.scores:
            assert c.score[i, j, p] == pytest.approx(np.mean(told.scores), rel=1e-12)
        else:
            assert np.isnan(c.score[i, j, p])
        code = cube.answers[i, j, p]
        assert (None if code == NO_ANSWER else cube.words[code]) == told.answer
        if told.confidence is None:
            assert np.isnan(cube.confidence[i, j, p])
        else:
            assert cube.confidence[i, j, p] == pytest.approx(told.confidence, rel=1e-13)


def random_study(seed: int) -> list[EvaluationLog]:
    """Logs of two arms with three seeds and three steps: some cells missing, some twice, one grader not everywhere."""
    rng = np.random.default_rng(seed)
    logs = []
    for arm, number, step in product(("base", "svd"), range(3), (None, 100, 20)):
        for _ in range(int(rng.choice([0, 1, 1, 1, 2]))):
            place = Placement("s", arm, number, step)
            logs.append(puzzles_log(rng, place, graders=GRADERS if rng.random() < 0.8 else GRADERS[1:]))
    order = rng.permutation(len(logs))
    return [logs[i] for i in order]


def test_the_fast_reading_equals_a_slow_one_on_a_random_study(engine: Engine, keep: Keep) -> None:
    logs = random_study(1)
    for log in logs:
        keep(log)
    with reading(engine) as session:
        for grader in GRADERS:
            cube = read_study_cube(session, 1, grader=grader, answers=True, confidence=True)
            assert cube.grader == f"{grader} 1"
            check(cube, logs, grader)
            assert cube.cube.steps == (None, 20, 100)
            assert list(zip(cube.arms, cube.seeds, strict=True)) == sorted(
                zip(cube.arms, cube.seeds, strict=True),
                key=lambda one: (cube.arm_names.index(one[0]), one[1]),
            )
        bare = read_study_cube(session, 1)
        assert bare.grader == "lenient 1"  # it judged every cell, the other one not
        assert (bare.answers, bare.words, bare.confidence) == (None, (), None)
        one = read_study_cube(session, 1, arm="svd", grader="lenient")
        check(
            read_study_cube(session, 1, arm="svd", grader="lenient", answers=True, confidence=True),
            [log for log in logs if log.placement.arm == "svd"],
            "lenient",
        )
        assert one.arm_names == ("svd",)


def test_the_last_checkpoint_is_the_last_that_all_runs_have(sqlite_engine: Engine, blobs: Blobs) -> None:
    keep, rng = keeping(sqlite_engine, blobs), np.random.default_rng(3)
    for seed, steps in ((0, (1, 2, 3)), (1, (1, 2)), (2, (2, 3))):
        for step in steps:
            keep(puzzles_log(rng, Placement("s", "base", seed, step), graders=("match",)))
    with reading(sqlite_engine) as session:
        whole = read_study_cube(session, 1)
        last = read_study_cube(session, 1, last_only=True)
    assert (whole.cube.steps, whole.last_step, last.cube.steps) == ((1, 2, 3), 1, (2,))
    # In the order of another evaluation, the same problems with the same scores.
    there = [whole.cube.problems.index(key) for key in last.cube.problems]
    np.testing.assert_array_equal(last.cube.score[:, 0], whole.cube.score[:, 1][:, there])


def test_the_outcomes_of_our_own_study_come_back_as_they_were_drawn(
    small: Engine, small_world: SeedWorld
) -> None:
    drawn = list(small_world.draw(np.random.default_rng(1)))
    with reading(small) as session:
        cube = read_study_cube(session, 1, answers=True, confidence=True)
    assert (cube.split, cube.problem_set, cube.grader) == ("validation", "simulated sums", "simulated 1")
    assert cube.simulated
    assert cube.hours == (4.25,) * 8
    assert cube.run_ids == tuple(range(1, 9))
    assert cube.answers is not None
    assert cube.confidence is not None
    for d in drawn:
        if d.split == "validation":
            i = list(zip(cube.arms, cube.seeds, strict=True)).index((d.arm, d.seed))
            j = cube.cube.steps.index(d.step)
            np.testing.assert_array_equal(cube.cube.score[i, j] == 1, d.right)
            assert [None if c < 0 else cube.words[c] for c in cube.answers[i, j]] == list(d.answers)
            np.testing.assert_allclose(cube.confidence[i, j], d.confidence, rtol=1e-13)


@pytest.fixture
def mixed(small: Engine, blobs: Blobs) -> Engine:
    """Two problem sets, two splits and a log without a split's name; a grader whose name begins another's."""
    write, rng = keeping(small, blobs), np.random.default_rng(4)
    for split in ("train", "dev", None):
        write(puzzles_log(rng, Placement("s", "base", 0, 1, split), graders=("match", "match 1")))
    write(replace(puzzles_log(rng, Placement("s", "base", 1, 1, "dev")), task="riddles"))
    return small


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "2 problem sets: puzzles, riddles.*--problem-set"),
        ({"problem_set": "poems"}, "'poems'; there are: puzzles, riddles"),
        ({"problem_set": "puzzles"}, "several splits: dev, train, not named.*--split"),
        ({"problem_set": "puzzles", "split": "test"}, "'test'; there are: dev, train, not named"),
        ({"arm": "svd"}, "no arm 'svd'; there are: base"),
        (
            {"problem_set": "puzzles", "split": "dev", "grader": "match"},
            "several graders: match 1 1, match 1",
        ),
        ({"problem_set": "puzzles", "split": "dev", "grader": "judge"}, "no grader 'judge'"),
    ],
)
def test_what_does_not_say_which_outcomes_is_refused_with_what_there_is(
    asked: Mapping[str, str], said: str, mixed: Engine
) -> None:
    with (
        reading(mixed) as session,
        pytest.raises(InvalidInput, match=said.replace("match 1 1, match 1", "match 1")),
    ):
        read_study_cube(session, 2, **asked)  # type: ignore[arg-type]


def test_a_whole_name_means_one_grader_though_another_begins_with_it(mixed: Engine) -> None:
    with reading(mixed) as session:
        cube = read_study_cube(session, 2, problem_set="puzzles", split="dev", grader="match 1")
    assert cube.grader == "match 1"


def test_a_study_without_outcomes_or_none_at_all_is_refused(small: Engine) -> None:
    with reading(small) as session:
        with pytest.raises(NotFound, match="s77"):
            read_study_cube(session, 77)
        with pytest.raises(InvalidInput, match="'dev'; there are: test, validation"):
            read_study_cube(session, 1, split="dev")
