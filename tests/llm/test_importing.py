"""Importing files: placed where they belong, once, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from nophantom.errors import InvalidInput, NoPhantomError
from nophantom.llm.importing import ImportedFile, ImportOptions, ImportStatus, import_logs
from nophantom.llm.ledger.summaries import EvaluationSummary, list_evaluations
from nophantom.llm.ledger.tables import Evaluation, Log, Outcome, Run, Study
from nophantom.llm.logs.placement import Placing, compile_pattern
from nophantom.llm.logs.records import Placement
from nophantom.llm.plan import Origin
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading, writing

Write = Callable[..., Path]
Import = Callable[..., list[ImportedFile]]
_SEEDS = "item,arm,seed,correct\n" + "".join(
    f"{item},{arm},{seed},{(item + seed) % 2}\n"
    for arm in ("base", "svd")
    for seed in (0, 1)
    for item in range(4)
)


@pytest.fixture
def imports(engine: Engine, blobs: Blobs) -> Import:
    """Imports paths with a pattern, constants and other options: imports(path, pattern=..., study=...)."""

    def run(
        *paths: Path,
        pattern: str | None = None,
        again: bool = False,
        problem_set: str | None = None,
        **fixed: object,
    ) -> list[ImportedFile]:
        compiled = None if pattern is None else compile_pattern(pattern)
        options = ImportOptions(Placing(Placement(**fixed), compiled), problem_set, again)  # type: ignore[arg-type]
        return import_logs(engine, blobs, paths, options=options)

    return run


def _summaries(engine: Engine) -> list[EvaluationSummary]:
    with reading(engine) as session:
        return [e for e in list_evaluations(session) if e.rank == 0]


def _counts(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return [
            session.execute(select(func.count()).select_from(kind)).scalar_one()
            for kind in (Log, Run, Evaluation, Outcome, Study)
        ]


def _refusal(file: ImportedFile) -> NoPhantomError:
    assert file.status is ImportStatus.REFUSED
    assert file.error is not None
    return file.error


def test_a_table_of_seeds_becomes_the_runs_of_an_imported_study(
    engine: Engine, imports: Import, tmp_path: Path
) -> None:
    path = tmp_path / "warmup.csv"
    path.write_text(_SEEDS)
    (done,) = imports(path)
    assert (done.status, done.responses, len(done.run_ids)) == (ImportStatus.IMPORTED, 16, 4)
    assert "correct as score" in done.told
    assert "4 runs in the study warmup" in done.told
    assert [(e.run, e.study, e.arm, e.seed, e.right, e.scored) for e in _summaries(engine)] == [
        (f"warmup/{arm}/seed{seed}", "warmup", arm, seed, 2.0, 4)
        for arm in ("base", "svd")
        for seed in (0, 1)
    ]
    with reading(engine) as session:
        study = session.scalars(select(Study)).one()
        assert (study.origin, json.loads(study.plan)) == (
            Origin.IMPORTED,
            {"name": "warmup", "origin": "imported"},
        )
        assert {(run.framework, run.log_hash) for run in session.scalars(select(Run))} == {(None, None)}


def test_a_table_is_imported_once_whatever_its_name_and_place(
    engine: Engine, imports: Import, tmp_path: Path
) -> None:
    path, copy = tmp_path / "warmup.csv", tmp_path / "copy.csv"
    path.write_text(_SEEDS)
    copy.write_text(_SEEDS)
    imports(path)
    before = _counts(engine)
    for done in (*imports(path), *imports(copy), *imports(path, study="another")):
        assert (done.status, len(done.run_ids)) == (ImportStatus.KNOWN, 4)
        assert done.why == (
            "imported before as r1 warmup/base/seed0, r2 warmup/base/seed1, r3 warmup/svd/seed0 and 1 more"
        )
    assert _counts(engine) == before == [4, 4, 4, 16, 1]


def test_a_table_with_one_taken_place_leaves_nothing_behind(
    engine: Engine, imports: Import, tmp_path: Path
) -> None:
    first, second = tmp_path / "warmup.csv", tmp_path / "more.csv"
    first.write_text(_SEEDS)
    second.write_text("item,arm,seed,correct\n1,base,7,1\n1,svd,1,1\n")
    imports(first, problem_set="mmlu")
    before = _counts(engine)
    (refused,) = imports(second, study="warmup", problem_set="mmlu")
    assert isinstance(_refusal(refused), InvalidInput)
    assert str(second) in _refusal(refused).message
    assert "warmup/svd/seed1 has an evaluation on mmlu already, from" in _refusal(refused).message
    assert str(first) in _refusal(refused).message
    assert _counts(engine) == before
    (done,) = imports(second, study="warmup", problem_set="mmlu", again=True)
    assert (done.status, len(done.run_ids)) == (ImportStatus.IMPORTED, 2)
    assert len(_summaries(engine)) == 6


def test_a_pattern_places_the_logs_of_frameworks(engine: Engine, imports: Import, tmp_path: Path) -> None:
    write = _written(tmp_path)
    for seed, right in ((0, 3), (1, 1)):
        for step in (100, 200):
            write(
                f"exp/svd/seed{seed}/step{step}",
                [f"#### {n + 1 if n < right else 99}" for n in range(4)],
                step,
            )
    done = imports(tmp_path / "exp", pattern="{arm}/seed{seed}/step{step}")
    assert {file.status for file in done if file.path.endswith("jsonl")} == {ImportStatus.IMPORTED}
    assert [(e.run, e.step, e.split, e.right) for e in _summaries(engine)] == [
        ("exp/svd/seed0", 100, "test", 3.0),
        ("exp/svd/seed0", 200, "test", 3.0),
        ("exp/svd/seed1", 100, "test", 1.0),
        ("exp/svd/seed1", 200, "test", 1.0),
    ]


def _written(folder: Path) -> Callable[[str, list[str], int], None]:
    def write(place: str, answers: list[str], salt: int) -> None:
        where = folder / place / "org__model"
        where.mkdir(parents=True)
        rows = [
            {
                "doc_id": n,
                "doc": {"question": f"What comes after {n}?", "salt": f"{place} {salt}"},
                "target": f"#### {n + 1}",
                "resps": [[answer]],
                "filtered_resps": [answer],
                "filter": "none",
                "metrics": ["em"],
                "em": float(answer == f"#### {n + 1}"),
            }
            for n, answer in enumerate(answers)
        ]
        stamp = "2026-01-02T03-04-05.000001"
        results = {
            "results": {"gsm8k": {"em,none": 0.5}},
            "configs": {"gsm8k": {"test_split": "test"}},
            "model_name": "org/model",
        }
        (where / f"results_{stamp}.json").write_text(json.dumps(results))
        (where / f"samples_gsm8k_{stamp}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))

    return write


def test_a_log_without_a_place_in_the_pattern_is_refused_and_the_others_are_not(
    engine: Engine, imports: Import, tmp_path: Path
) -> None:
    write = _written(tmp_path)
    write("exp/svd/seed0", ["#### 1"], 0)
    write("exp/odd", ["#### 1"], 1)
    (tmp_path / "exp" / "notes.txt").write_text("no log")
    done = imports(tmp_path / "exp", pattern="{arm}/seed{seed}")
    refused = [file for file in done if file.error]
    assert len(refused) == 1
    assert "does not fit" in _refusal(refused[0]).message
    assert "odd" in _refusal(refused[0]).message
    assert [e.run for e in _summaries(engine)] == ["exp/svd/seed0"]


def test_a_second_evaluation_of_a_checkpoint_is_refused_unless_asked_for(
    engine: Engine, imports: Import, tmp_path: Path
) -> None:
    write = _written(tmp_path)
    write("a/seed0", ["#### 1", "#### 9"], 0)
    write("b/seed0", ["#### 1", "#### 2"], 1)
    imports(tmp_path / "a", pattern="seed{seed}", study="s", arm="x")
    refused = [f for f in imports(tmp_path / "b", pattern="seed{seed}", study="s", arm="x") if f.error]
    assert "s/x/seed0 has an evaluation on gsm8k (test) already" in _refusal(refused[0]).message
    imports(tmp_path / "b", pattern="seed{seed}", study="s", arm="x", again=True)
    assert [e.right for e in _summaries(engine)] == [1.0, 2.0]
    other = imports(tmp_path / "b", pattern="seed{seed}", study="s", arm="y")
    assert [f.status for f in other if f.path.endswith("jsonl")] == [ImportStatus.KNOWN]


def test_another_split_step_or_arm_is_another_place(engine: Engine, imports: Import, tmp_path: Path) -> None:
    places: list[dict[str, object]] = [
        {},
        {"split": "train"},
        {"step": 5},
        {"arm": "b"},
        {"seed": 2},
        {"study": "t"},
    ]
    for number, fixed in enumerate(places, start=1):
        path = tmp_path / f"t{number}.csv"
        path.write_text(f"item,correct\n{number},1\n")
        (done,) = imports(path, problem_set="p", **({"study": "s", "arm": "a", "seed": 1} | fixed))
        assert done.status is ImportStatus.IMPORTED, done.error
    assert sorted((e.run, e.step or 0, e.split or "") for e in _summaries(engine)) == [
        ("s/a/seed1", 0, ""),
        ("s/a/seed1", 0, "train"),
        ("s/a/seed1", 5, ""),
        ("s/a/seed2", 0, ""),
        ("s/b/seed1", 0, ""),
        ("t/a/seed1", 0, ""),
    ]


def test_a_study_that_was_planned_here_takes_no_logs_of_others(
    engine: Engine, imports: Import, tmp_path: Path
) -> None:
    with writing(engine) as session:
        study = Study(name="ours", origin=Origin.RUN, plan="{}", plan_hash="0" * 64)
        study.created_at = datetime(2026, 1, 2, tzinfo=UTC)
        session.add(study)
    path = tmp_path / "t.csv"
    path.write_text("item,correct\n1,1\n")
    (refused,) = imports(path, study="ours", seed=1)
    assert "the study 'ours' was planned here (run)" in _refusal(refused).message
    assert _counts(engine) == [0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("fixed", "told"),
    [
        ({"study": "s"}, "no seed, so no run of the study s"),
        ({"seed": 3}, "a seed and no study: name the study with --study"),
    ],
)
def test_half_a_place_makes_a_run_of_its_own_and_is_told(
    engine: Engine, imports: Import, tmp_path: Path, fixed: dict[str, object], told: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("item,correct\n1,1\n")
    (done,) = imports(path, **fixed)
    assert told in done.told
    assert [(e.run, e.study) for e in _summaries(engine)] == [("table/t", None)]


def test_scores_without_answers_are_not_graded_again_and_answers_are(
    engine: Engine, imports: Import, tmp_path: Path
) -> None:
    scores, answers = tmp_path / "scores.csv", tmp_path / "answers.jsonl"
    scores.write_text("item,correct\n1,1\n2,0\n")
    rows = [
        {"question": f"What is {n} + 1?", "target": str(n + 1), "output": "It is 2.", "correct": False}
        for n in (1, 2)
    ]
    answers.write_text("\n".join(map(json.dumps, rows)))
    imports(scores, answers, problem_set="gsm8k")
    assert [(e.run, e.grader, e.right) for e in _summaries(engine)] == [
        ("table/scores", "correct", 1.0),
        ("table/answers", "nophantom:number", 1.0),
    ]


def test_a_mean_that_the_scores_contradict_is_told(imports: Import, write_lm_eval: Write) -> None:
    samples = write_lm_eval("org/m", ["#### 1", "#### 2", "#### 9"])
    rows = [json.loads(line) for line in samples.read_text().splitlines()]
    rows[0]["exact_match"] = 0.0
    samples.write_text("\n".join(json.dumps(row) for row in rows))
    (done,) = imports(samples)
    assert done.told == "exact_match,strict-match: the log states a mean of 0.6667 and its scores give 0.3333"


def test_a_log_is_known_by_the_hash_of_its_file_and_results(
    engine: Engine, imports: Import, write_lm_eval: Write
) -> None:
    """So that whatever an earlier version imported stays known."""
    samples = write_lm_eval("org/m", ["#### 1"])
    (results,) = samples.parent.glob("results_*.json")
    imports(samples)
    with reading(engine) as session:
        assert session.scalars(select(Log.sha256)).all() == [
            sha256(samples.read_bytes() + b"\0" + results.read_bytes()).hexdigest()
        ]
