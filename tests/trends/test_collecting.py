"""Collecting under every fault: no crash, each item accounted for, true health, the right next visit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

import pytest
from sqlalchemy import Engine
from tests.trends.collecting_home import NOON, Home, news, written
from tests.trends.fault_server import ETAG, FaultServer, Sent, entry, fault_server, feed

from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine, reading, writing
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.bodies import Bodies
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
    home = Home(engine, server, bodies=Bodies(folder / "bodies"))
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
        # Silent for nine days by now: once a day. Of the one without any date nothing is known.
        least = 3 * HOUR if fault.path == "/entities" else 18 * HOUR
        assert least <= (source.next_at - at).total_seconds() <= 1.1 * DAY
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
    # At the second visit all of it is unchanged, also the feed that holds an item of another century.
    second = run.done[2]
    assert (second.unchanged, second.fetched, second.documents) == (len(healthy), 0, 0)
    assert run.items[1] == run.items[0]


def test_what_came_is_kept_as_it_came_and_no_file_of_this_machine_is_in_it(run: Run) -> None:
    rows = run.home.ask("SELECT DISTINCT sha256, n_bytes FROM answer")
    assert len(rows) == 10  # eight feeds that are one, or nearly; what brought nothing but trouble has none
    assert run.home.bodies is not None
    assert all(len(run.home.bodies.get(digest)) == n_bytes for digest, n_bytes in rows if n_bytes)
    assert (
        run.home.ask("SELECT 1 FROM document WHERE title || text LIKE '%root:%' OR length(title) > 1000")
        == []
    )


def test_a_feed_of_ten_megabytes_is_read_whole(home: Home) -> None:
    listed = "".join(
        entry(f"big-{n}", f"News {n}").replace("What happened", "word " * 7_000) for n in range(300)
    )
    home.play("/big", Sent(body=feed(entries=listed)))
    (number,) = home.follow("/big")
    done = home.collect()
    assert (done.items, done.documents, home.source(number).trouble) == (300, 300, None)
    assert home.visits(number)[0].n_bytes > 10_000_000
    assert home.later().unchanged == 1
    home.play("/big", Sent(body=feed(entries=entry("big-new", "One more") + listed)))
    again = home.later()
    assert (again.documents, again.duplicates) == (1, 300)
    assert home.violations() == []


@pytest.mark.long
def test_a_feed_of_ten_megabytes_of_small_items_is_read_whole(home: Home) -> None:
    home.follow("/10mb")
    assert home.collect().documents == 42_000
    assert home.violations() == []


def test_one_new_item_is_one_new_document_and_the_rest_is_counted_again_without_rows(home: Home) -> None:
    home.play("/f", news("a", "b"), news("c", "a", "b"))
    (number,) = home.follow("/f")
    assert (home.collect().documents, home.count("item")) == (2, 2)
    done = home.later()
    assert (done.documents, done.duplicates, home.count("item"), home.count("document")) == (1, 2, 3, 3)
    assert home.ask('SELECT items, documents, again_duplicates, again_drops FROM "fetch" ORDER BY id') == [
        (2, 2, 0, 0),
        (3, 1, 2, 0),
    ]
    assert home.source(number).last_new_at == home.clock()
    assert home.violations() == []


@pytest.mark.parametrize("path", ["/304", "/ok"])
def test_what_has_not_changed_is_told_by_its_etag_or_by_its_body_and_read_no_more(
    home: Home, path: str
) -> None:
    (number,) = home.follow(path)
    home.collect()
    brought = home.source(number).last_new_at
    for _ in range(2):
        done = home.later()
        assert (done.unchanged, done.items, home.source(number).last_ok_at) == (1, 0, home.clock())
    assert home.source(number).last_new_at == brought
    assert home.server.requests[-1].headers.get("if-none-match") == (ETAG if path == "/304" else None)
    assert home.count("item") == 10


def test_what_a_feed_says_of_its_times_holds_while_it_is_unchanged_and_while_it_fails(home: Home) -> None:
    slow = feed().replace(
        b"<link>https://feed", b"<ttl>1200</ttl><skipDays><day>Sunday</day></skipDays><link>https://feed", 1
    )
    home.play("/slow", Sent(body=slow), Sent(body=slow), Sent(500))
    (number,) = home.follow("/slow")
    for _ in range(3):
        home.collect(number)
        source = home.source(number)
        assert source.next_at is not None
        assert source.next_at - home.clock() >= timedelta(hours=20)
        assert source.next_at.weekday() != 6
        home.clock.moment = source.next_at
    assert home.source(number).trouble is Trouble.SERVER_ERROR


def test_a_feed_that_moved_is_followed_after_three_visits_and_not_before(home: Home) -> None:
    home.play("/old", Sent(301, b"", {"location": "/new"}))
    home.play("/new", news("a"), news("a"), news("b", "a"))
    (number,) = home.follow("/old")
    for seen in (1, 2):
        home.later(number)
        source = home.source(number)
        assert (source.address, source.moved_seen) == (home.server.url("/old"), seen)
        assert source.moved_to == home.server.url("/new")
    home.later(number)
    source = home.source(number)
    assert (source.address, source.moved_to, source.moved_seen) == (home.server.url("/new"), None, 0)
    home.later()
    assert (home.server.asked["/old"], home.server.asked["/new"]) == (3, 4)
    assert home.count("document") == 2
    # Under either address it is the source that is there.
    assert home.follow("/old") == home.follow("/new") == ()


def test_entries_without_an_address_stay_the_same_documents_when_their_feed_moves(home: Home) -> None:
    entries = "".join(
        f'<item><title>News {n}</title><guid isPermaLink="false">n{n}</guid></item>' for n in (1, 2)
    )
    home.play("/old", Sent(301, b"", {"location": "/new"}))
    home.play("/new", Sent(body=feed(entries=entries)))
    (number,) = home.follow("/old")
    for _ in range(4):
        home.later(number)
    assert home.source(number).address == home.server.url("/new")
    assert home.count("document") == 2


def test_a_move_that_is_taken_back_begins_anew(home: Home) -> None:
    away, back = Sent(301, b"", {"location": "/new"}), news("a")
    home.play("/old", away, away, back, away, away, back)
    home.play("/new", news("a"))
    (number,) = home.follow("/old")
    for seen in (1, 2, 0, 1, 2, 0):
        home.later(number)
        assert home.source(number).moved_seen == seen
    assert home.source(number).address == home.server.url("/old")


def test_a_move_for_a_while_is_no_move(home: Home) -> None:
    (number,) = home.follow("/redirect/302?to=/ok")
    for _ in range(4):
        home.later(number)
    assert (home.source(number).moved_to, home.source(number).moved_seen) == (None, 0)


def test_a_feed_under_two_addresses_that_lead_to_one_is_one_source_in_the_end(home: Home) -> None:
    for path in ("/one", "/two"):
        home.play(path, Sent(301, b"", {"location": "/both"}))
    home.play("/both", news("a", "b"))
    first, second = home.follow("/one", "/two")
    for _ in range(3):
        home.later(first, second)
    states = sorted(
        (home.source(number).state.value, home.source(number).state_why) for number in (first, second)
    )
    assert [state for state, _ in states] == ["active", "retired"]
    assert "moved to" in str(states[1][1])
    home.later()
    assert (home.count("document"), home.count("source_health"), home.server.asked["/both"]) == (2, 2, 7)
    assert home.violations() == []


def test_what_is_gone_is_asked_no_more_until_a_person_says_so(home: Home) -> None:
    home.play("/f", news("a"), Sent(410), news("b"))
    (number,) = home.follow("/f")
    home.collect()
    home.later()
    source = home.source(number)
    assert (source.state, source.trouble) == (SourceState.RETIRED, Trouble.GONE)
    assert "410" in str(source.state_why)
    assert home.later(number, hours=9_000).visits == 0
    assert home.server.asked["/f"] == 2
    with writing(home.engine) as session:
        change_state(session, number, SourceState.ACTIVE, None, at=home.clock())
    assert home.collect().documents == 1
    assert home.violations() == []


def test_an_article_of_two_sources_is_one_document_in_two_collections(home: Home) -> None:
    home.play("/a", news("same", "a"))
    home.play("/b", news("same", "b"))
    home.follow("/a", kind="engineering")
    home.follow("/b", kind="research")
    done = home.collect()
    assert (done.documents, done.duplicates, home.count("document")) == (3, 1, 3)
    assert home.ask("""
        SELECT c.name FROM document d JOIN document_collection l ON l.document_id = d.id
        JOIN collection c ON c.id = l.collection_id WHERE d.url LIKE '%same' ORDER BY c.name
    """) == [("feeds/engineering/2026-01",), ("feeds/research/2026-01",)]
    assert home.violations() == []


def test_a_drop_that_comes_again_is_counted_again_and_written_once(home: Home) -> None:
    bad = entry("bad", "Once upon a time", date="Thu, 01 Jan 1970 00:00:00 GMT")
    bodies = [feed(entries=bad + "".join(entry(f"g{n}", f"News {n}") for n in range(n))) for n in (1, 2, 3)]
    home.play("/f", *(Sent(body=body) for body in bodies))
    home.follow("/f")
    told = [home.collect().drops, home.later().drops, home.later().drops]
    assert told == [{ItemDrop.BAD_DATE: 1}] * 3
    assert home.ask("SELECT count(*) FROM item WHERE reason = 'bad_date'") == [(1,)]
    assert home.ask('SELECT drops, again_drops FROM "fetch" ORDER BY id') == [(1, 0), (1, 1), (1, 1)]
    assert home.violations() == []


@pytest.mark.parametrize("headers", [{}, {"etag": ETAG, "last-modified": "Fri, 02 Jan 2026 12:00:00 GMT"}])
def test_what_is_dated_ahead_becomes_a_document_when_its_day_has_come(
    home: Home, headers: dict[str, str]
) -> None:
    """Though the feed says that nothing has changed since: for us, something has."""
    body = feed(entries=entry("soon", "Soon", date="Wed, 07 Jan 2026 00:00:00 GMT") + entry("now", "Now"))
    home.play("/f", Sent(body=body, headers={"content-type": "application/rss+xml"} | headers))
    (number,) = home.follow("/f")
    assert home.collect().drops == {ItemDrop.FUTURE_DATE: 1}
    assert home.later().unchanged == 1
    done = home.later(hours=24 * 4)
    assert (done.documents, done.duplicates, done.drops.total()) == (1, 1, 0)
    assert home.ask("SELECT published_on, first_seen FROM document WHERE url LIKE '%soon'") == [
        ("2026-01-07", "2026-01-07")
    ]
    assert "if-none-match" not in home.server.requests[-1].headers
    assert home.later(hours=48).unchanged == 1  # now it is done with
    assert home.source(number).etag == headers.get("etag")
    assert home.violations() == []


def test_a_clock_that_jumps_ahead_and_back_costs_neither_visits_nor_days(home: Home) -> None:
    home.play("/f", news("a", date="Fri, 02 Jan 2026 10:00:00 GMT"))
    (number,) = home.follow("/f")
    home.collect()
    home.play("/f", news("b", "a", date="Fri, 02 Jan 2026 13:00:00 GMT"))
    home.clock.forward(days=5 * 365)
    assert home.collect().documents == 1
    assert home.ask("SELECT first_seen FROM document WHERE url LIKE '%b'") == [("2031-01-01",)]
    home.clock.moment = NOON + timedelta(hours=2)
    done = home.collect()  # it is due at once: who said that it is not was wrong
    assert (done.visits, done.documents, done.duplicates) == (1, 0, 2)
    source = home.source(number)
    assert (source.last_at, source.last_ok_at) == (home.clock(), home.clock())
    assert source.next_at is not None
    assert timedelta(0) < source.next_at - home.clock() <= timedelta(days=1)
    assert home.ask("SELECT first_seen FROM document WHERE url LIKE '%b'") == [("2026-01-02",)]
    assert home.later().unchanged == 1
    assert home.violations() == []


def test_a_clock_that_is_set_back_during_a_visit_leaves_books_that_hold(home: Home) -> None:
    moments = (NOON - timedelta(minutes=n) for n in count())
    (number,) = home.follow("/ok")
    done = home.collecting(clock=lambda: next(moments)).collect(only=[number])
    assert done.documents == 10
    assert home.ask('SELECT finished_at >= started_at FROM "fetch"') == [(1,)]
    assert home.violations() == []


def test_only_what_is_due_is_asked(home: Home) -> None:
    numbers = home.follow("/feed/1", "/feed/2", "/feed/3")
    assert home.collect().visits == 3
    assert home.collect().visits == 0
    with reading(home.engine) as session:
        soonest = min(row.next_at for row in page_sources(session).items if row.next_at)
    home.clock.moment = soonest
    assert home.collect().visits == 1
    assert home.later(numbers[0], numbers[1], hours=0.01).visits == 2


def test_more_sources_than_are_held_in_memory_are_all_visited(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nophantom.trends.collecting.PORTION", 7)
    monkeypatch.setattr("nophantom.trends.collecting.TOGETHER", 3)
    home.follow(*(f"/feed/{n}" for n in range(30)))
    told: list[tuple[int, int]] = []
    done = home.collect(on_visit=lambda sums, due: told.append((sums.visits, due)))
    assert (done.visits, done.documents) == (30, 300)
    assert told[-1] == (30, 30)
    assert [visits for visits, _ in told] == sorted({visits for visits, _ in told})
    assert all(times == 1 for times in home.server.asked.values())


def test_a_host_that_asks_for_rest_is_left_alone_over_all_of_its_sources(home: Home) -> None:
    numbers = home.follow("/rest/429/3600", *(f"/feed/{n}" for n in range(20)))
    done = home.collect()
    resting = [n for n in numbers if home.source(n).trouble is Trouble.RATE_LIMITED]
    assert len(resting) + done.fetched == 21
    assert len(home.server.requests) <= 1 + done.fetched + 2  # what was under way at that moment
    for number in resting:
        source = home.source(number)
        assert source.next_at is not None
        assert source.next_at - home.clock() >= timedelta(minutes=59)
    asked = home.ask('SELECT sum(requests) FROM "fetch"')
    assert asked == [(len(home.server.requests),)]


def test_one_source_at_which_we_fail_ourselves_keeps_no_other_out(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nophantom.trends.collecting import PROTOCOLS
    from nophantom.trends.exchange import Answer, Ask, Protocol, Reading, SourceProtocol, Step
    from nophantom.trends.protocols.feed import FEED

    def read(reading: Reading, ask: Ask, answer: Answer) -> Step:
        if "/feed/1" in ask.url:
            raise RuntimeError("secret-token")
        return FEED.read(reading, ask, answer)

    first, second = home.follow("/feed/1", "/feed/2")
    done = home.collect(protocols={**PROTOCOLS, SourceProtocol.FEED: Protocol(FEED.begin, read)})
    assert (done.fetched, done.failed) == (1, 1)
    source = home.source(first)
    assert (source.trouble, source.failures) == (Trouble.UNREADABLE, 1)
    assert "RuntimeError" in str(source.told)
    assert "secret" not in str(source.told)
    assert home.source(second).failures == 0
    assert home.later().documents == 10  # mended


def test_what_no_store_can_hold_is_kept_without_it_and_keeps_nothing_else_out(
    engine: Engine, server: FaultServer
) -> None:
    """NUL and half characters, wherever a source can put them: Postgres takes neither."""
    home = Home(engine, server)
    odd = r"a\u0000b\ud800c"
    entry_of_json = (
        f'{{"id": "{odd}", "title": "{odd}", "content_text": "{odd}", "author": {{"name": "{odd}"}}}}'
    )
    body = f'{{"version": "https://jsonfeed.org/version/1.1", "title": "{odd}", "items": [{entry_of_json}]}}'
    home.play(
        "/json", Sent(body=body.encode(), headers={"content-type": "application/json", "etag": '"\xff"'})
    )
    home.play("/told", Sent(500, b"no\x00 \xed\xa0\x80", {"content-type": "text/plain"}))
    home.play("/page", Sent(body=b"<html><title>\x00</title>", headers={"content-type": "text/html"}))
    numbers = home.follow("/json", "/told", "/page", "/ok")
    done = home.collect()
    assert (done.visits, done.fetched, done.documents) == (4, 2, 11)
    assert [home.source(number).trouble for number in numbers] == [
        None,
        Trouble.SERVER_ERROR,
        Trouble.WRONG_CONTENT,
        None,
    ]
    assert home.violations() == []


def test_the_first_and_the_second_visit_write_the_same_on_both_stores(
    engine: Engine, server: FaultServer
) -> None:
    home = Home(engine, server)
    bad = entry("bad", "Long ago", date="Thu, 01 Jan 1970 00:00:00 GMT")
    bodies = [feed(entries=bad + entry("a", "A") + entry(name, "New")) for name in ("b", "c")]
    home.play("/f", *(Sent(body=body) for body in bodies))
    home.follow("/f", "/ok", "/status/500", "/duplicate-ids")
    home.collect()
    home.later()
    tables = written(engine)
    assert [len(tables[name]) for name in ("document", "collection", "sighting")] == [14, 14, 18]
    assert tables["words"] == [(14,)]
    assert [tuple(int(n) for n in row[1:]) for row in tables["items"]] == [(5, 0), (3, 1), (10, 0), (0, 0)]
    assert home.violations() == []
