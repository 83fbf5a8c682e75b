"""Files of adoption series: Parquet or CSV (plain or gzip), known by their columns. PURE.

Three layouts are read. `snapshot, project, downloads_30d`: downloads of packages of PyPI in the 30 days before a day.
`date, repo, stars`: all stars of a repository of GitHub on a day. `product, measure, month, value` with `known_on` if
it is known: any product by its native id; what is told without `known_on` could be known when the month was over.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from gzip import GzipFile
from io import TextIOWrapper
from typing import IO, Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from nophantom.errors import Unreadable
from nophantom.trends.adoption import Counted, Measure, after_month, month_of, one_a_month
from nophantom.trends.native_ids import LONGEST_ID, repository_id
from nophantom.trends.packages import package_at
from nophantom.trends.protocols.archive_parquet import MAGIC

Row = Mapping[str, Any]
EXAMPLES = 5
"""Rows that could not be used and are told; all are counted."""
_GZIP = b"\x1f\x8b"
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class AdoptionRows:
    """What stands in a file.

    Attributes:
        counted: one number for each product, measure and month.
        rows: that were read.
        drops: of them, those that could not be used.
        examples: the first of these, with what was seen.
    """

    counted: tuple[Counted, ...]
    rows: int
    drops: int
    examples: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class _Drops:
    n: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)

    def add(self, number: int, row: Row) -> None:
        self.n += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append((number, ", ".join(f"{name} {value}" for name, value in row.items())[:120]))


def read_adoption(file: IO[bytes]) -> AdoptionRows:
    """The numbers of a file; a row that cannot be used does not keep the others out.

    Args:
        file: open for reading, at its beginning; must be able to seek.

    Raises:
        Unreadable: it is no such file, or is damaged.
    """
    try:
        with _table(file) as (columns, rows):
            layout = next((read for names, read in _LAYOUTS if names <= columns), None)
            if layout is not None:
                return _read(rows, layout)
    except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as problem:
        told = " ".join(str(problem).split())[:200]
        raise Unreadable(f"the file of adoption series is damaged: {told}. Get it again.") from None
    asked = "; ".join(", ".join(sorted(names)) for names, _ in _LAYOUTS)
    raise Unreadable(
        f"this is no file of adoption series: its columns are {', '.join(sorted(columns))[:200] or 'none'}. Give one "
        f"that has {asked}."
    )


def _read(rows: Iterable[Row], layout: Callable[[Row], Counted | None]) -> AdoptionRows:
    drops, n, counted = _Drops(), 0, list[Counted]()
    for n, row in enumerate(rows, 1):
        try:
            found = layout(row)
        except (ValueError, TypeError, OverflowError, AttributeError):
            found = None
        if found is None or not 0 <= found.value <= _MOST or len(found.product) > LONGEST_ID:
            drops.add(n, row)
        else:
            counted.append(found)
    return AdoptionRows(tuple(one_a_month(counted)), n, drops.n, tuple(drops.examples))


@contextmanager
def _table(file: IO[bytes]) -> Iterator[tuple[frozenset[str], Iterator[Row]]]:
    """The columns of a file, and its rows."""
    begins = file.read(4)
    file.seek(0)
    if begins == MAGIC:
        table = pq.ParquetFile(file)
        wanted = [name for name in table.schema_arrow.names if name in _KNOWN]
        batches = (batch.to_pylist() for batch in table.iter_batches(columns=wanted))
        yield frozenset(table.schema_arrow.names), (row for batch in batches for row in batch)
        return
    plain = GzipFile(fileobj=file) if begins[:2] == _GZIP else file
    text = TextIOWrapper(plain, encoding="utf-8-sig", newline="")
    try:
        rows = csv.DictReader(text)
        yield frozenset(name for name in rows.fieldnames or () if name), iter(rows)
    finally:
        text.detach()  # who opened the file closes it


def _day(told: object) -> date:
    if isinstance(told, datetime):
        return told.date()
    return told if isinstance(told, date) else date.fromisoformat(str(told).strip()[:10])


def _whole(told: object) -> int:
    number = float(str(told))
    if number != int(number):
        raise ValueError("no whole number")
    return int(number)


def _downloads(row: Row) -> Counted | None:
    package = package_at("pypi.org", f"/project/{str(row['project']).strip()}/")
    day = _day(row["snapshot"])
    month = month_of(Measure.DOWNLOADS, day)
    value = _whole(row["downloads_30d"])
    return Counted(f"pypi:{package.name}", Measure.DOWNLOADS, month, value, day) if package else None


def _stars(row: Row) -> Counted | None:
    product, day = repository_id(str(row["repo"]).strip()), _day(row["date"])
    month = month_of(Measure.STARS_TOTAL, day)
    return Counted(product, Measure.STARS_TOTAL, month, _whole(row["stars"]), day) if product else None


def _plain(row: Row) -> Counted | None:
    product = str(row["product"]).strip()
    space, _, name = product.partition(":")
    if not space.isidentifier() or not name:
        return None
    month = _day(f"{str(row['month']).strip()[:7]}-01")
    known = row.get("known_on")
    known_on = _day(known) if known else after_month(month)
    measure = Measure(str(row["measure"]).strip())
    return Counted(product, measure, month, _whole(row["value"]), known_on) if known_on >= month else None


_LAYOUTS: tuple[tuple[frozenset[str], Callable[[Row], Counted | None]], ...] = (
    (frozenset({"snapshot", "project", "downloads_30d"}), _downloads),
    (frozenset({"date", "repo", "stars"}), _stars),
    (frozenset({"product", "measure", "month", "value"}), _plain),
)
_KNOWN = frozenset({"known_on"}).union(*(names for names, _ in _LAYOUTS))
