from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Callable

import pytest

from nophantom.errors import Unreadable
from nophantom.llm.logs import inspect_ai
from nophantom.llm.logs.inspect_ai import read_eval, read_json
from nophantom.llm.logs.records import EvaluationLog, Grading, OmissionReason, Response
from nophantom.llm.problems import Failure


def _header(ids: tuple[object, ...] = ("q1", "q2"), **config: object) -> dict[str, object]:
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "run_id": "r",
            "task": "gsm8k",
            "task_version": 0,
            "task_args": {"style": "hash"},
            "dataset": {
                "name": "gsm8k",
                "location": "gsm8k/test.jsonl",
                "samples": 1319,
                "sample_ids": list(ids),
            },
            "model": "openai/gpt-4o",
            "model_generate_config": {"temperature": 0.5},
            "config": {"epochs": 1} | config,
            "packages": {"inspect_ai": "0.3.285"},
            "scorers": [{"name": "match"}],
        },
        "plan": {"steps": [{"solver": "generate", "params": {}}], "config": {"seed": 7}},
        "results": {
            "scores": [{"name": "match", "scorer": "match", "metrics": {"accuracy": {"value": 0.5}}}]
        },
    }


def _sample(
    source_id: object = "q1", value: object = "C", epoch: int = 1, **changed: object
) -> dict[str, object]:
    return {
        "id": source_id,
        "epoch": epoch,
        "input": f"Question {source_id}?",
        "target": "18",
        "output": {
            "choices": [{"message": {"content": "It is 18."}, "stop_reason": "stop"}],
            "completion": "It is 18.",
        },
        "scores": {"match": {"value": value, "answer": "18"}},
        "events": [],
        "attachments": {},
    } | changed


def _archive(*samples: dict[str, object], header: object = None, **members: object) -> io.BytesIO:
    """A `.eval` file; header=False leaves it out, as in a run that was killed."""
    whole = _header() if header is None else header
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        start = _header() if not isinstance(whole, dict) else whole
        archive.writestr(
            "_journal/start.json", json.dumps({key: start.get(key) for key in ("version", "eval", "plan")})
        )
        for sample in samples:
            archive.writestr(
                f"samples/{sample.get('id')}_epoch_{sample.get('epoch')}.json", json.dumps(sample)
            )
        if whole is not False:
            archive.writestr("header.json", json.dumps(whole))
        for name, value in members.items():
            archive.writestr(name, str(value))
    return stream


def _read(*samples: dict[str, object], header: object = None) -> EvaluationLog:
    return read_eval(_archive(*samples, header=header), name="run.eval")


def _json(*samples: object, header: dict[str, object] | None = None) -> bytes:
    return json.dumps((header or _header()) | {"samples": list(samples)}).encode()


def _scores(grading: Grading) -> list[float | None]:
    return [mark.score for mark in grading.marks]


def test_a_log_tells_model_task_answers_and_scores(keeps_promises: Callable[[EvaluationLog], None]) -> None:
    log = _read(_sample("q1", "C"), _sample("q2", "I"))
    keeps_promises(log)
    assert (
        log.framework,
        log.framework_version,
        log.model,
        log.task,
        log.split,
        log.status,
        log.declared,
    ) == (
        "inspect",
        "0.3.285",
        "openai/gpt-4o",
        "gsm8k",
        "test",
        "success",
        2,
    )
    assert log.problems[0].question == "Question q1?"
    assert log.problems[0].reference == "18"
    assert log.responses[0] == Response(0, 1, "It is 18.")
    (grading,) = log.gradings
    assert (grading.grader, grading.version, grading.headline) == ("match", "inspect 0.3.285, task 0", 0.5)
    assert [(mark.answer, mark.score) for mark in grading.marks] == [("18", 1.0), ("18", 0.0)]
    assert log.settings["generate_config"] == {"temperature": 0.5, "seed": 7}
    assert log.omissions == ()


def test_the_json_file_gives_the_same_log_as_the_archive() -> None:
    samples = (_sample("q1"), _sample("q2", "I"))
    assert read_json(_json(*samples), name="run.json") == _read(*samples)


