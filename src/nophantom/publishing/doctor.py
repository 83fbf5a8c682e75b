"""The doctor: one rule for every promise about what is stored, each checked against every row. WORLD.

A rule finds the rows that break it; nothing is repaired. What the database itself refuses is checked again, because
a file can be changed behind the product's back. The queries are plain SQL that both stores understand: they must
also read what the types of our tables would refuse.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import CheckConstraint, Engine, ForeignKeyConstraint, Table, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import nophantom.llm.ledger.tables
import nophantom.trends.archive.change_tables
import nophantom.trends.archive.tables  # noqa: F401 - all fill the metadata
from nophantom.errors import NoPhantomError
from nophantom.publishing.change_rules import CHANGES
from nophantom.publishing.recommendation_rules import RECOMMENDATIONS
from nophantom.publishing.rules import Row, Rule, ask, sql
from nophantom.publishing.study_rules import STUDIES
from nophantom.publishing.trend_rules import ARCHIVE, SNAPSHOTS
from nophantom.store.base import Base
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading

SHOWN = 20
"""Rows of a violation that are told; all are counted."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that is broken.

    Attributes:
        rule: its name.
        sentence: what should hold.
        count: how many rows break it.
        rows: the first of them, with words and numbers only.
    """

    rule: str
    sentence: str
    count: int
    rows: tuple[Row, ...]


def examine(engine: Engine, blobs: Blobs | None) -> list[Violation]:
    """Check every rule; an empty list is a clean bill of health.

    Args:
        engine: the store, its tables up to date.
        blobs: where the raw answers are; None leaves them unexamined.
    """
    found = []
    with reading(engine) as session:
        for rule in RULES:
            rows = rule.check(session, blobs)
            shown = tuple({name: _plain(value) for name, value in row.items()} for row in islice(rows, SHOWN))
            if shown:
                found.append(Violation(rule.name, rule.sentence, len(shown) + sum(1 for _ in rows), shown))
    return found


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | int | float):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)


def _damaged_answers(session: Session, blobs: Blobs | None) -> Iterator[Row]:
    if blobs is None:
        return
    query = (
        "SELECT evaluation_id AS evaluation, first, n, sha256 FROM answer_text ORDER BY evaluation_id, first"
    )
    for row in ask(session, query):
        try:
            held = len(json.loads(blobs.get(row["sha256"])))
        except (NoPhantomError, ValueError, TypeError) as problem:
            yield {**row, "seen": str(problem)}
            continue
        if held != row["n"]:
            yield {**row, "seen": f"{held} answers"}


def _dangling(session: Session, _blobs: Blobs | None) -> Iterator[Row]:
    told = set()
    for table in Base.metadata.sorted_tables:
        for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
            for row in ask(session, _without_target(table, key)):
                told.add(table.name)
                yield {"table": table.name, "key": str(key.name), **row}
    if session.get_bind().dialect.name == "sqlite":
        yield from _dangling_to_sqlite(session, told)


def _dangling_to_sqlite(session: Session, told: Collection[str]) -> Iterator[Row]:
    """A second road, that also knows tables which are not ours; without the tables that are told already."""
    try:
        found = session.execute(text("PRAGMA foreign_key_check")).all()
    except OperationalError as problem:  # a key to what is no key any more
        yield {"seen": str(problem.orig)}
        return
    for (child, parent), n in Counter((child, parent) for child, _, parent, _ in found).items():
        if child not in told:
            yield {"table": child, "key": f"to {parent}", "rows": n}


def _without_target(table: Table, key: ForeignKeyConstraint) -> str:
    columns = dict.fromkeys(column.name for column in (*table.primary_key.columns, *key.columns))
    told = ", ".join(f'mine."{name}"' for name in columns)
    pairs = [(f'mine."{e.parent.name}"', f'theirs."{e.column.name}"') for e in key.elements]
    same = " AND ".join(f"{mine} = {theirs}" for mine, theirs in pairs)
    is_set = " AND ".join(f"{mine} IS NOT NULL" for mine, _ in pairs)
    return (
        f'SELECT {told} FROM "{table.name}" AS mine '  # noqa: S608 - names of ours
        f'LEFT JOIN "{key.referred_table.name}" AS theirs ON {same} WHERE {pairs[0][1]} IS NULL AND {is_set}'
    )


def _against_table_rules(session: Session, _blobs: Blobs | None) -> Iterator[Row]:
    dialect = session.get_bind().dialect
    for table in Base.metadata.sorted_tables:
        numbers = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
        for rule in sorted(table.constraints, key=lambda rule: str(rule.name)):
            if isinstance(rule, CheckConstraint):
                said = rule.sqltext.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
                # Unknown where there is a NULL: then the rule is kept, as in the database itself.
                query = f'SELECT {numbers} FROM "{table.name}" WHERE NOT ({said})'  # noqa: S608 - names of ours
                for row in ask(session, query):
                    yield {"table": table.name, "rule": str(rule.name), **row}


_LEDGER = (
    Rule(
        "evaluation_has_outcomes",
        "Every evaluation has outcomes.",
        sql("""
            SELECT e.id AS evaluation, e.checkpoint_id AS checkpoint, e.grader FROM evaluation e
            WHERE NOT EXISTS (SELECT 1 FROM outcome o WHERE o.evaluation_id = e.id) ORDER BY e.id
        """),
    ),
    Rule(
        "log_has_evaluation",
        "Every log has an evaluation of its answers.",
        sql("""
            SELECT l.id AS log, l.path FROM log l
            WHERE NOT EXISTS (SELECT 1 FROM evaluation e WHERE e.log_id = l.id AND e.answers_of IS NULL) ORDER BY l.id
        """),
    ),
    # A grader of the log's own may fold the repeats of a problem into its first attempt, and then has no outcomes
    # for the others: as there are repeats, at least every second response is one. Ours never folds.
    Rule(
        "log_responses",
        "Every response of a log is an outcome, unless its grader folded repeats.",
        sql("""
            SELECT l.id AS log, e.id AS evaluation, e.grader, l.responses, c.outcomes
            FROM log l JOIN evaluation e ON e.log_id = l.id JOIN (
                SELECT evaluation_id, count(*) AS outcomes, max(position) AS last,
                    count(CASE WHEN attempt = 1 THEN 1 END) AS firsts,
                    count(CASE WHEN attempt > 1 AND score IS NOT NULL THEN 1 END) AS later
                FROM outcome GROUP BY evaluation_id
            ) c ON c.evaluation_id = e.id
            WHERE c.last >= l.responses OR c.outcomes > l.responses OR (
                c.outcomes < l.responses
                AND (c.later > 0 OR 2 * c.firsts > l.responses OR substr(e.grader, 1, 10) = 'nophantom:')
            ) ORDER BY e.id
        """),
    ),
    Rule(
        "log_omissions",
        "A log has as many rows of omissions as it says.",
        sql("""
            SELECT l.id AS log, l.omitted, c.n AS found FROM log l
            JOIN (
                SELECT l.id, count(o.id) AS n FROM log l LEFT JOIN omission o ON o.log_id = l.id GROUP BY l.id
            ) c ON c.id = l.id
            WHERE c.n <> l.omitted ORDER BY l.id
        """),
    ),
    Rule(
        "outcome_in_problem_set",
        "The problem of an outcome belongs to the problem set of its evaluation.",
        sql("""
            SELECT e.id AS evaluation, e.problem_set_id AS problem_set, p.id AS problem,
                p.problem_set_id AS problem_set_of_problem
            FROM evaluation e JOIN outcome o ON o.evaluation_id = e.id JOIN problem p ON p.id = o.problem_id
            WHERE p.problem_set_id <> e.problem_set_id ORDER BY e.id, p.id
        """),
    ),
    Rule(
        "answers_of_same_checkpoint",
        "Answers that are graded again were given by the same checkpoint.",
        sql("""
            SELECT e.id AS evaluation, e.checkpoint_id AS checkpoint, b.id AS answers_of,
                b.checkpoint_id AS checkpoint_of_answers
            FROM evaluation e JOIN evaluation b ON b.id = e.answers_of
            WHERE b.checkpoint_id <> e.checkpoint_id ORDER BY e.id
        """),
    ),
    Rule("answers_intact", "The raw answers are there, unchanged and all of them.", _damaged_answers),
)

RULES = (
    *_LEDGER,
    *STUDIES,
    *ARCHIVE,
    *SNAPSHOTS,
    *CHANGES,
    *RECOMMENDATIONS,
    Rule("foreign_keys", "What a row refers to is there.", _dangling),
    Rule("table_rules", "Every row keeps the rules of its table.", _against_table_rules),
)
"""All rules, in the order in which they are told."""
