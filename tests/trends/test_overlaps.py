from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from tests.trends.plain_documents import plain_document

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Document
from nophantom.trends.mentions import Mentions, mine
from nophantom.trends.overlaps import Overlap, cut_short, flagged_on, overlaps, words_of_topic
from nophantom.trends.stories import Stories, gather

START = date(2031, 1, 1)


def a_document(number: int, title: str, day: int) -> Document:
    return plain_document(f"hn:{number:06}", title, START + timedelta(days=day))


def corpus(*told: tuple[int, str]) -> tuple[Mentions, Stories]:
    """Stories of (day, title); the title is made longer by words of its own, so that no two are alike."""
    documents = [
        a_document(i, f"{title}; only{i} here{i} said{i}", day) for i, (day, title) in enumerate(told)
    ]
    stories = gather(documents)
    return mine(documents, stories), stories


def found(
    mentions: Mentions, stories: Stories, names: Sequence[str], day: int, expected: Sequence[float] = ()
) -> dict[tuple[str, str], Overlap]:
    topics = [mentions.topics.find(name) for name in names]
    flagged = np.array([t for t in topics if t is not None])
    assert len(flagged) == len(names)
    words = [words_of_topic(mentions.topics, int(t)) for t in flagged]
    told = overlaps(
        flagged_on(flagged, words, mentions, stories, day), np.array(expected or [0.0] * len(names))
    )
    name = dict(zip(flagged.tolist(), names, strict=True))
    return {(name[o.short], name[o.long]): o for o in told}


def test_the_words_of_a_topic_are_those_of_its_name_in_the_singular() -> None:
    mentions, _ = corpus((0, "Quux-powered Zorbs"), (1, "Quux-powered Zorbs"), (1, "Zorb"))

    words = {slug: words_of_topic(mentions.topics, t) for t, slug in enumerate(mentions.topics.slugs)}
    assert words["quuxpoweredzorb"] == ("quux", "powered", "zorb")
    assert words["zorb"] == ("zorb",)
    with pytest.raises(InvalidInput, match="is none of the"):
        words_of_topic(mentions.topics, mentions.topics.n)


def test_a_phrase_whose_stories_lie_in_a_longer_one_is_a_fragment_of_it() -> None:
    mentions, stories = corpus(*[(0, "zorb quux flux")] * 8, *[(0, "quux flux")] * 2, *[(0, "zorb")] * 8)
    told = found(mentions, stories, ["zorb quux flux", "quux flux", "zorb"], 0)

    assert set(told) == {("quux flux", "zorb quux flux"), ("zorb", "zorb quux flux")}
    fragment, name = told["quux flux", "zorb quux flux"], told["zorb", "zorb quux flux"]
    assert (fragment.together, fragment.of_short, fragment.of_long) == (8, 0.8, 1.0)
    assert fragment.is_fragment
    assert (name.of_short, name.is_fragment) == (0.5, False)


def test_only_the_excess_counts() -> None:
    """Of 20 stories 10 were expected, and 9 of the other 10 are those of the longer phrase."""
    mentions, stories = corpus(*[(0, "zorb quux")] * 9, *[(0, "quux")] * 11)
    names = ["quux", "zorb quux"]

    assert found(mentions, stories, names, 0)["quux", "zorb quux"].of_short == pytest.approx(0.45)
    assert found(mentions, stories, names, 0, [10.0, 0.0])["quux", "zorb quux"].of_short == pytest.approx(0.9)
    # Where the longer phrase is as frequent as ever, the rise of the shorter one does not lie in it.
    assert found(mentions, stories, names, 0, [10.0, 9.0])["quux", "zorb quux"].of_short == 0
    assert found(mentions, stories, names, 0, [25.0, 0.0])["quux", "zorb quux"].of_short == 0


def test_what_is_told_as_often_as_ever_is_no_part_of_what_a_few_of_its_stories_say() -> None:
    """One story more than expected, and one with the longer phrase: all of the excess, and a tenth of the stories."""
    mentions, stories = corpus(*[(0, "zorb quux")] * 2, *[(0, "quux")] * 18)
    one = found(mentions, stories, ["quux", "zorb quux"], 0, [18.5, 0.0])["quux", "zorb quux"]

    assert (one.of_short, one.is_fragment) == (1.0, True)
    assert (one.of_stories, one.is_part) == (0.1, False)


def test_words_that_are_written_as_one_elsewhere_are_the_same_words() -> None:
    mentions, stories = corpus(*[(0, "Multi-modal zorb")] * 3, *[(0, "Multimodal zorb quux")] * 7)
    told = found(mentions, stories, ["multi-modal zorb", "multimodal zorb quux"], 0)

    assert told["multi-modal zorb", "multimodal zorb quux"].of_short == 0.7


