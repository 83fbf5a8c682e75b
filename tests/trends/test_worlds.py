"""The simulated world of documents: the planted truth must really be in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from itertools import islice

import numpy as np
import orjson
import pytest

from nophantom.trends.documents import Document, Family
from nophantom.trends.protocols.archive_file import Window, read_line
from nophantom.trends.worlds import (
    DEMO,
    FIRST_DAY,
    N_DAYS,
    Planted,
    TrendWorld,
    Truth,
    as_record,
    invent,
    is_simulated,
)


@cache
def demonstration() -> tuple[Document, ...]:
    return tuple(DEMO.draw(np.random.default_rng(11)))


def days_of(documents: Sequence[Document], name: str) -> Counter[int]:
    """Documents a day that name a topic, in title or text."""
    return Counter(
        (d.first_seen - FIRST_DAY).days
        for d in documents
        if f" {name.casefold()} " in f" {d.title} {d.text} ".casefold()
    )


def test_the_planted_truth_is_in_the_demonstration() -> None:
    """One draw: all that is promised of it."""
    documents = demonstration()
    planted = {p.name: (p, days_of(documents, p.name)) for p in DEMO.planted}

    assert {name: p.truth for name, (p, _) in planted.items()} == {
        "Zorblax": Truth.TREND,
        "Quuxel 2": Truth.TREND,
        "vintolo": Truth.TREND,
        "Mubrek": Truth.SPIKE,
        "feedora": Truth.ARTEFACT,
    }
    for p, days in planted.values():
        since = N_DAYS - p.onset
        before = sum(n for day, n in days.items() if day < p.onset)
        after = sum(n for day, n in days.items() if day >= p.onset)
        if p.truth is Truth.SPIKE:
            assert 25 <= days[p.onset] <= 55
            assert before + after - days[p.onset] <= 25
        else:
            assert before == pytest.approx(p.before * p.onset, abs=4 * (p.before * p.onset) ** 0.5)
            # Silent sources and topics that share a document take a little.
            assert 0.6 * p.after * since < after < 1.3 * p.after * since

    # The artefact is in the collection that begins, and nowhere else.
    _, feedora = planted["feedora"]
    assert all(
        d.collections == ("simulated new_feed",) for d in documents if "feedora" in d.title.casefold().split()
    )
    assert min(feedora) >= 395

    # Source and days: one is silent, one begins, and dates run from the first day to the last.
    by_stratum = Counter((d.collections[0], d.list_name, (d.first_seen - FIRST_DAY).days) for d in documents)
    active = {
        stratum: {day for *s, day in by_stratum if tuple(s) == stratum} for stratum in _strata(documents)
    }
    assert active["simulated daily_list", "first"].isdisjoint(range(380, 392))
    assert {379, 392} <= active["simulated daily_list", "first"]
    assert min(active["simulated new_feed", "tech"]) == 395
    assert [d.first_seen for d in documents] == sorted(d.first_seen for d in documents)
    assert (documents[0].first_seen, documents[-1].first_seen) == (FIRST_DAY, DEMO.last_day)

    # Nothing in it can be taken for real.
    assert len({d.native_id for d in documents}) == len(documents)
    assert all(is_simulated(d) for d in documents)
    assert all((d.site or "").endswith(".invalid") for d in documents)


def _strata(documents: Sequence[Document]) -> set[tuple[str, str]]:
    return {(d.collections[0], d.list_name) for d in documents}


def test_a_world_without_planted_topics_is_possible() -> None:
    few = list(islice(TrendWorld(planted=(), n_words=50).draw(np.random.default_rng(1)), 300))
    words = {word.casefold() for d in few if d.family is Family.HACKER_NEWS for word in d.title.split()}

    assert len(words) <= 50


def test_equal_generators_draw_equal_worlds_and_different_ones_do_not() -> None:
    first, again, other = (list(islice(DEMO.draw(np.random.default_rng(s)), 200)) for s in (1, 1, 2))

    assert first == again
    assert first != other


def test_a_grown_share_is_the_share_of_what_is_read() -> None:
    """Half of all documents name it from day 3 on; before, none."""
    world = TrendWorld(planted=(Planted("Zorblax", Truth.TREND, 3, 0.0, 28.0, "half of all"),), n_words=50)
    documents = list(islice(world.draw(np.random.default_rng(1)), 1_500))
    days = days_of(documents, "Zorblax")
    late = sum(d.first_seen >= FIRST_DAY + timedelta(days=3) for d in documents)

    assert min(days) == 3
    assert days.total() / late == pytest.approx(0.5, abs=0.06)


def test_invented_words_are_distinct_and_of_two_to_four_syllables() -> None:
    words = invent(np.random.default_rng(1), 500).tolist()

    assert len(set(words)) == 500
    assert {len(word) for word in words} == {4, 6, 8}
    assert (invent(np.random.default_rng(1), 500) == words).all()


def test_the_records_of_a_world_are_read_as_its_documents() -> None:
    """Every family, and every stratum: titles, kinds and products survive the way through an archive."""
    documents = list(demonstration()[-400:])
    records = list(islice(DEMO.records(np.random.default_rng(11)), 50))

    assert len(_strata(documents)) == 5
    assert records == [as_record(d) for d in demonstration()[:50]]
    for position, document in enumerate(documents, 1):
        line = orjson.dumps(as_record(document))
        item = read_line(line, position=position, window=Window(), today=date(2026, 1, 1))
        assert item is not None
        read = item.document
        assert read is not None, item
        for what in ("family", "kind", "title", "text", "author", "first_seen", "collections", "list_name"):
            assert getattr(read, what) == getattr(document, what), what
        assert (read.product is None) == (document.product is None)
