"""The result of a back-test as one frozen value: its canonical JSON is the report, everything else a rendering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from orjson import loads

from nophantom.errors import InvalidInput
from nophantom.reporting.json_file import canonical_text
from nophantom.reporting.read_back import from_plain
from nophantom.trends.backtest.churn import Churn
from nophantom.trends.backtest.injections import RateRecall
from nophantom.trends.backtest.lead_times import Lead, LeadShare
from nophantom.trends.backtest.permutations import NullReport
from nophantom.trends.backtest.relevance import Relevance


@dataclass(frozen=True, slots=True)
class RuleRecall:
    """What one rule found of the injections."""

    rule: str
    rates: tuple[RateRecall, ...]


@dataclass(frozen=True, slots=True)
class RuleLeads:
    """One rule against single references, for walking back from a share to its parts."""

    rule: str
    leads: tuple[Lead, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was replayed, and how.

    Attributes:
        first: first replayed day.
        last: last replayed day.
        documents: read.
        stories: that they are.
        topics: known on the last day.
        parameters: SHA-256 of the parameters of the detection.
        seed: of every permutation, injection and sample.
        excluded: collections that were kept out of every claim about lead time.
        simulated: whether the documents are those of a simulated world.
    """

    first: date
    last: date
    documents: int
    stories: int
    topics: int
    parameters: str
    seed: int
    excluded: tuple[str, ...]
    simulated: bool = False

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InvalidInput(
                f"a replay ends on or after its first day; got {self.first} to {self.last}. Swap them."
            )


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """Everything that a back-test measured; what was not measured is empty.

    Attributes:
        replayed: what was replayed.
        ours: name of our rule among the others.
        tiers: names of the rate tiers, in order.
        nulls: what was flagged of permuted corpora, one for each permutation.
        recalls: of injected bursts, by rule.
        lead_shares: by rule, list and kind of reference.
        leads: of single references, by rule.
        relevance: by rule.
        churn: by rule.
    """

    replayed: Replayed
    ours: str
    tiers: tuple[str, ...] = ()
    nulls: tuple[NullReport, ...] = ()
    recalls: tuple[RuleRecall, ...] = ()
    lead_shares: tuple[LeadShare, ...] = ()
    leads: tuple[RuleLeads, ...] = ()
    relevance: tuple[Relevance, ...] = ()
    churn: tuple[Churn, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """Ours first, then the others in the order in which they are first named."""
        measured: Sequence[RuleRecall | LeadShare | Relevance | Churn] = (
            *self.recalls,
            *self.lead_shares,
            *self.relevance,
            *self.churn,
        )
        return tuple(dict.fromkeys((self.ours, *(one.rule for one in measured))))


def result_text(result: BacktestResult) -> str:
    """The result as canonical JSON: equal results have equal bytes on every machine."""
    return canonical_text(result)


def result_of(text: str) -> BacktestResult:
    """The result that a canonical JSON was made from.

    Raises:
        Unreadable: it is none, or of another version.
    """
    return from_plain(BacktestResult, loads(text))


def result_hash(result: BacktestResult) -> str:
    """SHA-256 of the canonical JSON, the name of the report."""
    return sha256(result_text(result).encode()).hexdigest()
