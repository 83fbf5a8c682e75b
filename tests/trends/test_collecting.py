"""Collecting under every fault: no crash, each item accounted for, health that tells the truth, the right next visit."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, event
from tests.trends.collecting_home import NOON, Clock, Home, fetcher, news, written
from tests.trends.fault_server import ETAG, FaultServer, Sent, entry, fault_server, feed

from nophantom.settings import MIGRATIONS
from nophantom.store.blobs import Blobs
from nophantom.store.engine import open_engine, reading
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.source_rows import SourceRow, VisitRow
from nophantom.trends.archive.source_tables import SourceState
from nophantom.trends.archive.sources import change_state, page_sources
from nophantom.trends.collecting import Collected
from nophantom.trends.documents import ItemDrop
from nophantom.trends.exchange import Trouble

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    """One that looks like sixty hosts."""
    with fault_server(hosts=60) as running:
        yield running


@pytest.fixture(autouse=True)
def _forgotten(server: FaultServer) -> None:
    server.asked.clear()
    server.requests.clear()
    server.pages.clear()


@pytest.fixture
def home(sqlite_engine: Engine, server: FaultServer) -> Home:
    return Home(sqlite_engine, server)


class Fault(NamedTuple):
    """A fault, and what a visit to it must come to.

    Attributes:
        path: at the server, or an address.
        trouble: None where there is none.
        books: items, documents, duplicates, drops; documents that several faults send count as either.
        after: seconds until the next visit, at least; a tenth more at most.
        told: a piece of what is told.
    """

    path: str
    trouble: Trouble | None
    books: tuple[int, int, int] = (0, 0, 0)
    after: float = 15 * MINUTE
    told: str = ""


# Ten items an hour apart, the newest 27 hours ago: a tenth of the silence. One item of midnight: of 36 hours.
WELL, OLDER = 2.7 * HOUR, 3.6 * HOUR
T = Trouble
FAULTS = (
    Fault("/ok", None, (10, 10, 0), WELL),
    Fault("/gzip", None, (10, 10, 0), WELL),
    Fault("/304", None, (10, 10, 0), WELL),
    Fault("/wrong-charset", None, (10, 10, 0), WELL),
    Fault("/wrong-type", None, (10, 10, 0), WELL),
    Fault("/invalid-xml", None, (10, 10, 0), WELL),
    Fault("/flaky/503/1", None, (10, 10, 0), WELL),
    Fault("/redirect/302?to=/ok", None, (10, 10, 0), WELL),
    Fault("/duplicate-ids", None, (5, 5, 0), 3.2 * HOUR),
    Fault("/missing-ids", None, (5, 5, 0), 3.2 * HOUR),
    Fault("/future", None, (2, 1, 1), OLDER),
    Fault("/1970", None, (2, 1, 1), OLDER),
    Fault("/entities", None, (1, 1, 0), 3 * HOUR),
    Fault("/429", T.RATE_LIMITED, told="status 429"),
    Fault("/403-secondary", T.RATE_LIMITED, after=2 * HOUR, told="secondary rate limit"),
    Fault("/rest/429/3600", T.RATE_LIMITED, after=HOUR, told="status 429"),
    Fault("/rest/403/90000", T.RATE_LIMITED, after=25 * HOUR, told="status 403"),
    Fault("/rest/503/7200", T.SERVER_ERROR, after=2 * HOUR, told="status 503"),
    Fault("/rest/503/Sat,%2003%20Jan%202026%2012:00:00%20GMT", T.SERVER_ERROR, after=DAY, told="status 503"),
    Fault("/status/500", T.SERVER_ERROR, told="status 500"),
    Fault("/status/503", T.SERVER_ERROR, told="status 503"),
    Fault("/status/403", T.FORBIDDEN, told="status 403"),
    Fault("/status/401", T.FORBIDDEN, told="status 401"),
    Fault("/status/404", T.NOT_FOUND, told="status 404"),
    Fault("/status/410", T.GONE, told="status 410"),
    Fault("/cut-off", T.CUT_OFF, told="closed"),
    Fault("/cut-off-gzip", T.CUT_OFF, told="ends early"),
    Fault("/hang-up", T.CUT_OFF, told="without sending"),
    Fault("/bomb", T.TOO_LARGE, told="16,777,216 bytes"),
    Fault("/endless", T.TOO_LARGE, told="16,777,216 bytes"),
    Fault("/page", T.WRONG_CONTENT, told="a page instead of a feed"),
    Fault("/empty", T.UNREADABLE, told="nothing in it"),
    Fault("/not-http", T.WRONG_CONTENT, told="no answer in HTTP"),
    Fault("/loop", T.REDIRECT_LOOP, told="in a circle"),
    Fault("/private", T.BLOCKED_ADDRESS, told="private"),
    Fault("/metadata", T.BLOCKED_ADDRESS, told="link-local"),
    Fault("/file", T.UNREACHABLE, told="no web address"),
    Fault("/nowhere", T.SERVER_ERROR, told="status 302"),
    Fault("http://gone.example/feed", T.UNREACHABLE, told="no such host"),
)
SLOW = (
    Fault("/hang", T.TIMEOUT, told="not a byte for"),
    Fault("/drip", T.TIMEOUT, told="no whole answer within"),
)
TLS = Fault("https", T.TLS, told="wrong version number")
EVERY = (*FAULTS, *SLOW, TLS)


@dataclass
class Run:
    """What two rounds of visits to every fault came to, the second eight days after the first."""

    home: Home
    numbers: dict[str, int]
    done: list[Collected]
    after: list[dict[str, tuple[SourceRow, VisitRow]]]
    items: list[int]
    moments: tuple[datetime, datetime]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, server: FaultServer) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("faults")
    engine = open_engine(f"sqlite:///{folder / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    home = Home(engine, server, bodies=Blobs(folder / "bodies"))
    # Each at a host of its own, so that one that asks to be left alone speaks for itself.
    numbers = {fault.path: home.follow(fault.path, host=n)[0] for n, fault in enumerate((*FAULTS, *SLOW))}
    (numbers["https"],) = home.follow(server.url("/ok", 59).replace("http:", "https:"))
    slow = [numbers[fault.path] for fault in SLOW]
    rest = [number for number in numbers.values() if number not in slow]
    server.asked.clear()
    found = Run(home, numbers, [], [], [], (NOON, NOON + timedelta(days=8)))
    for moment in found.moments:
        home.clock.moment = moment
        found.done += [home.collect(*rest), home.collect(*slow, seconds=0.3)]
        found.after.append(
            {path: (home.source(number), home.visits(number)[0]) for path, number in numbers.items()}
        )
        found.items.append(home.count("item"))
    yield found
    engine.dispose()


@pytest.mark.parametrize("fault", EVERY, ids=lambda fault: fault.path)
def test_after_every_fault_books_health_and_the_next_visit_are_right(run: Run, fault: Fault) -> None:
    source, visit = run.after[0][fault.path]
    items, known, drops = fault.books
    assert (visit.items, visit.documents + visit.duplicates, visit.drops) == (items, known, drops)
    assert (source.trouble, source.failures) == (fault.trouble, int(fault.trouble is not None))
    assert (source.last_at, source.last_ok_at) == (NOON, None if fault.trouble else NOON)
    assert (visit.outcome, visit.trouble) == ("failed" if fault.trouble else "complete", fault.trouble)
    assert fault.told in (source.told or "")
    assert "\n" not in (source.told or "")
    assert source.next_at is not None
    assert fault.after <= (source.next_at - NOON).total_seconds() <= 1.1 * fault.after
    expected = SourceState.RETIRED if fault.trouble is Trouble.GONE else SourceState.ACTIVE
    assert source.state is expected


@pytest.mark.parametrize("fault", EVERY, ids=lambda fault: fault.path)
def test_a_second_visit_writes_nothing_twice_and_failures_wait_twice_as_long(run: Run, fault: Fault) -> None:
    source, visit = run.after[1][fault.path]
    first, _ = run.after[0][fault.path]
    at = run.moments[1]
    if fault.trouble is Trouble.GONE:  # never visited again
        assert (source, visit) == run.after[0][fault.path]
        return
    assert (source.last_at, visit.documents) == (at, 0)
    assert source.next_at is not None
    if fault.trouble is None:
        assert (source.failures, source.last_ok_at, source.last_new_at) == (0, at, first.last_new_at)
        # Silent for nine days by now: once a day.
        assert 18 * HOUR <= (source.next_at - at).total_seconds() <= 1.1 * DAY
        return
    assert (source.failures, source.trouble, source.last_ok_at) == (2, fault.trouble, None)
    wait = fault.after if fault.after > 15 * MINUTE else 30 * MINUTE
    if "GMT" in fault.path:  # that day has come
        wait = 30 * MINUTE
    assert wait <= (source.next_at - at).total_seconds() <= 1.1 * wait


def test_the_sums_of_all_faults_are_those_of_the_visits_and_the_doctor_finds_nothing(run: Run) -> None:
    first = run.done[0]
    healthy = [fault for fault in EVERY if fault.trouble is None]
    assert (first.visits, first.fetched) == (len(FAULTS) + 1, len(healthy))
    assert first.failed == first.visits - first.fetched == first.troubles.total()
    assert first.items == sum(fault.books[0] for fault in healthy)
    assert first.drops == {ItemDrop.FUTURE_DATE: 1, ItemDrop.BAD_DATE: 1}
    assert run.done[1].troubles == {Trouble.TIMEOUT: 2}
    assert run.home.violations() == []
    # Eight feeds with the same ten items, and what the others send; each once.
    assert run.home.count("document") == first.documents == 10 + 1 + 5 + 1 + 1 + 1
    # At the second visit all of it is unchanged, but for the feed that holds an item of another century.
    second = run.done[2]
    assert (second.unchanged, second.fetched, second.documents) == (len(healthy) - 1, 1, 0)
    assert run.items[1] == run.items[0]


def test_what_came_is_kept_as_it_came_and_no_file_of_this_machine_is_in_it(run: Run) -> None:
    rows = run.home.ask("SELECT DISTINCT sha256, n_bytes FROM answer")
    assert len(rows) > 10
    assert run.home.bodies is not None
    assert all(len(run.home.bodies.get(digest)) == n_bytes for digest, n_bytes in rows if n_bytes)
    ((title, text),) = run.home.ask(
        "SELECT title, text FROM document WHERE length(title) > 60 OR title LIKE '%root:%'"
    ) or [("", "")]
    assert "root:" not in title + text


def test_a_feed_of_ten_megabytes_is_read_whole(home: Home) -> None:
    listed = "".join(
        entry(f"big-{n}", f"News {n}").replace("What happened", "word " * 800) for n in range(2_500)
    )
    home.play("/big", Sent(body=feed(entries=listed)))
    (number,) = home.follow("/big")
    done = home.collect()
    assert (done.items, done.documents, home.source(number).trouble) == (2_500, 2_500, None)
    assert home.visits(number)[0].n_bytes > 10_000_000
    assert home.count("sighting") == 0  # more than are remembered
    assert home.later().unchanged == 1
    home.play("/big", Sent(body=feed(entries=entry("big-new", "One more") + listed)))
    again = home.later()
    assert (again.documents, again.duplicates) == (1, 2_500)
    assert home.violations() == []


@pytest.mark.long
def test_a_feed_of_ten_megabytes_of_small_items_is_read_whole(home: Home) -> None:
    home.follow("/10mb")
    assert home.collect().documents == 42_000
    assert home.violations() == []
