"""A report before it is drawn: words, tables, and the numbers of its pictures, as frozen values.

Whoever has something to tell builds a `Page` once; `html`, `markdown` and the command line each draw the
same page. Nothing here knows of colours, widths or files. Proportions stay proportions (0.01 is one point).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal, NamedTuple

from nophantom.errors import InvalidInput
from nophantom.reporting.wording import Unit
from nophantom.stats.estimates import Estimate

Align = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Headline:
    """The answer, before anything else.

    Attributes:
        word: real, phantom, undecided, or GO, NO-GO, UNDECIDED of a gate; None where nothing is judged.
        sentence: why, with the numbers.
    """

    word: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text, no markup."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they are, one below the other."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list of lines, e.g. what is not covered."""

    lines: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text, in columns.

    Attributes:
        columns: a name for each column.
        rows: as many cells each as there are columns; the first names the row.
        align: left or right for each column; empty for all left.
        caption: what the table tells.

    Raises:
        InvalidInput: a row or `align` does not have as many entries as there are columns.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: tuple[Align, ...] = ()
    caption: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            _must_match("a row of a table", row, "columns", self.columns)
        if self.align:
            _must_match("align", self.align, "columns", self.columns)

    @property
    def sides(self) -> tuple[Align, ...]:
        """Left or right for each column."""
        return self.align or tuple("left" for _ in self.columns)


@dataclass(frozen=True, slots=True)
class Intervals:
    """Estimates with their intervals on one scale.

    Attributes:
        rows: a label and its estimate, as proportions.
        delta: the smallest effect that matters, drawn as a band about zero; None where there is none.
        unit: points for differences (zero is marked), percent for accuracies.
        title: what is seen.
    """

    rows: tuple[tuple[str, Estimate], ...]
    delta: float | None
    unit: Unit
    title: str

    def __post_init__(self) -> None:
        _must_hold_something(self.title, self.rows)
        if self.delta is not None and not 0 < self.delta < 1:
            raise InvalidInput(
                f"delta is a proportion between 0 and 1 (0.01 is one point); got {self.delta}."
            )


@dataclass(frozen=True, slots=True)
class Spread:
    """One dot for each seed on an axis of accuracy.

    Attributes:
        groups: a label (an arm) and the accuracies of its seeds, as proportions.
        marks: a label and a value each, drawn as a vertical line: mean, expected maximum, honest estimate.
        title: what is seen.
    """

    groups: tuple[tuple[str, tuple[float, ...]], ...]
    marks: tuple[tuple[str, float], ...]
    title: str

    def __post_init__(self) -> None:
        _must_hold_something(self.title, [value for _, values in self.groups for value in values])
        for label, values in self.groups:
            _must_be_finite(label, values)
        _must_be_finite(self.title, [value for _, value in self.marks])


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a `Curve`, with or without a band.

    Attributes:
        label: its name.
        x: where, ascending.
        y: how much; None is unknown, a gap in the line.
        low: lower end of the band at each x, None where unknown; empty for no band.
        high: upper end likewise.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()

    def __post_init__(self) -> None:
        _must_match(f"y of {self.label!r}", self.y, "values of x", self.x)
        for name, values in (("low", self.low), ("high", self.high)):
            if self.low or self.high:
                _must_match(f"{name} of {self.label!r}", values, "values of x", self.x)
        _must_be_finite(self.label, [*self.x, *self.y, *self.low, *self.high])
        if any(here >= there for here, there in zip(self.x, self.x[1:], strict=False)):
            raise InvalidInput(f"the line {self.label!r} must be given in ascending x; got {self.x}.")


