"""arXiv by OAI-PMH: first versions, tokens that expire, answers without records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.trends.protocols.visits import NOW, answered, only, query_of, refused, visit

from nophantom.trends.documents import Family, ItemDrop
from nophantom.trends.exchange import Ask, Reading, Refusal, Trouble
from nophantom.trends.protocols.arxiv_oai import ARXIV_OAI

READING = Reading(
    "https://arxiv.org/list/cs.LG", Family.ARXIV, "arxiv_lg", settings={"set": "cs:cs:LG", "days": "3"}
)
FOLLOWED = replace(READING, state={"from": "2026-11-20"})


def record(
    number: str = "2611.00001",
    versions: tuple[tuple[str, str], ...] = (("v1", "Thu, 19 Nov 2026 17:57:34 GMT"),),
    **more: str,
) -> str:
    fields = {
        "title": "Learned\n  Zorbs",
        "authors": "Ada L. and Bob",
        "categories": "cs.LG stat.ML",
        "abstract": " We &lt;. ",
    }
    fields |= more
    told = "".join(f'<version version="{v}"><date>{d}</date><size>1kb</size></version>' for v, d in versions)
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return (
        f"<record><header><identifier>oai:arXiv.org:{number}</identifier><datestamp>2026-11-21</datestamp>"
        f"<setSpec>cs:cs:LG</setSpec></header><metadata><arXivRaw xmlns='http://arxiv.org/OAI/arXivRaw/'>"
        f"<id>{number}</id><submitter>Zed</submitter>{told}{inside}</arXivRaw></metadata></record>"
    )


DELETED = (
    "<record><header status='deleted'><identifier>oai:arXiv.org:2611.00009</identifier>"
    "<datestamp>2026-11-21</datestamp></header></record>"
)


def oai(inside: str, responded: str = "2026-11-22T03:04:05Z") -> bytes:
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'>"
        f"<responseDate>{responded}</responseDate><request verb='ListRecords'>x</request>{inside}</OAI-PMH>"
    ).encode()


def records(*told: str, token: str = "") -> bytes:
    return oai(f"<ListRecords>{''.join(told)}<resumptionToken>{token}</resumptionToken></ListRecords>")


def error(code: str) -> bytes:
    return oai(f"<error code='{code}'>Something about {code}</error>")


def read(content: bytes, reading: Reading = READING, status: int = 200) -> Any:
    return ARXIV_OAI.read(reading, ARXIV_OAI.begin(reading, NOW)[0], answered(content, status=status))


def test_a_record_becomes_a_paper_dated_by_its_first_version() -> None:
    """The datestamp is that of the last change: a bulk edit must not look like a burst."""
    versions = (
        ("v10", "Sat, 21 Nov 2026 10:00:00 GMT"),
        ("v1", "Mon, 12 Jun 2017 17:57:34 GMT"),
        ("v2", "Tue, 13 Jun 2017 10:00:00 GMT"),
    )
    d = only(read(records(record("1706.03762", versions))).items)
    assert (d.native_id, d.published_on) == ("arxiv:1706.03762", date(2017, 6, 12))
    assert (d.title, d.text, d.author, d.list_name) == ("Learned Zorbs", "We <.", "Ada L.", "cs.LG")


def test_without_its_first_version_a_paper_has_no_date() -> None:
    late = record(versions=(("v2", "Sat, 21 Nov 2026 10:00:00 GMT"),))
    assert read(records(late)).items[0].drop is ItemDrop.BAD_DATE


def test_every_record_is_a_document_or_a_drop() -> None:
    other = "<record><header><identifier>oai:arXiv.org:2611.00002</identifier></header><metadata/></record>"
    step = read(records(DELETED, record(), other, record(title=" "), record("nonsense")))
    assert [i.drop for i in step.items] == [
        ItemDrop.PARSE_ERROR,
        None,
        ItemDrop.PARSE_ERROR,
        ItemDrop.PARSE_ERROR,
        ItemDrop.NO_ID,
    ]
    assert step.items[0].seen == "oai:arXiv.org:2611.00009 was deleted: nothing is told of it"


def test_the_first_visit_asks_for_some_days_and_the_next_from_the_day_of_the_server() -> None:
    first = visit(ARXIV_OAI, READING, lambda ask: records(record()))
    assert query_of(first.asks[0]) == {
        "verb": "ListRecords",
        "metadataPrefix": "arXivRaw",
        "set": "cs:cs:LG",
        "from": "2026-11-19",
    }
    assert first.state == {"from": "2026-11-22"}
    then = ARXIV_OAI.begin(replace(READING, state=first.state or {}), NOW)
    assert query_of(then[0])["from"] == "2026-11-22"
    assert "until" not in query_of(then[0])


def serving(parts: list[list[str]], expired: set[int]) -> Callable[[Ask], bytes]:
    """A list in parts; the requests with these numbers find their token expired."""
    count = [0]

    def answer(ask: Ask) -> bytes:
        count[0] += 1
        asked = query_of(ask)
        if "resumptionToken" not in asked:
            return records(*parts[0], token="t1" if len(parts) > 1 else "")
        assert set(asked) == {"verb", "resumptionToken"}
        if count[0] in expired:
            return error("badResumptionToken")
        part = int(asked["resumptionToken"][1:])
        return records(*parts[part], token=f"t{part + 1}" if part + 1 < len(parts) else "")

    return answer


PARTS = [[record(f"2611.{10 * part + n:05}") for n in range(3)] for part in range(4)]
ALL = {f"arxiv:2611.{10 * part + n:05}" for part in range(4) for n in range(3)}


def test_all_parts_of_a_list_are_read_by_their_tokens() -> None:
    done = visit(ARXIV_OAI, FOLLOWED, serving(PARTS, set()))
    assert (set(done.ids), len(done.ids), len(done.asks)) == (ALL, 12, 4)
    assert done.state == {"from": "2026-11-22"}


@pytest.mark.parametrize("expired", [{2}, {4}, {3, 7}])
def test_after_a_token_expired_the_list_begins_anew_and_nothing_is_lost(expired: set[int]) -> None:
    done = visit(ARXIV_OAI, FOLLOWED, serving(PARTS, expired))
    assert set(done.ids) == ALL
    assert done.state == {"from": "2026-11-22"}
    assert query_of(done.asks[-4])["from"] == "2026-11-20"
    assert done.troubles == []


def test_tokens_that_expire_again_and_again_end_the_visit_and_not_the_state() -> None:
    with pytest.raises(Refusal) as caught:
        visit(ARXIV_OAI, FOLLOWED, serving(PARTS, set(range(1, 99))))
    assert caught.value.trouble is Trouble.INCOMPLETE
    assert "2026-11-20" in caught.value.told


def test_the_day_of_the_first_answer_counts_however_long_the_visit_lasts() -> None:
    later = oai(f"<ListRecords>{record()}</ListRecords>", "2026-11-23T00:10:00Z")
    answers = [records(record(), token="t"), later]
    done = visit(ARXIV_OAI, FOLLOWED, lambda ask: answers.pop(0))
    assert done.state == {"from": "2026-11-22"}


def test_a_list_that_does_not_end_is_left() -> None:
    done = visit(ARXIV_OAI, FOLLOWED, lambda ask: records(record(), token="same"))
    assert len(done.asks) == 2
    assert done.troubles[0][0] is Trouble.INCOMPLETE
    assert done.state is None


def test_a_day_without_changes_is_as_normal_as_one_with_them() -> None:
    step = read(error("noRecordsMatch"), FOLLOWED)
    assert (step.items, step.trouble, step.state) == ((), None, {"from": "2026-11-22"})


@pytest.mark.parametrize(
    "code", ["badArgument", "cannotDisseminateFormat", "noSetHierarchy", "badResumptionToken"]
)
def test_other_errors_say_what_is_wrong(code: str) -> None:
    ask = ARXIV_OAI.begin(READING, NOW)[0]
    refusal = refused(ARXIV_OAI, READING, ask, answered(error(code), status=400))
    assert refusal.trouble is Trouble.NOT_FOUND
    assert code in refusal.told


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"<html><body>Rate exceeded.</body></html>", Trouble.WRONG_CONTENT),
        (b"Rate exceeded.", Trouble.UNREADABLE),
        (records(record())[:-30], Trouble.UNREADABLE),
        (oai(""), Trouble.WRONG_CONTENT),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", Trouble.WRONG_CONTENT),
    ],
)
def test_what_is_no_list_of_records_is_refused(content: bytes, trouble: Trouble) -> None:
    ask = ARXIV_OAI.begin(READING, NOW)[0]
    assert refused(ARXIV_OAI, READING, ask, answered(content)).trouble is trouble


def test_a_server_that_does_not_tell_its_day_is_asked_from_the_same_day_again() -> None:
    step = read(oai(f"<ListRecords>{record()}</ListRecords>", ""), FOLLOWED)
    assert step.state == {"from": "2026-11-20"}
