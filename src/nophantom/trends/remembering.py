"""What a replay remembers, as text and back: so that the next day need not begin at the first. PURE.

A memory may only be taken up by a replay of the very same past. `digests` says what that is: everything that the days
up to one were reckoned from. Where a document arrives late, a name is found to be another's, a stratum begins or the
code changes, the digest is another, and the replay begins at the first day. So both roads give the same bytes.

Topics and strata are told by name: their numbers change with every document.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from hashlib import blake2b
from typing import Any

import numpy as np
import orjson

from nophantom.trends.baselines import Floats
from nophantom.trends.corpus import Corpus
from nophantom.trends.documents import Document
from nophantom.trends.history import MONTH
from nophantom.trends.parameters import Parameters
from nophantom.trends.phases import Change, ChangeKind, Phase, PhaseNumbers
from nophantom.trends.series import Series
from nophantom.trends.topics import Topics
from nophantom.trends.tracking import Memory, Showings, Tracked


def digests(
    documents: Sequence[Document],
    corpus: Corpus,
    parameters: Parameters,
    days: Iterable[date],
    *,
    code: str,
    begins: Mapping[str, date] | None = None,
) -> dict[date, str]:
    """What the past up to some days was, each as a BLAKE2 hash in hex.

    Args:
        documents: that the corpus was made of, in the order given.
        corpus: as `corpus_of` gave it.
        parameters: what decides.
        days: that are asked for.
        code: what stands for the code that reckons.
        begins: as `corpus_of` was given it.
    """
    series = corpus.series
    first = series.first_day
    known = blake2b(digest_size=32)
    names = [(one.alias, one.into) for one in corpus.counted_as]
    early = sorted((name, day.isoformat()) for name, day in (begins or {}).items() if day < first)
    known.update(orjson.dumps([code, asdict(parameters), names, [*map(list, series.strata)], early]))
    wanted, found = sorted(set(days)), dict[date, str]()
    order = sorted(range(len(documents)), key=lambda i: (documents[i].first_seen, documents[i].native_id))
    story = corpus.series.stories.of_document
    head = corpus.series.stories.representative
    for i in order:
        while wanted and documents[i].first_seen > wanted[0]:
            day = wanted.pop(0)
            found[day] = _on(known, day)
        known.update(orjson.dumps((documents[i], documents[head[story[i]]].native_id)))
    return found | {day: _on(known, day) for day in wanted}


def _on(known: blake2b, day: date) -> str:
    """The hash with the day itself: nothing may have come on it."""
    today = known.copy()
    today.update(day.isoformat().encode())
    return today.hexdigest()


def memory_text(memory: Memory, series: Series) -> bytes:
    """A memory as JSON.

    Args:
        memory: of a replay that has come to a day.
        series: that was replayed.
    """
    slugs, strata = series.mentions.topics.slugs, ["\t".join(stratum) for stratum in series.strata]

    def rates(values: Floats) -> dict[str, float]:
        return {strata[s]: float(values[s]) for s in np.flatnonzero(~np.isnan(values)).tolist()}

    tracked = [
        {
            "topic": slugs[one.topic],
            "onset": one.onset,
            "rates": rates(one.rates),
            "expected": one.expected,
            "phase": one.phase,
            "changes": one.changes,
            "latest": one.latest,
            "shown_days": one.shown_days,
            "told": list(one.told),
        }
        for _, one in sorted(memory.tracked.items())
    ]
    showings = [
        {
            "topic": slugs[topic],
            "days": memory.showings.days(topic),
            "rates": rates(memory.showings.baseline(topic)[0]),
            "expected": memory.showings.baseline(topic)[1],
        }
        for topic in memory.showings.topics()
    ]
    return orjson.dumps(
        {
            "day": memory.day,
            "week": memory.week,
            "slow_phi": None if memory.slow_phi is None else memory.slow_phi.tolist(),
            "tracked": tracked,
            "showings": showings,
            "past": [[slugs[topic], changes] for topic, changes in sorted(memory.past.items())],
        }
    )


def read_memory(text: bytes, series: Series) -> Memory:
    """The memory that `memory_text` told, for a series with the very same past."""
    told = orjson.loads(text)
    number = _numbers_of(series.mentions.topics)
    place = {"\t".join(stratum): s for s, stratum in enumerate(series.strata)}

    def rates(values: Mapping[str, float]) -> Floats:
        found = np.full(len(place), np.nan)
        found[[place[name] for name in values]] = list(values.values())
        return found

    memory = Memory(Showings(MONTH), told["day"], week=told["week"])
    memory.slow_phi = None if told["slow_phi"] is None else np.array(told["slow_phi"])
    for one in told["showings"]:
        memory.showings.recall(number(one["topic"]), one["days"], rates(one["rates"]), one["expected"])
    memory.past.update((number(slug), [*map(_change, changes)]) for slug, changes in told["past"])
    for one in told["tracked"]:
        topic = number(one["topic"])
        memory.tracked[topic] = Tracked(
            topic=topic,
            onset=one["onset"],
            rates=rates(one["rates"]),
            expected=one["expected"],
            phase=Phase(one["phase"]),
            changes=[*map(_change, one["changes"])],
            latest=_numbers(one["latest"]),
            shown_days=one["shown_days"],
            told=deque(None if phase is None else Phase(phase) for phase in one["told"]),
        )
    return memory


def _numbers_of(topics: Topics) -> Callable[[str], int]:
    def number(slug: str) -> int:
        found = topics.at(slug)
        if found is None:  # the digest tells that the past is another
            raise AssertionError(f"{slug!r} is remembered, but no topic of this past")
        return found

    return number


def _numbers(told: Mapping[str, Any]) -> PhaseNumbers:
    since = told["since_onset"]
    return PhaseNumbers(**{**told, "since_onset": None if since is None else tuple(since)})


def _change(told: Mapping[str, Any]) -> Change:
    day, kind = date.fromisoformat(told["day"]), ChangeKind(told["kind"])
    return Change(day, kind, Phase(told["phase"]), _numbers(told["numbers"]))
