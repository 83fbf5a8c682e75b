"""Asking a model the problems of a set, every answer written as it comes. WORLD: opens the transactions.

A killed evaluation goes on where it was: what is written is not asked again. Before anything is asked, the
place of every problem in the order is known, so that answers may come in any order.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from sqlalchemy import Engine

from nophantom.errors import InvalidInput
from nophantom.llm.asked_models import AskedModel
from nophantom.llm.evaluating_book import Book, Watch
from nophantom.llm.evaluating_course import Course, Look, Order, Until, decided
from nophantom.llm.following import AskedRun, gradings_meant
from nophantom.llm.gsm8k import AskedSet
from nophantom.llm.ledger.answers import (
    Asking,
    TokenTotals,
    read_totals,
)
from nophantom.llm.ledger.reading import read_cube
from nophantom.llm.ledger.summaries import EvaluationSummary, evaluations_of
from nophantom.llm.problems import Grader, NumberGrader, distinct_keys, own_grader, question_key
from nophantom.llm.prompts import Prompting, prompts_of
from nophantom.stats.sequential import Estimand, SequentialVerdict
from nophantom.store.blobs import Blobs
from nophantom.store.canonical import content_hash
from nophantom.store.engine import reading


@dataclass(frozen=True, slots=True)
class Against:
    """The run that an evaluation is compared with on the way, and what is judged.

    Attributes:
        run: `r12`, or a unique piece of its name.
        delta: the smallest difference that matters.
        confidence: of the sequential verdict, two-sided.
        estimand: what the verdict is about.
    """

    run: str
    delta: float = 0.01
    confidence: float = 0.95
    estimand: Estimand = Estimand.PROBLEMS


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation came to.

    Attributes:
        evaluation: its counts, over all that is written.
        problems: of the whole split.
        planned: problems that were to be asked, at most.
        samples: attempts at each.
        known: answers that were there before this call.
        asked: answers that this call wrote.
        looks: running accuracy at every 50 problems, in their order.
        totals: tokens, requests and seconds of all answers.
        seconds: that this call took.
        against: label of the run that it was compared with.
        verdict: the sequential verdict against it; None where none was asked for, or nothing can be compared.
        saved: problems that were planned and need not be asked, because the verdict stands.
        why_failed: of the failures of this call, what was seen, each once, with how often.
    """

    evaluation: EvaluationSummary
    problems: int
    planned: int
    samples: int
    known: int
    asked: int
    looks: tuple[Look, ...]
    totals: TokenTotals
    seconds: float
    against: str | None
    verdict: SequentialVerdict | None
    saved: int
    why_failed: Mapping[str, int]


def evaluate(
    engine: Engine,
    blobs: Blobs,
    model: AskedModel,
    asked: AskedSet,
    prompting: Prompting,
    *,
    train: AskedSet | None = None,
    course: Course | None = None,
    against: Against | None = None,
    watch: Watch | None = None,
) -> Evaluated:
    """Ask a model what is left of its evaluation, and judge every answer.

    Args:
        engine: the store, its tables up to date.
        blobs: where raw answers go.
        model: who is asked.
        asked: the problems.
        prompting: how they are put.
        train: where worked examples are taken from.
        course: in which order, how many, how often.
        against: stop as soon as the sequential verdict against this run stands.
        watch: told of the progress.

    Raises:
        Unauthorised, NotFound: the server refuses the key, or knows no such model; what was answered is kept.
        Unavailable: it failed many times in a row, or another NoPhantom does the same work; likewise.
        NotFound, Ambiguous, Sealed: the run to compare with is not there, several are meant, or it is sealed.
        InvalidInput: prompts or comparison that cannot be.
    """
    course, watch = course or Course(), watch or Watch()
    start = time.monotonic()
    asking, prompts = _asking(model, asked, prompting, train, course)
    until = None if against is None else _until(engine, against, asking, course)
    book = Book(engine, blobs, asking, course, until, watch)
    book.read_on()
    known = len(book.progress.scores)
    if not book.is_decided:
        asyncio.run(_ask(model, book, prompts))
    if book.evaluation_id is None:
        raise AssertionError("an evaluation that ends has answers")
    with reading(engine) as session:
        evaluation = evaluations_of(session, [book.evaluation_id])[0]
        totals = read_totals(session, book.evaluation_id)
    progress = book.progress
    return Evaluated(
        evaluation=evaluation,
        problems=len(asked.problems),
        planned=progress.planned,
        samples=course.samples,
        known=known,
        asked=len(progress.scores) - known,
        looks=progress.looks(in_random_order=course.order is Order.RANDOM),
        totals=totals,
        seconds=time.monotonic() - start,
        against=until.against if until else None,
        verdict=decided(progress, until) if until else None,
        saved=max(0, progress.planned - len({p for p, _ in progress.scores})) if book.is_decided else 0,
        why_failed=book.why_failed,
    )


