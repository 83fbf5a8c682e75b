"""How GitHub is spoken to: headers that never show the token, both rate limits, failures with their reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.trends.protocols.visits import NOW, answered

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Family
from nophantom.trends.exchange import Reading, Refusal, Trouble
from nophantom.trends.protocols.github import ask_github, has_next, refuse_failure, repository_of

READING = Reading("https://github.com/a/b", Family.GITHUB, "releases", settings={"repository": "A/b"})
TOKEN = "ghp_neverToBeShown"
WITH_TOKEN = replace(READING, secrets={"github": TOKEN})
SECOND = int(NOW.timestamp())


def refusal(
    status: int, headers: dict[str, str], body: object = b"", reading: Reading = WITH_TOKEN
) -> Refusal:
    with pytest.raises(Refusal) as caught:
        refuse_failure(reading, answered(body, status=status, headers=headers))
    assert TOKEN not in caught.value.told
    return caught.value


def test_a_request_carries_what_github_asks_for_and_shows_no_token() -> None:
    ask = ask_github(WITH_TOKEN, "repos/A/b/releases", {"page": 1}, note="1", conditional=True)
    assert ask.url == "https://api.github.com/repos/A/b/releases?page=1"
    assert ask.headers["Accept"] == "application/vnd.github+json"
    assert ask.headers["X-GitHub-Api-Version"] == "2026-03-10"
    assert ask.headers["Authorization"].encode() == f"Bearer {TOKEN}".encode()
    assert TOKEN not in repr(ask)
    assert TOKEN not in repr(WITH_TOKEN)
    assert "Authorization" not in ask_github(READING, "x", {}).headers


def test_an_own_server_of_github_is_asked_where_it_is_set() -> None:
    own = replace(READING, settings={"base": "http://127.0.0.1:9/api/v3/"})
    assert ask_github(own, "search/repositories", {"q": "a b"}).url == (
        "http://127.0.0.1:9/api/v3/search/repositories?q=a+b"
    )


@pytest.mark.parametrize(
    ("link", "is_more"),
    [
        ('<https://a.org/x?page=2>; rel="next", <https://a.org/x?page=9>; rel="last"', True),
        ('<https://a.org/x?page=1>; rel="prev", <https://a.org/x?page=3>; rel=next', True),
        ('<https://a.org/x?page=1>; rel="prev", <https://a.org/x?page=1>; rel="first"', False),
        ('<https://a.org/x?rel="next">; rel="last"', False),
        ("", False),
    ],
)
def test_whether_a_page_follows_is_told_by_the_link_header(link: str, is_more: bool) -> None:
    assert has_next(answered([], headers={"link": link})) is is_more


@pytest.mark.parametrize("status", [403, 429])
def test_the_primary_limit_tells_when_it_is_over(status: int) -> None:
    headers = {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(SECOND + 1_800),
        "x-ratelimit-resource": "search",
    }
    found = refusal(status, headers, {"message": f"API rate limit exceeded for {TOKEN}."})
    assert (found.trouble, found.wait) == (Trouble.RATE_LIMITED, 1_801.0)
    assert "search" in found.told


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (
            {"retry-after": "7200", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(SECOND + 5)},
            7_200.0,
        ),
        ({"retry-after": "Sun, 22 Nov 2026 12:05:00 GMT"}, 300.0),
        ({"x-ratelimit-remaining": "0"}, 60.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, 60.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(SECOND - 500)}, 1.0),
        ({"x-ratelimit-remaining": "4000"}, 60.0),
        ({}, 60.0),
    ],
)
def test_the_secondary_limit_is_obeyed_in_full_and_a_minute_where_it_tells_no_time(
    headers: dict[str, str], wait: float
) -> None:
    body = {"message": "You have exceeded a secondary rate limit."}
    assert (refusal(403, headers, body).trouble, refusal(403, headers, body).wait) == (
        Trouble.RATE_LIMITED,
        wait,
    )
    assert refusal(429, headers).wait == wait


def test_a_plain_403_is_no_limit() -> None:
    found = refusal(
        403,
        {"x-ratelimit-remaining": "4000"},
        {"message": "Resource not accessible by personal access token"},
    )
    assert (found.trouble, found.wait) == (Trouble.FORBIDDEN, None)
    assert "not accessible" in found.told


def test_a_wrong_token_is_told_as_that() -> None:
    found = refusal(401, {}, {"message": "Bad credentials"})
    assert found.trouble is Trouble.FORBIDDEN
    assert "the token is wrong, expired or revoked" in found.told
    assert "asks for a token" in refusal(401, {}, b"<html>", READING).told


def test_a_query_that_github_cannot_process_is_told_in_its_words() -> None:
    found = refusal(422, {}, {"message": "Validation Failed", "errors": []})
    assert (found.trouble, found.told) == (
        Trouble.NOT_FOUND,
        "GitHub cannot process the query (422): Validation Failed",
    )


def test_what_is_still_computed_may_be_asked_for_later() -> None:
    found = refusal(202, {})
    assert (found.trouble, found.wait) == (Trouble.INCOMPLETE, 60.0)


def test_an_answer_that_can_be_read_is_not_refused() -> None:
    refuse_failure(READING, answered([]))


@pytest.mark.parametrize("name", ["", "zorb", "a/b/c", "https://github.com/a/b"])
def test_a_source_without_a_repository_cannot_be_asked(name: str) -> None:
    with pytest.raises(InvalidInput, match="repository as owner/name"):
        repository_of(replace(READING, settings={"repository": name}))
    assert repository_of(READING) == "A/b"
