"""What a study set out to do, written down before the data: arms, seeds and claims."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from nophantom.errors import InvalidInput
from nophantom.llm.verdicts import Claim
from nophantom.store.canonical import canonical_json, text_hash

_LONGEST_NAME = 200  # characters; names are keys, and the store's indexes have a limit
_WHOLE_NUMBERS = 2**63  # of the store


class Origin(StrEnum):
    """Where the outcomes of a study come from."""

    SIMULATED = "simulated"
    """A world with a planted truth; labelled wherever it is shown."""
    RUN = "run"
    """Trained or evaluated by us."""
    IMPORTED = "imported"
    """Logs of others, put in order by a pattern over their paths or by the columns of a table. Nobody knows
    what was looked at before: never sealed, and labelled so."""


@dataclass(frozen=True, slots=True)
class PlannedClaim:
    """A claim about two arms (at one seed and step), written down with the plan.

    Attributes:
        first: name of the arm that the claim speaks of.
        second: name of the arm it is compared with.
        claim: direction, delta and alpha.
    """

    first: str
    second: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """A study as it was written down before the data; frozen, known by its hash.

    Attributes:
        name: of the study.
        origin: simulated, or run by us.
        problem_set: the benchmark, and its `split`.
        arms: names of the conditions.
        seeds: one run per arm and seed.
        steps: the training steps at which every run is evaluated.
        claims: what is to be decided.
        planted: of a simulated study, the true accuracy of each arm (proportion); else empty.
        validation: the split on which seeds are chosen; with one, `split` is sealed until a selection is
            recorded. None where nothing is to be chosen.
        recipes: of a study that is run here, how each arm is trained, as plain data; None otherwise.
        factors: of arms that combine, factor -> level of each arm; empty where they do not.
        shares_seeds: runs of one seed number share their randomness in every arm, and are compared in pairs.
    """

    name: str
    origin: Origin
    problem_set: str
    split: str
    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    steps: tuple[int, ...]
    claims: tuple[PlannedClaim, ...]
    planted: Mapping[str, float]
    validation: str | None = None
    recipes: Mapping[str, Any] | None = None
    factors: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    shares_seeds: bool = False

    def __post_init__(self) -> None:
        for what, name in (
            ("study", self.name),
            ("problem set", self.problem_set),
            *(("arm", a) for a in self.arms),
        ):
            _check_name(what, name)
        _check_distinct("arms", self.arms)
        _check_distinct("seeds", self.seeds)
        _check_distinct("steps", self.steps)
        if min(self.steps) < 0 or max(map(abs, (*self.seeds, *self.steps))) >= _WHOLE_NUMBERS:
            raise InvalidInput(
                f"steps count from 0, and seeds and steps are below 2^63; got the seeds {self.seeds} and the steps "
                f"{self.steps} in the plan {self.name!r}."
            )
        if self.validation is not None:
            _check_name("validation split", self.validation)
        if self.validation == self.split:
            raise InvalidInput(
                f"seeds are chosen on one split and tested on another; the plan {self.name!r} names {self.split!r} for "
                "both."
            )
        if strange := {arm for claim in self.claims for arm in (claim.first, claim.second)} - set(self.arms):
            raise InvalidInput(
                f"the claims of the plan {self.name!r} name {sorted(strange)}; its arms are {list(self.arms)}."
            )
        for what, of_arms in (("recipes", self.recipes or self.arms), ("factors", self.factors or self.arms)):
            if set(of_arms) != set(self.arms):
                raise InvalidInput(
                    f"the {what} of the plan {self.name!r} are of {sorted(of_arms)}; its arms are {list(self.arms)}."
                )

    def canonical(self) -> str:
        """The plan as canonical JSON, what is stored and hashed."""
        told = asdict(self)
        for name, default in (
            ("validation", None),
            ("recipes", None),
            ("factors", {}),
            ("shares_seeds", False),
        ):
            if told[name] == default:
                del told[name]  # plans from before there was one keep their hash
        return canonical_json(told)

    @property
    def splits(self) -> tuple[str, ...]:
        """What every run is evaluated on: validation first, where there is one."""
        return (self.split,) if self.validation is None else (self.validation, self.split)

    @property
    def plan_hash(self) -> str:
        """SHA-256 over the canonical JSON."""
        return text_hash(self.canonical())


def _check_name(what: str, name: str) -> None:
    if not name or len(name) > _LONGEST_NAME or any(unicodedata.category(c) in {"Cc", "Cs"} for c in name):
        raise InvalidInput(
            f"the name of a {what} has 1 to {_LONGEST_NAME} characters, none of them a control character; got "
            f"{name[:_LONGEST_NAME]!r} of {len(name)}."
        )


def _check_distinct(what: str, values: tuple[Hashable, ...]) -> None:
    if not values or len(set(values)) != len(values):
        raise InvalidInput(f"the {what} of a plan are distinct, and there is at least one; got {values!r}.")
