"""Gates: three-valued logic, exhaustively; error rates, exactly; and the known case."""

from __future__ import annotations

import operator
from itertools import product

import numpy as np
import pytest
from scipy import stats as scipy_stats

from nophantom.errors import InvalidInput
from nophantom.llm.questions.gate import (
    Decision,
    Measured,
    SeedsAndProblems,
    Truth,
    decide_gate,
    parse_gate,
)
from nophantom.stats.estimates import Estimate
from nophantom.stats.proportions import wilson

SIGNS = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)


def between(low: float | None, high: float | None) -> Measured:
    """A quantity with the same interval at every confidence."""
    return Measured(lambda confidence: Estimate(0.5, low, high, confidence, 10, "given"))


@pytest.mark.parametrize(("sign", "threshold"), list(product(SIGNS, LEVELS)))
def test_a_clause_is_true_where_every_level_of_its_interval_fulfils_it_and_false_where_none_does(
    sign: str, threshold: float
) -> None:
    """Also at the ends: 0% is not above 0, and nothing is above 1."""
    for low, high in product(LEVELS, LEVELS):
        if low > high:
            continue
        held = [SIGNS[sign](level, threshold) for level in LEVELS if low <= level <= high]
        wanted = Truth.TRUE if all(held) else Truth.FALSE if not any(held) else Truth.UNDECIDED
        found = decide_gate(f"x {sign} {threshold}", {"x": between(low, high)})
        assert found.clauses[0].truth is wanted, (low, high)
        assert (
            found.decision
            is {
                Truth.TRUE: Decision.GO,
                Truth.FALSE: Decision.NO_GO,
                Truth.UNDECIDED: Decision.UNDECIDED,
            }[wanted]
        )


def test_an_unknown_interval_is_undecided() -> None:
    assert decide_gate("x >= 0.5", {"x": between(None, None)}).decision is Decision.UNDECIDED


T, F, A, U = "tfau"
KINDS = {
    T: Measured(lambda c: Estimate(0.9, 0.8, 1.0, c, 10, "true")),
    F: Measured(lambda c: Estimate(0.1, 0.0, 0.2, c, 10, "false at every confidence")),
    A: Measured(lambda c: Estimate(0.4, 0.3, 0.45 if c < 0.96 else 0.55, c, 10, "false alone, not by Holm")),
    U: Measured(lambda c: Estimate(0.5, 0.4, 0.6, c, 10, "undecided")),
}


@pytest.mark.parametrize("kinds", list(product(KINDS, repeat=3)))
def test_go_needs_every_clause_and_no_go_one_that_is_false_among_all(kinds: tuple[str, str, str]) -> None:
    text = " and ".join(f"x{'abc'[i]} >= 0.5" for i in range(3))
    found = decide_gate(text, {f"x{'abc'[i]}": KINDS[kind] for i, kind in enumerate(kinds)})
    wanted = Decision.NO_GO if F in kinds else Decision.GO if set(kinds) == {T} else Decision.UNDECIDED
    assert found.decision is wanted
    assert [c.false_together for c in found.clauses] == [kind == F for kind in kinds]
    blamed = [
        c.text for c, kind in zip(found.clauses, kinds, strict=True) if kind == (F if F in kinds else A)
    ]
    assert all(text in found.reason for text in blamed)


def test_the_exit_statuses_are_those_of_the_command_line() -> None:
    assert [Decision(word).exit_status for word in ("GO", "NO-GO", "UNDECIDED")] == [0, 64, 65]


def test_of_one_clause_holm_asks_no_more_than_the_clause() -> None:
    assert decide_gate("xa >= 0.5", {"xa": KINDS[A]}).decision is Decision.NO_GO


@pytest.mark.parametrize("level", [0.5, 0.75, 0.79])
def test_false_go_and_false_no_go_are_rarer_than_alpha_however_many_clauses(level: float) -> None:
    """Exactly, by the binomial distribution: m independent runs of 500 problems, each at its level or next to it.

    GO is false where one clause is; the likeliest case is that all others are surely true. NO-GO is false where all
    are true; the likeliest case is that all stand at their level.
    """
    n, counts = 500, range(501)
    chances = np.asarray(scipy_stats.binom.pmf(counts, n, level)).tolist()
    for m in (1, 2, 3, 5):
        go = no_go = 0.0
        for right, chance in zip(counts, chances, strict=True):
            if chance < 1e-12:
                continue
            clause = Measured(lambda c, right=right: wilson(right, n, confidence=c))  # type: ignore[misc]
            others = {f"x{'abcde'[i]}": KINDS[T] for i in range(1, m)}
            text = " and ".join([f"xa >= {level}", *(f"{name} >= 0.5" for name in others)])
            found = decide_gate(text, {"xa": clause} | others)
            go += chance * (found.decision is Decision.GO)
            no_go += chance * found.clauses[0].false_together
        assert go <= 0.05
        assert go == pytest.approx(0.025, abs=0.008)
        assert 1 - (1 - no_go) ** m <= 0.05


