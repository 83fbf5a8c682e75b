"""What was measured before training against the final score, as a page."""

from __future__ import annotations

from dataclasses import replace

from nophantom.llm.questions.probes import ProbesAnswer
from nophantom.llm.reports.frame import counted, not_covered, page_of
from nophantom.reporting.page import Block, Facts, Headline, Items, Page, Section, Table
from nophantom.reporting.wording import p_text


def probes_page(answer: ProbesAnswer) -> Page:
    """The whole answer."""
    return page_of(
        "Before training",
        answer.setting,
        Headline(None, answer.sentence),
        (*(replace(part, lead="") for part in probes_sections(answer)), not_covered(answer.not_covered)),
    )


def probes_sections(answer: ProbesAnswer) -> tuple[Section, ...]:
    """Every measurement with its rank correlation, the strongest first."""
    rows = tuple(
        (
            probe.name,
            f"{probe.estimate.point:+.2f}",
            f"{probe.estimate.low:+.2f} to {probe.estimate.high:+.2f}",
            p_text(probe.p_value),
            p_text(probe.p_alone),
            str(probe.verdict),
        )
        for probe in answer.probes
    )
    table = Table(
        ("measured", "rank correlation", "simultaneous interval", "adjusted p", "p alone", "verdict"),
        rows,
        ("left", "right", "left", "right", "right", "left"),
        f"Spearman's rank correlation with the final score; intervals hold together at {answer.confidence:.0%}",
    )
    blocks: list[Block] = [table, Facts(_facts(answer))]
    if answer.left_out:
        blocks.append(Items(answer.left_out, "Left out"))
    return (
        Section("Does anything measured before training predict the score?", tuple(blocks), answer.sentence),
    )


def _facts(answer: ProbesAnswer) -> tuple[tuple[str, str], ...]:
    shared = answer.independent != answer.runs and len(answer.arms) > 1
    told = f"{counted(answer.runs, 'run')} in {counted(len(answer.arms), 'arm')}, ranked inside their arm"
    if shared:
        told += f"; {answer.independent:,} of them are independent of each other"
    how = f"all {answer.arrangements:,}" if answer.exact else f"{answer.arrangements:,} random"
    return (
        ("runs", told),
        ("measured", f"at step {answer.measured_at:,}"),
        (
            "test",
            (
                f"permutation of the scores inside the arms ({how} arrangements); each probe is "
                "held against the greatest of all of them (Westfall and Young)"
            ),
        ),
        ("what matters", f"a rank correlation of {answer.delta:g} or more, either way"),
        (
            "to see it",
            f"about {answer.runs_needed:,} independent runs, with 80% power among so many measurements",
        ),
    )
