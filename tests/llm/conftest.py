"""What the tests of this wing share: the logs that the real frameworks wrote, and a small simulated study."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

import nophantom
from nophantom.llm.ledger.studies import Cell, record_study
from nophantom.llm.seed_worlds import PlantedRecipe, SeedWorld
from nophantom.llm.verdicts import Claim
from nophantom.store.engine import open_engine, writing
from nophantom.store.versions import bring_up_to_date


@pytest.fixture(scope="session")
def real_logs() -> Path:
    """The folder of logs that the real frameworks wrote; without it the test is skipped, visibly."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("NOPHANTOM_DATA", beside)) / "llm"
    if not folder.is_dir():
        pytest.skip("real logs are absent: expected ../shared/data/llm or $NOPHANTOM_DATA/llm")
    return folder


@pytest.fixture(scope="session")
def small_world() -> SeedWorld:
    """Two recipes of four seeds with two checkpoints; 40 problems to choose on and a sealed test of 60."""
    return SeedWorld(
        recipes=(PlantedRecipe("base", 0.60, 0.03), PlantedRecipe("new", 0.75, 0.03, 0.2)),
        seeds=4,
        steps=(1_000, 2_000),
        n_validation=40,
        n_test=60,
        claim=Claim(preregistered=True),
    )


RecordWorld = Callable[..., None]


@pytest.fixture(scope="session")
def record_world() -> RecordWorld:
    """Records a draw of a world as a study: record_world(engine, world, name, seed=..., change=...)."""

    def record(
        engine: Engine,
        world: SeedWorld,
        name: str,
        *,
        seed: int = 1,
        change: Callable[[str, Cell], Cell] = lambda _split, cell: cell,
    ) -> None:
        drawn = world.draw(np.random.default_rng(seed))
        cells = {
            (d.arm, d.seed, d.step, d.split): change(d.split, Cell(d.right, d.answers, d.confidence))
            for d in drawn
        }
        at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        with writing(engine) as session:
            record_study(
                session, world.plan(name), world.problems(), cells, grader="simulated", at=at, hours=4.25
            )

    return record


@pytest.fixture(scope="session")
def recorded_file(
    tmp_path_factory: pytest.TempPathFactory, small_world: SeedWorld, record_world: RecordWorld
) -> Path:
    """A store that holds the small world as the study `small`, its test sealed; to be copied, never opened."""
    path = tmp_path_factory.mktemp("small") / "nophantom.db"
    engine = open_engine(f"sqlite:///{path}")
    bring_up_to_date(engine, Path(nophantom.__file__).parent / "migrations")
    record_world(engine, small_world, "small")
    engine.dispose()
    return path


@pytest.fixture
def small(recorded_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """A store of one's own with the sealed study `small`: runs r1 to r4 of `base`, r5 to r8 of `new`."""
    path = tmp_path / "small" / "nophantom.db"
    path.parent.mkdir()
    shutil.copy(recorded_file, path)
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()
