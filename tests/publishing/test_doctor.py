"""The doctor: clean where the product wrote, and every rule broken behind its back is named with its row."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine

from nophantom.llm.ledger.seal import record_selection
from nophantom.llm.ledger.studies import Cell, record_study
from nophantom.llm.ledger.writing import LogFile, record_log
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
from nophantom.llm.worlds import DEMO
from nophantom.publishing.change_rules import CHANGES
from nophantom.publishing.doctor import RULES, SHOWN, Violation, examine
from nophantom.publishing.recommendation_rules import RECOMMENDATIONS
from nophantom.settings import MIGRATIONS
from nophantom.store.blobs import Blobs
from nophantom.store.engine import open_engine, writing
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.intake import ArchiveFile, record_batch, start_fetch
from nophantom.trends.archive.snapshots import record_snapshot
from nophantom.trends.archive.source_rows import NewSource
from nophantom.trends.archive.source_tables import FetchOutcome
from nophantom.trends.archive.sources import add_sources
from nophantom.trends.archive.visit_records import AnswerRecord, Health, Visit
from nophantom.trends.archive.visits import record_visits
from nophantom.trends.documents import Certainty, Document, Family, Item, ItemDrop, Kind, Score
from nophantom.trends.exchange import Adoption, SourceProtocol, Trouble
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.history import HistoryDay
from nophantom.trends.parameters import Parameters
from nophantom.trends.phases import Phase, PhaseNumbers, Standing
from nophantom.trends.signals import Candidate, Place, Signal, Snapshot

Cli = Callable[..., Any]
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DAY = date(2022, 12, 20)
HASH = "0123456789abcdef" * 4
WORLD = replace(DEMO, n_problems=3)


def a_log(task: str, *, attempts: int = 1, marked: int = 1) -> EvaluationLog:
    """Two problems with some attempts each, of which a grader has marked the first ones; one omission."""
    responses = [Response(p, a, f"The answer is {p}.") for p in range(2) for a in range(1, attempts + 1)]
    marks = [Mark(n, "0", 1.0) for n, response in enumerate(responses) if response.attempt <= marked]
    return EvaluationLog(
        framework=Framework.LM_EVAL,
        framework_version=None,
        model="m",
        task=task,
        split=None,
        settings={},
        status=None,
        declared=None,
        problems=tuple(LoggedProblem(str(p), p, f"{task} {p}?", str(p)) for p in range(2)),
        responses=tuple(responses),
        gradings=(Grading("theirs", "1", tuple(marks)),),
        omissions=(Omission("line 7", OmissionReason.NOT_JSON, "{"),),
    )


def add_log(engine: Engine, blobs: Blobs, log: EvaluationLog, digit: str) -> None:
    with writing(engine) as session:
        record_log(session, blobs, log, LogFile(f"{digit}.jsonl", digit * 64, 1, digit * 64), at=AT)


def add_study(engine: Engine) -> None:
    plan = WORLD.plan("study", 1)
    cells = {(arm, 1, plan.steps[0], "test"): Cell(np.array([True, False, True])) for arm in plan.arms}
    with writing(engine) as session:
        record_study(session, plan, {"test": WORLD.problems()}, cells, grader="simulated", at=AT)


def a_document(number: int) -> Document:
    return Document(
        native_id=f"hn:{number}",
        family=Family.HACKER_NEWS,
        kind=Kind.POST,
        title="t",
        text="",
        url="",
        author=None,
        site=None,
        published_on=DAY,
        first_seen=DAY,
        language="en",
        collections=("front_page",),
        list_name="",
        product=None,
    )


def add_documents(engine: Engine) -> None:
    """Documents 1 to 3, the last of them twice, and a drop."""
    items = [Item(n, HASH.encode()[:16], a_document(min(n, 3))) for n in range(1, 5)]
    items.append(Item(5, HASH.encode()[:16], None, ItemDrop.NO_ID, "seen"))
    with writing(engine) as session:
        fetch = start_fetch(session, ArchiveFile("a.jsonl", HASH, 1, Family.HACKER_NEWS), at=AT)
        record_batch(session, fetch, items, lines=5)


def a_visit(source: int, at: datetime, stars: int) -> Visit:
    """One that brings document 4, certain to the second, and document 3 again; a drop, a score, one day of stars."""
    moment = datetime(2022, 12, 20, 1, tzinfo=UTC)
    fourth = replace(a_document(4), published_at=moment, certainty=Certainty.MOMENT)
    items = (
        Item(1, b"4" * 16, fourth, score=Score(9, 1)),
        Item(2, b"3" * 16, a_document(3)),
        Item(3, b"-" * 16, None, ItemDrop.BAD_DATE, "date 'soon'"),
    )
    health = Health(
        next_at=at + timedelta(hours=1),
        last_at=at,
        last_ok_at=at,
        followed_since=AT,
        failures=1,
        trouble=Trouble.INCOMPLETE,
        told="more should be there",
        etag=None,
        last_modified=None,
        body=HASH,
        moved_to=None,
        moved_seen=0,
        rhythm=(moment,),
        remembered={},
    )
    return Visit(
        source,
        "https://a.example/feed",
        at,
        at,
        FetchOutcome.COMPLETE,
        items=items,
        answers=(
            AnswerRecord("https://a.example/1", 200, 5, HASH),
            AnswerRecord("https://a.example/2", 200, 6, HASH),
        ),
        trouble=Trouble.INCOMPLETE,
        told="more should be there",
        adoption=(Adoption("github:a/b", "stars", DAY, stars),),
        health=health,
    )


def add_visits(engine: Engine) -> None:
    """Source 2, visited twice: fetch 2 brings document 4, fetch 3 the same again and another number of stars."""
    address = "https://a.example/feed"
    with writing(engine) as session:
        new = NewSource(address, address, Family.FEED, SourceProtocol.FEED)
        (number,) = add_sources(session, [new], at=AT).new
    for visit in (a_visit(number, AT, 7), a_visit(number, AT + timedelta(hours=1), 8)):
        with writing(engine) as session:
            record_visits(session, [visit])


HISTORY = (  # two stories in the last 28 days, as the ratio of 2 says where a half is expected
    HistoryDay(DAY - timedelta(28), 5, 0.25, 9),
    *(HistoryDay(DAY - timedelta(age), None, None, 0) for age in range(27, 1, -1)),
    HistoryDay(DAY - timedelta(1), 2, 0.25, 9),
    HistoryDay(DAY, 0, 0.125, 4),
)


def a_candidate(
    topic: int, place: Place, reason: CandidateDrop | None = None, best: tuple[int, ...] = ()
) -> Candidate:
    return Candidate(
        topic=topic,
        slug=f"topic{topic}",
        name=f"Topic {topic}",
        place=place,
        reason=reason,
        log_e=0.5,
        stories=3,
        expected=0.5,
        momentum=(2.0, 1.0, 4.0),
        ratio=(2.0, 1.0, 4.0),
        needed=None,
        best=best,
        history=() if place is Place.DROP else HISTORY,
    )


def add_snapshot(engine: Engine) -> None:
    """Topics 1 and 2 are signals, 3 is on the watch list, 4 dropped."""
    signals = [
        Signal(
            candidate=a_candidate(topic, Place.SIGNAL),
            standing=Standing.SHOWN,
            phase=Phase.EMERGING,
            phase_numbers=PhaseNumbers(False, 0.5, 1, None, None),
            onset=DAY - timedelta(1),
            shown_days=1,
            stories=stories,
        )
        for topic, stories in ((1, (1, 2)), (2, (3,)))
    ]
    snapshot = Snapshot(
        as_of=DAY,
        parameters=Parameters(),
        n_stories=3,
        n_topics=9,
        n_strata=1,
        below_support=5,
        log_threshold=0.5,
        signals=tuple(signals),
        watch=(a_candidate(3, Place.WATCH, best=(3, 1, 2)),),
        drops=(a_candidate(4, Place.DROP, CandidateDrop.SEASONAL, best=(2,)),),
    )
    with writing(engine) as session:
        record_snapshot(
            session,
            snapshot,
            n_documents=3,
            documents_of=lambda story: story,
            spellings=lambda topic: [f"Topic {topic}"],
            at=AT,
        )


def fill(engine: Engine, blobs: Blobs) -> Engine:
    """Runs 1 to 4 of a study (evaluations 1 to 4), of which 1 and 2 were selected, then three logs.

    Log 1: two graders (5 theirs, 6 ours). Log 2: one grader that folds four attempts into the first (7).
    Log 3: one grader, two attempts each (8).
    """
    add_study(engine)
    with writing(engine) as session:
        record_selection(session, 1, "{}", [1, 2], at=AT)
    add_log(engine, blobs, a_log("gsm8k"), "1")
    add_log(engine, blobs, a_log("folded", attempts=4), "2")
    add_log(engine, blobs, a_log("twice", attempts=2, marked=2), "3")
    add_documents(engine)
    add_snapshot(engine)
    add_visits(engine)
    return engine


@pytest.fixture(scope="module")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `fill` makes, on SQLite; to be copied, never opened."""
    home = tmp_path_factory.mktemp("filled")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    fill(engine, Blobs(home / "blobs")).dispose()
    return home


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Engine]]:
    """One engine for all copies: it keeps the statements that it has put together, which takes most of their time."""
    home = tmp_path_factory.mktemp("spoilt") / "home"
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    shutil.rmtree(home, ignore_errors=True)
    yield home, engine
    engine.dispose()


