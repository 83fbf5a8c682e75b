"""Lines of an archive become items: documents, or drops with the reason that fits."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.documents import Document, Family, Item, ItemDrop, Kind
from nophantom.trends.protocols.archive_file import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    LongLine,
    Window,
    family_of,
    read_line,
    split_lines,
)

TODAY = date(2026, 11, 22)
ANY_DAY = Window()
STORY: dict[str, Any] = {
    "source": "hackernews",
    "native_id": "872283",
    "url": "http://www.Example.org/unicorn",
    "title": "A  unicorn\n set-up",
    "text": "",
    "author": "mqt",
    "published_at": "2022-10-09T19:41:45Z",
    "score": 162,
    "extra": {"seen": "2022-12-10", "from": ["hn_daily_index", "hn_history", "hn_daily_index"]},
}
GITHUB = STORY | {
    "source": "github",
    "native_id": "ZOwner/QUUX#2014-08-09",
    "url": "https://github.com/ZOwner/QUUX",
    "title": "ZOwner/QUUX",
    "published_at": "2014-08-09",
    "extra": {"lang": ["shell", "python"], "from": ["larsbijl"]},
}
PAPER = STORY | {
    "source": "arxiv",
    "native_id": "1201.0341v2",
    "url": "https://arxiv.org/abs/1201.0341",
    "published_at": "2012-01-01",
    "extra": {"from": ["arxiv_archive"]},
}
FEED = STORY | {
    "source": "rss",
    "native_id": "637d9a9588d3",
    "url": "https://blog.example.org/post/?utm_source=rss",
    "author": None,
    "extra": {"feed": "x", "cat": "tech", "lang": "en-US", "from": "rss_link_database"},
}
REDDIT = STORY | {"source": "reddit_programming", "native_id": "cn2e13", "extra": {"comments": 1}}
FAR = {"published_at": "2030-01-01"}


def read(record: object, *, window: Window = ANY_DAY, today: date = TODAY) -> Item | None:
    line = record if isinstance(record, bytes) else json.dumps(record).encode()
    return read_line(line, position=7, window=window, today=today)


def document(record: object) -> Document:
    item = read(record)
    assert item is not None
    assert item.document is not None, item
    return item.document


def drop(record: object, **more: Any) -> tuple[ItemDrop | None, str]:
    item = read(record, **more)
    assert item is not None
    assert item.document is None
    return item.drop, item.seen


def test_a_story_becomes_a_document_with_all_its_fields() -> None:
    assert document(STORY) == Document(
        native_id="hn:872283",
        family=Family.HACKER_NEWS,
        kind=Kind.POST,
        title="A unicorn set-up",
        text="",
        url="http://www.Example.org/unicorn",
        author="mqt",
        site="example.org",
        published_on=date(2022, 10, 9),
        first_seen=date(2022, 12, 10),
        language="en",
        collections=("hn_daily_index", "hn_history"),
        list_name="",
        product=None,
    )


def test_an_item_knows_its_place_and_the_hash_of_its_bytes() -> None:
    line = json.dumps(STORY).encode()
    for sent in (line, b"{"):
        item = read(sent)
        assert item is not None
        assert (item.position, item.raw_hash) == (7, sha256(sent).digest()[:16])


def test_an_appearance_of_a_repository_has_the_repository_as_its_product() -> None:
    d = document(GITHUB)
    assert (d.native_id, d.product) == ("github:zowner/quux@2014-08-09", "github:zowner/quux")
    assert (d.kind, d.list_name, d.first_seen) == (Kind.REPOSITORY, "python", date(2014, 8, 9))


def test_a_paper_is_its_own_product() -> None:
    d = document(PAPER)
    assert (d.native_id, d.product, d.kind) == ("arxiv:1201.0341", "arxiv:1201.0341", Kind.PAPER)


def test_a_feed_item_is_known_by_its_canonical_address() -> None:
    d = document(FEED)
    assert d.native_id == "web:" + sha256(b"https://blog.example.org/post").hexdigest()
    assert (d.family, d.kind, d.list_name, d.author) == (Family.FEED, Kind.POST, "tech", None)
    assert d.collections == ("rss_link_database",)


def test_a_source_that_names_no_collection_is_one() -> None:
    d = document(REDDIT)
    assert (d.native_id, d.collections) == ("reddit:t3_cn2e13", ("reddit_programming",))


@pytest.mark.parametrize("record", [STORY, FEED, REDDIT])
def test_a_link_to_a_repository_or_a_paper_gets_that_product(record: dict[str, Any]) -> None:
    linked = document(record | {"url": "https://github.com/A/b/releases/tag/v1"})
    assert (linked.kind, linked.product) == (Kind.RELEASE, "github:a/b")
    assert document(record | {"url": "https://arxiv.org/pdf/1201.0341.pdf"}).product == "arxiv:1201.0341"
    assert document(record | {"url": "https://pypi.org/project/x"}).kind is Kind.PACKAGE


@pytest.mark.parametrize("group", ["general_noise", "sponsored"])
def test_general_news_is_news_unless_it_links_to_a_thing(group: str) -> None:
    noise = FEED | {"extra": FEED["extra"] | {"cat": group}}
    assert document(noise).kind is Kind.NEWS
    assert document(noise | {"url": "https://github.com/a/b"}).kind is Kind.REPOSITORY
    assert document(STORY | {"extra": {"cat": group}}).kind is Kind.POST  # only feeds have groups


def test_the_language_is_the_feeds_own_where_it_is_one_and_else_that_of_the_script() -> None:
    def feed(lang: object, title: str = "识别深度伪造") -> str:
        return document(FEED | {"title": title, "extra": {"lang": lang, "from": "x"}}).language

    assert [
        feed("pl-PL"),
        feed("en-UK", "x"),
        feed("https://fonts.googleapis.com/css2?family"),
        feed(None),
    ] == [
        "pl",
        "en",
        "zh",
        "zh",
    ]
    assert document(GITHUB).language == "en"  # its extra.lang names programming languages


def test_a_document_that_was_seen_before_its_own_date_was_known_on_the_later_day() -> None:
    d = document(STORY | {"extra": {"seen": "2022-10-01"}})
    assert (d.published_on, d.first_seen) == (date(2022, 10, 9), date(2022, 10, 9))


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("2022-01-02", date(2022, 1, 2)),
        ("2022-01-02T23:59:59Z", date(2022, 1, 2)),
        ("2022-01-02T23:59:59.999999+00:00", date(2022, 1, 2)),
        ("2022-01-02T23:59:59-05:00", date(2022, 1, 3)),
        ("2022-01-02T00:30:00+01:00", date(2022, 1, 1)),
    ],
)
def test_a_day_is_that_of_utc(told: str, day: date) -> None:
    assert document(PAPER | {"published_at": told}).published_on == day


@pytest.mark.parametrize(
    "told",
    [None, "", 20220102, "yesterday", "2022-02-30", "2022-01-02T25:00:00Z", "20220102", "2022-W01-1",
     "2022-01-02T10:00:00", "2022-01-02Z", "0001-01-01T00:00:00+14:00", ["2022-01-02"]],
)  # fmt: skip
def test_a_date_that_is_none_drops_the_item(told: object) -> None:
    reason, seen = drop(STORY | {"published_at": told})
    assert reason is ItemDrop.BAD_DATE
    assert repr(told) in seen


def test_a_day_of_being_seen_that_is_none_drops_the_item_because_the_day_it_was_known_is_unknown() -> None:
    assert drop(STORY | {"extra": {"seen": "soon"}})[0] is ItemDrop.BAD_DATE


def test_what_is_dated_after_today_is_dropped_and_today_is_not() -> None:
    today = date(2022, 10, 9)
    assert drop(STORY | {"extra": {}}, today=date(2022, 10, 8))[0] is ItemDrop.FUTURE_DATE
    assert drop(STORY, today=today) == (ItemDrop.FUTURE_DATE, "extra.seen '2022-12-10' on 2022-10-09")
    item = read(STORY | {"extra": {}}, today=today)
    assert item is not None
    assert item.document is not None


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"not json", ItemDrop.PARSE_ERROR),
        (b'{"source": "hackernews"', ItemDrop.PARSE_ERROR),
        (b"[1, 2]", ItemDrop.PARSE_ERROR),
        (b"null", ItemDrop.PARSE_ERROR),
        (b"\x00\x01\x02\xff", ItemDrop.PARSE_ERROR),
        (json.dumps(STORY).encode().replace(b"mqt", b"m\xfft"), ItemDrop.PARSE_ERROR),
        (b'{"a":' * 100_000, ItemDrop.PARSE_ERROR),
        (b'{"a":' + b"9" * 5_000 + b'\\ud800"}', ItemDrop.PARSE_ERROR),
        ({"name": "something else"}, ItemDrop.PARSE_ERROR),
        (STORY | {"title": ""}, ItemDrop.PARSE_ERROR),
        (STORY | {"title": " \n "}, ItemDrop.PARSE_ERROR),
        (STORY | {"title": None}, ItemDrop.PARSE_ERROR),
        (STORY | {"title": 5}, ItemDrop.PARSE_ERROR),
        (STORY | {"url": ["x"]}, ItemDrop.PARSE_ERROR),
        (STORY | {"author": {}}, ItemDrop.PARSE_ERROR),
        (STORY | {"extra": []}, ItemDrop.PARSE_ERROR),
        (STORY | {"extra": {"from": 5}}, ItemDrop.PARSE_ERROR),
        (STORY | {"extra": {"from": ["a", None]}}, ItemDrop.PARSE_ERROR),
        (GITHUB | {"extra": {"lang": {"a": 1}}}, ItemDrop.PARSE_ERROR),
        (STORY | {"title": "x" * (LONGEST_TITLE + 1)}, ItemDrop.TOO_LARGE),
        (STORY | {"extra": {"from": ["x" * 201]}}, ItemDrop.TOO_LARGE),
        (STORY | {"source": "lobsters"}, ItemDrop.NO_ID),
        (STORY | {"source": ["hackernews"]}, ItemDrop.NO_ID),
        (STORY | {"native_id": None}, ItemDrop.NO_ID),
        (STORY | {"native_id": True}, ItemDrop.NO_ID),
        (STORY | {"native_id": " "}, ItemDrop.NO_ID),
        (GITHUB | {"native_id": "no-owner#2014-08-09"}, ItemDrop.NO_ID),
        (PAPER | {"native_id": "hal-0123"}, ItemDrop.NO_ID),
        (REDDIT | {"native_id": "t1_x y"}, ItemDrop.NO_ID),
        (FEED | {"url": "/governance/x"}, ItemDrop.NO_ID),
        (FEED | {"url": None}, ItemDrop.NO_ID),
        (GITHUB | {"native_id": "a/b#soon"}, ItemDrop.BAD_DATE),
    ],
)  # fmt: skip
def test_what_cannot_become_a_document_is_dropped_with_its_reason_and_what_was_seen(
    record: object, reason: ItemDrop
) -> None:
    found, seen = drop(record)
    assert found is reason
    assert 0 < len(seen) <= 120


def test_the_limits_themselves_are_allowed() -> None:
    assert len(document(STORY | {"title": "x" * LONGEST_TITLE}).title) == LONGEST_TITLE
    assert len(document(STORY | {"text": "漢" * (LONGEST_TEXT + 5)}).text) == LONGEST_TEXT


def test_numbers_and_fields_that_are_null_or_missing_are_read_as_they_are_meant() -> None:
    least = {k: STORY[k] for k in ("source", "title", "published_at")} | {"native_id": 872283}
    d = document(least)
    assert (d.native_id, d.url, d.site, d.author, d.collections) == (
        "hn:872283",
        "",
        None,
        None,
        ("hackernews",),
    )


def test_nul_and_half_characters_are_replaced_wherever_they_stand() -> None:
    line = json.dumps(STORY).replace("unicorn", "uni\\u0000\\ud800corn").replace("mqt", "m\\udfffqt")
    d = document(line.replace("hn_history", "hn\\u0000").encode())
    assert d.title == "A uni\ufffd\ufffdcorn set-up"
    assert (d.author, d.collections) == ("m\ufffdqt", ("hn_daily_index", "hn\ufffd"))
    assert "\ufffd" in d.url


def test_escapes_of_mark_up_are_undone_in_addresses_and_in_titles_of_reddit() -> None:
    escaped = {"url": "http:&#x2F;&#x2F;github.com&#x2F;a&#x2F;b?x=1&amp;y=2", "title": "Q&amp;A"}
    assert document(STORY | escaped).url == "http://github.com/a/b?x=1&y=2"
    assert document(STORY | escaped).product == "github:a/b"
    assert [document(r | escaped).title for r in (STORY, REDDIT)] == ["Q&amp;A", "Q&A"]


def test_a_record_outside_of_the_window_is_no_item_whatever_else_is_wrong_with_it() -> None:
    window = Window(date(2022, 10, 9), date(2022, 10, 10))
    days = {day: read(STORY | {"published_at": day}, window=window) for day in ("2022-10-08", "2022-10-11")}
    assert set(days.values()) == {None}
    assert read(STORY | {"published_at": "2022-10-08", "title": ""}, window=window) is None
    assert read(STORY | FAR, window=window) is None
    assert all(read(STORY | {"published_at": day}, window=window) for day in ("2022-10-09", "2022-10-10"))


def test_a_line_without_a_readable_date_is_an_item_in_every_window() -> None:
    window = Window(date(2022, 10, 9), date(2022, 10, 10))
    assert drop(b"{", window=window)[0] is ItemDrop.PARSE_ERROR
    assert drop(STORY | {"published_at": None}, window=window)[0] is ItemDrop.BAD_DATE


def test_only_a_record_of_the_layout_has_a_family() -> None:
    assert family_of(json.dumps(FEED).encode()) is Family.FEED
    others: list[bytes | LongLine] = [
        b"{",
        b"[]",
        b"{}",
        LongLine(9, b"", b""),
        json.dumps(STORY | {"source": "x"}).encode(),
    ]
    without = [
        json.dumps({k: v for k, v in STORY.items() if k != name}).encode() for name in ("title", "native_id")
    ]
    assert [family_of(line) for line in [*others, *without]] == [None] * 7


def test_a_byte_order_mark_before_the_first_record_is_none_of_it() -> None:
    line = b"\xef\xbb\xbf" + json.dumps(STORY).encode()
    assert family_of(line) is Family.HACKER_NEWS
    assert document(line).native_id == "hn:872283"


@given(
    st.lists(st.binary(max_size=12).filter(lambda b: b"\n" not in b), max_size=8),
    st.integers(1, 9),
    st.integers(1, 8),
)
def test_lines_are_the_same_however_a_stream_is_cut(lines: list[bytes], cut: int, longest: int) -> None:
    """Against Python's own split; a line over the limit keeps its length, its hash and its beginning."""
    whole = b"\n".join(lines)
    chunks = [whole[i : i + cut] for i in range(0, len(whole), cut)]
    expected = whole.split(b"\n")
    if not expected[-1]:
        expected.pop()  # an end of line is none of a line that follows

    found = list(split_lines(chunks, longest))

    assert len(found) == len(expected)
    for one, line in zip(found, expected, strict=True):
        if isinstance(one, LongLine):
            assert len(line) > longest
            assert (one.n_bytes, one.raw_hash) == (len(line), sha256(line).digest()[:16])
            assert one.head
            assert line.startswith(one.head)
        else:
            assert one == line
            assert len(line) <= longest


