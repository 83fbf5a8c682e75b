"""A study as a page: what was set out, what was chosen, and who looked before."""

from __future__ import annotations

import json

from nophantom.llm.ledger.standing import Progress
from nophantom.llm.ledger.study_facts import StudyFacts
from nophantom.llm.reports.frame import banners
from nophantom.reporting.page import Block, Facts, Items, Page, Section, Table

_WORD = {"higher": "better", "lower": "worse", "different": "different"}


def study_page(facts: StudyFacts, progress: Progress | None = None) -> Page:
    """The whole study without its outcomes; `progress` of one that is run here."""
    told = json.loads(facts.plan)
    rows = [
        ("origin", str(facts.origin)),
        ("arms", ", ".join(facts.arms) or "none yet"),
        ("runs", f"{facts.runs:,}"),
        ("splits", ", ".join(facts.splits) or "not named"),
        ("recorded", f"{facts.created_at:%Y-%m-%d %H:%M} UTC"),
        ("plan", facts.plan_hash),
    ]
    if facts.validation_split is not None:
        rows.insert(4, ("chosen on", facts.validation_split))
    if facts.sealed_split is not None:
        state = "sealed until a selection is recorded" if facts.sealed else "open since its selection"
        rows.insert(5, ("test", f"{facts.sealed_split}: {state}"))
    if progress is not None:
        rows.insert(3, ("evaluations", f"{progress.done:,} of {progress.planned:,}"))
    sections = [Section("Study", (Facts(tuple(rows)),))]
    if progress is not None and progress.unfinished:
        lines = tuple(f"{run}: {ending}; {why}" for run, ending, why in progress.unfinished)
        sections.append(Section("Runs whose last attempt did not come to its end", (Items(lines),)))
    if factors := told.get("factors"):
        sections.append(Section("Factors that the arms combine", (_factors(told["arms"], factors),)))
    if claims := told.get("claims"):
        sections.append(Section("Claims written down before the data", (_claims(claims),)))
    if facts.selections:
        sections.append(Section("Selections", (_selections(facts),)))
    if facts.looks:
        lines = tuple(
            f"{look.made_at:%Y-%m-%d %H:%M} UTC, asked for {look.question}: {look.reason}"
            for look in facts.looks
        )
        sections.append(Section("Looks at the sealed test", (Items(lines),)))
    return Page(
        title=f"Study {facts.name}",
        subtitle=facts.reference,
        banners=banners(facts.simulated, facts.provenance()),
        sections=tuple(sections),
    )


def _factors(arms: list[str], levels: dict[str, dict[str, str]]) -> Block:
    names = tuple(dict.fromkeys(name for arm in arms for name in levels[arm]))
    rows = tuple((arm, *(levels[arm].get(name, "none") for name in names)) for arm in arms)
    return Table(("arm", *names), rows)


def _claims(claims: list[dict[str, dict[str, float | str]]]) -> Block:
    rows = tuple(
        (
            str(c["first"]),
            _WORD[str(c["claim"]["direction"])],
            str(c["second"]),
            f"{float(c['claim']['delta']) * 100:g}",
            f"{float(c['claim']['alpha']):g}",
        )
        for c in claims
    )
    return Table(
        ("arm", "is", "against", "delta, points", "alpha"), rows, ("left", "left", "left", "right", "right")
    )


def _selections(facts: StudyFacts) -> Block:
    rows = tuple(
        (
            str(chosen.number),
            f"{chosen.made_at:%Y-%m-%d %H:%M} UTC",
            ", ".join(f"r{number}" for number in chosen.run_ids),
            "after the test was seen" if chosen.after_test else "before",
        )
        for chosen in facts.selections
    )
    return Table(("selection", "made", "runs, the best first", "test"), rows)
