"""Rows of a table file: CSV with any usual delimiter, JSON lines, a JSON array or object, Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from nophantom.errors import Unreadable
from nophantom.llm.logs.json_text import decode, glimpse
from nophantom.llm.logs.parquet import MAGIC, column_names, plain, read_rows
from nophantom.llm.logs.records import Omission, OmissionReason
from nophantom.llm.logs.table_columns import is_known

DELIMITERS = (",", "\t", ";", "|")
LOOKED_AT = 1_000
"""Rows by which is decided what a column holds."""

_LONGEST_CELL = 16 * 2**20  # characters
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}

Row = tuple[str, Mapping[str, object]]
"""Where a row is, for people, and its cells by column."""


@dataclass(slots=True)
class Table:
    """A table as it stands in a file.

    Attributes:
        kind: "CSV", "JSON lines", "JSON" or "Parquet".
        columns: their names, in the order of the file.
        first: the first rows, `LOOKED_AT` at most.
        rest: the others; can be walked once.
        omissions: rows that could not be read; grows while `rest` is walked.
        decimal_comma: numbers may be written "0,5".
    """

    kind: str
    columns: tuple[str, ...]
    first: list[Row]
    rest: Iterator[Row]
    omissions: list[Omission]
    decimal_comma: bool = False

    def rows(self) -> Iterator[Row]:
        """All rows, once."""
        yield from self.first
        yield from self.rest


def open_table(data: bytes, *, name: str) -> Table:
    """The table in a file, whatever way it is written.

    Args:
        data: the whole file.
        name: of the file, for messages.

    Raises:
        Unreadable: it is empty, no text in UTF-8, or no table.
    """
    if data.startswith(MAGIC):
        return _parquet(data, name)
    body = data.removeprefix(_BYTE_ORDER_MARK)
    if not body.strip():
        raise Unreadable(f"{name} is empty. Give a table with a header and at least one row.")
    begin = body.lstrip()[:1]
    if begin in (b"{", b"["):
        return _json(body, name)
    return _csv(body, name)


def _table(
    kind: str, rows: Iterator[Row], omissions: list[Omission], columns: Sequence[str] | None = None
) -> Table:
    first = list(islice(rows, LOOKED_AT))
    named = columns or tuple(dict.fromkeys(column for _, row in first for column in row))
    return Table(kind, tuple(named), first, rows, omissions)


def _parquet(data: bytes, name: str) -> Table:
    columns = column_names(io.BytesIO(data))
    rows = (
        (f"row {number}", {column: plain(cell) for column, cell in row.items()})
        for number, row in enumerate(read_rows(io.BytesIO(data), name=name), start=1)
    )
    return _table("Parquet", rows, [], columns)


def _json(body: bytes, name: str) -> Table:
    omissions: list[Omission] = []
    if body.lstrip()[:1] == b"{" and _is_lines(body):
        return _table("JSON lines", _lines(body, omissions), omissions)
    try:
        value = decode(body)
    except ValueError as wrong:
        raise Unreadable(
            f"{name} is not readable as JSON ({wrong}). It was cut off or damaged, or it is no JSON lines file with "
            "one object a line; copy it again."
        ) from None
    if isinstance(value, dict):
        _refuse_repeated(body, name)
    entries = value if isinstance(value, list) else _entries_of(value)
    return _table("JSON", _objects(entries, omissions), omissions)


def _refuse_repeated(body: bytes, name: str) -> None:
    """Of two members with one name a parser keeps the last and says nothing; here they are two outcomes."""

    def distinct(pairs: list[tuple[str, object]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Unreadable(
                    f"{name} names {key[:60]!r} twice in one object. Give every problem an id of its own."
                )
            seen.add(key)

    try:
        json.loads(body, object_pairs_hook=distinct)
    except (ValueError, RecursionError):
        return  # read leniently all the same


def _is_lines(body: bytes) -> bool:
    """Whether the first line, or else the second, is an object of its own."""
    for line in body.split(b"\n", 2)[:2]:
        try:
            return isinstance(decode(line), dict) and b"\n" in body.strip()
        except ValueError:
            continue
    # Damaged from its beginning: lines are the likelier, if the others are objects.
    return body.count(b"\n{") > 1


def _lines(body: bytes, omissions: list[Omission]) -> Iterator[Row]:
    for number, line in enumerate(body.split(b"\n"), start=1):
        if not line or line.isspace():
            continue
        where = f"line {number}"
        try:
            value = decode(line)
        except ValueError as wrong:
            omissions.append(Omission(where, OmissionReason.NOT_JSON, str(wrong)))
            continue
        if isinstance(value, dict):
            yield where, value
        else:
            omissions.append(
                Omission(where, OmissionReason.NOT_A_SAMPLE, f"no object: {glimpse(value)}"),
            )


def _objects(entries: Sequence[object], omissions: list[Omission]) -> Iterator[Row]:
    for number, entry in enumerate(entries, start=1):
        if isinstance(entry, dict):
            yield f"entry {number}", entry
        else:
            seen = f"no object: {glimpse(entry)}"
            omissions.append(Omission(f"entry {number}", OmissionReason.NOT_A_SAMPLE, seen))


def _entries_of(value: object) -> list[object]:
    """The rows of `{id: score}` or `{id: {column: cell}}`; a single object is one row."""
    if not isinstance(value, dict):
        return []
    if value and all(isinstance(entry, dict) for entry in value.values()):
        return [{"id": key, **entry} for key, entry in value.items()]
    if value and not any(isinstance(entry, dict | list) or is_known(key) for key, entry in value.items()):
        return [{"id": key, "score": entry} for key, entry in value.items()]
    return [value]


def _csv(body: bytes, name: str) -> Table:
    text = _decoded(body, name)
    delimiter, columns = sniff_header(text)
    if len(columns) < 2:
        raise Unreadable(
            f"{name} is no table: its first line, {glimpse(text.splitlines()[0])!r}, has one column with any of the "
            "delimiters comma, tab, semicolon and bar. Give a header line with at least an id and a score."
        )
    twice = [column for column in dict.fromkeys(columns) if columns.count(column) > 1]
    if twice:
        raise Unreadable(f"{name} has two columns named {twice[0]!r}. Rename one of them.")
    omissions: list[Omission] = []
    table = _table("CSV", _csv_rows(text, delimiter, columns, omissions), omissions, columns)
    table.decimal_comma = delimiter == ";"
    return table


def _decoded(body: bytes, name: str) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as wrong:
        other = next((known for mark, known in _OTHER_ENCODINGS.items() if body.startswith(mark)), None)
        line = body.count(b"\n", 0, wrong.start) + 1
        seen = f"it is {other}" if other else f"line {line} holds byte {body[wrong.start]:#04x}"
        raise Unreadable(f"{name} is no UTF-8 text: {seen}. Save it as UTF-8.") from None


def sniff_header(text: str) -> tuple[str, list[str]]:
    """The delimiter that cuts the first line into most columns, and the names of those columns.

    >>> sniff_header("item;score")
    (';', ['item', 'score'])
    """
    line = next((line for line in text.splitlines() if line.strip()), "")
    cut = {}
    for delimiter in DELIMITERS:
        try:
            cut[delimiter] = next(csv.reader([line], delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue
    if not cut:
        return ",", []
    best = max(cut, key=lambda delimiter: (len(cut[delimiter]), -DELIMITERS.index(delimiter)))
    return best, [column.strip() for column in cut[best]]


def _csv_rows(text: str, delimiter: str, columns: Sequence[str], omissions: list[Omission]) -> Iterator[Row]:
    """Rows that have a cell for every column; one that is longer or shorter may be shifted, so it is left out."""
    # Lines end as the csv module sees them: a quoted cell may hold a line end.
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))  # reasoning outgrows the usual 131,072
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    is_header = True
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            seen = f"{wrong} (up to line {reader.line_num})"
            omissions.append(Omission(f"line {line}", OmissionReason.NOT_A_SAMPLE, seen))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if is_header:
            is_header = False
        elif len(cells) != len(columns):
            seen = f"{len(cells)} cells for {len(columns)} columns"
            omissions.append(Omission(f"line {line}", OmissionReason.NOT_A_SAMPLE, seen))
        else:
            yield f"line {line}", dict(zip(columns, cells, strict=True))
