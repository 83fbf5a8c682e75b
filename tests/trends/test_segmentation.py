from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.segmentation import Unread, chinese_runs, unread, without_unread, words_of


def test_chinese_is_cut_into_words_and_nothing_is_lost() -> None:
    assert words_of("使用神经网络") == ["使用", "神经网络"]


@given(st.text(alphabet="使用神经网络的大模型部署國產晶片々〇", min_size=1, max_size=40))
def test_the_words_of_a_run_are_the_run(run: str) -> None:
    assert "".join(words_of(run)) == run


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Zorb", ["Zorb"]),
        ("使用Zorb", ["", "使用", "Zorb"]),
        ("Zorb 部署 Quux", ["Zorb ", "部署", " Quux"]),
        ("", [""]),
    ],
)
def test_every_second_piece_is_chinese(text: str, pieces: list[str]) -> None:
    assert chinese_runs(text) == pieces


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("Zorb 部署 über Ёж", set()),
        ("Zorb 入門ガイド", {Unread.JAPANESE}),
        ("คู่มือ Zorb", {Unread.SOUTH_EAST_ASIAN}),
        ("हिंदी และ かな", {Unread.INDIC, Unread.SOUTH_EAST_ASIAN, Unread.JAPANESE}),
        ("", set()),
    ],
)
def test_a_text_tells_why_a_part_of_it_was_not_read(text: str, reasons: set[Unread]) -> None:
    assert unread(text) == reasons


def test_the_chinese_characters_of_a_japanese_text_are_not_taken_for_chinese() -> None:
    assert without_unread("Zorb 入門ガイド 使用", "|") == "Zorb | |"
    assert without_unread("Zorb 入門 使用", "|") == "Zorb 入門 使用"
