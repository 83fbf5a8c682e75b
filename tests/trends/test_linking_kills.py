"""Linking that is killed in the middle of a unit of work: what was committed stays, and the rest is linked later."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select
from tests.trends.test_linking import AT, a_corpus, arrive, is_sound, link, stories

from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine, reading
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.story_tables import Linking, UnlinkedDocument

DOCUMENTS, AT_ONCE = 120, 6

PROGRAM = """
import os, signal, sys
from datetime import datetime
from nophantom.store.engine import open_engine
from nophantom.trends import linking

units, kill_at, before = [0], int(sys.argv[2]), linking.record_linking

def kills(session, linked, *, at):
    number = before(session, linked, at=at)
    units[0] += 1
    if units[0] == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)  # everything is written, nothing committed
    return number

linking.record_linking = kills
moment = datetime.fromisoformat(sys.argv[3])
linking.link_stories(open_engine(sys.argv[1]), clock=lambda: moment, at_once=int(sys.argv[4]))
"""


def killed(address: str, unit: int) -> bool:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, address, str(unit), AT.isoformat(), str(AT_ONCE)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode != 0


def check_kills(folder: Path, moments: list[int]) -> None:
    """Killed at each of these units of work, one run after the other, it ends with the links of one that was not."""
    documents = a_corpus(3, DOCUMENTS)
    addresses = [f"sqlite:///{folder / name}.db" for name in ("calm", "killed")]
    calm, stopped = (open_engine(address) for address in addresses)
    for engine in (calm, stopped):
        bring_up_to_date(engine, MIGRATIONS)
        arrive(engine, documents)
    link(calm)
    wanted, seen = stories(calm), dict[str, str]()
    assert len(wanted) > 10
    for unit in moments:
        with reading(stopped) as session:
            before = session.execute(select(func.count()).select_from(Linking)).scalar_one()
        assert killed(addresses[1], unit)
        with reading(stopped) as session:
            after = session.execute(select(func.count()).select_from(Linking)).scalar_one()
            waiting = session.execute(select(func.count()).select_from(UnlinkedDocument)).scalar_one()
        assert (after, waiting > 0) == (before + unit - 1, True)
        assert seen.items() <= stories(stopped).items() <= wanted.items()
        seen = stories(stopped)
    link(stopped)
    assert stories(stopped) == wanted
    assert is_sound(stopped)
    for engine in (calm, stopped):
        engine.dispose()


def test_a_kill_between_writing_and_committing_loses_no_link_and_makes_none_twice(tmp_path: Path) -> None:
    check_kills(tmp_path, [1, 4])


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_many_kills_end_with_the_same_links(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    check_kills(tmp_path, rng.integers(1, 4, 4).tolist())
