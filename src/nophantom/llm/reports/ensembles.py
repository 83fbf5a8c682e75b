"""A vote of the best runs, as a page."""

from __future__ import annotations

from nophantom.llm.questions.ensembles import EnsembleAnswer
from nophantom.llm.reports.frame import (
    counted,
    difference,
    difference_with_span,
    headline_of,
    not_covered,
    page_of,
    percent,
    with_span,
)
from nophantom.reporting.page import Block, Curve, Facts, Page, Section, Series, Table
from nophantom.reporting.wording import p_text


def ensemble_page(answer: EnsembleAnswer) -> Page:
    """The whole answer."""
    sections = (*ensemble_sections(answer), not_covered(answer.finding.not_covered))
    return page_of(f"Vote of {answer.k}", answer.setting, headline_of(answer.ruling), sections)


def ensemble_sections(answer: EnsembleAnswer) -> tuple[Section, ...]:
    """The gain, the curve over k, and the members."""
    blocks: list[Block] = [Facts(_facts(answer))]
    if len(answer.curve) > 1:
        k = tuple(float(i) for i in range(1, len(answer.curve) + 1))
        blocks.append(
            Curve(
                series=(
                    Series(
                        "vote of the first k",
                        k,
                        tuple(e.point for e in answer.curve),
                        tuple(e.low for e in answer.curve),
                        tuple(e.high for e in answer.curve),
                    ),
                ),
                x_title="members",
                y_title="accuracy",
                title="Accuracy of the vote, by members",
                references=(("any member right", answer.alike.oracle),),
            )
        )
    blocks.append(_members(answer))
    lead = (
        f"{percent(answer.accuracy.point)} by a vote of {answer.k}, {difference(answer.finding.estimate.point)} points "
        f"against {answer.best_single} alone, for {answer.cost} times the inference."
    )
    return (Section(f"Vote of {answer.k}", tuple(blocks), lead),)


def _facts(answer: EnsembleAnswer) -> tuple[tuple[str, str], ...]:
    e, alike = answer.finding.estimate, answer.alike
    ranked = f"on {answer.ranked_on}" if answer.ranked_on else "not at all: no split to rank them on"
    kappa = "unknown" if alike.fleiss_kappa is None else f"{alike.fleiss_kappa:.2f}"
    return (
        (
            "vote",
            f"{with_span(answer.accuracy)}, {counted(answer.accuracy.n, 'problem')}",
        ),
        ("best member", f"{answer.best_single}, {percent(_single(answer))}"),
        ("gain", difference_with_span(e)),
        (
            "problems",
            f"gained {answer.gained:,}, lost {answer.lost:,}; exact McNemar p {p_text(answer.finding.p_value)}",
        ),
        ("rule", answer.rule),
        ("ranked", ranked),
        ("ceiling", f"{percent(alike.oracle)} if any member's right answer could be picked"),
        (
            "alike",
            f"two members differ in rightness on {percent(alike.mean_disagreement)} of problems; Fleiss' kappa {kappa}",
        ),
        ("cost", f"{answer.cost} times the inference of one model"),
    )


def _single(answer: EnsembleAnswer) -> float:
    return answer.accuracy.point - answer.finding.estimate.point


def _members(answer: EnsembleAnswer) -> Table:
    rows = tuple(
        (
            str(place),
            m.arm,
            "unknown" if m.seed is None else str(m.seed),
            percent(m.ranked_by) if answer.ranked_on else "not ranked",
            percent(m.accuracy),
        )
        for place, m in enumerate(answer.members, 1)
    )
    ranked = f"accuracy on {answer.ranked_on}" if answer.ranked_on else "rank"
    return Table(
        ("place", "arm", "seed", ranked, "accuracy here"),
        rows,
        ("right", "left", "right", "right", "right"),
        "The members",
    )
