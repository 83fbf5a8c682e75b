"""What the interfaces of arXiv have in common."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.trends.protocols.visits import NOW

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Family, Kind
from nophantom.trends.exchange import Reading
from nophantom.trends.protocols.answers import Dropped
from nophantom.trends.protocols.arxiv import (
    ARXIV_HOSTS,
    GAP,
    Paper,
    first_of,
    month_of,
    paper_document,
    setting_of,
)
from nophantom.trends.protocols.arxiv_oai import ARXIV_OAI, OAI
from nophantom.trends.protocols.arxiv_query import ARXIV_QUERY, QUERY
from nophantom.trends.protocols.arxiv_rss import ARXIV_RSS, RSS

READING = Reading("https://arxiv.org/list/cs.LG", Family.ARXIV, "arxiv_lg")
PAPER = Paper(
    "2401.00001v3",
    "On $a<b$ in\n  Zorbs",
    " We show\n $p < 0.05$. ",
    "Ada L.",
    "2024-01-01T00:00:00Z",
    "cs.LG",
)


def test_a_paper_becomes_a_document_without_its_version_and_line_breaks() -> None:
    d = paper_document(PAPER, READING, NOW)
    assert (d.native_id, d.product, d.kind) == ("arxiv:2401.00001", "arxiv:2401.00001", Kind.PAPER)
    assert (d.title, d.text) == ("On $a<b$ in Zorbs", "We show $p < 0.05$.")
    assert (d.url, d.site, d.author, d.list_name) == (
        "https://arxiv.org/abs/2401.00001",
        "arxiv.org",
        "Ada L.",
        "cs.LG",
    )
    assert d.published_on == date(2024, 1, 1)


@pytest.mark.parametrize("word", ["math.GT/0309136v2", "math/0309136"])
def test_an_old_id_loses_its_subject_class(word: str) -> None:
    d = paper_document(PAPER._replace(word=word), READING, NOW)
    assert (d.native_id, d.url) == ("arxiv:math/0309136", "https://arxiv.org/abs/math/0309136")


@pytest.mark.parametrize("change", [{"word": "nonsense"}, {"published": " "}, {"title": ""}])
def test_without_an_id_a_date_or_a_title_there_is_no_paper(change: dict[str, str]) -> None:
    with pytest.raises(Dropped):
        paper_document(PAPER._replace(**change), READING, NOW)


@pytest.mark.parametrize(
    ("authors", "first"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Ada Lovelace, Charles Babbage and Grace Hopper", "Ada Lovelace"),
        ("Ada Lovelace (1 and 2), Charles Babbage (2) ((1) Engines, (2) London)", "Ada Lovelace"),
        ("The Zorb Collaboration: Ada Lovelace", "The Zorb Collaboration: Ada Lovelace"),
        ("Fernando\n  Alessandro", "Fernando Alessandro"),
        ("", ""),
    ],
)
def test_the_first_author_is_read_from_a_list_with_affiliations(authors: str, first: str) -> None:
    assert first_of(authors) == first


def test_an_id_tells_the_month_of_submission() -> None:
    assert month_of("arxiv:2607.30001") == date(2026, 7, 1)
    assert month_of("arxiv:hep-th/9108001") == date(1991, 8, 1)
    assert month_of("arxiv:math/0309136") == date(2003, 9, 1)
    assert [month_of("arxiv:2613.00001"), month_of("arxiv:x")] == [None, None]


def test_all_of_arxiv_is_one_host_with_one_request_every_three_seconds() -> None:
    for protocol, base in ((ARXIV_OAI, OAI), (ARXIV_QUERY, QUERY), (ARXIV_RSS, RSS)):
        assert base.split("/")[2] in ARXIV_HOSTS
        assert (protocol.gap, protocol.at_once, GAP) == (3.0, 1, 3.0)


def test_a_source_without_what_it_needs_cannot_be_asked() -> None:
    with pytest.raises(InvalidInput, match="needs a set such as cs:cs:LG"):
        setting_of(READING, "set", "cs:cs:LG")
    for protocol in (ARXIV_OAI, ARXIV_QUERY, ARXIV_RSS):
        with pytest.raises(InvalidInput):
            protocol.begin(READING, NOW)


def test_what_came_before_the_source_was_followed_is_dated_by_its_own_day() -> None:
    followed = Reading("x", Family.ARXIV, "arxiv_lg", followed_since=datetime(2023, 1, 1, tzinfo=UTC))
    assert paper_document(PAPER, followed, NOW).first_seen == NOW.date()
    later = Reading("x", Family.ARXIV, "arxiv_lg", followed_since=NOW - timedelta(days=1))
    assert paper_document(PAPER, later, NOW).first_seen == date(2024, 1, 1)
