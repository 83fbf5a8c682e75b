"""From documents to what a replay reads: stories, topics under all their names, series. PURE."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nophantom.trends.aliases import Meaning, find_merges, meanings
from nophantom.trends.baselines import Ints
from nophantom.trends.counted_as import CountedAs, join_names, refused_by
from nophantom.trends.decisions import InForce
from nophantom.trends.documents import Document
from nophantom.trends.expansions import expansions
from nophantom.trends.generic_words import StoryTopics, by_story
from nophantom.trends.mentions import WrittenMentions, mine_written
from nophantom.trends.series import Series, build_series
from nophantom.trends.stories import gather
from nophantom.trends.window_facts import publishing_places

OnPart = Callable[[str], None]
"""Told what is being done."""


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Documents as a replay reads them.

    Attributes:
        series: sparse events with their stories.
        places: (n_stories,) equal where the publishing place is the same.
        told: how each story writes its topics.
        written: the mentions with their writing, before products were counted once.
        counted_as: the names that are counted as another.
        meanings: of acronyms that stand for several things, by slug.
        n_documents: that were read.
    """

    series: Series
    places: Ints
    told: StoryTopics
    written: WrittenMentions
    counted_as: tuple[CountedAs, ...]
    meanings: Mapping[str, tuple[Meaning, ...]]
    n_documents: int


def corpus_of(
    documents: Sequence[Document],
    *,
    linked: Sequence[Hashable] | None = None,
    begins: Mapping[str, date] | None = None,
    force: InForce | None = None,
    names_as_of: date | None = None,
    last: date | None = None,
    on_part: OnPart | None = None,
) -> Corpus:
    """Gather, mine and count documents.

    Args:
        documents: in any order.
        linked: what stands for the story of each, as an archive has linked them; clustered here if not given.
        begins: when each collection began; by default with its first document among these.
        force: what people merged and split; None for nothing.
        names_as_of: other names of topics are found in what was known by this day; by default in everything. A
            replay of years gives its first day, so that no day of it knows a name that only later evidence bears.
        last: the day with which the series ends, where nothing came on it; by default that of the last document.
        on_part: told of the progress.

    Raises:
        InvalidInput: no documents.
    """
    tell = on_part or (lambda _: None)
    tell("finding stories")
    stories = gather(documents, begins, linked=linked)
    tell("finding topics")
    mined = mine_written(documents, stories)
    tell("finding other names")
    told = by_story(mined)
    said = expansions(documents, stories)
    day = int(stories.day.max()) if names_as_of is None else (names_as_of - stories.first_day).days
    merges = find_merges(
        mined.mentions,
        stories,
        told,
        said,
        [documents[i].native_id for i in stories.representative.tolist()],
        day,
        refused=refused_by(force),
    )
    joined = join_names(mined, merges, force)
    tell("counting")
    return Corpus(
        series=build_series(joined.written.mentions, stories, last=last),
        places=publishing_places(documents, stories),
        told=by_story(joined.written) if joined.counted_as else told,
        written=joined.written,
        counted_as=joined.counted_as,
        meanings=meanings(said, stories, mined.mentions.topics, day),
        n_documents=len(documents),
    )
