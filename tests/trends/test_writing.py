from __future__ import annotations

from datetime import date, timedelta

import pytest

from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.mentions import mine_written
from nophantom.trends.stories import gather
from nophantom.trends.writing import Writing


def written(*told: tuple[str, str, Kind]) -> dict[tuple[str, int], Writing]:
    """How each topic is written in each story, of (title, text, kind)."""
    documents = []
    for n, (title, text, kind) in enumerate(told):
        day = date(2031, 1, 1) + timedelta(days=n)
        product = f"github:{n}" if kind is Kind.REPOSITORY else None
        documents.append(
            Document(
                f"hn:{n:04}",
                Family.HACKER_NEWS,
                kind,
                title,
                text,
                "",
                None,
                None,
                day,
                day,
                "en",
                (),
                "",
                product,
            )
        )
    found = mine_written(documents, gather(documents))
    mentions = found.mentions
    slugs = [mentions.topics.slugs[t] for t in mentions.topic.tolist()]
    return {
        (slug, story): Writing(mark)
        for slug, story, mark in zip(slugs, mentions.story.tolist(), found.writing.tolist(), strict=True)
    }


def posts(*titles: str) -> dict[tuple[str, int], Writing]:
    return written(*[(title, "", Kind.POST) for title in titles])


def test_a_capital_among_small_letters_is_a_capital() -> None:
    found = posts(
        "why we chose Zorblax for our site",
        "why they left zorblax for quux",
        "how eZorb eats quux",
        "an eZorb",
    )

    assert found["zorblax", 0] == Writing.CAPITAL
    assert found["zorblax", 1] == Writing.LOWER
    assert found["ezorb", 2] == Writing.CAPITAL


def test_a_title_in_capitals_and_the_first_word_of_a_phrase_say_nothing_of_case() -> None:
    found = posts(
        "Why The Zorblax Eats A Quux", "Zorblax eats our quux: zorblax", "we saw a zorblax and quux eat"
    )

    assert found["zorblax", 0] == Writing(0)
    assert found["zorblax", 1] == Writing(0)
    assert found["quux", 1] == Writing.LOWER


def test_every_word_of_a_phrase_must_have_its_capital() -> None:
    found = posts("we really like Zorb Quux with sweet cake", "they sell Zorb quux at home", "old quux burns")

    assert found["zorbquux", 0] == Writing.CAPITAL
    assert found["zorbquux", 1] == Writing(0)
    assert found["quux", 1] == Writing.LOWER


def test_what_has_no_case_says_nothing() -> None:
    found = posts("we deploy 神经网络 models at home", "they deploy 神经网络 models at work")

    assert found["神经网络", 0] == Writing(0)


def test_a_title_that_is_a_name_up_to_a_mark_opens_with_it() -> None:
    found = posts(
        "Zorb Quux: a fast thing", "zorb quux", "the Zorb Quux: a slow thing", "a zorb quux in between"
    )

    assert [bool(found["zorbquux", n] & Writing.OPENS) for n in range(4)] == [True, True, False, False]
    assert not found["zorb", 0] & Writing.OPENS


def test_the_name_of_a_repository_opens_it_and_says_nothing_of_case() -> None:
    repository = ("owner/zorb-quux", "a fast way to use Zorb at home", Kind.REPOSITORY)
    found = written(repository, ("other/zorb-quux", "our quux is small and never fast", Kind.REPOSITORY))

    assert found["zorbquux", 0] == Writing.OPENS
    assert found["zorb", 0] == Writing.CAPITAL
    assert found["quux", 1] == Writing.LOWER
    assert found["quux", 0] == Writing(0)


@pytest.mark.parametrize("title", ["", "—", "7 8 9"])
def test_stories_without_topics_have_no_writing(title: str) -> None:
    assert posts(title) == {}
