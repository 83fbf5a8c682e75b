"""Detection over a real store: going on from what an earlier one remembers, names, decisions and the self-test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from tests.trends.named_world import a_line, a_named_store, import_lines, on

from nophantom.clock import now
from nophantom.publishing.doctor import examine
from nophantom.store.engine import open_engine, reading, writing
from nophantom.trends.archive import replay_memories
from nophantom.trends.archive.counting import NameRow, counted_names, read_self_test
from nophantom.trends.archive.days_read import ThinEnd, last_day, read_by_day, thin_end
from nophantom.trends.archive.deciding import decide, undo_decision
from nophantom.trends.archive.replay_tables import ReplayMemory
from nophantom.trends.archive.snapshots import read_snapshot, snapshot_json
from nophantom.trends.concluding import Detected, detect_signals
from nophantom.trends.decisions import DecisionKind
from nophantom.trends.parameters import Parameters


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("concluding")
    a_named_store(folder)
    return folder / "nophantom.db"


@pytest.fixture
def store(plain: Path, tmp_path: Path) -> Iterator[Engine]:
    """A copy of the store, in which nothing was detected."""
    (tmp_path / "nophantom.db").write_bytes(plain.read_bytes())
    engine = open_engine(f"sqlite:///{tmp_path / 'nophantom.db'}")
    yield engine
    engine.dispose()


def told(engine: Engine, detected: Detected) -> str:
    with reading(engine) as session:
        return snapshot_json(session, detected.recorded.id)


def memories(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(ReplayMemory)) or 0


def slugs(detected: Detected) -> list[str]:
    return [signal.candidate.slug for signal in detected.snapshot.signals]


def names(engine: Engine, detected: Detected) -> list[NameRow]:
    with reading(engine) as session:
        return counted_names(session, detected.recorded.id)


def test_a_day_that_goes_on_from_the_day_before_says_the_same_to_the_byte(store: Engine) -> None:
    went_on = None
    for day in range(78, 90, 3):
        went_on = detect_signals(store, as_of=on(day))
        scratch = detect_signals(store, as_of=on(day), from_scratch=True)

        assert went_on.went_on_from == (on(day - 3) if day > 78 else None)
        assert scratch.went_on_from is None
        assert (scratch.recorded.id, scratch.recorded.is_new) == (went_on.recorded.id, False)
    assert went_on is not None
    assert slugs(went_on) == ["quuxvint"]
    assert went_on.snapshot.signals[0].changes  # it was confirmed on a day that was not replayed again
    assert memories(store) == 4


def test_a_day_before_those_that_are_remembered_begins_at_the_first(store: Engine) -> None:
    detect_signals(store, as_of=on(88))

    assert detect_signals(store, as_of=on(80)).went_on_from is None
    assert detect_signals(store, as_of=on(89)).went_on_from == on(88)


@pytest.mark.parametrize("late", [30, 84])
def test_a_document_that_comes_late_changes_the_past_that_it_belongs_to(
    store: Engine, tmp_path: Path, late: int
) -> None:
    for day in (80, 85):
        detect_signals(store, as_of=on(day))
    import_lines(
        store, tmp_path / "late.jsonl", [a_line(99_999, late, "one more dalba femgi", is_paper=False)]
    )

    assert detect_signals(store, as_of=on(86)).went_on_from == (on(80) if late == 84 else None)


def test_other_parameters_other_code_or_a_new_decision_have_another_past(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    detect_signals(store, as_of=on(85))

    assert detect_signals(store, as_of=on(86), parameters=Parameters(q=0.2)).went_on_from is None
    monkeypatch.setattr("nophantom.trends.concluding._code", lambda: "another version")
    assert detect_signals(store, as_of=on(86)).went_on_from is None
    monkeypatch.undo()
    with writing(store) as session:
        decide(session, DecisionKind.MERGE, "dalba", other="femgi", at=now())
    assert detect_signals(store, as_of=on(86)).went_on_from is None
    assert detect_signals(store, as_of=on(86), with_decisions=False).went_on_from == on(85)


def test_only_the_latest_memories_are_kept(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_memories, "KEPT", 2)
    for day in (80, 82, 84):
        detect_signals(store, as_of=on(day))

    assert memories(store) == 2
    assert detect_signals(store, as_of=on(83)).went_on_from == on(82)


def test_a_topic_is_counted_under_its_other_name_and_the_snapshot_says_why(store: Engine) -> None:
    found = detect_signals(store, as_of=on(88))
    (row,) = names(store, found)

    assert slugs(found) == ["quuxvint"]
    assert found.snapshot.signals[0].candidate.stories == 46  # 23 days, a post and a paper each
    assert (row.alias, row.alias_name, row.topic, row.kind, row.decision_id) == (
        "qv",
        "QV",
        "quuxvint",
        "acronym",
        None,
    )
    assert row.sources >= 2
    assert row.documents
    assert examine(store, None) == []


def test_what_people_split_and_merge_is_counted_so_and_undone_again(store: Engine) -> None:
    def stories(detected: Detected, slug: str) -> int | None:
        s = detected.snapshot
        everyone = [*(one.candidate for one in s.signals), *s.watch, *s.drops]
        return next((c.stories for c in everyone if c.slug == slug), None)

    before = detect_signals(store, as_of=on(88))
    with writing(store) as session:
        split = decide(session, DecisionKind.SPLIT, "QV", other="Quux Vint", at=now())
        merge = decide(session, DecisionKind.MERGE, "dalba", other="femgi", at=now())
    after = detect_signals(store, as_of=on(88))

    assert (stories(before, "quuxvint"), stories(before, "qv")) == (46, None)
    assert (stories(after, "quuxvint"), stories(after, "qv")) == (30, 32)
    assert stories(before, "dalba")
    assert stories(after, "dalba") is None
    (row,) = names(store, after)
    assert (row.alias, row.topic, row.kind, row.decision_id) == ("dalba", "femgi", None, merge.number)
    with reading(store) as session:
        kept = read_snapshot(session, before.recorded.id)
        counted = read_snapshot(session, after.recorded.id)
    assert "decisions" not in kept.parameters
    assert counted.parameters["decisions"]
    assert counted.parameters_hash != kept.parameters_hash

    with writing(store) as session:
        undo_decision(session, split.number, at=now())
        undo_decision(session, merge.number, at=now())
    assert detect_signals(store, as_of=on(88)).recorded.id == before.recorded.id


def test_the_self_test_is_kept_with_the_snapshot(store: Engine) -> None:
    found = detect_signals(store, as_of=on(88))
    with reading(store) as session:
        checks = read_self_test(session, found.recorded.id)

    assert tuple(checks) == found.snapshot.self_test
    assert {check.tier for check in checks} == {0, 1, 2, 3, 4}
    assert sum(check.topics for check in checks if check.level == 20) > 20
    assert found.snapshot.is_calibrated


def test_the_snapshot_is_told_by_its_rows_as_it_was_when_it_was_made(store: Engine) -> None:
    found = detect_signals(store, as_of=on(88))
    content = json.loads(told(store, found))

    assert content["counted_as"][0][:3] == ["qv", "QV", "quuxvint"]
    assert len(content["self_test"]) == len(found.snapshot.self_test)
    assert detect_signals(store, as_of=on(88), from_scratch=True).recorded.is_new is False


def test_an_acronym_of_two_meanings_is_flagged_and_counted_together(store: Engine) -> None:
    found = detect_signals(store, as_of=on(99))
    s = found.snapshot
    everyone = {c.slug: c for c in (*s.watch, *s.drops)}

    assert everyone["mx"].stories == 3
    assert everyone["mx"].numbers["meanings"] == [["Mab Xor", 5], ["Mel Xin", 5]]
    assert "meanings" not in everyone["dalba"].numbers
    assert [row.alias for row in names(store, found)] == ["qv"]


def test_steps_are_told_in_their_order(store: Engine) -> None:
    said: list[str] = []
    note: Callable[[str, int, int], None] = lambda what, *_: said.append(what)  # noqa: E731
    detect_signals(store, as_of=on(60), on_step=note)

    assert list(dict.fromkeys(said)) == [
        "reading documents",
        "finding stories",
        "finding topics",
        "finding other names",
        "counting",
        "detecting",
    ]


def test_the_day_of_a_detection_is_the_last_that_anything_was_read_on(store: Engine, tmp_path: Path) -> None:
    import_lines(store, tmp_path / "late.jsonl", [a_line(99_998, 400, "one stray document", is_paper=False)])
    with reading(store) as session:
        read = read_by_day(session)
        assert last_day(session) == on(400)
        assert last_day(session, simulated=True) is None

    assert read[on(99)] == 14
    assert read[on(400)] == 1
    assert thin_end(read, on(400)) == ThinEnd(read=1, usual=392, last_usual=on(99))
    assert thin_end(read, on(99)) is None
    assert thin_end({}, on(99)) is None
