from __future__ import annotations

from datetime import date

import numpy as np
from tests.trends.plain_documents import plain_document

from nophantom.trends.documents import Document
from nophantom.trends.stories import gather
from nophantom.trends.topics import key_of, terms
from nophantom.trends.word_arrays import places_of_terms, read_words, slug_keys, spelling_keys


def a_document(number: int, title: str) -> Document:
    return plain_document(f"hn:{number}", title, date(2031, 1, 1))


TITLES = [
    "Foo-bars and foo bar",
    "FooBar's Zorb 2 1, zorb-2.1",
    "使用神经网络 Q++ A/Q",
    "VMs of zorb-powered vm",
]


def test_places_are_those_of_the_terms_and_keys_are_equal_where_slugs_are() -> None:
    documents = [a_document(n, title) for n, title in enumerate(TITLES)]
    words = read_words(documents, gather(documents))
    places = places_of_terms(words)
    expected = [term for document in documents for term in terms(document)]

    phrases = [words.word[place >> 2 : (place >> 2) + (place & 3)].tolist() for place in places.tolist()]
    slugs = [key_of([words.vocabulary[word] for word in phrase]) for phrase in phrases]
    assert slugs == [slug for slug, _ in expected]
    for keys, names in (
        (slug_keys(words, places), slugs),
        (spelling_keys(words, places), [s for _, s in expected]),
    ):
        assert len(set(keys.tolist())) == len(set(names))
        assert len(set(zip(keys.tolist(), names, strict=True))) == len(set(names))


def test_every_story_ends_with_a_break() -> None:
    documents = [a_document(n, title) for n, title in enumerate(TITLES)]
    words = read_words(documents, gather(documents))

    last = np.flatnonzero(np.diff(words.story))
    assert [words.vocabulary[word] for word in words.word[last]] == [";"] * (len(TITLES) - 1)
