"""Comparisons of counts as pages."""

from __future__ import annotations

from nophantom.llm.questions.counts import GSM8K_TEST, CountPairs, CountsAnswer
from nophantom.llm.reports.frame import claim_text, difference_with_span, headline_of, not_covered, with_span
from nophantom.llm.reports.pairs import every_pair
from nophantom.llm.verdicts import in_points
from nophantom.reporting.page import Facts, Intervals, Page, Section
from nophantom.reporting.wording import p_text


def counts_page(answer: CountsAnswer) -> Page:
    """Two counts, or one against a published number."""
    e, claim = answer.finding.estimate, answer.ruling.claim
    picture = Intervals((("first minus second", e),), claim.delta, "points", "Difference, in points")
    rows = [
        *((label, with_span(share)) for label, share in zip(answer.labels, answer.shares, strict=True)),
        ("difference", difference_with_span(e)),
        ("test", f"{answer.test}, p {p_text(answer.finding.p_value)}"),
        ("claim", claim_text(claim)),
    ]
    if answer.needed is not None:
        n = answer.needed
        more = (
            f"; that is more than the {GSM8K_TEST:,} problems of GSM8K's test set"
            if answer.more_than_gsm8k
            else ""
        )
        rows.append(
            (
                "would decide",
                (
                    f"{n.unpaired:,} problems each, or {n.paired.low:,} to {n.paired.high:,} if both answer the same "
                    f"ones, for a true difference of {in_points(n.paired.delta)} with {n.paired.power:.0%} "
                    f"power{more}"
                ),
            )
        )
    return Page(
        title=f"{answer.labels[0]} against {answer.labels[1]}",
        subtitle="from counts alone",
        verdict=headline_of(answer.ruling),
        sections=(
            Section("Difference", (picture, Facts(tuple(rows)))),
            not_covered(answer.finding.not_covered),
        ),
    )


def count_pairs_page(answer: CountPairs) -> Page:
    """Three or more counts."""
    shares = [(name, with_span(share)) for name, share in zip(answer.labels, answer.shares, strict=True)]
    return Page(
        title=f"{len(answer.labels)} counts, every pair",
        subtitle="from counts alone",
        sections=(
            every_pair(answer.labels, shares, answer.pairs, answer.confidence),
            not_covered(answer.not_covered),
        ),
    )
