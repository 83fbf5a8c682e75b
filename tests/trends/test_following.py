"""An address, a page or a list becomes sources that are visited; what cannot be followed is told in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from sqlalchemy import Engine
from tests.trends.collecting_home import Clock, fetcher
from tests.trends.fault_server import FaultServer, Sent, fault_server, feed

from nophantom.errors import InvalidInput, NotFound, Unreadable
from nophantom.store.engine import reading
from nophantom.trends.archive.source_rows import SourceRow
from nophantom.trends.archive.sources import find_source, page_sources
from nophantom.trends.catalog import read_catalogue
from nophantom.trends.exchange import SourceProtocol, Trouble
from nophantom.trends.following import Following, read_list
from nophantom.trends.protocols.opml import Outline, read_opml


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server(hosts=3) as running:
        yield running


@pytest.fixture
def following(sqlite_engine: Engine) -> Following:
    return Following(sqlite_engine, fetcher(Clock()))


def sources(engine: Engine) -> list[SourceRow]:
    with reading(engine) as session:
        return list(page_sources(session, sort="id", limit=200).items)


def a_page(*links: str) -> Sent:
    named = "".join(f'<link rel="alternate" type="application/rss+xml" href="{link}">' for link in links)
    body = f"<!doctype html><html><head><title>A site</title>{named}</head><body>Hello.</body></html>"
    return Sent(body=body.encode(), headers={"content-type": "text/html"})


def test_a_feed_is_followed_with_its_name_and_due_at_once(following: Following, server: FaultServer) -> None:
    done = following.add([server.url("/feed/1")], kind="news")

    assert done[0].error is None
    assert done[0].checked is not None
    assert done[0].checked.documents == 10
    (source,) = sources(following.engine)
    assert (source.id, source.kind, source.protocol) == (done[0].number, "news", SourceProtocol.FEED)
    assert source.last_at is None


def test_a_page_is_replaced_by_the_first_feed_that_it_names_and_the_others_are_told(
    following: Following, server: FaultServer
) -> None:
    server.pages["/site"] = lambda _: a_page("/feed/7", "/feed/8")

    done = following.add([server.url("/site")])

    assert done[0].checked is not None
    assert [feed.address for feed in done[0].checked.others] == [server.url("/feed/8")]
    (source,) = sources(following.engine)
    assert source.address == server.url("/feed/7")
    assert source.homepage == server.url("/site")


def test_a_page_without_a_feed_is_tried_at_the_usual_places(
    following: Following, server: FaultServer
) -> None:
    server.pages["/blog/"] = lambda _: a_page()
    server.pages["/blog"] = lambda _: a_page()
    server.pages["/feed"] = lambda _: Sent(body=feed(3))

    done = following.add([server.url("/blog")])

    assert done[0].error is None
    assert [source.address for source in sources(following.engine)] == [server.url("/feed")]


def test_what_cannot_be_followed_is_told_and_does_not_keep_the_others_out(
    following: Following, server: FaultServer
) -> None:
    server.pages["/nothing"] = lambda _: Sent(404, b"no", {"content-type": "text/plain"})

    done = following.add(["nonsense", server.url("/nothing", 1), "https://10.0.0.1/x", server.url("/feed/2")])

    assert [one.error is None for one in done] == [False, False, False, True]
    assert isinstance(done[0].error, InvalidInput)
    assert isinstance(done[1].error, Unreadable)
    assert "not_found" in done[1].error.message
    assert isinstance(done[2].error, Unreadable)
    assert "allowed_hosts" in done[2].error.message
    assert len(sources(following.engine)) == 1


def test_a_source_that_is_there_under_another_spelling_stays_as_it_is(
    following: Following, server: FaultServer
) -> None:
    first = following.add([server.url("/feed/4")])[0]

    again = following.add([server.url("/feed/4") + "/#top"])[0]

    assert (again.number, again.known) == (first.number, server.url("/feed/4"))
    assert len(sources(following.engine)) == 1


def test_without_a_look_an_address_is_followed_as_it_stands(following: Following) -> None:
    done = following.add(["https://not.there.example/feed", "hn:show_hn", "arxiv:cs.LG"], look=False)

    assert [one.error for one in done] == [None, None, None]
    protocols = [source.protocol for source in sources(following.engine)]
    assert protocols == [SourceProtocol.FEED, SourceProtocol.HACKER_NEWS_ALGOLIA, SourceProtocol.ARXIV_OAI]


def test_a_check_tells_what_a_visit_shows_and_keeps_nothing(
    following: Following, server: FaultServer
) -> None:
    found = following.check(server.url("/1970"))

    assert found.is_well
    assert (found.items, found.documents) == (2, 1)
    assert dict(found.drops) == {"bad_date": 1}
    broken = following.check(server.url("/empty", 2))
    assert not broken.is_well
    assert broken.trouble in (Trouble.UNREADABLE, Trouble.WRONG_CONTENT)
    assert sources(following.engine) == []


def test_the_catalogue_is_followed_once(following: Following) -> None:
    first, again = following.add_catalogue(), following.add_catalogue()

    assert first.new == len(read_catalogue()) >= 40
    assert (again.new, again.known) == (0, first.new)


def opml(*addresses: str) -> bytes:
    listed = "".join(
        f"<outline type='rss' text='t{i}' xmlUrl={quoteattr(a)}/>" for i, a in enumerate(addresses)
    )
    return f"<opml version='2.0'><body><outline text='Tools'>{listed}</outline></body></opml>".encode()


def test_a_list_is_merged_by_address_and_its_junk_is_told(following: Following, tmp_path: Path) -> None:
    path = tmp_path / "list.opml"
    path.write_bytes(
        opml("https://a.org/feed", "http://www.a.org/feed/", "javascript:alert(1)", "https://b.org/f")
    )

    outlines, damaged = read_list(path)
    done = following.add_list(outlines, added_from="list.opml")

    assert (done.new, done.known, len(damaged)) == (2, 1, 1)
    assert {source.kind for source in sources(following.engine)} == {"tools"}
    assert {source.added_from for source in sources(following.engine)} == {"list.opml"}


def test_what_is_exported_comes_back_whole(following: Following) -> None:
    following.add_catalogue()
    following.add_list([Outline("Zorb", "https://zorb.example/feed", None, "Tools")], added_from="x")
    before = sources(following.engine)

    contents = read_opml(following.export().encode(), "export")
    again = following.add_list(contents.outlines, added_from="export")

    assert contents.damaged == ()
    assert (again.new, again.known) == (0, len(before))


def test_no_list_is_no_list(tmp_path: Path) -> None:
    (tmp_path / "a.opml").write_bytes(b"<html><body>no</body></html>")

    with pytest.raises(NotFound, match="no file"):
        read_list(tmp_path / "missing.opml")
    with pytest.raises(Unreadable):
        read_list(tmp_path / "a.opml")


def test_a_source_is_found_by_number_address_or_a_piece_that_only_it_has(following: Following) -> None:
    following.add(["https://a.example/feed", "https://b.example/feed"], look=False)

    with reading(following.engine) as session:
        assert find_source(session, "2").address == "https://b.example/feed"
        assert find_source(session, "a.exa").id == 1
        with pytest.raises(InvalidInput, match="several"):
            find_source(session, "feed")
        with pytest.raises(NotFound):
            find_source(session, "zorb")
