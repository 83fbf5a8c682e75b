"""Trajectories as pages: running accuracy, the difference of two runs, training checkpoints."""

from __future__ import annotations

from nophantom.llm.questions.trajectories import RunningAnswer, RunningPair, TrainingAnswer
from nophantom.llm.reports.frame import (
    banners,
    counted,
    difference,
    difference_with_span,
    not_covered,
    percent,
    points,
    span_percent,
    span_points,
    with_span,
)
from nophantom.reporting.page import Block, Curve, Facts, Headline, Mark, Page, Section, Series, Table
from nophantom.reporting.wording import p_text
from nophantom.stats.sequential import Estimand

AS_TOLD = "as told"
"""The label of a run of which only counts are known."""


def running_page(answer: RunningAnswer) -> Page:
    """The running accuracy of one evaluation."""
    return Page(
        title="Running accuracy, from counts"
        if answer.run == AS_TOLD
        else f"Running accuracy of {answer.run}",
        subtitle=f"{answer.right:,} of {answer.n:,} right, in the order in which they were asked",
        verdict=Headline(str(answer.verdict), running_sentence(answer)),
        banners=banners(answer.simulated),
        sections=(*running_sections(answer), not_covered(answer.not_covered)),
    )


def running_sentence(answer: RunningAnswer) -> str:
    """What the peak says, in one sentence."""
    test, against = answer.test, answer.together
    if against is None:
        return "The highest running accuracy is the final one: there is no peak to explain."
    over = "at the look that was named" if answer.named else "over all looks together"
    return (
        f"The first {test.peak_look:,} against the rest is {difference(against.estimate.point)} points, interval "
        f"{span_points(against.estimate)} {over}; a random order climbs as high with probability {test.p_plain:.2f}."
    )


def running_sections(answer: RunningAnswer) -> tuple[Section, ...]:
    """The three p-values, and the curve."""
    test = answer.test
    rows = [
        ("peak", f"{percent(test.peak)} after {test.peak_look:,} of {test.n:,} problems"),
        ("end", with_span(answer.final)),
        ("drop", f"{points(test.drop)} points"),
        (
            "plain maximum",
            f"p {p_text(test.p_plain)}: a random order has a running accuracy this high at some look",
        ),
        (
            "studentised",
            f"p {p_text(test.p_studentised)}: the same, every look in units of its own standard deviation",
        ),
        (
            "single look",
            f"p {p_text(test.p_single)}: at this look alone, honest only if it was named before the data",
        ),
    ]
    if answer.peak_against_rest is not None:
        e = answer.peak_against_rest.estimate
        alone = "" if answer.named else ", at this look alone"
        rows.append(("first against rest", f"{difference(e.point)} points, interval {span_points(e)}{alone}"))
    if answer.together is not None and not answer.named:
        e = answer.together.estimate
        rows.append(("over all looks", f"interval {span_points(e)}: the peak was chosen because it is high"))
    blocks: list[Block] = [Facts(tuple(rows))]
    if answer.looks:
        blocks.append(
            Curve(
                (Series("running accuracy", tuple(map(float, answer.looks)), answer.accuracy),),
                "problems answered",
                "accuracy",
                "Accuracy so far, in the order of the evaluation",
                references=(("end", answer.final.point),),
                marks=(Mark("peak", float(test.peak_look), test.peak),),
            )
        )
    looks = f"{len(test.looks)} looks, the last at {test.looks[-1]:,}"
    return (Section("Is the peak a matter of order?", tuple(blocks), f"Exact over all orders; {looks}."),)


def running_pair_page(answer: RunningPair) -> Page:
    """The running difference of two runs along one order."""
    band = answer.band
    e = band.final
    if band.p_order is None:
        told = "The two differ alike on every problem: no order could change the path."
    elif band.p_order >= 1 - band.confidence:
        told = "The path stays where a random order would keep it: when it helps and when it hurts is noise."
    else:
        told = "The path leaves where a random order would keep it: the difference depends on the order."
    series = Series(
        "running difference", tuple(map(float, band.looks)), band.difference, band.order_low, band.order_high
    )
    curve = Curve(
        (series,),
        "problems answered",
        "difference",
        "Difference so far, with the band of random orders",
        y_unit="points",
        references=(("no difference", 0.0),),
    )
    facts = Facts(
        (
            ("at the end", difference_with_span(e)),
            ("order", f"p {p_text(band.p_order)}: a random order strays as far at some look"),
        )
    )
    return Page(
        title=f"{answer.first} against {answer.second}, as it went",
        subtitle=f"{counted(band.looks[-1], 'problem')} in the order of the first",
        verdict=Headline(None, told),
        banners=banners(answer.simulated),
        sections=(Section("Running difference", (facts, curve)), _stopping(answer)),
    )


