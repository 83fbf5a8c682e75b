"""What the Python door answers with: numbers as attributes, words when shown, a picture in a notebook."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from nophantom.errors import Unavailable
from nophantom.reporting.html import page_html, section_html
from nophantom.reporting.json_file import to_plain
from nophantom.reporting.markdown import page_markdown
from nophantom.reporting.page import Page, Paragraph, Section

A = TypeVar("A")


class Answer(Generic[A]):
    """An answer: its numbers as attributes, its words when it is shown, its picture in a notebook.

    Attributes:
        numbers: the frozen values; `answer.n` is short for `answer.numbers.n`, and `answer.verdict` for the verdict
            wherever there is one.
        page: the same as a page.
    """

    def __init__(self, numbers: A, page: Callable[[A], Page]) -> None:
        self.numbers = numbers
        self.page = page(numbers)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the numbers hold
        """The numbers by name."""
        if name.startswith("__") or name in {
            "numbers",
            "page",
        }:  # not set yet: while it is unpickled or copied
            raise AttributeError(name)
        numbers = self.numbers
        if name == "verdict" and not hasattr(numbers, "verdict"):
            return numbers.ruling.verdict  # type: ignore[attr-defined]
        return getattr(numbers, name)

    def __dir__(self) -> list[str]:
        """For completion."""
        return [*super().__dir__(), *getattr(self.numbers, "__slots__", ())]

    def __repr__(self) -> str:
        """The page as text."""
        return page_markdown(self.page)

    def _repr_html_(self) -> str:
        """The page as a notebook shows it."""
        page = self.page
        told = [line for line in (page.subtitle, *page.banners) if line]
        head = Section(page.title, tuple(Paragraph(line) for line in told))
        return "".join(
            [section_html(head, headline=page.verdict), *(section_html(part) for part in page.sections)]
        )

    def to_dict(self) -> object:
        """The numbers as JSON can hold them."""
        return to_plain(self.numbers)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page: Markdown for `.md`, else HTML that needs no network.

        Raises:
            Unavailable: it cannot be written there.
        """
        place = Path(path)
        is_markdown = place.suffix.lower() in {".md", ".markdown"}
        try:
            place.write_text(
                page_markdown(self.page) if is_markdown else page_html(self.page),
                encoding="utf-8",
                newline="\n",
            )
        except OSError as problem:
            raise Unavailable(f"cannot write {str(place)!r}: {problem.strerror or problem}.") from None
        return place
