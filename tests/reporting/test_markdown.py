"""Markdown in which no text turns into markup, and every picture has its numbers."""

from __future__ import annotations

import re

import pytest

from nophantom.reporting.markdown import page_markdown
from nophantom.reporting.page import Facts, Headline, Histogram, Items, Page, Paragraph, Section, Table


def written(*blocks: Paragraph | Facts | Items | Table | Histogram) -> str:
    return page_markdown(Page("t", sections=(Section("s", blocks),))).partition("## s\n\n")[2]


def test_a_small_page_reads_as_it_was_written() -> None:
    page = Page(
        "Two runs",
        "r1 against r2",
        Headline("real", "the first is ahead."),
        ("SIMULATED",),
        (Section("Gap", (Table(("run", "n"), (("r1", "9"),), ("left", "right"), "Runs"),), "It holds."),),
        ("made by hand",),
    )

    assert page_markdown(page) == (
        "# Two runs\n\nr1 against r2\n\n**REAL** the first is ahead.\n\n> SIMULATED\n\n"
        "## Gap\n\n**It holds.**\n\n**Runs**\n\n| run | n |\n| :--- | ---: |\n| r1 | 9 |\n\n"
        "---\n\nmade by hand\n"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b *c* `d` [e](f) <g> #1 $x$", r"a\_b \*c\* \`d\` \[e\](f) \<g\> \#1 \$x\$"),
        ("- no list", r"\- no list"),
        ("+1.20 points", r"\+1.20 points"),
        ("1. no list", r"1\. no list"),
        ("2) no list", r"2\) no list"),
        ("1.5 points", "1.5 points"),
        ("1,319 problems", "1,319 problems"),
        ("=====", r"\====="),
        ("two\nlines", "two lines"),
    ],
)
def test_no_text_turns_into_markup(text: str, shown: str) -> None:
    assert written(Paragraph(text)) == shown + "\n"


def test_a_cell_cannot_end_its_column() -> None:
    table = written(Table(("a|b", "c"), (("x\\|y\nz", "1"),)))

    assert table.splitlines() == [r"| a\|b | c |", "| :--- | :--- |", r"| x\\\|y z | 1 |"]


def test_a_picture_is_fenced_by_more_than_it_holds() -> None:
    text = written(Histogram((1, 2), "Counts", x_title="```` by"))

    assert text.startswith("**Counts**\n\n`````text\n")
    assert text.endswith("\n`````\n")


def test_a_whole_page_keeps_every_row_in_one_line_and_closes_every_fence(whole_page: Page) -> None:
    text = page_markdown(whole_page)

    assert len(re.findall(r"^`{3,}", text, re.MULTILINE)) == 2 * 7
    outside = re.sub(r"^(`{3,})text\n.*?\n\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"(?<!\\)[<`]", outside)
    assert "\n\n\n" not in outside.replace("\n\n\n\n", "\n\n")
    assert "1,319 problems" in text
    assert text.encode()
