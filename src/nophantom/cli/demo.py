"""`nophantom demo`: the first thing to try."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from nophantom.cli.compare import comparison_as_json, what_decides
from nophantom.cli.logs import exit_status, import_with_progress, imported_runs, print_drift, print_import
from nophantom.cli.runs import print_runs
from nophantom.cli.talk import (
    VERDICT_STYLE,
    HomeOption,
    JsonOption,
    Opened,
    count,
    is_plain,
    opened,
    out,
    print_json,
    say_where_to_look,
    talk,
)
from nophantom.reporting.wording import p_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from nophantom.llm.concluding import RunComparison
    from nophantom.publishing.demo import SimulatedDemo, VerdictRates


class Wing(StrEnum):
    """The halves of the product."""

    LLM = "llm"
    TRENDS = "trends"


class Training(StrEnum):
    """What the demonstration does beside simulating."""

    YES = "yes"
    NO = "no"
    ONLY = "only"


def demo(
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Real logs and archives instead: a folder to walk.", show_default=False
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of", metavar="DATE", formats=["%Y-%m-%d"], help="Day for the trends of real data."
        ),
    ] = None,
    wing: Annotated[Wing | None, typer.Option(help="Only one half. [default: both]")] = None,
    seed: Annotated[
        int, typer.Option(metavar="N", help="Of the simulated study: another seed, another draw.", min=0)
    ] = 1,
    worlds: Annotated[
        int, typer.Option(metavar="N", help="Simulated worlds to measure the verdicts on.", min=0)
    ] = 400,
    seeds: Annotated[
        int,
        typer.Option(
            metavar="N", help="Runs of each recipe in the simulated study of seeds; 0: none.", min=0
        ),
    ] = 20,
    train: Annotated[
        Training,
        typer.Option(help="Train the studies of the demonstration too (minutes), or nothing else."),
    ] = Training.YES,
    quick: Annotated[
        bool, typer.Option("--quick", help="Four seeds and few worlds: under a minute.")
    ] = False,
    serve: Annotated[
        bool,
        typer.Option("--serve", help="Serve the web app meanwhile, so that results appear as they come."),
    ] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show verdicts and signals: simulated, with the truth beside them, trained here, or real.

    Examples: nophantom demo --quick | nophantom demo --data results/
    """
    from nophantom.cli.lab_demo import served
    from nophantom.errors import NotFound

    if data is not None and not data.is_dir():
        raise NotFound(
            f"there is no folder {str(data)!r}. Name one with evaluation logs or archives of documents."
        )
    if quick:
        worlds, seeds = min(worlds, _QUICK_WORLDS), min(seeds, _QUICK_SEEDS)
    asked = _Asked(wing, seed, worlds, seeds, train, quick, as_json)
    with opened(home, create=True) as store, served(store) if serve else nullcontext():
        if data is None:
            told, status = _made_up(store, asked), 0
        else:
            told, status = _found(store, data, as_of.date() if as_of else None, asked)
        if as_json:
            print_json({"simulated": data is None} | told)
    raise typer.Exit(status)


_QUICK_WORLDS, _QUICK_SEEDS = 50, 4


class _Asked(NamedTuple):
    wing: Wing | None
    seed: int
    worlds: int
    seeds: int
    train: Training
    quick: bool
    as_json: bool


def _made_up(store: Opened, asked: _Asked) -> dict[str, Any]:
    """Simulated worlds, and studies that are trained here."""
    from nophantom.cli.lab_demo import can_train, show_trained
    from nophantom.cli.trend_demo import show_simulated

    told: dict[str, Any] = {}
    if asked.train is not Training.ONLY:
        if asked.wing is not Wing.TRENDS:
            told |= _simulated(store, asked.seed, asked.worlds, as_json=asked.as_json)
            if asked.seeds:
                told |= _seeds(store, asked.seed, asked.seeds, as_json=asked.as_json)
        if asked.wing is not Wing.LLM:
            told["trends"] = show_simulated(store, as_json=asked.as_json)
    if asked.train is not Training.NO and asked.wing is not Wing.TRENDS and can_train():
        told |= show_trained(store, quick=asked.quick, as_json=asked.as_json)
    return told


