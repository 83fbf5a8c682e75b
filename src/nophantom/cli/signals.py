"""`nophantom trends detect | signals | watchlist | explain`: signals, and the reason for everything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from nophantom.cli.talk import HomeOption, JsonOption, Opened, count, e_value, opened, out, print_json, talk
from nophantom.cli.trends import trends as trends  # with the commands below

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from nophantom.trends.archive.snapshots import CandidateRow, EvidenceRow, SnapshotRow
    from nophantom.trends.concluding import Detected, OnStep
    from nophantom.trends.documents import Document

Word = TypeVar("Word", bound=StrEnum)

AsOfOption = Annotated[
    datetime | None,
    typer.Option("--as-of", metavar="DATE", formats=["%Y-%m-%d"], help="[default: the last day there is]"),
]
SimulatedOption = Annotated[
    bool, typer.Option("--simulated", help="The simulated world instead of what was collected.")
]


class SortBy(StrEnum):
    """What a list is sorted by, the greatest first (names: a to z)."""

    MOMENTUM = "momentum"
    EVIDENCE = "evidence"
    STORIES = "stories"
    NAME = "name"


_SORTS = {
    SortBy.MOMENTUM: "momentum_low",
    SortBy.EVIDENCE: "log_e",
    SortBy.STORIES: "stories",
    SortBy.NAME: "name",
}


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
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Detect emerging technologies as of a day, with a controlled share of false ones.

    Reads only what could be known by then, replays the 28 days before, and stores one snapshot: signals,
    the watch list, and a reason for every other candidate. Twice gives the same content to the byte.

    Example: nophantom trends detect --as-of 2022-12-20
    """
    from nophantom.errors import InvalidInput
    from nophantom.store.engine import reading
    from nophantom.trends.archive.snapshots import read_snapshot, snapshot_json
    from nophantom.trends.baselines import Parameters
    from nophantom.trends.concluding import detect_signals

    if not 0 < q < 1:
        raise InvalidInput(f"q is a share of false discoveries between 0 and 1, e.g. 0.1; got {q}.")
    with opened(home) as store, steps() as on_step:
        found = detect_signals(
            store.engine,
            as_of=as_of.date() if as_of else None,
            history_days=history,
            parameters=Parameters(q=q, technology_only=not everything),
            simulated=simulated,
            on_step=on_step,
        )
        with reading(store.engine) as session:
            if as_json:
                typer.echo(snapshot_json(session, found.recorded.id))
                return
            row = read_snapshot(session, found.recorded.id)
        print_snapshot(store, row, found, watch=20)


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
    as_of: AsOfOption = None,
    phase: Annotated[
        str | None, typer.Option(metavar="PHASE", help="Only this phase, e.g. emerging.")
    ] = None,
    contains: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only names that contain this.")
    ] = None,
    sort: Annotated[SortBy, typer.Option(help="What to sort by.")] = SortBy.MOMENTUM,
    limit: Annotated[int, typer.Option(metavar="N", help="At most so many.", min=1)] = 50,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """List the signals of the latest snapshot, each with its phase, momentum and evidence.

    Example: nophantom trends signals --sort evidence --json
    """
    _list("signal", as_of, phase, contains, sort, limit, simulated=simulated, as_json=as_json, home=home)


@trends.command("watchlist")
def watchlist(
    as_of: AsOfOption = None,
    contains: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only names that contain this.")
    ] = None,
    sort: Annotated[SortBy, typer.Option(help="What to sort by.")] = SortBy.MOMENTUM,
    limit: Annotated[int, typer.Option(metavar="N", help="At most so many.", min=1)] = 20,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """List what is undecided: not enough evidence to show, not enough to rule out.

    Example: nophantom trends watchlist --limit 50
    """
    _list("watch", as_of, None, contains, sort, limit, simulated=simulated, as_json=as_json, home=home)


