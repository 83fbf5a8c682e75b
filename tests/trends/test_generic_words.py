from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.generic_words import Genericness, by_story, commonness, genericness
from nophantom.trends.mentions import mine_written
from nophantom.trends.stories import gather

DAYS = 20
OTHER = [f"word{i}{chr(97 + i % 26)}" for i in range(400)]


def a_document(number: int, day: int, title: str, kind: Kind = Kind.POST) -> Document:
    seen = date(2031, 1, 1) + timedelta(days=day)
    product = f"github:{number}" if kind is Kind.REPOSITORY else None
    return Document(
        f"hn:{number:06}",
        Family.HACKER_NEWS,
        kind,
        title,
        "",
        "",
        None,
        None,
        seen,
        seen,
        "en",
        (),
        "",
        product,
    )


def a_corpus() -> list[Document]:
    """A name (zorblax) whose stories share words, and a word (gadget) that stands anywhere."""
    rng = random.Random(4)
    told: list[tuple[str, Kind]] = []
    for n in range(200):
        told.append((f"how {' '.join(rng.sample(OTHER, 4))} of gadget {rng.choice(OTHER)}", Kind.POST))
        told.append((f"how {' '.join(rng.sample(OTHER, 5))}", Kind.POST))
        if n % 4 == 0:
            told.append(
                (f"how {rng.choice(OTHER)} of Zorblax by {' '.join(rng.sample(OTHER[:6], 3))}", Kind.POST)
            )
        if n % 20 == 0:
            told.append((f"owner{n}/zorblax", Kind.REPOSITORY))
    rng.shuffle(told)
    return [a_document(n, n * DAYS // len(told), title, kind) for n, (title, kind) in enumerate(told)]


def numbers_of(documents: Sequence[Document], names: Sequence[str], first: int, last: int) -> Genericness:
    stories = gather(documents)
    written = mine_written(documents, stories)
    topics = [written.mentions.topics.find(name) for name in names]
    chosen = np.array([t for t in topics if t is not None], dtype=np.int64)
    assert len(chosen) == len(names)
    return genericness(chosen, written.mentions, stories, by_story(written), first, last)


def test_a_name_differs_from_a_word_in_every_number() -> None:
    found = numbers_of(a_corpus(), ["zorblax", "gadget"], 0, DAYS)

    assert found.stories.tolist() == [60, 200]
    assert found.commonness[0] == 0
    assert found.commonness[1] > 3
    assert found.told.tolist() == [50, 200]
    assert found.capitals.tolist() == pytest.approx([51 / 52, 1 / 202])
    assert found.opening.tolist() == pytest.approx([10 / 60, 0])


def test_stories_outside_the_window_say_nothing() -> None:
    documents = a_corpus()
    inside = [d for d in documents if 5 <= (d.first_seen - date(2031, 1, 1)).days <= 9]
    found = numbers_of(documents, ["zorblax", "gadget"], 5, 9)

    assert found.stories.tolist() == [
        sum("zorblax" in d.title.lower() for d in inside),
        sum("gadget" in d.title for d in inside),
    ]


def test_of_a_window_without_stories_nothing_is_known() -> None:
    found = numbers_of(a_corpus(), ["zorblax"], 900, 950)

    assert found.stories.tolist() == found.told.tolist() == [0]
    assert found.capitals.tolist() == [0.5]
    assert np.isnan(found.opening).all()


def test_later_stories_change_nothing() -> None:
    documents = sorted(a_corpus(), key=lambda d: (d.first_seen, d.native_id))
    early = [d for d in documents if d.first_seen <= date(2031, 1, 12)]
    one, other = (numbers_of(corpus, ["zorblax", "gadget"], 3, 9) for corpus in (early, documents))

    for name in ("stories", "commonness", "capitals", "told", "opening"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), err_msg=name)


def test_a_phrase_is_as_common_as_its_rarest_word() -> None:
    titles = [
        "a new zorblax eats cake",
        "his new zorblax burns",
        "one new house near water",
        "their new house model",
    ]
    documents = [a_document(n, 0, title) for n, title in enumerate(titles)]
    written = mine_written(documents, gather(documents))
    topics = written.mentions.topics
    zipf = {topics.name(t): commonness(topics, np.array([t]))[0] for t in range(topics.n)}

    assert zipf["new"] > zipf["house"] > 4
    assert zipf["new house"] == zipf["house"]
    assert zipf["new zorblax"] == 0


def test_stories_of_other_mentions_are_refused() -> None:
    documents = a_corpus()
    written = mine_written(documents, gather(documents))
    with pytest.raises(InvalidInput, match="Give those that were mined"):
        genericness(np.array([0]), written.mentions, gather(documents[1:]), by_story(written), 0, 9)


def test_no_topics_have_no_numbers() -> None:
    assert numbers_of(a_corpus(), [], 0, 9).stories.tolist() == []
