"""Why a topic is no candidate of a stored snapshot, reckoned again from the documents. WORLD: opens transactions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import Engine

from nophantom.trends.archive.snapshots import SnapshotRow
from nophantom.trends.documents import Document
from nophantom.trends.explanation import Explanation, explain_topic, nearest
from nophantom.trends.known_corpus import OnStep, known_corpus
from nophantom.trends.parameters import Pace, Parameters
from nophantom.trends.replay import Replay
from nophantom.trends.topics import slug_of


@dataclass(frozen=True, slots=True)
class Explained:
    """What the archive knows of a topic as of the day of a snapshot.

    Attributes:
        as_of: the day.
        said: what was asked for.
        explanation: of the topic; None where fewer than two stories of all that were read tell it.
        documents: its latest documents, one a story; of a topic that is none, nothing.
        nearest: where it is none, how what is most like it is written.
        n_stories: that were read.
    """

    as_of: date
    said: str
    explanation: Explanation | None
    documents: tuple[Document, ...]
    nearest: tuple[str, ...]
    n_stories: int


def explain_again(
    engine: Engine, snapshot: SnapshotRow, said: str, *, on_step: OnStep | None = None
) -> Explained:
    """Reckon what a snapshot does not list: from the documents that were known on its day, by its parameters.

    The names that are counted as others are those of today's decisions, and documents that were imported since are
    read: with them its numbers may differ from those of the day on which the snapshot was made.

    Args:
        engine: the store, its tables up to date.
        snapshot: whose day and parameters hold.
        said: a name of the topic, in any spelling.
        on_step: told of the progress.

    Raises:
        NotFound: the archive has no documents in these days.
        InvalidInput: there is too little history.
    """
    known = known_corpus(engine, as_of=snapshot.as_of, simulated=snapshot.simulated, on_step=on_step)
    series = known.corpus.series
    topics = series.mentions.topics
    names = {one.alias: one.into for one in known.corpus.counted_as}
    topic = topics.find(names.get(slug_of(said), said))
    if topic is None:
        near = tuple(topics.name(topics.slugs.index(slug)) for slug in nearest(said, topics.slugs))
        return Explained(snapshot.as_of, said, None, (), near, series.stories.n)
    if on_step:
        on_step("judging", 0, 1)
    replay = Replay(series, known.corpus.places, parameters_of(snapshot.parameters), known.corpus.told)
    found = explain_topic(replay, topic, (snapshot.as_of - series.first_day).days)
    documents = tuple(known.documents[int(series.stories.representative[story])] for story in found.best)
    return Explained(snapshot.as_of, said, found, documents, (), series.stories.n)


def parameters_of(stored: Mapping[str, Any]) -> Parameters:
    """The parameters of a stored snapshot; what versions before did not store is as it is now.

    All but the boost: before there was one, nothing was boosted.
    """
    known = {one.name for one in fields(Parameters)}
    told = {"boost": 1.0} | {name: value for name, value in stored.items() if name in known}
    for name in ("fast", "slow"):
        if name in told:
            told[name] = Pace(**{**told[name], "windows": tuple(told[name]["windows"])})
    return Parameters(**told)
