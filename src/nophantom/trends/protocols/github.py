"""How GitHub is spoken to: headers, the token, both rate limits, pages. PURE.

GitHub asks for requests one after the other; `gap` and `at_once` of its protocols keep to that. An answer that was
not modified (304) costs nothing, but only with the same token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from nophantom.errors import InvalidInput
from nophantom.outbound.retries import told_wait
from nophantom.trends.documents import short
from nophantom.trends.exchange import Answer, Ask, Reading, Refusal, Trouble
from nophantom.trends.native_ids import repository_id
from nophantom.trends.protocols.answers import json_of, word_of

GITHUB = "https://api.github.com"
VERSION = "2026-03-10"
SEES = frozenset({401, 403, 422, 429})
"""Statuses that say more than their number."""
LEAST_WAIT = 60.0
"""Seconds to wait after a secondary limit that names no time."""
MOST_PER_PAGE = 100

_NEXT = re.compile(r'<[^>]*>\s*;[^,]*\brel="?next"?')
_LIMIT = re.compile(r"rate limit|abuse detection|too many requests", re.IGNORECASE)


class _Unshown(str):
    """A header that is sent as it is and never shown: requests are written into logs and tracebacks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'...'"


def ask_github(
    reading: Reading,
    path: str,
    parameters: Mapping[str, object],
    *,
    note: str = "",
    conditional: bool = False,
) -> Ask:
    """A request to GitHub.

    Args:
        reading: of the source; `base` of its settings is another address of the interface (an own server of GitHub),
            `github` of its secrets the token.
        path: without a slash before it.
        parameters: of the query.
        note: for the protocol itself.
        conditional: whether validators of the last visit may be sent along.
    """
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION}
    if token := reading.secrets.get("github"):
        headers["Authorization"] = _Unshown(f"Bearer {token}")
    base = reading.settings.get("base", GITHUB).rstrip("/")
    return Ask(f"{base}/{path}?{urlencode(parameters)}", headers, conditional=conditional, note=note)


def repository_of(reading: Reading) -> str:
    """The repository that a source follows, as `owner/repo`.

    Raises:
        InvalidInput: its setting `repository` names none.
    """
    name = reading.settings.get("repository", "")
    if repository_id(name) is None:
        raise InvalidInput(
            f"a source of GitHub needs a repository as owner/name; {reading.address!r} has {name!r}. Add it anew."
        )
    return name


def has_next(answer: Answer) -> bool:
    """Whether there is a next page.

    Its address is made here and not taken from the answer: the token must not go where an answer points.

    >>> from datetime import UTC, datetime
    >>> headers = {"link": '<https://a.org/x?page=3>; rel="next", <https://a.org/x?page=9>; rel="last"'}
    >>> has_next(Answer("https://a.org/x", 200, headers, b"[]", datetime(2026, 1, 2, tzinfo=UTC)))
    True
    """
    return _NEXT.search(answer.headers.get("link", "")) is not None


def refuse_failure(reading: Reading, answer: Answer) -> None:
    """Nothing, where the answer is one that can be read.

    Raises:
        Refusal: a limit is reached (`rate_limited`, with the time to wait), the token is wrong or not enough
            (`forbidden`), what was asked for is not there or cannot be searched (`not_found`), or it is not ready yet.
    """
    if answer.status == 202:
        raise Refusal(Trouble.INCOMPLETE, "GitHub is still computing it (202)", wait=LEAST_WAIT)
    if answer.status < 400:
        return
    said = _said(reading, answer)
    if answer.status == 401:
        has_token = "github" in reading.secrets
        why = "the token is wrong, expired or revoked" if has_token else "it asks for a token"
        raise Refusal(Trouble.FORBIDDEN, short(f"GitHub refused (401): {why}; set a valid one{said}"))
    if answer.status in {403, 429}:
        _refuse_limit(answer, said)
    if answer.status == 422:
        raise Refusal(Trouble.NOT_FOUND, short(f"GitHub cannot process the query (422){said}"))
    raise Refusal(Trouble.FORBIDDEN, short(f"GitHub refused ({answer.status}){said}"))


def _refuse_limit(answer: Answer, said: str) -> None:
    """Raises where a limit is reached, and for how long; a plain 403 is none."""
    headers, status = answer.headers, answer.status
    wait = told_wait(headers.get("retry-after"), answer.at)
    if wait is not None:
        raise Refusal(Trouble.RATE_LIMITED, short(f"secondary limit of GitHub ({status}){said}"), wait=wait)
    if headers.get("x-ratelimit-remaining", "").strip() == "0":
        of = headers.get("x-ratelimit-resource", "requests")
        reset = headers.get("x-ratelimit-reset", "").strip()
        wait = LEAST_WAIT
        if reset.isascii() and reset.isdigit():
            # A second more: the limit ends with the second that is told.
            wait = max(1.0, float(reset[:12]) - answer.at.timestamp() + 1)
        told = f"hourly or minutely limit of GitHub for {of} is used up ({status}){said}"
        raise Refusal(Trouble.RATE_LIMITED, short(told), wait=wait)
    if status == 429 or _LIMIT.search(said):
        told = f"secondary limit of GitHub ({status}){said}"
        raise Refusal(Trouble.RATE_LIMITED, short(told), wait=LEAST_WAIT)


def _said(reading: Reading, answer: Answer) -> str:
    """What an error says, as the end of a sentence; never the token, should it be told back."""
    try:
        body = json_of(answer)
    except Refusal:
        return ""
    message = word_of(body, "message") if isinstance(body, dict) else ""
    token = reading.secrets.get("github")
    return f": {message.replace(token, '...') if token else message}" if message else ""
