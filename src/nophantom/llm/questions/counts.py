"""Comparisons of which only the counts are known: 379/500 against 365/500, or against a published number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nophantom.errors import InvalidInput
from nophantom.llm.verdicts import Claim, Finding, Question, Ruling, rule
from nophantom.stats.estimates import Estimate
from nophantom.stats.power import ProblemsForCounts, problems_for_counts
from nophantom.stats.proportions import wilson
from nophantom.stats.simultaneous import PairTest, all_pairs_of_counts
from nophantom.stats.unpaired import SummaryCount, compare_counts, count_against_baseline

GSM8K_TEST = 1_319
NOT_COVERED = (
    "what the problems have in common: asked the same ones, a paired comparison would need fewer",
    "training again: counts of one run each say nothing of the recipes",
)
OF_A_BASELINE = (
    "the error of the published number, where its own count is not known",
    "differences of prompt, sampling and grader between the two",
)


@dataclass(frozen=True, slots=True)
class CountsAnswer:
    """Two accuracies known as counts, or one against a published number.

    Attributes:
        labels: how each was given.
        shares: accuracy of each with Wilson's interval; a published number without its count has none.
        finding: first minus second.
        ruling: the verdict on the claim.
        test: the name of the test.
        needed: problems that would decide; None where decided, or against a published number.
        more_than_gsm8k: even the fewest of them are more than GSM8K's test set holds.
    """

    labels: tuple[str, str]
    shares: tuple[Estimate, Estimate]
    finding: Finding
    ruling: Ruling
    test: str
    needed: ProblemsForCounts | None
    more_than_gsm8k: bool


@dataclass(frozen=True, slots=True)
class CountPairs:
    """Three or more accuracies known as counts: every pair, with intervals that hold together.

    Attributes:
        labels: how each was given; `shares` the accuracies with Wilson's interval, each alone.
        pairs: every pair, by position among the labels.
        confidence: of all intervals together.
    """

    labels: tuple[str, ...]
    shares: tuple[Estimate, ...]
    pairs: tuple[PairTest, ...]
    confidence: float
    not_covered: tuple[str, ...] = NOT_COVERED


def parse_count(text: str) -> tuple[int, int] | None:
    """(right, tried) of '379/500'; None where it does not read so.

    Raises:
        InvalidInput: more right than tried, or none tried.

    >>> parse_count("379/500"), parse_count("r12")
    ((379, 500), None)
    """
    right, slash, tried = text.partition("/")
    if not slash or not right.isdecimal() or not tried.isdecimal():
        return None
    if not 0 < int(tried) <= 10**9 or int(right) > int(tried):
        raise InvalidInput(f"a count is right/tried, as in 379/500; got {text!r}.")
    return int(right), int(tried)


def count_told(text: object, name: str, *, form: str = "right/tried, as in 379/500") -> tuple[int, int]:
    """(right, tried) of what must be a count.

    Args:
        text: as it was given.
        name: what it was given as, for the error message.
        form: how it should read, for the error message.

    Raises:
        InvalidInput: it does not read as right/tried.

    >>> count_told("379/500", "--final")
    (379, 500)
    """
    found = parse_count(text) if isinstance(text, str) else None
    if found is None:
        raise InvalidInput(f"{name} is {form}; got {text!r:.80}.")
    return found


def parse_level(text: str) -> float | None:
    """A published accuracy: '75.8%' and '0.758' are 0.758; None where it does not read so.

    >>> parse_level("75.8%"), parse_level("0.758"), parse_level("r12"), parse_level("12")
    (0.758, 0.758, None, None)
    """
    plain = text.removesuffix("%")
    try:
        value = float(plain)
    except ValueError:
        return None
    share = round(value / 100, 12) if text.endswith("%") else value
    return share if 0 <= share <= 1 and (text.endswith("%") or "." in text) else None


def compare_two_counts(first: tuple[int, int], second: tuple[int, int], claim: Claim) -> CountsAnswer:
    """Compare two accuracies that are known only as counts.

    Args:
        first: (right, tried).
        second: (right, tried).
        claim: direction, delta and alpha.

    Raises:
        InvalidInput: counts that cannot be.
    """
    a, b = SummaryCount(*first), SummaryCount(*second)
    test = compare_counts(a, b, confidence=claim.confidence)
    finding = Finding(Question.CHECKPOINTS, test.estimate, test.p_value, NOT_COVERED)
    ruling = rule(claim, finding)
    undecided = ruling.verdict == "undecided"
    needed = problems_for_counts(a, b, claim.delta, confidence=claim.confidence) if undecided else None
    return CountsAnswer(
        labels=(_label(first), _label(second)),
        shares=(_share(first, claim), _share(second, claim)),
        finding=finding,
        ruling=ruling,
        test=test.test,
        needed=needed,
        more_than_gsm8k=needed is not None and needed.paired.low > GSM8K_TEST,
    )


def compare_with_level(
    first: tuple[int, int], level: float, claim: Claim, *, level_n: int | None = None
) -> CountsAnswer:
    """Compare a count with a published number.

    Args:
        first: (right, tried).
        level: the published accuracy, a proportion.
        claim: direction, delta and alpha.
        level_n: how many problems the published number rests on; None takes it as exact.

    Raises:
        InvalidInput: counts that cannot be, or a level outside [0, 1].
    """
    test = count_against_baseline(
        SummaryCount(*first), level, baseline_n=level_n, confidence=claim.confidence
    )
    finding = Finding(Question.CHECKPOINTS, test.estimate, test.p_value, OF_A_BASELINE)
    known = (
        Estimate(level, None, None, claim.confidence, 0, "as published")
        if level_n is None
        else wilson(round(level * level_n), level_n, confidence=claim.confidence)
    )
    return CountsAnswer(
        labels=(_label(first), f"{level:.2%} as published"),
        shares=(_share(first, claim), known),
        finding=finding,
        ruling=rule(claim, finding),
        test=test.test,
        needed=None,
        more_than_gsm8k=False,
    )


def compare_many_counts(counts: Sequence[tuple[int, int]], claim: Claim) -> CountPairs:
    """Every pair of three or more counts, with simultaneous intervals.

    Args:
        counts: (right, tried) of each.
        claim: its alpha is that of all pairs together.

    Raises:
        InvalidInput: counts that cannot be, or fewer than two.
    """
    pairs = all_pairs_of_counts([SummaryCount(*c) for c in counts], confidence=claim.confidence)
    return CountPairs(
        labels=tuple(_label(c) for c in counts),
        shares=tuple(_share(c, claim) for c in counts),
        pairs=tuple(pairs),
        confidence=claim.confidence,
    )


def _label(count: tuple[int, int]) -> str:
    return f"{count[0]:,}/{count[1]:,}"


def _share(count: tuple[int, int], claim: Claim) -> Estimate:
    return wilson(*count, confidence=claim.confidence)
