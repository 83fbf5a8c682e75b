"""The real thing, very small: a study of tiny models from its file to the ledger, killed on the way."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import Engine

from nophantom.llm.exporting import ExportFormat, export_study
from nophantom.llm.fleets import Evaluated, FleetJob, Measured, Message, Noted, Paused, Trained
from nophantom.llm.lab.fleet_job import run_fleet
from nophantom.llm.lab.tasks import task_from_files, word_sums
from nophantom.llm.lab.tokens import Tokens
from nophantom.llm.recipe import ModelShape, Recipe, Schedule
from nophantom.llm.running import Places, resume_study, run_study
from nophantom.llm.running_events import Moved
from nophantom.publishing.doctor import examine
from nophantom.store.blobs import Blobs

SHAPE = ModelShape(d_model=16, layers=1, heads=2, kv_heads=1, experts=2, top_k=1, expert_width=16)
STUDY = """\
name = "tiny"
problems = "sums-cut"
seeds = 3
checkpoints = [6, 12]
[model]
d_model = 16
layers = 1
heads = 2
kv_heads = 1
experts = 2
top_k = 1
expert_width = 16
[schedule]
batch = 4
warm_up = 2
[machine]
processes = 1
"""


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some dozens of the built-in problems, as a folder; all of one length, so that they are asked together."""
    place = tmp_path_factory.mktemp("task") / "sums-cut"
    place.mkdir()
    tokens = Tokens.of(problem.question for problem in word_sums().splits["train"])
    for split, n in (("train", 60), ("validation", 6), ("test", 8)):
        fitting = (p for p in word_sums().splits[split] if len(tokens.encode(p.question)) == 20)
        rows = [{"question": p.question, "answer": p.solution} for p in islice(fitting, n)]
        assert len(rows) == n
        (place / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return place


def job(problems: Path, folder: Path, seeds: tuple[int, ...], **changes: object) -> FleetJob:
    settings: dict[str, object] = {
        "arm": "default",
        "recipe": Recipe(SHAPE, Schedule(batch=4, warm_up=2)),
        "seeds": seeds,
        "steps": (6, 12),
        "splits": ("validation", "test"),
        "problems": str(problems),
        "problems_hash": task_from_files(problems).content_hash,
        "folder": str(folder),
    }
    return FleetJob(**{**settings, **changes})  # type: ignore[arg-type]


def evaluated(messages: list[Message]) -> dict[tuple[int, int, str], tuple[object, ...]]:
    return {
        (said.seed, said.step, said.split): (
            said.answers,
            None if said.log_likelihood is None else said.log_likelihood.tobytes(),
            None if said.confidence is None else said.confidence.tobytes(),
            said.measurements,
        )
        for said in messages
        if isinstance(said, Evaluated)
    }


@pytest.fixture(scope="module")
def whole(
    problems: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[int, int, str], tuple[object, ...]]:
    """What three seeds say without any mishap."""
    return evaluated(list(run_fleet(job(problems, tmp_path_factory.mktemp("whole"), (0, 1, 2)))))


def test_a_fleet_evaluates_every_seed_at_every_checkpoint_on_every_split(
    whole: dict[tuple[int, int, str], tuple[object, ...]],
) -> None:
    measured = whole[1, 12, "validation"][3]
    assert isinstance(measured, dict)
    assert {"perplexity", "entropy.layer0", "load.layer0.expert1"} <= measured.keys()
    assert whole[1, 12, "test"][3] is None
    assert set(whole) == {(s, n, p) for s in range(3) for n in (6, 12) for p in ("validation", "test")}


def test_what_is_measured_before_training_is_told_once_and_does_not_disturb_it(
    problems: Path, tmp_path: Path, whole: dict[tuple[int, int, str], tuple[object, ...]]
) -> None:
    """A kill between saving and hearing must not lose it, and knowing it must change nothing."""
    first = list(run_fleet(job(problems, tmp_path / "a", (0, 1), steps=(6,))))
    again = list(
        run_fleet(job(problems, tmp_path / "a", (0, 1), steps=(6,), done=frozenset(evaluated(first))))
    )
    known = list(run_fleet(job(problems, tmp_path / "b", (0, 1), probed=frozenset({0, 1}))))

    def measured(messages: list[Message]) -> dict[int, object]:
        return {said.seed: said.values for said in messages if isinstance(said, Measured)}

    assert measured(first) == measured(again)
    assert set(measured(first)) == {0, 1}
    assert measured(known) == {}
    assert evaluated(known) == {key: value for key, value in whole.items() if key[0] < 2}


def test_a_fleet_that_was_stopped_goes_on_in_other_company_with_the_same_numbers(
    problems: Path, tmp_path: Path, whole: dict[tuple[int, int, str], tuple[object, ...]]
) -> None:
    first: list[Message] = []
    for said in run_fleet(job(problems, tmp_path, (0, 1, 2))):
        first.append(said)
        if len(evaluated(first)) == 2:
            break
    known = evaluated(first)
    later = list(run_fleet(job(problems, tmp_path, (2, 0), done=frozenset(known))))
    alone = list(run_fleet(job(problems, tmp_path, (1,), done=frozenset(known))))

    begun = next(said for said in later if isinstance(said, Trained))
    assert (begun.seeds, begun.step) == ((2, 0), 6)
    assert known | evaluated(later) | evaluated(alone) == whole
    assert not set(known) & set(evaluated(later))


def test_checkpoints_that_were_passed_are_evaluated_from_their_weights_or_trained_again(
    problems: Path, tmp_path: Path, whole: dict[tuple[int, int, str], tuple[object, ...]]
) -> None:
    list(run_fleet(job(problems, tmp_path, (0, 1, 2))))
    (tmp_path / "seed1" / "step000006.safetensors").write_bytes(b"torn")
    messages = list(run_fleet(job(problems, tmp_path, (0, 1))))

    noted = [said for said in messages if isinstance(said, Noted)]
    assert [said.seeds for said in noted] == [(1,)]
    assert "trained again from the beginning" in noted[0].told
    assert {said.seeds for said in messages if isinstance(said, Trained)} == {(0,), (1,)}
    assert evaluated(messages) == {key: value for key, value in whole.items() if key[0] < 2}


def test_a_torn_state_is_named_and_the_seed_begins_anew(
    problems: Path, tmp_path: Path, whole: dict[tuple[int, int, str], tuple[object, ...]]
) -> None:
    for said in run_fleet(job(problems, tmp_path, (0, 1))):
        if isinstance(said, Evaluated):
            break
    (state,) = (tmp_path / "seed0").glob("state-*")
    state.write_bytes(state.read_bytes()[:-100])
    messages = list(run_fleet(job(problems, tmp_path, (0, 1))))

    assert [said for said in messages if isinstance(said, Noted)] == [
        Noted((0,), "the state at step 6 cannot be read: trained again from the beginning")
    ]
    assert evaluated(messages) == {key: value for key, value in whole.items() if key[0] < 2}


def test_no_stretch_begins_when_the_time_is_up(problems: Path, tmp_path: Path) -> None:
    messages = list(run_fleet(job(problems, tmp_path, (0,), seconds_left=0.0)))

    assert messages[-1] == Paused((0,), 0)
    assert evaluated(messages) == {}


def test_changed_problems_are_refused(problems: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="have changed since the study began"):
        list(run_fleet(job(problems, tmp_path, (0,), problems_hash="0" * 64)))


def test_a_study_of_the_lab_is_trained_evaluated_and_resumed(
    sqlite_engine: Engine, tmp_path: Path, problems: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs, places = Blobs(tmp_path / "blobs"), Places(tmp_path / "studies", problems.parent)

    def stop_when_moved(event: object) -> None:
        if isinstance(event, Moved) and event.step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(sqlite_engine, blobs, STUDY, places, on_event=stop_when_moved)
    end = resume_study(sqlite_engine, blobs, "tiny", tmp_path / "studies", on_event=lambda _event: None)

    assert (end.done, end.planned, end.failed) == (12, 12, ())
    assert end.arms[0].mean is not None
    assert examine(sqlite_engine, blobs) == []
    with (tmp_path / "out.jsonl").open("wb") as file:
        assert export_study(sqlite_engine, "tiny", file, format_=ExportFormat.JSONL).outcomes == 3 * 2 * 6
    row = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])
    assert row["log_likelihood"] < 0
    assert row["grader"] == "nophantom:number 1"
