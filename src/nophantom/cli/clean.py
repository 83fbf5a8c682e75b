"""`nophantom clean`: what is wrong with a training set, and the set without it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nophantom.cli.talk import JsonOption, count, out, print_json, progress, talk
from nophantom.llm.flaws import REMOVED_BY_DEFAULT, Reason
from nophantom.reporting.wording import p_text

if TYPE_CHECKING:
    from nophantom.llm.clean_set import CleanSet
    from nophantom.llm.cleaning import CheckResult, Cleaning, CleaningOptions, OrderResidue
    from nophantom.llm.training_rows import TrainingFile

_WORDS = {
    Reason.DAMAGED_LINE: "line is no JSON object",
    Reason.MISSING_QUESTION: "question missing",
    Reason.MISSING_ANSWER: "answer missing",
    Reason.WRONG_ANNOTATION: "calculation wrong",
    Reason.UNREADABLE_ANNOTATION: "calculation unreadable",
    Reason.EXACT_DUPLICATE: "same question and answer as an earlier row",
    Reason.REPEATED_QUESTION: "same question as an earlier row, other answer",
    Reason.NEAR_DUPLICATE: "nearly an earlier question",
    Reason.TEST_DUPLICATE: "question of the test",
    Reason.TEST_13_GRAM: "13 words in a row of a test question",
    Reason.TEST_8_GRAM: "8 words in a row of a test question",
    Reason.NEAR_TEST_DUPLICATE: "nearly a test question",
}
_EXAMPLES = 3


def clean(
    dataset: Annotated[Path, typer.Argument(help="Training data: one JSON object per line.")],
    against: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Test data that must not be in it. [default: no such check]"),
    ] = None,
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to write. [default: NAME-clean beside the dataset]"),
    ] = None,
    question_field: Annotated[
        str | None, typer.Option(metavar="NAME", help="Field of the question. [default: question, else text]")
    ] = None,
    answer_field: Annotated[
        str | None, typer.Option(metavar="NAME", help="Field of the answer. [default: answer, if there]")
    ] = None,
    remove: Annotated[
        list[Reason] | None,
        typer.Option(metavar="REASON", help="Remove rows for this reason too; may be repeated."),
    ] = None,
    keep: Annotated[
        list[Reason] | None,
        typer.Option(metavar="REASON", help="Keep rows in spite of this reason; may be repeated."),
    ] = None,
    near: Annotated[
        float,
        typer.Option(metavar="SHARE", help="Runs of 3 words that near duplicates share, 0.3 to 1; 0: skip."),
    ] = 0.7,
    check: Annotated[bool, typer.Option("--check", help="Only look, write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace what an earlier cleaning wrote.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Find and remove what is wrong with training data, each row with its reason.

    Looks for damaged lines, missing answers, calculations that do not compute (<<48/2=23>>), exact and near
    duplicates, and for questions or runs of 13 and 8 words that the test set has too (lower case, punctuation
    deleted). Known faults are removed; near duplicates, repeated questions, unreadable calculations and 8 words
    in a row are listed and kept, unless --remove names them. Whether difficulty drifts along the file is only
    told. Writes the clean file (lines byte for byte), removed.jsonl, listed.jsonl and manifest.json. A damaged
    line ends with exit status 5, as everywhere. A REASON is a word of the table that this prints.

    Example: nophantom clean train.jsonl --against test.jsonl --remove near_duplicate
    """
    from nophantom.errors import InvalidInput, Unreadable
    from nophantom.llm.clean_set import LISTED, MANIFEST, REMOVED, clean_set
    from nophantom.llm.cleaning import CleaningOptions
    from nophantom.llm.cleaning_files import check_places, read_training_file, write_clean_set

    both = set(remove or []) & set(keep or [])
    if both:
        raise InvalidInput(f"--remove and --keep both name {', '.join(sorted(both))}. Leave one out.")
    options = CleaningOptions(near or None, (REMOVED_BY_DEFAULT | set(remove or [])) - set(keep or []))
    folder = out_folder or dataset.with_name(f"{dataset.stem}-clean")
    names = [] if check else [dataset.name, REMOVED, LISTED, MANIFEST]
    check_places(dataset, against, folder, names, force=force)
    train = read_training_file(dataset, question_field=question_field, answer_field=answer_field)
    test = None if against is None else read_training_file(against, question_field=question_field)
    cleaning = _clean_with_progress(train, test, options)
    made = clean_set(train, test, cleaning, options)
    written = [] if check else write_clean_set(made, folder)
    if as_json:
        print_json(_as_json(cleaning, made, written))
    else:
        _print_cleaning(train, test, cleaning)
        _print_files(made, written)
    if train.damaged or (test and test.damaged):
        raise typer.Exit(Unreadable.exit_status)


