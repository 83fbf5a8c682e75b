"""On which problems two runs differ, as a page."""

from __future__ import annotations

from nophantom.llm.following import DiffAnswer
from nophantom.llm.reports.frame import banners, counted, difference, span_points
from nophantom.reporting.page import Block, Facts, Intervals, Items, Page, Section, Table
from nophantom.reporting.wording import p_text

_SHOWN = 10


def diff_page(answer: DiffAnswer) -> Page:
    """Gained, lost, both and neither; and the strata."""
    facts = Facts(
        (
            ("gained", f"{answer.gained:,} of {answer.n:,} better answered by {answer.first}"),
            ("lost", f"{answer.lost:,} better answered by {answer.second}"),
            ("both", f"{answer.both:,} solved by both"),
            ("neither", f"{answer.neither:,} solved by neither"),
        )
    )
    sections = [Section("Problems", (facts,))]
    if len(answer.strata) > 1:
        sections.append(Section("By steps of the reference solution", _strata(answer)))
    for title, keys in (("Gained", answer.gained_problems), ("Lost", answer.lost_problems)):
        if keys:
            more = f" (the first {_SHOWN} of {len(keys):,}; --json lists all)" if len(keys) > _SHOWN else ""
            sections.append(
                Section(title, (Items(tuple(key[:12] for key in keys[:_SHOWN]), f"Problems{more}"),))
            )
    return Page(
        title=f"{answer.first} against {answer.second}",
        subtitle=f"{counted(answer.n, 'problem')} that both were scored on",
        banners=banners(answer.simulated),
        sections=tuple(sections),
    )


def _strata(answer: DiffAnswer) -> tuple[Block, ...]:
    picture = Intervals(
        tuple((s.stratum, s.estimate) for s in answer.strata),
        None,
        "points",
        "First minus second, by stratum",
    )
    rows = tuple(
        (
            s.stratum,
            f"{s.n:,}",
            f"{s.gained:,}",
            f"{s.lost:,}",
            difference(s.estimate.point),
            span_points(s.estimate),
            p_text(s.p_value),
            "yes" if s.discovered else "",
        )
        for s in answer.strata
    )
    table = Table(
        ("stratum", "problems", "gained", "lost", "points", "interval", "p alone", "differs"),
        rows,
        ("left", "right", "right", "right", "right", "left", "right", "left"),
        "Differs: false discoveries among the strata controlled at 5% (Benjamini-Hochberg)",
    )
    return picture, table
