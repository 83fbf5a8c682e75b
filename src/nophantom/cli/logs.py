"""`nophantom logs import`: logs of others into the ledger."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nophantom.cli.runs import evaluation_as_json, print_runs
from nophantom.cli.talk import HomeOption, JsonOption, Opened, count, opened, out, print_json, progress, talk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nophantom.llm.importing import ImportedFile, ImportOptions
    from nophantom.llm.ledger.reading import GraderDrift
    from nophantom.llm.ledger.summaries import EvaluationSummary

DAMAGE = frozenset({"not_json", "not_a_sample", "unreadable_member"})
"""Reasons of omission that mean a broken file; the others are a log's own gaps."""

logs = typer.Typer(no_args_is_help=True, help="Evaluation logs of others: import them into the ledger.")


@logs.callback()
def about_logs() -> None:
    """Evaluation logs of others: import them into the ledger."""


@logs.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="Log files, or folders to walk.", show_default=False)],
    pattern: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help="Where the paths say what logs do not: '{study}/{arm}/seed{seed}/step{step}'. Also {split} and "
            "{model}; * is anything within a part.",
        ),
    ] = None,
    study: Annotated[
        str | None, typer.Option(metavar="NAME", help="The study that the logs belong to.")
    ] = None,
    arm: Annotated[str | None, typer.Option(metavar="NAME", help="The arm of all these logs.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The training seed of all these logs.")] = None,
    step: Annotated[int | None, typer.Option(min=0, help="The training step of all these logs.")] = None,
    split: Annotated[str | None, typer.Option(metavar="NAME", help="The split of all these logs.")] = None,
    problem_set: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of tables, the benchmark. [default: the file's name]")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Import a second evaluation of a checkpoint that has one.")
    ] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Read evaluation logs into the ledger and grade their answers again.

    Reads lm-evaluation-harness (run it with --log_samples), Inspect (.eval, .json), lighteval (run it
    with --save-details) and tables of scores (CSV, JSON, Parquet). A file is imported whole or not at
    all, once, and one that cannot be read does not keep the others out; then the exit status is not 0,
    and what could not be read is listed.

    Logs do not say of which study, arm and seed they are: --pattern takes it from their paths.

    Example: nophantom logs import runs/ --pattern '{arm}/seed{seed}/step{step}' --study warmup
    """
    from nophantom.llm.importing import ImportOptions
    from nophantom.llm.logs.placement import Placing, compile_pattern
    from nophantom.llm.logs.records import Placement

    options = ImportOptions(
        Placing(
            Placement(study=study, arm=arm, seed=seed, step=step, split=split),
            None if pattern is None else compile_pattern(pattern),
        ),
        problem_set,
        again,
    )
    with opened(home, create=True) as store:
        done = import_with_progress(store, paths, options)
        run_ids = sorted({run_id for f in done for run_id in f.run_ids})
        evaluations, drift = imported_runs(store, run_ids)
    if as_json:
        print_json(_as_json(done, evaluations, drift))
    else:
        if evaluations:
            print_runs([e for e in evaluations if e.rank == 0], with_grader=False)
        print_import(done)
        print_drift(drift)
    raise typer.Exit(exit_status(done))


def import_with_progress(
    store: Opened, paths: Sequence[Path], options: ImportOptions | None = None
) -> list[ImportedFile]:
    """Import with a bar on stderr that names the file at work."""
    from nophantom.llm.importing import import_logs

    with progress() as bar:
        task = bar.add_task("reading", total=None)

        def show(number: int, total: int, path: Path) -> None:
            bar.update(task, completed=number - 1, total=total, description=f"reading {path.name[:40]}")

        return import_logs(store.engine, store.blobs, paths, options=options, on_file=show)


def imported_runs(store: Opened, run_ids: Sequence[int]) -> tuple[list[EvaluationSummary], list[GraderDrift]]:
    """The evaluations of some runs, and where graders disagree on them."""
    from nophantom.llm.concluding import describe_runs

    return describe_runs(store.engine, run_ids)


def exit_status(done: Sequence[ImportedFile]) -> int:
    """0 when all was well; else that of the first file that was refused, or 5 for a damaged one."""
    from nophantom.errors import Unreadable

    refused = next((f.error for f in done if f.error), None)
    if refused:
        return refused.exit_status
    return Unreadable.exit_status if any(_damages(f) for f in done) else 0


def _damages(file: ImportedFile) -> list[str]:
    from nophantom.llm.logs.records import OmissionReason as Reason

    damage = {Reason.NOT_JSON, Reason.NOT_A_SAMPLE, Reason.UNREADABLE_MEMBER}
    return [
        f"{o.place}: {o.reason.replace('_', ' ')}; saw {o.seen}" for o in file.omissions if o.reason in damage
    ]


def print_import(done: Sequence[ImportedFile]) -> None:
    """What became of every file: counts, then each refusal and each damaged part."""
    by_status = Counter(str(f.status) for f in done)
    words = {
        "imported": "imported",
        "known": "known already, unchanged",
        "refused": "refused",
        "skipped": "no logs",
    }
    told = [f"{count(by_status[status])} {word}" for status, word in words.items() if by_status[status]]
    console = talk()
    console.print(f"{count(len(done))} files: {', '.join(told) or 'nothing to read'}.")
    _print_said(done)
    for file in done:
        if file.error:
            console.print(f"refused: {file.error.message}", markup=False)
        damages = _damages(file)
        if damages:
            console.print(
                f"{file.path}: {count(file.responses)} responses imported, {count(len(damages))} parts not readable:",
                markup=False,
            )
            for damage in damages[:5]:
                console.print(f"  {damage}", markup=False)
            if len(damages) > 5:
                console.print(f"  and {count(len(damages) - 5)} more; --json lists all")
        others = Counter(o.reason for o in file.omissions if o.reason not in DAMAGE)
        for reason, n in others.items():
            console.print(f"{file.path}: {count(n)} {reason.replace('_', ' ')}", markup=False)
        if file.references_differ:
            console.print(
                f"{file.path}: {count(file.references_differ)} problems were known with another reference "
                "answer; each log is graded with its own",
                markup=False,
            )


def _print_said(done: Sequence[ImportedFile]) -> None:
    """What was taken for what, and where known logs are; said once where many files say the same."""
    said: dict[str, list[str]] = {}
    for file in done:
        if words := file.told or (file.why if file.status == "known" else ""):
            said.setdefault(words, []).append(file.path)
    for words, paths in said.items():
        who = paths[0] if len(paths) == 1 else f"{count(len(paths))} files, the first {paths[0]}"
        talk().print(f"{who}: {words}", markup=False)


def print_drift(drift: Sequence[GraderDrift]) -> None:
    """Where our grader and the log's own disagree; one line when they never do."""
    console = out()
    for d in (d for d in drift if d.disagreements):
        console.print(
            f"grader drift  r{d.run_id} {d.run}: {d.ours} and {d.theirs} disagree on {count(len(d.disagreements))} of "
            f"{count(d.compared)} answers (right only to ours {count(d.gained)}, only to theirs {count(d.lost)})",
            markup=False,
        )
    agreed = [d for d in drift if not d.disagreements]
    if agreed:
        answers = sum(d.compared for d in agreed)
        console.print(f"grader drift  none in {count(len(agreed))} gradings of {count(answers)} answers")


