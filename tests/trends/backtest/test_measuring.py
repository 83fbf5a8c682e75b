"""A whole back-test: what was planted is found, and what was not is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.trends.backtest.simulated import N_DAYS, ONSET, a_reference, day, documents

from nophantom.errors import InvalidInput
from nophantom.trends.assembly import assemble
from nophantom.trends.backtest.day_lists import listed, replayed_lists
from nophantom.trends.backtest.lead_times import FIRST_OF_WATCH, HINDSIGHT, Listed
from nophantom.trends.backtest.measuring import AS_NEW, Known, Measuring, measure
from nophantom.trends.backtest.permutations import Permutation
from nophantom.trends.backtest.plan import Part, Plan, quick
from nophantom.trends.backtest.ranked_days import DayList
from nophantom.trends.backtest.recalls import CONFIRMED, OURS
from nophantom.trends.backtest.relevance import Label, Labelled
from nophantom.trends.backtest.result import BacktestResult, result_text
from nophantom.trends.corpus import Corpus, corpus_of
from nophantom.trends.documents import Family
from nophantom.trends.parameters import Parameters
from nophantom.trends.replay import Replay
from nophantom.trends.self_test import TIERS

REFERENCES = (
    a_reference("Zorblax", ONSET + 25),
    a_reference("Quuxel", ONSET + 3),
    a_reference("Mubrek", 120),
    a_reference("Zorblax", N_DAYS + 50),
)
PLAN = Plan(first=day(80), seeds=1, snapshots=8, each=6, rates=(1.0, 4.0))
LABELS = {
    (day(115), "zorblax"): Labelled(day(115), "zorblax", "Zorblax", Label.PRODUCT, "it was planted"),
    (day(115), "quuxel"): Labelled(day(115), "quuxel", "Quuxel", Label.GENERAL, "to have one of each"),
}


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return corpus_of(documents())


@pytest.fixture(scope="module")
def steps() -> list[BacktestResult]:
    """What was told after each part."""
    return []


@pytest.fixture(scope="module")
def measured(steps: list[BacktestResult]) -> BacktestResult:
    known = Known(REFERENCES, LABELS, simulated=True)
    return measure(documents(), PLAN, known, Parameters(), on_part=steps.append)


def test_nothing_is_flagged_where_nothing_can_be_found_and_momentum_is_one(measured: BacktestResult) -> None:
    null, stress = measured.nulls

    assert (null.permutation, stress.permutation) == (Permutation.STORIES, Permutation.WEEKS)
    assert [flags.with_any for flags in null.flags] == [0] * (len(TIERS) + 2)
    assert null.flags[0].n == 8
    assert null.fast is not None
    assert null.slow is not None
    assert (null.fast.n, null.fast.flags, null.slow.flags) == (8, 0, 0)
    assert null.median_momentum == pytest.approx(1.0, abs=0.1)
    assert stress.flags[0].n == 4


def test_bursts_that_are_put_in_are_found_the_stronger_the_sooner(measured: BacktestResult) -> None:
    [ours] = [one for one in measured.recalls if one.rule == OURS]
    [confirmed] = [one for one in measured.recalls if one.rule == CONFIRMED]
    weak, strong = ours.rates

    assert (weak.rate, strong.rate, strong.n, strong.found) == (1.0, 4.0, 6, 6)
    assert strong.delays[1] is not None
    assert strong.delays[1] <= 6
    assert weak.delays[1] is None or weak.delays[1] >= strong.delays[1]
    assert confirmed.rates[1].delays[1] is not None
    assert confirmed.rates[1].delays[1] >= strong.delays[1] + 2  # shown on 3 of 5 days


def test_leads_are_those_of_the_planted_trends_and_the_spike_has_none(measured: BacktestResult) -> None:
    [ours] = [one for one in measured.leads if one.rule == OURS]
    leads = {lead.reference.name: lead for lead in ours.leads if lead.listed is Listed.SIGNALS}

    assert list(leads) == ["Zorblax", "Quuxel", "Mubrek"]  # what lies after the replay is left out
    assert leads["Zorblax"].is_before
    assert leads["Zorblax"].first is not None
    assert day(ONSET) < leads["Zorblax"].first <= day(ONSET + 8)
    assert not leads["Quuxel"].is_before
    assert leads["Mubrek"].first is None
    rules = {share.rule for share in measured.lead_shares if share.listed is Listed.SIGNALS}
    peers = {"ratio", "ewma", "poisson", "kleinberg"}
    assert rules == {OURS, *peers, *(f"{peer}{AS_NEW}" for peer in peers)}
    assert {one.rule for one in measured.churn} == {OURS, *peers}


def test_relevance_is_that_of_the_labelled_days_and_churn_that_of_all(measured: BacktestResult) -> None:
    ours = measured.relevance[0]

    assert (ours.rule, ours.n_days) == (OURS, 1)
    assert (ours.labelled, ours.relevant) == (2, 1)
    assert (measured.churn[0].rule, measured.churn[0].n_days) == (OURS, N_DAYS - 80)


def test_every_part_is_told_as_soon_as_it_is_measured(
    measured: BacktestResult, steps: list[BacktestResult]
) -> None:
    told = [(len(one.nulls), bool(one.recalls), bool(one.churn), bool(one.leads)) for one in steps]

    assert told == [
        (1, False, False, False),
        (2, False, False, False),
        (2, True, False, False),
        (2, True, True, False),
        (2, True, True, True),
    ]
    assert steps[-1] == measured


def test_only_what_is_wanted_is_measured_and_twice_gives_the_same_bytes(corpus: Corpus) -> None:
    plan = replace(PLAN, parts=frozenset({Part.NULL}), snapshots=2)
    first, second = (
        list(Measuring(corpus, plan, Known(), Parameters(), lambda *_: None).parts(lambda: corpus))
        for _ in range(2)
    )

    assert len(first) == 1
    assert result_text(first[0]) == result_text(second[0])
    assert (first[0].recalls, first[0].churn, first[0].leads) == ((), (), ())


def test_a_collection_chosen_with_hindsight_gives_no_lead() -> None:
    chosen = dict(zip((Family.ARXIV, Family.HACKER_NEWS), sorted(HINDSIGHT), strict=True))
    by_hindsight = [
        replace(one, collections=(chosen[one.family],)) if one.family in chosen else one
        for one in documents()
        if one.family in chosen or "Zorblax" not in one.title + one.text
    ]
    plan = Plan(first=day(80), last=day(ONSET + 12), parts=frozenset({Part.LISTS, Part.LEADS}))
    label = Labelled(plan.last or day(0), "zorblax", "Zorblax", Label.PRODUCT, "it was planted")
    known = Known((a_reference("Zorblax", ONSET + 12),), {(label.as_of, label.slug): label}, simulated=True)

    result = measure(by_hindsight, plan, known, Parameters())

    assert result.relevance[0].relevant == 1  # it is a signal where all collections are read
    [ours] = [one for one in result.leads if one.rule == OURS]
    assert [lead.first for lead in ours.leads] == [None, None, None]
    assert result.replayed.excluded == tuple(sorted(HINDSIGHT))


def test_signals_and_watch_list_are_apart_and_those_of_the_snapshot_of_the_day(corpus: Corpus) -> None:
    replay = Replay(corpus.series, corpus.places, Parameters(), corpus.told)
    *_, last = replay.run(110)
    found, few = listed(replay, last), listed(replay, last, most=2)
    snapshot = assemble(replay, last)

    assert set(found.signals) == {"zorblax", "quuxel"}
    assert found.watch
    assert not set(found.watch) & set(found.signals)
    assert found.signals == tuple(signal.candidate.slug for signal in snapshot.signals)
    assert found.watch == tuple(candidate.slug for candidate in snapshot.watch)[: len(found.watch)]
    assert len(found.watch) == min(FIRST_OF_WATCH, len(snapshot.watch))
    assert few == DayList(found.as_of, found.signals, found.watch[:2])


def test_the_days_of_a_replay_are_those_that_were_asked_for(corpus: Corpus) -> None:
    replay = Replay(corpus.series, corpus.places, Parameters(), corpus.told)
    seen: list[tuple[int, int]] = []
    lists = replayed_lists(replay, 60, 62, watch=False, on_day=lambda *told: seen.append(told))

    assert [each.as_of for each in lists.shown] == [day(60), day(61), day(62)]
    assert [each.watch for each in lists.shown] == [(), (), ()]
    assert seen[-1] == (7, 7)  # the first day that has a baseline is the 56th


@pytest.mark.parametrize("plan", [Plan(first=day(10)), Plan(last=day(N_DAYS)), Plan(first=day(200))])
def test_days_without_a_baseline_or_without_documents_are_refused(corpus: Corpus, plan: Plan) -> None:
    with pytest.raises(InvalidInput, match="have a baseline from 2001-02-26 on"):
        Measuring(corpus, plan, Known(), Parameters(), lambda *_: None)


def test_a_plan_has_its_days_in_order_and_something_to_do() -> None:
    with pytest.raises(InvalidInput, match="ends on or after its first day"):
        Plan(first=day(3), last=day(2))
    with pytest.raises(InvalidInput, match="at least 1 seed"):
        Plan(each=0)
    assert quick(PLAN).first == PLAN.first
    assert (quick(PLAN).seeds, quick(PLAN).each) == (1, 5)
