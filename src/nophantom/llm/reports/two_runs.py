"""Two runs as one report: verdict first, where they differ, how it went, and where two graders disagree."""

from __future__ import annotations

from nophantom.llm.concluding import RunComparison
from nophantom.llm.following import DiffAnswer
from nophantom.llm.questions.trajectories import RunningPair
from nophantom.llm.reports.comparisons import checkpoints_page
from nophantom.llm.reports.differences import diff_page
from nophantom.llm.reports.frame import banners
from nophantom.llm.reports.trajectories import running_pair_page
from nophantom.llm.reports.whole import drift_section
from nophantom.reporting.page import Items, Page, Section

METHODS = (
    "Difference: exact McNemar and its interval; partial credit and repeated samples by Student's t on problems.",
    "Strata: the same inside each, false discoveries controlled at 5% (Benjamini-Hochberg).",
    "Running difference: permutation of the order, simultaneous over the looks.",
    "Stopping earlier: a betting confidence sequence, valid at every look.",
)


def two_runs_report(
    found: RunComparison, differ: DiffAnswer, running: RunningPair | None, *, version: str
) -> Page:
    """The report of a comparison of two runs.

    Args:
        found: the comparison.
        differ: on which problems they differ.
        running: how the difference developed; None where an order cannot be told.
        version: of NoPhantom, told at the end.
    """
    page, e = checkpoints_page(found.comparison), found.first
    first, *rest = page.sections
    sections = [first, *diff_page(differ).sections]
    if running is not None:
        sections += running_pair_page(running).sections
    if found.drift:
        sections.append(drift_section(found.drift))
    sections.append(Section("Methods", (Items(METHODS),)))
    return Page(
        title=page.title,
        subtitle=f"{page.subtitle}; {e.problem_set}, graded by {e.grader} {e.grader_version}",
        verdict=page.verdict,
        banners=banners(found.simulated),
        sections=(*sections, *rest),
        colophon=(f"NoPhantom {version}",),
    )
