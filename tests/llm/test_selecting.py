"""Selecting a seed: on validation, written down before the test is read, and honest about what was seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from nophantom.errors import InvalidInput, Sealed
from nophantom.llm import selecting
from nophantom.llm.asking import Asked, Opened, open_study, study_named
from nophantom.llm.importing import ImportOptions, import_logs
from nophantom.llm.ledger.study_cubes import read_study_cube
from nophantom.llm.ledger.tables import FindingRow
from nophantom.llm.logs.placement import Placing
from nophantom.llm.logs.records import Placement
from nophantom.llm.selecting import select_seed
from nophantom.llm.studying import spread_of_seeds
from nophantom.llm.verdicts import Question
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading

SMALL = Asked("small")


def accuracies(engine: Engine, split: str, arm: str | None = None) -> dict[int, float]:
    """Accuracy of every run at the last step, read apart from the selection."""
    with reading(engine) as session:
        cube = read_study_cube(session, 1, split=split, arm=arm, last_only=True)
    return dict(zip(cube.run_ids, cube.cube.score[:, 0].mean(axis=1).tolist(), strict=True))


def test_the_best_on_validation_is_chosen_and_the_test_is_told_for_it(small: Engine) -> None:
    chosen_on = accuracies(small, "validation")
    found = select_seed(small, SMALL, top_k=2)
    judged_on = accuracies(small, "test")
    best = sorted(chosen_on, key=lambda run: (-chosen_on[run], run))
    assert [c.run_id for c in found.candidates] == best
    assert {c.run_id: c.accuracy for c in found.candidates} == pytest.approx(chosen_on)
    assert {c.run_id: c.test for c in found.candidates} == pytest.approx(judged_on)
    assert found.test is not None
    assert (found.test.split, found.test.n, found.n) == ("test", 60, 40)
    assert found.test.chosen.point == pytest.approx(judged_on[best[0]])
    assert found.recorded is not None
    assert (found.recorded.number, found.recorded.after_test, found.same_problems) == (1, False, False)
    (kept,) = study_named(small, "small").selections
    assert kept.run_ids == tuple(best[:2])
    assert json.loads(kept.rule) == {
        "arm": None,
        "grader": "simulated 1",
        "problem_set": "simulated sums",
        "rule": "highest accuracy; of equals the one that was run first",
        "split": "validation",
        "step": 2_000,
        "top_k": 2,
    }


def test_a_dry_run_records_nothing_and_opens_nothing(small: Engine) -> None:
    shown = select_seed(small, SMALL, record=False)
    assert (shown.test, shown.recorded) == (None, None)
    assert all(c.test is None for c in shown.candidates)
    assert study_named(small, "small").selections == ()
    with pytest.raises(Sealed):
        spread_of_seeds(small, Asked("small", split="test"))
    assert select_seed(small, SMALL).candidates[0].run == shown.candidates[0].run


def test_the_choice_is_written_before_the_test_is_read(
    small: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted on the way to the test, the selection is there already, and a second start finds the same one."""

    def interrupted(*args: object, **named: object) -> Opened:
        asked = args[2]
        assert isinstance(asked, Asked)
        if asked.split == "test":
            assert len(study_named(small, "small").selections) == 1
            raise KeyboardInterrupt
        return open_study(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(selecting, "open_study", interrupted)
    with pytest.raises(KeyboardInterrupt):
        select_seed(small, SMALL)
    monkeypatch.undo()
    again = select_seed(small, SMALL)
    assert again.recorded is not None
    assert (again.recorded.number, again.recorded.after_test) == (1, False)
    assert len(study_named(small, "small").selections) == 1


def test_another_choice_is_marked_and_told_in_every_later_report(small: Engine) -> None:
    select_seed(small, SMALL)
    assert (second := select_seed(small, Asked("small", arm="base"))).recorded is not None
    assert (second.recorded.number, second.recorded.after_test) == (2, True)
    assert {c.arm for c in second.candidates} == {"base"}
    told = "test not seen before selection; selected again 1 time after the test was seen"
    assert second.setting.provenance == told
    assert spread_of_seeds(small, SMALL).setting.provenance == told
    assert len(study_named(small, "small").selections) == 2


def test_the_choice_is_kept_as_a_finding_once(small: Engine) -> None:
    select_seed(small, SMALL)
    select_seed(small, SMALL)
    with reading(small) as session:
        (row,) = session.scalars(select(FindingRow)).all()
        assert row.question is Question.SELECTION
        told = json.loads(row.result)
    assert told["test"] is None
    assert told["candidates"][0]["test"] is None


@pytest.mark.parametrize(
    ("asked", "named", "said"),
    [
        (Asked("small", split="test"), {}, "'test' is the test of 'small': seeds are chosen on 'validation'"),
        (Asked("small", split="dev"), {}, "'dev'; there are: test, validation"),
        (SMALL, {"top_k": 9}, "top-k is 1 to the 8 runs"),
        (SMALL, {"top_k": 0}, "top-k"),
        (SMALL, {"test": "validation"}, "declares the test 'test'; got 'validation'"),
        (Asked("small", step=7), {}, "step 7; there are: 1,000, 2,000"),
    ],
)
def test_a_choice_that_cannot_be_made_leaves_nothing_behind(
    asked: Asked, named: dict[str, object], said: str, small: Engine
) -> None:
    with pytest.raises(InvalidInput, match=said):
        select_seed(small, asked, **named)  # type: ignore[arg-type]
    facts = study_named(small, "small")
    assert (facts.selections, facts.looks) == ((), ())


def table(splits: tuple[str, ...], steps: dict[str, tuple[int, ...]] | None = None) -> str:
    """Three seeds on ten problems of each split; seed 2 is best everywhere at step 2, seed 0 at step 3."""
    rows = ["item,arm,seed,step,split,correct"]
    for split in splits:
        for step in (steps or {}).get(split, (2,)):
            for seed in range(3):
                good = 5 + seed if step == 2 else 8 - seed
                rows += [f"{split}{n},base,{seed},{step},{split},{int(n < good)}" for n in range(10)]
    return "\n".join(rows) + "\n"


@pytest.fixture
def theirs(small: Engine, blobs: Blobs, tmp_path: Path) -> Callable[[str], Engine]:
    """Imports a table as the study `theirs`."""

    def imported(text: str) -> Engine:
        path = tmp_path / "table.csv"
        path.write_text(text)
        options = ImportOptions(Placing(Placement(study="theirs"), None), "sums", again=False)
        (done,) = import_logs(small, blobs, [path], options=options)
        assert done.error is None
        return small

    return imported


Theirs = Callable[[str], Engine]


def test_logs_of_others_are_chosen_on_what_is_called_validation_and_labelled(theirs: Theirs) -> None:
    engine = theirs(table(("val", "test")))
    found = select_seed(engine, Asked("theirs"))
    assert found.candidates[0].seed == 2
    assert found.test is not None
    assert (found.test.split, found.same_problems) == ("test", False)
    assert (found.setting.provenance or "").startswith("provenance unknown")


def test_logs_of_others_with_one_split_are_judged_on_the_same_problems_and_say_so(theirs: Theirs) -> None:
    found = select_seed(theirs(table(("test",))), Asked("theirs"))
    assert (found.test, found.same_problems) == (None, True)


def test_logs_of_others_are_judged_where_one_says_and_a_mistaken_name_leaves_nothing(theirs: Theirs) -> None:
    engine = theirs(table(("dev", "held-out")))
    for wrong in ("test", "dev"):
        with pytest.raises(InvalidInput, match="another split that there is"):
            select_seed(engine, Asked("theirs"), test=wrong)
    assert study_named(engine, "theirs").selections == ()
    found = select_seed(engine, Asked("theirs"), test="held-out")
    assert found.test is not None
    assert found.test.split == "held-out"


def test_the_test_is_read_at_the_checkpoint_that_was_chosen_on(theirs: Theirs) -> None:
    """The test goes on to step 3, where another seed leads; validation ends at step 2."""
    found = select_seed(theirs(table(("val", "test"), {"test": (2, 3)})), Asked("theirs"))
    assert [c.test for c in found.candidates] == pytest.approx([0.7, 0.6, 0.5])
