"""The numbers of each picture as tables: what a screen reader, a search in the page and a copy need."""

from __future__ import annotations

from functools import singledispatch

from nophantom.reporting.page import (
    Align,
    Curve,
    Figure,
    Histogram,
    Intervals,
    ProblemMap,
    Reliability,
    Series,
    Spread,
    Table,
)
from nophantom.reporting.wording import UNKNOWN, amount, between


def figure_tables(figure: Figure) -> tuple[Table, ...]:
    """Every number that a picture shows.

    Args:
        figure: any picture.

    Returns:
        One or two tables; unknown is said as a word.

    >>> from nophantom.reporting.page import Histogram
    >>> figure_tables(Histogram((3, 0, 5), "Solved"))[0].rows
    (('0', '3'), ('1', '0'), ('2', '5'))
    """
    return _tables(figure)


@singledispatch
def _tables(figure: Figure) -> tuple[Table, ...]:
    raise AssertionError(f"no table for {type(figure).__name__}")  # pragma: no cover - the union is closed


@_tables.register
def _(figure: Intervals) -> tuple[Table, ...]:
    rows = tuple(
        (label, amount(e.point, figure.unit), between(e.low, e.high, figure.unit), f"{e.confidence:.10g}",
         f"{e.n:,}", e.method)
        for label, e in figure.rows
    )  # fmt: skip
    columns = ("of", figure.unit, "interval", "confidence", "n", "method")
    return (_table(columns, rows, "lrrrrl", figure.title),)


@_tables.register
def _(figure: Spread) -> tuple[Table, ...]:
    seeds = tuple(
        (label, str(number), amount(value, "percent"))
        for label, values in figure.groups
        for number, value in enumerate(values, 1)
    )
    marks = tuple((label, amount(value, "percent")) for label, value in figure.marks)
    tables = [_table(("group", "dot", "accuracy"), seeds, "lrr", figure.title)]
    return tuple([_table(("line", "accuracy"), marks, "lr", "Lines"), *tables] if marks else tables)


@_tables.register
def _(figure: Curve) -> tuple[Table, ...]:
    at: dict[float, dict[int, str]] = {}
    for place, series in enumerate(figure.series):
        for number, x in enumerate(series.x):
            at.setdefault(x, {})[place] = told_point(series, number, figure)
    rows = tuple(
        (amount(x, "number"), *(here.get(place, "") for place in range(len(figure.series))))
        for x, here in sorted(at.items())
    )
    columns = (figure.x_title, *(series.label for series in figure.series))
    tables = [_table(columns, rows, "r" * len(columns), f"{figure.title} ({figure.y_title})")]
    marked = tuple(
        (label, amount(x, "number"), amount(y, figure.y_unit)) for label, x, y in figure.marks
    ) + tuple((label, "everywhere", amount(height, figure.y_unit)) for label, height in figure.references)
    if marked:
        tables.append(_table(("mark", figure.x_title, figure.y_title), marked, "lrr", "Marks"))
    return tuple(tables)


def told_point(series: Series, number: int, figure: Curve) -> str:
    """One point of a line with its band: '76.02% (75.10% to 76.90%)'.

    Args:
        series: the line.
        number: which of its points, from 0.
        figure: the picture, for its unit.
    """
    told = amount(series.y[number], figure.y_unit)
    if not series.low or series.low[number] is None:
        return told
    return f"{told} ({between(series.low[number], series.high[number], figure.y_unit)})"


@_tables.register
def _(figure: ProblemMap) -> tuple[Table, ...]:
    rows = []
    for place in order_of_runs(figure):
        row = figure.solved[place]
        right, known = row.count(True), len(row) - row.count(None)
        share = amount(right / known, "percent") if known else UNKNOWN
        rows.append((figure.rows[place], f"{right:,}", f"{known:,}", share, f"{len(row) - known:,}"))
    by_count = figure.histogram("Problems by how many solved them")
    columns = ("run", "solved", "of", "accuracy", "no outcome")
    return (_table(columns, tuple(rows), "lrrrr", figure.title), *figure_tables(by_count))


def order_of_runs(figure: ProblemMap) -> list[int]:
    """The rows of a map from the most accurate down; equals stay as given."""

    def accuracy(place: int) -> float:
        row = figure.solved[place]
        known = len(row) - row.count(None)
        return row.count(True) / known if known else -1.0

    return sorted(range(len(figure.rows)), key=lambda place: -accuracy(place))


def order_of_problems(figure: ProblemMap) -> list[int]:
    """The columns of a map from those that all solved to those that none did; equals stay as given."""
    by = figure.solved_by()
    unknown = [column.count(None) for column in zip(*figure.solved, strict=True)]
    return sorted(range(len(by)), key=lambda problem: (-by[problem], -unknown[problem]))


@_tables.register
def _(figure: Histogram) -> tuple[Table, ...]:
    rows = tuple((str(k), f"{count:,}") for k, count in enumerate(figure.counts))
    return (_table((figure.x_title, figure.y_title), rows, "rr", figure.title),)


@_tables.register
def _(figure: Reliability) -> tuple[Table, ...]:
    rows = tuple(
        (amount(b.confidence, "percent"), amount(b.accuracy, "percent"), between(b.low, b.high, "percent"),
         f"{b.n:,}")
        for b in figure.bins
    )  # fmt: skip
    return (_table(("confidence", "accuracy", "interval", "answers"), rows, "rrrr", figure.title),)


def _table(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...], sides: str, caption: str) -> Table:
    align: tuple[Align, ...] = tuple("right" if side == "r" else "left" for side in sides)
    return Table(columns, rows, align, caption)
