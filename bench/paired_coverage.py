"""Does the paired interval cover the truth, and how wide is it? Against Tango, Newcombe and Wald.

    python bench/paired_coverage.py [--tables 20000] [--seed 20261122]

Worlds: n problems, a share p_d of them discordant, a true difference theta from 0 to p_d (at p_d all
discordant problems are gains). Each draws 2 x 2 tables and gives all methods the same ones. Of the
concordant problems 3 in 4 are solved by both, which only Newcombe's interval looks at. `low` and
`high` are the shares of tables whose interval lies wholly above or below the truth. `at odds` is the
share of tables for which the interval and McNemar's exact test say different things about 0.

Sources: Tango (1998) and Newcombe (1998, method 10), both Statistics in Medicine 17.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nophantom.stats.paired import PairedCounts, mcnemar_exact, paired_difference

Z = 1.959963984540054
SIZES = (25, 150, 500, 1319)
SHARES = (0.01, 0.05, 0.2, 0.4)
LEADS = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)

Numbers = NDArray[np.float64]
Ends = tuple[Numbers, Numbers]


def ours(tables: Numbers) -> Ends:
    """The interval of the product, one distinct table at a time."""
    kinds, which = np.unique(tables.astype(int)[:, :2], axis=0, return_inverse=True)
    n = int(tables[0].sum())
    ends = np.array([_our_ends(int(gained), int(lost), n) for gained, lost in kinds])[which.ravel()]
    return ends[:, 0], ends[:, 1]


def _our_ends(gained: int, lost: int, n: int) -> tuple[float, float]:
    gap = paired_difference(PairedCounts(n - gained - lost, gained, lost, 0))
    assert gap.low is not None
    assert gap.high is not None
    return gap.low, gap.high


def tango(tables: Numbers) -> Ends:
    """Where the score statistic turns +-z, by bisection."""
    gained, lost = tables[:, 0], tables[:, 1]
    n = tables.sum(axis=1)

    def score(theta: Numbers) -> Numbers:
        b = -gained - lost + (2 * n - gained + lost) * theta
        c = -lost * theta * (1 - theta)
        q = (np.sqrt(np.maximum(b * b - 8 * n * c, 0)) - b) / (4 * n)
        variance = np.maximum(n * (2 * q + theta * (1 - theta)), 1e-300)
        return np.asarray((gained - lost - n * theta) / np.sqrt(variance))

    def turn(level: float) -> Numbers:
        low, high = np.full(len(n), -1.0), np.full(len(n), 1.0)
        for _ in range(50):
            middle = (low + high) / 2
            above = score(middle) > level
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return low

    return turn(Z), turn(-Z)


def newcombe(tables: Numbers) -> Ends:
    """Wilson limits of both accuracies, joined by the correlation, method 10."""
    gained, lost, right, wrong = tables.T
    n = tables.sum(axis=1)
    one, other = right + gained, right + lost
    cross = right * wrong - gained * lost
    cross = np.where(cross > 0, np.maximum(cross - n / 2, 0), cross)
    margins = one * (n - one) * other * (n - other)
    phi = np.where(margins > 0, cross / np.sqrt(np.maximum(margins, 1)), 0)
    (one_low, one_high), (other_low, other_high) = _wilson(one, n), _wilson(other, n)
    p, q = one / n, other / n
    down, up = _joined(p - one_low, other_high - q, phi), _joined(one_high - p, q - other_low, phi)
    return p - q - down, p - q + up


def _joined(one: Numbers, other: Numbers, phi: Numbers) -> Numbers:
    return np.asarray(np.sqrt(np.maximum(one**2 - 2 * phi * one * other + other**2, 0)))


def _wilson(successes: Numbers, n: Numbers) -> Ends:
    share = successes / n
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    reach = Z * np.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return middle - reach, middle + reach


def wald(tables: Numbers) -> Ends:
    """Point and 1.96 standard errors."""
    n = tables.sum(axis=1)
    x, theta = (tables[:, 0] + tables[:, 1]) / n, (tables[:, 0] - tables[:, 1]) / n
    reach = Z * np.sqrt(np.maximum(x - theta**2, 0) / n)
    return theta - reach, theta + reach


METHODS: dict[str, Callable[[Numbers], Ends]] = {
    "ours": ours,
    "tango": tango,
    "newcombe": newcombe,
    "wald": wald,
}


def measure(tables: Numbers, theta: float, method: Callable[[Numbers], Ends]) -> Numbers:
    """Coverage, misses on both sides, mean width, and how often the exact test says otherwise."""
    low, high = method(tables)
    above, below = low > theta + 1e-12, high < theta - 1e-12
    kinds, which = np.unique(tables.astype(int)[:, :2], axis=0, return_inverse=True)
    p_values = np.array([mcnemar_exact(int(gained), int(lost)) for gained, lost in kinds])[which.ravel()]
    at_odds = ((low > 0) | (high < 0)) != (p_values < 0.05)
    shares = [
        1 - above.mean() - below.mean(),
        above.mean(),
        below.mean(),
        (high - low).mean(),
        at_odds.mean(),
    ]
    return np.array(shares)


def report(tables_per_world: int, seed: int) -> None:
    """Print one line per world and method, then the worst of each method."""
    rng = np.random.default_rng(seed)
    rows: dict[str, list[tuple[tuple[int, float, float], Numbers]]] = {name: [] for name in METHODS}
    print("   n   p_d   theta  method     covered  low    high   width    at odds")
    for n in SIZES:
        for p_d in SHARES:
            for theta in (round(lead * p_d, 6) for lead in LEADS):
                cells = [(p_d + theta) / 2, (p_d - theta) / 2, (1 - p_d) * 0.75, (1 - p_d) * 0.25]
                tables = rng.multinomial(n, cells, size=tables_per_world).astype(np.float64)
                for name, method in METHODS.items():
                    row = measure(tables, theta, method)
                    rows[name].append(((n, p_d, theta), row))
                    covered, low, high, width, odds = row
                    print(
                        f"{n:4d}  {p_d:.2f}  {theta:.4f}  {name:9s}  {covered:.4f}   {low:.4f} {high:.4f} "
                        f"{width:.5f}  {odds:.4f}",
                        flush=True,
                    )
    for name, seen in rows.items():
        world, worst = min(seen, key=lambda one: one[1][0])
        side = max(seen, key=lambda one: max(one[1][1], one[1][2]))
        table = np.array([row for _, row in seen])
        print(
            f"{name:9s} worst coverage {worst[0]:.4f} at n, p_d, theta = {world}; "
            f"worst side {max(side[1][1], side[1][2]):.4f} at {side[0]}; "
            f"mean coverage {table[:, 0].mean():.4f}; mean width {table[:, 3].mean():.5f}; "
            f"at odds {table[:, 4].mean():.4f}, at most {table[:, 4].max():.4f}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", type=int, default=20_000, help="tables drawn per world")
    parser.add_argument("--seed", type=int, default=20_261_122)
    given = parser.parse_args()
    report(given.tables, given.seed)
