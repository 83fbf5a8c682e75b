"""Gates over a study: which runs each clause speaks of, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, select

from nophantom.errors import InvalidInput, Sealed
from nophantom.llm.asking import Asked, study_named
from nophantom.llm.gating import gate_study
from nophantom.llm.importing import ImportOptions, import_logs
from nophantom.llm.ledger.seal import record_selection
from nophantom.llm.ledger.study_cubes import read_study_cube
from nophantom.llm.ledger.tables import FindingRow
from nophantom.llm.logs.placement import Placing
from nophantom.llm.logs.records import Placement
from nophantom.llm.questions.gate import Decision
from nophantom.llm.selecting import select_seed
from nophantom.stats.ensembles import vote_right
from nophantom.stats.grand_mean import grand_mean
from nophantom.stats.proportions import wilson
from nophantom.stats.votes import Tie, VoteRule
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading, writing

SMALL = Asked("small")


@pytest.fixture
def chosen(small: Engine) -> Engine:
    """The small study after a selection of three runs of `new`."""
    with writing(small) as session:  # as `select` would, which is tested apart
        record_selection(session, 1, "{}", [7, 5, 8], at=datetime(2026, 2, 3, tzinfo=UTC))
    return small


def test_every_quantity_speaks_of_the_shipped_run_its_arm_or_its_vote(chosen: Engine) -> None:
    """Each against the statistic over scores that are read apart from the gate."""
    found = gate_study(
        chosen,
        SMALL,
        "final >= 0.5 and peak >= 0.5 and mean >= 0.5 and vote >= 0.5 and reproduced",
        claimed=0.6,
    )
    final, peak, mean, vote, reproduced = (c.estimate for c in found.clauses)
    shipped, *others = study_named(chosen, "small").selections[0].run_ids
    with reading(chosen) as session:
        cube = read_study_cube(session, 1, split="test", answers=True)
    place = {run: i for i, run in enumerate(cube.run_ids)}
    scores = cube.cube.score[:, 1]
    assert final == wilson(int(scores[place[shipped]].sum()), 60)
    assert peak.point == cube.cube.score[place[shipped]].mean(axis=1).max()
    assert "2 checkpoints" in peak.method
    arm = [place[run] for run in cube.run_ids if cube.arms[place[run]] == "new"]
    assert mean == grand_mean(scores[arm])
    assert reproduced == grand_mean(scores[[i for i in arm if i != place[shipped]]])
    assert cube.answers is not None
    members = [place[run] for run in (shipped, *others)]
    answers = cube.answers[members, 1].astype(np.int64)
    right = vote_right(answers, scores[members] == 1, VoteRule(ties=Tie.BETTER_MEMBER))
    assert vote == wilson(int(right.sum()), 60)
    assert found.clauses[4].threshold == pytest.approx(0.59)
    assert found.provenance == "test not seen before selection"
    assert found.simulated


def test_the_level_of_a_rerun_is_that_of_the_peak_then_of_the_end(chosen: Engine) -> None:
    def level(text: str, claimed: float | None = None) -> float:
        return gate_study(chosen, SMALL, text, claimed=claimed).clauses[-1].threshold

    assert level("final >= 0.5 and peak >= 0.6 and reproduced") == pytest.approx(0.59)
    assert level("final >= 0.5 and reproduced") == pytest.approx(0.49)
    assert level("final >= 0.5 and final <= 0.95 and reproduced") == pytest.approx(0.49)
    assert level("peak >= 0.6 and reproduced", 0.7) == pytest.approx(0.69)
    with pytest.raises(InvalidInput, match="--claimed"):
        level("reproduced")


def test_a_gate_decides_go_no_go_and_undecided(chosen: Engine) -> None:
    decisions = [
        gate_study(chosen, SMALL, text).decision
        for text in ("mean >= 0.3 and final > 0", "mean >= 0.99", "final >= 0.72 and final <= 0.74")
    ]
    assert decisions == [Decision.GO, Decision.NO_GO, Decision.UNDECIDED]


def test_the_answer_is_kept_once_unless_it_is_only_read(chosen: Engine) -> None:
    def kept() -> list[str]:
        with reading(chosen) as session:
            rows = session.scalars(select(FindingRow).where(FindingRow.question == "gate")).all()
            return [row.result for row in rows]

    gate_study(chosen, SMALL, "mean >= 0.3", record=False)
    assert kept() == []
    gate_study(chosen, SMALL, "mean >= 0.3")
    gate_study(chosen, SMALL, "mean   >= 0.3")
    (told,) = kept()
    assert json.loads(told)["decision"] == "GO"
    gate_study(chosen, SMALL, "mean >= 0.31")
    assert len(kept()) == 2


def test_a_sealed_test_is_refused_and_a_look_decides_one_gate(small: Engine) -> None:
    asked = Asked("small", arm="new", split="test")
    with pytest.raises(Sealed):
        gate_study(small, asked, "mean >= 0.3")
    found = gate_study(small, replace(asked, look="release day"), "mean >= 0.3")
    assert found.decision is Decision.GO
    assert found.provenance == "test seen 1 time so far: nothing is selected yet"
    with pytest.raises(Sealed):
        gate_study(small, asked, "mean >= 0.3")


@pytest.mark.parametrize(
    ("asked", "text", "said"),
    [
        (SMALL, "final >= 0.5", "8 runs and no selection.*nophantom select small"),
        (SMALL, "mean >= 0.5", "no selection"),  # of which of the two arms?
        (Asked("small", arm="new"), "vote >= 0.5", "selection of so many.*--top-k 3.*got 0"),
        (Asked("small", arm="new"), "reproduced", "no selection"),
        (SMALL, "best >= 0.5", "asks for 'best'"),
    ],
)
def test_without_a_selection_nobody_knows_what_is_shipped(
    asked: Asked, text: str, said: str, small: Engine
) -> None:
    with pytest.raises(InvalidInput, match=said):
        gate_study(small, asked, text)


def test_what_was_chosen_must_be_among_what_is_asked_for(chosen: Engine) -> None:
    with pytest.raises(InvalidInput, match="no outcome among those asked for"):
        gate_study(chosen, Asked("small", arm="base"), "final >= 0.5")
    with pytest.raises(InvalidInput, match=r"--top-k 4.*got 3"):
        gate_study(chosen, SMALL, "vote >= 0.5", k=4)


@pytest.fixture
def one_run(small: Engine, blobs: Blobs, tmp_path: Path) -> Callable[[str], Engine]:
    def imported(text: str) -> Engine:
        path = tmp_path / "table.csv"
        path.write_text(text)
        options = ImportOptions(Placing(Placement(study="theirs"), None), "sums", again=False)
        (done,) = import_logs(small, blobs, [path], options=options)
        assert done.error is None
        return small

    return imported


def test_the_only_run_is_the_shipped_one(one_run: Callable[[str], Engine]) -> None:
    rows = "".join(f"{n},base,0,{int(n < 30)}\n" for n in range(40))
    engine = one_run("item,arm,seed,correct\n" + rows)
    found = gate_study(engine, Asked("theirs"), "final >= 0.5")
    assert found.clauses[0].estimate == wilson(30, 40)
    with pytest.raises(InvalidInput, match="no rerun"):
        gate_study(engine, Asked("theirs"), "reproduced", claimed=0.7)


def test_a_vote_without_answers_is_refused_and_not_counted_as_wrong(one_run: Callable[[str], Engine]) -> None:
    rows = "".join(f"{n},base,{seed},1\n" for seed in range(3) for n in range(20))
    engine = one_run("item,arm,seed,correct\n" + rows)
    select_seed(engine, Asked("theirs"), top_k=3)
    with pytest.raises(InvalidInput, match="a vote needs answers"):
        gate_study(engine, Asked("theirs"), "vote >= 0.5")
