from __future__ import annotations

import json
from pathlib import Path

import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.gsm8k import read_set
from nophantom.llm.logs.records import LoggedProblem
from nophantom.llm.prompts import Exemplars, Prompting, Style, prompts_of, states_its_answer

FIVE = Prompting(Style.FEW_SHOT, 5)


def problems(n: int, first: int = 0) -> list[LoggedProblem]:
    return [LoggedProblem(str(i), i, f"What is {i} + 1?", f"#### {i + 1}") for i in range(first, first + n)]


def test_the_few_shot_prompt_of_every_gsm8k_problem_is_lm_evals_byte_for_byte(data: Path) -> None:
    folder = str(data / "llm" / "gsm8k")
    test, train = read_set(folder, "test"), read_set(folder, "train")
    prompts = prompts_of(test.problems, FIVE, train=train.problems)
    log = next((data / "llm" / "lm_eval").glob("*175b_finetuning*/samples*.jsonl"))
    theirs = {}
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            theirs[row["doc_id"]] = row["arguments"]["gen_args_0"]
    assert len(theirs) == 1_319
    assert [theirs[i]["arg_0"] for i in range(1_319)] == prompts
    assert theirs[0]["arg_1"]["until"] == list(FIVE.stops)


def test_worked_examples_may_be_the_first_ones_of_the_training_split() -> None:
    first = Prompting(Style.FEW_SHOT, 2, Exemplars.FIRST)
    (prompt,) = prompts_of(problems(1, 90), first, train=problems(9))
    assert prompt == (
        "Question: What is 0 + 1?\nAnswer: #### 1\n\nQuestion: What is 1 + 1?\nAnswer: #### 2\n\n"
        "Question: What is 90 + 1?\nAnswer:"
    )


def test_a_chat_prompt_holds_the_question_and_asks_for_the_mark_that_the_grader_looks_for() -> None:
    (prompt,) = prompts_of(problems(1), Prompting())
    assert prompt.startswith("What is 0 + 1?\n")
    assert "####" in prompt
    assert Prompting().stops == ()


def test_too_few_training_problems_are_refused_with_a_way_out() -> None:
    with pytest.raises(InvalidInput, match=r"5 worked examples .* got 4.*--shots-from"):
        prompts_of(problems(1), FIVE, train=problems(4))


def test_worked_examples_are_no_part_of_a_chat_prompt() -> None:
    with pytest.raises(InvalidInput, match="few-shot"):
        Prompting(Style.CHAT, 3)


@pytest.mark.parametrize(
    ("text", "is_stated"),
    [
        ("6 * 3 = 18\n#### 18\n", True),
        ("#### 18 eggs\nQuestion: more", True),
        ("#### 18", False),  # it may have become 180
        ("so 18\n", False),
        ("####\n18", False),
        ("", False),
    ],
)
def test_a_cut_text_states_its_answer_when_the_line_of_it_is_over(text: str, is_stated: bool) -> None:
    assert states_its_answer(text) is is_stated
