"""The slider over the stored days: what a list shows is what was known on the chosen day, and a link shows it again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect
from tests.web.conftest import complaints_of_axe, hurry, settled
from tests.web.test_trend_pages import SIGNALS, asked, shows


def names_as_of(address: str, path: str, snapshot: int) -> list[str]:
    return [one["name"] for one in asked(address, path, snapshot=snapshot)["items"]]


def test_the_slider_leads_to_what_was_known_on_a_day_and_the_link_shows_it_again(
    days_page: Page, days_address: str
) -> None:
    days_page.goto("/signals")
    shows(days_page, SIGNALS, names_as_of(days_address, "signals", 4))
    slider = days_page.get_by_role("slider", name="As known on")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^December 30, 2001: 8 signals"))
    slider.focus()
    days_page.keyboard.press("ArrowLeft")
    days_page.keyboard.press("ArrowLeft")
    shows(days_page, SIGNALS, names_as_of(days_address, "signals", 2))
    expect(slider).to_be_focused()
    expect(days_page).to_have_url(re.compile("snapshot=2"))
    expect(days_page.get_by_text("December 8, 2001: later documents are not in it")).to_be_visible()
    days_page.keyboard.press("Home")
    shows(days_page, SIGNALS, names_as_of(days_address, "signals", 1))
    link = days_page.url
    days_page.goto("about:blank")
    days_page.goto(link)
    shows(days_page, SIGNALS, names_as_of(days_address, "signals", 1))
    expect(slider).to_have_value("0")
    expect(days_page.get_by_role("button", name="Earlier snapshot")).to_be_disabled()
    days_page.get_by_role("button", name="Later snapshot").click()
    shows(days_page, SIGNALS, names_as_of(days_address, "signals", 2))
    days_page.get_by_role("navigation", name="Where the candidates ended").get_by_role(
        "link", name=re.compile("Watch list")
    ).click()
    shows(days_page, "List of watched topics", names_as_of(days_address, "watchlist", 2))
    expect(slider).to_have_value("1")


def test_dragging_past_many_days_asks_for_the_last_alone(days_page: Page) -> None:
    days_page.goto("/signals")
    settled(days_page)
    wanted: list[str] = []
    days_page.on("request", lambda request: wanted.append(request.url))
    slider = days_page.get_by_role("slider", name="As known on")
    slider.focus()
    for _ in range(3):
        days_page.keyboard.press("ArrowLeft", delay=0)
    expect(days_page).to_have_url(re.compile("snapshot=1"))
    settled(days_page)
    assert not [url for url in wanted if re.search(r"snapshots?[=/][23]\b", url)]
    assert [url for url in wanted if re.search(r"snapshot=1\b", url)]


@pytest.mark.parametrize("path", ["/signals", "/watchlist", "/drops", "/funnel", "/signals/bababa"])
def test_every_page_of_a_snapshot_has_the_slider_and_it_fits_a_phone(days_page: Page, path: str) -> None:
    days_page.set_viewport_size({"width": 360, "height": 800})
    days_page.goto(path)
    slider = days_page.get_by_role("slider", name="As known on")
    expect(slider).to_be_visible()
    settled(days_page)
    assert complaints_of_axe(days_page) == []
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert days_page.evaluate(wider) <= 0
    box = slider.bounding_box()
    assert box is not None
    assert (box["width"] > 200, box["height"] >= 24) == (True, True)


def test_without_the_days_a_snapshot_is_shown_all_the_same(days_page: Page, complaints: list[str]) -> None:
    hurry(days_page)

    def gone(route: Route) -> None:
        route.fulfill(status=503, json={"code": "unavailable", "message": "Too busy.", "details": {}})

    days_page.route("**/api/v1/snapshots/days**", gone)
    days_page.goto("/signals?snapshot=2")
    expect(days_page.get_by_role("region", name=SIGNALS)).to_be_visible()
    expect(days_page.get_by_text("Too busy.")).to_be_visible()
    expect(days_page.get_by_role("slider")).to_have_count(0)
    complaints.clear()  # the browser itself logs each status 503


def test_one_day_alone_has_nothing_to_choose(page: Page) -> None:
    page.goto("/signals")
    settled(page)
    expect(page.get_by_text("later documents are not in it")).to_be_visible()
    expect(page.get_by_role("slider")).to_have_count(0)
