"""Text as tokens: it comes back as it was, and numbers are written digit by digit."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.llm.lab.tasks import word_sums
from nophantom.llm.lab.tokens import END, PAD, UNKNOWN, Tokens

GSM8K = "Natalia sold 48/2 = <<48/2=24>>24 clips.\nShe's got $3.50, and 1,200 (or 5%) more - it's 'fine'.\n#### 72"
PIECES = [
    "12",
    "7",
    "apples",
    "She's",
    "+",
    "-",
    "=",
    "/",
    "####",
    ",",
    ".",
    "?",
    "$",
    "(",
    ")",
    "\n",
    " ",
    "<<",
    ">>",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_any_text_comes_back_with_single_spaces(text: str) -> None:
    tokens = Tokens.of([text])

    plain = re.sub(r" *\n *", "\n", re.sub(r" +", " ", text)).strip(" ")
    assert tokens.decode(tokens.encode(text)) == plain


def test_text_as_gsm8k_has_it_comes_back() -> None:
    tokens = Tokens.of([GSM8K])

    assert tokens.decode(tokens.encode(GSM8K)) == GSM8K
    assert UNKNOWN not in tokens.encode(GSM8K)


def test_the_built_in_task_needs_no_mark_of_spacing_and_meets_no_unknown_word() -> None:
    task = word_sums()
    tokens = Tokens.of(text for p in task.splits["train"] for text in (p.question, p.solution))

    assert not {"<space>", "<joined>"} & set(tokens.words)
    assert len(tokens) < 100
    for problem in (*task.splits["validation"], *task.splits["test"]):
        assert UNKNOWN not in tokens.encode(problem.question)
        assert tokens.decode(tokens.encode(problem.question)) == problem.question
        assert tokens.decode(tokens.encode_answer(problem.solution)) == problem.solution


def test_every_digit_is_one_token() -> None:
    tokens = Tokens.of(["0123456789"])

    assert [tokens.words[n] for n in tokens.encode("4075")] == ["4", "0", "7", "5"]


def test_reading_stops_at_the_end_and_leaves_out_filling() -> None:
    tokens = Tokens.of(["cups of tea"])
    cups, of, tea = tokens.encode("cups of tea")

    assert tokens.decode([PAD, cups, PAD, of, END, tea]) == "cups of"


def test_unknown_words_are_unknown_and_say_so() -> None:
    tokens = Tokens.of(["cups"])

    assert tokens.encode("cups saucers") == [tokens.encode("cups")[0], UNKNOWN]
    assert tokens.decode([UNKNOWN]) == "<unk>"


def test_only_the_most_frequent_words_are_kept() -> None:
    tokens = Tokens.of(["a a a b b c"], most=2)

    assert tokens.words == ("<pad>", "<end>", "<unk>", "a", "b")


def test_the_vocabulary_does_not_depend_on_the_order_of_the_texts() -> None:
    assert Tokens.of(["x y", "y z"]) == Tokens.of(["y z", "x y"])


def test_a_vocabulary_survives_json() -> None:
    tokens = Tokens.of([GSM8K])

    assert Tokens.from_json(tokens.as_json()) == tokens


def test_a_vocabulary_without_the_first_three_is_refused() -> None:
    with pytest.raises(InvalidInput, match="begins with"):
        Tokens.from_json(["a", "b"])
    with pytest.raises(InvalidInput, match="distinct"):
        Tokens.from_json([*Tokens.of(["a"]).as_json(), "a"])
    with pytest.raises(InvalidInput, match="list of words"):
        Tokens.from_json({"a": 1})


@pytest.mark.parametrize("number", [-1, 4])
def test_a_number_that_is_no_token_is_refused(number: int) -> None:
    with pytest.raises(InvalidInput, match="numbered from 0 to 3"):
        Tokens.of(["a"]).decode([number])
