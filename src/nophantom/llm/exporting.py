"""Writing the outcomes of a study into a file for other programs. WORLD: reads the ledger, writes a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import orjson
from sqlalchemy import Engine

from nophantom.errors import Unavailable
from nophantom.llm.ledger.export import OutcomeRow, evaluations_to_export, read_outcomes
from nophantom.llm.ledger.study_facts import resolve_study
from nophantom.store.engine import reading

COLUMNS = tuple(field.name for field in fields(OutcomeRow))
"""Of every row, in this order."""

_WHOLE = {"seed", "step", "position", "attempt"}
_REAL = {"score", "log_likelihood", "confidence"}


class ExportFormat(StrEnum):
    """How outcomes are written."""

    JSONL = "jsonl"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class ExportEnd:
    """What was written: outcomes of so many evaluations; `sealed` how many evaluations were left out."""

    outcomes: int
    evaluations: int
    sealed: int


def export_study(
    engine: Engine, reference: str, file: BinaryIO, *, format_: ExportFormat, split: str | None = None
) -> ExportEnd:
    """Write every outcome of a study that may be seen, one row for each.

    Args:
        engine: the store.
        reference: of the study.
        file: written to.
        format_: JSON Lines, or Parquet.
        split: only this one; None takes all but a sealed test.

    Raises:
        NotFound, Ambiguous: there is no such study, or several.
        Sealed: the split is the sealed test.
        InvalidInput: the study has nothing on this split.
        Unavailable: the file cannot be written.
    """
    with reading(engine) as session:
        found = evaluations_to_export(session, resolve_study(session, reference), split)
        written = 0
        with _sink(file, format_) as sink:
            for number in found.evaluations:
                rows = [
                    {name: getattr(row, name) for name in COLUMNS} for row in read_outcomes(session, number)
                ]
                sink.write(rows)
                written += len(rows)
    return ExportEnd(written, len(found.evaluations), found.sealed)


class _Lines:
    """JSON Lines."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def write(self, rows: list[dict[str, object]]) -> None:
        self.file.write(b"".join(orjson.dumps(row) + b"\n" for row in rows))

    def close(self) -> None:
        self.file.flush()


class _Parquet:
    """Parquet, a row group for each evaluation."""

    def __init__(self, file: BinaryIO) -> None:
        # Loaded here, since it takes longer than most exports to JSON Lines.
        import pyarrow as arrow  # type: ignore[import-untyped]
        from pyarrow import parquet

        kinds = {name: arrow.int64() for name in _WHOLE} | {name: arrow.float64() for name in _REAL}
        self.schema = arrow.schema([(name, kinds.get(name, arrow.string())) for name in COLUMNS])
        self.table = arrow.Table
        self.writer = parquet.ParquetWriter(file, self.schema, compression="zstd")

    def write(self, rows: list[dict[str, object]]) -> None:
        self.writer.write_table(self.table.from_pylist(rows, schema=self.schema))

    def close(self) -> None:
        self.writer.close()


@contextmanager
def _sink(file: BinaryIO, format_: ExportFormat) -> Iterator[_Lines | _Parquet]:
    try:
        sink = _Lines(file) if format_ is ExportFormat.JSONL else _Parquet(file)
        yield sink
        sink.close()
    except OSError as problem:
        raise Unavailable(
            f"cannot write the outcomes: {problem.strerror or problem}. Name another place."
        ) from None


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that is there whole, under its name, or not at all.

    Raises:
        Unavailable: it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except OSError as problem:
        raise Unavailable(
            f"cannot write {str(path)!r}: {problem.strerror or problem}. Name another place."
        ) from None
    finally:
        part.unlink(missing_ok=True)
