"""Clean data first: what is wrong with a training set, row by row, and what is left without it.

Nothing is removed without a reason from a closed list, and the books balance: rows = kept + removed.
What is only suspicious (a near duplicate, eight words in common with the test) is listed and kept unless
asked for; what is known to be wrong is removed unless told otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from nophantom.errors import InvalidInput
from nophantom.llm.annotations import check_annotations, count_annotations
from nophantom.llm.flaws import (
    AGAINST_TEST,
    NEAR,
    NEED_ANSWERS,
    REMOVED_BY_DEFAULT,
    REPEATS,
    Flaw,
    Reason,
)
from nophantom.llm.overlap import SharedRuns, Words, near_duplicates, same_text, words_of
from nophantom.llm.training_rows import TrainingFile, TrainingRow
from nophantom.stats.drift import OrderTest, order_test
from nophantom.stats.evidence import holm

LONG_RUN, SHORT_RUN = 13, 8
"""Words in a row that a row may not share with a test problem: 13 is hardly ever chance (the length of
GPT-3's own check), 8 often is a phrase."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class CleaningOptions:
    """What counts as wrong, and what is removed.

    Attributes:
        near: least share of runs of three words that near duplicates have in common, from 0.3 to 1; None
            does not look for them, which takes most of the time.
        remove: the reasons for which a row is removed; the others are listed.
    """

    near: float | None = 0.7
    remove: frozenset[Reason] = REMOVED_BY_DEFAULT

    def __post_init__(self) -> None:
        if Reason.DAMAGED_LINE not in self.remove:
            raise InvalidInput(
                "a damaged line is no row and cannot be kept. It stays, whole, in the list of removals."
            )


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found.

    Attributes:
        reason: what was looked for.
        rows: rows that it flags; None where it could not be made.
        removed: rows that were removed for it (a row may be removed for several).
        kept: flagged rows that stay, listed.
        test_problems: test problems concerned, for the checks against the test; else None.
        removes: whether this reason removes.
    """

    reason: Reason
    rows: int | None
    removed: int
    kept: int
    test_problems: int | None
    removes: bool


@dataclass(frozen=True, slots=True)
class OrderResidue:
    """Whether one measure of difficulty hangs together with the place in the file. Reported, never removed.

    Attributes:
        measure: what was measured of each row, in words.
        test: the two correlations; None where all rows are alike.
        drift_p: p of the drift, adjusted by Holm for all measures; None with `test`.
        blocks_p: p of the blocks, adjusted likewise.
    """

    measure: str
    test: OrderTest | None
    drift_p: float | None
    blocks_p: float | None


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What is wrong with a training set, and what is left.

    Attributes:
        rows: lines that are not blank, damaged ones included; `kept` and `removed` add up to it.
        kept: lines to keep, in order.
        removed: line -> the reasons it was removed for, in order.
        flaws: everything found, by line.
        checks: one result per reason.
        order: residue of an order, per measure.
        too_short: rows of fewer than 8 words, which the runs of words cannot judge.
    """

    rows: int
    kept: tuple[int, ...]
    removed: dict[int, tuple[Reason, ...]]
    flaws: tuple[Flaw, ...]
    checks: tuple[CheckResult, ...]
    order: tuple[OrderResidue, ...] = field(default=())
    too_short: int = 0


def clean(
    train: TrainingFile,
    test: TrainingFile | None = None,
    options: CleaningOptions | None = None,
    *,
    on_progress: Progress | None = None,
) -> Cleaning:
    """Find what is wrong with a training set and decide what stays.

    Args:
        train: the rows to clean.
        test: the problems that must not be in it; None makes no check against a test.
        options: what counts and what removes.
        on_progress: told a step's name, how much of it is done and how much there is.

    Returns:
        Every flaw, the lines that stay and the lines that go. A row that repeats another goes only when
        that one stays, so that of equal rows one is always left.

    Raises:
        InvalidInput: the two files are the same, or an option outside its range.
    """
    options = options or CleaningOptions()
    if test is not None and test.digest == train.digest:
        raise InvalidInput(
            f"{train.name} and {test.name} have the same content, so every row would be found in the test. "
            "Give the training file first and the test file with --against."
        )
    words = {row.line: words_of(row.question or "") for row in train.rows}
    flaws = [
        *(Flaw(line.line, Reason.DAMAGED_LINE, None, line.why) for line in train.damaged),
        *_own_flaws(train),
        *_repeats(train.rows),
    ]
    problems: Counter[Reason] = Counter()
    if test is not None:
        found, problems = _shared_with_test(train.rows, words, test)
        flaws += found
    if options.near is not None:
        found, problems[Reason.NEAR_TEST_DUPLICATE] = _near(train, words, test, options.near, on_progress)
        flaws += found
    flaws.sort(key=lambda flaw: (flaw.line, list(Reason).index(flaw.reason)))
    removed = _decide(flaws, options)
    lines = sorted([row.line for row in train.rows] + [line.line for line in train.damaged])
    return Cleaning(
        rows=len(lines),
        kept=tuple(line for line in lines if line not in removed),
        removed=removed,
        flaws=tuple(flaws),
        checks=tuple(_checks(train, test, flaws, removed, problems, options)),
        order=tuple(_order(train.rows, words)),
        too_short=sum(1 for own in words.values() if len(own) < SHORT_RUN),
    )


def _own_flaws(train: TrainingFile) -> Iterator[Flaw]:
    """What can be seen of a row alone."""
    for row in train.rows:
        if row.question is None:
            yield Flaw(row.line, Reason.MISSING_QUESTION, None, f"no {train.question_field!r}")
        if train.lacks_answer(row):
            seen = f"no {train.answer_field!r}" if row.answer is None else "no final answer after '####'"
            yield Flaw(row.line, Reason.MISSING_ANSWER, None, seen)
        for annotation in check_annotations(row.solution):
            if annotation.computes is False:
                seen = f"<<{annotation.text}>> is {annotation.value}"
                yield Flaw(row.line, Reason.WRONG_ANNOTATION, None, seen)
            elif annotation.computes is None:
                yield Flaw(row.line, Reason.UNREADABLE_ANNOTATION, None, f"<<{annotation.text[:60]}>>")


def _repeats(rows: Sequence[TrainingRow]) -> Iterator[Flaw]:
    """Rows that have the question of an earlier one."""
    first_with: dict[tuple[str, str | None], int] = {}
    first_asked: dict[str, int] = {}
    for row in rows:
        if row.question is None:
            continue
        question = same_text(row.question)
        answer = None if row.answer is None else same_text(row.answer)
        if (earlier := first_with.get((question, answer))) is not None:
            yield Flaw(row.line, Reason.EXACT_DUPLICATE, earlier, f"as line {earlier}")
        elif (earlier := first_asked.get(question)) is not None:
            yield Flaw(row.line, Reason.REPEATED_QUESTION, earlier, f"asked in line {earlier}, other answer")
        first_with.setdefault((question, answer), row.line)
        first_asked.setdefault(question, row.line)


def _shared_with_test(
    rows: Sequence[TrainingRow], words: dict[int, Words], test: TrainingFile
) -> tuple[list[Flaw], Counter[Reason]]:
    """Rows that hold a test question or a run of words of one, and how many test problems are concerned."""
    asked: dict[str, int] = {}
    for problem in test.rows:
        asked.setdefault(same_text(problem.question or ""), problem.line)
    test_words = [words_of(problem.question or "") for problem in test.rows]
    flaws: list[Flaw] = []
    concerned: dict[Reason, set[int]] = {reason: set() for reason in AGAINST_TEST}
    for row in rows:
        line = asked.get(same_text(row.question)) if row.question is not None else None
        if line is not None:
            flaws.append(Flaw(row.line, Reason.TEST_DUPLICATE, line, f"as line {line} of the test"))
            concerned[Reason.TEST_DUPLICATE].add(line)
    for reason, n in ((Reason.TEST_13_GRAM, LONG_RUN), (Reason.TEST_8_GRAM, SHORT_RUN)):
        runs = SharedRuns(test_words, n)
        for row in rows:
            if shared := runs.shared(words[row.line]):
                run, holders = shared
                concerned[reason] |= holders
                line = test.rows[min(holders)].line
                flaws.append(Flaw(row.line, reason, line, f"'{' '.join(run)}' (line {line} of the test)"))
    return flaws, Counter({reason: len(held) for reason, held in concerned.items()})


def _near(
    train: TrainingFile,
    words: dict[int, Words],
    test: TrainingFile | None,
    threshold: float,
    on_progress: Progress | None,
) -> tuple[list[Flaw], int]:
    """Rows that are nearly another row or a test problem; equal ones have their own reason already."""
    test_rows = () if test is None else test.rows
    neighbours = near_duplicates(
        [words[row.line] for row in train.rows],
        threshold,
        against=[words_of(problem.question or "") for problem in test_rows],
        on_progress=None
        if on_progress is None
        else lambda done, of: on_progress("near duplicates", done, of),
    )
    flaws: list[Flaw] = []
    concerned: set[int] = set()
    for row, (earlier, outside) in zip(train.rows, neighbours, strict=True):
        for near, others, reason in (
            (earlier, train.rows, Reason.NEAR_DUPLICATE),
            (outside, test_rows, Reason.NEAR_TEST_DUPLICATE),
        ):
            other = None if near is None else others[near.other]
            if (
                near is None
                or other is None
                or same_text(other.question or "") == same_text(row.question or "")
            ):
                continue
            of_test = " of the test" if reason is Reason.NEAR_TEST_DUPLICATE else ""
            flaws.append(
                Flaw(row.line, reason, other.line, f"{near.similarity:.0%} as line {other.line}{of_test}")
            )
            if of_test:
                concerned.add(other.line)
    return flaws, len(concerned)


def _decide(flaws: Sequence[Flaw], options: CleaningOptions) -> dict[int, tuple[Reason, ...]]:
    """Which lines go, and why: line by line, since what repeats a row goes only if that one stays."""
    removed: dict[int, tuple[Reason, ...]] = {}
    for flaw in flaws:
        stays = flaw.reason in REPEATS and flaw.other in removed
        if flaw.reason in options.remove and not stays:
            so_far = removed.get(flaw.line, ())
            if flaw.reason not in so_far:
                removed[flaw.line] = (*so_far, flaw.reason)
    return removed


def _checks(
    train: TrainingFile,
    test: TrainingFile | None,
    flaws: Sequence[Flaw],
    removed: dict[int, tuple[Reason, ...]],
    problems: Counter[Reason],
    options: CleaningOptions,
) -> Iterator[CheckResult]:
    """One line of the summary per reason."""
    lines = {(flaw.reason, flaw.line) for flaw in flaws}
    flagged = Counter(reason for reason, _ in lines)
    stays = Counter(reason for reason, line in lines if line not in removed)
    gone = Counter(reason for reasons in removed.values() for reason in reasons)
    not_made = {
        *(AGAINST_TEST if test is None else ()),
        *(NEED_ANSWERS if train.answer_field is None else ()),
        *(NEAR if options.near is None else ()),
    }
    for reason in Reason:
        made = reason not in not_made
        yield CheckResult(
            reason=reason,
            rows=flagged[reason] if made else None,
            removed=gone[reason],
            kept=stays[reason],
            test_problems=problems[reason] if reason in AGAINST_TEST and made else None,
            removes=reason in options.remove,
        )


def _order(rows: Sequence[TrainingRow], words: dict[int, Words]) -> Iterator[OrderResidue]:
    """Whether length and steps hang together with the place in the file."""
    measures = {
        "words of the question": [len(words[row.line]) for row in rows],
        "words of the answer": [len((row.answer or "").split()) for row in rows],
        "steps of the answer": [count_annotations(row.solution) for row in rows],
    }
    tests = {name: order_test(np.array(values)) for name, values in measures.items()}
    known = [test for test in tests.values() if test is not None]
    adjusted = iter(holm([p for test in known for p in (test.drift_p, test.blocks_p)]).tolist())
    for name, test in tests.items():
        if test is None:
            yield OrderResidue(name, None, None, None)
        else:
            yield OrderResidue(name, test, next(adjusted), next(adjusted))
