"""Deciding a gate over a study out of the ledger. WORLD."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.errors import InvalidInput
from nophantom.llm.asking import Asked, Opened, ask
from nophantom.llm.cube import StudyCube
from nophantom.llm.ledger.seal import record_finding
from nophantom.llm.questions.gate import Clause, GateAnswer, Measured, decide_gate, parse_gate
from nophantom.llm.questions.gate_quantities import (
    MEANINGS,
    NOT_COVERED,
    final_of,
    mean_of,
    peak_of,
    reproduced_by,
    vote_of,
)
from nophantom.llm.verdicts import Question
from nophantom.stats.ensembles import vote_right
from nophantom.stats.votes import Tie, VoteRule
from nophantom.store.canonical import content_hash
from nophantom.store.engine import writing


def gate_study(
    engine: Engine,
    asked: Asked,
    text: str,
    *,
    alpha: float = 0.05,
    delta: float = 0.01,
    claimed: float | None = None,
    k: int = 3,
    record: bool = True,
) -> GateAnswer:
    """Decide a gate over a study, and keep the answer in the ledger.

    The shipped run is the first of the last selection, or the only run there is. `reproduced` asks the other
    runs of its arm; `vote` lets the first k of the chosen runs vote.

    Args:
        engine: the store.
        asked: the study, and which of its outcomes.
        text: `final >= 0.75 and peak >= 0.79 and reproduced`.
        alpha: two-sided error rate of each clause.
        delta: the smallest distance from a level that matters.
        claimed: the level of `reproduced`; None takes that of the `peak` clause, else of `final`.
        k: how many vote.
        record: keep the answer; False only reads.

    Raises:
        NotFound, Ambiguous, Sealed: as `ask` says.
        InvalidInput: the gate cannot be read, asks for the shipped run where none was selected, or for a vote
            of runs whose answers were not kept.
    """
    clauses = parse_gate(text, MEANINGS)
    level = claimed if claimed is not None else _claimed(clauses)
    wants_votes = any(c.quantity == "vote" for c in clauses)

    kept: list[Opened] = []

    def answer(opened: Opened) -> GateAnswer:
        kept.append(opened)
        subject = _Subject(opened, asked, k, level, delta)
        measured = {c.quantity: subject.measure(c.quantity) for c in clauses}
        found = decide_gate(
            text,
            measured,
            alpha=alpha,
            delta=delta,
            meanings=MEANINGS,
            provenance=opened.setting.provenance,
            simulated=opened.cube.simulated,
            not_covered=NOT_COVERED,
        )
        return replace(found, setting=opened.setting)

    found = ask(engine, asked, Question.GATE, answer, answers=wants_votes)
    if record:
        _record(engine, kept[0], found, asked)
    return found


def _claimed(clauses: tuple[Clause, ...]) -> float | None:
    """The level that a rerun must reach: that of the peak, else of the end."""
    levels = {c.quantity: c.threshold for c in clauses if c.threshold is not None and c.at_least}
    return levels.get("peak", levels.get("final"))


class _Subject:
    """What a gate is asked about, each quantity measured when a clause asks for it."""

    def __init__(self, opened: Opened, asked: Asked, k: int, level: float | None, delta: float) -> None:
        self.opened, self.cube, self.asked = opened, opened.cube, asked
        self.k, self.level, self.delta = k, level, delta
        self.place = self.cube.step_index(asked.step)

    def measure(self, quantity: str) -> Measured:
        """One quantity by its name in `MEANINGS`."""
        by_name: dict[str, Callable[[], Measured]] = {
            "final": lambda: final_of(self._known(self._shipped(), slice(self.place, self.place + 1))[0]),
            "peak": lambda: peak_of(self._known(self._shipped(), slice(None)), rng_seed=self.asked.rng_seed),
            "mean": lambda: mean_of(self._recipe().complete(self.place)[0]),
            "vote": self._vote,
            "reproduced": self._reproduced,
        }
        return by_name[quantity]()

    def _shipped(self) -> int:
        """Place of the shipped run in the cube."""
        if len(self.cube.run_ids) == 1:
            return 0
        selections = self.opened.facts.selections
        if not selections:
            raise InvalidInput(
                f"{self.cube.study!r} has {len(self.cube.run_ids)} runs and no selection, so nobody knows which is "
                f"shipped. `nophantom select {self.opened.facts.name}` chooses one, --arm narrows them down, and "
                "`mean` asks for the recipe."
            )
        chosen = selections[-1].run_ids[0]
        if chosen not in self.cube.run_ids:
            raise InvalidInput(f"the selected run r{chosen} has no outcome among those asked for.")
        return self.cube.run_ids.index(chosen)

    def _known(self, run: int, steps: slice) -> NDArray[np.float64]:
        """(C, P) scores of one run on the problems that all its checkpoints were scored on."""
        scores = self.cube.cube.score[run, steps]
        scores = scores[~np.isnan(scores).all(axis=1)]
        common = ~np.isnan(scores).any(axis=0)
        if not len(scores) or not common.any():
            raise InvalidInput(
                f"{self.cube.cube.runs[run]!r} has no scored problem that all its checkpoints share."
            )
        return scores[:, common]

    def _recipe(self) -> StudyCube:
        """The runs of the shipped arm, or of the only arm."""
        names = self.cube.arm_names
        return self.cube if len(names) == 1 else self.cube.of_arm(self.cube.arms[self._shipped()])

    def _vote(self) -> Measured:
        members = self._members()
        part = self.cube.of_runs(members)
        scores, common = part.complete(self.place)
        assert part.answers is not None
        answers = part.answers[:, self.place][:, common].astype(np.int64)
        if not (answers >= 0).any() or not np.isin(scores, (0, 1)).all():
            raise InvalidInput(
                f"a vote needs answers that are right or wrong; the ledger has none of {self.cube.study!r}, or scores "
                "in between. Leave `vote` out of the gate, or import logs with answers."
            )
        right = (scores == 1) & (answers >= 0)
        return vote_of(vote_right(answers, right, VoteRule(ties=Tie.BETTER_MEMBER)))

    def _members(self) -> list[int]:
        """The chosen runs, the best first; no fewer than k where there are so many."""
        selections = self.opened.facts.selections
        chosen = [n for n in selections[-1].run_ids if n in self.cube.run_ids] if selections else []
        if len(chosen) < min(self.k, len(self.cube.run_ids)):
            raise InvalidInput(
                f"a vote of {self.k} needs a selection of so many: `nophantom select {self.opened.facts.name} --top-k "
                f"{self.k}`; got {len(chosen)}."
            )
        return [self.cube.run_ids.index(number) for number in chosen[: self.k]]

    def _reproduced(self) -> Measured:
        shipped = self._shipped()
        others = [
            i for i, arm in enumerate(self.cube.arms) if arm == self.cube.arms[shipped] and i != shipped
        ]
        if not others:
            raise InvalidInput(f"{self.cube.cube.runs[shipped]!r} has no rerun: no other seed of its arm.")
        if self.level is None:
            raise InvalidInput("`reproduced` needs the level that was claimed. Give --claimed.")
        return reproduced_by(self.cube.of_runs(others).complete(self.place)[0], self.level, self.delta)


def _record(engine: Engine, opened: Opened, answer: GateAnswer, asked: Asked) -> None:
    inputs = content_hash(
        [answer.gate, answer.alpha, answer.delta, asdict(asked), [asdict(c.estimate) for c in answer.clauses]]
    )
    told = asdict(replace(answer, provenance=None, setting=None))
    with writing(engine) as session:
        record_finding(session, opened.facts.id, Question.GATE, inputs, told, at=now())
