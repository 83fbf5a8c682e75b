"""The pages of the ledger: runs, the choice of two, and their comparison with both answers side by side."""

from __future__ import annotations

import re

import httpx2 as httpx
from playwright.sync_api import Page, expect

RUNS = "Runs and their evaluations"


def test_two_runs_are_chosen_and_compared(page: Page) -> None:
    page.goto("/runs")
    table = page.get_by_role("region", name=RUNS)
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(table).to_contain_text("75.00%")
    expect(table).to_contain_text("25.00%")
    page.get_by_role("checkbox", name=re.compile("better")).check()
    page.get_by_role("checkbox", name=re.compile("worse")).check()
    assert "first=" in page.url
    assert "second=" in page.url
    page.get_by_role("link", name="Compare", exact=True).last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare")
    expect(page.get_by_text("+50.00 points").first).to_be_visible()


def test_a_comparison_shows_verdict_interval_and_what_flipped(page: Page) -> None:
    page.goto("/compare?first=better&second=worse")
    expect(page.get_by_text("9 of 12").first).to_be_visible()
    expect(page.get_by_text("3 of 12").first).to_be_visible()
    expect(page.get_by_text("Exploratory").first).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Difference of"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"gained\s+7, lost\s+1")).first).to_be_visible()


def test_both_answers_stand_side_by_side_with_the_difference_marked(page: Page) -> None:
    page.goto("/compare?first=better&second=worse")
    flips = page.get_by_role("article")
    expect(flips).to_have_count(8)
    last = flips.last
    expect(last).to_contain_text("What comes after 11?")
    expect(last.locator("del, ins, mark").first).to_be_visible()
    marked = " ".join(last.locator("del, ins, mark").all_inner_texts())
    assert "count" in marked
    assert "guess" in marked
    assert "think" not in marked  # what both say is not marked


def test_gained_and_lost_are_filtered(page: Page) -> None:
    page.goto("/compare?first=better&second=worse")
    expect(page.get_by_role("article")).to_have_count(8)
    page.get_by_role("combobox", name="Change").select_option("lost")
    expect(page.get_by_role("article")).to_have_count(1)


def test_swapping_mirrors_the_comparison(page: Page) -> None:
    page.goto("/compare?first=better&second=worse")
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_text("−50.00 points").or_(page.get_by_text("-50.00 points")).first).to_be_visible()


def test_a_claim_is_judged_as_the_address_says(page: Page, address: str) -> None:
    for claim in ("higher", "lower", "different"):
        query = {"first": "better", "second": "worse", "claim": claim, "delta": "0.3"}
        told = httpx.get(f"{address}/api/v1/comparisons", params=query).json()
        page.goto(f"/compare?first=better&second=worse&claim={claim}&delta=0.3")
        expect(page.get_by_text("+50.00 points").first).to_be_visible()
        expect(page.get_by_text(told["reason"]).first).to_be_visible()


def test_what_cannot_be_compared_says_why_and_lets_choose_again(page: Page, complaints: list[str]) -> None:
    page.goto("/compare?first=better&second=nobody")
    expect(page.get_by_role("alert")).to_contain_text("there is no run whose name contains 'nobody'")
    expect(page.get_by_role("combobox").or_(page.get_by_role("textbox")).first).to_be_enabled()
    complaints.clear()  # the browser itself logs the status 404


def test_one_run_shows_how_each_grader_judged_it(page: Page) -> None:
    page.goto("/runs/r1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("r1")
    table = page.get_by_role("region", name=re.compile("Evaluations of"))
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(table).to_contain_text("nophantom:number")
