"""Rows of a Parquet file, within bounds of memory. The only place that loads pyarrow."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import BinaryIO

from nophantom.errors import Unreadable
from nophantom.llm.logs.json_text import glimpse, without_lone_surrogates

MAGIC = b"PAR1"
MOST_ROWS = 20_000_000
"""Rows of one file; a table of more is no table of outcomes."""
LARGEST_DECODED = 2 * 2**30
"""Bytes that all rows together may decode to."""

_BATCH_BYTES = 2**28
_SMALLEST_BATCH, _LARGEST_BATCH = 16, 8_192


def column_names(stream: BinaryIO) -> list[str] | None:
    """The names of the columns, those at the top only; None when the file's footer cannot be read."""
    import pyarrow as arrow  # type: ignore[import-untyped]
    from pyarrow import parquet

    try:
        return [str(name) for name in parquet.read_schema(stream).names]
    except (arrow.ArrowException, OSError, ValueError):
        return None


def read_rows(
    stream: BinaryIO, *, name: str, columns: Collection[str] | None = None
) -> Iterator[Mapping[str, object]]:
    """Each row as an object, in the order of the file.

    A damaged part cannot be left out as a damaged line can: its rows could not be told from others.

    Args:
        stream: seekable.
        name: of the file, for messages.
        columns: which of them, with dots for members ("doc.id"); those that are absent are left out.

    Raises:
        Unreadable: it is no Parquet file, damaged, or decodes to more than is read.
    """
    import pyarrow as arrow

    try:
        yield from _rows(stream, name, columns)
    except (arrow.ArrowException, OSError, ValueError, OverflowError, MemoryError) as wrong:
        raise Unreadable(
            f"{name} is not readable as Parquet: {glimpse(' '.join(str(wrong).split()))}. It was cut off or damaged; "
            "copy it again."
        ) from None


def _rows(stream: BinaryIO, name: str, columns: Collection[str] | None) -> Iterator[Mapping[str, object]]:
    from pyarrow import parquet

    with parquet.ParquetFile(stream, page_checksum_verification=True) as file:
        about = file.metadata
        groups = [about.row_group(number) for number in range(about.num_row_groups)]
        if about.num_rows > MOST_ROWS or sum(group.num_rows for group in groups) > MOST_ROWS:
            raise _too_large(name, f"{about.num_rows:,} rows")
        # One value of a dictionary may stand in every row, so a whole group bounds each row. (What a damaged
        # footer says of single columns is not asked for: pyarrow ends the process where a column is missing.)
        largest = max([1, *(group.total_byte_size for group in groups)])
        batch_size = min(max(_BATCH_BYTES // largest, _SMALLEST_BATCH), _LARGEST_BATCH)
        leaves = [about.schema.column(place).path for place in range(about.num_columns)]
        wanted = None if columns is None else [leaf for leaf in leaves if _is_wanted(leaf, columns)]
        decoded = 0
        for batch in file.iter_batches(batch_size=batch_size, columns=wanted, use_threads=False):
            decoded += batch.nbytes
            if decoded > LARGEST_DECODED:
                raise _too_large(name, f"more than {LARGEST_DECODED:,} bytes")
            for row in batch.to_pylist():
                yield row if isinstance(row, dict) else {}


def _is_wanted(leaf: str, columns: Collection[str]) -> bool:
    return any(leaf == column or leaf.startswith(f"{column}.") for column in columns)


def _too_large(name: str, seen: str) -> Unreadable:
    return Unreadable(
        f"{name} holds too much: {seen}; at most {MOST_ROWS:,} rows and {LARGEST_DECODED:,} bytes are read. Split it."
    )


def plain(value: object) -> object:
    """A value of a row as JSON would have it: lists and objects stay, times and decimals become text or numbers."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return without_lone_surrogates(value)
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    return str(value)
