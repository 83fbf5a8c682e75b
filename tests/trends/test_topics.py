from __future__ import annotations

import random
import time
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.trends.plain_documents import plain_document

from nophantom.trends.documents import Document, Kind
from nophantom.trends.topics import (
    JOINED,
    LONGEST_TERM,
    Topics,
    WordKind,
    kind_of,
    parts_of,
    read,
    slug_of,
    spell,
    squash,
    surfaces,
    terms,
)


def a_document(title: str, text: str = "", kind: Kind = Kind.POST) -> Document:
    return plain_document("hn:1", title, date(2031, 1, 1), kind=kind, text=text)


def spelled(title: str, text: str = "", kind: Kind = Kind.POST) -> set[str]:
    return {spelling for _, spelling in terms(a_document(title, text, kind))}


def words(text: str) -> list[str]:
    return [s for s in read(text) if kind_of(s) > WordKind.SKIP]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zorblax++ and Zorb# for .QUX", ["Zorblax++", "and", "Zorb#", "for", ".QUX"]),
        ("Q++ Q# Q++20 Q+", ["Q++", "Q#", "Q++20", "Q+"]),
        ("FooBar.js X9s Quux-4 quux_core", ["FooBar.js", "X9s", "Quux-4", "quux_core"]),
        ("Zorblax 3.11, v2.0.1 and v8", ["Zorblax", "3.11", "v2.0.1", "and", "v8"]),
        ("QuuxGPT is CamelCase", ["QuuxGPT", "is", "CamelCase"]),
        ("Z&Q's O'Zorb don’t", ["Z&Q", "O'Zorb", "don’t"]),
        ("Zorblax's and the Quuxes' end", ["Zorblax", "and", "the", "Quuxes", "end"]),
        ("see https://zorblax.dev/a?b=c#d or www.quux.org/x now", ["see", "or", "now"]),
        ("write to z.orb+x@quux.example.org today", ["write", "to", "today"]),
        ("<b>Zorblax</b><br/>3 &amp; &lt;Quux&gt;", ["Zorblax", "3", "Quux"]),
        ("**Zorblax** `quux` _foo_ ~bar~", ["Zorblax", "quux", "foo", "bar"]),
        (":rocket: Zorblax 🚀 Quux™ :tada:", ["Zorblax", "Quux"]),
        ("the time is 10:30 and 2031-05-01", ["the", "time", "is", "10", "30", "and", "2031-05-01"]),
        (r"on $K_{4}$-free \ell graphs for $5", ["on", "free", "graphs", "for", "5"]),
        ("使用Zorblax 3进行开发、Ｑｕｕｘ入門", ["使用", "Zorblax", "3", "进行", "\0\0开发", "Quux", "入門"]),
        ("Quux入門ガイド คู่มือ हिंदी", ["Quux"]),
        ("Zor\u200bblax non\u2011stop \ufeffQuux", ["Zorblax", "non-stop", "Quux"]),
        ("Зорблакс и Quux", ["Зорблакс", "и", "Quux"]),
        ("Zorblax\0Quux", ["Zorblax", "Quux"]),
        ('(.QUX) [.QUX] ".QUX" a.QUX x/.QUX ...', [".QUX", ".QUX", ".QUX", "a.QUX", "x", "QUX"]),
        (
            "A/Q tests, QI/QD, q/d, Q/Q++, /A/B/C",
            ["A/Q", "tests", "QI/QD", "q", "d", "Q", "Q++", "A", "B", "C"],
        ),
        ("", []),
    ],
)
def test_words_keep_what_belongs_to_names(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("surface", "kind"),
    [
        ("Zorblax", WordKind.WORD),
        ("Q++", WordKind.WORD),
        (".QUX", WordKind.WORD),
        ("5Q", WordKind.WORD),
        ("v8", WordKind.WORD),
        ("v8.1", WordKind.NUMBER),
        ("2031", WordKind.NUMBER),
        ("3.11", WordKind.NUMBER),
        ("2031-05-01", WordKind.NUMBER),
        ("21st", WordKind.NUMBER),
        ("November", WordKind.CALENDAR),
        ("Q", WordKind.LETTER),
        ("With", WordKind.FUNCTION),
        ("shouldn't", WordKind.FUNCTION),
        ("we’ll", WordKind.FUNCTION),
        ("'s", WordKind.SKIP),
        ("—", WordKind.BREAK),
        ("z" * 41, WordKind.BREAK),
        ("\0-zorb", WordKind.WORD),
    ],
)
def test_every_surface_has_one_kind(surface: str, kind: WordKind) -> None:
    assert kind_of(surface) is kind


