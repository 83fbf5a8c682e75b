"""Story links in the archive: the partition of the batch, whoever arrives when; known as of a day; kept once."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from tests.trends.test_stories import LONG, START, a_document, a_random_corpus

from nophantom.publishing.story_rules import STORIES
from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine, reading, writing
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.merging import LEADS, merge_documents
from nophantom.trends.archive.story_links import links_as_of
from nophantom.trends.archive.story_tables import Linking, StoryLink, UnlinkedDocument
from nophantom.trends.documents import Document
from nophantom.trends.linking import link_stories, linking_units
from nophantom.trends.stories import cluster
from nophantom.trends.story_finder import StoryReason
from nophantom.trends.worlds import PREFIX

AT = datetime(2031, 6, 1, tzinfo=UTC)


@contextmanager
def a_store() -> Iterator[Engine]:
    """An empty one, for each example of a generated test."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'nophantom.db'}")
        bring_up_to_date(engine, MIGRATIONS)
        yield engine
        engine.dispose()


def arrive(engine: Engine, documents: Sequence[Document]) -> dict[str, int]:
    with writing(engine) as session:
        return merge_documents(session, documents).rows


def link(engine: Engine, at_once: int = 5_000) -> int:
    return link_stories(engine, clock=lambda: AT, at_once=at_once).links


def stories(engine: Engine, as_of: date | None = None) -> dict[str, str]:
    """Native id of the representative of every document that has another one."""
    with reading(engine) as session:
        names = {row[0]: row[1] for row in session.execute(text("SELECT id, native_id FROM document"))}
        return {names[a]: names[b] for a, b in links_as_of(session, as_of).items()}


def parts(keys: Sequence[Hashable]) -> list[int]:
    """A partition, whatever its parts are called."""
    seen: dict[Hashable, int] = {}
    return [seen.setdefault(key, len(seen)) for key in keys]


def is_sound(engine: Engine) -> bool:
    with reading(engine) as session:
        waiting = session.scalars(select(UnlinkedDocument.document_id)).all()
        return not waiting and all(not list(rule.check(session, None)) for rule in STORIES)


def a_corpus(seed: int, n: int = 60) -> list[Document]:
    """In the order in which stories are opened, each native id once."""
    unique = {d.native_id: d for d in a_random_corpus(seed, n)}.values()
    return sorted(unique, key=lambda d: (d.first_seen, d.native_id))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(5, 30), min_size=1), at_once=st.integers(9, 40))
def test_links_give_the_partition_of_the_batch_however_documents_arrive_in_time_order(
    seed: int, cuts: list[int], at_once: int
) -> None:
    documents, begins, n = a_corpus(seed), 0, 0
    with a_store() as engine:
        rows: dict[str, int] = {}
        while begins < len(documents):
            size = cuts[n % len(cuts)]
            rows |= arrive(engine, documents[begins : begins + size])
            link(engine, at_once)
            begins, n = begins + size, n + 1
        with reading(engine) as session:
            links = links_as_of(session, None)
        found = [links.get(rows[d.native_id], rows[d.native_id]) for d in documents]
        assert parts(found) == parts(cluster(documents).tolist())
        assert is_sound(engine)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), at_once=st.integers(1, 40))
def test_in_whatever_order_documents_arrive_before_they_are_linked_the_links_are_the_same(
    seed: int, at_once: int
) -> None:
    documents = a_corpus(seed)
    shuffled = random.Random(seed).sample(documents, len(documents))
    with a_store() as engine:
        rows = arrive(engine, shuffled[:30]) | arrive(engine, shuffled[30:])
        link(engine, at_once)
        with reading(engine) as session:
            links = links_as_of(session, None)
        found = [links.get(rows[d.native_id], rows[d.native_id]) for d in documents]
        assert parts(found) == parts(cluster(documents).tolist())


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(8, 20))
def test_late_documents_change_no_link_and_all_links_lead_to_the_earlier(seed: int, size: int) -> None:
    documents = a_corpus(seed)
    random.Random(seed).shuffle(documents)
    order = {d.native_id: (d.first_seen, d.native_id) for d in documents}
    with a_store() as engine:
        before: dict[int, int] = {}
        for begins in range(0, len(documents), size):
            arrive(engine, documents[begins : begins + size])
            link(engine)
            with reading(engine) as session:
                query = select(StoryLink.document_id, StoryLink.representative_id)
                now = dict(session.execute(query).all())
            assert before.items() <= now.items()
            before = now
        assert all(order[first] < order[later] for later, first in stories(engine).items())
        assert is_sound(engine)


def test_a_link_tells_why_and_since_when_it_could_be_known(engine: Engine) -> None:
    posts = [
        a_document("hn:1", 0, title=LONG),
        a_document("hn:2", 3, title=LONG.upper()),
        a_document("hn:3", 5, url="https://zorb.dev/a"),
        a_document("hn:4", 300, url="http://www.zorb.dev/a?utm_source=x"),
        a_document("hn:5", 4, title=f"How {LONG}", site="a.dev"),
    ]
    arrive(engine, posts)
    assert link(engine) == 3
    with reading(engine) as session:
        found = {row.document_id: row for row in session.scalars(select(StoryLink))}
        names = {row[0]: row[1] for row in session.execute(text("SELECT id, native_id FROM document"))}
    told = {names[n]: (names[row.representative_id], row.why, row.since) for n, row in found.items()}
    assert told == {
        "hn:2": ("hn:1", StoryReason.EQUAL_TITLE, START + timedelta(days=3)),
        "hn:4": ("hn:3", StoryReason.SAME_ADDRESS, START + timedelta(days=300)),
        "hn:5": ("hn:1", StoryReason.NEAR_TITLE, START + timedelta(days=4)),
    }
    assert stories(engine, START + timedelta(days=3)) == {"hn:2": "hn:1"}
    assert stories(engine, START) == {}
    assert is_sound(engine)


