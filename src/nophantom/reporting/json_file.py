"""Results as JSON: one value has one text, byte for byte, so that its hash is its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from math import isfinite

import orjson

from nophantom.errors import InvalidInput

Plain = str | int | float | bool | list["Plain"] | dict[str, "Plain"] | None
"""What JSON can hold."""

_WIDEST = 2**63
"""Whole numbers from here on are read back differently by other programs."""


def to_plain(value: object) -> Plain:
    """A result as what JSON can hold.

    Dataclasses and named tuples become objects with the names of their fields, tuples lists, enumerations
    their words, numpy numbers and arrays numbers and lists, times ISO 8601 in UTC with a Z, dates ISO 8601.
    Half characters, which no file can hold, become their escapes.

    Args:
        value: dataclasses, mappings, sequences and numbers, nested as you like.

    Returns:
        The same in str, int, float, bool, None, list and dict; -0.0 as 0.0.

    Raises:
        InvalidInput: a number is not finite, a time has no zone, or something has no form in JSON; the
            message names the path to it.

    >>> from nophantom.stats.estimates import Estimate
    >>> to_plain({1: Estimate(0.5, None, None, 0.95, 1, "one seed")})["1"]["low"] is None
    True
    >>> to_plain({"gap": [0.1, float("nan")]})
    Traceback (most recent call last):
    ...
    nophantom.errors.InvalidInput: gap[1] is nan, which JSON cannot hold; an unknown number must be None.
    """
    return _plain(value, "")


def canonical_text(value: object) -> str:
    r"""A result as canonical JSON: sorted keys, no blanks, shortest exact floats, a line break at the end.

    Args:
        value: as `to_plain` takes it.

    Returns:
        Text that is the same for equal values, on every machine.

    Raises:
        InvalidInput: as `to_plain` does.

    >>> canonical_text({"b": 0.1, "a": (1, None)})
    '{"a":[1,null],"b":0.1}\n'
    """
    return orjson.dumps(to_plain(value), option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE).decode()


def _plain(value: object, path: str) -> Plain:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return _plain(value.value, path)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return _number(value, path)
    if isinstance(value, datetime | date):
        return _time(value, path)
    return _nested(value, path)


def _nested(value: object, path: str) -> Plain:
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name), _below(path, field.name))
            for field in fields(value)
        }
    if isinstance(value, Mapping):
        return _object(value, path)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        names = [str(name) for name in value._fields]
        return {name: _plain(part, _below(path, name)) for name, part in zip(names, value, strict=True)}
    if isinstance(value, list | tuple):
        return [_plain(part, f"{path}[{place}]") for place, part in enumerate(value)]
    # Numbers and arrays of numpy, which is not imported for this alone.
    to_list = getattr(value, "tolist", None)
    if callable(to_list) and type(value).__module__.partition(".")[0] == "numpy":
        return _plain(to_list(), path)
    raise InvalidInput(
        f"{path or 'the value'} is a {type(value).__name__}, which has no form in JSON; give text, numbers, None, "
        "lists, mappings or dataclasses of them."
    )


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _text(text: str) -> str:
    return str(text).encode("utf-8", "backslashreplace").decode()


def _number(value: float, path: str) -> int | float:
    where = path or "the value"
    if isinstance(value, int):
        if not -_WIDEST <= value < _WIDEST:
            raise InvalidInput(f"{where} is {value}, beyond the whole numbers of 64 bits; write it as text.")
        return int(value)
    if not isfinite(value):
        raise InvalidInput(f"{where} is {value}, which JSON cannot hold; an unknown number must be None.")
    # A sum that happens to end at -0.0 on one machine is the same result.
    return float(value) + 0.0


def _time(value: date, path: str) -> str:
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo is None:
        raise InvalidInput(
            f"{path or 'the value'} is {value.isoformat()} without a time zone; give it in UTC."
        )
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _object(value: Mapping[object, object], path: str) -> dict[str, Plain]:
    plain: dict[str, Plain] = {}
    for key, part in value.items():
        name = _key(key, path)
        if name in plain:
            raise InvalidInput(f"{path or 'the value'} has two keys that read {name!r}; rename one.")
        plain[name] = _plain(part, _below(path, name))
    return plain


def _key(key: object, path: str) -> str:
    told = _plain(key, _below(path, "a key"))
    if isinstance(told, str):
        return told
    if isinstance(told, list | dict) or told is None:
        raise InvalidInput(f"{path or 'the value'} has the key {key!r}; a key is a text or a number.")
    return orjson.dumps(told).decode()
