"""What is known of an evaluation while it runs, and what of it is not written yet. WORLD: opens the transactions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.errors import Unavailable
from nophantom.llm.asked_models import Answer, AskedPrompt
from nophantom.llm.evaluating_course import (
    EVERY,
    Course,
    Look,
    Order,
    Progress,
    Until,
    decided,
    may_be_decided,
)
from nophantom.llm.ledger.answers import Asking, JudgedAnswer, find_evaluation, read_scores, record_answers
from nophantom.llm.problems import Failure, Grade, Grader
from nophantom.llm.prompts import states_its_answer
from nophantom.stats.verdicts import Verdict
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading, writing

PATIENCE = 20
"""Failures of the server in a row after which it is taken to be gone: the rest is not asked."""

_PORTION = 64  # answers of one transaction at most
_SECONDS = 0.5  # that an answer waits for others at most


@dataclass(frozen=True, slots=True)
class Watch:
    """Called while an evaluation runs.

    Attributes:
        answered: with the answers that are there and those that are planned, after every one.
        looked: with the running accuracy at every 50 problems.
    """

    answered: Callable[[int, int], None] = lambda _done, _planned: None
    looked: Callable[[Look], None] = lambda _look: None


@dataclass
class Book:
    """The answers of one evaluation: those that are written, and those that wait for the next transaction.

    Attributes:
        engine: the store, its tables up to date.
        blobs: where raw answers go.
        asking: which evaluation.
        course: in which order, how many, how often.
        until: when it may stop; None goes to the end.
        watch: told of the progress.
        evaluation_id: in the ledger; None while nothing is written.
        is_decided: whether the verdict that it may stop at stands.
        why_failed: what was seen in failures, with how often.
        broken: what went wrong while writing in the background; raised with the next answer.
    """

    engine: Engine
    blobs: Blobs
    asking: Asking
    course: Course
    until: Until | None
    watch: Watch
    evaluation_id: int | None = None
    is_decided: bool = False
    why_failed: dict[str, int] = field(default_factory=dict)
    broken: Exception | None = None
    _waiting: list[JudgedAnswer] = field(default_factory=list)
    _held: list[JudgedAnswer] = field(default_factory=list)
    _timer: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self.progress = Progress(self.course.planned(len(self.asking.problems)), self.course.samples)

    def read_on(self) -> None:
        """Take up what an earlier call has written."""
        with reading(self.engine) as session:
            opened = find_evaluation(session, self.asking)
            if opened is not None:
                self.evaluation_id = opened.evaluation_id
                self.progress.scores |= read_scores(session, opened, self.asking)
        if self.progress.advance():
            self._decide()

    def left(self, prompts: Sequence[str]) -> Iterator[AskedPrompt]:
        """What is still to be asked, in order."""
        for place in range(self.progress.planned):
            for attempt in range(1, self.course.samples + 1):
                if (place, attempt) not in self.progress.scores:
                    yield AskedPrompt(place, attempt, prompts[self.asking.order[place]])

    def take(self, prompt: AskedPrompt, answer: Answer) -> None:
        """Judge an answer and have it written.

        Raises:
            Unavailable: the server failed too often in a row. Those failures are not written: they tell of the
                server, and the problems are asked again next time.
        """
        if self.broken is not None:
            raise self.broken
        reference = self.asking.problems[self.asking.order[prompt.place]].reference
        judged = judge(prompt, answer, reference, self.asking.grader)
        if answer.why:
            self.why_failed[answer.why] = self.why_failed.get(answer.why, 0) + 1
        if answer.is_outage:
            self._held.append(judged)
            if len(self._held) >= PATIENCE:
                self._held.clear()
                raise Unavailable(
                    f"the server failed {PATIENCE} times in a row, the last time with: {answer.why}. What was answered "
                    "is kept; give the same command again when it is back."
                )
            return
        # An answer shows that the server is there: the failures before it are of those problems.
        for one in (*self._held, judged):
            self._keep(one)
        self._held.clear()
        if len(self._waiting) >= _PORTION:
            self.write()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_SECONDS, self._write_in_time)

    def end(self) -> None:
        """All problems have been asked: the last failures of the server are written too.

        Raises:
            Unavailable: not one answer ever came, so that they tell of the server alone.
        """
        if self._held and not self.progress.scores:
            self._held.clear()
            raise Unavailable(
                f"the server gave no answer at all, and failed with: {next(reversed(self.why_failed))}. Nothing was "
                "written; check that it runs and that --base-url is right."
            )
        for one in self._held:
            self._keep(one)
        self._held.clear()

    def _keep(self, judged: JudgedAnswer) -> None:
        self._waiting.append(judged)
        before = self.progress.complete
        if self.progress.add(judged.place, judged.attempt, judged.score):
            for stop in range(before + 1, self.progress.complete + 1):
                if stop % EVERY == 0:
                    in_random_order = self.course.order is Order.RANDOM
                    self.watch.looked(self.progress.look(stop, in_random_order=in_random_order))
            self._decide()
        self.watch.answered(len(self.progress.scores), self.progress.planned * self.course.samples)

    def _decide(self) -> None:
        if self.until is not None and not self.is_decided and may_be_decided(self.progress, self.until):
            found = decided(self.progress, self.until)
            self.is_decided = found is not None and found.verdict is not Verdict.UNDECIDED

    def _write_in_time(self) -> None:
        # Nobody waits for a timer: what goes wrong here is raised with the next answer.
        try:
            self.write()
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is raised, later
            self.broken = problem

    def write(self) -> None:
        """Commit what has come since the last time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting or self.broken is not None:
            return
        with writing(self.engine) as session:
            opened = record_answers(session, self.blobs, self.asking, self._waiting, now())
        self.evaluation_id = opened.evaluation_id
        self._waiting = []


def judge(prompt: AskedPrompt, answer: Answer, reference: str, grader: Grader) -> JudgedAnswer:
    """Grade one answer; one that was cut off before it stated its result is no wrong answer but a failure."""
    failure = answer.failure
    if failure is None and answer.is_cut and not states_its_answer(answer.text or ""):
        failure = Failure.TRUNCATED
    if failure is None and answer.text is not None:
        grade = grader.grade(answer.text, reference)
    else:
        grade = Grade(None, None, failure or Failure.NO_ANSWER)
    return JudgedAnswer(
        place=prompt.place,
        attempt=prompt.attempt,
        text=answer.text,
        answer=grade.answer,
        score=grade.score,
        failure=grade.failure,
        log_likelihood=answer.log_likelihood,
        prompt_tokens=answer.prompt_tokens,
        answer_tokens=answer.answer_tokens,
        seconds=answer.seconds,
        tries=answer.tries,
    )
