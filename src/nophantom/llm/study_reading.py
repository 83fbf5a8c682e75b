"""From the text of a `study.toml` to a `StudyFile`: everything that is wrong is said at once, each with its line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from enum import StrEnum
from itertools import pairwise, product
from typing import Any, TypeVar

from nophantom.errors import InvalidInput
from nophantom.llm.plan import PlannedClaim
from nophantom.llm.recipe import DataOrder, Initialisation, ModelShape, Recipe, Router, Schedule, Script
from nophantom.llm.study_file import FileArm, Machine, StudyFile
from nophantom.llm.toml_reading import Path, Table, TableReader
from nophantom.llm.verdicts import Claim
from nophantom.stats.verdicts import Direction

MOST_SEEDS = 10_000
"""Runs of one arm; more are a slip of the finger."""

_KEYS = (
    "name", "problems", "seeds", "checkpoints", "budget_hours",
    "model", "schedule", "selective", "arms", "arm", "claim", "machine",
)  # fmt: skip
_ARM_KEYS = (
    "name", "router", "initialisation", "order", "ordered", "evidence", "model", "schedule", "command", "logs",
)  # fmt: skip
_CLAIM_KEYS = ("first", "second", "direction", "delta_points", "alpha")
_FACTORS: Mapping[str, type[StrEnum]] = {
    "router": Router,
    "initialisation": Initialisation,
    "order": DataOrder,
}

Settings = TypeVar("Settings", ModelShape, Schedule)


def read_study_file(text: str) -> StudyFile:
    r"""The study that a text sets out.

    Raises:
        InvalidInput: the text is no TOML, or something in it is unknown or impossible; one line for each fault.

    >>> read_study_file("name = 'tiny'\nproblems = 'sums'\nseeds = 2\ncheckpoints = [100]").arms[0].name
    'default'
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise InvalidInput(
            f"the study file is no TOML: {problem}. `nophantom study new` prints one."
        ) from None
    reader = _Reader(text, told)
    found = reader.study()
    if reader.faults or found is None:
        lines = [f"line {line}: {said}" for line, said in sorted(reader.faults)]
        counted = "one fault" if len(lines) == 1 else f"{len(lines)} faults"
        raise InvalidInput(f"the study file has {counted}; mend them and try again.\n" + "\n".join(lines))
    return found


