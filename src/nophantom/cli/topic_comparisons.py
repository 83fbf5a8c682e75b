"""`nophantom trends compare`: several topics of one snapshot side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nophantom.cli.adoption import trends as trends  # with the command below
from nophantom.cli.signals import KnownOnOption, SimulatedOption, snapshot_as_of
from nophantom.cli.snapshots import print_title, snapshot_as_json
from nophantom.cli.talk import HomeOption, JsonOption, count, e_value, is_plain, opened, out, print_json, talk

if TYPE_CHECKING:
    from nophantom.trends.archive.topic_comparing import ComparedTopic
    from nophantom.trends.weeks import Week


@trends.command("compare")
def compare(
    topics: Annotated[
        list[str], typer.Argument(metavar="TOPIC...", help="Two to eight names.", show_default=False)
    ],
    as_of: KnownOnOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show several topics of one snapshot side by side: phase, momentum, evidence, and the stories of each week.

    Example: nophantom trends compare langchain "stable diffusion" llama --as-of 2023-05-01
    """
    from nophantom.store.engine import reading
    from nophantom.trends.archive.topic_comparing import compare_topics

    with opened(home) as store, reading(store.engine) as session:
        row = snapshot_as_of(session, as_of, simulated=simulated)
        found = compare_topics(session, row.id, topics)
    if as_json:
        told = [_topic_as_json(one) for one in found.topics]
        print_json({"snapshot": snapshot_as_json(row), "topics": told, "missing": list(found.missing)})
        return
    print_title(row)
    for one in found.topics:
        _print_topic(one)
    for name in found.missing:
        talk().print(
            f"{name} is no candidate of this snapshot. `nophantom trends explain` says why.", markup=False
        )


def _print_topic(one: ComparedTopic) -> None:
    from nophantom.reporting.figures import sparkline

    c = one.row
    place = f"{c.standing}, {c.phase}" if c.phase else (c.reason or "undecided").replace("_", " ")
    out().print(
        f"{c.name[:36]:<36}  {place:<20}  momentum {c.momentum:5.1f} ({c.momentum_low:.1f} to {c.momentum_high:.1f})  "
        f"e {e_value(c.log_e):>8}  {count(c.stories)} stories, {c.expected:.1f} expected",
        markup=False,
        highlight=False,
    )
    counts = [week.stories for week in one.weeks]
    if not counts:
        out().print("    no series is kept of what was dropped", style="dim")
        return
    most = max((n for n in counts if n is not None), default=0)
    read = sum(week.read for week in one.weeks)
    out().print(
        f"    {sparkline(counts, plain=is_plain())}  up to {count(most)} a week, of {count(read)} stories read in its "
        f"sources in {count(len(counts))} weeks",
        style="dim",
        highlight=False,
    )


def _topic_as_json(one: ComparedTopic) -> dict[str, Any]:
    about = (
        "slug",
        "name",
        "place",
        "reason",
        "standing",
        "phase",
        "log_e",
        "stories",
        "expected",
        "families",
    )
    bounds = ("momentum", "momentum_low", "momentum_high", "ratio", "ratio_low", "ratio_high")
    told = {name: getattr(one.row, name) for name in (*about, *bounds)}
    return told | {"weeks": [_week_as_json(week) for week in one.weeks]}


def _week_as_json(week: Week) -> dict[str, Any]:
    told = {name: getattr(week, name) for name in ("stories", "expected", "read", "per_thousand")}
    return {"ends": week.ends.isoformat(), **told}
