"""`nophantom study`: which studies there are, what was set out, chosen and looked at in one, and how far it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from nophantom.cli.asking import StudyArgument
from nophantom.cli.study_runs import export, new, resume, run
from nophantom.cli.talk import HomeOption, JsonOption, count, opened, out, print_json, talk

if TYPE_CHECKING:
    from nophantom.llm.ledger.seal import SelectionFacts
    from nophantom.llm.ledger.standing import Progress
    from nophantom.llm.ledger.study_facts import StudyFacts

study = typer.Typer(
    name="study", no_args_is_help=True, help="Studies: arms x seeds, and how their test was used."
)
study.command()(new)
study.command()(run)
study.command()(resume)


@study.command("list")
def list_(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """List the studies in the ledger.

    Example: nophantom study list
    """
    from rich.markup import escape
    from rich.table import Table

    from nophantom.llm.asking import studies
    from nophantom.llm.study_progress import progress_of_studies

    with opened(home) as store:
        found = studies(store.engine)
        progress = progress_of_studies(store.engine, [facts.id for facts in found])
    if as_json:
        print_json({"studies": [study_as_json(facts, progress.get(facts.id)) for facts in found]})
        return
    if not found:
        talk().print(
            "There is no study yet. `nophantom logs import DIR --pattern '{study}/{arm}/seed{seed}'` puts logs in "
            "order, `nophantom study new` prints a study to run, and `nophantom demo` makes a simulated one."
        )
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("study", "name", "origin", "arms", "runs", "evaluations", "test"):
        table.add_column(
            title, justify="right" if title in {"runs", "evaluations"} else "left", overflow="fold"
        )
    for facts in found:
        cells = (facts.reference, facts.name, facts.origin, ", ".join(facts.arms))
        table.add_row(
            *map(escape, cells), count(facts.runs), _far(progress.get(facts.id)), escape(_test(facts))
        )
    out().print(table)


@study.command()
def show(study: StudyArgument, as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Show a study: its plan, its selections, and every look at its sealed test.

    Example: nophantom study show s1
    """
    from nophantom.llm.asking import study_named
    from nophantom.llm.study_progress import progress_of_studies

    with opened(home) as store:
        facts = study_named(store.engine, study)
        progress = progress_of_studies(store.engine, [facts.id]).get(facts.id)
    if as_json:
        print_json(study_as_json(facts, progress))
        return
    from nophantom.cli.paper import print_page
    from nophantom.llm.reports.studies import study_page

    print_page(study_page(facts, progress), out())


study.command()(export)


def _test(facts: StudyFacts) -> str:
    if facts.sealed:
        return f"sealed ({facts.sealed_split})"
    return facts.provenance() or "not sealed"


def _far(progress: Progress | None) -> str:
    return "" if progress is None else f"{count(progress.done)} of {count(progress.planned)}"


def study_as_json(facts: StudyFacts, progress: Progress | None = None) -> dict[str, Any]:
    """A study for machines; `progress` of one that is run here."""
    from nophantom.reporting.json_file import to_plain

    told = to_plain(facts)
    assert isinstance(told, dict)
    return told | {
        "reference": facts.reference,
        "simulated": facts.simulated,
        "sealed": facts.sealed,
        "provenance": facts.provenance(),
        "plan": json.loads(facts.plan),
        "progress": to_plain(progress),
        "selections": [_selection_as_json(chosen) for chosen in facts.selections],
    }


def _selection_as_json(chosen: SelectionFacts) -> dict[str, Any]:
    from nophantom.reporting.json_file import to_plain

    told = to_plain(chosen)
    assert isinstance(told, dict)
    return told | {"rule": json.loads(chosen.rule), "after_test": chosen.after_test}
