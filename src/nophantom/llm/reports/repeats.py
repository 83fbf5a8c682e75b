"""Several samples of one run as a page."""

from __future__ import annotations

from nophantom.llm.questions.repeats import RepeatsAnswer
from nophantom.llm.reports.frame import banners, not_covered, percent, span_percent
from nophantom.reporting.page import Block, Curve, Facts, Headline, Page, Section, Series, Table


def repeats_page(answer: RepeatsAnswer) -> Page:
    """The whole answer."""
    last = answer.rows[-1]
    vote = "" if last.vote is None else f", and a vote of all {last.k} is right on {percent(last.vote.point)}"
    told = (
        f"One sample is right on {percent(answer.single.point)}; at least one of {last.k} on "
        f"{percent(last.any_right.point)}{vote}."
    )
    return Page(
        title=f"Samples of {answer.run}",
        subtitle=f"{answer.samples} samples of each of {answer.n:,} problems",
        verdict=Headline(None, told),
        banners=banners(answer.simulated),
        sections=(*repeats_sections(answer), not_covered(answer.not_covered)),
    )


def repeats_sections(answer: RepeatsAnswer) -> tuple[Section, ...]:
    """The numbers, and the curve over k."""
    rows = [
        ("one sample", f"{percent(answer.single.point)}, interval {span_percent(answer.single)}"),
        ("wavering", f"{percent(answer.wavering)} of problems have right and wrong samples"),
        ("rule of the vote", answer.rule),
    ]
    if answer.left_out:
        rows.append(("left out", f"{answer.left_out:,} problems with fewer scored samples"))
    has_vote = answer.rows[-1].vote is not None
    table = Table(
        ("samples", "at least one right", "interval", *(("vote right", "interval") if has_vote else ())),
        tuple(
            (
                str(row.k),
                percent(row.any_right.point),
                span_percent(row.any_right),
                *((percent(row.vote.point), span_percent(row.vote)) if row.vote is not None else ()),
            )
            for row in answer.rows
        ),
        ("right", "right", "left", *(("right", "left") if has_vote else ())),
        "Over all subsets of so many samples",
    )
    blocks: list[Block] = [
        Facts(tuple(rows)),
        table,
        Curve(_series(answer), "samples", "accuracy", "By samples"),
    ]
    return (Section("Asking again", tuple(blocks)),)


def _series(answer: RepeatsAnswer) -> tuple[Series, ...]:
    def line(name: str, estimates: list[tuple[int, float, float | None, float | None]]) -> Series:
        k, points, low, high = zip(*estimates, strict=True)
        return Series(name, tuple(map(float, k)), points, low, high)

    lines = [
        line(
            "at least one right",
            [(r.k, r.any_right.point, r.any_right.low, r.any_right.high) for r in answer.rows],
        )
    ]
    votes = [(r.k, r.vote.point, r.vote.low, r.vote.high) for r in answer.rows if r.vote is not None]
    return (*lines, line("vote right", votes)) if votes else tuple(lines)
