"""Tables whose rows hold more than one outcome, turned into one outcome a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from nophantom.llm.logs.json_text import count, entries, members, text
from nophantom.llm.logs.table_columns import SURE_SCORES, Layout, plain_name, seed_in_name
from nophantom.llm.logs.table_rows import Row, Table

RUN, SCORE = "model", "score"
_HELM_METRICS = frozenset(
    {
        *("exact_match", "quasi_exact_match", "prefix_exact_match", "quasi_prefix_exact_match"),
        *("final_number_exact_match", "exact_match_indicator", "math_equiv", "math_equiv_chain_of_thought"),
        *("chain_of_thought_correctness", "f1_score", "ifeval_strict_accuracy", "omni_math_accuracy"),
    }
)
"""HELM's measures of being right; its other per-instance numbers count tokens and seconds."""


def model_members(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """The members that are one model's answer each: `{"6b": {"solution": ..., "is_correct": true}}`."""
    found: dict[str, None] = {}
    for row in rows:
        found.update((key, None) for key, value in row.items() if _is_answer(value))
    return list(found)


def _is_answer(value: object) -> bool:
    return any(plain_name(key) in SURE_SCORES for key in members(value))


def unnest_models(table: Table, models: Sequence[str]) -> Table:
    """One row for each model of a row, its members beside those that all share."""

    def unnested(rows: Iterator[Row]) -> Iterator[Row]:
        for where, row in rows:
            shared = {key: value for key, value in row.items() if key not in models}
            for model in models:
                # A row that lacks a model stays, without a score: it is unknown, not absent.
                yield f"{where}, {model}", {**shared, RUN: model, **members(row.get(model))}

    return _changed(table, unnested)


def is_helm(rows: Sequence[Mapping[str, object]]) -> bool:
    """Whether these are the rows of HELM's per_instance_stats.json."""
    return bool(rows) and all("instance_id" in row and isinstance(row.get("stats"), list) for row in rows)


def unnest_helm(table: Table) -> Table:
    """One row for each measure of an instance; perturbed instances are problems of their own."""

    def unnested(rows: Iterator[Row]) -> Iterator[Row]:
        for where, row in rows:
            changed = members(row.get("perturbation")).get("name")
            item = f"{row.get('instance_id')}/{changed}" if changed else row.get("instance_id")
            for stat in map(members, entries(row.get("stats"))):
                about = members(stat.get("name"))
                if about.get("name") in _HELM_METRICS and not members(about.get("perturbation")):
                    yield (
                        f"{where}, {about['name']}",
                        {
                            "item": item,
                            "attempt": (count(row.get("train_trial_index")) or 0) + 1,
                            "grader": about["name"],
                            "split": text(about.get("split")),
                            SCORE: stat.get("mean"),
                        },
                    )

    return _changed(table, unnested)


def unnest_runs(table: Table, layout: Layout) -> Table:
    """One row for each run of a row, where runs stand side by side."""
    seeds = {run: seed_in_name(run) for run in layout.runs}
    are_seeds = all(found is not None for found in seeds.values())

    def unnested(rows: Iterator[Row]) -> Iterator[Row]:
        for where, row in rows:
            shared = {role: row.get(column) for role, column in layout.roles.items()}
            for run in layout.runs:
                named: dict[str, object] = {RUN: run}
                if are_seeds and (found := seeds[run]):
                    named = {"seed": found[1]} if found[0] is None else {"arm": found[0], "seed": found[1]}
                yield f"{where}, {run}", {**shared, **named, SCORE: row.get(run)}

    return _changed(table, unnested)


def _changed(table: Table, change: Callable[[Iterator[Row]], Iterator[Row]]) -> Table:
    first = list(change(iter(table.first)))
    columns = tuple(dict.fromkeys(column for _, row in first for column in row))
    return Table(table.kind, columns, first, change(table.rest), table.omissions, table.decimal_comma)
