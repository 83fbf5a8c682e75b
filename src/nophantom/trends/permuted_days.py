"""Days of a permuted corpus, in which nothing can be there: for self-tests of snapshots and for back-tests. PURE."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.baselines import Floats
from nophantom.trends.detection import evaluate, expected_of, support
from nophantom.trends.history import MONTH
from nophantom.trends.parameters import Parameters
from nophantom.trends.replay import Replay
from nophantom.trends.replay_day import Day
from nophantom.trends.self_test import TIERS, TierCheck, tier_checks
from nophantom.trends.series import Series

DAYS, APART = 5, 28
"""Days that are detected again, and days between them: the last is that of the snapshot."""
SEED = 20_310_101


def permuted_day(replay: Replay, day: int) -> Day:
    """A day of a replay of a permuted corpus, by itself: nothing is tracked, and no gate is needed to keep still."""
    told = support(replay.days, day, MONTH)
    topic = replay.candidates(day, told)
    return Day(replay, day, topic, told[topic])


def tier_of(expected: Floats) -> NDArray[np.int64]:
    """(K,) the tier of rates of topics, by the stories that the baseline expects in 28 days."""
    return np.searchsorted(TIERS, expected, side="right")


def check_tiers(series: Series, parameters: Parameters, day: int, level: float) -> tuple[TierCheck, ...]:
    """Detect a few days of the permuted corpus, and see whether e-values keep their word.

    Args:
        series: as it is; what came after the day is not looked at.
        parameters: what decides.
        day: of the snapshot, in days of the series.
        level: the e-value that was enough in the snapshot, not boosted.

    Returns:
        One for each tier and level, by tier.
    """
    known = series if day == series.n_days - 1 else series.until(day)
    shuffled = known.permuted(np.random.default_rng(SEED))
    replay = Replay(shuffled, np.zeros(shuffled.stories.n, dtype=np.int64), parameters)
    looked = [permuted_day(replay, one) for one in [*range(day, replay.first - 1, -APART)][:DAYS]]
    log_e = np.concatenate([one.log_e for one in looked])
    tier = np.concatenate([tier_of(one.expected) for one in looked])
    topics = np.sum([_topics_of_tiers(replay, one.day) for one in looked], axis=0)
    boost = parameters.boost
    return tier_checks(log_e, tier, level * boost, topics=topics.tolist(), boost=boost)


def _topics_of_tiers(replay: Replay, day: int) -> NDArray[np.int64]:
    """All N topics by tier: an e-value promises its mean over these, and candidates are those with many stories."""
    known = np.flatnonzero(replay.days.entered <= day)
    expected = expected_of(evaluate(replay.baselines, day, known), replay.baselines, MONTH)
    return np.bincount(tier_of(expected), minlength=len(TIERS) + 1)
