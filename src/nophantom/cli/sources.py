"""`nophantom sources`: what is followed, and how it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nophantom.cli.source_tables import (
    list_as_json,
    print_checked,
    print_followed,
    print_list,
    print_sources,
    source_as_json,
)
from nophantom.cli.talk import HomeOption, JsonOption, Opened, count, opened, out, print_json, talk
from nophantom.cli.visits import fetcher_of, secrets_of

if TYPE_CHECKING:
    from nophantom.trends.archive.source_rows import SourceRow
    from nophantom.trends.following import Following

sources = typer.Typer(no_args_is_help=True, help="Sources: follow feeds and sites, see how they are.")

SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE", help="Its number, address, or a piece that only it has.", show_default=False
    ),
]


@sources.callback()
def about_sources() -> None:
    """Sources: follow feeds and sites, see how they are."""


def _following(store: Opened) -> Following:
    from nophantom.trends.following import Following

    return Following(store.engine, fetcher_of(store), secrets_of(store))


@sources.command("add")
def add(
    addresses: Annotated[
        list[str],
        typer.Argument(
            help="Feeds, pages that name one, or hn:show_hn, arxiv:cs.LG, github:OWNER/REPO.",
            show_default=False,
        ),
    ],
    group: Annotated[
        str,
        typer.Option(metavar="NAME", help="What they are about; sources of a group are counted together."),
    ] = "",
    language: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Two letters, where it is known. [default: as they say]"),
    ] = None,
    look: Annotated[
        bool,
        typer.Option(
            "--check/--no-check",
            help="Visit each once before it is followed. [default: check]",
            show_default=False,
        ),
    ] = True,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Follow sources: each is visited from then on.

    A page is replaced by the feed that it names. A source that is there already, under whatever spelling, stays as
    it is.

    Examples: nophantom sources add https://blog.rust-lang.org | nophantom sources add arxiv:cs.LG hn:show_hn
    """
    with opened(home, create=True) as store:
        done = _following(store).add(addresses, kind=group, language=language, look=look)
    if as_json:
        from nophantom.cli.source_tables import followed_as_json

        print_json({"sources": [followed_as_json(one) for one in done]})
    else:
        print_followed(done)
    raise typer.Exit(next((one.error.exit_status for one in done if one.error), 0))


@sources.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A list of feeds in OPML.", show_default=False)],
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Follow the feeds of an OPML file; those that are there already stay as they are.

    None is visited now: `nophantom trends collect` does that.

    Example: nophantom sources import subscriptions.opml
    """
    from dataclasses import replace

    from nophantom.trends.following import read_list

    outlines, damaged = read_list(file)
    with opened(home, create=True) as store:
        done = _following(store).add_list(outlines, added_from=file.name)
    done = replace(done, unusable=(*damaged, *done.unusable))
    if as_json:
        print_json(list_as_json(done))
    else:
        print_list(done)


@sources.command("defaults")
def defaults(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Follow the well-known technology sources that come with NoPhantom; none needs a key.

    Example: nophantom sources defaults
    """
    with opened(home, create=True) as store:
        done = _following(store).add_catalogue()
    if as_json:
        print_json(list_as_json(done))
    else:
        print_list(done)


