from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import numpy as np
import pytest
from tests.outbound.model_server import ModelServer, Sent, refused, said, serving

from nophantom.errors import InvalidInput
from nophantom.outbound.client import Client, Limits, Reply, Trouble, Unanswered, UnusableBody
from nophantom.outbound.retries import Retrying

QUICK = Retrying(tries=3, first=0.0, longest=0.0)


def post(
    server: ModelServer,
    *prompts: str,
    limits: Limits | None = None,
    retrying: Retrying = QUICK,
    check: Callable[[Reply], None] | None = None,
    waits: list[float] | None = None,
) -> list[Reply | Unanswered]:
    """Ask all prompts together; waits are written down instead of waited."""

    async def pause(seconds: float) -> None:
        if waits is None:
            await asyncio.sleep(seconds)
        else:
            waits.append(seconds)

    async def ask() -> list[Reply | Unanswered]:
        async with Client(limits or Limits(), retrying, np.random.default_rng(0), pause) as client:
            return await asyncio.gather(
                *(
                    client.request(
                        "POST",
                        server.base_url,
                        content=b'{"prompt": "%s"}' % prompt.encode(),
                        check=check,
                    )
                    for prompt in prompts
                )
            )

    return asyncio.run(ask())


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 529])
def test_a_status_that_passes_is_asked_again(status: int) -> None:
    with serving(lambda _, n: refused(status) if n < 3 else said("7")) as server:
        (reply,) = post(server, "q")
    assert isinstance(reply, Reply)
    assert (reply.status, reply.tries, server.asked["q"]) == (200, 3, 3)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 301])
def test_a_status_that_does_not_pass_is_given_back_at_once(status: int) -> None:
    with serving(lambda _, __: refused(status, "that is how it is")) as server:
        (reply,) = post(server, "q")
    assert isinstance(reply, Reply)
    assert (reply.status, reply.words, server.asked["q"]) == (status, "that is how it is", 1)


def test_a_limit_of_tries_ends_as_an_error_that_says_what_was_seen() -> None:
    with serving(lambda _, __: refused(503, "down for repair")) as server:
        (reply,) = post(server, "q")
    assert isinstance(reply, Unanswered)
    assert (reply.trouble, reply.tries, reply.why) == (Trouble.ERROR, 3, "status 503: down for repair")
    assert server.asked["q"] == 3


def test_a_retry_after_is_waited_in_full_by_every_request_to_that_server() -> None:
    waits: list[float] = []
    with serving(lambda _, n: refused(429, retry_after="7200") if n == 1 else said("7")) as server:
        post(server, "a", limits=Limits(at_once=1), waits=waits)
        assert (
            len(waits) == 2
        )  # its own wait, and (time stands still here) the closed door before its next try
        assert waits[0] >= 7_200
        assert 7_199 < waits[1] <= 7_200
        waits.clear()
        post(server, "b", "c", limits=Limits(at_once=1), waits=waits)
    assert sum(wait > 7_199 for wait in waits) >= 3  # c, which nobody had told anything, waits too


def test_a_retry_after_may_be_a_date() -> None:
    waits: list[float] = []
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    with serving(lambda _, n: refused(429, retry_after=later) if n == 1 else said("7")) as server:
        post(server, "a", waits=waits)
    assert 85 < waits[0] < 95


def test_a_short_retry_after_is_really_waited() -> None:
    with serving(lambda _, n: refused(429, retry_after="1") if n == 1 else said("7")) as server:
        post(server, "a")
    assert server.times[1] - server.times[0] >= 1.0


def test_a_body_that_is_cut_off_is_asked_again() -> None:
    cut = Sent(body=said("7").body, keep=20)
    with serving(lambda _, n: cut if n == 1 else said("7")) as server:
        (reply,) = post(server, "q")
    assert isinstance(reply, Reply)
    assert reply.tries == 2


def test_a_body_that_the_caller_cannot_use_is_asked_again() -> None:
    def check(reply: Reply) -> None:
        if not reply.content.startswith(b"{"):
            raise UnusableBody(f"no object: {reply.words}")

    with serving(lambda p, n: said("7") if (p, n) == ("a", 2) else Sent(body=b"<html>busy</html>")) as server:
        first, second = post(server, "a", "b", check=check)
    assert isinstance(first, Reply)
    assert isinstance(second, Unanswered)
    assert second.why == "no object: <html>busy</html>"


def test_a_server_that_says_nothing_times_out() -> None:
    with serving(lambda _, __: Sent(seconds=0.5)) as server:
        (reply,) = post(server, "q", limits=Limits(read=0.1), retrying=Retrying(1))
    assert isinstance(reply, Unanswered)
    assert reply.trouble is Trouble.TIMEOUT


def test_a_server_that_dribbles_is_ended_by_the_time_for_the_whole() -> None:
    with serving(lambda _, __: Sent(body=b"x" * 100, dribble=0.02)) as server:
        (reply,) = post(server, "q", limits=Limits(read=1.0, total=0.3), retrying=Retrying(1))
    assert isinstance(reply, Unanswered)
    assert (reply.trouble, reply.why) == (Trouble.TIMEOUT, "no whole answer within 0.3 s")
    assert reply.seconds < 1.5


def test_a_body_over_the_cap_is_not_read_and_not_asked_again() -> None:
    with serving(lambda _, __: Sent(body=b"x" * 2_000_000)) as server:
        (reply,) = post(server, "q", limits=Limits(largest=100_000))
    assert isinstance(reply, Unanswered)
    assert (reply.why, reply.tries) == ("an answer of more than 100,000 bytes", 1)


def test_a_server_that_is_not_there_is_an_error_after_all_tries() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/"

        async def ask() -> Reply | Unanswered:
            async with Client(retrying=QUICK) as client:
                return await client.request("GET", nobody)

        reply = asyncio.run(ask())
    assert isinstance(reply, Unanswered)
    assert (reply.trouble, reply.tries) == (Trouble.ERROR, 3)


@pytest.mark.parametrize("at_once", [1, 3])
def test_no_more_requests_are_in_flight_than_allowed(at_once: int) -> None:
    with serving(lambda p, _: Sent(body=p.encode(), seconds=0.02)) as server:
        replies = post(server, *map(str, range(12)), limits=Limits(at_once=at_once))
    assert [reply.content for reply in replies if isinstance(reply, Reply)] == [b"%d" % i for i in range(12)]
    assert server.most_at_once == at_once


def test_waiting_for_room_is_not_counted_against_the_time_of_a_request() -> None:
    limits = Limits(at_once=1, read=5.0, total=0.4)
    with serving(lambda p, _: Sent(body=p.encode(), seconds=0.1)) as server:
        replies = post(server, *map(str, range(8)), limits=limits, retrying=Retrying(1))
    assert all(isinstance(reply, Reply) for reply in replies)


@pytest.mark.parametrize("url", ["ftp://host/x", "http://", "//host", "http://[::1", "no address"])
def test_what_is_no_address_is_refused_with_a_sentence(url: str) -> None:
    async def ask() -> None:
        async with Client(retrying=QUICK) as client:
            await client.request("GET", url)

    with pytest.raises(InvalidInput, match="address"):
        asyncio.run(ask())


@pytest.mark.parametrize("wrong", [{"at_once": 0}, {"read": 0.0}, {"total": -1.0}, {"largest": 0}])
def test_limits_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match="at least one request at once"):
        Limits(**wrong)  # type: ignore[arg-type]
