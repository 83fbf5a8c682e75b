"""The doctor's rules about studies: plans, seals, selections and looks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import product

from sqlalchemy.orm import Session

from nophantom.publishing.rules import Row, Rule, ask, sql
from nophantom.store.blobs import Blobs

_STUDIES = (
    "SELECT id AS study, name, origin, plan, plan_hash, validation_split, sealed_split FROM study ORDER BY id"
)


def _changed_plans(session: Session, _blobs: Blobs | None) -> Iterator[Row]:
    for row in ask(session, _STUDIES):
        seen = sha256(row["plan"].encode()).hexdigest()
        if seen != row["plan_hash"]:
            yield {"study": row["study"], "name": row["name"], "plan_hash": row["plan_hash"], "seen": seen}


def _unplanned_runs(session: Session, _blobs: Blobs | None) -> Iterator[Row]:
    runs = (
        "SELECT arm.study_id, arm.name AS arm, run.seed FROM arm LEFT JOIN run ON run.arm_id = arm.id "
        "ORDER BY arm.id, run.seed"
    )
    there: dict[int, set[tuple[str, int | None]]] = {}
    for row in ask(session, runs):
        there.setdefault(row["study_id"], set()).add((row["arm"], row["seed"]))
    for row in ask(session, _STUDIES):
        if row["origin"] == "imported":
            continue  # logs of others come as they come: their plan is a name alone
        about = {"study": row["study"], "name": row["name"]}
        try:
            plan = json.loads(row["plan"])
            wanted = set(product(plan["arms"], plan["seeds"]))
        except (LookupError, ValueError, TypeError) as problem:
            yield about | {"seen": f"no plan: {problem}"}
            continue
        for arm, seed in sorted(wanted ^ there.get(row["study"], set()), key=str):
            seen = "missing" if (arm, seed) in wanted else "not in the plan"
            yield about | {"arm": arm, "seed": seed, "seen": seen}


def _other_seals(session: Session, _blobs: Blobs | None) -> Iterator[Row]:
    for row in ask(session, _STUDIES):
        try:
            plan = json.loads(row["plan"])
            validation = plan.get("validation")
            wanted = (validation, None if validation is None else plan["split"])
        except (LookupError, ValueError, AttributeError):
            continue  # `study_runs` tells of a plan that is none
        if (row["validation_split"], row["sealed_split"]) != wanted:
            yield {
                "study": row["study"],
                "name": row["name"],
                "validation_split": row["validation_split"],
                "sealed_split": row["sealed_split"],
                "planned_validation": wanted[0],
                "planned_seal": wanted[1],
            }


STUDIES = (
    Rule("plan_unchanged", "A study has the plan that was frozen.", _changed_plans),
    Rule("study_runs", "The runs of a study are the arms x seeds of its plan.", _unplanned_runs),
    Rule("study_seal", "A study is sealed as its plan says.", _other_seals),
    Rule(
        "selection_chooses",
        "A selection chose at least one run, places from 1 without gaps.",
        sql("""
            SELECT s.id AS selection, s.study_id AS study, count(r.run_id) AS chosen, max(r.place) AS last_place
            FROM selection s LEFT JOIN selected_run r ON r.selection_id = s.id
            GROUP BY s.id, s.study_id HAVING count(r.run_id) = 0 OR max(r.place) <> count(r.run_id) ORDER BY s.id
        """),
    ),
    Rule(
        "selection_of_its_study",
        "The chosen runs are runs of the study.",
        sql("""
            SELECT s.id AS selection, s.study_id AS study, r.run_id AS run, a.study_id AS study_of_run
            FROM selection s JOIN selected_run r ON r.selection_id = s.id JOIN run ON run.id = r.run_id
            LEFT JOIN arm a ON a.id = run.arm_id
            WHERE a.study_id IS NULL OR a.study_id <> s.study_id ORDER BY s.id, r.place
        """),
    ),
    Rule(
        "selections_numbered",
        "The selections of a study are numbered from 1 without gaps.",
        sql("""
            SELECT study_id AS study, count(*) AS selections, max(number) AS last_number FROM selection
            GROUP BY study_id HAVING max(number) <> count(*) ORDER BY study_id
        """),
    ),
    Rule(
        "looks_counted",
        "A selection tells as many looks as were recorded before it.",
        sql("""
            SELECT s.id AS selection, s.study_id AS study, s.looks_before AS told, (
                SELECT count(*) FROM look l WHERE l.study_id = s.study_id AND l.made_at <= s.made_at
            ) AS found FROM selection s
            WHERE s.looks_before <> (
                SELECT count(*) FROM look l WHERE l.study_id = s.study_id AND l.made_at <= s.made_at
            ) ORDER BY s.id
        """),
    ),
)
