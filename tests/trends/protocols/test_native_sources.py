"""What the sources behind a hit are asked, and what they tell: id, title and date are theirs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from nophantom.trends.addresses import parse_address
from nophantom.trends.documents import Kind
from nophantom.trends.exchange import Answer, Reading, Refusal, Trouble
from nophantom.trends.native_things import NativeThing, thing_at
from nophantom.trends.protocols.answers import Dropped
from nophantom.trends.protocols.native_sources import native_source
from nophantom.trends.protocols.told import Told

AT = datetime(2026, 8, 21, 12, tzinfo=UTC)
SECOND = 1_714_979_289  # 2024-05-06T07:08:09Z
DAY = "2024-05-06T07:08:09Z"
MOMENT = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def at(url: str) -> NativeThing:
    address = parse_address(url)
    assert address is not None
    return thing_at(address)


def asked(url: str, token: str | None = None) -> str:
    thing = at(url)
    reading = Reading(url, thing.family, "leads", secrets={"github": token} if token else {})
    return native_source(thing).ask(thing, reading).url


def told(url: str, body: object) -> Told:
    thing = at(url)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return native_source(thing).read(thing, Answer(asked(url), 200, {}, content, AT))


@pytest.mark.parametrize(
    ("url", "question"),
    [
        ("https://github.com/Zorb/Blax", "https://api.github.com/repos/Zorb/Blax?"),
        ("https://github.com/zorb/blax/issues/7", "https://api.github.com/repos/zorb/blax/issues/7?"),
        ("https://github.com/zorb/blax/pull/7", "https://api.github.com/repos/zorb/blax/issues/7?"),
        ("https://github.com/zorb/blax/discussions/7", "https://github.com/zorb/blax/discussions/7"),
        ("https://codeberg.org/zorb/blax", "https://codeberg.org/api/v1/repos/zorb/blax"),
        ("https://codeberg.org/zorb/blax/pulls/7", "https://codeberg.org/api/v1/repos/zorb/blax/issues/7"),
        ("https://gitlab.com/zorb/sub/blax", "https://gitlab.com/api/v4/projects/zorb%2Fsub%2Fblax"),
        (
            "https://gitlab.com/zorb/blax/-/issues/7",
            "https://gitlab.com/api/v4/projects/zorb%2Fblax/issues/7",
        ),
        (
            "https://news.ycombinator.com/item?id=7",
            "https://hacker-news.firebaseio.com/v0/item/7.json",
        ),
        (
            "https://arxiv.org/abs/math.GT/0309136v2",
            "https://export.arxiv.org/api/query?id_list=math/0309136&max_results=1",
        ),
        (
            "https://unix.stackexchange.com/q/7",
            "https://api.stackexchange.com/2.3/questions/7?site=unix",
        ),
        ("https://redd.it/1abcde", "https://www.reddit.com/comments/1abcde.json?limit=1"),
        ("https://lobste.rs/s/k7zorb/x", "https://lobste.rs/s/k7zorb.json"),
        ("https://huggingface.co/Zorb/Blax-7B", "https://huggingface.co/api/models/Zorb/Blax-7B"),
        ("https://huggingface.co/datasets/zorb/x", "https://huggingface.co/api/datasets/zorb/x"),
        ("https://doi.org/10.1000/x/7", "https://api.crossref.org/works/10.1000%2Fx%2F7"),
        ("https://pypi.org/project/Zorb_Blax/", "https://pypi.org/pypi/zorb-blax/json"),
        ("https://www.npmjs.com/package/@zorb/blax", "https://registry.npmjs.org/%40zorb%2Fblax"),
        ("https://crates.io/crates/zorb", "https://crates.io/api/v1/crates/zorb"),
        ("https://rubygems.org/gems/zorb", "https://rubygems.org/api/v1/versions/zorb.json"),
        ("https://packagist.org/packages/z/b", "https://packagist.org/packages/z/b.json"),
        ("https://hub.docker.com/_/zorb", "https://hub.docker.com/v2/repositories/library/zorb/"),
        ("https://www.nuget.org/packages/zorb", "https://www.nuget.org/packages/zorb"),
        ("https://youtu.be/Zorb-Blax_7", "https://www.youtube.com/watch?v=Zorb-Blax_7"),
        ("https://m.a.example/zorb?utm_source=x", "https://a.example/zorb"),
    ],
)
def test_each_source_is_asked_by_its_own_name_for_the_thing(url: str, question: str) -> None:
    assert asked(url) == question


def test_only_pages_made_for_people_are_left_to_robots_txt() -> None:
    def is_page(url: str) -> bool:
        thing = at(url)
        return native_source(thing).ask(thing, Reading(url, thing.family, "leads")).page

    assert [
        is_page(u) for u in ("https://a.example/x", "https://github.com/a/b", "https://redd.it/1abcde")
    ] == [
        True,
        False,
        False,
    ]


def test_the_token_goes_to_its_own_source_alone() -> None:
    for url, has_token in [("https://github.com/zorb/blax", True), ("https://codeberg.org/zorb/blax", False)]:
        thing = at(url)
        ask = native_source(thing).ask(
            thing, Reading(url, thing.family, "leads", secrets={"github": "sesame"})
        )
        assert ("sesame" in ask.headers.get("Authorization", "")) is has_token
        assert "sesame" not in repr(ask)


REPOSITORY = {
    "full_name": "Zorb/Blax",
    "description": "A blax.",
    "created_at": DAY,
    "updated_at": "2026-08-21T00:00:00Z",
    "html_url": "https://github.com/Zorb/Blax",
    "stargazers_count": 7,
}
ISSUE = {
    "number": 7,
    "title": "It rolls",
    "created_at": DAY,
    "user": {"login": "ada"},
    "html_url": "https://github.com/zorb/blax/issues/7",
    "comments": 3,
}
STORY = {"id": 7, "type": "story", "title": "Zorb", "time": SECOND, "by": "ada", "score": 9, "descendants": 0}
QUESTION = {
    "items": [
        {
            "question_id": 7,
            "title": "Vector &amp; zorb?",
            "creation_date": SECOND,
            "owner": {"display_name": "Ada &amp; Co"},
            "link": "https://unix.stackexchange.com/questions/7/zorb",
            "score": -1,
            "answer_count": 2,
        }
    ]
}
POST = [
    {
        "data": {
            "children": [{"data": {"id": "1abcde", "title": "Zorb", "created_utc": SECOND + 0.5, "score": 9}}]
        }
    },
    {"data": {}},
]
PAPER = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry>
<id>http://arxiv.org/abs/2405.01234v3</id><title>Zorbs\n roll</title><published>{DAY}</published>
<updated>2026-08-21T00:00:00Z</updated><summary>If a &lt; b.</summary><author><name>Ada L.</name></author>
</entry></feed>""".encode()
ARXIV_ERROR = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/api/errors#x</id>
<title>Error</title><summary>incorrect id</summary></entry></feed>"""
WORK = {
    "message": {
        "DOI": "10.1000/Zorb",
        "title": ["Zorbs"],
        "issued": {"date-parts": [[2024]]},
        "published": {"date-parts": [[2024, 5, 6]]},
        "created": {"date-time": "2024-04-01T00:00:00Z"},
        "author": [{"given": "Ada", "family": "L."}],
    }
}


@pytest.mark.parametrize(
    ("url", "body", "native_id", "title", "published"),
    [
        ("https://github.com/zorb/blax", REPOSITORY, "github:zorb/blax", "Zorb/Blax: A blax.", DAY),
        ("https://github.com/old/name", REPOSITORY, "github:zorb/blax", "Zorb/Blax: A blax.", DAY),
        ("https://codeberg.org/zorb/blax", REPOSITORY, "codeberg:zorb/blax", "Zorb/Blax: A blax.", DAY),
        ("https://github.com/zorb/blax/issues/7", ISSUE, "github:zorb/blax#7", "It rolls", DAY),
        (
            "https://gitlab.com/zorb/blax",
            {"path_with_namespace": "Zorb/Blax", "created_at": DAY, "star_count": 7},
            "gitlab:zorb/blax",
            "Zorb/Blax",
            DAY,
        ),
        (
            "https://gitlab.com/zorb/blax/-/issues/7",
            {"iid": 7, "title": "It rolls", "created_at": DAY, "author": {"username": "ada"}},
            "gitlab:zorb/blax#7",
            "It rolls",
            DAY,
        ),
        ("https://news.ycombinator.com/item?id=7", STORY, "hn:7", "Zorb", MOMENT),
        ("https://arxiv.org/abs/2405.01234v1", PAPER, "arxiv:2405.01234", "Zorbs\n roll", DAY),
        ("https://unix.stackexchange.com/q/7", QUESTION, "se:unix/7", "Vector &amp; zorb?", MOMENT),
        ("https://redd.it/1abcde", POST, "reddit:t3_1abcde", "Zorb", MOMENT),
        (
            "https://lobste.rs/s/k7zorb",
            {"short_id": "k7zorb", "title": "Zorb", "created_at": DAY, "submitter_user": {"username": "ada"}},
            "lobsters:k7zorb",
            "Zorb",
            DAY,
        ),
        (
            "https://huggingface.co/zorb/blax-7b",
            {"id": "Zorb/Blax-7B", "createdAt": DAY, "likes": 7},
            "hf:zorb/blax-7b",
            "Zorb/Blax-7B",
            DAY,
        ),
        ("https://doi.org/10.1000/zorb", WORK, "doi:10.1000/zorb", "Zorbs", "2024-05-06"),
        (
            "https://pypi.org/project/zorb-blax/",
            {
                "info": {"name": "Zorb_Blax", "summary": "A blax."},
                "releases": {
                    "2.0": [{"upload_time_iso_8601": "2026-01-01T00:00:00Z"}],
                    "1.0": [{"upload_time_iso_8601": DAY}],
                    "0.9": [],
                },
            },
            "pypi:zorb-blax",
            "Zorb_Blax: A blax.",
            DAY,
        ),
        (
            "https://www.npmjs.com/package/@zorb/blax",
            {
                "name": "@zorb/blax",
                "description": "A blax.",
                "time": {"created": DAY, "modified": "2026-01-01"},
            },
            "npm:@zorb/blax",
            "@zorb/blax: A blax.",
            DAY,
        ),
        (
            "https://lib.rs/crates/zorb_blax",
            {"crate": {"name": "zorb-blax", "created_at": DAY, "description": None}},
            "crates:zorb-blax",
            "zorb-blax",
            DAY,
        ),
        (
            "https://rubygems.org/gems/zorb",
            [{"created_at": "2026-01-01T00:00:00Z", "summary": "A zorb."}, {"created_at": DAY}],
            "rubygems:zorb",
            "zorb: A zorb.",
            DAY,
        ),
        (
            "https://packagist.org/packages/zorb/blax",
            {"package": {"name": "zorb/blax", "time": DAY}},
            "packagist:zorb/blax",
            "zorb/blax",
            DAY,
        ),
        (
            "https://hex.pm/packages/zorb",
            {"name": "zorb", "inserted_at": DAY, "meta": {"description": "A zorb."}},
            "hex:zorb",
            "zorb: A zorb.",
            DAY,
        ),
        (
            "https://pub.dev/packages/zorb",
            {"name": "zorb", "latest": {"pubspec": {}}, "versions": [{"published": DAY}, {}]},
            "pub:zorb",
            "zorb",
            DAY,
        ),
        (
            "https://hub.docker.com/r/zorb/blax",
            {"name": "blax", "description": "A blax.", "date_registered": DAY},
            "docker:zorb/blax",
            "zorb/blax: A blax.",
            DAY,
        ),
    ],
)
def test_id_title_and_date_are_those_of_the_source(
    url: str, body: object, native_id: str, title: str, published: object
) -> None:
    sent = told(url, body).sent
    assert (sent.native_id, sent.title, sent.published) == (native_id, title, published)


def test_points_and_comments_are_kept_where_they_are_told() -> None:
    score = told("https://news.ycombinator.com/item?id=7", STORY).score
    assert score is not None
    assert (score.points, score.comments) == (9, 0)
    repository = told("https://github.com/zorb/blax", REPOSITORY).score
    assert repository is not None
    assert (repository.points, repository.comments) == (7, None)


def test_the_product_of_an_issue_is_its_repository() -> None:
    assert told("https://github.com/zorb/blax/issues/7", ISSUE).sent.product == "github:zorb/blax"
    assert told("https://github.com/zorb/blax", REPOSITORY).sent.kind is Kind.REPOSITORY


@pytest.mark.parametrize(
    ("url", "body", "why"),
    [
        ("https://github.com/zorb/blax/issues/7", ISSUE | {"number": 8}, "tells of 8"),
        ("https://news.ycombinator.com/item?id=7", None, "no such item"),
        ("https://news.ycombinator.com/item?id=7", STORY | {"id": 8}, "tells of 8"),
        ("https://news.ycombinator.com/item?id=7", STORY | {"deleted": True}, "deleted"),
        ("https://news.ycombinator.com/item?id=7", STORY | {"dead": True}, "dead"),
        ("https://news.ycombinator.com/item?id=7", STORY | {"type": "comment"}, "a comment"),
        ("https://arxiv.org/abs/2405.09999", PAPER, "2405.01234"),
        (
            "https://arxiv.org/abs/2405.09999",
            ARXIV_ERROR,
            "incorrect id",
        ),
        ("https://unix.stackexchange.com/q/7", {"items": []}, "no such question"),
        ("https://redd.it/1abcde", [], "no such post"),
        ("https://redd.it/9zzzzz", POST, "tells of '1abcde'"),
        (
            "https://redd.it/1abcde",
            [{"data": {"children": [{"data": {"id": "1abcde", "removed_by_category": "moderator"}}]}}],
            "removed by moderator",
        ),
        ("https://lobste.rs/s/k7zorb", {"short_id": "other7"}, "tells of 'other7'"),
        ("https://huggingface.co/zorb/blax", {"id": "zorb/other"}, "tells of"),
        (
            "https://huggingface.co/zorb/blax",
            {"id": "zorb/blax", "createdAt": "2022-03-02T23:29:04.000Z"},
            "earlier days are not kept",
        ),
        ("https://doi.org/10.1000/zorb", {"message": {"DOI": "10.1000/other"}}, "tells of"),
        ("https://doi.org/10.1000/zorb", {"message": []}, "no such work"),
        ("https://pypi.org/project/zorb/", {"info": {"name": "other"}}, "tells of 'other'"),
        ("https://rubygems.org/gems/zorb", [], "tells of"),
    ],
)
def test_a_source_that_tells_of_no_such_thing_confirms_nothing(url: str, body: object, why: str) -> None:
    with pytest.raises(Dropped, match=why):
        told(url, body)


@pytest.mark.parametrize(
    ("url", "body", "trouble"),
    [
        ("https://github.com/zorb/blax", {"message": "moved"}, Trouble.WRONG_CONTENT),
        ("https://github.com/zorb/blax", b"<html>", Trouble.WRONG_CONTENT),
        ("https://github.com/zorb/blax", [], Trouble.WRONG_CONTENT),
        ("https://gitlab.com/zorb/blax", {}, Trouble.WRONG_CONTENT),
        (
            "https://arxiv.org/abs/2405.01234",
            b'<feed xmlns="http://www.w3.org/2005/Atom"></feed>',
            Trouble.INCOMPLETE,
        ),
        (
            "https://unix.stackexchange.com/q/7",
            {"error_id": 502, "error_message": "too many requests"},
            Trouble.RATE_LIMITED,
        ),
        ("https://www.nuget.org/packages/zorb", b"%PDF", Trouble.WRONG_CONTENT),
    ],
)
def test_a_source_that_cannot_answer_now_says_nothing_about_the_thing(
    url: str, body: object, trouble: Trouble
) -> None:
    with pytest.raises(Refusal) as refused:
        told(url, body)
    assert refused.value.trouble is trouble
    assert refused.value.again is (trouble is Trouble.INCOMPLETE)


def test_the_registration_dates_a_work_whose_publisher_tells_a_year_alone() -> None:
    work = {"message": WORK["message"] | {"published": {"date-parts": [[2024, None]]}}}
    assert told("https://doi.org/10.1000/zorb", work).sent.published == "2024-04-01T00:00:00Z"
