"""How a snapshot and its candidates are shown: to people as lines, to machines as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from nophantom.cli.counting import print_counting, print_warning
from nophantom.cli.hiding import decided_by_now, kinds_of, say_hidden, seen
from nophantom.cli.since import MORE, print_since
from nophantom.cli.talk import Opened, count, e_value, is_plain, out

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from nophantom.trends.archive.snapshots import CandidateRow, EvidenceRow, SnapshotRow
    from nophantom.trends.documents import Document
    from nophantom.trends.history import HistoryDay


def print_snapshot(store: Opened, row: SnapshotRow, *, watch: int) -> None:
    """The signals, and visibly apart the first of the watch list, each with its three best documents."""
    from nophantom.store.engine import reading
    from nophantom.trends.archive.changes import read_changes
    from nophantom.trends.archive.counting import counted_names, read_self_test
    from nophantom.trends.archive.snapshots import list_candidates
    from nophantom.trends.signals import Place

    console = out()
    with reading(store.engine) as session:
        force = decided_by_now(session)
        found = [
            seen(
                list_candidates(session, row.id, place=place, sort=sort, limit=n + len(force.decisions)),
                force,
                n,
            )
            for place, sort, n in ((Place.SIGNAL, "momentum_low", 200), (Place.WATCH, "log_e", watch))
        ]
        shown, undecided = (one.rows for one in found)
        documents = best_documents(session, row.id, [*shown, *undecided])
        counting = counted_names(session, row.id), read_self_test(session, row.id)
        changes = read_changes(session, row.id, every=False)
    print_title(row)
    print_since(changes, MORE)
    print_counting(counting[0])
    print_warning(counting[1])
    console.print(f"\n[bold]Signals[/] ({count(len(shown))})\n")
    if shown:
        print_candidates(shown, documents)
    console.print(
        f"\n[bold]Watch list[/]: undecided, no signals (the first {count(len(undecided))} of {count(row.watch)}, the "
        "strongest evidence first)\n"
    )
    if undecided:
        print_candidates(undecided, documents)
    say_hidden([kind for one in found for kind in kinds_of(one)])


def best_documents(
    session: Session, snapshot_id: int, found: Sequence[CandidateRow]
) -> dict[str, list[EvidenceRow]]:
    """Of each candidate the three best documents, by slug."""
    from nophantom.trends.archive.snapshots import read_evidence

    return {c.slug: read_evidence(session, snapshot_id, c.topic_id, limit=3) for c in found}


def print_title(row: SnapshotRow) -> None:
    """What the snapshot is of, and its books."""
    simulated = "[bold]SIMULATED[/] " if row.simulated else ""
    out().print(
        f"{simulated}[bold]as of {row.as_of}[/]: {count(row.n_stories)} stories, {count(row.n_topics)} topics; "
        f"{count(row.candidates)} candidates = {count(row.signals)} signals + {count(row.watch)} on the watch list + "
        f"{count(row.drops)} drops with a reason; false discovery at most {row.parameters['q'] * 100:g}%"
    )


def print_candidates(
    found: Sequence[CandidateRow], documents: Mapping[str, Sequence[EvidenceRow]] | None = None
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
        others = ((words, c.numbers.get(f"{key}_name")) for key, words in _OTHERS.items())
        part = "".join(f"; {words} {_plain(name)}" for words, name in others if name)
        console.print(
            f"[bold]{_plain(c.name)[:width]:<{width}}[/]  {phase:<20}  momentum {c.momentum:5.1f} "
            f"({c.momentum_low:.1f} to {c.momentum_high:.1f})  e {e_value(c.log_e):>8}  {evidence}{needed}{part}"
        )
        print_documents((documents or {}).get(c.slug, []))


def print_documents(documents: Iterable[EvidenceRow | Document]) -> None:
    """A line for each, with what `nophantom sources why` finds it by: pages of the web by their address.

    Their native id is a digest, which tells a reader nothing.
    """
    for d in documents:
        found_by = d.url if d.native_id.startswith("web:") else d.native_id
        line = f"    {d.first_seen}  {d.title[:88]}  {found_by}"
        out().print(line, style="dim", markup=False, highlight=False, soft_wrap=True)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


_OTHERS = {"part_of": "part of", "merged_into": "told by"}
"""How numbers that name another candidate are put."""
_WHY = {
    "merged_into": "most of it is told by another topic, which is judged instead",
    "not_significant": "its rate is not raised: the upper bound of its rate ratio is below 1.5",
    "seasonal": "a year ago, within 21 days, its rate was above 3 times its other rate",
    "spike_one_day": "fewer than 4 active days of the last 14, or one story carries half",
    "single_author": "all its stories are by one author",
    "single_source": "all its stories come from one place",
    "not_technology": "fewer than 2 repositories, papers, packages or releases, or more than half general news",
    "source_degraded": "every source that carries it reads below 30% of its median",
}


def because(reason: str) -> str:
    """What a drop reason of candidates means."""
    return _WHY.get(reason, reason.replace("_", " "))


def print_explanation(
    row: SnapshotRow, c: CandidateRow, documents: Sequence[EvidenceRow], history: Sequence[HistoryDay]
) -> None:
    """Why a candidate ended where it did, with the arithmetic, its weeks and its documents."""
    console = out()
    print_candidates([c])
    for sentence in _why_no_signal(row, c):
        console.print(sentence)
    arithmetic = c.numbers["arithmetic"]
    console.print(
        f"last 28 days: {count(c.stories)} stories, {c.expected:.2f} expected; rate ratio {c.ratio:.1f} "
        f"({c.ratio_low:.1f} to {c.ratio_high:.1f})\n"
        f"evidence of the run over days ln {_ln(c.numbers, 'log_e_fast')}, over weeks {_ln(c.numbers, 'log_e_slow')}\n"
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
    left_out = {"arithmetic", "phase", "log_e_fast", "log_e_slow", "meanings"}
    left_out |= {name for key in _OTHERS for name in (key, f"{key}_name")}
    facts = {k: v for k, v in c.numbers.items() if k not in left_out}
    told = (f"{k.replace('_', ' ')} {_found(v)}" for k, v in facts.items())
    console.print("gates: " + ", ".join(told), style="dim")
    if history:
        _print_history(history)
    print_documents(documents)


def _why_no_signal(row: SnapshotRow, c: CandidateRow) -> list[str]:
    """A sentence on each thing that keeps a candidate from being a signal; of a signal none."""
    if c.reason:
        return [f"no signal: {_why_dropped(c)}"]
    if c.phase:
        return []
    asked = f"{e_value(row.log_threshold)}, what the choice among {count(row.n_topics)} topics asks for"
    closed_by = c.numbers.get("closed_by")
    told = f"undecided: its e-value {e_value(c.log_e)} is below {asked}"
    if closed_by is None:
        return [told]
    gate = f"watched only, whatever its evidence: {_WHY.get(closed_by, closed_by)}"
    return [told, gate] if c.log_e < row.log_threshold else [gate]


def _why_dropped(c: CandidateRow) -> str:
    from nophantom.trends.gates import GateOutcome, gate_results

    closed = {
        gate.reason
        for gate in gate_results(c.numbers, technology_only=True)
        if gate.outcome is GateOutcome.MISSED
    }
    if c.reason == "not_technology" and c.reason not in closed:
        return "fewer than a quarter of its stories are repositories, papers, packages or releases, too few to watch it"
    return _WHY.get(str(c.reason), str(c.reason))


def _ln(numbers: Mapping[str, Any], name: str) -> str:
    found = numbers.get(name)
    return "unknown" if found is None else f"{found:.1f}"


def _found(fact: str | float | None) -> str:
    return "unknown" if fact is None else fact if isinstance(fact, str) else f"{fact:g}"


def _print_history(history: Sequence[HistoryDay]) -> None:
    """Stories week by week, the last week complete; a week in which nothing was read is marked."""
    from nophantom.reporting.figures import sparkline

    ends = range(len(history) % 7, len(history), 7)
    weeks = [[d.stories for d in history[day : day + 7] if d.stories is not None] for day in ends]
    counts = [sum(week) if week else None for week in weeks]
    if not counts:
        return
    most = max((n for n in counts if n is not None), default=0)
    out().print(
        f"stories a week, {count(len(counts))} weeks, up to {count(most)} in the strata that carry it: "
        f"{sparkline(counts, plain=is_plain())}",
        markup=False,
    )


def snapshot_as_json(row: SnapshotRow) -> dict[str, Any]:
    """A snapshot for machines."""
    return {name: _sent(getattr(row, name)) for name in row.__slots__ if name != "created_at"}


def candidate_as_json(c: CandidateRow) -> dict[str, Any]:
    """A candidate for machines; unknown is null."""
    return {name: _sent(getattr(c, name)) for name in c.__slots__}


def document_as_json(d: EvidenceRow) -> dict[str, Any]:
    """A document of evidence for machines."""
    return {name: _sent(getattr(d, name)) for name in d.__slots__}


def history_day_as_json(d: HistoryDay) -> dict[str, Any]:
    """A day of a history for machines; a gap has nulls."""
    return {name: _sent(getattr(d, name)) for name in d.__slots__}


def _sent(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
