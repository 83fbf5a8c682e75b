"""The pages of sources, documents and drops: what they show is what the API says, whoever looks and however."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.trends.followed_world import BETA, BROKEN_FROM, DAYS, GAMMA, followed_world
from tests.web.conftest import complaints_of_axe, fails_and_is_asked_again, settled, watch

from nophantom.clock import now
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date

PAGES = {
    "/sources": "Sources",
    f"/sources/{BETA}": "The beta blog",
    "/documents?q=rust": "Documents",
    "/documents/hn:123": "Alpha told",
    "/drops?of=items": "Why not?",
    "/why?address=https://beta.example/x": "Why is this not in?",
    "/why?address=alpha.example/0": "Why is this not in?",
}
Windows = Callable[[int, str], Page]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, serving: Callable[[Settings], str]) -> str:
    """A server over the followed world, whose last day is today."""
    home = tmp_path_factory.mktemp("followed")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    followed_world(engine, at=now() - timedelta(minutes=1))
    engine.dispose()
    return serving(Settings(home=home))


@pytest.fixture
def window(browser: Browser, address: str) -> Iterator[Windows]:
    """Opens windows of a width and a scheme of colours; none of them may complain."""
    contexts, complaints = [], list[str]()

    def opened(width: int, scheme: str) -> Page:
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 900},
            locale="en-GB",
            color_scheme="dark" if scheme == "dark" else "light",
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        watch(page, complaints)
        return page

    yield opened
    for context in contexts:
        context.close()
    # The browser itself logs each refusal that a test provokes.
    assert [text for text in complaints if not re.search(r"status of (503|422)", text)] == []


def asked(address: str, path: str, **query: Any) -> Any:
    answer = httpx.get(f"{address}/api/v1/{path}", params=query, timeout=30)
    answer.raise_for_status()
    return answer.json()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_can_be_read_by_everybody_and_on_a_phone(window: Windows, path: str) -> None:
    page = window(1280, "light")
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[path])
    for scheme, width in (("light", 1280), ("dark", 360)):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 800})
        settled(page)
        assert complaints_of_axe(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


def test_sources_are_filtered_by_the_address_and_sorted_on_the_server(window: Windows, address: str) -> None:
    page = window(1280, "light")
    page.goto("/sources")
    rows = page.get_by_role("region", name="List of sources").locator("tbody tr")
    expect(rows).to_have_count(5)
    expect(rows.filter(has_text="The beta blog")).to_contain_text("failing")
    expect(rows.filter(has_text="The gamma blog")).to_contain_text("switched off")
    expect(rows.filter(has_text="delta.example")).to_contain_text("due now")
    page.get_by_role("button", name="Condition").click()
    expect(rows.first).to_contain_text("The beta blog")
    assert "sort=-failures" in page.url
    page.get_by_label("State").select_option("disabled")
    expect(rows).to_have_count(1)
    assert "state=disabled" in page.url
    page.goto("/sources?trouble=tls")
    expect(page.get_by_role("heading", name="No source fits these filters")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(rows).to_have_count(5)


def test_the_page_of_a_source_tells_its_health(window: Windows, address: str) -> None:
    told = asked(address, f"sources/{BETA}")
    page = window(1280, "light")
    page.goto("/sources?failing=yes")
    page.get_by_role("link", name="The beta blog").click()
    expect(page.get_by_text(told["degraded"])).to_be_visible()
    expect(page.get_by_text("47.6%")).to_be_visible()
    expect(page.get_by_text(f"{BROKEN_FROM} of {DAYS} in 30 days")).to_be_visible()
    expect(page.get_by_text(f"no answer in time: {DAYS - BROKEN_FROM} visits")).to_be_visible()
    page.get_by_text("The numbers as a table").click()
    expect(page.get_by_role("row").filter(has_text="no visit: not known")).to_have_count(30 - DAYS)
    page.get_by_role("link", name=f"no id ({BROKEN_FROM})").click()
    expect(page.get_by_role("region", name="List of dropped items").locator("tbody tr")).to_have_count(
        BROKEN_FROM
    )
    page.goto(f"/sources/{GAMMA}")
    expect(page.get_by_text("too much noise")).to_be_visible()
    expect(page.get_by_text(f"nophantom sources enable {GAMMA}")).to_be_visible()


def test_documents_are_found_by_words_and_lead_to_who_sent_them(window: Windows, address: str) -> None:
    page = window(1280, "light")
    page.goto("/documents")
    page.get_by_label("Search words").fill("compiler rust")
    rows = page.get_by_role("region", name="List of documents").locator("tbody tr")
    expected = asked(address, "documents", q="compiler rust")["items"]
    expect(rows).to_have_count(len(expected))
    expect(rows.first).to_contain_text(expected[0]["title"])
    rows.last.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(expected[-1]["title"])
    assert quote(expected[-1]["native_id"], safe="") in page.url or expected[-1]["native_id"] in page.url
    sent = page.get_by_role("region", name="List of items")
    expect(sent.get_by_role("link")).to_have_text(["The alpha blog", "hn:story"])
    page.goto("/documents?q=" + quote("?!"))
    expect(page.get_by_role("alert")).to_contain_text("no word to look for")


def test_why_something_is_not_in_is_asked_by_keyboard(window: Windows) -> None:
    page = window(1280, "light")
    page.goto("/drops?of=items")
    settled(page)
    page.get_by_label("Why is this not in?").fill("https://alpha.example/undated")
    page.keyboard.press("Enter")
    expect(page.get_by_text("It was dropped", exact=True)).to_be_visible()
    expect(page.get_by_text("Its date cannot be read.")).to_be_visible()
    assert re.search(r"/why\?address=", page.url)


@pytest.mark.parametrize("path", ["/sources", "/why?address=hn:123"])
def test_a_server_that_fails_is_told_and_asked_again(window: Windows, path: str) -> None:
    fails_and_is_asked_again(window(1280, "light"), path)


def test_an_empty_store_says_how_to_begin(browser: Browser, empty_address: str) -> None:
    context = browser.new_context(base_url=empty_address, locale="en-GB")
    page = context.new_page()
    page.goto("/sources")
    expect(page.get_by_text("nophantom sources defaults").first).to_be_visible()
    page.goto("/documents")
    expect(page.get_by_text("nophantom trends collect").first).to_be_visible()
    context.close()
