"""The trained demonstration: studies of Orchestra-MoE from their files to one report. WORLD.

Everything that it shows was measured on this machine just now. What comes out is not known beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Engine

from nophantom.llm.asking import Asked, study_named
from nophantom.llm.assembling import StudyAnswers, answer_everything
from nophantom.llm.gating import gate_study
from nophantom.llm.questions.gate import GateAnswer
from nophantom.llm.reports.gates import gate_sections
from nophantom.llm.reports.whole import study_report
from nophantom.llm.running import Places, run_study
from nophantom.llm.running_course import Lab
from nophantom.llm.running_events import Happening
from nophantom.llm.selecting import select_seed
from nophantom.reporting.page import Page, Section
from nophantom.store.blobs import Blobs

STUDIES = ("seeds", "evidence", "order", "combined")
"""The files of the demonstration, in their order: an order that is selective needs its evidence first."""
QUICK = ("quick",)
GATE = "final >= 0.60 and peak >= 0.79 and vote >= 0.60 and reproduced"
"""Written down before anything is trained, as a gate has to be."""
_CLAIMED = 0.60  # the level of `reproduced`: that another seed trained in this way would reach it
_VOTERS = 3
_ELSEWHERE = (
    "Seeds of",
    "What the choice",
    "The test",
    "Candidates",
    "Vote of",
    "Checkpoints of",
    "Problems",
    "Calibration",
    "Does anything measured",
    "Routing of",
    "Grader drift",
    "Methods",
    "Not covered",
)
"""Sections of the smaller studies that the report of each alone shows (`nophantom report create`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What the trained studies have shown.

    Attributes:
        studies: the answers of each, the main study first.
        gate: of the main study.
    """

    studies: tuple[StudyAnswers, ...]
    gate: GateAnswer


def train_demo(
    engine: Engine,
    blobs: Blobs,
    studies: Path,
    *,
    on_event: Callable[[Happening], None],
    on_study: Callable[[StudyAnswers], None],
    texts: Sequence[str],
    lab: Lab | None = None,
) -> Trained:
    """Train the studies of the demonstration, choose on validation, open each test once, and answer everything.

    Args:
        engine: the store, its tables up to date.
        blobs: where raw answers go.
        studies: the folder of all studies that are run here.
        on_event: told of everything that happens while they are trained.
        on_study: told what a study has shown as soon as it has.
        texts: of the study files, the main one first.
        lab: what trains; None is the built-in one.

    Raises:
        Unavailable: what training needs is not installed, another process trains them, or the disk is full.
        InvalidInput: a study of that name was run before with another plan.
    """
    answers: list[StudyAnswers] = []
    for text in texts:
        end = run_study(engine, blobs, text, Places(studies, studies), on_event=on_event, lab=lab)
        facts = study_named(engine, end.name)
        if not facts.selections:
            select_seed(engine, Asked(end.name, arm=facts.arms[0]), top_k=min(_VOTERS, end.arms[0].runs))
        answers.append(answer_everything(engine, Asked(end.name)))
        on_study(answers[-1])
    asked = Asked(answers[0].opened.facts.name)
    gate = gate_study(engine, asked, GATE, claimed=_CLAIMED, k=_VOTERS)
    return Trained(tuple(answers), gate)


def demo_texts(*, quick: bool = False) -> tuple[str, ...]:
    """The study files of the demonstration, in the order in which they are run."""
    folder = files("nophantom.publishing").joinpath("studies")
    return tuple(
        folder.joinpath(f"{name}.toml").read_text(encoding="utf-8") for name in (QUICK if quick else STUDIES)
    )


def demo_report(trained: Trained, *, version: str) -> Page:
    """One page of all trained studies: all of the main study, its gate, then what the smaller ones compare.

    Args:
        trained: what they have shown.
        version: of NoPhantom, told at the end.
    """
    main, *others = (study_report(answers, version=version) for answers in trained.studies)
    sections = [*main.sections, *(_under("gate", part) for part in gate_sections(trained.gate))]
    for answers, page in zip(trained.studies[1:], others, strict=True):
        name = answers.opened.facts.name
        sections += [_under(name, part) for part in page.sections if not part.title.startswith(_ELSEWHERE)]
    return replace(
        main,
        title="Orchestra-MoE: what was trained here, and what it shows",
        sections=tuple(sections),
        colophon=tuple(dict.fromkeys(line for page in (main, *others) for line in page.colophon)),
    )


def _under(title: str, section: Section) -> Section:
    return replace(section, title=f"{title}: {section.title}")
