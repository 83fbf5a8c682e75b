"""The built-in task: right sums, no skeleton of the test in training, the same on every machine."""

from __future__ import annotations

import ast
import json
import operator
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from nophantom.errors import InvalidInput, NotFound, Unreadable
from nophantom.llm.lab.tasks import SIZES, Task, TaskProblem, task_from_files, word_sums
from nophantom.llm.lab.wordings import COMPARISONS, HAPPENINGS, tell
from nophantom.llm.problems import NumberGrader

_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
TASK = word_sums()
EVERY = [problem for problems in TASK.splits.values() for problem in problems]


def worth(expression: str) -> Fraction:
    """The value of a calculation, by Python's own parser: no code of the task."""

    def of(node: ast.expr) -> Fraction:
        if isinstance(node, ast.Constant):
            assert isinstance(node.value, int)
            return Fraction(node.value)
        assert isinstance(node, ast.BinOp)
        return Fraction(_OPERATORS[type(node.op)](of(node.left), of(node.right)))

    return of(ast.parse(expression, mode="eval").body)


def left_to_right(skeleton: str) -> Fraction:
    """What a skeleton is worth: each operation on all that stands before it."""
    value, sign, number = Fraction(0), "+", ""
    for letter in skeleton + "+":
        if letter.isdigit():
            number += letter
            continue
        value, sign, number = worth_of(value, sign, int(number)), letter, ""
    return value


def worth_of(value: Fraction, sign: str, operand: int) -> Fraction:
    return {"+": value + operand, "-": value - operand, "*": value * operand, "/": value / operand}[sign]


def test_the_splits_have_the_sizes_of_gsm8k_and_a_validation_split() -> None:
    assert {split: len(problems) for split, problems in TASK.splits.items()} == {
        "train": 7_473,
        "validation": 500,
        "test": 1_319,
    }


def test_every_split_has_the_three_strata_in_even_shares() -> None:
    for split, size in SIZES.items():
        counts = Counter(problem.stratum for problem in TASK.splits[split])
        assert set(counts) == {"1 step", "2 steps", "3 steps"}
        assert max(counts.values()) - min(counts.values()) <= 1
        assert sum(counts.values()) == size


def test_no_skeleton_of_the_test_is_in_training_or_validation() -> None:
    of = {split: {p.skeleton for p in problems} for split, problems in TASK.splits.items()}

    assert not of["test"] & (of["train"] | of["validation"])
    assert not of["validation"] & of["train"]


def test_no_skeleton_comes_twice_so_that_problems_are_the_units() -> None:
    for problems in TASK.splits.values():
        assert len({problem.skeleton for problem in problems}) == len(problems)


def test_no_question_comes_twice() -> None:
    assert len({problem.question for problem in EVERY}) == len(EVERY)


def test_all_working_computes_and_ends_in_the_answer() -> None:
    for problem in EVERY:
        working, _, final = problem.solution.partition(" #### ")
        results = []
        for line in working.split(", "):
            left, right = line.split("=")
            assert worth(left) == Fraction(right)
            results.append(right)
        assert final == results[-1] == problem.answer
        assert len(results) == int(problem.stratum[0])


def test_the_skeleton_is_the_calculation_read_from_left_to_right() -> None:
    for problem in EVERY:
        assert left_to_right(problem.skeleton) == Fraction(problem.answer)
        assert sum(problem.skeleton.count(sign) for sign in "+-*/") == int(problem.stratum[0])


def test_each_line_of_working_starts_where_the_last_one_ended() -> None:
    for problem in EVERY:
        lines = [line.split("=") for line in problem.solution.partition(" #### ")[0].split(", ")]
        for (_, before), (after, _) in pairwise(lines):
            assert after.startswith(before)
            assert not after[len(before)].isdigit()


def test_the_numbers_of_the_skeleton_are_told_in_the_question() -> None:
    for problem in EVERY:
        told = problem.question
        for number in problem.skeleton.translate(str.maketrans("+-*/", "    ")).split():
            if number not in told:
                assert f"*{number}" in problem.skeleton or f"/{number}" in problem.skeleton


def test_the_grader_of_the_product_reads_every_solution_as_right() -> None:
    grader = NumberGrader()

    assert all(grader.grade(p.solution, p.answer).score == 1 for p in EVERY)
    assert all(grader.reference(p.solution) == p.answer for p in EVERY)


def test_the_task_is_the_same_on_every_machine_and_in_every_version() -> None:
    assert TASK.content_hash == "4d81991b4d91ea986c4fd487a0f42c26727482921c1fc59198a991b9b867c237"


def test_the_hash_is_of_every_word() -> None:
    first, *others = TASK.splits["test"]
    moved = Task("sums", {**TASK.splits, "test": (*others, first)})

    assert moved.content_hash != TASK.content_hash
    assert Task("other", TASK.splits).content_hash != TASK.content_hash


def test_the_strata_of_the_test_stand_mixed() -> None:
    """Else a running accuracy along the test would fall for no reason but the order."""
    firsts = Counter(problem.stratum for problem in TASK.splits["test"][:300])

    assert min(firsts.values()) > 70


@pytest.mark.parametrize("kind", sorted(HAPPENINGS))
def test_every_phrase_can_be_told(kind: str) -> None:
    step = (kind[0], int(kind[1:] or 12))
    drawn = [tell(40, [step, step], turn.__mod__) for turn in range(60)]

    assert all("{" not in text and text.endswith("?") for text in drawn)
    for phrase in HAPPENINGS[kind]:
        words = phrase.split("{")[0].strip()
        assert any(words in text for text in drawn)


def test_a_comparison_names_the_friend_and_the_operand() -> None:
    text = tell(40, [("-", 12)], lambda n: n - 1)

    assert text.endswith("has 12. " + COMPARISONS["-"].replace("{name}", text.split()[0]))


def test_a_folder_of_files_becomes_a_task(tmp_path: Path) -> None:
    rows = [
        {"question": "How many?", "answer": "3*4 = <<3*4=12>>12\n12-2 = <<12-2=10>>10\n#### 10"},
        {"question": "And now?", "answer": "Half.\n#### 1,000"},
    ]
    for split in SIZES:
        (tmp_path / f"{split}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))

    task = task_from_files(tmp_path)

    assert task.name == tmp_path.name
    assert task.splits["test"] == (
        TaskProblem("How many?", rows[0]["answer"], "10", "2 steps", "3*4=12; 12-2=10"),
        TaskProblem("And now?", rows[1]["answer"], "1000", "all", ""),
    )


def test_a_folder_without_one_of_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"train\.jsonl"):
        task_from_files(tmp_path)


@pytest.mark.parametrize(
    ("content", "error", "told"),
    [
        ('{"question": "How many?", "answer": "many"}', InvalidInput, "line 1 has no question, or no answer"),
        ('{"question": "", "answer": "#### 1"}\n{"question": "a", "answer": "1"}', InvalidInput, "line 1"),
        ('{"question": "a", "answer": "1"}\n{"quest', InvalidInput, "line 2 is no JSON"),
        ("", Unreadable, "empty"),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(
    tmp_path: Path, content: str, error: type[Exception], told: str
) -> None:
    for split in SIZES:
        (tmp_path / f"{split}.jsonl").write_text(content)

    with pytest.raises(error, match=told):
        task_from_files(tmp_path)
