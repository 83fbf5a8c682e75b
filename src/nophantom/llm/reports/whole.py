"""A whole study as one page: verdict first, then pictures, then methods and what is not covered."""

from __future__ import annotations

from nophantom.llm.assembling import StudyAnswers, problem_rows
from nophantom.llm.ledger.reading import GraderDrift
from nophantom.llm.questions.recipes import RecipeComparison
from nophantom.llm.reports.calibration import calibration_sections, calibration_sentence
from nophantom.llm.reports.effects import effects_sections
from nophantom.llm.reports.ensembles import ensemble_sections
from nophantom.llm.reports.frame import banners, claim_text, headline_of, subtitle
from nophantom.llm.reports.probes import probes_sections
from nophantom.llm.reports.problems import problems_sections
from nophantom.llm.reports.recipes import recipes_sections
from nophantom.llm.reports.routing import routing_sections
from nophantom.llm.reports.seeds import seeds_headline, seeds_sections
from nophantom.llm.reports.selections import selection_sections, selection_sentence
from nophantom.llm.reports.trajectories import training_sections, training_sentence
from nophantom.reporting.page import (
    Block,
    Facts,
    Headline,
    Intervals,
    Items,
    Page,
    Paragraph,
    ProblemMap,
    Section,
    Table,
)

_DRIFT_SHOWN = 10
METHODS = (
    (
        "Recipes: difference of mean accuracies; its variance comes from seeds, and from problems that suit the arms "
        "differently; Student's t with Satterthwaite's degrees of freedom; beside it the permutation of seeds."
    ),
    (
        "Effects of factors: contrasts of matching arms, judged as recipes are; simultaneous over all effects of a "
        "study (Bonferroni)."
    ),
    "Seeds: two-way layout without replication; reliability with the F interval; Cochran's Q.",
    (
        "Expected maximum: asymptotic and normal with exact intervals under normality (noncentral t), empirical from "
        "order statistics, honest by shrinking the spread to what would show again on new problems."
    ),
    (
        "Selection: highest accuracy on validation; the winner's curse is the part of its lead that new problems will "
        "not show."
    ),
    "Vote: by the rule that is printed; gain over the best single member by exact McNemar and its interval.",
    "Trajectory: best checkpoint against the last, bootstrap over problems, simultaneous over all checkpoints.",
    "Calibration: Brier score and expected calibration error in bins of equal mass, the bias of chance taken out.",
    (
        "Before training: Spearman's rank correlation inside arms; permutation of the scores, simultaneous over all "
        "measurements (Westfall and Young)."
    ),
)


def study_report(answers: StudyAnswers, *, version: str) -> Page:
    """The report of a study.

    Args:
        answers: everything that its outcomes answer.
        version: of NoPhantom, told at the end.
    """
    sections = [Section("Verdicts", _verdicts(answers))]
    for comparison in answers.recipes:
        title = f"{comparison.first.name} against {comparison.second.name}"
        sections += [Section(title, part.blocks, part.lead) for part in recipes_sections(comparison)]
    if answers.effects is not None:
        sections += effects_sections(answers.effects)
    sections += seeds_sections(answers.seeds)[:-1]
    if answers.selection is not None:
        sections += selection_sections(answers.selection)
    if answers.vote is not None:
        sections += ensemble_sections(answers.vote)
    if answers.training is not None:
        title = f"Checkpoints of {answers.training.run}"
        parts = training_sections(answers.training)
        sections += [Section(title, part.blocks, training_sentence(answers.training)) for part in parts]
    sections += _problems(answers)
    if answers.calibration is not None:
        parts = calibration_sections(answers.calibration)
        sections += [Section(p.title, p.blocks, calibration_sentence(answers.calibration)) for p in parts]
    if answers.probes is not None:
        sections += probes_sections(answers.probes)
    if answers.routing is not None:
        sections += routing_sections(answers.routing)
    if answers.drift:
        sections.append(drift_section(answers.drift))
    sections.append(Section("Methods", (Items(METHODS),)))
    sections.append(Section("Not covered", _not_covered(answers)))
    facts = answers.opened.facts
    return Page(
        title=f"Study {facts.name}",
        subtitle=subtitle(answers.opened.setting),
        verdict=_headline(answers),
        banners=banners(answers.opened.setting.simulated, answers.opened.setting.provenance),
        sections=tuple(sections),
        colophon=(
            f"NoPhantom {version}",
            f"plan {facts.plan_hash}",
            f"outcomes {answers.inputs_hash}",
        ),
    )


def study_summary(answers: StudyAnswers) -> Page:
    """The verdicts of a study alone: what a terminal can show at a glance."""
    facts = answers.opened.facts
    sections = [Section("Verdicts", _verdicts(answers))]
    if answers.selection is not None and answers.selection.test is not None:
        sections += [
            part for part in selection_sections(answers.selection) if part.title.startswith("The test")
        ]
    return Page(
        title=f"Study {facts.name}",
        subtitle=subtitle(answers.opened.setting),
        banners=banners(answers.opened.setting.simulated, answers.opened.setting.provenance),
        sections=tuple(sections),
    )


