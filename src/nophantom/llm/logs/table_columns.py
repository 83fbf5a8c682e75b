"""Which column of a table is what: by its name, and for runs side by side by what it holds."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from nophantom.errors import Unreadable
from nophantom.llm.logs import cells

ROLES: Mapping[str, tuple[str, ...]] = {
    "item": (
        *("item", "item_id", "problem_id", "question_id", "example_id", "sample_id", "instance_id", "doc_id"),
        *("input_id", "input_label", "prompt_id", "task_id", "qid", "id", "idx", "index", "example"),
    ),
    "question": ("question", "problem", "input", "query", "question_text", "problem_text"),
    "target": (
        *("target", "reference", "gold", "label", "expected", "expected_answer", "ground_truth"),
        *("correct_answer", "reference_answer", "gold_answer"),
    ),
    "answer": ("answer", "predicted_answer", "prediction", "predicted", "pred", "extracted_answer"),
    "response": (
        *("response", "output", "completion", "generation", "solution", "model_output", "model_answer"),
        *("raw_answer", "answer_text", "text"),
    ),
    "model": ("model", "model_name", "model_id", "system"),
    "arm": ("arm", "condition", "variant", "recipe", "method"),
    "seed": ("seed", "run", "run_id", "repeat", "replicate", "trial", "training_seed"),
    "step": ("step", "checkpoint", "global_step", "ckpt"),
    "attempt": ("attempt", "n_attempt", "attempt_id", "sample_index"),
    "split": ("split", "subset"),
    "study": ("study", "experiment"),
    "task": ("problem_set", "task", "benchmark", "dataset", "task_name"),
    "prompt": ("prompt", "template", "prompt_template"),
    "grader": ("grader", "scorer", "metric_name", "filter"),
    "confidence": ("confidence",),
    "log_likelihood": ("log_likelihood", "logprob", "log_prob"),
}
"""What a column may be, and the names by which it is known; the first is the name that settles a doubt."""

SURE_SCORES = (
    *("score", "correct", "is_correct", "passed", "is_right", "right", "exact_match", "symbolic_correct"),
    *("judge_correct", "resolved"),
)
"""Names that nothing but a score has."""
LIKELY_SCORES = ("value", "result", "metric", "accuracy", "acc", "outcome", "pass", "em")

# Numbers in [0, 1] that describe a problem or an answer; in a table of runs side by side they are no run.
_DESCRIBING = frozenset(
    {
        "difficulty",
        "weight",
        "length",
        "tokens",
        "latency",
        "cost",
        "time",
        "duration",
        "level",
        "temperature",
    }
)
_SEED_IN_NAME = re.compile(
    r"(?:(?P<arm>.*?)[-_ ./]?)(?:seed|run|rs)[-_ =]?(?P<seed>[0-9]{1,18})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Layout:
    """What was taken for what.

    Attributes:
        roles: role to column.
        scores: the columns that hold scores; each is a grader of its own.
        runs: in a table of runs side by side, the columns that are runs; else empty.
        aside: the columns of which nothing was taken.
    """

    roles: Mapping[str, str]
    scores: tuple[str, ...]
    runs: tuple[str, ...]
    aside: tuple[str, ...]

    @property
    def told(self) -> str:
        """What was taken for what, in one line for people."""
        parts = [f"{column} as {role}" for role, column in self.roles.items() if column != role]
        parts += [f"{column} as score" for column in self.scores if column != "score"]
        if self.runs:
            shown = ", ".join(self.runs[:6]) + (
                f" and {len(self.runs) - 6} more" if len(self.runs) > 6 else ""
            )
            parts.append(f"each of {len(self.runs)} columns as a run ({shown})")
        if self.aside:
            parts.append(
                f"nothing from {', '.join(self.aside[:12])}" + (" ..." if len(self.aside) > 12 else "")
            )
        return "; ".join(parts)


def plain_name(column: str) -> str:
    """A column's name as aliases are compared.

    >>> plain_name(" Is-Correct"), plain_name("Model Name")
    ('is_correct', 'model_name')
    """
    return re.sub(r"[\s./-]+", "_", column.strip().lower())


def is_known(column: str) -> bool:
    """Whether a name is one of those that tables of outcomes use."""
    name = plain_name(column)
    return name in SURE_SCORES or name in LIKELY_SCORES or any(name in known for known in ROLES.values())


def find_layout(
    columns: Sequence[str], rows: Sequence[Mapping[str, object]], *, decimal_comma: bool, name: str
) -> Layout:
    """What each column is.

    Args:
        columns: of the table.
        rows: the first of its rows.
        decimal_comma: numbers may be written "0,5".
        name: of the file, for messages.

    Raises:
        Unreadable: no column names the problems, none holds scores, or two could be the same thing.
    """
    held = {
        column: [row[column] for row in rows if not cells.is_nothing(row.get(column))] for column in columns
    }
    roles = _roles(columns, held, name)
    free = [column for column in columns if column not in roles.values()]
    scores = _score_columns(free, held, decimal_comma)
    if "grader" not in roles and (named := _named_metric(free, held, scores, decimal_comma)):
        roles["grader"] = named
    runs = [] if scores else _run_columns(free, held, roles, decimal_comma)
    if "item" not in roles and "question" not in roles:
        raise Unreadable(
            f"{name}: no column names the problems; saw {_listed(columns)}. Name the one that does 'item', or the "
            "question itself 'question'."
        )
    if not scores and not runs:
        raise Unreadable(
            f"{name}: no column holds scores; saw {_listed(columns)}. Name the one that does 'score', with 1 for "
            "right, 0 for wrong and proportions between."
        )
    taken = {*roles.values(), *scores, *runs}
    return Layout(roles, tuple(scores), tuple(runs), tuple(c for c in columns if c not in taken))


def _roles(columns: Sequence[str], held: Mapping[str, Sequence[object]], name: str) -> dict[str, str]:
    by_name: dict[str, list[str]] = {}
    for column in columns:
        by_name.setdefault(plain_name(column), []).append(column)
    roles: dict[str, str] = {}
    for role, aliases in ROLES.items():
        found = [(alias, column) for alias in aliases for column in by_name.get(alias, ())]
        if not found:
            continue
        if len(found) > 1 and (found[0][0] != role or found[1][0] == role):
            raise Unreadable(
                f"{name}: {_listed([column for _, column in found])} could each be the {role} of a row. Name the right "
                f"one '{role}', or drop the others."
            )
        roles[role] = found[0][1]
    if "item" not in roles and "question" in roles and not _are_texts(held[roles["question"]]):
        roles["item"] = roles.pop("question")  # "problem" or "input" holds an id
    if "answer" in roles and "target" not in roles and plain_name(roles["answer"]) == "answer":
        others = [by_name[alias][0] for alias in ROLES["answer"][1:] if alias in by_name]
        if len(others) == 1:  # beside a prediction, "answer" is the right one
            roles["target"], roles["answer"] = roles["answer"], others[0]
    return roles


def _are_texts(values: Sequence[object]) -> bool:
    """Whether most of the values have words, as questions do and ids do not."""
    return sum(isinstance(value, str) and len(value.split()) > 2 for value in values) * 2 > len(values)


def _score_columns(
    free: Sequence[str], held: Mapping[str, Sequence[object]], decimal_comma: bool
) -> list[str]:
    sure = [column for column in free if plain_name(column) in SURE_SCORES]
    if sure:
        return sure
    likely = [column for column in free if plain_name(column) in LIKELY_SCORES]
    return [column for column in likely if _numbers(held[column], decimal_comma)]


def _named_metric(
    free: Sequence[str], held: Mapping[str, Sequence[object]], scores: Collection[str], decimal_comma: bool
) -> str | None:
    """The column `metric` where it names the metric, and another one holds its value."""
    found = [column for column in free if plain_name(column) == "metric" and column not in scores]
    return found[0] if found and scores and not _numbers(held[found[0]], decimal_comma) else None


def _numbers(values: Sequence[object], decimal_comma: bool) -> bool:
    scores = [cells.score(value, decimal_comma=decimal_comma) for value in values]
    return any(isinstance(found, bool | int | float) for found in scores)


def _run_columns(
    free: Sequence[str], held: Mapping[str, Sequence[object]], roles: Mapping[str, str], decimal_comma: bool
) -> list[str]:
    """The columns of which every cell is a score, where nothing else tells runs apart."""
    if {"model", "seed", "arm", "attempt", "grader"} & roles.keys():
        return []
    return [
        column
        for column in free
        if plain_name(column) not in _DESCRIBING
        and held[column]
        and all(cells.is_score(value, decimal_comma=decimal_comma) for value in held[column])
    ]


def seed_in_name(column: str) -> tuple[str | None, int] | None:
    """Arm and seed in the name of a run's column, or None.

    >>> seed_in_name("svd_seed3"), seed_in_name("seed12"), seed_in_name("gpt-4")
    (('svd', 3), (None, 12), None)
    """
    found = _SEED_IN_NAME.fullmatch(column.strip())
    return None if found is None else (found["arm"] or None, int(found["seed"]))


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(repr(column[:40]) for column in columns[:20])
    return f"{shown} and {len(columns) - 20} more" if len(columns) > 20 else shown or "none"
