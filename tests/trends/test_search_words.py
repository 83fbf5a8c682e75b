"""A word is found however it was written, and no query reaches a database as anything but words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.search_words import (
    LONGEST_WORD,
    MOST_WORDS,
    SearchWord,
    fts5_query,
    tsquery,
    words_of,
    words_sought,
)


def found(query: str, text: str) -> bool:
    """Whether a text has every word of a query, by the definition."""
    words = words_of(text)
    return all(
        any(word.startswith(sought.word) for word in words) if sought.begins else sought.word in words
        for sought in words_sought(query)
    )


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ZORBLAX", "the new Zorblax-Engine"),
        ("zorblax engine", "Engine of the Zorblax"),
        ("zorb*", "Zorblax 3"),
        ("foo.js", "We moved to Foo.js"),
        ("foo", "We moved to Foo.js"),
        ("q++", "Modern Q++ today"),
        ("q#", "Q# 2.0"),
        ("cafe uber", "Ein Café, über alles"),
        ("Café", "the cafe of old"),
        ("ＦＯＯ", "foo"),
        ("straße", "STRASSE"),
        ("模型", "新的大模型发布"),
        ("大模型", "新的大模型发布"),
        ("模", "大模型"),
        ("型", "大模型"),
        ("zorb模型", "模型 zorb"),
        ("リリース", "新しいリリース"),
        ("モデル", "ﾓﾃﾞﾙ"),
        ("한국어", "한국어 제목"),
    ],
)
def test_a_text_is_found_by_its_words_however_they_are_written(query: str, text: str) -> None:
    assert words_sought(query)
    assert found(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("zorb", "Zorblax"),
        ("q++", "Q is a letter"),
        ("zorb quux", "zorb alone"),
        ("大型", "大模型"),
        ("模型库", "大模型"),
        ("zorb", ""),
    ],
)
def test_a_text_without_one_of_the_words_is_not_found(query: str, text: str) -> None:
    assert not found(query, text)


def test_a_query_of_marks_alone_looks_for_nothing_and_a_long_one_for_its_first_words() -> None:
    assert words_sought(" ?!* -- ") == ()
    assert len(words_sought(" ".join(f"word{i}" for i in range(100)))) == MOST_WORDS
    assert words_sought("zorb ZORB zorb") == (SearchWord("zorb", False),)


def test_a_word_longer_than_any_is_known_by_its_beginning() -> None:
    key = "k" * (LONGEST_WORD + 7)
    assert words_of(key) == {key[:LONGEST_WORD]}
    assert found(key, f"the key {key}!")


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("aA +#*'\"\\&|!:()-大模é\0"), max_size=40
)


@given(TEXTS)
def test_a_text_is_found_by_itself(text: str) -> None:
    assert found(text.replace("*", " "), text)


@given(TEXTS)
def test_words_hold_nothing_that_a_query_language_could_read(text: str) -> None:
    words = words_of(text) | {sought.word for sought in words_sought(text)}
    assert all(word and not set(word) & set(" \t\n\0'\"\\*:&|!()<>-^") for word in words)


@pytest.fixture(scope="module")
def table() -> Iterator[sqlite3.Connection]:
    """A table of words as the store has it."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "CREATE VIRTUAL TABLE found USING fts5(words, content='', detail=none, tokenize=\"ascii tokenchars '+#'\")"
        )
        yield connection


@given(st.lists(TEXTS, max_size=6), TEXTS)
def test_sqlite_finds_what_the_definition_finds(
    table: sqlite3.Connection, texts: Sequence[str], query: str
) -> None:
    sought = words_sought(query)
    if not sought:
        return
    with table:
        table.execute("INSERT INTO found(found) VALUES ('delete-all')")
        rows = [(i, " ".join(sorted(words_of(text)))) for i, text in enumerate(texts, 1)]
        table.executemany("INSERT INTO found(rowid, words) VALUES (?, ?)", rows)
        answer = table.execute(
            "SELECT rowid FROM found WHERE found MATCH ? ORDER BY 1", (fts5_query(sought),)
        )
        assert [i for (i,) in answer] == [i for i, text in enumerate(texts, 1) if found(query, text)]


def test_both_query_languages_say_every_word() -> None:
    sought = words_sought("zorb* q++ 模")
    assert fts5_query(sought) == '"zorb"* AND "q++" AND "模"*'
    assert tsquery(sought) == "'zorb':* & 'q++' & '模':*"
