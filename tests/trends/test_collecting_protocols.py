"""Every protocol against a server of its own through a whole collection: asked, read, written, and asked again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.trends.collecting_home import Clock, Home
from tests.trends.fault_server import PATHS, FaultServer, Sent, fault_server

from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.bodies import Bodies
from nophantom.trends.collecting import PROTOCOLS
from nophantom.trends.documents import ItemDrop
from nophantom.trends.exchange import SourceProtocol as Spoken
from nophantom.trends.exchange import Trouble

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = int(NOON.timestamp())
TOKEN = "ghp_0123456789abcdef"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


@pytest.fixture
def home(sqlite_engine: Engine, server: FaultServer, tmp_path: Path) -> Home:
    server.asked.clear()
    server.requests.clear()
    server.pages.clear()
    return Home(sqlite_engine, server, Clock(NOON), Bodies(tmp_path / "bodies"))


def told(*values: Any, **headers: str) -> Callable[[int], Sent]:
    """JSON: the first time, the second ..., and the last one ever after."""
    bodies = [json.dumps(value).encode() for value in values]
    return lambda time: Sent(body=bodies[min(time, len(bodies)) - 1], headers=JSON | headers)


def xml(text: str) -> Callable[[int], Sent]:
    return lambda _: Sent(body=text.encode(), headers={"content-type": "text/xml"})


def follow(home: Home, protocol: Spoken, base: str, **settings: str) -> int:
    (number,) = home.follow(
        f"https://named.example/{protocol}",
        protocol=protocol,
        settings={"base": home.server.url(base), **settings},
    )
    return number


def documents(home: Home) -> list[tuple[str, str]]:
    return [(a, b) for a, b in home.ask("SELECT native_id, published_on FROM document ORDER BY native_id")]


def is_sound(home: Home, number: int) -> bool:
    """No trouble, due again later, and the doctor finds nothing."""
    source = home.source(number)
    later = source.next_at is not None and source.next_at > home.clock()
    return later and (source.trouble, source.failures) == (None, 0) and home.violations() == []


def hit(number: int, points: int, ago: int = 600) -> dict[str, Any]:
    return {
        "objectID": str(number),
        "title": f"Show HN: Zorb {number}",
        "url": f"https://zorb.example/{number}",
        "author": "alice",
        "points": points,
        "num_comments": 3,
        "created_at_i": SECOND - ago,
    }


def hits(*found: dict[str, Any]) -> dict[str, Any]:
    return {"hits": list(found), "nbHits": len(found), "page": 0, "nbPages": 1, "exhaustiveNbHits": True}


def test_hacker_news_by_its_search_brings_stories_and_the_history_of_their_scores(home: Home) -> None:
    first = hits(hit(41000002, 9), hit(41000001, 4, 900), {"title": "no id"})
    home.server.pages["/hn/search_by_date"] = told(first)
    number = follow(home, Spoken.HACKER_NEWS_ALGOLIA, "/hn", firebase=home.server.url("/fb"), days="1")
    done = home.collect()
    # Two slices of half a day with the same answer: what came twice is a duplicate.
    assert (done.documents, done.duplicates, done.drops) == (2, 2, {ItemDrop.NO_ID: 2})
    home.server.pages["/hn/search_by_date"] = told(hits(hit(41000002, 30), hit(41000001, 4, 900)))
    again = home.later(hours=0.5)
    assert (again.documents, again.duplicates) == (0, 2)
    assert documents(home) == [("hn:41000001", "2026-11-22"), ("hn:41000002", "2026-11-22")]
    scores = home.ask("""
        SELECT d.native_id, s.points FROM score s JOIN document d ON d.id = s.document_id ORDER BY 1, s.fetch_id
    """)
    # The one whose score stayed is not written again.
    assert scores == [("hn:41000001", 4), ("hn:41000002", 9), ("hn:41000002", 30)]
    assert home.source(number).remembered["last"] == "41000002"
    assert is_sound(home, number)


def test_a_search_that_stands_still_is_told_and_what_it_has_is_kept(home: Home) -> None:
    home.server.pages["/hn/search_by_date"] = told(hits(hit(41000001, 4, 5 * 3_600)))
    home.server.pages["/fb/maxitem.json"] = told(41009999)
    number = follow(home, Spoken.HACKER_NEWS_ALGOLIA, "/hn", firebase=home.server.url("/fb"), days="1")
    done = home.collect()
    source = home.source(number)
    assert (done.documents, source.trouble, source.failures) == (1, Trouble.INCOMPLETE, 1)
    assert "stalled" in str(source.told)
    assert "last" not in source.remembered  # asked for again from the same second on
    assert home.violations() == []


def test_hacker_news_by_its_own_interface_asks_for_each_id(home: Home) -> None:
    home.server.pages["/fb/newstories.json"] = told([3, 2, 1], [4, 3, 2, 1])
    for n in (1, 2, 4):
        story = {
            "id": n,
            "type": "story",
            "title": f"Story {n}",
            "time": SECOND - 60 * n,
            "score": n,
            "by": "a",
        }
        home.server.pages[f"/fb/item/{n}.json"] = told(story)
    home.server.pages["/fb/item/3.json"] = told(None)
    number = follow(home, Spoken.HACKER_NEWS_FIREBASE, "/fb")
    done = home.collect()
    assert (done.documents, done.drops) == (2, {ItemDrop.NO_ID: 1})
    assert home.later(hours=1).documents == 1
    assert home.server.asked["/fb/item/1.json"] == 1
    assert home.count("answer") == 1 + 3 + 1 + 1
    assert is_sound(home, number)


REPOSITORY = {
    "full_name": "Acme/VecDB",
    "html_url": "https://github.com/Acme/VecDB",
    "description": "An embedded database",
    "created_at": "2026-11-21T09:00:00Z",
    "stargazers_count": 321,
    "language": "Rust",
    "topics": ["database"],
}


def test_github_by_its_search_sends_the_token_to_its_host_alone_and_keeps_it_nowhere(home: Home) -> None:
    found = {"total_count": 1, "incomplete_results": False, "items": [REPOSITORY]}
    home.server.pages["/gh/search/repositories"] = told(found)
    number = follow(home, Spoken.GITHUB_SEARCH, "/gh", q="topic:database", days="3")
    assert home.collect(secrets={"github": TOKEN}).documents == 1
    assert home.server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert home.ask("SELECT points FROM score") == [(321,)]
    assert documents(home)[0][0].startswith("github:acme/vecdb")
    assert is_sound(home, number)
    assert not holds(home, TOKEN)


def holds(home: Home, secret: str) -> bool:
    """Whether a word stands anywhere in the files of the store or among the bodies."""
    folder = Path(str(home.engine.url.database)).parent
    home.engine.dispose()
    return any(secret.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("said", ["Bad credentials", f"Bad credentials: {TOKEN}"])
def test_a_wrong_token_is_told_in_one_sentence_without_the_token(
    home: Home, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    home.server.pages["/gh/search/repositories"] = lambda _: Sent(
        401, json.dumps({"message": said}).encode(), JSON
    )
    number = follow(home, Spoken.GITHUB_SEARCH, "/gh")
    done = home.collect(secrets={"github": TOKEN})
    source = home.source(number)
    assert (done.failed, source.trouble) == (1, Trouble.FORBIDDEN)
    assert "the token is wrong, expired or revoked" in str(source.told)
    assert TOKEN not in repr(done) + str(source) + "".join(capfd.readouterr())
    assert home.violations() == []
    # The body itself is kept as it came, compressed; the tables and what is told are without it.
    assert TOKEN not in str(
        home.ask('SELECT path, told FROM "fetch"') + home.ask("SELECT told FROM source_health")
    )


@pytest.mark.parametrize(
    ("status", "headers", "least"),
    [
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(SECOND + 7_200)}, 7_200),
        (429, {"retry-after": "90000"}, 90_000),
        (403, {"retry-after": "120", "x-ratelimit-remaining": "11"}, 120),
    ],
)
def test_both_limits_of_github_are_obeyed_to_the_second(
    home: Home, status: int, headers: dict[str, str], least: float
) -> None:
    body = b'{"message": "You have exceeded a rate limit"}'
    home.server.pages["/gh/repos/a/b/releases"] = lambda _: Sent(status, body, JSON | headers)
    number = follow(home, Spoken.GITHUB_RELEASES, "/gh", repository="a/b")
    other = follow(home, Spoken.GITHUB_SEARCH, "/gh")
    home.collect(number, other)
    source = home.source(number)
    assert (source.trouble, source.failures) == (Trouble.RATE_LIMITED, 1)
    assert source.next_at is not None
    assert source.next_at - NOON >= timedelta(seconds=least)
    # Its host is left alone, over all of its sources.
    assert home.source(other).trouble is Trouble.RATE_LIMITED
    assert len(home.server.requests) == 1
    assert home.violations() == []


def test_github_releases_are_asked_for_with_their_etag(home: Home) -> None:
    release = {
        "tag_name": "v1.0",
        "name": "One",
        "published_at": "2026-11-20T10:00:00Z",
        "html_url": "https://github.com/a/b/releases/tag/v1.0",
        "body": "It works.",
        "author": {"login": "alice"},
    }

    def serve(_time: int) -> Sent:
        asked = home.server.requests[-1].headers.get("if-none-match")
        headers = JSON | {"etag": '"r1"'}
        return Sent(304, b"", headers) if asked else Sent(200, json.dumps([release]).encode(), headers)

    home.server.pages["/gh/repos/a/b/releases"] = serve
    number = follow(home, Spoken.GITHUB_RELEASES, "/gh", repository="a/b")
    assert home.collect().documents == 1
    assert home.later().unchanged == 1
    assert documents(home) == [("github:a/b/releases/tag/v1.0", "2026-11-20")]
    assert is_sound(home, number)


def test_a_repository_that_was_renamed_is_followed_and_its_source_keeps_its_address(home: Home) -> None:
    moved = Sent(301, b"", {"location": "/gh/repositories/7/releases"})
    home.server.pages["/gh/repos/a/b/releases"] = lambda _: moved
    home.server.pages["/gh/repositories/7/releases"] = told([])
    number = follow(home, Spoken.GITHUB_RELEASES, "/gh", repository="a/b")
    for _ in range(4):
        home.later(number)
    source = home.source(number)
    assert (source.address, source.moved_seen) == (f"https://named.example/{Spoken.GITHUB_RELEASES}", 0)
    assert is_sound(home, number)


def test_github_stars_are_days_of_adoption_written_again_only_where_they_changed(home: Home) -> None:
    def week(ago: int, *days: int) -> dict[str, Any]:
        return {"week": SECOND // 86_400 * 86_400 - ago * 7 * 86_400, "total": sum(days), "days": list(days)}

    old = week(1, 1, 2, 3, 4, 5, 6, 7)
    home.server.pages["/gh/repos/a/b/stargazers/history"] = told(
        [week(0, 4, 0, 0, 0, 0, 0, 0), old], [week(0, 9, 0, 0, 0, 0, 0, 0), old]
    )
    number = follow(home, Spoken.GITHUB_STARS, "/gh", repository="a/b")
    done = home.collect()
    assert (done.fetched, done.items, home.count("adoption_day")) == (1, 0, 8)
    home.later(number, hours=11)
    assert home.ask("SELECT value FROM adoption_day WHERE day = '2026-11-22' ORDER BY fetch_id") == [
        (4,),
        (9,),
    ]
    assert home.count("adoption_day") == 9
    assert is_sound(home, number)


OAI = """<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'><responseDate>2026-11-22T03:04:05Z</responseDate>
<ListRecords><record><header><identifier>oai:arXiv.org:2611.00001</identifier><datestamp>2026-11-21</datestamp></header>
<metadata><arXivRaw xmlns='http://arxiv.org/OAI/arXivRaw/'><id>2611.00001</id><version version="v1">
<date>Thu, 19 Nov 2026 17:57:34 GMT</date></version><title>Learned Zorbs</title><authors>Ada L.</authors>
<categories>cs.LG</categories><abstract>We learn.</abstract></arXivRaw></metadata></record>
<record><header status='deleted'><identifier>oai:arXiv.org:2611.00009</identifier></header></record>
<resumptionToken/></ListRecords></OAI-PMH>"""
QUERY = """<feed xmlns='http://www.w3.org/2005/Atom' xmlns:o='http://a9.com/-/spec/opensearch/1.1/'>
<o:totalResults>1</o:totalResults><entry><id>http://arxiv.org/abs/2611.01234v2</id>
<published>2026-11-20T17:59:59Z</published><title>Filters</title><summary>We study.</summary>
<author><name>Ada L.</name></author></entry></feed>"""
RSS = """<rss xmlns:arxiv='http://arxiv.org/schemas/atom' version='2.0'><channel><title>cs.LG</title>
<skipDays><day>Sunday</day><day>Saturday</day></skipDays>
<item><title>New Zorbs</title><description>arXiv:2611.01250v1 Announce Type: new
Abstract: We zorb.</description><guid>oai:arXiv.org:2611.01250v1</guid><category>cs.LG</category>
<pubDate>Fri, 20 Nov 2026 00:00:00 -0500</pubDate><arxiv:announce_type>new</arxiv:announce_type></item>
<item><title>Old Zorbs</title><description>x</description><guid>oai:arXiv.org:2401.00001v2</guid>
<pubDate>Fri, 20 Nov 2026 00:00:00 -0500</pubDate><arxiv:announce_type>replace</arxiv:announce_type></item>
</channel></rss>"""
ERROR = """<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>http://arxiv.org/api/errors#x</id><title>Error</title>
<summary>incorrect id format</summary></entry></feed>"""


@pytest.mark.parametrize(
    ("protocol", "body", "settings", "found", "drops"),
    [
        (
            Spoken.ARXIV_OAI,
            OAI,
            {"set": "cs:cs:LG"},
            ("arxiv:2611.00001", "2026-11-19"),
            ItemDrop.PARSE_ERROR,
        ),
        (Spoken.ARXIV_QUERY, QUERY, {"query": "cat:cs.LG"}, ("arxiv:2611.01234", "2026-11-20"), None),
        (
            Spoken.ARXIV_RSS,
            RSS,
            {"categories": "cs.LG"},
            ("arxiv:2611.01250", "2026-11-20"),
            ItemDrop.BAD_DATE,
        ),
    ],
)
def test_arxiv_by_each_of_its_interfaces(
    home: Home,
    protocol: Spoken,
    body: str,
    settings: dict[str, str],
    found: tuple[str, str],
    drops: ItemDrop | None,
) -> None:
    for path in ("/ax", "/ax/cs.LG"):
        home.server.pages[path] = xml(body)
    number = follow(home, protocol, "/ax", **settings)
    done = home.collect()
    assert (done.documents, done.drops) == (1, {drops: 1} if drops else {})
    assert documents(home) == [found]
    assert is_sound(home, number)
    again = home.later(hours=72)
    assert (again.visits, again.documents, home.count("document")) == (1, 0, 1)
    assert is_sound(home, number)


def test_an_error_of_arxiv_in_the_clothes_of_a_paper_is_no_paper(home: Home) -> None:
    home.server.pages["/ax"] = xml(ERROR)
    number = follow(home, Spoken.ARXIV_QUERY, "/ax", query="cat:cs.LG")
    done = home.collect()
    assert (done.items, done.failed, home.count("document")) == (0, 1, 0)
    assert "incorrect id format" in str(home.source(number).told)
    assert home.violations() == []


@pytest.mark.parametrize(
    "protocol",
    [Spoken.ARXIV_OAI, Spoken.ARXIV_QUERY, Spoken.ARXIV_RSS, Spoken.GITHUB_RELEASES, Spoken.GITHUB_STARS],
)
def test_a_source_without_the_setting_that_it_needs_fails_with_a_sentence(
    home: Home, protocol: Spoken
) -> None:
    number = follow(home, protocol, "/x")
    assert home.collect().failed == 1
    source = home.source(number)
    assert source.trouble is Trouble.WRONG_CONTENT
    assert "needs a" in str(source.told)
    assert home.server.requests == []
    assert home.ask('SELECT requests FROM "fetch"') == [(0,)]
    assert home.violations() == []


FAULTS = (
    "/page",
    "/empty",
    "/invalid-xml",
    "/entities",
    "/cut-off",
    "/hang-up",
    "/status/500",
    "/rest/429/9000",
    "/ok",
)
SETTINGS = {
    Spoken.HACKER_NEWS_ALGOLIA: {},
    Spoken.HACKER_NEWS_FIREBASE: {},
    Spoken.GITHUB_SEARCH: {},
    Spoken.GITHUB_STARS: {"repository": "a/b"},
    Spoken.GITHUB_RELEASES: {"repository": "a/b"},
    Spoken.ARXIV_OAI: {"set": "cs:cs:LG"},
    Spoken.ARXIV_QUERY: {"query": "cat:cs.LG"},
    Spoken.ARXIV_RSS: {"categories": "cs.LG"},
}
PLACES = (
    "",
    "/cs.LG",
    "/search_by_date",
    "/newstories.json",
    "/search/repositories",
    "/repos/a/b/releases",
    "/repos/a/b/stargazers/history",
)
CASES = [(protocol, path) for protocol in SETTINGS for path in FAULTS]


def playing(path: str) -> Callable[[int], Sent]:
    """What the fault server plays at a path of its own."""
    match path.strip("/").split("/"):
        case ["status", code]:
            return lambda _: Sent(int(code))
        case ["rest", code, seconds]:
            return lambda _: Sent(int(code), b"", {"retry-after": seconds})
        case ["hang-up"]:
            return lambda _: Sent(0, b"")
    return lambda _: PATHS[path]()


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, dict[tuple[Spoken, str], int]]]:
    """One collection from servers that play each fault to each protocol."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('spoilt') / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    with fault_server(hosts=len(CASES)) as server:
        home = Home(engine, server, Clock(NOON))
        numbers = {}
        for host, (protocol, path) in enumerate(CASES):
            base = f"/p{host}"
            for place in PLACES:
                server.pages[base + place] = playing(path)
            settings = {"base": server.url(base, host), **SETTINGS[protocol]}
            (numbers[protocol, path],) = home.follow(
                f"https://{host}.example/", protocol=protocol, settings=settings
            )
        assert home.collect().visits == len(CASES)
        yield home, numbers
    engine.dispose()


