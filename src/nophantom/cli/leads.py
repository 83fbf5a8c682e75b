"""`nophantom trends leads` and `follow`: what one's own SearXNG is asked about."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from nophantom.cli.collect import trends as trends  # with the commands below
from nophantom.cli.talk import HomeOption, JsonOption, count, opened, out, print_json, talk
from nophantom.cli.visits import fetcher_of, leading_of

if TYPE_CHECKING:
    from nophantom.trends.archive.leads import LeadRow


@trends.command("leads")
def leads(
    topics: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC]...",
            help="Ask about these. [default: signals, the watch list and what is followed]",
            show_default=False,
        ),
    ] = None,
    most: Annotated[int, typer.Option(metavar="N", help="Questions at most.", min=1)] = 10,
    listed: Annotated[bool, typer.Option("--list", help="Ask nothing: show what was asked before.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Ask your own SearXNG about topics, and the sources behind its hits for the truth.

    What is confirmed becomes evidence and is never counted; the rest is dropped as an unconfirmed lead, with engine,
    query and rank. A day has a budget, questions keep their distance, and a topic rests for a week.

    Example: nophantom trends leads "vector database"
    """
    from nophantom.store.engine import reading
    from nophantom.trends.archive.leads import read_leads

    with opened(home, create=True) as store:
        if listed:
            with reading(store.engine) as session:
                rows = read_leads(session, limit=100)
        else:
            asking = leading_of(store, None if as_json else _print_lead)
            rows = asking.ask(fetcher_of(store), topics=topics or (), most=most)
    if as_json:
        print_json({"leads": [asdict(row) for row in rows]})
    elif listed:
        for row in rows:
            _print_lead(row)
    if not rows and not as_json:
        talk().print(
            "Nothing was asked."
            if listed
            else "There is nothing to ask: no signals, no watch list, nothing followed that rested for a week; or "
            "the budget of the day is spent.",
            markup=False,
        )


def _print_lead(row: LeadRow) -> None:
    told = f"; {row.trouble.replace('_', ' ')}: {row.told}" if row.trouble else ""
    out().print(
        f"{row.at:%Y-%m-%d %H:%M} {row.topic} ({row.asked_by.replace('_', ' ')}): {count(row.hits)} hits, "
        f"{count(row.confirmed)} confirmed{told}",
        markup=False,
    )


@trends.command("follow")
def follow(
    topic: Annotated[
        str | None, typer.Argument(help="A topic. [default: list what is followed]", show_default=False)
    ] = None,
    why: Annotated[
        str, typer.Option(metavar="TEXT", help="The reason, for the record.")
    ] = "followed by hand",
    remove: Annotated[bool, typer.Option("--remove", help="Follow it no more.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Follow a topic: your SearXNG is asked about it from then on. It changes no count and no signal.

    That is a decision like others: `nophantom trends decisions` lists it.

    Examples: nophantom trends follow "vector database" | nophantom trends follow "vector database" --remove
    """
    from nophantom.clock import now
    from nophantom.store.engine import writing
    from nophantom.trends.archive import deciding
    from nophantom.trends.archive.leads import followed_topics

    with opened(home, create=True) as store, writing(store.engine) as session:
        if topic is not None:
            at = now()
            slug = (
                deciding.unfollow(session, topic, at=at)
                if remove
                else deciding.follow(session, topic, why=why, at=at)
            )
            talk().print(f"{slug}: {'followed no more' if remove else 'followed'}.", markup=False)
        found = [
            {"slug": one.slug, "words": one.words, "why": one.why, "followed_at": one.followed_at}
            for one in followed_topics(session)
        ]
    if as_json:
        print_json({"followed": found})
    elif topic is None:
        for one in found:
            out().print(f"{one['words']} ({one['why']}, since {one['followed_at']:%Y-%m-%d})", markup=False)
        if not found:
            talk().print("No topic is followed. `nophantom trends follow TOPIC` begins.", markup=False)
