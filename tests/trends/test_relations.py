"""Related topics: the planted companion is found, the common word and the fragment are not."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import gamma
from tests.trends.plain_documents import plain_document

from nophantom.trends.documents import Document, Family
from nophantom.trends.mentions import Mentions, mine
from nophantom.trends.relations import Related, Window
from nophantom.trends.stories import Stories, gather

START = date(2031, 1, 1)
LAST = 39
FILLERS = (
    "dalba femdo",
    "gargi kitku",
    "lupba mordo",
    "dalgi femku",
    "garba kitdo",
    "lupgi morku",
    "dalku femba",
)


def planted() -> list[tuple[int, str]]:
    """Days and titles: zorb with its companion blax 6 times in 10, and with the common quux by chance alone."""
    told = []
    for n in range(280):
        words = [FILLERS[n % 7], str(n)]
        if n % 28 == 0:
            words.append("zorb lumen trax" if n % 56 == 0 else "zorb")
            words += ["blax"] if n % 5 < 3 else []
        words += ["quux"] if n % 2 == 0 else []
        told.append((12 + n // 10, " , ".join(words)))
    # Long ago blax was told with others, and yarn with zorb.
    return (
        told + [(0, f"blax , {n} , dalba") for n in range(9)] + [(1, f"zorb , {n} , yarn") for n in range(9)]
    )


def window(told: list[tuple[int, str]] | None = None) -> tuple[Window, Mentions, Stories]:
    families = (Family.HACKER_NEWS, Family.REDDIT)
    documents: list[Document] = [
        plain_document(f"hn:{n:04}", title, START + timedelta(days=day), family=families[day % 2])
        for n, (day, title) in enumerate(told or planted())
    ]
    stories = gather(documents, linked=[d.native_id for d in documents])
    mentions = mine(documents, stories)
    return Window(mentions, stories, LAST), mentions, stories


def related(topic: str, **left_out: bool) -> tuple[Related, ...]:
    found, mentions, _ = window()
    names = np.ones(mentions.topics.n, dtype=np.bool_)
    for slug in left_out:
        names[mentions.topics.slugs.index(slug)] = False
    return found.related(mentions.topics.slugs.index(topic), names)


def test_the_planted_companion_is_related_and_the_common_word_is_not() -> None:
    slugs = [one.slug for one in related("zorb")]

    assert slugs[0] == "blax"
    assert "quux" not in slugs
    assert "yarn" not in slugs  # of a time before the window


def test_the_numbers_are_those_of_a_count_by_hand() -> None:
    blax = related("zorb")[0]

    assert (blax.together, blax.stories) == (6, 6)
    by_chance = 10 * 6 / 280
    assert blax.lift == pytest.approx(6 / by_chance)
    assert blax.lift_low == pytest.approx(gamma.ppf(0.05, 6) / by_chance)


def test_what_holds_the_words_of_a_topic_is_not_related_to_it() -> None:
    """Zorb lumen and lumen trax stand in the same stories as zorb lumen trax, and say the same."""
    slugs = {one.slug for one in related("zorb")}

    assert not {slug for slug in slugs if "zorb" in slug}
    assert len({slug for slug in slugs if "lumen" in slug or "trax" in slug}) <= 1


def test_what_is_no_name_is_left_out() -> None:
    assert "blax" not in {one.slug for one in related("zorb", blax=False)}


def test_two_topics_are_related_both_ways_with_the_same_lift() -> None:
    there, back = related("zorb")[0], next(one for one in related("blax") if one.slug == "zorb")

    assert (there.together, there.lift) == (back.together, back.lift)


def test_families_are_those_of_the_stories_of_the_window() -> None:
    found, mentions, _ = window(
        [(LAST - n % 2, f"zorb , {n}") for n in range(4)] + [(LAST, "blax , 1"), (0, "blax")]
    )

    families = dict(zip(mentions.topics.slugs, found.families().tolist(), strict=True))
    assert (families["zorb"], families["blax"]) == (2, 1)


def test_nothing_is_related_in_a_window_without_stories() -> None:
    found, mentions, _ = window([(0, "zorb , blax , 1"), (0, "zorb , blax , 2")])

    assert found.n_stories == 0
    assert found.related(0, np.ones(mentions.topics.n, dtype=np.bool_)) == ()
    assert set(found.families().tolist()) == {0}
