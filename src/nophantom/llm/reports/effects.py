"""The effects of factors, as a page."""

from __future__ import annotations

from dataclasses import replace

from nophantom.llm.questions.effects import Effect, EffectsAnswer
from nophantom.llm.reports.frame import (
    counted,
    difference,
    headline_of,
    not_covered,
    page_of,
    percent,
    points,
    span_points,
    spread_points,
)
from nophantom.llm.verdicts import in_points
from nophantom.reporting.page import Block, Facts, Headline, Intervals, Items, Page, Section, Table
from nophantom.reporting.wording import p_text

_DIRECTIONS = {"different": "is not 0", "higher": "is above 0", "lower": "is below 0"}


def effects_page(answer: EffectsAnswer) -> Page:
    """Every effect of a factorial study."""
    first, *others = effects_sections(answer)  # the lead of the first is the headline already
    return page_of(
        "Effects of the factors",
        answer.setting,
        effects_headline(answer),
        (replace(first, lead=""), *others, not_covered(answer.not_covered)),
    )


def effects_headline(answer: EffectsAnswer) -> Headline:
    """The verdict of a single effect; of several, one sentence for each kind of verdict."""
    if len(answer.effects) == 1:
        return headline_of(answer.effects[0].ruling)
    return Headline(None, effects_sentence(answer))


def effects_sentence(answer: EffectsAnswer) -> str:
    """Which effects are real, phantom and undecided."""
    told = []
    for word in ("real", "phantom", "undecided"):
        some = [effect.name for effect in answer.effects if effect.ruling.verdict == word]
        if some:
            told.append(f"{word}: {'; '.join(some)}.")
    when = " Exploratory: not written down before the data." if answer.effects[0].ruling.exploratory else ""
    return f"{' '.join(text[:1].upper() + text[1:] for text in told)}{when}"


def effects_sections(answer: EffectsAnswer) -> tuple[Section, ...]:
    """All effects, the same on the best runs, what the factors do to the spread, and what it takes to know."""
    sections = [Section("What does each factor bring?", _effects(answer), effects_sentence(answer))]
    if any(effect.best is not None for effect in answer.effects):
        sections.append(Section("Does it add to the best seed?", _best(answer), _OF_THE_BEST))
    if any(effect.spread is not None for effect in answer.effects):
        sections.append(Section("Does it change the spread of the seeds?", (_spreads(answer),)))
    return tuple(sections)


def _effects(answer: EffectsAnswer) -> tuple[Block, ...]:
    picture = Intervals(
        tuple((effect.name, effect.finding.estimate) for effect in answer.effects),
        answer.claim.delta,
        "points",
        f"Effects with intervals that hold together at {answer.confidence:.0%}",
    )
    rows = tuple(
        (
            effect.name,
            difference(effect.finding.estimate.point),
            span_points(effect.finding.estimate),
            p_text(effect.finding.p_value),
            str(effect.ruling.verdict),
            _needed(effect),
        )
        for effect in answer.effects
    )
    delta = in_points(answer.claim.delta)
    table = Table(
        ("effect", "points", "simultaneous interval", "adjusted p", "verdict", "seeds per arm for delta"),
        rows,
        ("left", "right", "left", "right", "left", "right"),
        f"Each interval alone has {answer.confidence_each:.2%} (Bonferroni); the last column: to show {delta} with "
        "80% power",
    )
    blocks: list[Block] = [picture, table, _arms(answer), Facts(_facts(answer))]
    if answer.missing:
        blocks.append(Items(answer.missing, "Effects that these arms cannot tell: no matching arms"))
    return tuple(blocks)


def _needed(effect: Effect) -> str:
    if effect.seeds_needed is not None:
        return f"{effect.seeds_needed:,}"
    return "unknown" if effect.test.var_interaction is None or not effect.test.var_single else "more problems"


def _arms(answer: EffectsAnswer) -> Table:
    rows = tuple(
        (
            arm.facts.name,
            *arm.levels,
            f"{arm.facts.seeds:,}",
            percent(arm.facts.mean),
            spread_points(arm.facts.sd),
        )
        for arm in answer.arms
    )
    columns = ("arm", *answer.factors, "seeds", "mean", "spread")
    return Table(columns, rows, caption="The arms and their levels")


def _facts(answer: EffectsAnswer) -> tuple[tuple[str, str], ...]:
    rows = [
        (
            "claim",
            f"{_claim(answer)}; alpha {answer.claim.alpha:g} for all {counted(len(answer.effects), 'effect')}",
        ),
        ("a main effect", "arms with the level minus arms without, which differ in nothing else, averaged"),
    ]
    if any(effect.is_interaction for effect in answer.effects):
        rows.append(("an interaction", "what the one brings with the other, minus what it brings without"))
    rows.append(("test", answer.effects[0].test.test))
    if answer.paired:
        rows.append(("paired", "by seed number: the same seed of every arm shares its randomness"))
    rows.append(("problems", f"{answer.n_problems:,} that every run was scored on"))
    if answer.left_out:
        rows.append(("left out", f"{counted(answer.left_out, 'problem')} that some run was not scored on"))
    if answer.outside:
        rows.append(("left aside", f"{', '.join(answer.outside)}: no combination of the factors"))
    if answer.no_best is not None:
        rows.append(("the best seeds", f"not told: {answer.no_best}"))
    return tuple(rows)


def _claim(answer: EffectsAnswer) -> str:
    return f"each effect {_DIRECTIONS[answer.claim.direction]}; delta {in_points(answer.claim.delta)}"


_OF_THE_BEST = (
    "The same effects on one run of each arm, the best on another split; other seeds are not covered."
)


def _best(answer: EffectsAnswer) -> tuple[Block, ...]:
    found = [(effect.name, effect.best) for effect in answer.effects if effect.best is not None]
    rows = tuple(
        (
            name,
            difference(best.finding.estimate.point),
            span_points(best.finding.estimate),
            p_text(best.finding.p_value),
            str(best.ruling.verdict),
        )
        for name, best in found
    )
    picture = Intervals(
        tuple((name, best.finding.estimate) for name, best in found),
        answer.claim.delta,
        "points",
        "Effects on the best runs",
    )
    table = Table(
        ("effect on the best runs", "points", "simultaneous interval", "adjusted p", "verdict"),
        rows,
        ("left", "right", "left", "right", "left"),
        f"Chosen on {answer.chosen_on}: {', '.join(found[0][1].runs)}",
    )
    return picture, table


def _spreads(answer: EffectsAnswer) -> Table:
    found = [(effect.name, effect.spread) for effect in answer.effects if effect.spread is not None]
    rows = tuple((name, points(s.sd_first), points(s.sd_second), p_text(s.p_value)) for name, s in found)
    return Table(
        ("change", "true sd of the seeds with it", "without it", "adjusted p of equal spreads"),
        rows,
        ("left", "right", "right", "right"),
        "Spread in points, the noise of the test taken off",
    )