class Mark(NamedTuple):
    """A named point of a `Curve`, e.g. its peak."""

    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Lines with bands: an ensemble over k, a trajectory, a running accuracy or difference.

    Attributes:
        series: the lines, at least one point in all.
        x_title: what x is, e.g. "members" or "problems answered".
        y_title: what y is, e.g. "accuracy".
        title: what is seen.
        y_unit: percent (accuracies), points (differences; zero is marked), or number.
        references: a label and a height each, drawn as a level line.
        marks: named points.
    """

    series: tuple[Series, ...]
    x_title: str
    y_title: str
    title: str
    y_unit: Unit = "percent"
    references: tuple[tuple[str, float], ...] = ()
    marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        _must_hold_something(self.title, [y for line in self.series for y in line.y if y is not None])
        _must_be_finite(self.title, [height for _, height in self.references])
        _must_be_finite(self.title, [value for mark in self.marks for value in (mark.x, mark.y)])


@dataclass(frozen=True, slots=True)
class ProblemMap:
    """Who solved what: runs x problems.

    Attributes:
        rows: a label for each run.
        solved: (runs, problems) True, False, or None where the outcome is unknown.
        title: what is seen.
    """

    rows: tuple[str, ...]
    solved: tuple[tuple[bool | None, ...], ...]
    title: str

    def __post_init__(self) -> None:
        _must_match("solved", self.solved, "labels", self.rows)
        _must_hold_something(self.title, self.solved and self.solved[0])
        for label, row in zip(self.rows, self.solved, strict=True):
            _must_match(f"the row {label!r}", row, "problems", self.solved[0])

    def solved_by(self) -> tuple[int, ...]:
        """How many runs solved each problem, in the order given."""
        return tuple(column.count(True) for column in zip(*self.solved, strict=True))

    def histogram(self, title: str) -> Histogram:
        """How many problems were solved by none, one, ... all of the runs."""
        by = self.solved_by()
        counts = tuple(by.count(k) for k in range(len(self.rows) + 1))
        return Histogram(counts, title, x_title=f"solved by so many of {len(self.rows)}")


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often 0, 1, 2 ... happened.

    Attributes:
        counts: `counts[k]` is how often k happened.
        title: what is seen.
        x_title: what k counts.
        y_title: what is counted.
    """

    counts: tuple[int, ...]
    title: str
    x_title: str = "solved by so many seeds"
    y_title: str = "problems"

    def __post_init__(self) -> None:
        _must_hold_something(self.title, self.counts)
        if min(self.counts) < 0:
            raise InvalidInput(f"{self.title!r} counts, and no count is below 0; got {min(self.counts)}.")


class Bin(NamedTuple):
    """Answers of about the same confidence: how many were right.

    Attributes:
        confidence: mean confidence, 0 to 1.
        accuracy: share that was right.
        low: lower end of the interval of the accuracy, or None.
        high: upper end, or None.
        n: answers in the bin.
    """

    confidence: float
    accuracy: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """Confidence against accuracy, bin by bin; on the diagonal it knows what it does not know."""

    bins: tuple[Bin, ...]
    title: str

    def __post_init__(self) -> None:
        _must_hold_something(self.title, self.bins)
        for bin_ in self.bins:
            shares = (bin_.confidence, bin_.accuracy, bin_.low, bin_.high)
            one_end = (bin_.low is None) != (bin_.high is None)
            if not all(share is None or 0 <= share <= 1 for share in shares) or bin_.n < 0 or one_end:
                raise InvalidInput(
                    f"{self.title!r} holds proportions from 0 to 1, with both ends of an interval or none; got {bin_}."
                )


Figure = Intervals | Spread | Curve | ProblemMap | Histogram | Reliability
Block = Paragraph | Facts | Table | Items | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page under its own title; `lead` is its answer in one sentence."""

    title: str
    blocks: tuple[Block, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report.

    Attributes:
        title: what it is about.
        subtitle: which data, in a line.
        verdict: the answer, or None where nothing was asked.
        banners: what a reader must know before the rest: simulated, withdrawn since, test seen before.
        sections: the parts, in order.
        colophon: how it was made, at the end: versions, hashes, seeds.
    """

    title: str
    subtitle: str = ""
    verdict: Headline | None = None
    banners: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    colophon: tuple[str, ...] = ()


def _must_match(what: str, values: Sequence[object], others: str, shape: Sequence[object]) -> None:
    if len(values) != len(shape):
        raise InvalidInput(
            f"{what} has {len(values)} entries for {len(shape)} {others}; give one for each, None where unknown."
        )


def _must_hold_something(title: str, values: Sequence[object]) -> None:
    if not values:
        raise InvalidInput(f"the picture {title!r} has nothing to show; leave it out and say why in words.")


def _must_be_finite(title: str, values: Sequence[float | None]) -> None:
    for value in values:
        if value is not None and not isfinite(value):
            raise InvalidInput(f"{title!r} can only draw finite numbers; got {value}. Unknown is None.")
