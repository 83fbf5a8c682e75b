"""The numbers behind a candidate: how its e-value came about, what it still lacks, how it grew, what speaks for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nophantom.stats.count_evidence import FACTORS, WINDOWS, stories_needed
from nophantom.stats.counts import rate_ratio
from nophantom.trends.baselines import Baselines
from nophantom.trends.detection import BEFORE, SLOWEST, DayEvidence, summed
from nophantom.trends.series import Series


def arithmetic(series: Series, evidence: DayEvidence, k: int) -> dict[str, Any]:
    """How the e-value came about: the best window and factor, and the strata behind it."""
    together = evidence.evidence.log_lr[k]
    window, factor = np.unravel_index(int(together.argmax()), together.shape)
    rows = np.flatnonzero(evidence.candidate == k)
    strata = [
        {
            "stratum": " / ".join(part for part in series.strata[int(evidence.stratum[m])] if part),
            "baseline_stories": float(evidence.a[m]),
            "baseline_read": float(evidence.b[m]),
            "stories": float(evidence.counts[m, window]),
            "read": float(evidence.exposure[m, window]),
            "expected": float(evidence.a[m] / evidence.b[m] * evidence.exposure[m, window]),
            "overdispersion": float(evidence.phi[m]),
        }
        for m in rows.tolist()
        if evidence.counts[m, window] > 0
    ]
    return {
        "window_days": WINDOWS[int(window)],
        "factor": FACTORS[int(factor)],
        "log_likelihood_ratio": float(together[window, factor]),
        "strata": strata,
    }


def needed_stories(evidence: DayEvidence, log_needed: float) -> list[int]:
    """(K,) stories still needed in the last 7 days, in the stratum that has most; -1 if impossible."""
    e = evidence
    needed = np.full(len(e.topic), -1, dtype=np.int64)
    if len(e.candidate):
        order = np.lexsort((-e.counts[:, WINDOWS.index(SLOWEST)], e.candidate))
        strongest = order[np.concatenate([[True], np.diff(e.candidate[order]) > 0])]
        topic, week = e.candidate[strongest], WINDOWS.index(7)
        # The cap of 7 days, less what of it is used up.
        room = (
            7 + 2 * e.a[strongest] / e.b[strongest] * e.exposure[strongest, week] - e.counts[strongest, week]
        )
        needed[topic] = stories_needed(
            e.evidence,
            topic,
            e.counts[strongest],
            e.exposure[strongest],
            e.a[strongest],
            e.b[strongest],
            e.phi[strongest],
            room=np.where(e.exposure[strongest, week] > 0, np.maximum(0, room), 0.0),
            threshold=log_needed,
        )
    return [int(x) for x in needed]


def growth_of(
    series: Series, baselines: Baselines, evidence: DayEvidence
) -> list[tuple[float | None, float | None]]:
    """(K,) bounds of the rate of the last 28 days over that of days 29 to 112, in the candidate's strata."""
    day, n = evidence.day, len(evidence.topic)
    rank = np.full(series.n_topics, -1, dtype=np.int64)
    rank[evidence.topic] = np.arange(n)
    carries = np.zeros((n, len(series.exposure)), dtype=np.bool_)
    carries[evidence.candidate, evidence.stratum] = True
    kept = (rank[series.topic] >= 0) & (series.day <= day) & (series.day > day - BEFORE)
    kept[kept] = carries[rank[series.topic[kept]], series.stratum[kept]]  # no story without its exposure
    who, recent = rank[series.topic[kept]], series.day[kept] > day - SLOWEST
    count = series.count[kept].astype(np.float64)
    now, then = summed(who, count * recent, n), summed(who, count * ~recent, n)
    read_now = baselines.read(evidence.stratum, max(-1, day - SLOWEST), day)
    read_then = baselines.read(evidence.stratum, max(-1, day - BEFORE), max(-1, day - SLOWEST))
    found = rate_ratio(
        now, summed(evidence.candidate, read_now, n), then, summed(evidence.candidate, read_then, n)
    )
    return [
        (None, None) if np.isnan(low) or np.isnan(high) else (float(low), float(high))
        for low, high in zip(found.low.tolist(), found.high.tolist(), strict=True)
    ]


def best_stories(series: Series, spread: NDArray[np.int64], topic: int, day: int) -> tuple[int, ...]:
    """Stories of the last 28 days: things of technology first, then the widest spread, then the earliest.

    `spread` is how many documents each story of the series has, `Stories.sizes`, counted once for all topics.
    """
    stories = series.evidence(topic, day - SLOWEST + 1, day)
    order = np.lexsort((stories, series.stories.day[stories], -spread[stories], series.stories.kind[stories]))
    return tuple(int(story) for story in stories[order])
