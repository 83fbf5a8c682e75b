"""Several topics of one snapshot side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput
from nophantom.trends.archive.snapshots import CandidateRow, find_topic, read_history
from nophantom.trends.weeks import Week, weeks_of

LEAST, MOST = 2, 8
"""So many topics can be told apart on one chart."""


@dataclass(frozen=True, slots=True)
class ComparedTopic:
    """One of the topics.

    Attributes:
        row: its numbers in the snapshot.
        weeks: of the last 112 days, the oldest first; empty of what has no history, as drops.
    """

    row: CandidateRow
    weeks: tuple[Week, ...]


@dataclass(frozen=True, slots=True)
class ComparedTopics:
    """What was found of the topics that were asked for.

    Attributes:
        topics: in the order in which they were asked for, each once.
        missing: names that no candidate of the snapshot has.
    """

    topics: tuple[ComparedTopic, ...]
    missing: tuple[str, ...]


def compare_topics(session: Session, snapshot_id: int, said: Sequence[str]) -> ComparedTopics:
    """Several topics of one snapshot, each by its numbers and its weeks.

    Args:
        session: read from.
        snapshot_id: number of the snapshot.
        said: names of topics, in any spelling; two names of one topic are one.

    Raises:
        InvalidInput: fewer than two names, or more than eight.
    """
    wanted = list(dict.fromkeys(name.strip() for name in said if name.strip()))
    if not LEAST <= len(wanted) <= MOST:
        raise InvalidInput(f"{LEAST} to {MOST} topics are compared; got {len(wanted)}. Name each once.")
    rows, missing = dict[int, CandidateRow](), list[str]()
    for name in wanted:
        row = find_topic(session, snapshot_id, name)
        if row is None:
            missing.append(name)
        else:
            rows.setdefault(row.topic_id, row)
    topics = (
        ComparedTopic(row, weeks_of(read_history(session, snapshot_id, topic_id)))
        for topic_id, row in rows.items()
    )
    return ComparedTopics(tuple(topics), tuple(missing))
