"""A study as a person writes it down in `study.toml`, and the plan that is frozen from it. PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nophantom.llm.plan import Origin, PlannedClaim, StudyPlan
from nophantom.llm.recipe import Recipe, Script
from nophantom.store.canonical import canonical_json

VALIDATION, TEST = "validation", "test"
"""The splits of every study that is run here: seeds are chosen on the first, and the second is sealed till then."""


@dataclass(frozen=True, slots=True)
class Machine:
    """How a study uses the machine that it runs on; no part of its plan, since it decides no number.

    Attributes:
        processes: how many work at a time; None takes one for each core, as far as memory allows.
        seeds_per_process: how many seeds are trained as one program; None finds what keeps all processes busy.
        threads: of each process; 1 gives the same numbers to the bit whatever the company.
        device: "cpu", "cuda", "cuda:1", or "auto" for an accelerator where there is one.
    """

    processes: int | None = None
    seeds_per_process: int | None = None
    threads: int = 1
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class FileArm:
    """One condition.

    Attributes:
        name: of the arm.
        recipe: how it is trained; None for a script.
        script: a training script of the user's; None for a recipe.
        levels: of arms that combine, factor -> level; empty for one that stands beside them.
        evidence: of a selective order, the study that tells which strata are ordered; None where they are named.
    """

    name: str
    recipe: Recipe | None = None
    script: Script | None = None
    levels: Mapping[str, str] = field(default_factory=dict)
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class StudyFile:
    """A study as it was written down.

    Attributes:
        name: of the study.
        problems: a built-in task, or a folder with train, validation and test.
        seeds: one run for each arm and seed.
        steps: the checkpoints; the last one is the length of the training.
        arms: the conditions.
        claims: what is to be decided, written down before the data.
        budget_hours: after so many hours no new stretch of training begins; None sets no limit.
        machine: how the machine is used.
    """

    name: str
    problems: str
    seeds: tuple[int, ...]
    steps: tuple[int, ...]
    arms: tuple[FileArm, ...]
    claims: tuple[PlannedClaim, ...] = ()
    budget_hours: float | None = None
    machine: Machine = field(default=Machine())

    def plan(
        self, problem_set: str, problems_hash: str, ordered: Mapping[str, Sequence[str]] | None = None
    ) -> StudyPlan:
        """The plan that is frozen before the data.

        Args:
            problem_set: the name of its problems.
            problems_hash: SHA-256 over all of them; another task under the same name is another plan.
            ordered: of arms whose strata an earlier study told, which they are.
        """
        known = ordered or {}
        recipes: dict[str, Any] = {}
        for arm in self.arms:
            told: dict[str, Any] = {"problems": problems_hash}
            if arm.script is not None:
                told |= {"command": arm.script.command, "logs": arm.script.logs}
            elif arm.recipe is not None:
                strata = tuple(known.get(arm.name, arm.recipe.ordered))
                told |= replace(arm.recipe, ordered=strata).as_plan()
                told |= {} if arm.evidence is None else {"evidence": arm.evidence}
            recipes[arm.name] = told
        combined = any(arm.levels for arm in self.arms)
        return StudyPlan(
            name=self.name,
            origin=Origin.RUN,
            problem_set=problem_set,
            split=TEST,
            arms=tuple(arm.name for arm in self.arms),
            seeds=self.seeds,
            steps=self.steps,
            claims=self.claims,
            planted={},
            validation=VALIDATION,
            recipes=recipes,
            factors={arm.name: dict(arm.levels) for arm in self.arms} if combined else {},
            # Nobody knows what a script does with its seed.
            shares_seeds=all(arm.script is None for arm in self.arms),
        )


def plan_changes(kept: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """What differs between two plans, one line for each key; what is the same in several arms is said once.

    >>> plan_changes({"seeds": [0], "steps": [9]}, {"seeds": [0, 1], "steps": [9]})
    ('seeds: [0] was frozen, the file says [0,1]',)
    """
    old, new = _leaves(kept), _leaves(now)
    arms_of: dict[tuple[str, str], list[str]] = {}
    for path in dict.fromkeys((*old, *new)):
        before, after = old.get(path, "nothing"), new.get(path, "nothing")
        if before != after:
            is_of_arm = path[0] in {"recipes", "factors"} and len(path) > 1
            key = ".".join(path[2:] if is_of_arm else path) or path[0]
            arms = arms_of.setdefault((key, f"{before} was frozen, the file says {after}"), [])
            arms += [path[1]] if is_of_arm else []
    return tuple(
        f"{key} ({', '.join(arms)}): {said}" if arms else f"{key}: {said}"
        for (key, said), arms in arms_of.items()
    )


def _leaves(value: object, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    """Every value of nested tables by its path, as text."""
    if isinstance(value, Mapping) and value:
        return {
            place: leaf for key in value for place, leaf in _leaves(value[key], (*path, str(key))).items()
        }
    return {path: canonical_json(value)}


EXAMPLE = """\
# A study: every arm is trained with every seed, and evaluated at every checkpoint.
# `nophantom study run study.toml` begins it, and goes on with it when it was interrupted.
name = "routing-and-initialisation"
problems = "sums"                      # built in; or a folder with train, validation and test .jsonl (GSM8K's form)
seeds = 20                             # a count, 0 to 19; or a list of numbers
checkpoints = [450, 900, 1350, 1800]   # training steps; the last one is the length of the training
# budget_hours = 0.5                   # no new stretch of training begins after so long; may be changed later

# [model]                              # what is not named is as usual
# d_model = 48
# [schedule]
# batch = 8
# learning_rate = 5e-3

[arms]                                 # factors: every combination is an arm, named by the levels that vary
router = ["softmax", "balanced"]
initialisation = ["standard", "svd"]
order = ["shuffled"]                   # also blanket (easy to hard) and selective

# [[arm]]                              # an arm of its own: by name, with whatever it does in another way
# name = "selective"
# order = "selective"
# evidence = "s3"                      # the study whose validation outcomes tell which strata are ordered
# # ordered = ["1 step"]               # or the strata themselves

# [[arm]]                              # any training script; its results are read from the logs that it writes
# name = "mine"
# command = "python train.py --seed {seed} --out {out}"
# logs = "{out}/step{step}.jsonl"      # where the paths say what the logs do not; also {split}

[[claim]]                              # what is to be decided, written down before the data
first = "balanced-standard"
second = "softmax-standard"
direction = "higher"                   # lower, different
delta_points = 1.0                     # the smallest effect that matters

# [machine]                            # decides no number, and may be changed later
# processes = 2                        # usually one for each core
# seeds_per_process = 10
# threads = 1
# device = "auto"                      # cpu, cuda, cuda:0
"""
"""A study file with everything that it can hold, explained."""
