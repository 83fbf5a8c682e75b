"""`nophantom trends recommend | funnel`: what each role should do, and the whole way from items to that."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nophantom.cli.decisions import trends as trends  # with the commands below
from nophantom.cli.hiding import AllOption, decided_by_now, decision_as_json, say_hidden
from nophantom.cli.signals import KnownOnOption, SimulatedOption, one_of, snapshot_as_of
from nophantom.cli.snapshots import print_title, snapshot_as_json
from nophantom.cli.talk import HomeOption, JsonOption, count, opened, out, print_json, talk

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from nophantom.trends.archive.recommending import RecommendationRow
    from nophantom.trends.archive.snapshots import SnapshotRow
    from nophantom.trends.funnel import Funnel
    from nophantom.trends.recommendations import TrackRecord
    from nophantom.trends.role_rules import Role

_LATEST = "latest"


@trends.command("recommend")
def recommend(
    role: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE", help="Only for this one, e.g. developer. [default: all five]", show_default=False
        ),
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(
            metavar="TOPIC",
            help="Only about this signal, in any spelling. [default: all]",
            show_default=False,
        ),
    ] = None,
    as_of: KnownOnOption = None,
    every: AllOption = False,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Say what each role should do about the signals of the latest snapshot, or why nothing.

    Each action comes with the rule that decided, a claim and the day on which it is checked, its documents, and
    how often the same rule was right before.

    Example: nophantom trends recommend --role developer
    """
    from nophantom.store.engine import reading
    from nophantom.trends.archive.recommending import read_recommendations, track_records
    from nophantom.trends.role_rules import Role

    wanted = one_of(Role, role)
    with opened(home) as store, reading(store.engine) as session:
        row = snapshot_as_of(session, as_of, simulated=simulated)
        number = None if topic is None else _signal(session, row, topic)
        found = read_recommendations(session, row.id, role=wanted, topic_id=number)
        # Who asks about one topic by name sees it, hidden or not.
        force = None if every or topic is not None else decided_by_now(session)
        records = {(one.rule, one.role): one for one in track_records(session, simulated=row.simulated)}
    hidden = {} if force is None else {one.slug: d for one in found if (d := force.hidden_by(one.slug))}
    shown = [one for one in found if one.slug not in hidden]
    if as_json:
        items = [recommendation_as_json(one, records) for one in shown]
        told = [{"slug": slug, "decision": decision_as_json(d)} for slug, d in hidden.items()]
        print_json({"snapshot": snapshot_as_json(row), "items": items, "hidden": told})
        return
    print_title(row)
    _print_advice(shown, records)
    say_hidden((d.kind for d in hidden.values()), "signals ")
    if not found:
        talk().print(
            "It has no signals."
            if row.signals == 0
            else "Nothing was recommended on it: it was stored before "
            "recommendations were made. `nophantom trends detect` makes a new one."
        )


def _signal(session: Session, row: SnapshotRow, topic: str) -> int:
    """Number of the signal that a person means."""
    from nophantom.errors import NotFound
    from nophantom.trends.archive.snapshots import find_topic
    from nophantom.trends.signals import Place

    found = find_topic(session, row.id, topic)
    if found is None or found.place is not Place.SIGNAL:
        raise NotFound(
            f"{topic!r} is no signal as of {row.as_of}, and only signals are recommended on. `nophantom trends "
            "explain` says why it is none."
        )
    return found.topic_id


def _print_advice(
    found: Sequence[RecommendationRow], records: Mapping[tuple[str, Role], TrackRecord]
) -> None:
    """One line per role below each signal, and below that what the advice says and rests on."""
    for _, mine in groupby(found, key=lambda row: row.slug):
        rows = list(mine)
        out().print(f"\n{rows[0].name}", style="bold", markup=False)
        if rows[0].withdrawn_on:
            out().print(f"  withdrawn on {rows[0].withdrawn_on}: a correction removed its evidence")
        for row in rows:
            _print_answer(row, records.get((row.recommendation.rule, row.recommendation.role)))


