"""`nophantom compare` and `runs`: the numbers, the words, and every way to ask wrongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
Write = Callable[..., Path]


def texts(right: Sequence[int], n: int = 40) -> list[str]:
    """Answers of which exactly those at the places in `right` are right."""
    return [f"#### {i + 1 if i in right else 9_999}" for i in range(n)]


@pytest.fixture
def two_runs(nophantom_cli: Cli, write_lm_eval: Write) -> None:
    """`strong` solves 0..29, `weak` 15..34: 15 gained, 5 lost, +10 of 40."""
    for model, right in (("org/strong", range(30)), ("org/weak", range(15, 35))):
        assert nophantom_cli("logs", "import", write_lm_eval(model, texts(list(right)))).status == 0


@pytest.mark.usefixtures("two_runs")
def test_compare_tells_gains_losses_and_both_p_values(nophantom_cli: Cli) -> None:
    """15 of 20 discordant: exact p = 2 P(X >= 15 | 20, 1/2) = 0.041389, mid-p less P(X = 15) = 0.026603."""
    told = nophantom_cli("compare", "strong", "weak", "--json").json

    assert (told["n"], told["gained"], told["lost"]) == (40, 15, 5)
    assert told["difference"] == pytest.approx(0.25)
    assert told["p_exact"] == pytest.approx(0.041389, abs=1e-6)
    assert told["p_mid"] == pytest.approx(0.026603, abs=1e-6)
    assert told["interval"][0] > 0
    assert told["verdict"] == "real"
    assert told["exploratory"] is True
    assert told["question"] == "checkpoints"


@pytest.mark.usefixtures("two_runs")
def test_the_swapped_comparison_is_the_mirror_image(nophantom_cli: Cli) -> None:
    there = nophantom_cli("compare", "strong", "weak", "--json").json
    back = nophantom_cli("compare", "weak", "strong", "--json").json

    assert back["difference"] == -there["difference"]
    assert back["interval"] == pytest.approx([-there["interval"][1], -there["interval"][0]])
    assert (back["gained"], back["lost"]) == (there["lost"], there["gained"])
    assert back["verdict"] == "phantom"
    assert "second is ahead" in back["reason"]


@pytest.mark.usefixtures("two_runs")
def test_a_stricter_alpha_leaves_it_undecided_and_says_how_many_problems_would_decide(
    nophantom_cli: Cli,
) -> None:
    told = nophantom_cli("compare", "strong", "weak", "--alpha", "0.01", "--json").json

    assert told["verdict"] == "undecided"
    assert 0 < told["problems_needed"]["low"] < told["problems_needed"]["high"]


@pytest.mark.usefixtures("two_runs")
def test_the_page_for_people_says_the_same_numbers(nophantom_cli: Cli) -> None:
    page = nophantom_cli("compare", "strong", "weak", "--problems").out

    for words in (
        "30 of 40 right, 75.00%",
        "+25.00 points",
        "gained 15, lost 5",
        "exact p 0.0414, mid-p 0.0266",
    ):
        assert words in page
    assert "REAL" in page
    assert "exploratory" in page
    assert "training seed" in page
    assert "What comes after 0?" in page


def test_runs_that_lack_each_other_s_problems_are_compared_on_the_common_ones_with_bounds(
    nophantom_cli: Cli, write_lm_eval: Write
) -> None:
    """The first has problems 0-39 (all right), the second 20-59 (all right): 20 common, 40 open."""
    nophantom_cli("logs", "import", write_lm_eval("org/early", texts(range(40))))
    late = [f"#### {i + 1}" for i in range(20, 60)]
    nophantom_cli("logs", "import", write_lm_eval("org/late", late, first_id=20))

    told = nophantom_cli("compare", "early", "late", "--json").json

    assert told["n"] == 20
    assert told["missing"] == {
        "first_lacks": 20,
        "second_lacks": 20,
        "n": 60,
        "low": pytest.approx(-20 / 60),
        "high": pytest.approx(20 / 60),
    }


def test_runs_on_other_problem_sets_are_refused_in_one_sentence(
    nophantom_cli: Cli, write_lm_eval: Write
) -> None:
    nophantom_cli("logs", "import", write_lm_eval("org/one", texts(range(9)), task="gsm8k"))
    nophantom_cli("logs", "import", write_lm_eval("org/two", texts(range(9)), task="svamp"))

    ended = nophantom_cli("compare", "one", "two")

    assert ended.status == 4
    assert "not evaluated on the same problem set: gsm8k against svamp" in ended.err


def test_runs_without_a_common_problem_are_refused(nophantom_cli: Cli, write_lm_eval: Write) -> None:
    nophantom_cli("logs", "import", write_lm_eval("org/one", texts(range(9), 9)))
    nophantom_cli("logs", "import", write_lm_eval("org/two", texts(range(9), 9), first_id=100))

    ended = nophantom_cli("compare", "one", "two")

    assert ended.status == 4
    assert "no problem in common" in ended.err


@pytest.mark.usefixtures("two_runs")
@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("compare", "r9", "weak"), 3, "there is no run r9"),
        (("compare", "nobody", "weak"), 3, "no run whose name contains 'nobody'"),
        (("compare", "org", "weak"), 3, "fits 2 runs: r1 lm-eval/org/strong (gsm8k, 40 problems); r2"),
        (("compare", "strong", "r1"), 4, "are the same run, r1"),
        (("compare", "strong", "weak", "--delta", "0"), 4, "delta is the smallest difference that matters"),
        (("compare", "strong", "weak", "--alpha", "0.7"), 4, "alpha is an error rate"),
        (("compare", "strong", "weak", "--grader", "x"), 4, "no grader 'x' judged both"),
        (("compare", "strong", "weak", "--problem-set", "x"), 4, "not evaluated on the same problem set 'x'"),
        (("compare", "strong"), 2, "Missing argument"),
        (("compare", "strong", "weak", "--claim", "nicer"), 2, "nicer"),
        (("runs", "--wrong"), 2, "No such option"),
    ],
)
def test_every_wrong_question_gets_one_sentence_and_its_status(
    nophantom_cli: Cli, arguments: tuple[str, ...], status: int, words: str
) -> None:
    ended = nophantom_cli(*arguments)

    assert ended.status == status
    assert words in " ".join(ended.err.replace("│", " ").split())
    assert "Traceback" not in ended.err
    assert ended.out == ""


def test_with_json_an_error_is_one_json_object(nophantom_cli: Cli, tmp_path: Path) -> None:
    import json

    ended = nophantom_cli("runs", "--json", home=tmp_path / "none")

    assert ended.status == 3
    assert json.loads(ended.err) == {
        "code": "not_found",
        "message": f"there is no database at '{tmp_path / 'none' / 'nophantom.db'}' yet. `nophantom logs import DIR` "
        "or `nophantom demo` makes one; --home names another place.",
        "details": {},
    }


def test_several_samples_of_one_problem_are_one_cluster(
    nophantom_cli: Cli, tmp_path: Path, data: Path
) -> None:
    """Four attempts at 25 problems against one attempt: 25 units, not 100."""
    nophantom_cli(
        "logs", "import", data / "llm" / "small" / "inspect_epochs4", data / "llm" / "small" / "inspect_eval"
    )

    told = nophantom_cli("compare", "all4", "175b_verification", "--json").json

    assert told["n"] == 25
    assert told["first"]["outcomes"] == 100
    assert told["p_exact"] is None
    assert "Student t" in told["method"]
