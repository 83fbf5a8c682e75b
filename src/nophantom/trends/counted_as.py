"""What topics are counted as: other names that the evidence bears, and what people decided. PURE.

A detection counts a topic under all of its names. Which these are is found in the documents of the same detection,
as of its day, so that a snapshot depends on nothing that was found before. What people merged holds in any case; what
they split is not merged by evidence; and where they and the evidence disagree, people win.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.aliases import Merge
from nophantom.trends.decisions import DecisionKind, InForce
from nophantom.trends.mentions import Mentions, WrittenMentions
from nophantom.trends.topics import Topics

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CountedAs:
    """One name that is counted as a topic.

    Attributes:
        alias: slug of the name; `alias_name` as it is written most often.
        into: slug of the topic that it is counted as; `into_name` as that is written.
        stories: that use the name, of the documents of the detection.
        merge: the evidence; None where people decided it.
        decision: number of the decision; None where the evidence bears it.
    """

    alias: str
    alias_name: str
    into: str
    into_name: str
    stories: int
    merge: Merge | None
    decision: int | None


class Joined(NamedTuple):
    """Mentions by topic under all names, and which names these are.

    Attributes:
        written: as `join_names` gives them.
        counted_as: in order of alias.
    """

    written: WrittenMentions
    counted_as: tuple[CountedAs, ...]


def join_names(written: WrittenMentions, merges: Sequence[Merge], force: InForce | None = None) -> Joined:
    """Count every name as its topic; a story that uses two names of one topic counts once.

    Args:
        written: the mentions of all stories; the number of the topics changes, as an alias has none.
        merges: what the evidence bears.
        force: what people decided; None for nothing.
    """
    mentions, by_people = written.mentions, {} if force is None else dict(force.merged)
    pairs_of = _pairs(merges, by_people)
    into = {alias: _end(alias, pairs_of) for alias in sorted(pairs_of)}
    at = {slug: mentions.topics.at(slug) for slug in {*into, *into.values()}}
    numbers = {slug: number for slug, number in at.items() if number is not None}
    known = {alias: topic for alias, topic in into.items() if alias in numbers and topic in numbers}
    if not known:
        return Joined(written, ())
    evidence = {merge.alias_slug: merge for merge in merges}
    decided = {d.topic: d.number for d in force.decisions if d.kind is DecisionKind.MERGE} if force else {}
    told = tuple(
        CountedAs(
            alias=alias,
            alias_name=mentions.topics.name(numbers[alias]),
            into=topic,
            into_name=mentions.topics.name(numbers[topic]),
            stories=len(mentions.stories_of(numbers[alias])),
            merge=None if alias in by_people else evidence[alias],
            decision=decided[alias] if alias in by_people else None,
        )
        for alias, topic in known.items()
    )
    pairs = {numbers[alias]: numbers[topic] for alias, topic in known.items()}
    return Joined(_joined(written, pairs), told)


def refused_by(force: InForce | None) -> frozenset[tuple[str, str]]:
    """The pairs (name, topic) that people split."""
    return frozenset() if force is None else force.splits


def _pairs(merges: Iterable[Merge], by_people: Mapping[str, str]) -> dict[str, str]:
    """What people merged and what the evidence does, as (alias, topic), without any ring."""
    # What people count as something, or something as, is no alias by evidence.
    taken = {*by_people, *by_people.values()}
    into = dict(by_people)
    for merge in merges:
        # A ring would have no end; of two that close one the first holds.
        if merge.alias_slug not in taken and _end(merge.into_slug, into) != merge.alias_slug:
            into[merge.alias_slug] = merge.into_slug
    return into


def _end(slug: str, into: Mapping[str, str]) -> str:
    while slug in into:
        slug = into[slug]
    return slug


def _joined(written: WrittenMentions, into: Mapping[int, int]) -> WrittenMentions:
    """The mentions with every topic of `into` as another one, which is none of them."""
    old = written.mentions
    target = np.arange(old.topics.n)
    target[list(into)] = list(into.values())
    kept = np.ones(old.topics.n, dtype=np.bool_)
    kept[list(into)] = False
    new_topic = (np.cumsum(kept) - 1)[target]
    pairs = new_topic[old.topic] * old.n_stories + old.story
    order = np.argsort(pairs, kind="stable")
    pairs = pairs[order]
    starts = np.flatnonzero(np.diff(pairs, prepend=-1))
    mentions = Mentions(
        topics=_topics(old.topics, new_topic, kept),
        topic=(pairs[starts] // old.n_stories).astype(np.int32),
        story=(pairs[starts] % old.n_stories).astype(np.int32),
        n_stories=old.n_stories,
        n_singletons=old.n_singletons,
    )
    return WrittenMentions(mentions, np.bitwise_or.reduceat(written.writing[order], starts))


def _topics(old: Topics, new_topic: Ints, kept: NDArray[np.bool_]) -> Topics:
    """The topics with the spellings of their aliases; each keeps its own early name."""
    owner = np.repeat(new_topic, np.diff(old.first))
    order = np.lexsort((np.arange(len(owner)), -old.counts, owner))
    n = int(np.count_nonzero(kept))
    early = (old.first[:-1] if old.early is None else old.early)[kept]
    return Topics(
        slugs=tuple(slug for slug, stays in zip(old.slugs, kept.tolist(), strict=True) if stays),
        first=np.searchsorted(owner[order], np.arange(n + 1)),
        spellings=tuple(old.spellings[i] for i in order.tolist()),
        counts=old.counts[order],
        early=np.argsort(order)[early],
    )
