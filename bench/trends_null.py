"""Does the detection keep still where nothing can be found? On the real corpus with its dates permuted.

    python bench/trends_null.py [--data DIR] [--seeds 2] [--days 10] [--real]

The days of single stories are permuted inside strata, so that no rate changes: exposure, topics and
counts stay. Per as-of day from --from to --last, without gates: discoveries at q = 0.1, the greatest
logarithm of an e-value beside the one needed, `x * share(e >= x)` at some levels (at most 1 on
average), and the median momentum of topics of which the baseline expects 20 stories or more a month.
Then, as of the last day, what the baselines predicted of the 28 days after them over what came, by
stories of the baseline: all pairs of topic and stratum count, whether anything came or not. With
--real the same of the dates as they are: there trends are found, and momentum should still be 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from nophantom.stats.counts import TierCalibration, tier_calibration
from nophantom.stats.evidence import e_bh, self_test
from nophantom.trends.baselines import Baselines, Parameters
from nophantom.trends.detection import SLOWEST, evaluate
from nophantom.trends.documents import Document
from nophantom.trends.mentions import mine
from nophantom.trends.protocols.archive_file import Window, read_line, split_lines
from nophantom.trends.series import Series, build_series
from nophantom.trends.stories import gather

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVELS = (10.0, 100.0, 1_000.0)
TIERS = (1, 2, 4, 10, 30, 100)
"""Stories of the baseline at which the next tier begins."""
ESTABLISHED = 20


def documents(folder: Path, first: date, last: date) -> Iterator[Document]:
    """What was published, and seen, from one day to another in the archives of a folder."""
    for archive in sorted((folder / "trends" / "documents").glob("*.jsonl.zst")):
        with zstd.open(archive, "rb") as lines:
            chunks = iter(partial(lines.read, 1 << 20), b"")
            for position, line in enumerate(split_lines(chunks), 1):
                item = line and read_line(
                    line, position=position, window=Window(first, last), today=date(2026, 1, 1)
                )
                if item and item.document and item.document.first_seen <= last:
                    yield item.document


def calibration(series: Series, baselines: Baselines, day: int, parameters: Parameters) -> TierCalibration:
    """Predicted and observed stories of the 28 days up to `day`, of all topics known when the baseline ended."""
    ends = day - parameters.lag
    speaking = baselines.speaking(day, parameters.lag, SLOWEST)
    speaks = np.zeros(len(series.exposure), dtype=np.bool_)
    speaks[speaking] = True
    known = baselines.entered <= ends
    kept = speaks[series.stratum] & known[series.topic] & (series.day <= day)
    pairs, event = np.unique(
        series.topic[kept].astype(np.int64) * len(speaks) + series.stratum[kept], return_inverse=True
    )
    count, at = series.count[kept].astype(np.float64), series.day[kept]
    before = at <= ends
    n = len(pairs)
    baseline = np.bincount(event, count * before, n)
    weight = np.where(before, parameters.forgetting ** np.maximum(ends - at, 0), 0.0)
    discounted = np.bincount(event, count * weight, n)
    came = np.bincount(event, count * ~before, n)
    stratum = pairs % len(speaks)
    shape, rate = baselines.prior_of(stratum, day)
    # Of the pairs without any story one row per stratum: they predict a little, and nothing came.
    own_shape, own_rate = baselines.prior_of(speaking, day)
    silent = known.sum() - np.bincount(stratum, minlength=len(speaks))[speaking]
    return tier_calibration(
        np.concatenate([shape + discounted, silent * own_shape]),
        np.concatenate(
            [rate + baselines.discounted(stratum, ends), own_rate + baselines.discounted(speaking, ends)]
        ),
        np.concatenate([came, np.zeros(len(speaking))]),
        np.concatenate([baselines.read(stratum, ends, day), baselines.read(speaking, ends, day)]),
        np.concatenate(
            [np.searchsorted(TIERS, baseline, side="right"), np.zeros(len(speaking), dtype=np.int64)]
        ),
    )


def report(series: Series, name: str, days: list[date]) -> int:
    """Print one corpus; how many discoveries it had."""
    parameters = Parameters()
    baselines = Baselines(series, parameters.forgetting)
    levels = "".join(f"{f'x={x:,.0f}':>9}" for x in LEVELS)
    print(f"\n{name}\nas of        N      cand. strata  found  max ln e  needed{levels}  momentum (n)")
    total = 0
    for on in days:
        found = evaluate(series, baselines, (on - series.first_day).days, parameters)
        chosen = e_bh(found.evidence.log_e, found.n_topics, q=parameters.q)
        tested = self_test(found.evidence.log_e, found.n_topics, LEVELS)
        established = found.expected >= ESTABLISHED
        total += int(chosen.chosen.sum())
        print(
            f"{on} {found.n_topics:8,} {len(found.topic):6,} {found.n_strata:6}{chosen.chosen.sum():7}"
            f"{found.evidence.log_e.max():10.1f}{chosen.log_needed:8.1f}"
            + "".join(f"{level:9.3f}" for level in tested)
            + f"{np.median(found.momentum.point[established]):10.3f} ({established.sum()})"
            + "".join(f" {series.mentions.topics.slugs[t]}" for t in found.topic[chosen.chosen][:6].tolist())
        )
    tiers = calibration(series, baselines, (days[-1] - series.first_day).days, parameters)
    print("stories in the baseline   predicted  observed   ratio")
    for low, high, predicted, observed, ratio in zip(
        (0, *TIERS), (*TIERS, None), tiers.predicted, tiers.observed, tiers.ratio, strict=True
    ):
        span = f"{low} or more" if high is None else f"{low}" if high == low + 1 else f"{low} to {high - 1}"
        print(f"  {span:<20}{predicted:13,.0f}{observed:10,.0f}{ratio:8.2f}")
    print(
        f"  {'all':<20}{tiers.predicted.sum():13,.0f}{tiers.observed.sum():10,.0f}"
        f"{tiers.predicted.sum() / tiers.observed.sum():8.2f}"
    )
    return total


def main() -> None:
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("NOPHANTOM_DATA", here.parent / "shared/data")
    )
    parser.add_argument("--first", type=date.fromisoformat, default=date(2021, 11, 1))
    parser.add_argument("--from", dest="begin", type=date.fromisoformat, default=date(2022, 9, 1))
    parser.add_argument("--last", type=date.fromisoformat, default=date(2023, 6, 30))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--real", action="store_true", help="the dates as they are, too")
    wanted = parser.parse_args()
    start = time.process_time()
    read = list(documents(Path(wanted.data), wanted.first, wanted.last))
    stories = gather(read)
    series = build_series(mine(read, stories), stories)
    print(
        f"{len(read):,} documents, {stories.n:,} stories, {len(stories.strata)} strata, "
        f"{series.n_topics:,} topics: {time.process_time() - start:.0f} s"
    )
    steps = (wanted.last - wanted.begin).days / max(1, wanted.days - 1)
    days = [wanted.last - timedelta(days=round(i * steps)) for i in range(wanted.days)][::-1]
    start = time.process_time()
    total = sum(
        report(series.permuted(np.random.default_rng(seed)), f"dates permuted, seed {seed}", days)
        for seed in range(1, wanted.seeds + 1)
    )
    print(
        f"\n{total} discoveries in {wanted.seeds * wanted.days} snapshots of permuted dates: "
        f"{time.process_time() - start:.0f} s"
    )
    if wanted.real:
        report(series, "dates as they are", days)


if __name__ == "__main__":
    main()
