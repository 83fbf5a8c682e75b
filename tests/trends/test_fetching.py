from __future__ import annotations

import asyncio
import gzip
import socket
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from tests.trends.fault_server import ETAG, MODIFIED, FaultServer, Sent, fault_server, feed

from nophantom.errors import InvalidInput
from nophantom.outbound.client import Client, Limits
from nophantom.outbound.guard import Guard
from nophantom.outbound.retries import Retrying
from nophantom.outbound.streams import Resolve, resolve
from nophantom.trends.exchange import Answer, Ask, Protocol, Reading, Step, Trouble
from nophantom.trends.fetching import Failure, Fetched, Fetcher, NotModified, Validators
from nophantom.version import __version__

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
Result = Fetched | NotModified | Failure


def _read(_reading: Reading, _ask: Ask, _answer: Answer) -> Step:
    return Step()


def speaking(
    *, sees: Sequence[int] = (), gap: float = 0.0, at_once: int = 2, largest: int = 1_000_000
) -> Protocol:
    """A protocol of which only the manners matter."""
    return Protocol(lambda _reading, _at: (), _read, frozenset(sees), gap, at_once, largest=largest)


FEEDS = speaking()


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _forgotten(server: FaultServer) -> None:
    server.asked.clear()
    server.requests.clear()
    server.pages.clear()


def here(**names: str) -> Resolve:
    """A resolver that knows some names, with `_` for their dots; a name without an address does not exist."""

    async def resolved(host: str, port: int) -> Sequence[str]:
        known = names.get(host.replace(".", "_"))
        if known == "":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [known] if known else await resolve(host, port)

    return resolved


def fetcher(
    server: FaultServer,
    *,
    tries: int = 3,
    waits: list[float] | None = None,
    patience: float = 60.0,
    resolved: Resolve = resolve,
    impatient: bool = False,
    contact: str | None = None,
) -> Fetcher:
    """One that may ask this server; waits are written down instead of waited.

    It waits long enough for a busy machine; only who tests the times is impatient.
    """

    async def pause(seconds: float) -> None:
        if waits is not None:
            waits.append(seconds)
        await asyncio.sleep(0 if waits is not None else seconds)

    client = Client(
        Limits(at_once=32, connect=5.0, read=0.2 if impatient else 10.0, total=0.5 if impatient else 20.0),
        Retrying(tries, 0.0, 0.0) if waits is None else Retrying(tries, 1.0, 30.0),
        np.random.default_rng(0),
        pause,
        guard=Guard((f"127.0.0.1:{server.port}",)),
        resolve=resolved,
        proxies={},
    )
    return Fetcher(client, contact=contact, patience=patience, clock=lambda: NOON)


def fetch(
    fetching: Fetcher, *asks: Ask | str, protocol: Protocol = FEEDS, validators: Validators | None = None
) -> list[Result]:
    """Fetch one after the other."""

    async def work() -> list[Result]:
        async with fetching as opened:
            return [
                await opened.fetch(Ask(one) if isinstance(one, str) else one, protocol, validators=validators)
                for one in asks
            ]

    return asyncio.run(asyncio.wait_for(work(), 40))


def failed(result: Result) -> Failure:
    assert isinstance(result, Failure), result
    return result


def came(result: Result) -> Fetched:
    assert isinstance(result, Fetched), result
    return result


def test_an_answer_comes_with_all_that_is_known_of_it(server: FaultServer) -> None:
    (result,) = fetch(fetcher(server, contact="https://who.example/bot"), server.url("/304"))
    found = came(result)
    assert found.answer == Answer(server.url("/304"), 200, found.answer.headers, feed(), NOON)
    assert found.answer.headers["content-type"].startswith("application/rss+xml")
    assert found.validators == Validators(ETAG, MODIFIED)
    assert (found.moved_to, found.tries, found.max_age) == (None, 1, 1_800.0)
    sent = server.requests[0].headers
    assert sent["user-agent"] == f"nophantom/{__version__} (+https://who.example/bot)"
    assert sent["accept-encoding"] == "gzip, deflate"
    assert "cookie" not in sent


