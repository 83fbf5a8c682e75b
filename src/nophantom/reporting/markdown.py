"""A page as Markdown of GitHub's flavour: pictures as text in fences."""

from __future__ import annotations

import re
from functools import singledispatch

from nophantom.reporting.page import (
    Block,
    Curve,
    Facts,
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
from nophantom.reporting.wording import clean

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&$])")
# What would begin a list, a quotation or a rule where it opens a line.
_OPENING = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")


def page_markdown(page: Page) -> str:
    r"""A whole report as Markdown.

    Args:
        page: what it says.

    Returns:
        The file as text; equal pages give equal text.

    >>> print(page_markdown(Page("Two runs", subtitle="a_b against c")))
    # Two runs
    <BLANKLINE>
    a\_b against c
    <BLANKLINE>
    """
    parts = [f"# {_escaped(page.title)}"]
    if page.subtitle:
        parts.append(_opened(page.subtitle))
    if page.verdict:
        word = f"**{_escaped(page.verdict.word.upper())}** " if page.verdict.word else ""
        parts.append(word + (_escaped if word else _opened)(page.verdict.sentence))
    parts += [f"> {_opened(banner)}" for banner in page.banners]
    for section in page.sections:
        parts += _section(section)
    if page.colophon:
        parts += ["---", "  \n".join(_opened(line) for line in page.colophon)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", clean(text).strip())


def _opened(text: str) -> str:
    """Escaped text at the beginning of a line."""
    opening = _OPENING.sub(
        lambda found: f"{found[1]}{'' if found[2].isdigit() else chr(92)}{found[2]}", _escaped(text)
    )
    # "1." and "1)" begin a list: there the sign behind the number is escaped.
    return re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", opening)


def _section(section: Section) -> list[str]:
    lead = [f"**{_escaped(section.lead)}**"] if section.lead else []
    return [f"## {_escaped(section.title)}", *lead, *(_block(block) for block in section.blocks)]


@singledispatch
def _block(block: Block) -> str:
    raise AssertionError(f"no way to write {type(block).__name__}")  # pragma: no cover - the union is closed


@_block.register
def _(block: Paragraph) -> str:
    return _opened(block.text)


@_block.register
def _(block: Facts) -> str:
    return "\n".join(f"- **{_escaped(name)}**: {_escaped(value)}" for name, value in block.rows)


@_block.register
def _(block: Items) -> str:
    title = f"**{_escaped(block.title)}**\n\n" if block.title else ""
    return title + "\n".join(f"- {_opened(line)}" for line in block.lines)


@_block.register
def _(block: Table) -> str:
    if not block.columns:
        return ""
    rules = ["---:" if side == "right" else ":---" for side in block.sides]
    rows = [[_escaped(cell) for cell in row] for row in (block.columns, *block.rows)]
    lines = ["| " + " | ".join(row) + " |" for row in (rows[0], rules, *rows[1:])]
    caption = f"**{_escaped(block.caption)}**\n\n" if block.caption else ""
    return caption + "\n".join(lines)


@_block.register(Intervals)
@_block.register(Spread)
@_block.register(Curve)
@_block.register(ProblemMap)
@_block.register(Histogram)
@_block.register(Reliability)
def _(block: Intervals | Spread | Curve | ProblemMap | Histogram | Reliability) -> str:
    title, *lines = figure_lines(block)
    # A fence must be longer than any run of its sign inside.
    longest = max([2, *(len(run) for line in lines for run in re.findall("`+", line))])
    fence = "`" * (longest + 1)
    return "\n".join([f"**{_escaped(title)}**", "", f"{fence}text", *lines, fence])
