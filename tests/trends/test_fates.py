"""No signal vanishes between two snapshots without a word: over a real store, each fate with its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from tests.trends.fated_world import RISEN, a_fated_store
from tests.trends.named_world import on

from nophantom.clock import now
from nophantom.publishing.change_rules import CHANGES
from nophantom.publishing.doctor import examine
from nophantom.store.engine import open_engine, reading, writing
from nophantom.trends.archive.change_tables import SnapshotChange
from nophantom.trends.archive.changes import Changes, read_changes
from nophantom.trends.archive.counting import counted_names
from nophantom.trends.archive.deciding import decide, undo_decision
from nophantom.trends.archive.recommending import read_recommendations
from nophantom.trends.archive.story_links import Linked, NewLink, record_linking
from nophantom.trends.archive.tables import Document
from nophantom.trends.concluding import Detected, detect_signals
from nophantom.trends.decisions import DecisionKind
from nophantom.trends.fates import Fate, SignalFate, Withdrawal, fate_in_words
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.story_finder import StoryReason

NOT_SHOWN, STILL, NEW, ENDED = Fate.NOT_SHOWN, Fate.STILL, Fate.NEW, Fate.ENDED
WITHDRAWN, BEYOND = Fate.WITHDRAWN, Fate.BEYOND_HISTORY
AS_BEFORE = {"ploxter": STILL, "trellick": STILL}


@pytest.fixture(scope="module")
def detected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, detected as of day 104: Quux Vint, Trellick, Ploxter and Grimwald are confirmed. To be copied."""
    folder = tmp_path_factory.mktemp("fates")
    a_fated_store(folder)
    engine = open_engine(f"sqlite:///{folder / 'nophantom.db'}")
    before = detect_signals(engine, as_of=on(104))
    assert {s.candidate.slug: s.standing for s in before.snapshot.signals} == dict.fromkeys(
        ("quuxvint", "ploxter", "grimwald", "trellick"), Standing.CONFIRMED
    )
    assert changes(engine, before) is None
    engine.dispose()
    return folder / "nophantom.db"


@pytest.fixture
def store(detected: Path, tmp_path: Path) -> Iterator[Engine]:
    """A copy of one's own."""
    (tmp_path / "nophantom.db").write_bytes(detected.read_bytes())
    engine = open_engine(f"sqlite:///{tmp_path / 'nophantom.db'}")
    yield engine
    engine.dispose()


def changes(engine: Engine, found: Detected) -> Changes | None:
    with reading(engine) as session:
        return read_changes(session, found.recorded.id)


BEFORE = on(104)


def told(engine: Engine, found: Detected, since: date = BEFORE) -> dict[str, SignalFate]:
    """The fates by topic, once the books balance."""
    seen = changes(engine, found)
    assert seen is not None
    assert seen.before.as_of == since
    assert seen.counts == {fate: sum(one.fate is fate for one in seen.fates) for fate in Fate}
    assert len(seen.fates) - seen.counts[NEW] == seen.before.signals
    assert seen.counts[NEW] + seen.counts[STILL] == len(found.snapshot.signals)
    with reading(engine) as session:
        assert [row for rule in CHANGES for row in rule.check(session, None)] == []
    return {one.slug: one for one in seen.fates}


def fates(found: dict[str, SignalFate]) -> dict[str, Fate]:
    return {slug: one.fate for slug, one in found.items()}


def documents_telling(engine: Engine, name: str) -> dict[int, date]:
    """Numbers of documents with their days, the first first."""
    d = Document
    query = (
        select(d.id, d.first_seen).where(d.title.contains(f" {name} ")).order_by(d.first_seen, d.native_id)
    )
    with reading(engine) as session:
        return dict(session.execute(query).all())


def as_one_story(engine: Engine, documents: Mapping[int, date]) -> None:
    """Link documents to the first of them, as if the archive had been found to hold one story many times."""
    head, *others = documents
    links = [
        NewLink(number, head, StoryReason.NEAR_TITLE, opened=documents[head], since=documents[number])
        for number in others
    ]
    with writing(engine) as session:
        record_linking(session, Linked(waited=(), links=links, addresses={}), at=now())