@pytest.fixture
def filled(filled_home: Path, spoilt: tuple[Path, Engine]) -> Iterator[tuple[Engine, Blobs]]:
    """A fresh copy of what `fill` makes, to be spoilt."""
    home, engine = spoilt
    shutil.copytree(filled_home, home)
    yield engine, Blobs(home / "blobs")
    engine.dispose()
    shutil.rmtree(home)


def test_an_empty_store_is_sound(engine: Engine, blobs: Blobs) -> None:
    assert examine(engine, blobs) == []


def test_what_the_product_writes_is_sound(engine: Engine, blobs: Blobs) -> None:
    fill(engine, blobs)
    assert examine(engine, blobs) == []
    assert examine(engine, None) == []


def test_a_demonstration_and_an_import_are_sound(
    nophantom_cli: Cli, write_lm_eval: Callable[..., Path]
) -> None:
    samples = write_lm_eval("org/model", ["#### 1", None, "#### 4"])
    nophantom_cli("logs", "import", samples.parent)
    # The other wing's demonstration is examined in tests/cli/test_trends.py, where it is made.
    nophantom_cli("demo", "--wing", "llm", "--train", "no", "--worlds", "0", "--seeds", "2")
    ended = nophantom_cli("doctor")
    assert (ended.status, ended.out.count("holds"), "BROKEN" in ended.out) == (0, len(RULES), False)
    assert f"All {len(RULES)} rules hold." in ended.err


