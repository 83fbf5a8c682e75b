"""The way from items to recommendations, and what each role should do: what the pages show is what the API says."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, Route, expect
from tests.web.conftest import complaints_of_axe, settled
from tests.web.test_trend_pages import asked


def test_the_funnel_tells_every_stage_and_leads_to_what_was_dropped(page: Page, address: str) -> None:
    funnel = asked(address, "snapshots/latest/funnel")
    page.goto("/signals")
    page.get_by_role("link", name="The whole way, from items to recommendations").click()
    candidates = page.get_by_role("region", name="Candidates", exact=True)
    expect(candidates).to_contain_text(f"{funnel['candidates']:,}")
    for reason, n in funnel["candidate_drops"].items():
        expect(candidates.locator(f'a[href*="reason={reason}"]')).to_have_count(1)
        expect(candidates).to_contain_text(f"{n:,}")
    for stage in funnel["stages"]:
        if stage["total"]:
            expect(page.get_by_text(f"{stage['total']:,}", exact=True).first).to_be_visible()
    settled(page)
    assert complaints_of_axe(page) == []
    candidates.get_by_role("link", name="comes every year").click()
    expect(page).to_have_url(re.compile(r"/drops\?.*reason=seasonal"))


def test_each_role_is_told_what_to_do_and_the_next_topic_remembers_the_role(page: Page, address: str) -> None:
    first, second = asked(address, "signals", limit=2)["items"]
    page.route("**/api/v1/topics/**", told_what_to_do)
    page.goto(f"/signals/{first['slug']}")
    advice = page.get_by_role("region", name="What to do")
    expect(advice.get_by_role("button", pressed=True)).to_contain_text("Developer")
    expect(advice).to_contain_text("in 90 days still told of more often")
    advice.get_by_role("button", name="Executive").click()
    expect(advice).to_contain_text("no action: too recent")
    expect(page).to_have_url(re.compile("role=executive"))
    settled(page)
    assert complaints_of_axe(page) == []
    page.goto(f"/signals/{second['slug']}")
    expect(advice.get_by_role("button", pressed=True)).to_contain_text("Executive")


def told_what_to_do(route: Route) -> None:
    """The real answer, with a recommendation for two of the roles."""
    answered = route.fetch()
    topic: dict[str, Any] = answered.json()
    best = [document["native_id"] for document in topic["judged"]["documents"][:1]]
    common = {"slug": topic["slug"], "name": topic["name"], "hidden_by": None, "withdrawn_on": None}
    unsaid = {"claim": None, "says": None, "check_on": None, "score": None, "checked_on": None}
    claimed = {
        "claim": "still_above",
        "says": "in 90 days still told of more often",
        "check_on": "2023-01-10",
    }
    read = {"role": "developer", "action": "read", "no_action": None, "rule": "developer_read"}
    none = {"role": "executive", "action": None, "no_action": "too_recent", "rule": "too_recent"}
    topic["recommendations"] = [
        common | unsaid | read | claimed | {"why": "Its code can be read.", "documents": best},
        common | unsaid | none | {"why": "It began less than 28 days ago.", "documents": []},
    ]
    route.fulfill(response=answered, json=topic)
