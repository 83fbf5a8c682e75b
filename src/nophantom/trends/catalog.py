"""Sources: which protocol an address is read by, when two addresses are one source, and those that come with us. PURE.

What a person adds is an address. Sites that publish through an interface of their own are recognised and read by it;
everything else is taken for a feed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

from nophantom.errors import InvalidInput
from nophantom.trends.addresses import Address, canonical_address, parse_address
from nophantom.trends.documents import Family
from nophantom.trends.exchange import SourceProtocol
from nophantom.trends.native_ids import owns_repositories, repository_id


class Group(StrEnum):
    """What the sources of the catalogue are about; the name of the collection that their documents are counted in."""

    FORUMS = "forums"
    CODE = "code"
    PAPERS = "papers"
    RELEASES = "releases"
    LANGUAGES = "languages"
    WEB = "web"
    INFRASTRUCTURE = "infrastructure"
    DATA = "data"
    AI = "ai"
    SECURITY = "security"
    HARDWARE = "hardware"
    STANDARDS = "standards"
    ENGINEERING = "engineering"
    RESEARCH = "research"
    NEWS = "news"


_FAMILIES = {
    "hacker_news": Family.HACKER_NEWS,
    "github": Family.GITHUB,
    "arxiv": Family.ARXIV,
    "searxng": Family.WEB,
}


def family_of(protocol: SourceProtocol) -> Family | None:
    """The family of the documents of a source; None for an archive, whose records tell it themselves.

    >>> family_of(SourceProtocol.ARXIV_OAI), family_of(SourceProtocol.FEED)
    (<Family.ARXIV: 'arxiv'>, <Family.FEED: 'feed'>)
    """
    if protocol is SourceProtocol.ARCHIVE:
        return None
    return next((family for name, family in _FAMILIES.items() if protocol.startswith(name)), Family.FEED)


class Recognised(NamedTuple):
    """How an address is read.

    Attributes:
        protocol: by which.
        address: of the source; a feed keeps the one that was given, other sources have one for all spellings.
        settings: what the protocol needs to know.
    """

    protocol: SourceProtocol
    address: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One source that comes with us.

    Attributes:
        address: of the source.
        title: for people.
        group: what it is about.
        language: ISO 639-1.
        protocol: by which it is read.
        settings: what the protocol needs to know.
    """

    address: str
    title: str
    group: Group
    language: str
    protocol: SourceProtocol
    settings: Mapping[str, str]


@cache
def read_catalogue() -> tuple[CatalogueEntry, ...]:
    """The sources that come with us, in the order of their groups.

    >>> read_catalogue()[0].title
    'Hacker News'
    """
    text = files("nophantom.trends").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return catalogue_of(text)


def catalogue_of(text: str) -> tuple[CatalogueEntry, ...]:
    """The sources that a catalogue lists.

    Raises:
        InvalidInput: it is no TOML, an entry lacks something or has an unknown group, or two entries are one source.
    """
    try:
        listed = tomllib.loads(text).get("source", [])
    except tomllib.TOMLDecodeError as wrong:
        raise InvalidInput(f"the catalogue is no TOML: {wrong}. Mend the line.") from None
    entries: dict[str, CatalogueEntry] = {}
    for row in listed:
        entry = _entry(row)
        first = entries.setdefault(normal_address(entry.address), entry)
        if first is not entry:
            raise InvalidInput(
                f"{first.title!r} and {entry.title!r} are one source, {entry.address}; keep one."
            )
    return tuple(entries.values())


def _entry(row: Mapping[str, object]) -> CatalogueEntry:
    words = [row.get(name) for name in ("address", "title", "group", "language")]
    address, title, group, language = words
    is_complete = all(isinstance(word, str) and word for word in words)
    if not is_complete or group not in set(Group):
        raise InvalidInput(
            f"a source of the catalogue has an address, a title, a language and a group of {', '.join(Group)}; "
            f"got {dict(row)!r}."
        )
    found = protocol_of(str(address))
    return CatalogueEntry(
        found.address, str(title), Group(str(group)), str(language), found.protocol, found.settings
    )


# Which address is which source.

