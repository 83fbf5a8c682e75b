"""A page as one file of HTML: no script, no network, readable on a phone, in the dark and on paper."""

from __future__ import annotations

from functools import singledispatch
from html import escape

from nophantom.reporting.figure_tables import figure_tables
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
from nophantom.reporting.styles import PAGE_SHEET, SCOPE, SHEET
from nophantom.reporting.svg import figure_svg
from nophantom.reporting.wording import clean

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_TONES = {"real": "real", "go": "real", "phantom": "phantom", "no-go": "phantom"}
_CONTENTS_FROM = 4
"""From so many sections on, a page begins with a table of contents."""


def page_html(page: Page) -> str:
    """A whole report as one HTML file.

    Args:
        page: what it says.

    Returns:
        The file as text; equal pages give equal text. It loads nothing, runs nothing and forbids both by its
        own content-security policy.

    >>> page_html(Page("Two runs")).startswith("<!doctype html>")
    True
    """
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{_text(page.title)}</title>\n<style>\n{PAGE_SHEET}</style>\n</head>\n"
        f'<body class="{SCOPE}">\n<main>\n{_main(page)}</main>\n</body>\n</html>\n'
    )


def section_html(section: Section, *, headline: Headline | None = None) -> str:
    """A section that can stand anywhere, e.g. below a cell of a notebook.

    Args:
        section: what it says.
        headline: the answer above it, or None.

    Returns:
        One element with its own style sheet, every rule of which is under one class; no ids, no script.

    >>> section_html(Section("Spread", ())).startswith('<div class="nophantom-report">')
    True
    """
    answer = _headline(headline) if headline else ""
    return f'<div class="{SCOPE}"><style>\n{SHEET}</style>\n{answer}{_section(section, None)}</div>\n'


def _main(page: Page) -> str:
    parts = [f"<header>\n<h1>{_text(page.title)}</h1>\n"]
    if page.subtitle:
        parts.append(f'<p class="soft">{_text(page.subtitle)}</p>\n')
    if page.verdict:
        parts.append(_headline(page.verdict))
    parts += [f'<p class="banner" role="note">{_text(banner)}</p>\n' for banner in page.banners]
    parts.append("</header>\n")
    if len(page.sections) >= _CONTENTS_FROM:
        parts.append(_contents(page.sections))
    parts += [_section(section, number) for number, section in enumerate(page.sections, 1)]
    if page.colophon:
        lines = "".join(f"<p>{_text(line)}</p>\n" for line in page.colophon)
        parts.append(f"<footer>\n{lines}</footer>\n")
    return "".join(parts)


def _text(text: str) -> str:
    return escape(clean(text))


def _headline(verdict: Headline) -> str:
    tone = _TONES.get((verdict.word or "").lower(), "")
    word = f'<strong class="word">{_text(verdict.word.upper())}</strong> ' if verdict.word else ""
    return f'<div class="verdict {tone}">\n<p>{word}{_text(verdict.sentence)}</p>\n</div>\n'


def _contents(sections: tuple[Section, ...]) -> str:
    entries = "".join(
        f'<li><a href="#s{number}">{_text(section.title)}</a></li>\n'
        for number, section in enumerate(sections, 1)
    )
    return f'<nav aria-label="Contents">\n<ol>\n{entries}</ol>\n</nav>\n'


def _section(section: Section, number: int | None) -> str:
    place = "" if number is None else f' id="s{number}"'
    lead = f'<p class="lead">{_text(section.lead)}</p>\n' if section.lead else ""
    blocks = "".join(_block(block) for block in section.blocks)
    return f"<section{place}>\n<h2>{_text(section.title)}</h2>\n{lead}{blocks}</section>\n"


@singledispatch
def _block(block: Block) -> str:
    raise AssertionError(f"no way to write {type(block).__name__}")  # pragma: no cover - the union is closed


@_block.register
def _(block: Paragraph) -> str:
    return f"<p>{_text(block.text)}</p>\n"


@_block.register
def _(block: Facts) -> str:
    rows = "".join(f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>\n" for name, value in block.rows)
    return f"<dl>\n{rows}</dl>\n" if rows else ""


@_block.register
def _(block: Items) -> str:
    title = f"<h3>{_text(block.title)}</h3>\n" if block.title else ""
    lines = "".join(f"<li>{_text(line)}</li>\n" for line in block.lines)
    return title + (f"<ul>\n{lines}</ul>\n" if lines else "")


@_block.register
def _(block: Table) -> str:
    sides = [' class="right"' if side == "right" else "" for side in block.sides]
    caption = f"<caption>{_text(block.caption)}</caption>\n" if block.caption else ""
    head = "".join(
        f'<th scope="col"{side}>{_text(column)}</th>'
        for column, side in zip(block.columns, sides, strict=True)
    )
    body = "".join(_row(row, sides) for row in block.rows)
    # A table that is wider than a phone is scrolled by itself, with the keyboard as well.
    name = _text(block.caption or block.columns[0] if block.columns else "Table")
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">\n<table>\n{caption}'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n</div>\n"
    )


def _row(row: tuple[str, ...], sides: list[str]) -> str:
    cells = [
        f'<th scope="row"{side}>{_text(cell)}</th>'
        if place == 0 and cell
        else f"<td{side}>{_text(cell)}</td>"
        for place, (cell, side) in enumerate(zip(row, sides, strict=True))
    ]
    return f"<tr>{''.join(cells)}</tr>\n"


@_block.register(Intervals)
@_block.register(Spread)
@_block.register(Curve)
@_block.register(ProblemMap)
@_block.register(Histogram)
@_block.register(Reliability)
def _(block: Intervals | Spread | Curve | ProblemMap | Histogram | Reliability) -> str:
    tables = "".join(_block(table) for table in figure_tables(block))
    return (
        f"<figure>\n<figcaption>{_text(block.title)}</figcaption>\n{figure_svg(block)}\n"
        f"<details><summary>The numbers of this picture</summary>\n{tables}</details>\n</figure>\n"
    )
