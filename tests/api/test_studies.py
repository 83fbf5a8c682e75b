"""Studies over HTTP: the numbers of the command line, the seal, and selections that need the token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from nophantom.api.app import create
from nophantom.settings import Settings

TOKEN = "a-token-of-24-characters"
STUDIES = "/api/v1/studies"
Cli = Callable[..., Any]
Serve = Callable[..., TestClient]


@pytest.fixture(scope="module")
def seeds(recorded_home: Path) -> Iterator[TestClient]:
    """A server over the two recorded studies, open for reading alone; one for all that only read."""
    app = create(Settings(home=recorded_home))
    with TestClient(app, base_url="http://127.0.0.1:8765", raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (("study", "show", "s2"), "/s2"),
        (("study", "show", "sealed"), "/sums-sealed"),
        (("seeds", "s2"), "/s2/seeds"),
        (("seeds", "s1", "--arm", "new", "-n", "3"), "/s1/seeds?arm=new&n=3"),
        (
            ("seeds", "s2", "--hours-per-seed", "2", "--alternative", "1", "85", "--worthwhile", "0.5"),
            "/s2/seeds?hours_per_seed=2&alternative=0.01&alternative_hours=85&worthwhile=0.005",
        ),
        (("compare", "s2/new", "s2/base"), "/s2/comparison?first=new&second=base"),
        (
            ("compare", "s2/new", "s2/base", "--claim", "different", "--delta", "2.8", "--paired"),
            "/s2/comparison?first=new&second=base&claim=different&delta=0.028&paired=true",
        ),
        (
            ("compare", "s2/new", "s2/base", "--fixed-problems", "--step", "1000"),
            "/s2/comparison?first=new&second=base&fixed_problems=true&step=1000",
        ),
        (("ensemble", "s2", "--arm", "new", "--alpha", "0.1"), "/s2/ensemble?arm=new&alpha=0.1"),
        (
            ("ensemble", "s2", "-k", "5", "--rule", "majority", "--ties", "no_answer"),
            "/s2/ensemble?k=5&rule=majority&ties=no_answer",
        ),
        (("diff", "s2", "--split", "validation"), "/s2/problems?split=validation"),
        (("select", "s2", "--dry-run", "--top-k", "2"), "/s2/selection?top_k=2"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_same_question_has_the_same_answer_as_on_the_command_line(
    nophantom_cli: Cli, seeds: TestClient, recorded_home: Path, command: tuple[str, ...], path: str
) -> None:
    told = nophantom_cli(*command, "--json", home=recorded_home)
    sent = seeds.get(STUDIES + path)

    assert sent.status_code == 200
    assert sent.json() == told.json


def test_a_gate_decides_as_on_the_command_line(nophantom_cli: Cli, serve: Serve, own_home: Path) -> None:
    go = "final >= 0.3 and mean >= 75% and reproduced"
    told = nophantom_cli("gate", "s2", "--go", go, "--claimed", "70%", "--json", home=own_home)
    sent = serve(home=own_home).get(f"{STUDIES}/s2/gate", params={"go": go, "claimed": 0.7})

    assert told.status in {64, 65}
    assert sent.json() == told.json


def test_studies_are_listed_page_by_page(seeds: TestClient) -> None:
    first = seeds.get(STUDIES, params={"limit": 1}).json()
    second = seeds.get(STUDIES, params={"limit": 1, "cursor": first["next_cursor"]}).json()

    assert [page["items"][0]["name"] for page in (first, second)] == ["sums-sealed", "sums-open"]
    assert (first["total"], first["total_is_exact"], second["next_cursor"]) == (2, True, None)
    assert [page["items"][0]["sealed"] for page in (first, second)] == [True, False]


SEALED = (
    "/s1/seeds?split=test",
    "/s1/comparison?first=new&second=base&split=test",
    "/s1/pairs?split=test",
    "/s1/ensemble?split=test",
    "/s1/problems?split=test",
    "/s1/gate?arm=new&go=mean >= 0.5&split=test",
    "/s1/report?split=test",
)


@pytest.mark.parametrize("path", SEALED)
def test_the_seal_holds_in_every_route(seeds: TestClient, path: str) -> None:
    answer = seeds.get(STUDIES + path)

    assert answer.status_code == 403
    assert set(answer.json()) == {"code", "message", "details"}
    assert answer.json()["code"] == "sealed"
    assert "nophantom select sums-sealed" in answer.json()["message"]


def test_the_evaluations_show_nothing_of_a_sealed_test(seeds: TestClient) -> None:
    sent = seeds.get("/api/v1/evaluations", params={"limit": 100}).json()["items"]

    hidden = [e for e in sent if e["study"] == "sums-sealed" and e["split"] == "test"]
    assert len(hidden) == 16
    assert all(e["right"] is None and e["accuracy"] is None for e in hidden)


def test_there_is_no_way_to_look_over_http(seeds: TestClient) -> None:
    """A look is recorded with a reason, so a page that is merely read cannot take one."""
    answer = seeds.get(f"{STUDIES}/s1/seeds", params={"split": "test", "look": "please"})

    assert answer.status_code == 403
    assert "look" not in str(seeds.get("/api/openapi.json").json()["paths"][f"{STUDIES}/{{reference}}/seeds"])


def test_a_selection_needs_the_token_is_recorded_and_opens_the_test(serve: Serve, own_home: Path) -> None:
    client = serve(token=TOKEN, home=own_home)
    place = f"{STUDIES}/s1/selections?arm=new&top_k=2"
    bearer = {"Authorization": f"Bearer {TOKEN}"}

    assert client.post(place).status_code == 401
    assert client.post(place, headers={"Authorization": "Bearer wrong-token-of-24-chars"}).status_code == 401
    assert client.get(f"{STUDIES}/s1/seeds?split=test").status_code == 403
    preview = client.get(f"{STUDIES}/s1/selection?arm=new&top_k=2").json()
    assert preview["test"] is None
    assert preview["recorded"] is None
    assert client.get(f"{STUDIES}/s1").json()["selections"] == []

    made = client.post(place, headers=bearer)

    assert made.status_code == 200
    assert made.json()["recorded"]["number"] == 1
    assert made.json()["test"]["n"] == 80
    assert [c["run_id"] for c in made.json()["candidates"]] == [c["run_id"] for c in preview["candidates"]]
    (selection,) = client.get(f"{STUDIES}/s1").json()["selections"]
    assert selection["run_ids"] == [c["run_id"] for c in preview["candidates"][:2]]
    assert client.get(f"{STUDIES}/s1/seeds?split=test").status_code == 200


def test_a_server_without_a_token_records_no_selection(serve: Serve, own_home: Path) -> None:
    client = serve(home=own_home)

    assert client.post(f"{STUDIES}/s1/selections").status_code == 401
    assert client.get(f"{STUDIES}/s1").json()["sealed"] is True


@pytest.mark.parametrize(
    ("path", "status", "code", "words"),
    [
        ("/s9", 404, "not_found", "there is no study s9"),
        ("/sums/seeds", 409, "ambiguous", "s1 sums-sealed; s2 sums-open"),
        ("/s2/seeds?arm=none", 422, "invalid_input", "there are: base, new"),
        ("/s2/seeds?alternative=0.01", 422, "invalid_input", "give alternative and alternative_hours"),
        ("/s2/seeds?delta=2", 422, "invalid_input", "delta"),
        ("/s2/comparison?first=new&second=none", 422, "invalid_input", "has no arm 'none'"),
        ("/s2/comparison?first=new", 422, "invalid_input", "second"),
        ("/s2/gate?go=fnal > 1", 422, "invalid_input", "fnal"),
        ("/s2/ensemble?k=9", 422, "invalid_input", "8 runs"),
        ("/s2/selection?split=test", 422, "invalid_input", "chosen on 'validation'"),
    ],
)
def test_every_wrong_question_has_the_one_shape_of_errors(
    seeds: TestClient, path: str, status: int, code: str, words: str
) -> None:
    answer = seeds.get(STUDIES + path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert words in str(answer.json())


class Styles(HTMLParser):
    """The nonces of the style sheets of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.nonces: list[str | None] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "style":
            self.nonces.append(dict(attributes).get("nonce"))


