"""Things with names of their own: what an address leads to, as the source that publishes it would say. PURE.

Whatever its spelling, mirror or sub-page, an address of the same thing gives the same native id; an address of no
known source is a page of the web, known by its canonical address.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs, quote, unquote

from nophantom.trends.addresses import Address, canonical_address, plain_host
from nophantom.trends.documents import Family, Kind
from nophantom.trends.native_ids import (
    LONGEST_ID,
    arxiv_id,
    owns_repositories,
    reddit_id,
    repository_id,
    web_id,
)
from nophantom.trends.packages import ECOSYSTEMS, REGISTRIES, Package, package_at, page_of_package


class NativeThing(NamedTuple):
    """What an address leads to, by the name that its source knows it by.

    Attributes:
        native_id: one for all spellings.
        family: of the source that can confirm it.
        kind: what it is.
        name: as the source is asked for it; its case as in the address.
        parent: of a part of something (an issue of a repository) the native id of the whole.
    """

    native_id: str
    family: Family
    kind: Kind
    name: str
    parent: str | None = None

    @property
    def space(self) -> str:
        """Whose names these are: what stands before the first colon of the native id."""
        return self.native_id.partition(":")[0]


def native_id_of(address: Address) -> NativeThing | None:
    """What a source with names of its own knows an address by; None for a page like any other.

    >>> from nophantom.trends.addresses import parse_address
    >>> native_id_of(parse_address("https://www.alphaxiv.org/abs/1706.03762v5")).native_id
    'arxiv:1706.03762'
    >>> native_id_of(parse_address("https://github.com/Zorb-Lang/Zorb/pull/7/files"))[::4]
    ('github:zorb-lang/zorb#7', 'github:zorb-lang/zorb')
    """
    host = plain_host(address.host)
    domain = ".".join(host.rsplit(".", 2)[-2:])
    read = _READERS.get(domain if domain in _WITH_SUBDOMAINS else host)
    if read is None or address.port:
        return None
    parts = [plain for part in address.path.split("/") if (plain := unquote(part).strip())]
    thing = read(_Place(host, parts, address.query))
    return thing if thing and len(thing.native_id) <= LONGEST_ID else None


def thing_at(address: Address) -> NativeThing:
    """What an address leads to; what has no other name is known by its canonical address."""
    known = native_id_of(address)
    return known or NativeThing(web_id(address), Family.WEB, Kind.POST, canonical_address(address))


class _Place(NamedTuple):
    """Where an address leads: its host, the parts of its path without escapes, and its query."""

    host: str
    parts: list[str]
    query: str

    def part(self, n: int) -> str:
        """The n-th part of the path, or nothing."""
        return self.parts[n] if n < len(self.parts) else ""

    def asked(self, name: str) -> str:
        """A parameter of the query, or nothing."""
        return parse_qs(self.query).get(name, [""])[0]


_NUMBER = re.compile(r"0*([1-9][0-9]{0,14})")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_LOBSTERS = re.compile(r"[0-9a-z]{4,10}")
_VIDEO = re.compile(r"[A-Za-z0-9_-]{11}")
_DOI = re.compile(r"10\.[0-9]{4,9}/\S+")
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
_VIEW = re.compile(r"(?:/(?:full|abstract|summary|pdf|epdf|meta))+$")
"""How publishers show a work, behind its name."""
_PARTS_OF_REPOSITORIES = frozenset({"issues", "pull", "pulls", "discussions"})


def _number(word: str) -> str | None:
    found = _NUMBER.fullmatch(word)
    return found[1] if found else None


def _is_word(word: str) -> bool:
    return bool(_WORD.fullmatch(word)) and bool(word.strip("."))


def _github(place: _Place) -> NativeThing | None:
    owner, repo = place.part(0), place.part(1).removesuffix(".git")
    if not owns_repositories(owner) or not _is_word(owner) or not _is_word(repo):
        return None
    repository = repository_id(f"{owner}/{repo}")
    return _on_forge(repository, Family.GITHUB, f"{owner}/{repo}", place) if repository else None


def _on_forge(repository: str, family: Family, name: str, place: _Place) -> NativeThing:
    """A repository, or the issue of it that an address leads to."""
    number = _number(place.part(3)) if place.part(2) in _PARTS_OF_REPOSITORIES else None
    if number is None:
        return NativeThing(repository, family, Kind.REPOSITORY, name)
    page = f"{name}/{place.part(2)}/{number}"
    return NativeThing(f"{repository}#{number}", family, Kind.POST, page, repository)


def _codeberg(place: _Place) -> NativeThing | None:
    owner, repo = place.part(0), place.part(1).removesuffix(".git")
    if not _is_word(owner) or not _is_word(repo) or owner in {"explore", "user", "org", "api", "assets"}:
        return None
    return _on_forge(f"codeberg:{owner}/{repo}".lower(), Family.WEB, f"{owner}/{repo}", place)


_GITLAB_PAGES = frozenset(
    {"-", "issues", "merge_requests", "tree", "blob", "commit", "commits", "tags", "wikis"}
)
_GITLAB_NO_GROUP = frozenset({"explore", "users", "help", "dashboard", "groups", "search", "api", "-"})


def _gitlab(place: _Place) -> NativeThing | None:
    parts = place.parts
    end = next((n for n, part in enumerate(parts) if part in _GITLAB_PAGES), len(parts))
    path = [part.removesuffix(".git") for part in parts[:end]]
    if len(path) < 2 or path[0] in _GITLAB_NO_GROUP or not all(map(_is_word, path)):
        return None
    name = "/".join(path)
    repository = f"gitlab:{name}".lower()
    what, word = [*(part for part in parts[end:] if part != "-"), "", ""][:2]
    number = _number(word)
    if number is None or what not in {"issues", "merge_requests"}:
        return NativeThing(repository, Family.WEB, Kind.REPOSITORY, name)
    mark = "#" if what == "issues" else "!"  # the two are counted apart
    page = f"{name}/-/{what}/{number}"
    return NativeThing(f"{repository}{mark}{number}", Family.WEB, Kind.POST, page, repository)


def _hacker_news(place: _Place) -> NativeThing | None:
    number = _number(place.asked("id")) if place.parts == ["item"] else None
    return NativeThing(f"hn:{number}", Family.HACKER_NEWS, Kind.POST, number) if number else None


def _paper(word: str) -> NativeThing | None:
    native_id = arxiv_id(word.removesuffix(".pdf"))
    return NativeThing(native_id, Family.ARXIV, Kind.PAPER, native_id[len("arxiv:") :]) if native_id else None


def _arxiv(place: _Place) -> NativeThing | None:
    shown = {"abs", "pdf", "html", "format", "ps", "src", "e-print", "overview"}
    return _paper("/".join(place.parts[1:3])) if place.part(0) in shown else None


def _stack_exchange(place: _Place) -> NativeThing | None:
    number = _number(place.part(1)) if place.part(0) in {"q", "questions"} else None
    site = place.host.removesuffix(".com").removesuffix(".stackexchange")
    if number is None or site == "stackexchange":
        return None
    return NativeThing(f"se:{site}/{number}", Family.STACK_EXCHANGE, Kind.POST, f"{site}/{number}")


def _reddit(place: _Place) -> NativeThing | None:
    parts = place.parts
    if place.host == "redd.it":
        word = place.part(0)
    elif "comments" in parts[:3]:
        word = place.part(parts.index("comments") + 1)
    else:
        word = place.part(1) if place.part(0) == "gallery" else ""
    native_id = reddit_id(word) if word else None
    if native_id is None:
        return None
    return NativeThing(native_id, Family.REDDIT, Kind.POST, native_id.rpartition("_")[2])


def _lobsters(place: _Place) -> NativeThing | None:
    word = place.part(1).lower().removesuffix(".json")
    if place.part(0) != "s" or not _LOBSTERS.fullmatch(word):
        return None
    return NativeThing(f"lobsters:{word}", Family.LOBSTERS, Kind.POST, word)


_NO_MAKER = re.compile(
    "api|blog|chat|collections|datasets|docs|enterprise|inference|join|learn|login|models|new|organizations|papers"
    "|posts|pricing|privacy|search|settings|spaces|support|tasks|terms-of-service|welcome",
    re.IGNORECASE,
)


def _hugging_face(place: _Place) -> NativeThing | None:
    if place.part(0) == "papers":
        return _paper(place.part(1))
    shelf = f"{place.part(0)}/" if place.part(0) in {"datasets", "spaces"} else ""
    owner, repo = (place.part(1), place.part(2)) if shelf else (place.part(0), place.part(1))
    if not _is_word(owner) or not _is_word(repo) or _NO_MAKER.fullmatch(owner):
        return None
    name = f"{shelf}{owner}/{repo}"
    return NativeThing(f"hf:{name.lower()}", Family.HUGGING_FACE, Kind.REPOSITORY, name)


def _doi(place: _Place) -> NativeThing | None:
    parts = place.parts
    start = next((n for n, part in enumerate(parts[:3]) if part.startswith("10.")), None)
    name = "/".join(parts[start:]) if start is not None else ""
    if not place.host.endswith("doi.org"):
        name = _VIEW.sub("", name)
    if paper := _ARXIV_DOI.fullmatch(name):
        return _paper(paper[1])
    if not _DOI.fullmatch(name):
        return None
    return NativeThing(f"doi:{name.lower()}", Family.DOI, Kind.PAPER, name.lower())


def _youtube(place: _Place) -> NativeThing | None:
    if place.host == "youtu.be":
        word = place.part(0)
    elif place.part(0) in {"shorts", "live", "embed", "v"}:
        word = place.part(1)
    else:
        word = place.asked("v") if place.parts == ["watch"] else ""
    return NativeThing(f"youtube:{word}", Family.WEB, Kind.POST, word) if _VIDEO.fullmatch(word) else None


def _package(place: _Place) -> NativeThing | None:
    found = package_at(place.host, "/" + "/".join(place.parts))
    if found is None:
        return None
    return NativeThing(f"{found.ecosystem}:{found.name}", Family.PACKAGES, Kind.PACKAGE, found.name)


_READERS: dict[str, Callable[[_Place], NativeThing | None]] = {
    **dict.fromkeys(("github.com", "raw.githubusercontent.com"), _github),
    "codeberg.org": _codeberg,
    "gitlab.com": _gitlab,
    "news.ycombinator.com": _hacker_news,
    **dict.fromkeys(("arxiv.org", "ar5iv.org", "alphaxiv.org"), _arxiv),
    **dict.fromkeys(
        ("stackoverflow.com", "superuser.com", "serverfault.com", "askubuntu.com"), _stack_exchange
    ),
    **dict.fromkeys(("stackexchange.com", "stackapps.com", "mathoverflow.net"), _stack_exchange),
    **dict.fromkeys(("reddit.com", "redd.it"), _reddit),
    "lobste.rs": _lobsters,
    **dict.fromkeys(("huggingface.co", "hf.co"), _hugging_face),
    **dict.fromkeys(("doi.org", "dl.acm.org", "onlinelibrary.wiley.com", "science.org", "pnas.org"), _doi),
    **dict.fromkeys(("dx.doi.org", "tandfonline.com", "journals.sagepub.com", "pubs.acs.org"), _doi),
    **dict.fromkeys(("youtube.com", "youtube-nocookie.com", "youtu.be"), _youtube),
    **dict.fromkeys(REGISTRIES, _package),
}
# export. and browse. and ar5iv.labs. of arXiv, the sites of Stack Exchange, the languages of Reddit. Nowhere else: what
# stands at gist.github.com or blog.crates.io is no repository and no package.
_WITH_SUBDOMAINS = frozenset(
    {
        "arxiv.org",
        "stackexchange.com",
        "stackoverflow.com",
        "mathoverflow.net",
        "reddit.com",
        "redd.it",
        "youtube.com",
    }
)
_HOMES = {
    "github": "https://github.com/{}",
    "codeberg": "https://codeberg.org/{}",
    "gitlab": "https://gitlab.com/{}",
    "hn": "https://news.ycombinator.com/item?id={}",
    "arxiv": "https://arxiv.org/abs/{}",
    "reddit": "https://www.reddit.com/comments/{}/",
    "lobsters": "https://lobste.rs/s/{}",
    "hf": "https://huggingface.co/{}",
    "doi": "https://doi.org/{}",
    "youtube": "https://www.youtube.com/watch?v={}",
}


def home_of(thing: NativeThing) -> str:
    """The address of the page that its source shows for a thing.

    >>> from nophantom.trends.addresses import parse_address
    >>> home_of(native_id_of(parse_address("https://redd.it/CN2e13")))
    'https://www.reddit.com/comments/cn2e13/'
    """
    if thing.space == "web":
        return thing.name
    if thing.space == "se":
        site, _, number = thing.name.rpartition("/")
        domain = "" if site.endswith(".net") else ".com" if _has_domain(site) else ".stackexchange.com"
        return f"https://{site}{domain}/q/{number}"
    if thing.family is Family.PACKAGES:
        return page_of_package(Package(thing.space, thing.name))
    return _HOMES[thing.space].format(quote(thing.name, safe="/:;()~@!$&'*+,="))


def page_of_product(native_id: str) -> str | None:
    """The address of the page that its source shows for a product; None where the native id tells none.

    >>> page_of_product("github:zowner/quux"), page_of_product("pypi:zorb"), page_of_product("web:0123")
    ('https://github.com/zowner/quux', 'https://pypi.org/project/zorb/', None)
    """
    space, _, name = native_id.partition(":")
    if space in ECOSYSTEMS:
        return page_of_package(Package(space, name))
    return _HOMES[space].format(quote(name, safe="/:;()~@!$&'*+,=")) if space in _HOMES else None


def _has_domain(site: str) -> bool:
    """Whether a site of Stack Exchange has a domain of its own."""
    return f"{site.rpartition('.')[2]}.com" in _READERS
