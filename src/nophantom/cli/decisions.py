"""`nophantom trends decide | decisions | undo`: what people decide about topics. Written once, undone at will."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from nophantom.cli.hiding import decision_as_json, print_decision
from nophantom.cli.leads import trends as trends  # with the commands below
from nophantom.cli.talk import HomeOption, JsonOption, count, opened, print_json, talk

ReasonOption = Annotated[
    str,
    typer.Option("--reason", metavar="TEXT", help="Why, for the record. [default: none]", show_default=False),
]


class What(StrEnum):
    """What can be decided, as it is typed."""

    FOLLOW = "follow"
    MUTE = "mute"
    MERGE = "merge"
    SPLIT = "split"
    NOT_A_TECHNOLOGY = "not-a-technology"


@trends.command("decide")
def decide(
    what: Annotated[What, typer.Argument(help="What is decided.", show_default=False)],
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC", help="Its name, in any spelling.", show_default=False)
    ],
    other: Annotated[
        str | None,
        typer.Argument(metavar="OTHER", help="What it is merged into, or split from.", show_default=False),
    ] = None,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Decide about a topic: follow it, hide it (mute, not-a-technology), merge or split it.

    Nothing that was stored changes: what is hidden is counted as before, and no snapshot becomes another.

    Examples: nophantom trends decide mute "advent of code" | nophantom trends decide merge "k8s" kubernetes
    """
    from nophantom.clock import now
    from nophantom.store.engine import writing
    from nophantom.trends.archive import deciding
    from nophantom.trends.decisions import DecisionKind

    kind = DecisionKind(what.replace("-", "_"))
    with opened(home, create=kind is DecisionKind.FOLLOW) as store, writing(store.engine) as session:
        made = deciding.decide(session, kind, topic, at=now(), other=other, reason=reason)
    if as_json:
        print_json({"decision": decision_as_json(made)})
        return
    print_decision(made)
    talk().print(f"It holds from now on; `nophantom trends undo {made.number}` takes it back.", markup=False)


@trends.command("decisions")
def decisions(
    every: Annotated[bool, typer.Option("--all", help="Also what was undone.")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """List what was decided about topics, each with its number, day and reason.

    Example: nophantom trends decisions --all
    """
    from nophantom.store.engine import reading
    from nophantom.trends.archive.deciding import read_decisions

    with opened(home) as store, reading(store.engine) as session:
        made = read_decisions(session)
    found = [d for d in made if every or d.undone_at is None]
    if as_json:
        print_json({"decisions": [decision_as_json(d) for d in found]})
        return
    for d in found:
        print_decision(d)
    if not made:
        talk().print("Nothing was decided. `nophantom trends decide mute TOPIC` hides one.", markup=False)
    elif undone := len(made) - len(found):
        talk().print(f"{count(undone)} undone; --all shows them.")


@trends.command("undo")
def undo(
    number: Annotated[
        int, typer.Argument(metavar="N", help="Number of a decision.", min=1, show_default=False)
    ],
    reason: ReasonOption = "",
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Take a decision back; that it was made stays on record.

    Example: nophantom trends undo 3 --reason "it is one after all"
    """
    from nophantom.clock import now
    from nophantom.store.engine import writing
    from nophantom.trends.archive.deciding import read_decisions, undo_decision

    with opened(home) as store, writing(store.engine) as session:
        undo_decision(session, number, at=now(), reason=reason)
        undone = next(d for d in read_decisions(session) if d.number == number)
    if as_json:
        print_json({"decision": decision_as_json(undone)})
    else:
        print_decision(undone)
