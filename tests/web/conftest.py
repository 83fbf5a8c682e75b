"""A real browser before a real server over a real database of 10,000 signals."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from time import monotonic
from weakref import WeakKeyDictionary

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, expect, sync_playwright
from pydantic import SecretStr
from tests.trends.backtest.test_report import BARE, a_result

from nophantom.api.pages import BUILT
from nophantom.clock import now
from nophantom.llm.importing import import_logs
from nophantom.publishing.crowd import crowd
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.blobs import Blobs
from nophantom.store.engine import open_engine, writing
from nophantom.store.versions import bring_up_to_date
from nophantom.trends.archive.backtests import record_backtest

# Long enough for a machine that does five other things; what is there sooner is seen sooner.
expect.set_options(timeout=30_000)

SIGNALS = 10_000
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of this machine; without it, or without built pages, the test is skipped, visibly."""
    # The shell first: it draws no window of its own, which takes more than our pages.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.skip("no Chromium on this machine; `make browser` installs it where it may")
    if not (BUILT / "index.html").exists():
        pytest.skip("the web pages are not built; `make setup` builds them")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, session_lm_eval: Callable[..., Path]) -> Path:
    """A store with a crowd of 10,000 signals and two imported runs that share 12 problems."""
    home = tmp_path_factory.mktemp("crowded")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    crowd(engine, home, signals=SIGNALS)
    better = [f"First think.\nThen count {n}.\n#### {n if n <= 9 else 0}" for n in range(1, 13)]
    worse = [f"First think.\nThen guess {n}.\n#### {n if n in {1, 2, 12} else 0}" for n in range(1, 13)]
    paths = [session_lm_eval("org/better", better), session_lm_eval("org/worse", worse)]
    import_logs(engine, Blobs(home / "blobs"), paths)
    engine.dispose()
    return home


@pytest.fixture(scope="session")
def address(home: Path, serving: Callable[[Settings], str]) -> str:
    """A server over the crowded store."""
    return serving(Settings(home=home))


@pytest.fixture(scope="session")
def empty_address(tmp_path_factory: pytest.TempPathFactory, serving: Callable[[Settings], str]) -> str:
    """A server over a store in which there is nothing yet."""
    return serving(Settings(home=tmp_path_factory.mktemp("empty")))


DAYS = tuple(date(2001, 12, day) for day in (1, 8, 22, 30))
TOKEN = "a-token-of-24-characters"


@pytest.fixture(scope="session")
def days_address(tmp_path_factory: pytest.TempPathFactory, serving: Callable[[Settings], str]) -> str:
    """A server over small snapshots of four days and two back-tests; those with the token may write."""
    home = tmp_path_factory.mktemp("days")
    engine = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    bring_up_to_date(engine, MIGRATIONS)
    for number, as_of in enumerate(DAYS, 1):
        crowd(engine, home, signals=4 + number, watch=3, drops=2, seed=number, as_of=as_of)
    with writing(engine) as session:
        for result in (BARE, a_result()):
            record_backtest(session, result, at=now())
    engine.dispose()
    return serving(Settings(home=home, token=SecretStr(TOKEN)))


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of; every test ends with none. A test that provokes some clears them."""
    return []


@pytest.fixture
def page(browser: Browser, address: str, complaints: list[str]) -> Iterator[Page]:
    """A fresh page of a wide window, English, light."""
    yield from fresh_page(browser, address, complaints)


@pytest.fixture
def days_page(browser: Browser, days_address: str, complaints: list[str]) -> Iterator[Page]:
    """The same before the snapshots of four days."""
    yield from fresh_page(browser, days_address, complaints)


def fresh_page(browser: Browser, address: str, complaints: list[str]) -> Iterator[Page]:
    """A page that knows nothing of others; in the end nobody complained."""
    context = browser.new_context(
        base_url=address, viewport={"width": 1280, "height": 900}, locale="en-GB", color_scheme="light"
    )
    context.set_default_timeout(30_000)
    opened = context.new_page()
    watch(opened, complaints)
    yield opened
    context.close()
    assert complaints == []


ASKED: WeakKeyDictionary[Page, set[Request]] = WeakKeyDictionary()
"""What each page has asked for and not got yet."""
STILL_S, LOOK_S, PATIENCE_S = 0.1, 0.02, 30.0
"""A page that has asked for nothing so long is still; how often it is looked at, and for how long."""


def watch(page: Page, complaints: list[str]) -> None:
    """Collect errors of scripts, of the console and of the content-security policy, and what is asked for."""
    asked = ASKED.setdefault(page, set())
    page.on("request", lambda request: asked.add(request))
    page.on("requestfinished", lambda request: asked.discard(request))
    page.on("requestfailed", lambda request: asked.discard(request))

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))


HURRIED = """
for (const name of ["setTimeout", "setInterval"]) {
  const plain = window[name].bind(window);
  window[name] = (does, after = 0, ...more) => plain(does, after / 20, ...more);
}
"""


def hurry(page: Page) -> None:
    """What the scripts of a page do after a while they do after a twentieth of it: nobody looks at a clock here."""
    page.add_init_script(HURRIED)


def settled(page: Page) -> None:
    """No question is waiting any more."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    # Playwright's own "networkidle" is half a second of silence, which was a sixth of all tests in a browser.
    since = begin = monotonic()
    while monotonic() - since < STILL_S:
        page.wait_for_timeout(LOOK_S * 1000)
        if ASKED[page]:
            since = monotonic()
        assert since - begin < PATIENCE_S, f"still asked for: {[one.url for one in ASKED[page]]}"
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def fails_and_is_asked_again(page: Page, path: str) -> None:
    """While the server answers 503 a page tells its message; asked again it has its answers and tells nothing."""
    broken = True

    def answer(route: Route) -> None:
        if broken:
            route.fulfill(
                status=503, json={"code": "unavailable", "message": "The disk is full.", "details": {}}
            )
        else:
            route.continue_()

    hurry(page)
    page.route("**/api/v1/**", answer)
    page.goto(path)
    expect(page.get_by_text("The disk is full.").first).to_be_visible()
    settled(page)  # every question has been given up, so that no button vanishes before it is pressed
    broken = False
    again = page.get_by_role("button", name="Try again")
    while again.count():
        with page.expect_response("**/api/v1/**"):
            again.first.click()
        settled(page)
    expect(page.get_by_role("alert")).to_have_count(0)


LIKE_OTHERS = "tbody tr:nth-child(n+11)"
"""Rows of a long table that are drawn as the ten before them; to look at all fifty takes twice as long."""


def complaints_of_axe(page: Page) -> list[tuple[str, str]]:
    """The rules of accessibility that a page breaks, each with the first place."""
    found = Axe().run(page, {"exclude": [[LIKE_OTHERS]]}, {"resultTypes": ["violations"]})
    return [(v["id"], v["nodes"][0]["html"][:160]) for v in found.response["violations"]]