def _print_answer(row: RecommendationRow, record: TrackRecord | None) -> None:
    from nophantom.trends.recommendations import claim_in_words, reason_of

    given, console = row.recommendation, out()
    answer = str(given.action) if given.action else f"nothing: {_plain(given.no_action or '')}"
    why = reason_of(given.rule) or "By a rule of another version."
    console.print(f"  {_plain(given.role):<16} {answer:<24} {why}  ({given.rule})", markup=False)
    if given.claim is None:
        return
    checked = f"{row.score} on {row.checked_on}" if row.score else f"checked on {given.check_on}"
    lines = [f"claim: {claim_in_words(given.claim)}; {checked}", f"so far: {record_in_words(record)}"]
    lines += [f"documents: {', '.join(given.documents)}"] if given.documents else []
    for line in lines:
        console.print(f"      {line}", style="dim", markup=False, soft_wrap=True)


def record_in_words(record: TrackRecord | None) -> str:
    """How often a rule was right, for people."""
    if record is None:
        return "this rule was never used before"
    if record.share is None:
        return f"none of {count(record.given)} of this rule decided yet"
    share = record.share
    bounds = "" if share.low is None or share.high is None else f", {share.low:.0%} to {share.high:.0%}"
    open_ones = record.unknown + record.waiting
    return (
        f"{count(record.held)} of {count(record.held + record.failed)} of this rule held ({share.point:.0%}{bounds}); "
        f"{count(open_ones)} open"
    )


def recommendation_as_json(
    row: RecommendationRow, records: Mapping[tuple[str, Role], TrackRecord]
) -> dict[str, Any]:
    """A recommendation for machines, with the track record of its rule; unknown is null."""
    from nophantom.trends.recommendations import claim_in_words, reason_of

    given = row.recommendation
    record = records.get((given.rule, given.role))
    return {
        **{name: getattr(given, name) for name in given.__slots__},
        **{name: getattr(row, name) for name in ("slug", "name", "score", "checked_on", "withdrawn_on")},
        "why": reason_of(given.rule),
        "says": None if given.claim is None else claim_in_words(given.claim),
        "track_record": None if record is None else _record_as_json(record),
    }


def _record_as_json(record: TrackRecord) -> dict[str, Any]:
    names = ("given", "held", "failed", "unknown", "waiting", "share")
    return {name: getattr(record, name) for name in names}


def _plain(word: str) -> str:
    return word.replace("_", " ")


@trends.command("funnel")
def funnel(
    snapshot: Annotated[
        str, typer.Argument(metavar="SNAPSHOT", help="Number of a snapshot.", show_default=True)
    ] = _LATEST,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show the whole way from items to recommendations: at each step what went on, and why the rest did not.

    Example: nophantom trends funnel latest
    """
    from nophantom.clock import now
    from nophantom.errors import InvalidInput
    from nophantom.store.engine import reading
    from nophantom.trends.archive.funnels import funnel_of
    from nophantom.trends.archive.pages import find_snapshot

    if not re.fullmatch(r"latest|[0-9]{1,18}", snapshot):
        raise InvalidInput(f"a snapshot is named by its number, or latest; got {snapshot!r}.")
    with opened(home) as store, reading(store.engine) as session:
        row = find_snapshot(session, snapshot)
        found = funnel_of(session, row.id, at=now())
    if as_json:
        print_json(funnel_as_json(found))
        return
    simulated = "[bold]SIMULATED[/] " if row.simulated else ""
    out().print(f"{simulated}[bold]as of {row.as_of}[/], snapshot {row.id}")
    _print_stages(found)


def _print_stages(found: Funnel) -> None:
    """Each step with its total, and below it the parts that it is the sum of."""
    console = out()
    for step in found.stages:
        name = _plain(step.stage)
        if step.total is None or step.parts is None:
            console.print(f"\n[bold]{name:<28}[/]   unknown: nothing was recommended on this snapshot")
            continue
        console.print(f"\n[bold]{name:<28}[/]{count(step.total):>12}")
        for part, n in step.parts.items():
            told = _plain(part).replace(":", ": ")
            console.print(f"    {told:<24}{count(n):>12}", markup=False)


def funnel_as_json(found: Funnel) -> dict[str, Any]:
    """A funnel for machines: its numbers, and its steps as sums; unknown is null."""
    return {name: getattr(found, name) for name in found.__slots__} | {
        "stages": [{"stage": s.stage, "total": s.total, "parts": s.parts} for s in found.stages]
    }