def test_what_has_not_changed_is_not_sent_again(server: FaultServer) -> None:
    ask = Ask(server.url("/304"), conditional=True)
    for known in (Validators(ETAG), Validators(None, MODIFIED), Validators(ETAG, MODIFIED)):
        (result,) = fetch(fetcher(server), ask, validators=known)
        assert isinstance(result, NotModified)
        assert (result.validators, result.max_age) == (Validators(ETAG, MODIFIED), 1_800.0)


def test_validators_go_only_with_a_request_that_lets_them(server: FaultServer) -> None:
    (result,) = fetch(fetcher(server), server.url("/304"), validators=Validators(ETAG, MODIFIED))
    assert came(result).answer.status == 200
    assert server.requests[0].headers.keys().isdisjoint({"if-none-match", "if-modified-since"})


def test_a_304_that_nobody_asked_for_is_no_answer(server: FaultServer) -> None:
    (result,) = fetch(fetcher(server), server.url("/status/304"))
    assert failed(result).trouble is Trouble.SERVER_ERROR


def test_a_validator_that_cannot_be_sent_again_is_not_kept(server: FaultServer) -> None:
    server.pages["/odd"] = lambda _: Sent(body=b"x", headers={"etag": "e" * 5_000, "last-modified": "so\tso"})
    (result,) = fetch(fetcher(server), server.url("/odd"))
    assert came(result).validators == Validators()


@pytest.mark.parametrize(
    ("path", "trouble", "tries"),
    [
        ("/hang", Trouble.TIMEOUT, 1),
        ("/drip", Trouble.TIMEOUT, 1),
        ("/cut-off", Trouble.CUT_OFF, 3),
        ("/cut-off-gzip", Trouble.CUT_OFF, 3),
        ("/hang-up", Trouble.CUT_OFF, 3),
        ("/bomb", Trouble.TOO_LARGE, 1),
        ("/10mb", Trouble.TOO_LARGE, 1),
        ("/endless", Trouble.TOO_LARGE, 1),
        ("/not-http", Trouble.WRONG_CONTENT, 1),
        ("/loop", Trouble.REDIRECT_LOOP, 1),
        ("/private", Trouble.BLOCKED_ADDRESS, 1),
        ("/metadata", Trouble.BLOCKED_ADDRESS, 1),
        ("/file", Trouble.UNREACHABLE, 1),
        ("/nowhere", Trouble.SERVER_ERROR, 1),
        ("/status/400", Trouble.FORBIDDEN, 1),
        ("/status/401", Trouble.FORBIDDEN, 1),
        ("/status/403", Trouble.FORBIDDEN, 1),
        ("/status/404", Trouble.NOT_FOUND, 1),
        ("/status/408", Trouble.TIMEOUT, 3),
        ("/status/410", Trouble.GONE, 1),
        ("/status/425", Trouble.SERVER_ERROR, 3),
        ("/status/429", Trouble.RATE_LIMITED, 3),
        ("/status/500", Trouble.SERVER_ERROR, 3),
        ("/status/501", Trouble.SERVER_ERROR, 1),
        ("/status/503", Trouble.SERVER_ERROR, 3),
    ],
)
def test_each_fault_ends_as_its_trouble_and_only_what_passes_is_tried_again(
    server: FaultServer, path: str, trouble: Trouble, tries: int
) -> None:
    (result,) = fetch(fetcher(server, impatient=path in {"/hang", "/drip"}), server.url(path))
    failure = failed(result)
    assert (failure.trouble, failure.tries, server.asked[path]) == (trouble, tries, tries)
    assert failure.gone is (trouble is Trouble.GONE)
    assert 0 < len(failure.told) < 250
    if path.startswith("/status/"):
        assert failure.status == int(path[-3:])
        assert failure.told == f"status {path[-3:]} from 127.0.0.1: that is how it is"