_ARXIV_CATEGORY = re.compile(r"([a-z-]+)(?:\.([A-Za-z-]{2,}))?")
_PHYSICS = re.compile(
    "astro-ph|cond-mat|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math-ph|nlin|nucl-ex|nucl-th|physics|quant-ph"
)
_OTHER_ARCHIVES = frozenset({"cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"})
_HACKER_NEWS_TAGS = {
    "": "story",
    "story": "story",
    "news": "front_page",
    "front": "front_page",
    "front_page": "front_page",
    "newest": "story",
    "show": "show_hn",
    "show_hn": "show_hn",
    "shownew": "show_hn",
    "ask": "ask_hn",
    "ask_hn": "ask_hn",
}
_BURNERS = frozenset(
    {"feeds.feedburner.com", "feeds2.feedburner.com", "feedproxy.google.com", "feedburner.com"}
)


def protocol_of(url: str) -> Recognised:
    """How a source is read, by its address or by a short name ("hn:show_hn", "arxiv:cs.LG", "github:owner/repo").

    Raises:
        InvalidInput: it is no address and no short name.

    >>> protocol_of("https://github.com/Zorb-Lang/zorb")[::2]
    (<SourceProtocol.GITHUB_RELEASES: 'github_releases'>, {'repository': 'zorb-lang/zorb'})
    >>> protocol_of("arxiv:cs.LG").settings, protocol_of("hn:").settings
    ({'set': 'cs:cs:LG'}, {'tags': 'story'})
    >>> protocol_of("https://github.com/zorb-lang/zorb/releases.atom").protocol
    <SourceProtocol.FEED: 'feed'>
    """
    word = _without_feed_scheme(url.strip())
    address = parse_address(word)
    space, colon, name = word.partition(":")
    if address is None:
        found = _short_name(space.lower(), name.strip()) if colon else None
        if found is None:
            raise InvalidInput(
                f"no source has the address {url[:100]!r}; give one that begins with http:// or https://, "
                "or hn:, arxiv:CATEGORY, github:OWNER/REPO, searxng:ADDRESS."
            )
        return found
    found = _of_site(address)
    return found or Recognised(SourceProtocol.FEED, word, {})


def _without_feed_scheme(word: str) -> str:
    """An address as browsers hand it on: `feed://a.org`, `feed:https://a.org`."""
    if word[:5].lower() != "feed:":
        return word
    rest = word[5:].removeprefix("//")
    return rest if parse_address(rest) else f"http://{rest}"


def _short_name(space: str, name: str) -> Recognised | None:
    if space in {"hn", "hackernews"}:
        return _hacker_news(name)
    what, _, query = name.partition(" ")
    if space == "arxiv":
        return _arxiv_query(query) if what == "query" else _arxiv(name)
    if space == "github":
        return _github_search(query) if what == "search" else _releases(name)
    if space == "searxng" and parse_address(name):
        base = name.rstrip("/")
        return Recognised(SourceProtocol.SEARXNG, f"searxng:{base}", {"base": base})
    return None


def _of_site(address: Address) -> Recognised | None:
    parts = [part for part in unquote(address.path).split("/") if part]
    if address.port:
        return None
    if address.host == "news.ycombinator.com":
        return _hacker_news("".join(parts)) if len(parts) <= 1 else None
    if address.host == "github.com":
        return _github(parts, address)
    if address.host in {"arxiv.org", "export.arxiv.org", "rss.arxiv.org"}:
        return _arxiv_page(parts, address)
    return None


def _hacker_news(name: str) -> Recognised | None:
    tags = _HACKER_NEWS_TAGS.get(name)
    if tags is None:
        return None
    return Recognised(SourceProtocol.HACKER_NEWS_ALGOLIA, f"hn:{tags}", {"tags": tags})