def spoil(engine: Engine, *statements: str) -> None:
    """Change the file behind the product's back: without triggers, foreign keys and checks."""
    with closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as connection:
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("PRAGMA ignore_check_constraints=ON")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement


LOOSE = (  # a table without any of its rules
    "CREATE TABLE loose AS SELECT * FROM candidate",
    "DROP TABLE candidate",
    "ALTER TABLE loose RENAME TO candidate",
)
BROKEN: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    (
        "evaluation_has_outcomes",
        ("DELETE FROM outcome WHERE evaluation_id = 2",),
        {"evaluation": 2, "checkpoint": 2, "grader": "simulated"},
    ),
    (
        "log_has_evaluation",
        (
            "DELETE FROM outcome WHERE evaluation_id = 8",
            "DELETE FROM answer_text WHERE evaluation_id = 8",
            "DELETE FROM evaluation WHERE id = 8",
        ),
        {"log": 3, "path": "3.jsonl"},
    ),
    (
        "log_responses",  # theirs: half of the responses are too many to be repeats
        ("DELETE FROM outcome WHERE evaluation_id = 8 AND position = 1",),
        {"log": 3, "evaluation": 8, "grader": "theirs", "responses": 4, "outcomes": 3},
    ),
    (
        "log_responses",  # ours never folds
        ("DELETE FROM outcome WHERE evaluation_id = 6 AND position = 0",),
        {"log": 1, "evaluation": 6, "grader": "nophantom:number", "responses": 2, "outcomes": 1},
    ),
    (
        "log_responses",
        ("UPDATE log SET responses = 1 WHERE id = 1",),
        {"log": 1, "evaluation": 5, "grader": "theirs", "responses": 1, "outcomes": 2},
    ),
    (
        "log_responses",
        ("UPDATE outcome SET position = 8 WHERE evaluation_id = 7 AND position = 4",),
        {"log": 2, "evaluation": 7, "grader": "theirs", "responses": 8, "outcomes": 2},
    ),
    (
        "log_responses",  # a repeat that was scored: nothing is folded, so all must be there
        ("UPDATE outcome SET attempt = 2 WHERE evaluation_id = 7 AND position = 4",),
        {"log": 2, "evaluation": 7, "grader": "theirs", "responses": 8, "outcomes": 2},
    ),
    ("log_omissions", ("DELETE FROM omission WHERE log_id = 2",), {"log": 2, "omitted": 1, "found": 0}),
    ("log_omissions", ("UPDATE log SET omitted = 0 WHERE id = 1",), {"log": 1, "omitted": 0, "found": 1}),
    (
        "outcome_in_problem_set",
        ("UPDATE problem SET problem_set_id = 1 WHERE id = 4",),
        {"evaluation": 5, "problem_set": 2, "problem": 4, "problem_set_of_problem": 1},
    ),
    (
        "answers_of_same_checkpoint",
        ("UPDATE evaluation SET answers_of = 1 WHERE id = 6",),
        {"evaluation": 6, "checkpoint": 5, "answers_of": 1, "checkpoint_of_answers": 1},
    ),
    (
        "plan_unchanged",
        ("UPDATE study SET plan = replace(plan, '1000', '1001')",),
        {"study": 1, "name": "study"},
    ),
    (
        "study_runs",
        ("DELETE FROM run WHERE id = 2",),
        {"study": 1, "name": "study", "arm": "cleaned-data", "seed": 1, "seen": "missing"},
    ),
    (
        "study_runs",
        ("UPDATE run SET seed = 2 WHERE id = 3",),
        {"study": 1, "name": "study", "arm": "new-schedule", "seed": 2, "seen": "not in the plan"},
    ),
    ("study_runs", ("UPDATE study SET plan = '{}'",), {"study": 1, "name": "study"}),
    (
        "study_seal",
        ("UPDATE study SET validation_split = 'validation'",),
        {"study": 1, "validation_split": "validation", "planned_validation": None},
    ),
    (
        "selection_chooses",
        ("DELETE FROM selected_run WHERE place = 1",),
        {"selection": 1, "chosen": 1, "last_place": 2},
    ),
    (
        "selection_of_its_study",
        ("UPDATE selected_run SET run_id = 5 WHERE place = 1",),
        {"selection": 1, "study": 1, "run": 5, "study_of_run": None},
    ),
    ("selections_numbered", ("UPDATE selection SET number = 2",), {"study": 1, "last_number": 2}),
    ("looks_counted", ("UPDATE selection SET looks_before = 1",), {"selection": 1, "told": 1, "found": 0}),
    ("fetch_books", ("UPDATE fetch SET items = 6, lines = 6",), {"fetch": 1, "items": 6}),
    ("fetch_books", ("UPDATE fetch SET lines = 6",), {"fetch": 1, "lines": 6}),
    ("fetch_books", ("DELETE FROM item WHERE outcome = 'drop'",), {"fetch": 1, "drops": 1, "found_drops": 0}),
    ("fetch_books", ("DELETE FROM item",), {"fetch": 1, "documents": 3, "found_documents": 0}),
    (
        "fetch_books",
        ("UPDATE fetch SET documents = 2, duplicates = 2",),
        {"fetch": 1, "documents": 2, "found_documents": 3, "duplicates": 2, "found_duplicates": 1},
    ),
    (
        "document_has_item",
        ("DELETE FROM item WHERE document_id = 2",),
        {"document": 2, "native_id": "hn:2"},
    ),
    (
        "document_has_item",
        ("UPDATE item SET outcome = 'duplicate' WHERE document_id = 1",),
        {"document": 1, "native_id": "hn:1"},
    ),
    (
        "document_has_collection",
        ("DELETE FROM document_collection WHERE document_id = 3",),
        {"document": 3, "native_id": "hn:3"},
    ),
    (
        "fetch_books",  # what came again is stated and has no rows
        ("UPDATE fetch SET again_duplicates = 1 WHERE id = 3",),
        {"fetch": 3, "duplicates": 2, "again_duplicates": 1, "found_duplicates": 0},
    ),
    (
        "fetch_books",
        ("UPDATE fetch SET again_drops = 0 WHERE id = 3",),
        {"fetch": 3, "drops": 1, "again_drops": 0, "found_drops": 0},
    ),
    (
        "fetch_books",
        ("DELETE FROM item WHERE fetch_id = 2 AND position = 2",),
        {"fetch": 2, "duplicates": 1, "again_duplicates": 0, "found_duplicates": 0},
    ),
    (
        "document_has_words",
        ("DELETE FROM document_words_docsize WHERE id = 2",),
        {"document": 2, "seen": "no words"},
    ),
    (
        "document_has_words",
        ("INSERT INTO document_words (rowid, words) VALUES (99, 'nothing')",),
        {"document": 99, "seen": "words without a document"},
    ),
    (
        "moment_of_document",
        ("UPDATE document SET published_at = NULL WHERE id = 4",),
        {"document": 4, "native_id": "hn:4", "certainty": "moment", "published_at": None},
    ),
    (
        "moment_of_document",
        ("UPDATE document SET certainty = 'moment' WHERE id = 1",),
        {"document": 1, "native_id": "hn:1", "certainty": "moment", "published_at": None},
    ),
    (
        "source_has_health",
        ("DELETE FROM source_health",),
        {"source": 2, "address": "https://a.example/feed", "protocol": "feed", "next_at": None},
    ),
    (
        "source_has_health",
        ("INSERT INTO source_health (source_id, next_at) VALUES (1, '2026-01-02 03:04:05.000000')",),
        {"source": 1, "protocol": "archive", "next_at": "2026-01-02 03:04:05.000000"},
    ),
    *(
        ("health_of_visits", (statement,), {"source": 2, **seen})
        for statement, seen in (
            ("UPDATE source_health SET last_at = '2026-01-02 03:04:06.000000'", {"trouble": "incomplete"}),
            ("UPDATE source_health SET trouble = 'timeout'", {"trouble": "timeout"}),
            ("UPDATE source_health SET trouble = NULL, failures = 0", {"trouble": None}),
            (
                "UPDATE fetch SET outcome = 'failed' WHERE id = 3",
                {"last_ok_at": "2026-01-02 04:04:05.000000"},
            ),
            (
                "UPDATE source_health SET last_new_at = '2026-01-02 04:04:05.000000'",
                {"last_new_at": "2026-01-02 04:04:05.000000"},
            ),
        )
    ),
    (
        "visit_answers",
        ("UPDATE answer SET n_bytes = 7 WHERE fetch_id = 2 AND position = 2",),
        {"fetch": 2, "n_bytes": 11, "found_bytes": 12, "answers": 2},
    ),
    (
        "visit_answers",
        ("UPDATE answer SET position = 3 WHERE fetch_id = 3 AND position = 2",),
        {"fetch": 3, "n_bytes": 11, "found_bytes": 11, "answers": 2, "last": 3},
    ),
    (
        "visit_answers",
        ("DELETE FROM answer WHERE fetch_id = 3",),
        {"fetch": 3, "n_bytes": 11, "found_bytes": 0, "answers": 0, "last": None},
    ),
    (
        "sighting_was_sent",
        ("UPDATE sighting SET document_id = 3 WHERE document_id = 4",),
        {"source": 2, "document": 3, "reason": None},
    ),
    (
        "sighting_was_sent",
        ("UPDATE sighting SET reason = 'no_id' WHERE reason = 'bad_date'",),
        {"source": 2, "document": None, "reason": "no_id"},
    ),
    (
        "sighting_was_sent",  # another source sent it
        ("UPDATE sighting SET source_id = 1 WHERE document_id = 3",),
        {"source": 1, "document": 3, "reason": None},
    ),
    (
        "score_of_its_fetch",
        ("UPDATE score SET document_id = 1",),
        {"document": 1, "fetch": 2, "points": 9, "comments": 1},
    ),
    ("score_of_its_fetch", ("UPDATE score SET fetch_id = 3",), {"document": 4, "fetch": 3}),
    (
        "adoption_changes",
        ("UPDATE adoption_day SET value = 7",),
        {"product": "github:a/b", "measure": "stars", "day": "2022-12-20", "fetch": 3, "value": 7},
    ),
    (
        "foreign_keys",  # of what came since version 0008
        ("DELETE FROM source WHERE id = 2",),
        {"table": "source_health", "key": "fk_source_health_source_id_source", "source_id": 2},
    ),
    (
        "table_rules",
        ("UPDATE source SET state = 'retired' WHERE id = 2",),
        {"table": "source", "rule": "ck_source_a_reason_unless_active", "id": 2},
    ),
    ("snapshot_books", ("UPDATE snapshot SET drops = 2",), {"snapshot": 1, "drops": 2, "found_drops": 1}),
    ("snapshot_books", ("UPDATE snapshot SET below_support = 6",), {"snapshot": 1, "n_topics": 9}),
    ("snapshot_books", ("DELETE FROM candidate WHERE topic_id = 3",), {"snapshot": 1, "found_watch": 0}),
    (
        "snapshot_books",
        ("UPDATE candidate SET place = 'watch', reason = NULL WHERE topic_id = 4",),
        {"snapshot": 1, "watch": 1, "found_watch": 2, "found_drops": 0},
    ),
    (
        "signal_rows",
        ("DELETE FROM signal WHERE topic_id = 2",),
        {"snapshot": 1, "topic": 2, "name": "Topic 2", "place": "signal", "signal": None},
    ),
    (
        "signal_rows",
        ("UPDATE candidate SET place = 'emerging' WHERE topic_id = 1",),
        {"snapshot": 1, "topic": 1, "name": "Topic 1", "place": "emerging", "signal": 1},
    ),
    (
        "signal_has_evidence",
        ("DELETE FROM evidence WHERE topic_id = 2",),
        {"signal": 2, "snapshot": 1, "name": "Topic 2", "stories": 3},
    ),
    (
        "evidence_in_order",
        ("DELETE FROM evidence WHERE topic_id = 1 AND position = 1",),
        {"snapshot": 1, "topic": 1, "name": "Topic 1", "documents": 1, "first": 2, "last": 2},
    ),
    (
        "evidence_in_order",
        ("DELETE FROM evidence WHERE topic_id = 3 AND position = 2",),
        {"snapshot": 1, "topic": 3, "place": "watch", "documents": 2, "first": 1, "last": 3},
    ),
    (
        "evidence_in_order",
        ("UPDATE evidence SET position = position - 1 WHERE topic_id = 1",),
        {"snapshot": 1, "topic": 1, "documents": 2, "first": 0, "last": 1},
    ),
    (
        "evidence_in_order",
        ("INSERT INTO evidence VALUES (1, 3, 4, 99)",),
        {"snapshot": 1, "topic": 3, "place": "watch", "documents": 4, "first": 1, "last": 4},
    ),
    (
        "folded_names",
        ("UPDATE candidate SET folded = 'another' WHERE topic_id = 2",),
        {"snapshot": 1, "topic": 2, "name": "Topic 2", "folded": "another"},
    ),
    (
        "history_days",
        ("DELETE FROM history_day WHERE topic_id = 2",),
        {"snapshot": 1, "topic": 2, "name": "Topic 2", "place": "signal", "days": 0},
    ),
    (
        "history_days",
        ("DELETE FROM history_day WHERE topic_id = 3 AND day = '2022-12-10'",),
        {
            "snapshot": 1,
            "topic": 3,
            "place": "watch",
            "days": 28,
            "first": "2022-11-22",
            "last": "2022-12-20",
        },
    ),
    (
        "history_days",
        ("DELETE FROM history_day WHERE topic_id = 3 AND day = '2022-12-20'",),
        {"snapshot": 1, "topic": 3, "days": 28, "last": "2022-12-19"},
    ),
    (
        "history_days",
        (
            "INSERT INTO history_day SELECT 1, 4, day, stories, expected, read FROM history_day WHERE topic_id = 3",
        ),
        {"snapshot": 1, "topic": 4, "place": "drop", "days": 29},
    ),
    (
        "history_days",
        (
            """
            INSERT INTO history_day
            WITH RECURSIVE age(n) AS (SELECT 29 UNION ALL SELECT n + 1 FROM age WHERE n < 112)
            SELECT 1, 1, date('2022-12-20', -n || ' days'), 0, 0.5, 1 FROM age
            """,
        ),
        {"snapshot": 1, "topic": 1, "days": 113, "first": "2022-08-30", "last": "2022-12-20"},
    ),
    (
        "history_days",
        ("UPDATE history_day SET day = 'never' WHERE topic_id = 1 AND day = '2022-11-22'",),
        {"snapshot": 1, "topic": 1, "days": 29, "last": "never"},
    ),
    *(
        ("history_sums", (statement,), {"snapshot": 1, "topic": 2, "name": "Topic 2", **seen})
        for statement, seen in (
            (
                "UPDATE history_day SET stories = 1 WHERE topic_id = 2 AND day = '2022-12-20'",
                {"found_stories": 3, "stories": 3, "ratio": 2.0},
            ),
            ("UPDATE candidate SET ratio = 2.5 WHERE topic_id = 2", {"ratio": 2.5, "found_stories": 2}),
            ("UPDATE candidate SET stories = 1 WHERE topic_id = 2", {"stories": 1, "found_stories": 2}),
            (
                "UPDATE history_day SET expected = 0.5 WHERE topic_id = 2 AND day = '2022-12-20'",
                {"expected": 0.5, "found_expected": 0.75},
            ),
        )
    ),
    (
        "history_sums",
        (*LOOSE, "UPDATE candidate SET ratio = NULL WHERE topic_id = 2"),
        {"snapshot": 1, "topic": 2, "ratio": None},
    ),
    ("history_sums", ("UPDATE snapshot SET as_of = 'once'",), {"snapshot": 1, "as_of": "once"}),
    (
        "momentum_known",
        ("UPDATE candidate SET momentum = 4.5 WHERE topic_id = 1",),
        {"snapshot": 1, "topic": 1, "name": "Topic 1", "momentum": 4.5, "momentum_high": 4.0},
    ),
    (
        "momentum_known",
        ("UPDATE candidate SET momentum_low = 2.5 WHERE topic_id = 1",),
        {"snapshot": 1, "topic": 1, "momentum": 2.0, "momentum_low": 2.5},
    ),
    *(
        (
            "momentum_known",
            (*LOOSE, f"UPDATE candidate SET {column} = NULL WHERE topic_id = 4"),
            {"snapshot": 1, "topic": 4, "name": "Topic 4", column: None},
        )
        for column in ("momentum", "momentum_low", "momentum_high")
    ),
    (
        "snapshot_unchanged",
        ("UPDATE history_day SET read = 5 WHERE topic_id = 3 AND day = '2022-12-20'",),
        {"snapshot": 1},
    ),
    (
        "snapshot_unchanged",
        ("DELETE FROM evidence WHERE topic_id = 4",),
        {"snapshot": 1},
    ),
    ("snapshot_unchanged", ("UPDATE candidate SET log_e = 0.25 WHERE topic_id = 3",), {"snapshot": 1}),
    ("snapshot_unchanged", ("UPDATE signal SET phase = 'mature' WHERE id = 1",), {"snapshot": 1}),
    (
        "snapshot_unchanged",
        ("UPDATE signal SET phase = 'new' WHERE id = 1",),
        {"snapshot": 1},
    ),
    ("snapshot_unchanged", ("UPDATE candidate SET numbers = '{' WHERE topic_id = 3",), {"snapshot": 1}),
    (
        "foreign_keys",
        ("DELETE FROM document WHERE id = 3",),
        {
            "table": "evidence",
            "key": "fk_evidence_document_id_document",
            "snapshot_id": 1,
            "topic_id": 2,
            "position": 1,
            "document_id": 3,
        },
    ),
    (
        "foreign_keys",
        ("DELETE FROM history_day", "DELETE FROM candidate WHERE topic_id = 1"),
        {
            "table": "signal",
            "key": "fk_signal_snapshot_id_topic_id_candidate",
            "id": 1,
            "snapshot_id": 1,
            "topic_id": 1,
        },
    ),
    (
        "foreign_keys",
        ("DELETE FROM problem_set WHERE id = 4",),
        {"table": "problem", "key": "fk_problem_problem_set_id_problem_set", "problem_set_id": 4},
    ),
    (
        "linking_books",
        ("INSERT INTO linking VALUES (1, '2026-01-02 03:04:05.000006', 2, 1)",),
        {"linking": 1, "links": 1, "found": 0},
    ),
    (
        "story_link_to_the_earlier",  # of one day, and the native ids the wrong way round
        (
            "INSERT INTO linking VALUES (1, '2026-01-02 03:04:05.000006', 1, 1)",
            "INSERT INTO story_link VALUES (1, 2, 'equal_title', '2026-01-02', '2026-01-02', 1)",
        ),
        {"document": 1, "representative": 2},
    ),
    (
        "story_links_end",
        (
            "INSERT INTO linking VALUES (1, '2026-01-02 03:04:05.000006', 2, 2)",
            "INSERT INTO story_link VALUES (1, 2, 'near_title', '2026-01-01', '2026-01-02', 1)",
            "INSERT INTO story_link VALUES (2, 1, 'near_title', '2026-01-01', '2026-01-02', 1)",
        ),
        {"document": 1},
    ),
    (
        "foreign_keys",  # of a table that is not ours
        ("CREATE TABLE other (mine INTEGER REFERENCES topic (id))", "INSERT INTO other VALUES (99)"),
        {"table": "other", "key": "to topic", "rows": 1},
    ),
    (
        "table_rules",  # the fault that once lost 18 of 19 signals
        ("UPDATE signal SET phase = 'new' WHERE id = 2",),
        {"table": "signal", "rule": "ck_signal_phase", "id": 2},
    ),
    (
        "table_rules",
        ("UPDATE outcome SET score = 1.5 WHERE evaluation_id = 1 AND problem_id = 2",),
        {
            "table": "outcome",
            "rule": "ck_outcome_score_is_a_proportion",
            "evaluation_id": 1,
            "problem_id": 2,
            "attempt": 1,
        },
    ),
]


