from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.trends.plurals import general_english, singular


@pytest.mark.parametrize(
    ("plural", "key"),
    [
        ("models", "model"),
        ("libraries", "library"),
        ("movies", "movie"),
        ("caches", "cache"),
        ("approaches", "approach"),
        ("boxes", "box"),
        ("classes", "class"),
        ("viruses", "virus"),
        ("databases", "database"),
        ("videos", "video"),
        ("gpus", "gpu"),
        ("credentials", "credential"),
        ("zorblaxers", "zorblaxer"),
        ("zorblixes", "zorblix"),
        ("zorbries", "zorbry"),
    ],
)
def test_a_plural_has_the_key_of_its_singular(plural: str, key: str) -> None:
    assert singular(plural) == singular(key) == key


@pytest.mark.parametrize(
    "word",
    [
        "canvas",
        "news",
        "series",
        "species",
        "class",
        "virus",
        "paris",
        "perhaps",
        "lens",
        "logistics",
        "statistics",
        "ios",
        "aws",
        "css",
        "zqs",
        "zorbjs",
        "zorbss",
        "zorblas",
        "zorblis",
        "zorblos",
        "zorblus",
        "x9s",
        "q++s",
        "s",
    ],
)
def test_a_word_that_only_ends_like_a_plural_keeps_its_end(word: str) -> None:
    assert singular(word) == word


def test_a_frequent_word_with_a_rare_singular_is_a_name() -> None:
    known = general_english()
    assert known["vegas"] > known["vega"] > 0
    assert singular("vegas") == "vegas"


@given(st.text(alphabet="abcehijlnorsuxyz9", max_size=9))
def test_the_key_of_a_key_is_itself(word: str) -> None:
    assert singular(singular(word)) == singular(word)
