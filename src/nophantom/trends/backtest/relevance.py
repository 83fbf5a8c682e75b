"""Relevance: which share of a list names a technology, a product or a method, by labels that people gave.

A bank failure is a true discovery of a detection and of no use to a technology scout: false discovery and relevance
are two numbers. The rule for labels stands in `tests/trends/labels/README.md`; it was written before any was given.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import wilson
from nophantom.trends.backtest.ranked_days import RankedDay

COLUMNS = ("as_of", "slug", "name", "label", "reason")


class Label(StrEnum):
    """What the name of a topic stands for in its stories."""

    TECHNOLOGY = "technology"
    PRODUCT = "product"
    METHOD = "method"
    FRAGMENT = "fragment"
    """A part of a name, or words around one: no reader would look it up."""
    GENERAL = "general"
    """A word of general use, which names no one thing."""
    NEWS = "news"
    """An event, a person, a company or a place of the news."""
    CALENDAR = "calendar"
    """What comes every year or month: holidays, sales, contests, hiring threads."""
    ARTEFACT = "artefact"
    """Comes from how a source writes or was collected."""


COVERED = 0.8
"""Least share of a list that has labels, for its relevance to be told. Of a list that nobody judged, the labels are
those of what another one has too: a share of these few says nothing of its own."""
RELEVANT = frozenset({Label.TECHNOLOGY, Label.PRODUCT, Label.METHOD})
"""What a technology scout looks for."""


class Labelled(NamedTuple):
    """One judged signal: a line of `signals.csv`."""

    as_of: date
    slug: str
    name: str
    label: Label
    reason: str


Labels = Mapping[tuple[date, str], Labelled]
"""By day and slug: one name can stand for another thing on another day."""


@dataclass(frozen=True, slots=True)
class Relevance:
    """The share of a list that is relevant.

    Attributes:
        rule: whose list.
        n_days: days that were looked at.
        listed: signals on them.
        labelled: of these with a label.
        relevant: of these a technology, a product or a method.
        precision: relevant over labelled, with Wilson's interval; None where less than `COVERED` has a label.
        topics: distinct labelled topics, each judged by most of its labels.
        topics_precision: the share of them that is relevant, likewise: the interval of `precision` takes a topic
            listed on ten days for ten independent ones.
        by_label: how many of each, all labels in their order.
    """

    rule: str
    n_days: int
    listed: int
    labelled: int
    relevant: int
    precision: Estimate | None
    topics: int
    topics_precision: Estimate | None
    by_label: tuple[tuple[Label, int], ...]


def sample_days(first: date, last: date, n: int, rng: np.random.Generator) -> tuple[date, ...]:
    """So many distinct days at random, in order.

    Raises:
        InvalidInput: fewer days than wanted.
    """
    span = (last - first).days + 1
    if not 1 <= n <= span:
        raise InvalidInput(
            f"{first} to {last} holds {max(span, 0)} days; got {n} wanted. Ask for 1 to that many."
        )
    return tuple(first + timedelta(days=int(i)) for i in np.sort(rng.choice(span, size=n, replace=False)))


def read_labels(lines: Iterable[str]) -> dict[tuple[date, str], Labelled]:
    """The labels of a CSV file with the columns as_of, slug, name, label, reason.

    Raises:
        InvalidInput: other columns, an unknown label, a day that is none, a label without a reason, or one signal
            judged twice.
    """
    rows = csv.DictReader(lines)
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise InvalidInput(
            f"labels have the columns {', '.join(COLUMNS)}; got {', '.join(rows.fieldnames or ())}."
        )
    found: dict[tuple[date, str], Labelled] = {}
    for row in rows:
        labelled = _labelled(row, rows.line_num)
        if (key := (labelled.as_of, labelled.slug)) in found:
            raise InvalidInput(
                f"line {rows.line_num} judges {labelled.slug!r} of {labelled.as_of} again; keep one."
            )
        found[key] = labelled
    return found


def unlabelled(
    lists: Iterable[Iterable[RankedDay]], labels: Labels, rng: np.random.Generator
) -> tuple[tuple[date, str], ...]:
    """What is still to be judged of several rules, in random order: who judges sees not whose list it was."""
    pairs = sorted(
        {(day.as_of, slug) for days in lists for day in days for slug in day.signals} - labels.keys()
    )
    return tuple(pairs[i] for i in rng.permutation(len(pairs)))


def relevance_of(
    rule: str, days: Iterable[RankedDay], labels: Labels, *, most: int | None = None
) -> Relevance:
    """The relevance of the signals of the given days.

    Args:
        rule: whose list.
        days: those that were drawn, not all.
        labels: by day and slug.
        most: how far down each list is read; None for all of it.
    """
    drawn = tuple(days)
    keys = [(day.as_of, slug) for day in drawn for slug in day.signals[:most]]
    judged = [labels[key] for key in keys if key in labels]
    counts = Counter(one.label for one in judged)
    relevant = sum(counts[label] for label in RELEVANT)
    verdicts = _by_topic(judged)
    is_covered = len(judged) >= COVERED * len(keys)
    return Relevance(
        rule=rule,
        n_days=len(drawn),
        listed=len(keys),
        labelled=len(judged),
        relevant=relevant,
        precision=_share(relevant, len(judged)) if is_covered else None,
        topics=len(verdicts),
        topics_precision=_share(sum(verdicts), len(verdicts)) if is_covered else None,
        by_label=tuple((label, counts[label]) for label in Label),
    )


def _by_topic(judged: Sequence[Labelled]) -> list[bool]:
    """Whether each distinct topic is relevant by most of its labels; a tie is not."""
    votes: dict[str, list[bool]] = {}
    for one in judged:
        votes.setdefault(one.slug, []).append(one.label in RELEVANT)
    return [2 * sum(each) > len(each) for each in votes.values()]


def _share(successes: int, n: int) -> Estimate | None:
    return wilson(successes, n) if n else None


def _labelled(row: Mapping[str, str | None], line: int) -> Labelled:
    told = {name: (row.get(name) or "").strip() for name in COLUMNS}
    try:
        as_of, label = date.fromisoformat(told["as_of"]), Label(told["label"])
    except ValueError as wrong:
        raise InvalidInput(
            f"line {line} of the labels: {wrong}; days are YYYY-MM-DD, labels one of {', '.join(Label)}."
        ) from None
    if not told["slug"] or not told["reason"]:
        raise InvalidInput(f"line {line} of the labels has no slug or no reason; give both.")
    return Labelled(as_of, told["slug"], told["name"], label, told["reason"])