def _headline(answers: StudyAnswers) -> Headline:
    """The verdict on the first claim; without arms to compare, what is shipped and what to expect of it."""
    if answers.recipes:
        first = answers.recipes[0]
        told = headline_of(first.ruling)
        return Headline(told.word, f"{first.first.name} against {first.second.name}: {told.sentence}")
    if answers.selection is not None and len(answers.selection.candidates) > 1:
        return Headline(None, selection_sentence(answers.selection))
    return seeds_headline(answers.seeds)


def _verdicts(answers: StudyAnswers) -> tuple[Block, ...]:
    """Every verdict in one table, and one picture of all differences."""
    rows = [
        (
            _claimed(c),
            str(c.ruling.verdict),
            c.ruling.reason,
        )
        for c in answers.recipes
    ]
    if answers.effects is not None:
        rows += [(e.name, str(e.ruling.verdict), e.ruling.reason) for e in answers.effects.effects]
    rows += [(f"seeds of {a.arm} differ", str(a.verdict), a.reason) for a in answers.seeds.arms]
    if answers.vote is not None:
        rows.append(
            (
                f"a vote of {answers.vote.k} is better than the best alone",
                str(answers.vote.ruling.verdict),
                answers.vote.ruling.reason,
            )
        )
    if answers.training is not None:
        rows.append(
            (
                f"an earlier checkpoint of {answers.training.run} is better than its last",
                str(answers.training.verdict),
                training_sentence(answers.training),
            )
        )
    blocks: list[Block] = [Table(("claim", "verdict", "why"), tuple(rows))]
    if answers.probes is not None:
        blocks.append(Paragraph(answers.probes.sentence))
    differences = [(f"{c.first.name} minus {c.second.name}", c.finding.estimate) for c in answers.recipes]
    if answers.vote is not None:
        differences.append((f"vote of {answers.vote.k} minus best alone", answers.vote.finding.estimate))
    if differences:
        blocks.append(Intervals(tuple(differences), 0.01, "points", "Differences, in points"))
    if answers.selection is not None and len(answers.selection.candidates) > 1:
        blocks.append(Paragraph(selection_sentence(answers.selection)))
    return tuple(blocks)


def _claimed(c: RecipeComparison) -> str:
    """The claim without its numbers, which stand beside it."""
    return claim_text(c.ruling.claim, c.first.name, c.second.name).partition(";")[0]


def _problems(answers: StudyAnswers) -> tuple[Section, ...]:
    (found,) = problems_sections(answers.problems)
    labels, solved = problem_rows(answers)
    picture = ProblemMap(tuple(labels), tuple(tuple(row) for row in solved), "Who solved what")
    return (Section(found.title, (*found.blocks[:-1], picture, found.blocks[-1]), found.lead),)


def drift_section(drift: tuple[GraderDrift, ...]) -> Section:
    """Where our grader and those of the logs disagree."""
    return Section("Grader drift", _drift(drift))


def _drift(drift: tuple[GraderDrift, ...]) -> tuple[Block, ...]:
    rows = tuple(
        (d.run, d.theirs, f"{d.compared:,}", f"{len(d.disagreements):,}", f"{d.gained:,}", f"{d.lost:,}")
        for d in drift
    )
    table = Table(
        ("run", "grader of the log", "answers", "judged differently", "right only to ours", "only to theirs"),
        rows,
        ("left", "left", "right", "right", "right", "right"),
        "The same answers, judged by our grader and by that of the log",
    )
    shown = [(d, one) for d in drift for one in d.disagreements][:_DRIFT_SHOWN]
    if not shown:
        return (table,)
    each = tuple(
        (
            " ".join(one.question.split())[:80],
            f"{one.ours or 'no answer'} ({_mark(one.our_score)})",
            f"{one.theirs or 'no answer'} ({_mark(one.their_score)})",
        )
        for _, one in shown
    )
    return table, Table(("problem", "ours", "theirs"), each, (), "The first of them")


def _mark(score: float | None) -> str:
    return (
        "not scored" if score is None else "right" if score == 1 else "wrong" if score == 0 else f"{score:g}"
    )


def _not_covered(answers: StudyAnswers) -> tuple[Block, ...]:
    lines = [line for c in answers.recipes for line in c.finding.not_covered]
    if answers.effects is not None:
        lines += answers.effects.not_covered
    lines += answers.seeds.not_covered
    if answers.selection is not None:
        lines += answers.selection.not_covered
    if answers.vote is not None:
        lines += answers.vote.finding.not_covered
    if answers.training is not None:
        lines += answers.training.not_covered
    if answers.calibration is not None:
        lines += answers.calibration.not_covered
    if answers.probes is not None:
        lines += answers.probes.not_covered
    blocks: list[Block] = [Items(tuple(dict.fromkeys(lines)))]
    if answers.left_out:
        blocks.append(Items(answers.left_out, "Left out of this report"))
    if len(answers.recipes) > 1:
        told = f"{len(answers.recipes)} comparisons are shown, each at its own alpha: `nophantom compare` with all arms"
        blocks.append(Facts((("several comparisons", f"{told} gives intervals that hold together"),)))
    return tuple(blocks)
