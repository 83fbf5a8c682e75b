"""What several samples of one run are worth. WORLD: reads the ledger."""

from __future__ import annotations

from sqlalchemy import Engine

from nophantom.errors import InvalidInput
from nophantom.llm.following import AskedRun, evaluations_meant, look_for
from nophantom.llm.ledger.attempts import read_attempts
from nophantom.llm.questions.repeats import RepeatsAnswer, value_of_samples
from nophantom.llm.verdicts import Question
from nophantom.stats.votes import VoteRule
from nophantom.store.engine import reading


def samples_of_run(
    engine: Engine, asked: AskedRun, *, rule: VoteRule | None = None, confidence: float = 0.95
) -> RepeatsAnswer:
    """What several samples of every problem of a run are worth: pass@k and maj@k.

    Of several gradings and checkpoints the one that speaks, at the last step, is taken.

    Raises:
        NotFound, Ambiguous, Sealed: the run is not there, several are meant, or it is a sealed test.
        InvalidInput: problems were sampled once, or scores are not right or wrong.
    """
    looked = look_for(engine, [asked], Question.ENSEMBLE)
    with reading(engine) as session:
        found = [e for e in evaluations_meant(session, asked) if e.rank == 0]
        if asked.problem_set is not None:
            found = [e for e in found if e.problem_set == asked.problem_set]
        if not found:
            raise InvalidInput(
                f"{asked.run!r} has no evaluation on that problem set, split or step. `nophantom runs` lists what "
                "there is."
            )
        chosen = max(found, key=lambda e: (e.outcomes > e.problems, e.step or 0, e.evaluation_id))
        right, answers = read_attempts(session, chosen.evaluation_id, looked=looked)
    return value_of_samples(
        chosen.run, right, answers, rule=rule, confidence=confidence, simulated=chosen.simulated
    )
