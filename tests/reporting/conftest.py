"""A page with every kind of block and picture, unknowns and hostile text among them."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest

from nophantom.reporting.page import (
    Bin,
    Curve,
    Facts,
    Figure,
    Headline,
    Intervals,
    Items,
    Mark,
    Page,
    Paragraph,
    ProblemMap,
    Reliability,
    Section,
    Series,
    Spread,
    Table,
)
from nophantom.stats.estimates import Estimate

HOSTILE = "<script>alert('1')</script> & \"x\" | `y` \x1b[31m\ud800 *z*"


def big_map(runs: int = 20, problems: int = 1_319, seed: int = 1) -> ProblemMap:
    """Outcomes of runs on problems of every difficulty, a few of them unknown."""
    rng = np.random.default_rng(seed)
    chance = np.clip(rng.uniform(0.15, 1.35, problems), 0, 1)
    right = rng.random((runs, problems)) < chance
    known = rng.random((runs, problems)) > 0.004
    solved = tuple(
        tuple(bool(r) if k else None for r, k in zip(*rows, strict=True))
        for rows in zip(right.tolist(), known.tolist(), strict=True)
    )
    return ProblemMap(tuple(f"seed {n}" for n in range(1, runs + 1)), solved, "Problem map")


def pictures() -> tuple[Figure, ...]:
    """One of each kind."""
    k = tuple(float(n) for n in range(1, 21))
    vote = tuple(0.76 + 0.05 * (1 - exp(-n / 4)) for n in k)
    band = (tuple(y - 0.02 for y in vote), tuple(y + 0.02 for y in vote))
    oracle = tuple(None if n < 3 else 0.76 + 0.2 * (1 - exp(-n / 4)) for n in k)
    outcomes = big_map()
    return (
        Intervals(
            (
                ("curriculum - baseline", Estimate(0.012, -0.004, 0.028, 0.95, 1_319, "recipes")),
                ("one seed each", Estimate(0.02, None, None, 0.95, 1_319, "needs 2 seeds")),
            ),
            0.01,
            "points",
            "Differences",
        ),
        Spread(
            (("baseline", (0.751, 0.752, 0.752, 0.768)), ("curriculum", (0.755, 0.771))),
            (("mean", 0.7575), ("normal", 0.7697), ("asymptotic", 0.773), ("honest", 0.7631)),
            "Seeds",
        ),
        Curve(
            (Series("plurality", k, vote, *band), Series("oracle", k, oracle)),
            "members",
            "accuracy",
            "Ensemble",
            references=(("best single member", 0.77),),
            marks=(Mark("peak", 20.0, vote[-1]),),
        ),
        Curve((Series("gap", k, tuple(y - 0.79 for y in vote)),), "problems", "difference", "Gap", "points"),
        outcomes,
        outcomes.histogram("Solved by how many"),
        Reliability((Bin(0.15, 0.1, 0.02, 0.3, 20), Bin(0.9, 0.85, None, None, 1)), "Reliability"),
    )


@pytest.fixture(scope="session")
def whole_page() -> Page:
    """A report as long as one gets."""
    table = Table(
        ("run", "accuracy", HOSTILE),
        (("r1", "75.90%", "a"), ("r2 " + HOSTILE, "76.42%", "")),
        ("left", "right", "left"),
        "Arms " + HOSTILE,
    )
    return Page(
        "Does it help? " + HOSTILE,
        "study s3, 20 seeds an arm",
        Headline("undecided", "the interval holds both no effect and one that matters. " + HOSTILE),
        ("SIMULATED outcomes " + HOSTILE,),
        (
            Section("Tables", (table, Facts((("p", "0.14"), (HOSTILE, HOSTILE)))), "Lead " + HOSTILE),
            Section("Pictures", pictures()),
            Section(
                "Words", (Paragraph("1. no list " + HOSTILE), Items(("training noise", HOSTILE), "Left out"))
            ),
            Section("Nothing " + HOSTILE, (Items(()), Facts(()))),
        ),
        ("made by hand", HOSTILE),
    )
