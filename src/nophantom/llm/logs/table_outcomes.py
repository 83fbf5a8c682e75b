"""The rows of a long table, gathered by run: who answered what, and what was said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nophantom.errors import Unreadable
from nophantom.llm.logs import cells
from nophantom.llm.logs.json_text import glimpse
from nophantom.llm.logs.records import Omission, OmissionReason
from nophantom.llm.logs.table_columns import Layout
from nophantom.llm.logs.table_rows import Table

MOST_RUNS = 10_000
"""Runs in one file; more means that a column was taken for one that it is not."""
_MOST_ATTEMPTS = 1_000_000
_RUN_ROLES = ("task", "study", "arm", "model", "seed", "prompt", "step", "split")


class Run(NamedTuple):
    """What tells one run's rows from another's; None where no column says it."""

    task: str | None
    study: str | None
    arm: str | None
    model: str | None
    label: str | None
    prompt: str | None
    seed: int | None
    step: int | None
    split: str | None


@dataclass(slots=True)
class Outcome:
    """What a table says of one attempt at one problem: its cells, and by grader the value."""

    answer: object
    response: object
    confidence: object
    log_likelihood: object
    values: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Gathered:
    """The rows of a table by run.

    Attributes:
        has_ids: a column names the problems; else the question's text does.
        runs: run to (item, attempt) to outcome.
        position: of each item, in the order of the file.
        question: the text of an item, where there is one.
        target: the reference answer of an item, where there is one.
        omissions: rows that are no outcome.
    """

    has_ids: bool
    omissions: list[Omission]
    runs: dict[Run, dict[tuple[str, int], Outcome]] = field(default_factory=dict)
    position: dict[str, int] = field(default_factory=dict)
    question: dict[str, str] = field(default_factory=dict)
    target: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Reader:
    layout: Layout
    decimal_comma: bool
    labelled: bool
    """The column of the seed holds names, not numbers: they tell runs apart, and seed none."""
    runs: dict[object, Run] = field(default_factory=dict)
    """Runs by their cells: thousands of rows share one."""

    def cell(self, row: Mapping[str, object], role: str) -> object:
        column = self.layout.roles.get(role)
        return None if column is None else row.get(column)

    def words(self, row: Mapping[str, object], role: str) -> str | None:
        if role not in self.layout.roles:
            return None
        value = self.cell(row, role)
        return None if cells.is_nothing(value) else cells.text(value)

    def number(self, row: Mapping[str, object], role: str) -> int | None:
        """The whole number of a cell; None for an empty one.

        Raises:
            ValueError: it is none; half a sentence.
        """
        if role not in self.layout.roles:
            return None
        value = self.cell(row, role)
        if cells.is_nothing(value):
            return None
        number = cells.whole_number(value)
        if number is None:
            raise ValueError(f"{self.layout.roles[role]} {glimpse(value)} is no whole number from 0")
        return number

    def run(self, row: Mapping[str, object]) -> Run:
        """The run of a row.

        Raises:
            ValueError: its seed or step is no number; half a sentence.
        """
        roles = self.layout.roles
        told = tuple([row.get(roles[role]) for role in _RUN_ROLES if role in roles])
        try:
            key = (told, tuple(map(type, told)))  # with types, since 1 and True are equal
            known = self.runs.get(key)
        except TypeError:  # a list or an object stands where a name should
            return self._run(row)
        if known is None:
            known = self.runs[key] = self._run(row)
        return known

    def _run(self, row: Mapping[str, object]) -> Run:
        return Run(
            task=self.words(row, "task"),
            study=self.words(row, "study"),
            arm=self.words(row, "arm"),
            model=self.words(row, "model"),
            label=self.words(row, "seed") if self.labelled else None,
            prompt=self.words(row, "prompt"),
            seed=None if self.labelled else self.number(row, "seed"),
            step=self.number(row, "step"),
            split=self.words(row, "split"),
        )

    def item(self, row: Mapping[str, object]) -> str:
        """The id of the row's problem, or the text of its question.

        Raises:
            ValueError: it has none; half a sentence.
        """
        if "item" not in self.layout.roles:
            question = self.words(row, "question")
            if question is None:
                raise ValueError(f"no {self.layout.roles['question']}")
            return question
        value = self.cell(row, "item")
        item = cells.identifier(value)
        if item is None:
            raise ValueError(f"{self.layout.roles['item']} {glimpse(value)} is no id")
        return item

    def values(self, row: Mapping[str, object]) -> Iterator[tuple[str, object]]:
        named = self.words(row, "grader")
        for column in self.layout.scores:
            grader = (
                column if named is None else named if len(self.layout.scores) == 1 else f"{named},{column}"
            )
            yield grader, cells.score(row.get(column), decimal_comma=self.decimal_comma)


def gather(table: Table, layout: Layout, *, name: str) -> Gathered:
    """The rows by run, problem and attempt; of two rows for one of these, the first.

    Raises:
        Unreadable: so many rows stand for the same thing that a column must be missing which tells them
            apart, or there are more runs than a file can have.
    """
    seeds = [row.get(layout.roles["seed"]) for _, row in table.first] if "seed" in layout.roles else []
    told = [seed for seed in seeds if not cells.is_nothing(seed)]
    labelled = bool(told) and all(cells.whole_number(seed) is None for seed in told)
    reader = _Reader(layout, table.decimal_comma, labelled)
    gathered = Gathered("item" in layout.roles, table.omissions)
    repeated: list[str] = []
    for where, row in table.rows():
        try:
            run, item, attempt = reader.run(row), reader.item(row), reader.number(row, "attempt")
            if attempt is not None and attempt > _MOST_ATTEMPTS:
                raise ValueError(f"attempt {attempt} is more than {_MOST_ATTEMPTS:,}")
            _note_problem(gathered, reader, row, item)
        except ValueError as wrong:
            gathered.omissions.append(Omission(where, OmissionReason.NOT_A_SAMPLE, str(wrong)))
            continue
        place = (item, 1 if attempt is None else attempt)
        if run not in gathered.runs and len(gathered.runs) == MOST_RUNS:
            raise Unreadable(
                f"{name} holds more than {MOST_RUNS:,} runs, told apart by {_listed(layout)}. If one of these columns "
                "is something else, rename it."
            )
        if not _add(gathered.runs.setdefault(run, {}), place, reader, row):
            repeated.append(item)
            seen = f"{item}, attempt {place[1]}: the first is kept"
            gathered.omissions.append(Omission(where, OmissionReason.DUPLICATE, glimpse(seen)))
    kept = sum(len(places) for places in gathered.runs.values())
    if 2 * len(repeated) >= max(kept, 1):
        raise Unreadable(
            f"{name}: {len(repeated):,} rows repeat a problem of the same run, the first {glimpse(repeated[0])}; runs "
            f"are told apart by {_listed(layout)}. Name the column that is missing: seed, attempt, model or arm."
        )
    return gathered


def _listed(layout: Layout) -> str:
    apart = ("task", "study", "arm", "model", "seed", "prompt", "step", "split", "attempt", "grader")
    return ", ".join(repr(layout.roles[role]) for role in apart if role in layout.roles) or "no column"


def _note_problem(gathered: Gathered, reader: _Reader, row: Mapping[str, object], item: str) -> None:
    """Keep the question and the target of a problem as the first row that has them says.

    Raises:
        ValueError: another row has another question for this id; half a sentence.
    """
    question = reader.words(row, "question")
    if question is not None:
        known = gathered.question.setdefault(item, question)
        if known.split() != question.split():
            raise ValueError(f"another question than an earlier row with the id {glimpse(item)}")
    target = reader.words(row, "target")
    if target is not None:
        gathered.target.setdefault(item, target)
    gathered.position.setdefault(item, len(gathered.position))


def _add(
    places: dict[tuple[str, int], Outcome], place: tuple[str, int], reader: _Reader, row: Mapping[str, object]
) -> bool:
    """Take a row in; False when everything that it says was said before."""
    outcome = places.get(place)
    if outcome is None:
        given = [reader.cell(row, role) for role in ("answer", "response", "confidence", "log_likelihood")]
        outcome = places[place] = _outcome(given)
    fresh = False
    for grader, value in reader.values(row):
        if grader not in outcome.values:
            outcome.values[grader] = value
            fresh = True
    return fresh


def _outcome(given: Sequence[object]) -> Outcome:
    answer, response, confidence, log_likelihood = given
    return Outcome(answer, response, confidence, log_likelihood)
