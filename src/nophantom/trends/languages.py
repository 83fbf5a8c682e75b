"""Which language a document is in. PURE."""

from __future__ import annotations

import re

_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z0-9]{1,8})*")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LATIN_WORD = re.compile("[A-Za-z\u00c0-\u024f]+")


def language_of_tag(tag: str) -> str | None:
    """The ISO 639-1 code of a language tag, or None when it is none.

    >>> language_of_tag("en-US"), language_of_tag("https://fonts.example.org/css2?family")
    ('en', None)
    """
    found = _LANGUAGE_TAG.fullmatch(tag)
    return found[1].lower() if found else None


def language_of_script(title: str) -> str:
    """The language that the script of a title speaks for; `en` for Latin and all other scripts.

    A script counts where it has at least as many letters as there are Latin words: a Chinese title names products
    in Latin letters, and an English one may quote a Chinese word.

    >>> [language_of_script(t) for t in ("使用 Zorblax 部署", "Zorb 入門ガイド", "Learn the word 漢字", "Zorb")]
    ['zh', 'ja', 'en', 'en']
    """
    if title.isascii():
        return "en"
    words = len(_LATIN_WORD.findall(title))
    han, kana = len(_HAN.findall(title)), len(_KANA.findall(title))
    if han + kana and han + kana >= words:
        return "ja" if kana else "zh"
    for language, script in (("ko", _HANGUL), ("ru", _CYRILLIC)):
        letters = len(script.findall(title))
        if letters and letters >= words:
            return language
    return "en"
