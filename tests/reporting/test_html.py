"""One file that loads nothing and runs nothing, whatever stands in the texts."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from shutil import which
from statistics import median
from time import process_time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from nophantom.reporting.figure_tables import figure_tables
from nophantom.reporting.html import page_html, section_html
from nophantom.reporting.markdown import page_markdown
from nophantom.reporting.page import Figure, Headline, Page, Paragraph, Section


class Reader(HTMLParser):
    """The tags, attributes and texts of a file; complains where tags do not nest."""

    EMPTY = frozenset({"meta", "br", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_page_loads_nothing_runs_nothing_and_keeps_hostile_text_as_text(whole_page: Page) -> None:
    text = page_html(whole_page)
    read = Reader(text)

    assert {"script", "link", "img", "iframe", "object", "base", "form"} & set(read.tags) == set()
    names = {name for name, _ in read.attributes}
    assert {name for name in names if name.startswith("on") or name in {"src", "style"}} == set()
    links = [value or "" for name, value in read.attributes if name == "href"]
    assert links == ["#s1", "#s2", "#s3", "#s4"]
    assert not re.search(r"url\(|@import|https?:|//[a-z]", text)
    assert "default-src 'none'" in text
    assert "\x1b" not in text
    assert text.isprintable() or set(filter(lambda sign: not sign.isprintable(), text)) == {"\n"}
    assert sum("<script>alert('1')</script>" in data for data in read.texts) >= 10
    ids = [value for name, value in read.attributes if name == "id"]
    assert len(ids) == len(set(ids)) == 4


def test_the_verdict_stands_before_everything_but_the_title(whole_page: Page) -> None:
    text = page_html(whole_page)
    order = [
        text.index(piece) for piece in ("<h1>", ">UNDECIDED<", "SIMULATED", "<nav", "<section", "<footer>")
    ]

    assert order == sorted(order)


@pytest.mark.parametrize(
    ("word", "tone"),
    [("real", "real"), ("GO", "real"), ("phantom", "phantom"), ("NO-GO", "phantom"), ("UNDECIDED", "")],
)
def test_a_verdict_is_a_word_and_its_colour_only_repeats_it(word: str, tone: str) -> None:
    text = page_html(Page("t", verdict=Headline(word, "because.")))

    assert (
        f'<div class="verdict {tone}">\n<p><strong class="word">{word.upper()}</strong> because.</p>' in text
    )
    assert "<strong" not in page_html(Page("t", verdict=Headline(None, "nothing was asked.")))


def test_every_number_of_every_picture_can_be_found_as_text(whole_page: Page) -> None:
    text = page_html(whole_page)
    for figure in whole_page.sections[1].blocks:
        assert isinstance(figure, Figure)
        for table in figure_tables(figure):
            assert all(f">{escape(cell)}</t" in text for row in table.rows for cell in row)


def test_contents_come_with_the_fourth_section() -> None:
    sections = tuple(Section(f"Part {n}", (Paragraph("text"),)) for n in range(4))

    assert "<nav" in page_html(Page("t", sections=sections))
    assert "<nav" not in page_html(Page("t", sections=sections[:3]))


def test_a_section_for_a_notebook_styles_nothing_around_it(whole_page: Page) -> None:
    text = section_html(whole_page.sections[1], headline=whole_page.verdict)
    Reader(text)
    sheet = text[text.index("<style>") + 7 : text.index("</style>")]
    rules = re.sub(r"@media[^{]*\{((?:[^{}]*\{[^{}]*\})*)\}", r"\1", sheet)
    selectors = [one for group in re.findall(r"([^{}]+)\{", rules) for one in group.split(",")]

    assert len(selectors) > 40
    assert all(one.strip().startswith(".nophantom-report") for one in selectors)
    assert " id=" not in text
    assert ">UNDECIDED<" in text


def test_equal_pages_give_equal_bytes_in_any_process(whole_page: Page) -> None:
    made = (page_html(whole_page) + page_markdown(whole_page)).encode()
    program = (
        "import pickle, sys\n"
        "from nophantom.reporting.html import page_html\n"
        "from nophantom.reporting.markdown import page_markdown\n"
        "page = pickle.load(sys.stdin.buffer)\n"
        "sys.stdout.buffer.write((page_html(page) + page_markdown(page)).encode())\n"
    )
    again = subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps(whole_page),
        env={"PYTHONHASHSEED": "4711", "LC_ALL": "C", "TZ": "Asia/Tokyo"},
        capture_output=True,
        check=True,
    )

    assert again.stdout == made


def test_a_whole_report_is_written_in_a_fraction_of_a_second(whole_page: Page) -> None:
    """20 runs x 1,319 problems, 10 curves of 20 points, 5 tables: at most 150 ms of CPU (measured: 40)."""
    tables, drawn = whole_page.sections[0], whole_page.sections[1].blocks
    many = Section("More", (*drawn, *(drawn[2],) * 9))
    page = replace(whole_page, sections=(Section("Five", (tables.blocks[0],) * 5), many))
    times = []
    for _ in range(3):
        start = process_time()
        assert len(page_html(page)) < 1_000_000
        times.append(process_time() - start)

    assert median(times) < 0.15


Seen = tuple[list[str], list[str], int, list[str]]


def look(browser: Browser, file: Path, width: int, scheme: str) -> Seen:
    """What axe finds, what the browser complains of, by how much the page is too wide, what it asked for."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    too_wide = int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    found = Axe().run(page)
    told = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found.response["violations"]]
    context.close()
    return told, complaints, too_wide, asked


@pytest.fixture(scope="module")
def in_browser(whole_page: Page, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, str], Seen]:
    """Looks at the whole page in Chromium; without it the test is skipped, visibly."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(which, names)), None)
    if program is None:
        pytest.skip("no Chromium on this machine; `make browser` installs it where it may")
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(page_html(whole_page), encoding="utf-8")

    def run(width: int, scheme: str) -> Seen:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=flags)
            try:
                return look(browser, file, width, scheme)
            finally:
                browser.close()

    # In a thread of its own: the tests of the web pages may keep a browser open in this one.
    return lambda width, scheme: ThreadPoolExecutor(1).submit(run, width, scheme).result()


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_a_browser_finds_nothing_to_complain_of(
    in_browser: Callable[[int, str], Seen], width: int, scheme: str
) -> None:
    """No violation of the accessibility rules, nothing refused, nothing asked for, nothing beyond the edge."""
    violations, complaints, too_wide, asked = in_browser(width, scheme)

    assert violations == []
    assert complaints == []
    assert too_wide <= 0
    assert len(asked) == 1
