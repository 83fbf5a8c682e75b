"""arXiv: what its three interfaces have in common. PURE.

arXiv allows one request every three seconds over one connection, all its interfaces and all of one's machines
together; `ARXIV_HOSTS` are to be treated as one host.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Document, ItemDrop, Kind, folded
from nophantom.trends.exchange import Reading
from nophantom.trends.moments import Dated
from nophantom.trends.native_ids import arxiv_id
from nophantom.trends.protocols.answers import Dropped, Sent, document

ARXIV_HOSTS: frozenset[str] = frozenset(
    {"arxiv.org", "www.arxiv.org", "export.arxiv.org", "oaipmh.arxiv.org", "rss.arxiv.org"}
)
"""All of them together are one host: one request at a time, `GAP` apart."""
GAP = 3.0
"""Seconds between two requests."""
LARGEST = 64 * 2**20
"""Bytes of an answer: 2,000 papers with their abstracts are about 8 MB."""


class Paper(NamedTuple):
    """What arXiv tells of a paper.

    Attributes:
        word: its id as it was sent, version included.
        title: white space as sent.
        abstract: likewise.
        first_author: or empty.
        published: the date of its first version, as it was sent.
        category: its primary one, or empty.
    """

    word: str
    title: str
    abstract: str
    first_author: str
    published: str
    category: str


def paper_document(paper: Paper, reading: Reading, at: datetime, when: Dated | None = None) -> Document:
    """A paper as a document; its version is no part of its name.

    Args:
        paper: what was sent.
        reading: of the source.
        at: the moment (UTC) of the fetch.
        when: its days where they are not those of its date.

    Raises:
        Dropped: no id, no date of its first version or no title.
        BadDate: it cannot have this date.
    """
    native_id = arxiv_id(folded(paper.word))
    if native_id is None:
        raise Dropped(ItemDrop.NO_ID, f"id {paper.word!r}: {paper.title}")
    if when is None and not paper.published.strip():
        # Without it, an old paper that was changed today would look new.
        raise Dropped(ItemDrop.BAD_DATE, f"{native_id}: the date of its first version is missing")
    word = native_id.removeprefix("arxiv:")
    sent = Sent(
        native_id=native_id,
        title=paper.title,
        published=paper.published,
        text=paper.abstract,
        url=f"https://arxiv.org/abs/{word}",
        author=paper.first_author,
        kind=Kind.PAPER,
        product=native_id,
        list_name=paper.category,
        is_plain=True,  # its "<" are those of formulas
    )
    return document(sent, reading, at, when)


def first_of(authors: str) -> str:
    """The first of authors that are named in one text.

    >>> first_of("Ada Lovelace (Analytical Engines, Ltd.) and Charles Babbage"), first_of("A. B, C. D and E. F")
    ('Ada Lovelace', 'A. B')
    """
    names, depth = [], 0
    for character in folded(authors):
        depth += (character == "(") - (character == ")")
        if depth <= 0 and character != ")":
            names.append(character)
    return "".join(names).replace(" and ", ", ").partition(",")[0].strip()


def month_of(native_id: str) -> date | None:
    """The first day of the month in which a paper was submitted, which its id tells; None where it does not.

    >>> month_of("arxiv:2203.01250"), month_of("arxiv:math/9909136")
    (datetime.date(2022, 3, 1), datetime.date(1999, 9, 1))
    """
    digits = native_id.removeprefix("arxiv:").rpartition("/")[2][:4]
    if not digits.isdecimal() or not 1 <= int(digits[2:]) <= 12:
        return None
    year = int(digits[:2])
    return date(year + (1900 if year >= 91 else 2000), int(digits[2:]), 1)  # arXiv began in 1991


def setting_of(reading: Reading, name: str, example: str) -> str:
    """A setting without which a source of arXiv cannot be asked.

    Raises:
        InvalidInput: it is not there.
    """
    value = reading.settings.get(name, "").strip()
    if not value:
        raise InvalidInput(
            f"a source of arXiv needs a {name} such as {example}; {reading.address!r} has none. Add it anew."
        )
    return value
