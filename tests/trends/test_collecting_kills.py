"""A collection that ends in the middle: killed, interrupted, on a full disk. Nothing lost, nothing counted twice.

The collections run in processes of their own. They are forked from one that has everything imported already, so that
a kill costs a tenth of a second and not two.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from tests.trends.collecting_home import Home, written
from tests.trends.fault_server import FaultServer, Sent, entry, fault_server, feed

from nophantom.publishing.doctor import examine
from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine, reading
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.bodies import Bodies

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = 150
SHARED = SOURCES // 50 * 4
"""Documents that several of them send."""
PATIENCE = 60.0
DAY = 24.0

PROGRAM = """
import os, resource, signal, sys
from datetime import timedelta
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import tests.trends.collecting_home as at_home
from nophantom.errors import NoPhantomError
from nophantom.store.engine import open_engine
from nophantom.trends import collecting
from nophantom.trends.archive.bodies import Bodies

def kill_before_commit(number):
    original, times = collecting.record_visits, [0]
    def kills(session, visits):
        done = original(session, visits)
        times[0] += 1
        if times[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    collecting.record_visits = kills

def work(folder, hours, together, seconds, largest, kill_at):
    collecting.TOGETHER, collecting.SECONDS_TOGETHER = int(together), float(seconds)
    if int(kill_at):
        kill_before_commit(int(kill_at))
    if int(largest):
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest), hard))
    clock = at_home.Clock(at_home.NOON + timedelta(hours=float(hours)))
    engine = open_engine(f"sqlite:///{folder}/nophantom.db")
    done = collecting.Collecting(
        engine, at_home.fetcher(clock), Bodies(Path(folder) / "bodies"), clock=clock
    ).collect()
    return f"{done.visits} visits"

signal.signal(signal.SIGINT, signal.SIG_IGN)
child = 0
for line in sys.stdin:
    if child:
        os.waitpid(child, 0)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        said = "nothing"
        try:
            said = work(*line.split())
        except NoPhantomError as problem:
            said = repr(problem.message)
        except BaseException as problem:
            said = type(problem).__name__
        os.write(1, f"said {said}\\n".encode())
        os._exit(0)
    os.write(1, f"pid {child}\\n".encode())
    # Left as it is until the next one, so that its number is nobody else's when it is killed too late.
    ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    status = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
    os.write(1, f"ended {status}\\n".encode())
"""


@dataclass
class Collector:
    """Starts collections in processes of their own, one after the other."""

    process: subprocess.Popen[str]
    running: bool = False

    def begin(
        self,
        folder: Path,
        *,
        hours: float = 0.0,
        together: int = 20,
        seconds: float = 0.1,
        largest: int = 0,
        kill_at: int = 0,
    ) -> int:
        """Begin one; returns its process."""
        assert self.process.stdin is not None
        if self.running:  # a test that failed before it saw the end
            self.end()
        self.running = True
        self.process.stdin.write(f"{folder} {hours} {together} {seconds} {largest} {kill_at}\n")
        self.process.stdin.flush()
        return int(self._line("pid"))

    def end(self) -> tuple[int, str]:
        """Wait for its end: status (below 0 for a signal), and what it said."""
        said = ""
        assert self.process.stdout is not None
        while (line := self.process.stdout.readline()) and not line.startswith("ended "):
            said = line.removeprefix("said ").strip()
        self.running = False
        return int(line.split()[1]), said

    def _line(self, word: str) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith(word), line
        return line.removeprefix(word).strip()


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(REPOSITORY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    yield Collector(process)
    process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    """Some hundred feeds; every tenth sends what its neighbours send, too, and something without a good date."""
    with fault_server(hosts=30) as running:
        bad = entry("bad", "Long ago", date="Thu, 01 Jan 1970 00:00:00 GMT")
        for n in range(SOURCES):
            own = [f"own-{n}-{i}" for i in range(3)]
            shared = [f"shared-{n // 50}-{i}" for i in range(4)] if n % 10 == 0 else []
            before = "".join(entry(guid, f"News of {guid}") for guid in own + shared) + bad
            after = (
                entry(f"new-{n}", "New") + "".join(entry(g, f"News of {g}") for g in own[1:] + shared) + bad
            )
            running.pages[f"/k/{n}"] = _of_day(running, before, after)
        yield running


def _of_day(server: FaultServer, before: str, after: str) -> Any:
    """What stands there; the server's `pages` of "second" says that the second day has come."""

    def sent(_time: int) -> Sent:
        return Sent(body=feed(entries=after if "second" in server.pages else before))

    return sent


