"""A small archive in which topics rise, stay, fall silent or flare up, and at last little is read."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from tests.trends.named_world import WORDS, a_line, import_lines

from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date

DAYS, A_DAY = 134, 14
RISEN: dict[int, tuple[str, Sequence[int]]] = {
    0: ("Quux Vint", range(66, 83)),
    1: ("Ploxter", range(95, DAYS)),
    2: ("Grimwald", range(95, DAYS)),
    3: ("Zanthil", range(109, DAYS)),
    4: ("Trellick", range(66, DAYS)),
    5: ("Yarrowen", (108, 119, 120, 121)),
}
"""By the place among the posts of a day, and 8 further among its papers: a name, and the days on which it is told."""
LITTLE_FROM = 124
"""From this day on one post and one paper a day are read instead of eight and six."""


def fated_lines() -> list[bytes]:
    """Words whose rates never change, and the topics of `RISEN`."""
    rng, found = random.Random(5), []
    for number in range(A_DAY * DAYS):
        day, nth = divmod(number, A_DAY)
        name, days = RISEN.get(nth % 8, ("", range(0)))
        title = f"{number}x {name if day in days else ''} {' '.join(rng.choices(WORDS, k=2))}"
        if day < LITTLE_FROM or nth % 8 == 1:
            found.append(a_line(number, day, title, is_paper=nth >= 8))
    return found


def a_fated_store(folder: Path) -> None:
    """The archive in a new store, `nophantom.db` in the folder; nothing was detected in it."""
    engine = open_engine(f"sqlite:///{folder / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    import_lines(engine, folder / "lines.jsonl", fated_lines())
    engine.dispose()