def test_a_long_line_is_one_drop_and_its_neighbours_are_read() -> None:
    good = json.dumps(STORY).encode()
    one, other, third = split_lines([good + b"\n" + b"x" * 5_000, b"y" * 5_000 + b"\n" + good], 6_000)
    assert (one, third) == (good, good)
    assert isinstance(other, LongLine)
    item = read_line(other, position=2, window=ANY_DAY, today=TODAY)
    assert item is not None
    assert item.drop is ItemDrop.TOO_LARGE
    assert "10,000 bytes" in item.seen


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps).map(str.encode)
)
def test_any_bytes_at_all_are_an_item_or_outside(line: bytes) -> None:
    assert read_line(line, position=1, window=ANY_DAY, today=TODAY) is not None


JUNK = st.none() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=3), max_size=2)


@given(
    st.sampled_from([STORY, GITHUB, PAPER, FEED, REDDIT]),
    st.dictionaries(st.sampled_from([*STORY, "other"]), JUNK, max_size=3),
    st.dictionaries(st.sampled_from(["from", "lang", "cat", "seen"]), JUNK, max_size=2),
)
def test_any_record_is_a_document_that_keeps_its_promises_or_a_drop(
    record: dict[str, Any], change: dict[str, Any], extra: dict[str, Any]
) -> None:
    item = read({**record, "extra": {**record["extra"], **extra}} | change)
    assert item is not None
    assert (item.document is None) == (item.drop is not None)
    if (d := item.document) is not None:
        assert d.first_seen >= d.published_on
        assert d.title == " ".join(d.title.split()) != ""
        assert d.collections == tuple(sorted(set(d.collections)))
        assert d.collections
        assert len(d.language) == 2
        assert "\x00" not in d.title + d.text + d.url