def test_the_report_is_the_one_of_the_command_line_under_the_policy_of_the_server(
    nophantom_cli: Cli, seeds: TestClient, recorded_home: Path, tmp_path: Path
) -> None:
    place = tmp_path / "report.html"
    nophantom_cli("report", "create", "s2", "-o", place, home=recorded_home)
    sent = seeds.get(f"{STUDIES}/s2/report")

    styles = Styles()
    styles.feed(sent.text)
    assert sent.headers["content-type"].startswith("text/html")
    (nonce,) = styles.nonces
    assert f"'nonce-{nonce}'" in sent.headers["content-security-policy"]
    assert sent.text.replace(f' nonce="{nonce}"', "") == place.read_text("utf-8")


def test_the_course_of_a_study_shows_every_run_and_nothing_of_a_sealed_test(seeds: TestClient) -> None:
    sealed, opened = (seeds.get(f"{STUDIES}/{name}/course").json() for name in ("s1", "s2"))
    evaluations = seeds.get("/api/v1/evaluations", params={"limit": 100}).json()["items"]

    assert sealed["withheld"] == 16
    assert {point["split"] for point in sealed["points"]} == {"validation"}
    assert (len(sealed["points"]), len(opened["points"]), opened["withheld"]) == (16, 32, 0)
    told = {(e["run_id"], e["step"], e["split"]): (e["accuracy"], e["scored"]) for e in evaluations}
    for point in (*sealed["points"], *opened["points"]):
        assert told[point["run_id"], point["step"], point["split"]] == (
            pytest.approx(point["accuracy"]),
            point["n"],
        )


def test_a_study_that_came_whole_has_no_progress(seeds: TestClient) -> None:
    assert [study["progress"] for study in seeds.get(STUDIES).json()["items"]] == [None, None]
    assert seeds.get(f"{STUDIES}/s9/course").status_code == 404
