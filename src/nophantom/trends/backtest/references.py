"""References: the day on which others, who did not know of us, first spoke of a technology in public.

Readers of published lists (lines of JSON in, references out) and of two first days that the documents
themselves hold: the first appearance in a trending list, the first story that many readers liked.

The day of a reference is when its list was *published*, never when its subject began. A Technology Radar edition
is dated by its month; the day is the first of it, so a lead is never made longer by that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import orjson

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.native_ids import hacker_news_id
from nophantom.trends.topics import slug_of, terms

POINTS = 100
"""Points of a Hacker News story that many readers liked."""

_BRACKETS = re.compile(r"\s*\(([^()]*)\)")


class ReferenceKind(StrEnum):
    """Whose list it is."""

    RADAR = "radar"
    """First edition of the Technology Radar that places it in a ring."""
    CNCF = "cncf"
    """Accepted by the Cloud Native Computing Foundation."""
    RELEASE = "release"
    """First listed release: before it, there was nothing that others could use."""
    GITHUB_TOPIC = "github_topic"
    """Curated as a topic of GitHub; its day is that of its release, where one is told to the day."""
    TRENDING = "trending"
    """First appearance of a repository of this name in a GitHub trending list."""
    HACKER_NEWS = "hacker_news"
    """First Hacker News story with at least `POINTS` points whose title names it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A technology as a public list names it, and since when.

    Attributes:
        name: as the list writes it.
        slugs: the slugs of its name and of its other spellings, as topics have them; at least one.
        kind: whose list.
        day: when the list first had it; None where it tells none to the day.
        is_clean: its source marks it as a technology with enough documents and an unambiguous name; None where the
            source says nothing about that.
    """

    name: str
    slugs: tuple[str, ...]
    kind: ReferenceKind
    day: date | None
    is_clean: bool | None = None

    def __post_init__(self) -> None:
        if not self.slugs:
            raise InvalidInput(f"{self.name!r} has no word that names something; leave this reference out.")


def slugs_of(spellings: Iterable[str]) -> tuple[str, ...]:
    """The distinct slugs of several spellings, in their order; what stands in brackets is a spelling of its own.

    >>> slugs_of(["Quux-driven Zorb (QDZ)", "quux driven zorb"])
    ('quuxdrivenzorb', 'qdz')
    """
    found: dict[str, None] = {}
    for spelling in spellings:
        for part in (_BRACKETS.sub("", spelling), *_BRACKETS.findall(spelling)):
            if slug := slug_of(part):
                found[slug] = None
    return tuple(found)


def read_radar_targets(lines: Iterable[bytes]) -> tuple[Reference, ...]:
    """Technologies of the Technology Radar by their first ring.

    Read are `technology`, `aliases`, `first_seen` (the month of the first edition that has it) and
    `clean_positive`; `ring_dates` hold the later moves.
    """
    return tuple(
        Reference(
            name=record["technology"],
            slugs=slugs,
            kind=ReferenceKind.RADAR,
            day=date.fromisoformat(record["first_seen"]),
            is_clean=record["clean_positive"],
        )
        for record in _records(lines)
        if (slugs := slugs_of([record["technology"], *record["aliases"]]))
    )


def read_radar_volumes(lines: Iterable[bytes]) -> tuple[Reference, ...]:
    """Technologies by the first volume of the Technology Radar: `technology`, `published_at`, in any order."""
    first: dict[str, date] = {}
    for record in _records(lines):
        day = date.fromisoformat(record["published_at"])
        first[record["technology"]] = min(day, first.get(record["technology"], day))
    return tuple(
        Reference(name, slugs, ReferenceKind.RADAR, day)
        for name, day in first.items()
        if (slugs := slugs_of([name]))
    )


def read_cncf_projects(lines: Iterable[bytes]) -> tuple[Reference, ...]:
    """Projects of the CNCF by the day of acceptance: `technology`, `accepted`."""
    return tuple(
        Reference(record["technology"], slugs, ReferenceKind.CNCF, date.fromisoformat(record["accepted"]))
        for record in _records(lines)
        if (slugs := slugs_of([record["technology"]]))
    )


def read_releases(lines: Iterable[bytes]) -> tuple[Reference, ...]:
    """Products by their first listed release: `technology`, `first_listed_release`.

    A list of releases often begins long after the first one: a bound, which says the least when it is early.
    """
    return tuple(
        Reference(
            name=record["technology"],
            slugs=slugs,
            kind=ReferenceKind.RELEASE,
            day=date.fromisoformat(record["first_listed_release"]),
        )
        for record in _records(lines)
        if (slugs := slugs_of([record["technology"]]))
    )


def read_github_topics(lines: Iterable[bytes]) -> tuple[Reference, ...]:
    """Curated topics of GitHub: `topic`, `display_name`, `aliases`, `released` as free text.

    Most tell a year or nothing; a year is no day.
    """
    return tuple(
        Reference(record["display_name"], slugs, ReferenceKind.GITHUB_TOPIC, _told_day(record["released"]))
        for record in _records(lines)
        if (slugs := slugs_of([record["display_name"], record["topic"], *record["aliases"]]))
    )


def first_trending(documents: Iterable[Document], among: Collection[str]) -> tuple[Reference, ...]:
    """The first day on which a repository of each name was in a trending list.

    Args:
        documents: from as early as there are any; a name that trended before them gets too late a day.
        among: the slugs that are asked for; what else trends is no reference for anything.

    Returns:
        One for each slug that ever trended, in order of slug.
    """
    first: dict[str, Document] = {}
    for document in documents:
        if document.family is Family.GITHUB and document.kind is Kind.REPOSITORY:
            _keep_earliest(first, slug_of(document.title.rpartition("/")[2]), document, among)
    return _firsts(first, ReferenceKind.TRENDING)


def first_liked(
    documents: Iterable[Document], points: Mapping[str, int], among: Collection[str], *, least: int = POINTS
) -> tuple[Reference, ...]:
    """The first day on which a Hacker News story that many readers liked named each.

    Args:
        documents: from as early as there are any.
        points: by native id, as they stood in the end; see `read_points`. They say which stories are references,
            and are never shown to a detection.
        among: the slugs that are asked for.
        least: points from which on a story counts.

    Returns:
        One for each slug that was ever named by such a story, in order of slug.
    """
    first: dict[str, Document] = {}
    for document in documents:
        if document.family is Family.HACKER_NEWS and points.get(document.native_id, 0) >= least:
            for slug, _ in terms(document):
                _keep_earliest(first, slug, document, among)
    return _firsts(first, ReferenceKind.HACKER_NEWS)


def read_points(lines: Iterable[bytes]) -> dict[str, int]:
    """Points of Hacker News stories by native id, from lines of an archive; lines without any are left out."""
    found: dict[str, int] = {}
    for record in _records(lines):
        native_id = hacker_news_id(str(record.get("native_id")))
        points = record.get("score")
        if record.get("source") == "hackernews" and native_id and isinstance(points, int):
            found[native_id] = max(points, found.get(native_id, 0))
    return found


def clean_between(references: Iterable[Reference], first: date, last: date) -> tuple[Reference, ...]:
    """Those whose source calls them clean, with their day from one day to another, both included."""
    return tuple(r for r in references if r.is_clean and r.day is not None and first <= r.day <= last)


def _keep_earliest(first: dict[str, Document], slug: str, document: Document, among: Collection[str]) -> None:
    if slug in among and (slug not in first or document.first_seen < first[slug].first_seen):
        first[slug] = document


def _firsts(first: Mapping[str, Document], kind: ReferenceKind) -> tuple[Reference, ...]:
    return tuple(
        Reference(document.title, (slug,), kind, document.first_seen)
        for slug, document in sorted(first.items())
    )


def _told_day(told: str | None) -> date | None:
    """The day in "October 16, 2007"; None for "2007" and "October 2007"."""
    try:
        return datetime.strptime(told or "", "%B %d, %Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _records(lines: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError as wrong:
            raise InvalidInput(
                f"line {number} of a list of references is no JSON ({wrong}); give one object a line."
            ) from None
        if not isinstance(record, dict):
            raise InvalidInput(
                f"line {number} of a list of references is no object: {line[:60]!r}; give one a line."
            )
        yield record
