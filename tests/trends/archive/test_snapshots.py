"""A snapshot comes back as it was detected; the same one is stored once; its bytes are the same on both stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

import orjson
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput, NotFound
from nophantom.store import portions
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.intake import ArchiveFile, record_batch, start_fetch
from nophantom.trends.archive.snapshots import (
    CandidateRow,
    EvidenceRow,
    RecordedSnapshot,
    find_topic,
    latest_snapshot,
    list_candidates,
    list_snapshots,
    read_evidence,
    read_history,
    read_snapshot,
    record_snapshot,
    snapshot_json,
)
from nophantom.trends.documents import Document, Family, Item, Kind
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.history import HistoryDay
from nophantom.trends.parameters import Parameters
from nophantom.trends.phases import Phase, PhaseNumbers, Standing
from nophantom.trends.signals import Candidate, Place, Signal, Snapshot

T = TypeVar("T")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DAY = date(2022, 12, 20)
STORIES = 6
SPELLINGS = {
    0: {"ChimDot": 50, "Chim Dot": 3, "chim-dot": 1},
    1: {"Ёлка Q++": 4},
    2: {"Foo.js": 2, "foojs": 1},
    3: {"Advent of Code": 9},
    4: {"alpha": 2},
    5: {"beta%": 1, "chimdots": 1},
}


def a_candidate(topic: int, slug: str, place: Place, low: float, **changes: Any) -> Candidate:
    plain = Candidate(
        topic=topic,
        slug=slug,
        name=next(iter(SPELLINGS[topic])),
        place=place,
        reason=None,
        log_e=0.1 + 0.2,  # no short decimal: must come back to the bit
        stories=3 + topic,
        expected=1e-17,
        momentum=(low + 1 / 3, low, low + 1),
        ratio=(2.0, 1.0, 4.0),
        needed=None,
        numbers={"active_days": 3, "news_share": 1 / 7, "arithmetic": {"strata": [{"stratum": "漢 / en"}]}},
    )
    return replace(plain, **changes)


def a_watched(**changes: Any) -> Candidate:
    plain = a_candidate(2, "foojs", Place.WATCH, 2.0, needed=7, best=(3, 1, 4), history=HISTORY)
    return replace(plain, **changes)


def a_signal(candidate: Candidate, stories: tuple[int, ...], **changes: Any) -> Signal:
    plain = Signal(
        candidate=candidate,
        standing=Standing.CONFIRMED,
        phase=Phase.EMERGING,
        phase_numbers=PhaseNumbers(False, 0.25, 5, None, None),
        onset=DAY - timedelta(5),
        shown_days=4,
        stories=stories,
    )
    return replace(plain, **changes)


HISTORY = (
    HistoryDay(DAY - timedelta(2), 3, 0.1 + 0.2, 2**40),
    HistoryDay(DAY - timedelta(1), None, None, 0),
    HistoryDay(DAY, 0, 1e-300, 7),
)
LATER = HISTORY[2:]


def a_snapshot(**changes: Any) -> Snapshot:
    chimdot = a_candidate(0, "chimdot", Place.SIGNAL, 9.0, log_e=130.5, history=HISTORY)
    tree = a_candidate(1, "ёлкаq++", Place.SIGNAL, 5.0, expected=-0.0, history=LATER)
    growing = PhaseNumbers(False, 6.0, 200, 1.5, 9.0)
    plain = Snapshot(
        as_of=DAY,
        parameters=Parameters(),
        n_stories=100,
        n_topics=1_000,
        n_strata=4,
        below_support=994,
        log_threshold=8.5,
        signals=(
            a_signal(chimdot, (4, 0, 2)),
            a_signal(tree, (5,), standing=Standing.SHOWN, phase=Phase.GROWING, phase_numbers=growing),
        ),
        watch=(a_watched(),),
        drops=(
            a_candidate(3, "adventofcode", Place.DROP, 8.0, reason=CandidateDrop.SEASONAL, best=(4,)),
            a_candidate(4, "alpha", Place.DROP, 0.5, reason=CandidateDrop.NOT_SIGNIFICANT),
            a_candidate(5, "beta", Place.DROP, 0.5, reason=CandidateDrop.NOT_SIGNIFICANT),
        ),
    )
    return replace(plain, **changes)


def add_documents(engine: Engine) -> None:
    """One per story, written in another order than that of the stories."""
    with writing(engine) as session:
        fetch = start_fetch(session, ArchiveFile("a.jsonl", "0" * 64, 1, Family.HACKER_NEWS), at=AT)
        items = [Item(n + 1, b"0123456789abcdef", a_document(STORIES - 1 - n)) for n in range(STORIES)]
        record_batch(session, fetch, items, lines=STORIES)


def a_document(story: int) -> Document:
    return Document(
        native_id=f"hn:{story}",
        family=Family.HACKER_NEWS,
        kind=Kind.REPOSITORY,
        title=f"Story {story}",
        text="",
        url=f"https://a.org/{story}",
        author=None,
        site="a.org",
        published_on=DAY - timedelta(3),
        first_seen=DAY - timedelta(2),
        language="en",
        collections=("front_page",),
        list_name="",
        product=None,
    )


def row_of(story: int) -> int:
    return STORIES - story


def record(engine: Engine, snapshot: Snapshot | None = None, **changes: Any) -> RecordedSnapshot:
    more: dict[str, Any] = {
        "n_documents": 120,
        "documents_of": row_of,
        "spellings": SPELLINGS.__getitem__,
        "at": AT,
    }
    with writing(engine) as session:
        return record_snapshot(session, snapshot or a_snapshot(), **more | changes)


def ask(engine: Engine, question: Callable[[Session], T]) -> T:
    with reading(engine) as session:
        return question(session)


def candidates(engine: Engine, **choice: Any) -> list[CandidateRow]:
    return ask(engine, lambda s: list_candidates(s, 1, **choice))


def slugs(engine: Engine, **choice: Any) -> list[str]:
    return [c.slug for c in candidates(engine, **choice)]


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A store of each kind with one snapshot."""
    add_documents(engine)
    assert record(engine) == RecordedSnapshot(1, is_new=True)
    return engine


