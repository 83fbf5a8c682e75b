"""Whether the beginning of a file is that of a table of scores."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Mapping, Sequence

from nophantom.llm.logs import cells
from nophantom.llm.logs.json_text import decode, members
from nophantom.llm.logs.table_columns import ROLES, SURE_SCORES, is_known, plain_name
from nophantom.llm.logs.table_rows import sniff_header
from nophantom.llm.logs.table_shapes import is_helm, model_members

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ROWS_LOOKED_AT = 20
_NAMES_OF_PROBLEMS = frozenset({*ROLES["item"], *ROLES["question"]})
# Half of all tables have an "id" and a "score"; one of the two must say more than that.
_ANY_TABLE_HAS = frozenset(
    {"id", "idx", "index", "input", "query", "example", "score", "right", "passed", "resolved"}
)


def looks_like_table(head: bytes, *, whole: bool, named: bool) -> bool:
    """Whether a file is a table of scores, by its beginning.

    Args:
        head: the beginning of the file.
        whole: the file ends with it.
        named: the user named this very file: then one column that tables of scores have is enough.
    """
    body = head.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if not body:
        return False
    if body[:1] in (b"{", b"["):
        rows = _json_rows(body, whole=whole)
        if named:
            return bool(rows) and (is_helm(rows) or _has_known(rows) or _is_id_to_score(rows))
        return bool(rows) and (is_helm(rows) or bool(model_members(rows)) or _are_outcomes(rows))
    try:
        text = body.decode("utf-8", "strict" if whole else "ignore")
    except UnicodeDecodeError:
        # UTF-16 and the like: only a person knows that it is a table.
        return named and head[:2] in (b"\xff\xfe", b"\xfe\xff")
    if "\x00" in text:
        return False
    delimiter, columns = sniff_header(text)
    if len(columns) < 2:
        return False
    if named:
        return any(is_known(column) for column in columns)
    return names_outcomes(columns) and _are_outcomes(_csv_rows(text, delimiter, columns, whole=whole))


def names_outcomes(columns: Collection[str]) -> bool:
    """Whether columns name both a problem and a score beyond doubt."""
    names = {plain_name(column) for column in columns}
    problems, scores = names & _NAMES_OF_PROBLEMS, names & set(SURE_SCORES)
    return bool(problems and scores and (problems | scores) - _ANY_TABLE_HAS)


def _are_outcomes(rows: Sequence[Mapping[str, object]]) -> bool:
    """Whether all of these rows name a problem and hold a score in [0, 1], or an empty one."""
    scored = 0
    for row in rows:
        found = [value for column, value in row.items() if plain_name(column) in SURE_SCORES]
        if not names_outcomes(row) or not all(cells.is_nothing(v) or cells.is_score(v) for v in found):
            return False
        scored += any(cells.is_score(value) for value in found)
    return scored > 0


def _has_known(rows: Sequence[Mapping[str, object]]) -> bool:
    return any(is_known(column) for row in rows for column in row) or bool(model_members(rows))


def _is_id_to_score(rows: Sequence[Mapping[str, object]]) -> bool:
    """One object of ids and scores; or of ids and objects that hold scores."""
    values = list(rows[0].values()) if len(rows) == 1 else []
    if not values:
        return False
    flat = all(cells.is_nothing(value) or cells.is_score(value) for value in values)
    return flat or all(any(is_known(key) for key in members(value)) for value in values)


def _json_rows(body: bytes, *, whole: bool) -> list[Mapping[str, object]]:
    """The first objects of JSON lines or of an array; a file that is one object is one row."""
    if body[:1] == b"[":
        return _array_rows(body)
    rows: list[Mapping[str, object]] = []
    lines = body.split(b"\n", _ROWS_LOOKED_AT)
    for line in lines[: _ROWS_LOOKED_AT if whole else len(lines) - 1]:
        try:
            rows.append(members(decode(line)))
        except ValueError:
            continue
    if any(rows):
        return [row for row in rows if row]
    try:
        return [members(decode(body))] if whole else []
    except ValueError:
        return []


def _array_rows(body: bytes) -> list[Mapping[str, object]]:
    words = body.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    rows: list[Mapping[str, object]] = []
    place = 1
    while len(rows) < _ROWS_LOOKED_AT:
        while place < len(words) and words[place] in " \t\r\n,":
            place += 1
        try:
            value, place = decoder.raw_decode(words, place)
        except (ValueError, RecursionError):
            break
        if not isinstance(value, dict):
            return []
        rows.append(value)
    return rows


def _csv_rows(text: str, delimiter: str, columns: Sequence[str], *, whole: bool) -> list[dict[str, object]]:
    if not whole:
        text = text[: text.rfind("\n") + 1]
    rows: list[dict[str, object]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for found in reader:
            if len(found) == len(columns):
                rows.append(dict(zip(columns, found, strict=True)))
            if len(rows) > _ROWS_LOOKED_AT:
                break
    except csv.Error:
        pass  # what was read up to here tells
    return rows[1:]
