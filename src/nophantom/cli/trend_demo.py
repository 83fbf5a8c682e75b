"""The trend half of `nophantom demo`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nophantom.cli.signals import steps
from nophantom.cli.snapshots import candidate_as_json, print_snapshot, snapshot_as_json
from nophantom.cli.talk import Opened, count, e_value, out, say_where_to_look, talk
from nophantom.cli.trends import bytes_read, print_books, print_drops, stories_linked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nophantom.publishing.trend_demo import PlantedTopic
    from nophantom.trends.archive.snapshots import SnapshotRow
    from nophantom.trends.concluding import Detected


def show_simulated(store: Opened, *, as_json: bool) -> dict[str, Any]:
    """The simulated world: what was planted beside what was found."""
    from nophantom.publishing.trend_demo import simulate_trends

    with steps() as on_step:
        found, planted = simulate_trends(store.engine, store.settings.home, on_step=on_step)
    row = _stored(store, found)
    if as_json:
        return _as_json(store, row) | {"planted": [_planted_as_json(p) for p in planted]}
    _print_planted(row, planted)
    say_where_to_look(
        store.settings, "trends signals --simulated", "trends explain mubrek --simulated", "doctor"
    )
    return {}


def show_real(store: Opened, data: Path, as_of: date | None, *, as_json: bool) -> dict[str, Any] | None:
    """The signals of real archives, if the folder holds any."""
    from nophantom.publishing.trend_demo import real_trends

    with bytes_read() as on_bytes, stories_linked() as on_linked, steps() as on_step:
        found = real_trends(
            store.engine, data, as_of=as_of, on_bytes=on_bytes, on_linked=on_linked, on_step=on_step
        )
    if found is None or found.detected is None:
        if not as_json:
            talk().print(f"No archives of documents in {data}; nothing to detect.", markup=False)
        return None
    row = _stored(store, found.detected)
    if as_json:
        return _as_json(store, row)
    console = out()
    console.print(f"\n[bold]Real documents in {data}[/]\n")
    print_books(found.imported)
    print_drops(found.imported)
    if as_of is not None and found.detected.snapshot.as_of != as_of:
        talk().print(f"There is nothing for {as_of}; detected as of the last day instead.")
    console.print()
    print_snapshot(store, row, watch=20)
    say_where_to_look(
        store.settings, "trends signals", "trends watchlist --limit 100", "trends explain TOPIC", "doctor"
    )
    return {}


def _stored(store: Opened, found: Detected) -> SnapshotRow:
    from nophantom.store.engine import reading
    from nophantom.trends.archive.snapshots import read_snapshot

    with reading(store.engine) as session:
        return read_snapshot(session, found.recorded.id)


def _as_json(store: Opened, row: SnapshotRow) -> dict[str, Any]:
    from nophantom.store.engine import reading
    from nophantom.trends.archive.snapshots import list_candidates
    from nophantom.trends.signals import Place

    with reading(store.engine) as session:
        signals = list_candidates(session, row.id, place=Place.SIGNAL)
        watch = list_candidates(session, row.id, place=Place.WATCH, sort="log_e", limit=20)
    return {
        "snapshot": snapshot_as_json(row),
        "signals": [candidate_as_json(c) for c in signals],
        "watch": [candidate_as_json(c) for c in watch],
    }


def _planted_as_json(p: PlantedTopic) -> dict[str, Any]:
    return {
        "name": p.planted.name,
        "truth": p.planted.truth,
        "what": p.planted.what,
        "shown": p.is_shown,
        "place": p.candidate.place if p.candidate else None,
        "reason": p.candidate.reason if p.candidate else None,
        "as_it_should": p.is_as_it_should,
    }


def _print_planted(row: SnapshotRow, planted: Sequence[PlantedTopic]) -> None:
    from rich.table import Table

    console = out()
    console.print(
        f"\n[bold]SIMULATED documents[/] as of {row.as_of}: {count(row.n_stories)} stories, "
        f"{count(row.n_topics)} topics; {count(row.signals)} signals, {count(row.watch)} on the watch list, "
        f"{count(row.drops)} dropped with a reason\n"
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("planted", "truth", "what", "found", "e-value", "momentum"):
        table.add_column(title, overflow="fold")
    for p in planted:
        c = p.candidate
        found = "signal" if p.is_shown else (c.reason.replace("_", " ") if c and c.reason else "not shown")
        style = "green" if p.is_as_it_should else "red"
        numbers = (
            ("", "")
            if c is None
            else (e_value(c.log_e), f"{c.momentum[0]:.1f} ({c.momentum[1]:.1f} to {c.momentum[2]:.1f})")
        )
        table.add_row(p.planted.name, p.planted.truth, p.planted.what, f"[{style}]{found}[/]", *numbers)
    console.print(table)
