"""What is no good input has a defined answer all the same: from archive files over a real store to the snapshot."""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, text
from tests.trends.plain_documents import plain_document

from nophantom.clock import now
from nophantom.errors import InvalidInput, NotFound
from nophantom.publishing.doctor import examine
from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine, reading
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.intake import count_drops
from nophantom.trends.archive.snapshots import snapshot_json
from nophantom.trends.assembly import detect
from nophantom.trends.concluding import Detected, detect_signals
from nophantom.trends.documents import Family, ItemDrop, Kind
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.importing import import_archives
from nophantom.trends.linking import link_stories
from nophantom.trends.mentions import Mentions, distinct
from nophantom.trends.parameters import Parameters
from nophantom.trends.series import build_series
from nophantom.trends.signals import Candidate, Snapshot
from nophantom.trends.stories import gather
from nophantom.trends.topics import Topics

START = date(2021, 3, 1)
DAYS, ONSET = 90, 70
WORDS = [f"{a}{b}" for a in ("dal", "fem", "gar", "kit", "lup", "mor") for b in ("ba", "do", "gi", "ku")]

Title = Callable[[int, int, str], str]
"""The title of the nth document of a day, from what it would be: 0 to 7 are posts, 8 to 13 papers."""


def on(day: int) -> date:
    return START + timedelta(days=day)


def a_line(number: int, day: date, title: str, *, is_paper: bool = False, **changes: Any) -> bytes:
    """A record of an archive."""
    plain = {
        "source": "arxiv" if is_paper else "hackernews",
        "native_id": f"2103.{number:05}" if is_paper else str(number),
        "url": "",
        "title": title,
        "text": "",
        "author": f"author {number % 50}",
        "published_at": str(day),
        "score": None,
        "extra": {"from": ["papers" if is_paper else "posts"]},
    }
    return json.dumps(plain | changes).encode() + b"\n"


def rising(day: int, nth: int, title: str) -> str:
    """From day 70 on a post and a paper a day name Zorblax."""
    return f"Zorblax {title}" if nth in {0, 8} and day >= ONSET else title


def lines(titled: Title = rising, days: Sequence[int] = range(DAYS)) -> list[bytes]:
    """Eight posts and six papers a day of words whose rates never change, and what is put into their titles."""
    rng, found = random.Random(1), []
    for day in range(DAYS):
        for nth in range(14):
            number = 14 * day + nth
            title = titled(day, nth, f"{number}x {' '.join(rng.choices(WORDS, k=2))}")
            found += [a_line(number, on(day), title, is_paper=nth >= 8)] if day in days else []
    return found


def a_store(folder: Path, *archives: Sequence[bytes]) -> Engine:
    """A new store with these archives, imported one after the other."""
    folder.mkdir(exist_ok=True)
    engine = open_engine(f"sqlite:///{folder / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    for number, archive in enumerate(archives):
        path = folder / f"{number}.jsonl"
        path.write_bytes(b"".join(archive))
        assert import_archives(engine, [path])[0].status == "imported"
    return engine


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    """Makes stores, each in a folder of its own: filled(lines, more lines ...)."""
    made: list[Engine] = []

    def fill(*archives: Sequence[bytes]) -> Engine:
        made.append(a_store(tmp_path / f"store {len(made)}", *archives))
        return made[-1]

    yield fill
    for engine in made:
        engine.dispose()


def told(engine: Engine, detected: Detected) -> str:
    """All bytes of a snapshot, from the rows of the store."""
    with reading(engine) as session:
        return snapshot_json(session, detected.recorded.id)


def signals(snapshot: Snapshot) -> list[str]:
    return [one.candidate.slug for one in snapshot.signals]


def others(snapshot: Snapshot) -> dict[str, Candidate]:
    """The candidates that are no signals."""
    return {one.slug: one for one in (*snapshot.watch, *snapshot.drops)}


def rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, without the moment at which it was written."""
    found = {}
    with engine.connect() as connection:
        tables = (
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        )
        for table in sorted(set(tables) - {"sqlite_stat1"}):
            every = connection.execute(text(f'SELECT * FROM "{table}"')).mappings()
            found[table] = sorted(
                (
                    {k: v for k, v in row.items() if not k.endswith("_at") and k not in {"at", "path"}}
                    for row in every
                ),
                key=str,
            )
    return found


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the plain archive, its stories linked, to be copied; nothing was ever detected in it."""
    folder = tmp_path_factory.mktemp("plain")
    engine = a_store(folder, lines())
    link_stories(engine)
    engine.dispose()
    return folder / "nophantom.db"


@pytest.fixture(scope="module")
def calm(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Detected]]:
    """That archive with what is detected in it."""
    engine = open_engine(f"sqlite:///{shutil.copy(plain, tmp_path_factory.mktemp('calm'))}")
    yield engine, detect_signals(engine)
    engine.dispose()


