"""What an archive knew on a day, as a replay reads it. WORLD: opens the transactions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.errors import InvalidInput, NotFound
from nophantom.store.engine import reading
from nophantom.trends.archive.days_read import last_day
from nophantom.trends.archive.deciding import decisions_in_force
from nophantom.trends.archive.intake import collection_spans, read_documents
from nophantom.trends.archive.story_links import links_as_of
from nophantom.trends.corpus import Corpus, corpus_of
from nophantom.trends.decisions import InForce
from nophantom.trends.documents import Document
from nophantom.trends.linking import link_stories
from nophantom.trends.stories import collection_begins
from nophantom.trends.worlds import is_simulated

HISTORY_DAYS = 425
"""Fourteen months: a baseline, and the same season a year ago."""

OnStep = Callable[[str, int, int], None]
"""Told what is being done, and how much of how much."""
_PARTS = ("reading documents", "finding stories", "finding topics", "finding other names", "counting")


@dataclass(frozen=True, slots=True, eq=False)
class KnownCorpus:
    """The documents that were known on a day.

    Attributes:
        as_of: the day.
        numbers: row numbers of the documents.
        documents: by day, then native id.
        begins: when each collection began.
        force: what people decided; None where that was not to be looked at.
        corpus: made of them.
    """

    as_of: date
    numbers: Sequence[int]
    documents: Sequence[Document]
    begins: Mapping[str, date]
    force: InForce | None
    corpus: Corpus


def known_corpus(
    engine: Engine,
    *,
    as_of: date | None = None,
    history_days: int = HISTORY_DAYS,
    simulated: bool = False,
    with_decisions: bool = True,
    on_step: OnStep | None = None,
) -> KnownCorpus:
    """Read what could be known on a day, gather, mine and count it.

    Args:
        engine: the store, its tables up to date.
        as_of: the day; the last day of the archive if not given. A day on which nothing was read is no evidence.
        history_days: how far back documents are read, from the first day of that quarter on: so that the days of a
            quarter have one past.
        simulated: only simulated collections; else none of them.
        with_decisions: whether what people merged and split is counted so.
        on_step: told of the progress.

    Raises:
        NotFound: the archive has no documents in these days.
        InvalidInput: the day lies after the last document of all.
    """
    step = on_step or (lambda *_: None)
    step(_PARTS[0], 0, len(_PARTS))
    link_stories(engine)
    with reading(engine) as session:
        ends = last_day(session, simulated=simulated)
        if ends is not None and as_of is not None and ends < as_of:
            raise InvalidInput(
                f"the archive ends on {ends}; nothing is known as of {as_of}. Import more, or detect as of {ends}."
            )
        last = as_of or ends
        first = None if last is None else reads_from(last, history_days)
        found = [
            (number, document)
            for number, document in read_documents(session, first=first, last=last, as_first_seen=True)
            if is_simulated(document) == simulated
        ]
        if last is None or not found:
            raise NotFound(
                f"the archive has no documents{f' from {first} to {last}' if last else ''}. `nophantom trends import "
                "FILE` adds some."
            )
        links = links_as_of(session, as_of)
        began = {span.name: span.first for span in collection_spans(session)}
        force = decisions_in_force(session, now()) if with_decisions else None
    documents = [document for _, document in found]
    begins = collection_begins(documents) | began
    corpus = corpus_of(
        documents,
        linked=[links.get(number, number) for number, _ in found],
        begins=begins,
        force=force,
        last=last,
        on_part=lambda part: step(part, _PARTS.index(part), len(_PARTS)),
    )
    return KnownCorpus(last, [number for number, _ in found], documents, begins, force, corpus)


def reads_from(day: date, days: int) -> date:
    """The first day that is read as of a day: of the quarter that lies so many days before, if there is such a day.

    >>> reads_from(date(2024, 2, 20), HISTORY_DAYS).isoformat()
    '2022-10-01'
    """
    begins = date.fromordinal(max(1, day.toordinal() - max(0, days)))
    return begins.replace(month=begins.month - (begins.month - 1) % 3, day=1)
