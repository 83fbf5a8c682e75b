"""Effects out of the ledger: the plan's factors, the seal, and the best seeds of another split."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from nophantom.errors import InvalidInput, Sealed
from nophantom.llm.asking import Asked
from nophantom.llm.assembling import answer_everything
from nophantom.llm.contrasting import effects_of_study
from nophantom.llm.probing import probes_of_study, routing_of_study
from nophantom.llm.reports.whole import study_report
from nophantom.llm.verdicts import Claim
from nophantom.reporting.html import page_html
from nophantom.stats.verdicts import Direction, Verdict
from nophantom.store.engine import open_engine


@pytest.fixture(scope="module")
def factorial(factorial_home: Path) -> Iterator[Engine]:
    """The studies s1 (sealed) and s2 (open); see `factorial_home`."""
    engine = open_engine(f"sqlite:///{factorial_home / 'nophantom.db'}")
    yield engine
    engine.dispose()


def test_the_planted_effect_is_real_on_the_split_that_may_be_seen(factorial: Engine) -> None:
    for study, split in (("s1", "validation"), ("s2", "test")):
        found = effects_of_study(factorial, Asked(study))
        init, router, both = found.effects
        assert found.setting.split == split
        assert found.factors == ("initialisation", "router")
        assert init.ruling.verdict is Verdict.REAL
        assert Verdict.REAL not in {router.ruling.verdict, both.ruling.verdict}
        assert init.finding.estimate.low is not None
        assert init.finding.estimate.high is not None
        assert init.finding.estimate.low < 0.2 < init.finding.estimate.high


def test_the_test_stays_sealed_and_its_split_is_not_judged_by_its_own_luck(factorial: Engine) -> None:
    with pytest.raises(Sealed):
        effects_of_study(factorial, Asked("s1", split="test"))
    with pytest.raises(Sealed):
        probes_of_study(factorial, Asked("s1", split="test"))
    assert effects_of_study(factorial, Asked("s1")).no_best is not None
    found = effects_of_study(factorial, Asked("s2", step=1_000, arm="both"), Claim(Direction.HIGHER, 0.02))
    assert (found.chosen_on, found.no_best, found.setting.step) == ("validation", None, 1_000)
    best = found.effects[0].best
    assert best is not None
    assert [run.split("/")[1] for run in best.runs] == ["plain", "svd", "balanced", "both"]
    assert found.claim.delta == 0.02


def test_a_study_without_factors_is_refused_with_what_to_do(small: Engine) -> None:
    with pytest.raises(InvalidInput, match=r"names no factors.*nophantom compare s1/A s1/B"):
        effects_of_study(small, Asked("s1"))
    with pytest.raises(InvalidInput, match="nothing was measured"):
        probes_of_study(small, Asked("s1"))
    with pytest.raises(InvalidInput, match="no load of experts"):
        routing_of_study(small, "s1")
    answers = answer_everything(small, Asked("s1"))
    assert (answers.effects, answers.probes, answers.routing) == (None, None, None)
    assert not any(line.startswith(("effects", "probes")) for line in answers.left_out)


def test_probes_of_the_ledger_predict_what_they_were_made_of(factorial: Engine) -> None:
    found = probes_of_study(factorial, Asked("s1"))
    ability, noise = found.probes
    assert (ability.name, ability.verdict) == ("probe.ability", Verdict.REAL)
    assert (noise.name, noise.verdict) == ("probe.noise", Verdict.UNDECIDED)
    assert (found.measured_at, found.runs) == (0, 16)
    with pytest.raises(InvalidInput, match="at step 1000"):
        probes_of_study(factorial, Asked("s1"), measured_at=1_000)


def test_routing_of_the_ledger_tells_every_arm_or_one(factorial: Engine) -> None:
    found = routing_of_study(factorial, "factors-open")
    assert [arm.arm for arm in found.arms] == ["plain", "svd", "balanced", "both"]
    (both,) = routing_of_study(factorial, "s2", arm="both").arms
    assert [one.step for one in both.checkpoints] == [1_000, 2_000]
    load = both.checkpoints[0].layers[0].load[0]
    assert load is not None
    assert [load.mean, load.low, load.high] == pytest.approx([0.55, 0.5, 0.6])


def test_the_whole_report_holds_effects_probes_and_routing(factorial: Engine) -> None:
    answers = answer_everything(factorial, Asked("s2"))
    page = study_report(answers, version="1")
    titles = [section.title for section in page.sections]
    for title in (
        "What does each factor bring?",
        "Does it add to the best seed?",
        "Does it change the spread of the seeds?",
        "Does anything measured before training predict the score?",
        "Routing of both",
    ):
        assert title in titles
    told = page_html(page)
    assert "initialisation: svd against standard" in told
    assert answers.effects == effects_of_study(factorial, Asked("s2"))
