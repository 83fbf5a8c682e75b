"""Lists of feeds are read however they were written, and written so that they are read again."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nophantom.errors import Unreadable
from nophantom.trends.addresses import parse_address
from nophantom.trends.documents import folded
from nophantom.trends.protocols.opml import LONGEST_TITLE, OpmlContents, Outline, read_opml, write_opml


def read(body: str) -> OpmlContents:
    return read_opml(
        f'<?xml version="1.0"?><opml version="2.0"><body>{body}</body></opml>'.encode(), "my.opml"
    )


def test_a_list_with_folders_gives_every_feed_and_where_it_lies() -> None:
    found = read(
        """<outline type="rss" text="Zorb" xmlUrl="https://zorb.example.org/feed" htmlUrl="https://zorb.example.org/"/>
        <outline text="Tools"><outline text="Old/new"><outline text="Q" xmlUrl="http://q.example.org/rss"/></outline>
        <outline text="R" xmlUrl="http://r.example.org/rss"/></outline>"""
    )
    assert found.outlines == (
        Outline("Zorb", "https://zorb.example.org/feed", "https://zorb.example.org/", ""),
        Outline("Q", "http://q.example.org/rss", None, "Tools/Old-new"),
        Outline("R", "http://r.example.org/rss", None, "Tools"),
    )
    assert found.damaged == ()


@pytest.mark.parametrize("name", ["xmlUrl", "xmlurl", "XMLURL", "xmlURL", "XmlUrl"])
def test_attributes_are_read_in_any_spelling(name: str) -> None:
    found = read(f'<OUTLINE TYPE="RSS" TITLE=" My\n feed " {name}=" https://a.example.org/f "/>')
    assert found.outlines == (Outline("My feed", "https://a.example.org/f"),)


def test_a_folder_may_be_a_feed_as_well_and_one_feed_may_stand_twice() -> None:
    found = read(
        '<outline text="A" xmlUrl="https://a.example.org/f"><outline xmlUrl="https://a.example.org/f"/></outline>'
    )
    assert found.outlines == (
        Outline("A", "https://a.example.org/f"),
        Outline("", "https://a.example.org/f", None, "A"),
    )


def test_junk_is_listed_and_not_fatal() -> None:
    found = read(
        """<outline text="none" type="rss"/><outline text="mail" xmlUrl="mailto:a@b"/>
        <outline xmlUrl="not an address"/><outline text="a page" htmlUrl="https://a.example.org/"/>
        <outline text="an empty folder"/><outline type="link" url="https://b.example.org"/><other/>
        <outline text="ok" xmlUrl="feed://a.example.org/f" htmlUrl="junk"/>"""
    )
    assert found.outlines == (Outline("ok", "http://a.example.org/f"),)
    assert found.damaged == (
        "none: no xmlUrl",
        "mail: 'mailto:a@b' is no web address",
        "an outline without a name: 'not an address' is no web address",
        "a page: no xmlUrl",
    )


def test_a_bare_ampersand_is_mended_and_a_list_that_breaks_off_is_read_up_to_there() -> None:
    mended = read('<outline text="R&D &eacute;" xmlUrl="https://a.example.org/f?a=1&b=2"/>')
    assert mended == OpmlContents((Outline("R&D é", "https://a.example.org/f?a=1&b=2"),), ())
    cut = b'<opml><body><outline xmlUrl="https://a.example.org/f"/><outline xmlUrl="https://b.exam'
    found = read_opml(cut, "my.opml")
    assert [o.address for o in found.outlines] == ["https://a.example.org/f"]
    assert found.damaged == ("the list is damaged as XML; it was read as far as it could be",)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"<rss/>", b"<html><body>", b"https://a.example.org/f\n", b"\xff" * 99]
)
def test_what_is_no_opml_is_told(content: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^my\.opml is no OPML"):
        read_opml(content, "my.opml")


def test_no_entity_is_expanded_and_no_file_is_read() -> None:
    laughs = (
        '<!DOCTYPE opml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    )
    found = read_opml(f'{laughs}<opml><body><outline text="&b;&x;" type="rss"/></body></opml>'.encode(), "x")
    assert found.damaged == ("&b;&x;: no xmlUrl",)


def test_folders_a_thousand_deep_are_read() -> None:
    deep = (
        '<outline text="f">' * 200
        + '<outline text="A" xmlUrl="https://a.example.org/f"/>'
        + "</outline>" * 200
    )
    found = read(deep)
    assert found.outlines[0].folder == "/".join("f" * 100)
    assert read_opml(write_opml(found.outlines).encode(), "x") == found
    read('<outline text="f">' * 5_000)


NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=LONGEST_TITLE
).map(lambda text: folded(text)[:LONGEST_TITLE].strip())
ADDRESSES = st.from_regex(r"https?://[a-z]{1,9}\.example\.org/[a-z0-9?&=%'\";<>]{0,30}", fullmatch=True)
OUTLINES = st.builds(
    Outline,
    NAMES.filter(bool),
    ADDRESSES,
    st.none() | ADDRESSES,
    st.lists(NAMES.map(lambda name: name.replace("/", "-")).filter(bool), max_size=3).map("/".join),
)


@settings(max_examples=40)
@given(st.lists(OUTLINES, max_size=6))
def test_what_is_written_is_read_again(outlines: list[Outline]) -> None:
    found = read_opml(write_opml(outlines).encode(), "x")
    assert sorted(found.outlines, key=repr) == sorted(outlines, key=repr)
    assert found.damaged == ()
    assert all(parse_address(o.address) for o in found.outlines)


def test_ten_thousand_feeds_take_less_than_two_seconds() -> None:
    outlines = [
        Outline(f"Feed {n}", f"https://f{n}.example.org/rss", None, f"Folder {n % 50}") for n in range(10_000)
    ]
    started = time.process_time()
    assert len(read_opml(write_opml(outlines).encode(), "x").outlines) == 10_000
    assert time.process_time() - started < 2.0
