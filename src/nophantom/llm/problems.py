"""Problem sets, and graders that turn a model's answer into correct, incorrect or ungradable.

The same text counts as right or wrong depending on who reads it: whole benchmarks have moved by half
their range because of how an answer line ended. So every outcome names its grader and the grader's
version, and logs of others are graded again by ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from typing import Protocol


class Failure(StrEnum):
    """Why an outcome has no score. A model that answered wrongly has a score, 0, and no failure."""

    NO_ANSWER = "no_answer"
    """The model was asked, and there is neither a text nor a score."""
    TIMEOUT = "timeout"
    """The answer did not come in time."""
    ERROR = "error"
    """The evaluation of this problem broke, or its grader gave no score."""
    REFUSED = "refused"
    """The provider declined to answer (a content filter, not the model's own words)."""
    TRUNCATED = "truncated"
    """The answer was cut off before it could be graded."""
    MISSING_IN_LOG = "missing_in_log"
    """The log names the problem but holds nothing about it."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A grader's reading of one answer.

    Attributes:
        answer: the answer that was found in the text, in normal form; None when there is none.
        score: in [0, 1], 1 is right; None when it could not be graded, then `failure` says why.
        failure: None when there is a score.
    """

    answer: str | None
    score: float | None
    failure: Failure | None = None


class Grader(Protocol):
    """Judges one answer. `name` and `version` identify the rule for ever; a change is a new version."""

    @property
    def name(self) -> str:
        """Whose rule it is, and for which problem sets."""

    @property
    def version(self) -> str:
        """Rises whenever any answer could be judged differently."""

    def grade(self, text: str, reference: str) -> Grade:
        """Judge `text` against the reference answer of the problem."""

    def reference(self, text: str) -> str | None:
        """The answer inside a reference text, in normal form: equal references are equal texts."""


# 1,234,567.5 and 42 and .5; a comma groups three digits, else it ends the number ("1, 2" is two).
_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+"
# A minus sign counts only where no operand stands before it: "5-3" ends in 3, "= -3" in -3.
_SIGN = r"(?:(?<![0-9A-Za-z)\]])[-\u2212])?"
_NUMBER = rf"{_SIGN}\s?[$€£]?\s?{_SIGN}(?:{_DIGITS})"
_FRACTION = rf"{_NUMBER}(?:\s?/\s?[0-9]+)?"

_LAST_NUMBER = re.compile(_NUMBER)
_HASH_MARK = re.compile(rf"####\s*[*_(]*\s*({_FRACTION})")
_BOXED = re.compile(rf"\\boxed\s*\{{\s*(?:\\\$)?\s*({_FRACTION})")
_ANSWER_MARK = re.compile(
    rf"(?:\banswer\s*(?:is|:|=)|^\s*A\s*:)\s*[*_(]*\s*(?:\\\$)?\s*({_FRACTION})", re.IGNORECASE | re.MULTILINE
)
_REFERENCE = re.compile(rf"####\s*({_FRACTION})|^\s*(?:A\s*:)?\s*({_FRACTION})\s*\Z", re.MULTILINE)
_LONGEST_NUMBER = 60  # characters; a longer run of digits is noise, not an answer


def normal_number(text: str) -> str | None:
    """One spelling per number: '$3,000.00' and '3000' are '3000', '1/2' is '0.5'; None if it is none.

    A quotient without a finite decimal form stays a fraction in lowest terms ('1/3').

    >>> normal_number("$3,000.00"), normal_number("-0.50"), normal_number("2/4"), normal_number("2/6")
    ('3000', '-0.5', '0.5', '1/3')
    """
    plain = re.sub(r"[\s,$€£]", "", text).replace("\u2212", "-")
    if not plain or len(plain) > _LONGEST_NUMBER or not re.fullmatch(r"-?[0-9]*\.?[0-9]+(/[0-9]+)?", plain):
        return None
    above, _, below = plain.partition("/")
    if below and int(below) == 0:
        return None
    value = Fraction(above) / int(below or "1")
    return _finite_decimal(value) or f"{value.numerator}/{value.denominator}"


def _finite_decimal(value: Fraction) -> str | None:
    """The exact decimal spelling of `value`, or None where it never ends."""
    places = 0  # a denominator 2^a 5^b needs max(a, b) decimal places; any other prime needs all of them
    rest = value.denominator
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest, power = rest // prime, power + 1
        places = max(places, power)
    if rest != 1:
        return None
    digits = str(abs(value.numerator) * 10**places // value.denominator).zfill(places + 1)
    whole, decimals = (digits[:-places], digits[-places:]) if places else (digits, "")
    return ("-" if value < 0 else "") + whole + (f".{decimals}" if decimals else "")


@dataclass(frozen=True, slots=True)
class NumberGrader:
    r"""Grades answers that end in one number, as in GSM8K.

    Looked for, in this order: the first ``#### 18`` (what follows it may be a next question that the
    model invented), the last ``\boxed{18}``, the last ``answer is 18`` or ``A: 18``, and else the last
    number of the text. Equal numbers are equal answers: 3,000 = $3000.00. A text without any number is a
    wrong answer, with `answer` None: silence must not raise an accuracy.

    Known limits: numbers in words, powers of ten and units ("1.5 million", "90 minutes" for 1.5 hours)
    are not converted.

    >>> NumberGrader().grade("Each day she makes 9 * 2 = 18. The answer is $18.00.", "#### 18")
    Grade(answer='18', score=1.0, failure=None)
    """

    name: str = "nophantom:number"
    version: str = "1"

    def grade(self, text: str, reference: str) -> Grade:
        """Judge `text`; a reference without a number cannot be graded against (`Failure.ERROR`)."""
        expected = self.reference(reference)
        answer = self.answer(text)
        if expected is None:
            return Grade(answer, None, Failure.ERROR)
        return Grade(answer, 1.0 if answer == expected else 0.0)

    def reference(self, text: str) -> str | None:
        """The number of a reference answer: after ``####``, on a last line ``A: 18``, or the text itself."""
        found = _REFERENCE.search(text)
        return normal_number(found[1] or found[2]) if found else None

    @staticmethod
    def answer(text: str) -> str | None:
        """The number that a model's text gives as its answer, or None."""
        if first := _HASH_MARK.search(text):
            return normal_number(first[1])
        for mark in (_BOXED, _ANSWER_MARK):
            if marked := mark.findall(text):
                return normal_number(marked[-1])
        numbers = _LAST_NUMBER.findall(text)
        return normal_number(numbers[-1]) if numbers else None


# Names that frameworks give to one and the same problem set. Prompting differs, the problems do not.
_SAME_PROBLEMS = {
    "gsm8k": (
        "gsm8k_cot",
        "gsm8k_cot_llama",
        "gsm8k_cot_zeroshot",
        "gsm8k_cot_self_consistency",
        "gsm8k_llama",
        "gsm8k_local",
    ),
    "gsm8k_platinum": ("gsm8k_platinum_cot", "gsm8k_platinum_cot_llama", "gsm8k_platinum_cot_zeroshot"),
}
_PROBLEM_SETS = {spelling: name for name, spellings in _SAME_PROBLEMS.items() for spelling in spellings}
_NUMBER_GRADER = NumberGrader()
_GRADERS: dict[str, Grader] = {"gsm8k": _NUMBER_GRADER, "gsm8k_platinum": _NUMBER_GRADER}


def problem_set_name(task: str) -> str:
    """The problem set behind a framework's task name.

    >>> problem_set_name("inspect_evals/gsm8k"), problem_set_name("gsm8k_cot"), problem_set_name("mmlu_law")
    ('gsm8k', 'gsm8k', 'mmlu_law')
    """
    plain = task.rsplit("/", 1)[-1].split("|", 1)[0].strip().lower()
    return _PROBLEM_SETS.get(plain, plain)


def own_grader(problem_set: str) -> Grader | None:
    """Our grader for a problem set, or None where we have none and the log's own has to do."""
    return _GRADERS.get(problem_set)


def question_key(question: str, choices: Sequence[str] = ()) -> str:
    """The identity of a problem by its content: 32 hex digits, equal in every framework's log.

    White space and Unicode spelling (NFC) are folded; nothing else, so two different questions never meet.
    """
    folded = " ".join(unicodedata.normalize("NFC", question).split())
    return sha256("\x1f".join([folded, *choices]).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def distinct_keys(keys: Iterable[str]) -> list[str]:
    """Tell apart problems of one set that share their text: the second 'k' becomes 'k#2'.

    >>> distinct_keys(["a", "b", "a"])
    ['a', 'b', 'a#2']
    """
    seen: dict[str, int] = {}
    named = []
    for key in keys:
        seen[key] = seen.get(key, 0) + 1
        named.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
    return named
