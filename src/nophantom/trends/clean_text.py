"""Titles and texts of sources as plain text: no mark-up, no entities, white space folded. PURE.

Sources send HTML, plain text, and HTML that was escaped once too often, and seldom say which. What is mark-up is
decided by its names: `<em>` is, the `<vector>` of C++ is not.
"""

from __future__ import annotations

import html
import re
from functools import partial

import nh3

from nophantom.trends.documents import folded, storable

_BLOCK_NAMES = """
address area article aside audio base blockquote body br button canvas caption center col colgroup dd details dialog
dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html
iframe img input legend li link main map menu meta nav noframes noscript object ol optgroup option p param picture pre
progress section select source summary svg table tbody td template textarea tfoot th thead title tr track ul video wbr
"""
_INLINE_NAMES = """
a abbr acronym applet b basefont bdi bdo big blink cite code data datalist del dfn em font i image ins kbd label mark
marquee math meter nobr output path q rp rt ruby s samp slot small span strike strong sub sup time tt u var
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_INLINES = frozenset(_INLINE_NAMES.split())
_INSTEAD = dict.fromkeys(_BLOCKS, " ") | dict.fromkeys(_INLINES, "")
"""What stands for an element: white space where it begins a block."""
_SILENT = frozenset({"script", "style"})
"""What stands inside of them is not for people."""
_OPEN_ENDED = _BLOCKS - {
    "button",
    "form",
    "iframe",
    "main",
    "nav",
    "select",
    "table",
    "template",
    "video",
    "audio",
}
"""What need not be closed, so that one alone is mark-up already; a lone `<table>` in a title is spoken of."""

# No way to match is tried twice (the groups are atomic), so that hostile text costs no more than long text.
_TAG = re.compile(
    r"<(?P<slash>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:_-]*+)"
    r"""(?=[\s/>"'])(?>(?:[^<>"']++|"[^"]{0,2000}+"|'[^']{0,2000}+')*+>|[^<>]*+>)"""
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,20});")
_OPENING = re.compile(r"<(?=[a-zA-Z/!?])")
_MOST_LEFT = 200
"""Tags that are left to the sanitiser: its time grows with the square of their depth."""
_CLEANER = nh3.Cleaner(tags=set(), attributes={}, clean_content_tags=set(_SILENT))
_DENSITY = 4
"""How many characters of mark-up are read at first for each one that is wanted."""
_MOST_READ = 64
"""How many at most: what still holds no text is not written for people."""


def clean(sent: str, longest: int) -> str:
    r"""What people read of a text that may be HTML.

    Elements are replaced by what stands in them (`script` and `style` by nothing), entities by their characters.
    A text without any mark-up that turns into mark-up when its entities are read was escaped twice and is read
    twice.

    Args:
        sent: HTML or plain text.
        longest: characters; what goes beyond is cut off.

    >>> clean("<p>Zorb&nbsp;1.0 is <em>out</em></p><p>if a < b</p><script>alert(1)</script>", 100)
    'Zorb 1.0 is out if a < b'
    >>> clean("use C++ <vector>", 100)
    'use C++ <vector>'
    """
    if "<" not in sent and "&" not in sent:
        return storable(folded(sent[: 8 * longest]))[:longest].rstrip()
    size = _DENSITY * longest
    while True:
        text = _read(_cut(sent, size), lone=False)
        if len(text) >= longest or size >= min(len(sent), _MOST_READ * longest):
            break
        size *= 4
    if "<" not in sent and _has_markup(text):
        text = _read(text, lone=False)
    return storable(text)[:longest].rstrip()


def clean_title(sent: str, longest: int) -> str:
    """What people read of a title that may be HTML, and may be escaped once too often.

    An element that is opened and not closed is spoken of, not used: "Why <table> layouts won".

    Args:
        sent: HTML or plain text.
        longest: characters; a longer title is cut at a word and ends in " ...".

    >>> clean_title("AT&amp;amp;T &lt;b&gt;buys&lt;/b&gt; Zorb &#8211; for <i>three</i> dollars", 100)
    'AT&T buys Zorb – for three dollars'
    >>> clean_title("Why <table> layouts won", 100)
    'Why <table> layouts won'
    """
    text = sent[: 8 * longest]
    for _ in range(3):
        if "<" not in text and "&" not in text:
            break
        text = _read(text, lone=True)
        if not _ENTITY.search(text) and not _has_markup(text):
            break
    return shortened(storable(folded(text)), longest)


def shortened(text: str, longest: int) -> str:
    """A text of at most so many characters, cut at a word.

    >>> shortened("Zorb is out today", 14)
    'Zorb is ...'
    """
    if len(text) <= longest:
        return text
    head = text[: longest - 3]
    at = head.rfind(" ")
    return (head[:at] if at > longest // 2 else head[:-1]).rstrip() + " ..."


def _cut(sent: str, size: int) -> str:
    """The beginning of a text, not ending within a tag."""
    if len(sent) <= size:
        return sent
    head = sent[:size]
    last = head.rfind("<")
    return head[:last] if last > size // 2 and ">" not in head[last:] else head


def _has_markup(text: str) -> bool:
    """Whether an element is opened and closed, or one is opened that needs no end."""
    if "<" not in text:
        return False
    closed = {found["name"].lower() for found in _TAG.finditer(text) if found["slash"]}
    names = {found["name"].lower() for found in _TAG.finditer(text) if not found["slash"]}
    return any(name in closed or name in _OPEN_ENDED for name in names if name in _BLOCKS or name in _INLINES)


def _read(text: str, *, lone: bool) -> str:
    """The text in HTML; with `lone`, elements that are opened and not closed are text."""
    if "<" in text:
        text = text.replace("<![CDATA[", "").replace("]]>", "") if "<![CDATA[" in text else text
        kept = _unpaired(text) if lone else frozenset()
        text = _TAG.sub(partial(_replaced_but, kept=kept) if kept else _replaced, text)
    if "<" in text:
        text = _CLEANER.clean(_only_some_opened(text, silent_only=lone))
    return folded(html.unescape(text) if "&" in text else text)


def _unpaired(text: str) -> frozenset[str]:
    found = [(tag["name"].lower(), bool(tag["slash"])) for tag in _TAG.finditer(text)]
    opened, closed = {n for n, ends in found if not ends}, {n for n, ends in found if ends}
    return frozenset((opened ^ closed) - _OPEN_ENDED)


def _replaced(found: re.Match[str]) -> str:
    name = found[2]
    put = _INSTEAD.get(name)
    if put is not None:
        return put
    if name.lower() in _SILENT:
        return found[0]
    if ":" in name or "-" in name:  # elements of a program or a namespace
        return ""
    return _INSTEAD.get(name.lower(), f"&lt;{found[0][1:-1]}&gt;")


def _replaced_but(found: re.Match[str], kept: frozenset[str]) -> str:
    return f"&lt;{found[0][1:-1]}&gt;" if found[2].lower() in kept else _replaced(found)


def _only_some_opened(text: str, *, silent_only: bool) -> str:
    """A text in which at most so many tags are left to the sanitiser, the others being text."""
    n_left = 0

    def opening(found: re.Match[str]) -> str:
        nonlocal n_left
        rest = text[found.end() : found.end() + 7].lower()
        if silent_only and not rest.startswith(("script", "style", "/script", "/style", "!--")):
            return "&lt;"
        n_left += 1
        return "<" if n_left <= _MOST_LEFT else "&lt;"

    return _OPENING.sub(opening, text)