@pytest.mark.parametrize(("protocol", "path"), CASES)
def test_every_protocol_survives_every_fault_of_its_server(
    spoilt: tuple[Home, dict[tuple[Spoken, str], int]], protocol: Spoken, path: str
) -> None:
    home, numbers = spoilt
    source, (visit,) = home.source(numbers[protocol, path]), home.visits(numbers[protocol, path])
    if protocol is Spoken.ARXIV_RSS and path in {
        "/invalid-xml",
        "/entities",
        "/ok",
    }:  # feeds, and no papers in them
        assert (visit.documents, visit.items) == (0, visit.drops)
        return
    assert (visit.outcome, visit.items, source.failures, source.last_ok_at) == ("failed", 0, 1, None)
    assert source.trouble is not None
    assert source.trouble is visit.trouble
    assert source.told
    assert source.next_at is not None
    # Nothing came: however rarely a protocol wants visits, the next one is within the hour, or after the rest.
    least = max(min(3_600, PROTOCOLS[protocol].least), 9_000 if "rest" in path else 0)
    assert least <= (source.next_at - NOON).total_seconds() <= 1.1 * least


def test_the_doctor_finds_nothing_after_all_of_them(
    spoilt: tuple[Home, dict[tuple[Spoken, str], int]],
) -> None:
    home, _ = spoilt
    assert home.violations() == []
    assert home.count("document") == 0
