"""The spread of seeds as a page."""

from __future__ import annotations

from nophantom.llm.questions.seed_spread import ArmSpread, SeedsAnswer
from nophantom.llm.reports.frame import (
    counted,
    not_covered,
    page_of,
    percent,
    points,
    span_percent,
    spread_points,
)
from nophantom.reporting.page import Block, Facts, Headline, Page, Paragraph, Section, Spread, Table
from nophantom.reporting.wording import p_text
from nophantom.stats.estimates import Estimate
from nophantom.stats.expected_maximum import ExpectedMaximum
from nophantom.stats.return_on_compute import ReturnOnCompute

_SEEDS_SHOWN = 20
DEFAULT_ARM = "default"
"""The arm of runs of which nobody said more: its name tells nothing."""


def seeds_page(answer: SeedsAnswer) -> Page:
    """The whole answer."""
    return page_of("Seeds", answer.setting, seeds_headline(answer), seeds_sections(answer))


def seeds_headline(answer: SeedsAnswer) -> Headline:
    """The verdict of a single arm; of several, one sentence for each."""
    if len(answer.arms) == 1:
        (arm,) = answer.arms
        return Headline(str(arm.verdict), f"{arm.reason[:1].upper()}{arm.reason[1:]}")
    return Headline(
        None, " ".join(f"{arm.arm}: {arm.verdict}, {_sentence(arm.reason)}" for arm in answer.arms)
    )


def _sentence(reason: str) -> str:
    return reason if reason.endswith(".") else f"{reason}."


def seeds_sections(answer: SeedsAnswer) -> tuple[Section, ...]:
    """One section for each arm, how their spreads compare, and what is not covered."""
    sections = [_arm_section(arm) for arm in answer.arms]
    if answer.pairs:
        rows = tuple(
            (
                f"{pair.first} and {pair.second}",
                points(pair.comparison.sd_first),
                points(pair.comparison.sd_second),
                p_text(pair.comparison.p_value),
            )
            for pair in answer.pairs
        )
        table = Table(
            ("arms", "true sd of the first", "of the second", "p of equal spreads"),
            rows,
            ("left", "right", "right", "right"),
            "Spread in points, the noise of the test taken off",
        )
        sections.append(Section("Do the arms differ in spread?", (table,)))
    return (*sections, not_covered(answer.not_covered))


def _arm_section(arm: ArmSpread) -> Section:
    blocks: list[Block] = []
    if len(arm.seeds) > 1:
        blocks.append(
            Spread(
                ((arm.arm, tuple(seed.accuracy for seed in arm.seeds)),),
                _marks(arm),
                f"Accuracy of {len(arm.seeds)} seeds on {counted(arm.n_problems, 'problem')}",
            )
        )
    blocks += [Facts(_facts(arm)), maximum_table(arm.best, arm.best_in_hand)]
    if arm.cost is not None:
        blocks += _cost(arm.cost)
    blocks.append(_seed_table(arm))
    lead = f"{counted(len(arm.seeds), 'seed')}, mean {percent(arm.mean)}, {spread_points(arm.sd)}."
    return Section(_title(arm), tuple(blocks), lead)


def _title(arm: ArmSpread) -> str:
    return "Seeds" if arm.arm == DEFAULT_ARM else f"Seeds of {arm.arm}"


def _marks(arm: ArmSpread) -> tuple[tuple[str, float], ...]:
    named = (("normal", arm.best.normal), ("best in hand, honest", arm.best_in_hand))
    return (("mean", arm.mean), *((name, e.point) for name, e in named if e is not None))


def _facts(arm: ArmSpread) -> tuple[tuple[str, str], ...]:
    over = f"{counted(len(arm.seeds), 'seed')} and {counted(arm.n_problems, 'problem')}"
    rows = [("mean", f"{percent(arm.mean)} over {over}"), ("spread seen", _spread_seen(arm))]
    if arm.seed_sd is not None:
        spread = arm.seed_sd
        span = (
            "interval unknown"
            if spread.low is None or spread.high is None
            else f"{points(spread.low)} to {points(spread.high)}"
        )
        rows.append(
            ("true spread", f"sd {points(spread.point)} points ({span}), the noise of the test taken off")
        )
    if arm.reliability is not None:
        r = arm.reliability
        span = "interval unknown" if r.low is None or r.high is None else f"{r.low:.2f} to {r.high:.2f}"
        rows.append(
            ("reliability", f"{r.point:.2f} ({span}) of the variance would show again on new problems")
        )
    if arm.cochran is not None:
        told = f"Q {arm.cochran.statistic:.1f} on {arm.cochran.freedom} degrees of freedom"
        rows.append(("Cochran's Q", f"{told}, p {p_text(arm.cochran.p_value)}"))
    if arm.left_out:
        rows.append(("left out", f"{counted(arm.left_out, 'problem')} that some seed was not scored on"))
    if arm.hours_per_seed is not None:
        rows.append(("training", f"{arm.hours_per_seed:.3g} hours a seed"))
    return tuple(rows)


