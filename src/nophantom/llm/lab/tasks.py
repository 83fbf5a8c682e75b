"""What the lab's models learn: generated word problems of one to three steps, or a folder of one's own.

The built-in task is split by number skeleton: "12+5*2" is one skeleton under whatever names and things it is
told, read from left to right. No skeleton of the test is in training or validation, and in the test none
comes twice, so that problems are the units of every statistic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from nophantom.errors import InvalidInput, NotFound
from nophantom.llm.lab.wordings import Step, tell
from nophantom.llm.problems import NumberGrader
from nophantom.llm.training_rows import read_rows
from nophantom.store.canonical import content_hash

SIZES: Mapping[str, int] = {"train": 7_473, "validation": 500, "test": 1_319}
"""Problems per split: as many as GSM8K has, with a validation split of its own."""

_SEED = 20_261_122  # of the built-in task; another one is another task
_STEPS = (1, 2, 3)
_SMALLEST, _LARGEST = 10, 99  # of every number on the way

# How often each kind of step is drawn, where it fits. A "plain" sum or difference carries and borrows nothing; a
# "carry" does, and few training problems show it: that and halving odd tens is what seeds are left to differ by.
_KINDS: Mapping[str, int] = {"plain": 8, "carry": 1, "double": 1, "half": 1}


@dataclass(frozen=True, slots=True)
class TaskProblem:
    """One problem.

    Attributes:
        question: what the model reads.
        solution: short working and `#### 12`: what it learns to write.
        answer: the final number, as text.
        stratum: how many steps it takes, as in "3 steps"; "all" where nothing tells.
        skeleton: its numbers and operations alone, as in "7+3*2".
    """

    question: str
    solution: str
    answer: str
    stratum: str
    skeleton: str


@dataclass(frozen=True, slots=True)
class Task:
    """A problem set to train on and to be tested on.

    Attributes:
        name: of the problem set.
        splits: "train", "validation" and "test".
    """

    name: str
    splits: Mapping[str, tuple[TaskProblem, ...]]

    @property
    def content_hash(self) -> str:
        """SHA-256 over every word of it."""
        return content_hash(
            {
                "name": self.name,
                "splits": {
                    split: [list(asdict(problem).values()) for problem in problems]
                    for split, problems in self.splits.items()
                },
            }
        )


@dataclass(frozen=True, slots=True)
class _Sum:
    """The numbers of a problem."""

    start: int
    steps: tuple[Step, ...]

    @property
    def skeleton(self) -> str:
        return f"{self.start}" + "".join(f"{sign}{operand}" for sign, operand in self.steps)

    def working(self) -> list[str]:
        """Every calculation with its result, as in '12+5=17'."""
        lines, value = [], self.start
        for sign, operand in self.steps:
            result = _result(value, sign, operand)
            lines.append(f"{value}{sign}{operand}={result}")
            value = result
        return lines

    @property
    def answer(self) -> int:
        value = self.start
        for sign, operand in self.steps:
            value = _result(value, sign, operand)
        return value


class _Draws:
    """Whole numbers from the raw stream of a bit generator, which no version of numpy changes."""

    def __init__(self, seed: int) -> None:
        self._stream = self._raw(np.random.PCG64(seed))

    @staticmethod
    def _raw(bits: np.random.PCG64) -> Iterator[int]:
        while True:
            yield from bits.random_raw(65_536).tolist()

    def below(self, n: int) -> int:
        """A number from 0 to n - 1; n is so far below 2^64 that none is preferred by more than 1 in 2^50."""
        return next(self._stream) * n >> 64

    def shuffle(self, things: list[_Sum]) -> None:
        for i in range(len(things) - 1, 0, -1):
            j = self.below(i + 1)
            things[i], things[j] = things[j], things[i]


@cache
def word_sums() -> Task:
    """The built-in task "sums": word problems of one to three steps with numbers of two digits.

    Steps are sums, differences, doubling and sharing in two. A third of every split takes one step, a
    third two and a third three. It is the same on every machine.

    >>> word_sums().splits["test"][0].skeleton
    '21+50-51/2'
    """
    draws = _Draws(_SEED)
    pools = {steps: _skeletons(steps, draws) for steps in _STEPS}
    splits: dict[str, tuple[TaskProblem, ...]] = {}
    for split in ("test", "validation", "train"):
        chosen: list[_Sum] = []
        for steps, share in zip(_STEPS, _shares(SIZES[split]), strict=True):
            chosen += pools[steps][:share]
            del pools[steps][:share]
        draws.shuffle(chosen)
        splits[split] = tuple(_problem(one, draws) for one in chosen)
    return Task("sums", {split: splits[split] for split in SIZES})


def _shares(problems: int) -> list[int]:
    """How many of them take one, two and three steps: as evenly as can be."""
    return [(problems + len(_STEPS) - steps) // len(_STEPS) for steps in _STEPS]


def _skeletons(steps: int, draws: _Draws) -> list[_Sum]:
    """As many different ones as all splits need together."""
    wanted = sum(_shares(size)[_STEPS.index(steps)] for size in SIZES.values())
    found: dict[str, _Sum] = {}
    while len(found) < wanted:
        drawn = _drawn(steps, draws)
        found.setdefault(drawn.skeleton, drawn)
    return list(found.values())


def _drawn(steps: int, draws: _Draws) -> _Sum:
    kinds = [kind for kind, weight in _KINDS.items() for _ in range(weight)]
    start = value = _SMALLEST + draws.below(_LARGEST - _SMALLEST + 1)
    taken: list[Step] = []
    while len(taken) < steps:
        step = _step(kinds[draws.below(len(kinds))], value, draws)
        # Doubling and halving in a row would undo each other.
        if step is None or (taken and step[0] in "*/" and taken[-1][0] in "*/"):
            continue
        taken.append(step)
        value = _result(value, *step)
    return _Sum(start, tuple(taken))


def _step(kind: str, value: int, draws: _Draws) -> Step | None:
    """A step of that kind with numbers drawn at random, if the number on the way allows it."""
    if kind == "double":
        return ("*", 2) if 2 * value <= _LARGEST else None
    if kind == "half":
        return ("/", 2) if value % 2 == 0 and value // 2 >= _SMALLEST else None
    sign = "+-"[draws.below(2)]
    operand = _SMALLEST + draws.below(_LARGEST - _SMALLEST + 1)
    fits = _SMALLEST <= _result(value, sign, operand) <= _LARGEST
    is_plain = value % 10 + operand % 10 < 10 if sign == "+" else value % 10 >= operand % 10
    return (sign, operand) if fits and is_plain == (kind == "plain") else None


def _result(value: int, sign: str, operand: int) -> int:
    if sign == "*":
        return value * operand
    if sign == "/":
        return value // operand
    return value + operand if sign == "+" else value - operand


def _problem(one: _Sum, draws: _Draws) -> TaskProblem:
    steps = len(one.steps)
    return TaskProblem(
        question=tell(one.start, one.steps, draws.below),
        solution=f"{', '.join(one.working())} #### {one.answer}",
        answer=str(one.answer),
        stratum=f"{steps} step" if steps == 1 else f"{steps} steps",
        skeleton=one.skeleton,
    )


def task_from_files(folder: Path) -> Task:
    """A task from `train.jsonl`, `validation.jsonl` and `test.jsonl` with questions and answers, as GSM8K has them.

    The stratum of a problem is the number of calculations (`<<48/2=24>>`) in its answer, and these are its
    skeleton; without any, the stratum is "all".

    Args:
        folder: where the three files lie; its name becomes that of the task.

    Raises:
        NotFound: a file is not there.
        Unreadable: a file is no list of JSON objects.
        InvalidInput: a row without a question, or without a final number in its answer.
    """
    splits = {}
    for split in SIZES:
        path = folder / f"{split}.jsonl"
        if not path.is_file():
            raise NotFound(
                f"there is no {path}. A task is a folder with {', '.join(f'{name}.jsonl' for name in SIZES)}, each row "
                "with a question and an answer that ends in `#### 12`."
            )
        splits[split] = _read(path)
    return Task(folder.resolve().name, splits)


def _read(path: Path) -> tuple[TaskProblem, ...]:
    grader = NumberGrader()
    read = read_rows(path.read_bytes(), str(path))
    if read.damaged:
        first = read.damaged[0]
        raise InvalidInput(f"{path}: line {first.line} is {first.why}. Mend it or leave it out.")
    found = []
    for row in read.rows:
        answer = None if row.answer is None else grader.reference(row.answer)
        if not row.question or row.answer is None or answer is None:
            raise InvalidInput(
                f"{path}: line {row.line} has no question, or no answer that ends in a number (`#### 12`). Mend it or "
                "leave it out."
            )
        found.append(_told(row.question, row.answer, answer))
    return tuple(found)


def _told(question: str, solution: str, answer: str) -> TaskProblem:
    calculations = re.findall(r"<<(.*?)>>", solution)
    count = len(calculations)
    stratum = "all" if count == 0 else f"{count} step" if count == 1 else f"{count} steps"
    return TaskProblem(question, solution, answer, stratum, "; ".join(calculations))
