from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

import pytest
from tests.trends.plain_documents import plain_document

from nophantom.trends.aliases import Merge, american, find_merges, meanings
from nophantom.trends.documents import Document
from nophantom.trends.expansions import Expansion, expansions
from nophantom.trends.generic_words import StoryTopics, by_story
from nophantom.trends.mentions import Mentions, mine_written
from nophantom.trends.stories import Stories, gather

START = date(2031, 1, 1)
COMPANY = [f"zo{chr(97 + n)}rb{chr(97 + n % 7)}ax" for n in range(12)]
OTHERS = [f"qu{chr(97 + n)}ux{chr(97 + n % 5)}il" for n in range(26)]


def a_document(number: int, day: int, title: str, author: str | None = None) -> Document:
    return plain_document(f"hn:{number:06}", title, START + timedelta(days=day), author=author)


class Corpus(NamedTuple):
    mentions: Mentions
    stories: Stories
    told: StoryTopics
    said: list[Expansion]
    native_ids: list[str]

    def merges(self, day: int, refused: frozenset[tuple[str, str]] = frozenset()) -> tuple[Merge, ...]:
        return find_merges(
            self.mentions,
            self.stories,
            self.told,
            self.said,
            self.native_ids,
            day,
            refused=refused,
        )


def corpus(documents: Sequence[Document]) -> Corpus:
    stories = gather(documents)
    written = mine_written(documents, stories)
    ids = [documents[i].native_id for i in stories.representative.tolist()]
    return Corpus(written.mentions, stories, by_story(written), expansions(documents, stories), ids)


def in_company(names: Sequence[tuple[str, int]], rng: random.Random, day: int = 0) -> list[tuple[int, str]]:
    """Titles in which names stand among the same few words, and as many without them."""
    told = [(day, f"{name} {' '.join(rng.sample(COMPANY, 4))}") for name, n in names for _ in range(n)]
    return told + [(day, " ".join(rng.sample(OTHERS, 5))) for _ in told]


def documents_of(told: Sequence[tuple[int, str]]) -> list[Document]:
    return [a_document(n, day, title) for n, (day, title) in enumerate(told)]


def pairs(merges: Sequence[Merge]) -> set[tuple[str, str, str]]:
    return {(m.alias_slug, m.into_slug, m.kind.value) for m in merges}


def explained(*days: int, phrase: str = "Zorb Aided Blax") -> list[tuple[int, str]]:
    acronym = "".join(word[0] for word in phrase.split())
    return [(day, f"{phrase} ({acronym}) {OTHERS[n]} {OTHERS[-n - 1]}") for n, day in enumerate(days)]


def test_an_acronym_that_two_sources_spell_out_is_merged_on_the_day_of_the_second() -> None:
    found = corpus(documents_of([*explained(0, 9), (12, "ZAB eats cake"), (12, "why ZAB burns wood")]))

    assert found.merges(8) == ()
    (merge,) = found.merges(9)
    assert pairs([merge]) == {("zab", "zorbaidedblax", "acronym")}
    assert (merge.sources, merge.share, merge.together) == (2, 1.0, 2)
    assert merge.documents == ("hn:000000", "hn:000001")


def test_what_one_author_says_twice_is_said_once() -> None:
    documents = [a_document(n, n, title, "zed") for n, (_, title) in enumerate(explained(0, 1))]

    assert corpus(documents).merges(9) == ()


def test_an_acronym_of_two_meanings_is_merged_into_none() -> None:
    found = corpus(documents_of([*explained(0, 1), *explained(2, 3, phrase="Zinc And Boron")]))

    assert found.merges(9) == ()


def test_the_meanings_of_an_acronym_are_told_by_sources_where_none_prevails() -> None:
    found = corpus(documents_of([*explained(0, 1), *explained(2, 3, 4, phrase="Zinc And Boron")]))
    known = (found.said, found.stories, found.mentions.topics)

    assert meanings(*known, day=9) == {"zab": (("Zinc And Boron", 3), ("Zorb Aided Blax", 2))}
    assert meanings(*known, day=1) == {}


def test_an_acronym_that_is_mostly_used_in_other_company_is_not_merged() -> None:
    other = [(5, f"Zab {' '.join(random.Random(n).sample(OTHERS, 4))}") for n in range(9)]

    assert corpus(documents_of([*explained(0, 1), *other])).merges(9) == ()


def test_a_numeronym_is_merged_into_the_word_in_whose_company_it_is() -> None:
    rng = random.Random(1)
    told = in_company([("zorbernates", 9), ("z9s", 9), ("zorbernates z9s", 3)], rng)
    found = corpus(documents_of([*told, *[(0, f"zinkernates {o} {p}") for o, p in pairwise(OTHERS)]]))

    assert ("z9s", "zorbernate", "numeronym") in pairs(found.merges(9))


def test_british_and_american_spelling_are_one_in_like_company() -> None:
    rng = random.Random(2)
    like = corpus(documents_of(in_company([("zorbalization", 12), ("zorbalisation", 6)], rng)))
    assert pairs(like.merges(9)) == {("zorbalisation", "zorbalization", "spelling")}

    apart = [(0, f"zorbalisation {' '.join(rng.sample(OTHERS, 4))}") for _ in range(8)]
    unlike = corpus(documents_of([*in_company([("zorbalization", 12)], rng), *apart]))
    assert pairs(unlike.merges(9)) == set()


@pytest.mark.parametrize(
    ("british", "form"),
    [
        ("optimisation", "optimization"),
        ("personalised", "personalized"),
        ("behavioural", "behavioral"),
        ("colour", "color"),
        ("modelling", "modeling"),
        ("zorblax", "zorblax"),
        ("hours", "hours"),
        ("rising", "rising"),
        ("calling", "calling"),
        ("filling", "filling"),
    ],
)
def test_the_american_form(british: str, form: str) -> None:
    assert american(british) == form


def test_a_merge_that_people_refused_is_not_made() -> None:
    found = corpus(documents_of(explained(0, 1)))

    assert pairs(found.merges(9)) == {("zab", "zorbaidedblax", "acronym")}
    assert found.merges(9, frozenset({("zab", "zorbaidedblax")})) == ()


def test_a_merge_falls_when_later_stories_speak_against_it() -> None:
    later = explained(20, 21, 22, 23, 24, phrase="Zinc And Boron")
    found = corpus(documents_of([*explained(0, 1), *later]))

    assert len(found.merges(9)) == 1
    assert found.merges(30) == ()


def test_later_stories_change_no_merge() -> None:
    rng = random.Random(3)
    told = sorted([*in_company([("zorbalization", 12), ("zorbalisation", 6)], rng, 2), *explained(0, 1)])
    early = corpus(documents_of(told))
    late = corpus(documents_of([*told, *in_company([("zorbalisation", 30), ("zab", 9)], rng, 5)]))

    assert early.merges(3) == late.merges(3)
    assert len(early.merges(3)) == 2
