"""`nophantom sources why`: what became of an address, and the story that it is counted in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nophantom.cli.sources import sources as sources  # with the command below
from nophantom.cli.talk import HomeOption, JsonOption, count, opened, out, print_json

if TYPE_CHECKING:
    from nophantom.trends.archive.story_members import StoryOf
    from nophantom.trends.archive.whereabouts import AddressTrace

_SHOWN = 10  # documents of a story; --json lists more


@sources.command("why")
def why(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="An address, or a native id.", show_default=False)
    ],
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Why is this not in? A document, a drop with its reason, or nothing that any source sent.

    Of a document, also the story that it is counted in: the others that tell the same.

    Example: nophantom sources why https://example.org/post
    """
    from nophantom.clock import now
    from nophantom.store.engine import reading
    from nophantom.trends.archive.whereabouts import trace_address

    with opened(home) as store, reading(store.engine) as session:
        trace = trace_address(session, address, at=now())
    if as_json:
        print_json(_as_json(trace))
        return
    out().print(trace.told, markup=False)
    if trace.story is not None and trace.story.total > 1:
        _print_story(trace.story)


def _print_story(story: StoryOf) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", title="Same story", title_justify="left")
    table.add_column("first seen")
    table.add_column("document", overflow="fold")
    table.add_column("source", overflow="fold")
    table.add_column("why")
    for one in story.members[:_SHOWN]:
        reason = "the first" if one.why is None else one.why.replace("_", " ")
        table.add_row(str(one.first_seen), one.native_id, one.source or "unknown", reason)
    out().print(table)
    if story.total > _SHOWN:
        out().print(f"and {count(story.total - _SHOWN)} more")


def _as_json(trace: AddressTrace) -> dict[str, Any]:
    document = trace.document
    return {
        "asked": trace.asked,
        "native_id": trace.native_id,
        "address": trace.address,
        "found": trace.found,
        "told": trace.told,
        "document": document
        and {
            "native_id": document.native_id,
            "title": document.title,
            "url": document.url,
            "first_seen": str(document.first_seen),
        },
        "story": trace.story and _story_as_json(trace.story),
    }


def _story_as_json(story: StoryOf) -> dict[str, Any]:
    members = [
        {
            "native_id": one.native_id,
            "title": one.title,
            "url": one.url,
            "source_id": one.source_id,
            "source": one.source,
            "first_seen": str(one.first_seen),
            "why": one.why,
            "since": one.since and str(one.since),
        }
        for one in story.members
    ]
    told = {"representative": story.representative, "title": story.title, "why": story.why}
    return {**told, "total": story.total, "members": members}