def _asking(
    model: AskedModel, asked: AskedSet, prompting: Prompting, train: AskedSet | None, course: Course
) -> tuple[Asking, list[str]]:
    """What names the evaluation, and the prompt of every problem in the order of the file.

    How far it goes (a limit, a verdict that stops it) names nothing: a later call may go further.
    """
    if train is not None and train.content_hash == asked.content_hash:
        raise InvalidInput(
            f"the worked examples are the problems themselves ({asked.source}), so prompts would hold their answers. "
            "Ask another split, or ask with --shots 0."
        )
    prompts = prompts_of(asked.problems, prompting, train=train.problems if train else ())
    settings: dict[str, object] = {
        **model.settings,
        "prompt": {
            "style": prompting.style,
            "shots": prompting.shots,
            "exemplars": prompting.exemplars if prompting.shots else None,
            "sha256": content_hash(prompts),
        },
        "samples": course.samples,
        "order": {"kind": course.order, "seed": course.seed if course.order is Order.RANDOM else None},
        "problems": {"n": len(asked.problems), "sha256": asked.content_hash},
    }
    grader: Grader = own_grader(asked.name) or NumberGrader()
    order = course.places(len(asked.problems))
    return (
        Asking(model.name, asked.name, asked.split, settings, asked.problems, order, course.samples, grader),
        prompts,
    )


def _until(engine: Engine, against: Against, asking: Asking, course: Course) -> Until:
    """The scores of the other run at the places of this evaluation."""
    if course.order is not Order.RANDOM:
        raise InvalidInput(
            "stopping at a verdict needs the problems in random order: the order of a file may drift. Leave out "
            "--order file."
        )
    with reading(engine) as session:
        found = gradings_meant(session, AskedRun(against.run, asking.problem_set, asking.split))
        theirs = next((e for e in found if e.grader == asking.grader.name), found[0])
        cube = read_cube(session, [theirs])
    score_of = {
        key: float(score)
        for key, score, seen in zip(cube.problems, cube.score[0, 0], cube.seen[0, 0], strict=True)
        if seen
    }
    keys = distinct_keys(question_key(p.question, p.choices) for p in asking.problems)
    scores = {place: score_of[keys[i]] for place, i in enumerate(asking.order) if keys[i] in score_of}
    if not scores:
        raise InvalidInput(
            f"{theirs.run!r} was scored on none of these problems. `nophantom runs` lists what each run was asked."
        )
    return Until(theirs.run, scores, len(scores), against.delta, against.confidence, against.estimand)


async def _ask(model: AskedModel, book: Book, prompts: Sequence[str]) -> None:
    try:
        async with aclosing(model.answers(book.left(prompts))) as answers:
            async for prompt, answer in answers:
                book.take(prompt, answer)
                if book.is_decided:
                    break
        book.end()
    finally:
        book.write()
    if book.broken is not None:
        raise book.broken
