"""How long clustering documents into stories takes against how many there are, and what it joins.

    python bench/stories.py [--data DIR] [--sizes 60000,125000,250000,500000] [--peer]

Reads the archives, takes the latest so many documents by the day on which they could be known, and clusters them on
one core: CPU seconds, the exponent of the fitted power law (1 is linear), what each size adds to the memory of the
process, and how many documents joined a story by almost the same title alone. The peer is MinHash with locality
sensitive hashing (datasketch, 128 permutations, 4-grams of characters, threshold 0.7) over the same titles in the
same fourteen days, at the smallest size.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
import tracemalloc
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
from datasketch import MinHash, MinHashLSH  # type: ignore[import-untyped]

from nophantom.trends.documents import Document
from nophantom.trends.near_titles import NEAR_DAYS, RecentHeadlines
from nophantom.trends.protocols.archive_file import Window, read_line, split_lines
from nophantom.trends.stories import cluster
from nophantom.trends.story_finder import bare_title

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LATER = date(2100, 1, 1)


def documents_of(folder: Path) -> Iterator[Document]:
    """Every document of the archives of a folder."""
    for archive in sorted(folder.glob("*.jsonl.zst")):
        with zstd.open(archive, "rb") as lines:
            for position, line in enumerate(split_lines(iter(partial(lines.read, 1 << 20), b"")), 1):
                item = read_line(line, position=position, window=Window(), today=LATER)
                if item is not None and item.document is not None:
                    yield item.document


def seconds_of(documents: Sequence[Document]) -> tuple[float, int]:
    """CPU seconds of clustering, and how many stories came out."""
    start = time.process_time()
    stories = cluster(documents)
    return time.process_time() - start, int(stories.max()) + 1


def memory_of(documents: Sequence[Document]) -> float:
    """The peak of what clustering holds beside the documents, in MB."""
    tracemalloc.start()
    cluster(documents)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def without_near_titles(documents: Sequence[Document]) -> tuple[float, int]:
    """The same with equal titles only."""
    find = RecentHeadlines.find
    RecentHeadlines.find = lambda self, new: None  # type: ignore[method-assign]
    try:
        return seconds_of(documents)
    finally:
        RecentHeadlines.find = find  # type: ignore[method-assign]


def minhash(documents: Sequence[Document]) -> tuple[float, int]:
    """CPU seconds of the peer, and how many documents it finds alike with an earlier one."""
    start, alike = time.process_time(), 0
    index, live = MinHashLSH(threshold=0.7, num_perm=128), deque[tuple[int, int]]()
    for number, document in enumerate(documents):
        title, day = bare_title(document.title), document.first_seen.toordinal()
        while live and day - live[0][1] > NEAR_DAYS:
            index.remove(live.popleft()[0])
        sketch = MinHash(num_perm=128, seed=1)
        sketch.update_batch([title[i : i + 4].encode() for i in range(max(1, len(title) - 3))])
        alike += bool(index.query(sketch))
        index.insert(number, sketch)
        live.append((number, day))
    return time.process_time() - start, alike


def main() -> None:
    """Read once, cluster at every size."""
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("NOPHANTOM_DATA", here.parent / "shared/data")
    )
    parser.add_argument("--sizes", default="60000,125000,250000,500000,1000000")
    parser.add_argument("--peer", action="store_true", help="MinHash at the smallest size, too")
    told = parser.parse_args()
    documents = list(documents_of(Path(told.data) / "trends" / "documents"))
    documents.sort(key=lambda document: (document.first_seen, document.native_id))
    gc.collect()
    gc.freeze()  # else what is timed is the collector walking over a million documents that are not ours
    sizes = sorted({min(int(size), len(documents)) for size in told.sizes.split(",")})
    print(
        f"{'documents':>10}{'stories':>10}{'CPU s':>8}{'us each':>9}{'memory MB':>11}{'near':>7}{'without':>9}"
    )
    times = []
    for size in sizes:
        some = documents[-size:]
        plain, more = without_near_titles(some)
        spent, stories = seconds_of(some)
        times.append(spent)
        print(
            f"{size:10,}{stories:10,}{spent:8.1f}{1e6 * spent / size:9.1f}{memory_of(some):11.0f}"
            f"{more - stories:7,}{plain:9.1f}",
            flush=True,
        )
    if len(sizes) > 1:
        exponent = np.polyfit(np.log(sizes), np.log(times), 1)[0]
        print(f"time grows with size to the power of {exponent:.2f}")
    if told.peer:
        spent, alike = minhash(documents[-sizes[0] :])
        print(
            f"peer: MinHash, {sizes[0]:,} documents: {spent:.1f} CPU s, {alike:,} alike with an earlier one"
        )


if __name__ == "__main__":
    main()
