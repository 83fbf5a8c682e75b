"""Cleaning: every planted fault is found, nothing goes without a reason, and the books balance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.llm.clean_set import clean_set
from nophantom.llm.cleaning import Cleaning, CleaningOptions, clean
from nophantom.llm.flaws import REMOVED_BY_DEFAULT, Reason
from nophantom.llm.training_rows import TrainingFile, read_rows

BELLA = "Bella bought stamps at the post office and some of the stamps had a snowflake design"
TEST_QUESTION = f"{BELLA}, how many stamps has she got in all?"


def row(
    question: str | None = "How many is one and one?", answer: str | None = "1+1=<<1+1=2>>2\n#### 2"
) -> str:
    return json.dumps({"question": question, "answer": answer})


def file(*lines: str, name: str = "train.jsonl") -> TrainingFile:
    return read_rows("".join(line + "\n" for line in lines).encode(), name)


def problems(*questions: str) -> TrainingFile:
    return file(*(row(question) for question in questions), name="test.jsonl")


def reasons(cleaning: Cleaning) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for flaw in cleaning.flaws:
        found.setdefault(flaw.line, []).append(str(flaw.reason))
    return found


def test_every_planted_fault_is_found_with_its_reason() -> None:
    cleaned = clean(
        file(
            row("What is 2 and 3?", "2+3=<<2+3=5>>5\n#### 5"),
            row("What is 2  and 3?", "2+3=<<2+3=5>>5\n#### 5"),
            row("What is 2 and 3?", "3+2=<<3+2=5>>5\n#### 5"),
            row("What is 48 by 2?", "48/2=<<48/2=23>>23\n#### 23"),
            row("What is it then?", "it is <<about 5=5>>5\n#### 5"),
            row("What is left out?", None),
            row("What has no end?", "2+3=<<2+3=5>>5"),
            row(None),
            '{"question": "cut o',
            row(f"{BELLA} on them, was it?"),
            row("Is this the post office and some of the stamps had a price?"),
            row(TEST_QUESTION.upper()),
            row("Tom has 5 cars and buys 7 more cars today, how many does he have now?"),
            row("Tom has 5 cars and buys 7 more cars today, how many does he have then?"),
        ),
        problems(TEST_QUESTION, "Tom has 5 cars and buys 7 more cars today, how many does he have left?"),
    )

    assert reasons(cleaned) == {
        2: ["exact_duplicate"],
        3: ["repeated_question"],
        4: ["wrong_annotation"],
        5: ["unreadable_annotation"],
        6: ["missing_answer"],
        7: ["missing_answer"],
        8: ["missing_question"],
        9: ["damaged_line"],
        10: ["test_13_gram", "test_8_gram"],
        11: ["test_8_gram"],
        12: ["test_duplicate", "test_13_gram", "test_8_gram"],
        13: ["test_13_gram", "test_8_gram", "near_test_duplicate"],
        14: ["near_duplicate", "test_13_gram", "test_8_gram", "near_test_duplicate"],
    }
    assert cleaned.kept == (1, 3, 5, 11)
    assert set(cleaned.removed) == {2, 4, 6, 7, 8, 9, 10, 12, 13, 14}


def test_a_flaw_names_what_was_seen_and_where() -> None:
    cleaned = clean(
        file(row("One and one?", "<<48/2=23>>\n#### 23"), row(TEST_QUESTION), row(TEST_QUESTION)),
        problems("Something else", TEST_QUESTION),
    )
    seen = {(flaw.line, flaw.reason): (flaw.other, flaw.seen) for flaw in cleaned.flaws}

    assert seen[1, Reason.WRONG_ANNOTATION] == (None, "<<48/2=23>> is 24")
    assert seen[2, Reason.TEST_DUPLICATE] == (2, "as line 2 of the test")
    assert seen[3, Reason.EXACT_DUPLICATE] == (2, "as line 2")
    assert seen[2, Reason.TEST_8_GRAM] == (
        2,
        "'bella bought stamps at the post office and' (line 2 of the test)",
    )


def test_test_problems_are_counted_once_and_all_of_them() -> None:
    """Two rows share words with one problem, one row shares words with two problems."""
    both = "and now we all walk eight miles to the very same old town"
    cleaned = clean(
        file(row(TEST_QUESTION + " a"), row(TEST_QUESTION + " b"), row(both)),
        problems(TEST_QUESTION, both + " one", both + " two"),
    )
    by_reason = {check.reason: check for check in cleaned.checks}

    assert by_reason[Reason.TEST_13_GRAM].rows == 3
    assert by_reason[Reason.TEST_13_GRAM].test_problems == 3


def test_without_a_test_or_answers_a_check_is_not_made_rather_than_passed() -> None:
    cleaned = clean(read_rows(b'{"text": "some words"}\n{"text": "other words"}\n', "a"))
    not_made = {check.reason for check in cleaned.checks if check.rows is None}

    assert not_made == {
        Reason.MISSING_ANSWER,
        Reason.REPEATED_QUESTION,
        Reason.TEST_DUPLICATE,
        Reason.TEST_13_GRAM,
        Reason.TEST_8_GRAM,
        Reason.NEAR_TEST_DUPLICATE,
    }


def test_a_calculation_in_a_plain_text_is_checked_too() -> None:
    cleaned = clean(read_rows(b'{"text": "one <<1+1=3>>"}\n{"text": "two"}\n', "a"))

    assert cleaned.removed == {1: (Reason.WRONG_ANNOTATION,)}


def test_what_repeats_a_row_goes_only_if_that_row_stays() -> None:
    """Line 2 is nearly line 1 and line 3 nearly line 2 but not line 1: line 3 stays, as line 2 went."""
    words = [f"w{i}" for i in range(30)]
    lines = [" ".join(words[i * 4 :] + [f"x{j}" for j in range(i * 4)]) for i in range(3)]
    options = CleaningOptions(near=0.7, remove=REMOVED_BY_DEFAULT | {Reason.NEAR_DUPLICATE})

    cleaned = clean(file(*(row(line) for line in lines)), None, options)

    assert [(flaw.line, flaw.other) for flaw in cleaned.flaws] == [(2, 1), (3, 2)]
    assert cleaned.kept == (1, 3)


def test_reasons_remove_and_keep_as_asked() -> None:
    lines = [
        row("One and one?", "<<1+1=3>>\n#### 3"),
        row("Two and two?"),
        row("Two and two?", "four\n#### 4"),
    ]
    lenient = CleaningOptions(remove=frozenset({Reason.DAMAGED_LINE}))
    strict = CleaningOptions(remove=REMOVED_BY_DEFAULT | {Reason.REPEATED_QUESTION})

    assert clean(file(*lines), None, lenient).kept == (1, 2, 3)
    assert clean(file(*lines)).kept == (2, 3)
    assert clean(file(*lines), None, strict).kept == (2,)


def test_a_damaged_line_cannot_be_kept() -> None:
    with pytest.raises(InvalidInput, match="no row and cannot be kept"):
        CleaningOptions(remove=frozenset())


def test_equal_files_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"train\.jsonl and other\.jsonl have the same content"):
        clean(file(row()), file(row(), name="other.jsonl"))


def test_a_file_sorted_by_length_gives_its_order_away() -> None:
    questions = [" ".join(["word"] * n) for n in range(3, 63)]
    answers = [f"{' '.join('<<1+1=2>>' for _ in range(n % 7))}\n#### 1" for n in range(60)]

    cleaned = clean(file(*(row(q, a) for q, a in zip(questions, answers, strict=True))))
    by_measure = {residue.measure: residue for residue in cleaned.order}

    length, steps = by_measure["words of the question"], by_measure["steps of the answer"]
    assert length.test is not None
    assert length.test.drift == pytest.approx(1)
    assert length.drift_p is not None
    assert length.drift_p < 1e-9
    assert steps.drift_p is not None
    assert steps.drift_p > 0.05
    assert len(cleaned.kept) == 60


def test_rows_too_short_for_runs_of_words_are_counted() -> None:
    assert clean(file(row("one two three"), row(TEST_QUESTION))).too_short == 1


lines = st.lists(
    st.sampled_from(
        [
            row(),
            row("How many is one and one now?"),
            row(TEST_QUESTION),
            row("Two?", "<<1+1=3>>"),
            row("Three?", None),
            row(None, "#### 3"),
            "{",
            "",
            "[]",
        ]
    ),
    max_size=12,
)


@given(lines, st.sets(st.sampled_from(sorted(Reason))))
@settings(max_examples=25)
def test_the_books_balance_and_every_line_stays_or_goes_with_a_reason(
    content: list[str], also: set[Reason]
) -> None:
    train = file(row("The first row is always one?"), *content)
    options = CleaningOptions(remove=frozenset(also | {Reason.DAMAGED_LINE}))

    cleaned = clean(train, problems(TEST_QUESTION), options)
    made = clean_set(train, problems(TEST_QUESTION), cleaned, options)
    manifest: Any = json.loads(made.manifest)
    removed = [json.loads(line) for line in made.removed.splitlines()]

    not_blank = {n for n, line in enumerate(train.lines, start=1) if line.strip()}
    assert set(cleaned.kept) | set(cleaned.removed) == not_blank
    assert not set(cleaned.kept) & set(cleaned.removed)
    assert manifest["rows"] == manifest["kept"] + manifest["removed"] == len(not_blank)
    assert made.clean == b"".join(train.lines[line - 1] for line in cleaned.kept)
    assert [entry["line"] for entry in removed] == sorted(cleaned.removed)
    for entry in removed:
        assert set(entry["reasons"]) <= {flaw["reason"] for flaw in entry["flaws"]}
        assert entry["text"].encode() == train.lines[entry["line"] - 1].rstrip(b"\r\n")
    for check in manifest["checks"]:
        assert check["removed"] + check["kept"] <= (check["rows"] or 0)
        assert not check["removed"] or check["removes"]


def test_cleaning_a_clean_set_again_finds_nothing_to_remove() -> None:
    train = file(row(), row(), row("Two?", "<<1+1=3>>"), row(TEST_QUESTION), "{", row("Three and three?"))
    test = problems(TEST_QUESTION)
    once = clean_set(train, test, clean(train, test), CleaningOptions())

    again = clean(read_rows(once.clean, "again"), test)

    assert again.removed == {}


def test_equal_inputs_give_equal_bytes_and_the_manifest_names_no_machine() -> None:
    train = [row(), row(), '{"cut']
    made = [
        clean_set(f, None, clean(f), CleaningOptions())
        for f in (file(*train, name="/home/a/train.jsonl"), file(*train, name="C:\\b\\train.jsonl"))
    ]

    assert made[0] == made[1]
    assert list(made[0].files()) == ["train.jsonl", "removed.jsonl", "listed.jsonl", "manifest.json"]


def test_a_removed_line_that_is_no_text_is_kept_whole_in_base64() -> None:
    train = read_rows(b'{"question": "a"}\n\xff\xfe\n', "a")

    made = clean_set(train, None, clean(train), CleaningOptions())

    assert json.loads(made.removed)["base64"] == "//4K"


def _gsm8k(data: Path) -> tuple[TrainingFile, TrainingFile]:
    train, test = (
        read_rows((data / f"llm/gsm8k/{name}.jsonl").read_bytes(), name) for name in ("train", "test")
    )
    return train, test


def _found(cleaning: Cleaning) -> dict[str, tuple[int, int | None]]:
    return {str(check.reason): (check.rows, check.test_problems) for check in cleaning.checks if check.rows}


def test_the_real_gsm8k_is_clean_but_for_3_test_problems(data: Path) -> None:
    """No exact duplicate; 13 words in a row shared with 3 test problems, 8 with 77; every calculation computes."""
    cleaned = clean(*_gsm8k(data), CleaningOptions(near=None))

    assert _found(cleaned) == {"test_13_gram": (4, 3), "test_8_gram": (90, 77)}
    assert (cleaned.rows, len(cleaned.kept)) == (7473, 7469)
    assert all(residue.drift_p is not None and residue.drift_p > 0.05 for residue in cleaned.order)


@pytest.mark.long
def test_the_real_gsm8k_has_one_near_duplicate_and_none_of_the_test(data: Path) -> None:
    assert _found(clean(*_gsm8k(data))) == {
        "near_duplicate": (1, None),
        "test_13_gram": (4, 3),
        "test_8_gram": (90, 77),
    }
