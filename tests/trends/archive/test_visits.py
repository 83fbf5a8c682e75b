"""Visits as they are written: books that hold, what came again, scores, adoption, moves. On both stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from nophantom.publishing.doctor import examine
from nophantom.store.engine import reading, writing
from nophantom.trends.archive import visits as module
from nophantom.trends.archive.source_rows import NewSource, SourceRow
from nophantom.trends.archive.source_tables import FetchOutcome, SourceState
from nophantom.trends.archive.sources import add_sources, read_source
from nophantom.trends.archive.visit_records import AnswerRecord, Health, LeadRecord, Visit, VisitBooks
from nophantom.trends.archive.visits import record_visits
from nophantom.trends.documents import Document, Family, Item, ItemDrop, Kind, Score
from nophantom.trends.exchange import Adoption, SourceProtocol, Trouble

AT = datetime(2026, 1, 2, 12, tzinfo=UTC)
DAY = date(2026, 1, 1)
HASH = "0123456789abcdef" * 4


def document(name: str, **more: Any) -> Document:
    plain = Document(
        native_id=f"web:{name}",
        family=Family.FEED,
        kind=Kind.POST,
        title=f"News of {name}",
        text="",
        url="",
        author=None,
        site=None,
        published_on=DAY,
        first_seen=DAY,
        language="en",
        collections=("feeds/other/2026-01",),
        list_name="",
        product=None,
    )
    return replace(plain, **more)


def item(position: int, thing: str | ItemDrop | Document, score: Score | None = None, raw: str = "") -> Item:
    name = raw or (thing.native_id if isinstance(thing, Document) else str(thing))
    digest = name.encode().ljust(16, b".")[:16]
    if isinstance(thing, ItemDrop):
        return Item(position, digest, None, thing, f"seen {thing}")
    return Item(position, digest, thing if isinstance(thing, Document) else document(thing), score=score)


def health(at: datetime, **more: Any) -> Health:
    plain = Health(
        next_at=at + timedelta(hours=1),
        last_at=at,
        last_ok_at=at,
        followed_since=AT,
        failures=0,
        trouble=None,
        told=None,
        etag='"e"',
        last_modified=None,
        body=HASH,
        moved_to=None,
        moved_seen=0,
        rhythm=(AT,),
        remembered={"since": "1"},
    )
    return replace(plain, **more)


def visit(source: int, *items: Item, hours: float = 0.0, **more: Any) -> Visit:
    at = AT + timedelta(hours=hours)
    plain = Visit(
        source,
        "https://a.example/feed",
        at,
        at,
        FetchOutcome.COMPLETE,
        items=items,
        answers=(AnswerRecord("https://a.example/feed", 200, 9, HASH),),
        health=health(at),
    )
    return replace(plain, **more)


def follow(engine: Engine, *names: str) -> tuple[int, ...]:
    addresses = [f"https://{name}.example/feed" for name in names or ("a",)]
    new = [NewSource(a, a, Family.FEED, SourceProtocol.FEED) for a in addresses]
    with writing(engine) as session:
        return add_sources(session, new, at=AT).new


def record(engine: Engine, *visits: Visit) -> list[VisitBooks]:
    with writing(engine) as session:
        return record_visits(session, visits)


def ask(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with reading(engine) as session:
        return [tuple(row) for row in session.execute(text(query))]


def source(engine: Engine, number: int) -> SourceRow:
    with reading(engine) as session:
        return read_source(session, number)


def test_a_visit_comes_back_as_its_books_its_items_and_the_health_of_its_source(engine: Engine) -> None:
    (number,) = follow(engine)
    (books,) = record(engine, visit(number, item(1, "a"), item(2, "a", raw="other"), item(3, ItemDrop.NO_ID)))
    assert (books.documents, books.duplicates, books.drops, books.again) == (1, 1, {ItemDrop.NO_ID: 1}, 0)
    assert books.items == 3
    assert ask(engine, "SELECT position, outcome, reason FROM item ORDER BY position") == [
        (1, "document", None),
        (2, "duplicate", None),
        (3, "drop", "no_id"),
    ]
    found = source(engine, number)
    assert (found.next_at, found.last_at, found.last_new_at) == (AT + timedelta(hours=1), AT, AT)
    assert (found.etag, found.rhythm, found.remembered) == ('"e"', (AT,), {"since": "1"})
    assert examine(engine, None) == []


def test_what_comes_again_is_counted_and_not_written_again_until_it_has_been_away(engine: Engine) -> None:
    (number,) = follow(engine)
    sent = [item(1, "a"), item(2, "b"), item(3, ItemDrop.BAD_DATE)]
    record(engine, visit(number, *sent))
    (again,) = record(
        engine, visit(number, item(1, "c"), *(replace(i, position=i.position + 1) for i in sent), hours=1)
    )
    assert (again.documents, again.duplicates, again.drops, again.again) == (1, 2, {ItemDrop.BAD_DATE: 1}, 3)
    (away,) = record(engine, visit(number, item(1, "c"), hours=2))
    assert (away.duplicates, away.again) == (1, 1)
    (back,) = record(engine, visit(number, item(1, "a"), item(2, "c"), hours=3))
    assert (back.documents, back.duplicates, back.again) == (0, 2, 1)
    assert ask(engine, "SELECT count(*) FROM item") == [(3 + 1 + 0 + 1,)]
    assert examine(engine, None) == []


def test_what_was_a_drop_and_is_a_document_now_is_one(engine: Engine) -> None:
    (number,) = follow(engine)
    record(engine, visit(number, item(1, ItemDrop.FUTURE_DATE, raw="x")))
    (now,) = record(engine, visit(number, item(1, "x", raw="x"), hours=1))
    assert (now.documents, now.again) == (1, 0)
    assert ask(engine, "SELECT reason, document_id IS NULL FROM sighting") in ([(None, 0)], [(None, False)])
    assert examine(engine, None) == []


def test_many_visits_of_one_unit_of_work_share_their_documents_and_count_each_once(engine: Engine) -> None:
    numbers = follow(engine, "a", "b", "c")
    books = record(engine, *(visit(n, item(1, "shared"), item(2, f"own-{n}")) for n in numbers))
    assert [(b.documents, b.duplicates) for b in books] == [(2, 0), (1, 1), (1, 1)]
    assert ask(engine, "SELECT count(*) FROM document") == [(4,)]
    assert examine(engine, None) == []


def test_all_visits_of_a_unit_of_work_are_written_or_none(engine: Engine) -> None:
    numbers = follow(engine, "a", "b")
    wrong = visit(numbers[1], item(0, "b"))  # positions count from 1
    with pytest.raises(IntegrityError):
        record(engine, visit(numbers[0], item(1, "a")), wrong)
    assert ask(engine, 'SELECT (SELECT count(*) FROM "fetch"), (SELECT count(*) FROM document)') == [(0, 0)]
    assert source(engine, numbers[0]).last_at is None


def test_parts_of_a_long_visit_are_fetches_of_their_own_and_the_last_one_has_the_health(
    engine: Engine,
) -> None:
    (number,) = follow(engine)
    first = visit(number, item(1, "a"), health=None)
    last = visit(
        number,
        item(1, "b"),
        part=2,
        health=health(AT, failures=1, trouble=Trouble.TIMEOUT, last_ok_at=None),
        trouble=Trouble.TIMEOUT,
    )
    assert [b.documents for b in record(engine, first, last)] == [1, 1]
    assert ask(engine, 'SELECT items, documents FROM "fetch" ORDER BY id') == [(1, 1), (1, 1)]
    assert (source(engine, number).failures, source(engine, number).last_new_at) == (1, AT)
    assert examine(engine, None) == []


def test_a_source_that_sends_more_than_is_remembered_is_counted_with_rows(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_SIGHTINGS", 2)
    (number,) = follow(engine)
    sent = [item(n, f"d{n}") for n in (1, 2, 3)]
    record(engine, visit(number, *sent))
    (again,) = record(engine, visit(number, *sent, hours=1))
    assert (again.duplicates, again.again) == (3, 0)
    assert ask(engine, "SELECT (SELECT count(*) FROM item), (SELECT count(*) FROM sighting)") == [(6, 0)]
    assert examine(engine, None) == []


def test_a_visit_that_failed_or_broke_off_leaves_what_stands_there(engine: Engine) -> None:
    (number,) = follow(engine)
    record(engine, visit(number, item(1, "a"), item(2, "b")))
    broken = {"trouble": Trouble.CUT_OFF, "told": "it ends early"}
    ill = health(AT + timedelta(hours=1), failures=1, trouble=Trouble.CUT_OFF, last_ok_at=AT)
    record(engine, visit(number, item(1, "c"), hours=1, outcome=FetchOutcome.DAMAGED, health=ill, **broken))
    ill = replace(ill, last_at=AT + timedelta(hours=2), failures=2)
    record(engine, visit(number, hours=2, outcome=FetchOutcome.FAILED, answers=(), health=ill, **broken))
    (again,) = record(engine, visit(number, item(1, "a"), item(2, "b"), item(3, "c"), hours=3))
    assert (again.documents, again.duplicates, again.again) == (0, 3, 2)
    assert examine(engine, None) == []


def test_scores_are_a_history_of_what_was_sent(engine: Engine) -> None:
    (number,) = follow(engine)
    record(engine, visit(number, item(1, "a", Score(5, None), raw="a5"), item(2, "b", Score())))
    record(engine, visit(number, item(1, "a", Score(5, None), raw="a5"), item(2, "b"), hours=1))
    record(engine, visit(number, item(1, "a", Score(0, 2), raw="a0"), hours=2))
    assert ask(engine, "SELECT points, comments FROM score ORDER BY fetch_id") == [(5, None), (0, 2)]
    assert examine(engine, None) == []


def test_a_day_of_adoption_is_written_again_only_where_it_is_told_otherwise(engine: Engine) -> None:
    numbers = follow(engine, "a", "b")

    def told(value: int, source: int = 0, hours: float = 0.0) -> Visit:
        days = (Adoption("github:a/b", "stars", DAY, value),)
        return visit(numbers[source], hours=hours, adoption=days)

    record(engine, told(5), told(5, source=1))
    for hours, value in ((1, 5), (2, 7), (3, 5)):
        record(engine, told(value, hours=hours))
    assert ask(engine, "SELECT value FROM adoption_day ORDER BY fetch_id") == [(5,), (7,), (5,)]
    assert examine(engine, None) == []


def test_a_lead_is_written_with_its_question(engine: Engine) -> None:
    (number,) = follow(engine)
    lead = LeadRecord("zorblax", "signal 1", "new", ("bing", "ddg"), ("ddg",), 3, 1)
    record(engine, visit(number, item(1, ItemDrop.UNCONFIRMED_LEAD), lead=lead))
    assert ask(engine, "SELECT topic, engines, outages, hits, confirmed FROM lead") == [
        ("zorblax", '["bing","ddg"]', '["ddg"]', 3, 1)
    ]
    assert examine(engine, None) == []


def test_a_source_names_itself_once_and_moves_and_ends(engine: Engine) -> None:
    one, two = follow(engine, "a", "b")
    record(engine, visit(one, title="A", homepage="https://a.example/", language="en"))
    record(engine, visit(one, title="Another", address_now="https://new.example/feed", hours=1))
    found = source(engine, one)
    assert (found.title, found.homepage, found.language) == ("A", "https://a.example/", "en")
    assert found.address == "https://new.example/feed"
    record(engine, visit(two, address_now="https://new.example/feed", hours=1))
    found = source(engine, two)
    assert (found.state, found.address) == (SourceState.RETIRED, "https://b.example/feed")
    assert found.state_why == f"it moved to https://new.example/feed, which is source {one}"
    # Under its new address it is there already, and under its old one.
    assert follow(engine, "new") == follow(engine, "a") == ()
    assert examine(engine, None) == []


def test_after_a_clock_that_was_ahead_everything_is_looked_at_and_dated_anew(engine: Engine) -> None:
    (number,) = follow(engine)
    ahead = document("a", first_seen=date(2031, 1, 1))
    record(engine, visit(number, item(1, ahead), hours=5 * 8_760))
    (now,) = record(engine, visit(number, item(1, document("a")), hours=1))
    assert (now.duplicates, now.again) == (1, 0)
    assert ask(engine, "SELECT CAST(first_seen AS text) FROM document") == [("2026-01-01",)]
    (again,) = record(engine, visit(number, item(1, document("a")), hours=2))
    assert again.again == 1
    assert examine(engine, None) == []
