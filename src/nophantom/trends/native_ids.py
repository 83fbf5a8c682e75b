"""Native ids: the name under which a source itself knows what it published. PURE."""

from __future__ import annotations

import re
from datetime import date
from hashlib import sha256

from nophantom.trends.addresses import Address, canonical_address
from nophantom.trends.documents import Kind

LONGEST_ID = 250
"""Characters of the longest native id; what is longer identifies nothing."""

_HACKER_NEWS = re.compile(r"[0-9A-Za-z_.:-]+")
_ARXIV = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/(?!\.+$)[A-Za-z0-9_.-]{1,100}")
_REDDIT = re.compile(r"(?:t3_)?([0-9a-z]+)")


def hacker_news_id(word: str) -> str | None:
    """`hn:<id>`, or None when the word cannot be one.

    >>> hacker_news_id("872283")
    'hn:872283'
    """
    return _fitting(f"hn:{word}") if _HACKER_NEWS.fullmatch(word) else None


def arxiv_id(word: str) -> str | None:
    """`arxiv:<id>` without its version, or None when the word is no id of arXiv.

    >>> arxiv_id("2401.00001v2"), arxiv_id("math.GT/0309136"), arxiv_id("nonsense")
    ('arxiv:2401.00001', 'arxiv:math/0309136', None)
    """
    found = _ARXIV.fullmatch(word)
    if found is None:
        return None
    # The subject class was always optional: math.GT/0309136 and math/0309136 are one paper.
    archive, slash, number = found[1].partition("/")
    return f"arxiv:{archive.partition('.')[0]}/{number}" if slash else f"arxiv:{found[1]}"


def repository_id(name: str) -> str | None:
    """`github:owner/repo` in lower case, or None when the name is none.

    >>> repository_id("ZOwner/quux")
    'github:zowner/quux'
    """
    return f"github:{name.lower()}" if _REPOSITORY.fullmatch(name) else None


def appearance_id(repository: str, day: date) -> str:
    """The native id of one appearance of a repository in a list.

    >>> appearance_id("github:zowner/quux", date(2014, 8, 9))
    'github:zowner/quux@2014-08-09'
    """
    return f"{repository}@{day.isoformat()}"


def reddit_id(word: str) -> str | None:
    """`reddit:t3_<id>`, or None when the word cannot be one.

    >>> reddit_id("cn2e13")
    'reddit:t3_cn2e13'
    """
    found = _REDDIT.fullmatch(word.lower())
    return _fitting(f"reddit:t3_{found[1]}") if found else None


def web_id(address: Address) -> str:
    """`web:<sha256>` of the canonical address."""
    return f"web:{sha256(canonical_address(address).encode('utf-8', 'surrogatepass')).hexdigest()}"


def _fitting(native_id: str) -> str | None:
    return native_id if len(native_id) <= LONGEST_ID else None


_NO_OWNER = re.compile(
    "about|account|advisories|apps|blog|blogs|careers|codespaces|collections|contact|contributing|copilot"
    "|customer-stories|dashboard"
    "|education|enterprise|events|explore|features|gist|gists|home|images|issues|join|login|logos|marketplace|mobile"
    "|new|nonprofit|notifications|open-source|organizations|orgs|partners|premium-support|press|pricing|pulls|readme"
    "|resources|search|security|sessions|settings|showcases|signup|site|solutions|sponsors|stars|status|support|team"
    "|topics|trending|users|watching|wiki",
    re.IGNORECASE,
)


def owns_repositories(owner: str) -> bool:
    """Whether the first part of a path at GitHub can be an owner: `topics` and `search` are pages of its own.

    >>> owns_repositories("zorb-lang"), owns_repositories("Topics")
    (True, False)
    """
    return bool(owner) and not _NO_OWNER.fullmatch(owner)


_PAPER = re.compile(r"/(?:abs|pdf|html|format|ps)/(.+?)(?:\.pdf)?/?")
_ARXIV_HOSTS = frozenset({"arxiv.org", "export.arxiv.org"})
_PACKAGES = {
    "pypi.org": "/project/",
    "pypi.python.org": "/pypi/",
    "npmjs.com": "/package/",
    "npmjs.org": "/package/",
    "crates.io": "/crates/",
    "rubygems.org": "/gems/",
    "packagist.org": "/packages/",
    "nuget.org": "/packages/",
    "hex.pm": "/packages/",
    "hackage.haskell.org": "/package/",
    "pkg.go.dev": "/",
    "pub.dev": "/packages/",
}


def thing_behind(address: Address) -> tuple[Kind | None, str | None]:
    """What kind of thing an address leads to, and the native id of the product; both None for a page like any other.

    >>> from nophantom.trends.addresses import parse_address
    >>> thing_behind(parse_address("https://github.com/Zorb-Lang/Zorb/releases/tag/1.0"))
    (<Kind.RELEASE: 'release'>, 'github:zorb-lang/zorb')
    >>> thing_behind(parse_address("http://arxiv.org/pdf/1706.03762v5.pdf"))
    (<Kind.PAPER: 'paper'>, 'arxiv:1706.03762')
    """
    if address.host == "github.com":
        parts = address.path.split("/", 4)
        if len(parts) < 3 or not owns_repositories(parts[1]):
            return None, None
        product = repository_id(f"{parts[1]}/{parts[2].removesuffix('.git')}")
        if product is None:
            return None, None
        return Kind.RELEASE if len(parts) > 3 and parts[3] == "releases" else Kind.REPOSITORY, product
    if address.host in _ARXIV_HOSTS:
        found = _PAPER.fullmatch(address.path)
        product = arxiv_id(found[1]) if found else None
        return (Kind.PAPER, product) if product else (None, None)
    shelf = _PACKAGES.get(address.host)
    if shelf is not None and address.path.startswith(shelf) and len(address.path) > len(shelf):
        return Kind.PACKAGE, None
    return None, None
