"""OPML: lists of feeds, as programs that read feeds write and take them. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from lxml import etree

from nophantom.errors import Unreadable
from nophantom.trends.addresses import parse_address
from nophantom.trends.documents import folded, short, storable
from nophantom.trends.protocols.answers import Element
from nophantom.trends.protocols.feed_bytes import decoded, repaired, root_name, without_prologue

LONGEST_TITLE = 200
LONGEST_ADDRESS = 2_000
"""Characters."""
DEEPEST = 100
"""Folders in folders; what lies deeper belongs to the last."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_FEEDS = frozenset({"link", "include"})


_SHORT_NAME = re.compile(r"(?:hn|arxiv|github):[^/\s]")


class Outline(NamedTuple):
    """A feed in a list.

    Attributes:
        title: as the list calls it, or empty.
        address: of the feed, as it stands there.
        homepage: the page for people, or None.
        folder: names of the folders that it lies in, joined by "/"; empty at the top.
    """

    title: str
    address: str
    homepage: str | None = None
    folder: str = ""


class OpmlContents(NamedTuple):
    """What stood in a list.

    Attributes:
        outlines: its feeds, in order; one that stands there twice is there twice.
        damaged: what cannot be a feed, a sentence for each: its name and what is wrong.
    """

    outlines: tuple[Outline, ...]
    damaged: tuple[str, ...]


def read_opml(content: bytes, where: str) -> OpmlContents:
    """The feeds of a list.

    Attributes are read in any spelling (`xmlUrl`, `xmlurl`, `XMLURL`), and names from `text` or `title`. An outline
    with outlines inside is a folder, and may be a feed as well. A list that breaks off is read up to there.

    Args:
        content: the file.
        where: its name, for the message.

    Raises:
        Unreadable: it is no OPML.

    Source:
        OPML 2.0 (2007), opml.org/spec2.opml
    """
    text = without_prologue(decoded(content, {}))
    name = root_name(text)
    if name != "opml":
        seen = f"its first element is <{name}>" if name else "there is no element in it"
        raise Unreadable(
            f"{where} is no OPML: {seen}. Export the list of feeds again, from a program that reads feeds."
        )
    root, is_whole = _root(text)
    body = None if root is None else next((e for e in root if _local(e) == "body"), root)
    if body is None:
        raise Unreadable(
            f"{where} is no OPML that can be read: {short(text[:80])}. Export the list of feeds again."
        )
    outlines: list[Outline] = []
    damaged: list[str] = [] if is_whole else ["the list is damaged as XML; it was read as far as it could be"]
    # Not by recursion: how deep a list goes is up to whoever wrote it.
    waiting: list[tuple[Element, tuple[str, ...]]] = [(e, ()) for e in reversed(_children(body))]
    while waiting:
        element, folders = waiting.pop()
        told = {key.rpartition("}")[2].lower(): value for key, value in element.attrib.items()}
        children = _children(element)
        found = _outline(told, folders, is_folder=bool(children))
        if isinstance(found, Outline):
            outlines.append(found)
        elif found:
            damaged.append(found)
        inner = (*folders, _title(told).replace("/", "-"))[:DEEPEST]
        waiting += [(child, inner) for child in reversed(children)]
    return OpmlContents(tuple(outlines), tuple(damaged))


def _root(text: str) -> tuple[Element | None, bool]:
    """The root element, and whether the text is XML as it stands or after small repairs."""
    for repair, recover in ((False, False), (True, False), (True, True)):
        parser = etree.XMLParser(
            recover=recover,
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            sent = (repaired(text) if repair else text).encode("utf-8", "replace")
            root = etree.fromstring(sent, parser)
        except (etree.XMLSyntaxError, ValueError):
            continue
        return root, not recover
    return None, False


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _children(element: Element) -> list[Element]:
    return [e for e in element if _local(e) == "outline"]


def _title(told: Mapping[str, str]) -> str:
    return folded(storable(told.get("text") or told.get("title") or ""))[:LONGEST_TITLE].rstrip()


def _outline(told: Mapping[str, str], folders: tuple[str, ...], *, is_folder: bool) -> Outline | str:
    """A feed, or what is wrong with it; empty for a folder and for what does not claim to be a feed."""
    title = _title(told)
    address = storable(told.get("xmlurl", "")).strip()
    if not address:
        kind = told.get("type", "").strip().lower()
        if is_folder or kind in _NO_FEEDS or not (kind or told):
            return ""
        return (
            short(f"{title or 'an outline without a name'}: no xmlUrl") if kind or "htmlurl" in told else ""
        )
    if address.lower().startswith("feed:"):
        rest = address[5:]
        address = rest if "://" in rest else f"http:{rest}"
    is_ours = (
        _SHORT_NAME.match(address) is not None
    )  # as `write_opml` has sources with a protocol of their own
    is_web = parse_address(address) is not None and not any(c.isspace() for c in address)
    if len(address) > LONGEST_ADDRESS or not (is_ours or is_web):
        return short(f"{title or 'an outline without a name'}: {address!r} is no web address")
    homepage = storable(told.get("htmlurl", "")).strip()
    is_page = len(homepage) <= LONGEST_ADDRESS and parse_address(homepage) is not None
    return Outline(title, address, homepage if is_page else None, "/".join(f for f in folders if f))


def write_opml(outlines: Iterable[Outline], title: str = "NoPhantom") -> str:
    """A list of feeds as OPML 2.0, folders in the order in which they first occur.

    Args:
        outlines: the feeds.
        title: of the list.

    >>> print(write_opml([Outline("Zorb", "https://zorb.example.org/feed", None, "Tools")]))
    <?xml version="1.0" encoding="UTF-8"?>
    <opml version="2.0">
      <head>
        <title>NoPhantom</title>
      </head>
      <body>
        <outline text="Tools" title="Tools">
          <outline type="rss" text="Zorb" title="Zorb" xmlUrl="https://zorb.example.org/feed"/>
        </outline>
      </body>
    </opml>
    """
    tree = _Folder({}, [])
    for outline in outlines:
        place = tree
        for name in outline.folder.split("/")[:DEEPEST] if outline.folder else ():
            place = place.folders.setdefault(name, _Folder({}, []))
        place.feeds.append(outline)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head>",
        f"    <title>{_quoted(title)[1:-1]}</title>",
        "  </head>",
        "  <body>",
        *_lines(tree, "    "),
        "  </body>",
        "</opml>",
    ]
    return "\n".join(lines)


class _Folder(NamedTuple):
    folders: dict[str, _Folder]
    feeds: list[Outline]


def _lines(folder: _Folder, indent: str) -> list[str]:
    lines = []
    for feed in folder.feeds:
        name = _quoted(feed.title or feed.address)
        page = f" htmlUrl={_quoted(feed.homepage)}" if feed.homepage else ""
        address = _quoted(feed.address)
        lines.append(f'{indent}<outline type="rss" text={name} title={name} xmlUrl={address}{page}/>')
    for title, inner in folder.folders.items():
        name = _quoted(title)
        lines += [
            f"{indent}<outline text={name} title={name}>",
            *_lines(inner, indent + "  "),
            f"{indent}</outline>",
        ]
    return lines


def _quoted(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", text))
