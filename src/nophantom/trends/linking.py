"""Linking stories: documents that wait find the stories that they are of. WORLD: opens the units of work.

Whoever brought documents calls it when it is done. Only the days around those that wait are read, some thousands of
documents at a time; a kill between two units of work loses nothing, and the next call goes on. What is written never
changes: where a document arrives late and turns out to have been first, the representative of before gets a link to
it, and its own members follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from nophantom.clock import now
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.story_links import (
    Linked,
    NewLink,
    Read,
    WaitingDay,
    documents_by_day,
    key_of,
    latest_linking,
    openings,
    read_between,
    record_linking,
    representatives,
    stories_at,
    waiting_between,
    waiting_days,
)
from nophantom.trends.story_finder import TITLE_DAYS, StoryFinder

AT_ONCE = 5_000
"""Documents in a unit of work, as whole days."""

OnLinked = Callable[[int, int], None]
"""Called with how many of the documents that waited have their stories, and of how many."""


@dataclass(frozen=True, slots=True)
class LinkedStories:
    """What linking did.

    Attributes:
        documents: that waited and have their stories now.
        links: that were found.
        waiting: documents that still wait.
    """

    documents: int = 0
    links: int = 0
    waiting: int = 0


def link_stories(
    engine: Engine,
    *,
    clock: Callable[[], datetime] = now,
    on_linked: OnLinked | None = None,
    at_once: int = AT_ONCE,
) -> LinkedStories:
    """Find the stories of all documents that wait.

    Args:
        engine: the store, its tables up to date.
        clock: the moment (UTC).
        on_linked: told about the progress.
        at_once: documents in a unit of work, as whole days.
    """
    done = LinkedStories()
    for done in linking_units(engine, clock=clock, at_once=at_once):
        if on_linked is not None:
            on_linked(done.documents, done.documents + done.waiting)
    return done


def linking_units(
    engine: Engine, *, clock: Callable[[], datetime] = now, at_once: int = AT_ONCE
) -> Iterator[LinkedStories]:
    """The same unit of work by unit of work, for whoever has to look up in between; sums after each."""
    documents = links = 0
    while True:
        with reading(engine) as session:
            waiting = waiting_days(session)
            if not waiting:
                return
            spans = _spans(session, waiting, at_once)
            latest = latest_linking(session)
        rest = sum(day.documents for day in waiting)
        one_pass = _Pass(engine, clock, latest)
        for first, last in spans:
            done = one_pass.link(first, last)
            if done is None:
                break  # another process links, too: what it found is to be read first
            documents, links = documents + len(done.waited), links + len(done.links)
            rest = max(0, rest - len(done.waited))
            yield LinkedStories(documents, links, rest)


def _spans(session: Session, waiting: Sequence[WaitingDay], at_once: int) -> list[tuple[date, date]]:
    """Stretches of days to read in their order: what waits, with the two weeks before and after it."""
    spans: list[tuple[date, date]] = []
    for first, last in _stretches([day.day for day in waiting]):
        held, begins = 0, first
        for day, n in documents_by_day(session, first, last).items():
            if held and held + n > at_once:
                spans.append((begins, day - timedelta(days=1)))
                held, begins = 0, day
            held += n
        spans.append((begins, last))
    return spans


def _stretches(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    around = timedelta(days=TITLE_DAYS)
    first, last = days[0] - around, days[0] + around
    for day in days[1:]:
        if day - around > last:
            yield first, last
            first = day - around
        last = day + around
    yield first, last


class _Pass:
    """One reading from the first day on; what it remembers holds while nobody else links."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], latest: int) -> None:
        self._engine, self._clock, self._latest = engine, clock, latest
        self._finders = {False: StoryFinder(), True: StoryFinder()}

    def link(self, first: date, last: date) -> Linked | None:
        """Link what waits of these days; None where somebody else has linked since."""
        with writing(self._engine) as session:
            if latest_linking(session) != self._latest:
                return None
            waiting = waiting_between(session, first, last)
            documents = read_between(session, first, last, waiting)
            known = self._prepare(session, documents)
            links = self._place(documents, known)
            linked = Linked(waiting, links, self._new_addresses(known.keys))
            if linked.waited or linked.links:
                self._latest = record_linking(session, linked, at=self._clock())
        for finder in self._finders.values():
            finder.forget(last.toordinal())
        return linked

    def _prepare(self, session: Session, documents: Sequence[Read]) -> _Known:
        """Tell the finders of the stories that these documents may be of."""
        keys: dict[int, tuple[bool, str]] = {}
        for one in documents:
            if one.telling.address and one.telling.product is None:
                address = one.telling.address
                keys[key_of(address, simulated=one.simulated)] = (one.simulated, address)
        holders = stories_at(session, keys)
        linked = {one.linked_to for one in documents if one.linked_to is not None}
        ends = representatives(session, {*holders.values(), *linked})
        stories = {ends.get(number, number) for number in (*holders.values(), *linked)}
        opened = openings(session, stories)
        for finder in self._finders.values():
            for story, opening in opened.items():
                finder.know(story, opening)
        for key, holder in holders.items():
            simulated, address = keys[key]
            self._finders[simulated].lasting[address] = ends.get(holder, holder)
        return _Known(ends, frozenset(keys[key] for key in holders))

    def _place(self, documents: Sequence[Read], known: _Known) -> list[NewLink]:
        links: list[NewLink] = []
        for one in documents:
            finder, told = self._finders[one.simulated], one.telling
            story = known.ends.get(one.linked_to, one.linked_to) if one.linked_to is not None else None
            story = finder.story_at(told.number if story is None else story)
            if story != told.number:
                finder.recall(told, story)
                continue
            place = finder.place(told)
            since = date.fromordinal(told.day)
            opened = date.fromordinal(finder.opening_of(place.story).day)
            if place.why is not None:
                links.append(NewLink(told.number, place.story, place.why, opened, since))
            for other, why in place.joining:
                begun = date.fromordinal(finder.opening_of(other).day)
                links.append(NewLink(other, place.story, why, opened, begun))
        return links

    def _new_addresses(self, known: frozenset[tuple[bool, str]]) -> dict[int, int]:
        return {
            key_of(address, simulated=simulated): story
            for simulated, finder in self._finders.items()
            for address, story in finder.lasting.items()
            if (simulated, address) not in known
        }


@dataclass(frozen=True, slots=True)
class _Known:
    """What was known before a unit of work.

    Attributes:
        ends: the story of every document that is linked.
        keys: addresses that have a story, and of which kind of world.
    """

    ends: dict[int, int]
    keys: frozenset[tuple[bool, str]]
