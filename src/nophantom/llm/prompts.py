"""What a model is asked: worked examples before the question, or the question alone. PURE.

The few-shot prompt is that of lm-evaluation-harness for GSM8K, byte for byte, worked examples included, so
that an accuracy measured here and one measured there are of the same prompts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from nophantom.errors import InvalidInput
from nophantom.llm.logs.records import LoggedProblem

LM_EVAL_SEED = 1234
"""Of the generator with which lm-evaluation-harness draws its worked examples."""
LM_EVAL_STOPS = ("Question:", "</s>", "<|im_end|>")
"""Where lm-evaluation-harness ends an answer to GSM8K."""

_INSTRUCTION = (
    "{question}\n\n"
    "Work it out step by step. Put the result, as a plain number, on a last line of its own: #### number"
)
# The line of the answer, and that it has ended: a number at the very end may have lost digits.
_COMPLETE = re.compile(r"####[^\n]*[0-9][^\n]*\n")


class Style(StrEnum):
    """How a question is put."""

    FEW_SHOT = "few-shot"
    """Worked examples, then the question, as one text to be continued."""
    CHAT = "chat"
    """The question and how to answer it, as a message."""


class Exemplars(StrEnum):
    """Which training problems are shown as worked examples."""

    SAMPLED = "sampled"
    """Others before each problem, drawn as lm-evaluation-harness draws them."""
    FIRST = "first"
    """The first ones of the training split, the same before every problem."""


@dataclass(frozen=True, slots=True)
class Prompting:
    """How all questions of an evaluation are put.

    Attributes:
        style: few-shot or chat.
        shots: worked examples before a few-shot question; 0 for chat.
        exemplars: which ones.
    """

    style: Style = Style.CHAT
    shots: int = 0
    exemplars: Exemplars = Exemplars.SAMPLED

    def __post_init__(self) -> None:
        if self.shots < 0 or (self.style is Style.CHAT and self.shots):
            raise InvalidInput(
                f"worked examples belong to few-shot prompts, 0 or more of them; got {self.shots} with {self.style}."
            )

    @property
    def stops(self) -> tuple[str, ...]:
        """Texts at which an answer ends; they are no part of it."""
        return LM_EVAL_STOPS if self.style is Style.FEW_SHOT else ()


def prompts_of(
    problems: Sequence[LoggedProblem], prompting: Prompting, *, train: Sequence[LoggedProblem] = ()
) -> list[str]:
    r"""The prompt of every problem, in their order.

    Args:
        problems: all problems of the split, in the order of its file: which examples are drawn depends on it.
        prompting: how they are put.
        train: where worked examples are taken from.

    Raises:
        InvalidInput: there are fewer training problems than worked examples.

    Source:
        lm-evaluation-harness 0.4, task gsm8k: `random.Random(1234).sample` once before each problem.

    >>> eggs = LoggedProblem("0", 0, "How many eggs?", "Six. #### 6")
    >>> prompts_of([eggs], Prompting(Style.FEW_SHOT, 1), train=[eggs])
    ['Question: How many eggs?\nAnswer: Six. #### 6\n\nQuestion: How many eggs?\nAnswer:']
    """
    if prompting.style is Style.CHAT:
        return [_INSTRUCTION.format(question=problem.question) for problem in problems]
    if len(train) < prompting.shots:
        raise InvalidInput(
            f"{prompting.shots} worked examples need as many training problems; got {len(train)}. Name the file of "
            "the training split with --shots-from, or ask with --shots 0 or --prompt chat."
        )
    rng = Random(LM_EVAL_SEED)  # noqa: S311 - the very generator that lm-eval uses, no secret
    prompts = []
    for problem in problems:
        if prompting.exemplars is Exemplars.SAMPLED:
            shown = rng.sample(range(len(train)), prompting.shots)
        else:
            shown = list(range(prompting.shots))
        worked = "".join(f"Question: {train[i].question}\nAnswer: {train[i].reference}\n\n" for i in shown)
        prompts.append(f"{worked}Question: {problem.question}\nAnswer:")
    return prompts


def states_its_answer(text: str) -> bool:
    r"""Whether an answer that was cut off had already ended the line that states its result.

    >>> states_its_answer("6 * 3 = 18\n#### 18\nQuestion: and"), states_its_answer("#### 1")
    (True, False)
    """
    return _COMPLETE.search(text) is not None
