"""What the pages of all answers share: banners, subtitle, and how numbers are said."""

from __future__ import annotations

from collections.abc import Sequence

from nophantom.llm.questions.setting import Setting
from nophantom.llm.verdicts import Claim, Ruling, in_points
from nophantom.reporting.page import Headline, Items, Page, Section
from nophantom.stats.estimates import Estimate

BARE = "as given"
"""The grader of bare scores."""


def banners(simulated: bool, provenance: str | None = None) -> tuple[str, ...]:
    """What a reader must know before the rest: whether it is a simulation, and how the test was used before."""
    told = ["SIMULATED outcomes: nothing here was measured on a real model"] if simulated else []
    if provenance:
        told.append(provenance)
    return tuple(told)


def subtitle(setting: Setting) -> str:
    """Of what, on which problems, judged by whom."""
    if setting.grader == BARE:
        return f"{setting.study}, scores as given"
    told = [setting.study if setting.reference is None else f"{setting.reference} {setting.study}"]
    told.append(setting.problem_set + (f", {setting.split}" if setting.split else ""))
    if setting.step is not None:
        told.append(f"step {setting.step:,}")
    told.append(f"graded by {setting.grader}")
    return "; ".join(told)


def page_of(title: str, setting: Setting, headline: Headline | None, sections: Sequence[Section]) -> Page:
    """A page for one answer."""
    return Page(
        title=title,
        subtitle=subtitle(setting),
        verdict=headline,
        banners=banners(setting.simulated, setting.provenance),
        sections=tuple(sections),
    )


def headline_of(ruling: Ruling) -> Headline:
    """A verdict as the first thing of a page."""
    when = " Exploratory: not written down before the data." if ruling.exploratory else ""
    return Headline(str(ruling.verdict), f"{ruling.reason[:1].upper()}{ruling.reason[1:]}{when}")


def not_covered(lines: Sequence[str]) -> Section:
    """What the intervals leave out."""
    return Section("Not covered", (Items(tuple(lines)),))


def percent(share: float | None, digits: int = 2) -> str:
    """An accuracy: '75.80%', 'unknown'."""
    return "unknown" if share is None else f"{share:.{digits}%}"


def points(share: float | None) -> str:
    """A spread in points, without a sign: '0.57'."""
    return "unknown" if share is None else f"{share * 100:.2f}"


def spread_points(share: float | None) -> str:
    """A standard deviation: 'sd 0.57 points', 'sd unknown'."""
    return "sd unknown" if share is None else f"sd {points(share)} points"


def counted(number: int, thing: str) -> str:
    """So many of a thing: '1 seed', '1,319 problems'."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def claim_text(claim: Claim, first: str = "the first", second: str | None = None) -> str:
    """A claim for people: 'the first is better; delta 1 point, alpha 0.05'."""
    if claim.direction == "different":
        said = "the two differ" if second is None else f"{first} and {second} differ"
    else:
        better = "better" if claim.direction == "higher" else "worse"
        said = f"{first} is {better}" + ("" if second is None else f" than {second}")
    return f"{said}; delta {in_points(claim.delta)}, alpha {claim.alpha:g}"


def difference(share: float | None) -> str:
    """A difference in points, with its sign: '+0.57'."""
    return "unknown" if share is None else f"{share * 100:+.2f}"


def with_span(estimate: Estimate) -> str:
    """An accuracy with its interval: '75.80%, interval 71.86% to 79.35%', '75.80%, interval unknown'."""
    span = span_percent(estimate)
    return f"{percent(estimate.point)}, {span if span.startswith('interval') else f'interval {span}'}"


def difference_with_span(estimate: Estimate) -> str:
    """A difference with its interval: '+2.80 points, 95% interval -2.62 to +8.21'."""
    span = span_points(estimate)
    told = span if span.startswith("interval") else f"{estimate.confidence:.0%} interval {span}"
    return f"{difference(estimate.point)} points, {told}"


def span_percent(estimate: Estimate | None) -> str:
    """The interval of an accuracy: '71.9% to 79.3%'."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return "interval unknown"
    return f"{estimate.low:.2%} to {estimate.high:.2%}"


def span_points(estimate: Estimate | None) -> str:
    """The interval of a difference in points: '-2.2 to +12.9'."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return "interval unknown"
    return f"{estimate.low * 100:+.2f} to {estimate.high * 100:+.2f}"
