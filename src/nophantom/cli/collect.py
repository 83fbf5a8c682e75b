"""`nophantom trends collect` and `watch`: visit the sources, once or for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from nophantom.cli.signals import trends as trends  # with the commands below
from nophantom.cli.talk import HomeOption, JsonOption, count, opened, print_json, talk
from nophantom.cli.visits import collecting_of, leading_of

if TYPE_CHECKING:
    from nophantom.trends.collecting import Collected, OnVisit
    from nophantom.trends.fetching import Fetcher


@trends.command("collect")
def collect(
    only: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="These alone, whether due or not. [default: all that are due]",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Visit every source that is due, once, and keep what it sent.

    Each item becomes a document, a duplicate of one, or a drop with its reason; the sums are shown. What was visited
    is kept when you stop it.

    Example: nophantom trends collect
    """
    from nophantom.cli.source_tables import (
        ahead,
        collected_as_json,
        print_collected,
        say_that_none_is_followed,
    )
    from nophantom.clock import now
    from nophantom.store.engine import reading
    from nophantom.trends.archive.sources import count_due, find_source

    with opened(home, create=True) as store, visits_made() as on_visit:
        with reading(store.engine) as session:
            numbers = [find_source(session, one).id for one in only] if only else None
            followed, due, next_at = count_due(session, now())
        collected = collecting_of(store, on_visit).collect(only=numbers)
    if as_json:
        print_json(collected_as_json(collected) | {"followed": followed, "due": due})
        return
    if not followed:
        say_that_none_is_followed()
    elif not due and not only:
        talk().print(f"None of {count(followed)} sources is due; the next one is {ahead(next_at, now())}.")
    else:
        print_collected(collected)


@contextmanager
def visits_made() -> Iterator[OnVisit]:
    """A bar on stderr with the visits that are done and the time left; silent where stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = talk()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("visiting", total=None)

        def show(done: Collected, due: int) -> None:
            told = f"visiting: {count(done.documents)} new, {count(done.failed)} failed"
            bar.update(task, completed=done.visits, total=max(due, done.visits), description=told)

        yield show


_LEADS_A_ROUND = 5


@trends.command("watch")
def watch(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Visit sources for ever, each when it is due; Ctrl-C stops it cleanly.

    No failure ends it: what a visit meets stands with its source, what happens to the store is told and tried again.
    Where a SearXNG is set, it is asked for leads in between. With --json each round is one object on a line.

    Example: nophantom trends watch
    """
    import asyncio
    import signal

    from nophantom.cli.source_tables import ahead, collected_as_json, moment
    from nophantom.clock import now
    from nophantom.outbound.loops import run
    from nophantom.trends.collecting import Watching

    console = talk()

    def told(done: Collected, next_at: datetime | None) -> None:
        at = now()
        if as_json:
            import orjson

            row = collected_as_json(done) | {"at": at, "next_at": next_at}
            print(
                orjson.dumps(row, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode(), flush=True
            )
            return
        console.print(
            f"{moment(at)} {count(done.visits)} visits: {count(done.documents)} new, {count(done.duplicates)} known, "
            f"{count(done.drops.total())} dropped, {count(done.failed)} failed; next {ahead(next_at, at)}",
            markup=False,
        )

    def wrong(problem: Exception) -> None:
        console.print(f"{moment(now())} {type(problem).__name__}: {problem}. Tried again soon.", markup=False)

    async def forever(watching: Watching) -> int:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, stop.set)
        return await watching.watch(stop)

    with opened(home, create=True) as store:
        console.print("watching; Ctrl-C stops.", markup=False)

        async def ask_for_leads(fetcher: Fetcher) -> None:
            await leading_of(store).ask_open(fetcher, most=_LEADS_A_ROUND)

        between = ask_for_leads if store.settings.searxng else None
        watching = Watching(collecting_of(store), on_round=told, on_trouble=wrong, between=between)
        rounds = run(forever(watching))
    console.print(f"stopped after {count(rounds)} rounds; what was visited is kept.", markup=False)
