"""How much evidence an effect needs, as pages."""

from __future__ import annotations

from nophantom.llm.questions.counts import GSM8K_TEST
from nophantom.llm.questions.needs import ProblemsPlan, SeedsPlan
from nophantom.llm.reports.frame import points
from nophantom.llm.verdicts import in_points
from nophantom.reporting.page import Facts, Headline, Page, Section


def problems_plan_page(plan: ProblemsPlan) -> Page:
    """Problems for a comparison of two checkpoints."""
    more = f": more than the {GSM8K_TEST:,} of GSM8K's test set" if plan.more_than_gsm8k else ""
    rows = [
        ("same problems", f"{plan.paired:,} problems, both runs asked all of them"),
        ("in between", f"they answer {plan.differ:.1%} of problems differently, right or wrong"),
    ]
    if plan.unpaired is not None:
        rows.insert(1, ("other problems", f"{plan.unpaired:,} problems for each run"))
    visible = (
        "nothing they could differ by" if plan.visible is None else f"{points(plan.visible)} points or more"
    )
    rows.append(("at hand", f"{plan.at_hand:,} problems show {visible}"))
    return Page(
        title=f"Problems for {in_points(plan.delta)}",
        subtitle=f"power {plan.power:.0%}, confidence {plan.confidence:.0%}",
        verdict=Headline(None, f"{plan.paired:,} problems would decide{more}."),
        sections=(Section("Problems", (Facts(tuple(rows)),)),),
    )


def seeds_plan_page(plan: SeedsPlan) -> Page:
    """Seeds for a comparison of recipes."""

    def told(seeds: int | None) -> str:
        return "no number of seeds would show it" if seeds is None else f"{seeds:,} seeds per arm"

    rows = [
        ("two arms", f"{told(plan.contrast)} ({told(plan.by_normal)} by the normal formula)"),
        ("interaction", f"{told(plan.interaction)}, four arms: one effect that depends on another"),
    ]
    if plan.at_hand is not None and plan.visible is not None:
        rows.append(("at hand", f"{plan.at_hand:,} seeds per arm show {points(plan.visible)} points or more"))
    return Page(
        title=f"Seeds for {in_points(plan.delta)} at a seed sd of {points(plan.sd)} points",
        subtitle=f"power {plan.power:.0%}, confidence {plan.confidence:.0%}",
        verdict=Headline(None, f"{told(plan.contrast)} would decide."),
        sections=(Section("Seeds", (Facts(tuple(rows)),)),),
    )
