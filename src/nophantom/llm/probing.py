"""What was measured while runs were trained, held against what they score. WORLD: reads the ledger."""

from __future__ import annotations

from sqlalchemy import Engine

from nophantom.llm.asking import Asked, Opened, ask
from nophantom.llm.cube import MeasurementCube
from nophantom.llm.ledger.measurements import read_measurements
from nophantom.llm.ledger.study_facts import read_study, resolve_study
from nophantom.llm.questions.probes import DELTA, PREFIX, ProbesAnswer, judge_probes
from nophantom.llm.questions.routing import RoutingAnswer, follow_routing
from nophantom.llm.verdicts import Question
from nophantom.store.engine import reading


def probes_of_study(
    engine: Engine,
    asked: Asked,
    *,
    delta: float = DELTA,
    confidence: float = 0.95,
    measured_at: int = 0,
) -> ProbesAnswer:
    """Does what was measured before training predict the final score?

    Args:
        engine: the store.
        asked: which scores; without a split those on validation while the test is sealed, then those of the test.
        delta: the smallest rank correlation that matters.
        confidence: of all intervals together.
        measured_at: training step of the measurements.

    Raises:
        NotFound, Ambiguous, Sealed, InvalidInput: as `ask` and `judge_probes` say.
    """

    def answer(opened: Opened) -> ProbesAnswer:
        with reading(engine) as session:
            measured = read_measurements(session, opened.facts.id, prefix=PREFIX, step=measured_at)
        return probes_of(opened, asked, measured, delta=delta, confidence=confidence, measured_at=measured_at)

    return ask(engine, asked, Question.PROBES, answer)


def probes_of(
    opened: Opened,
    asked: Asked,
    measured: MeasurementCube,
    *,
    delta: float = DELTA,
    confidence: float = 0.95,
    measured_at: int = 0,
) -> ProbesAnswer:
    """The same of an opened study; measurements that are no probes are left aside.

    Raises:
        InvalidInput: as `judge_probes` says.
    """
    columns = [i for i, name in enumerate(measured.names) if name.startswith(PREFIX)]
    return judge_probes(
        opened.cube,
        [measured.names[i] for i in columns],
        measured.of_runs(opened.cube.run_ids, measured_at)[:, columns],
        opened.setting,
        rng=asked.rng(),
        measured_at=measured_at,
        step=asked.step,
        shares_seeds=bool(opened.planned().get("shares_seeds")),
        delta=delta,
        confidence=confidence,
    )


def routing_of_study(engine: Engine, study: str, *, arm: str | None = None) -> RoutingAnswer:
    """How the tokens of a study's models find their experts, checkpoint by checkpoint.

    Args:
        engine: the store.
        study: `s3`, or a unique piece of its name.
        arm: only its runs.

    Raises:
        NotFound, Ambiguous: the study is not there, or several are meant.
        InvalidInput: nothing was measured.
    """
    with reading(engine) as session:
        facts = read_study(session, resolve_study(session, study))
        measured = read_measurements(session, facts.id, arm=arm)
    return follow_routing(measured, reference=facts.reference)
