"""Back-tests in the browser: every part that was measured is told and drawn, and what was not is said."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.web.conftest import complaints_of_axe, fails_and_is_asked_again, settled
from tests.web.test_trend_pages import asked

PARTS = (
    "What came out",
    "Every rule at a glance",
    "Nothing to find: days of single stories shuffled",
    "Under stress: whole weeks shuffled, each part of the sources by itself",
    "Bursts put in by hand",
    "Before public lists",
    "Is it of use?",
    "How steady are the lists?",
    "What it does not show",
)


def test_a_back_test_is_found_in_the_menu_and_tells_every_part(days_page: Page, days_address: str) -> None:
    stored = asked(days_address, "backtests/2")
    days_page.goto("/")
    days_page.get_by_role("link", name="Back-tests").click()
    row = days_page.get_by_role("region", name="List of back-tests").locator("tbody tr").first
    expect(row).to_contain_text(stored["headline"])
    row.get_by_role("link").click()
    expect(days_page.get_by_role("heading", level=1)).to_have_text("Back-test 2")
    for part in PARTS:
        expect(days_page.get_by_role("region", name=part, exact=True).first).to_be_visible()
    expect(days_page.get_by_text("Would this detection have told you in time")).to_be_visible()
    glance = days_page.get_by_role("region", name="Every rule at a glance").locator("tbody tr")
    expect(glance).to_have_count(len(stored["rules"]))
    expect(glance.first).to_contain_text("6 days")
    expect(glance.last).to_contain_text("unknown")
    leads = days_page.get_by_role("region", name="References listed before their day")
    expect(leads).to_contain_text("1 of 2")


def test_the_pictures_have_names_and_their_numbers_can_be_opened_by_keyboard(days_page: Page) -> None:
    days_page.goto("/backtests/2")
    for name in ("Median delay in days", "Found within 60 days", re.compile("calibration of e-values")):
        expect(days_page.get_by_role("img", name=name).first).to_be_visible()
    bursts = days_page.get_by_role("region", name="Bursts put in by hand")
    bursts.get_by_text("The numbers as a table").first.focus()
    days_page.keyboard.press("Enter")
    table = bursts.get_by_role("table").first
    expect(table.get_by_role("row").filter(has_text=re.compile("^2"))).to_contain_text("621")
    days_page.get_by_text("What the rules are").focus()
    days_page.keyboard.press("Enter")
    expect(days_page.get_by_text("The mean of 7 days over the mean of the 28 days before")).to_be_visible()


@pytest.mark.parametrize("path", ["/backtests", "/backtests/2"])
def test_the_pages_suit_everybody_and_fit_a_phone(days_page: Page, path: str) -> None:
    days_page.set_viewport_size({"width": 360, "height": 800})
    days_page.goto(path)
    settled(days_page)
    assert complaints_of_axe(days_page) == []
    days_page.emulate_media(color_scheme="dark")
    assert complaints_of_axe(days_page) == []
    assert (
        days_page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    )


def test_what_measured_nothing_says_so(days_page: Page) -> None:
    days_page.goto("/backtests/1")
    expect(days_page.get_by_text("Nothing was measured.")).to_be_visible()
    expect(days_page.get_by_role("img", name=re.compile("delay|calibration"))).to_have_count(0)


def test_without_any_the_list_says_how_to_make_one(page: Page) -> None:
    page.goto("/backtests")
    expect(page.get_by_role("heading", name="No back-test was finished yet")).to_be_visible()
    expect(page.get_by_text("nophantom trends backtest --quick")).to_be_visible()


def test_a_number_that_is_none_and_a_server_that_fails_are_told(
    days_page: Page, complaints: list[str]
) -> None:
    days_page.goto("/backtests/99")
    expect(days_page.get_by_role("alert")).to_contain_text("there is no back-test 99")
    fails_and_is_asked_again(days_page, "/backtests/2")
    complaints.clear()  # the browser itself logs each status 404 and 503
