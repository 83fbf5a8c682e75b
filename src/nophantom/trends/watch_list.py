"""The watch list: undecided topics that may become signals, the strongest evidence first. PURE.

A signal must be told on four days of fourteen and by two things of technology. A topic that is just beginning has
three or four stories in a month, and nearly none has them so dense: what keeps affairs of one day out of the signals
kept the small out of the watch list too. So here it needs no more days than a candidate has stories, in all four
weeks, and technology is a share of its stories. All else that gates ask of a signal is asked here (decisions/0019).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.gates import RULES, CandidateDrop, Fact, WindowFacts, reasons

TOLD_DAYS = 3
"""Days of the last 28 on which a watched topic was told: as many as the stories that make it a candidate."""

TECHNOLOGY_SHARE = 0.25
"""Of the stories of a watched topic at least so many are things of technology, and at least one is."""

WATCH_RULES = tuple(rule for rule in RULES if rule.fact not in {Fact.ACTIVE_DAYS, Fact.TECHNOLOGY})
"""What a topic must be to be watched, beside its days and its share of technology."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def kept_off(
    gates: Sequence[CandidateDrop | None],
    facts: WindowFacts,
    seasonal: Floats,
    stories: Ints,
    *,
    technology_only: bool,
) -> list[CandidateDrop | None]:
    """(K,) why each candidate is not watched, whatever its evidence; None where nothing speaks against it.

    Args:
        gates: (K,) what closes for a signal, or None. What is told by another topic, or carried by degraded sources
            alone, is not watched either.
        facts: of the same candidates, as all below.
        seasonal: the rate a year ago over the other rate.
        stories: of the last 28 days.
        technology_only: whether the facet of technology is asked for.
    """
    degraded = np.array([gate is CandidateDrop.SOURCE_DEGRADED for gate in gates], dtype=np.bool_)
    found = reasons(facts, seasonal, degraded, technology_only=technology_only, rules=WATCH_RULES)
    is_spike = facts.told_days < TOLD_DAYS
    few = facts.technology < np.maximum(1, TECHNOLOGY_SHARE * stories)
    for k, gate in enumerate(gates):
        if gate is CandidateDrop.MERGED_INTO:
            found[k] = gate
        elif found[k] is None and is_spike[k]:
            found[k] = CandidateDrop.SPIKE_ONE_DAY
        elif found[k] is None and technology_only and few[k]:
            found[k] = CandidateDrop.NOT_TECHNOLOGY
    return found


def strongest_first(log_e: Floats, momentum_low: Floats) -> Ints:
    """The order in which the undecided are read: by evidence, of equals by the lower bound of the momentum.

    Evidence weighs four weeks and more, momentum the last seven days: a list by momentum is another one every day.

    >>> strongest_first(np.array([1.0, 3.0, 3.0]), np.array([9.0, 1.0, 2.0])).tolist()
    [2, 1, 0]
    """
    return np.lexsort((-momentum_low, -log_e))
