"""What two lists of questions share, against a search that compares all with all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.llm.overlap import Near, SharedRuns, Words, near_duplicates, same_text, words_of

words = st.lists(st.sampled_from(["a", "b", "c"]), max_size=12).map(tuple)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How much, in $, is 1.50?", ("how", "much", "in", "is", "150")),
        ("don't  STOP\tnow_", ("dont", "stop", "now")),
        ("Straße cafe\u0301", ("straße", "café")),
        ("!?", ()),
        ("", ()),
    ],
)
def test_words_are_lower_case_without_punctuation(text: str, expected: Words) -> None:
    assert words_of(text) == expected


def test_equal_texts_differ_in_case_and_white_space_alone() -> None:
    assert same_text(" How  much\nis it? ") == same_text("how much is IT?")
    assert same_text("It costs $1.50") != same_text("It costs $150")


@given(st.lists(words, max_size=5), words, st.integers(1, 4))
def test_shared_runs_are_those_of_a_search_over_all(questions: list[Words], text: Words, n: int) -> None:
    def runs(of: Words) -> set[Words]:
        return {of[i : i + n] for i in range(len(of) - n + 1)}

    expected = {i for i, question in enumerate(questions) if runs(question) & runs(text)}

    found = SharedRuns(questions, n).shared(text)

    assert (set(found[1]) if found else set()) == expected
    if found:
        assert found[0] in runs(text)
        assert any(found[0] in runs(question) for question in questions)


def _mutated(rng: np.random.Generator, question: Words, changes: int) -> Words:
    changed = list(question)
    for place in rng.choice(len(changed), changes, replace=False):
        changed[place] = f"new{rng.integers(1_000_000)}"
    return tuple(changed)


def _runs_of_three(words: Words) -> set[Words]:
    return {words[i : i + 3] for i in range(len(words) - 2)}


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.85])
def test_planted_near_duplicates_are_found_and_no_others(threshold: float) -> None:
    """Of 150 questions and 150 changed copies, all pairs compared in full by another road."""
    rng = np.random.default_rng(3)
    questions: list[Words] = [tuple(f"word{w}" for w in rng.integers(0, 400, 40)) for _ in range(150)]
    questions += [_mutated(rng, question, int(rng.integers(1, 6))) for question in questions]
    runs = [_runs_of_three(question) for question in questions]
    # A copy stands 150 places after what it copies; pairs of others share next to nothing.
    similarity = {i: len(runs[i] & runs[i - 150]) / len(runs[i] | runs[i - 150]) for i in range(150, 300)}
    expected = {i for i, share in similarity.items() if share >= threshold}

    found = {i: near.earlier for i, near in enumerate(near_duplicates(questions, threshold)) if near.earlier}

    assert set(found) <= expected
    assert len(found) >= 0.97 * len(expected) > 20
    for i, near in found.items():
        assert near.other == i - 150
        assert near.similarity == pytest.approx(similarity[i])


def test_a_list_is_held_against_another_and_not_against_itself() -> None:
    one, other = words_of("Ann has five red apples"), words_of("Something else altogether here")

    found = near_duplicates([one, other, one], 0.7, against=[other, ("x",)])

    assert [near.earlier for near in found] == [None, None, Near(0, 1.0)]
    assert [near.outside for near in found] == [None, Near(0, 1.0), None]


def test_questions_without_words_are_like_no_other() -> None:
    assert [near.earlier for near in near_duplicates([(), (), ("a",), ("a",)], 0.7)] == [
        None,
        None,
        None,
        Near(2, 1.0),
    ]


@pytest.mark.parametrize("threshold", [0.0, 0.29, 1.01])
def test_similarities_that_cannot_be_are_refused(threshold: float) -> None:
    with pytest.raises(InvalidInput, match=r"from 0\.3 to all"):
        near_duplicates([("a",)], threshold)


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    near_duplicates([("a",)] * 501, 1.0, on_progress=lambda done, of: told.append((done, of)))

    assert told == [(0, 501), (500, 501)]
