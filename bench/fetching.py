"""How fast are sources fetched? From a server on this machine with a latency, in CPU seconds of the fetching process.

    python bench/fetching.py [--sources 5000] [--hosts 200] [--latency 0.02] [--at-once 64] [--uvloop]

Every source is an address of its own with a feed of 10 items; the sources are spread over hosts (127.0.0.1 and on),
each asked by two at once. Only the fetching is measured: guard, rooms of hosts, request, body under its caps. The
server runs in a process of its own, and its time is not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from nophantom.outbound.client import Client, Limits
from nophantom.outbound.guard import Guard
from nophantom.outbound.retries import Retrying
from nophantom.trends.exchange import Answer, Ask, Protocol, Reading, Step
from nophantom.trends.fetching import Fetched, Fetcher

ROOT = Path(__file__).resolve().parent.parent
SERVER = """
import sys
from tests.trends.fault_server import fault_server
with fault_server(hosts=int(sys.argv[1]), latency=float(sys.argv[2])) as server:
    print(server.port, flush=True)
    sys.stdin.read()
"""


def _read(_reading: Reading, _ask: Ask, _answer: Answer) -> Step:
    return Step()


PROTOCOL = Protocol(begin=lambda _reading, _moment: (), read=_read)


async def fetch_all(urls: list[str], at_once: int) -> tuple[float, float]:
    """Wall and CPU seconds for all of them."""
    client = Client(Limits(at_once=at_once), Retrying(1), guard=Guard(("127.0.0.0/8",)))
    rest: Iterator[str] = iter(urls)

    async with Fetcher(client) as fetcher:

        async def work() -> None:
            for url in rest:
                found = await fetcher.fetch(Ask(url, conditional=True), PROTOCOL)
                assert isinstance(found, Fetched), found

        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(work() for _ in range(at_once)))
        return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=5_000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--latency", type=float, default=0.02)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--uvloop", action="store_true")
    asked = parser.parse_args()
    command = [sys.executable, "-c", SERVER, str(asked.hosts), str(asked.latency)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        urls = [f"http://127.0.0.{1 + i % asked.hosts}:{port}/feed/{i}" for i in range(asked.sources)]
        work = fetch_all(urls, asked.at_once)
        if asked.uvloop:
            import uvloop

            wall, cpu = uvloop.run(work)
        else:
            wall, cpu = asyncio.run(work)
        assert server.stdin is not None
        server.stdin.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{asked.sources:,} sources on {asked.hosts} hosts, {asked.latency * 1000:g} ms, {asked.at_once} at once: "
        f"{asked.sources / wall:,.0f}/s by the clock, {asked.sources / cpu:,.0f}/s of CPU, {memory:,.0f} MB"
    )


if __name__ == "__main__":
    main()
