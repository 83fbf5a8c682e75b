"""Reading TOML that people write: every value checked, every fault with its line.

Python's parser does not tell where a key stands, so the text is walked once more for that.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

Path = tuple[str | int, ...]
"""Keys from the outside in; a number counts the tables of an array of tables from 0."""
Table = Mapping[str, Any]
Word = TypeVar("Word", bound=StrEnum)


_PART = r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)"""
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_KEY})[ \t]*\]")
_ASSIGNMENT = re.compile(rf"[ \t]*({_KEY})[ \t]*=")
_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*|[\[\]{}\n]|[^\"'\#\[\]{}\n]+",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Lines:
    """The line of every key and table header of a text."""

    known: dict[Path, int]

    def of(self, path: Path) -> int:
        """The line of a key, counted from 1; of what has no line of its own, that of what it stands in."""
        while path and path not in self.known:
            path = path[:-1]
        return self.known.get(path, 1)


def lines_of(text: str) -> Lines:
    r"""Find the keys of a text that is TOML.

    >>> lines_of("name = 'a'\n\n[model]\nd_model = 48\n[[arm]]\nname = 'b'").of(("arm", 0, "name"))
    6
    """
    known: dict[Path, int] = {}
    arrays: dict[Path, int] = {}
    table: Path = ()
    place, line = 0, 1
    while place < len(text):
        if header := _HEADER.match(text, place):
            table = _table(_parts(header[2]), arrays, opens=header[1] == "[[")
            known.setdefault(table, line)
            place = header.end()
        elif assignment := _ASSIGNMENT.match(text, place):
            path = table + _parts(assignment[1])
            known.setdefault(path, line)
            place = assignment.end()
        place, passed = _statement_end(text, place)
        line += passed
    return Lines(known)


def _table(parts: Path, arrays: dict[Path, int], *, opens: bool) -> Path:
    """The path of a table header, with the number of each array of tables that it stands in."""
    path: Path = ()
    for number, part in enumerate(parts, 1):
        path = (*path, part)
        if opens and number == len(parts):
            arrays[path] = arrays.get(path, -1) + 1
        if path in arrays:
            path = (*path, arrays[path])
    return path


def _parts(dotted: str) -> Path:
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in re.findall(_PART, dotted))


def _statement_end(text: str, place: int) -> tuple[int, int]:
    """Where the next statement begins, and how many lines are between: brackets and strings may hold line ends."""
    depth = passed = 0
    while place < len(text):
        piece = _PIECE.match(text, place)
        told = piece[0] if piece else text[place]
        place += len(told)
        passed += told.count("\n")
        depth += (told in ("[", "{")) - (told in ("]", "}"))
        if told == "\n" and depth <= 0:
            break
    return place, passed


class TableReader:
    """Reads the values of one text, and gathers everything that is wrong with them.

    Each method gives back what it read, or a harmless value after noting a fault.
    """

    def __init__(self, text: str, told: Table) -> None:
        self.told = told
        self.lines = lines_of(text)
        self.faults: list[tuple[int, str]] = []

    def fault(self, path: Path, said: str) -> None:
        """Note what is wrong at a place."""
        where = ".".join(str(part) for part in path if isinstance(part, str))
        self.faults.append((self.lines.of(path), f"{where}: {said}" if where else said))

    def keys(self, path: Path, table: Table, known: Sequence[str]) -> None:
        """Note every key that is not known, with the known one that it is like."""
        for key in table:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
                self.fault((*path, key), f"{key!r} is no key here; {hint}")

    def table(self, path: Path, value: object) -> Table:
        """A table; empty where there is none."""
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        self.fault(path, f"a table is needed here, [{path[-1]}]; got {value!r}")
        return {}

    def tables(self, name: str) -> list[tuple[Path, Table]]:
        """The tables of an array of tables, each with its path."""
        value = self.told.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.fault((name,), f"tables are needed here, each under [[{name}]]; got {value!r}")
            return []
        return [((name, number), entry) for number, entry in enumerate(value)]

    def text(self, path: Path, value: object, *, needed: bool = False) -> str:
        """A text; "" where there is none."""
        if isinstance(value, str) and value.strip():
            return value
        if value is not None or needed:
            seen = "is missing" if value is None else f"is a text; got {value!r}"
            self.fault(path, f"{path[-1]} {seen}")
        return ""

    def number(self, path: Path, value: object) -> float | None:
        """A finite number."""
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
        self.fault(path, f"a number is needed; got {value!r}")
        return None

    def whole(self, path: Path, value: object, least: int = 1) -> int | None:
        """A whole number that a store can hold."""
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and least <= value < 2**63:
            return value
        self.fault(path, f"a whole number of {least} or more is needed; got {value!r}")
        return None

    def word(self, path: Path, value: object, words: type[Word]) -> Word | None:
        """A word of a closed list."""
        try:
            return words(str(value))
        except ValueError:
            what = str(path[-1]).replace("direction", "direction of a claim")
            self.fault(path, f"{value!r} is no {what}; {', '.join(words)}")
            return None

    def texts(self, path: Path, value: object) -> tuple[str, ...]:
        """A list of texts."""
        if isinstance(value, list) and all(isinstance(entry, str) and entry for entry in value):
            return tuple(value)
        self.fault(path, f"a list of names is needed; got {value!r}")
        return ()
