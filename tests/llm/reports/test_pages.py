"""Every page, of usual answers and of those at the edge: it renders in every way, and says the answer's numbers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.console import Console

from nophantom.cli.paper import print_page
from nophantom.llm.following import DiffAnswer
from nophantom.llm.gathering import cube_of_scores
from nophantom.llm.pairing import RunPairs
from nophantom.llm.questions.calibration import CalibrationAnswer, calibration_of, compare_calibration
from nophantom.llm.questions.counts import compare_many_counts, compare_two_counts, compare_with_level
from nophantom.llm.questions.difficulty import compare_strata, map_problems
from nophantom.llm.questions.ensembles import EnsembleAnswer, vote_together
from nophantom.llm.questions.gate import GateAnswer, decide_gate
from nophantom.llm.questions.gate_quantities import MEANINGS, NOT_COVERED, from_counts
from nophantom.llm.questions.needs import plan_problems, plan_seeds
from nophantom.llm.questions.recipes import RecipeComparison, compare_all_arms, compare_arms
from nophantom.llm.questions.seed_selection import Recorded, SelectionAnswer, choose
from nophantom.llm.questions.seed_spread import Price, SeedsAnswer, seed_spread, seeds_from_summary
from nophantom.llm.questions.setting import setting_of
from nophantom.llm.questions.trajectories import (
    follow_difference,
    follow_running,
    follow_training,
    running_from_counts,
)
from nophantom.llm.reports.calibration import calibration_page, calibration_pair_page
from nophantom.llm.reports.counts import count_pairs_page, counts_page
from nophantom.llm.reports.differences import diff_page
from nophantom.llm.reports.ensembles import ensemble_page
from nophantom.llm.reports.gates import gate_page
from nophantom.llm.reports.needs import problems_plan_page, seeds_plan_page
from nophantom.llm.reports.pairs import run_pairs_page
from nophantom.llm.reports.problems import problems_page
from nophantom.llm.reports.recipes import pairs_page, recipes_page
from nophantom.llm.reports.seeds import seeds_page, summary_page
from nophantom.llm.reports.selections import selection_page
from nophantom.llm.reports.trajectories import running_page, running_pair_page, training_page
from nophantom.llm.verdicts import Claim
from nophantom.reporting.html import page_html
from nophantom.reporting.markdown import page_markdown
from nophantom.reporting.page import Page
from nophantom.stats.simultaneous import all_pairs
from nophantom.stats.verdicts import Direction
from nophantom.stats.votes import Tie, VoteKind, VoteRule

WORLD = np.random.default_rng(20_261_122)
EASE = WORLD.random(90)
SEEDS = (WORLD.random((6, 90)) < 0.3 + 0.6 * EASE).astype(float)  # six alike
BETTER = np.maximum(SEEDS, WORLD.random((6, 90)) < 0.9)
ALL_RIGHT, ALL_WRONG = np.ones((3, 12)), np.zeros((3, 12))
CLAIM = Claim()


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def seeds(scores: np.ndarray, price: Price | None = None, n: int | None = None) -> SeedsAnswer:
    cube = cube_of_scores(scores)
    return seed_spread(cube, setting_of(cube, None), rng=rng(), price=price, n=n)


def recipes(first: np.ndarray, second: np.ndarray, claim: Claim = CLAIM) -> RecipeComparison:
    cube = cube_of_scores(np.vstack([first, second]), arms=["new"] * len(first) + ["base"] * len(second))
    return compare_arms(cube, "new", "base", claim, setting_of(cube, None), rng=rng())


def every_arm() -> Page:
    cube = cube_of_scores(np.vstack([SEEDS, BETTER]), arms=[*"aaaabbbb", *"cccc"])
    return pairs_page(compare_all_arms(cube, setting_of(cube, None)))


def selection(
    scores: np.ndarray, test: np.ndarray | None = None, recorded: Recorded | None = None, top_k: int = 1
) -> SelectionAnswer:
    cube = cube_of_scores(scores)
    judged = None if test is None else cube_of_scores(test)
    return choose(
        cube,
        setting_of(cube, None),
        rng=rng(),
        top_k=top_k,
        test=judged,
        recorded=recorded,
        same_problems=test is None,
    )


def vote(scores: np.ndarray, k: int, ranked: list[float] | None = None) -> EnsembleAnswer:
    cube = cube_of_scores(scores, answers=np.where(scores == 1, "1", "2"))
    rule = VoteRule(VoteKind.PLURALITY, Tie.NO_ANSWER if ranked is None else Tie.BETTER_MEMBER, 1)
    return vote_together(
        cube,
        setting_of(cube, None),
        k=k,
        rule_of_votes=rule,
        claim=CLAIM,
        ranked=ranked,
        ranked_on=None if ranked is None else "dev",
    )


def gate(go: str) -> GateAnswer:
    measured = from_counts(
        final=(379, 500), peak=(158, 200), looks=1, rerun=(365, 500), claimed=0.79, delta=0.01
    )
    return decide_gate(go, measured, alpha=0.05, delta=0.01, meanings=MEANINGS, not_covered=NOT_COVERED)


def calibration(right: np.ndarray, confidence: np.ndarray) -> CalibrationAnswer:
    return calibration_of("run", right, confidence, rng=rng(), source="as given")


def calibrations() -> Page:
    sure = np.clip(EASE, 0.05, 0.95)
    one, other = calibration(SEEDS[0], sure), calibration(SEEDS[1], sure**2)
    pair = compare_calibration(one, other, (SEEDS[0], SEEDS[1]), (sure, sure**2), rng=rng())
    return calibration_pair_page(pair)


def run_pairs() -> Page:
    shares = tuple(SEEDS[:3].mean(axis=1).tolist())
    tests = tuple(all_pairs(SEEDS[:3]))
    return run_pairs_page(RunPairs(("a", "b", "c"), shares, 90, 1, tests, 0.95, simulated=True))


def differing(n: int, strata: bool) -> Page:
    one, other = SEEDS[0, :n], BETTER[0, :n]
    keys = tuple(f"{i:032x}" for i in range(n))
    return diff_page(
        DiffAnswer(
            first="a",
            second="b",
            n=n,
            both=int((one * other).sum()),
            neither=int(((one == 0) & (other == 0)).sum()),
            gained=int((one > other).sum()),
            lost=int((one < other).sum()),
            strata=compare_strata(one, other, ["1 step" if i % 2 else "2 steps" for i in range(n)])
            if strata
            else (),
            gained_problems=tuple(k for k, a, b in zip(keys, one, other, strict=True) if a > b),
            lost_problems=tuple(k for k, a, b in zip(keys, one, other, strict=True) if a < b),
            simulated=False,
        )
    )


def problems(scores: np.ndarray) -> Page:
    cube = cube_of_scores(scores)
    return problems_page(map_problems(cube, setting_of(cube, None)))


AFTER_TEST = Recorded(2, "2026-01-02T03:04:05Z", 1, after_test=True)
SUMMARY = seeds_from_summary(0.759, 0.00572, 20)
PAGES: dict[str, Callable[[], Page]] = {
    "seeds that are alike": lambda: seeds_page(seeds(SEEDS)),
    "seeds with a price": lambda: seeds_page(seeds(SEEDS, Price(2.0, (0.01, 85.0), 0.001), 50)),
    "seeds with a bar and no hours": lambda: seeds_page(seeds(SEEDS, Price(worthwhile=0.001))),
    "one seed": lambda: seeds_page(seeds(SEEDS[:1])),
    "two seeds": lambda: seeds_page(seeds(SEEDS[:2])),
    "seeds on one problem": lambda: seeds_page(seeds(SEEDS[:, :1])),
    "seeds that are all right": lambda: seeds_page(seeds(ALL_RIGHT)),
    "seeds that are all wrong": lambda: seeds_page(seeds(ALL_WRONG)),
    "seeds with partial credit": lambda: seeds_page(seeds(SEEDS * 0.5 + 0.25)),
    "a summary": lambda: summary_page(0.759, 0.00572, 20, SUMMARY),
    "recipes, real": lambda: recipes_page(recipes(BETTER, SEEDS)),
    "recipes, phantom": lambda: recipes_page(recipes(SEEDS, BETTER)),
    "recipes, undecided": lambda: recipes_page(recipes(SEEDS[:3], SEEDS[3:])),
    "recipes, differ": lambda: recipes_page(recipes(BETTER, SEEDS, Claim(Direction.DIFFERENT))),
    "recipes, one seed each": lambda: recipes_page(recipes(SEEDS[:1], BETTER[:1])),
    "recipes, one against many": lambda: recipes_page(recipes(SEEDS[:1], BETTER)),
    "recipes that are all right": lambda: recipes_page(recipes(ALL_RIGHT, ALL_RIGHT)),
    "every arm": every_arm,
    "every run": run_pairs,
    "selection": lambda: selection_page(selection(SEEDS, BETTER, AFTER_TEST, 2)),
    "selection without a test": lambda: selection_page(selection(SEEDS)),
    "selection of one run": lambda: selection_page(selection(SEEDS[:1])),
    "selection of many": lambda: selection_page(selection(np.vstack([SEEDS] * 4))),
    "selection of ties": lambda: selection_page(selection(ALL_RIGHT, ALL_WRONG)),
    "vote": lambda: ensemble_page(vote(SEEDS, 3, [0.6, 0.5, 0.4, 0.3, 0.2, 0.1])),
    "vote without ranks": lambda: ensemble_page(vote(SEEDS, 3)),
    "vote of one": lambda: ensemble_page(vote(SEEDS[:1], 1)),
    "vote of the all wrong": lambda: ensemble_page(vote(ALL_WRONG, 3)),
    "gate, undecided": lambda: gate_page(gate("final >= 0.75 and peak >= 0.79")),
    "gate, go": lambda: gate_page(gate("final >= 0.7")),
    "gate, no-go": lambda: gate_page(gate("final >= 0.7 and reproduced")),
    "running": lambda: running_page(follow_running("run", SEEDS[0])),
    "running from counts": lambda: running_page(running_from_counts((158, 200), (379, 500), step=50)),
    "running, all right": lambda: running_page(follow_running("run", ALL_RIGHT[0])),
    "running, two problems": lambda: running_page(follow_running("run", np.array([1.0, 0.0]))),
    "running difference": lambda: running_pair_page(
        follow_difference("a", "b", (SEEDS[0], BETTER[0]), rng=rng())
    ),
    "running difference of equals": lambda: running_pair_page(
        follow_difference("a", "b", (SEEDS[0], SEEDS[0]), rng=rng())
    ),
    "training": lambda: training_page(follow_training("run", (1, 2, 3, 4, 5, 6), SEEDS, rng=rng(), last=2)),
    "training, two checkpoints": lambda: training_page(follow_training("run", (1, 2), SEEDS[:2], rng=rng())),
    "training, all wrong": lambda: training_page(follow_training("run", (None, 2, 3), ALL_WRONG, rng=rng())),
    "counts, undecided": lambda: counts_page(compare_two_counts((379, 500), (365, 500), CLAIM)),
    "counts, real": lambda: counts_page(compare_two_counts((480, 500), (365, 500), CLAIM)),
    "counts of one problem": lambda: counts_page(compare_two_counts((1, 1), (0, 1), CLAIM)),
    "a published accuracy": lambda: counts_page(compare_with_level((379, 500), 0.758, CLAIM)),
    "three counts": lambda: count_pairs_page(
        compare_many_counts([(379, 500), (365, 500), (384, 500)], CLAIM)
    ),
    "differences": lambda: differing(90, strata=True),
    "differences on one problem": lambda: differing(1, strata=False),
    "problems": lambda: problems(SEEDS),
    "problems of one run": lambda: problems(SEEDS[:1]),
    "problems, all right": lambda: problems(ALL_RIGHT),
    "problems not all were asked": lambda: problems(np.where(SEEDS > 0.5, 1.0, np.nan)),
    "problems needed": lambda: problems_plan_page(plan_problems(0.028, differ=0.25, accuracy=0.744)),
    "seeds needed": lambda: seeds_plan_page(plan_seeds(0.002, sd=0.00572, at_hand=20)),
    "calibration": lambda: calibration_page(calibration(SEEDS[0], np.clip(EASE, 0.05, 0.95))),
    "calibration, surely wrong": lambda: calibration_page(calibration(ALL_WRONG[0], np.ones(12))),
    "calibration with unknowns": lambda: calibration_page(
        calibration(SEEDS[0], np.where(EASE > 0.5, EASE, np.nan))
    ),
    "calibrations": calibrations,
}


class Balanced(HTMLParser):
    """Whether every element that is opened is closed in its turn; and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.told: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag != "script"
        if tag not in {"br", "col", "hr", "meta", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag != "script"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.told.append(data)


def printed(page: Page, width: int) -> str:
    file = io.StringIO()
    print_page(page, Console(file=file, width=width))
    return file.getvalue()


CLUMSY = re.compile(
    r"interval interval|unknown points|unknown%|\bnan\b|\binf\b|\bNone\b|(?<![\d.,])1 (points|seeds|problems|runs)\b"
)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_renders_in_every_way_and_in_plain_english(name: str) -> None:
    page = PAGES[name]()

    html = Balanced()
    html.feed(page_html(page))
    assert html.open == []
    texts = ["\n".join(html.told), page_markdown(page), printed(page, 100), printed(page, 60)]
    for text in texts:
        assert page.title.split()[-1] in text
        assert not CLUMSY.search(text), CLUMSY.search(text)
    assert max(map(len, texts[2].splitlines())) <= 100
    assert max(map(len, texts[3].splitlines())) <= 60


@pytest.mark.parametrize("name", ["seeds with a price", "recipes, real", "selection", "calibrations"])
def test_a_page_made_again_is_the_same_to_the_byte(name: str) -> None:
    assert page_html(PAGES[name]()) == page_html(PAGES[name]())


def flowing(page: Page) -> str:
    return " ".join(page_markdown(page).split())


def test_the_page_of_seeds_says_the_numbers_of_the_answer() -> None:
    answer = seeds(SEEDS, Price(2.0, worthwhile=0.5))
    (arm,) = answer.arms
    page = flowing(seeds_page(answer))

    assert arm.sd is not None
    assert arm.reliability is not None
    assert f"6 seeds, mean {arm.mean:.2%}, sd {arm.sd * 100:.2f} points." in page
    assert f"**reliability**: {arm.reliability.point:.2f} (" in page
    assert f"| {arm.seeds[0].accuracy:.2%} | {(arm.seeds[0].accuracy - arm.mean) * 100:+.2f} |" in page
    assert "after 1 seed the next one no longer pays" in page
    assert "| 3 | " in page
    assert " | 6 | " in page, "three seeds of two hours"


def test_without_hours_the_page_says_so_instead_of_columns_of_unknowns() -> None:
    page = flowing(seeds_page(seeds(SEEDS, Price(worthwhile=0.001))))

    assert "Nobody told the hours of a seed, so what a point costs is unknown." in page
    assert "nobody knows whether the next seed pays" in page
    assert "points per hour of the next" not in page


def test_the_page_of_recipes_says_the_numbers_of_the_answer() -> None:
    answer = recipes(BETTER, SEEDS)
    estimate = answer.finding.estimate
    page = flowing(recipes_page(answer))

    assert f"**{answer.ruling.verdict.upper()}**" in page
    assert estimate.low is not None
    assert f"{estimate.point * 100:+.2f} points, 95% interval {estimate.low * 100:+.2f} to" in page
    assert f"mean {answer.first.mean:.2%} over 6 seeds" in page


def test_one_seed_in_each_arm_is_undecided_and_says_what_would_help() -> None:
    page = flowing(recipes_page(recipes(SEEDS[:1], BETTER[:1])))

    assert "**UNDECIDED**" in page
    assert "at least two seeds in each arm" in page
    assert "over 1 seed, sd unknown" in page


def test_the_page_of_a_selection_says_what_was_chosen_and_what_the_test_said() -> None:
    answer = selection(SEEDS, BETTER, AFTER_TEST, 2)
    page = flowing(selection_page(answer))

    assert answer.honest is not None
    assert answer.test is not None
    assert f"Ship {answer.candidates[0].run}, with 1 more to vote: {answer.observed:.2%}" in page
    assert f"expect {answer.honest.point:.2%}" in page
    assert f"**its place**: {answer.test.rank} of 6" in page
    assert "selection 2, 2026-01-02T03:04:05Z, after the test was seen" in page
    assert page.count(" | chosen |") == 2


def test_of_many_candidates_the_page_shows_the_best_and_says_how_many_there_are() -> None:
    page = flowing(selection_page(selection(np.vstack([SEEDS] * 4))))

    assert "The best 20 of 24" in page


def test_the_page_of_a_vote_says_the_numbers_of_the_answer() -> None:
    answer = vote(SEEDS, 3, [0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
    page = flowing(ensemble_page(answer))

    assert (
        f"{answer.accuracy.point:.2%} by a vote of 3, {answer.finding.estimate.point * 100:+.2f} points"
        in page
    )
    assert f"gained {answer.gained}, lost {answer.lost}" in page
    assert "accuracy on dev" in page


def test_runs_that_differ_nowhere_have_no_order_to_speak_of() -> None:
    page = flowing(PAGES["running difference of equals"]())

    assert "no order could change the path" in page


def test_the_page_of_counts_says_that_a_published_number_has_no_interval() -> None:
    assert "75.80%, interval unknown" in flowing(PAGES["a published accuracy"]())
