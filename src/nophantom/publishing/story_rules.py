"""The doctor's rules of stories: links add up, lead to what was first, and end."""

from __future__ import annotations

from nophantom.publishing.rules import Rule, sql

STORIES = (
    Rule(
        "linking_books",
        "Every unit of work of linking wrote as many story links as it says.",
        sql("""
            SELECT w.id AS linking, w.links, count(l.document_id) AS found
            FROM linking w LEFT JOIN story_link l ON l.linking_id = w.id
            GROUP BY w.id, w.links HAVING w.links <> count(l.document_id) ORDER BY w.id
        """),
    ),
    Rule(
        "story_link_to_the_earlier",
        "A story link leads to the document that was first, and was known from the day of the later one.",
        sql("""
            SELECT l.document_id AS document, d.native_id, l.representative_id AS representative, l.opened, l.since
            FROM story_link l JOIN document d ON d.id = l.document_id JOIN document r ON r.id = l.representative_id
            WHERE l.opened > l.since OR (l.opened = l.since AND r.native_id >= d.native_id)
                OR d.first_seen > l.since OR r.first_seen > l.opened
            ORDER BY l.document_id
        """),
    ),
    Rule(
        "story_links_end",
        "Story links lead to a representative, never in a ring.",
        sql("""
            WITH RECURSIVE way (document, here) AS (
                SELECT document_id, representative_id FROM story_link
                UNION
                SELECT way.document, l.representative_id FROM way JOIN story_link l ON l.document_id = way.here
                WHERE way.here <> way.document
            )
            SELECT document FROM way WHERE document = here ORDER BY document
        """),
    ),
)
