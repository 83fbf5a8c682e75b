"""A page on the terminal: the same page that `reporting` writes as HTML and Markdown."""

from __future__ import annotations

from functools import singledispatch

from rich.console import Console
from rich.text import Text

from nophantom.cli.talk import VERDICT_STYLE
from nophantom.reporting.page import (
    Block,
    Curve,
    Facts,
    Headline,
    Histogram,
    Intervals,
    Items,
    Page,
    Paragraph,
    ProblemMap,
    Reliability,
    Section,
    Spread,
    Table,
)
from nophantom.reporting.plain_text import figure_lines
from nophantom.reporting.wording import clean, padded, width_of

_STYLE = VERDICT_STYLE | {
    "go": VERDICT_STYLE["real"],
    "no-go": VERDICT_STYLE["phantom"],
}
_WORD = 13
"""Columns that a verdict and short names take, as in the other commands."""
_NARROWEST = 40


def print_page(page: Page, console: Console) -> None:
    """Print a page: verdict first, pictures as characters, every line within the width of the console.

    Args:
        page: what it says.
        console: where to; what its encoding cannot show is written in ASCII.
    """
    _line(console, page.title, style="bold")
    if page.subtitle:
        _line(console, page.subtitle, style="dim")
    if page.verdict or page.banners:
        console.print()
    if page.verdict:
        _verdict(console, page.verdict)
    for banner in page.banners:
        _hanging(console, "note", banner, _WORD, style="bold")
    for section in page.sections:
        _section(console, section)
    if page.colophon:
        console.print()
    for line in page.colophon:
        _line(console, line, style="dim")


def _plain(console: Console) -> bool:
    return "utf" not in console.encoding.lower()


def _line(console: Console, text: str, *, style: str = "") -> None:
    console.print(Text(clean(text, plain=_plain(console)), style=style, overflow="fold"))


def _verdict(console: Console, verdict: Headline) -> None:
    if verdict.word is None:
        _line(console, verdict.sentence, style="bold")
        return
    style = _STYLE.get(verdict.word.lower(), "bold")
    _hanging(console, verdict.word.upper(), verdict.sentence, _WORD, style=style)


def _hanging(console: Console, name: str, text: str, width: int, *, style: str = "dim") -> None:
    """A name, and beside it a text whose further lines stand below its first."""
    plain = _plain(console)
    said = Text(clean(text, plain=plain)).wrap(console, max(console.width - width, 10), overflow="fold")
    names = Text(clean(name, plain=plain), style=style).wrap(console, max(1, width - 2), overflow="fold")
    for place in range(max(len(said), len(names))):
        left = names[place] if place < len(names) else Text()
        right = said[place] if place < len(said) else Text()
        right.rstrip()
        gap = " " * (width - left.cell_len) if right else ""
        console.print(Text.assemble(left, gap, right), soft_wrap=True)


def _section(console: Console, section: Section) -> None:
    console.print()
    _line(console, section.title, style="bold underline")
    if section.lead:
        _line(console, section.lead, style="bold")
    for block in section.blocks:
        _print(block, console)


@singledispatch
def _print(block: Block, console: Console) -> None:
    raise AssertionError(f"no way to print {type(block).__name__}")  # pragma: no cover - the union is closed


@_print.register
def _(block: Paragraph, console: Console) -> None:
    _line(console, block.text)


@_print.register
def _(block: Facts, console: Console) -> None:
    longest = max((width_of(clean(name)) for name, _ in block.rows), default=0)
    width = max(_WORD, min(longest, console.width // 3) + 2)
    for name, value in block.rows:
        _hanging(console, name, value, width)


@_print.register
def _(block: Items, console: Console) -> None:
    if block.title:
        _line(console, block.title, style="bold")
    for line in block.lines:
        _hanging(console, "-", line, 2)


@_print.register
def _(block: Table, console: Console) -> None:
    plain = _plain(console)
    console.print()
    if block.caption:
        _line(console, block.caption, style="bold")
    rows = [[clean(cell, plain=plain) for cell in row] for row in (block.columns, *block.rows)]
    if not _fits(rows, console.width):
        _records(console, rows)
        return
    widths = [max(width_of(row[column]) for row in rows) for column in range(len(block.columns))]
    for place, row in enumerate(rows):
        cells = [
            padded(cell, width, right=side == "right")
            for cell, width, side in zip(row, widths, block.sides, strict=True)
        ]
        console.print(Text("  ".join(cells).rstrip(), style="dim" if place == 0 else ""), soft_wrap=True)


def _fits(rows: list[list[str]], width: int) -> bool:
    return sum(max(width_of(row[column]) for row in rows) + 2 for column in range(len(rows[0]))) <= width + 2


def _records(console: Console, rows: list[list[str]]) -> None:
    """A table that is wider than the window, row by row: cells cut or folded to pieces tell nothing."""
    head, *body = rows
    longest = min(max(width_of(name) for name in head), console.width // 3)
    for row in body:
        _line(console, row[0], style="bold")
        for name, cell in zip(head[1:], row[1:], strict=True):
            _hanging(console, f"  {padded(name, longest)}", cell, longest + 4)


@_print.register(Intervals)
@_print.register(Spread)
@_print.register(Curve)
@_print.register(ProblemMap)
@_print.register(Histogram)
@_print.register(Reliability)
def _(block: Intervals | Spread | Curve | ProblemMap | Histogram | Reliability, console: Console) -> None:
    title, *lines = figure_lines(block, width=max(console.width, _NARROWEST), plain=_plain(console))
    console.print()
    console.print(Text(title, style="bold"))
    for line in lines:
        console.print(Text(line), soft_wrap=True)
