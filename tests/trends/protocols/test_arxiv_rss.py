"""arXiv by its daily RSS: only what is new counts as new."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.trends.protocols.visits import NOW, answered, only, refused

from nophantom.trends.documents import Certainty, Family, ItemDrop
from nophantom.trends.exchange import Reading, Trouble
from nophantom.trends.protocols import arxiv_rss
from nophantom.trends.protocols.arxiv_rss import ARXIV_RSS

READING = Reading(
    "https://rss.arxiv.org/rss/cs.LG", Family.ARXIV, "arxiv_rss", settings={"categories": "cs.AI+cs.LG"}
)
DAY = "Fri, 20 Nov 2026 00:00:00 -0500"


def entry(number: str = "2611.01250v1", announced: str = "new", day: str = DAY, **more: str) -> str:
    told = f"<arxiv:announce_type>{announced}</arxiv:announce_type>" if announced else ""
    title = more.get("title", "Learned Zorbs")
    return (
        f"<item><title>{title}</title><link>https://arxiv.org/abs/{number.partition('v')[0]}</link>"
        f"<description>arXiv:{number} Announce Type: {announced or more.get('within', '')} \nAbstract: We study "
        f"&lt;zorbs&gt; with $a &lt; b$.</description><guid isPermaLink='false'>oai:arXiv.org:{number}</guid>"
        f"<category>cs.LG</category><category>stat.ML</category><pubDate>{day}</pubDate>{told}"
        "<dc:rights>http://a.org</dc:rights><dc:creator>Ada L., Bob C.</dc:creator></item>"
    )


def rss(*entries: str) -> bytes:
    return (
        "<?xml version='1.0' encoding='UTF-8'?><rss xmlns:arxiv='http://arxiv.org/schemas/atom' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/' version='2.0'><channel><title>cs.LG updates on arXiv.org</title>"
        "<link>http://rss.arxiv.org/rss/cs.LG</link><skipDays><day>Sunday</day><day>Saturday</day><day>Zorbday</day>"
        f"</skipDays>{''.join(entries)}</channel></rss>"
    ).encode()


def read(content: bytes) -> Any:
    return ARXIV_RSS.read(READING, ARXIV_RSS.begin(READING, NOW)[0], answered(content))


def test_a_new_paper_becomes_a_document_of_the_day_of_its_announcement() -> None:
    d = only(read(rss(entry("2611.01250v3"))).items)
    assert (d.native_id, d.author, d.list_name) == ("arxiv:2611.01250", "Ada L.", "cs.LG")
    assert d.text == "We study <zorbs> with $a < b$."
    # The midnight of New York stands for the day: nobody announced it at that moment.
    assert (d.published_on, d.published_at, d.certainty) == (date(2026, 11, 20), None, Certainty.DAY)


def test_a_paper_of_another_category_is_kept_apart_in_a_list_of_its_own() -> None:
    assert only(read(rss(entry(announced="cross"))).items).list_name == "cross"


def test_an_old_paper_that_is_listed_here_now_has_no_day_that_is_told() -> None:
    step = read(
        rss(entry("2203.01250v5", "cross"), entry("2610.01250v1", "cross"), entry("math/0309136", "cross"))
    )
    assert [i.drop for i in step.items] == [ItemDrop.BAD_DATE, None, ItemDrop.BAD_DATE]


@pytest.mark.parametrize("announced", ["replace", "replace-cross", "REPLACE"])
def test_a_new_version_is_no_new_paper(announced: str) -> None:
    (item,) = read(rss(entry("2203.01250v3", announced))).items
    assert item.drop is ItemDrop.BAD_DATE
    assert "a new version" in item.seen


def test_every_item_is_a_document_or_a_drop() -> None:
    step = read(
        rss(
            entry(),
            entry(announced="", within="new"),
            entry(announced=""),
            entry(announced="withdrawn"),
            entry("nonsense"),
            entry(day=""),
            entry(day="someday"),
            entry(day="Fri, 20 Nov 2099 00:00:00 -0500"),
            entry(title=" "),
        )
    )
    assert [i.drop for i in step.items] == [
        None,
        None,
        ItemDrop.PARSE_ERROR,
        ItemDrop.PARSE_ERROR,
        ItemDrop.NO_ID,
        ItemDrop.BAD_DATE,
        ItemDrop.BAD_DATE,
        ItemDrop.FUTURE_DATE,
        ItemDrop.PARSE_ERROR,
    ]


def test_a_day_without_announcements_is_no_trouble_and_the_feed_says_when_there_are_none() -> None:
    step = read(rss())
    assert (step.items, step.trouble) == ((), None)
    assert step.hints.skip_days == {5, 6}
    assert (step.hints.title, step.hints.newest) == ("cs.LG updates on arXiv.org", None)
    assert read(rss(entry())).hints.newest == datetime(2026, 11, 20, 5, tzinfo=UTC)


def test_a_full_feed_may_leave_some_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arxiv_rss, "MOST_ITEMS", 20)
    assert read(rss(*[entry()] * 19)).trouble is None
    assert read(rss(*[entry()] * 20)).trouble is Trouble.INCOMPLETE


def test_the_address_names_the_categories() -> None:
    (ask,) = ARXIV_RSS.begin(READING, NOW)
    assert (ask.url, ask.conditional) == ("https://rss.arxiv.org/rss/cs.AI+cs.LG", True)


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"<html>no</html>", Trouble.WRONG_CONTENT),
        (b"<feed/>", Trouble.WRONG_CONTENT),
        (rss(entry())[:-20], Trouble.UNREADABLE),
    ],
)
def test_what_is_no_rss_is_refused(content: bytes, trouble: Trouble) -> None:
    ask = ARXIV_RSS.begin(READING, NOW)[0]
    assert refused(ARXIV_RSS, READING, ask, answered(content)).trouble is trouble
