"""Scores without the raw answers: as the whole log has them, or the whole log is read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from nophantom.llm.logs.headlines import contradictions
from nophantom.llm.logs.inspect_ai import read_eval, read_eval_scores
from nophantom.llm.logs.records import EvaluationLog
from nophantom.llm.problems import Failure

Sample = dict[str, object]


def _sample(number: int, epoch: int = 1, **changed: object) -> Sample:
    return {
        "id": f"q{number}",
        "epoch": epoch,
        "input": f"What is {number} + 1?",
        "target": str(number + 1),
        "output": {"completion": f"It is {number + 1}.", "choices": []},
        "scores": {"match": {"value": "C" if number % 2 else "I", "answer": str(number + 1)}},
    } | changed


def _summary(sample: Sample) -> Sample:
    return {key: value for key, value in sample.items() if key not in {"output", "choices"}}


def _archive(
    samples: Sequence[Sample], summaries: object = None, *, header: bool = True, mean: float | None = None
) -> io.BytesIO:
    told = {
        "version": 2,
        "status": "success",
        "eval": {
            "task": "t",
            "model": "m",
            "dataset": {"sample_ids": list(dict.fromkeys(s["id"] for s in samples))},
            "config": {"epochs": 2 if any(s["epoch"] == 2 for s in samples) else 1},
            "scorers": [{"name": "match"}],
        },
        "results": {"scores": [{"name": "match", "metrics": {"accuracy": {"value": mean}}}]},
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        start = {key: told[key] for key in ("version", "eval")}
        archive.writestr("_journal/start.json", json.dumps(start))
        for sample in samples:
            archive.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json.dumps(sample))
        if summaries is not False:
            listed = [_summary(sample) for sample in samples] if summaries is None else summaries
            archive.writestr("summaries.json", json.dumps(listed))
        if header:
            archive.writestr("header.json", json.dumps(told))
    return stream


def _both(stream: io.BytesIO) -> tuple[EvaluationLog, EvaluationLog]:
    return read_eval_scores(stream, name="a.eval"), read_eval(stream, name="a.eval")


def _without_answers(log: EvaluationLog) -> EvaluationLog:
    return replace(
        log,
        responses=tuple(
            replace(r, text=None, failure=r.failure or Failure.MISSING_IN_LOG, log_likelihood=None)
            for r in log.responses
        ),
    )


@pytest.mark.parametrize(
    "samples",
    [
        [_sample(n) for n in range(4)],
        [_sample(n, epoch) for n in range(3) for epoch in (1, 2)],
        [_sample(0), _sample(1, scores={"match": {"value": float("nan")}})],
        [_sample(0), _sample(1, scores={}, error={"message": "broke"})],
        [_sample(0, scores={"match": {"value": "C"}, "other": {"value": 0.25, "answer": "x"}})],
    ],
    ids=["plain", "epochs", "unscored", "broken", "two scorers"],
)
def test_summaries_give_every_score_of_the_whole_log(
    samples: list[Sample], keeps_promises: Callable[[EvaluationLog], None]
) -> None:
    scores, whole = _both(_archive(samples))
    keeps_promises(scores)
    assert all(response.text is None for response in scores.responses)
    assert _without_answers(whole) == scores


@pytest.mark.parametrize(
    "archive",
    [
        lambda: _archive([_sample(0), _sample(1)], summaries=False),
        lambda: _archive([_sample(0), _sample(1)], summaries=[_summary(_sample(0))]),
        lambda: _archive([_sample(0), _sample(1)], summaries=[_summary(_sample(0)), {"id": "q1"}]),
        lambda: _archive([_sample(0), _sample(1)], summaries={"not": "a list"}),
        lambda: _archive([_sample(0, choices=["a", "b"]), _sample(1, choices=["a", "b"])]),
        lambda: _archive([_sample(0, input="long " * 2_000), _sample(1)]),
        lambda: _archive([_sample(0), _sample(1)], header=False),
    ],
    ids=["none", "too few", "damaged", "no list", "choices", "cut short", "killed"],
)
def test_where_summaries_do_not_tell_all_the_whole_log_is_read(archive: Callable[[], io.BytesIO]) -> None:
    scores, whole = _both(archive())
    assert scores == whole
    assert whole.responses[0].text == "It is 1."


def test_a_run_that_went_on_after_failures_states_the_mean_of_what_was_scored() -> None:
    """continue_on_fail: the status is success, and the mean is over 4 samples, not 6."""
    broken = [_sample(n, scores={}, error={"message": "timed out"}, output={}) for n in (4, 5)]
    for log in _both(_archive([*(_sample(n) for n in range(4)), *broken], mean=0.5)):
        assert (log.status, log.declared, len(log.responses)) == ("success", 6, 6)
        (grading,) = log.gradings
        assert [mark.score for mark in grading.marks] == [0, 1, 0, 1, None, None]
        assert [mark.failure for mark in grading.marks[4:]] == [Failure.ERROR] * 2
        assert grading.headline == 0.5
        assert contradictions(log) == []