def drift_as_json(d: GraderDrift) -> dict[str, Any]:
    """Grader drift for machines, problem by problem."""
    return {
        "run": f"r{d.run_id}",
        "name": d.run,
        "problem_set": d.problem_set,
        "ours": d.ours,
        "theirs": d.theirs,
        "compared": d.compared,
        "right_only_to_ours": d.gained,
        "right_only_to_theirs": d.lost,
        "disagreements": [{name: getattr(x, name) for name in x.__slots__} for x in d.disagreements],
    }


def _as_json(
    done: Sequence[ImportedFile], evaluations: Sequence[EvaluationSummary], drift: Sequence[GraderDrift]
) -> dict[str, Any]:
    return {
        "files": [
            {
                "path": f.path,
                "status": f.status,
                "run": f"r{f.recorded.run_id}" if f.recorded else None,
                "runs": [f"r{run_id}" for run_id in f.run_ids],
                "responses": f.responses if f.status == "imported" else None,
                "omissions": [{"place": o.place, "reason": o.reason, "seen": o.seen} for o in f.omissions],
                "references_differ": f.references_differ if f.recorded else None,
                "error": {"code": f.error.code, "message": f.error.message, "details": {}}
                if f.error
                else None,
                "why": f.why or None,
                "told": f.told or None,
            }
            for f in done
        ],
        "runs": [evaluation_as_json(e) for e in evaluations],
        "grader_drift": [drift_as_json(d) for d in drift],
    }
