"""What every answer about a study says first: of what, on which problems, judged by whom, and seen by whom before."""

from __future__ import annotations

from dataclasses import dataclass

from nophantom.llm.cube import StudyCube

RNG_SEED = 20_261_122
"""Of every drawing of numbers, unless another is given: the same question has the same answer, to the byte."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the outcomes of an answer come from.

    Attributes:
        study: its name, or of arrays whatever they were called.
        reference: `s3`; None without a ledger.
        problem_set: which one; `split`, `grader` and `step` likewise, None where unknown.
        simulated: a world with a planted truth.
        provenance: how the test was used before, as a sentence; None where there is nothing to say.
    """

    study: str
    reference: str | None
    problem_set: str
    split: str | None
    grader: str
    step: int | None
    simulated: bool
    provenance: str | None


def setting_of(
    cube: StudyCube, step: int | None, *, reference: str | None = None, provenance: str | None = None
) -> Setting:
    """The setting of an answer over a cube at one of its steps."""
    return Setting(
        study=cube.study,
        reference=reference,
        problem_set=cube.problem_set,
        split=cube.split,
        grader=cube.grader,
        step=step,
        simulated=cube.simulated,
        provenance=provenance,
    )