_ABOUT = {Estimand.PROBLEMS: "problems like these", Estimand.TEST_SET: "this test set"}


def _stopping(answer: RunningPair) -> Section:
    """When one could have stopped, looking after every problem."""
    rows = tuple(
        (
            _ABOUT[v.estimand],
            str(v.verdict),
            "never" if v.decided_after is None else f"after {v.decided_after:,}",
            f"{v.saved:.0%}",
            span_points(v.estimate),
        )
        for v in answer.stopping
    )
    table = Table(
        ("about", "verdict", "decided", "problems saved", "interval then"),
        rows,
        ("left", "left", "left", "right", "left"),
        "Looking after every problem, at the same error rate; honest as far as the problems came in random order",
    )
    return Section("Could one have stopped earlier?", (table,))


def training_page(answer: TrainingAnswer) -> Page:
    """The checkpoints of one run."""
    return Page(
        title=f"Checkpoints of {answer.run}",
        subtitle=f"{len(answer.steps)} checkpoints on {counted(answer.n, 'problem')}",
        verdict=Headline(str(answer.verdict), training_sentence(answer)),
        banners=banners(answer.simulated),
        sections=(*training_sections(answer), not_covered(answer.not_covered)),
    )


def training_sentence(answer: TrainingAnswer) -> str:
    """Whether an earlier checkpoint is better than the end."""
    shape, drop = answer.shape, answer.peak.drop
    end = "the last checkpoint" if answer.peak.last == 1 else f"the mean of the last {answer.peak.last}"
    return (
        f"The best other checkpoint, {percent(shape.accuracies[answer.peak.peak_index])} at step "
        f"{step_name(answer.steps[answer.peak.peak_index])}, against {end}: {difference_with_span(drop)} over all "
        "checkpoints together."
    )


def training_sections(answer: TrainingAnswer) -> tuple[Section, ...]:
    """The curve with its intervals, and its shape."""
    shape = answer.shape
    x = tuple(float(i if step is None else step) for i, step in enumerate(answer.steps))
    curve = Curve(
        (
            Series(
                "accuracy",
                x,
                tuple(e.point for e in answer.each),
                tuple(e.low for e in answer.each),
                tuple(e.high for e in answer.each),
            ),
        ),
        "training step",
        "accuracy",
        "Accuracy by checkpoint, each with its own interval",
        references=(("end", shape.final),),
        marks=(Mark("peak", x[shape.peak_index], shape.peak),),
    )
    table = Table(
        ("step", "accuracy", "interval", "clearly above the end"),
        tuple(
            (
                step_name(step),
                percent(e.point),
                span_percent(e),
                "yes" if i in answer.peak.clearly_above else "",
            )
            for i, (step, e) in enumerate(zip(answer.steps, answer.each, strict=True))
        ),
        ("right", "right", "left", "left"),
    )
    return (Section("Checkpoints", (Facts(_shape(answer)), curve, table)),)


def _shape(answer: TrainingAnswer) -> tuple[tuple[str, str], ...]:
    shape = answer.shape
    rows = [
        ("peak", f"{percent(shape.peak)} at step {step_name(answer.steps[shape.peak_index])}"),
        ("end", f"{percent(shape.final)}{', collapsed: below half the peak' if shape.collapsed else ''}"),
        (
            "best other against end",
            f"{difference(answer.peak.drop.point)} points, p {p_text(answer.peak.p_value)}",
        ),
        ("best checkpoint", f"{span_percent(answer.bounds)} over all checkpoints together"),
        (
            "smoothness",
            "unknown: it takes three checkpoints"
            if shape.smoothness is None
            else f"{shape.smoothness:.2f} (1 smooth, 0 random)",
        ),
        (
            "noise",
            "unknown: it takes three checkpoints"
            if shape.noise is None
            else f"{points(shape.noise)} points between neighbouring checkpoints",
        ),
    ]
    if answer.smoothed is not None:
        rows.append(
            (
                f"last {answer.peak.last}",
                with_span(answer.smoothed),
            )
        )
    return tuple(rows)


def step_name(step: int | None) -> str:
    """A step for people."""
    return "unknown" if step is None else f"{step:,}"
