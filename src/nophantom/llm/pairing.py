"""Three or more runs compared, every pair. WORLD: reads the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from nophantom.errors import InvalidInput
from nophantom.llm.concluding import pair_evaluations
from nophantom.llm.following import AskedRun, evaluations_meant, look_for
from nophantom.llm.ledger.reading import read_cube
from nophantom.llm.verdicts import Question
from nophantom.stats.simultaneous import PairTest, all_pairs
from nophantom.store.engine import reading


@dataclass(frozen=True, slots=True)
class RunPairs:
    """Three or more runs on the same problems: every pair, with intervals that hold together.

    Attributes:
        runs: their labels; `accuracies` on the problems that all were scored on, `n` of them.
        left_out: problems that some run was not scored on.
        pairs: every pair, by position among the runs.
        confidence: of all intervals together.
        simulated: whether any of it is of a world with a planted truth.
    """

    runs: tuple[str, ...]
    accuracies: tuple[float, ...]
    n: int
    left_out: int
    pairs: tuple[PairTest, ...]
    confidence: float
    simulated: bool


def compare_several(engine: Engine, asked: Sequence[AskedRun], *, confidence: float = 0.95) -> RunPairs:
    """Compare three or more runs on the problems that all of them were scored on.

    Raises:
        NotFound, Ambiguous, Sealed: a run is not there, several are meant, or it is of a sealed test.
        InvalidInput: a run is named twice, or they share no problem set, grader or problem.
    """
    looked = look_for(engine, asked, Question.CHECKPOINTS)
    with reading(engine) as session:
        base, *others = (evaluations_meant(session, one) for one in asked)
        pairs = [pair_evaluations(base, other, problem_set=asked[0].problem_set) for other in others]
        chosen = [pairs[0][0], *(other for _, other in pairs)]
        if len({e.run_id for e in chosen}) < len(chosen):
            raise InvalidInput(f"every run is named once; got {' '.join(one.run for one in asked)}.")
        if len({a.evaluation_id for a, _ in pairs}) > 1:
            raise InvalidInput(
                "the runs do not share one problem set, split and grader. Choose with --problem-set."
            )
        cube = read_cube(session, chosen, looked=looked)
    common = cube.seen[:, 0].all(axis=0)
    if not common.any():
        raise InvalidInput("the runs have no problem in common.")
    scores = cube.score[:, 0][:, common]
    return RunPairs(
        runs=tuple(e.run for e in chosen),
        accuracies=tuple(scores.mean(axis=1).tolist()),
        n=int(common.sum()),
        left_out=int((~common).sum()),
        pairs=tuple(all_pairs(scores, confidence=confidence)),
        confidence=confidence,
        simulated=any(e.simulated for e in chosen),
    )
