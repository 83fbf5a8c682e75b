"""The page of one study in a browser: while it runs, while its test is sealed, and when it is open."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine
from tests.web.conftest import complaints_of_axe, hurry, watch

from nophantom.llm.asking import Asked
from nophantom.llm.ledger.progress import Attempt, Cell, begin_study, record_attempt, record_evaluation
from nophantom.llm.ledger.studies import record_study
from nophantom.llm.logs.records import Grading
from nophantom.llm.plan import Origin
from nophantom.llm.recipe import Ending
from nophantom.llm.seed_worlds import Drawn, PlantedRecipe, SeedWorld
from nophantom.llm.selecting import select_seed
from nophantom.llm.verdicts import Claim
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.engine import open_engine, writing
from nophantom.store.versions import bring_up_to_date

AT = datetime(2026, 1, 2, tzinfo=UTC)
WORLD = SeedWorld(
    recipes=(PlantedRecipe("base", 0.6, 0.03), PlantedRecipe("new", 0.8, 0.03)),
    seeds=3,
    steps=(100, 200, 300),
    n_validation=60,
    n_test=40,
    claim=Claim(preregistered=True),
)
DRAWN: tuple[Drawn, ...] = tuple(WORLD.draw(np.random.default_rng(1)))


def _write_part(engine: Engine, name: str, wanted: Callable[[Drawn], bool]) -> None:
    """Write those cells of a study that is run here that are wanted, as its runner does: one by one."""
    plan = replace(WORLD.plan(name), origin=Origin.RUN, planted={})
    with writing(engine) as session:
        rows = begin_study(session, plan, WORLD.problems(), at=AT)
        for d in filter(wanted, DRAWN):
            cell = Cell(d.right, d.answers, d.confidence)
            key = (d.arm, d.seed, d.step, d.split)
            record_evaluation(session, rows, key, cell, Grading("nophantom:number", "1", ()), at=AT)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """s1 is done and a seed of it selected, s2 is on its way, s3 has not begun."""
    home: Path = tmp_path_factory.mktemp("one-study")
    opened = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(opened, MIGRATIONS)
    with writing(opened) as session:
        cells = {(d.arm, d.seed, d.step, d.split): Cell(d.right, d.answers, d.confidence) for d in DRAWN}
        record_study(session, WORLD.plan("opened"), WORLD.problems(), cells, grader="simulated", at=AT)
    select_seed(opened, Asked("opened", arm="new"), top_k=2)
    _write_part(opened, "running", lambda d: d.step == 100 or (d.step == 200 and d.arm == "base"))
    with writing(opened) as session:
        killed = Attempt(AT, AT, Ending.OUT_OF_MEMORY, 12.0, told="3 GiB were asked for")
        record_attempt(session, [7], killed)
    _write_part(opened, "waiting", lambda _: False)
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def study_address(engine: Engine, serving: Callable[[Settings], str]) -> str:
    return serving(Settings(home=Path(str(engine.url.database)).parent))


@pytest.fixture
def studies(browser: Browser, study_address: str, complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(base_url=study_address, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    page = context.new_page()
    watch(page, complaints)
    yield page
    context.close()
    assert complaints == []


def _settled(page: Page) -> None:
    """Every question of the page has its answer."""
    expect(page.get_by_role("img", name=re.compile("problems, all 6 runs solve"))).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def test_a_study_is_reached_from_the_list_and_from_its_runs(studies: Page) -> None:
    studies.goto("/studies")
    studies.get_by_role("link", name="s1 opened").click()
    expect(studies.get_by_role("heading", level=1)).to_have_text("Study opened")

    studies.goto("/runs/r1")
    studies.get_by_role("link", name="opened", exact=True).click()
    expect(studies.get_by_role("heading", level=1)).to_have_text("Study opened")


def test_an_open_study_shows_every_answer_and_that_it_is_simulated(studies: Page) -> None:
    studies.goto("/studies/s1")
    _settled(studies)

    expect(studies.get_by_role("note").filter(has_text="Simulated")).to_be_visible()
    expect(studies.get_by_text("The split test is open")).to_be_visible()
    expect(studies.get_by_text("new is better than base", exact=True)).to_be_visible()
    expect(studies.get_by_role("img", name="The claims with their intervals")).to_be_visible()
    for arm in ("base", "new"):
        expect(studies.get_by_role("img", name=re.compile(f"^{arm}: 3 seeds, 3 checkpoints"))).to_be_visible()
        expect(studies.get_by_role("img", name=f"Expected best of 3 seeds of {arm}")).to_be_visible()
    strip = studies.get_by_role("img", name="Accuracy of every seed of opened")
    expect(strip.locator("circle")).to_have_count(6)
    expect(strip.locator("circle[data-marked]")).to_have_count(2)
    expect(
        studies.get_by_text(re.compile(r"was selected among 3 runs\. It scored .* Expect "))
    ).to_be_visible()
    expect(studies.get_by_text("the opened test", exact=True)).to_be_visible()
    expect(studies.get_by_text(re.compile("A vote of the best 3 of new answers"))).to_be_visible()
    expect(studies.get_by_role("img", name=re.compile("Of 40 problems, all 6 runs solve"))).to_be_visible()


def test_split_and_checkpoint_are_chosen_in_the_address(studies: Page) -> None:
    studies.goto("/studies/s1")
    studies.get_by_role("combobox", name="Split").select_option("validation")
    studies.get_by_role("combobox", name="Checkpoint").select_option("200")

    expect(studies).to_have_url(re.compile(r"split=validation&step=200"))
    expect(studies.get_by_text("On validation, step 200.", exact=True)).to_be_visible()


def test_a_sealed_test_is_named_and_nothing_of_it_is_shown(studies: Page, complaints: list[str]) -> None:
    studies.goto("/studies/s2?split=test")

    note = studies.get_by_role("note").filter(has_text="sealed until a selection is recorded")
    expect(note).to_contain_text("nophantom select s2")
    expect(studies.get_by_role("heading", name="Learning curves")).to_have_count(0)
    assert complaints, "the server refused"
    complaints.clear()  # the browser itself logs the status 403


def test_a_running_study_fills_up_by_itself(studies: Page, engine: Engine) -> None:
    hurry(studies)
    studies.goto("/studies/s2")
    expect(studies.get_by_text("18 of 36 evaluations are in the ledger")).to_be_visible()
    expect(studies.get_by_role("img", name=re.compile("^base: 3 seeds, 2 checkpoints"))).to_be_visible()
    expect(studies.get_by_role("img", name=re.compile("^new: 3 seeds, 1 checkpoints"))).to_be_visible()
    expect(studies.get_by_text("On validation, step 100.", exact=True)).to_be_visible()
    studies.get_by_text("The last attempt at 1 run did not come to its end").click()
    expect(studies.get_by_text("running/base/seed0: ran out of memory")).to_be_visible()

    _write_part(engine, "running", lambda d: d.step == 200 and d.arm == "new" and d.seed == 0)

    expect(studies.get_by_text("20 of 36 evaluations are in the ledger")).to_be_visible()
    expect(studies.get_by_role("img", name=re.compile("^new: 3 seeds, 2 checkpoints"))).to_be_visible()


def test_a_study_that_has_not_begun_says_what_comes(studies: Page) -> None:
    studies.goto("/studies/waiting")

    expect(studies.get_by_text("0 of 36 evaluations are in the ledger")).to_be_visible()
    expect(studies.get_by_text("No run has been evaluated here yet.")).to_be_visible()
    expect(studies.get_by_role("note").filter(has_text="Not yet")).to_have_count(1)


def test_a_study_that_is_not_there_says_so(studies: Page, complaints: list[str]) -> None:
    studies.goto("/studies/s99")

    expect(studies.get_by_role("alert")).to_contain_text("there is no study s99")
    complaints.clear()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_the_page_is_accessible_wide_and_narrow_light_and_dark(
    browser: Browser, study_address: str, width: int, scheme: str
) -> None:
    context = browser.new_context(base_url=study_address, viewport={"width": width, "height": 800})
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto("/studies/s1")
    _settled(page)
    for summary in page.get_by_text("The numbers as a table").all():
        summary.click()

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints_of_axe(page) == []
    context.close()
