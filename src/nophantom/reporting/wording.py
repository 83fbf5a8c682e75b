"""Numbers and labels as people read them, the same in every rendering."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal
from unicodedata import east_asian_width

from nophantom.stats.estimates import Estimate

Unit = Literal["points", "percent", "number"]
"""How a number is shown: 0.0123 as '+1.23' points, as '1.23%', or as itself."""

UNKNOWN = "unknown"
# Control characters (a terminal obeys them), half characters (no file can hold them), and the marks
# that turn the direction of writing, by which a name can be made to look like another.
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str, *, plain: bool = False) -> str:
    r"""One line of text that no rendering stumbles over.

    Line breaks and tabs become blanks; what cannot be shown becomes a replacement character.

    Args:
        text: any text, also of others.
        plain: only ASCII; other characters are written as escapes, so that none is lost.

    >>> clean("two\nlines\x1b[31m")
    'two lines�[31m'
    >>> clean("Köln", plain=True)
    'K\\xf6ln'
    """
    shown = _UNSHOWABLE.sub("�", " ".join(re.split("[\n\r\t]+", text)) if text else "")
    return shown.encode("ascii", "backslashreplace").decode() if plain else shown


def amount(value: float | None, unit: Unit, *, decimals: int = 2) -> str:
    """One number in its unit; unknown is said, never 0.

    Args:
        value: a proportion where the unit is points or percent.
        unit: how it is shown.
        decimals: of points and percent; a plain number has up to six significant digits.

    >>> amount(0.0123, "points"), amount(0.7602, "percent"), amount(1319, "number"), amount(None, "percent")
    ('+1.23', '76.02%', '1,319', 'unknown')
    """
    if value is None:
        return UNKNOWN
    if unit == "points":
        return f"{value * 100:+z.{decimals}f}"
    if unit == "percent":
        return f"{value * 100:z.{decimals}f}%"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:,.6g}"


def between(low: float | None, high: float | None, unit: Unit, *, decimals: int = 2) -> str:
    """An interval in its unit, with so many decimals as `amount` has.

    >>> between(-0.01, 0.02, "points"), between(None, None, "points")
    ('-1.00 to +2.00', 'interval unknown')
    """
    if low is None or high is None:
        return "interval unknown"
    return f"{amount(low, unit, decimals=decimals)} to {amount(high, unit, decimals=decimals)}"


def p_text(p: float | None) -> str:
    """A p-value: four decimals, and never a false zero.

    >>> p_text(0.0312), p_text(0.00001), p_text(None)
    ('0.0312', '1e-05', 'unknown')
    """
    if p is None:
        return UNKNOWN
    return f"{p:.4f}" if p >= 0.00005 else f"{p:.0e}"


def confidence_of(estimates: Sequence[Estimate]) -> str:
    """How sure the intervals of a picture are: '95% intervals', or 'intervals' where they differ or none is known.

    >>> confidence_of([Estimate(0.5, 0.4, 0.6, 0.95, 100, "Wilson")])
    '95% intervals'
    """
    sure = {estimate.confidence for estimate in estimates if estimate.low is not None}
    return f"{100 * sure.pop():.10g}% intervals" if len(sure) == 1 else "intervals"


def shortened(text: str, most: int) -> str:
    """A label of at most so many characters; its middle is left out, because names differ at their ends.

    >>> shortened("lm-eval/175b_verification", 13)
    'lm-eva…cation'
    """
    if len(text) <= most:
        return text
    kept = most - 1
    return text[: kept - kept // 2] + "…" + text[len(text) - kept // 2 :]


def width_of(text: str) -> int:
    """How many columns of a terminal a text takes.

    >>> width_of("seed"), width_of("种子")
    (4, 4)
    """
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """A text filled with blanks to a number of columns.

    >>> padded("a", 3) + "|" + padded("b", 3, right=True)
    'a  |  b'
    """
    blanks = " " * max(0, width - width_of(text))
    return blanks + text if right else text + blanks
