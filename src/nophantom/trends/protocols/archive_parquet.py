"""Archives of documents as Parquet: the same records as JSON Lines, a column for each field. PURE.

Each row is told as one line of JSON, so that there is one reader of records for both. `extra` is a struct, or a text
that holds a JSON object; times without a zone are UTC, as Parquet has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import orjson
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from nophantom.errors import Unreadable

MAGIC = b"PAR1"
"""How a Parquet file begins and ends."""
_ROWS = 2_000
_OPTIONS = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def parquet_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The rows of a Parquet file as lines of JSON, some thousand in a chunk; an unreadable row is an empty object.

    Args:
        file: open for reading, at its beginning; must be able to seek.

    Raises:
        Unreadable: it is no Parquet file, or is damaged.
    """
    try:
        table = pq.ParquetFile(file)
        for batch in table.iter_batches(batch_size=_ROWS):
            yield b"".join(_line(row) for row in batch.to_pylist())
    except (pa.ArrowException, OSError) as problem:
        told = " ".join(str(problem).split())[:200]
        raise Unreadable(
            f"the Parquet file is damaged: {told}. Get it again; what was read before is kept."
        ) from None


def _line(row: dict[str, Any]) -> bytes:
    extra = row.get("extra")
    if isinstance(extra, str):
        try:
            extra = orjson.loads(extra)
        except orjson.JSONDecodeError:
            extra = {"unreadable": extra}
    if isinstance(extra, dict):  # a struct has all keys in every row
        row["extra"] = {key: value for key, value in extra.items() if value is not None}
    try:
        return orjson.dumps(row, option=_OPTIONS) + b"\n"
    except TypeError:  # a number wider than 64 bits, bytes
        return b"{}\n"