def named(found: list[Violation], rule: str) -> Violation:
    return {violation.rule: violation for violation in found}[rule]


@pytest.mark.parametrize(
    ("rule", "statements", "row"), BROKEN, ids=[f"{rule}-{statements[-1]}" for rule, statements, _ in BROKEN]
)
def test_a_rule_that_is_broken_behind_the_back_of_the_product_is_named_with_its_row(
    filled: tuple[Engine, Blobs], rule: str, statements: tuple[str, ...], row: dict[str, Any]
) -> None:
    engine, blobs = filled
    spoil(engine, *statements)
    violation = named(examine(engine, blobs), rule)
    assert any(row.items() <= shown.items() for shown in violation.rows), violation.rows
    assert violation.count == len(violation.rows) <= SHOWN


def test_answers_that_are_gone_changed_or_not_all_there_are_named(
    sqlite_engine: Engine, blobs: Blobs
) -> None:
    fill(sqlite_engine, blobs)
    first, second, third = sorted(blobs.folder.rglob("*.zst"))
    first.unlink()
    second.write_bytes(third.read_bytes())
    other = blobs.put(b'["only one"]')
    spoil(sqlite_engine, f"UPDATE answer_text SET sha256 = '{other}' WHERE sha256 = '{digest_of(third)}'")
    violation = named(examine(sqlite_engine, blobs), "answers_intact")
    seen = {row["sha256"]: row["seen"] for row in violation.rows}
    assert "cannot be read" in seen[digest_of(first)]
    assert "no longer what was stored" in seen[digest_of(second)]
    assert seen[other] == "1 answers"
    assert violation.count == 3
    assert examine(sqlite_engine, None) == []


