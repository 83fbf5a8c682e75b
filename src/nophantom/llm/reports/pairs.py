"""Three or more runs, every pair, as a page."""

from __future__ import annotations

from nophantom.llm.pairing import RunPairs
from nophantom.llm.questions.comparisons import NOT_COVERED
from nophantom.llm.reports.frame import counted, difference, not_covered, p_text, percent, span_points
from nophantom.reporting.page import Facts, Intervals, Page, Section, Table


def run_pairs_page(answer: RunPairs) -> Page:
    """Every pair with its simultaneous interval."""
    names = [f"{answer.runs[p.first]} minus {answer.runs[p.second]}" for p in answer.pairs]
    picture = Intervals(
        tuple((name, p.estimate) for name, p in zip(names, answer.pairs, strict=True)),
        None,
        "points",
        f"Differences with intervals that hold together at {answer.confidence:.0%}",
    )
    rows = tuple(
        (name, difference(p.estimate.point), span_points(p.estimate), p_text(p.p_value), p_text(p.p_alone))
        for name, p in zip(names, answer.pairs, strict=True)
    )
    table = Table(
        ("pair", "points", "simultaneous interval", "adjusted p", "p alone"),
        rows,
        ("left", "right", "left", "right", "right"),
    )
    runs = [(run, percent(share)) for run, share in zip(answer.runs, answer.accuracies, strict=True)]
    if answer.left_out:
        runs.append(("left out", f"{counted(answer.left_out, 'problem')} that some run was not scored on"))
    return Page(
        title=f"{len(answer.runs)} runs, every pair",
        subtitle=f"{counted(answer.n, 'problem')} that all were scored on",
        banners=("SIMULATED outcomes: nothing here was measured on a real model",)
        if answer.simulated
        else (),
        sections=(Section("Every pair", (Facts(tuple(runs)), picture, table)), not_covered(NOT_COVERED)),
    )
