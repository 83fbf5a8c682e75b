"""The command, over a real server; and a process that is killed in the middle."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.outbound.model_server import Sent, refused, said, serving

from nophantom.llm.evaluating_course import Course
from nophantom.llm.questions.setting import RNG_SEED
from nophantom.publishing.doctor import examine
from nophantom.store.blobs import Blobs
from nophantom.store.engine import open_engine

N = 60


def number_of(prompt: str) -> int:
    return int(prompt.split("problem ")[1].split("?")[0])


def right(prompt: str, _n: int) -> Sent:
    return said(f"#### {number_of(prompt)}")


def mostly_right(prompt: str, _n: int) -> Sent:
    number = number_of(prompt)
    return said(f"#### {number if number % 3 else -1}")


@pytest.fixture
def counting(tmp_path: Path) -> Path:
    """A folder of problems: test.jsonl with 60, train.jsonl with 8."""
    folder = tmp_path / "counting"
    folder.mkdir()
    for split, first, n in (("test", 0, N), ("train", 1_000, 8)):
        rows = [
            {"question": f"problem {i}?", "answer": f"So it is.\n#### {i}"} for i in range(first, first + n)
        ]
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_a_model_is_asked_and_the_numbers_are_told(nophantom_cli: Callable[..., Any], counting: Path) -> None:
    with serving(mostly_right) as server:
        common = ("evaluate", "--problems", counting, "--model", "openai:tiny", "--base-url", server.base_url)
        first = nophantom_cli(*common, "--limit", 50, "--price-in", 2, "--price-out", 10)
        told = nophantom_cli(*common, "--price-in", 2, "--price-out", 10, "--json").json
        again = nophantom_cli(*common)
    assert first.status == 0
    for words in (
        "nophantom/tiny",
        "asked 50 now; 50 of 60 answers are there.",
        "550 tokens of prompts and 350 of answers, cost 0.0046; 50 requests.",
    ):
        assert words in first.out
    assert "after 50 problems" in first.err
    assert (told["known"], told["asked"], told["evaluation"]["right"], told["run"]) == (50, 10, 40.0, "r1")
    assert told["cost"] == pytest.approx((660 * 2 + 420 * 10) / 1e6)
    assert [look["after"] for look in told["running"]] == [50, 60]
    assert "asked 0 now, 60 were written before." in again.out
    assert set(server.asked.values()) == {1}


def test_few_shot_prompts_take_their_examples_from_the_training_split(
    nophantom_cli: Callable[..., Any], counting: Path
) -> None:
    with serving(lambda p, n: right(p.rsplit("Question:", 1)[1], n)) as server:
        common = ("evaluate", "--problems", counting, "--model", "openai:tiny", "--base-url", server.base_url)
        done = nophantom_cli(*common, "--prompt", "few-shot", "--limit", 2, "--json")
        nophantom_cli(*common, "--prompt", "few-shot", "--shots", 1, "--exemplars", "first", "--limit", 1)
    assert done.json["evaluation"]["right"] == 2.0
    assert [r["prompt"].count("Answer:") for r in server.requests] == [6, 6, 2]
    assert server.requests[2]["prompt"].startswith(
        "Question: problem 1000?\nAnswer: So it is.\n#### 1000\n\n"
    )


def test_it_stops_when_the_verdict_stands(nophantom_cli: Callable[..., Any], counting: Path) -> None:
    """One request at a time: of several, one may stay away while the rest is answered, and then nothing is saved."""
    common = ("evaluate", "--problems", counting, "--base-url")
    until = ("--until-decided", "--against", "weak", "--concurrency", "1")
    with serving(lambda _, __: said("#### -1")) as weak, serving(right) as strong:
        nophantom_cli(*common, weak.base_url, "--model", "openai:weak")
        done = nophantom_cli(*common, strong.base_url, "--model", "openai:strong", *until)
    asked = sum(strong.asked.values())
    assert 2 < asked < 40
    assert "REAL: better than nophantom/weak on problems like these?" in done.out
    assert f"on {asked} problems, looked at after every one" in done.out
    assert f"{N - asked} of 60 problems were not asked" in done.out


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("--model", "tiny"), 4, "--model is openai:NAME or hf:PATH"),
        (("--model", "openai:tiny"), 4, "--base-url http://127.0.0.1:8000/v1"),
        (("--model", "openai:tiny", "--base-url", "localhost:8000"), 4, "http:// or https://"),
        (("--model", "hf:/no/such/model"), 3, "there is no folder"),
        (("--model", "openai:t", "--until-decided"), 4, "needs --against RUN"),
        (("--model", "openai:t", "--against", "r1"), 4, "--until-decided"),
        (("--model", "openai:t", "--from", "x"), 4, "--from says where gsm8k is"),
        (("--model", "openai:t", "--order", "sorted"), 4, "--order is random or file"),
        (("--model", "openai:t", "--prompt", "cot"), 4, "--prompt is few-shot or chat"),
        (("--model", "openai:t", "--base-url", "http://h/v1", "--request", "[1]"), 4, "one JSON object"),
        (("--model", "openai:t", "--base-url", "http://h/v1", "--request", "{"), 4, "one JSON object"),
        (("--model", "openai:t", "--estimand", "all"), 4, "problems or test-set"),
        (("--model", "openai:t", "--samples", "3"), 4, "--temperature"),
        (
            ("--model", "openai:t", "--base-url", "http://h/v1", "--concurrency", "0"),
            4,
            "at least one request",
        ),
    ],
)
def test_what_cannot_be_is_one_sentence(
    nophantom_cli: Callable[..., Any], counting: Path, options: tuple[str, ...], status: int, words: str
) -> None:
    ended = nophantom_cli("evaluate", "--problems", counting, *options)
    assert ended.status == status
    assert words in ended.err
    assert "Traceback" not in ended.err


def test_the_key_comes_from_the_environment_and_is_told_nowhere(
    nophantom_cli: Callable[..., Any], counting: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with serving(lambda _, __: refused(401, "no such key: sk-mine")) as server:
        common = ("evaluate", "--problems", counting, "--model", "openai:tiny", "--base-url", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-usual")
        nophantom_cli(*common)
        monkeypatch.setenv("NOPHANTOM_API_KEY", "sk-mine")
        ended = nophantom_cli(*common, "--json")
    keys = {headers["authorization"] for headers in server.headers}
    assert keys == {"Bearer sk-usual", "Bearer sk-mine"}
    assert ended.status == 9
    assert json.loads(ended.err)["code"] == "unauthorised"
    assert "sk-mine" not in ended.err
    assert all(
        b"sk-mine" not in path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()
    )


def written(home: Path) -> dict[str, tuple[float | None, int]]:
    """Score and position of every outcome that is committed, by question."""
    try:
        with sqlite3.connect(f"file:{home / 'nophantom.db'}?mode=ro", uri=True) as store:
            rows = store.execute(
                "SELECT question, score, position FROM outcome JOIN problem ON problem.id = problem_id"
            ).fetchall()
    except sqlite3.OperationalError:  # no table yet
        return {}
    return {question: (score, position) for question, score, position in rows}


def test_what_is_killed_goes_on_asks_nothing_again_that_was_written_and_ends_with_the_same_numbers(
    nophantom_cli: Callable[..., Any], tmp_path: Path, counting: Path
) -> None:
    home = tmp_path / "home"

    def slowly(prompt: str, n: int) -> Sent:
        return replace(mostly_right(prompt, n), seconds=0.05)

    with serving(slowly) as server:
        asked = ["evaluate", "--problems", str(counting), "--model", "openai:tiny"]
        asked += ["--base-url", server.base_url, "--concurrency", "3", "--json"]
        command = [sys.executable, "-m", "nophantom", *asked, "--home", str(home)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(written(home)) < 8 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        before = written(home)
        assert 8 <= len(before) < N
        server.asked.clear()
        resumed = nophantom_cli(*asked).json
        asked_again = {f"problem {number_of(prompt)}?" for prompt in server.asked}
    assert not asked_again & set(before)
    assert (resumed["known"], resumed["asked"]) == (len(before), N - len(before))
    # The numbers of an evaluation that nobody killed are known beforehand.
    places = Course(seed=RNG_SEED).places(N)
    score = {number: float(number % 3 != 0) for number in range(N)}
    assert written(home) == {
        f"problem {number}?": (score[number], place) for place, number in enumerate(places)
    }
    first_fifty = sum(score[number] for number in places[:50]) / 50
    assert [look["accuracy"] for look in resumed["running"]] == pytest.approx([first_fifty, 40 / 60])
    opened = open_engine(f"sqlite:///{home / 'nophantom.db'}")
    assert examine(opened, Blobs(home / "blobs")) == []
    opened.dispose()
