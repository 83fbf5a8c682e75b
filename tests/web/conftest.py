"""A real browser before a real server over a real database of 10,000 signals."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from nophantom.api.pages import BUILT
from nophantom.llm.importing import import_logs
from nophantom.publishing.crowd import crowd
from nophantom.settings import MIGRATIONS, Settings
from nophantom.store.blobs import Blobs
from nophantom.store.engine import open_engine
from nophantom.store.versions import bring_up_to_date

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


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of; every test ends with none. A test that provokes some clears them."""
    return []


@pytest.fixture
def page(browser: Browser, address: str, complaints: list[str]) -> Iterator[Page]:
    """A fresh page of a wide window, English, light."""
    context = browser.new_context(
        base_url=address, viewport={"width": 1280, "height": 900}, locale="en-GB", color_scheme="light"
    )
    context.set_default_timeout(15_000)
    opened = context.new_page()
    watch(opened, complaints)
    yield opened
    context.close()
    assert complaints == []


def watch(page: Page, complaints: list[str]) -> None:
    """Collect errors of scripts, of the console and of the content-security policy."""

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
