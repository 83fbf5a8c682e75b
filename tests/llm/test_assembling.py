"""The whole report of a study: every answer is the one its own question gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from nophantom.errors import Sealed
from nophantom.llm.asking import Asked, study_named
from nophantom.llm.assembling import answer_everything, problem_rows
from nophantom.llm.following import AskedRun, training_of_run
from nophantom.llm.importing import ImportOptions, import_logs
from nophantom.llm.logs.placement import Placing
from nophantom.llm.logs.records import Placement
from nophantom.llm.seed_worlds import SeedWorld
from nophantom.llm.selecting import select_seed
from nophantom.llm.studying import compare_two_arms, problems_of_study, spread_of_seeds, vote_of_study
from nophantom.llm.verdicts import Question
from nophantom.store.blobs import Blobs

SMALL = Asked("small")


def test_before_the_selection_everything_is_about_validation(small: Engine) -> None:
    found = answer_everything(small, SMALL)
    assert found.opened.cube.split == "validation"
    assert found.opened.setting.provenance == "test not seen so far: nothing is selected yet"
    assert found.selection is not None
    assert (found.selection.recorded, found.selection.test) == (None, None)
    assert not found.selection.same_problems  # there is a test, still closed
    assert found.vote is not None
    assert found.vote.ranked_on is None
    assert found.left_out == ()
    with pytest.raises(Sealed):
        answer_everything(small, Asked("small", split="test"))


def test_after_it_every_answer_is_the_one_of_its_own_question(small: Engine) -> None:
    chosen = select_seed(small, Asked("small", arm="new"), top_k=2)
    found = answer_everything(small, SMALL)
    assert found.opened.cube.split == "test"
    assert found.recipes == (compare_two_arms(small, SMALL, "new", "base"),)
    assert found.seeds == spread_of_seeds(small, SMALL)
    assert found.problems == problems_of_study(small, SMALL)
    assert found.vote == vote_of_study(small, Asked("small", arm="new"))
    assert found.selection is not None
    assert found.selection.candidates == chosen.candidates
    assert (found.selection.test, found.selection.recorded) == (chosen.test, chosen.recorded)
    shipped = chosen.candidates[0]
    assert found.training == training_of_run(small, AskedRun(shipped.run, "simulated sums", "test"))
    assert found.calibration is not None
    assert found.calibration.who == shipped.run
    assert (found.drift, found.left_out) == ((), ())
    again = answer_everything(small, SMALL)
    assert again.inputs_hash == found.inputs_hash
    assert answer_everything(small, Asked("small", split="validation")).inputs_hash != found.inputs_hash


def test_the_top_run_of_both_arms_is_not_taken_for_a_choice_within_one(small: Engine) -> None:
    """The rule that was recorded tells among which runs it chose, not where the winner happens to stand."""
    chosen = select_seed(small, SMALL)
    found = answer_everything(small, SMALL)
    assert found.selection is not None
    assert len(found.selection.candidates) == len(chosen.candidates) == 8
    assert found.selection.honest == chosen.honest


def test_a_report_on_a_sealed_test_is_one_look_and_follows_no_run_there(small: Engine) -> None:
    found = answer_everything(small, Asked("small", split="test", look="audit"))
    assert [(look.question, look.reason) for look in study_named(small, "small").looks] == [
        (Question.SEEDS, "audit")
    ]
    assert found.opened.setting.provenance == "test seen 1 time so far: nothing is selected yet"
    assert found.training is None
    assert found.selection is not None
    assert found.selection.test is None


def test_an_earlier_step_is_answered_at_that_step(small: Engine) -> None:
    found = answer_everything(small, replace(SMALL, step=1_000))
    assert found.opened.setting.step == 1_000
    assert found.seeds == spread_of_seeds(small, replace(SMALL, step=1_000))
    last = answer_everything(small, SMALL)
    assert last.opened.cube.cube.steps == (2_000,)
    labels, solved = problem_rows(found)
    assert labels[:2] == ["base, seed 0", "base, seed 1"]
    assert [sum(map(bool, row)) for row in solved] == found.opened.cube.cube.score[:, 0].sum(axis=1).tolist()


def test_the_map_of_many_runs_shows_some_of_every_arm(
    small: Engine, small_world: SeedWorld, record_world: Callable[..., None]
) -> None:
    answers = answer_everything(small, SMALL)
    labels, _ = problem_rows(answers, most=5)
    assert labels == ["base, seed 0", "base, seed 1", "new, seed 0", "new, seed 1"]
    assert problem_rows(answers, most=1)[0] == ["base, seed 0", "new, seed 0"]


@pytest.fixture
def imports(small: Engine, blobs: Blobs, tmp_path: Path) -> Callable[[str], Engine]:
    def imported(text: str) -> Engine:
        path = tmp_path / f"table{len(list(tmp_path.glob('*.csv')))}.csv"
        path.write_text(text)
        options = ImportOptions(Placing(Placement(study="theirs"), None), "sums", again=False)
        (done,) = import_logs(small, blobs, [path], options=options)
        assert done.error is None
        return small

    return imported


HEAD = "item,arm,seed,split,correct\n"


def rows(split: str, rights: dict[int, int], arm: str = "base") -> str:
    return "".join(
        f"{split}{n},{arm},{seed},{split},{int(n < k)}\n" for seed, k in rights.items() for n in range(12)
    )


def test_a_run_without_outcomes_on_one_split_leaves_an_answer_out_and_says_which(
    imports: Callable[[str], Engine],
) -> None:
    """Seed 3 was evaluated on the test alone, seed 4 on validation alone."""
    engine = imports(HEAD + rows("val", {1: 8, 2: 6, 4: 7}) + rows("test", {1: 9, 2: 6, 3: 3}))
    found = answer_everything(engine, Asked("theirs"))
    assert found.vote is None
    assert [text.split(":")[0] for text in found.left_out] == ["vote"]
    assert "'theirs/base/seed3'" in found.left_out[0]
    assert found.selection is not None
    assert [c.seed for c in found.selection.candidates] == [1, 4, 2]


def test_a_recorded_choice_is_not_told_for_another_that_leads_on_later_outcomes(
    imports: Callable[[str], Engine],
) -> None:
    engine = imports(HEAD + rows("test", {1: 8, 2: 6}))
    select_seed(engine, Asked("theirs"))
    whole = answer_everything(engine, Asked("theirs"))
    assert whole.selection is not None
    assert whole.selection.recorded is not None
    imports(HEAD + rows("test", {3: 11}))
    later = answer_everything(engine, Asked("theirs"))
    assert later.selection is None
    assert "selection 1 chose r9" in later.left_out[0]
    assert later.opened.cube.run_ids[0] == 9


def test_what_others_did_not_keep_is_left_out_with_its_reason(imports: Callable[[str], Engine]) -> None:
    found = answer_everything(imports(HEAD + rows("test", {1: 8, 2: 6, 3: 7})), Asked("theirs"))
    assert [text.split(":")[0] for text in found.left_out] == ["vote"]
    assert "keeps no answers" in found.left_out[0]
    assert (found.training, found.calibration, found.vote, found.recipes) == (None, None, None, ())
    assert (found.opened.setting.provenance or "").startswith("provenance unknown")
