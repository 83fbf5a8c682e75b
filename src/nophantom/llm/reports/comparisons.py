"""Two checkpoints compared, as a page."""

from __future__ import annotations

from nophantom.llm.questions.comparisons import CheckpointComparison
from nophantom.llm.reports.frame import (
    claim_text,
    counted,
    difference,
    difference_with_span,
    headline_of,
    not_covered,
    percent,
)
from nophantom.llm.verdicts import in_points
from nophantom.reporting.page import Facts, Intervals, Page, Section
from nophantom.reporting.wording import p_text


def checkpoints_page(answer: CheckpointComparison) -> Page:
    """The difference on the problems that both were scored on."""
    e, claim = answer.finding.estimate, answer.ruling.claim
    picture = Intervals((("first minus second", e),), claim.delta, "points", "Difference, in points")
    rows = [
        *(
            (
                label if label == place else f"{place}, {label}",
                f"{right:,g} of {answer.n:,} right, {percent(right / answer.n)}",
            )
            for place, label, right in (
                ("first", answer.first, answer.first_right),
                ("second", answer.second, answer.second_right),
            )
        ),
        ("difference", difference_with_span(e)),
        ("problems", f"gained {len(answer.gained):,}, lost {len(answer.lost):,}"),
    ]
    if answer.counts is not None:
        rows.append(("McNemar", f"exact p {p_text(answer.finding.p_value)}, mid-p {p_text(answer.p_mid)}"))
    else:
        rows.append(("test", f"{e.method}, p {p_text(answer.finding.p_value)}"))
    if answer.missing is not None:
        m = answer.missing
        rows.append(
            (
                "missing",
                (
                    f"a score of the first on {counted(m.first_lacks, 'problem')}, of the second on "
                    f"{m.second_lacks:,}; over all {m.n:,} the difference could be {difference(m.low)} to "
                    f"{difference(m.high)} points"
                ),
            )
        )
    if answer.needed is not None:
        n = answer.needed
        rows.append(
            (
                "would decide",
                f"{n.low:,} to {n.high:,} problems in all, for {in_points(n.delta)} with {n.power:.0%} power",
            )
        )
    rows.append(("claim", claim_text(claim)))
    return Page(
        title=f"{answer.first} against {answer.second}",
        subtitle=f"{counted(answer.n, 'problem')} that both were scored on",
        verdict=headline_of(answer.ruling),
        sections=(
            Section("Difference", (picture, Facts(tuple(rows)))),
            not_covered(answer.finding.not_covered),
        ),
    )