def test_one_that_fell_silent_ended_and_one_that_rose_is_new(store: Engine) -> None:
    first = detect_signals(store, as_of=on(118))
    found = told(store, first)

    assert fates(found) == {"quuxvint": ENDED, "zanthil": NEW, **AS_BEFORE, "grimwald": STILL}
    quux, zanthil = found["quuxvint"], found["zanthil"]
    silent_from = RISEN[0][1][-1] + 28
    assert on(silent_from) <= date.fromisoformat(quux.numbers["day"]) <= on(silent_from + 4)
    assert quux.numbers["since_onset"][1] < 1
    assert (quux.standing_before, quux.standing, quux.reason) == (Standing.CONFIRMED, None, None)
    assert fate_in_words(quux).startswith(f"its tracking ended on {quux.numbers['day']}: its rate was ")
    assert zanthil.onset >= on(RISEN[3][1][0])
    assert (zanthil.standing_before, zanthil.standing) == (None, Standing.CONFIRMED)
    assert fate_in_words(zanthil) == "confirmed, emerging"
    assert examine(store, None) == []


def test_one_that_people_count_as_another_topic_is_withdrawn_as_merged(store: Engine) -> None:
    with writing(store) as session:
        merge = decide(session, DecisionKind.MERGE, "Ploxter", other="Grimwald", at=now())
    found = told(store, detect_signals(store, as_of=on(105)))
    ploxter = found["ploxter"]

    assert fates(found) == {**AS_BEFORE, "ploxter": WITHDRAWN, "quuxvint": STILL, "grimwald": STILL}
    assert ploxter.reason is Withdrawal.MERGED
    assert (ploxter.numbers["into"], ploxter.numbers["decision"]) == ("grimwald", merge.number)
    assert ploxter.numbers["stories"] == 2 * 11  # a post and a paper on each day since day 95
    assert (
        fate_in_words(ploxter) == f"its name is counted as Grimwald now (decision {merge.number} of people)"
    )

    with reading(store) as session:
        (name,) = counted_names(session, 2, alias="ploxter")
        assert (name.topic, name.kind, name.decision_id) == ("grimwald", None, merge.number)
        assert counted_names(session, 1, alias="ploxter") == counted_names(session, 2, alias="grimwald") == []
        marked = {(row.slug, row.withdrawn_on) for row in read_recommendations(session, 1)}
        later = {(row.slug, row.withdrawn_on) for row in read_recommendations(session, 2)}
    assert {day for slug, day in marked if slug != "ploxter"} == {day for _, day in later} == {None}
    assert {day for slug, day in marked if slug == "ploxter"} == {on(105)}

    with writing(store) as session:
        undo_decision(session, merge.number, at=now())
    after = told(store, detect_signals(store, as_of=on(106)), on(105))
    assert fates(after) == {**AS_BEFORE, "ploxter": NEW, "quuxvint": STILL, "grimwald": STILL}


def test_one_whose_documents_turn_out_to_be_one_story_is_withdrawn_as_corrected(store: Engine) -> None:
    copies = documents_telling(store, "Grimwald")
    as_one_story(store, copies)
    found = told(store, detect_signals(store, as_of=on(105)))
    grimwald = found["grimwald"]

    assert fates(found) == {**AS_BEFORE, "grimwald": WITHDRAWN, "quuxvint": STILL}
    assert grimwald.reason is Withdrawal.CORRECTED
    assert {name: grimwald.numbers[name] for name in ("counted", "joined", "not_told", "not_read")} == {
        "counted": 0,  # what one story tells is no topic
        "joined": 19,
        "not_told": 1,
        "not_read": 0,
    }
    assert fate_in_words(grimwald) == (
        "of its 20 documents 0 still counted, 19 in one story with others of them, 1 no more counted for it"
    )


