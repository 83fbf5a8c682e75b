"""Bursts put into a real series, and when each rule found them: ours as shown and as confirmed, and the peers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from nophantom.trends.backtest.day_lists import Lists, OnDay, replayed_lists
from nophantom.trends.backtest.injections import (
    RATES,
    WITHIN,
    Injected,
    find_injections,
    inject_steady,
    recall_by_rate,
    steady_plans,
)
from nophantom.trends.backtest.peers import Peer, peer_list, replay_peer, totals
from nophantom.trends.backtest.ranked_days import DayList, cut, lengths_of
from nophantom.trends.backtest.result import RuleRecall
from nophantom.trends.baselines import Ints
from nophantom.trends.parameters import Parameters
from nophantom.trends.replay import Replay
from nophantom.trends.series import Series

OURS = "nophantom"
CONFIRMED = "nophantom, confirmed"


@dataclass(frozen=True, slots=True)
class Recalls:
    """What was put in, and who found it.

    Attributes:
        injected: the series with what was put into it.
        lists: what the detection listed.
        by_rule: recall and delay of every rule, by rate.
    """

    injected: Injected
    lists: Lists
    by_rule: tuple[RuleRecall, ...]


def injected_recalls(
    series: Series,
    places: Ints,
    parameters: Parameters,
    rng: np.random.Generator,
    onsets: tuple[int, int],
    *,
    each: int,
    rates: tuple[float, ...] = RATES,
    peers: tuple[Peer, ...] = tuple(Peer),
    on_day: OnDay | None = None,
) -> Recalls:
    """Put steady bursts in at dates that are drawn, all at once, and replay.

    A rate is told for the mean exposure of the days that the dates are drawn from. Nothing is known of how stories
    write the names of what was put in, so no gate asks about that; all other gates do.

    Args:
        series: as it is.
        places: (n_stories,) equal where the publishing place is the same.
        parameters: what decides.
        rng: the only source of randomness.
        onsets: first and last day of the series that a burst may begin on.
        each: bursts of each rate.
        rates: stories a day.
        peers: rules that are held against it, cut to the same length on every day.
        on_day: told of the progress.

    Raises:
        InvalidInput: days outside the series, or nothing read on them.
    """
    plans = steady_plans(rng, *onsets, each=each, rates=rates)
    injected = inject_steady(series, plans, rng, exposure_days=onsets)
    last = min(series.n_days - 1, onsets[1] + WITHIN)
    first = onsets[0]
    lists = replayed_lists(
        Replay(injected.series, places, parameters), first, last, watch=False, on_day=on_day
    )
    rules: dict[str, tuple[DayList, ...]] = {OURS: lists.shown, CONFIRMED: lists.confirmed}
    lengths = lengths_of(lists.shown)
    for peer, days in rankings(injected.series, min(lengths), max(lengths), peers).items():
        rules[peer] = tuple(cut(days, lengths))
    return Recalls(
        injected=injected,
        lists=lists,
        by_rule=tuple(
            RuleRecall(rule, recall_by_rate(find_injections(injected.injections, days)))
            for rule, days in rules.items()
        ),
    )


def rankings(
    series: Series, first: date, last: date, peers: tuple[Peer, ...] = tuple(Peer)
) -> dict[str, tuple[DayList, ...]]:
    """How each rule of others ranks the topics of each day, not cut to any length.

    Args:
        series: as it is.
        first: first day that is wanted.
        last: the last one.
        peers: which rules.

    Raises:
        InvalidInput: days that the series does not have.
    """
    known = totals(series)
    numbers = [(day - series.first_day) // timedelta(days=1) for day in (first, last)]
    return {
        str(peer): tuple(peer_list(series, day) for day in replay_peer(peer, known, *numbers))
        for peer in peers
    }