def test_the_known_case_is_undecided_and_says_what_would_decide() -> None:
    """379 of 500 at the end; the peak of 158 of 200 was the highest of ten looks."""
    measured = {
        "final": Measured(lambda c: wilson(379, 500, confidence=c), 500),
        "peak": Measured(lambda c: wilson(158, 200, confidence=1 - (1 - c) / 10), 200),
    }
    found = decide_gate("final >= 75%   and peak>=0.79", measured)
    assert found.gate == "final >= 75% and peak>=0.79"
    assert found.decision is Decision.UNDECIDED
    final = found.clauses[0].estimate
    assert (final.low, final.high) == pytest.approx((0.7186, 0.7935), abs=5e-5)
    # By hand: (1.960 sqrt(.75 .25) + 0.842 sqrt(.76 .24))^2 / .01^2
    by_hand = (1.959964 * (0.75 * 0.25) ** 0.5 + 0.841621 * (0.76 * 0.24) ** 0.5) ** 2 / 1e-4
    assert found.clauses[0].needed is not None
    assert int(found.clauses[0].needed.split()[0].replace(",", "")) == pytest.approx(by_hand, abs=1.5)
    assert "80% power" in found.clauses[0].needed


def test_so_many_problems_would_indeed_decide() -> None:
    """With the number of problems that it names, a truth one point above is seen in 80 of 100 cases."""
    found = decide_gate("x >= 0.75", {"x": Measured(lambda c: wilson(379, 500, confidence=c), 500)})
    needed = int((found.clauses[0].needed or "").split()[0].replace(",", ""))
    fewest = next(k for k in range(needed) if (wilson(k, needed).low or 0) >= 0.75)
    assert scipy_stats.binom.sf(fewest - 1, needed, 0.76) == pytest.approx(0.8, abs=0.01)


def test_who_has_enough_problems_is_not_told_to_get_fewer() -> None:
    found = decide_gate("x >= 0.75", {"x": Measured(lambda c: wilson(22_510, 30_000, confidence=c), 30_000)})
    assert (found.clauses[0].needed or "").startswith("30,000 problems in all (there are 30,000)")


def test_what_more_seeds_cannot_decide_is_left_to_more_problems() -> None:
    def open_(c: float) -> Estimate:
        return Estimate(0.75, 0.7, 0.8, c, 5, "given")

    told = [
        decide_gate("x >= 0.75", {"x": Measured(open_, 500, SeedsAndProblems(5, seeds, 500, problems))})
        .clauses[0]
        .needed
        for seeds, problems in ((0.0004, 0.001), (0.00001, 0.2), (0.0004, 0.2))
    ]
    # allowed: (.01 / 2.8016)^2 = 1.2741e-5
    assert told[0] is not None
    assert told[1] is not None
    assert told[2] is not None
    assert told[0].startswith("38 seeds in all (there are 5)")  # .0004 / (1.2741e-5 - 2e-6) = 37.2
    assert told[1].startswith(
        "18,621 problems in all (there are 500), for as many seeds"
    )  # .2 / (1.2741e-5 - 2e-6)
    assert told[2].startswith(
        "63 seeds (there are 5) on 31,396 problems"
    )  # 2 x .0004 and 2 x .2 over 1.2741e-5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty clause"),
        ("x", "cannot read 'x'"),
        ("x = 0.5", "cannot read"),
        ("x >= 0.5 and", "empty clause"),
        ("x >= 0.5 AND x >= 0.1", "cannot read"),
        ("x >= 0.5 or x >= 0.6", "no error rate"),
        ("not x >= 0.5", "no error rate"),
        ("(x >= 0.5)", "no error rate"),
        ("x >= 75", "75% is 0.75"),
        ("x >= 101%", "0 to 1"),
        ("y >= 0.5", "asks for 'y'.*x \\(measured\\)"),
        ("reproduced", "cannot read 'reproduced'"),
        ("x >= -0.5", "cannot read"),
        ("0.5 <= x", "cannot read"),
        ("x >= 0.5, x >= 0.6", "cannot read"),
    ],
)
def test_a_gate_that_cannot_be_read_is_refused_with_what_can(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        decide_gate(text, {"x": KINDS[T]})


def test_reproduced_stands_alone_and_needs_its_level() -> None:
    (clause,) = parse_gate(" reproduced ", {"reproduced": "a rerun"})
    assert (clause.quantity, clause.threshold, clause.strict) == ("reproduced", None, False)
    with pytest.raises(InvalidInput, match="'reproduced'"):
        parse_gate("reproduced >= 0.5", {"reproduced": "a rerun"})
    with pytest.raises(InvalidInput, match="--claimed"):
        decide_gate("reproduced", {"reproduced": KINDS[T]})
    held = Measured(KINDS[T].estimate, claimed=0.78)
    assert decide_gate("reproduced", {"reproduced": held}).clauses[0].threshold == 0.78


@pytest.mark.parametrize(("alpha", "delta"), [(0.0, 0.01), (0.5, 0.01), (0.05, 0.0), (0.05, 1.0)])
def test_rates_and_distances_out_of_range_are_refused(alpha: float, delta: float) -> None:
    with pytest.raises(InvalidInput, match=r"alpha|delta"):
        decide_gate("x >= 0.5", {"x": KINDS[T]}, alpha=alpha, delta=delta)
