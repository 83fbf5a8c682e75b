"""One cell of a table: what is a score, an id, a whole number, a text, and what is nothing."""

from __future__ import annotations

import math
import re

from nophantom.llm.logs.json_text import finite, spelled

_RIGHT = frozenset({"true", "yes", "y", "t", "c", "correct", "right", "pass", "passed"})
_WRONG = frozenset({"false", "no", "n", "f", "i", "incorrect", "wrong", "fail", "failed"})
_NOTHING = frozenset({"", "nan", "na", "n/a", "null", "none", "-", "<na>"})
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_DECIMAL_COMMA = re.compile(r"([+-]?[0-9]{1,30}),([0-9]{1,30})")
_COUNTED = re.compile(r"(?:[a-z_]*[a-z][-_ .=]?)?([0-9]{1,18})(?:\.0+)?", re.IGNORECASE | re.ASCII)
_LARGEST = 2**63


def is_nothing(value: object) -> bool:
    """Whether a cell is empty, or says that nothing is known.

    >>> is_nothing(""), is_nothing("NaN"), is_nothing(float("nan")), is_nothing(0)
    (True, True, True, False)
    """
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str) and value.strip().lower() in _NOTHING)


def score(value: object, *, decimal_comma: bool = False) -> object:
    """A number where the cell is one, or a word for right or wrong; None for nothing; else the cell itself.

    Args:
        value: of the cell.
        decimal_comma: "0,5" is a half.

    >>> score("true"), score("I"), score("0.25"), score(""), score("50%")
    (1.0, 0.0, 0.25, None, '50%')
    """
    if is_nothing(value):
        return None
    if isinstance(value, bool | int | float):
        return value
    if not isinstance(value, str):
        return spelled(value)
    word = value.strip()
    if word.lower() in _RIGHT:
        return 1.0
    if word.lower() in _WRONG:
        return 0.0
    if decimal_comma and (parts := _DECIMAL_COMMA.fullmatch(word)):
        word = f"{parts[1]}.{parts[2]}"
    return float(word) if _NUMBER.fullmatch(word) else value


def is_score(value: object, *, decimal_comma: bool = False) -> bool:
    """Whether a cell holds a score in [0, 1]; an empty one is none."""
    found = score(value, decimal_comma=decimal_comma)
    return isinstance(found, bool | int | float) and 0 <= found <= 1


def identifier(value: object) -> str | None:
    """The id in a cell as text; None where it holds none. A whole float is the number that it was.

    >>> identifier(17), identifier(17.0), identifier(" q17 "), identifier([17])
    ('17', '17', 'q17', None)
    """
    if is_nothing(value) or isinstance(value, bool):
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else None
    if isinstance(value, int):
        return str(value) if abs(value) < _LARGEST else None
    found = value.strip() if isinstance(value, str) else ""
    return found if found and "\n" not in found else None


def whole_number(value: object) -> int | None:
    """The whole number from 0 in a cell, also behind a word: 3, "3", "3.0", "seed3", "step-3"; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None
    if isinstance(value, int):
        return value if 0 <= value < _LARGEST else None
    found = _COUNTED.fullmatch(value.strip()) if isinstance(value, str) else None
    number = int(found[1]) if found else None
    return number if number is not None and number < _LARGEST else None


def text(value: object) -> str | None:
    """What a cell says, as text; None where it says nothing."""
    if value is None or (isinstance(value, float) and is_nothing(value)):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    found = spelled(value)
    return found if found.strip() else None


def probability(value: object) -> float | None:
    """A number in [0, 1], or None."""
    number = finite(value)
    return number if number is not None and 0 <= number <= 1 else None
