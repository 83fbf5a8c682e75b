from __future__ import annotations

import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.trends.plain_documents import plain_document

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Document, Kind
from nophantom.trends.mentions import Mentions, mine
from nophantom.trends.stories import gather
from nophantom.trends.topics import WordKind, bare, kind_of, parts_of, squash, squash_last, surfaces

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

START = date(2031, 1, 1)


def a_document(number: int, title: str, text: str = "", kind: Kind = Kind.POST, day: int = 0) -> Document:
    return plain_document(
        f"hn:{number:06}",
        title,
        START + timedelta(days=day),
        kind=kind,
        text=text,
        collections=("zorb_daily",),
        product=f"github:{number}" if kind is Kind.REPOSITORY else None,
    )


def mined(*titles: str) -> Mentions:
    documents = [a_document(i, title) for i, title in enumerate(titles)]
    return mine(documents, gather(documents))


def by_slug(mentions: Mentions) -> dict[str, list[int]]:
    return {slug: mentions.stories_of(t).tolist() for t, slug in enumerate(mentions.topics.slugs)}


def test_a_topic_is_what_two_stories_mention_and_a_story_mentions_it_once() -> None:
    found = mined("Zorblax eats Zorblax", "Zorblax naps", "quux")

    assert by_slug(found) == {"zorblax": [0, 1]}
    # eats, naps, quux; zorblax eats, eats zorblax, zorblax naps; zorblax eats zorblax
    assert found.n_singletons == 7
    assert found.n_stories == 3
    assert found.n == 2


def test_spellings_of_one_name_are_one_topic_named_by_the_most_frequent() -> None:
    found = mined("foo-bar", "FooBar", "Foo Bar", "FooBar", "the foobar")
    topic = found.topics.find("FOO.BAR")

    assert topic is not None
    assert found.stories_of(topic).tolist() == [0, 1, 2, 3, 4]
    assert found.topics.name(topic) == "FooBar"
    assert found.topics.spellings_of(topic) == {"FooBar": 2, "foo-bar": 1, "Foo Bar": 1, "foobar": 1}


def test_of_spellings_that_are_equally_frequent_the_earliest_names_the_topic() -> None:
    documents = [a_document(1, "QUUX", day=1), a_document(2, "Quux", day=0), a_document(3, "quux", day=2)]
    found = mine(documents, gather(documents))

    assert found.topics.name(0) == "Quux"


def test_a_plural_joins_its_singular() -> None:
    found = mined("zorbs", "zorbs", "zorb", "the small zorbs", "small zorb")

    assert by_slug(found) == {"zorb": [0, 1, 2, 3, 4], "small": [3, 4], "smallzorb": [3, 4]}
    assert found.topics.spellings_of(found.topics.slugs.index("zorb")) == {"zorbs": 3, "zorb": 2}
    assert found.topics.find("zorbs") == found.topics.slugs.index("zorb")


def test_a_plural_is_one_whether_or_not_its_singular_is_written() -> None:
    assert by_slug(mined("Zorblixes", "zorblixes")) == {"zorblix": [0, 1]}
    assert mined("Zorblixes", "zorblixes", "Zorblixes").topics.name(0) == "Zorblixes"


@pytest.mark.parametrize("seed", range(4))
def test_what_a_story_mentions_does_not_depend_on_later_stories(seed: int) -> None:
    documents = sorted(a_random_corpus(seed), key=lambda d: (d.first_seen, d.native_id))
    whole = mine(documents, gather(documents))
    for n in (50, 120, 200):
        early = by_slug(mine(documents[:n], gather(documents[:n])))
        stories = gather(documents[:n]).n
        known = {slug: [s for s in told if s < stories] for slug, told in by_slug(whole).items()}
        assert early == {slug: told for slug, told in known.items() if len(told) > 1}


