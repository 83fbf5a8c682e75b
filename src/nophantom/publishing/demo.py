"""The demonstration: a simulated study with its planted truth, or the verdicts over real logs. WORLD."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.llm.asking import Asked, study_named
from nophantom.llm.assembling import StudyAnswers, answer_everything
from nophantom.llm.concluding import RunComparison, compare_runs, list_runs
from nophantom.llm.cube import OutcomeCube
from nophantom.llm.ledger.reading import read_plan
from nophantom.llm.ledger.studies import Cell, record_study
from nophantom.llm.ledger.summaries import EvaluationSummary
from nophantom.llm.questions.comparisons import compare_checkpoints
from nophantom.llm.seed_worlds import SEED_DEMO
from nophantom.llm.selecting import select_seed
from nophantom.llm.worlds import DEMO, World
from nophantom.store.engine import writing


@dataclass(frozen=True, slots=True)
class VerdictRates:
    """How often each verdict came out for one planted truth, over many simulated worlds."""

    arm: str
    planted: float
    worlds: int
    real: int
    phantom: int
    undecided: int
    covered: int
    """Worlds whose interval held the planted truth."""


@dataclass(frozen=True, slots=True)
class SimulatedDemo:
    """A simulated study and how good its verdicts are.

    Attributes:
        comparisons: one per planned claim, through the ledger like any other.
        rates: the same claims over many fresh worlds.
    """

    study: str
    comparisons: tuple[RunComparison, ...]
    rates: tuple[VerdictRates, ...]


def simulate(engine: Engine, *, seed: int, worlds: int, world: World = DEMO) -> SimulatedDemo:
    """Draw one simulated study into the ledger, judge it, and measure the verdicts on many more.

    Args:
        engine: the store, its tables up to date.
        seed: of the draw; equal seeds give equal studies, and a second demo changes nothing.
        worlds: how many further worlds to draw for the error rates.
        world: what is planted.
    """
    name = f"simulated-{seed}"
    plan = world.plan(name, seed)
    right = world.draw(np.random.default_rng(seed))
    cells = {(a.name, seed, plan.steps[0], plan.split): Cell(right[row]) for row, a in enumerate(world.arms)}
    with writing(engine) as session:
        record_study(session, plan, {plan.split: world.problems()}, cells, grader="simulated", at=now())
    comparisons = tuple(
        compare_runs(engine, f"{name}/{c.first}/seed{seed}", f"{name}/{c.second}/seed{seed}")
        for c in plan.claims
    )
    return SimulatedDemo(name, comparisons, measure(world, np.random.default_rng([seed, 1]), worlds=worlds))


def measure(world: World, rng: np.random.Generator, *, worlds: int) -> tuple[VerdictRates, ...]:
    """How often each verdict comes out over freshly drawn worlds, per arm against the first."""
    tallies: dict[str, dict[str, int]] = {arm.name: defaultdict(int) for arm in world.arms[1:]}
    base = world.arms[0]
    keys = tuple(map(str, range(world.n_problems)))
    for _ in range(worlds):
        right = world.draw(rng).astype(float)
        for row, arm in enumerate(world.arms[1:], 1):
            pair = right[[row, 0]][:, None, :]
            ones = np.ones(pair.shape, dtype=np.int64)
            cube = OutcomeCube((arm.name, base.name), (None,), keys, pair, ones, ones)
            found = compare_checkpoints(cube, world.claim)
            tallies[arm.name][found.ruling.verdict] += 1
            low, high = found.finding.estimate.low, found.finding.estimate.high
            planted = arm.accuracy - base.accuracy
            tallies[arm.name]["covered"] += low is not None and high is not None and low <= planted <= high
    return tuple(
        VerdictRates(
            arm=arm.name,
            planted=arm.accuracy - base.accuracy,
            worlds=worlds,
            real=tallies[arm.name]["real"],
            phantom=tallies[arm.name]["phantom"],
            undecided=tallies[arm.name]["undecided"],
            covered=tallies[arm.name]["covered"],
        )
        for arm in world.arms[1:]
    )


def simulate_seeds(engine: Engine, *, seed: int, seeds: int = SEED_DEMO.seeds) -> StudyAnswers:
    """Draw a study of many seeds with a sealed test, choose on validation, open the test once, and answer everything.

    Args:
        engine: the store, its tables up to date.
        seed: of the draw; equal seeds give equal studies, and a second demo changes nothing.
        seeds: how many runs of each recipe, at least 2.
    """
    world = replace(SEED_DEMO, seeds=seeds)
    name = f"simulated-seeds-{seed}" + (f"-of-{seeds}" if seeds != SEED_DEMO.seeds else "")
    with writing(engine) as session:
        if read_plan(session, name) is None:
            drawn = world.draw(np.random.default_rng([seed, 2]))
            cells = {(d.arm, d.seed, d.step, d.split): Cell(d.right, d.answers, d.confidence) for d in drawn}
            problems = world.problems()
            record_study(session, world.plan(name), problems, cells, grader="simulated", at=now())
    arm = world.recipes[-1].name
    if not study_named(engine, name).selections:
        select_seed(engine, Asked(name, arm=arm), top_k=min(3, seeds))
    return answer_everything(engine, Asked(name))


@dataclass(frozen=True, slots=True)
class NeighbourGroup:
    """Runs of one framework on the same problems, best first, each compared with the next.

    Attributes:
        title: framework, problem set and how many problems.
        comparisons: between neighbours in the order of accuracy.
    """

    title: str
    problems: int
    comparisons: tuple[RunComparison, ...]


def compare_neighbours(engine: Engine, run_ids: Sequence[int]) -> tuple[NeighbourGroup, ...]:
    """Compare the runs that can be compared: in each group, every run with the next best.

    A group is what one framework evaluated on one problem set with the same number of problems and
    attempts; of several logs of one model the first speaks. The largest group comes first.
    """
    wanted = set(run_ids)
    groups: dict[tuple[str, str, int, int], list[EvaluationSummary]] = defaultdict(list)
    for e in list_runs(engine):
        if e.run_id in wanted and e.rank == 0 and e.scored and not e.simulated:
            framework = e.run.split("/", 1)[0]
            group = groups[framework, e.problem_set, e.problems, e.outcomes]
            if all(e.run != other.run for other in group):
                group.append(e)
    found = []
    for (framework, problem_set, problems, _), members in groups.items():
        if len(members) < 2:
            continue
        ranked = sorted(members, key=lambda e: (-(e.accuracy or 0), e.run_id))
        found.append(
            NeighbourGroup(
                title=f"{framework}, {problem_set}, {problems:,} problems",
                problems=problems,
                comparisons=tuple(
                    compare_runs(engine, f"r{a.run_id}", f"r{b.run_id}", problem_set=problem_set)
                    for a, b in pairwise(ranked)
                ),
            )
        )
    return tuple(sorted(found, key=lambda g: (-g.problems, -len(g.comparisons), g.title)))
