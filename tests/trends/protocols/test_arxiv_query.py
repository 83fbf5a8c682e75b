"""arXiv by its query interface: errors are no papers, and an empty page is no end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.trends.protocols.visits import NOW, answered, only, query_of, refused, visit

from nophantom.trends.documents import Family, ItemDrop
from nophantom.trends.exchange import Ask, Reading, Refusal, Trouble
from nophantom.trends.protocols import arxiv_query
from nophantom.trends.protocols.arxiv_query import ARXIV_QUERY, MOST_REQUESTS

READING = Reading(
    "https://arxiv.org/list/cs.DB",
    Family.ARXIV,
    "arxiv_db",
    settings={"query": "cat:cs.DB", "days": "3", "per_answer": "40"},
)
MINUTE = int(NOW.timestamp()) // 60


def entry(number: str = "2611.01234v2", published: str = "2026-11-20T17:59:59Z", **more: str) -> str:
    title = more.get("title", "Learned Filters for\n  Zorbs")
    return (
        f"<entry><id>http://arxiv.org/abs/{number}</id><updated>2026-11-21T17:59:59Z</updated>"
        f"<published>{published}</published><title>{title}</title><summary>\n  We study &lt;zorbs&gt;.\n</summary>"
        "<author><name>Ada L.</name><arxiv:affiliation>X</arxiv:affiliation></author><author><name>Bob</name></author>"
        "<arxiv:primary_category term='cs.DB'/><category term='cs.DB'/><category term='68P20'/></entry>"
    )


def feed(*entries: str, total: int | str | None = None) -> bytes:
    count = len(entries) if total is None else total
    return (
        "<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom' "
        "xmlns:arxiv='http://arxiv.org/schemas/atom' xmlns:opensearch='http://a9.com/-/spec/opensearch/1.1/'>"
        f"<opensearch:totalResults>{count}</opensearch:totalResults>{''.join(entries)}</feed>"
    ).encode()


ERROR = feed(
    "<entry><id>http://arxiv.org/api/errors#incorrect_id_format_for_1234</id><title>Error</title>"
    "<summary>incorrect id format for 1234</summary><updated>2026-11-22T00:00:00-05:00</updated>"
    "<published>2026-11-22T00:00:00-05:00</published><author><name>arXiv api core</name></author></entry>"
)


def read(content: bytes, status: int = 200) -> Any:
    return ARXIV_QUERY.read(READING, ARXIV_QUERY.begin(READING, NOW)[0], answered(content, status=status))


def span_of(ask: Ask) -> tuple[datetime, datetime]:
    found = re.search(r"submittedDate:\[(\d{12}) TO (\d{12})\]", query_of(ask)["search_query"])
    assert found
    first, last = (datetime.strptime(word, "%Y%m%d%H%M").replace(tzinfo=UTC) for word in found.groups())
    return first, last


def serving(minutes: dict[int, int], shows: Callable[[int], int] = lambda n: n) -> Callable[[Ask], bytes]:
    """The interface over papers by number and minute of submission; `shows` makes some pages shorter."""
    count = [0]

    def answer(ask: Ask) -> bytes:
        count[0] += 1
        first, last = span_of(ask)
        mine = sorted((m, n) for n, m in minutes.items() if first.timestamp() <= m * 60 <= last.timestamp())
        start, size = int(query_of(ask)["start"]), int(query_of(ask)["max_results"])
        shown = mine[start : start + shows(size)]
        told = [
            entry(f"2611.{n:05}v1", datetime.fromtimestamp(m * 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
            for m, n in shown
        ]
        return feed(*told, total=len(mine))

    return answer


def test_an_entry_becomes_a_paper_dated_by_its_first_version() -> None:
    d = only(read(feed(entry())).items)
    assert (d.native_id, d.published_on) == ("arxiv:2611.01234", date(2026, 11, 20))
    assert (d.title, d.text) == ("Learned Filters for Zorbs", "We study <zorbs>.")
    assert (d.author, d.list_name, d.product) == ("Ada L.", "cs.DB", "arxiv:2611.01234")


def test_every_entry_is_a_document_or_a_drop() -> None:
    step = read(feed(entry(), entry("x"), entry(published=""), entry(title=" "), entry("math.GT/0309136v1")))
    assert [i.drop for i in step.items] == [
        None,
        ItemDrop.NO_ID,
        ItemDrop.BAD_DATE,
        ItemDrop.PARSE_ERROR,
        None,
    ]


@pytest.mark.parametrize("status", [200, 400])
def test_an_error_is_refused_and_never_a_paper(status: int) -> None:
    ask = ARXIV_QUERY.begin(READING, NOW)[0]
    refusal = refused(ARXIV_QUERY, READING, ask, answered(ERROR, status=status))
    assert refusal.trouble is Trouble.NOT_FOUND
    assert "incorrect id format for 1234" in refusal.told
    assert 400 in ARXIV_QUERY.sees


def test_an_empty_page_where_papers_should_be_is_asked_for_again() -> None:
    answers = [feed(total=1), feed(entry())]
    done = visit(ARXIV_QUERY, READING, lambda ask: answers.pop(0))
    assert done.ids == ["arxiv:2611.01234"]
    with pytest.raises(Refusal) as caught:
        visit(ARXIV_QUERY, READING, lambda ask: feed(total=1))
    assert (caught.value.trouble, caught.value.again) == (Trouble.INCOMPLETE, True)


def test_no_papers_are_no_papers_where_the_answer_says_so() -> None:
    step = read(feed(total=0))
    assert (step.items, step.trouble, step.asks) == ((), None, ())


def test_all_pages_are_read_and_shorter_ones_lose_nothing() -> None:
    minutes = {n: MINUTE - 13 * n for n in range(1, 131)}
    for shows in (lambda n: n, lambda n: n - 7):
        done = visit(ARXIV_QUERY, READING, serving(minutes, shows))
        assert sorted(Counter(done.ids).values()) == [1] * 130
        assert done.state == {"since": str(MINUTE - 13)}


def test_a_query_with_too_many_papers_is_cut_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arxiv_query, "MOST_PER_QUERY", 50)
    minutes = {n: MINUTE - 100 - n // 40 for n in range(1, 151)} | {200: MINUTE, 201: MINUTE - 3 * 1_440 + 1}
    done = visit(ARXIV_QUERY, READING, serving(minutes))
    assert set(done.ids) == {f"arxiv:2611.{n:05}" for n in minutes}
    assert done.troubles == []
    # What was read to its end covers every minute once.
    ends = [span_of(a) for a in done.asks if query_of(a)["start"] == "0"]
    assert min(first for first, _ in ends) == NOW - timedelta(days=3) + timedelta(minutes=1)
    assert max(last for _, last in ends) == NOW


def test_one_minute_with_more_papers_than_are_told_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arxiv_query, "MOST_PER_QUERY", 50)
    done = visit(ARXIV_QUERY, READING, serving(dict.fromkeys(range(1, 91), MINUTE - 5)))
    assert done.troubles[0][0] is Trouble.INCOMPLETE
    assert done.troubles[0][1].startswith("90 papers in one minute")
    assert done.state == {"since": str(MINUTE - 5)}


def test_the_next_visit_reads_the_week_before_again_because_papers_are_announced_late() -> None:
    followed = replace(READING, state={"since": str(MINUTE - 60)})
    first, last = span_of(ARXIV_QUERY.begin(followed, NOW)[0])
    assert (first, last) == (NOW - timedelta(days=7, hours=1), NOW)
    asked = query_of(ARXIV_QUERY.begin(READING, NOW)[0])
    assert asked["search_query"].startswith("(cat:cs.DB) AND submittedDate:[202611191201 TO 202611221200]")
    assert (asked["sortBy"], asked["sortOrder"]) == ("submittedDate", "ascending")
    greedy = replace(READING, settings={**READING.settings, "per_answer": "9999"})
    assert query_of(ARXIV_QUERY.begin(greedy, NOW)[0])["max_results"] == "2000"


def test_a_query_that_never_ends_is_left() -> None:
    done = visit(ARXIV_QUERY, READING, lambda ask: feed(entry(), total=25_000))
    assert len(done.asks) == MOST_REQUESTS
    assert (done.troubles[-1][0], done.state) == (Trouble.INCOMPLETE, None)


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"Rate exceeded.", Trouble.UNREADABLE),
        (b"<html>503</html>", Trouble.WRONG_CONTENT),
        (feed(total="?"), Trouble.WRONG_CONTENT),
        (feed(entry())[:-9], Trouble.UNREADABLE),
    ],
)
def test_what_is_no_feed_of_arxiv_is_refused(content: bytes, trouble: Trouble) -> None:
    ask = ARXIV_QUERY.begin(READING, NOW)[0]
    assert refused(ARXIV_QUERY, READING, ask, answered(content)).trouble is trouble
