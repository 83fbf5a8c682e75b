"""Releases of a repository on GitHub."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.trends.protocols.visits import NOW, answered, only, query_of, refused, visit

from nophantom.trends.documents import Family, ItemDrop, Kind
from nophantom.trends.exchange import Answer, Ask, Reading, Trouble
from nophantom.trends.protocols.github_releases import GITHUB_RELEASES, MOST_PAGES

READING = Reading(
    "https://github.com/Zorb-Lang/Zorb", Family.GITHUB, "releases", settings={"repository": "Zorb-Lang/Zorb"}
)
RELEASE: dict[str, Any] = {
    "id": 1,
    "tag_name": "V1.2",
    "name": "Zorb  1.2 is here",
    "draft": False,
    "prerelease": False,
    "created_at": "2026-11-01T00:00:00Z",
    "published_at": "2026-11-20T10:00:00Z",
    "html_url": "https://github.com/Zorb-Lang/Zorb/releases/tag/V1.2",
    "body": "Faster.<br>Thanks &amp; enjoy",
    "author": {"login": "ann"},
}


def read(*releases: object, reading: Reading = READING) -> Any:
    ask = GITHUB_RELEASES.begin(reading, NOW)[0]
    return GITHUB_RELEASES.read(reading, ask, answered(list(releases)))


def serving(n: int) -> Callable[[Ask], Answer]:
    """A repository with a release an hour, newest first."""

    def answer(ask: Ask) -> Answer:
        asked = query_of(ask)
        size, page = int(asked["per_page"]), int(asked["page"])
        numbers = range(n - (page - 1) * size, max(0, n - page * size), -1)
        start = NOW - timedelta(hours=n)
        shown = [
            RELEASE | {"tag_name": f"v{k}", "published_at": (start + timedelta(hours=k)).isoformat()}
            for k in numbers
        ]
        more = page * size < n
        return answered(shown, headers={"link": f'<{ask.url}>; rel="next"'} if more else {})

    return answer


def test_a_release_becomes_a_document_of_its_repository() -> None:
    d = only(read(RELEASE).items)
    assert d.native_id == "github:zorb-lang/zorb/releases/tag/V1.2"  # tags differ by case
    assert (d.product, d.kind, d.author) == ("github:zorb-lang/zorb", Kind.RELEASE, "ann")
    assert d.title == "zorb-lang/zorb V1.2: Zorb 1.2 is here"
    assert d.text.split() == ["Faster.", "Thanks", "&", "enjoy"]
    assert d.published_on == date(2026, 11, 20)  # when it was published, not when its commit was made


@pytest.mark.parametrize("name", [None, "", "V1.2"])
def test_a_release_without_a_name_of_its_own_is_called_by_its_tag(name: object) -> None:
    assert only(read(RELEASE | {"name": name}).items).title == "zorb-lang/zorb V1.2"


def test_a_prerelease_is_a_release() -> None:
    assert only(read(RELEASE | {"prerelease": True}).items).kind is Kind.RELEASE


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"draft": True, "published_at": None}, ItemDrop.BAD_DATE),
        ({"draft": True}, ItemDrop.BAD_DATE),
        ({"published_at": None}, ItemDrop.BAD_DATE),
        ({"tag_name": ""}, ItemDrop.NO_ID),
        ({"tag_name": "x" * 250}, ItemDrop.NO_ID),
        ({"published_at": "2099-01-01T00:00:00Z"}, ItemDrop.FUTURE_DATE),
    ],
)
def test_what_is_not_published_or_has_no_name_is_a_drop(change: dict[str, Any], reason: ItemDrop) -> None:
    assert [i.drop for i in read(RELEASE | change, RELEASE, []).items] == [
        reason,
        None,
        ItemDrop.PARSE_ERROR,
    ]


def test_a_renamed_repository_is_known_by_its_new_name() -> None:
    moved = RELEASE | {"html_url": "https://github.com/zorb/engine/releases/tag/V1.2"}
    d = only(read(moved).items)
    assert (d.native_id, d.product) == ("github:zorb/engine/releases/tag/V1.2", "github:zorb/engine")


def test_the_first_visit_reads_all_pages_and_later_ones_up_to_what_is_known() -> None:
    first = visit(GITHUB_RELEASES, READING, serving(250))
    assert len(set(first.ids)) == 250
    assert first.state == {"newest": NOW.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert [a.conditional for a in first.asks] == [True, False, False]

    since = NOW - timedelta(hours=120)
    later = replace(READING, state={"newest": since.strftime("%Y-%m-%dT%H:%M:%SZ")}, followed_since=since)
    assert len(visit(GITHUB_RELEASES, later, serving(250)).asks) == 2
    known = replace(READING, state=first.state or {})
    assert len(visit(GITHUB_RELEASES, known, serving(250)).asks) == 1


def test_no_more_pages_are_asked_for_than_github_tells() -> None:
    done = visit(GITHUB_RELEASES, READING, lambda ask: serving(100_000)(ask))
    assert len(done.asks) == MOST_PAGES


def test_a_repository_without_releases_has_none() -> None:
    step = read(reading=replace(READING, state={"newest": "2026-01-02T00:00:00Z"}))
    assert (step.items, step.state, step.trouble) == ((), {"newest": "2026-01-02T00:00:00Z"}, None)


def test_something_else_than_a_list_is_refused() -> None:
    ask = GITHUB_RELEASES.begin(READING, NOW)[0]
    assert refused(GITHUB_RELEASES, READING, ask, answered({})).trouble is Trouble.WRONG_CONTENT
    bad = answered({"message": "Bad credentials"}, status=401)
    assert refused(GITHUB_RELEASES, READING, ask, bad).trouble is Trouble.FORBIDDEN


def test_the_newest_release_is_a_hint() -> None:
    assert read(RELEASE).hints.newest == datetime(2026, 11, 20, 10, tzinfo=UTC)
