"""The seal: no door shows the test of a study before its selection, and no list lets it be guessed."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

import nophantom
from nophantom.api.app import create
from nophantom.errors import InvalidInput, Sealed
from nophantom.llm.asking import Asked, study_named
from nophantom.llm.assembling import answer_everything
from nophantom.llm.concluding import compare_runs
from nophantom.llm.following import (
    AskedRun,
    calibration_of_run,
    calibrations_of,
    differences_of,
    running_difference_of,
    running_of_run,
    training_of_run,
)
from nophantom.llm.gating import gate_study
from nophantom.llm.ledger.attempts import read_attempts
from nophantom.llm.ledger.confidences import read_confidences
from nophantom.llm.ledger.pages import page_evaluations
from nophantom.llm.ledger.reading import read_answers, read_cube, read_drift, read_texts, read_texts_of
from nophantom.llm.ledger.seal import record_finding, record_look, record_selection, sealed_evaluations
from nophantom.llm.ledger.studies import Cell
from nophantom.llm.ledger.study_cubes import read_study_cube
from nophantom.llm.ledger.study_facts import read_study
from nophantom.llm.ledger.summaries import EvaluationSummary, evaluation_totals, list_evaluations
from nophantom.llm.ledger.tables import Evaluation, FindingRow
from nophantom.llm.pairing import compare_several
from nophantom.llm.seed_worlds import SeedWorld
from nophantom.llm.selecting import select_seed
from nophantom.llm.studying import (
    compare_every_arm,
    compare_two_arms,
    problems_of_study,
    spread_of_seeds,
    vote_of_study,
)
from nophantom.llm.verdicts import Question
from nophantom.settings import Settings
from nophantom.store.blobs import Blobs
from nophantom.store.canonical import canonical_json, text_hash
from nophantom.store.engine import reading, writing

SOURCE = Path(nophantom.__file__).parent
AT = datetime(2026, 2, 3, tzinfo=UTC)
ON_TEST = Asked("small", split="test")
RUN = AskedRun("small/new/seed0", split="test")
OTHER = "small/base/seed0"
Door = Callable[[Engine], object]


def evaluations(engine: Engine, split: str = "test") -> list[EvaluationSummary]:
    with reading(engine) as session:
        return [e for e in list_evaluations(session) if e.split == split]


def _in_session(read: Callable[[Any, EvaluationSummary, EvaluationSummary], object]) -> Door:
    def door(engine: Engine) -> object:
        first, second = evaluations(engine)[:2]
        with reading(engine) as session:
            return read(session, first, second)

    return door


_NOWHERE = Blobs(Path("nowhere"))
_KEYS = ("a",)
DOORS: dict[str, Door] = {
    "read_cube": _in_session(lambda s, a, b: read_cube(s, [a, b])),
    "read_answers": _in_session(lambda s, a, b: read_answers(s, a.evaluation_id, b.evaluation_id, _KEYS)),
    "read_texts": _in_session(lambda s, a, _: read_texts(s, _NOWHERE, a.evaluation_id)),
    "read_texts_of": _in_session(lambda s, a, _: read_texts_of(s, _NOWHERE, a.evaluation_id, _KEYS)),
    "read_confidences": _in_session(lambda s, a, _: read_confidences(s, a.evaluation_id)),
    "read_study_cube": _in_session(lambda s, a, _: read_study_cube(s, a.study_id or 0, split="test")),
    "read_attempts": _in_session(lambda s, a, _: read_attempts(s, a.evaluation_id)),
    "compare_runs": lambda e: compare_runs(e, RUN.run, OTHER, split="test"),
    "running_of_run": lambda e: running_of_run(e, replace(RUN, step=2_000)),
    "training_of_run": lambda e: training_of_run(e, RUN),
    "running_difference_of": lambda e: running_difference_of(e, RUN, OTHER),
    "differences_of": lambda e: differences_of(e, RUN, OTHER),
    "calibration_of_run": lambda e: calibration_of_run(e, RUN),
    "calibrations_of": lambda e: calibrations_of(e, RUN, OTHER),
    "compare_several": lambda e: compare_several(
        e, [replace(RUN, run=f"small/new/seed{i}") for i in range(3)]
    ),
    "spread_of_seeds": lambda e: spread_of_seeds(e, ON_TEST),
    "compare_two_arms": lambda e: compare_two_arms(e, ON_TEST, "new", "base"),
    "compare_every_arm": lambda e: compare_every_arm(e, ON_TEST),
    "problems_of_study": lambda e: problems_of_study(e, ON_TEST),
    "vote_of_study": lambda e: vote_of_study(e, ON_TEST),
    "gate_study": lambda e: gate_study(e, replace(ON_TEST, arm="new"), "mean >= 0.5"),
    "answer_everything": lambda e: answer_everything(e, ON_TEST),
}


def test_every_door_refuses_the_test_before_the_selection_and_shows_it_afterwards(
    engine: Engine, small_world: SeedWorld, record_world: Callable[..., None]
) -> None:
    record_world(engine, small_world, "small")
    for name, door in DOORS.items():
        with pytest.raises(Sealed, match=r"'test'.*'small'.*nophantom select small.*--look") as refused:
            door(engine)
        assert (refused.value.exit_status, refused.value.http_status) == (10, 403), name
    hidden = evaluations(engine)
    assert len(hidden) == 16
    for e in hidden:
        assert e.sealed
        assert (e.right, e.headline, e.without_answer, e.accuracy) == (None, None, None, None)
        assert (e.problems, e.outcomes, e.scored, e.failures) == (60, 60, 60, {})

    select_seed(engine, Asked("small"))

    for door in DOORS.values():
        door(engine)
    assert all(e.right is not None and not e.sealed for e in evaluations(engine))


def test_validation_is_open_from_the_beginning_and_is_what_is_meant_where_nothing_is_said(
    small: Engine,
) -> None:
    assert all(e.right is not None and not e.sealed for e in evaluations(small, "validation"))
    assert spread_of_seeds(small, Asked("small")).setting.split == "validation"
    assert running_of_run(small, replace(RUN, split=None)).n == 40
    assert compare_runs(small, RUN.run, OTHER).first.split == "validation"


def test_the_order_of_accuracies_does_not_give_sealed_runs_away(small: Engine) -> None:
    """Sorted by accuracy, sealed evaluations stand together at the end, by number alone."""
    for sort in ("accuracy", "-accuracy"):
        found, cursor = list[EvaluationSummary](), None
        while True:
            with reading(small) as session:
                page = page_evaluations(session, sort=sort, limit=7, cursor=cursor)
            found += page.items
            if (cursor := page.next_cursor) is None:
                break
        numbers = [e.evaluation_id for e in found if e.sealed]
        assert len(numbers) == 16
        assert numbers == sorted(numbers, reverse=sort.startswith("-"))
        assert [e.sealed for e in found] == sorted((e.sealed for e in found), reverse=sort == "accuracy")
    with reading(small) as session:
        totals = session.execute(select(evaluation_totals())).all()
        sealed = set(session.scalars(sealed_evaluations()))
    assert {row.evaluation_id: (row.right is None, row.silent is None) for row in totals} == {
        row.evaluation_id: (row.evaluation_id in sealed,) * 2 for row in totals
    }


def test_the_mean_that_a_log_itself_states_is_sealed_with_it(small: Engine) -> None:
    """And so is a split without a name: it might be the test."""
    hidden, shown = evaluations(small)[0], evaluations(small, "validation")[0]
    with writing(small) as session:
        for number, (e, split) in enumerate(((hidden, "test"), (hidden, None), (shown, "validation"))):
            old = session.get_one(Evaluation, e.evaluation_id)
            session.add(
                Evaluation(
                    checkpoint_id=old.checkpoint_id,
                    problem_set_id=old.problem_set_id,
                    split=split,
                    settings="{}",
                    grader="judge",
                    grader_version="1",
                    rank=1,
                    headline=0.7,
                    identity=f"{number:064}",
                    created_at=AT,
                )
            )
    with reading(small) as session:
        told = {e.split: (e.sealed, e.headline) for e in list_evaluations(session) if e.grader == "judge"}
    assert told == {"test": (True, None), None: (True, None), "validation": (False, 0.7)}


def turned(split: str, cell: Cell) -> Cell:
    """The same study with all that is sealed turned round: right and wrong, answers, confidence."""
    if split != "test":
        return cell
    assert cell.confidence is not None
    answers = [None if told is not None else "7" for told in cell.answers]
    return Cell(~cell.right, answers, 1 - cell.confidence)


@pytest.fixture
def homes(
    recorded_file: Path, small_world: SeedWorld, record_world: Callable[..., None], tmp_path: Path
) -> list[Path]:
    """Two homes with the same study, but for the outcomes that are sealed."""
    from nophantom.store.engine import open_engine
    from nophantom.store.versions import bring_up_to_date

    places = [tmp_path / "one", tmp_path / "other"]
    for place in places:
        place.mkdir()
    shutil.copy(recorded_file, places[0] / "nophantom.db")
    engine = open_engine(f"sqlite:///{places[1] / 'nophantom.db'}")
    bring_up_to_date(engine, SOURCE / "migrations")
    record_world(engine, small_world, "small", change=turned)
    engine.dispose()
    for place in places:
        _add_factors_and_measurements(place / "nophantom.db")
    return places


def _add_factors_and_measurements(database: Path) -> None:
    """What a study of ours has besides outcomes, alike in both homes."""
    from nophantom.llm.ledger.progress import record_measurements
    from nophantom.llm.ledger.tables import Run, Study
    from nophantom.store.engine import open_engine

    engine = open_engine(f"sqlite:///{database}")
    with writing(engine) as session:
        study = session.scalars(select(Study)).one()
        told = json.loads(study.plan) | {"factors": {"new": {"order": "new"}, "base": {"order": "base"}}}
        study.plan = canonical_json(told)
        study.plan_hash = text_hash(study.plan)
        for number, run_id in enumerate(session.scalars(select(Run.id).order_by(Run.id)).all()):
            record_measurements(session, run_id, 0, {"probe.first": number % 5, "probe.second": -number % 3})
            record_measurements(session, run_id, 2_000, {"load.layer0.expert0": 0.5})
    engine.dispose()


PAIR = f"first={RUN.run}&second={OTHER}"
ROUTES = {
    "/api/v1/calibration": f"run={RUN.run}",
    "/api/v1/calibration/difference": f"run={RUN.run}&against={OTHER}",
    "/api/v1/comparisons": PAIR,
    "/api/v1/comparisons/problems": PAIR,
    "/api/v1/differences": f"run={RUN.run}&against={OTHER}",
    "/api/v1/evaluations": "sort=-accuracy",
    "/api/v1/pairs": "run=new/seed0&run=new/seed1&run=new/seed2",
    "/api/v1/runs": "",
    "/api/v1/runs/{reference}": "",
    "/api/v1/samples": f"run={RUN.run}",
    "/api/v1/studies": "",
    "/api/v1/studies/{reference}": "",
    "/api/v1/studies/{reference}/comparison": "first=new&second=base",
    "/api/v1/studies/{reference}/effects": "",
    "/api/v1/studies/{reference}/ensemble": "",
    "/api/v1/studies/{reference}/gate": "arm=new&go=mean >= 0.5",
    "/api/v1/studies/{reference}/pairs": "",
    "/api/v1/studies/{reference}/probes": "",
    "/api/v1/studies/{reference}/problems": "",
    "/api/v1/studies/{reference}/report": "",
    "/api/v1/studies/{reference}/routing": "",
    "/api/v1/studies/{reference}/course": "",
    "/api/v1/studies/{reference}/seeds": "",
    "/api/v1/studies/{reference}/selection": "",
    "/api/v1/trajectories/difference": f"run={RUN.run}&against={OTHER}",
    "/api/v1/trajectories/running": f"run={RUN.run}",
    "/api/v1/trajectories/training": f"run={RUN.run}",
}
OF_BARE_NUMBERS = {
    "counts",
    "expected-maximum",
    "gate",
    "power/problems",
    "power/seeds",
    "trajectories/counts",
}
WITHOUT_SPLIT = {
    "evaluations",
    "runs",
    "runs/{reference}",
    "studies",
    "studies/{reference}",
    "studies/{reference}/course",
    "studies/{reference}/routing",
}


@pytest.fixture
def clients(homes: list[Path]) -> Iterator[list[TestClient]]:
    made = [
        TestClient(create(Settings(home=home), host="127.0.0.1"), base_url="http://127.0.0.1:8765")
        for home in homes
    ]
    for client in made:
        client.__enter__()
    yield made
    for client in made:
        client.__exit__(None, None, None)


def test_no_route_lets_anyone_tell_one_sealed_test_from_its_opposite(clients: list[TestClient]) -> None:
    """Two studies that differ in nothing but what is sealed answer every route alike, and refuse the test."""
    routes = {
        path
        for path, ways in clients[0].get("/api/openapi.json").json()["paths"].items()
        if "llm" in ways.get("get", {}).get("tags", ())
    }
    assert routes - {f"/api/v1/{name}" for name in OF_BARE_NUMBERS} == set(ROUTES), "a route without a test"
    for path, query in ROUTES.items():
        reference = RUN.run if "/runs/" in path else "small"
        url = f"{path.format(reference=reference)}?{query}"
        told = [re.sub('nonce="[^"]*"', "", client.get(url).text) for client in clients]
        # Every problem was sampled once, which is refused alike in both.
        assert clients[0].get(url).status_code == (422 if path.endswith("/samples") else 200), url
        assert told[0] == told[1], url
        if path.removeprefix("/api/v1/") in WITHOUT_SPLIT:
            continue
        refused = clients[0].get(f"{url}&split=test")
        # The choice itself is never made on the test, sealed or not.
        assert refused.status_code == (422 if path.endswith("/selection") else 403), url


Cli = Callable[..., Any]
COMMANDS = (
    ("runs", "--all", "--json"),
    ("runs", "--all"),
    ("study", "list", "--json"),
    ("study", "show", "small", "--json"),
    ("seeds", "small", "--json"),
    ("select", "small", "--dry-run", "--json"),
    ("effects", "small", "--json"),
    ("probes", "small", "--json"),
    ("routing", "small", "--json"),
    ("ensemble", "small", "--json"),
    ("compare", "small/new", "small/base", "--json"),
    ("diff", "small/new/seed0", "small/base/seed0", "--json"),
    ("trajectory", "small/new/seed0", "--json"),
    ("calibration", "small/new/seed0", "--json"),
    ("gate", "small", "--go", "mean >= 0.5", "--arm", "new", "--json"),
)


def test_no_command_lets_anyone_tell_one_sealed_test_from_its_opposite(
    homes: list[Path], nophantom_cli: Cli
) -> None:
    for words in COMMANDS:
        told = [nophantom_cli(*words, home=home) for home in homes]
        assert told[0].status in {0, 64, 65}, (words, told[0].err)
        assert (told[0].status, told[0].out) == (told[1].status, told[1].out), words
        if words[0] in {
            "seeds",
            "effects",
            "probes",
            "ensemble",
            "diff",
            "trajectory",
            "calibration",
            "gate",
        }:
            refused = nophantom_cli(*words, "--split", "test", home=homes[0])
            assert refused.status == 10, words
            assert refused.out == "" or '"sealed"' in refused.out


def test_a_look_opens_one_question_and_is_told_for_ever(small: Engine) -> None:
    looking = replace(ON_TEST, look=" the test set was rebuilt ")
    assert (
        spread_of_seeds(small, looking).setting.provenance
        == "test seen 1 time so far: nothing is selected yet"
    )
    with pytest.raises(Sealed):
        spread_of_seeds(small, ON_TEST)
    training_of_run(small, replace(RUN, look="is the curve flat?"))

    facts = study_named(small, "small")
    assert [(look.question, look.reason) for look in facts.looks] == [
        (Question.SEEDS, "the test set was rebuilt"),
        (Question.TRAJECTORY, "is the curve flat?"),
    ]
    assert facts.looks[0].made_at <= facts.looks[1].made_at
    assert facts.sealed
    chosen = select_seed(small, Asked("small"))
    assert chosen.recorded is not None
    assert (chosen.recorded.looks_before, chosen.recorded.after_test) == (2, True)
    assert chosen.setting.provenance == "test seen 2 times before selection"


@pytest.mark.parametrize(
    "ask",
    [
        lambda e, why: differences_of(e, replace(RUN, look=why), OTHER),
        lambda e, why: compare_several(
            e, [replace(RUN, run=f"small/new/seed{i}", look=why) for i in range(3)]
        ),
        lambda e, why: compare_runs(e, RUN.run, OTHER, split="test", look=why),
        lambda e, why: vote_of_study(e, replace(ON_TEST, look=why)),
        lambda e, why: gate_study(e, replace(ON_TEST, arm="new", look=why), "mean >= 0.5"),
        lambda e, why: answer_everything(e, replace(ON_TEST, look=why)),
    ],
)
def test_one_question_is_one_look_however_many_runs_it_asks(
    ask: Callable[[Engine, str], object], small: Engine
) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        ask(small, "  ")
    assert study_named(small, "small").looks == ()
    ask(small, "why not")
    assert len(study_named(small, "small").looks) == 1


def test_who_saw_nothing_has_not_looked(small: Engine) -> None:
    """A look at validation, at an arm or a step that is not there, or without the split named: nothing is recorded."""
    spread_of_seeds(small, replace(ON_TEST, split="validation", look="habit"))
    for mistaken in (
        replace(ON_TEST, arm="newer", look="why"),
        replace(ON_TEST, step=7, look="why"),
        Asked("small", look="why"),
    ):
        with pytest.raises(InvalidInput):
            spread_of_seeds(small, mistaken)
    with pytest.raises(InvalidInput, match="--split test"):
        training_of_run(small, AskedRun("small/new/seed0", look="why"))
    assert study_named(small, "small").looks == ()


def test_after_the_selection_a_look_is_no_look(small: Engine) -> None:
    select_seed(small, Asked("small"))
    spread_of_seeds(small, replace(ON_TEST, look="habit"))
    assert study_named(small, "small").looks == ()
    assert study_named(small, "small").provenance() == "test not seen before selection"


def test_the_same_selection_twice_is_one_and_another_is_marked(small: Engine) -> None:
    with writing(small) as session:
        first = record_selection(session, 1, '{"top_k":1}', [5], at=AT)
        again = record_selection(session, 1, '{"top_k":1}', [5], at=AT)
        other = record_selection(session, 1, '{"top_k":2}', [5, 6], at=AT)
        facts = read_study(session, 1)
    assert (first.number, first.after_test) == (1, False)
    assert again.number == 1
    assert (other.number, other.after_test, other.run_ids) == (2, True, (5, 6))
    assert [s.run_ids for s in facts.selections] == [(5,), (5, 6)]
    assert facts.provenance() == (
        "test not seen before selection; selected again 1 time after the test was seen"
    )


@pytest.mark.parametrize("runs", [[], [5, 5], [999]])
def test_a_selection_that_chooses_nothing_of_its_study_opens_nothing(runs: list[int], small: Engine) -> None:
    with pytest.raises(InvalidInput, match="each once"), writing(small) as session:
        record_selection(session, 1, "{}", runs, at=AT)
    assert study_named(small, "small").sealed


def test_another_study_stays_sealed_when_one_is_opened(
    small: Engine, small_world: SeedWorld, record_world: Callable[..., None]
) -> None:
    record_world(small, replace(small_world, seeds=2), "second", seed=2)
    select_seed(small, Asked("small"))
    spread_of_seeds(small, ON_TEST)
    with pytest.raises(Sealed, match="'second'"):
        spread_of_seeds(small, Asked("second", split="test"))
    looked = replace(ON_TEST, study="second", look="why")
    spread_of_seeds(small, looked)
    with reading(small) as session:
        sealed = [e for e in list_evaluations(session) if e.sealed]
        assert {e.study for e in sealed} == {"second"}
        with pytest.raises(Sealed):  # one open and one sealed evaluation
            read_cube(session, [sealed[0], *evaluations(small)[:1]])


def test_an_empty_reason_is_refused_by_the_ledger_itself(small: Engine) -> None:
    with pytest.raises(InvalidInput, match="reason"), writing(small) as session:
        record_look(session, 1, Question.SEEDS, " \n", at=AT)


def test_the_same_answer_to_the_same_question_is_kept_once(small: Engine) -> None:
    with writing(small) as session:
        for told in (1, 2):
            record_finding(session, 1, Question.GATE, "a" * 64, {"told": told}, at=AT)
        record_finding(session, 1, Question.SEEDS, "a" * 64, {"told": 3}, at=AT)
        rows = session.scalars(select(FindingRow).order_by(FindingRow.id)).all()
        assert [row.result for row in rows] == ['{"told":1}', '{"told":3}']


def test_drift_is_not_told_of_a_sealed_test(small: Engine) -> None:
    """Without the seal it would be: the answers of both gradings stand in the ledger."""
    with reading(small) as session:
        assert read_drift(session, [e.run_id for e in evaluations(small)]) == []


SECRET = {"score", "answer", "confidence", "log_likelihood"}
WRITERS = {"writing.py", "studies.py", "tables.py", "progress.py"}


def _functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node


def _names(function: ast.FunctionDef) -> set[str]:
    """Every name and attribute in a function but its annotations."""
    body = [node for statement in function.body for node in ast.walk(statement)]
    return {n.id for n in body if isinstance(n, ast.Name)} | {
        n.attr for n in body if isinstance(n, ast.Attribute)
    }


def _reads_outcomes(function: ast.FunctionDef) -> bool:
    body = [node for statement in function.body for node in ast.walk(statement)]
    of_outcome = {
        n.attr
        for n in body
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "Outcome"
    }
    whole = any(
        isinstance(n, ast.Call) and any(isinstance(a, ast.Name) and a.id == "Outcome" for a in n.args)
        for n in body
        if not (
            isinstance(n, ast.Call)
            and isinstance(n.func, ast.Attribute)
            and n.func.attr in {"join", "outerjoin"}
        )
    )
    # Which outcomes failed is no secret: that it failed, and not how, is told.
    return bool(of_outcome & SECRET) or whole or "AnswerText" in _names(function)


def test_whatever_reads_outcomes_in_the_ledger_asks_the_seal() -> None:
    """A function that selects scores, answers or texts asks the seal, or is private and all who call it ask."""
    files = sorted((SOURCE / "llm" / "ledger").glob("*.py"))
    functions = {f.name: (path.name, f) for path in files for f in _functions(path)}
    names = {name: _names(f) for name, (_, f) in functions.items()}
    callers = {name: {other for other in names if name in names[other] and other != name} for name in names}
    guarded = {name for name in names if names[name] & {"refuse_sealed", "sealed_evaluations"}}
    guarded.add("read_drift")  # leaves out what a summary calls sealed; tested above
    assert "sealed" in names["read_drift"]
    while more := {
        name
        for name in set(names) - guarded
        if name.startswith(("_", "read")) and callers[name] and callers[name] <= guarded
    }:
        guarded |= more
    readers = {name for name, (file, f) in functions.items() if file not in WRITERS and _reads_outcomes(f)}
    assert {"read_cube", "_packed", "_exact_scores", "_drift", "read_confidences", "read_texts"} <= readers
    assert readers - guarded == set()


def test_nobody_but_the_ledger_and_the_doctor_reads_the_tables_of_outcomes() -> None:
    said = re.compile(
        r"\bledger\.tables import [^)]*?\b(Outcome|AnswerText)\b|\b(FROM|JOIN) (outcome|answer_text)\b"
    )
    guilty = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if "ledger" not in path.parts
        and "migrations" not in path.parts
        and said.search(path.read_text(encoding="utf-8"))
    }
    # The doctor counts rows and compares numbers; scores and answers are in none of its columns.
    assert guilty == {"publishing/doctor.py"}
    told = (SOURCE / "publishing" / "doctor.py").read_text(encoding="utf-8")
    assert not re.search(r"\bo(utcome)?\.(score|answer|confidence|log_likelihood)\b", told)


def test_the_values_of_a_sealed_test_are_in_no_message(small: Engine) -> None:
    """An ambiguous name tells how many problems a run has, not how many it solved."""
    with pytest.raises(Exception, match="fits") as refused:
        compare_runs(small, "new", "base")
    shown = {int(number) for number in re.findall(r"(\d+) problems", str(refused.value))}
    assert shown <= {40, 60}
    assert not np.isnan(list(shown)).any()
