"""One visit to one source: asked by its protocol, answered by the world, told as it is to be written. WORLD.

Whatever happens on the way, a visit ends with its books: what came before the trouble is kept, the trouble is named,
and the next visit has its moment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

import numpy as np

from nophantom.errors import NoPhantomError
from nophantom.trends.archive.source_rows import SourceRow
from nophantom.trends.archive.source_tables import FetchOutcome
from nophantom.trends.archive.visit_records import AnswerRecord, Health, Visit
from nophantom.trends.documents import Item, ItemDrop, folded, storable
from nophantom.trends.exchange import (
    Adoption,
    Answer,
    Ask,
    Hints,
    Protocol,
    Reading,
    Refusal,
    Step,
    Trouble,
)
from nophantom.trends.fetching import Failure, Fetched, Fetcher, NotModified, Validators
from nophantom.trends.schedule import (
    FIRST_ITEMS,
    SourceRhythm,
    hints_from,
    hints_text,
    next_check,
    rhythm_found,
    rhythm_of,
)

PART = 5_000
"""Items after which a long visit is written in part, so that it takes no more memory than that."""
MOST_REQUESTS = 3_000
"""Requests of one visit; what is left is asked for at the next."""
MOVED_AFTER = 3
"""Visits in a row that must be told the same new address before it is believed."""

RETRIED_WITHIN = 3_600.0
"""Seconds after which a visit that brought nothing is repeated at first, however rarely its protocol wants visits."""

_TOLD = 300  # characters of a trouble that are kept
_LONGEST = 1_000  # characters of a name
_HINTS = "hints"  # what a source said of its times, beside what its protocol remembers
_DUE = "due"  # from when on an item that is dated ahead becomes a document
_AHEAD = ItemDrop.FUTURE_DATE
_OURS = frozenset({_HINTS, _DUE})

Keep = Callable[[bytes], None]
"""Keeps the body of an answer."""


@dataclass
class _Course:
    """How a visit stands."""

    started_at: datetime
    asks: deque[Ask]
    items: list[Item] = field(default_factory=list)
    answers: list[AnswerRecord] = field(default_factory=list)
    adoption: list[Adoption] = field(default_factory=list)
    state: Mapping[str, str] | None = None
    hints: Hints = field(default_factory=Hints)
    validators: Validators | None = None
    moved_to: str | None = None
    max_age: float | None = None
    trouble: Trouble | None = None
    told: str | None = None
    wait: float | None = None
    requests: int = 0
    failed: bool = False
    gone: bool = False
    due: datetime | None = None
    body: str | None = None
    moments: list[datetime] = field(default_factory=list)
    again: set[tuple[str, str]] = field(default_factory=set)
    part: int = 1

    def stop(self, trouble: Trouble, told: str, wait: float | None = None) -> None:
        """End it here."""
        self.trouble, self.told, self.wait, self.failed = trouble, storable(told)[:_TOLD], wait, True
        self.asks.clear()


async def visit(
    source: SourceRow,
    protocol: Protocol,
    fetcher: Fetcher,
    *,
    clock: Callable[[], datetime],
    rng: np.random.Generator,
    secrets: Mapping[str, str] | None = None,
    keep: Keep | None = None,
) -> AsyncIterator[Visit]:
    """Visit a source once.

    Args:
        source: as the store has it.
        protocol: by which it is read.
        fetcher: open.
        clock: the moment (UTC).
        rng: for the drawn part of the next interval.
        secrets: tokens by name.
        keep: keeps bodies.

    Yields:
        Parts of the visit, to be written in this order; the last one has the health of the source.
    """
    began = clock()
    reading = Reading(
        source.address,
        source.family,
        source.collection,
        source.language,
        source.settings,
        {name: word for name, word in source.remembered.items() if name not in _OURS},
        source.followed_since,
        secrets or {},
        source.key or "",
    )
    course = _Course(began, deque(), hints=Hints())
    try:
        course.asks.extend(protocol.begin(reading, began))
    except NoPhantomError as problem:
        course.stop(Trouble.WRONG_CONTENT, problem.message)
    except Exception as problem:  # noqa: BLE001 - one source that we fail at must not keep the others out
        course.stop(Trouble.UNREADABLE, _our_fault(problem))
    while course.asks:
        if course.requests >= MOST_REQUESTS:
            course.stop(
                Trouble.INCOMPLETE, f"more than {MOST_REQUESTS:,} requests; the rest is asked for next time"
            )
            break
        await _ask(course, course.asks.popleft(), source, reading, protocol, fetcher, keep)
        if len(course.items) >= PART and course.asks:
            yield _part(source, course, max(clock(), began))
    yield _last(source, protocol, course, max(clock(), began), rng)  # a clock may be set back meanwhile


async def _ask(
    course: _Course,
    ask: Ask,
    source: SourceRow,
    reading: Reading,
    protocol: Protocol,
    fetcher: Fetcher,
    keep: Keep | None,
) -> None:
    known = Validators() if _anew(source, course) else Validators(source.etag, source.last_modified)
    try:
        found = await fetcher.fetch(ask, protocol, validators=known if any(known) else None)
    except NoPhantomError as problem:  # an address that is none
        course.stop(Trouble.WRONG_CONTENT, problem.message)
        return
    course.requests += found.tries
    if isinstance(found, Failure):
        course.gone = found.gone
        course.stop(found.trouble, found.told, found.wait)
        return
    if ask.conditional:
        course.validators, course.max_age = found.validators, found.max_age
        if ask.url == source.address:  # what is asked beside it does not say where the source lives
            course.moved_to = found.moved_to
    if isinstance(found, NotModified):
        course.body = source.body
        return
    _read(course, ask, found, source, reading, protocol, fetcher, keep)


def _read(
    course: _Course,
    ask: Ask,
    found: Fetched,
    source: SourceRow,
    reading: Reading,
    protocol: Protocol,
    fetcher: Fetcher,
    keep: Keep | None,
) -> None:
    answer = found.answer
    digest = sha256(answer.content).hexdigest()
    if ask.conditional:
        course.body = digest
        is_known = digest == source.body and source.failures == 0 and not _anew(source, course)
        if is_known and not course.items:
            return  # it says nothing of ETags, and is the same all the same
    course.answers.append(AnswerRecord(answer.url, answer.status, len(answer.content), digest))
    if keep is not None and answer.content:
        keep(answer.content)
    try:
        step = protocol.read(reading, ask, answer)
    except Refusal as refusal:
        if refusal.again and (ask.url, ask.note) not in course.again:
            course.again.add((ask.url, ask.note))
            course.asks.appendleft(ask)
            return
        if refusal.wait is not None:
            fetcher.rest(ask.url, refusal.wait)
        course.stop(refusal.trouble, refusal.told, refusal.wait)
        return
    except Exception as problem:  # noqa: BLE001 - one source that we fail at must not keep the others out
        course.stop(Trouble.UNREADABLE, _our_fault(problem))
        return
    _take(course, step, answer)


def _take(course: _Course, step: Step, answer: Answer) -> None:
    first = len(course.items)
    # Of the first answer they are counted right already, and most visits have but one.
    course.items += (
        [replace(item, position=first + n) for n, item in enumerate(step.items, 1)] if first else step.items
    )
    ahead = [item.due or answer.at + timedelta(days=1) for item in step.items if item.drop is _AHEAD]
    course.due = min([*ahead, course.due] if course.due else ahead, default=None)
    course.adoption += step.adoption
    course.asks.extend(step.asks)
    if step.state is not None:
        course.state = step.state
    if step.hints != Hints():
        course.hints = step.hints
    if step.trouble is not None:
        course.trouble, course.told = step.trouble, storable(step.told)[:_TOLD]
    found = (item.document.published_at for item in step.items if item.document is not None)
    moments = sorted({moment for moment in found if moment is not None and moment <= answer.at}, reverse=True)
    course.moments = sorted({*course.moments, *moments[:FIRST_ITEMS]}, reverse=True)[:FIRST_ITEMS]


def _part(source: SourceRow, course: _Course, at: datetime) -> Visit:
    """What has come so far; it is complete in itself, the rest follows."""
    part = Visit(
        source.id,
        source.address,
        course.started_at,
        at,
        FetchOutcome.COMPLETE,
        course.part,
        tuple(course.items),
        tuple(course.answers),
        requests=course.requests,
        adoption=tuple(course.adoption),
    )
    course.items, course.answers, course.adoption, course.requests = [], [], [], 0
    course.part += 1
    return part


def _last(
    source: SourceRow, protocol: Protocol, course: _Course, at: datetime, rng: np.random.Generator
) -> Visit:
    outcome = _outcome(course)
    hints = course.hints
    moved, seen = _moved(source, course)
    return Visit(
        source.id,
        source.address,
        course.started_at,
        at,
        outcome,
        course.part,
        tuple(course.items),
        tuple(course.answers),
        course.trouble,
        course.told,
        course.requests,
        tuple(course.adoption),
        _health(source, protocol, course, at, rng, (moved, seen)),
        None if source.title else _word(hints.title),
        None if source.homepage else _word(hints.homepage),
        None if source.language else hints.language,
        retired="it says that it is gone for good (410)" if course.gone else None,
        address_now=moved if seen >= MOVED_AFTER else None,
    )


def _outcome(course: _Course) -> FetchOutcome:
    has_content = any(answer.n_bytes for answer in course.answers)
    if course.failed:
        return FetchOutcome.DAMAGED if has_content and course.items else FetchOutcome.FAILED
    return FetchOutcome.COMPLETE if has_content else FetchOutcome.UNCHANGED


def _moved(source: SourceRow, course: _Course) -> tuple[str | None, int]:
    """Where the source says that it lives, and how often in a row it said so."""
    if course.failed:
        return source.moved_to, source.moved_seen
    if course.moved_to is None:
        return None, 0
    return course.moved_to, source.moved_seen + 1 if course.moved_to == source.moved_to else 1


def _health(
    source: SourceRow,
    protocol: Protocol,
    course: _Course,
    at: datetime,
    rng: np.random.Generator,
    moved: tuple[str | None, int],
) -> Health:
    went_well = not course.failed
    # An answer that is not the whole truth counts as a failure of the source, and what it holds is kept.
    failures = 0 if course.trouble is None else source.failures + 1
    rhythm = tuple(course.moments) or rhythm_found(
        source.rhythm, source.last_new_at, has_items=any(item.document for item in course.items)
    )
    # What it said when it was last read holds while it is unchanged, or fails.
    hints = course.hints if course.hints != Hints() else hints_from(source.remembered.get(_HINTS, "{}"))
    known = [moment for moment in (*rhythm[:1], hints.newest) if moment is not None]
    newest = max(known, default=source.last_new_at)
    spoken = rhythm_of(rhythm, at)
    next_at = next_check(
        at,
        SourceRhythm(spoken.gap, newest or spoken.newest),
        hints,
        rng=rng,
        least=min(protocol.least, RETRIED_WITHIN) if course.failed else protocol.least,
        max_age=course.max_age,
        failures_in_row=failures,
        wait=course.wait,
    )
    kept = _kept(source, course)
    return Health(
        next_at=next_at,
        last_at=at,
        last_ok_at=at if went_well else source.last_ok_at,
        followed_since=source.followed_since or (course.started_at if went_well or course.items else None),
        rest_until=None if course.wait is None else at + timedelta(seconds=course.wait),
        failures=failures,
        trouble=course.trouble,
        told=course.told,
        etag=kept[0],
        last_modified=kept[1],
        body=kept[2],
        moved_to=moved[0] if moved[1] < MOVED_AFTER else None,
        moved_seen=moved[1] if moved[1] < MOVED_AFTER else 0,
        rhythm=rhythm,
        remembered=_remembered(source, course, hints),
    )


def _anew(source: SourceRow, course: _Course) -> bool:
    """Whether all of it is read, be it unchanged or not.

    It is when the last visit lies ahead, for a wrong clock dated what it brought; and when the day has come of an
    item that was dated ahead.
    """
    if source.last_at is not None and source.last_at > course.started_at:
        return True
    due = source.remembered.get(_DUE)
    return due is not None and datetime.fromisoformat(due) <= course.started_at


def _kept(source: SourceRow, course: _Course) -> tuple[str | None, str | None, str | None]:
    """ETag, Last-Modified and hash by which the next visit sees that nothing is new.

    None where what was sent is not done with, for a part of it is missing: asked "has it changed?", the source would
    say no.
    """
    if course.failed:
        return source.etag, source.last_modified, source.body
    if course.trouble is not None:
        return None, None, None
    given = course.validators or Validators(source.etag, source.last_modified)
    return given.etag, given.last_modified, course.body or source.body


def _remembered(source: SourceRow, course: _Course, hints: Hints) -> Mapping[str, str]:
    state = source.remembered if course.failed or course.state is None else course.state
    kept = {name: word for name, word in state.items() if name not in _OURS}
    if course.due is not None:
        kept[_DUE] = course.due.isoformat()
    elif not course.answers and _DUE in source.remembered:  # nothing was read
        kept[_DUE] = source.remembered[_DUE]
    if (told := hints_text(hints)) is not None:
        kept[_HINTS] = told
    return kept


def _word(sent: str | None) -> str | None:
    """What a source calls itself, as both stores can hold it."""
    return storable(folded(sent))[:_LONGEST] or None if sent else None


def _our_fault(problem: Exception) -> str:
    """A fault of ours, by its kind alone: its words may repeat what was sent."""
    return f"it could not be read by us: {type(problem).__name__}. This is a fault of NoPhantom; please report it"
