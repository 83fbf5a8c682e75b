"""Decisions in the browser: made with confirmation and token, seen everywhere, taken back with a reason."""

from __future__ import annotations

import re

import httpx2 as httpx
from playwright.sync_api import Page, expect
from tests.web.conftest import TOKEN, complaints_of_axe, fails_and_is_asked_again, settled
from tests.web.test_trend_pages import SIGNALS, asked, shows


def with_token(page: Page) -> None:
    page.add_init_script(f"sessionStorage.setItem('nophantom.token', '{TOKEN}')")


def decided(address: str, **wanted: str) -> int:
    """Decides by the API, as the command line would; the number of the decision."""
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    answer = httpx.post(f"{address}/api/v1/decisions", json=wanted, headers=bearer)
    answer.raise_for_status()
    return int(answer.json()["number"])


def taken_back(address: str, number: int) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    httpx.delete(f"{address}/api/v1/decisions/{number}", headers=bearer).raise_for_status()


def test_a_topic_is_muted_after_it_was_asked_once_more_and_shown_again_with_a_reason(
    days_page: Page, days_address: str
) -> None:
    with_token(days_page)
    slug = asked(days_address, "signals", limit=1)["items"][0]["slug"]
    days_page.goto(f"/signals/{slug}")
    days_page.get_by_role("button", name="Mute").click()
    expect(days_page.get_by_text("Lists no longer show")).to_be_visible()
    assert asked(days_address, "decisions", holds=True)["total"] == 0
    reason = days_page.get_by_role("textbox", name="Why (may stay empty)")
    expect(reason).to_be_focused()
    reason.fill("not for us")
    days_page.keyboard.press("Enter")
    held = days_page.get_by_role("list", name="Decisions that hold")
    expect(held).to_contain_text("Because: not for us.")
    expect(days_page.get_by_role("button", name="Mute")).to_have_count(0)
    [made] = asked(days_address, "decisions", holds=True)["items"]
    assert (made["kind"], made["topic"], made["reason"]) == ("mute", slug, "not for us")

    days_page.get_by_role("link", name="Decisions").click()
    row = days_page.get_by_role("region", name="List of decisions").locator("tbody tr").first
    expect(row).to_contain_text("muted")
    row.get_by_role("button", name=f"Take back decision {made['number']}").click()
    days_page.get_by_role("textbox", name="Why (may stay empty)").fill("it is, after all")
    days_page.keyboard.press("Enter")
    expect(row).to_contain_text("taken back")
    expect(row).to_contain_text("Because: it is, after all.")
    assert asked(days_address, "decisions", holds=True)["total"] == 0
    days_page.get_by_label("State").select_option("holds")
    expect(days_page.get_by_role("heading", name="Nothing fits these filters")).to_be_visible()
    expect(days_page).to_have_url(re.compile("holds=yes"))


def test_a_topic_is_merged_into_one_that_the_server_knows(
    days_page: Page, days_address: str, complaints: list[str]
) -> None:
    with_token(days_page)
    first, second = asked(days_address, "signals", limit=2)["items"]
    days_page.goto(f"/signals/{first['slug']}")
    days_page.get_by_role("button", name="Merge into").click()
    other = days_page.get_by_role("combobox", name="The other topic")
    do = days_page.get_by_role("button", name="Merge them")
    expect(do).to_be_disabled()
    other.fill("nobody said this")
    do.click()
    expect(days_page.get_by_role("alert")).to_contain_text("was ever a candidate")
    complaints.clear()  # the browser itself logs the status 404
    other.fill(second["name"][:4])
    days_page.get_by_role("option", name=second["name"], exact=True).click()
    do.click()
    held = days_page.get_by_role("list", name="Decisions that hold")
    expect(held).to_contain_text(f"The other topic: {second['slug']}.")
    expect(days_page.get_by_role("alert")).to_have_count(0)
    taken_back(days_address, asked(days_address, "decisions", holds=True)["items"][0]["number"])


def test_without_the_token_nothing_is_written_and_what_was_typed_stays(
    days_page: Page, days_address: str, complaints: list[str]
) -> None:
    slug = asked(days_address, "watchlist", limit=1)["items"][0]["slug"]
    days_page.goto(f"/signals/{slug}")
    days_page.get_by_role("button", name="Not a technology").click()
    reason = days_page.get_by_role("textbox", name="Why (may stay empty)")
    reason.fill("a bank")
    days_page.get_by_role("button", name="Hide it").click()
    expect(days_page.get_by_text("Give the token in the form at the top")).to_be_visible()
    days_page.get_by_role("textbox", name="Token").fill(TOKEN)
    days_page.get_by_role("button", name="Go on").click()
    expect(days_page.get_by_role("textbox", name="Token")).to_have_count(0)
    expect(reason).to_have_value("a bank")
    days_page.get_by_role("button", name="Hide it").click()
    expect(days_page.get_by_role("list", name="Decisions that hold")).to_contain_text("not a technology")
    taken_back(days_address, asked(days_address, "decisions", holds=True)["items"][0]["number"])
    complaints.clear()  # the browser itself logs the status 401


def test_hidden_rows_are_counted_and_shown_marked_when_asked_for(days_page: Page, days_address: str) -> None:
    with_token(days_page)
    first, second, *rest = (one for one in asked(days_address, "signals")["items"])
    numbers = [
        decided(days_address, kind="mute", topic=first["slug"]),
        decided(days_address, kind="not_a_technology", topic=second["slug"]),
    ]
    days_page.goto("/signals")
    shows(days_page, SIGNALS, [one["name"] for one in rest])
    expect(days_page.get_by_text("2 hidden by your decisions: 1 muted, 1 not a technology.")).to_be_visible()
    days_page.get_by_role("button", name="Show them").click()
    shows(days_page, SIGNALS, [one["name"] for one in (first, second, *rest)])
    expect(days_page.get_by_text(f"hidden (decision {numbers[0]})")).to_be_visible()
    expect(days_page).to_have_url(re.compile("hidden=shown"))
    settled(days_page)
    assert complaints_of_axe(days_page) == []
    days_page.goto(f"/signals?q={first['name']}")
    expect(days_page.get_by_role("heading", name="Nothing fits these filters")).to_be_visible()
    expect(days_page.get_by_text("1 hidden by your decisions: 1 muted.")).to_be_visible()
    for number in numbers:
        taken_back(days_address, number)


def test_the_list_and_the_forms_suit_everybody_and_fit_a_phone(days_page: Page, days_address: str) -> None:
    slug = asked(days_address, "signals", limit=1)["items"][0]["slug"]
    number = decided(days_address, kind="mute", topic=slug, reason="for the picture")
    days_page.set_viewport_size({"width": 360, "height": 800})
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for path, button in (("/decisions", f"Take back decision {number}"), (f"/signals/{slug}", "Merge into")):
        days_page.goto(path)
        settled(days_page)
        days_page.get_by_role("button", name=button).first.click()
        assert complaints_of_axe(days_page) == []
        assert days_page.evaluate(wider) <= 0
    taken_back(days_address, number)


def test_where_nothing_was_decided_the_page_says_how(page: Page, complaints: list[str]) -> None:
    page.goto("/decisions")
    expect(page.get_by_role("heading", name="Nothing was decided yet")).to_be_visible()
    expect(page.get_by_text("nophantom trends decide mute")).to_be_visible()
    fails_and_is_asked_again(page, "/decisions")
    complaints.clear()  # the browser itself logs each status 503
