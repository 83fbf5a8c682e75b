"""Texts as they can be stored, and languages."""

from __future__ import annotations

import pytest

from nophantom.trends.documents import folded, storable, unescaped
from nophantom.trends.languages import language_of_script, language_of_tag


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en-US", "en"),
        ("en-UK", "en"),
        ("PL-pl", "pl"),
        ("zh", "zh"),
        ("zh_Hant_TW", "zh"),
        ("", None),
        ("eng", None),
    ],
)
def test_a_language_tag_is_read_to_its_two_letters(tag: str, language: str | None) -> None:
    assert language_of_tag(tag) == language
    assert language_of_tag("https://fonts.googleapis.com/css2?family=Noto+Sans+JP") is None


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Show HN: a tool", "en"),
        ("Café à la carte", "en"),
        ("识别深度伪造", "zh"),
        ("使用 Zorblax 部署 Foo Bar 应用", "zh"),
        ("Zorb 入門ガイド", "ja"),
        ("リリース", "ja"),
        ("한국어 제목 with two words", "ko"),
        ("Яндекс открыл исходный код YDB", "ru"),
        ("The meaning of 漢字 in Unicode", "en"),
        ("Why you should not say Привет to everyone who calls you today", "en"),
        ("2024 — 🚀", "en"),
    ],
)
def test_the_script_of_a_title_tells_its_language(title: str, language: str) -> None:
    assert language_of_script(title) == language


def test_texts_are_cleaned_without_losing_a_character_that_can_be_stored() -> None:
    assert storable("a\x00b\ud800c漢🚀") == "a\ufffdb\ufffdc漢🚀"
    assert folded(" a\u00a0 b\n\tc ") == "a b c"
    assert unescaped("a &amp; b &lt;c&gt; &#x27;d&#39;") == "a & b <c> 'd'"
    assert unescaped("x?a=1&copy=2&lang;&amp") == "x?a=1&copy=2&lang;&amp"
