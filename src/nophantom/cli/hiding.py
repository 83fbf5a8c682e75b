"""What people decided, as lists show it: rows that are hidden are counted, never silently gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nophantom.cli.talk import count, out, talk

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from nophantom.trends.archive.snapshots import CandidateRow
    from nophantom.trends.decisions import Decision, InForce, Shown

AllOption = Annotated[bool, typer.Option("--all", help="Also what your decisions hide.")]


def decided_by_now(session: Session) -> InForce:
    """The decisions that hold."""
    from nophantom.clock import now
    from nophantom.trends.archive.deciding import decisions_in_force

    return decisions_in_force(session, now())


def seen(
    found: Sequence[CandidateRow], force: InForce, limit: int | None = None, *, every: bool = False
) -> Shown[CandidateRow]:
    """The first rows that are shown, and the hidden ones that stood among them.

    Args:
        found: in their order; for `limit` rows, as many more as there are decisions are enough.
        force: the decisions that hold.
        limit: so many are shown at most.
        every: hide none.
    """
    from nophantom.trends.decisions import Shown, show

    if every:
        return Shown(tuple(found[:limit]), ())
    reached: list[CandidateRow] = []
    n_shown = 0
    for row in found:
        if n_shown == limit:
            break
        n_shown += force.hidden_by(row.slug) is None
        reached.append(row)
    return show(reached, lambda row: row.slug, force)


def say_hidden(kinds: Iterable[str], what: str = "") -> None:
    """How many rows are hidden and by what, where any are; `kinds` has the kind of decision of each."""
    by_kind = Counter(kinds)
    if not by_kind:
        return
    told = ", ".join(f"{count(n)} {kind.replace('_', ' ')}" for kind, n in sorted(by_kind.items()))
    talk().print(f"{count(by_kind.total())} {what}hidden by your decisions ({told}); --all shows all.")


def kinds_of(shown: Shown[Any]) -> list[str]:
    """The kind of the decision that hides each hidden row."""
    return [one.decision.kind for one in shown.hidden]


def print_decision(d: Decision) -> None:
    """One decision as a line."""
    because = f": {d.reason}" if d.reason else ""
    undone = ""
    if d.undone_at is not None:
        why = f": {d.undone_because}" if d.undone_because else ""
        undone = f"; undone on {d.undone_at:%Y-%m-%d}{why}"
    out().print(f"{d.at:%Y-%m-%d} {d.told}{because}{undone}", markup=False)


def decision_as_json(d: Decision) -> dict[str, Any]:
    """A decision for machines."""
    fields = {name: getattr(d, name) for name in d.__slots__}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()
    }


def hidden_as_json(shown: Shown[CandidateRow]) -> list[dict[str, Any]]:
    """The hidden rows for machines, each with its decision."""
    return [
        {"slug": one.row.slug, "name": one.row.name, "decision": decision_as_json(one.decision)}
        for one in shown.hidden
    ]
