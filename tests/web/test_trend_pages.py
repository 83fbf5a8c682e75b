"""The trend pages before 10,000 signals: what they show is what the API says, whatever is asked of them."""

from __future__ import annotations

import re
from typing import Any

import httpx2 as httpx
from playwright.sync_api import Locator, Page, expect


def asked(address: str, path: str, **query: Any) -> Any:
    answer = httpx.get(f"{address}/api/v1/{path}", params=query, timeout=30)
    answer.raise_for_status()
    return answer.json()


def names(page: Page, table: str) -> Locator:
    """The first cell of each row."""
    return page.get_by_role("region", name=table).locator("tbody tr td:first-child")


def shows(page: Page, table: str, expected: list[str]) -> None:
    """Wait until the table shows exactly these names."""
    cells = names(page, table)
    expect(cells).to_have_count(len(expected))
    expect(cells).to_contain_text(expected)


def first_column(page: Page, table: str) -> list[str]:
    return [text.split("\n")[0].strip() for text in names(page, table).all_inner_texts()]


SIGNALS = "List of signals"


def test_signals_are_paged_on_by_cursor_and_back(page: Page, address: str) -> None:
    first = asked(address, "signals", limit=50)
    second = asked(address, "signals", limit=50, cursor=first["next_cursor"])
    page.goto("/signals")
    shows(page, SIGNALS, [s["name"] for s in first["items"]])
    expect(page.get_by_text("10,000 in all")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    shows(page, SIGNALS, [s["name"] for s in second["items"]])
    assert "cursor=" in page.url
    page.reload()
    shows(page, SIGNALS, [s["name"] for s in second["items"]])
    page.get_by_role("button", name="Previous").click()
    shows(page, SIGNALS, [s["name"] for s in first["items"]])
    page.go_back()
    shows(page, SIGNALS, [s["name"] for s in second["items"]])


CLICKS = (
    ("E-value", "-log_e"),
    ("E-value", "log_e"),
    ("Stories", "-stories"),
    ("Topic", "name"),
    ("Topic", "-name"),
    ("Onset", "-onset"),
)


def test_a_click_on_a_header_sorts_on_the_server(page: Page, address: str) -> None:
    page.goto("/signals")
    expect(names(page, SIGNALS)).to_have_count(50)
    for header, sort in CLICKS:
        page.get_by_role("button", name=header, exact=True).click()
        expected = asked(address, "signals", limit=50, sort=sort)["items"]
        shows(page, SIGNALS, [s["name"] for s in expected])
        column = page.get_by_role("columnheader", name=header, exact=True)
        expect(column).to_have_attribute("aria-sort", "descending" if sort.startswith("-") else "ascending")
        assert f"sort={sort}" in page.url


def test_filters_are_in_the_address_and_a_shared_link_shows_the_same(page: Page, address: str) -> None:
    page.goto("/signals")
    page.get_by_label("Phase").select_option("declining")
    page.get_by_label("Standing").select_option("shown")
    page.get_by_label("Search names").fill("BACE")
    expected = asked(address, "signals", limit=50, phase="declining", standing="shown", q="BACE")
    assert 0 < expected["total"] < 200
    shows(page, SIGNALS, [s["name"] for s in expected["items"]])
    expect(page.get_by_text(f"{expected['total']:,} in all")).to_be_visible()
    link = page.url
    assert all(part in link for part in ("phase=declining", "standing=shown", "q=BACE"))
    page.goto("about:blank")
    page.goto(link)
    shows(page, SIGNALS, [s["name"] for s in expected["items"]])
    expect(page.get_by_label("Search names")).to_have_value("BACE")


def test_what_nothing_fits_says_so_and_can_be_cleared(page: Page) -> None:
    page.goto("/signals?q=nothing-is-called-so")
    expect(page.get_by_role("heading", name="Nothing fits these filters")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(names(page, SIGNALS)).to_have_count(50)


def test_an_odd_address_still_opens(page: Page) -> None:
    page.goto("/signals?phase=new&sort=colour&standing=7&limit=x")
    expect(names(page, SIGNALS)).to_have_count(50)


def test_a_signal_shows_its_numbers_and_its_evidence_can_be_followed(page: Page, address: str) -> None:
    signal = next(
        s
        for s in asked(address, "signals", limit=200, sort="name")["items"]
        if asked(address, f"topics/{s['slug']}")["judged"]["history"]
    )
    page.goto(f"/signals?q={signal['name']}")
    page.get_by_role("region", name=SIGNALS).get_by_role("link", name=signal["name"], exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(signal["name"])
    expect(page.get_by_text(f"{signal['momentum_low']:.1f}").first).to_be_visible()
    chart = page.get_by_role("region", name="Topic")
    expect(chart.get_by_text("Stories per day").first).to_be_visible()
    evidence = asked(address, f"signals/{signal['slug']}/evidence")["items"]
    table = page.get_by_role("region", name="Evidence documents")
    expect(table.locator("tbody tr")).to_have_count(len(evidence))
    for document in evidence:
        link = table.get_by_role("link", name=re.compile(re.escape(document["title"][:30])))
        expect(link.first).to_have_attribute("href", document["url"])
        expect(link.first).to_have_attribute("rel", re.compile("noreferrer"))
        expect(table.get_by_text(document["native_id"], exact=True)).to_be_visible()


def test_what_was_dropped_says_why(page: Page, address: str) -> None:
    books = asked(address, "snapshots/latest")["drops_by_reason"]
    page.goto("/drops")
    expected = asked(address, "drops", limit=50, reason="seasonal")
    assert expected["total"] == books["seasonal"]
    page.get_by_label("Reason").select_option("seasonal")
    shows(page, "List of dropped topics", [d["name"] for d in expected["items"]])
    expect(page.get_by_text("It comes every year").first).to_be_visible()
    names(page, "List of dropped topics").first.get_by_role("link").click()
    expect(page.get_by_text("Why is this not a signal?")).to_be_visible()
    expect(page.get_by_text("It comes every year").first).to_be_visible()


def test_the_watch_list_is_apart_and_says_what_is_needed(page: Page, address: str) -> None:
    watched = asked(address, "watchlist", limit=50)["items"]
    page.goto("/watchlist")
    shows(page, "List of watched topics", [w["name"] for w in watched])
    expect(page.get_by_text("These are no signals.")).to_be_visible()
    needed = next(w for w in watched if w["needed"] and w["needed"] > 1)
    row = page.get_by_role("row").filter(has_text=needed["name"]).first
    expect(row).to_contain_text(f"{needed['needed']} stories")


def test_the_overview_shows_the_books_and_the_strongest_signals(page: Page, address: str) -> None:
    snapshot = asked(address, "snapshots/latest")
    page.goto("/")
    expect(page.get_by_text(f"{snapshot['signals']:,}").first).to_be_visible()
    expect(page.get_by_text(f"{snapshot['drops']:,}").first).to_be_visible()
    for signal in asked(address, "signals", limit=5)["items"]:
        expect(page.get_by_role("link", name=signal["name"], exact=True)).to_be_visible()
    expect(page.get_by_text("Simulated", exact=True).first).to_be_visible()
