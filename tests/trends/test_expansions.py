from __future__ import annotations

from datetime import date

import pytest

from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.expansions import Expansion, expansions, expansions_in
from nophantom.trends.stories import gather


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("we use Zorb Aided Quux (ZAQ) here", [("zaq", "zorbaidedquux")]),
        ("Zorb-Aided Quuxes (ZAQs)", [("zaq", "zorbaidedquux")]),
        ("the ZAQ (Zorb-aided quux) is", [("zaq", "zorbaidedquux")]),
        ("ZAQ, short for zorb aided quux", [("zaq", "zorbaidedquux")]),
        ("ZQ stands for Zorb Quux in it", [("zq", "zorbquux")]),
        ("Zorb of Quux (ZoQ)", [("zoq", "zorbofquux")]),
        ("Zorb Quux (2031)", []),
        ("Zorb Quux (ZQX)", []),
        ("Zorb Quux (AB)", []),
        ("a Zorb (Z)", []),
        ("Zorb Aided Blax Quux (ZABQ)", []),
        ("the quux (TQ)", []),
        ("Zorb quux (Zq)", []),
        ("(ZQ)", []),
        ("", []),
    ],
)
def test_an_acronym_is_the_initials_of_the_words_beside_it(text: str, found: list[tuple[str, str]]) -> None:
    assert list(expansions_in(text)) == found


def test_a_story_says_a_thing_once() -> None:
    day = date(2031, 1, 1)
    told = [("Zorb Quux (ZQ)", "ZQ (zorb quux) and Zorb Quux (ZQ)"), ("nothing", "")]
    documents = [
        Document(f"hn:{n}", Family.HACKER_NEWS, Kind.POST, t, x, "", None, None, day, day, "en", (), "", None)
        for n, (t, x) in enumerate(told)
    ]

    assert expansions(documents, gather(documents)) == [Expansion(0, "zq", "zorbquux")]
