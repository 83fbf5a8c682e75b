"""A gate, decided, as a page and as JUnit for a CI job."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from nophantom.llm.questions.gate import Decision, GateAnswer, Truth
from nophantom.llm.reports.frame import banners, not_covered, percent, span_percent, subtitle
from nophantom.reporting.page import Block, Headline, Intervals, Items, Page, Section, Table


def gate_page(answer: GateAnswer) -> Page:
    """The whole answer."""
    sections = list(gate_sections(answer))
    if answer.not_covered:
        sections.append(not_covered(answer.not_covered))
    of = f"{subtitle(answer.setting)}; " if answer.setting else ""
    return Page(
        title=f"Gate: {answer.gate}",
        subtitle=f"{of}each clause at a two-sided error rate of {answer.alpha:g}",
        verdict=Headline(str(answer.decision), answer.reason),
        banners=banners(answer.simulated, answer.provenance),
        sections=tuple(sections),
    )


def gate_sections(answer: GateAnswer) -> tuple[Section, ...]:
    """Every clause with its interval, and what would decide."""
    rows = tuple(
        (c.text, str(c.truth), percent(c.estimate.point), span_percent(c.estimate), percent(c.threshold))
        for c in answer.clauses
    )
    table = Table(
        ("clause", "holds", "measured", "interval", "level"), rows, ("left", "left", "right", "left", "right")
    )
    picture = Intervals(
        tuple((c.text, c.estimate) for c in answer.clauses),
        None,
        "percent",
        "What was measured, clause by clause",
    )
    blocks: list[Block] = [table, picture]
    needed = tuple(f"{c.text}: {c.needed}" for c in answer.clauses if c.needed)
    if needed:
        blocks.append(Items(needed, "What would decide"))
    return (Section("Clauses", tuple(blocks)),)


def gate_junit(answer: GateAnswer) -> str:
    """The gate as a JUnit test suite: one case for each clause and one for the whole.

    A false clause is a failure, an undecided one is skipped with its reason; the case of the whole fails
    unless the answer is GO, so that a CI job stops on UNDECIDED too.
    """
    cases = []
    for c in answer.clauses:
        told = f"measured {percent(c.estimate.point)} ({span_percent(c.estimate)}) against {percent(c.threshold)}"
        cases.append(_case(c.text, told, c.truth is Truth.FALSE, c.truth is Truth.UNDECIDED, c.needed))
    go = answer.decision is Decision.GO
    cases.append(_case(f"{answer.gate}: {answer.decision}", answer.reason, not go, False, None))
    failures = sum(c.truth is Truth.FALSE for c in answer.clauses) + (not go)
    skipped = sum(c.truth is Truth.UNDECIDED for c in answer.clauses)
    counts = f'tests="{len(cases)}" failures="{failures}" skipped="{skipped}" errors="0"'
    head = f'<testsuite name="nophantom gate" {counts}>'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *cases, "</testsuite>", ""])


def _case(name: str, told: str, failed: bool, skipped: bool, needed: str | None) -> str:
    head = f'  <testcase classname="nophantom.gate" name={quoteattr(name)}>'
    if failed:
        return f"{head}<failure message={quoteattr(told)}>{escape(told)}</failure></testcase>"
    if skipped:
        why = told if needed is None else f"{told}; {needed}"
        return f"{head}<skipped message={quoteattr(why)}/></testcase>"
    return f"{head}<system-out>{escape(told)}</system-out></testcase>"
