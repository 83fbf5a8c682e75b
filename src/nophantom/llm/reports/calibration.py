"""Calibration as a page."""

from __future__ import annotations

from nophantom.llm.questions.calibration import CalibrationAnswer, CalibrationPair
from nophantom.llm.reports.frame import banners, counted, not_covered
from nophantom.reporting.page import Bin, Facts, Headline, Page, Reliability, Section
from nophantom.reporting.wording import p_text
from nophantom.stats.estimates import Estimate


def calibration_page(answer: CalibrationAnswer) -> Page:
    """One run, or a vote."""
    return Page(
        title=f"Calibration of {answer.who}",
        subtitle=f"{counted(answer.found.n, 'problem')}; confidence: {answer.source}",
        verdict=Headline(None, calibration_sentence(answer)),
        banners=banners(answer.simulated),
        sections=(*calibration_sections(answer), not_covered(answer.not_covered)),
    )


def calibration_sentence(answer: CalibrationAnswer) -> str:
    """How far confidence is from correctness, in one sentence."""
    ece = answer.found.ece
    sure = "is off by" if ece.low else "may be off by nothing at all, or by"
    return f"Confidence {sure} {_three(ece)} on average (expected calibration error, the bias of chance taken out)."


def calibration_sections(answer: CalibrationAnswer) -> tuple[Section, ...]:
    """The numbers and the curve."""
    found = answer.found
    rows = [
        ("Brier score", f"{_three(found.brier)}; 0 is perfect, 0.25 is what 50% everywhere gets"),
        (
            "made of",
            (
                f"calibration {found.reliability:.4f}, resolution {found.resolution:.4f}, "
                f"uncertainty {found.uncertainty:.4f}"
            ),
        ),
        ("calibration error", _three(found.ece)),
        (
            "as usually measured",
            f"{found.ece_measured:.4f}, of which {found.ece_by_chance:.4f} would come by chance",
        ),
        ("perfectly calibrated", f"p {p_text(found.p_calibrated)}"),
        (
            "log score",
            f"infinite: {found.surely_wrong:,} sure answers were wrong"
            if found.log_score is None
            else _three(found.log_score),
        ),
    ]
    if found.without_confidence:
        rows.append(("left out", f"{counted(found.without_confidence, 'problem')} without a confidence"))
    bins = tuple(
        Bin(b.mean_confidence, b.accuracy.point, b.accuracy.low, b.accuracy.high, b.accuracy.n)
        for b in found.bins
    )
    return (Section("Calibration", (Facts(tuple(rows)), Reliability(bins, "Confidence against accuracy"))),)


def calibration_pair_page(answer: CalibrationPair) -> Page:
    """Two runs on the same problems."""
    d = answer.difference
    facts = Facts(
        (
            ("Brier score", f"{_three(d.brier.estimate)}, p {p_text(d.brier.p_value)}"),
            ("calibration error", f"{_three(d.ece.estimate)}, p {p_text(d.ece.p_value)}"),
            ("problems", f"{d.n:,}; {d.left_out:,} left out because one gave no confidence"),
        )
    )
    first = Section(f"The first: {answer.first.who}", calibration_sections(answer.first)[0].blocks)
    second = Section(f"The second: {answer.second.who}", calibration_sections(answer.second)[0].blocks)
    return Page(
        title=f"Calibration of {answer.first.who} against {answer.second.who}",
        subtitle="first minus second; below 0 the first is better",
        banners=banners(answer.first.simulated or answer.second.simulated),
        sections=(Section("Difference", (facts,)), first, second, not_covered(answer.first.not_covered)),
    )


def _three(e: Estimate) -> str:
    span = "interval unknown" if e.low is None or e.high is None else f"{e.low:.4f} to {e.high:.4f}"
    return f"{e.point:.4f} ({span})"
