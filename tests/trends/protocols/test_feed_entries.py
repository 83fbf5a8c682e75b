"""Entries of feeds become documents with the right identity, days and language, or drops with the reason that fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nophantom.trends.documents import Certainty, Document, Family, Item, ItemDrop, Kind
from nophantom.trends.exchange import Hints, Reading
from nophantom.trends.protocols.feed_entries import LONGEST_ADDRESS, Channel, Entry, absolute, items_of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
READING = Reading("https://www.a.example.org/feed/", Family.FEED, "blogs", language="fr")
HOME = Hints(homepage="https://a.example.org/", language="en")
ENTRY = Entry(
    key="tag:1",
    link="https://a.example.org/posts/1?utm_source=rss",
    title="Zorb &amp; Quux are <em>out</em>",
    text="<p>The whole text.</p>",
    author="ann@example.org (Ann Author)",
    dates=("Mon, 02 Nov 2026 08:30:00 +0200",),
)


def items(
    *entries: Entry, reading: Reading = READING, hints: Hints = HOME, needs_key: bool = False
) -> list[Item]:
    return list(items_of(Channel(entries, hints, needs_key=needs_key), reading, AT))


def documents(*entries: Entry, reading: Reading = READING, hints: Hints = HOME) -> list[Document]:
    found = [item.document for item in items(*entries, reading=reading, hints=hints)]
    assert None not in found, found
    return [one for one in found if one]


def drop(entry: Entry, *, needs_key: bool = False) -> tuple[ItemDrop | None, str]:
    (item,) = items(entry, needs_key=needs_key)
    assert item.document is None
    return item.drop, item.seen


def web(name: str) -> str:
    return f"web:{sha256(name.encode()).hexdigest()}"


def test_an_entry_becomes_a_document_with_all_its_fields() -> None:
    assert documents(ENTRY) == [
        Document(
            native_id=web("https://a.example.org/posts/1"),
            family=Family.FEED,
            kind=Kind.POST,
            title="Zorb & Quux are out",
            text="The whole text.",
            url="https://a.example.org/posts/1?utm_source=rss",
            author="Ann Author",
            site="a.example.org",
            published_on=date(2026, 11, 2),
            first_seen=date(2026, 11, 2),
            language="en",
            collections=("blogs",),
            list_name="",
            product=None,
            published_at=datetime(2026, 11, 2, 6, 30, tzinfo=UTC),
            certainty=Certainty.MOMENT,
        )
    ]


def test_an_item_knows_its_place_and_changes_its_hash_with_what_was_sent() -> None:
    one, same, other = items(ENTRY, ENTRY, ENTRY._replace(text="<p>Changed.</p>"))
    assert (one.position, same.position, other.position) == (1, 2, 3)
    assert one.raw_hash == same.raw_hash != other.raw_hash
    assert len(one.raw_hash) == 16


def test_the_same_entry_twice_is_two_items_with_one_id() -> None:
    first, second = documents(ENTRY, ENTRY)
    assert first.native_id == second.native_id


def test_entries_that_say_they_differ_are_known_by_their_own_ids_where_they_share_a_page() -> None:
    link = "https://a.example.org/changelog"
    shared = [ENTRY._replace(key=f"tag:{n}", link=f"{link}#v{n}") for n in (1, 2)]
    assert [d.native_id for d in documents(*shared)] == [
        web(f"https://a.example.org/feed tag:{n}") for n in (1, 2)
    ]
    nameless = [ENTRY._replace(key="", link=link, title=f"Zorb {n}", dates=()) for n in (1, 2)]
    assert len({d.native_id for d in documents(*nameless)}) == 2
    assert documents(*shared)[0].url.endswith("#v1")


def test_an_entry_that_links_to_the_page_of_the_feed_is_known_by_its_own_id() -> None:
    (found,) = documents(ENTRY._replace(link="http://www.a.example.org"))
    assert found.native_id == web("https://a.example.org/feed tag:1")


def test_without_a_link_the_own_id_counts_or_else_title_and_date() -> None:
    (named,) = documents(ENTRY._replace(link=""))
    assert (named.native_id, named.url, named.site) == (
        web("https://a.example.org/feed tag:1"),
        "",
        "a.example.org",
    )
    (nameless,) = documents(ENTRY._replace(link="", key=""))
    assert nameless.native_id == web(f"https://a.example.org/feed {ENTRY.title}\n{ENTRY.dates[0]}")


@pytest.mark.parametrize(
    ("entry", "reason", "seen"),
    [
        (
            ENTRY._replace(link="", key="", dates=()),
            ItemDrop.NO_ID,
            "no id, no link, and no title with a date: Zorb",
        ),
        (ENTRY._replace(link="", key="", title=""), ItemDrop.NO_ID, "no id, no link"),
        (
            ENTRY._replace(title="", text="<img src=x>"),
            ItemDrop.PARSE_ERROR,
            "neither title nor text: https://a.",
        ),
        (ENTRY._replace(dates=("soon",)), ItemDrop.BAD_DATE, "date 'soon': https://a."),
        (ENTRY._replace(dates=("1970-01-01T00:00:00Z",)), ItemDrop.BAD_DATE, "date '1970-01-01T00:00:00Z'"),
        (
            ENTRY._replace(dates=("2026-12-24T00:00:00Z",)),
            ItemDrop.FUTURE_DATE,
            "read at 2026-11-22 12:00 UTC",
        ),
        (Entry("", "", "", fault="torn"), ItemDrop.PARSE_ERROR, "torn"),
    ],
)
def test_what_cannot_become_a_document_is_dropped_with_what_was_seen(
    entry: Entry, reason: ItemDrop, seen: str
) -> None:
    found, told = drop(entry)
    assert found is reason
    assert seen in told
    assert len(told) <= 120


def test_a_json_feed_item_without_its_id_is_dropped_whatever_else_it_has() -> None:
    assert drop(ENTRY._replace(key=""), needs_key=True)[0] is ItemDrop.NO_ID


def test_a_text_lends_its_beginning_to_a_missing_title_and_a_long_one_is_cut() -> None:
    (found,) = documents(ENTRY._replace(title=" ", text="<p>" + "word " * 100 + "</p>"))
    assert found.title.startswith("word word")
    assert found.title.endswith("word ...")
    assert len(found.title) <= 120
    (long,) = documents(ENTRY._replace(title="word " * 500, text="x" * 20_000))
    assert (len(long.title) <= 1_000, long.title[-8:], len(long.text)) == (True, "word ...", 10_000)


def test_without_a_date_the_fetch_counts_and_one_good_date_is_enough() -> None:
    (undated,) = documents(ENTRY._replace(dates=()))
    assert (undated.published_on, undated.certainty, undated.published_at) == (
        AT.date(),
        Certainty.SEEN,
        None,
    )
    (second,) = documents(ENTRY._replace(dates=("soon", "2026-11-03T00:00:00Z")))
    assert second.published_on == date(2026, 11, 3)


def test_what_a_followed_source_publishes_is_seen_when_it_is_fetched() -> None:
    followed = replace(READING, followed_since=datetime(2026, 11, 1, tzinfo=UTC))
    (found,) = documents(ENTRY, reading=followed)
    assert (found.published_on, found.first_seen) == (date(2026, 11, 2), AT.date())


@pytest.mark.parametrize(
    ("link", "kind", "product"),
    [
        ("https://github.com/Zorb/Zorb", Kind.REPOSITORY, "github:zorb/zorb"),
        ("https://github.com/Zorb/Zorb/releases/tag/v1", Kind.RELEASE, "github:zorb/zorb"),
        ("https://arxiv.org/abs/2401.00001v2", Kind.PAPER, "arxiv:2401.00001"),
    ],
)
def test_an_entry_about_a_thing_names_it(link: str, kind: Kind, product: str) -> None:
    (linked,), (found,) = documents(ENTRY._replace(link=link)), documents(ENTRY._replace(target=link))
    for one in (linked, found):
        assert (one.kind, one.product, one.url) == (kind, product, link)
    assert found.native_id == web("https://a.example.org/posts/1")  # a link blog's own page names it


def test_news_and_lists_come_from_the_settings_of_the_source() -> None:
    news = replace(READING, settings={"kind": "news", "list": "general_noise"})
    (found,) = documents(ENTRY, reading=news)
    assert (found.kind, found.list_name) == (Kind.NEWS, "general_noise")
    (thing,) = documents(ENTRY._replace(link="https://github.com/zorb/zorb"), reading=news)
    assert thing.kind is Kind.REPOSITORY


def test_the_language_is_told_by_entry_feed_source_script_and_words_in_this_order() -> None:
    silent, unknown = Hints(), replace(READING, language=None)

    def language(title: str, tag: str = "", hints: Hints = silent, reading: Reading = unknown) -> str:
        entry = ENTRY._replace(title=title, text="", language=tag)
        return documents(entry, hints=hints, reading=reading)[0].language

    assert language("Zorb", "de-AT", HOME, READING) == "de"
    assert language("Zorb", "", HOME, READING) == "en"
    assert language("Zorb", "", silent, READING) == "fr"
    assert language("使用 Zorb 部署") == "zh"
    assert language("Zorb") == "en"
    assert language("Der neue Übersetzer ist fertig und übersetzt schneller als alle anderen") == "de"
    assert language("Le nouveau compilateur est enfin disponible pour tous les développeurs") == "fr"
    assert language("The new compiler is ready and faster than all of the others") == "en"


def test_only_addresses_of_the_web_are_links() -> None:
    base = "https://a.example.org/blog/feed"
    assert absolute(base, " post?x=1 ") == "https://a.example.org/blog/post?x=1"
    assert absolute(base, "//b.example.org/x") == "https://b.example.org/x"
    assert absolute(base, "/a b\n/c") == "https://a.example.org/a%20b/c"
    long = "https://a.example.org/" + "x" * LONGEST_ADDRESS
    for link in ("", "mailto:a@b", "javascript:x", "magnet:?x", "//[", long):
        assert absolute(base, link) == ""


TEXTS = st.text(max_size=30)
ENTRIES = st.builds(
    Entry,
    st.sampled_from(["", "1", "2", "https://a.example.org/1"]),
    st.sampled_from(["", "https://a.example.org/1", "https://a.example.org/", "http://b.example.org/x#y"]),
    TEXTS,
    TEXTS,
    TEXTS,
    st.lists(st.sampled_from(["2026-11-03", "soon", "1970-01-01", "2027-01-01"]) | TEXTS, max_size=2).map(
        tuple
    ),
)


@settings(max_examples=40)
@given(st.lists(ENTRIES, max_size=5))
def test_every_entry_is_one_item_in_its_place(entries: list[Entry]) -> None:
    found = items(*entries)
    assert [item.position for item in found] == list(range(1, len(entries) + 1))
    assert all((item.document is None) != (item.drop is None) for item in found)
    for item in found:
        if item.document:
            assert item.document.title
            assert item.document.first_seen >= item.document.published_on
