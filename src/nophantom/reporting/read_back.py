"""The way back of `json_file`: from what JSON held to the frozen values that it was made from."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from nophantom.errors import Unreadable

T = TypeVar("T")


def from_plain(kind: type[T], plain: object) -> T:
    """A value of frozen dataclasses, as `json_file.to_plain` wrote it.

    Takes dataclasses of texts, numbers, days, moments, enumerations, tuples, of these or None. A field that has a
    default may be missing: an older version did not write it.

    Args:
        kind: the dataclass.
        plain: what JSON held.

    Raises:
        Unreadable: it holds something else; the message names the path to it.

    >>> from nophantom.reporting.json_file import to_plain
    >>> from nophantom.stats.estimates import Estimate
    >>> one = Estimate(0.5, None, None, 0.95, 1, "one seed")
    >>> from_plain(Estimate, to_plain(one)) == one
    True
    >>> from_plain(Estimate, to_plain(one) | {"point": "half"})
    Traceback (most recent call last):
    ...
    nophantom.errors.Unreadable: point is 'half' where a float is wanted; another version wrote this.
    """
    return cast(T, _value(kind, plain, ""))


def _value(kind: Any, plain: object, path: str) -> object:  # noqa: ANN401 - whatever stands in an annotation
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _optional(parts, plain, path)
    if origin is tuple:
        return _tuple(parts, plain, path)
    if is_dataclass(kind) and isinstance(kind, type):
        return _dataclass(kind, plain, path)
    if isinstance(kind, type) and issubclass(kind, Enum | date):
        return _made(kind, plain, path)
    if kind is float and isinstance(plain, int) and not isinstance(plain, bool):
        return float(plain)  # 1.0 is written as it is, but others may shorten it
    if isinstance(plain, kind) and (kind is bool or not isinstance(plain, bool)):
        return plain
    raise _wrong(plain, path, f"a {kind.__name__}")


def _optional(parts: tuple[Any, ...], plain: object, path: str) -> object:
    if plain is None and NoneType in parts:
        return None
    [kind] = [part for part in parts if part is not NoneType]
    return _value(kind, plain, path)


def _tuple(parts: tuple[Any, ...], plain: object, path: str) -> tuple[object, ...]:
    if not isinstance(plain, list):
        raise _wrong(plain, path, "a list")
    if parts[-1] is Ellipsis:
        parts = (parts[0],) * len(plain)
    if len(parts) != len(plain):
        raise _wrong(plain, path, f"a list of {len(parts)}")
    pairs = zip(parts, plain, strict=True)
    return tuple(_value(part, one, f"{path}[{place}]") for place, (part, one) in enumerate(pairs))


def _dataclass(kind: type[Any], plain: object, path: str) -> object:
    if not isinstance(plain, dict):
        raise _wrong(plain, path, "an object")
    known = {field.name: field for field in fields(kind)}
    if unknown := sorted(plain.keys() - known.keys()):
        raise _wrong(unknown[0], path, f"a field of {kind.__name__}")
    if missing := [name for name, field in known.items() if name not in plain and _is_needed(field)]:
        raise _wrong(None, f"{path}.{missing[0]}".lstrip("."), "a value")
    hints = _hints(kind)
    found = {name: _value(hints[name], one, f"{path}.{name}".lstrip(".")) for name, one in plain.items()}
    return kind(**found)


def _is_needed(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


_HINTS: dict[type[Any], dict[str, Any]] = {}


def _hints(kind: type[Any]) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = get_type_hints(kind)
    return _HINTS[kind]


def _made(kind: type[Enum | date], plain: object, path: str) -> object:
    """A word of an enumeration, a day or a moment, which are written as texts."""
    if isinstance(plain, str):
        with suppress(ValueError):
            return kind.fromisoformat(plain) if issubclass(kind, date) else kind(plain)
    raise _wrong(plain, path, f"a {kind.__name__}")


def _wrong(plain: object, path: str, wanted: str) -> Unreadable:
    seen = repr(plain)[:60]
    return Unreadable(
        f"{path or 'the value'} is {seen} where {wanted} is wanted; another version wrote this."
    )
