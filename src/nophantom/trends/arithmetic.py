"""The numbers behind a candidate: how its e-value came about, what it still lacks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nophantom.stats.count_evidence import FACTORS, stories_needed
from nophantom.trends.detection import Evidence
from nophantom.trends.parameters import Pace
from nophantom.trends.series import Series


def arithmetic(series: Series, evidence: Evidence, pace: Pace, k: int) -> dict[str, Any]:
    """How the e-value of one run came about: the best window and factor, and the strata behind it."""
    together = evidence.pooled.log_lr[k]
    window, factor = np.unravel_index(int(together.argmax()), together.shape)
    rows = evidence.rows(k)
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
        for m in range(rows.start, rows.stop)
        if evidence.counts[m, window] > 0
    ]
    return {
        "window_days": pace.windows[int(window)] * pace.width,
        "factor": FACTORS[int(factor)],
        "log_likelihood_ratio": float(together[window, factor]),
        "strata": strata,
    }


def needed_stories(
    evidence: Evidence, pace: Pace, log_slow: NDArray[np.float64], log_needed: float
) -> list[int]:
    """(K,) stories still needed in the last 7 days, in the stratum that has most; -1 if impossible.

    Args:
        evidence: of the run over days.
        pace: its pace.
        log_slow: (K,) logarithms of the e-values of the slow run, which these stories do not change yet.
        log_needed: of the mean of both runs, that decides.
    """
    e = evidence
    needed = np.full(len(e.topic), -1, dtype=np.int64)
    if len(e.candidate):
        week = pace.windows.index(7)
        order = np.lexsort((-e.counts[:, -1], e.candidate))
        strongest = order[np.concatenate([[True], np.diff(e.candidate[order]) > 0])]
        topic = e.candidate[strongest]
        # The cap of 7 days, less what of it is used up.
        most = (
            pace.cap_base * 7 + pace.cap_slope * e.a[strongest] / e.b[strongest] * e.exposure[strongest, week]
        )
        room = np.where(e.exposure[strongest, week] > 0, np.maximum(0, most - e.counts[strongest, week]), 0.0)
        with np.errstate(divide="ignore"):  # where the slow run alone decides, nothing more is needed
            fast = log_needed + np.log(
                np.maximum(2 - np.exp(np.minimum(log_slow[topic] - log_needed, 1.0)), 0.0)
            )
        needed[topic] = stories_needed(
            e.pooled,
            topic,
            e.counts[strongest],
            e.exposure[strongest],
            e.a[strongest],
            e.b[strongest],
            e.phi[strongest],
            room=room,
            threshold=fast,
            windows=pace.windows,
        )
    return [int(x) for x in needed]