def _found(store: Opened, data: Path, as_of: date | None, asked: _Asked) -> tuple[dict[str, Any], int]:
    """Real logs and archives."""
    from nophantom.cli.trend_demo import show_real

    told: dict[str, Any] = {}
    status = 0
    if asked.wing is not Wing.TRENDS:
        told, status = _real(store, data, as_json=asked.as_json)
    if asked.wing is not Wing.LLM:
        told["trends"] = show_real(store, data, as_of, as_json=asked.as_json)
    return told, status


def _simulated(store: Opened, seed: int, worlds: int, *, as_json: bool) -> dict[str, Any]:
    from nophantom.publishing.demo import simulate

    found = simulate(store.engine, seed=seed, worlds=worlds)
    if as_json:
        return _simulated_as_json(found)
    console = out()
    arms, n = len(found.comparisons) + 1, found.comparisons[0].comparison.n
    console.print(
        f"[bold]SIMULATED study {found.study}[/]: {arms} arms, {count(n)} problems, drawn with seed {seed}; the "
        "truth is planted, so the verdicts can be checked\n"
    )
    print_verdicts(found.comparisons, planted=True)
    _print_rates(found.rates)
    _where_to_look(store, found.comparisons)
    return {}


def _seeds(store: Opened, seed: int, seeds: int, *, as_json: bool) -> dict[str, Any]:
    from nophantom.llm.reports.whole import study_summary
    from nophantom.publishing.demo import simulate_seeds

    answers = simulate_seeds(store.engine, seed=seed, seeds=max(2, seeds))
    page = study_summary(answers)
    if as_json:
        from nophantom.reporting.json_file import to_plain

        return {"seeds": to_plain(page)}
    from nophantom.cli.paper import print_page

    console = out()
    console.print()
    print_page(page, console)
    reference = answers.opened.facts.reference
    say_where_to_look(
        store.settings,
        f"seeds {reference}",
        f"ensemble {reference} --arm {answers.seeds.arms[-1].arm}",
        f"report create {reference}",
    )
    return {}


def _real(store: Opened, data: Path, *, as_json: bool) -> tuple[dict[str, Any], int]:
    from nophantom.publishing.demo import compare_neighbours

    done = import_with_progress(store, [data])
    run_ids = sorted({number for f in done for number in f.run_ids})
    evaluations, drift = imported_runs(store, run_ids)
    groups = compare_neighbours(store.engine, run_ids)
    if as_json:
        told = [
            {"title": g.title, "comparisons": [comparison_as_json(c) for c in g.comparisons]} for g in groups
        ]
        return {"groups": told}, exit_status(done)
    console = out()
    console.print(f"[bold]Real evaluation logs in {data}[/]\n")
    if evaluations:
        print_runs([e for e in evaluations if e.rank == 0], with_grader=False)
    print_drift(drift)
    for group in groups:
        console.print(f"\n[bold]{group.title}[/]: each run against the next best\n")
        print_verdicts(group.comparisons, planted=False)
    print_import(done)
    if groups:
        _where_to_look(store, groups[0].comparisons)
    else:
        talk().print("No two runs here can be compared: it takes the same problems and one framework.")
    return {}, exit_status(done)


def print_verdicts(comparisons: Sequence[RunComparison], *, planted: bool) -> None:
    """The verdicts with their intervals on one scale: a table, or on a narrow terminal one below the other."""
    from nophantom.reporting.figures import interval_plot

    console = out()
    is_wide = console.width >= _WIDTH_OF_TABLE
    lines, axis = interval_plot(
        [c.comparison.finding.estimate for c in comparisons],
        delta=comparisons[0].comparison.ruling.claim.delta,
        width=33 if is_wide else 61,
        plain=is_plain(),
    )
    if is_wide:
        console.print(_verdict_table(comparisons, lines, axis, planted=planted))
    else:
        for found, line in zip(comparisons, lines, strict=True):
            _print_verdict(console, found, line, planted=planted)
        console.print(f"  {axis}", style="dim")
    for found in comparisons:
        needed = found.comparison.needed
        if needed:
            console.print(
                f"{_pair(found)}: {what_decides(needed, found.comparison.n)}", style="dim", markup=False
            )


