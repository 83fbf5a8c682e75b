"""How long does it take to read logs of others, against what wrote them and against parsing alone?

    python bench/importing.py [--data DIR] [--inspect-python PYTHON] [--repeats 5]

CPU seconds, the fastest of some repeats, mean over the real logs of four models on GSM8K's 1,319 test
problems. Peers in the same run: Inspect's own `read_eval_log` (and its summaries), when a Python that has
inspect_ai is named; orjson and json on every line; pyarrow's rows as objects; csv.DictReader. The last
part imports all logs into a database and prints what an outcome takes there.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from time import process_time

import orjson
import pyarrow.parquet as parquet  # type: ignore[import-untyped]

from nophantom.llm.importing import import_logs
from nophantom.llm.logs import inspect_ai, lighteval, lm_eval, table
from nophantom.llm.logs.recognition import LogFormat
from nophantom.llm.opening import LogOnDisk, read_content
from nophantom.settings import MIGRATIONS
from nophantom.store.blobs import Blobs
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date

_PEER = """
import sys
from time import process_time
from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries
repeats = int(sys.argv[1])
for read in (read_eval_log, read_eval_log_sample_summaries):
    read(sys.argv[2])
    total = 0.0
    for path in sys.argv[2:]:
        took = []
        for _ in range(repeats):
            start = process_time()
            read(path)
            took.append(process_time() - start)
        total += min(took)
    print(total / len(sys.argv[2:]))
"""


def seconds(jobs: Sequence[Callable[[], object]], repeats: int) -> float:
    """CPU seconds of a job: the fastest of its repeats, mean over the jobs."""
    total = 0.0
    for job in jobs:
        job()
        took = []
        for _ in range(repeats):
            start = process_time()
            job()
            took.append(process_time() - start)
        total += min(took)
    return total / len(jobs)


def tell(
    what: str, took: float, peer: str = "", peer_took: float | None = None, *, faster: bool = True
) -> None:
    """Print one line; the ratio says how many times faster we are, or how many times the peer's time we take."""
    ratio = ""
    if peer_took is not None:
        ratio = (
            f"{peer_took / took:6.1f} x faster than" if faster else f"{took / peer_took:6.2f} x the time of"
        )
        ratio += f" {peer} ({peer_took:.4f} s)"
    print(f"{what:44s} {took:8.4f} s {ratio}")


def measure_inspect(files: Sequence[Path], python: Path | None, repeats: int) -> None:
    """Archives of Inspect: with the raw answers, and scores alone."""
    whole = seconds([partial(_open, f, inspect_ai.read_eval) for f in files], repeats)
    scores = seconds([partial(_open, f, inspect_ai.read_eval_scores) for f in files], repeats)
    if python is None:
        tell("Inspect .eval, raw answers", whole)
        tell("Inspect .eval, scores alone", scores)
        print("  no --inspect-python: Inspect itself was not measured")
        return
    command = [str(python), "-c", _PEER, str(repeats), *map(str, files)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    theirs, summaries = map(float, told)
    tell("Inspect .eval, raw answers", whole, "read_eval_log", theirs)
    tell("Inspect .eval, scores alone", scores, "read_eval_log", theirs)
    tell("Inspect .eval, scores alone", scores, "read_eval_log_sample_summaries", summaries)


def _open(path: Path, read: Callable[..., object]) -> None:
    with path.open("rb") as stream:
        read(stream, name=path.name)


def measure_lm_eval(files: Sequence[Path], repeats: int) -> None:
    """Samples files of lm-eval, with the results beside them."""
    logs = [(str(f), read_content(LogOnDisk(f, LogFormat.LM_EVAL_SAMPLES))) for f in files]
    ours = seconds([partial(lm_eval.read, c.data, c.results, name=n) for n, c in logs], repeats)
    lines = [content.data.splitlines() for _, content in logs]
    fast = seconds([partial(_parse, orjson.loads, some) for some in lines], repeats)
    plain = seconds([partial(_parse, json.loads, some) for some in lines], repeats)
    size = sum(len(content.data) for _, content in logs) / len(logs) / 1e6
    tell(f"lm-eval samples of {size:.1f} MB", ours, "orjson.loads alone", fast, faster=False)
    tell(f"lm-eval samples of {size:.1f} MB", ours, "json.loads alone", plain, faster=False)


def _parse(loads: Callable[[bytes], object], lines: Sequence[bytes]) -> None:
    for line in lines:
        loads(line)


def _as_objects(data: bytes) -> None:
    parquet.read_table(io.BytesIO(data)).to_pylist()


def measure_lighteval(files: Sequence[Path], repeats: int) -> None:
    """Details of lighteval."""
    data = [f.read_bytes() for f in files]
    ours = seconds([partial(lighteval.read, d, None, name="d.parquet") for d in data], repeats)
    peer = seconds([partial(_as_objects, d) for d in data], repeats)
    tell("lighteval details", ours, "read_table().to_pylist()", peer, faster=False)


def measure_tables(repeats: int) -> None:
    """A table of 20 seeds, as people make one."""
    rng = random.Random(1)
    rows = [(item, seed, int(rng.random() < 0.7)) for seed in range(20) for item in range(1_319)]
    text = "item,seed,correct\n" + "".join(f"{item},{seed},{right}\n" for item, seed, right in rows)
    ours = seconds([lambda: table.read(text.encode(), name="t.csv")], repeats)
    peer = seconds([lambda: list(csv.DictReader(io.StringIO(text)))], repeats)
    tell("CSV of 20 seeds x 1,319 problems", ours, "csv.DictReader", peer, faster=False)


def measure_ledger(data: Path) -> None:
    """Logs into a database: CPU seconds of each, and the bytes that an outcome adds to the file."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "nophantom.db"
        engine = open_engine(f"sqlite:///{place}")
        bring_up_to_date(engine, MIGRATIONS)
        blobs = Blobs(Path(folder) / "blobs")
        kinds = ("lm_eval", "inspect_ai", "lighteval")
        import_logs(engine, blobs, [next((data / "lm_eval").iterdir())])  # brings the problems
        for kind in kinds:
            before, outcomes = _size(place), _outcomes(place)
            start = process_time()
            done = [file for file in import_logs(engine, blobs, [data / kind]) if file.status == "imported"]
            took = (process_time() - start) / len(done)
            added = _outcomes(place) - outcomes
            print(
                f"{kind + ', one log into SQLite':44s} {took:8.4f} s {(_size(place) - before) / added:6.1f} bytes for "
                f"each of {added:,} outcomes with its answer"
            )
        engine.dispose()


def _size(place: Path) -> int:
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return place.stat().st_size


def _outcomes(place: Path) -> int:
    with closing(sqlite3.connect(place)) as connection:
        return int(connection.execute("SELECT count(*) FROM outcome").fetchone()[0])


def main() -> None:
    """Measure and print."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data" / "llm"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default=beside, help="folder with lm_eval/, inspect_ai/, lighteval/"
    )
    parser.add_argument("--inspect-python", type=Path, help="a Python that has inspect_ai")
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    if not asked.data.is_dir():
        sys.exit(f"there is no folder {asked.data}; name the real logs with --data.")
    measure_inspect(sorted((asked.data / "inspect_ai").glob("*.eval")), asked.inspect_python, asked.repeats)
    measure_lm_eval(sorted((asked.data / "lm_eval").rglob("samples_*.jsonl")), asked.repeats)
    measure_lighteval(sorted((asked.data / "lighteval").rglob("*.parquet")), asked.repeats)
    measure_tables(asked.repeats)
    measure_ledger(asked.data)


if __name__ == "__main__":
    main()
