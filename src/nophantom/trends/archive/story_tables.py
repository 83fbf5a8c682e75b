r"""The tables of stories: which documents are one story, why, and since when that was known.

::

    document - unlinked_document          until its story is found
      |  \
      |   story_address                   by which a page is known for ever
    story_link - linking                  member to representative; which unit of work found it

A document without a link represents its own story. A representative may turn out to be of an older story; then it has
a link, too, and what is linked to it is of that story: links are followed to their end. None ever changes.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from nophantom.store.base import Base, RowId, RowNumber, UtcDateTime, closed
from nophantom.trends.archive.source_tables import references
from nophantom.trends.story_finder import StoryReason


class Linking(Base):
    """One unit of work in which documents found their stories. Written once."""

    __tablename__ = "linking"
    __table_args__ = (CheckConstraint("documents >= 0 AND links >= 0", name="counts_are_counts"),)

    id: Mapped[RowId]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    documents: Mapped[int] = mapped_column(BigInteger)
    """That waited for it."""
    links: Mapped[int] = mapped_column(BigInteger)


class StoryLink(Base):
    """That a document is of the story that an earlier one opened. Written once."""

    __tablename__ = "story_link"
    __table_args__ = (
        CheckConstraint("document_id <> representative_id", name="not_to_itself"),
        CheckConstraint("opened <= since", name="to_no_younger"),
        Index(None, "representative_id"),
        {"sqlite_with_rowid": False},
    )

    document_id: Mapped[int] = mapped_column(RowNumber, references("document.id"), primary_key=True)
    representative_id: Mapped[int] = mapped_column(RowNumber, references("document.id"))
    why: Mapped[StoryReason] = mapped_column(closed(StoryReason, "why"))
    opened: Mapped[date]
    """The day from which the representative could be known, when the link was found."""
    since: Mapped[date]
    """The same of the document, the younger of the two: the link could be known from then on."""
    linking_id: Mapped[int] = mapped_column(RowNumber, references("linking.id"))


class StoryAddress(Base):
    """The story of a page that no thing with a name of its own stands behind; whoever links to it again joins."""

    __tablename__ = "story_address"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """64 bits of a hash of its one spelling."""
    document_id: Mapped[int] = mapped_column(RowNumber, references("document.id"))
    """Of the story, when the address came first."""


class UnlinkedDocument(Base):
    """A document whose story is not found yet."""

    __tablename__ = "unlinked_document"

    document_id: Mapped[int] = mapped_column(
        RowNumber, references("document.id"), primary_key=True, autoincrement=False
    )


STORIES_APPEND_ONLY = ("linking", "story_link")
"""Tables whose rows are facts about the past."""
