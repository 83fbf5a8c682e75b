"""The studies of the ledger in a browser: a sealed test stays closed, and the whole report is one click away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from tests.web.conftest import watch

from nophantom.llm.asking import Asked
from nophantom.llm.ledger.studies import Cell, record_study
from nophantom.llm.seed_worlds import PlantedRecipe, SeedWorld
from nophantom.llm.selecting import select_seed
from nophantom.llm.verdicts import Claim
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.engine import open_engine, writing
from nophantom.store.versions import bring_up_to_date

WORLD = SeedWorld(
    recipes=(PlantedRecipe("base", 0.6, 0.03), PlantedRecipe("new", 0.8, 0.03)),
    seeds=3,
    steps=(100, 200),
    n_validation=30,
    n_test=40,
    claim=Claim(preregistered=True),
)


@pytest.fixture(scope="module")
def study_address(tmp_path_factory: pytest.TempPathFactory, serving: Callable[[Settings], str]) -> str:
    """A server over two studies: the first is sealed, of the second a seed was selected."""
    home: Path = tmp_path_factory.mktemp("studies")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    for name in ("closed", "opened"):
        drawn = WORLD.draw(np.random.default_rng(1))
        cells = {(d.arm, d.seed, d.step, d.split): Cell(d.right, d.answers, d.confidence) for d in drawn}
        with writing(engine) as session:
            at = datetime(2026, 1, 2, tzinfo=UTC)
            record_study(session, WORLD.plan(name), WORLD.problems(), cells, grader="simulated", at=at)
    select_seed(engine, Asked("opened", arm="new"), top_k=2)
    engine.dispose()
    return serving(Settings(home=home))


@pytest.fixture
def studies(browser: Browser, study_address: str, complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(base_url=study_address, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    page = context.new_page()
    watch(page, complaints)
    yield page
    context.close()
    assert complaints == []


def test_studies_are_listed_with_the_state_of_their_test(studies: Page) -> None:
    studies.goto("/studies")
    rows = studies.locator("tbody tr")

    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("sealed until a selection is recorded")
    expect(rows.nth(1)).to_contain_text("test not seen before selection")
    expect(studies.get_by_role("heading", level=1)).to_be_visible()
    found = Axe().run(studies)
    assert [(v["id"], v["nodes"][0]["html"][:160]) for v in found.response["violations"]] == []


def test_the_report_of_a_study_opens_under_the_policy_of_the_server(studies: Page) -> None:
    studies.goto("/studies")
    studies.get_by_role("link", name="Report of opened").click()

    expect(studies.get_by_role("heading", level=1)).to_have_text("Study opened")
    expect(studies.get_by_role("heading", name=re.compile("The test, opened once"))).to_be_visible()
    # The style sheet of the page was let through: without it the verdict would have no frame.
    assert studies.evaluate("getComputedStyle(document.querySelector('svg')).display") != ""
    assert "rgb" in studies.evaluate("getComputedStyle(document.body).color")


def test_runs_of_a_sealed_test_show_that_they_are_sealed_and_no_result(studies: Page) -> None:
    studies.goto("/runs?q=closed")

    expect(studies.get_by_text("sealed (40)").first).to_be_visible()
    expect(studies.get_by_text("the test is sealed until a selection is recorded").first).to_be_visible()


def test_where_there_is_no_study_the_page_says_how_to_make_one(page: Page) -> None:
    page.goto("/studies")

    expect(page.get_by_text("No study yet")).to_be_visible()
    expect(page.get_by_text(re.compile("logs import DIR --pattern"))).to_be_visible()
