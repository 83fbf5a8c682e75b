"""Why is this not in? Whatever the spelling of an address, the answer is the true one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from tests.trends.followed_world import ALPHA, AT, BETA, GAMMA, NEWS, followed_world, post, visited

from nophantom.errors import InvalidInput
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.tables import ItemOutcome
from nophantom.trends.archive.visits import record_visits
from nophantom.trends.archive.whereabouts import AddressTrace, Whereabouts, trace_address
from nophantom.trends.documents import Family, ItemDrop


def trace(engine: Engine, asked: str) -> AddressTrace:
    with reading(engine) as session:
        return trace_address(session, asked, at=AT)


@pytest.mark.parametrize(
    "spelling",
    [
        "https://alpha.example/0",
        "http://www.alpha.example:80/0/?utm_source=rss#top",
        "https://m.alpha.example/0",
        "alpha.example/0",
        " https://alpha.example/0 ",
    ],
)
def test_a_document_is_found_under_every_spelling_with_who_sent_it(world: Engine, spelling: str) -> None:
    found = trace(world, spelling)
    assert found.found is Whereabouts.DOCUMENT
    assert found.address == "https://alpha.example/0"
    assert found.document is not None
    assert found.document.title == "Rust compiler 2.0 is faster, part 0"
    assert [(one.source_id, one.outcome) for one in found.sent] == [
        (ALPHA, ItemOutcome.DOCUMENT),
        (NEWS, ItemOutcome.DUPLICATE),
    ]
    assert "2 sources sent it" in found.told
    assert ("Its one spelling is https://alpha.example/0." in found.told) == (
        spelling.strip() != "https://alpha.example/0"
    )


@pytest.mark.parametrize("asked", ["hn:123", "https://news.ycombinator.com/item?id=123"])
def test_a_document_is_found_by_its_native_id_and_by_its_page_there(world: Engine, asked: str) -> None:
    found = trace(world, asked)
    assert (found.found, found.native_id) == (Whereabouts.DOCUMENT, "hn:123")
    assert [one.source_id for one in found.sent] == [NEWS]


def test_what_was_dropped_says_why_and_who_sent_it(world: Engine) -> None:
    found = trace(world, "https://alpha.example/undated?utm_source=x")
    assert found.found is Whereabouts.DROPPED
    assert [(drop.reason, drop.source_id) for drop in found.drops] == [(ItemDrop.BAD_DATE, ALPHA)]
    assert "The alpha blog sent it on 2026-01-01 12:00 UTC" in found.told
    assert "dropped as bad_date ('soon': alpha.example/undated)" in found.told


def test_what_nobody_sent_names_the_sources_of_its_host_and_when_they_are_asked(world: Engine) -> None:
    found = trace(world, "https://beta.example/never")
    assert found.found is Whereabouts.NEVER_SENT
    assert [near.source.id for near in found.nearby] == [BETA]
    assert found.nearby[0].drops == 10
    assert (
        "1 source of yours publishes on beta.example: The beta blog, last visited 2026-01-21 12:00 UTC"
        in found.told
    )
    assert "failing (timeout)" in found.told
    assert "Of what came from there, 10 items were dropped in 30 days." in found.told


def test_a_source_that_is_switched_off_says_so(world: Engine) -> None:
    found = trace(world, "https://gamma.example/never")
    assert [near.source.id for near in found.nearby] == [GAMMA]
    assert "disabled (too much noise)" in found.told


def test_what_no_source_could_have_sent_says_what_to_do(world: Engine) -> None:
    found = trace(world, "https://nobody.example/post")
    assert (found.found, found.nearby) == (Whereabouts.NEVER_SENT, ())
    assert "`nophantom sources add ADDRESS`" in found.told
    assert found.native_id.startswith("web:")
    for part_of_a_name in ("notalpha.example", "pha.example", "alpha.exam"):
        assert trace(world, f"https://{part_of_a_name}/0").nearby == ()


def test_a_native_id_that_was_not_sent_names_the_sources_of_its_family(world: Engine) -> None:
    found = trace(world, "hn:999")
    assert [near.source.id for near in found.nearby] == [NEWS]
    assert trace(world, "arXiv:2401.00001v2").native_id == "arxiv:2401.00001"


def test_the_address_of_a_source_is_no_document(world: Engine) -> None:
    found = trace(world, "http://www.alpha.example/feed/")
    assert found.found is Whereabouts.SOURCE
    assert f"source {ALPHA}, The alpha blog" in found.told


def test_a_repository_is_found_with_its_appearances(sqlite_engine: Engine) -> None:
    followed_world(sqlite_engine)
    days = [AT + timedelta(days=n) for n in (1, 2)]
    ids = [f"github:zorb/quux@{day:%Y-%m-%d}" for day in days] + ["github:zorb/quux2"]
    quux = post("https://github.com/Zorb/Quux", "quux", AT)
    named = [replace(quux, native_id=one, family=Family.GITHUB) for one in ids]
    with writing(sqlite_engine) as session:
        record_visits(session, [visited(ALPHA, AT + timedelta(hours=1), named)])
    for asked in ("https://github.com/Zorb/quux/", "github:Zorb/Quux"):
        found = trace(sqlite_engine, asked)
        assert found.document is not None
        assert found.document.native_id == "github:zorb/quux@2026-01-23"
        assert [row.native_id for row in found.appearances] == ["github:zorb/quux@2026-01-22"]


def test_a_page_that_a_feed_knows_by_its_address_alone_is_found_too(sqlite_engine: Engine) -> None:
    followed_world(sqlite_engine)
    issue = post("https://github.com/zorb/quux/issues/7", "An issue that a feed told of", AT)
    with writing(sqlite_engine) as session:
        record_visits(session, [visited(ALPHA, AT + timedelta(hours=1), [issue])])
    assert issue.native_id.startswith("web:")
    assert trace(sqlite_engine, issue.url).document is not None


@pytest.mark.parametrize("asked", ["https://zorb.example/b/", "http://www.zorb.example/b?utm_source=x"])
def test_a_page_is_found_by_its_address_though_the_document_has_another_name(
    sqlite_engine: Engine, asked: str
) -> None:
    followed_world(sqlite_engine)
    story = post("https://zorb.example/b", "A story", AT, native_id="hn:77", family=Family.HACKER_NEWS)
    with writing(sqlite_engine) as session:
        record_visits(session, [visited(NEWS, AT + timedelta(hours=1), [story])])
    found = trace(sqlite_engine, asked)
    assert (found.found, found.native_id) == (Whereabouts.DOCUMENT, "hn:77")
    assert [one.source_id for one in found.sent] == [NEWS]
    assert trace(sqlite_engine, "https://zorb.example/c").found is Whereabouts.NEVER_SENT


@pytest.mark.parametrize(
    "asked", ["", "   ", "never heard of it", "ftp://a.example/x", "hn:", "github:../..", "x" * 500]
)
def test_what_is_neither_an_address_nor_a_native_id_is_refused(world: Engine, asked: str) -> None:
    with reading(world) as session, pytest.raises(InvalidInput, match="no address and no native id"):
        trace_address(session, asked, at=AT)