@pytest.mark.parametrize(
    "path",
    [
        "/ok",
        "/gzip",
        "/wrong-charset",
        "/wrong-type",
        "/invalid-xml",
        "/page",
        "/entities",
        "/empty",
        "/1970",
        "/future",
    ],
)
def test_what_a_body_is_worth_is_for_its_protocol_to_say(server: FaultServer, path: str) -> None:
    (result,) = fetch(fetcher(server), server.url(path))
    assert came(result).answer.status == 200


def test_a_large_feed_comes_where_the_protocol_takes_it(server: FaultServer) -> None:
    (result,) = fetch(fetcher(server), server.url("/10mb"), protocol=speaking(largest=16 * 2**20))
    assert len(came(result).answer.content) > 10_000_000


def test_tls_and_dns_failures_have_names_of_their_own(server: FaultServer) -> None:
    fetching = fetcher(server, resolved=here(gone_example=""))
    tls, dns = fetch(fetching, server.url("/ok").replace("http", "https"), "http://gone.example/feed")
    assert failed(tls).trouble is Trouble.TLS
    assert (failed(dns).trouble, failed(dns).told) == (Trouble.UNREACHABLE, "gone.example: no such host")


@pytest.mark.parametrize("url", ["", "no address", "ftp://a.example/", "http://[::1", "http://a.example:x/"])
def test_an_address_that_cannot_be_asked_fails_and_does_not_raise(server: FaultServer, url: str) -> None:
    (result,) = fetch(fetcher(server), url)
    assert failed(result).trouble is Trouble.UNREACHABLE


def test_trouble_that_passes_is_over_at_the_next_try(server: FaultServer) -> None:
    waits: list[float] = []
    (result,) = fetch(fetcher(server, waits=waits), server.url("/flaky/503/2"))
    assert came(result).tries == 3
    assert 0.5 <= waits[0] <= 1.0 <= waits[1] <= 2.0  # doubled, and drawn


@pytest.mark.parametrize("code", [429, 503])
def test_a_rest_within_the_patience_is_waited_in_full(server: FaultServer, code: int) -> None:
    server.pages["/busy"] = lambda n: Sent(code, b"", {"retry-after": "1"}) if n == 1 else Sent(body=b"now")
    (result,) = fetch(fetcher(server), server.url("/busy"))
    assert (came(result).answer.content, came(result).tries) == (b"now", 2)
    first, second = server.times("/busy")
    assert second - first >= 1.0


@pytest.mark.parametrize(
    ("path", "trouble", "wait"),
    [
        ("/rest/429/61", Trouble.RATE_LIMITED, 61.0),
        ("/rest/429/86400", Trouble.RATE_LIMITED, 86_400.0),
        ("/rest/429/Fri,%2002%20Jan%202026%2014:00:00%20GMT", Trouble.RATE_LIMITED, 7_200.0),
        ("/rest/503/7200", Trouble.SERVER_ERROR, 7_200.0),
        ("/403-secondary", Trouble.RATE_LIMITED, 7_200.0),
    ],
)
def test_a_longer_rest_ends_the_visit_and_is_kept_for_all_sources_of_the_host(
    server: FaultServer, path: str, trouble: Trouble, wait: float
) -> None:
    first, second = fetch(fetcher(server), server.url(path), server.url("/ok"))
    assert (failed(first).trouble, failed(first).wait, failed(first).tries) == (trouble, wait, 1)
    other = failed(second)
    assert (other.trouble, other.tries, other.status) == (Trouble.RATE_LIMITED, 0, None)
    assert other.wait is not None
    assert wait - 5 < other.wait <= wait
    assert server.asked["/ok"] == 0


def test_a_403_without_a_rest_is_no_rate_limit(server: FaultServer) -> None:
    first, second = fetch(fetcher(server), server.url("/status/403"), server.url("/ok"))
    assert (failed(first).trouble, failed(first).wait) == (Trouble.FORBIDDEN, None)
    assert came(second).answer.status == 200