def digest_of(path: Path) -> str:
    return path.parent.name + path.stem


def test_every_rule_is_broken_by_a_case() -> None:
    elsewhere = {"answers_intact", *(rule.name for rule in (*RECOMMENDATIONS, *CHANGES))}
    assert {rule for rule, *_ in BROKEN} | elsewhere == {rule.name for rule in RULES}
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_some_rows_of_many_are_shown_and_all_are_counted(sqlite_engine: Engine, blobs: Blobs) -> None:
    fill(sqlite_engine, blobs)
    columns = "family, kind, title, text, url, published_on, first_seen, language, list_name"
    spoil(
        sqlite_engine,
        f"""
        INSERT INTO document (native_id, {columns})
        WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 149)
        SELECT 'hn:' || i, {columns} FROM n, document WHERE id = 1
        """,
    )
    violation = named(examine(sqlite_engine, blobs), "document_has_item")
    assert (violation.count, len(violation.rows)) == (50, SHOWN)


def test_the_command_says_which_rule_is_broken_by_which_row_and_ends_with_8(
    nophantom_cli: Cli, sqlite_engine: Engine, blobs: Blobs, tmp_path: Path
) -> None:
    spoil(fill(sqlite_engine, blobs), "DELETE FROM evidence WHERE topic_id = 2")
    ended = nophantom_cli("doctor", home=tmp_path)
    assert ended.status == 8
    lines = ended.out.splitlines()
    at = next(
        n for n, line in enumerate(lines) if line.startswith("BROKEN  signal_has_evidence: Every signal")
    )
    assert lines[at].endswith("Not so: 1")
    assert lines[at + 1].strip() == "signal 2, snapshot 1, name Topic 2, stories 3"
    assert f"2 of {len(RULES)} rules are broken" in ended.err  # also the content is no longer what was stored

    ended = nophantom_cli("doctor", "--json", home=tmp_path)
    assert (ended.status, ended.json["sound"]) == (8, False)
    assert {v["rule"]: v["count"] for v in ended.json["violations"]} == {
        "signal_has_evidence": 1,
        "snapshot_unchanged": 1,
    }
    assert [r["rule"] for r in ended.json["rules"] if not r["holds"]] == [
        "signal_has_evidence",
        "snapshot_unchanged",
    ]
    (row,) = ended.json["violations"][0]["rows"]
    assert row == {"signal": 2, "snapshot": 1, "name": "Topic 2", "stories": 3}


def test_without_a_store_there_is_nothing_to_examine(nophantom_cli: Cli) -> None:
    assert nophantom_cli("doctor").status == 3
