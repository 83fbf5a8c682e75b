"""A selection as a page: what was chosen, what it is worth, and what the test said."""

from __future__ import annotations

from nophantom.llm.questions.seed_selection import Candidate, SelectionAnswer, TestOfSelection
from nophantom.llm.reports.frame import (
    counted,
    difference,
    not_covered,
    page_of,
    percent,
    points,
    span_percent,
    span_points,
    with_span,
)
from nophantom.reporting.page import Block, Facts, Headline, Page, Paragraph, Section, Table

_SHOWN = 20


def selection_page(answer: SelectionAnswer) -> Page:
    """The whole answer."""
    sections = (*selection_sections(answer), not_covered(answer.not_covered))
    return page_of("Selection", answer.setting, Headline(None, selection_sentence(answer)), sections)


def selection_sentence(answer: SelectionAnswer) -> str:
    """What is shipped, and what to expect of it."""
    best = answer.candidates[0]
    honest = (
        "what it will score on unseen problems cannot be told from one seed"
        if answer.honest is None
        else f"expect {percent(answer.honest.point)} ({span_percent(answer.honest)}) on unseen problems"
    )
    also = f", with {answer.top_k - 1} more to vote" if answer.top_k > 1 else ""
    return f"Ship {best.run}{also}: {percent(answer.observed)} where it was chosen; {honest}."


def selection_sections(answer: SelectionAnswer) -> tuple[Section, ...]:
    """What it is worth before any test, what the test said, and the candidates."""
    sections = [Section("What the choice is worth", (Facts(_worth(answer)),))]
    if answer.test is not None:
        sections.append(Section("The test, opened once", (Facts(_test(answer, answer.test)),)))
    elif answer.same_problems:
        told = "There is no other split: the chosen run was judged on the problems it was chosen on. Only the honest "
        sections.append(Section("No test", (Paragraph(told + "estimate allows for that."),)))
    sections.append(Section("Candidates", (_table(answer),)))
    return tuple(sections)


def _worth(answer: SelectionAnswer) -> tuple[tuple[str, str], ...]:
    rows = [
        ("chosen on", f"{answer.setting.split or 'a split without a name'}, {counted(answer.n, 'problem')}")
    ]
    rows.append(("observed", f"{percent(answer.observed)}, the best of {len(answer.candidates)}"))
    if answer.curse is not None:
        span = (
            ""
            if answer.curse.low is None or answer.curse.high is None
            else (f" ({points(answer.curse.low)} to {points(answer.curse.high)})")
        )
        rows.append(
            (
                "winner's curse",
                f"{points(answer.curse.point)} points{span} of it is luck that will not show again",
            )
        )
    if answer.honest is not None:
        rows.append(
            (
                "honest",
                f"{with_span(answer.honest)}, on unseen problems",
            )
        )
    if answer.reliability is not None:
        r = answer.reliability
        span = "" if r.low is None or r.high is None else f" ({r.low:.2f} to {r.high:.2f})"
        rows.append(("reliability", f"{r.point:.2f}{span} of the variance between seeds would show again"))
    if answer.gain is not None:
        rows.append(
            (
                "what choosing gains",
                (
                    f"{difference(answer.gain.point)} points ({span_points(answer.gain)}) over the mean seed, on "
                    "the half of the problems that was not chosen on"
                ),
            )
        )
    if answer.recorded is not None:
        when = " after the test was seen" if answer.recorded.after_test else " before the test was seen"
        rows.append(("recorded", f"selection {answer.recorded.number}, {answer.recorded.made_at},{when}"))
    return tuple(rows)


def _test(answer: SelectionAnswer, test: TestOfSelection) -> tuple[tuple[str, str], ...]:
    rows = [
        (
            "chosen run",
            f"{with_span(test.chosen)}, {counted(test.n, 'problem')}",
        ),
        ("all candidates", f"mean {percent(test.mean)}, best {percent(test.best)}"),
        ("its place", f"{test.rank} of {len(answer.candidates)}"),
    ]
    if answer.honest is not None:
        rows.append(
            ("against the honest estimate", f"{difference(test.chosen.point - answer.honest.point)} points")
        )
    rows.append(("against where it was chosen", f"{difference(test.chosen.point - answer.observed)} points"))
    if test.alike is not None:
        e = test.alike
        span = "" if e.low is None or e.high is None else f" ({e.low:+.2f} to {e.high:+.2f})"
        rows.append(("the two splits rank alike", f"Spearman {e.point:+.2f}{span}"))
    return tuple(rows)


def _named(c: Candidate) -> str:
    """Arm and seed of a run in the ledger; of bare scores its label."""
    if c.run_id is None or c.seed is None:
        return c.run
    return f"{c.arm}, seed {c.seed}"


def _table(answer: SelectionAnswer) -> Block:
    shown = answer.candidates[:_SHOWN]
    has_test = answer.test is not None
    rows = tuple(
        (
            f"{c.place}{' tied' if c.tied else ''}",
            _named(c),
            percent(c.accuracy),
            *((percent(c.test),) if has_test else ()),
            "chosen" if c.place <= answer.top_k else "",
        )
        for c in shown
    )
    rest = len(answer.candidates) - len(shown)
    return Table(
        ("place", "run", "chosen on", *(("test",) if has_test else ()), ""),
        rows,
        ("right", "left", "right", *(("right",) if has_test else ()), "left"),
        f"The best {len(shown)} of {len(answer.candidates)}" if rest else "",
    )
