"""Importing adoption series. WORLD: reads files, opens the transactions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.errors import NoPhantomError, NotFound, Unavailable, Unreadable
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.adopting import RecordedAdoption, find_file, record_adoption
from nophantom.trends.documents import storable
from nophantom.trends.protocols.adoption_file import AdoptionRows, read_adoption


@dataclass(frozen=True, slots=True)
class ImportedAdoption:
    """What became of one file.

    Attributes:
        path: as it was given.
        recorded: where it is stored; None where it could not be read.
        read: what stands in it; None where it was not read, because it is known or cannot be.
        error: why it cannot be read.
    """

    path: str
    recorded: RecordedAdoption | None
    read: AdoptionRows | None
    error: NoPhantomError | None = None


def import_adoption(engine: Engine, paths: Iterable[Path]) -> list[ImportedAdoption]:
    """Import files of adoption series, each in one unit of work; the same content once.

    A file that cannot be read does not keep the others out.

    Args:
        engine: the store, its tables up to date.
        paths: the files.
    """
    return [_import_one(engine, path) for path in dict.fromkeys(paths)]


def _import_one(engine: Engine, path: Path) -> ImportedAdoption:
    try:
        if not path.exists():
            raise NotFound(f"there is no file {str(path)!r}. Check the path.")
        if not path.is_file():
            raise Unreadable(f"{str(path)!r} is no file. Name a file of adoption series: Parquet or CSV.")
        with path.open("rb") as file:
            sha256 = file_digest(file, "sha256").hexdigest()
            with reading(engine) as session:
                known = find_file(session, sha256)
            if known is not None:
                return ImportedAdoption(str(path), known, None)
            file.seek(0)
            read = read_adoption(file)
        with writing(engine) as session:
            recorded = record_adoption(
                session,
                name=storable(path.name),
                sha256=sha256,
                counted=read.counted,
                rows=read.rows,
                drops=read.drops,
                at=now(),
            )
    except NoPhantomError as problem:
        return ImportedAdoption(str(path), None, None, problem)
    except OSError as problem:
        told = (
            f"cannot read {str(path)!r}: {problem.strerror or problem}. Check its permissions and its disk."
        )
        return ImportedAdoption(str(path), None, None, Unavailable(told))
    return ImportedAdoption(str(path), recorded, read)
