"""How long does a whole report of a large study take, from the ledger to the file?

    python bench/report.py [--seeds 20] [--checkpoints 20] [--problems 1319] [--rounds 5]

A simulated study is recorded once; then its report is made again and again, in CPU seconds of this process:
reading the ledger and answering every question, and drawing the page. The peer in the same run is what anyone
would do first: read all outcomes with `sqlite3` and take their means, without any interval.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time
from typing import TypeVar

import numpy as np

from nophantom.clock import now
from nophantom.llm.asking import Asked
from nophantom.llm.assembling import StudyAnswers, answer_everything
from nophantom.llm.ledger.studies import Cell, record_study
from nophantom.llm.reports.whole import study_report
from nophantom.llm.seed_worlds import PlantedRecipe, SeedWorld
from nophantom.llm.selecting import select_seed
from nophantom.llm.verdicts import Claim
from nophantom.reporting.html import page_html
from nophantom.settings import MIGRATIONS
from nophantom.store.engine import open_engine, writing
from nophantom.store.versions import bring_up_to_date

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds of this process, and what came out."""
    start = process_time()
    found = work()
    return process_time() - start, found


def draw(answers: StudyAnswers) -> str:
    """The page of a report."""
    return page_html(study_report(answers, version="bench"))


def means(place: Path) -> list[tuple[int, float]]:
    """The peer: every outcome read, and its mean taken, in Python."""
    connection = sqlite3.connect(place)
    sums: dict[int, list[float]] = {}
    for evaluation, score in connection.execute("SELECT evaluation_id, score FROM outcome"):
        sums.setdefault(evaluation, []).append(score)
    connection.close()
    return [(number, sum(scores) / len(scores)) for number, scores in sums.items()]


def main() -> None:
    """Record once, report often."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--checkpoints", type=int, default=20)
    parser.add_argument("--problems", type=int, default=1_319)
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    world = SeedWorld(
        recipes=(PlantedRecipe("recipe", 0.76, seed_sd=0.015),),
        seeds=told.seeds,
        steps=tuple(range(100, 100 * told.checkpoints + 1, 100)),
        n_validation=200,
        n_test=told.problems,
        claim=Claim(preregistered=True),
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bench.db"
        engine = open_engine(f"sqlite:///{place}")
        bring_up_to_date(engine, MIGRATIONS)
        cells = {
            (d.arm, d.seed, d.step, d.split): Cell(d.right, d.answers, d.confidence)
            for d in world.draw(np.random.default_rng(1))
        }
        with writing(engine) as session:
            record_study(session, world.plan("bench"), world.problems(), cells, grader="simulated", at=now())
        select_seed(engine, Asked("bench"), top_k=3)
        rows, text = [], ""
        for _ in range(told.rounds):
            answering, answers = timed(partial(answer_everything, engine, Asked("bench")))
            drawing, text = timed(partial(draw, answers))
            peer, _ = timed(partial(means, place))
            rows.append((answering, drawing, answering + drawing, peer))
        engine.dispose()
    answering, drawing, whole, peer = np.median(np.array(rows), axis=0)
    print(
        f"{told.seeds} seeds x {told.checkpoints} checkpoints x {told.problems:,} problems, {told.rounds} rounds"
    )
    print(f"answering every question  {answering:6.2f} s (median of CPU seconds)")
    print(f"drawing {len(text.encode()) / 1000:4.0f} kB of HTML   {drawing:6.2f} s")
    print(f"the whole report          {whole:6.2f} s")
    print(f"plain means of everything {peer:6.2f} s, {peer / whole:.1f} times the whole report")


if __name__ == "__main__":
    main()
