"""Topics that no snapshot lists: judged as if they were listed, and told where they were read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trends.test_assembly import DAYS, PAPER, START, a_corpus, a_document, candidates

from nophantom.errors import InvalidInput
from nophantom.trends.assembly import assemble
from nophantom.trends.explanation import Explanation, explain_topic, nearest
from nophantom.trends.mentions import mine
from nophantom.trends.parameters import Parameters
from nophantom.trends.replay import Replay
from nophantom.trends.series import build_series
from nophantom.trends.signals import Snapshot
from nophantom.trends.stories import gather
from nophantom.trends.window_facts import publishing_places

LAST = DAYS - 1
BLAX = (20, 21, 60, LAST - 3)
"""Days on which a post names blax; a paper does on one more."""


@cache
def world() -> tuple[Replay, Snapshot]:
    documents = a_corpus() + [a_document(9_000 + day, day, f"{day} blax") for day in BLAX]
    documents += [a_document(9_500, 70, "70 blax", **PAPER), a_document(9_600, LAST, "9600 yarn , late")]
    documents += [a_document(9_601, LAST, "9601 yarn"), a_document(9_602, 3, "9602 tern")]
    documents += [a_document(9_603, 30, "9603 tern")]
    stories = gather(documents)
    series = build_series(mine(documents, stories), stories)
    replay = Replay(series, publishing_places(documents, stories), Parameters())
    *_, today = replay.run()
    return replay, assemble(replay, today)


def explained(slug: str, day: int = LAST) -> Explanation:
    replay, _ = world()
    again = Replay(replay.series, replay.mentioned.places, replay.parameters)  # one that has not run
    return explain_topic(again, replay.series.mentions.topics.slugs.index(slug), day)


def test_a_topic_with_one_story_in_28_days_says_where_it_was_read_and_what_it_lacks() -> None:
    blax = explained("blax")

    assert "blax" not in candidates(world()[1])
    assert (blax.stories, blax.missing, blax.entered) == (5, 2, START + timedelta(days=21))
    assert [(t.stratum, t.stories, t.recent, t.is_mute) for t in blax.told_in] == [
        ("posts / en", 4, 1, False),
        ("papers / en", 1, 0, False),
    ]
    assert blax.told_in[0].first == START + timedelta(days=20)
    assert blax.told_in[0].last == START + timedelta(days=LAST - 3)
    assert [(day - START).days for day, _ in blax.days] == [*BLAX[:3], 70, BLAX[3]]
    assert blax.judged is not None
    assert blax.judged.stories == 1
    assert list(blax.best) == sorted(blax.best, key=lambda s: -world()[0].series.stories.day[s])


def test_a_candidate_that_is_not_tracked_is_judged_as_the_detection_judged_it() -> None:
    """The tracked ones of the day are reckoned beside it there; here none is, so nothing else may depend on them."""
    quux = explained("quux").judged
    theirs = candidates(world()[1])["quux"]

    assert quux is not None
    assert replace(quux, history=(), best=()) == replace(theirs, history=(), best=())


def test_before_its_second_story_a_topic_is_none_of_the_choice() -> None:
    blax = explained("blax", 100)
    assert (blax.stories, blax.missing) == (4, 3)
    early = explained("tern", 75)
    assert early.entered == START + timedelta(days=30)
    assert early.judged is not None
    assert early.missing == 3
    young = explained("yarn", 100)
    assert (young.entered, young.judged, young.stories, young.days, young.told_in) == (None, None, 0, (), ())


def test_a_day_sees_nothing_that_came_after_it() -> None:
    replay, _ = world()
    until = replay.series.until(90)
    cut = Replay(until, replay.mentioned.places, replay.parameters)
    there = explain_topic(cut, replay.series.mentions.topics.slugs.index("blax"), 90)

    assert there.judged == explained("blax", 90).judged
    assert there.told_in == explained("blax", 90).told_in
    assert there.best == explained("blax", 90).best


def test_a_day_without_a_baseline_is_refused_with_the_days_that_it_takes() -> None:
    with pytest.raises(InvalidInput, match="57 days of documents at least; got 11"):
        explained("blax", 10)


@pytest.mark.parametrize(
    ("said", "near"),
    [("Kuberntes", "kubernete"), ("lang chian", "langchain"), ("htmx", "htmx"), ("zzz", None)],
)
def test_what_nobody_wrote_is_told_what_is_written_most_like_it(said: str, near: str | None) -> None:
    slugs = ["docker", "htmx", "kubernete", "langchain", "langue"]

    assert next(iter(nearest(said, slugs)), None) == near


@given(st.text("abc", min_size=4, max_size=9), st.integers(0, 8), st.sampled_from("abcz"))
def test_one_changed_letter_is_always_found_unless_it_is_at_both_ends(
    word: str, at: int, letter: str
) -> None:
    at = 2 + at % (len(word) - 2)
    changed = word[:at] + letter + word[at + 1 :]

    assert nearest(changed, [word]) == (word,)