def test_short_words_and_words_in_ss_are_no_plurals_but_acronyms_are() -> None:
    found = by_slug(
        mined(
            "zqs",
            "zqs",
            "zq",
            "zq",
            "Glass",
            "Glass",
            "glad",
            "glad",
            "QPDs",
            "qpds",
            "QPD",
            "ZQs",
            "QPIs",
            "QPI",
        )
    )

    assert found == {
        "zqs": [0, 1],
        "zq": [2, 3, 11],
        "glass": [4, 5],
        "glad": [6, 7],
        "qpd": [8, 9, 10],
        "qpi": [12, 13],
    }


def test_marks_that_make_a_name_keep_topics_apart() -> None:
    found = by_slug(
        mined("Q++", "Q++", "Q#", "Q#", ".QUX", ".QUX", "qux", "qux", "Zorb 2.1", "Zorb 21", "zorb21")
    )

    assert found == {
        "q++": [0, 1],
        "q#": [2, 3],
        ".qux": [4, 5],
        "qux": [6, 7],
        "zorb": [8, 9],
        "zorb21": [9, 10],
    }


def test_phrases_reach_over_a_possessive_but_not_into_the_next_story() -> None:
    found = by_slug(mined("Zorb's Quux", "Zorb Quux", "Quux", "Zorb", "Quux Zorb"))

    assert found == {"quux": [0, 1, 2, 4], "zorb": [0, 1, 3, 4], "zorbquux": [0, 1]}


def test_only_the_representative_speaks_for_its_story() -> None:
    posts = [
        replace(a_document(i, f"Zorb {w}"), url="https://zorb.dev/a") for i, w in enumerate(("foo", "bar"))
    ]
    documents = [*posts, a_document(7, "Zorb bar")]

    assert by_slug(mine(documents, gather(documents))) == {"zorb": [0, 1]}


