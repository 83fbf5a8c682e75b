"""Which documents wait for their story to be found: new ones, and those of which something else became known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from nophantom.store.portions import portions
from nophantom.trends.archive.source_tables import Collection as SourceCollection
from nophantom.trends.archive.story_tables import StoryLink
from nophantom.trends.archive.tables import DocumentCollection


def wait_for_stories(session: Session, fresh: Collection[int], known: Mapping[int, bool]) -> None:
    """Note in the same unit of work which documents wait, so that none is ever forgotten.

    A document that was known and has no link waits again when it turns out to be older, and when only searches had
    found it: what is no count opens no story.

    Args:
        session: the unit of work that wrote the documents and their collections.
        fresh: numbers of new documents.
        known: numbers of others that were sent; whether each turned out to be older.
    """
    again = {number for number, is_older in known.items() if is_older}
    again |= _found_by_search(session, known.keys() - again)
    _queue(session, {*fresh, *(again - _linked(session, again))})


def _found_by_search(session: Session, numbers: Iterable[int]) -> set[int]:
    link, some = DocumentCollection, SourceCollection
    uncounted = list(session.scalars(select(some.id).where(~some.counts)))
    found: set[int] = set()
    for portion in portions(sorted(numbers)) if uncounted else ():
        query = select(link.document_id).where(
            link.document_id.in_(portion), link.collection_id.in_(uncounted)
        )
        found.update(session.scalars(query))
    return found


def _linked(session: Session, numbers: Iterable[int]) -> set[int]:
    found: set[int] = set()
    for portion in portions(sorted(numbers)):
        found.update(session.scalars(select(StoryLink.document_id).where(StoryLink.document_id.in_(portion))))
    return found


def _queue(session: Session, numbers: Collection[int]) -> None:
    if numbers:
        connection = session.connection()
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        statement = f"INSERT INTO unlinked_document (document_id) VALUES ({mark}) ON CONFLICT DO NOTHING"  # noqa: S608
        connection.exec_driver_sql(statement, [(number,) for number in sorted(numbers)])