def test_every_number_of_every_candidate_comes_back_to_the_bit(filled: Engine) -> None:
    snapshot = a_snapshot()
    everyone = [*(s.candidate for s in snapshot.signals), *snapshot.watch, *snapshot.drops]
    found = {c.slug: c for c in candidates(filled)}
    assert len(found) == len(everyone) == 6
    for c in everyone:
        row = found[c.slug]
        for name in ("name", "place", "reason", "log_e", "stories", "expected", "needed", "numbers"):
            assert getattr(row, name) == getattr(c, name), name
        assert (row.momentum, row.momentum_low, row.momentum_high) == c.momentum
        assert (row.ratio, row.ratio_low, row.ratio_high) == c.ratio
    for s in snapshot.signals:
        row = found[s.candidate.slug]
        assert (row.standing, row.phase, row.onset, row.shown_days) == (
            s.standing,
            s.phase,
            s.onset,
            s.shown_days,
        )
        assert row.phase_numbers == asdict(s.phase_numbers)
        assert row.evidence == len(s.stories)
    others = [c for c in found.values() if c.place is not Place.SIGNAL]
    told = {(c.standing, c.phase, c.phase_numbers, c.onset, c.shown_days) for c in others}
    assert told == {(None, None, None, None, None)}
    assert {c.slug: c.evidence for c in others} == {"foojs": 3, "adventofcode": 1, "alpha": 0, "beta": 0}


def test_a_snapshot_comes_back_with_its_counts_and_what_decided_it(filled: Engine) -> None:
    row = ask(filled, lambda s: read_snapshot(s, 1))
    decided_by = orjson.loads(orjson.dumps(Parameters()))
    assert decided_by.pop("decisions") is None  # not told where it is nothing
    assert (row.as_of, row.created_at, row.simulated, row.parameters) == (
        DAY,
        AT,
        False,
        decided_by,
    )
    assert (row.n_documents, row.n_stories, row.n_topics, row.n_strata) == (120, 100, 1_000, 4)
    assert (row.below_support, row.log_threshold) == (994, 8.5)
    assert (row.candidates, row.signals, row.watch, row.drops) == (6, 2, 1, 3)
    with pytest.raises(NotFound, match="there is no snapshot 2"):
        ask(filled, lambda s: read_snapshot(s, 2))