@sources.command("list")
def list_(
    text: Annotated[
        str | None, typer.Option("--find", metavar="TEXT", help="Only with this in address or title.")
    ] = None,
    failing: Annotated[bool, typer.Option("--failing", help="Only those whose last visit failed.")] = False,
    every: Annotated[bool, typer.Option("--all", help="All, not only the first 50.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """List the sources, how they are, and when each is visited next.

    Example: nophantom sources list --failing
    """
    from nophantom.store.engine import reading
    from nophantom.trends.archive.sources import page_sources

    found: list[SourceRow] = []
    cursor, total = None, 0
    with opened(home) as store, reading(store.engine) as session:
        while True:
            page = page_sources(
                session, failing=True if failing else None, contains=text, sort="id", limit=200, cursor=cursor
            )
            found += page.items
            total, cursor = max(total, page.total), page.next_cursor
            if cursor is None or not (every or as_json):
                break
    shown = found if every or as_json else found[:50]
    if as_json:
        print_json({"sources": [source_as_json(source) for source in shown]})
        return
    print_sources(shown)
    if total > len(shown):
        talk().print(f"{count(len(shown))} of {count(total)} shown; --all shows all.")


@sources.command("show")
def show(source: SourceArgument, as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Show one source: what it is, how it is, and its last visits.

    Example: nophantom sources show blog.rust-lang.org
    """
    from nophantom.cli.source_tables import print_source, visit_as_json
    from nophantom.store.engine import reading
    from nophantom.trends.archive.sources import find_source, last_visits

    with opened(home) as store, reading(store.engine) as session:
        found = find_source(session, source)
        visits = last_visits(session, found.id, limit=20)
    if as_json:
        print_json(source_as_json(found) | {"visits": [visit_as_json(one) for one in visits]})
    else:
        print_source(found, visits)


@sources.command("check")
def check(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="A source that is followed, or any address.", show_default=False
        ),
    ],
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Visit one source once and tell what is found; nothing is kept.

    Example: nophantom sources check https://blog.rust-lang.org
    """
    from nophantom.cli.source_tables import checked_as_json
    from nophantom.errors import NotFound, Unreadable
    from nophantom.store.engine import reading
    from nophantom.trends.archive.sources import find_source

    with opened(home, create=True) as store:
        try:
            with reading(store.engine) as session:
                address = find_source(session, source).address
        except NotFound:
            if source.isdigit():
                raise
            address = source
        found = _following(store).check(address)
    if as_json:
        print_json(checked_as_json(found))
    else:
        print_checked(found)
    raise typer.Exit(0 if found.is_well else Unreadable.exit_status)


@sources.command("disable")
def disable(
    source: SourceArgument,
    why: Annotated[
        str, typer.Option(metavar="TEXT", help="The reason, for the record.")
    ] = "switched off by hand",
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Visit a source no more; what it sent stays. `enable` takes it back.

    Example: nophantom sources disable 12 --why "too much noise"
    """
    _switch(source, why, as_json=as_json, home=home)


@sources.command("enable")
def enable(source: SourceArgument, as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Visit a source again; it is due at once.

    Example: nophantom sources enable 12
    """
    _switch(source, None, as_json=as_json, home=home)


def _switch(reference: str, why: str | None, *, as_json: bool, home: Path | None) -> None:
    from nophantom.clock import now
    from nophantom.store.engine import writing
    from nophantom.trends.archive.source_tables import SourceState
    from nophantom.trends.archive.sources import change_state, find_source, read_source

    state = SourceState.ACTIVE if why is None else SourceState.DISABLED
    with opened(home) as store, writing(store.engine) as session:
        found = find_source(session, reference)
        change_state(session, found.id, state, why, at=now())
        session.expire_all()
        found = read_source(session, found.id)
    if as_json:
        print_json(source_as_json(found))
    else:
        word = "is visited again" if why is None else f"is visited no more ({why})"
        out().print(f"{found.id} {found.name} {word}.", markup=False)


@sources.command("export")
def export(
    file: Annotated[
        Path | None, typer.Argument(help="Where to. [default: the terminal]", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Write the sources as OPML, for another feed reader or another NoPhantom.

    Example: nophantom sources export subscriptions.opml
    """
    with opened(home) as store:
        text = _following(store).export()
    if file is not None:
        from nophantom.errors import Unavailable

        try:
            file.write_text(text, encoding="utf-8")
        except OSError as problem:
            raise Unavailable(
                f"cannot write {str(file)!r}: {problem.strerror or problem}. Name another place."
            ) from None
    told: dict[str, Any] = {"path": str(file) if file else None, "opml": None if file else text}
    if as_json:
        print_json(told)
    elif file is None:
        out().out(text, highlight=False)
    else:
        talk().print(f"written: {file}", markup=False)
