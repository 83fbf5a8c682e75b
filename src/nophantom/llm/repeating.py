"""What several samples of one run are worth. WORLD: reads the ledger."""

from __future__ import annotations

from sqlalchemy import Engine

from nophantom.llm.following import AskedRun, gradings_meant, look_for
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
        found = gradings_meant(session, asked)
        chosen = max(found, key=lambda e: (e.outcomes > e.problems, e.step or 0, e.evaluation_id))
        right, answers = read_attempts(session, chosen.evaluation_id, looked=looked)
    return value_of_samples(
        chosen.run, right, answers, rule=rule, confidence=confidence, simulated=chosen.simulated
    )
