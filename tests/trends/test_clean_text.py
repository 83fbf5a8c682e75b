"""Titles and texts come out as people read them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.clean_text import clean, clean_title, shortened


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("", ""),
        ("plain  text\n here", "plain text here"),
        ("<p>one</p><p>two<br>three</p>", "one two three"),
        ("<P>One <EM>t</EM>wo</P>", "One two"),
        ("a<script>if (x < y) { go() }</script>b<style>p { x: y }</style>c", "abc"),
        ("<img alt='a > b' src=x>after", "after"),
        ("caf&eacute; &#8212; &amp; &nbsp;more", "café — & more"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("std::vector<int> and C++ <vector>", "std::vector<int> and C++ <vector>"),
        ("a<!-- hidden -->b", "ab"),
        ("<o:p>Word</o:p> <my-element>mine</my-element>", "Word mine"),
        ("<![CDATA[<b>x</b>]]>", "x"),
        ("&lt;p&gt;escaped &lt;b&gt;twice&lt;/b&gt;&lt;/p&gt;", "escaped twice"),
        ("write &lt;vector&gt; first", "write <vector> first"),
        ("<a href='x'>cut off <a hr", "cut off"),
    ],
)
def test_a_text_is_read_without_its_mark_up(sent: str, read: str) -> None:
    assert clean(sent, 1_000) == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("if a < b", "if a < b"),
        ("if a <b then", "if a <b then"),
        ("C++ <vector>", "C++ <vector>"),
        ("C++ &lt;vector&gt;", "C++ <vector>"),
        ("List<String> in Java", "List<String> in Java"),
        ("Why <table> layouts won", "Why <table> layouts won"),
        ("Never use <script> here", "Never use <script> here"),
        ("<b>Bold</b> and <i>italic</i>", "Bold and italic"),
        ("one<br>two", "one two"),
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("It&amp;#8217;s out", "It’s out"),
        ("&amp;lt;b&amp;gt;Zorb&amp;lt;/b&amp;gt;", "Zorb"),
        ("Q & A", "Q & A"),
        ("&copy; of AT&T; 2020", "© of AT&T; 2020"),
    ],
)
def test_a_title_keeps_what_only_looks_like_mark_up(sent: str, read: str) -> None:
    assert clean_title(sent, 1_000) == read


def test_a_long_title_is_cut_at_a_word_and_says_so() -> None:
    assert shortened("one two three", 13) == "one two three"
    assert shortened("one two three", 12) == "one two ..."
    assert shortened("x" * 30, 12) == "xxxxxxxx ..."
    assert clean_title("<b>word</b> " * 400, 1_000).endswith("word ...")


def test_a_long_text_is_cut_and_read_on_where_mark_up_fills_its_beginning() -> None:
    assert clean("<p>word</p>" * 10_000, 100) == ("word " * 20).rstrip()
    hidden = "<a href='" + "x" * 1_000 + "'></a>"
    assert clean(hidden * 20 + "here at last", 1_000) == "here at last"


def test_both_stores_can_hold_what_comes_out() -> None:
    for one in (clean, clean_title):
        assert one("a\x00b \ud800 &#0;", 100) == "a\ufffdb \ufffd \ufffd"


@given(st.text(alphabet="<>&;/abscript \"'=!-[]", max_size=200), st.integers(5, 60))
def test_whatever_is_sent_comes_out_short_and_on_one_line(sent: str, longest: int) -> None:
    for text in (clean(sent, longest), clean_title(sent, longest)):
        assert len(text) <= longest
        assert text == " ".join(text.split())
        assert "</script>" not in text.lower() or "<script" not in text.lower()


@pytest.mark.parametrize(
    "piece", ["<div>", "<i></p><b>", "<script>", '<a "', "<a \"<a '", '<div a="<">', "</", "<!--"]
)
def test_hostile_mark_up_costs_no_more_than_long_mark_up(piece: str) -> None:
    """A sanitiser alone takes 19 seconds for the second of these."""
    sent = piece * (200_000 // len(piece))
    started = time.process_time()
    clean(sent, 10_000)
    clean_title(sent, 1_000)
    assert time.process_time() - started < 2.0
