"""Recipes compared, as a page."""

from __future__ import annotations

from nophantom.llm.questions.recipes import ArmFacts, RecipeComparison, RecipePairs
from nophantom.llm.reports.frame import (
    claim_text,
    counted,
    difference,
    difference_with_span,
    headline_of,
    not_covered,
    page_of,
    percent,
    points,
    span_points,
    spread_points,
)
from nophantom.llm.verdicts import in_points
from nophantom.reporting.page import Block, Facts, Intervals, Page, Section, Spread, Table
from nophantom.reporting.wording import p_text


def recipes_page(answer: RecipeComparison) -> Page:
    """Two arms of a study, compared."""
    title = f"{answer.first.name} against {answer.second.name}"
    sections = (*recipes_sections(answer), not_covered(answer.finding.not_covered))
    return page_of(title, answer.setting, headline_of(answer.ruling), sections)


def recipes_sections(answer: RecipeComparison) -> tuple[Section, ...]:
    """The difference, its parts, and the seeds behind it."""
    estimate = answer.finding.estimate
    picture = Intervals(
        ((f"{answer.first.name} minus {answer.second.name}", estimate),),
        answer.ruling.claim.delta,
        "points",
        "Difference of the recipes, in points",
    )
    spread = Spread(
        ((answer.first.name, answer.first.accuracies), (answer.second.name, answer.second.accuracies)),
        (),
        f"Every seed on {counted(answer.n_problems, 'problem')}",
    )
    blocks: tuple[Block, ...] = (picture, Facts(_facts(answer)), spread)
    return (Section("Would training again this way be better?", blocks),)


def _facts(answer: RecipeComparison) -> tuple[tuple[str, str], ...]:
    e, test, claim = answer.finding.estimate, answer.test, answer.ruling.claim
    rows = [_arm_row(answer.first), _arm_row(answer.second)]
    rows.append(("difference", difference_with_span(e)))
    freedom = "" if test.freedom is None else f" on {test.freedom:.1f} degrees of freedom"
    rows.append(("test", f"{test.test}{freedom}, p {p_text(answer.finding.p_value)}"))
    if answer.permutation is not None:
        p = answer.permutation
        how = "exact" if p.exact else "drawn"
        rows.append(
            (
                "beside it",
                (
                    f"permutation of the seeds ({how}, {p.arrangements:,} arrangements), p {p_text(p.p_value)}; it "
                    f"cannot fall below {p_text(p.smallest_p)}, and speaks of these problems alone"
                ),
            )
        )
    if test.var_seeds is not None and test.var_interaction is not None:
        error = (test.var_seeds + test.var_interaction) ** 0.5
        rows.append(
            (
                "error",
                (
                    f"{points(error)} points: {points(test.var_seeds**0.5)} from the seeds, "
                    f"{points(test.var_interaction**0.5)} because problems suit the recipes differently"
                ),
            )
        )
    if answer.paired:
        rows.append(("paired", "by seed number: the same seed of both shares its randomness"))
    if answer.left_out:
        rows.append(("left out", f"{counted(answer.left_out, 'problem')} that some run was not scored on"))
    if answer.ruling.verdict == "undecided":
        rows.append(("would decide", _needed(answer)))
    if answer.planted is not None:
        rows.append(("planted", f"{difference(answer.planted)} points is the truth of this simulation"))
    rows.append(("claim", claim_text(claim, answer.first.name, answer.second.name)))
    return tuple(rows)


def _needed(answer: RecipeComparison) -> str:
    delta = in_points(answer.ruling.claim.delta)
    if answer.seeds_needed is not None:
        return f"{answer.seeds_needed:,} seeds per arm, for a true difference of {delta} with 80% power"
    if min(answer.first.seeds, answer.second.seeds) < 2:
        return "at least two seeds in each arm: one training says nothing of the next"
    return f"more problems: no number of seeds shows {delta} on {answer.n_problems:,} problems"


def _arm_row(arm: ArmFacts) -> tuple[str, str]:
    return (
        arm.name,
        f"mean {percent(arm.mean)} over {counted(arm.seeds, 'seed')}, {spread_points(arm.sd)}",
    )


def pairs_page(answer: RecipePairs) -> Page:
    """All arms of a study, every pair."""
    return page_of(
        "All arms", answer.setting, None, (*pairs_sections(answer), not_covered(answer.not_covered))
    )


def pairs_sections(answer: RecipePairs) -> tuple[Section, ...]:
    """Every pair with its simultaneous interval."""
    picture = Intervals(
        tuple((f"{a} minus {b}", estimate) for a, b, estimate, _ in answer.pairs),
        None,
        "points",
        f"Differences with intervals that hold together at {answer.confidence:.0%}",
    )
    rows = tuple(
        (f"{a} minus {b}", difference(e.point), span_points(e), p_text(p)) for a, b, e, p in answer.pairs
    )
    table = Table(
        ("pair", "points", "simultaneous interval", "adjusted p"),
        rows,
        ("left", "right", "left", "right"),
        f"Each interval alone has {answer.confidence_each:.2%} (Bonferroni)",
    )
    arms = Facts(tuple(_arm_row(arm) for arm in answer.arms))
    return (Section("Every pair of arms", (arms, picture, table)),)
