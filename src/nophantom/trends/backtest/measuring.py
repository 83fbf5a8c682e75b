"""A whole back-test: from documents to one result, part by part, each from what was known on its day."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from nophantom.errors import InvalidInput
from nophantom.reporting.json_file import canonical_text
from nophantom.trends.backtest.churn import churn_of
from nophantom.trends.backtest.day_lists import OnDay, replayed_lists
from nophantom.trends.backtest.injections import WITHIN
from nophantom.trends.backtest.lead_times import (
    HINDSIGHT,
    Lead,
    Listed,
    compare_leads,
    lead_times,
    without_hindsight,
)
from nophantom.trends.backtest.null_days import null_days, snapshot_days
from nophantom.trends.backtest.permutations import NullReport, Permutation, null_report
from nophantom.trends.backtest.plan import Part, Plan
from nophantom.trends.backtest.ranked_days import DayList, cut, cut_to_new, lengths_of
from nophantom.trends.backtest.recalls import OURS, injected_recalls, rankings
from nophantom.trends.backtest.references import Reference
from nophantom.trends.backtest.relevance import Labels, relevance_of
from nophantom.trends.backtest.result import BacktestResult, Replayed, RuleLeads
from nophantom.trends.corpus import Corpus, corpus_of
from nophantom.trends.documents import Document
from nophantom.trends.parameters import Parameters
from nophantom.trends.replay import Replay
from nophantom.trends.self_test import TIER_NAMES, TIERS
from nophantom.trends.series import Series

OnStep = Callable[[str, int, int], None]
"""Told what is being done, and how much of how much."""
AS_NEW = ", as many new"
"""Ends the name of a rule whose lists name as many topics for the first time as ours, instead of being as long."""
ListsOf = dict[Listed, dict[str, tuple[DayList, ...]]]
"""The lists of each rule, for each kind of list."""
OnPart = Callable[[BacktestResult], None]
"""Told the result so far, after every part."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the documents from elsewhere; a detection never sees it.

    Attributes:
        references: with a day each; those outside of the replay are left out.
        labels: what people said of signals.
        simulated: whether the documents are those of a simulated world.
    """

    references: tuple[Reference, ...] = ()
    labels: Labels | None = None
    simulated: bool = False


def measure(
    documents: Sequence[Document],
    plan: Plan,
    known: Known,
    parameters: Parameters,
    *,
    linked: Sequence[Hashable] | None = None,
    on_step: OnStep | None = None,
    on_part: OnPart | None = None,
) -> BacktestResult:
    """A back-test of documents.

    Args:
        documents: from long enough before the first day to have a baseline; nothing after the last day is read.
        plan: what is measured.
        known: from elsewhere.
        parameters: what decides.
        linked: as `corpus_of`.
        on_step: told of the progress.
        on_part: told the result so far, after every part.

    Raises:
        InvalidInput: no documents, too few days of them, or days that they do not have.
    """
    step = on_step or (lambda *_: None)
    step("counting", 0, 1)
    begins = _begins(documents, plan, parameters)
    corpus = corpus_of(documents, linked=linked, names_as_of=begins)
    measuring = Measuring(corpus, plan, known, parameters, step)

    def blind() -> Corpus:
        step("leaving out what was chosen with hindsight", 0, 1)
        return _without_hindsight(documents, linked, begins) or measuring.corpus

    for result in measuring.parts(blind):
        if on_part:
            on_part(result)
    return measuring.result


class _Lists(NamedTuple):
    """Lists of several rules: equally long on every day, and with equally many topics named for the first time."""

    equally_long: ListsOf
    equally_new: ListsOf


class Measuring:
    """A back-test under way.

    Attributes:
        corpus: that is replayed.
        result: what was measured so far.
    """

    def __init__(
        self, corpus: Corpus, plan: Plan, known: Known, parameters: Parameters, on_step: OnStep
    ) -> None:
        self.corpus, self._plan, self._known = corpus, plan, known
        self._own_lists: _Lists | None = None
        self._parameters, self._step = parameters, on_step
        series = corpus.series
        self._first, self._last = _days(series, plan, parameters)
        self.result = BacktestResult(
            replayed=Replayed(
                first=series.first_day + timedelta(days=self._first),
                last=series.first_day + timedelta(days=self._last),
                documents=corpus.n_documents,
                stories=series.stories.n,
                topics=series.n_topics,
                parameters=sha256(canonical_text(parameters).encode()).hexdigest(),
                seed=plan.seed,
                excluded=tuple(sorted(HINDSIGHT)),
                simulated=known.simulated,
            ),
            ours=OURS,
            tiers=TIER_NAMES,
        )

    def parts(self, blind: Callable[[], Corpus]) -> Iterator[BacktestResult]:
        """Every wanted part in turn, the cheapest first, with the result so far.

        Args:
            blind: gives the corpus without what was chosen with hindsight; asked when leads are.
        """
        works: dict[Part, Callable[[], BacktestResult]] = {
            Part.NULL: lambda: self._with_null(Permutation.STORIES),
            Part.STRESS: lambda: self._with_null(Permutation.WEEKS),
            Part.INJECTIONS: self._with_injections,
            Part.LISTS: self._with_lists,
            Part.LEADS: lambda: self._with_leads(blind()),
        }
        for part, work in works.items():
            if part in self._plan.parts:
                self.result = work()
                yield self.result

    def _with_null(self, permutation: Permutation) -> BacktestResult:
        plan, is_null = self._plan, permutation is Permutation.STORIES
        seeds = tuple(range(plan.seed, plan.seed + (plan.seeds if is_null else 1)))
        n = plan.snapshots if is_null else max(1, plan.snapshots // 2)
        days = null_days(
            self.corpus.series,
            permutation,
            seeds,
            snapshot_days(self._first, self._last, n),
            self._parameters,
            on_snapshot=self._told("detecting nothing" if is_null else "detecting in permuted weeks"),
        )
        found: NullReport = null_report(permutation, days, tiers=range(len(TIERS) + 1))
        return replace(self.result, nulls=(*self.result.nulls, found))

    def _with_injections(self) -> BacktestResult:
        # The last burst has its days inside of the replay, if there are so many.
        onsets = (self._first, max(self._first, self._last - WITHIN))
        found = injected_recalls(
            self.corpus.series,
            self.corpus.places,
            self._parameters,
            np.random.default_rng(self._plan.seed),
            onsets,
            each=self._plan.each,
            rates=self._plan.rates,
            on_day=self._told("finding what was put in"),
        )
        return replace(self.result, recalls=found.by_rule)

    def _with_lists(self) -> BacktestResult:
        labels = self._known.labels
        rules = self._lists(self.corpus, "listing day by day").equally_long[Listed.SIGNALS]
        judged = {day for day, _ in labels} if labels else set()
        return replace(
            self.result,
            churn=tuple(churn_of(rule, days) for rule, days in rules.items()),
            relevance=tuple(
                relevance_of(rule, [day for day in days if day.as_of in judged], labels)
                for rule, days in rules.items()
            )
            if labels
            else (),
        )

    def _with_leads(self, blind: Corpus) -> BacktestResult:
        inside = self.result.replayed
        references = tuple(
            one for one in self._known.references if one.day and inside.first < one.day <= inside.last
        )
        if not references:
            return self.result
        lists = self._lists(blind, "looking for references")
        rules = lists.equally_long
        return replace(
            self.result,
            lead_shares=tuple(
                share
                for listed, by_rule in (*rules.items(), *lists.equally_new.items())
                for share in compare_leads(references, by_rule, (listed,))
            ),
            leads=tuple(RuleLeads(rule, _leads_of(rule, rules, references)) for rule in rules[Listed.EITHER]),
        )

    def _lists(self, corpus: Corpus, what: str) -> _Lists:
        """Ours and those of the peers, for each kind of list; of the own corpus made once."""
        if corpus is self.corpus and self._own_lists is not None:
            return self._own_lists
        series = corpus.series
        shift = (series.first_day - self.corpus.series.first_day).days
        first, last = self._first - shift, min(self._last - shift, series.n_days - 1)
        replay = Replay(series, corpus.places, self._parameters, corpus.told)
        ours = replayed_lists(replay, first, last, on_day=self._told(what)).shown
        found = _beside_peers(ours, rankings(series, ours[0].as_of, ours[-1].as_of))
        if corpus is self.corpus:
            self._own_lists = found
        return found

    def _told(self, what: str) -> OnDay:
        return lambda done, total: self._step(what, done, total)


def _days(series: Series, plan: Plan, parameters: Parameters) -> tuple[int, int]:
    """First and last listed day of the series."""
    begins, ends = series.first_day, series.first_day + timedelta(days=series.n_days - 1)
    possible = begins + timedelta(days=parameters.fast.reach)
    first, last = plan.first or possible, plan.last or ends
    if not possible <= first <= last <= ends:
        raise InvalidInput(
            f"the documents run from {begins} to {ends} and have a baseline from {possible} on; got {first} to {last}. "
            "Import more history, or choose days between."
        )
    return (first - begins).days, (last - begins).days


def _beside_peers(ours: tuple[DayList, ...], ranked: dict[str, tuple[DayList, ...]]) -> _Lists:
    """Our lists beside those of others, cut to the same length and to as many new topics."""
    lengths = {
        Listed.SIGNALS: lengths_of(ours),
        Listed.EITHER: {day.as_of: len(day.signals) + len(day.watch) for day in ours},
    }
    named = {
        Listed.SIGNALS: [day.signals for day in ours],
        Listed.EITHER: [(*day.signals, *day.watch) for day in ours],
    }
    return _Lists(
        equally_long={
            Listed.SIGNALS: {OURS: ours} | _cut(ranked, lengths[Listed.SIGNALS]),
            Listed.WATCH: {OURS: ours},
            Listed.EITHER: {OURS: ours} | _cut(ranked, lengths[Listed.EITHER]),
        },
        equally_new={
            listed: {f"{rule}{AS_NEW}": tuple(cut_to_new(days, wanted)) for rule, days in ranked.items()}
            for listed, wanted in named.items()
        },
    )


def _cut(ranked: dict[str, tuple[DayList, ...]], lengths: dict[date, int]) -> dict[str, tuple[DayList, ...]]:
    return {rule: tuple(cut(days, lengths)) for rule, days in ranked.items()}


def _leads_of(rule: str, lists: ListsOf, references: tuple[Reference, ...]) -> tuple[Lead, ...]:
    """All leads of a rule, for each kind of list that it has."""
    return tuple(
        lead
        for listed, by_rule in lists.items()
        if rule in by_rule
        for lead in lead_times(references, by_rule[rule], listed)
    )


def _begins(documents: Sequence[Document], plan: Plan, parameters: Parameters) -> date | None:
    """The first listed day: other names of topics are those that were known on it."""
    if plan.first is not None or not documents:
        return plan.first
    return min(d.first_seen for d in documents) + timedelta(days=parameters.fast.reach)


def _without_hindsight(
    documents: Sequence[Document], linked: Sequence[Hashable] | None, begins: date | None
) -> Corpus | None:
    """The corpus that would have come without; None where that is all of it."""
    kept = [(n, each) for n, document in enumerate(documents) for each in without_hindsight((document,))]
    if all(each is documents[n] for n, each in kept) and len(kept) == len(documents):
        return None
    return corpus_of(
        [each for _, each in kept],
        linked=None if linked is None else [linked[n] for n, _ in kept],
        names_as_of=begins,
    )
