"""`nophantom trends backtest | backtests`: what detection would have said on past days, against what is known now."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nophantom.cli.advice import trends as trends  # with the commands below
from nophantom.cli.signals import SimulatedOption, steps
from nophantom.cli.talk import HomeOption, JsonOption, count, opened, out, print_json, talk

if TYPE_CHECKING:
    from nophantom.trends.archive.backtests import StoredBacktest
    from nophantom.trends.backtest.plan import Plan
    from nophantom.trends.backtest.result import BacktestResult

_PARTS = ("lists", "null", "stress", "injections", "leads")
"""As `backtest.plan.Part`, which is not imported for `--help`."""

TruthOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Folder with lists of references: radar_targets.jsonl and others; points of stories from hackernews.jsonl "
        "there, or in documents/ beside it.",
    ),
]
LabelsOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="CSV with labels of signals, for their relevance.")
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Write backtest.json, .html and .md there, part by part."),
]


@trends.command("backtest")
def backtest(
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="First day. [default: the first with a baseline]",
        ),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option(
            "--to", metavar="DATE", formats=["%Y-%m-%d"], help="Last day. [default: the last there is]"
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="PART", help=f"Only this part; may be repeated: {', '.join(_PARTS)}."),
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="N", help="Permuted corpora of the null.", min=1)] = 2,
    snapshots: Annotated[int, typer.Option(metavar="N", help="Snapshots of each.", min=1)] = 50,
    each: Annotated[int, typer.Option(metavar="N", help="Bursts of each rate that are put in.", min=1)] = 25,
    seed: Annotated[int, typer.Option(metavar="N", help="Of everything that is drawn.")] = 1,
    is_quick: Annotated[
        bool,
        typer.Option("--quick", help="1 seed, 10 snapshots, 5 bursts of each rate: shows gross faults only."),
    ] = False,
    truth: TruthOption = None,
    labels: LabelsOption = None,
    folder: OutOption = None,
    simulated: SimulatedOption = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Replay the archive day by day and measure what detection would have said.

    Reports what is flagged where nothing can be found, how soon bursts are found that are put in, how long before
    public references a topic was listed, and how much the list changes; beside the rules of others at the same list
    length. Collections that were chosen with hindsight are kept out of every lead. The result is stored; `backtests`
    lists all of them.

    Example: nophantom trends backtest --from 2022-03-01 --to 2024-12-31 --truth data/ground_truth --out report
    """
    from nophantom.trends.backtest.result import result_text
    from nophantom.trends.backtesting import backtest_archive

    wanted = _plan(first, last, only, (seeds, snapshots, each, seed), is_quick=is_quick)
    with opened(home) as store, steps() as on_step:
        result = backtest_archive(
            store.engine,
            wanted,
            truth=truth,
            labels=labels,
            simulated=simulated,
            on_step=on_step,
            on_part=partial(_write, folder) if folder else None,
        )
    if as_json:
        typer.echo(result_text(result), nl=False)
    else:
        print_backtest(result)
    if folder:
        _say_written(result, folder)


@trends.command("backtests")
def backtests(
    number: Annotated[
        int | None,
        typer.Argument(
            metavar="N", help="Show this one whole. [default: list all]", min=1, show_default=False
        ),
    ] = None,
    folder: OutOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """List the back-tests that were finished, or show one of them again.

    Example: nophantom trends backtests 3 --out report
    """
    from nophantom.errors import InvalidInput

    if number is None and folder is not None:
        raise InvalidInput(
            "--out writes one back-test; say which, as in `nophantom trends backtests 3 --out DIR`."
        )
    if number is None:
        _list_backtests(home, as_json=as_json)
    else:
        _show_backtest(number, folder, home, as_json=as_json)


def _list_backtests(home: Path | None, *, as_json: bool) -> None:
    from nophantom.store.engine import reading
    from nophantom.trends.archive.backtests import list_backtests
    from nophantom.trends.backtest.report import headline

    with opened(home) as store, reading(store.engine) as session:
        found = list_backtests(session)
    if as_json:
        print_json({"backtests": [backtest_as_json(one) for one in found]})
        return
    for one in found:
        replayed = one.result.replayed
        simulated = "SIMULATED " if replayed.simulated else ""
        out().print(
            f"{one.number}  {simulated}{replayed.first} to {replayed.last}, measured on {one.at:%Y-%m-%d}: "
            f"{headline(one.result)}",
            markup=False,
        )
    if not found:
        talk().print(
            "No back-test was finished yet. `nophantom trends backtest --quick` makes one.", markup=False
        )


def _show_backtest(number: int, folder: Path | None, home: Path | None, *, as_json: bool) -> None:
    from nophantom.store.engine import reading
    from nophantom.trends.archive.backtests import read_backtest
    from nophantom.trends.backtest.result import result_text

    with opened(home) as store, reading(store.engine) as session:
        result = read_backtest(session, number).result
    if as_json:
        typer.echo(result_text(result), nl=False)
    else:
        print_backtest(result)
    if folder:
        _say_written(result, folder)


def backtest_as_json(one: StoredBacktest) -> dict[str, Any]:
    """A stored back-test for machines, without its result: that is what its number shows."""
    from nophantom.trends.backtest.report import headline
    from nophantom.trends.backtest.result import result_hash

    replayed = one.result.replayed
    return {
        "number": one.number,
        "at": one.at.isoformat(),
        "first": replayed.first.isoformat(),
        "last": replayed.last.isoformat(),
        "parameters": replayed.parameters,
        "simulated": replayed.simulated,
        "digest": result_hash(one.result),
        "headline": headline(one.result),
    }


def _write(folder: Path, result: BacktestResult) -> None:
    from nophantom.trends.backtesting import write_report

    write_report(result, folder)


def _say_written(result: BacktestResult, folder: Path) -> None:
    from nophantom.trends.backtesting import write_report

    talk().print(f"written: {', '.join(str(path) for path in write_report(result, folder))}", markup=False)


def _plan(
    first: datetime | None,
    last: datetime | None,
    only: list[str] | None,
    numbers: tuple[int, int, int, int],
    *,
    is_quick: bool,
) -> Plan:
    from nophantom.errors import InvalidInput
    from nophantom.trends.backtest.plan import Part, Plan, quick

    if unknown := [part for part in only or () if part not in _PARTS]:
        raise InvalidInput(f"{unknown[0]!r} is no part of a back-test; choose from {', '.join(_PARTS)}.")
    seeds, snapshots, each, seed = numbers
    wanted = Plan(
        first=first.date() if first else None,
        last=last.date() if last else None,
        parts=frozenset(Part(part) for part in only or _PARTS),
        seeds=seeds,
        snapshots=snapshots,
        each=each,
        seed=seed,
    )
    return quick(wanted) if is_quick else wanted


def print_backtest(result: BacktestResult) -> None:
    """What was found in a few sentences, and every rule in a line; the page has the rest."""
    from rich.table import Table

    from nophantom.trends.backtest.comparison import COLUMNS, comparison_rows
    from nophantom.trends.backtest.report import headline

    console, replayed = out(), result.replayed
    simulated = "[bold]SIMULATED[/] " if replayed.simulated else ""
    console.print(
        f"{simulated}[bold]{replayed.first} to {replayed.last}[/]: {count(replayed.documents)} documents, "
        f"{count(replayed.stories)} stories, {count(replayed.topics)} topics\n"
    )
    console.print(headline(result), markup=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(COLUMNS):
        table.add_column(column, justify="right" if place else "left")
    for row in comparison_rows(result):
        table.add_row(*row)
    console.print()
    console.print(table)
