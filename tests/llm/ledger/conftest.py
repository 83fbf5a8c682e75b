"""What the tests of the ledger share: one log whose counts were worked out by hand, and how to record it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from sqlalchemy import Engine

from nophantom.llm.ledger.writing import LogFile, RecordedLog, record_log
from nophantom.llm.logs.records import (
    EvaluationLog,
    Framework,
    Grading,
    LoggedProblem,
    Mark,
    Omission,
    OmissionReason,
    Response,
)
from nophantom.llm.problems import Failure
from nophantom.store.blobs import Blobs
from nophantom.store.engine import writing


@pytest.fixture
def log() -> EvaluationLog:
    """Six answers to GSM8K; every count below was made by hand.

    ===  =========  ============================  ==========================  =================
    no.  reference  answer                        ours (the number)           theirs (reads ####)
    ===  =========  ============================  ==========================  =================
    0    4          The answer is 4.              4, right                    4, right
    1    10         It makes 10 apples            10, right                   none, wrong
    2    7          The answer is 8.              8, wrong                    8, wrong
    3    3          three                         none, wrong                 three, right
    4    6          (timed out)                   timeout                     timeout
    5    5          The answer is 5.              5, right                    (no mark) missing
    ===  =========  ============================  ==========================  =================

    Ours: 5 scored, 3 right, 1 without an answer. Theirs: 4 scored, 2 right, 1 without an answer.
    """
    references = ("#### 4", "#### 10", "So 3 + 4 = 7.\n#### 7", "3", "#### 6", "5")
    texts = ("The answer is 4.", "It makes 10 apples", "The answer is 8.", "three", None, "The answer is 5.")
    marks = (
        Mark(0, "4", 1.0),
        Mark(1, None, 0.0),
        Mark(2, "8", 0.0),
        Mark(3, "three", 1.0),
        Mark(4, None, None, Failure.TIMEOUT),
    )
    return EvaluationLog(
        framework=Framework.LM_EVAL,
        framework_version="0.4.13",
        model="org/model-6b",
        task="gsm8k_cot",
        split="test",
        settings={"num_fewshot": 8, "temperature": 0.0},
        status="success",
        declared=7,
        problems=tuple(LoggedProblem(str(n), n, f"Question {n}?", ref) for n, ref in enumerate(references)),
        responses=tuple(
            Response(n, 1, words, None if words else Failure.TIMEOUT, -0.5 * n)
            for n, words in enumerate(texts)
        ),
        gradings=(Grading("exact_match,strict-match", "3.0", marks, headline=0.5),),
        omissions=(Omission("line 7", OmissionReason.NOT_JSON, '{"doc_id": 6, "do'),),
    )


Record = Callable[..., RecordedLog]


@pytest.fixture
def record(blobs: Blobs) -> Record:
    """Record a log in a store, as a file with a content of its own."""

    def write(
        engine: Engine,
        log: EvaluationLog,
        content: str = "first",
        run: str | None = None,
        path: str | None = None,
    ) -> RecordedLog:
        digest = sha256(content.encode()).hexdigest()
        run_hash = sha256((run or content).encode()).hexdigest()
        file = LogFile(path or f"logs/{content}.jsonl", digest, len(content), run_hash)
        with writing(engine) as session:
            return record_log(session, blobs, log, file, at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))

    return write