_WIDTH_OF_TABLE = 140


def _verdict_table(
    comparisons: Sequence[RunComparison], lines: Sequence[str], axis: str, *, planted: bool
) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("first - second", overflow="fold")
    titles = ["planted"] * planted + ["points", "95% interval", "gained", "lost", "exact p", "mid-p"]
    for title in titles:
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column(axis, no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for found, line in zip(comparisons, lines, strict=True):
        n = _numbers(found)
        cells = [n.planted] * planted + [n.points, n.interval, n.gained, n.lost, n.p_exact, n.p_mid]
        table.add_row(_pair(found), *cells, line, _verdict(found))
    return table


def _print_verdict(console: Console, found: RunComparison, line: str, *, planted: bool) -> None:
    n = _numbers(found)
    truth = f"planted {n.planted}, found " if planted else ""
    console.print(f"{_pair(found)}: {_verdict(found)}")
    console.print(f"  {truth}{n.points} points ({n.interval})")
    console.print(f"  gained {n.gained}, lost {n.lost}; McNemar exact p {n.p_exact}, mid-p {n.p_mid}")
    console.print(f"  {line}")


class _Numbers(NamedTuple):
    planted: str
    points: str
    interval: str
    gained: str
    lost: str
    p_exact: str
    p_mid: str


def _numbers(found: RunComparison) -> _Numbers:
    from nophantom.llm.verdicts import points

    c, estimate = found.comparison, found.comparison.finding.estimate
    low, high = estimate.low, estimate.high
    return _Numbers(
        planted=points(found.planted or 0.0),
        points=points(estimate.point),
        interval="unknown" if low is None or high is None else f"{points(low)} to {points(high)}",
        gained=count(len(c.gained)),
        lost=count(len(c.lost)),
        p_exact=p_text(c.finding.p_value) if c.counts else "-",
        p_mid=p_text(c.p_mid) if c.counts else "-",
    )


def _verdict(found: RunComparison) -> str:
    verdict = found.comparison.ruling.verdict
    return f"[{VERDICT_STYLE[verdict]}]{verdict}[/]"


def _pair(found: RunComparison) -> str:
    from rich.markup import escape

    names = [escape(e.arm or e.run.rsplit("/", 1)[-1]) for e in (found.first, found.second)]
    return f"r{found.first.run_id} {names[0]} - r{found.second.run_id} {names[1]}"


def _print_rates(rates: Sequence[VerdictRates]) -> None:
    from rich.table import Table

    from nophantom.llm.verdicts import points

    if not rates or not rates[0].worlds:
        return
    n = rates[0].worlds
    console = out()
    console.print(f"\nHow good are such verdicts? The same claims on {count(n)} fresh simulated worlds:\n")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("claim: better")
    for title in ("planted", "real", "phantom", "undecided", "interval holds truth"):
        table.add_column(title, justify="right")
    for r in rates:
        shares = (r.real, r.phantom, r.undecided, r.covered)
        table.add_row(r.arm, points(r.planted), *(f"{x / n:.1%}" for x in shares))
    console.print(table)


def _where_to_look(store: Opened, comparisons: Sequence[RunComparison]) -> None:
    first = comparisons[0]
    pair = f"r{first.first.run_id} r{first.second.run_id}"
    say_where_to_look(
        store.settings, "runs", f"compare {pair}", f"compare {pair} --problems", f"compare {pair} --json"
    )
    talk().print(
        f"The ledger is in {store.settings.database_url}, raw answers in {store.settings.blobs_folder}.",
        markup=False,
    )


def _simulated_as_json(found: SimulatedDemo) -> dict[str, Any]:
    return {
        "study": found.study,
        "comparisons": [comparison_as_json(c) for c in found.comparisons],
        "rates": [{name: getattr(r, name) for name in r.__slots__} for r in found.rates],
    }
