"""The doctor's rules of recommendations and of people's decisions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from nophantom.errors import InvalidInput
from nophantom.publishing.rules import Row, Rule, sql
from nophantom.store.blobs import Blobs
from nophantom.trends.archive.deciding import read_decisions
from nophantom.trends.decisions import in_force
from nophantom.trends.role_rules import Role


def _contradicting(session: Session, _blobs: Blobs | None) -> Iterator[Row]:
    try:
        decisions = read_decisions(session)
    except (LookupError, ValueError, TypeError) as problem:  # a word that is none
        yield {"seen": str(problem)}
        return
    moments: set[datetime] = {d.at for d in decisions}
    for moment in sorted(moments):
        try:
            in_force(decisions, moment)
        except InvalidInput as problem:
            yield {"at": moment.isoformat(), "seen": problem.message}


RECOMMENDATIONS = (
    Rule(
        "recommendation_books",
        "signals x roles = recommendations + no_action: a signal that was recommended on has one answer per role.",
        sql(f"""
            SELECT b.signal_id AS signal, count(r.id) AS answers, count(r.action) AS recommendations,
                count(r.no_action) AS no_action
            FROM recommendation_basis b LEFT JOIN recommendation r ON r.signal_id = b.signal_id
            GROUP BY b.signal_id
            HAVING count(r.id) <> {len(Role)} OR count(DISTINCT r.role) <> {len(Role)}
                OR count(r.action) + count(r.no_action) <> {len(Role)}
            ORDER BY b.signal_id
        """),  # noqa: S608 - a number
    ),
    # Versions before 0010 recommended nothing: a snapshot of theirs has no answer at all.
    Rule(
        "recommended_whole",
        "A snapshot has recommendations for all of its signals or for none.",
        sql("""
            SELECT s.snapshot_id AS snapshot, s.id AS signal FROM signal s
            LEFT JOIN recommendation_basis b ON b.signal_id = s.id
            WHERE b.signal_id IS NULL AND s.snapshot_id IN (
                SELECT o.snapshot_id FROM recommendation_basis c JOIN signal o ON o.id = c.signal_id
            ) ORDER BY s.id
        """),
    ),
    Rule(
        "recommendation_rests_on_evidence",
        "A recommendation names documents of its signal, numbered from 1; who recommends nothing names none.",
        sql("""
            SELECT r.id AS recommendation, d.position, d.document_id AS document
            FROM recommendation_document d JOIN recommendation r ON r.id = d.recommendation_id
            JOIN signal s ON s.id = r.signal_id
            WHERE r.action IS NULL OR NOT EXISTS (
                SELECT 1 FROM evidence e WHERE e.snapshot_id = s.snapshot_id AND e.topic_id = s.topic_id
                    AND e.document_id = d.document_id
            ) OR (d.position > 1 AND NOT EXISTS (
                SELECT 1 FROM recommendation_document b
                WHERE b.recommendation_id = d.recommendation_id AND b.position = d.position - 1
            )) ORDER BY r.id, d.position
        """),
    ),
    Rule(
        "scored_when_due",
        "A claim is checked by a snapshot of that day, not before it is due, and no more once it is settled.",
        sql("""
            SELECT c.recommendation_id AS recommendation, c.checked_on, r.check_on, c.score, s.as_of
            FROM recommendation_score c JOIN recommendation r ON r.id = c.recommendation_id
            JOIN snapshot s ON s.id = c.snapshot_id
            WHERE r.check_on IS NULL OR c.checked_on < r.check_on OR c.checked_on <> s.as_of OR EXISTS (
                SELECT 1 FROM recommendation_score b WHERE b.recommendation_id = c.recommendation_id
                    AND b.checked_on < c.checked_on AND b.score <> 'unknown'
            ) ORDER BY c.recommendation_id, c.checked_on
        """),
    ),
    Rule(
        "decisions_agree", "No two decisions that held at one moment contradict each other.", _contradicting
    ),
    Rule(
        "undone_after",
        "A decision is undone after it was made.",
        sql("""
            SELECT d.id AS decision, d.at, u.at AS undone_at FROM decision d
            JOIN decision_undo u ON u.decision_id = d.id WHERE u.at < d.at ORDER BY d.id
        """),
    ),
)