class _Reader(TableReader):
    """Reads a whole study file."""

    def study(self) -> StudyFile | None:
        self.keys((), self.told, _KEYS)
        base = self.recipe(("model",), ("schedule",), self.told, Recipe())
        name = self.text(("name",), self.told.get("name"), needed=True)
        problems = self.text(("problems",), self.told.get("problems"), needed=True)
        seeds, steps = self.seeds(), self.steps()
        before = len(self.faults)
        arms = self.arms(base)
        # Where the arms are wrong, their names are too: a claim about them would be a fault that is none.
        claims = self.claims({arm.name for arm in arms} if len(self.faults) == before else None)
        budget = self.number(("budget_hours",), self.told.get("budget_hours"))
        if budget is not None and budget <= 0:
            self.fault(("budget_hours",), f"a budget is more than 0 hours; got {budget}")
        machine = self.machine()
        if self.faults:
            return None
        found = StudyFile(name, problems, seeds, steps, arms, claims, budget, machine)
        try:
            found.plan(problems, "0" * 64)
        except InvalidInput as wrong:
            self.fault((), wrong.message)
        return found

    def seeds(self) -> tuple[int, ...]:
        value = self.told.get("seeds")
        if isinstance(value, list):
            found = [self.whole(("seeds",), seed, 0) for seed in value]
            seeds = tuple(seed for seed in found if seed is not None)
            if not value or len(set(seeds)) < len(seeds):
                self.fault(("seeds",), f"seeds are distinct, and there is at least one; got {value!r}")
            return seeds
        if value is None:
            self.fault(("seeds",), "seeds is missing: a count, or a list of numbers")
            return ()
        count = self.whole(("seeds",), value)
        if count is not None and count > MOST_SEEDS:
            self.fault(("seeds",), f"at most {MOST_SEEDS:,} seeds; got {count}")
            return ()
        return tuple(range(count or 0))

    def steps(self) -> tuple[int, ...]:
        value = self.told.get("checkpoints")
        if not isinstance(value, list) or not value:
            seen = "is missing" if value is None else f"is {value!r}"
            self.fault(
                ("checkpoints",), f"checkpoints {seen}: a list of steps is needed, the last one the length"
            )
            return ()
        found = [self.whole(("checkpoints",), step) for step in value]
        steps = tuple(step for step in found if step is not None)
        if any(later <= earlier for earlier, later in pairwise(steps)):
            self.fault(("checkpoints",), f"checkpoints rise from one to the next; got {value!r}")
        return steps

    def settings(self, path: Path, value: object, base: Settings) -> Settings:
        """A table of numbers over `base`, each checked alone and then all together."""
        table = self.table(path, value)
        defaults = {f.name: f.default for f in fields(base) if f.default is not MISSING}
        self.keys(path, table, list(defaults))
        # Sizes depend on each other, so only together do they stand or fall.
        depend = "d_model" in defaults
        given: dict[str, Any] = {}
        for key in (key for key in defaults if key in table):
            place, value_of = (*path, key), table[key]
            is_count = isinstance(defaults[key], int)
            least = 0 if key in {"shared_width", "warm_up"} else 1
            read = self.whole(place, value_of, least) if is_count else self.number(place, value_of)
            if read is not None and (depend or self.stands(place, base, {key: read})):
                given[key] = read
        if given and not self.stands(path, base, given):
            return base
        return replace(base, **given)

    def stands(self, path: Path, base: ModelShape | Schedule, given: Table) -> bool:
        try:
            replace(base, **given)
        except InvalidInput as wrong:
            self.fault(path, wrong.message.rstrip("."))
            return False
        return True

    def recipe(self, model: Path, schedule: Path, told: Table, base: Recipe) -> Recipe:
        return replace(
            base,
            model=self.settings(model, told.get("model"), base.model),
            schedule=self.settings(schedule, told.get("schedule"), base.schedule),
        )

    def arms(self, base: Recipe) -> tuple[FileArm, ...]:
        factors = self.factors()
        first: dict[str, Any] = {name: levels[0] for name, levels in factors.items()}
        usual = replace(base, **first)
        varying = [name for name, levels in factors.items() if len(levels) > 1]
        combined = self.table(("arms",), self.told.get("arms"))
        arms: list[FileArm] = []
        if combined or not self.told.get("arm"):
            arms += self.combinations(base, factors, varying)
        arms += [self.named_arm(path, entry, usual, varying) for path, entry in self.tables("arm")]
        seen: set[str] = set()
        for number, arm in enumerate(arms):
            if arm.name in seen:
                path: Path = ("arm", number - len(arms) + len(self.tables("arm")), "name")
                self.fault(path, f"there are two arms of the name {arm.name!r}")
            seen.add(arm.name)
        return tuple(arms)

    def factors(self) -> dict[str, tuple[StrEnum, ...]]:
        table = self.table(("arms",), self.told.get("arms"))
        self.keys(("arms",), table, list(_FACTORS))
        found: dict[str, tuple[StrEnum, ...]] = {}
        for name in (name for name in _FACTORS if name in table):
            value, path = table[name], ("arms", name)
            told = value if isinstance(value, list) else [value]
            levels = [
                level for entry in told if (level := self.word(path, entry, _FACTORS[name])) is not None
            ]
            if not told or len(set(levels)) < len(levels):
                self.fault(
                    path, f"the levels of a factor are distinct, and there is at least one; got {value!r}"
                )
            if levels:
                found[name] = tuple(dict.fromkeys(levels))
        return found

    def combinations(
        self, base: Recipe, factors: Mapping[str, tuple[StrEnum, ...]], varying: Sequence[str]
    ) -> Iterable[FileArm]:
        """Every combination of levels, named by those that vary."""
        selective = self.table(("selective",), self.told.get("selective"))
        self.keys(("selective",), selective, ("evidence", "ordered"))
        for levels in product(*factors.values()):
            chosen: dict[str, Any] = dict(zip(factors, levels, strict=True))
            name = "-".join(chosen[factor] for factor in varying) or "default"
            recipe, evidence = self.ordering(("selective",), selective, replace(base, **chosen))
            yield FileArm(name, recipe, levels={f: str(chosen[f]) for f in varying}, evidence=evidence)

    def named_arm(self, path: Path, entry: Table, usual: Recipe, varying: Sequence[str]) -> FileArm:
        self.keys(path, entry, _ARM_KEYS)
        name = self.text((*path, "name"), entry.get("name"), needed=True)
        if "command" in entry:
            return FileArm(name, script=self.script(path, entry))
        if "logs" in entry:
            self.fault((*path, "logs"), "logs are of a script: its command is missing")
        chosen: dict[str, Any] = {
            factor: level
            for factor, words in _FACTORS.items()
            if factor in entry and (level := self.word((*path, factor), entry[factor], words)) is not None
        }
        recipe = self.recipe((*path, "model"), (*path, "schedule"), entry, replace(usual, **chosen))
        told = {factor: str(getattr(recipe, factor)) for factor in varying}
        as_usual: dict[str, Any] = {factor: getattr(usual, factor) for factor in varying}
        beside = replace(recipe, **as_usual)
        recipe, evidence = self.ordering(path, entry, recipe)
        # An arm that differs in more than the factors has no place among their combinations.
        return FileArm(name, recipe, levels=told if beside == usual else {}, evidence=evidence)

    def ordering(self, path: Path, table: Table, recipe: Recipe) -> tuple[Recipe, str | None]:
        """The strata of a selective order, or the study that tells them."""
        ordered = self.texts((*path, "ordered"), table["ordered"]) if "ordered" in table else ()
        evidence = self.text((*path, "evidence"), table.get("evidence")) or None
        if recipe.order is not DataOrder.SELECTIVE:
            if path[0] == "arm" and (ordered or evidence):
                self.fault(path, f"strata and evidence are of a selective order; this arm is {recipe.order}")
            return recipe, None
        if bool(ordered) == bool(evidence):
            self.fault(
                path,
                'a selective order needs either evidence = "STUDY", whose validation outcomes tell the strata that are '
                "ordered, or ordered = [names of strata]",
            )
        return replace(recipe, ordered=ordered), evidence

    def script(self, path: Path, entry: Table) -> Script:
        if other := sorted(entry.keys() & set(_ARM_KEYS) - {"name", "command", "logs"}):
            self.fault(
                (*path, other[0]), f"a script trains as it likes: {', '.join(other)} cannot be set for it"
            )
        command = self.text((*path, "command"), entry["command"])
        for needed in ("{seed}", "{out}"):
            if command and needed not in command:
                self.fault(
                    (*path, "command"), f"the command does not hold {needed}, so every run would be the same"
                )
        logs = self.text((*path, "logs"), entry.get("logs"))
        if logs and not logs.startswith("{out}/"):
            self.fault((*path, "logs"), f"the logs lie below {{out}}/; got {logs!r}")
        return Script(command, logs)

    def claims(self, arms: set[str] | None) -> tuple[PlannedClaim, ...]:
        return tuple(
            claim
            for path, entry in self.tables("claim")
            if (claim := self.claim(path, entry, arms)) is not None
        )

    def claim(self, path: Path, entry: Table, arms: set[str] | None) -> PlannedClaim | None:
        self.keys(path, entry, _CLAIM_KEYS)
        names = [self.text((*path, key), entry.get(key), needed=True) for key in ("first", "second")]
        for key, name in zip(("first", "second"), names, strict=True):
            if name and arms is not None and name not in arms:
                self.fault((*path, key), f"there is no arm {name!r}; there are: {', '.join(sorted(arms))}")
        if names[0] and names[0] == names[1]:
            self.fault((*path, "second"), f"a claim is about two arms; got {names[0]!r} twice")
        direction = self.word((*path, "direction"), entry.get("direction", "higher"), Direction)
        points = self.number((*path, "delta_points"), entry.get("delta_points", 1.0))
        alpha = self.number((*path, "alpha"), entry.get("alpha", 0.05))
        if direction is None or points is None or alpha is None:
            return None
        try:
            return PlannedClaim(names[0], names[1], Claim(direction, round(points / 100, 12), alpha, True))
        except InvalidInput as wrong:
            self.fault(path, wrong.message.rstrip("."))
            return None

    def machine(self) -> Machine:
        table = self.table(("machine",), self.told.get("machine"))
        self.keys(("machine",), table, [f.name for f in fields(Machine)])
        device = self.text(("machine", "device"), table.get("device")) or "auto"
        if device not in {"auto", "cpu", "cuda"} and not (
            device.startswith("cuda:") and device[5:].isdigit()
        ):
            self.fault(("machine", "device"), f'{device!r} is no device; "auto", "cpu", "cuda" or "cuda:0"')
        processes = self.whole(("machine", "processes"), table.get("processes"))
        most = self.whole(("machine", "seeds_per_process"), table.get("seeds_per_process"))
        return Machine(processes, most, self.whole(("machine", "threads"), table.get("threads")) or 1, device)
