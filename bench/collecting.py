"""How fast are sources collected: fetched, parsed, normalised, de-duplicated, indexed, stored? In CPU seconds.

    python bench/collecting.py [--sources 5000] [--hosts 200] [--latency 0.02] [--profile]

Every source is a feed of 10 items of a server on this machine with a latency; all are due. Then they are collected
again (nothing is new), and at last none of twice as many is due. The server runs in a process of its own, and its time
is not counted.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nophantom.clock import now
from nophantom.outbound.client import Client, Limits
from nophantom.outbound.guard import Guard
from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine, writing
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.bodies import Bodies
from nophantom.trends.archive.source_rows import NewSource
from nophantom.trends.archive.sources import add_sources
from nophantom.trends.collecting import Collected, Collecting
from nophantom.trends.documents import Family
from nophantom.trends.exchange import SourceProtocol
from nophantom.trends.fetching import Fetcher

ROOT = Path(__file__).resolve().parent.parent
SERVER = """
import sys
from tests.trends.fault_server import fault_server
with fault_server(hosts=int(sys.argv[1]), latency=float(sys.argv[2])) as server:
    print(server.port, flush=True)
    sys.stdin.read()
"""


def collecting(home: Path) -> Collecting:
    """As the command line does it, but for loopback addresses."""
    client = Client(Limits(at_once=64, read=20.0, total=60.0), guard=Guard(("127.0.0.0/8",)))
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    return Collecting(engine, Fetcher(client), Bodies(home / "bodies"))


def add(home: Collecting, urls: list[str]) -> list[int]:
    """Follow feeds."""
    new = [NewSource(url, url, Family.FEED, SourceProtocol.FEED) for url in urls]
    with writing(home.engine) as session:
        return list(add_sources(session, new, at=now()).new)


def measured(title: str, run: Collecting, only: list[int] | None = None) -> Collected:
    """Collect once and print what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = run.collect(only=only)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = f"{done.visits / cpu:7,.0f} sources/CPU-s {done.visits / wall:7,.0f}/s" if done.visits else ""
    print(f"{title:<26} {wall:7.2f} s {cpu:7.2f} CPU-s {peak:5.0f} MiB {done.documents:7,} new {rate}")
    return done


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=5_000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--latency", type=float, default=0.02)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    arguments = [sys.executable, "-c", SERVER, str(options.hosts), str(options.latency)]
    server = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert server.stdout is not None
    port = int(server.stdout.readline())
    try:
        with tempfile.TemporaryDirectory() as folder:
            run = collecting(Path(folder))
            hosts = [f"127.0.0.{n % options.hosts + 1}" for n in range(options.sources)]
            urls = [f"http://{host}:{port}/feed/{n}" for n, host in enumerate(hosts)]
            numbers = add(run, urls)
            if options.profile:
                profiler = cProfile.Profile()
                profiler.runcall(measured, "all due, all new", run)
                pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
                return
            measured("all due, all new", run)
            run.fetcher = collecting(Path(folder)).fetcher
            measured("again, nothing new", run, numbers)
            add(run, [f"https://quiet{n}.example/feed" for n in range(2 * options.sources - len(numbers))])
            with writing(run.engine) as session:
                session.connection().exec_driver_sql("UPDATE source_health SET next_at = '2099-01-01'")
            run.fetcher = collecting(Path(folder)).fetcher
            measured(f"none of {2 * options.sources:,} due", run)
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