def slow_mine(documents: Sequence[Document]) -> tuple[dict[str, set[int]], dict[str, Counter[str]], int]:
    """Stories and spellings of every topic, and the number of singletons, with dicts and loops."""
    stories = gather(documents)
    told: defaultdict[str, set[int]] = defaultdict(set)
    spelled: defaultdict[str, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for story, head in enumerate(stories.representative.tolist()):
        words = [p for s in surfaces(documents[head]) for p in parts_of(s) if kind_of(p).name != "SKIP"]
        for start in range(len(words)):
            for end in range(start + 1, min(start + 3, len(words)) + 1):
                phrase = words[start:end]
                if not slow_is_term([kind_of(w).name for w in phrase]):
                    continue
                slug, spelling = slow_join(phrase)
                told[slug].add(story)
                spelled[slug][spelling].add(story)
    kept = {slug: where for slug, where in told.items() if len(where) > 1}
    spellings = {slug: Counter({name: len(where) for name, where in spelled[slug].items()}) for slug in kept}
    return kept, spellings, len(told) - len(kept)


def slow_is_term(kinds: list[str]) -> bool:
    ends = ("CALENDAR", "LETTER", "WORD")
    if "BREAK" in kinds or "WORD" not in kinds or kinds[0] not in ends:
        return False
    return kinds[-1] in ends or (kinds[-1] == "NUMBER" and kinds[-2] != "FUNCTION")


def slow_join(phrase: list[str]) -> tuple[str, str]:
    slugs = [*map(squash, phrase[:-1]), squash_last(phrase[-1])]
    slug, spelling = slugs[0], bare(phrase[0])
    for word, end in zip(phrase[1:], slugs[1:], strict=True):
        slug += ("." if slug[-1].isdecimal() and end[0].isdecimal() else "") + end
        spelling += word[1:].lstrip("\0") if word.startswith("\0") else " " + word
    return slug, spelling


TRICKY = """Zorb zorb zorbs Zorbs ZORB foo-bar FooBar foobar Foo Bar foo bars Q++ Q# .QUX Quux-4 quux 4 4.1 41
QPI QPIs qpis glass of the for in May 2031 Zorb's zorb-powered ; , a B X9s zorblixs zorblix foo_bar
使用 部署模型 部署Zorb über ÜBER A/Q QI/QD"""
WORDS = TRICKY.split()


def a_random_corpus(seed: int, n: int = 250) -> list[Document]:
    rng = random.Random(seed)
    found = []
    for i in range(n):
        text = " ".join(rng.choices(WORDS, k=rng.randrange(6)))
        if rng.random() < 0.3:
            name = rng.choice("-_.").join(
                rng.choices(["zorb", "Quux", "4", "foo", "bars", "of"], k=rng.randrange(1, 5))
            )
            found.append(a_document(i, f"owner/{name}", text, Kind.REPOSITORY, rng.randrange(9)))
        else:
            found.append(a_document(i, " ".join(rng.choices(WORDS, k=3)), text, Kind.POST, rng.randrange(9)))
    return found


def assert_agrees_with_loops(documents: Sequence[Document]) -> Mentions:
    found = mine(documents, gather(documents))
    told, spellings, n_singletons = slow_mine(documents)
    assert by_slug(found) == {slug: sorted(told[slug]) for slug in sorted(told)}
    assert {slug: found.topics.spellings_of(t) for t, slug in enumerate(found.topics.slugs)} == spellings
    assert found.n_singletons == n_singletons
    return found


@pytest.mark.parametrize("seed", range(12))
def test_arrays_agree_with_loops(seed: int) -> None:
    found = assert_agrees_with_loops(a_random_corpus(seed))

    assert found.topics.n > 100


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_documents_does_not_matter(seed: int) -> None:
    documents = a_random_corpus(seed)
    shuffled = random.Random(seed).sample(documents, len(documents))
    one, other = (mine(corpus, gather(corpus)) for corpus in (documents, shuffled))

    assert by_slug(one) == by_slug(other)
    assert one.topics.spellings == other.topics.spellings
    assert one.n_singletons == other.n_singletons


def test_a_duplicate_changes_nothing() -> None:
    documents = a_random_corpus(3)
    copies = [replace(d, native_id=d.native_id, title="sent again") for d in documents[:5]]
    later = [replace(c, first_seen=c.first_seen + timedelta(days=9)) for c in copies]
    one, other = (mine(corpus, gather(corpus)) for corpus in (documents, documents + later))

    assert by_slug(one) == by_slug(other)


@pytest.mark.parametrize(
    "titles", [[""], ["of the", "2031"], ["—", "🚀"], ["z" * 100_000] * 2, ["\ud800", "\0"]]
)
def test_texts_without_topics_are_no_harm(titles: list[str]) -> None:
    found = mined(*titles)

    assert found.topics.n == found.n == 0
    assert found.topics.find("zorb") is None


def test_stories_of_other_documents_are_refused() -> None:
    documents = a_random_corpus(1)
    with pytest.raises(InvalidInput, match="gathered from 250 documents, but 249 are given"):
        mine(documents[1:], gather(documents))


def test_arrays_agree_with_loops_on_real_titles(data: Path) -> None:
    """Real repositories with descriptions, and real titles of posts in several languages."""
    documents: list[Document] = []
    for name, kind in (("github_trending", Kind.REPOSITORY), ("rss", Kind.POST)):
        with zstd.open(data / "trends" / "documents" / f"{name}.jsonl.zst", "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines):
                if number % 40 == 7:
                    record = json.loads(line)
                    place = len(documents)
                    documents.append(
                        a_document(place, record["title"], record["text"] or "", kind, place // 50)
                    )
                if len(documents) % 1500 == 1499:
                    break

    found = assert_agrees_with_loops(documents)

    assert found.topics.n > 1000
    assert all(
        kind_of(s) is not WordKind.BREAK
        for t in range(0, found.topics.n, 50)
        for s in [found.topics.name(t)[:9]]
    )
