"""A crowded archive: a simulated snapshot with as many signals as a large installation has.

Nothing in it was detected. It is there to try pages, API and store at that size, for people and for tests;
like everything simulated it is labelled so wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import numpy as np
import orjson
from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.intake import read_documents
from nophantom.trends.archive.recording import RecordedSnapshot, record_snapshot
from nophantom.trends.documents import Kind
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.history import HistoryDay
from nophantom.trends.importing import import_archives
from nophantom.trends.parameters import Parameters
from nophantom.trends.phases import Phase, PhaseNumbers, Standing
from nophantom.trends.products import Product
from nophantom.trends.relations import Related
from nophantom.trends.signals import Candidate, Place, Signal, Snapshot
from nophantom.trends.worlds import TrendWorld, is_simulated

AS_OF = date(2001, 12, 31)
_SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu")
_WITH_HISTORY = 20
_DAYS = 112
_SMALL = TrendWorld(planted=())
_DOCUMENTS = 300


def crowd(
    engine: Engine,
    folder: Path,
    *,
    signals: int,
    watch: int = 200,
    drops: int = 200,
    seed: int = 1,
    as_of: date = AS_OF,
) -> RecordedSnapshot:
    """Store a snapshot with so many signals, watched topics and drops.

    Numbers, phases and reasons are drawn so that every filter and every sort has something to do; many rows
    tie on purpose.

    Args:
        engine: the store, its tables up to date.
        folder: where the archive of its documents is written.
        signals: how many.
        watch: how many undecided topics.
        drops: how many candidates with a reason.
        seed: of the draw; the same gives the same snapshot.
        as_of: its day.
    """
    rng = np.random.default_rng(seed)
    documents = _documents(engine, folder)
    names = _names()
    drawn = [
        _candidate(rng, number, next(names), place, len(documents), as_of)
        for place, n in ((Place.SIGNAL, signals), (Place.WATCH, watch), (Place.DROP, drops))
        for number in range(n)
    ]
    found = _with_neighbours([_signal(rng, c, as_of) for c in drawn if c.place is Place.SIGNAL])
    n_topics = len(drawn) + 12_345
    snapshot = Snapshot(
        as_of=as_of,
        parameters=Parameters(),
        n_stories=len(documents),
        n_topics=n_topics,
        n_strata=40,
        below_support=n_topics - len(drawn),
        log_threshold=7.5,
        signals=tuple(found),
        watch=_with_parts([c for c in drawn if c.place is Place.WATCH]),
        drops=_told_by([c for c in drawn if c.place is Place.DROP], drawn[0].slug),
    )
    with writing(engine) as session:
        return record_snapshot(
            session,
            snapshot,
            n_documents=len(documents),
            documents_of=lambda story: documents[story],
            spellings=lambda _: (),
            at=now(),
            simulated=True,
        )


def _with_parts(watch: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The watch list where every fifth is said to be a fragment of the one before it."""
    return tuple(
        replace(c, numbers={**c.numbers, "part_of": watch[n - 1].slug}) if n % 5 == 4 else c
        for n, c in enumerate(watch)
    )


def _told_by(drops: Sequence[Candidate], teller: str) -> tuple[Candidate, ...]:
    """The drops where those that another topic tells say that it is this one."""
    numbers = {"merged_into": teller, "merged_share": 0.8}
    return tuple(
        replace(c, numbers={**c.numbers, **numbers}) if c.reason is CandidateDrop.MERGED_INTO else c
        for c in drops
    )


