"""The doctor's rules of what changed between two snapshots: no signal vanishes without a word."""

from __future__ import annotations

from nophantom.publishing.rules import Rule, sql

CHANGES = (
    Rule(
        "changes_books",
        "signals of the snapshot before = still + ended + not shown + withdrawn + beyond history, and signals now = "
        "still + new; as stated, as counted and as both snapshots have them.",
        sql("""
            SELECT c.snapshot_id AS snapshot, c.before_id AS before, c.signals_before, c.signals_now,
                b.signals AS found_before, s.signals AS found_now, f.withdrawn, f.ended, f.beyond_history,
                f.not_shown, f.new, f.still
            FROM snapshot_change c
            JOIN snapshot s ON s.id = c.snapshot_id JOIN snapshot b ON b.id = c.before_id
            JOIN (
                SELECT c.snapshot_id, c.before_id,
                    count(CASE WHEN f.fate = 'withdrawn' THEN 1 END) AS withdrawn,
                    count(CASE WHEN f.fate = 'ended' THEN 1 END) AS ended,
                    count(CASE WHEN f.fate = 'beyond_history' THEN 1 END) AS beyond_history,
                    count(CASE WHEN f.fate = 'not_shown' THEN 1 END) AS not_shown,
                    count(CASE WHEN f.fate = 'new' THEN 1 END) AS new,
                    count(CASE WHEN f.fate = 'still' THEN 1 END) AS still,
                    count(CASE WHEN f.fate = 'still' AND f.phase <> f.phase_before THEN 1 END) AS phases_changed
                FROM snapshot_change c
                LEFT JOIN signal_fate f ON f.snapshot_id = c.snapshot_id AND f.before_id = c.before_id
                GROUP BY c.snapshot_id, c.before_id
            ) f ON f.snapshot_id = c.snapshot_id AND f.before_id = c.before_id
            WHERE c.signals_before <> b.signals OR c.signals_now <> s.signals
                OR c.signals_before <> c.still + c.ended + c.not_shown + c.withdrawn + c.beyond_history
                OR c.signals_now <> c.still + c.new OR c.phases_changed <> f.phases_changed
                OR c.withdrawn <> f.withdrawn OR c.ended <> f.ended OR c.beyond_history <> f.beyond_history
                OR c.not_shown <> f.not_shown OR c.new <> f.new OR c.still <> f.still
            ORDER BY c.snapshot_id, c.before_id
        """),
    ),
    Rule(
        "changes_of_signals",
        "What ended, stays or was withdrawn was a signal of the snapshot before; what is new or stays is one now.",
        sql("""
            SELECT f.snapshot_id AS snapshot, f.before_id AS before, f.topic_id AS topic, f.fate FROM signal_fate f
            LEFT JOIN signal s ON s.snapshot_id = f.snapshot_id AND s.topic_id = f.topic_id
            LEFT JOIN signal b ON b.snapshot_id = f.before_id AND b.topic_id = f.topic_id
            WHERE (f.fate = 'new') <> (b.id IS NULL) OR (f.fate IN ('new', 'still')) <> (s.id IS NOT NULL)
            ORDER BY f.snapshot_id, f.before_id, f.topic_id
        """),
    ),
    Rule(
        "changes_since_before",
        "A snapshot is compared with one of an earlier day, and of the same kind: simulated or not.",
        sql("""
            SELECT c.snapshot_id AS snapshot, c.before_id AS before, s.as_of, b.as_of AS before_as_of
            FROM snapshot_change c JOIN snapshot s ON s.id = c.snapshot_id JOIN snapshot b ON b.id = c.before_id
            WHERE b.as_of >= s.as_of OR b.simulated <> s.simulated ORDER BY c.snapshot_id, c.before_id
        """),
    ),
)
