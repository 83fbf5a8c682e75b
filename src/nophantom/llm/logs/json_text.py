"""JSON as evaluation logs hold it: bare NaN, byte order marks, lone surrogates, and any type anywhere."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

import orjson

_NO_MEMBERS: Mapping[str, object] = {}
_WIDEST_LISTING = 60  # characters of a damaged text that an omission repeats


def decode(data: bytes) -> object:
    """One JSON value, read fast where it is strict JSON and leniently where it is not.

    Python frameworks write NaN and Infinity as bare tokens; they become floats. A surrogate without its
    partner, which no database stores, becomes U+FFFD.

    Raises:
        ValueError: it is no JSON, no UTF-8, or nested too deep; the message is half a sentence.

    >>> decode(b'{"value": NaN}')
    {'value': nan}
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _decode_leniently(data)


def decode_object(data: bytes) -> Mapping[str, object]:
    """One JSON object, read as `decode` reads.

    Raises:
        ValueError: it is no JSON object; the message is half a sentence.
    """
    value = decode(data)
    if not isinstance(value, dict):
        raise ValueError("it is no JSON object")
    return value


def _decode_leniently(data: bytes) -> object:
    try:
        value: object = json.loads(data.decode("utf-8-sig"))
        return without_lone_surrogates(value) if b"\\ud" in data.lower() else value
    except UnicodeDecodeError as wrong:
        raise ValueError(f"byte {wrong.start + 1} is not UTF-8") from None
    except json.JSONDecodeError as wrong:
        raise ValueError(f"{wrong.msg.lower()}: character {wrong.pos + 1} of {len(wrong.doc)}") from None
    except RecursionError:
        raise ValueError("nested too deep") from None


def without_lone_surrogates(value: object) -> object:
    """The value with U+FFFD for every surrogate that lacks its partner."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [without_lone_surrogates(entry) for entry in value]
    if isinstance(value, dict):
        return {without_lone_surrogates(key): without_lone_surrogates(entry) for key, entry in value.items()}
    return value


def members(value: object) -> Mapping[str, object]:
    """The members of a JSON object; none where something else stands in its place."""
    return value if isinstance(value, dict) else _NO_MEMBERS


def entries(value: object) -> list[object]:
    """The entries of a JSON array; none where something else stands in its place."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """A text that says something, or None."""
    return value if isinstance(value, str) and value else None


def count(value: object) -> int | None:
    """A whole number from 0 that fits a database column, or None."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        return None
    return value


def finite(value: object) -> float | None:
    """A number that is one, also where it was written as a text ("-6.40"), or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def spelled(value: object) -> str:
    """A value as text: a text as it is, anything else as compact JSON.

    >>> spelled("18"), spelled(18), spelled(["a", 1.5, None])
    ('18', '18', '["a",1.5,null]')
    """
    if isinstance(value, str):
        return value
    return json.dumps(storable(value), ensure_ascii=False, separators=(",", ":"))


def storable(value: object) -> object:
    """The value with every number that JSON does not know (NaN, Infinity) as None.

    A value nested so deep that no door could print it again is None as a whole.
    """
    try:
        return _finite(value)
    except RecursionError:
        return None


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return value


def glimpse(value: object) -> str:
    """The beginning of a value, short enough to show in a list of omissions."""
    if isinstance(value, bytes):
        shown = value.decode("utf-8", "replace")
    else:
        shown = repr(value) if isinstance(value, float) else spelled(value)
    return shown if len(shown) <= _WIDEST_LISTING else shown[:_WIDEST_LISTING] + "..."