def test_evidence_comes_in_the_order_of_the_detection_and_walks_back_to_documents(filled: Engine) -> None:
    topics = {c.slug: c.topic_id for c in candidates(filled)}

    def read(slug: str, **limit: int) -> list[EvidenceRow]:
        return ask(filled, lambda s: read_evidence(s, 1, topics[slug], **limit))

    seen = DAY - timedelta(2)
    assert read("ёлкаq++") == [
        EvidenceRow("hn:5", "Story 5", "https://a.org/5", "a.org", seen, Kind.REPOSITORY)
    ]
    assert [d.native_id for d in read("chimdot")] == ["hn:4", "hn:0", "hn:2"]
    assert [d.native_id for d in read("chimdot", limit=2)] == ["hn:4", "hn:0"]
    assert [d.native_id for d in read("foojs")] == ["hn:3", "hn:1", "hn:4"]
    assert [d.native_id for d in read("adventofcode")] == ["hn:4"]
    assert read("alpha") == []
    assert ask(filled, lambda s: read_evidence(s, 2, topics["foojs"])) == []


def test_a_history_comes_back_to_the_bit_day_by_day_with_its_gaps(filled: Engine) -> None:
    topics = {c.slug: c.topic_id for c in candidates(filled)}

    def read(slug: str, snapshot: int = 1) -> list[HistoryDay]:
        return ask(filled, lambda s: read_history(s, snapshot, topics[slug]))

    assert read("chimdot") == read("foojs") == list(HISTORY)
    assert read("ёлкаq++") == list(LATER)
    assert read("adventofcode") == read("chimdot", snapshot=2) == []


def test_the_content_made_from_the_rows_is_to_the_byte_what_was_hashed(filled: Engine) -> None:
    told = ask(filled, lambda s: snapshot_json(s, 1))
    row = ask(filled, lambda s: read_snapshot(s, 1))
    assert sha256(told.encode()).hexdigest() == row.digest
    content = json.loads(told)
    assert [c["slug"] for c in content["judged"]] == [
        "chimdot",
        "ёлкаq++",
        "foojs",
        "adventofcode",
        "alpha",
        "beta",
    ]
    assert content["judged"][0]["signal"]["evidence"] == ["hn:4", "hn:0", "hn:2"]
    assert content["judged"][2]["signal"] is None
    assert content["judged"][2]["evidence"] == ["hn:3", "hn:1", "hn:4"]
    assert content["judged"][3]["evidence"] == ["hn:4"]
    history = [
        ["2022-12-18", 3, 0.1 + 0.2, 2**40],
        ["2022-12-19", None, None, 0],
        ["2022-12-20", 0, 1e-300, 7],
    ]
    assert [c.get("history") for c in content["judged"]] == [history, history[2:], history, None, None, None]
    assert [c["slug"] for c in content["judged"] if "evidence" in c] == ["foojs", "adventofcode"]
    assert (content["signals"], content["watch"], content["drops"]) == (2, 1, 3)
    assert "created_at" not in content
    assert "-0.0" not in told


def test_what_has_neither_history_nor_other_evidence_keeps_the_hash_of_the_time_before_these(
    engine: Engine,
) -> None:
    """Told without a word of them: but for the parameters, the content is that of version 0003."""
    snapshot, bare = a_snapshot(), {"best": (), "history": ()}
    before = replace(
        snapshot,
        signals=tuple(replace(s, candidate=replace(s.candidate, **bare)) for s in snapshot.signals),  # type: ignore[arg-type]
        watch=tuple(replace(c, **bare) for c in snapshot.watch),  # type: ignore[arg-type]
        drops=tuple(replace(c, **bare) for c in snapshot.drops),  # type: ignore[arg-type]
    )
    add_documents(engine)
    record(engine, before)
    told = ask(engine, lambda s: snapshot_json(s, 1))
    digest = "43a4250a70f44c54b59de03ebb3cbee2dafe083d57f1d638234ab4d61d8ddfa5"
    assert sha256(told.encode()).hexdigest() == ask(engine, lambda s: read_snapshot(s, 1)).digest == digest
    assert record(engine) == RecordedSnapshot(2, is_new=True)  # now with them: another content


def test_the_same_content_is_stored_once_whenever_and_in_whatever_order(filled: Engine) -> None:
    snapshot = a_snapshot()
    turned = replace(snapshot, signals=snapshot.signals[::-1], drops=snapshot.drops[::-1])
    assert record(filled, turned, at=AT + timedelta(1)) == RecordedSnapshot(1, is_new=False)
    assert len(ask(filled, list_snapshots)) == 1
    assert len(candidates(filled)) == 6


def _with_signal(**changes: Any) -> Snapshot:
    snapshot = a_snapshot()
    return replace(snapshot, signals=(replace(snapshot.signals[0], **changes), snapshot.signals[1]))