def _list(
    place: str,
    as_of: datetime | None,
    phase: str | None,
    contains: str | None,
    sort: SortBy,
    limit: int,
    *,
    simulated: bool,
    as_json: bool,
    home: Path | None,
) -> None:
    from nophantom.store.engine import reading
    from nophantom.trends.archive.snapshots import list_candidates
    from nophantom.trends.phases import Phase
    from nophantom.trends.signals import Place

    with opened(home) as store, reading(store.engine) as session:
        row = _snapshot(session, as_of, simulated=simulated)
        found = list_candidates(
            session,
            row.id,
            place=Place(place),
            phase=_one_of(Phase, phase),
            contains=contains,
            sort=_SORTS[sort],
            descending=sort is not SortBy.NAME,
            limit=limit,
        )
    if as_json:
        print_json({"snapshot": snapshot_as_json(row), "items": [candidate_as_json(c) for c in found]})
        return
    _print_title(row)
    if not found:
        talk().print(
            "Nothing here. `nophantom trends watchlist` shows what is undecided."
            if place == "signal"
            else "Nothing here."
        )
    else:
        print_candidates(found)


def _one_of(words: type[Word], said: str | None) -> Word | None:
    from nophantom.errors import InvalidInput

    if said is None:
        return None
    try:
        return words(said)
    except ValueError:
        raise InvalidInput(f"{said!r} is none of {', '.join(words)}.") from None


def _snapshot(session: Session, as_of: datetime | None, *, simulated: bool) -> SnapshotRow:
    from nophantom.errors import NotFound
    from nophantom.trends.archive.snapshots import latest_snapshot

    row = latest_snapshot(session, as_of.date() if as_of else None, simulated=simulated)
    if row is None:
        day = f" as of {as_of.date()}" if as_of else ""
        raise NotFound(
            f"there is no snapshot{day} yet. `nophantom trends detect{' --as-of DATE' if as_of else ''}` makes one."
        )
    return row