def test_a_429_without_a_word_lets_the_host_rest_a_little(server: FaultServer) -> None:
    first, second = fetch(
        fetcher(server, tries=1, waits=[], patience=5.0), server.url("/429"), server.url("/ok")
    )
    assert (failed(first).trouble, failed(first).wait, failed(first).tries) == (Trouble.RATE_LIMITED, None, 1)
    assert (failed(second).trouble, failed(second).tries) == (Trouble.RATE_LIMITED, 0)
    assert server.asked["/ok"] == 0


def test_a_host_that_a_protocol_was_told_to_leave_alone_is_left_alone(server: FaultServer) -> None:
    async def work() -> tuple[Result, float]:
        async with fetcher(server) as opened:
            opened.rest(server.url("/x"), 600.0)
            return await opened.fetch(Ask(server.url("/ok")), FEEDS), opened.resting(server.url("/y"))

    result, rest = asyncio.run(work())
    assert (failed(result).trouble, failed(result).tries) == (Trouble.RATE_LIMITED, 0)
    assert 595 < rest <= 600


def test_statuses_that_a_protocol_wants_to_see_are_its_answers(server: FaultServer) -> None:
    (result,) = fetch(fetcher(server), server.url("/403-secondary"), protocol=speaking(sees=(403, 429)))
    answer = came(result).answer
    assert (answer.status, answer.headers["retry-after"]) == (403, "7200")
    assert b"secondary rate limit" in answer.content


@pytest.mark.parametrize(
    ("codes", "moved"),
    [
        ((301,), 1),
        ((308,), 1),
        ((302,), None),
        ((307,), None),
        ((301, 308), 2),
        ((301, 302), 1),
        ((302, 301), None),
    ],
)
def test_only_what_moved_for_ever_is_told_as_moved(
    server: FaultServer, codes: tuple[int, ...], moved: int | None
) -> None:
    for number, code in enumerate(codes):
        sent = Sent(code, b"", {"location": f"/hop{number + 1}"})
        server.pages[f"/hop{number}"] = lambda _, sent=sent: sent  # type: ignore[misc]
    server.pages[f"/hop{len(codes)}"] = lambda _: Sent(body=b"here")
    (result,) = fetch(fetcher(server), server.url("/hop0"))
    found = came(result)
    assert found.answer.url == server.url(f"/hop{len(codes)}")
    assert found.moved_to == (None if moved is None else server.url(f"/hop{moved}"))


def test_five_redirects_are_followed_and_a_sixth_is_not(server: FaultServer) -> None:
    for number in range(6):
        sent = Sent(302, b"", {"location": f"/hop{number + 1}"})
        server.pages[f"/hop{number}"] = lambda _, sent=sent: sent  # type: ignore[misc]
    server.pages["/hop6"] = lambda _: Sent(body=b"here")
    near, far = fetch(fetcher(server), server.url("/hop1"), server.url("/hop0"))
    assert came(near).answer.content == b"here"
    assert failed(far).trouble is Trouble.REDIRECT_LOOP


def test_a_redirect_by_name_into_a_private_network_is_refused(server: FaultServer) -> None:
    fetching = fetcher(server, resolved=here(inside_example="10.0.0.7"))
    (result,) = fetch(fetching, server.url("/redirect/302?to=http://inside.example/"))
    assert failed(result).trouble is Trouble.BLOCKED_ADDRESS
    assert failed(result).told == "inside.example: 10.0.0.7 (private)"


SECRET = "ghp_0123456789abcdef"
GIVEN = {
    "Authorization": f"Bearer {SECRET}",
    "X-Api-Key": SECRET,
    "Accept": "application/json",
    "Cookie": "locale=en",
}