@dataclass
class Undisturbed:
    """A collection to its end: the home before it, what it wrote, and the seconds that it took."""

    before: Path
    hours: float
    tables: dict[str, list[tuple[Any, ...]]]
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, server: FaultServer, collector: Collector
) -> tuple[Undisturbed, Undisturbed]:
    """The first collection of all sources, and that of the next day."""
    empty = tmp_path_factory.mktemp("empty")
    engine = open_engine(f"sqlite:///{empty / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    home = Home(engine, server)
    for n in range(SOURCES):
        home.follow(f"/k/{n}", host=n, kind=("engineering", "research")[n % 2])
    engine.dispose()
    found, before = [], empty
    for hours in (0.0, DAY):
        at_day(server, hours)
        place = tmp_path_factory.mktemp("ended") / "home"
        shutil.copytree(before, place)
        began = time.monotonic()
        collector.begin(place, hours=hours)
        assert collector.end() == (0, f"{SOURCES} visits")
        seconds = time.monotonic() - began
        found.append(Undisturbed(before, hours, tables_of(place), seconds))
        before = place
    return found[0], found[1]


def at_day(server: FaultServer, hours: float) -> None:
    """Whether what is sent is that of the second day."""
    server.pages.pop("second", None)
    if hours:
        server.pages["second"] = lambda _: Sent()


def tables_of(place: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What stands in a home, which must be in order: its books, its bodies, its file."""
    engine = open_engine(f"sqlite:///{place / 'nophantom.db'}")
    assert examine(engine, None) == []
    tables = written(engine)
    bodies = Bodies(place / "bodies")
    with reading(engine) as session:
        visits = session.execute(text('SELECT count(*) FROM "fetch" GROUP BY source_id')).scalars().all()
        for digest in session.execute(text("SELECT DISTINCT sha256 FROM answer")).scalars():
            bodies.get(digest)
        assert session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    tables["visits"] = [(n,) for n in visits]
    engine.dispose()
    return tables


def test_the_truth_is_known_beforehand(undisturbed: tuple[Undisturbed, Undisturbed]) -> None:
    first, second = undisturbed
    assert len(first.tables["document"]) == 3 * SOURCES + SHARED
    assert len(second.tables["document"]) == 4 * SOURCES + SHARED
    assert first.tables["visits"] == [(1,)] * SOURCES
    assert second.tables["visits"] == [(2,)] * SOURCES
    # On the second day everything but the new item came again: it has no rows of its own.
    assert (
        sum(row[1] for row in second.tables["items"]) - sum(row[1] for row in first.tables["items"])
        == SOURCES
    )
    assert [row[2] for row in second.tables["items"]] == [1] * SOURCES


def _kill_and_finish(
    day: Undisturbed, place: Path, server: FaultServer, collector: Collector, share: float
) -> None:
    """Kill it after a share of the time that it takes, look, and let another one finish."""
    at_day(server, day.hours)
    shutil.copytree(day.before, place)
    process = collector.begin(place, hours=day.hours)
    time.sleep(share * day.seconds)
    os.kill(process, signal.SIGKILL)
    assert collector.end()[0] in {0, -signal.SIGKILL}
    _finish(day, place, collector)


def _finish(day: Undisturbed, place: Path, collector: Collector) -> None:
    kept = tables_of(place)
    collector.begin(place, hours=day.hours)
    assert collector.end()[0] == 0
    ended = tables_of(place)
    assert ended == day.tables
    for table in ("document", "collection"):
        assert set(kept[table]) <= set(ended[table])


MOMENTS = [float(share) for share in np.random.default_rng(20260122).random(50)]


@pytest.mark.parametrize("number", range(5))
def test_a_kill_loses_nothing_and_counts_nothing_twice(
    undisturbed: tuple[Undisturbed, Undisturbed],
    server: FaultServer,
    collector: Collector,
    tmp_path: Path,
    number: int,
) -> None:
    _kill_and_finish(undisturbed[number % 2], tmp_path / "home", server, collector, MOMENTS[number])


@pytest.mark.long
@pytest.mark.parametrize("number", range(5, 50))
def test_a_kill_at_any_moment_loses_nothing_and_counts_nothing_twice(
    undisturbed: tuple[Undisturbed, Undisturbed],
    server: FaultServer,
    collector: Collector,
    tmp_path: Path,
    number: int,
) -> None:
    _kill_and_finish(undisturbed[number % 2], tmp_path / "home", server, collector, MOMENTS[number])


@pytest.mark.parametrize("number", [1, 4])
def test_a_kill_between_the_last_row_and_the_commit_keeps_all_or_nothing_of_it(
    undisturbed: tuple[Undisturbed, Undisturbed],
    server: FaultServer,
    collector: Collector,
    tmp_path: Path,
    number: int,
) -> None:
    day = undisturbed[0]
    at_day(server, day.hours)
    place = tmp_path / "home"
    shutil.copytree(day.before, place)
    collector.begin(place, kill_at=number)
    assert collector.end() == (-signal.SIGKILL, "")
    committed = len(tables_of(place)["visits"])
    assert committed <= 20 * (number - 1)
    assert (committed > 0) == (number > 1)
    _finish(day, place, collector)


def test_kills_again_and_again_end_with_the_same_tables(
    undisturbed: tuple[Undisturbed, Undisturbed], server: FaultServer, collector: Collector, tmp_path: Path
) -> None:
    day = undisturbed[0]
    at_day(server, day.hours)
    place = tmp_path / "home"
    shutil.copytree(day.before, place)
    for _ in range(2):
        collector.begin(place, kill_at=3)
        assert collector.end()[0] == -signal.SIGKILL
    assert 0 < len(tables_of(place)["visits"]) <= 2 * 40
    _finish(day, place, collector)


def test_ctrl_c_writes_what_was_visited_and_the_next_collection_visits_the_rest(
    undisturbed: tuple[Undisturbed, Undisturbed], server: FaultServer, collector: Collector, tmp_path: Path
) -> None:
    """Nothing would be written before the end by itself: what stands there was written on the way out."""
    day = undisturbed[0]
    at_day(server, day.hours)
    place = tmp_path / "home"
    shutil.copytree(day.before, place)
    server.latency = 0.05
    try:
        asked = len(server.requests)
        process = collector.begin(place, together=1_000, seconds=600)
        deadline = time.monotonic() + PATIENCE
        while len(server.requests) - asked < SOURCES // 2 and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(process, signal.SIGINT)
        assert collector.end() == (0, "KeyboardInterrupt")
    finally:
        server.latency = 0.0
    assert SOURCES // 10 < len(tables_of(place)["visits"]) < SOURCES
    _finish(day, place, collector)


@pytest.mark.parametrize("room", ["bodies", "rows"])
def test_a_full_disk_is_one_sentence_and_the_next_collection_goes_on(
    undisturbed: tuple[Undisturbed, Undisturbed],
    server: FaultServer,
    collector: Collector,
    tmp_path: Path,
    room: str,
) -> None:
    """No file may grow beyond a limit: first the bodies do not fit, then the rows do not."""
    day = undisturbed[0]
    at_day(server, day.hours)
    place = tmp_path / "home"
    shutil.copytree(day.before, place)
    largest = 100 if room == "bodies" else 60_000
    collector.begin(place, largest=largest)
    status, said = collector.end()
    assert status == 0
    assert "cannot be used" in said or "cannot write" in said
    assert "\\n" not in said
    assert said.count(". ") <= 2
    _finish(day, place, collector)
