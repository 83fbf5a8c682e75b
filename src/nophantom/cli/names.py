"""`nophantom trends names`: which names a snapshot counts as another topic, and on what evidence or whose decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nophantom.cli.backtests import trends as trends  # with the command below
from nophantom.cli.counting import name_as_json, why
from nophantom.cli.signals import KnownOnOption, SimulatedOption, snapshot_as_of
from nophantom.cli.snapshots import print_title, snapshot_as_json
from nophantom.cli.talk import HomeOption, JsonOption, opened, out, print_json

if TYPE_CHECKING:
    from nophantom.trends.archive.counting import NameRow


@trends.command("names")
def names(
    contains: Annotated[
        str | None, typer.Argument(metavar="[TEXT]", help="Only where a name or a topic contains this.")
    ] = None,
    as_of: KnownOnOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show which names a snapshot counts as another topic, and why.

    Acronyms that the documents themselves spell out and spellings of one word are counted as one topic, and so is what
    people merged. Each can be taken back: `trends decide split NAME TOPIC`, or `trends undo NUMBER` for a decision.

    Example: nophantom trends names ml
    """
    from nophantom.store.engine import reading
    from nophantom.trends.archive.counting import counted_names

    with opened(home) as store, reading(store.engine) as session:
        row = snapshot_as_of(session, as_of, simulated=simulated)
        found = counted_names(session, row.id)
    if contains is not None:
        piece = contains.casefold()
        found = [one for one in found if any(piece in text.casefold() for text in _texts(one))]
    if as_json:
        print_json({"snapshot": snapshot_as_json(row), "names": [name_as_json(one) for one in found]})
        return
    print_title(row)
    if not found:
        out().print("No name is counted as another topic.")
    for one in found:
        out().print(f"  {one.alias_name:<28} is {one.topic_name:<36} {why(one)}", markup=False)


def _texts(one: NameRow) -> tuple[str, ...]:
    return one.alias, one.alias_name, one.topic, one.topic_name