def _spread_seen(arm: ArmSpread) -> str:
    if arm.sd is None:
        return "unknown: it takes two seeds"
    if arm.yardstick is None:
        return spread_points(arm.sd)
    alike = f"{points(arm.yardstick)} would come of the test alone if all seeds were alike"
    return f"{spread_points(arm.sd)}; {alike}"


def maximum_table(best: ExpectedMaximum, in_hand: Estimate | None) -> Table:
    """The expected maximum four ways, side by side and never one alone."""

    def row(name: str, what: str, estimate: Estimate | None, why: str | None) -> tuple[str, ...]:
        if estimate is None:
            return name, "unknown", why or "unknown", what
        span = span_percent(estimate) if estimate.low is not None else (why or "interval unknown")
        return name, percent(estimate.point), span, what

    rows = [
        row(
            "asymptotic",
            "observed score; mean + sd sqrt(2 ln n), an upper bound",
            best.asymptotic,
            best.about_normal,
        ),
        row("normal", "observed score, on the same problems", best.normal, best.about_normal),
        row("empirical", "observed score, without a distribution", best.empirical, best.about_empirical),
    ]
    if best.honest is None and best.honest_range is not None:
        low, high = best.honest_range
        rows.append(
            (
                "honest",
                f"{low:.2%} to {high:.2%}",
                "depending on reliability",
                "problems nobody has seen; needs the scores",
            )
        )
    else:
        rows.append(row("honest", "score on problems nobody has seen", best.honest, best.about_honest))
    if in_hand is not None:
        rows.append(
            row("best in hand", "the best of these seeds, on problems nobody has seen", in_hand, None)
        )
    return Table(
        ("maximum", "estimate", "interval", "of what"),
        tuple(rows),
        ("left", "right", "left", "left"),
        f"The best of {best.n}, four ways",
    )


def _cost(cost: ReturnOnCompute) -> tuple[Block, ...]:
    """What more seeds bring on unseen problems, and for how many hours."""

    def hours(value: float | None) -> str:
        return "unknown" if value is None else f"{value:,.3g}"

    def rate(value: float | None) -> str:
        return "unknown" if value is None else f"{value * 100:.3g}"

    # Columns of nothing but "unknown" would tell nothing.
    priced = any(row.hours is not None for row in cost.rows)
    rows = tuple(
        (f"{row.n}", points(row.gain), points(row.next_gain))
        + ((hours(row.hours), rate(row.next_gain_per_hour)) if priced else ())
        for row in cost.rows
    )
    table = Table(
        ("best of", "gains, points", "the next adds")
        + (("hours", "points per hour of the next") if priced else ()),
        rows,
        ("right", "right", "right", "right", "right") if priced else ("right", "right", "right"),
        "Return on compute: expected gain over one seed, on unseen problems",
    )
    told = [] if priced else ["Nobody told the hours of a seed, so what a point costs is unknown."]
    told += [f"A vote of {cost.inference_cost} costs {cost.inference_cost} times the inference of one model."]
    if cost.bar is not None:
        told.append(f"Against {cost.bar * 100:.3g} points per hour, {_stops(cost)}.")
    return table, Paragraph(" ".join(told))


def _stops(cost: ReturnOnCompute) -> str:
    if cost.stops_at is not None:
        return f"after {counted(cost.stops_at, 'seed')} the next one no longer pays"
    if cost.never_stops:
        return "the next seed always pays, up to 1,000 at least"
    return "nobody knows whether the next seed pays"


def _seed_table(arm: ArmSpread) -> Table:
    shown = arm.seeds[:_SEEDS_SHOWN]
    rows = tuple(
        (
            "unknown" if seed.seed is None else str(seed.seed),
            percent(seed.accuracy),
            f"{(seed.accuracy - arm.mean) * 100:+.2f}",
            seed.run if seed.run_id is None else f"r{seed.run_id} {seed.run}",
        )
        for seed in shown
    )
    caption = (
        "Every seed" if len(shown) == len(arm.seeds) else f"The best {len(shown)} of {len(arm.seeds)} seeds"
    )
    return Table(
        ("seed", "accuracy", "from the mean", "run"), rows, ("right", "right", "right", "left"), caption
    )


def summary_page(mean: float, sd: float, seeds: int, best: ExpectedMaximum) -> Page:
    """The expected maximum from a published mean and standard deviation."""
    table = maximum_table(best, None)
    lead = (
        f"Mean {percent(mean)}, {spread_points(sd)} over {seeds} seeds, as told; the scores of the problems would "
        "tell how much of the spread is the seeds' own."
    )
    section = Section("Expected maximum", (Paragraph(lead), table))
    return Page(
        title="Seeds, from a summary",
        subtitle=f"mean {percent(mean)}, sd {points(sd)} points, {seeds} seeds",
        sections=(section, not_covered(_OF_A_SUMMARY)),
    )


_OF_A_SUMMARY = (
    "whether the seeds differ at all: without the scores per problem the noise of the test cannot be taken off",
    "scores that are far from normal",
)
