"""The Python door: the numbers of the command line from whatever a person holds, and answers that can be shown."""

from __future__ import annotations

import copy
import csv
import pickle
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow  # type: ignore[import-untyped]
import pytest
from numpy.typing import NDArray

import nophantom as np_
from nophantom.errors import InvalidInput, NotFound, Unavailable
from nophantom.llm.cube import StudyCube
from nophantom.llm.ledger.study_cubes import read_study_cube
from nophantom.store.engine import open_engine, reading

Cli = Callable[..., Any]
Told = Callable[[], Any]
WRONG: Any = (158, 200)
BEFORE, AFTER = [1, 0, 0, 1, 0, 1, 1, 0], [1, 1, 1, 1, 0, 1, 0, 1]


@pytest.fixture(scope="module")
def cube(recorded_home: Path) -> StudyCube:
    """The opened test of the study s2: four runs of `base`, then four of `new`."""
    engine = open_engine(f"sqlite:///{recorded_home / 'nophantom.db'}")
    with reading(engine) as session:
        found = read_study_cube(session, 2, split="test", answers=True, confidence=True)
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def scores(cube: StudyCube) -> NDArray[np.float64]:
    """(8, 80) scores at the last checkpoint."""
    return cube.cube.score[:, -1]


def test_importing_the_package_imports_nothing_that_costs_time() -> None:
    code = (
        "import sys, nophantom; heavy = {'numpy', 'scipy', 'sqlalchemy', 'pyarrow', 'rich'} & set(sys.modules);"
        "print(sorted(heavy)); nophantom.compare; print('numpy' in sys.modules, 'sqlalchemy' in sys.modules)"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert seen.stdout.split("\n")[:2] == ["[]", "True False"]


def test_every_question_is_there_and_nothing_else_is_pretended() -> None:
    questions = set(np_.__all__) - {"Answer", "__version__"}

    assert questions == {
        "calibration",
        "compare",
        "diff",
        "effects",
        "ensemble",
        "gate",
        "power",
        "probes",
        "seeds",
        "select",
        "trajectory",
    }
    assert questions <= set(dir(np_))
    assert all("Args:" in str(getattr(np_, name).__doc__) for name in questions)
    with pytest.raises(AttributeError, match="has no attribute 'compere'"):
        np_.compere  # noqa: B018 - asking is the test


def test_two_arms_of_a_study_as_arrays_have_the_numbers_of_the_ledger(
    nophantom_cli: Cli, recorded_home: Path, scores: NDArray[np.float64]
) -> None:
    told = nophantom_cli("compare", "s2/new", "s2/base", "--json", home=recorded_home).json
    answer: Any = np_.compare(scores[4:], scores[:4]).to_dict()

    for part in (
        "finding",
        "test",
        "permutation",
        "seeds_needed",
        "n_problems",
        "first_spread",
        "second_spread",
    ):
        if part in told:
            assert answer[part] == told[part], part
    assert answer["first"]["accuracies"] == told["first"]["accuracies"]
    assert answer["ruling"]["verdict"] == told["ruling"]["verdict"]


def test_seeds_votes_problems_and_trajectories_have_the_numbers_of_the_ledger(
    nophantom_cli: Cli, recorded_home: Path, cube: StudyCube, scores: NDArray[np.float64]
) -> None:
    def told(*command: str) -> Any:
        return nophantom_cli(*command, "--json", home=recorded_home).json

    (arm,) = told("seeds", "s2", "--arm", "new")["arms"]
    seeds: Any = np_.seeds(scores[4:], hours_per_seed=4.0).to_dict()
    for part in (
        "mean",
        "sd",
        "yardstick",
        "seed_sd",
        "reliability",
        "cochran",
        "best",
        "best_in_hand",
        "cost",
    ):
        assert seeds["arms"][0][part] == arm[part], part

    assert cube.answers is not None
    words = np.array([*cube.words, ""], dtype=object)[cube.answers[4:, -1]]
    chosen = told("select", "s2", "--arm", "new", "--dry-run")["candidates"]
    ranked = [c["accuracy"] for c in sorted(chosen, key=lambda c: int(c["run_id"]))]
    vote: Any = np_.ensemble(scores[4:], words, ranked=ranked, ties="better_member").to_dict()
    expected = told("ensemble", "s2", "--arm", "new")
    for part in ("accuracy", "finding", "gained", "lost", "curve", "alike", "rule"):
        assert vote[part] == expected[part], part

    problems: Any = np_.diff(scores).to_dict()
    expected = told("diff", "s2")
    for part in ("runs", "n", "always", "never", "flipping", "solved_by", "share"):
        assert problems[part] == expected[part], part

    curve: Any = np_.trajectory(cube.cube.score[0]).to_dict()
    expected = told("trajectory", "r9")
    for part in ("shape", "peak", "verdict", "bounds", "each"):
        assert curve[part] == expected[part], part

    assert cube.confidence is not None
    sure: Any = np_.calibration(scores[0], cube.confidence[0, -1]).to_dict()
    expected = told("calibration", "r9")["found"]
    for part in ("brier", "ece", "log_score"):
        assert [sure["found"][part][end] for end in ("point", "low", "high")] == pytest.approx(
            [expected[part][end] for end in ("point", "low", "high")]
        )


def test_two_runs_have_the_numbers_of_the_ledger_by_every_question_about_two(
    nophantom_cli: Cli, recorded_home: Path, scores: NDArray[np.float64]
) -> None:
    def told(*command: str) -> Any:
        return nophantom_cli(*command, "--json", home=recorded_home).json

    pair = np_.compare(scores[0], scores[1])
    expected = told("compare", "r9", "r10")
    assert (pair.finding.estimate.point, pair.p_mid) == (expected["difference"], expected["p_mid"])
    assert [pair.finding.estimate.low, pair.finding.estimate.high] == expected["interval"]
    path: Any = np_.trajectory(scores[0], against=scores[1]).to_dict()
    assert path["band"] == told("trajectory", "r9", "--against", "r10")["band"]
    flips: Any = np_.diff(scores[0], scores[1]).to_dict()
    expected = told("diff", "r9", "r10")
    assert [flips[k] for k in ("n", "gained", "lost", "both", "neither")] == [
        expected[k] for k in ("n", "gained", "lost", "both", "neither")
    ]
    every: Any = np_.compare(scores[0], scores[1], scores[2]).to_dict()
    assert every["pairs"] == told("compare", "r9", "r10", "r11")["pairs"]


@pytest.mark.parametrize(
    ("ask", "command"),
    [
        (
            lambda: np_.compare("379/500", "365/500", delta=0.028),
            ("compare", "379/500", "365/500", "--delta", "2.8"),
        ),
        (lambda: np_.compare("379/500", "365/500", "384/500"), ("compare", "379/500", "365/500", "384/500")),
        (lambda: np_.compare("379/500", 0.758), ("compare", "379/500", "75.8%")),
        (lambda: np_.compare("379/500", "75.8%"), ("compare", "379/500", "75.8%")),
        (
            lambda: np_.seeds(mean=0.759, sd=0.00572, n=20),
            ("seeds", "--mean", "75.9", "--sd", "0.572", "--n", "20"),
        ),
        (
            lambda: np_.trajectory(peak="158/200", final="379/500", every=50),
            ("trajectory", "--peak", "158/200", "--final", "379/500", "--every", "50"),
        ),
        (
            lambda: np_.trajectory(peak="119/150", final="365/500", every=50, named=150),
            ("trajectory", "--peak", "119/150", "--final", "365/500", "--every", "50", "--named", "150"),
        ),
        (
            lambda: np_.gate("final >= 0.75 and peak >= 0.79", final="379/500", peak="158/200"),
            ("gate", "--go", "final >= 0.75 and peak >= 0.79", "--final", "379/500", "--peak", "158/200"),
        ),
        (lambda: np_.power(0.028, accuracy=0.744), ("power", "--delta", "2.8", "--accuracy", "74.4")),
        (lambda: np_.power(0.002, seed_sd=0.00572), ("power", "--delta", "0.2", "--seed-sd", "0.572")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bare_numbers_have_the_answer_of_the_command_line(
    nophantom_cli: Cli, ask: Told, command: tuple[str, ...]
) -> None:
    assert ask().to_dict() == nophantom_cli(*command, "--json").json


class Frame:
    """A data frame of a library that speaks Arrow and nothing else."""

    def __init__(self, columns: dict[str, list[Any]]) -> None:
        self.held = pyarrow.table(columns)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.held.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize(
    ("after", "before"),
    [
        (AFTER, BEFORE),
        (tuple(map(bool, AFTER)), np.array(BEFORE, dtype=bool)),
        (np.array(AFTER, dtype=np.int8), np.array(BEFORE, dtype=np.float32)),
        (Frame({"item": list(range(8)), "score": AFTER}), Frame({"item": list(range(8)), "score": BEFORE})),
        (
            pyarrow.table({"id": list(range(8)), "correct": [bool(x) for x in AFTER]}),
            pyarrow.table({"id": list(range(7, -1, -1)), "correct": [bool(x) for x in reversed(BEFORE)]}),
        ),
    ],
    ids=["lists", "bools", "narrow", "arrow stream", "arrow table, another order"],
)
def test_whatever_holds_the_outcomes_gives_the_same_comparison(after: Any, before: Any) -> None:
    """3 gained, 1 lost of 8: exact McNemar p = 2 (1 + 4) / 16 = 0.625."""
    answer = np_.compare(after, before)

    assert (
        (answer.n, len(answer.gained), len(answer.lost)) == (8, 4, 1)
        if len(answer.gained) == 4
        else (8, 3, 1)
    )
    assert answer.finding.p_value == pytest.approx(0.625)
    assert answer.verdict == "undecided"


def test_a_file_on_disk_gives_what_its_rows_say(tmp_path: Path) -> None:
    paths = []
    for name, right in (("after", AFTER), ("before", BEFORE)):
        paths.append(tmp_path / f"{name}.csv")
        with paths[-1].open("w", newline="") as file:
            csv.writer(file).writerows([("item", "score"), *enumerate(right)])

    from_files = np_.compare(*paths)
    from_lists = np_.compare(AFTER, BEFORE)

    assert from_files.finding == from_lists.finding
    assert np_.compare(str(paths[0]), str(paths[1])).finding == from_lists.finding


def test_an_unknown_outcome_is_left_out_with_its_bounds() -> None:
    answer = np_.compare([1, 0, 1, float("nan")], [0, 0, 1, 1])

    assert (answer.n, answer.missing.first_lacks, answer.missing.second_lacks) == (3, 1, 0)
    assert (answer.missing.low, answer.missing.high) == (0.0, 0.25)
    page = repr(answer)
    assert "a score of the first on 1 problem, of the second on 0" in page
    assert "nan" not in page


def test_real_logs_have_the_numbers_that_the_ledger_gives(nophantom_cli: Cli, data: Path) -> None:
    """The known pair: 6b_verification is +4.32 points above 175b_finetuning, +1.43 to +7.21."""
    folder = data / "llm" / "lm_eval"
    pair = [
        next(p for p in sorted(folder.iterdir()) if p.name.endswith(name))
        for name in ("6b_verification", "175b_finetuning")
    ]
    answer = np_.compare(*pair)
    nophantom_cli("logs", "import", *pair)
    told = nophantom_cli("compare", "/6b_verification", "175b_finetuning", "--json").json

    estimate = answer.finding.estimate
    assert (estimate.point, estimate.low, estimate.high) == pytest.approx((0.0432, 0.0143, 0.0721), abs=5e-5)
    assert (estimate.point, [estimate.low, estimate.high]) == (told["difference"], told["interval"])
    assert (len(answer.gained), len(answer.lost), answer.n) == (told["gained"], told["lost"], 1_319)
    assert answer.finding.p_value == told["p_exact"]


ANSWERS: dict[str, Told] = {
    "runs": lambda: np_.compare(AFTER, BEFORE),
    "recipes": lambda: np_.compare([AFTER, BEFORE], [BEFORE, AFTER]),
    "three": lambda: np_.compare(AFTER, BEFORE, AFTER),
    "counts": lambda: np_.compare("379/500", "365/500"),
    "seeds": lambda: np_.seeds([AFTER, BEFORE, AFTER]),
    "summary": lambda: np_.seeds(mean=0.7, sd=0.01, n=5),
    "selection": lambda: np_.select([AFTER, BEFORE], [BEFORE, AFTER], top_k=2),
    "vote": lambda: np_.ensemble([AFTER, BEFORE, AFTER], [[7] * 8] * 3),
    "problems": lambda: np_.diff([AFTER, BEFORE]),
    "difference": lambda: np_.diff(AFTER, BEFORE, strata=list("aabbaabb")),
    "running": lambda: np_.trajectory(AFTER),
    "running difference": lambda: np_.trajectory(AFTER, against=BEFORE),
    "training": lambda: np_.trajectory([BEFORE, AFTER]),
    "gate": lambda: np_.gate("final > 0.5 and mean < 0.99", final=AFTER, mean=[AFTER, BEFORE]),
    "power": lambda: np_.power(0.05),
    "calibration": lambda: np_.calibration(AFTER, [0.9, 0.5, 0.7, 0.8, 0.4, 0.9, 0.3, 0.6]),
    "calibrations": lambda: np_.calibration(AFTER, [0.5] * 8, against=(BEFORE, [0.6] * 8)),
}


class Balanced(HTMLParser):
    """Whether every element that is opened is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in {"br", "col", "hr", "meta", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_shows_itself_as_text_and_in_a_notebook(name: str) -> None:
    answer = ANSWERS[name]()

    text = repr(answer)
    assert text.startswith("# ")
    notebook = Balanced()
    notebook.feed(answer._repr_html_())
    assert notebook.open == []
    assert not notebook.seen & {"script", "link", "iframe", "html", "body", "img"}
    assert answer.page.title.split()[0] in answer._repr_html_()
    for wrong in (
        "interval interval",
        "unknown points",
        " 1 points",
        " 1 seeds",
        " 1 problems ",
        "None",
        "nan%",
    ):
        assert wrong not in text, wrong
    assert isinstance(answer.to_dict(), dict)


@pytest.mark.parametrize("name", ["recipes", "seeds", "selection", "running difference", "calibrations"])
def test_the_same_question_gives_the_same_answer(name: str) -> None:
    assert ANSWERS[name]().to_dict() == ANSWERS[name]().to_dict()


def test_an_answer_is_saved_as_html_or_markdown(tmp_path: Path) -> None:
    answer = np_.compare("379/500", "365/500")

    html, markdown = answer.save(tmp_path / "a.html"), answer.save(str(tmp_path / "a.md"))

    assert html.read_text("utf-8").startswith("<!doctype html>")
    assert markdown.read_text("utf-8") == repr(answer)
    with pytest.raises(Unavailable, match="cannot write"):
        answer.save(tmp_path / "none" / "a.html")


def test_an_answer_has_its_numbers_as_attributes_and_can_be_kept() -> None:
    answer: Any = np_.compare(AFTER, BEFORE)

    assert answer.verdict is answer.numbers.ruling.verdict
    assert answer.finding is answer.numbers.finding
    assert {"finding", "gained", "to_dict", "save"} <= set(dir(answer))
    with pytest.raises(AttributeError, match="nothing"):
        _ = answer.nothing
    assert repr(copy.deepcopy(answer)) == repr(pickle.loads(pickle.dumps(answer))) == repr(answer)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: np_.compare([1, 0, 1], [0, 0, 1, 1]), "aligned by place; got 3 and 4 problems. Put NaN"),
        (lambda: np_.compare([[1, 0, 1]] * 2, [[0, 0, 1, 1]] * 2), "aligned by place; got 3 and 4 problems"),
        (lambda: np_.compare([[0, 0, 1, 1]] * 2, [[1, 0, 1]] * 2), "aligned by place; got 4 and 3 problems"),
        (lambda: np_.compare([], []), "list of problems"),
        (lambda: np_.compare([75, 80], [1, 0]), "75% is 0.75"),
        (lambda: np_.compare("379/500", [1, 0]), "counts are compared with counts or a published accuracy"),
        (lambda: np_.compare("379/500", "365/500", [1, 0]), "all counts or all runs"),
        (lambda: np_.compare([1, 0], [0, 1], [[1, 0], [1, 1]]), "holds 2 runs"),
        (lambda: np_.compare(AFTER, BEFORE, claim="better"), "'higher', 'lower', 'different'; got 'better'"),
        (lambda: np_.compare(AFTER, BEFORE, paired=True), "are for several runs each"),
        (lambda: np_.compare({"a": 1}, [1]), "True and False"),
        (lambda: np_.compare([None, None], [1, 0]), "no problem in common"),
        (lambda: np_.seeds(), "give runs, or a summary"),
        (lambda: np_.seeds(mean=75.9, sd=0.572, n=20), "75.9% is 0.759"),
        (lambda: np_.seeds([AFTER, BEFORE], mean=0.5), "leave out mean, sd and of"),
        (lambda: np_.select([AFTER, BEFORE], [AFTER]), "hold the same runs"),
        (lambda: np_.select([AFTER, BEFORE], top_k=3), "top-k is 1 to the 2 runs"),
        (lambda: np_.ensemble([AFTER, BEFORE, AFTER]), "needs the answers of the runs"),
        (
            lambda: np_.ensemble([AFTER] * 3, [["x"] * 8] * 3, rule="most"),
            "'plurality', 'majority'; got 'most'",
        ),
        (
            lambda: np_.ensemble([AFTER] * 3, [["x"] * 8] * 3, ties="better_member"),
            "ranked on other problems",
        ),
        (lambda: np_.ensemble([AFTER] * 3, [["x"] * 8] * 3, ranked=[0.5]), "got 1 for 3"),
        (lambda: np_.diff(AFTER, BEFORE[:5]), "aligned by place"),
        (lambda: np_.diff(AFTER, BEFORE, strata=["a"]), "got 1 for 8"),
        (lambda: np_.trajectory(), "give outcomes, or counts"),
        (lambda: np_.trajectory(AFTER, peak="1/2"), "leave out peak and final"),
        (lambda: np_.trajectory(peak=WRONG, final="379/500"), 'as in "379/500"; got (158, 200)'),
        (lambda: np_.trajectory(peak="158/200", final="379/500", named=100), "that of peak, 200; got 100"),
        (lambda: np_.trajectory([[1, None], [None, 1]]), "no problem was scored at every checkpoint"),
        (lambda: np_.gate("final >= 0.75"), "final, peak, mean or rerun, each by name"),
        (lambda: np_.gate("reproduced", rerun=AFTER), "give claimed=0.79"),
        (lambda: np_.gate("final >= 0.75", final=0.8), "list of problems"),
        (lambda: np_.power(2.8, accuracy=0.744), "got 2.8"),
        (lambda: np_.calibration(AFTER, [0.5]), "one mark and one confidence"),
        (lambda: np_.calibration(AFTER, "sure"), "lists of numbers"),
        (lambda: np_.calibration(AFTER), "nothing tells how sure"),
    ],
)
def test_every_wrong_question_gets_one_sentence(ask: Told, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask()
    assert words in str(refused.value)


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        np_.compare(tmp_path / "nowhere", AFTER)


def test_scores_of_two_graders_are_not_compared(tmp_path: Path) -> None:
    place = tmp_path / "after.csv"
    with place.open("w", newline="") as file:
        csv.writer(file).writerows([("item", "score"), *enumerate(AFTER)])

    with pytest.raises(InvalidInput, match="scores of two graders are not comparable"):
        np_.compare(place, BEFORE)


def test_a_table_of_seeds_and_steps_is_asked_at_its_last_step(tmp_path: Path) -> None:
    """Two seeds, two steps: the gate's mean is that of the last step, not of all rows."""
    place = tmp_path / "study.csv"
    rows = [
        (seed, step, item, int(step == 20 or item == 0))
        for seed in (0, 1)
        for step in (10, 20)
        for item in range(8)
    ]
    with place.open("w", newline="") as file:
        csv.writer(file).writerows([("seed", "step", "item", "score"), *rows])

    answer = np_.gate("mean > 0.5 and reproduced", mean=place, rerun=place, claimed=0.5)

    assert [clause.estimate.point for clause in answer.clauses] == [1.0, 1.0]
    assert np_.seeds(place).arms[0].mean == 1.0
