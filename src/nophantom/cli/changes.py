"""`nophantom trends changes`: what changed since the snapshot before, so that no signal vanishes without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nophantom.cli.signals import KnownOnOption, SimulatedOption, snapshot_as_of
from nophantom.cli.since import print_since
from nophantom.cli.snapshots import print_title, snapshot_as_json
from nophantom.cli.talk import HomeOption, JsonOption, opened, out, print_json
from nophantom.cli.topic_comparisons import trends as trends  # with the command below

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from nophantom.trends.archive.changes import Changes
    from nophantom.trends.archive.snapshots import SnapshotRow
    from nophantom.trends.fates import SignalFate


@trends.command("changes")
def changes(
    topic: Annotated[
        str | None,
        typer.Argument(help="Only what became of this topic, in all snapshots with the same parameters."),
    ] = None,
    as_of: KnownOnOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the signals of which nothing changed.")
    ] = False,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show what became of the signals of the snapshot before: which are new, ended or were withdrawn, and why.

    A signal is withdrawn only when a correction removes its evidence: its name is counted as another topic, or the
    documents of those days are others by now. A snapshot is compared with the latest earlier one that was made with
    the same parameters.

    Example: nophantom trends changes --as-of 2024-03-06
    Example: nophantom trends changes WebAssembly
    """
    from nophantom.store.engine import reading
    from nophantom.trends.archive.changes import read_changes

    with opened(home) as store, reading(store.engine) as session:
        row = snapshot_as_of(session, as_of, simulated=simulated)
        if topic is not None:
            _tell_topic(session, row, topic, every=everything, as_json=as_json)
            return
        found = read_changes(session, row.id)
    if as_json:
        print_json({"snapshot": snapshot_as_json(row), "changes": _changes_as_json(found, every=everything)})
        return
    print_title(row)
    if found is None:
        out().print("No earlier snapshot was there to compare it with.")
        return
    print_since(found)
    for one in found.fates:
        if everything or one.has_changed:
            _print_fate(one)


def _tell_topic(session: Session, like: SnapshotRow, name: str, *, every: bool, as_json: bool) -> None:
    """What became of one topic in each snapshot, the latest first: also in those after the one that was asked for."""
    from rich.markup import escape

    from nophantom.trends.archive.changes import fates_of_topic
    from nophantom.trends.archive.tracing import trace_topic

    topic = trace_topic(session, name)
    found = [
        one for one in fates_of_topic(session, like, topic.id, topic.slug) if every or one.fate.has_changed
    ]
    if as_json:
        told = [
            {"snapshot": one.snapshot_id, "as_of": one.as_of.isoformat(), **_fate_as_json(one.fate)}
            for one in found
        ]
        print_json({"slug": topic.slug, "name": topic.name, "fates": told})
        return
    if not found:
        out().print(f"{escape(topic.name)} was a signal in no two snapshots that were compared.")
    for one in found:
        out().print(f"as of {one.as_of} (snapshot {one.snapshot_id}):")
        _print_fate(one.fate)


def _changes_as_json(found: Changes | None, *, every: bool) -> dict[str, Any] | None:
    """What changed, for machines; None where there was nothing before."""
    if found is None:
        return None
    return {
        "before": snapshot_as_json(found.before),
        "counts": {fate.value: n for fate, n in found.counts.items()},
        "phases_changed": found.phases_changed,
        "fates": [_fate_as_json(one) for one in found.fates if every or one.has_changed],
    }


def _fate_as_json(one: SignalFate) -> dict[str, Any]:
    from nophantom.trends.fates import fate_in_words

    told = {name: getattr(one, name) for name in one.__slots__}
    return told | {"onset": one.onset.isoformat(), "says": fate_in_words(one)}


def _print_fate(one: SignalFate) -> None:
    from rich.markup import escape

    from nophantom.trends.fates import fate_in_words

    word = one.fate.replace("_", " ") + (f", {one.reason}" if one.reason else "")
    out().print(f"  [bold]{word:<20}[/]  {escape(one.name)}: {escape(fate_in_words(one))}")
