"""The demonstration of the trend wing: a simulated world with its planted truth, or real archives. WORLD."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import orjson
from sqlalchemy import Engine

from nophantom.trends.concluding import Detected, detect_signals
from nophantom.trends.importing import ImportedArchive, OnBytes, find_archives, import_archives
from nophantom.trends.known_corpus import HISTORY_DAYS, OnStep, reads_from
from nophantom.trends.linking import OnLinked
from nophantom.trends.protocols.archive_file import Window
from nophantom.trends.signals import Candidate, Place
from nophantom.trends.worlds import DEMO, Planted, Truth

SEED = 1
"""Of the simulated world: one world, so that a second demonstration changes nothing."""


@dataclass(frozen=True, slots=True)
class PlantedTopic:
    """A planted topic beside what was found of it.

    Attributes:
        planted: the truth.
        candidate: what detection made of it; None when it was not even a candidate.
    """

    planted: Planted
    candidate: Candidate | None

    @property
    def is_shown(self) -> bool:
        """Whether it is a signal."""
        return self.candidate is not None and self.candidate.place is Place.SIGNAL

    @property
    def is_as_it_should(self) -> bool:
        """A trend is shown, and nothing else is."""
        return self.is_shown == (self.planted.truth is Truth.TREND)


def simulate_trends(
    engine: Engine, folder: Path, *, on_step: OnStep | None = None
) -> tuple[Detected, tuple[PlantedTopic, ...]]:
    """Write the simulated world as an archive, import it like any other, and detect.

    Args:
        engine: the store, its tables up to date.
        folder: where the archive is written.
        on_step: told of the progress.
    """
    archive = folder / f"simulated-trends-{SEED}.jsonl"
    lines = (orjson.dumps(record) for record in DEMO.records(np.random.default_rng(SEED)))
    folder.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(b"\n".join(lines) + b"\n")
    import_archives(engine, [archive])
    found = detect_signals(engine, as_of=DEMO.last_day, simulated=True, on_step=on_step)
    by_name = {candidate.name.casefold(): candidate for candidate in found.snapshot.everyone}
    return found, tuple(PlantedTopic(p, by_name.get(p.name.casefold())) for p in DEMO.planted)


@dataclass(frozen=True, slots=True)
class RealTrends:
    """What became of the archives of a folder."""

    imported: tuple[ImportedArchive, ...]
    detected: Detected | None
    asked: date | None


def real_trends(
    engine: Engine,
    folder: Path,
    *,
    as_of: date | None,
    on_bytes: OnBytes | None = None,
    on_linked: OnLinked | None = None,
    on_step: OnStep | None = None,
) -> RealTrends | None:
    """Import the archives of a folder, as far as a day needs them, and detect as of that day.

    Where they hold nothing for that day, all of them is imported and their last day is taken.

    Returns:
        None when the folder holds no archives.
    """
    archives = find_archives(folder)
    if not archives:
        return None
    if as_of is not None:
        window = Window(reads_from(as_of, HISTORY_DAYS), as_of)
        done = import_archives(engine, archives, window=window, on_bytes=on_bytes, on_linked=on_linked)
        if _reaches(done):
            return RealTrends(tuple(done), detect_signals(engine, as_of=as_of, on_step=on_step), as_of)
    done = import_archives(engine, archives, on_bytes=on_bytes, on_linked=on_linked)
    return RealTrends(tuple(done), detect_signals(engine, on_step=on_step), as_of)


def _reaches(done: Sequence[ImportedArchive]) -> bool:
    return any(file.fetch is not None and file.fetch.documents + file.fetch.duplicates > 0 for file in done)
