"""Runs, evaluations, comparisons and sent logs, against what the logs are known to hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from nophantom.stats.paired import mcnemar_exact

TOKEN = "a-token-of-24-characters"


def items(client: TestClient, path: str) -> list[Any]:
    """All items of a list, page by page."""
    found: list[Any] = []
    cursor = None
    while True:
        joint = "&" if "?" in path else "?"
        page = client.get(f"{path}{joint}limit=2" + (f"&cursor={cursor}" if cursor else "")).json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            assert page["total"] == len(found)
            return found


def test_runs_are_listed_with_what_they_are(ledger: TestClient) -> None:
    found = items(ledger, "/api/v1/runs?sort=name")
    assert [(run["reference"], run["name"], run["framework"], run["simulated"]) for run in found] == [
        ("r1", "lm-eval/org/better", "lm-eval", False),
        ("r2", "lm-eval/org/worse", "lm-eval", False),
    ]
    assert [run["id"] for run in items(ledger, "/api/v1/runs")] == [2, 1]
    assert [run["id"] for run in items(ledger, "/api/v1/runs?q=WORSE")] == [2]
    assert items(ledger, "/api/v1/runs?framework=inspect") == []
    assert items(ledger, "/api/v1/runs?simulated=true") == []
    assert items(ledger, "/api/v1/runs?study=none") == []


@pytest.mark.parametrize("reference", ["r1", "lm-eval/org/better", "better", "lm-eval/better"])
def test_a_run_is_found_by_number_name_or_piece(ledger: TestClient, reference: str) -> None:
    run = ledger.get(f"/api/v1/runs/{reference}").json()
    assert run["id"] == 1
    speaking = next(e for e in run["judged"] if e["rank"] == 0)
    assert (speaking["right"], speaking["scored"], speaking["accuracy"]) == (6, 8, 0.75)
    assert all(drift["disagreements"] == 0 for drift in run["grader_drift"])


def test_an_ambiguous_run_lists_its_candidates(ledger: TestClient) -> None:
    answer = ledger.get("/api/v1/runs/org")
    assert (answer.status_code, answer.json()["code"]) == (409, "ambiguous")
    assert "r1" in answer.json()["message"]
    assert "r2" in answer.json()["message"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("speaking=true&sort=-accuracy", [(1, 0.75), (2, 0.375)]),
        ("speaking=true&sort=accuracy", [(2, 0.375), (1, 0.75)]),
        ("speaking=true&sort=-run", [(2, 0.375), (1, 0.75)]),
        ("speaking=true&q=better", [(1, 0.75)]),
        ("speaking=true&problem_set=nothing", []),
        ("speaking=true&simulated=true", []),
    ],
)
def test_evaluations_are_filtered_and_sorted(ledger: TestClient, query: str, expected: list[Any]) -> None:
    found = items(ledger, f"/api/v1/evaluations?{query}")
    assert [(e["run_id"], e["accuracy"]) for e in found] == expected


def test_every_grading_is_listed_unless_asked_otherwise(ledger: TestClient) -> None:
    every = items(ledger, "/api/v1/evaluations")
    assert {e["rank"] for e in every} == {0, 1}
    others = items(ledger, "/api/v1/evaluations?speaking=false")
    assert [e for e in every if e["rank"] > 0] == others
    one = every[0]["grader"]
    assert items(ledger, f"/api/v1/evaluations?grader={one}") == [e for e in every if e["grader"] == one]


def test_a_comparison_says_what_the_logs_hold(ledger: TestClient) -> None:
    told = ledger.get("/api/v1/comparisons?first=better&second=worse").json()
    assert (told["n"], told["first_right"], told["second_right"]) == (8, 6, 3)
    assert told["difference"] == 3 / 8
    assert (told["gained"], told["lost"]) == (4, 1)
    assert told["p_exact"] == pytest.approx(mcnemar_exact(4, 1))
    assert told["p_exact"] == pytest.approx(0.375)  # 2 (1 + 5) / 2^5
    low, high = told["interval"]
    assert low < told["difference"] < high
    assert told["verdict"] == "undecided"
    assert told["exploratory"]
    assert told["claim"] == {"direction": "higher", "delta": 0.01, "alpha": 0.05}
    assert told["problems_needed"]["low"] > 8


def test_swapping_the_runs_mirrors_the_comparison(ledger: TestClient) -> None:
    one = ledger.get("/api/v1/comparisons?first=r1&second=r2&claim=different").json()
    other = ledger.get("/api/v1/comparisons?first=r2&second=r1&claim=different").json()
    assert other["difference"] == -one["difference"]
    assert other["interval"] == pytest.approx([-bound for bound in reversed(one["interval"])])
    assert (other["gained"], other["lost"]) == (one["lost"], one["gained"])


def test_a_claim_is_judged_as_it_is_said(ledger: TestClient) -> None:
    told = ledger.get("/api/v1/comparisons?first=r1&second=r2&claim=lower&delta=0.05&alpha=0.2").json()
    assert told["claim"] == {"direction": "lower", "delta": 0.05, "alpha": 0.2}
    assert told["confidence"] == pytest.approx(0.8)


def test_flipped_problems_show_both_answers_and_the_raw_texts(ledger: TestClient) -> None:
    flips = items(ledger, "/api/v1/comparisons/problems?first=better&second=worse")
    assert [flip["change"] for flip in flips] == ["gained"] * 4 + ["lost"]
    lost = flips[-1]
    assert lost["question"] == "What comes after 7?"
    assert lost["reference"] == "It is so. #### 8"
    assert (lost["first"], lost["second"]) == ("0", "8")
    assert (lost["first_text"], lost["second_text"]) == ("So it is #### 0", "I say #### 8")
    assert items(ledger, "/api/v1/comparisons/problems?first=better&second=worse&change=lost") == [lost]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("first=r1&second=r1", 422),
        ("first=r1&second=r9", 404),
        ("first=r1&second=org", 409),
        ("first=r1&second=r2&delta=0", 422),
        ("first=r1&second=r2&alpha=0.5", 422),
        ("first=r1&second=r2&problem_set=none", 422),
    ],
)
def test_what_cannot_be_compared_says_why(ledger: TestClient, query: str, status: int) -> None:
    for path in ("/api/v1/comparisons", "/api/v1/comparisons/problems"):
        assert ledger.get(f"{path}?{query}").status_code == status


def send(client: TestClient, files: list[tuple[str, bytes]]) -> Any:
    return client.post(
        "/api/v1/logs",
        files=[("files", file) for file in files],
        headers={"authorization": f"Bearer {TOKEN}"},
    )


def test_sent_logs_are_in_the_ledger_and_bad_ones_keep_none_out(
    serve: Callable[..., TestClient], write_lm_eval: Callable[..., Path]
) -> None:
    samples = write_lm_eval("org/model", ["#### 1", "#### 2", "no answer"])
    files = [(path.name, path.read_bytes()) for path in samples.parent.iterdir()] + [("odd.json", b"{")]
    client = serve(token=TOKEN)
    told = {file["path"]: file for file in send(client, files).json()["files"]}
    assert (told[samples.name]["status"], told[samples.name]["run"]) == ("imported", "r1")
    assert told[samples.name]["responses"] == 3
    assert told["odd.json"]["status"] in {"refused", "skipped"}
    (speaking,) = items(client, "/api/v1/evaluations?speaking=true")
    assert (speaking["right"], speaking["scored"]) == (2, 3)
    assert speaking["log"] == samples.name  # no path of the server
    again = send(client, files).json()["files"]
    assert {file["status"] for file in again if file["path"] == samples.name} == {"known"}


@pytest.mark.parametrize("name", ["../../evil.jsonl", "..", ".hidden", "C:\\logs\\evil.jsonl", "x" * 300])
def test_a_file_is_kept_under_the_last_part_of_its_name_or_not_at_all(
    serve: Callable[..., TestClient], name: str, tmp_path: Path
) -> None:
    before = set(tmp_path.parent.rglob("evil*"))
    answer = send(serve(token=TOKEN), [(name, b"no log")])
    assert answer.status_code in {200, 422}
    if answer.status_code == 200:
        assert answer.json()["files"][0]["path"] == "evil.jsonl"
    assert set(tmp_path.parent.rglob("evil*")) == before


def test_two_files_of_one_name_are_refused(serve: Callable[..., TestClient]) -> None:
    answer = send(serve(token=TOKEN), [("a.json", b"1"), ("b/a.json", b"2")])
    assert answer.status_code == 422
    assert "'a.json'" in answer.json()["message"]


def test_a_refusal_names_the_file_and_no_folder_of_the_server(serve: Callable[..., TestClient]) -> None:
    (file,) = send(serve(token=TOKEN), [("samples_x.jsonl", b'{"doc_id": 0}\n')]).json()["files"]
    assert "/tmp" not in str(file)
