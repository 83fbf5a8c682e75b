"""Bytes of feeds become text that a parser can take, and nothing in them explodes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from nophantom.trends.protocols.feed_bytes import decoded, repaired, root_name, without_prologue

WORDS = "<rss>café — 漢字</rss>"


def declared(encoding: str, body: str = WORDS) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>{body}'


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_a_byte_order_mark_or_the_look_of_the_bytes_counts_first(encoding: str) -> None:
    content = declared("iso-8859-1").encode(encoding)
    assert decoded(content, {"content-type": "text/xml; charset=ascii"}).endswith(WORDS)


@pytest.mark.parametrize(
    ("encoding", "word"), [("gb2312", "汉字"), ("shift_jis", "漢字"), ("big5", "漢字"), ("koi8-r", "Привет")]
)
def test_the_declaration_counts_before_the_header(encoding: str, word: str) -> None:
    body = f"<rss>{word}</rss>"
    content = declared(encoding, body).encode(encoding)
    assert decoded(content, {"content-type": "application/xml; charset=iso-8859-1"}).endswith(body)


def test_an_encoding_within_ascii_is_read_by_its_declaration() -> None:
    content = declared("iso-2022-jp", "<rss>漢字</rss>").encode("iso-2022-jp")
    assert decoded(content, {}).endswith("<rss>漢字</rss>")


def test_the_header_counts_where_nothing_is_declared() -> None:
    content = "<rss>Привет</rss>".encode("koi8-r")
    assert decoded(content, {"content-type": 'text/xml; charset="KOI8-R"'}) == "<rss>Привет</rss>"


def test_a_wrong_claim_of_a_western_encoding_gives_way_to_utf_8() -> None:
    for claim in ("iso-8859-1", "us-ascii", "windows-1252"):
        assert decoded(declared(claim).encode(), {}).endswith(WORDS)
        assert decoded(WORDS.encode(), {"content-type": f"text/xml; charset={claim}"}) == WORDS


def test_bytes_that_fit_no_claim_are_read_as_far_as_they_can_be() -> None:
    assert decoded(declared("utf-8", "<a>caf\xe9 \x93x\x94</a>").encode("latin-1"), {}).endswith(
        "<a>café “x”</a>"
    )
    broken = declared("utf-8").encode() + b"\xff"
    assert decoded(broken, {}).endswith(f"{WORDS}\ufffd")
    assert decoded(declared("no-such-thing").encode(), {"content-type": "text/xml; charset=zlib"}).endswith(
        WORDS
    )


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "charset=utf-8", "charset=zlib", "charset=punycode", "charset="]),
)
def test_no_bytes_make_it_fail(content: bytes, claim: str) -> None:
    text = without_prologue(decoded(content, {"content-type": claim}))
    root_name(text)
    repaired(text)


@pytest.mark.parametrize(
    ("prologue", "left"),
    [
        ("<?xml version='1.0'?>\n", ""),
        ("\ufeff \n<?xml version='1.0'??>", ""),
        ('<?xml version="1.0"?><?xml version="1.0"?>', ""),
        ('<!DOCTYPE rss PUBLIC "-//N//DTD 0.91//EN" "http://n.example.org/rss.dtd">', ""),
        ('<!-- a --><!DOCTYPE rss [<!ENTITY x "a]b>c"> <!ENTITY y "z">]>', "<!-- a -->"),
    ],
)
def test_declaration_and_document_type_are_cut_out(prologue: str, left: str) -> None:
    assert without_prologue(f"{prologue}<rss/>") == f"{left}<rss/>"


def test_an_endless_document_type_leaves_nothing() -> None:
    assert root_name(without_prologue("<!DOCTYPE rss [" + "<!ENTITY a 'b'>" * 100_000 + "<rss/>")) == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<rss>", "rss"),
        ("  <rdf:RDF xmlns='x'>", "rdf"),
        ("<!-- <html> --><?x <y>?><feed>", "feed"),
        ("no element <", ""),
        ("<!-- open", ""),
        ("Warning: 1 < 2 <HTML>", "html"),
    ],
)
def test_the_first_element_tells_what_a_document_is(text: str, name: str) -> None:
    assert root_name(text) == name


@given(st.text(alphabet=" a<>&;#x1éeamp\x0b\ud800", max_size=60))
def test_repaired_text_is_xml(text: str) -> None:
    inner = text.replace("<", "").replace("]]>", "").replace(">", "")
    etree.fromstring(f"<a>{repaired(inner)}</a>".encode())


def test_entities_of_html_become_their_characters_but_in_cdata() -> None:
    assert repaired("&eacute;&nbsp;&lt;&#233;&#xe9; R&D &no; &") == "é\xa0&lt;éé R&amp;D &amp;no; &amp;"
    assert repaired("<![CDATA[&nbsp; R&D]]>&nbsp;") == "<![CDATA[&nbsp; R&D]]>\xa0"


@pytest.mark.parametrize("piece", ["<![CDATA[", "<!--", "<?", "]", "&", "<!DOCTYPE a ["])
def test_time_grows_with_the_text_and_not_faster(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    started = time.process_time()
    root_name(without_prologue(decoded(text.encode(), {})))
    repaired(text)
    assert time.process_time() - started < 3.0
