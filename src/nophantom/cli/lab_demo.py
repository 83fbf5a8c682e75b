"""The trained half of `nophantom demo`: studies of Orchestra-MoE, with the web app served beside them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from nophantom.cli.talk import Opened, out, program, say_where_to_look, talk

if TYPE_CHECKING:
    from nophantom.llm.assembling import StudyAnswers

_PATIENCE = 10.0  # seconds that a server may take to stop


def can_train() -> bool:
    """Whether what training needs is installed; if not, says how to get it."""
    if all(find_spec(name) is not None for name in ("torch", "safetensors")):
        return True
    talk().print(
        "Nothing is trained: that needs torch, which is not installed. `pip install 'nophantom[train]'` brings it."
    )
    return False


def show_trained(store: Opened, *, quick: bool, as_json: bool) -> dict[str, Any]:
    """Train the studies of the demonstration and show what each has shown, then write one report of all."""
    from nophantom.cli.paper import print_page
    from nophantom.cli.study_display import watching
    from nophantom.llm.reports.gates import gate_page
    from nophantom.llm.reports.whole import study_summary
    from nophantom.publishing.lab_demo import demo_report, demo_texts, train_demo
    from nophantom.reporting.html import page_html
    from nophantom.reporting.json_file import to_plain
    from nophantom.version import __version__

    def show(answers: StudyAnswers) -> None:
        if not as_json:
            out().print()
            print_page(study_summary(answers), out())

    home = store.settings.home.resolve()
    with watching() as on_event:
        trained = train_demo(
            store.engine,
            store.blobs,
            home / "studies",
            on_event=on_event,
            on_study=show,
            texts=demo_texts(quick=quick),
        )
    page = demo_report(trained, version=__version__)
    place = home / "demo-report.html"
    place.write_text(page_html(page), encoding="utf-8", newline="\n")
    if as_json:
        return {"trained": to_plain(page), "report": str(place)}
    out().print()
    print_page(gate_page(trained.gate), out())
    reference = trained.studies[0].opened.facts.reference
    say_where_to_look(
        store.settings, f"seeds {reference}", f"routing {reference}", f"report create {reference}"
    )
    talk().print(f"All of it in one page: {place}", markup=False)
    return {}


@contextmanager
def served(store: Opened) -> Iterator[None]:
    """The web app beside whatever happens in the block, and after it until Ctrl-C."""
    # A process of its own: training must not wait for pages, nor pages for training.
    server = subprocess.Popen(  # noqa: S603 - this very program
        [sys.executable, "-m", "nophantom", "serve", "--home", str(store.settings.home)],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
        if server.poll() is None:
            talk().print(f"The web app stays open until Ctrl-C; later `{program()} serve` opens it again.")
        with suppress(KeyboardInterrupt):  # how a server is meant to end
            server.wait()
    finally:
        server.terminate()
        try:
            server.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
