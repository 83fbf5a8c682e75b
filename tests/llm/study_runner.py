"""Runs studies of the fake lab for tests, and reads everything that came of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.llm.fake_lab import LAB

from nophantom.llm.running import Places, resume_study, run_study
from nophantom.llm.running_course import Lab
from nophantom.llm.running_events import Happening, StudyEnd, Told
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading

SMALL = """\
name = "small"
problems = "tiny"
seeds = 4
checkpoints = [10, 20]
[arms]
router = ["softmax", "balanced"]
[machine]
processes = 2
seeds_per_process = 4
"""


class Runner:
    """Runs studies in one store, and keeps what happened."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.blobs = engine, Blobs(folder / "blobs")
        self.studies, self.beside = folder / "studies", folder
        self.events: list[Happening] = []

    def run(self, text: str = SMALL, lab: Lab = LAB) -> StudyEnd:
        places = Places(self.studies, self.beside)
        return run_study(self.engine, self.blobs, text, places, on_event=self.events.append, lab=lab)

    def interrupt(self, after: int, study: str = SMALL) -> None:
        """Run a study, and stop it as with Ctrl-C once so many things have happened."""

        def hear(event: Happening) -> None:
            self.events.append(event)
            if len(self.events) == after:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run_study(
                self.engine, self.blobs, study, Places(self.studies, self.beside), on_event=hear, lab=LAB
            )

    def resume(self, reference: str = "s1") -> StudyEnd:
        return resume_study(
            self.engine, self.blobs, reference, self.studies, on_event=self.events.append, lab=LAB
        )

    def told(self) -> list[str]:
        return [event.said for event in self.events if isinstance(event, Told)]

    def numbers(self) -> list[str]:
        return numbers(self.engine)

    def executions(self) -> list[tuple[str, int, str, int, int | None]]:
        with reading(self.engine) as session:
            rows = session.execute(
                text(
                    "SELECT run.name, e.number, e.ending, e.fleet, e.exit_status FROM execution e "
                    "JOIN run ON run.id = e.run_id ORDER BY run.id, e.number"
                )
            )
            return [tuple(row) for row in rows]


def numbers(engine: Engine) -> list[str]:
    """Everything that was measured, test included, to the bit."""
    with reading(engine) as session:
        outcomes = session.execute(
            text(
                "SELECT run.name, c.step, e.split, o.position, p.key, o.answer, o.score, o.log_likelihood, "
                "o.confidence FROM outcome o JOIN evaluation e ON e.id = o.evaluation_id "
                "JOIN checkpoint c ON c.id = e.checkpoint_id JOIN run ON run.id = c.run_id JOIN problem p "
                "ON p.id = o.problem_id ORDER BY 1, 2, 3, 4"
            )
        )
        measured = session.execute(
            text(
                "SELECT run.name, c.step, m.name, m.value FROM measurement m JOIN checkpoint c ON "
                "c.id = m.checkpoint_id JOIN run ON run.id = c.run_id ORDER BY 1, 2, 3"
            )
        )
        return [*(repr(tuple(row)) for row in outcomes), *(repr(tuple(row)) for row in measured)]