# ---------------------------------------------------------------- too little


def test_before_any_data_there_is_nothing_to_detect_and_one_sentence_says_so(
    filled: Callable[..., Engine],
) -> None:
    empty, some = filled(), filled([a_line(n, on(n), f"{n}x dalba") for n in range(3)])
    before = rows(empty), rows(some)

    for as_of in (None, START, date.min, date.max):
        with pytest.raises(NotFound, match=r"the archive has no documents.*trends import"):
            detect_signals(empty, as_of=as_of)
    for early in (START - timedelta(days=1), date.min):
        with pytest.raises(NotFound, match=f"no documents from .* to {early}"):
            detect_signals(some, as_of=early)
    with pytest.raises(
        InvalidInput, match="the archive ends on 2021-03-03; nothing is known as of 2021-03-04"
    ):
        detect_signals(some, as_of=on(3))
    link_stories(some)
    assert (rows(empty), rows(some)["snapshot"]) == (before[0], [])


@pytest.mark.parametrize("history", [-5, 0, 10**12])
def test_any_length_of_history_is_taken(filled: Callable[..., Engine], history: int) -> None:
    """None is a single day; more than there ever was is all."""
    engine = filled([a_line(n, on(n), f"{n}x dalba") for n in (0, 60)])

    if history > 0:
        assert detect_signals(engine, history_days=history).n_documents == 2
        return
    with pytest.raises(InvalidInput, match="at least 57 days of documents; got 1"):
        detect_signals(engine, history_days=history)


def test_one_document_is_too_little_and_two_far_apart_are_an_empty_snapshot(
    filled: Callable[..., Engine],
) -> None:
    engine = filled([a_line(1, on(0), "Zorblax dalba")])
    with pytest.raises(InvalidInput, match=re.escape("at least 57 days of documents; got 1. Import more")):
        detect_signals(engine)
    assert rows(engine)["snapshot"] == []

    two = filled([a_line(1, on(0), "Zorblax dalba"), a_line(2, on(56), "Zorblax femdo")])
    found = detect_signals(two)

    assert (found.n_documents, found.snapshot.n_stories, found.snapshot.n_topics) == (2, 2, 1)
    assert (found.snapshot.n_candidates, found.snapshot.below_support) == (0, 1)
    assert detect_signals(two).recorded.is_new is False
    assert examine(two, None) == []


def test_a_day_on_which_nothing_came_is_no_evidence_and_can_be_asked_for(
    filled: Callable[..., Engine],
) -> None:
    """Day 85: it is neither refused nor a day of zero stories; and what comes later changes nothing."""
    days = [*range(85), *range(86, DAYS)]
    engine = filled(lines(days=days))
    found = detect_signals(engine, as_of=on(85))
    (zorblax,) = found.snapshot.signals

    assert (found.snapshot.as_of, zorblax.candidate.slug) == (on(85), "zorblax")
    assert zorblax.candidate.stories == 2 * (85 - ONSET)
    last = zorblax.candidate.history[-1]
    assert (last.day, last.stories, last.read) == (on(85), None, 0)
    assert last.expected in {None, 0.0}
    # The day before says the same, but for the window that has moved on.
    eve = detect_signals(engine, as_of=on(84)).snapshot
    assert signals(eve) == ["zorblax"]
    assert zorblax.candidate.log_e == pytest.approx(eve.signals[0].candidate.log_e, rel=0.1)


def test_sources_that_were_silent_for_longer_than_the_slowest_window_say_nothing(
    filled: Callable[..., Engine],
) -> None:
    engine = filled([*lines(days=range(60)), a_line(99_999, on(130), "99999x dalba")])
    snapshot = detect_signals(engine, as_of=on(100)).snapshot

    assert snapshot.n_stories == 14 * 60
    assert (snapshot.n_strata, snapshot.n_candidates) == (0, 0)
    assert snapshot.n_topics == snapshot.below_support > 0


