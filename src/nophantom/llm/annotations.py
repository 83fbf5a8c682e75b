"""Calculations written into solutions, as in GSM8K: does `<<48/2=24>>` compute?

Read by a small parser of our own: numbers, the four operations and brackets, in exact fractions. Nothing
of a data set is ever run as code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

_ANNOTATION = re.compile(r"<<(.*?)>>", re.DOTALL)
_TOKEN = re.compile(r"\s*(?:(?P<number>\d[\d,]*\.?\d*|\.\d+)|(?P<sign>//|[-+*/()%]))")
_SPELLINGS = str.maketrans(
    {"×": "*", "x": "*", "X": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "$": "", "£": "", "€": ""}
)
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")
_LONGEST = 300
"""Characters of a side that are read: real ones have fewer than 60, and a file may hold anything."""
_DEEPEST = 20
"""Brackets inside brackets."""


class Annotation(NamedTuple):
    """One calculation of a solution, and whether it is right.

    Attributes:
        text: between the angle brackets, as written: '48/2=24'.
        computes: True or False; None where it is no calculation that can be read.
        value: what the left side really gives, as text; None where it cannot be read.
    """

    text: str
    computes: bool | None
    value: str | None


def check_annotations(solution: str) -> list[Annotation]:
    """Every calculation of a solution, computed again.

    A result is right when it equals the left side, or is this rounded or cut off at the last digit that is
    written (`<<10/3=3.33>>`, `<<20/3=6.66>>`), or up to the next whole number (`<<10/3=4>>`). In a chain
    such as `<<2*3=6=12/2>>` every side must agree with the one before.

    Args:
        solution: a text with annotations in double angle brackets.

    Returns:
        One entry per annotation, in their order.

    Source:
        Cobbe et al. (2021), Training Verifiers to Solve Math Word Problems (calculator annotations).

    >>> check_annotations("He has 48/2 = <<48/2=24>>24 and 24+5 = <<24+5=30>>30.")
    [Annotation(text='48/2=24', computes=True, value='24'), Annotation(text='24+5=30', computes=False, value='29')]
    """
    return [_checked(text) for text in _ANNOTATION.findall(solution)]


def count_annotations(solution: str) -> int:
    """How many calculations a solution writes out: its steps."""
    return len(_ANNOTATION.findall(solution))


def value_of(expression: str) -> Fraction | None:
    """The exact value of a sum of numbers, or None where it is none.

    Knows + - * / // (also × ÷ and x), brackets, a sign before a number, 1,000 and 25%; currency signs are
    passed over.

    Args:
        expression: the text.

    Returns:
        The value; None where it cannot be read or divides by zero.

    >>> value_of("12*(3+1)/100"), value_of("20%*50"), value_of("1/0"), value_of("__import__('os')")
    (Fraction(12, 25), Fraction(10, 1), None, None)
    """
    tokens = _tokens(expression)
    if not tokens:
        return None
    try:
        return _Reader(tokens).whole()
    except (_NoCalculation, ZeroDivisionError):
        return None


class _NoCalculation(Exception):  # noqa: N818 - never leaves this module
    """The tokens are in no order that computes."""


def _checked(text: str) -> Annotation:
    sides = text.split("=")
    values = [value_of(side) for side in sides]
    first = values[0]
    known = [value for value in values if value is not None]
    if len(sides) < 2 or first is None or len(known) < len(values):
        return Annotation(text, None, None)
    right = all(
        _agrees(before, value, side) for before, value, side in zip(known, known[1:], sides[1:], strict=False)
    )
    return Annotation(text, right, _spelled(first))


def _agrees(exact: Fraction, written: Fraction, side: str) -> bool:
    """Whether the written value is the exact one, or this rounded or cut off at the last digit written."""
    decimals = len(side.rsplit(".", 1)[1].strip().rstrip("%")) if "." in side else 0
    unit = Fraction(1, 10**decimals) / (100 if side.strip().endswith("%") else 1)
    apart = abs(exact - written)
    # A whole number may be rounded up: 10 people in cars of 3 need 4 cars.
    return 2 * apart <= unit or (apart < unit and (decimals == 0 or abs(written) < abs(exact)))


def _spelled(value: Fraction) -> str:
    """The value as people write it: whole where it is, else to six significant digits."""
    if value.denominator == 1:
        digits = str(value.numerator) if abs(value.numerator) < 10**18 else ""
        return digits or f"about 10^{len(str(abs(value.numerator).bit_length()))}"
    return f"{float(value):.6g}"


def _tokens(expression: str) -> list[str]:
    """Numbers and signs; none where something else stands between them."""
    text = expression.translate(_SPELLINGS).strip()
    tokens: list[str] = []
    at = 0
    while at < len(text) <= _LONGEST:
        found = _TOKEN.match(text, at)
        if found is None or (
            found["number"] and "," in found["number"] and not _THOUSANDS.fullmatch(found["number"])
        ):
            return []
        tokens.append(found["number"] or found["sign"])
        at = found.end()
    return tokens


@dataclass(slots=True)
class _Reader:
    """Reads a list of tokens by the usual precedence, from left to right."""

    tokens: list[str]
    at: int = 0
    depth: int = 0

    def whole(self) -> Fraction:
        """The value of all tokens."""
        value = self._sum()
        if self.at < len(self.tokens):
            raise _NoCalculation
        return value

    def _sum(self) -> Fraction:
        value = self._product()
        while (sign := self._next("+", "-")) is not None:
            other = self._product()
            value = value + other if sign == "+" else value - other
        return value

    def _product(self) -> Fraction:
        value = self._factor()
        while (sign := self._next("*", "//", "/")) is not None:
            other = self._factor()
            if sign == "*":
                value *= other
            else:
                value = value / other if sign == "/" else Fraction(value // other)
        return value

    def _factor(self) -> Fraction:
        negative = False
        while (sign := self._next("+", "-")) is not None:
            negative ^= sign == "-"
        value = self._bracket() if self._next("(") else self._number()
        while self._next("%"):
            value /= 100
        return -value if negative else value

    def _bracket(self) -> Fraction:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _NoCalculation
        value = self._sum()
        if self._next(")") is None:
            raise _NoCalculation
        self.depth -= 1
        return value

    def _number(self) -> Fraction:
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        if not token[:1].isdigit() and not token.startswith("."):
            raise _NoCalculation
        self.at += 1
        return Fraction(token.replace(",", ""))

    def _next(self, *signs: str) -> str | None:
        """The next token if it is one of these signs."""
        if self.at < len(self.tokens) and self.tokens[self.at] in signs:
            self.at += 1
            return self.tokens[self.at - 1]
        return None
