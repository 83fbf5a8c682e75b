"""The doctor's rules of the archive: fetches, documents, and what was detected in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from nophantom.publishing.rules import Row, Rule, ask, sql
from nophantom.publishing.story_rules import STORIES
from nophantom.store.blobs import Blobs
from nophantom.trends.archive.snapshots import snapshot_json
from nophantom.trends.history import BEFORE, MONTH

ROUNDING = 1e-9
"""Two roads to one sum of floating point differ by less than this, as a share."""


def _lost_words(session: Session, _blobs: Blobs | None) -> Iterator[Row]:
    # SQLite keeps the index alone; which rows it has stands in a table behind it.
    sqlite = session.get_bind().dialect.name == "sqlite"
    words, number = ("document_words_docsize", "id") if sqlite else ("document_words", "document_id")
    query = f"""
        SELECT d.id AS document, 'no words' AS seen FROM document d
        WHERE NOT EXISTS (SELECT 1 FROM {words} w WHERE w.{number} = d.id) UNION ALL
        SELECT w.{number}, 'words without a document' FROM {words} w
        WHERE NOT EXISTS (SELECT 1 FROM document d WHERE d.id = w.{number}) ORDER BY 1
    """  # noqa: S608 - names of ours
    yield from ask(session, query)


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
            begins = date.fromisoformat(str(snapshot["as_of"])) - timedelta(days=MONTH - 1)
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


VISITS = (
    Rule(
        "source_has_health",
        "Every source that is visited has its health, and no archive has.",
        sql("""
            SELECT s.id AS source, s.address, s.protocol, h.next_at FROM source s
            LEFT JOIN source_health h ON h.source_id = s.id
            WHERE (s.protocol = 'archive') <> (h.source_id IS NULL) ORDER BY s.id
        """),
    ),
    Rule(
        "health_of_visits",
        "The health of a source tells its last visit, its last good one and the last that brought a document.",
        sql("""
            SELECT h.source_id AS source, h.last_at, h.last_ok_at, h.last_new_at, h.trouble FROM source_health h
            WHERE (h.last_at IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM "fetch" f WHERE f.source_id = h.source_id AND f.finished_at = h.last_at
                    AND coalesce(f.trouble, '') = coalesce(h.trouble, '')
            )) OR (h.last_ok_at IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM "fetch" f WHERE f.source_id = h.source_id AND f.finished_at = h.last_ok_at
                    AND f.outcome IN ('complete', 'unchanged')
            )) OR (h.last_new_at IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM "fetch" f WHERE f.source_id = h.source_id AND f.finished_at = h.last_new_at
                    AND f.documents > 0
            )) ORDER BY h.source_id
        """),
    ),
    Rule(
        "visit_answers",
        "The answers of a visit are numbered from 1 to the last, and their bytes are those of the visit.",
        sql("""
            SELECT f.id AS "fetch", f.n_bytes, coalesce(sum(a.n_bytes), 0) AS found_bytes, count(a.position) AS answers,
                max(a.position) AS last
            FROM "fetch" f JOIN source s ON s.id = f.source_id LEFT JOIN answer a ON a.fetch_id = f.id
            WHERE s.protocol <> 'archive' GROUP BY f.id, f.n_bytes
            HAVING f.n_bytes <> coalesce(sum(a.n_bytes), 0) OR count(a.position) <> coalesce(max(a.position), 0)
            ORDER BY f.id
        """),
    ),
    # Two questions instead of one with OR: each has an index.
    Rule(
        "sighting_was_sent",
        "What stands at a source was sent by it, and became what its item says.",
        sql("""
            SELECT s.source_id AS source, s.document_id AS document, s.reason FROM sighting s
            WHERE s.document_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM item i JOIN "fetch" f ON f.id = i.fetch_id
                WHERE i.document_id = s.document_id AND i.raw_hash = s.raw_hash AND f.source_id = s.source_id
            ) UNION ALL
            SELECT s.source_id, s.document_id, s.reason FROM sighting s
            WHERE s.document_id IS NULL AND NOT EXISTS (
                SELECT 1 FROM "fetch" f JOIN item i ON i.fetch_id = f.id
                WHERE f.source_id = s.source_id AND i.raw_hash = s.raw_hash AND i.reason = s.reason
            ) ORDER BY 1, 2, 3
        """),
    ),
    Rule(
        "score_of_its_fetch",
        "A score is of a document that its fetch was sent.",
        sql("""
            SELECT s.document_id AS document, s.fetch_id AS "fetch", s.points, s.comments FROM score s
            WHERE NOT EXISTS (
                SELECT 1 FROM item i WHERE i.document_id = s.document_id AND i.fetch_id = s.fetch_id
            ) ORDER BY s.document_id, s.fetch_id
        """),
    ),
    Rule(
        "adoption_changes",
        "A day of an adoption series is written again only when it is told otherwise.",
        sql("""
            SELECT product, measure, day, fetch_id AS "fetch", value FROM (
                SELECT product, measure, day, fetch_id, value,
                    lag(value) OVER (PARTITION BY product, measure, day ORDER BY fetch_id) AS before
                FROM adoption_day
            ) a WHERE value = before ORDER BY product, measure, day, fetch_id
        """),
    ),
)

ARCHIVE = (
    Rule(
        "fetch_books",
        "items = documents + duplicates + drops, for every fetch, as stated and as counted; what stood there at the "
        "visit before is stated alone.",
        sql("""
            SELECT f.id AS "fetch", f.lines, f.items, f.documents, f.duplicates, f.drops,
                f.again_duplicates, f.again_drops, c.documents AS found_documents,
                c.duplicates AS found_duplicates, c.drops AS found_drops
            FROM "fetch" f JOIN (
                SELECT f.id,
                    count(CASE WHEN i.outcome = 'document' THEN 1 END) AS documents,
                    count(CASE WHEN i.outcome = 'duplicate' THEN 1 END) AS duplicates,
                    count(CASE WHEN i.outcome = 'drop' THEN 1 END) AS drops
                FROM "fetch" f LEFT JOIN item i ON i.fetch_id = f.id GROUP BY f.id
            ) c ON c.id = f.id
            WHERE f.items <> f.documents + f.duplicates + f.drops OR f.lines <> f.items + f.outside + f.blank
                OR f.documents <> c.documents OR f.duplicates - f.again_duplicates <> c.duplicates
                OR f.drops - f.again_drops <> c.drops
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
    Rule(
        "document_has_words",
        "Every document is found by its words, and words lead to a document.",
        _lost_words,
    ),
    Rule(
        "moment_of_document",
        "A document has the moment of its publication when that is certain, and only then.",
        sql("""
            SELECT id AS document, native_id, certainty, published_at FROM document
            WHERE (certainty = 'moment') <> (published_at IS NOT NULL) ORDER BY id
        """),
    ),
    *VISITS,
    *STORIES,
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