def test_an_unscored_sample_is_a_bare_nan_and_has_no_score() -> None:
    log = _read(_sample(value=math.nan), _sample("q2"))
    assert [(mark.score, mark.failure) for mark in log.gradings[0].marks] == [
        (None, Failure.ERROR),
        (1.0, None),
    ]


@pytest.mark.parametrize("value", [["a", "b"], {"accuracy": 1.0}, "excellent", 7])
def test_values_that_are_no_scores_are_one_omission(value: object) -> None:
    log = _read(_sample(value=value), _sample("q2", value))
    assert log.gradings == ()
    assert [(omission.place, omission.reason) for omission in log.omissions] == [
        ("grader match", OmissionReason.NOT_A_SCORE)
    ]


def test_each_scorer_is_a_grading_with_its_own_mean() -> None:
    header = _header(("q1",))
    metrics = {"mean": {"value": 0.25}}
    header["results"] = {"scores": [{"name": "other", "scorer": "other", "metrics": metrics}]}
    log = _read(_sample(scores={"other": {"value": "I"}, "match": {"value": "C"}}), header=header)
    assert [(grading.grader, grading.headline, _scores(grading)) for grading in log.gradings] == [
        ("match", None, [1.0]),
        ("other", 0.25, [0.0]),
    ]


def test_only_the_mean_over_epochs_is_a_headline() -> None:
    header = _header(("q1",), epochs=2)
    scores = [
        {"name": "match", "scorer": "match", "reducer": reducer, "metrics": {"accuracy": {"value": value}}}
        for reducer, value in (("mode", 0.1), ("mean", 0.5), ("pass_at_2", 0.9))
    ]
    log = _read(_sample(), _sample(epoch=2), header=header | {"results": {"scores": scores}})
    assert log.gradings[0].headline == 0.5


def test_epochs_are_attempts() -> None:
    header = _header(epochs=2)
    samples = [_sample(source_id, epoch=epoch) for epoch in (2, 1) for source_id in ("q2", "q1")]
    log = _read(*samples, header=header)
    assert [(response.problem, response.attempt) for response in log.responses] == [
        (0, 1),
        (0, 2),
        (1, 1),
        (1, 2),
    ]
    assert log.declared == 4


def test_problems_come_in_data_set_order_and_unlisted_ones_as_people_count() -> None:
    assert [problem.source_id for problem in _read(_sample("q2"), _sample("q1")).problems] == ["q1", "q2"]
    log = _read(_sample("q10"), _sample("q9"), _sample(3), header=_header(()))
    assert [problem.source_id for problem in log.problems] == ["3", "q9", "q10"]


def test_samples_that_the_header_lists_and_the_log_lacks_are_named() -> None:
    log = _read(_sample("q1", epoch=2), header=_header(epochs=2))
    assert [(omission.place, omission.reason) for omission in log.omissions] == [
        ("sample q1, epoch 1", OmissionReason.NOT_IN_LOG),
        ("sample q2, epoch 1", OmissionReason.NOT_IN_LOG),
        ("sample q2, epoch 2", OmissionReason.NOT_IN_LOG),
    ]


def test_an_absurd_number_of_epochs_is_told_as_one_count() -> None:
    log = _read(_sample(), header=_header(epochs=2**30))
    assert [(omission.place, omission.seen) for omission in log.omissions] == [
        ("samples", f"{2**31 - 1:,} of {2**31:,} samples")
    ]


def test_a_killed_run_is_read_from_its_journal() -> None:
    log = _read(_sample("q2"), header=False)
    assert (log.status, log.model, log.declared) == ("started", "openai/gpt-4o", 2)
    assert [omission.place for omission in log.omissions] == ["sample q1"]


def test_an_archive_that_was_cut_off_gives_the_samples_before_the_cut() -> None:
    whole = _archive(_sample("q1"), _sample("q2")).getvalue()
    cut = whole[: whole.index(b"samples/q2") + 60]
    log = read_eval(io.BytesIO(cut), name="run.eval")
    assert (log.status, len(log.responses)) == ("started", 1)
    assert {omission.reason for omission in log.omissions} == {
        OmissionReason.UNREADABLE_MEMBER,
        OmissionReason.NOT_IN_LOG,
    }


