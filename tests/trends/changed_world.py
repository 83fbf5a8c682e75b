"""Two stored snapshots, and what became of the signals of the first: each fate once, by hand."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine
from tests.trends.recommended_world import AT, DAY, Planted, add_documents, add_snapshot

from nophantom.store.canonical import canonical_json
from nophantom.store.engine import writing
from nophantom.trends.archive.changes import record_changes
from nophantom.trends.fates import Fate, SignalFate, Withdrawal
from nophantom.trends.parameters import Parameters
from nophantom.trends.phases import Phase, Standing

LATER = DAY + timedelta(1)
PARAMETERS = canonical_json({k: v for k, v in asdict(Parameters()).items() if k != "decisions"})
ZORB = Planted("zorb", (1, 2))
GONE = tuple(Planted(slug) for slug in ("merged", "corrected", "ended", "old"))
FLASH = Planted("flash", standing=Standing.SHOWN)
NOW: dict[str, Any] = {"place": None, "gate": None, "told_by": None, "stories": None, "log_e": None}
NUMBERS: dict[str, dict[str, Any]] = {
    "merged": {"into": "zorb", "into_name": "Zorb", "stories": 7, "kind": None, "decision": 3},
    "corrected": {"documents": 5, "counted": 2, "joined": 3, "not_told": 0, "not_read": 0},
    "ended": {"day": str(LATER), "since_onset": [0.8, 0.2, 1.2], **NOW},
    "old": {"reads_from": "2022-10-01", "begins": "2022-11-26"},
    "flash": {**NOW, "place": "watch", "stories": 4, "log_e": 1.0, "log_threshold": 3.0},
}


def fate(planted: Planted, word: Fate, reason: Withdrawal | None = None) -> SignalFate:
    """Of a signal that is none any more."""
    return SignalFate(
        slug=planted.slug,
        name=planted.slug.title(),
        fate=word,
        reason=reason,
        onset=planted.onset,
        standing_before=planted.standing,
        phase_before=planted.phase,
        standing=None,
        phase=None,
        numbers=NUMBERS[planted.slug],
    )


def fates(before: date = DAY) -> tuple[SignalFate, ...]:
    """What became of each; `fresh` is new, and the phase of `zorb` is another."""
    merged, corrected, ended, old = GONE
    stays = replace(fate(FLASH, Fate.STILL), slug="zorb", name="Zorb", numbers={})
    stays = replace(
        stays, standing_before=Standing.CONFIRMED, standing=Standing.CONFIRMED, phase=Phase.GROWING
    )
    fresh = replace(stays, slug="fresh", name="Fresh", fate=Fate.NEW, onset=before)
    return (
        fate(corrected, Fate.WITHDRAWN, Withdrawal.CORRECTED),
        fate(merged, Fate.WITHDRAWN, Withdrawal.MERGED),
        fate(ended, Fate.ENDED),
        fate(old, Fate.BEYOND_HISTORY),
        fate(FLASH, Fate.NOT_SHOWN),
        replace(fresh, standing_before=None, phase_before=None, standing=Standing.SHOWN),
        stays,
    )


def changed_world(engine: Engine) -> Engine:
    """Snapshot 1 of `DAY` and snapshot 2 of `LATER`, compared."""
    add_documents(engine)
    add_snapshot(engine, [ZORB, *GONE, FLASH], parameters=PARAMETERS)
    fresh = Planted("fresh", standing=Standing.SHOWN)
    add_snapshot(engine, [replace(ZORB, phase=Phase.GROWING), fresh], as_of=LATER, parameters=PARAMETERS)
    with writing(engine) as session:
        assert record_changes(session, 2, 1, fates(), at=AT)
    return engine