def test_a_secret_goes_to_its_own_host_and_never_to_another(server: FaultServer) -> None:
    other = f"http://other.example:{server.port}/ok"
    fetching = fetcher(server, resolved=here(other_example="127.0.0.1"))
    back = Ask(server.url(f"/redirect/307?to={other}"), headers=GIVEN)
    along = Ask(server.url("/redirect/307?to=/ok"), headers=GIVEN)
    for result in fetch(fetching, back, along):
        came(result)
    first, elsewhere, _, same = (seen.headers for seen in server.requests)
    assert first["authorization"] == same["authorization"] == f"Bearer {SECRET}"
    assert elsewhere["host"].startswith("other.example")
    assert elsewhere["accept"] == "application/json"
    assert not any(SECRET in value for value in elsewhere.values())
    assert elsewhere.keys().isdisjoint({"authorization", "x-api-key", "cookie"})


def test_a_secret_is_never_told_even_when_the_server_repeats_it(
    server: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    words = f"bad credentials: {SECRET}".encode()
    server.pages["/me"] = lambda _: Sent(401, words, {"content-type": "text/plain"})
    url = server.url("/me").replace("http://", "http://someone:pass-word-1@")
    results = fetch(fetcher(server), Ask(server.url("/me"), headers=GIVEN), url)
    assert failed(results[0]).told == "status 401 from 127.0.0.1: bad credentials: ***"
    assert "pass-word-1" not in repr(results[1])
    assert (
        server.requests[1].headers["authorization"] == f"Basic {b64encode(b'someone:pass-word-1').decode()}"
    )
    ours = [entry for entry in caplog.records if entry.name.startswith("nophantom")]
    assert not any(SECRET in entry.getMessage() for entry in ours)


def test_an_answer_does_not_carry_the_password_of_its_address(server: FaultServer) -> None:
    url = server.url("/redirect/301?to=/ok").replace("http://", "http://someone:pass-word-1@")
    (result,) = fetch(fetcher(server), url)
    assert came(result).moved_to is None
    assert "pass-word-1" not in repr(result)


def test_a_cookie_is_neither_kept_nor_sent_back(server: FaultServer) -> None:
    server.pages["/cookie"] = lambda _: Sent(body=b"x", headers={"set-cookie": "session=1", "x-seen": "1"})
    first, _ = fetch(fetcher(server), server.url("/cookie"), server.url("/cookie"))
    assert came(first).answer.headers.keys() == {"x-seen", "content-length"}
    assert all("cookie" not in seen.headers for seen in server.requests)


def robots(server: FaultServer, sent: Mapping[str, Sent]) -> None:
    server.pages.update({path: lambda _, one=one: one for path, one in sent.items()})  # type: ignore[misc]


def test_robots_txt_speaks_for_pages_and_not_for_feeds(server: FaultServer) -> None:
    robots(server, {"/robots.txt": Sent(body=b"User-agent: *\nDisallow: /page\n")})
    page, other, feeds = fetch(
        fetcher(server),
        Ask(server.url("/page"), page=True),
        Ask(server.url("/ok"), page=True),
        server.url("/page"),
    )
    assert failed(page).trouble is Trouble.ROBOTS_DENIED
    assert came(other).answer.status == came(feeds).answer.status == 200
    assert server.asked["/robots.txt"] == 1  # once for both pages
    assert server.asked["/page"] == 1


def test_a_delay_that_robots_txt_asks_for_is_kept_between_pages(server: FaultServer) -> None:
    robots(server, {"/robots.txt": Sent(body=b"User-agent: *\nCrawl-delay: 7\n")})
    waits: list[float] = []
    pages = [Ask(server.url(f"/feed/{number}"), page=True) for number in range(2)]
    for result in fetch(fetcher(server, waits=waits), *pages):
        came(result)
    assert [round(wait) for wait in waits] == [7]


@pytest.mark.parametrize(
    ("rules", "trouble"),
    [
        (Sent(404), None),
        (Sent(500), Trouble.ROBOTS_DENIED),
        (Sent(301, b"", {"location": "/rules"}), Trouble.ROBOTS_DENIED),
        (Sent(301, b"", {"location": "/robots.txt"}), Trouble.ROBOTS_DENIED),
        (Sent(body=b"User-agent: *\nDisallow: /page\n" + b"# padding\n" * 200_000), Trouble.ROBOTS_DENIED),
    ],
)
def test_rules_that_are_missing_broken_moved_or_endless(
    server: FaultServer, rules: Sent, trouble: Trouble | None
) -> None:
    robots(server, {"/robots.txt": rules, "/rules": Sent(body=b"User-agent: nophantom\nDisallow: /\n")})
    (result,) = fetch(fetcher(server), Ask(server.url("/page"), page=True))
    assert (failed(result).trouble if trouble else came(result).answer.status) == (trouble or 200)


def test_rules_are_asked_for_at_every_hop(server: FaultServer) -> None:
    robots(server, {"/robots.txt": Sent(body=b"User-agent: *\nDisallow: /ok\n")})
    (result,) = fetch(fetcher(server), Ask(server.url("/redirect/302?to=/ok"), page=True))
    assert failed(result).trouble is Trouble.ROBOTS_DENIED
    assert server.asked["/ok"] == 0


def test_requests_to_one_host_are_kept_apart_and_few_at_once() -> None:
    async def work(server: FaultServer, protocol: Protocol, number: int) -> None:
        async with fetcher(server) as opened:
            asks = [Ask(server.url(f"/feed/{one}")) for one in range(number)]
            await asyncio.gather(*(opened.fetch(ask, protocol) for ask in asks))

    with fault_server(latency=0.02) as server:
        asyncio.run(work(server, speaking(at_once=3), 12))
        assert server.most_at_once == 3
    with fault_server() as server:
        asyncio.run(work(server, speaking(at_once=1, gap=0.1), 4))
        starts = [seen.at for seen in server.requests]
    assert starts[-1] - starts[0] > 0.15  # three gaps of 0.1 s; the first may have come late


def test_a_slow_host_does_not_keep_others_waiting() -> None:
    with fault_server(hosts=2) as server:

        async def work() -> float:
            client = Client(
                Limits(at_once=4, read=5.0, total=5.0), Retrying(1), guard=Guard(("127.0.0.0/8",))
            )
            async with Fetcher(client) as opened:
                clock = asyncio.get_running_loop().time
                slow = [asyncio.create_task(opened.fetch(Ask(server.url("/hang")), FEEDS)) for _ in range(30)]
                await asyncio.sleep(0.05)
                start = clock()
                for _ in range(5):
                    came(await opened.fetch(Ask(server.url("/ok", host=1)), FEEDS))
                took = clock() - start
                for task in slow:
                    task.cancel()
                await asyncio.gather(*slow, return_exceptions=True)
                return took

        assert asyncio.run(work()) < 4.0  # the slow one takes 5 s for two of the thirty


def test_a_visit_that_is_broken_off_leaves_its_place_free(server: FaultServer) -> None:
    async def work() -> Result:
        async with fetcher(server) as opened:
            only = speaking(at_once=1)
            task = asyncio.create_task(opened.fetch(Ask(server.url("/drip")), only))
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return await asyncio.wait_for(opened.fetch(Ask(server.url("/ok")), only), 10)

    assert came(asyncio.run(work())).answer.status == 200


def test_a_proxy_that_cannot_be_used_is_told_to_the_user(server: FaultServer) -> None:
    client = Client(Limits(), Retrying(1), proxies={"http": "socks5://127.0.0.1:9"})
    with pytest.raises(InvalidInput, match="a proxy begins with http"):
        fetch(Fetcher(client), "http://news.example/")


def test_a_feed_packed_by_a_thousand_is_read_up_to_what_is_allowed(server: FaultServer) -> None:
    packed = gzip.compress(b"<rss>" + b" " * 900_000 + b"</rss>", 9)
    server.pages["/dense"] = lambda _: Sent(body=packed, headers={"content-encoding": "gzip"})
    (result,) = fetch(fetcher(server), server.url("/dense"))
    assert len(came(result).answer.content) == 900_011