@trends.command("explain")
def explain(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="Its name, in any spelling.")],
    as_of: AsOfOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Say why a topic is a signal, or why it is none, with the arithmetic.

    Example: nophantom trends explain "advent of code"
    """
    from nophantom.errors import NotFound
    from nophantom.store.engine import reading
    from nophantom.trends.archive.snapshots import find_topic, read_evidence

    with opened(home) as store, reading(store.engine) as session:
        row = _snapshot(session, as_of, simulated=simulated)
        found = find_topic(session, row.id, topic)
        if found is None:
            raise NotFound(
                f"{topic!r} was no candidate as of {row.as_of}: fewer than 3 stories in the 28 days before "
                f"(below_min_support, as {count(row.below_support)} topics), or it is no topic at all."
            )
        documents = read_evidence(session, row.id, found.topic_id, limit=10)
    if as_json:
        print_json(
            {
                "snapshot": snapshot_as_json(row),
                "candidate": candidate_as_json(found),
                "documents": [document_as_json(d) for d in documents],
            }
        )
        return
    _print_title(row)
    _print_explanation(row, found, documents)


def print_snapshot(store: Opened, row: SnapshotRow, found: Detected, *, watch: int) -> None:
    """The signals, and visibly apart the first of the watch list, each with its three best documents."""
    from nophantom.store.engine import reading
    from nophantom.trends.archive.snapshots import list_candidates, read_evidence
    from nophantom.trends.signals import Place

    console = out()
    with reading(store.engine) as session:
        shown = list_candidates(session, row.id, place=Place.SIGNAL, sort="momentum_low", limit=200)
        undecided = list_candidates(session, row.id, place=Place.WATCH, sort="momentum_low", limit=watch)
        documents: dict[str, Sequence[EvidenceRow | Document]] = {
            c.slug: read_evidence(session, row.id, c.topic_id, limit=3) for c in shown
        }
    documents |= {c.slug: found.best[c.slug] for c in undecided}
    _print_title(row)
    console.print(f"\n[bold]Signals[/] ({count(len(shown))})\n")
    if shown:
        print_candidates(shown, documents)
    console.print(
        f"\n[bold]Watch list[/]: undecided, no signals (the first {count(len(undecided))} of {count(row.watch)}, by "
        "the lower bound of the momentum)\n"
    )
    if undecided:
        print_candidates(undecided, documents)


def _print_title(row: SnapshotRow) -> None:
    simulated = "[bold]SIMULATED[/] " if row.simulated else ""
    out().print(
        f"{simulated}[bold]as of {row.as_of}[/]: {count(row.n_stories)} stories, {count(row.n_topics)} topics; "
        f"{count(row.candidates)} candidates = {count(row.signals)} signals + {count(row.watch)} on the watch list + "
        f"{count(row.drops)} drops with a reason; false discovery at most {row.parameters['q'] * 100:g}%"
    )


def print_candidates(
    found: Sequence[CandidateRow], documents: Mapping[str, Sequence[EvidenceRow | Document]] | None = None
) -> None:
    """One line per topic, and below it its best documents."""
    console = out()
    width = min(36, max(len(c.name) for c in found))
    for c in found:
        would_be = f", {c.numbers['phase']}" if "phase" in c.numbers else ""
        undecided = c.reason.replace("_", " ") if c.reason else f"undecided{would_be}"
        phase = f"{c.standing}, {c.phase}" if c.phase else undecided
        evidence = f"{count(c.evidence)} documents" if c.phase else f"{count(c.stories)} stories"
        needed = f", {count(c.needed)} more would show it" if c.needed else ""
        console.print(
            f"[bold]{_plain(c.name)[:width]:<{width}}[/]  {phase:<20}  momentum {c.momentum:5.1f} "
            f"({c.momentum_low:.1f} to {c.momentum_high:.1f})  e {e_value(c.log_e):>8}  {evidence}{needed}"
        )
        for d in (documents or {}).get(c.slug, []):
            console.print(f"    {d.first_seen}  {d.title[:88]}  {d.native_id}", style="dim", markup=False)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


_WHY = {
    "not_significant": "its rate is not raised: the upper bound of its rate ratio is below 1.5",
    "seasonal": "a year ago, within 21 days, its rate was above 3 times its other rate",
    "spike_one_day": "fewer than 4 active days of the last 14, or one story carries half",
    "single_author": "all its stories are by one author",
    "single_source": "all its stories come from one place",
    "not_technology": "fewer than 2 repositories, papers, packages or releases, or more than half general news",
    "source_degraded": "every source that carries it reads below 30% of its median",
}


def _print_explanation(row: SnapshotRow, c: CandidateRow, documents: Sequence[EvidenceRow]) -> None:
    console = out()
    print_candidates([c])
    if c.reason:
        console.print(f"no signal: {_WHY.get(c.reason, c.reason)}")
    elif not c.phase:
        console.print(
            f"undecided: its e-value {e_value(c.log_e)} is below {e_value(row.log_threshold)}, what the choice among "
            f"{count(row.n_topics)} topics asks for"
        )
    arithmetic = c.numbers["arithmetic"]
    console.print(
        f"last 28 days: {count(c.stories)} stories, {c.expected:.2f} expected; rate ratio {c.ratio:.1f} "
        f"({c.ratio_low:.1f} to {c.ratio_high:.1f})\n"
        f"best window: {arithmetic['window_days']} days at {arithmetic['factor']:g} times the rate, ln LR "
        f"{arithmetic['log_likelihood_ratio']:.1f}, from:"
    )
    for s in arithmetic["strata"]:
        console.print(
            f"  {s['stratum']:<40} {s['stories']:6.1f} stories (capped) where {s['expected']:.2f} were expected "
            f"(baseline {s['baseline_stories']:.2f} in {count(round(s['baseline_read']))} read; overdispersion "
            f"{s['overdispersion']:.1f})",
            markup=False,
        )
    facts = {k: v for k, v in c.numbers.items() if k not in {"arithmetic", "phase"}}
    console.print(
        "gates: " + ", ".join(f"{k.replace('_', ' ')} {v:g}" for k, v in facts.items()), style="dim"
    )
    for d in documents:
        console.print(f"    {d.first_seen}  {d.title[:100]}  {d.native_id}", style="dim", markup=False)


def snapshot_as_json(row: SnapshotRow) -> dict[str, Any]:
    """A snapshot for machines."""
    return {name: _sent(getattr(row, name)) for name in row.__slots__ if name != "created_at"}


def candidate_as_json(c: CandidateRow) -> dict[str, Any]:
    """A candidate for machines; unknown is null."""
    return {name: _sent(getattr(c, name)) for name in c.__slots__}


def document_as_json(d: EvidenceRow) -> dict[str, Any]:
    """A document of evidence for machines."""
    return {name: _sent(getattr(d, name)) for name in d.__slots__}


def _sent(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