@pytest.mark.parametrize(
    "changes",
    [
        {"snapshot": a_snapshot(as_of=DAY - timedelta(1))},
        {"snapshot": a_snapshot(parameters=Parameters(q=0.01))},
        {"snapshot": a_snapshot(n_stories=101)},
        {"snapshot": a_snapshot(n_strata=5)},
        {"snapshot": a_snapshot(n_topics=1_001, below_support=995)},
        {"snapshot": a_snapshot(log_threshold=8.500000000000002)},
        {"snapshot": a_snapshot(watch=(a_watched(needed=8),))},
        {"snapshot": a_snapshot(watch=(a_watched(name="FooJS"),))},
        {"snapshot": a_snapshot(watch=(a_watched(numbers={}),))},
        {"snapshot": a_snapshot(watch=(a_watched(best=(3, 4, 1)),))},
        {"snapshot": a_snapshot(watch=(a_watched(best=()),))},
        {"snapshot": a_snapshot(watch=(a_watched(history=HISTORY[1:]),))},
        {"snapshot": a_snapshot(watch=(a_watched(history=(*HISTORY[:2], replace(HISTORY[2], read=8))),))},
        {"snapshot": a_snapshot(watch=(a_watched(history=()),))},
        {"snapshot": _with_signal(stories=(0, 4, 2))},
        {"snapshot": _with_signal(stories=(4, 0))},
        {"snapshot": _with_signal(phase=Phase.MATURE)},
        {"snapshot": _with_signal(standing=Standing.SHOWN)},
        {"snapshot": _with_signal(onset=DAY)},
        {"snapshot": _with_signal(shown_days=5)},
        {"snapshot": _with_signal(phase_numbers=PhaseNumbers(False, 0.25, 6, None, None))},
        {"n_documents": 121},
        {"simulated": True},
    ],
    ids=str,
)
def test_whatever_differs_in_the_content_is_another_snapshot(
    sqlite_engine: Engine, changes: dict[str, Any]
) -> None:
    add_documents(sqlite_engine)
    record(sqlite_engine)
    other = record(sqlite_engine, changes.pop("snapshot", None), **changes)
    assert other == RecordedSnapshot(2, is_new=True)
    for number in (1, 2):
        told = ask(sqlite_engine, lambda s, n=number: snapshot_json(s, n))  # type: ignore[misc]
        row = ask(sqlite_engine, lambda s, n=number: read_snapshot(s, n))  # type: ignore[misc]
        assert sha256(told.encode()).hexdigest() == row.digest


def test_the_latest_snapshot_by_a_day_is_the_one_stored_last_and_simulated_ones_are_apart(
    engine: Engine,
) -> None:
    assert ask(engine, latest_snapshot) is None
    add_documents(engine)
    for changes in ({}, {"n_stories": 101}, {"as_of": DAY - timedelta(1)}):
        record(engine, a_snapshot(**changes))
    record(engine, a_snapshot(as_of=DAY + timedelta(1)), simulated=True)

    def latest(as_of: date | None = None, **choice: bool) -> int | None:
        row = ask(engine, lambda s: latest_snapshot(s, as_of, **choice))
        return row.id if row else None

    assert (latest(), latest(DAY), latest(DAY - timedelta(1)), latest(DAY - timedelta(2))) == (2, 2, 3, None)
    assert (latest(DAY + timedelta(9)), latest(simulated=True), latest(DAY, simulated=True)) == (2, 4, None)
    assert [row.id for row in ask(engine, list_snapshots)] == [4, 2, 1, 3]
    assert [row.id for row in ask(engine, lambda s: list_snapshots(s, simulated=False))] == [2, 1, 3]


def test_candidates_are_chosen_by_place_reason_phase_and_what_their_name_contains(filled: Engine) -> None:
    assert slugs(filled, place=Place.SIGNAL) == ["chimdot", "ёлкаq++"]
    assert slugs(filled, place=Place.WATCH) == ["foojs"]
    assert slugs(filled, reason=CandidateDrop.NOT_SIGNIFICANT) == ["alpha", "beta"]
    assert slugs(filled, phase=Phase.GROWING) == ["ёлкаq++"]
    assert slugs(filled, place=Place.WATCH, phase=Phase.GROWING) == []
    assert slugs(filled, contains="OF c") == slugs(filled, contains="ofcode") == ["adventofcode"]
    assert slugs(filled, contains="ЁЛ") == ["ёлкаq++"]
    assert slugs(filled, contains="%") == ["beta"]
    assert slugs(filled, contains="_") == []
    assert slugs(filled, limit=2) == ["chimdot", "adventofcode"]


