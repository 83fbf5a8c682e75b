"""What the Python door answers with: numbers as attributes, words when shown, a picture in a notebook."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from nophantom.reporting.html import page_html, section_html
from nophantom.reporting.json_file import to_plain
from nophantom.reporting.markdown import page_markdown
from nophantom.reporting.page import Page

A = TypeVar("A")


class Answer(Generic[A]):
    """An answer: its numbers as attributes, its words when it is shown, its picture in a notebook.

    Attributes:
        numbers: the frozen values; `answer.verdict` is short for `answer.numbers.verdict`.
        page: the same as a page.
    """

    def __init__(self, numbers: A, page: Callable[[A], Page]) -> None:
        self.numbers = numbers
        self.page = page(numbers)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the numbers hold
        """The numbers by name."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.numbers, name)

    def __dir__(self) -> list[str]:
        """For completion."""
        return [*super().__dir__(), *getattr(self.numbers, "__slots__", ())]

    def __repr__(self) -> str:
        """The page as text."""
        return page_markdown(self.page)

    def _repr_html_(self) -> str:
        """The page as a notebook shows it."""
        first, *rest = self.page.sections
        return "".join(
            [section_html(first, headline=self.page.verdict), *(section_html(part) for part in rest)]
        )

    def to_dict(self) -> object:
        """The numbers as JSON can hold them."""
        return to_plain(self.numbers)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page: Markdown for `.md`, else HTML that needs no network."""
        place = Path(path)
        text = page_markdown(self.page) if place.suffix == ".md" else page_html(self.page)
        place.write_text(text, encoding="utf-8", newline="\n")
        return place
