"""Does the detection keep still where nothing can be found? On the real corpus with its dates permuted.

    python bench/trends_null.py [--data DIR] [--seeds 2] [--days 10] [--real]

The days of single stories are permuted inside strata, so that no rate changes: exposure, topics and
counts stay. Per as-of day from --from to --last and for both runs, without gates: discoveries at
q = 0.1, the greatest logarithm of an e-value beside the one needed, `x * share(e >= x)` at some levels
(at most 1 on average), and the median momentum of topics of which the baseline expects 20 stories or
more in the slowest window. Then, as of the last day, what the baselines predicted of that window over
what came, by stories of the baseline: all pairs of topic and stratum count, whether anything came or
not. With --real the same of the dates as they are: there trends are found, and momentum should still
be 1.
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
from typing import NamedTuple

import numpy as np

from nophantom.stats.counts import momentum
from nophantom.stats.evidence import e_bh, self_test
from nophantom.trends.baselines import Baselines, Floats
from nophantom.trends.bins import days_of, weeks_of
from nophantom.trends.detection import evaluate, expected_of, support
from nophantom.trends.documents import Document
from nophantom.trends.mentions import mine
from nophantom.trends.pair_counts import TIERS, held_out
from nophantom.trends.parameters import FAST, SLOW, Parameters
from nophantom.trends.protocols.archive_file import Window, read_line, split_lines
from nophantom.trends.series import Series, build_series
from nophantom.trends.stories import gather

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVELS = (10.0, 100.0, 1_000.0)
ESTABLISHED = 20


class TierCalibration(NamedTuple):
    """What a model expected of each tier of rates, and what came.

    Attributes:
        predicted: (n_tiers,) expected counts.
        observed: (n_tiers,) counts.
    """

    predicted: Floats
    observed: Floats

    @property
    def ratio(self) -> Floats:
        """(n_tiers,) predicted over observed; NaN, unknown, where nothing was observed."""
        ratio = np.full(len(self.observed), np.nan)
        np.divide(self.predicted, self.observed, out=ratio, where=self.observed > 0)
        return ratio


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


def calibration(baselines: Baselines, today: int) -> TierCalibration:
    """Predicted and observed stories of the slowest window, of all topics in N when the baseline ended."""
    bins, ends = baselines.bins, today - baselines.pace.windows[-1]
    speaking, worth = baselines.speaking(today), baselines.worth(today)
    scale = np.zeros(bins.n_strata)
    scale[speaking] = baselines.read(speaking, ends, today) / baselines.discounted(speaking, ends)
    promised, came, named, _ = held_out(
        bins.begins, bins.stratum, bins.at, bins.count, bins.entered, ends, today, baselines.powers, scale
    )
    predicted = worth.factors * promised
    silent = int((bins.entered <= ends).sum()) - named
    predicted[0] = (silent * worth.unnamed * scale).sum()
    return TierCalibration(predicted, came)


def report(series: Series, name: str, days: list[date]) -> int:
    """Print one corpus, both runs; how many discoveries they had."""
    runs = (("days", days_of(series), FAST), ("weeks", weeks_of(series), SLOW))
    return sum(
        _report(series, f"{name}, run over {what}", Baselines(bins, pace), days) for what, bins, pace in runs
    )


def _report(series: Series, name: str, baselines: Baselines, days: list[date]) -> int:
    levels = "".join(f"{f'x={x:,.0f}':>9}" for x in LEVELS)
    print(f"\n{name}\nas of        N      cand. strata  found  max ln e  needed{levels}  momentum (n)")
    bins, slowest, total, today = baselines.bins, baselines.pace.windows[-1], 0, -1
    for on in days:
        today = bins.over_by((on - series.first_day).days)
        in_n = bins.entered <= today
        n = int(in_n.sum())
        topics = np.flatnonzero((support(bins, today, slowest) >= Parameters().min_support) & in_n)
        found = evaluate(baselines, today, topics, (slowest,))
        chosen = e_bh(found.pooled.log_e, n, q=Parameters().q)
        tested = self_test(found.pooled.log_e, n, LEVELS)
        expected = expected_of(found, baselines, slowest)
        told = np.bincount(found.candidate, found.spanned[:, 0], len(topics))
        established = expected >= ESTABLISHED
        median = np.median(momentum(told[established], expected[established]).point)
        total += int(chosen.chosen.sum())
        print(
            f"{on} {n:8,} {len(topics):6,} {len(found.speaking):6}{chosen.chosen.sum():7}"
            f"{found.pooled.log_e.max():10.1f}{chosen.log_needed:8.1f}"
            + "".join(f"{level:9.3f}" for level in tested)
            + f"{median:10.3f} ({established.sum()})"
            + "".join(f" {series.mentions.topics.slugs[t]}" for t in topics[chosen.chosen][:6].tolist())
        )
    _print_tiers(calibration(baselines, today))
    return total


def _print_tiers(tiers: TierCalibration) -> None:
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
        f"\n{total} discoveries in {2 * wanted.seeds * wanted.days} runs over permuted dates: "
        f"{time.process_time() - start:.0f} s"
    )
    if wanted.real:
        report(series, "dates as they are", days)


if __name__ == "__main__":
    main()
