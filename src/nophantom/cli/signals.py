"""`nophantom trends detect | signals | watchlist | explain`: signals, and the reason for everything else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, TypeVar

import typer

from nophantom.cli.counting import name_as_json, print_names, print_warning
from nophantom.cli.explanations import print_reckoned, reckoned_as_json, refuse_unknown
from nophantom.cli.hiding import (
    AllOption,
    decided_by_now,
    decision_as_json,
    hidden_as_json,
    kinds_of,
    print_decision,
    say_hidden,
    seen,
)
from nophantom.cli.since import MORE, print_since
from nophantom.cli.snapshots import (
    best_documents,
    candidate_as_json,
    document_as_json,
    history_day_as_json,
    print_candidates,
    print_explanation,
    print_snapshot,
    print_title,
    snapshot_as_json,
)
from nophantom.cli.surroundings import adoption_as_json, print_adoption, print_surroundings, row_as_json
from nophantom.cli.talk import (
    HomeOption,
    JsonOption,
    Opened,
    count,
    opened,
    print_json,
    talk,
)
from nophantom.cli.trends import trends as trends  # with the commands below

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from nophantom.trends.archive.snapshots import SnapshotRow
    from nophantom.trends.known_corpus import OnStep

Word = TypeVar("Word", bound=StrEnum)

AsOfOption = Annotated[
    datetime | None,
    typer.Option("--as-of", metavar="DATE", formats=["%Y-%m-%d"], help="[default: the last day there is]"),
]
KnownOnOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        formats=["%Y-%m-%d"],
        help="As known on this day: its newest snapshot, else that of the last day before. [default: the latest]",
    ),
]
SimulatedOption = Annotated[
    bool, typer.Option("--simulated", help="The simulated world instead of what was collected.")
]


CorroboratedOption = Annotated[
    bool,
    typer.Option("--corroborated", help="Only what two families of sources tell in the last 28 days."),
]


ListSort = Literal["momentum", "evidence", "stories", "name"]
"""What a list is sorted by, the greatest first (names: a to z)."""
SignalSort = Literal[ListSort, "onset"]
"""Signals have a day on which they began, too."""
_COLUMNS = {"momentum": "momentum_low", "evidence": "log_e"}
"""By which column, where that is not its word."""


@trends.command("detect")
def detect(
    as_of: AsOfOption = None,
    history: Annotated[int, typer.Option(metavar="DAYS", help="How far back documents are read.")] = 425,
    q: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of false discoveries at which signals are shown.")
    ] = 0.10,
    everything: Annotated[
        bool, typer.Option("--everything", help="Also what is no technology: sport, politics, bank failures.")
    ] = False,
    from_scratch: Annotated[
        bool,
        typer.Option(
            "--from-scratch", help="Replay every day anew, whatever was detected before: slower, the same."
        ),
    ] = False,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Detect emerging technologies as of a day, with a controlled share of false ones.

    Reads only what could be known by then, replays the days before, and stores one snapshot: signals,
    the watch list, and a reason for every other candidate. Twice gives the same content to the byte.

    Example: nophantom trends detect --as-of 2022-12-20
    """
    from nophantom.errors import InvalidInput
    from nophantom.store.engine import reading
    from nophantom.trends.archive.days_read import read_by_day, thin_end
    from nophantom.trends.archive.snapshots import read_snapshot, snapshot_json
    from nophantom.trends.concluding import detect_signals
    from nophantom.trends.parameters import Parameters

    if not 0 < q < 1:
        raise InvalidInput(f"q is a share of false discoveries between 0 and 1, e.g. 0.1; got {q}.")
    with opened(home) as store, steps() as on_step:
        found = detect_signals(
            store.engine,
            as_of=as_of.date() if as_of else None,
            history_days=history,
            parameters=Parameters(q=q, technology_only=not everything),
            simulated=simulated,
            from_scratch=from_scratch,
            on_step=on_step,
        )
        with reading(store.engine) as session:
            if as_json:
                typer.echo(snapshot_json(session, found.recorded.id))
                return
            row = read_snapshot(session, found.recorded.id)
            nothing = as_of is None and not row.signals
            thin = thin_end(read_by_day(session, simulated=simulated), row.as_of) if nothing else None
        print_snapshot(store, row, watch=20)
    if thin is not None:
        talk().print(
            f"Hardly anything was read at the end of the archive: {count(thin.read)} documents in the 28 days to "
            f"{row.as_of}, where {count(thin.usual)} are usual. The last usual day is {thin.last_usual}: `nophantom "
            f"trends detect --as-of {thin.last_usual}`."
        )


