"""Which problems all, none or some of the runs solve, as a page."""

from __future__ import annotations

from nophantom.llm.questions.difficulty import ProblemsAnswer
from nophantom.llm.reports.frame import page_of
from nophantom.reporting.page import Block, Facts, Histogram, Page, Section, Table


def problems_page(answer: ProblemsAnswer) -> Page:
    """The whole answer."""
    return page_of("Problems", answer.setting, None, problems_sections(answer))


def problems_sections(answer: ProblemsAnswer) -> tuple[Section, ...]:
    """Counts, how many problems k runs solved, and the hardest."""
    share = f"of {answer.n:,}"
    facts = Facts(
        (
            ("always", f"{answer.always:,} {share} solved by every run"),
            (
                "flipping",
                f"{answer.flipping:,} {share} solved by some: where seeds differ, and where a vote can gain",
            ),
            ("never", f"{answer.never:,} {share} solved by none: no vote of these runs can gain here"),
        )
    )
    blocks: list[Block] = [facts]
    if any(answer.solved_by):
        blocks.append(
            Histogram(
                answer.solved_by, "How many runs solved a problem", f"solved by so many of {answer.runs}"
            )
        )
    if answer.hardest:
        rows = tuple((row.problem[:12], f"{row.solved:g}", f"{row.scored}") for row in answer.hardest)
        blocks.append(Table(("problem", "solved by", "of"), rows, ("left", "right", "right"), "The hardest"))
    return (Section("Problems", tuple(blocks)),)