def _clean_with_progress(
    train: TrainingFile, test: TrainingFile | None, options: CleaningOptions
) -> Cleaning:
    """Clean with a bar on stderr that names the step."""
    from nophantom.llm.cleaning import clean

    with progress() as bar:
        task = bar.add_task("rows", total=len(train.rows))

        def show(step: str, done: int, of: int) -> None:
            bar.update(task, completed=done, total=of, description=step)

        return clean(train, test, options, on_progress=show)


def _print_cleaning(train: TrainingFile, test: TrainingFile | None, cleaning: Cleaning) -> None:
    """The table of checks, examples, the order, and the balance."""
    from rich.table import Table

    console = out()
    fields = f"question in {train.question_field!r}" + (
        f", answer in {train.answer_field!r}" if train.answer_field else ", no answers"
    )
    console.print(f"{train.name}: {count(cleaning.rows)} rows ({fields})", markup=False)
    if test is not None:
        console.print(f"against {test.name}: {count(len(test.rows))} problems", markup=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("reason", no_wrap=True)
    table.add_column("what it means")
    table.add_column("rows", justify="right")
    table.add_column("test problems", justify="right")
    table.add_column("done", no_wrap=True)
    for result in cleaning.checks:
        problems = "" if result.test_problems is None else count(result.test_problems)
        rows = "-" if result.rows is None else count(result.rows)
        table.add_row(result.reason, _WORDS[result.reason], rows, problems, _done(result))
    console.print(table)
    _print_examples(cleaning)
    for residue in cleaning.order:
        console.print(f"order: {residue.measure} {_order(residue)}", markup=False)
    if test is not None and cleaning.too_short:
        console.print(
            f"{count(cleaning.too_short)} rows have fewer than 8 words, so runs of words cannot find them",
            markup=False,
        )
    if test is not None and test.damaged:
        talk().print(
            f"{test.name}: {count(len(test.damaged))} lines are damaged and nothing was held against them; the first "
            f"is line {test.damaged[0].line}: {test.damaged[0].why}",
            markup=False,
        )
    console.print(
        f"\n[bold]{count(cleaning.rows)} rows = {count(len(cleaning.kept))} kept + "
        f"{count(len(cleaning.removed))} removed[/]"
    )


def _done(result: CheckResult) -> str:
    """What became of the rows that a check flags."""
    if result.rows is None:
        return "not checked"
    if not result.rows:
        return ""
    if result.removes and not result.kept:
        return "removed"
    if result.removes:
        return f"removed, but {count(result.kept)} kept: what they repeat went"
    return "listed, kept" if result.kept == result.rows else f"listed, {count(result.kept)} of them kept"


def _print_examples(cleaning: Cleaning) -> None:
    from nophantom.llm.clean_set import flaw_examples

    for result in cleaning.checks:
        for flaw in flaw_examples(cleaning, result.reason, _EXAMPLES):
            out().print(f"  {result.reason}: line {flaw.line}: {flaw.seen}", style="dim", markup=False)


def _order(residue: OrderResidue) -> str:
    """What the order of the file gives away, in words."""
    if residue.test is None:
        return "say nothing: fewer than 4 rows, or all alike"
    found = []
    if residue.drift_p is not None and residue.drift_p < 0.05:
        found.append("grow along the file" if residue.test.drift > 0 else "shrink along the file")
    if residue.blocks_p is not None and residue.blocks_p < 0.05:
        found.append(
            "are like those of the neighbours" if residue.test.blocks > 0 else "alternate between neighbours"
        )
    return (
        f"{' and '.join(found) or 'show no order'} (drift {residue.test.drift:+.3f}, p {p_text(residue.drift_p)}; "
        f"neighbours {residue.test.blocks:+.3f}, p {p_text(residue.blocks_p)}; adjusted by Holm)"
    )


def _print_files(made: CleanSet, written: list[Path]) -> None:
    from hashlib import sha256

    if not written:
        out().print("nothing written (--check)")
        return
    console = out()
    for path in written:
        console.print(f"wrote {path}", markup=False)
    console.print(f"clean set sha256:{sha256(made.clean).hexdigest()}", style="dim", markup=False)


def _as_json(cleaning: Cleaning, made: CleanSet, written: list[Path]) -> dict[str, Any]:
    import json

    return {
        "manifest": json.loads(made.manifest),
        "removed": [{"line": line, "reasons": list(reasons)} for line, reasons in cleaning.removed.items()],
        "flaws": [
            {"line": flaw.line, "reason": flaw.reason, "other": flaw.other, "seen": flaw.seen}
            for flaw in cleaning.flaws
        ],
        "written": [str(path) for path in written],
    }
