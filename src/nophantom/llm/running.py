"""Running a study: its plan first, then one fleet or script after another, until every evaluation is in the ledger.

WORLD: reads files, starts processes, writes the store. Only this process writes. Whatever is killed at whatever
moment, the same numbers come out: what is in the ledger is never computed again, and everything else is computed
from states that are whole, or from the beginning.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from nophantom.clock import now
from nophantom.errors import InvalidInput, NotFound, Unavailable
from nophantom.llm.ledger.progress import begin_study
from nophantom.llm.ledger.standing import find_plan, hours_of, progress_of, scores_of
from nophantom.llm.ledger.study_facts import read_study, resolve_study
from nophantom.llm.logs.records import LoggedProblem
from nophantom.llm.plan import Origin, StudyPlan
from nophantom.llm.problems import distinct_keys, question_key
from nophantom.llm.recipe import Ending
from nophantom.llm.running_book import GRADER, RunningBook
from nophantom.llm.running_course import Course, Lab
from nophantom.llm.running_events import ArmEnd, Happening, StudyEnd, Told
from nophantom.llm.study_file import TEST, VALIDATION, StudyFile, plan_changes
from nophantom.llm.study_folder import NO_SPACE, StudyFolder
from nophantom.llm.study_reading import read_study_file
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading, writing

if TYPE_CHECKING:
    from nophantom.llm.lab.tasks import Task

OnEvent = Callable[[Happening], None]


@dataclass(frozen=True, slots=True)
class Places:
    """Where a study finds and keeps things.

    Attributes:
        studies: the folder of all studies that are run here.
        beside: the folder of the study file, which its relative paths are told from.
    """

    studies: Path
    beside: Path


@dataclass(frozen=True, slots=True)
class _Problems:
    """The problems of a study: how a worker finds them, and what they are."""

    reference: str
    task: Task

    def logged(self) -> dict[str, tuple[LoggedProblem, ...]]:
        return {
            split: tuple(
                LoggedProblem(str(number), number, p.question, p.solution)
                for number, p in enumerate(self.task.splits[split])
            )
            for split in (VALIDATION, TEST)
        }

    def stratum_of(self) -> dict[str, str]:
        problems = self.task.splits[VALIDATION]
        keys = distinct_keys(question_key(p.question) for p in problems)
        return dict(zip(keys, (p.stratum for p in problems), strict=True))


def run_study(
    engine: Engine, blobs: Blobs, text: str, places: Places, *, on_event: OnEvent, lab: Lab | None = None
) -> StudyEnd:
    """Run the study that a text sets out, or go on with it.

    Args:
        engine: the store, its tables up to date.
        blobs: where raw answers go.
        text: of the `study.toml`.
        places: where things are.
        on_event: told of everything that happens; nothing of it tells of the sealed test.
        lab: what trains and what it learns; None is the built-in one.

    Returns:
        How it ended: finished, out of its budget, or with runs that failed.

    Raises:
        InvalidInput: the text has faults, or the study exists with another plan (the message tells the difference).
        NotFound: there are no such problems.
        Unavailable: another process runs it, the disk is full, or what training needs is not installed.
    """
    lab = lab or Lab()
    file = read_study_file(text)
    problems = _load(file.problems, places.beside, lab)
    plan, told = _plan(engine, file, problems)
    _check_same(engine, plan)
    if lab.needs and any(arm.script is None for arm in file.arms):
        _check_installed(lab)
    folder = StudyFolder.of(places.studies, plan.plan_hash)
    with folder.locked(plan.name), _told_when_full():
        folder.keep(text, places.beside.resolve())
        logged = problems.logged()
        with writing(engine) as session:
            rows = begin_study(session, plan, logged, at=now())
        book = RunningBook(engine, blobs, folder, rows, logged, on_event)
        book.bury_the_killed()
        for said in told:
            on_event(said)
        was_finished = book.done == book.planned
        course = Course(
            book, file, problems.reference, problems.task.content_hash, places.beside.resolve(), lab
        )
        if not was_finished:
            course.run()
    return _end(engine, rows.study_id, plan, course, was_finished=was_finished)


def resume_study(
    engine: Engine, blobs: Blobs, reference: str, studies: Path, *, on_event: OnEvent, lab: Lab | None = None
) -> StudyEnd:
    """Go on with a study that was begun here, with its file as it was kept.

    Args:
        engine: the store, its tables up to date.
        blobs: where raw answers go.
        reference: of the study: `s3`, or a unique piece of its name.
        studies: the folder of all studies that are run here.
        on_event: told of everything that happens.
        lab: what trains; None is the built-in one.

    Raises:
        NotFound, Ambiguous: there is no such study, or several; or its folder is gone.
        InvalidInput: it is none that is run here.
        Unavailable: as `run_study`.
    """
    with reading(engine) as session:
        facts = read_study(session, resolve_study(session, reference))
    if facts.origin is not Origin.RUN:
        raise InvalidInput(
            f"the study {facts.reference} {facts.name!r} is {facts.origin}: there is nothing to resume. `nophantom "
            "study list` tells which are run here."
        )
    text, beside = StudyFolder.of(studies, facts.plan_hash).kept(facts.name)
    return run_study(engine, blobs, text, Places(studies, beside), on_event=on_event, lab=lab)


def _load(problems: str, beside: Path, lab: Lab) -> _Problems:
    is_built_in = problems in lab.built_in
    reference = problems if is_built_in else str((beside / problems).resolve())
    if not is_built_in and not Path(reference).is_dir():
        raise NotFound(
            f"there are no problems {problems!r}: neither a built-in task ({', '.join(lab.built_in)}) nor the folder "
            f"{reference!r}."
        )
    task = lab.task(reference)
    for split in (VALIDATION, TEST):
        for number, problem in enumerate(task.splits.get(split, ())):
            if GRADER.reference(problem.solution) is None:
                raise InvalidInput(
                    f"problem {number} of the split {split!r} of {problems!r} has no number as its answer; saw "
                    f"{problem.solution[-60:]!r}. Its solution must end in #### and a number."
                )
    return _Problems(reference, task)


def _plan(engine: Engine, file: StudyFile, problems: _Problems) -> tuple[StudyPlan, list[Told]]:
    """The plan, with the strata that earlier studies tell; those of a study that is there already stay as frozen."""
    frozen = _frozen_strata(engine, file.name)
    ordered: dict[str, tuple[str, ...]] = {}
    told: list[Told] = []
    known = set(problems.stratum_of().values())
    for arm in file.arms:
        if arm.evidence is not None and frozen.get(arm.name, (None,))[0] == arm.evidence:
            ordered[arm.name] = frozen[arm.name][1]
        elif arm.evidence is not None:
            # Statistics take longer to load than most studies to begin.
            from nophantom.llm.ordering_evidence import strata_from_study

            found = strata_from_study(engine, arm.evidence, problems.stratum_of())
            ordered[arm.name] = found.strata
            told.append(Told(arm.name, (), found.told))
        elif arm.recipe is not None and (strange := set(arm.recipe.ordered) - known):
            raise InvalidInput(
                f"the arm {arm.name!r} orders {sorted(strange)}; the strata of {problems.task.name!r} are "
                f"{', '.join(sorted(known))}."
            )
    return file.plan(problems.task.name, problems.task.content_hash, ordered), told


def _frozen_strata(engine: Engine, name: str) -> Mapping[str, tuple[str | None, tuple[str, ...]]]:
    """Of a study that is there: arm -> the study that told its strata, and which they are."""
    with reading(engine) as session:
        known = find_plan(session, name)
    recipes = {} if known is None else json.loads(known.plan).get("recipes") or {}
    return {arm: (told.get("evidence"), tuple(told.get("ordered", ()))) for arm, told in recipes.items()}


def _check_same(engine: Engine, plan: StudyPlan) -> None:
    with reading(engine) as session:
        known = find_plan(session, plan.name)
    if known is None or known.plan_hash == plan.plan_hash:
        return
    if known.origin is not Origin.RUN:
        raise InvalidInput(
            f"there is a study {plan.name!r} already, {known.origin}. Give this one another name."
        )
    lines = plan_changes(json.loads(known.plan), json.loads(plan.canonical()))
    raise InvalidInput(
        f"the study s{known.study_id} {plan.name!r} was begun with another plan, and plans are frozen before the data. "
        "Take the changes back, or give the changed study another name; only budget_hours and [machine] may change.\n"
        + "\n".join(lines)
    )


def _check_installed(lab: Lab) -> None:
    missing = [name for name in lab.needs if find_spec(name) is None]
    if missing:
        raise Unavailable(
            f"training needs {' and '.join(missing)}, which is not installed: pip install 'nophantom[train]'."
        )


@contextmanager
def _told_when_full() -> Iterator[None]:
    """Says of a full disk what it means for a study."""
    try:
        yield
    except Unavailable as error:
        if any(words in error.message for words in ("disk I/O error", "is full", "No space", "too large")):
            first = error.message.split(". ", 1)[0].rstrip(".")
            raise Unavailable(f"{first}. {NO_SPACE}") from error
        raise


def _end(engine: Engine, study_id: int, plan: StudyPlan, course: Course, *, was_finished: bool) -> StudyEnd:
    book, step, split = course.book, plan.steps[-1], plan.splits[0]
    with reading(engine) as session:
        progress = progress_of(session, study_id)
        scores = scores_of(session, study_id, step, split)
        hours = hours_of(session, study_id)
    assert progress is not None
    failures = {Ending.FAILED, Ending.OUT_OF_MEMORY, Ending.DEVICE_LOST}
    return StudyEnd(
        reference=f"s{study_id}",
        name=plan.name,
        done=progress.done,
        planned=progress.planned,
        was_finished=was_finished,
        out_of_budget=course.out_of_budget,
        hours=book.folder.spent() / 3600,
        failed=tuple((name, why) for name, ending, why in progress.unfinished if ending in failures),
        arms=tuple(_arm_end(arm, plan, book, scores, hours[arm]) for arm in plan.arms),
        split=split,
        step=step,
    )


def _arm_end(
    arm: str, plan: StudyPlan, book: RunningBook, scores: Mapping[tuple[str, int], float], hours: float
) -> ArmEnd:
    own = [score for (name, _), score in scores.items() if name == arm]
    return ArmEnd(
        name=arm,
        finished=sum(not book.left(arm, seed) for seed in plan.seeds),
        runs=len(plan.seeds),
        mean=sum(own) / len(own) if own else None,
        lowest=min(own, default=None),
        highest=max(own, default=None),
        hours=hours,
    )
