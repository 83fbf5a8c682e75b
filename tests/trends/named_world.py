"""A small archive in which a topic rises that has two names, and an acronym stands for two things."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Engine

from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.importing import import_archives

START, DAYS, ONSET = date(2021, 1, 1), 100, 66
WORDS = [f"{a}{b}" for a in ("dal", "fem", "gar", "kit", "lup", "mor") for b in ("ba", "do", "gi", "ku")]


def on(day: int) -> date:
    return START + timedelta(days=day)


def a_line(number: int, day: int, title: str, *, is_paper: bool) -> bytes:
    told = {
        "source": "arxiv" if is_paper else "hackernews",
        "native_id": f"2101.{number:05}" if is_paper else str(number),
        "url": "",
        "title": title,
        "text": "",
        "author": f"author {number % 50}",
        "published_at": str(on(day)),
        "score": None,
        "extra": {"from": ["papers" if is_paper else "posts"]},
    }
    return json.dumps(told).encode() + b"\n"


def lines() -> list[bytes]:
    """Words whose rates never change, and Quux Vint, which rises from day 66 on and is also called QV.

    Three papers say that MX is the Mab Xor, three that it is the Mel Xin.
    """
    rng, found = random.Random(3), []
    for number in range(14 * DAYS):
        day, nth = divmod(number, 14)
        name = ("Quux Vint (QV)", "QV", "Quux Vint")[day % 3] if nth in {0, 8} and day >= ONSET else ""
        if nth == 9 and day % 10 == 5:
            name = ("Mab Xor (MX)", "Mel Xin (MX)")[day // 10 % 2]
        title = f"{number}x {name} {' '.join(rng.choices(WORDS, k=2))}"
        found.append(a_line(number, day, title, is_paper=nth >= 8))
    return found


def import_lines(engine: Engine, path: Path, told: list[bytes]) -> None:
    path.write_bytes(b"".join(told))
    assert import_archives(engine, [path])[0].status == "imported"


def a_named_store(folder: Path) -> None:
    """The archive in a new store, `nophantom.db` in the folder; nothing was detected in it."""
    engine = open_engine(f"sqlite:///{folder / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    import_lines(engine, folder / "lines.jsonl", lines())
    engine.dispose()