@pytest.mark.parametrize(
    "spellings",
    [
        {"foo-bar", "foo bar", "foobar", "FooBar", "Foo.Bar", "foo_bar", "FOO-BAR"},
        {"Quux-4", "Quux 4", "quux4", "QUUX-4"},
        {"Zorb.js", "ZorbJS", "zorb js"},
        {"Zorblax 2.1", "zorblax-2.1", "Zorblax2.1"},
        {"O'Zorb", "O’Zorb", "OZorb"},
        {"foo models", "Foo-Model", "foo model"},
        {"QPI", "QPIs"},
    ],
)
def test_spellings_of_one_name_have_one_slug(spellings: set[str]) -> None:
    assert len(set(map(slug_of, spellings))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Q++", "Q"),
        ("Q#", "Q"),
        ("Q++", "Q#"),
        (".QUX", "QUX"),
        ("Zorblax 2.1", "Zorblax 21"),
        ("Zorblax 2 1", "Zorblax 21"),
        ("Zorblax 2", "Zorblax"),
    ],
)
def test_different_names_have_different_slugs(one: str, other: str) -> None:
    assert slug_of(one) != slug_of(other)


def test_a_phrase_is_one_to_three_words_that_start_and_end_with_content() -> None:
    assert spelled("The Advent of Zorb") == {"Advent", "Zorb", "Advent of Zorb"}
    assert spelled("Zorblax 3 released") == {
        "Zorblax",
        "Zorblax 3",
        "Zorblax 3 released",
        "released",
    }
    assert spelled("one two three four") == {
        "two",
        "three",
        "four",
        "two three",
        "three four",
        "two three four",
    } | {"one", "one two", "one two three"}


def test_no_phrase_crosses_punctuation() -> None:
    assert spelled("Zorblax: quux (foo) bar, baz") == {"Zorblax", "quux", "foo", "bar", "baz"}
    assert spelled("Zorblax", "quux") == {"Zorblax", "quux"}
    assert spelled("see", "Zorblax\nquux") == {"see", "Zorblax", "quux"}


@pytest.mark.parametrize(
    "title", ["2031", "3.11 of 2031-05-01", "Q", "May 2031", "1 November", "it is", "—", "7 8 9"]
)
def test_numbers_dates_single_letters_and_function_words_are_no_terms(title: str) -> None:
    assert spelled(title) == set()


def test_numbers_end_a_phrase_but_do_not_begin_it() -> None:
    assert spelled("7 Zorblax 2") == {"Zorblax", "Zorblax 2"}
    assert spelled("fall of 20") == {"fall"}  # a number behind a function word only counts something


def test_a_possessive_does_not_part_a_phrase() -> None:
    assert "Zorblax Quux" in spelled("Zorblax's Quux")


def test_a_compound_speaks_of_its_words_and_a_name_does_not() -> None:
    assert spelled("Zorblax-powered") == {"Zorblax", "powered", "Zorblax-powered"}
    for name in ("Quux-4", "X-zorb", "end-to-end", "no-zorb", "a-b-c-d"):
        assert spelled(name) == {name}


def test_a_repository_is_read_whole_and_by_its_words_and_without_its_owner() -> None:
    found = spelled("someowner/foo-bar_Baz.js", "Fast Zorblax", Kind.REPOSITORY)
    assert {"foo", "bar", "Baz", "js", "foo-bar_Baz", "foo-bar_Baz.js", "Baz.js", "Fast Zorblax"} <= found
    assert not any("owner" in spelling for spelling in found)
    assert "someowner" in spelled("someowner/foo")  # as the title of a post these are just words


def test_strange_repository_names_do_no_harm() -> None:
    for name in (".zorb", "--", "zorb--quux", "_", "2031", "a", "zorb."):
        list(terms(a_document(f"owner/{name}", kind=Kind.REPOSITORY)))
    assert "zorb-quux" in spelled("owner/zorb--quux", kind=Kind.REPOSITORY)


def test_a_topic_is_found_by_its_slug_and_by_any_spelling() -> None:
    topics = Topics(
        slugs=("foobar", "quux", "zq"),
        first=np.array([0, 3, 4, 6]),
        spellings=("Foo Bar", "foo-bar", "FooBars", "quux", "ZQ", "ZQs"),
        counts=np.array([5, 2, 1, 3, 2, 1], dtype=np.int32),
    )
    asked = {
        "FOOBAR": 0,
        "foo bars": 0,
        "foobars": 0,
        "Quux": 1,
        "quuxs": 1,
        "zq": 2,
        "ZQs": 2,
        "zqs": 2,
        "zorb": None,
        "quuxz": None,
        "": None,
    }
    assert {words: topics.find(words) for words in asked} == asked
    assert topics.name(0) == "Foo Bar"
    assert topics.spellings_of(0) == {"Foo Bar": 5, "foo-bar": 2, "FooBars": 1}


