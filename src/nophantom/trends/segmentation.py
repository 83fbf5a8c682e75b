"""Segmentation: words of a script that is written without spaces. PURE.

Chinese is cut into words by the dictionary of jieba. Japanese, Thai, Khmer, Burmese, Tibetan and the Indic scripts
would each need a segmenter of their own and are not read; `unread` says so of a text. Latin words inside of any
text are read as everywhere.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rjieba import Jieba


class Unread(StrEnum):
    """Why a part of a text gave no topics."""

    JAPANESE = "japanese"
    """Written without spaces; a text with kana is Japanese in its Chinese characters, too."""
    SOUTH_EAST_ASIAN = "south_east_asian"
    """Thai, Lao, Khmer and Burmese are written without spaces, Tibetan with a mark between syllables."""
    INDIC = "indic"
    """Their vowel signs are marks that our pattern of a word does not know."""


_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3040-\u30ff\u31f0-\u31ff"
_BOPOMOFO = "\u3100-\u312f\u31a0-\u31bf"
_SOUTH_EAST_ASIAN = "\u0e00-\u109f\u1780-\u17ff\u1950-\u19df"
_INDIC = "\u0900-\u0dff"
_FINDERS = {
    Unread.JAPANESE: re.compile(f"[{_KANA}]"),
    Unread.SOUTH_EAST_ASIAN: re.compile(f"[{_SOUTH_EAST_ASIAN}]"),
    Unread.INDIC: re.compile(f"[{_INDIC}]"),
}
_UNREAD_RUN = re.compile(f"[{_KANA}{_BOPOMOFO}{_SOUTH_EAST_ASIAN}{_INDIC}]+")
_UNREAD_OR_HAN_RUN = re.compile(f"[{_HAN}{_KANA}{_BOPOMOFO}{_SOUTH_EAST_ASIAN}{_INDIC}]+")
_HAN_RUN = re.compile(f"([{_HAN}]+)")

# Closed classes: pronouns, particles, prepositions, conjunctions, auxiliaries, counting words.
_FUNCTION_WORDS = """
    我 我们 我们的 你 你们 您 他 她 它 他们 她们 它们 自己 咱们 大家 谁 什么 怎么 怎样 怎么样
    如何 为什么 哪 哪些 哪个 几 多少 这 这个 这些 这种 这样 这么 那 那个 那些 那种 那样 那么 此
    该 本 其 其他 其它 某 某些 各 各种 每 每个 所有 一些 一个 一种 一款 一位 一次 一下 一样 两个
    几个 个 种 款 位 次 的 地 得 了 着 过 们 吗 呢 吧 啊 呀 嘛 么 之 者 所 在 从 到 向 对
    对于 关于 把 被 给 让 使 用 以 以及 由 由于 为 为了 因为 所以 因此 按 按照 根据 通过 除了
    比 随着 当 自 和 与 及 或 或者 并 并且 而 而且 但 但是 不过 然而 如果 虽然 即使 只要 只有
    无论 还是 还有 不仅 甚至 又 则 即 且 若 是 不是 有 没有 没 无 不 会 能 能够 可以 可 可能
    要 想 需要 应该 应 必须 将 已 已经 正在 曾 来 去 就 就是 都 也 还 再 才 更 很 最 太 非常
    十分 比较 只 仅 等 等等 之后 之前 以后 以前 其中 上 下 里 中 内 外 后 前 时 时候 起来 出来
    一直 目前 现在
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())


def words_of(run: str) -> list[str]:
    """A run of Chinese characters as words.

    >>> words_of("部署神经网络")
    ['部署', '神经网络']
    """
    return _segmenter().cut(run)


def without_unread(text: str, gap: str) -> str:
    """A text with a gap for each run that nobody here can cut into words; Chinese stays, if it is Chinese.

    >>> without_unread("Zorb 入門ガイド; Zorb 部署 คู่มือ", "|"), without_unread("Zorb 部署 คู่มือ", "|")
    ('Zorb |; Zorb | |', 'Zorb 部署 |')
    """
    run = _UNREAD_OR_HAN_RUN if _FINDERS[Unread.JAPANESE].search(text) else _UNREAD_RUN
    return run.sub(gap, text)


def chinese_runs(text: str) -> list[str]:
    """The text in pieces: every second one is a run of Chinese characters.

    >>> chinese_runs("使用Zorb部署")
    ['', '使用', 'Zorb', '部署', '']
    """
    return _HAN_RUN.split(text)


def unread(text: str) -> frozenset[Unread]:
    """Why parts of a text gave no topics; empty where all of it was read.

    >>> unread("Zorb 入門ガイド"), unread("Zorb 部署")
    (frozenset({<Unread.JAPANESE: 'japanese'>}), frozenset())
    """
    return frozenset(reason for reason, finder in _FINDERS.items() if finder.search(text))


@cache
def _segmenter() -> Jieba:
    from rjieba import Jieba  # its dictionary takes 0.1 s and 60 MB, which only Chinese texts should cost

    return Jieba()
