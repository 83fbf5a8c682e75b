"""What a protocol says and hears: requests to make, answers as they came, and what stood in them. PURE.

Every protocol is two functions: `begin` says what to ask for first, `read` makes items of an answer and says what
to ask for next. Neither sees the network, the clock or the store; `nophantom.trends.importing` drives them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from nophantom.trends.documents import Family, Item


class SourceProtocol(StrEnum):
    """How a source is spoken to."""

    ARCHIVE = "archive"
    """Files that others archived; nothing is asked."""
    FEED = "feed"
    HACKER_NEWS_ALGOLIA = "hacker_news_algolia"
    HACKER_NEWS_FIREBASE = "hacker_news_firebase"
    GITHUB_SEARCH = "github_search"
    GITHUB_STARS = "github_stars"
    GITHUB_RELEASES = "github_releases"
    ARXIV_OAI = "arxiv_oai"
    ARXIV_QUERY = "arxiv_query"
    ARXIV_RSS = "arxiv_rss"
    SEARXNG = "searxng"


class Trouble(StrEnum):
    """Why a source could not be read, or not to its end."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    """No such host, or nobody answers there."""
    TLS = "tls"
    CUT_OFF = "cut_off"
    TOO_LARGE = "too_large"
    BLOCKED_ADDRESS = "blocked_address"
    """It leads into a private network."""
    ROBOTS_DENIED = "robots_denied"
    RATE_LIMITED = "rate_limited"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    GONE = "gone"
    SERVER_ERROR = "server_error"
    REDIRECT_LOOP = "redirect_loop"
    WRONG_CONTENT = "wrong_content"
    """Something else than the protocol speaks: a page instead of a feed."""
    UNREADABLE = "unreadable"
    """The right kind of thing, too damaged to read."""
    INCOMPLETE = "incomplete"
    """The source says itself that more should be there: timed out, stalled, some of its engines down."""
    INTERRUPTED = "interrupted"


class Ask(NamedTuple):
    """One request.

    Attributes:
        url: absolute.
        headers: beside those that every request carries.
        conditional: whether validators of the last visit (ETag, Last-Modified) may be sent along.
        page: whether it asks for a page made for people, for which robots.txt speaks.
        note: for the protocol itself: what it needs to know again when the answer comes.
    """

    url: str
    headers: Mapping[str, str] = {}
    conditional: bool = False
    page: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Attributes:
        url: where it came from, after redirects.
        status: of HTTP: 200 to 299, or what the protocol asked to see (see `Protocol.sees`).
        headers: names in lower case.
        content: the body, unpacked.
        at: the moment (UTC) at which it came.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """Who is read, and what is known of it beforehand.

    Attributes:
        address: of the source.
        family: of its documents.
        collection: the name under which its documents are counted.
        language: of the source where it is known; ISO 639-1.
        settings: of the source: what the protocol needs (a query, a category, a repository).
        state: what the protocol remembered at the last visit; empty at the first.
        followed_since: when it was first read with success; None before. What it published earlier was there for
            everybody to see on its own day; what comes later could be known when it came.
        secrets: tokens by name ("github"); never stored, logged or told.
        name: the one name of the source, which stays when its address changes; what it sends without an address of
            its own is known by it. Empty for the address.
    """

    address: str
    family: Family
    collection: str
    language: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)
    followed_since: datetime | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Hints:
    """What a source says about itself and about when to come again; None where it says nothing.

    Attributes:
        title: its name.
        homepage: the page for people.
        language: ISO 639-1.
        every: seconds that it asks for between two visits (ttl).
        skip_hours: hours (UTC, 0 to 23) without news.
        skip_days: days without news, 0 is Monday.
        newest: the moment of its newest item.
    """

    title: str | None = None
    homepage: str | None = None
    language: str | None = None
    every: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    newest: datetime | None = None


class Adoption(NamedTuple):
    """One day of an adoption series as its source told it on a visit; later visits may tell it otherwise.

    Attributes:
        product: native id.
        measure: what is counted, as in "stars".
        day: of the source's own calendar.
        value: how many on that day.
    """

    product: str
    measure: str
    day: date
    value: int


@dataclass(frozen=True, slots=True)
class Step:
    """What stood in one answer.

    Attributes:
        items: everything that was sent, each a document or a drop with its reason; positions count from 1 within the
            answer.
        asks: what to ask for next, in this order, before the visit is over.
        state: what to remember for the next visit; None leaves it. It is kept only when the visit ends well.
        hints: what the source says of itself.
        adoption: days of adoption series.
        trouble: why the answer is not the whole truth; what it holds is kept all the same.
        told: of the trouble, what was seen; short.
    """

    items: tuple[Item, ...] = ()
    asks: tuple[Ask, ...] = ()
    state: Mapping[str, str] | None = None
    hints: Hints = Hints()
    adoption: tuple[Adoption, ...] = ()
    trouble: Trouble | None = None
    told: str = ""


class Refusal(Exception):  # noqa: N818 - named by what the source did
    """Raised by `read`: the answer holds nothing that can be used, and why.

    Attributes:
        trouble: the kind.
        told: what was seen; one short line, no secrets.
        wait: seconds after which the source may be asked again, where it says so.
        again: whether the same request may be sent once more in this visit (an empty page that should not be).
    """

    def __init__(
        self, trouble: Trouble, told: str, *, wait: float | None = None, again: bool = False
    ) -> None:
        super().__init__(told)
        self.trouble = trouble
        self.told = told
        self.wait = wait
        self.again = again


Begin = Callable[[Reading, datetime], tuple[Ask, ...]]
"""What to ask for first, at a moment (UTC)."""

Read = Callable[[Reading, Ask, Answer], Step]
"""What stands in an answer; raises `Refusal`."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """How one kind of source is spoken to.

    Attributes:
        begin: what to ask for first.
        read: what stands in an answer.
        sees: statuses that `read` wants to see beside 200 to 299, since they say more than their number
            (the rate limits of GitHub); all others end the visit.
        gap: least seconds between two requests to one host, over all sources together.
        at_once: most requests in flight to one host.
        least: least seconds between two visits of one source.
        largest: bytes of one answer, unpacked.
    """

    begin: Begin
    read: Read
    sees: frozenset[int] = frozenset()
    gap: float = 0.0
    at_once: int = 2
    least: float = 900.0
    largest: int = 16 * 2**20