def test_a_damaged_header_is_listed_and_the_journal_read() -> None:
    log = read_eval(_archive(_sample(), header=False, **{"header.json": "{"}), name="run.eval")
    assert log.status is None
    assert log.omissions[0].place == "member header.json"


def test_a_damaged_sample_is_listed_once_and_the_others_are_read() -> None:
    archive = bytearray(_archive(_sample("q1"), _sample("q2")).getvalue())
    archive[archive.index(b"samples/q1_epoch_1.json") + 40] ^= 0xFF
    log = read_eval(io.BytesIO(bytes(archive)), name="run.eval")
    assert [problem.source_id for problem in log.problems] == ["q2"]
    assert [(omission.place, omission.reason) for omission in log.omissions] == [
        ("member samples/q1_epoch_1.json", OmissionReason.UNREADABLE_MEMBER)
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", OmissionReason.NOT_JSON),
        ("[]", OmissionReason.NOT_A_SAMPLE),
        ('{"id": 5}', OmissionReason.NOT_A_SAMPLE),
    ],
)
def test_a_member_that_is_no_sample_is_listed_once(content: str, reason: OmissionReason) -> None:
    log = read_eval(_archive(_sample("q2"), **{"samples/q1_epoch_1.json": content}), name="run.eval")
    assert [omission.reason for omission in log.omissions] == [reason]


def test_of_two_equal_places_an_archive_keeps_the_last_and_a_json_file_the_first() -> None:
    again = _sample("q1", "I")
    log = read_eval(
        _archive(_sample("q1"), _sample("q2"), **{"samples/again.json": json.dumps(again)}), name="a"
    )
    assert _scores(log.gradings[0]) == [0.0, 1.0]
    assert [omission.reason for omission in log.omissions] == [OmissionReason.DUPLICATE]
    log = read_json(_json(_sample("q1"), _sample("q2"), again), name="a")
    assert _scores(log.gradings[0]) == [1.0, 1.0]
    assert [omission.reason for omission in log.omissions] == [OmissionReason.DUPLICATE]


def test_a_number_and_a_text_can_be_ids() -> None:
    assert _read(_sample(1), _sample("x/2"), header=_header((1, "x/2"))).omissions == ()


_SILENT: dict[str, object] = {"choices": [], "completion": ""}


def test_a_log_that_was_never_scored_has_no_grading() -> None:
    assert _read(_sample(scores={}), _sample("q2", scores=None)).gradings == ()


def test_a_log_in_which_everything_broke_has_marks_without_scores() -> None:
    broken: dict[str, object] = {"output": _SILENT, "scores": {}, "error": {"message": "CUDA"}}
    log = _read(_sample() | broken, _sample("q2") | broken)
    assert [(grading.grader, _scores(grading)) for grading in log.gradings] == [("match", [None, None])]


def test_a_log_of_version_1_names_its_only_scorer_in_the_results() -> None:
    header = _header(("q1",)) | {"version": 1}
    header["results"] = {"scorer": {"name": "includes"}, "metrics": {"accuracy": {"value": 1.0}}}
    sample = _sample(score={"value": "C"})
    del sample["scores"]
    (grading,) = read_json(_json(sample, header=header), name="old.json").gradings
    assert (grading.grader, grading.headline, _scores(grading)) == ("includes", 1.0, [1.0])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "run.json is not readable as JSON"),
        (b"[]", "no 'eval' part"),
        (_json(header=_header() | {"version": 3}), "version 3; known are 1 and 2"),
        (_json(header=_header() | {"version": True}), "version true"),
        (json.dumps(_header()).encode(), "no sample that can be read; saw none"),
        (_json({}, 5), "saw 2 damaged parts"),
    ],
)
def test_a_json_file_without_a_log_is_refused_with_what_was_seen(data: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_json(data, name="run.json")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and then nothing", b"no zip"])
def test_an_archive_without_a_log_is_refused_with_what_to_do(data: bytes) -> None:
    with pytest.raises(Unreadable, match=r"neither header\.json nor"):
        read_eval(io.BytesIO(data), name="run.eval")


def test_an_archive_of_bombs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_ai, "LARGEST_ARCHIVE", 100)
    with pytest.raises(Unreadable, match="at most 100 are read"):
        _read(_sample())
