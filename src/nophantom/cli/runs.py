"""`nophantom runs`: what the ledger holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nophantom.cli.talk import HomeOption, JsonOption, count, opened, out, print_json, talk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nophantom.llm.ledger.summaries import EvaluationSummary


def runs(
    every: Annotated[
        bool, typer.Option("--all", help="One line for every grader, not only the one that counts.")
    ] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """List the runs in the ledger with their counts.

    Example: nophantom runs --all
    """
    from nophantom.llm.concluding import list_runs

    with opened(home) as store:
        found = list_runs(store.engine)
    if as_json:
        print_json({"runs": [evaluation_as_json(e) for e in found]})
        return
    if not found:
        talk().print(
            "The ledger is empty. `nophantom logs import DIR` fills it; `nophantom demo` shows how it works."
        )
        return
    print_runs([e for e in found if every or e.rank == 0], with_grader=every)


def print_runs(evaluations: Sequence[EvaluationSummary], *, with_grader: bool = True) -> None:
    """A table with one line per evaluation."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("run", no_wrap=True)
    table.add_column("name", overflow="fold", min_width=12)
    table.add_column("problem set", overflow="fold", min_width=8)
    if with_grader:
        table.add_column("grader", overflow="fold")
    for title in ("problems", "right", "scored", "accuracy"):
        table.add_column(title, justify="right", no_wrap=True)
    for e in evaluations:
        accuracy = "sealed" if e.sealed else "unknown" if e.accuracy is None else f"{e.accuracy:.2%}"
        right = "sealed" if e.right is None else count(e.right)
        # One run of a study has many evaluations; without these they would look alike.
        name = e.run if e.study is None or e.step is None else f"{e.run} at step {e.step:,}"
        on = e.problem_set if e.study is None or e.split is None else f"{e.problem_set}, {e.split}"
        cells = [f"r{e.run_id}", name, on]
        if with_grader:
            cells.append(f"{e.grader} ({e.grader_version})")
        table.add_row(*map(escape, cells), count(e.problems), right, count(e.scored), accuracy)
    console = out()
    console.print(table)
    # Below the table and not in it: a narrow terminal would cut them off, and they are what must be known.
    told: dict[str, list[str]] = {}
    for e in evaluations:
        if said := "; ".join(remarks(e)):
            told.setdefault(said, []).append(f"r{e.run_id}" + (f" by {e.grader}" if with_grader else ""))
    for said, whom in told.items():
        console.print(f"{', '.join(whom)}: {said}", style="dim", markup=False)


def remarks(e: EvaluationSummary) -> list[str]:
    """What a reader must know about an evaluation before trusting its accuracy."""
    told = []
    if e.simulated:
        told.append("simulated")
    told += [f"{n} {reason.replace('_', ' ')}" for reason, n in e.failures.items()]
    if e.without_answer and e.rank == 0:
        told.append(f"{count(e.without_answer)} without an answer count as wrong")
    if e.declared is not None and e.outcomes < e.declared:
        told.append(f"log ends at {count(e.outcomes)} of {count(e.declared)}")
    if e.status not in {None, "success"}:
        told.append(f"status {e.status}")
    if e.outcomes > e.problems:
        told.append(f"{e.outcomes / e.problems:g} attempts each")
    return told


def evaluation_as_json(e: EvaluationSummary) -> dict[str, Any]:
    """An evaluation for machines; unknown is null."""
    fields = {name: getattr(e, name) for name in e.__slots__}
    return fields | {"accuracy": e.accuracy, "reference": e.reference}
