"""What is usual: discounted exposures of every stratum, and what a baseline of so many stories promises.

The null is that a rate goes on: the stories of a window are Gamma-Poisson with shape m(r) * a and rate B, where a is
the discounted count of the baseline, B its discounted exposure, and r its count. One Gamma prior does not fit the
frequencies of terms: it promises twice too much where a stratum has named a topic once, and a fifth of what comes
where it never has. The factors m(r) are therefore measured, on what was held out: on the first of each month, what
baselines that end before the slowest window promised of that window is held against what came, over all topics and
all months so far, older months weighing less: what a story promises falls as baselines grow old, and the mean of all
months would always be behind.

Source: held-out estimation is that of Jelinek and Mercer (1985) for frequencies of words; Church and Gale (1991),
Computer Speech and Language 5, compare it with Good and Turing's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.bins import Bins
from nophantom.trends.pair_counts import N_TIERS, TIERS, held_out
from nophantom.trends.parameters import Pace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

AT_FIRST = (0.7, 0.6, 0.65, 0.7, 0.9, 0.95, 1.0)
"""What a baseline story is worth, by tier, before much was held out: of the order that a large corpus shows."""
WEIGHT_AT_FIRST = 100.0
"""In expected stories."""
LEAST_WORTH, MOST_WORTH = 0.2, 2.0
MONTHLY_WEIGHT = 0.6
"""What was held out in the month before weighs so much less. Of 1, 0.8 and 0.6 the last predicts best where dates are
permuted: all tiers within 0.95 to 1.06 of what comes (1: 0.91 to 1.10)."""


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """What the stories of a baseline promise, as of a month.

    Attributes:
        factors: (tiers,) by stories of the baseline, the first for none.
        unnamed: (S,) shape for a topic that a stratum has never named; 0 where it has named none.
    """

    factors: Floats
    unnamed: Floats

    def shape(self, stories: Ints, discounted: Floats) -> Floats:
        """Shapes of the posteriors of pairs that have `stories`, which weigh `discounted` today."""
        found: Floats = self.factors[np.searchsorted(TIERS, stories, side="right")] * discounted
        return found


class Baselines:
    """Exposures of all strata and the worth of their baselines, for any bin."""

    def __init__(self, bins: Bins, pace: Pace) -> None:
        self.bins = bins
        self.pace = pace
        stories = bins.exposure.astype(np.float64)
        n_strata, n = stories.shape
        self._before = np.concatenate([np.zeros((n_strata, 1)), np.cumsum(stories, axis=1)], axis=1)
        self._discounted = np.empty_like(stories)
        weight = np.zeros(n_strata)
        for at in range(n):
            weight = pace.forgetting * weight + stories[:, at]
            self._discounted[:, at] = weight
        self.powers: Floats = np.power(pace.forgetting, np.arange(n + 1))
        self._months: list[int] = sorted({bins.month_of(at) for at in range(n)})
        self._worth: dict[int, Worth] = {}
        self._expected, self._observed = np.zeros(N_TIERS), np.zeros(N_TIERS)

    def read(self, stratum: NDArray[np.integer], after: Ints | int, until: Ints | int) -> Floats:
        """Stories read in `stratum` in the bins after `after`, up to and including `until`."""
        found: Floats = (
            self._before[stratum, np.asarray(until) + 1] - self._before[stratum, np.asarray(after) + 1]
        )
        return found

    def discounted(self, stratum: NDArray[np.integer], until: Ints | int) -> Floats:
        """Exposure of a baseline that ends with the bin `until`, older bins weighing less."""
        found: Floats = self._discounted[stratum, until]
        return found

    def speaking(self, today: int) -> Ints:
        """Strata that are not mute: their baseline has read at least what the slowest window reads."""
        every = np.arange(self.bins.n_strata)
        slowest = self.pace.windows[-1]
        baseline = self.discounted(every, max(0, today - self.pace.lag))
        window = self.read(every, max(-1, today - slowest), today)
        worth = self.worth(today).unnamed > 0
        return every[(baseline > 0) & (baseline >= window) & (window > 0) & worth]

    def worth(self, today: int) -> Worth:
        """The worth of baselines as of the first of the month of `today`, from what came before it."""
        month = self.bins.month_of(today)
        for start in self._months[
            len(self._worth) :
        ]:  # in order: each adds to what the earlier ones held out
            if start > month:
                break
            self._worth[start] = self._measure(start)
        return self._worth[month]

    def _measure(self, before: int) -> Worth:
        bins, every = self.bins, np.arange(self.bins.n_strata)
        if before == 0:
            return Worth(np.array(AT_FIRST), np.zeros(len(every)))
        until = before - 1
        ends = until - self.pace.windows[-1]
        if ends >= 0:
            scale = self._scale(every, ends, until)
            expected, observed, named, once = self._held_out(ends, until, scale)
            known = int((bins.entered <= ends).sum())
            # What a stratum has named once stands for what it has not named yet, as Good and Turing have it.
            expected[0] = float((once * scale)[named < known].sum())
            self._expected = MONTHLY_WEIGHT * self._expected + expected
            self._observed = MONTHLY_WEIGHT * self._observed + observed
        at_first = WEIGHT_AT_FIRST * np.array(AT_FIRST)
        factors = np.clip(
            (self._observed + at_first) / (self._expected + WEIGHT_AT_FIRST), LEAST_WORTH, MOST_WORTH
        )
        _, _, named, once = self._held_out(until, until, np.zeros(len(every)))
        unnamed = np.maximum(1, int((bins.entered <= until).sum()) - named)
        read = self.discounted(every, until) > 0
        # Half a story where none was named once: else nothing could ever be expected. And never more than of a topic
        # that was named once: in a small corpus hardly any is left unnamed.
        shape = np.minimum(factors[0] * np.maximum(once, 0.5) / unnamed, factors[1])
        return Worth(factors, np.where(read, shape, 0.0))

    def _scale(self, every: Ints, ends: int, until: int) -> Floats:
        baseline, window = self.discounted(every, ends), self.read(every, ends, until)
        speaks = (baseline > 0) & (baseline >= window)
        return np.where(speaks, window / np.where(speaks, baseline, 1.0), 0.0)

    def _held_out(self, ends: int, until: int, scale: Floats) -> tuple[Floats, Floats, Ints, Ints]:
        b = self.bins
        return held_out(b.begins, b.stratum, b.at, b.count, b.entered, ends, until, self.powers, scale)