def _github(parts: list[str], address: Address) -> Recognised | None:
    if parts[:1] == ["search"]:
        asked = parse_qs(address.query)
        # Its other searches (code, issues ...) have no protocol.
        is_wanted = asked.get("type", ["repositories"])[0] == "repositories" and "q" in asked
        return _github_search(asked["q"][0]) if is_wanted else None
    if parts[:1] == ["topics"] and len(parts) == 2:
        return _github_search(f"topic:{parts[1]}")
    if len(parts) == 2 or (len(parts) == 3 and parts[2] == "releases"):
        return _releases("/".join(parts[:2]).removesuffix(".git"))
    if len(parts) == 3 and parts[2] == "stargazers":
        stars = _releases("/".join(parts[:2]))
        address_of_stars = f"https://github.com/{'/'.join(parts[:2])}/stargazers".lower()
        return stars and Recognised(SourceProtocol.GITHUB_STARS, address_of_stars, stars.settings)
    return None


def _github_search(query: str) -> Recognised:
    words = " ".join(query.split())
    return Recognised(SourceProtocol.GITHUB_SEARCH, f"github:search {words}".rstrip(), {"q": words})


def _releases(name: str) -> Recognised | None:
    if repository_id(name) is None or not owns_repositories(name.partition("/")[0]):
        return None
    repository = name.lower()
    address = f"https://github.com/{repository}"
    return Recognised(SourceProtocol.GITHUB_RELEASES, address, {"repository": repository})


def _arxiv(category: str) -> Recognised | None:
    found = _ARXIV_CATEGORY.fullmatch(category)
    if found is None:
        return None
    archive, part = found.groups()
    if _PHYSICS.fullmatch(archive):
        steps = ["physics", archive]
    elif archive in _OTHER_ARCHIVES:
        steps = [archive, archive] if part else [archive]
    else:
        return None
    name = ":".join([*steps, part] if part else steps)
    return Recognised(SourceProtocol.ARXIV_OAI, f"https://arxiv.org/list/{category}/recent", {"set": name})


def _arxiv_page(parts: list[str], address: Address) -> Recognised | None:
    if parts[:1] == ["list"] and len(parts) >= 2:
        return _arxiv(parts[1])
    if parts[:1] in (["rss"], ["atom"]) and len(parts) == 2:
        categories = parts[1].replace(" ", "+")
        page = f"https://rss.arxiv.org/rss/{categories}"
        return Recognised(SourceProtocol.ARXIV_RSS, page, {"categories": categories})
    query = parse_qs(address.query).get("search_query", [""])[0]
    if parts == ["api", "query"] and query:
        return _arxiv_query(query)
    return None


def _arxiv_query(query: str) -> Recognised | None:
    words = " ".join(query.split())
    return Recognised(SourceProtocol.ARXIV_QUERY, f"arxiv:query {words}", {"query": words}) if words else None


def normal_address(url: str) -> str:
    """The key under which all spellings of the address of a source are one; what is fetched is the one that was given.

    Scheme, `www.`, default port, user, fragment, a slash at the end, the order of the query and the mirrors of
    FeedBurner are no part of it. The case of the path is, and so is a host for telephones: it may have another feed.
    The feed of a repository's releases is the same source as its releases by the API.

    Raises:
        InvalidInput: it is no address of a source.

    >>> normal_address("HTTP://www.A.org:80/Feed/#top"), normal_address("feed://a.org/Feed")
    ('a.org/Feed', 'a.org/Feed')
    >>> normal_address("https://github.com/Zorb/zorb/releases.atom") == normal_address("github:zorb/zorb")
    True
    """
    found = protocol_of(url)
    if found.protocol is not SourceProtocol.FEED:
        return found.address
    address = parse_address(found.address)
    if address is None:
        raise InvalidInput(f"no source has the address {url[:100]!r}; give one that begins with https://.")
    if address.host == "github.com" and address.path.endswith("/releases.atom"):
        same = _releases(address.path.removesuffix("/releases.atom").strip("/"))
        if same is not None:
            return same.address
    if address.host in _BURNERS:
        return f"feeds.feedburner.com{address.path.removesuffix('/').lower()}"
    plain = Address("x.invalid", "", address.path, "", "")
    path = canonical_address(plain).removeprefix("https://x.invalid")
    query = "&".join(sorted(part for part in address.query.split("&") if part))
    port = f":{address.port}" if address.port else ""
    return f"{address.host}{port}{path}{'?' if query else ''}{query}"