def test_candidates_are_sorted_alike_on_both_stores_with_ties_by_momentum_evidence_and_slug(
    filled: Engine,
) -> None:
    by_momentum = ["chimdot", "adventofcode", "ёлкаq++", "foojs", "alpha", "beta"]
    assert slugs(filled) == by_momentum
    assert slugs(filled, sort="log_e") == by_momentum
    assert slugs(filled, sort="stories") == ["beta", "alpha", "adventofcode", "foojs", "ёлкаq++", "chimdot"]
    by_name = ["adventofcode", "alpha", "beta", "chimdot", "foojs", "ёлкаq++"]
    assert slugs(filled, sort="name", descending=False) == by_name
    assert slugs(filled, sort="name") == by_name[::-1]
    assert slugs(filled, descending=False)[0] == "alpha"
    with pytest.raises(InvalidInput, match="sorted by momentum_low, log_e, stories, name, onset; got 'id'"):
        slugs(filled, sort="id")


@pytest.mark.parametrize(
    ("said", "slug"),
    [
        ("chimdot", "chimdot"),
        ("CHIMDOT", "chimdot"),
        (" Chim Dot ", "chimdot"),
        ("chim.dot", "chimdot"),  # a spelling that nobody used
        ("ChimDots", "chimdot"),  # its plural, before an alias of another topic
        ("ёлка q++", "ёлкаq++"),
        ("advent-of-code", "adventofcode"),
        ("advent", None),
        ("", None),
        ("%", None),
    ],
)
def test_a_topic_is_found_by_its_slug_its_name_or_any_of_its_spellings(
    filled: Engine, said: str, slug: str | None
) -> None:
    found = ask(filled, lambda s: find_topic(s, 1, said))
    assert (found.slug if found else None) == slug
    assert ask(filled, lambda s: find_topic(s, 2, said)) is None


def test_a_topic_keeps_its_number_takes_the_name_of_the_latest_day_and_snapshots_keep_theirs(
    engine: Engine,
) -> None:
    add_documents(engine)
    record(engine)

    def renamed(name: str, days: int) -> Snapshot:
        watch = a_candidate(2, "foojs", Place.WATCH, 2.0, name=name)
        return a_snapshot(as_of=DAY + timedelta(days), watch=(watch,))

    record(engine, renamed("FooJS", 1))
    record(engine, renamed("FOO", -1), spellings=lambda topic: [*SPELLINGS[topic], "FOO\0"])
    with engine.connect() as connection:
        names = connection.execute(text("SELECT name FROM topic WHERE slug = 'foojs'")).scalars().all()
        aliases = connection.execute(
            text(
                "SELECT spelling FROM alias JOIN topic ON id = topic_id WHERE slug = 'foojs' ORDER BY spelling"
            )
        ).scalars()
        assert names == ["FooJS"]
        assert set(aliases) == {"Foo.js", "foojs", "FOO\ufffd"}
    found = [ask(engine, lambda s, n=n: find_topic(s, n, "foojs")) for n in (1, 2, 3)]  # type: ignore[misc]
    assert [c and c.name for c in found] == ["Foo.js", "FooJS", "FOO"]
    assert len({c and c.topic_id for c in found}) == 1


def test_more_candidates_than_a_statement_takes_are_stored(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_documents(sqlite_engine)
    monkeypatch.setattr(portions, "AT_ONCE", 2)
    assert record(sqlite_engine).is_new
    told = ask(sqlite_engine, lambda s: snapshot_json(s, 1))
    assert ask(sqlite_engine, lambda s: read_snapshot(s, 1)).digest == sha256(told.encode()).hexdigest()
    assert len(candidates(sqlite_engine)) == 6
    assert not record(sqlite_engine).is_new


def test_a_snapshot_that_cannot_be_stored_whole_leaves_nothing(sqlite_engine: Engine) -> None:
    with pytest.raises(KeyError):
        record(sqlite_engine)  # there are no documents to stand on
    with pytest.raises(ValueError, match="Out of range float values"):
        record(sqlite_engine, a_snapshot(signals=(), watch=(), drops=(), log_threshold=float("nan")))
    with sqlite_engine.connect() as connection:
        for table in ("snapshot", "candidate", "signal", "evidence", "history_day", "topic", "alias"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0