def test_what_only_looks_like_the_plural_of_a_short_name_is_not_found_as_one() -> None:
    topics = Topics(("zq",), np.array([0, 1]), ("ZQ",), np.array([5], dtype=np.int32))

    assert topics.find("zqs") is None


def test_chinese_is_read_by_its_words_which_hang_together() -> None:
    assert spelled("部署神经网络") == {"部署", "神经网络", "部署神经网络"}
    assert spelled("部署 Zorblax 神经网络") == {"部署", "Zorblax", "神经网络"}
    assert slug_of("神经网络") == "神经网络"


def test_single_characters_and_particles_are_no_topics_of_their_own() -> None:
    assert spelled("部署的神经网络") == {"部署", "神经网络", "部署的神经网络"}
    assert "大" not in spelled("部署大模型")
    assert "大模型" in spelled("部署大模型")


@pytest.mark.parametrize("title", ["Zorblax 入門ガイド", "Zorblax คู่มือ", "Zorblax हिंदी"])
def test_of_other_scripts_without_spaces_only_the_latin_words_are_read(title: str) -> None:
    assert spelled(title) == {"Zorblax"}


@pytest.mark.parametrize(
    "name",
    [
        "C++",
        "C#",
        "F#",
        ".NET",
        "Next.js",
        "GPT-4",
        "GPT-3.5",
        "Llama 2",
        "K8s",
        "ChatGPT",
        "Objective-C",
        "Log4j",
        "o1",
        "H100",
        "5G",
        "A/B",
        "CI/CD",
        "C++20",
        ".NET 8",
        "Node.js",
        "GPT-4o",
        "Vue 3",
        "S3",
    ],
)
def test_names_of_products_are_kept_whole(name: str) -> None:
    for title in (
        name,
        f"what {name} is for",
        f"about {name}, and more",
        f"it ({name}) is",
        f"with “{name}” in",
    ):
        assert name in spelled(title), title


def test_a_slash_between_capitals_joins_them_and_each_speaks_for_itself_too() -> None:
    assert spelled("the QI/QD") == {"QI", "QD", "QI/QD"}
    assert spelled("the A/B") == {"A/B"}
    assert spelled("the Q++/Zorb") == {"Q++", "Zorb"}
    assert slug_of("QI/QD") == slug_of("QI-QD") == "qiqd"


TRICKY = st.text(alphabet="aZ9 .-_'’+#&:;<>/@$\\\n*`使ナÉßİ🚀\u200b\0\ud800", max_size=40)


@settings(max_examples=300, deadline=None)
@given(st.one_of(TRICKY, st.text(max_size=60)))
def test_any_text_gives_terms_that_read_back_as_themselves(text: str) -> None:
    for slug, spelling in terms(a_document(text, text[::-1])):
        assert slug == slug_of(spelling)
        assert slug
        assert slug == slug.casefold()


@settings(max_examples=200, deadline=None)
@given(TRICKY)
def test_a_compound_apart_is_spelled_and_squashed_as_it_was(text: str) -> None:
    for surface in read(text):
        parts = parts_of(surface)
        assert spell(parts) == spell([surface])
        assert spell(parts) == surface or surface.startswith(JOINED)
        assert 1 <= len(parts) <= LONGEST_TERM
        if len(parts) > 1:
            assert "".join(map(squash, parts)) == squash(surface)


def test_a_huge_title_and_binary_junk_are_read_in_no_time() -> None:
    rng = random.Random(5)
    hostile = [
        "z" * 100_000,
        "zorb " * 20_000,
        "z-" * 50_000,
        "z.z'" * 25_000,
        "<a " * 33_000,
        "$_" * 50_000,
        "@" * 100_000,
        "z@" * 50_000,
        ":a" * 50_000,
        "&#" * 50_000,
        "+" * 100_000,
        "http://" * 14_000,
        "使" * 100_000,
        "z:" * 50_000,
        rng.randbytes(100_000).decode("latin-1"),
        rng.randbytes(100_000).decode("utf-8", "replace"),
        "".join(chr(rng.randrange(0x110000)) for _ in range(100_000)),
    ]
    before = time.process_time()
    for text in hostile:
        surfaces(a_document(text, text))
    assert time.process_time() - before < 5
