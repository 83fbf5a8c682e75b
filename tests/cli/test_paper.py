"""A page on the terminal: within its width, with nothing lost, harmless whatever it says."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from nophantom.cli.paper import print_page
from nophantom.reporting.page import (
    Facts,
    Headline,
    Histogram,
    Items,
    Page,
    Paragraph,
    Section,
    Table,
)

HOSTILE = "\x1b[31mred\x1b[0m [bold]x[/] :smile:"


def page() -> Page:
    wide = Table(("run", "a fairly long column", "another"), (("r1", "x" * 30, "y" * 30),), caption="Wide")
    small = Table(("run", "n"), (("r1", "9"), ("r2", "1,319")), ("left", "right"), "Small")
    return Page(
        "Does it help?",
        "study s3",
        Headline(
            "undecided", "the interval holds both no effect and one that matters, so nothing is decided yet."
        ),
        ("SIMULATED",),
        (
            Section("One", (small, wide, Histogram((1, 2), "Solved")), "The lead."),
            Section(
                "Two",
                (Facts((("p", "0.14"), ("question", HOSTILE))), Paragraph(HOSTILE), Items(("a", "b"), "L")),
            ),
        ),
        ("made by hand",),
    )


def printed(page: Page, width: int, *, terminal: bool = False, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    console = Console(
        file=file, width=width, force_terminal=terminal, color_system="standard" if terminal else None
    )
    print_page(page, console)
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [60, 80, 160])
def test_every_line_fits_and_every_word_is_there(width: int) -> None:
    text = printed(page(), width)

    assert max(map(len, text.splitlines())) <= width
    assert all(line == line.rstrip() for line in text.splitlines())
    flowing = " ".join(text.split())
    for piece in (
        "Does it help?",
        "SIMULATED",
        "The lead.",
        "1,319",
        "x" * 30,
        "y" * 30,
        "0.14",
        "made by hand",
    ):
        assert piece in flowing
    assert flowing.index("UNDECIDED") < flowing.index("SIMULATED") < flowing.index("One")


def test_text_of_others_is_neither_obeyed_nor_read_as_markup() -> None:
    text = printed(page(), 160)

    assert "\x1b" not in text
    assert "�[31mred�[0m [bold]x[/] :smile:" in text


def test_a_verdict_has_its_colour_on_a_terminal_and_stays_a_word_without() -> None:
    told = printed(page(), 80, terminal=True)

    assert re.search(r"\x1b\[1;33mUNDECIDED", told)
    assert "GO  " in printed(Page("t", verdict=Headline("go", "all clauses hold.")), 80)
    neutral = printed(Page("t", verdict=Headline(None, "nothing was asked.")), 80)
    assert neutral.splitlines()[-1] == "nothing was asked."


def test_a_table_that_is_too_wide_is_told_row_by_row() -> None:
    narrow = printed(page(), 60).splitlines()

    assert "r1       9" in narrow
    assert "  a fairly long column  " + "x" * 30 in narrow


def test_a_terminal_that_can_only_show_ascii_gets_ascii() -> None:
    text = printed(page(), 80, encoding="ascii")

    assert "##" in text
    assert "\\ufffd[31mred" in text