def test_a_document_that_arrives_late_and_was_first_takes_the_story_with_all_its_members(
    engine: Engine,
) -> None:
    arrive(engine, [a_document("hn:2", 5, title=LONG), a_document("hn:3", 6, title=LONG)])
    link(engine)
    arrive(engine, [a_document("hn:1", 1, title=LONG)])
    link(engine)
    assert stories(engine) == {"hn:2": "hn:1", "hn:3": "hn:1"}
    assert stories(engine, START + timedelta(days=5)) == {"hn:2": "hn:1"}
    assert is_sound(engine)


def test_a_page_that_arrives_late_takes_the_story_of_years_later(engine: Engine) -> None:
    arrive(engine, [a_document("hn:2", 900, url="https://zorb.dev/a")])
    link(engine)
    arrive(engine, [a_document("hn:1", 1, url="https://zorb.dev/a")])
    link(engine)
    assert stories(engine) == {"hn:2": "hn:1"}


def test_a_document_that_turns_out_to_be_older_is_looked_at_again(engine: Engine) -> None:
    arrive(engine, [a_document("hn:1", 40, title=LONG), a_document("hn:2", 10, title=LONG)])
    link(engine)
    assert stories(engine) == {}
    arrive(engine, [a_document("hn:1", 12, title=LONG)])
    link(engine)
    assert stories(engine) == {"hn:1": "hn:2"}
    assert is_sound(engine)


def test_what_only_a_search_found_opens_no_story_and_joins_none_until_it_counts(engine: Engine) -> None:
    lead = a_document("hn:1", 0, title=LONG, collections=(LEADS,))
    arrive(engine, [lead])
    link(engine)
    arrive(engine, [a_document("hn:2", 1, title=LONG)])
    assert link(engine) == 0
    arrive(engine, [replace(lead, collections=("zorb_daily",))])
    assert link(engine) == 1
    assert stories(engine) == {"hn:2": "hn:1"}
    assert is_sound(engine)


def test_a_simulated_world_and_the_real_one_share_no_story(engine: Engine) -> None:
    both = [
        a_document("hn:1", 0, title=LONG, url="https://zorb.dev/a", collections=(f"{PREFIX}feed",)),
        a_document("hn:2", 0, title=LONG, url="https://zorb.dev/a"),
    ]
    arrive(engine, both)
    assert link(engine) == 0
    again = [replace(d, native_id=f"{d.native_id}1", first_seen=d.first_seen + timedelta(1)) for d in both]
    arrive(engine, again)
    assert link(engine) == 2
    assert stories(engine) == {"hn:11": "hn:1", "hn:21": "hn:2"}


def test_linking_again_writes_nothing(engine: Engine) -> None:
    arrive(engine, a_corpus(5))
    assert link(engine) > 0
    assert list(linking_units(engine, clock=lambda: AT)) == []
    with reading(engine) as session:
        assert {row.at for row in session.scalars(select(Linking))} == {AT}


def test_two_that_link_at_once_end_with_what_one_finds() -> None:
    documents = a_corpus(11, 80)
    with a_store() as alone:
        arrive(alone, documents)
        link(alone)
        wanted = stories(alone)
    with a_store() as engine:
        arrive(engine, documents)
        one, other = (linking_units(engine, clock=lambda: AT, at_once=1) for _ in range(2))
        for _ in one:
            next(other, None)
        assert list(other) == []
        assert stories(engine) == wanted
        assert is_sound(engine)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ((1, 1, "2031-01-01", "2031-01-02"), "not_to_itself"),
        ((1, 2, "2031-01-03", "2031-01-02"), "to_no_younger"),
        ((3, 1, "2031-01-01", "2031-01-02"), "story_link"),  # it has one already
    ],
)
def test_the_database_refuses_a_link_to_itself_to_a_younger_one_and_a_second_one(
    engine: Engine, row: tuple[int, int, str, str], rule: str
) -> None:
    arrive(engine, [a_document(f"hn:{n}", n, title=f"{n}") for n in range(1, 4)])
    insert = "INSERT INTO story_link VALUES ({}, {}, 'equal_title', '{}', '{}', 1)"
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO linking VALUES (1, '2031-01-01 00:00:00', 0, 0)"))
        connection.execute(text(insert.format(3, 2, "2031-01-01", "2031-01-02")))
    with engine.connect() as connection, pytest.raises(IntegrityError, match=rule):
        connection.execute(text(insert.format(*row)))
    with engine.connect() as connection, pytest.raises(IntegrityError, match="append-only"):
        connection.execute(text("UPDATE story_link SET why = 'near_title'"))
