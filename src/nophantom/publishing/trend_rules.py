"""The doctor's rules of the archive: fetches, documents, and what was detected in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from nophantom.publishing.rules import Row, Rule, ask, sql
from nophantom.store.blobs import Blobs
from nophantom.trends.archive.snapshots import snapshot_json
from nophantom.trends.detection import BEFORE, SLOWEST

ROUNDING = 1e-9
"""Two roads to one sum of floating point differ by less than this, as a share."""


def _changed_snapshots(session: Session, _blobs: Blobs | None) -> Iterator[Row]:
    for row in list(ask(session, "SELECT id AS snapshot, digest FROM snapshot ORDER BY id")):
        try:
            seen = sha256(snapshot_json(session, row["snapshot"]).encode()).hexdigest()
        except (LookupError, ValueError, TypeError) as problem:  # a word or a text that is no longer one
            seen = str(problem)
        session.expunge_all()
        if seen != row["digest"]:
            yield {**row, "seen": seen}


def _wrongly_folded(session: Session, _blobs: Blobs | None) -> Iterator[Row]:
    query = "SELECT snapshot_id AS snapshot, topic_id AS topic, name, folded FROM candidate ORDER BY 1, 2"
    return (row for row in ask(session, query) if row["folded"] != row["name"].casefold())


def _broken_histories(session: Session, _blobs: Blobs | None) -> Iterator[Row]:
    query = """
        SELECT s.id AS snapshot, s.as_of, c.topic_id AS topic, c.name, c.place, count(h.day) AS days,
            min(h.day) AS first, max(h.day) AS last
        FROM snapshot s JOIN candidate c ON c.snapshot_id = s.id
        LEFT JOIN history_day h ON h.snapshot_id = c.snapshot_id AND h.topic_id = c.topic_id
        WHERE EXISTS (SELECT 1 FROM history_day d WHERE d.snapshot_id = s.id)
        GROUP BY s.id, s.as_of, c.topic_id, c.name, c.place ORDER BY s.id, c.topic_id
    """
    for row in ask(session, query):
        if row["days"] > 0 if row["place"] == "drop" else not _is_whole(row):
            yield row


def _is_whole(row: Row) -> bool:
    """Whether a history ends with the day of its snapshot and has every day from its first on."""
    try:
        first, last, as_of = (date.fromisoformat(str(row[name])) for name in ("first", "last", "as_of"))
    except ValueError:  # none at all, or no day
        return False
    whole: bool = (last - first).days + 1 == row["days"] <= BEFORE and last == as_of
    return whole


def _unequal_histories(session: Session, _blobs: Blobs | None) -> Iterator[Row]:
    with_history = """
        SELECT s.id AS snapshot, s.as_of FROM snapshot s
        WHERE EXISTS (SELECT 1 FROM history_day d WHERE d.snapshot_id = s.id) ORDER BY s.id
    """
    for snapshot in list(ask(session, with_history)):
        try:
            begins = date.fromisoformat(str(snapshot["as_of"])) - timedelta(days=SLOWEST - 1)
        except ValueError as problem:
            yield {**snapshot, "seen": str(problem)}
            continue
        # The day is written out: the two stores have no common words to make one of another.
        query = f"""
            SELECT c.snapshot_id AS snapshot, c.topic_id AS topic, c.name, c.stories, c.expected, c.ratio,
                coalesce(sum(h.stories), 0) AS found_stories, coalesce(sum(h.expected), 0) AS found_expected
            FROM candidate c JOIN history_day h ON h.snapshot_id = c.snapshot_id AND h.topic_id = c.topic_id
            WHERE c.snapshot_id = {int(snapshot["snapshot"])} AND h.day >= '{begins}'
            GROUP BY c.snapshot_id, c.topic_id, c.name, c.stories, c.expected, c.ratio ORDER BY c.topic_id
        """  # noqa: S608 - a number and a day
        yield from (row for row in ask(session, query) if not _agrees(row))


def _agrees(row: Row) -> bool:
    """Whether a history adds up to its candidate, whose ratio is (1 + stories) / (1 + expected).

    The candidate may have more of both: stories of mute strata, and what is expected of strata without any story.
    """
    found, expected = row["found_stories"], row["found_expected"]
    try:
        behind_ratio = row["ratio"] * (1 + row["expected"]) - 1
        enough = found <= row["stories"] and expected <= row["expected"] * (1 + ROUNDING) + ROUNDING
    except TypeError:  # a number that is none
        return False
    agrees: bool = enough and abs(behind_ratio - found) <= ROUNDING * (1 + found)
    return agrees


ARCHIVE = (
    Rule(
        "fetch_books",
        "items = documents + duplicates + drops, for every fetch, as stated and as counted.",
        sql("""
            SELECT f.id AS "fetch", f.lines, f.items, f.documents, f.duplicates, f.drops,
                c.documents AS found_documents, c.duplicates AS found_duplicates, c.drops AS found_drops
            FROM "fetch" f JOIN (
                SELECT f.id, count(i.position) AS items,
                    count(CASE WHEN i.outcome = 'document' THEN 1 END) AS documents,
                    count(CASE WHEN i.outcome = 'duplicate' THEN 1 END) AS duplicates,
                    count(CASE WHEN i.outcome = 'drop' THEN 1 END) AS drops
                FROM "fetch" f LEFT JOIN item i ON i.fetch_id = f.id GROUP BY f.id
            ) c ON c.id = f.id
            WHERE f.items <> f.documents + f.duplicates + f.drops OR f.lines <> f.items + f.outside + f.blank
                OR f.items <> c.items OR f.documents <> c.documents OR f.duplicates <> c.duplicates
                OR f.drops <> c.drops
            ORDER BY f.id
        """),
    ),
    Rule(
        "document_has_item",
        "Every document comes from an item.",
        sql("""
            SELECT d.id AS document, d.native_id FROM document d
            WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.document_id = d.id AND i.outcome = 'document') ORDER BY d.id
        """),
    ),
    Rule(
        "document_has_collection",
        "Every document has a collection.",
        sql("""
            SELECT d.id AS document, d.native_id FROM document d
            WHERE NOT EXISTS (SELECT 1 FROM document_collection c WHERE c.document_id = d.id) ORDER BY d.id
        """),
    ),
)

SNAPSHOTS = (
    Rule(
        "snapshot_books",
        "candidates = signals + watch list + drops, for every snapshot, as stated and as counted.",
        sql("""
            SELECT s.id AS snapshot, s.n_topics, s.candidates, s.signals, s.watch, s.drops,
                c.signals AS found_signals, c.watch AS found_watch, c.drops AS found_drops
            FROM snapshot s JOIN (
                SELECT s.id, count(c.topic_id) AS candidates,
                    count(CASE WHEN c.place = 'signal' THEN 1 END) AS signals,
                    count(CASE WHEN c.place = 'watch' THEN 1 END) AS watch,
                    count(CASE WHEN c.place = 'drop' THEN 1 END) AS drops
                FROM snapshot s LEFT JOIN candidate c ON c.snapshot_id = s.id GROUP BY s.id
            ) c ON c.id = s.id
            WHERE s.candidates <> s.signals + s.watch + s.drops OR s.n_topics <> s.below_support + s.candidates
                OR s.candidates <> c.candidates OR s.signals <> c.signals OR s.watch <> c.watch OR s.drops <> c.drops
            ORDER BY s.id
        """),
    ),
    Rule(
        "signal_rows",
        "A candidate in the place `signal` is a signal, and no other is.",
        sql("""
            SELECT c.snapshot_id AS snapshot, c.topic_id AS topic, c.name, c.place, s.id AS signal
            FROM candidate c LEFT JOIN signal s ON s.snapshot_id = c.snapshot_id AND s.topic_id = c.topic_id
            WHERE (c.place = 'signal') <> (s.id IS NOT NULL) ORDER BY c.snapshot_id, c.topic_id
        """),
    ),
    # A tracked topic that fell silent has no stories in its window, and so no documents.
    Rule(
        "signal_has_evidence",
        "Every signal with stories in its window stands on documents.",
        sql("""
            SELECT s.id AS signal, s.snapshot_id AS snapshot, c.name, c.stories
            FROM signal s JOIN candidate c ON c.snapshot_id = s.snapshot_id AND c.topic_id = s.topic_id
            WHERE c.stories > 0 AND NOT EXISTS (
                SELECT 1 FROM evidence e WHERE e.snapshot_id = s.snapshot_id AND e.topic_id = s.topic_id
            ) ORDER BY s.id
        """),
    ),
    Rule(
        "evidence_in_order",
        "The documents of a candidate are numbered from 1 to the last; what is no signal has at most three.",
        sql("""
            SELECT c.snapshot_id AS snapshot, c.topic_id AS topic, c.name, c.place, count(*) AS documents,
                min(e.position) AS first, max(e.position) AS last
            FROM evidence e JOIN candidate c ON c.snapshot_id = e.snapshot_id AND c.topic_id = e.topic_id
            GROUP BY c.snapshot_id, c.topic_id, c.name, c.place
            HAVING min(e.position) <> 1 OR max(e.position) <> count(*) OR (c.place <> 'signal' AND count(*) > 3)
            ORDER BY c.snapshot_id, c.topic_id
        """),
    ),
    # Versions before 0004 stored no histories: a snapshot of theirs has none at all.
    Rule(
        "history_days",
        "A signal or watch-list topic has a history of up to 112 days that ends with its snapshot; a drop has none.",
        _broken_histories,
    ),
    Rule(
        "history_sums",
        "The last 28 days of a history add up to the stories behind the rate ratio.",
        _unequal_histories,
    ),
    Rule(
        "momentum_known",
        "Every momentum is known and lies in its interval.",
        sql("""
            SELECT snapshot_id AS snapshot, topic_id AS topic, name, momentum, momentum_low, momentum_high
            FROM candidate
            WHERE momentum IS NULL OR momentum_low IS NULL OR momentum_high IS NULL
                OR momentum < momentum_low OR momentum > momentum_high
            ORDER BY snapshot_id, topic_id
        """),
    ),
    Rule("folded_names", "A candidate is found and sorted by its own name.", _wrongly_folded),
    Rule("snapshot_unchanged", "A snapshot has the content that was stored.", _changed_snapshots),
)
