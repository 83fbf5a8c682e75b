"""Every question shows waiting, failure with a way to retry, empty, and the answer; and all can be reached."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.web.conftest import complaints_of_axe, fails_and_is_asked_again, hurry, settled

PAGES = {
    "/": "Overview",
    "/signals": "Signals",
    "/watchlist": "Watch list",
    "/drops": "Why not?",
    "/drops?of=items": "Why not?",
    "/topics?topics=bababa,babace": "Compare topics",
    "/runs": "Runs",
    "/runs/r1": "Run r1",
    "/compare": "Compare",
    "/compare?first=better&second=worse": "Compare",
}


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/watchlist"])
def test_a_server_that_fails_is_told_and_asked_again(page: Page, path: str, complaints: list[str]) -> None:
    if path == "/compare":  # nothing is asked before two are chosen, but for the names to choose from
        page.route("**/api/v1/**", lambda route: route.fulfill(status=503, json={}))
        page.goto(path)
        settled(page)
    else:
        fails_and_is_asked_again(page, path)
    complaints.clear()  # the browser itself logs each status 503


def test_a_server_that_is_gone_says_what_to_check(page: Page, complaints: list[str]) -> None:
    page.goto("/signals")
    settled(page)
    hurry(page)
    page.route("**/api/v1/**", lambda route: route.abort())
    page.goto("/runs")
    expect(page.get_by_role("alert").first).to_contain_text("nophantom serve")
    complaints.clear()


def test_an_answer_that_is_no_json_is_told_as_such(page: Page, complaints: list[str]) -> None:
    hurry(page)
    page.route("**/api/v1/**", lambda route: route.fulfill(status=200, body="<html>proxy</html>"))
    page.goto("/runs")
    expect(page.get_by_role("alert").first).to_contain_text("could not be read")
    complaints.clear()


def test_waiting_is_shown_and_heard(page: Page) -> None:
    held: list[Route] = []
    page.route("**/api/v1/evaluations**", lambda route: held.append(route))
    page.goto("/runs")
    expect(page.get_by_role("status").filter(has_text="Loading").first).to_be_attached()
    for route in held:
        route.continue_()
    page.unroute("**/api/v1/evaluations**")
    expect(page.locator("tbody tr").first).to_be_visible()


@pytest.fixture
def empty(browser: Browser, empty_address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=empty_address, locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("/", "nophantom demo"),
        ("/signals", "nophantom demo"),
        ("/watchlist", "nophantom"),
        ("/drops", "nophantom"),
        ("/runs", "nophantom"),
    ],
)
def test_an_empty_store_says_what_to_do(empty: Page, path: str, advice: str) -> None:
    empty.goto(path)
    expect(empty.get_by_text(re.compile(advice)).first).to_be_visible()
    expect(empty.get_by_role("alert")).to_have_count(0)


def test_an_address_that_leads_nowhere_says_so(page: Page) -> None:
    page.goto("/nothing/here")
    expect(page.get_by_role("heading", name="No such page")).to_be_visible()


def test_a_topic_that_nobody_judged_says_so(page: Page, complaints: list[str]) -> None:
    page.goto("/signals/never-heard-of-it")
    expect(page.get_by_role("alert")).to_contain_text("no snapshot judged a topic")
    complaints.clear()


ONE_SIGNAL = "/signals/first"
EVERY = [*PAGES, ONE_SIGNAL]


def go(page: Page, path: str) -> None:
    if path == ONE_SIGNAL:
        page.goto("/signals?sort=name")
        page.get_by_role("region", name="List of signals").locator("tbody tr a").first.click()
        expect(page.get_by_role("region", name="Evidence documents")).to_be_visible()
    else:
        page.goto(path)
    settled(page)


DARK = (
    "/",
    "/signals?q=bababa",
    "/drops?q=bababa",
    "/runs",
    "/compare?first=better&second=worse",
    ONE_SIGNAL,
)


@pytest.mark.parametrize("path", EVERY)
def test_every_page_has_its_title_suits_everybody_and_fits_a_phone(page: Page, path: str) -> None:
    """One visit for all of it: opening a page takes longer than looking at it."""
    go(page, path)
    if path in PAGES:
        expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[path])
    expect(page).to_have_title(re.compile("NoPhantom"))
    expect(page.get_by_role("alert")).to_have_count(0)
    assert complaints_of_axe(page) == []
    if path in DARK:
        page.emulate_media(color_scheme="dark")
        expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
        assert complaints_of_axe(page) == []
    page.set_viewport_size({"width": 360, "height": 800})
    settled(page)
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for _ in range(300):  # a picture is drawn anew a moment after the window changed
        if page.evaluate(wider) <= 0:
            break
        page.wait_for_timeout(100)
    assert page.evaluate(wider) <= 0


def test_everything_can_be_done_without_a_mouse(page: Page) -> None:
    page.goto("/signals")
    settled(page)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to main content")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="E-value", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="E-value", exact=True)).to_have_attribute(
        "aria-sort", "descending"
    )
    settled(page)  # the rows of the old order are gone, and what has the focus stays
    page.get_by_role("region", name="List of signals").locator("tbody tr a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Evidence documents")).to_be_visible()


def test_the_colours_are_chosen_and_kept(page: Page) -> None:
    page.goto("/")
    root = page.locator("html")
    expect(root).to_have_attribute("data-mantine-color-scheme", "light")
    switch = page.get_by_role("button", name=re.compile("^Colours"))
    for _ in range(3):
        if root.get_attribute("data-mantine-color-scheme") == "dark":
            break
        switch.click()
    expect(root).to_have_attribute("data-mantine-color-scheme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-mantine-color-scheme", "dark")


def test_the_first_view_needs_less_than_250_kb_of_compressed_script(page: Page) -> None:
    scripts: dict[str, int] = {}
    page.on(
        "requestfinished",
        lambda request: (
            scripts.update({request.url: request.sizes()["responseBodySize"]})
            if request.resource_type == "script"
            else None
        ),
    )
    page.goto("/")
    settled(page)
    assert len(scripts) >= 2
    assert 50_000 < sum(scripts.values()) < 250_000, scripts