def cuts(
    mentions: Mentions, stories: Stories, names: Sequence[str], day: int = 0
) -> list[tuple[str, str, float]]:
    flagged = np.array([mentions.topics.find(name) for name in names])
    words = [words_of_topic(mentions.topics, int(t)) for t in flagged]
    name = dict(zip(flagged.tolist(), names, strict=True))
    return [
        (name[c.topic], name[c.into], c.share)
        for c in cut_short(flagged_on(flagged, words, mentions, stories, day))
    ]


def test_a_phrase_that_goes_on_in_another_is_cut_short_and_not_the_other() -> None:
    """Of four words "big zorb quux flux"; half of "zorb quux flux" is told without "big"."""
    mentions, stories = corpus(
        *[(0, "big zorb quux flux")] * 6, *[(0, "zorb quux flux")] * 6, *[(0, "big zorb quux")] * 2
    )
    names = ["big zorb quux", "zorb quux flux", "big zorb"]

    assert sorted(cuts(mentions, stories, names)) == [
        ("big zorb", "zorb quux flux", 0.75),
        ("big zorb quux", "zorb quux flux", 0.75),
    ]
    assert cuts(mentions, stories, names[1:2]) == []
    assert cuts(mentions, stories, names, 28) == []  # nothing is told in that window


def test_two_stories_or_half_of_them_cut_nothing_short() -> None:
    few = corpus(*[(0, "big zorb quux")] * 2)
    half = corpus(*[(0, "big zorb quux")] * 5, *[(0, "big zorb")] * 5)

    assert cuts(*few, ["big zorb", "zorb quux"]) == []
    assert cuts(*half, ["big zorb", "zorb quux"]) == []


def test_stories_outside_the_window_do_not_count() -> None:
    mentions, stories = corpus(*[(0, "zorb quux")] * 9, *[(28, "zorb quux")] * 2, (28, "quux"), (29, "quux"))

    assert found(mentions, stories, ["quux", "zorb quux"], 28)["quux", "zorb quux"].together == 2
    assert found(mentions, stories, ["quux", "zorb quux"], 27)["quux", "zorb quux"].together == 9
    assert found(mentions, stories, ["quux", "zorb quux"], 200)["quux", "zorb quux"] == Overlap(
        *found(mentions, stories, ["quux", "zorb quux"], 200)["quux", "zorb quux"][:2], 0, 0.0, 0.0, 0.0, None
    )


def test_a_common_word_beside_a_name_says_no_more_and_a_word_that_seeks_it_does() -> None:
    """`new` stands in half of all stories and in half of those of zorb; `flux` stands beside zorb alone."""
    told = [(9, "new zorb"), (9, "zorb"), (9, "zorb flux"), (9, "zorb"), (9, "new zorb"), (9, "new quux")]
    mentions, stories = corpus(*told * 2, *[(9, "new quux")] * 4, *[(9, "quux")] * 4)
    found_now = found(mentions, stories, ["zorb", "new zorb", "zorb flux"], 9)

    # 10 of the 20 stories say new, so 5 of the 10 of zorb would by chance; it is 4.
    assert found_now["zorb", "new zorb"].lift == pytest.approx(0.8)
    assert found_now["zorb", "new zorb"].says_no_more
    assert found_now["zorb", "zorb flux"].lift == pytest.approx(2 / (10 * 2 / 20))
    assert found_now["zorb", "new zorb"].of_short == 0.4


def test_words_that_are_no_topic_or_stand_on_both_sides_have_no_lift() -> None:
    mentions, stories = corpus(*[(9, "zorb 2")] * 3, *[(9, "foo zorb bar")] * 3)
    told = found(mentions, stories, ["zorb", "zorb 2", "foo zorb bar"], 9)

    assert [o.lift for o in told.values()] == [None, None]
    assert not any(o.says_no_more for o in told.values())


def test_letters_inside_a_word_are_no_words_of_it() -> None:
    mentions, stories = corpus(*[(9, "zorblax zorb")] * 3)

    assert not found(mentions, stories, ["zorb", "zorblax"], 9)


def test_nothing_flagged_overlaps_nothing() -> None:
    mentions, stories = corpus((0, "zorb"), (0, "zorb"))

    assert overlaps(flagged_on(np.zeros(0, dtype=np.int64), [], mentions, stories, 9), np.zeros(0)) == []


def test_arguments_of_different_lengths_are_refused() -> None:
    mentions, stories = corpus((0, "zorb"), (0, "zorb"))
    with pytest.raises(InvalidInput, match="1 topics, the words of 1 and 2 expectations"):
        overlaps(flagged_on(np.array([0]), [("zorb",)], mentions, stories, 9), np.zeros(2))
