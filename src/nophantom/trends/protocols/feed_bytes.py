"""The bytes of a feed as text that a parser can take: its encoding, no document type, no entities but characters. PURE.

Feeds lie about their encoding, name entities of HTML that XML does not know, and hold control characters that XML
forbids. Nothing here expands an entity that a document declares, so that there is nothing to explode and nothing to
fetch.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Mapping
from html.entities import html5

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ZEROS = (
    (re.compile(rb"\s*<\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0<"), "utf-32-be"),
    (re.compile(rb"<\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0<\0[^\0]"), "utf-16-be"),
)
"""How `<` looks in encodings of more than one byte that have no byte order mark."""
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_WESTERN = frozenset({"ascii", "iso8859-1", "cp1252", "iso8859-15"})
"""What servers and templates declare without having looked; every text can be read as one of them."""
_WIDER = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
}
"""What is meant by a name in practice: an encoding that holds it and more."""
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
)

_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?*>\s*", re.IGNORECASE)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(#?)([A-Za-z0-9]{0,32})(;?)")
_SECTION = "<![CDATA["
_LONGEST_TYPE = 65_536
"""Characters of a document type; behind a longer one no feed begins."""
_NOT_ELEMENTS = (("<!--", "-->"), ("<?", "?>"))
_NAME = re.compile(r"<([A-Za-z_][\w.:-]{0,60})")


def decoded(content: bytes, headers: Mapping[str, str]) -> str:
    r"""The text of a document in XML or JSON.

    What can be proved counts before what is claimed: a byte order mark, then the XML declaration, the charset of the
    HTTP header and UTF-8, each only if it fits the bytes. A claim of a Western encoding, which fits everything,
    gives way to UTF-8 where that fits.

    Args:
        content: as it came.
        headers: of HTTP, names in lower case.

    Source:
        RFC 7303 sections 3 and 4; W3C XML 1.0, appendix F.

    >>> decoded("<?xml version='1.0' encoding='iso-8859-1'?><a>é</a>".encode(), {})[-8:]
    '<a>é</a>'
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace")
    for zeros, name in _ZEROS:
        if zeros.match(content):
            return content.decode(name, "replace")
    is_utf8 = True
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        is_utf8, text = False, ""
    found = _DECLARED.search(content, 0, 1_024)
    told = _CHARSET.search(headers.get("content-type", ""))
    for claim in (found[1].decode("ascii") if found else None, told[1] if told else None):
        name = _codec(claim) if claim else ""
        if name == "utf-8" or not name or (is_utf8 and name in _WESTERN):
            continue
        try:
            return content.decode(name)
        except (LookupError, ValueError):  # it does not fit, or is no encoding of text at all (zlib)
            continue
    if is_utf8:
        return text
    text = content.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    return text if wrong * 2 <= sum(c > "\x7f" for c in text) - wrong else content.decode("cp1252", "replace")


def _codec(claim: str) -> str:
    try:
        name = codecs.lookup(claim).name
    except (LookupError, ValueError):
        return ""
    return "" if name.replace("_", "-") in _NO_CHARSETS else _WIDER.get(name, name)


def without_prologue(text: str) -> str:
    """A document without its XML declaration and document type, which would be wrong (the text is Unicode now).

    >>> without_prologue('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    '<a>&b;</a>'
    """
    text = text.lstrip("\ufeff \t\r\n")
    found = _DECLARATION.match(text)
    while found:
        text = text[found.end() :]
        found = _DECLARATION.match(text)
    at = _type_at(text)
    if at is None:
        return text
    start, end = at
    return text[:start] + text[end:]


def _type_at(text: str) -> tuple[int, int] | None:
    """Where the document type stands, from `<!DOCTYPE` up to behind its `>`."""
    start = _skip(text, 0)
    if text[start : start + 9].upper() != "<!DOCTYPE":
        return None
    limit = start + _LONGEST_TYPE
    bracket, close = text.find("[", start, limit), text.find(">", start, limit)
    if bracket < 0 or close < bracket:
        return (start, close + 1) if close >= 0 else None
    end = text.find("]", bracket, limit)
    # The internal subset may hold "]" in a quoted value; the one that ends it has nothing but space before ">".
    while end >= 0 and not text[end + 1 : end + 80].lstrip().startswith(">"):
        end = text.find("]", end + 1, limit)
    return (start, text.index(">", end) + 1) if end >= 0 else (start, len(text))


def _skip(text: str, at: int) -> int:
    """Where the first `<` stands that begins no comment and no instruction; the end where there is none."""
    while True:
        at = text.find("<", at)
        if at < 0:
            return len(text)
        for opening, closing in _NOT_ELEMENTS:
            if text.startswith(opening, at):
                end = text.find(closing, at + len(opening))
                if end < 0:
                    return len(text)
                at = end + len(closing)
                break
        else:
            return at


def root_name(text: str) -> str:
    """The name of the first element, without prefix and in lower case; empty where there is no element.

    >>> root_name('<!-- <a> --><?b c?><rdf:RDF xmlns="...">')
    'rdf'
    """
    at = 0
    while (at := _skip(text, at)) < len(text):
        if found := _NAME.match(text, at):
            return found[1].rpartition(":")[2].lower()
        at += 1
    return ""


def repaired(text: str) -> str:
    r"""A document without what XML forbids and HTML allows: entities by name, lone ampersands, control characters.

    >>> repaired("<a>caf&eacute; &amp; R&D \x0b<![CDATA[&nbsp;]]></a>")
    '<a>café &amp; R&amp;D  <![CDATA[&nbsp;]]></a>'
    """
    text = _FORBIDDEN.sub(" ", text)
    if "&" not in text:
        return text
    pieces, at = [], 0
    while (start := text.find(_SECTION, at)) >= 0 and (end := text.find("]]>", start)) >= 0:
        pieces += [
            _AMPERSAND.sub(_character, text[at:start]),
            text[start:end],
        ]  # in CDATA an ampersand is one
        at = end
    return "".join([*pieces, _AMPERSAND.sub(_character, text[at:])])


def _character(found: re.Match[str]) -> str:
    number, name, end = found.groups()
    if number and end:
        text = html.unescape(found[0])  # as browsers do: &#150; is a dash, &#0; is no character
        return html.escape(text) if text != found[0] and not _FORBIDDEN.search(text) else " "
    known = html5.get(f"{name};") if end else None
    return html.escape(known) if known else f"&amp;{number}{name}{end}"
