"""No foresight: a day of a replay is what a detection says that has seen nothing later. The other road is to look."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from tests.trends.plain_documents import plain_document

from nophantom.trends.assembly import assemble
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.generic_words import by_story
from nophantom.trends.mentions import mine_written
from nophantom.trends.parameters import Parameters
from nophantom.trends.replay import Replay
from nophantom.trends.series import build_series
from nophantom.trends.signals import Candidate, Snapshot
from nophantom.trends.stories import gather
from nophantom.trends.window_facts import publishing_places
from nophantom.trends.worlds import FIRST_DAY

DAYS = 130
SPELLINGS = ("Zorb Lax", "zorb-lax", "ZorbLax", "zorblax")
COLLECTIONS = (("posts",), ("daily",), ("daily", "posts"), ("posts", "late"))


@cache
def documents() -> tuple[Document, ...]:
    """A topic that rises, written in four ways of which the commonest changes; and what comes later to old stories.

    Each story is told again up to ten days later, often by another collection, and a collection begins on day 90.
    """
    rng, found = random.Random(5), list[Document]()
    words = [f"{a}{b}" for a in ("dal", "fem", "gar", "kit") for b in ("ba", "do", "gi", "ku")]
    for number in range(DAYS * 14):
        day, nth = divmod(number, 14)
        risen = day >= 70 and nth < 4
        spelling = rng.choices(SPELLINGS, (5, 3, 1, 1) if day < 100 else (1, 1, 9, 1))[0]
        title = f"{number}x {spelling if risen or rng.random() < 0.01 else ''} {' '.join(rng.choices(words, k=2))}"
        one = plain_document(
            f"hn:{number:05}",
            title,
            FIRST_DAY + timedelta(days=day),
            author=f"author {rng.randrange(40)}",
            collections=rng.choice(COLLECTIONS[: 3 + (day >= 90)]),
        )
        if nth % 3 == 0:
            one = replace(one, family=Family.ARXIV, kind=Kind.PAPER)
        found.append(one)
        for again in range(rng.choice((0, 0, 0, 1, 6))):
            later = one.first_seen + timedelta(days=rng.randrange(11))
            found.append(
                replace(one, native_id=f"web:{number}-{again}", first_seen=later, collections=("copies",))
            )
    return tuple(d for d in found if d.first_seen < FIRST_DAY + timedelta(days=DAYS))


def replay_of(known: Sequence[Document]) -> Replay:
    stories = gather(known)
    written = mine_written(known, stories)
    series = build_series(written.mentions, stories)
    return Replay(series, publishing_places(known, stories), Parameters(), by_story(written))


def judged(snapshot: Snapshot) -> dict[str, object]:
    """Everything that a snapshot says of its candidates, but the name that they are shown with."""
    everyone = [*(s.candidate for s in snapshot.signals), *snapshot.watch, *snapshot.drops]
    phases = {s.candidate.slug: (s.phase, s.standing, s.onset, s.phase_numbers) for s in snapshot.signals}
    return {c.slug: (_told(c), phases.get(c.slug)) for c in everyone}


def _told(c: Candidate) -> tuple[object, ...]:
    return c.place, c.reason, c.log_e, c.stories, c.expected, c.momentum, c.ratio, c.needed, c.best, c.numbers


@cache
def whole() -> dict[int, Snapshot]:
    replay = replay_of(documents())
    return {day.day: assemble(replay, day) for day in replay.run() if day.day in (75, 85, 104, 111)}


@pytest.mark.parametrize("day", [75, 85, 104, 111])
def test_a_day_of_a_replay_is_what_a_detection_says_that_has_seen_nothing_later(day: int) -> None:
    by_then = FIRST_DAY + timedelta(days=day)
    replay = replay_of([d for d in documents() if d.first_seen <= by_then])
    *_, today = replay.run()
    seen, foreseen = assemble(replay, today), whole()[day]

    assert today.day == day
    assert judged(seen) == judged(foreseen)
    assert (seen.n_topics, seen.n_strata, seen.log_threshold) == (
        foreseen.n_topics,
        foreseen.n_strata,
        foreseen.log_threshold,
    )


def test_what_is_looked_at_does_change_later() -> None:
    """Else the test above could not fail: names, sizes of stories and strata are others in the end."""
    day = 104
    some = [d for d in documents() if d.first_seen <= FIRST_DAY + timedelta(days=day)]
    then, last = replay_of(some), replay_of(documents())
    topics = [replay.series.mentions.topics for replay in (then, last)]
    zorblax = [t.find("zorblax") or 0 for t in topics]

    assert [t.name(n) for t, n in zip(topics, zorblax, strict=True)] == ["Zorb Lax", "ZorbLax"]
    assert [t.early_name(n) for t, n in zip(topics, zorblax, strict=True)] == ["Zorb Lax"] * 2
    n = then.series.stories.n
    assert (then.series.stories.sizes() < last.series.stories.sizes()[:n]).any()
    assert np.array_equal(then.series.stories.sizes(), last.series.stories.sizes(day)[:n])
