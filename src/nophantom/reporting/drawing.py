"""The few marks that every picture is made of, as text of SVG.

A picture is as wide as its place: what stands along x is given in percent of the width and what stands
along y in pixels, so that on a phone the picture gets narrower while its letters keep their size. Lines of
many points lie in an inner canvas that is stretched, with strokes that are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from nophantom.reporting.axes import Axis
from nophantom.reporting.wording import clean

LINE = 17.0
"""Height of a line of text, in pixels."""
CANVAS = 1_000
"""Width of the inner canvas, in its own units."""
HUES = 6
"""How many hues the style sheet has: the classes `c0` to `c5`."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of a picture that holds the data.

    Attributes:
        x: the scale along the width.
        left: where it begins, in percent of the width.
        right: where it ends, likewise.
        top: where it begins, in pixels.
        bottom: where it ends, in pixels.
    """

    x: Axis
    left: float
    right: float
    top: float
    bottom: float

    def across(self, value: float) -> float:
        """Where a value stands, in percent of the width."""
        return self.left + (self.right - self.left) * self.x.share(value)

    def down(self, y: Axis, value: float) -> float:
        """Where a value of another scale stands, in pixels from the top."""
        return self.bottom - (self.bottom - self.top) * y.share(value)


def fixed(number: float) -> str:
    """A coordinate with at most two decimals, the same on every machine.

    >>> fixed(12.0), fixed(0.125), fixed(-0.001)
    ('12', '0.12', '0')
    """
    if isinstance(number, int):
        return str(number)
    text = f"{number:z.2f}"
    return text.rstrip("0").rstrip(".")


def percent(number: float) -> str:
    """A coordinate along the width.

    >>> percent(12.5)
    '12.5%'
    """
    return fixed(number) + "%"


def element(name: str, content: str = "", **attributes: str | float) -> str:
    """One element; `class_` and `stroke_width` are written as SVG has them.

    >>> element("circle", cx="5%", r=4.0, class_="dot")
    '<circle cx="5%" r="4" class="dot"/>'
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value) if isinstance(value, str) else fixed(value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{told}>{content}</{name}>" if content else f"<{name}{told}/>"


def words(text: str, x: float, y: float, *, anchor: str = "start", class_: str = "") -> str:
    """A line of text.

    Args:
        text: what it says, escaped here.
        x: where, in percent of the width.
        y: its base line, in pixels.
        anchor: start, middle or end: which part of it stands at x.
        class_: of the style sheet.
    """
    extra = {"class_": class_} if class_ else {}
    place = {} if anchor == "start" else {"text_anchor": anchor}
    return element("text", escape(clean(text)), x=percent(x), y=y, **place, **extra)


def told(text: str) -> str:
    """What a mark says when it is pointed at."""
    return f"<title>{escape(clean(text))}</title>"


def level(x1: float, x2: float, y: float, class_: str) -> str:
    """A level line between two places along the width."""
    return element("line", x1=percent(x1), x2=percent(x2), y1=y, y2=y, class_=class_)


def upright(x: float, y1: float, y2: float, class_: str) -> str:
    """An upright line."""
    return element("line", x1=percent(x), x2=percent(x), y1=y1, y2=y2, class_=class_)


def block(x1: float, x2: float, y: float, height: float, class_: str, content: str = "") -> str:
    """A filled rectangle from one place along the width to another."""
    return element(
        "rect", content, x=percent(x1), width=percent(max(0.0, x2 - x1)), y=y, height=height, class_=class_
    )


def dot(x: float, y: float, class_: str, content: str = "", *, radius: float = 4.0) -> str:
    """A round mark."""
    return element("circle", content, cx=percent(x), cy=y, r=radius, class_=class_)


def square(x: float, y: float, class_: str, content: str = "", *, size: float = 7.0) -> str:
    """A square mark: beside dots, a second kind that needs no colour to be told apart."""
    return element(
        "rect", content, x=percent(x), y=y - size / 2, width=size, height=size, class_=class_,
        transform=f"translate({fixed(-size / 2)} 0)",
    )  # fmt: skip


def whisker(x1: float, x2: float, y: float, class_: str, *, caps: tuple[bool, bool] = (True, True)) -> str:
    """A level interval with its caps; an end without a cap goes on beyond the picture."""
    ends = [upright(x, y - 5, y + 5, class_) for x, capped in zip((x1, x2), caps, strict=True) if capped]
    return level(x1, x2, y, class_) + "".join(ends)


def bottom_axis(frame: Frame, title: str) -> str:
    """Ticks with labels below the frame, grid lines in it, and what the axis is: two lines of text."""
    parts = []
    for tick, label in zip(frame.x.ticks, frame.x.labels, strict=True):
        x = frame.across(tick)
        parts.append(upright(x, frame.top, frame.bottom + 4, "grid"))
        parts.append(words(label, x, frame.bottom + LINE, anchor="middle", class_="tick"))
    parts.append(level(frame.left, frame.right, frame.bottom, "axis"))
    middle = (frame.left + frame.right) / 2
    parts.append(words(title, middle, frame.bottom + 2.1 * LINE, anchor="middle", class_="said"))
    return "".join(parts)


def left_axis(frame: Frame, y: Axis) -> str:
    """Ticks with labels at the left of the frame, with level grid lines."""
    parts = []
    for tick, label in zip(y.ticks, y.labels, strict=True):
        height = frame.down(y, tick)
        parts.append(level(frame.left, frame.right, height, "grid"))
        parts.append(words(label, frame.left - 1, height + 4, anchor="end", class_="tick"))
    return "".join(parts)


def canvas(frame: Frame, content: str) -> str:
    """An inner canvas over the frame, `CANVAS` wide and as many units high as pixels, stretched with it."""
    return element(
        "svg", content, x=percent(frame.left), y=frame.top, width=percent(frame.right - frame.left),
        height=frame.bottom - frame.top, viewBox=f"0 0 {CANVAS} {fixed(frame.bottom - frame.top)}",
        preserveAspectRatio="none",
    )  # fmt: skip


def path(points: Iterable[tuple[float, float]], *, closed: bool = False) -> str:
    """The outline through points of the inner canvas.

    >>> path([(0, 1.5), (10, 2)])
    'M0 1.5L10 2'
    """
    return "M" + "L".join(f"{fixed(x)} {fixed(y)}" for x, y in points) + ("Z" if closed else "")


def legend(entries: Sequence[tuple[str, str]], y: float, left: float) -> tuple[str, float]:
    """One line of text for each entry, behind its sample.

    Args:
        entries: the sample, drawn about (0, 0) and 20 pixels wide, and what it stands for.
        y: middle of the first line, in pixels.
        left: where the samples begin, in percent of the width.

    Returns:
        The drawing, and where the next line would be.
    """
    parts = []
    for sample, text in entries:
        inner = sample + element("text", escape(clean(text)), x=28.0, y=4.0)
        parts.append(element("svg", inner, x=percent(left), y=y, overflow="visible"))
        y += LINE
    return "".join(parts), y


def picture(height: float, name: str, content: str) -> str:
    """The whole picture with the name that a screen reader says."""
    return element(
        "svg",
        told(name) + content,
        class_="picture",
        role="img",
        width="100%",
        height=height,
        aria_label=clean(name),
    )
