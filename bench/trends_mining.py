"""From documents to series on the real corpus: seconds, memory, topics.

    python bench/trends_mining.py [--data DIR] [--first 2021-10-20] [--last 2022-12-20] [--peer]

Reads the five files of documents directly, without the archive, and times each step on one core. The
peer is the plain way: `collections.Counter` over the same terms, one document at a time, with
neither spellings nor plurals (so it has more slugs, by the plurals that join a singular). Peak memory is that of the
whole process after each step, so the documents themselves are in it.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np
import orjson

from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.mentions import mine
from nophantom.trends.series import build_series
from nophantom.trends.stories import gather
from nophantom.trends.topics import terms

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

T = TypeVar("T")

FILES = {
    "github_trending": (Family.GITHUB, Kind.REPOSITORY),
    "hackernews": (Family.HACKER_NEWS, Kind.POST),
    "arxiv": (Family.ARXIV, Kind.PAPER),
    "rss": (Family.FEED, Kind.POST),
    "reddit_programming": (Family.REDDIT, Kind.POST),
}


def documents(folder: Path, first: date, last: date) -> Iterator[Document]:
    """The records of a window, mapped as an import would."""
    for name, (family, kind) in FILES.items():
        with zstd.open(folder / f"{name}.jsonl.zst", "rt", encoding="utf-8") as lines:
            for line in lines:
                document = as_document(orjson.loads(line), family, kind)
                if first <= document.first_seen <= last:
                    yield document


def as_document(record: dict[str, Any], family: Family, kind: Kind) -> Document:
    extra, title = record["extra"], record["title"]
    published = day_of(record["published_at"][:10])
    product = None
    if family is Family.GITHUB:
        product = "github:" + title.lower()
    elif family is Family.ARXIV:
        product = "arxiv:" + record["native_id"]
    origin = extra.get("from", ())
    lists = extra.get("lang") or [""]
    return Document(
        native_id=f"{family.value}:{record['native_id']}".lower(),
        family=family,
        kind=Kind.NEWS if extra.get("cat") == "general_noise" else kind,
        title=" ".join(title.split()),
        text=record["text"] or "",
        url=record["url"] or "",
        author=once(record["author"]),
        site=once((urlsplit(record["url"] or "").hostname or "").removeprefix("www.") or None),
        published_on=published,
        first_seen=max(published, day_of((extra.get("seen") or record["published_at"])[:10])),
        language="zh" if sum("\u3400" <= c <= "\u9fff" for c in title) * 3 > len(title) else "en",
        collections=once((origin,) if isinstance(origin, str) else tuple(sorted(origin))),
        list_name=once(lists[0] if family is Family.GITHUB else extra.get("cat", "")),
        product=once(product),
    )


day_of = cache(date.fromisoformat)
_KEPT: dict[Any, Any] = {}


def once(value: T) -> T:
    """The one object for all equal values: names and sites come back a hundred thousand times."""
    kept: T = _KEPT.setdefault(value, value)
    return kept


def timed(what: str, work: Callable[[], T]) -> T:
    """Do the work and say how long it took, and the peak memory so far."""
    before = time.process_time()
    result = work()
    seconds = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:<28}{seconds:8.1f} s{peak:9.0f} MB at the peak")
    return result


def main() -> None:
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("NOPHANTOM_DATA", here.parent / "shared/data")
    )
    parser.add_argument("--first", type=date.fromisoformat, default=date(2021, 10, 20))
    parser.add_argument("--last", type=date.fromisoformat, default=date(2022, 12, 20))
    parser.add_argument("--peer", action="store_true", help="count with a Counter, too")
    wanted = parser.parse_args()
    folder = Path(wanted.data) / "trends" / "documents"

    read = timed("read documents", lambda: list(documents(folder, wanted.first, wanted.last)))
    stories = timed("gather stories", lambda: gather(read))
    mentions = timed("mine topics", lambda: mine(read, stories))
    series = timed("build series", lambda: build_series(mentions, stories))
    timed("permute and rebuild", lambda: series.permuted(np.random.default_rng(1)))
    print(
        f"{len(read):,} documents, {stories.n:,} stories, {len(stories.strata):,} strata, "
        f"{series.n_days} days\n{mentions.topics.n:,} topics ({mentions.n_singletons:,} singletons left out), "
        f"{len(mentions.topics.spellings):,} spellings, {mentions.n:,} mentions, {series.mentions.n:,} counted, "
        f"{len(series.topic):,} events"
    )
    print("most frequent:")
    for topic in np.argsort(-series.n_stories_of, kind="stable")[:30]:
        t = int(topic)
        print(f"  {series.n_stories_of[t]:7,}  {mentions.topics.name(t):<24} {mentions.topics.slugs[t]}")
    if wanted.peer:
        heads = [read[i] for i in stories.representative]
        peer = timed("peer: Counter", lambda: Counter(slug for d in heads for slug in dict(terms(d))))
        print(f"{len(peer):,} slugs, {sum(n > 1 for n in peer.values()):,} of them twice or more")


if __name__ == "__main__":
    main()
