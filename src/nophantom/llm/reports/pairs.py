"""Three or more runs, every pair, as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nophantom.llm.questions.comparisons import NOT_COVERED
from nophantom.llm.reports.frame import banners, counted, difference, not_covered, percent, span_points
from nophantom.reporting.page import Facts, Intervals, Page, Section, Table
from nophantom.reporting.wording import p_text
from nophantom.stats.simultaneous import PairTest

if TYPE_CHECKING:
    from nophantom.llm.pairing import RunPairs


def run_pairs_page(answer: RunPairs) -> Page:
    """Every pair with its simultaneous interval."""
    runs = [(run, percent(share)) for run, share in zip(answer.runs, answer.accuracies, strict=True)]
    if answer.left_out:
        runs.append(("left out", f"{counted(answer.left_out, 'problem')} that some run was not scored on"))
    return Page(
        title=f"{len(answer.runs)} runs, every pair",
        subtitle=f"{counted(answer.n, 'problem')} that all were scored on",
        banners=banners(answer.simulated),
        sections=(every_pair(answer.runs, runs, answer.pairs, answer.confidence), not_covered(NOT_COVERED)),
    )


def every_pair(
    labels: Sequence[str], alone: Sequence[tuple[str, str]], pairs: Sequence[PairTest], confidence: float
) -> Section:
    """What is told of each alone, then every pair of the labels with its simultaneous interval."""
    named = [(f"{labels[p.first]} minus {labels[p.second]}", p) for p in pairs]
    picture = Intervals(
        tuple((name, p.estimate) for name, p in named),
        None,
        "points",
        f"Differences with intervals that hold together at {confidence:.0%}",
    )
    rows = tuple(
        (name, difference(p.estimate.point), span_points(p.estimate), p_text(p.p_value), p_text(p.p_alone))
        for name, p in named
    )
    table = Table(
        ("pair", "points", "simultaneous interval", "adjusted p", "p alone"),
        rows,
        ("left", "right", "left", "right", "right"),
    )
    return Section("Every pair", (Facts(tuple(alone)), picture, table))
