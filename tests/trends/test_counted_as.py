"""Counting a topic under all its names: what the evidence bears, and what people decided."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from tests.trends.plain_documents import plain_document

from nophantom.trends.aliases import Merge, MergeKind
from nophantom.trends.corpus import Corpus, corpus_of
from nophantom.trends.counted_as import CountedAs, join_names, refused_by
from nophantom.trends.decisions import Decision, DecisionKind, InForce, in_force
from nophantom.trends.documents import Document
from nophantom.trends.mentions import WrittenMentions, mine_written
from nophantom.trends.stories import gather
from nophantom.trends.writing import Writing

START = date(2031, 1, 1)
MOMENT = datetime(2031, 2, 1, tzinfo=UTC)


def documents_of(titles: Sequence[str]) -> list[Document]:
    return [
        plain_document(f"hn:{n:06}", title, START + timedelta(days=n), author=f"author {n}")
        for n, title in enumerate(titles)
    ]


def mined(*titles: str) -> WrittenMentions:
    documents = documents_of(titles)
    return mine_written(documents, gather(documents))


def a_merge(alias: str, into: str) -> Merge:
    return Merge(alias, into, MergeKind.ACRONYM, (), 2, 1.0, 0.5, 0)


def decided(*decisions: tuple[DecisionKind, str, str]) -> InForce:
    made = [
        Decision(n, kind, topic, other, topic, "", MOMENT)
        for n, (kind, topic, other) in enumerate(decisions, 1)
    ]
    return in_force(made, MOMENT)


def told(counted: Sequence[CountedAs]) -> list[tuple[str, str, int | None]]:
    return [(one.alias, one.into, one.decision) for one in counted]


def stories_of(written: WrittenMentions, words: str) -> list[int]:
    topic = written.mentions.topics.find(words)
    return [] if topic is None else written.mentions.stories_of(topic).tolist()


NAMES = ("Zorb ZB", "ZB eats", "Zorb naps", "quux", "quux")


def test_a_story_that_uses_both_names_counts_once_and_the_topic_has_all_spellings() -> None:
    before = mined(*NAMES)
    after, counted = join_names(before, [a_merge("zb", "zorb")])
    topics = after.mentions.topics

    assert topics.slugs == ("quux", "zorb")
    assert stories_of(after, "zorb") == [0, 1, 2]
    assert topics.spellings_of(1) == {"Zorb": 2, "ZB": 2}
    assert topics.early_name(1) == "Zorb"
    assert after.mentions.n == before.mentions.n - 1 == len(after.writing)
    assert (after.mentions.topic == [0, 0, 1, 1, 1]).all()
    (one,) = counted
    assert (one.alias_name, one.into_name, one.stories, one.merge, one.decision) == (
        "ZB",
        "Zorb",
        2,
        a_merge("zb", "zorb"),
        None,
    )


def test_how_both_names_are_written_is_said_of_the_story() -> None:
    before = mined("the ZB eats the zorb", "ZB", "zorb")
    after, _ = join_names(before, [a_merge("zb", "zorb")])
    first = {
        before.mentions.topics.slugs[t]: before.writing[i]
        for i, (t, s) in enumerate(zip(before.mentions.topic, before.mentions.story, strict=True))
        if s == 0
    }

    zorb = after.mentions.topics.find("zorb")
    at = int(((after.mentions.topic == zorb) & (after.mentions.story == 0)).argmax())
    assert first["zb"] & Writing.CAPITAL
    assert not first["zorb"] & Writing.CAPITAL
    assert after.writing[at] == first["zb"] | first["zorb"]


def test_names_that_nobody_uses_change_nothing() -> None:
    before = mined("Zorb", "zorb")

    assert join_names(before, [a_merge("zorb", "quux"), a_merge("quux", "zorb")]) == (before, ())
    assert join_names(before, []) == (before, ())


def test_merges_that_close_a_ring_do_not() -> None:
    before = mined(*NAMES)
    after, counted = join_names(
        before, [a_merge("zb", "zorb"), a_merge("zorb", "quux"), a_merge("quux", "zb")]
    )

    assert told(counted) == [("zb", "quux", None), ("zorb", "quux", None)]
    assert after.mentions.topics.slugs == ("quux",)


def test_what_people_merged_is_counted_as_they_said_with_the_names_that_came_with_it() -> None:
    """ZB is Zorb by evidence, and people say that Zorb is Quux: all three are one."""
    force = decided((DecisionKind.MERGE, "zorb", "quux"))
    after, counted = join_names(mined(*NAMES), [a_merge("zb", "zorb")], force)

    assert told(counted) == [("zb", "quux", None), ("zorb", "quux", 1)]
    assert stories_of(after, "quux") == [0, 1, 2, 3, 4]


def test_people_win_over_the_evidence() -> None:
    merges = [a_merge("zb", "zorb")]
    other_way = decided((DecisionKind.MERGE, "zorb", "zb"))
    elsewhere = decided((DecisionKind.MERGE, "zb", "quux"))

    assert told(join_names(mined(*NAMES), merges, other_way).counted_as) == [("zorb", "zb", 1)]
    assert told(join_names(mined(*NAMES), merges, elsewhere).counted_as) == [("zb", "quux", 1)]
    assert refused_by(decided((DecisionKind.SPLIT, "zb", "zorb"))) == {("zb", "zorb")}
    assert refused_by(None) == frozenset()


def explained(n: int) -> list[str]:
    rng = random.Random(1)
    words = [f"qu{chr(97 + k)}ux{chr(97 + k % 5)}il" for k in range(26)]
    return [f"Zorb Aided Blax (ZAB) {' '.join(rng.sample(words, 3))}" for _ in range(n)] + [
        "why ZAB naps"
    ] * 2


def zab(corpus: Corpus) -> list[int]:
    return stories_of(corpus.written, "Zorb Aided Blax")


def test_a_corpus_counts_a_topic_under_its_acronym_unless_people_split_it() -> None:
    documents = documents_of(explained(4))
    corpus = corpus_of(documents)
    split = corpus_of(documents, force=decided((DecisionKind.SPLIT, "zab", "zorbaidedblax")))

    assert told(corpus.counted_as) == [("zab", "zorbaidedblax", None)]
    assert len(zab(corpus)) == 6
    assert (split.counted_as, len(zab(split))) == ((), 4)
    assert corpus.series.n_topics == split.series.n_topics - 1


def test_a_corpus_of_years_takes_the_names_that_were_known_at_its_beginning() -> None:
    documents = documents_of(explained(4))

    assert corpus_of(documents, names_as_of=START).counted_as == ()
    assert corpus_of(documents, names_as_of=START + timedelta(days=1)).counted_as