def _documents(engine: Engine, folder: Path) -> list[int]:
    """Numbers of a few simulated documents that all of the crowd stands on."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / "simulated-crowd.jsonl"
    records = (
        record for record, _ in zip(_SMALL.records(np.random.default_rng(0)), range(_DOCUMENTS), strict=False)
    )
    archive.write_bytes(b"\n".join(orjson.dumps(record) for record in records) + b"\n")
    import_archives(engine, [archive])
    with reading(engine) as session:
        found = read_documents(session)
        return [number for number, document in found if is_simulated(document)][:_DOCUMENTS]


def _names() -> Iterator[str]:
    """Different words without end, some of them with capitals."""
    for length in range(3, 9):
        for number, syllables in enumerate(product(_SYLLABLES, repeat=length)):
            word = "".join(syllables)
            yield word.capitalize() if number % 3 == 0 else word


def _candidate(
    rng: np.random.Generator, number: int, name: str, place: Place, n_documents: int, as_of: date
) -> Candidate:
    stories = int(rng.integers(3, 400))
    expected = float(rng.gamma(2.0, 2.0))
    momentum = float(np.round(rng.gamma(3.0, 2.0), 1))  # rounded, so that there are ties
    ratio = stories / max(expected, 0.1)
    log_e = float(rng.normal(30.0 if place is Place.SIGNAL else 1.0, 8.0 if place is Place.SIGNAL else 2.0))
    reasons = [reason for reason in CandidateDrop if reason is not CandidateDrop.BELOW_MIN_SUPPORT]
    first = int(rng.integers(0, n_documents - 3))
    return Candidate(
        topic=number,
        slug=name.lower(),
        name=name,
        place=place,
        reason=reasons[number % len(reasons)] if place is Place.DROP else None,
        log_e=log_e,
        stories=stories,
        expected=expected,
        momentum=(momentum, momentum * 0.7, momentum * 1.4),
        ratio=(ratio, ratio * 0.8, ratio * 1.2),
        needed=int(rng.integers(1, 40)) if place is Place.WATCH and number % 4 else None,
        numbers=_numbers(rng, stories, expected) | ({"phase": Phase.GROWING} if place is Place.WATCH else {}),
        best=(first, first + 1, first + 2),
        history=_history(rng, stories, expected, as_of)
        if place is not Place.DROP and number < _WITH_HISTORY
        else (),
        families=1 + number % 3,
    )


def _numbers(rng: np.random.Generator, stories: int, expected: float) -> dict[str, object]:
    return {
        "active_days": int(rng.integers(1, 15)),
        "authors": int(rng.integers(1, 60)),
        "sources": int(rng.integers(1, 8)),
        "technology": int(rng.integers(0, 40)),
        "news_share": float(rng.random()),
        "largest_story_share": float(rng.random()),
        "seasonal_ratio": float(rng.gamma(1.0, 1.0)),
        "generic": float(stories % 7 == 0),
        "arithmetic": {
            "window_days": 7,
            "factor": 3.0,
            "log_likelihood_ratio": float(rng.gamma(3.0, 5.0)),
            "strata": [
                {
                    "stratum": "github / trending / rust",
                    "baseline_stories": expected * 10,
                    "baseline_read": 50_000.0,
                    "stories": float(stories),
                    "read": 4_000.0,
                    "expected": expected,
                    "overdispersion": 1.2,
                }
            ],
        },
    }


def _history(rng: np.random.Generator, stories: int, expected: float, as_of: date) -> tuple[HistoryDay, ...]:
    """Days whose last 28 hold the stories of the candidate; a gap of three days far before."""
    recent = rng.multinomial(stories, np.full(28, 1 / 28))
    days = []
    for age in range(_DAYS - 1, -1, -1):
        on = as_of - timedelta(days=age)
        if 60 <= age < 63:
            days.append(HistoryDay(on, None, None, 0))
            continue
        told = int(recent[27 - age]) if age < 28 else int(rng.poisson(expected / 28))
        days.append(HistoryDay(on, told, expected / 28, 140 + int(rng.integers(0, 20))))
    return tuple(days)


def _signal(rng: np.random.Generator, candidate: Candidate, as_of: date) -> Signal:
    number = candidate.topic
    phase = (Phase.EMERGING, Phase.EMERGING, Phase.GROWING, Phase.MATURE, Phase.DECLINING)[number % 5]
    age = int(rng.integers(0, 90 if phase is Phase.EMERGING else 700))
    return Signal(
        candidate=candidate,
        standing=Standing.SHOWN if number % 7 == 0 else Standing.CONFIRMED,
        phase=phase,
        phase_numbers=PhaseNumbers(False, candidate.expected, age, 0.8, 1.9),
        onset=as_of - timedelta(days=age),
        shown_days=int(rng.integers(1, 30)),
        stories=candidate.best,
        products=_products(candidate, as_of),
    )


def _products(candidate: Candidate, as_of: date) -> tuple[Product, ...]:
    """A repository that bears the name; of every other one a paper that does not."""
    first, slug = as_of - timedelta(days=40), candidate.slug
    told = [
        (f"github:crowd/{slug}", Kind.REPOSITORY, f"crowd/{slug}", True, 3),
        (
            f"arxiv:0112.{candidate.topic % 10_000:04}",
            Kind.PAPER,
            f"On the Use of {candidate.name}",
            False,
            1,
        ),
    ]
    return tuple(
        Product(native_id, kind, title, is_named, first, as_of, (native_id,) * n)
        for native_id, kind, title, is_named, n in told[: 1 + candidate.topic % 2]
    )


def _with_neighbours(found: Sequence[Signal]) -> list[Signal]:
    """Every third signal is told together with the one before it."""
    return [
        replace(signal, related=_related(found[n - 1].candidate)) if n and n % 3 == 0 else signal
        for n, signal in enumerate(found)
    ]


def _related(other: Candidate) -> tuple[Related, ...]:
    return (Related(other.topic, other.slug, 3, other.stories, 12.5, 3.4),)
