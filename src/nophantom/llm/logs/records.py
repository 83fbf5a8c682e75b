"""What every reader of a log gives back, whatever framework wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from nophantom.llm.problems import Failure


class Framework(StrEnum):
    """Who wrote a log."""

    LM_EVAL = "lm-eval"
    INSPECT = "inspect"
    LIGHTEVAL = "lighteval"
    TABLE = "table"
    """No framework: a table of scores that somebody made."""
    NOPHANTOM = "nophantom"
    """Asked by us: `nophantom evaluate`."""


class OmissionReason(StrEnum):
    """Why a part of a log did not become an outcome. Nothing vanishes without one of these."""

    NOT_JSON = "not_json"
    """A line or member that does not parse: damaged, or cut off while it was written."""
    NOT_A_SAMPLE = "not_a_sample"
    """It parses, but lacks what a sample must have (its id, its question)."""
    DUPLICATE = "duplicate"
    """The same problem, attempt and grader came before; the first is kept (the last, in a rewritten zip)."""
    UNREADABLE_MEMBER = "unreadable_member"
    """A member of an archive that cannot be unpacked."""
    NOT_A_SCORE = "not_a_score"
    """A grader's value that is no number in [0, 1] (a list, a text): kept in the log, not as an outcome."""
    NOT_IN_LOG = "not_in_log"
    """The log says that the problem belongs to it, and holds nothing about it (a killed run)."""


@dataclass(frozen=True, slots=True)
class Omission:
    """One part of a log that did not become an outcome.

    Attributes:
        place: where it is: "line 17", "member samples/3_epoch_1.json", "sample gsm8k-test-0700".
        reason: from the closed list.
        seen: what was seen there, short.
    """

    place: str
    reason: OmissionReason
    seen: str


@dataclass(frozen=True, slots=True)
class LoggedProblem:
    """A problem as a log tells it.

    Attributes:
        source_id: its id in the log's own terms, e.g. "17" or "gsm8k-test-0017".
        position: its place in the order of its data set, from 0.
        question: the question alone, without examples or instructions where the log keeps it apart.
        reference: the reference answer as the log has it (GSM8K: a worked solution, or just "18").
        choices: the options of a multiple-choice problem, else empty.
    """

    source_id: str
    position: int
    question: str
    reference: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """What a model gave for one problem at one attempt.

    Attributes:
        problem: index into `EvaluationLog.problems`.
        attempt: 1 for the first sample of this problem, 2 for the second ...
        text: the raw answer, whole; for multiple choice, JSON of the log-likelihoods; None if there is none.
        failure: why there is no text, or why it must not be graded; None when all is well.
        log_likelihood: natural log of the probability of the answer given, where the log has it.
        confidence: the probability in [0, 1] that the model itself gave to being right, where it was asked.
    """

    problem: int
    attempt: int
    text: str | None
    failure: Failure | None = None
    log_likelihood: float | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What the log's own grader said of one response: `score` in [0, 1], or None and a failure.

    Attributes:
        response: index into `EvaluationLog.responses`.
        answer: the answer that the log's grader found, or None.
        score: 1 right, 0 wrong, between for partial credit; None when it was not scored.
        failure: why there is no score; None exactly when there is one.
    """

    response: int
    answer: str | None
    score: float | None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Grading:
    """One grader's marks over the responses of a log.

    Attributes:
        grader: in the framework's words: "exact_match,strict-match", "match".
        version: the version of task and framework, as far as the log tells.
        marks: at most one for each response; the first grading of a log is its headline.
        headline: the mean score that the log itself states for this grader, or None.
    """

    grader: str
    version: str
    marks: tuple[Mark, ...]
    headline: float | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a log belongs in a study: what its path, its columns or a person says, since logs carry none of it.

    Attributes:
        study: name of the study.
        arm: name of the condition.
        seed: of the training.
        step: of training, at which the checkpoint was taken.
        split: of the problem set.
        model: the model's name.
    """

    study: str | None = None
    arm: str | None = None
    seed: int | None = None
    step: int | None = None
    split: str | None = None
    model: str | None = None

    def over(self, other: Placement) -> Placement:
        """This placement, with the other's word wherever this one is silent.

        >>> Placement(arm="svd").over(Placement(arm="default", seed=3)).seed
        3
        """
        mine, theirs = asdict(self), asdict(other)
        return Placement(**{name: theirs[name] if mine[name] is None else mine[name] for name in mine})


@dataclass(frozen=True, slots=True)
class EvaluationLog:
    """One model's evaluation on one task, as a framework logged it.

    Attributes:
        framework: who wrote the log.
        framework_version: e.g. "0.4.13"; None where the log does not tell.
        model: the model's name as the log has it, e.g. "openai-gsm8k-paper/6b_verification".
        task: the framework's name of the task, e.g. "gsm8k_cot".
        split: "train", "validation", "test" ... where the log tells, else None.
        settings: what else decided the answers (shots, sampling, seeds, prompt template): JSON values.
        status: "success", "error", "cancelled" or "started" (killed) as far as the log tells, else None.
        declared: how many responses the log says that it should hold, or None.
        problems: in the order of their data set.
        responses: in the order of (problem position, attempt).
        gradings: at least one, unless the log was never scored.
        omissions: everything else that was found, each with its reason.
        placement: where it belongs in a study, as far as the file itself tells.
        told: of a table, which column was taken for what: a sentence for people; else "".
    """

    framework: Framework
    framework_version: str | None
    model: str
    task: str
    split: str | None
    settings: Mapping[str, object]
    status: str | None
    declared: int | None
    problems: tuple[LoggedProblem, ...]
    responses: tuple[Response, ...]
    gradings: tuple[Grading, ...]
    omissions: tuple[Omission, ...] = field(default=())
    placement: Placement = field(default=Placement())
    told: str = ""