# ---------------------------------------------------------------- too much


def test_a_topic_in_every_document_is_as_usual_and_hides_nothing(filled: Callable[..., Engine]) -> None:
    engine = filled(lines(lambda day, nth, title: f"{rising(day, nth, title)}; Qorvane"))
    snapshot = detect_signals(engine).snapshot
    qorvane = others(snapshot)["qorvane"]

    assert signals(snapshot) == ["zorblax"]
    assert qorvane.reason is CandidateDrop.NOT_SIGNIFICANT
    assert qorvane.stories == 28 * 14
    assert qorvane.expected == pytest.approx(28 * 14, rel=0.03)
    assert qorvane.momentum == pytest.approx((1, 0.83, 1.2), rel=0.05)


def a_million(n_topics: int, per_day: int = 100, days: int = 64) -> Snapshot:
    """Every topic is mentioned by two stories of 64 days, every thousandth by nine more; the last one rises."""
    rng, n = np.random.default_rng(1), per_day * days
    paper: dict[str, Any] = {"family": Family.ARXIV, "kind": Kind.PAPER, "collections": ("papers",)}
    post: dict[str, Any] = {"collections": ("posts",)}
    documents = [
        plain_document(
            f"hn:{i:06}", "", on(i // per_day), author=f"author {i % 50}", **(paper if i % 2 else post)
        )
        for i in range(n)
    ]
    stories = gather(documents, linked=range(n))
    first, second = rng.integers(0, n, n_topics), rng.integers(1, n, n_topics)
    often = np.repeat(np.arange(0, n_topics, 1_000), 9)
    last = np.flatnonzero((stories.day >= days - 10) & (np.arange(n) % per_day < 2))
    keys = distinct(
        np.concatenate(
            [
                np.arange(n_topics) * n + first,
                np.arange(n_topics) * n + (first + second) % n,
                often * n + rng.integers(0, n, len(often)),
                (n_topics - 1) * n + last,
            ]
        )
    )
    slugs = tuple(f"t{topic:07}" for topic in range(n_topics))
    names = Topics(slugs, np.arange(n_topics + 1), slugs, np.full(n_topics, 2, dtype=np.int32))
    mentions = Mentions(names, (keys // n).astype(np.int32), (keys % n).astype(np.int32), n, 0)
    return detect(build_series(mentions, stories), stories.family.astype(np.int64), Parameters())


def test_among_a_million_topics_the_one_that_rises_is_found() -> None:
    """3 CPU seconds and 0.5 GB; what the control asks for grows with the topics, and one alone clears it."""
    snapshot = a_million(1_000_000)

    assert signals(snapshot) == ["t0999999"]
    assert snapshot.log_threshold == pytest.approx(np.log(snapshot.n_topics / (0.1 * 10)))
    assert 990_000 < snapshot.n_topics <= 1_000_000
    assert 500 < snapshot.n_candidates <= 1_001
    assert snapshot.n_topics == snapshot.below_support + snapshot.n_candidates


# ---------------------------------------------------------------- twice, too early, in other words


def test_what_is_imported_again_counts_once(
    filled: Callable[..., Engine], calm: tuple[Engine, Detected]
) -> None:
    """The same file, a part of it, and all of it backwards with every line twice."""
    every = lines()
    engine = filled(every, every[500:900], [line for line in reversed(every) for _ in range(2)])

    detected = detect_signals(engine)

    assert detected.n_documents == len(every)
    assert detected.snapshot == calm[1].snapshot
    assert told(engine, detected) == told(*calm)


def test_documents_dated_in_the_future_are_dropped_and_move_nothing(
    filled: Callable[..., Engine], calm: tuple[Engine, Detected]
) -> None:
    """Published tomorrow, in the year 9999, or seen tomorrow: else the last day of the archive would be that."""
    tomorrow = now().date() + timedelta(days=2)
    ahead = [
        a_line(50_001, tomorrow, "Frabjous dalba"),
        a_line(50_002, date.max, "Frabjous femdo"),
        a_line(50_003, on(80), "Frabjous garki", extra={"from": ["posts"], "seen": str(tomorrow)}),
    ]
    engine = filled([*ahead[:1], *lines(), *ahead[1:]])

    detected = detect_signals(engine)

    with reading(engine) as session:
        assert [(drop.reason, drop.n) for drop in count_drops(session, 1)] == [(ItemDrop.FUTURE_DATE, 3)]
    assert detected.snapshot.as_of == on(DAYS - 1)
    assert told(engine, detected) == told(*calm)


HAN = ("苹果", "桌子", "河流", "山脉", "音乐", "画家", "天空", "森林", "钥匙", "窗户", "帽子", "海洋")


def test_what_rises_is_found_in_a_language_without_spaces_and_one_that_is_not_read_harms_nothing(
    filled: Callable[..., Engine],
) -> None:
    """Chinese is cut into words; of Thai and Japanese only how much was read is known."""
    rng = random.Random(2)

    def titled(day: int, nth: int, title: str) -> str:
        if nth in {6, 7}:
            return ("คู่มือการใช้งาน" if nth == 7 else "はじめてのプログラミング入門") + title.partition("x")[0]
        rises = nth in {0, 8} and day >= ONSET
        return "".join(rng.sample(HAN, 2)) + ("齿轮" if rises else "") + title.partition("x")[0]

    detected = detect_signals(filled(lines(titled)))
    snapshot = detected.snapshot

    assert "齿轮" in signals(snapshot)
    assert {slug for slug in signals(snapshot) if "齿轮" not in slug} == set()
    assert set(HAN) <= others(snapshot).keys()
    assert not [slug for slug in others(snapshot) if not any(word in slug for word in (*HAN, "齿轮"))]
    assert snapshot.n_stories == 14 * DAYS


# ---------------------------------------------------------------- interrupted


PROGRAM = """
import os, signal, sys
from sqlalchemy import event
from nophantom.store.engine import open_engine
from nophantom.trends.concluding import detect_signals

def work(address, moment):
    engine, writes = open_engine(address), [0]
    def kill():
        os.kill(os.getpid(), signal.SIGKILL)
    @event.listens_for(engine, "before_cursor_execute")
    def counts(connection, cursor, statement, *_):
        writes[0] += statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
        if writes[0] == moment:
            kill()
    @event.listens_for(engine, "commit")
    def commits(connection):
        if moment == 0 and writes[0]:
            kill()  # everything is written, nothing committed
    detect_signals(engine)
    os._exit(0)

# Once without a kill, on a store of its own: what is loaded then is there in every child.
warm, all_writes = open_engine(sys.argv[2]), [0]
@event.listens_for(warm, "before_cursor_execute")
def adds(connection, cursor, statement, *_):
    all_writes[0] += statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
detect_signals(warm)
warm.dispose()
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        work(sys.argv[1], all_writes[0] if int(line) < 0 else int(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def check_kills(plain: Path, calm: tuple[Engine, Detected], folder: Path, moments: Sequence[int]) -> None:
    """Killed before the nth write (-1: the last one; 0: before all is committed), nothing of it remains."""
    address, other = (f"sqlite:///{shutil.copy(plain, folder / name)}" for name in ("killed.db", "other.db"))
    engine = open_engine(address)
    before = rows(engine)
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, address, other],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdin is not None
        assert program.stdout is not None
        for moment in moments:
            program.stdin.write(f"{moment}\n")
            program.stdin.flush()
            assert int(program.stdout.readline()) == -signal.SIGKILL, moment
            assert rows(engine) == before
        program.stdin.close()
    assert before["snapshot"] == []

    detected = detect_signals(engine)

    assert detected.recorded == calm[1].recorded
    assert told(engine, detected) == told(*calm)
    assert rows(engine) == rows(calm[0])
    assert examine(engine, None) == []
    engine.dispose()


def test_a_detection_that_is_killed_leaves_nothing_and_runs_again_to_the_same_bytes(
    plain: Path, calm: tuple[Engine, Detected], tmp_path: Path
) -> None:
    check_kills(plain, calm, tmp_path, (8, -1, 0))


@pytest.mark.long
def test_killed_before_every_write_it_leaves_nothing(
    plain: Path, calm: tuple[Engine, Detected], tmp_path: Path
) -> None:
    check_kills(plain, calm, tmp_path, range(15))
