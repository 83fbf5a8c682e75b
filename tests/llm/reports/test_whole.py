"""The report of a study: verdict first, every section that its outcomes allow, and nothing that they do not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from nophantom.llm.asking import Asked
from nophantom.llm.assembling import StudyAnswers, answer_everything
from nophantom.llm.ledger.reading import Disagreement, GraderDrift
from nophantom.llm.reports.studies import study_page
from nophantom.llm.reports.whole import study_report, study_summary
from nophantom.llm.selecting import select_seed
from nophantom.reporting.html import page_html
from nophantom.reporting.markdown import page_markdown


@pytest.fixture
def opened(small: Engine) -> StudyAnswers:
    """The small study with its best three of `new` selected."""
    select_seed(small, Asked("small", arm="new"), top_k=3)
    return answer_everything(small, Asked("small"))


def test_the_report_begins_with_the_verdict_and_ends_with_what_is_not_covered(opened: StudyAnswers) -> None:
    page = study_report(opened, version="9.9")
    titles = [section.title for section in page.sections]

    assert page.verdict is not None
    assert page.verdict.word == str(opened.recipes[0].ruling.verdict)
    assert page.verdict.sentence.startswith("new against base: ")
    assert titles[0] == "Verdicts"
    assert titles[-2:] == ["Methods", "Not covered"]
    for title in ("new against base", "Seeds of base", "Seeds of new", "The test, opened once", "Vote of 3"):
        assert title in titles
    assert page.banners[1] == "test not seen before selection"
    assert page.colophon[0] == "NoPhantom 9.9"
    assert opened.inputs_hash in page.colophon[2]


def test_every_verdict_of_the_table_is_the_one_of_its_answer(opened: StudyAnswers) -> None:
    told = page_markdown(study_report(opened, version="9.9"))
    assert opened.vote is not None

    assert f"| new is better than base | {opened.recipes[0].ruling.verdict} |" in told
    for arm in opened.seeds.arms:
        assert f"| seeds of {arm.arm} differ | {arm.verdict} |" in told
    assert f"| a vote of 3 is better than the best alone | {opened.vote.ruling.verdict} |" in told


def test_answers_that_are_missing_leave_a_report_that_says_why(opened: StudyAnswers) -> None:
    bare = replace(
        opened,
        recipes=(),
        selection=None,
        vote=None,
        training=None,
        calibration=None,
        left_out=("vote: the ledger keeps no answers.",),
    )
    page = study_report(bare, version="9.9")
    told = page_markdown(page)

    assert page.verdict is not None
    assert "vote: the ledger keeps no answers." in told
    assert "Left out of this report" in told
    assert "Vote of" not in told
    assert "<svg" in page_html(page)


def test_grader_drift_is_told_problem_by_problem(opened: StudyAnswers) -> None:
    one = Disagreement("k", "How many  apples?", 1, "10", 1.0, None, 0.0)
    half = Disagreement("l", "How many pears?", 1, None, None, "3", 0.5)
    drift = GraderDrift(1, 1, "small/new/seed0", "sums", "ours 1", "strict-match", 60, (one, half))
    told = page_markdown(study_report(replace(opened, drift=(drift,)), version="9.9"))

    assert "| small/new/seed0 | strict-match | 60 | 2 | 1 | 1 |" in told
    assert "| How many apples? | 10 (right) | no answer (wrong) |" in told
    assert "| How many pears? | no answer (not scored) | 3 (0.5) |" in told


def test_the_summary_is_the_verdicts_and_the_test(opened: StudyAnswers) -> None:
    titles = [section.title for section in study_summary(opened).sections]

    assert titles == ["Verdicts", "The test, opened once"]


def test_while_the_test_is_sealed_the_report_speaks_of_validation(small: Engine) -> None:
    answers = answer_everything(small, Asked("small"))
    told = page_markdown(study_report(answers, version="9.9"))

    assert "simulated sums, validation" in told
    assert "test not seen so far: nothing is selected yet" in told
    assert "The test, opened once" not in told


def test_the_page_of_a_study_says_what_was_set_out_and_what_was_chosen(opened: StudyAnswers) -> None:
    told = page_markdown(study_page(opened.opened.facts))

    assert "| new | better | base | 1 | 0.05 |" in told
    assert "test: open since its selection" in told
    (chosen,) = opened.opened.facts.selections
    assert f"| {', '.join(f'r{n}' for n in chosen.run_ids)} | before |" in told