def test_one_whose_collection_is_taken_out_is_withdrawn_as_corrected(store: Engine) -> None:
    telling = documents_telling(store, "Grimwald")
    with store.begin() as connection:
        connection.execute(
            text("INSERT INTO collection (id, source_id, name, counts) VALUES (99, 1, 'spam', 0)")
        )
        for number in telling:
            connection.execute(
                text("UPDATE document_collection SET collection_id = 99 WHERE document_id = :n"),
                {"n": number},
            )
    found = told(store, detect_signals(store, as_of=on(105)))

    assert (found["grimwald"].fate, found["grimwald"].reason) == (WITHDRAWN, Withdrawal.CORRECTED)
    assert found["grimwald"].numbers["not_read"] == 20
    assert fate_in_words(found["grimwald"]) == "of its 20 documents 0 still counted, 20 no more read"


def test_one_that_was_only_shown_says_what_keeps_it_away_and_what_stays_tells_its_new_phase(
    store: Engine,
) -> None:
    before = detect_signals(store, as_of=on(121))
    standing = {s.candidate.slug: s.standing for s in before.snapshot.signals}
    found = told(store, detect_signals(store, as_of=on(122)), on(121))["yarrowen"]

    assert standing["yarrowen"] is Standing.SHOWN
    assert (found.fate, found.standing_before, found.standing) == (NOT_SHOWN, Standing.SHOWN, None)
    assert (found.numbers["gate"], found.numbers["stories"]) == ("spike_one_day", 8)  # 3 days of the last 14
    assert fate_in_words(found).startswith("spike one day; 8 stories in the last 28 days, e-value ")

    # Where its documents turn out to be one story, it was not even shown: then it is withdrawn.
    as_one_story(store, documents_telling(store, "Yarrowen"))
    again = told(store, detect_signals(store, as_of=on(122)), on(121))["yarrowen"]
    assert (again.fate, again.reason, again.numbers["joined"]) == (WITHDRAWN, Withdrawal.CORRECTED, 7)

    # From day 124 on nearly nothing is read.
    last = detect_signals(store, as_of=on(133))
    rest = told(store, last, on(122))
    seen = changes(store, last)
    assert seen is not None
    assert (seen.phases_changed, seen.still) == (4, 4)
    for one in rest.values():
        assert (one.phase_before, one.phase, one.phase_changed) == (Phase.EMERGING, Phase.UNKNOWN, True)
        assert fate_in_words(one) == "emerging before, unknown now"


def test_one_whose_onset_is_read_no_more_is_beyond_history_and_not_withdrawn(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # To the day, not to the quarter: so that an archive of four months can be too short.
    for module in ("concluding", "known_corpus"):
        monkeypatch.setattr(f"nophantom.trends.{module}.reads_from", lambda day, days: day - timedelta(days))
    found = told(store, detect_signals(store, as_of=on(122), history_days=56))
    trellick = found["trellick"]

    assert (trellick.fate, trellick.reason) == (BEYOND, None)
    assert trellick.numbers["reads_from"] == str(on(66))
    assert fate_in_words(trellick) == (
        f"its onset on {trellick.onset} was judged by days before {on(66)}, which are read no more"
    )


def test_a_snapshot_says_the_same_whatever_was_before_it_and_so_do_its_changes_when_it_is_made_again(
    store: Engine,
) -> None:
    first = detect_signals(store, as_of=on(118))
    seen = changes(store, first)
    again = detect_signals(store, as_of=on(118), from_scratch=True)
    assert (again.recorded.is_new, changes(store, again)) == (False, seen)
    with reading(store) as session:
        assert len(session.scalars(select(SnapshotChange)).all()) == 1

    # A snapshot between the two is made later: then the day is compared with that one, and is the same itself.
    detect_signals(store, as_of=on(117))
    assert detect_signals(store, as_of=on(118)).recorded.id == first.recorded.id
    assert seen != changes(store, first)
    assert set(fates(told(store, first, on(117))).values()) == {STILL}
