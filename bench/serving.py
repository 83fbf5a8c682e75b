"""How long does a page of 50 signals take over HTTP, among 100,000, against the same page by OFFSET?

    python bench/serving.py [--signals 100000] [--requests 400]

A real server of this machine, one client that asks one thing after the other on one connection. The
peer is what most programs do: the same rows, sort and shape from the same server, with OFFSET instead of
a keyset cursor; here its SQL alone, without HTTP, so the ratio flatters the peer. Prints milliseconds
(median, 99th percentile, worst) of each query on the first and on deep pages, and the two roads' ratio.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import httpx2 as httpx
import numpy as np
import orjson
from sqlalchemy import Engine, text

import nophantom
from nophantom.publishing.crowd import crowd
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date

DEEP = 95_000
QUERIES = (
    "",
    "sort=-log_e",
    "sort=stories",
    "sort=name",
    "sort=-onset",
    "phase=declining",
    "standing=shown&phase=mature",
    "phase=unknown",
    "q=baba",
    "q=nothing",
)
_PAGE = """
    SELECT c.*, s.*, t.slug FROM candidate c JOIN topic t ON t.id = c.topic_id
    JOIN signal s ON s.snapshot_id = c.snapshot_id AND s.topic_id = c.topic_id
    WHERE c.snapshot_id = 1 AND c.place = 'signal' ORDER BY c.momentum_low DESC, c.topic_id DESC LIMIT 50
"""


def told(name: str, seconds: list[float]) -> float:
    """Print what was measured; the median in milliseconds."""
    took = np.array(seconds) * 1e3
    print(
        f"{name:34s} p50 {np.median(took):7.1f}  p99 {np.quantile(took, 0.99):7.1f}  worst {took.max():7.1f} ms"
    )
    return float(np.median(took))


def by_offset(engine: Engine, offset: int, times: int) -> list[float]:
    """Seconds of one page by OFFSET, SQL alone."""
    found = []
    for _ in range(times):
        start = perf_counter()
        with engine.connect() as connection:
            connection.execute(text(f"{_PAGE} OFFSET {offset}")).all()
        found.append(perf_counter() - start)
    return found


def by_cursor(client: httpx.Client, query: str, times: int) -> list[float]:
    """Seconds of `times` pages, one after the other; from the first again at the end."""
    found: list[float] = []
    cursor = None
    while len(found) < times:
        start = perf_counter()
        answer = client.get(f"/api/v1/signals?limit=50&{query}" + (f"&cursor={cursor}" if cursor else ""))
        found.append(perf_counter() - start)
        answer.raise_for_status()
        cursor = answer.json()["next_cursor"]
    return found


def deep_cursor(client: httpx.Client) -> str:
    """Where row `DEEP` of the list begins: walked to, 200 rows a page."""
    cursor = ""
    for _ in range(DEEP // 200):
        page = client.get("/api/v1/signals?limit=200" + (f"&cursor={cursor}" if cursor else "")).json()
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    return cursor


def report(home: Path, n_signals: int, n_requests: int) -> None:
    """Build the crowd, serve it, and measure."""
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, Path(nophantom.__file__).parent / "migrations")
    start = perf_counter()
    crowd(engine, home, signals=n_signals)
    print(f"{n_signals:,} signals stored in {perf_counter() - start:.0f} s")
    command = [sys.executable, "-m", "nophantom", "serve", "--port", "0", "--json", "--home", str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            assert server.stdout
            lines = b""
            while not lines.rstrip().endswith(b"}"):
                lines += server.stdout.readline()
            with httpx.Client(base_url=orjson.loads(lines)["address"], timeout=30) as client:
                by_cursor(client, "", 20)  # a server that has answered before
                for query in QUERIES:
                    told(query or "by momentum", by_cursor(client, query, n_requests))
                cursor = deep_cursor(client)
                deep = told(f"by momentum, from row {DEEP:,}", by_page(client, cursor))
                offset = told(f"peer: OFFSET {DEEP:,}, SQL alone", by_offset(engine, DEEP, 40))
                print(f"deep page over HTTP takes {deep / offset:.2f} times the peer's SQL")
        finally:
            server.terminate()


def by_page(client: httpx.Client, cursor: str) -> list[float]:
    """Seconds of one page, asked again and again."""
    found = []
    for _ in range(40):
        start = perf_counter()
        client.get(f"/api/v1/signals?limit=50&cursor={cursor}").raise_for_status()
        found.append(perf_counter() - start)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--signals", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=400)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder), given.signals, given.requests)