@contextmanager
def steps() -> Iterator[OnStep]:
    """A bar on stderr that says what a detection is doing."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = talk()
    columns = (TextColumn("{task.description:<20}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading documents", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


@trends.command("signals")
def signals(
    as_of: KnownOnOption = None,
    phase: Annotated[
        str | None, typer.Option(metavar="PHASE", help="Only this phase, e.g. emerging.")
    ] = None,
    contains: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only names that contain this.")
    ] = None,
    sort: Annotated[
        SignalSort, typer.Option(help="What to sort by; onset: what began last is first.")
    ] = "momentum",
    limit: Annotated[int, typer.Option(metavar="N", help="At most so many.", min=1)] = 50,
    corroborated: CorroboratedOption = False,
    every: AllOption = False,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """List the signals of the latest snapshot, or as known on a day, each with its phase, momentum and evidence.

    Example: nophantom trends signals --as-of 2022-12-20 --sort evidence --json
    """
    wanted = _Wanted("signal", phase, contains, sort, limit, every, corroborated)
    _list(wanted, as_of, simulated=simulated, as_json=as_json, home=home)


@trends.command("watchlist")
def watchlist(
    as_of: KnownOnOption = None,
    contains: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only names that contain this.")
    ] = None,
    sort: Annotated[ListSort, typer.Option(help="What to sort by.")] = "evidence",
    limit: Annotated[int, typer.Option(metavar="N", help="At most so many.", min=1)] = 20,
    corroborated: CorroboratedOption = False,
    every: AllOption = False,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """List what is undecided, with its best documents: not enough evidence to show, not enough to rule out.

    Example: nophantom trends watchlist --limit 50
    """
    wanted = _Wanted("watch", None, contains, sort, limit, every, corroborated)
    _list(wanted, as_of, simulated=simulated, as_json=as_json, home=home)


class _Wanted(NamedTuple):
    """What of a snapshot is listed."""

    place: str
    phase: str | None
    contains: str | None
    sort: SignalSort
    limit: int
    every: bool
    corroborated: bool


def _list(
    wanted: _Wanted, as_of: datetime | None, *, simulated: bool, as_json: bool, home: Path | None
) -> None:
    from nophantom.store.engine import reading
    from nophantom.trends.archive.changes import read_changes
    from nophantom.trends.archive.counting import read_self_test
    from nophantom.trends.archive.snapshots import list_candidates
    from nophantom.trends.phases import Phase
    from nophantom.trends.signals import Place

    is_watch = wanted.place == "watch"
    with opened(home) as store, reading(store.engine) as session:
        row = snapshot_as_of(session, as_of, simulated=simulated)
        force = decided_by_now(session)
        found = list_candidates(
            session,
            row.id,
            place=Place(wanted.place),
            phase=one_of(Phase, wanted.phase),
            contains=wanted.contains,
            sort=_COLUMNS.get(wanted.sort, wanted.sort),
            descending=wanted.sort != "name",
            limit=wanted.limit + len(force.decisions),
            corroborated=wanted.corroborated,
        )
        shown = seen(found, force, wanted.limit, every=wanted.every)
        best = best_documents(session, row.id, shown.rows) if is_watch and not as_json else None
        checks = read_self_test(session, row.id)
        changes = None if is_watch else read_changes(session, row.id, every=False)
    if as_json:
        items = [candidate_as_json(c) for c in shown.rows]
        print_json({"snapshot": snapshot_as_json(row), "items": items, "hidden": hidden_as_json(shown)})
        return
    print_title(row)
    print_since(changes, MORE)
    print_warning(checks)
    if shown.rows:
        print_candidates(shown.rows, best)
    elif not shown.hidden:
        talk().print(
            "Nothing here."
            if is_watch
            else "Nothing here. `nophantom trends watchlist` shows what is undecided."
        )
    say_hidden(kinds_of(shown))


def one_of(words: type[Word], said: str | None) -> Word | None:
    """The word that was said, None where none was.

    Raises:
        InvalidInput: it is none of them.
    """
    from nophantom.errors import InvalidInput

    if said is None:
        return None
    try:
        return words(said)
    except ValueError:
        raise InvalidInput(f"{said!r} is none of {', '.join(words)}.") from None


def snapshot_as_of(session: Session, as_of: datetime | None, *, simulated: bool) -> SnapshotRow:
    """The snapshot that was stored last as of a day, else as of the last day before it; the latest without a day.

    Raises:
        NotFound: there is none.
    """
    from nophantom.errors import NotFound
    from nophantom.trends.archive.snapshots import latest_snapshot

    row = latest_snapshot(session, as_of.date() if as_of else None, simulated=simulated)
    if row is None:
        day = f" as of {as_of.date()} or before" if as_of else ""
        raise NotFound(
            f"there is no snapshot{day} yet. `nophantom trends detect{' --as-of DATE' if as_of else ''}` makes one."
        )
    return row


@trends.command("explain")
def explain(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="Its name, in any spelling.")],
    as_of: KnownOnOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Say why a topic is a signal, or why it is none, with the arithmetic.

    Also of a topic that had too few stories to be a candidate: that is reckoned again from the documents of its
    fourteen months, which takes up to a minute in a large archive.

    Example: nophantom trends explain "advent of code"
    """
    from nophantom.store.engine import reading
    from nophantom.trends.archive.adopting import adoption_of
    from nophantom.trends.archive.counting import counted_names
    from nophantom.trends.archive.snapshots import find_topic, read_evidence, read_history
    from nophantom.trends.archive.surroundings import read_products, read_related

    with opened(home) as store, reading(store.engine) as session:
        row = snapshot_as_of(session, as_of, simulated=simulated)
        found = find_topic(session, row.id, topic)
        if found is None:
            _explain_again(store, row, topic, as_json=as_json)
            return
        documents = read_evidence(session, row.id, found.topic_id, limit=10)
        history = read_history(session, row.id, found.topic_id)
        related = read_related(session, row.id, found.topic_id)
        products = read_products(session, row.id, found.topic_id)
        adoption = adoption_of(session, row, found.slug, products)
        counted = counted_names(session, row.id, found.slug)
        decided = decided_by_now(session).about(found.slug)
    if as_json:
        print_json(
            {
                "snapshot": snapshot_as_json(row),
                "candidate": candidate_as_json(found),
                "documents": [document_as_json(d) for d in documents],
                "history": [history_day_as_json(d) for d in history],
                "related": [row_as_json(one) for one in related],
                "products": [row_as_json(one) for one in products],
                "adoption": [adoption_as_json(one) for one in adoption],
                "names": [name_as_json(one) for one in counted],
                "decisions": [decision_as_json(d) for d in decided],
            }
        )
        return
    print_title(row)
    print_explanation(row, found, documents, history)
    print_names(counted, found.numbers)
    print_surroundings(found, related, products)
    print_adoption(adoption)
    for decision in decided:
        print_decision(decision)


def _explain_again(store: Opened, row: SnapshotRow, topic: str, *, as_json: bool) -> None:
    """Of a topic that the snapshot does not list."""
    from nophantom.trends.explaining import explain_again

    talk().print(f"{topic} is no candidate of this snapshot; reckoning it from the documents.", markup=False)
    with steps() as on_step:
        found = explain_again(store.engine, row, topic, on_step=on_step)
    refuse_unknown(found)
    if as_json:
        print_json({"snapshot": snapshot_as_json(row), "candidate": None, **reckoned_as_json(found)})
        return
    print_title(row)
    print_reckoned(row, found)
