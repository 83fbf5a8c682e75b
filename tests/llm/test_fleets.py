"""How seeds are cut into fleets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nophantom.llm.fleets import halves, processes_for, seed_bytes, share_out
from nophantom.llm.recipe import ModelShape


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 30), max_size=4),
    st.integers(1, 9),
    st.integers(1, 12),
)
def test_every_seed_is_in_one_fleet_and_no_fleet_is_too_large(
    seeds: dict[str, int], processes: int, most: int
) -> None:
    fleets = share_out({arm: range(n) for arm, n in seeds.items()}, processes, most)

    shared = {arm: sorted(seed for name, part in fleets if name == arm for seed in part) for arm in seeds}
    assert shared == {arm: list(range(n)) for arm, n in seeds.items()}
    assert all(0 < len(part) <= most for _, part in fleets)
    assert [len(part) for _, part in fleets] == sorted((len(part) for _, part in fleets), reverse=True)


def test_the_work_is_balanced_over_the_processes() -> None:
    def sizes(seeds: dict[str, int], processes: int, most: int = 10) -> list[int]:
        return [len(part) for _, part in share_out({a: range(n) for a, n in seeds.items()}, processes, most)]

    assert sizes({"a": 20}, 2) == [10, 10]
    assert sizes({"a": 20}, 1) == [10, 10]
    assert sizes({"a": 20}, 4) == [5, 5, 5, 5]
    assert sizes({"a": 20, "b": 20}, 2) == [10] * 4
    assert sizes({"a": 8, "b": 8, "c": 8, "d": 8}, 2) == [8] * 4
    assert sizes({"a": 3}, 8) == [1, 1, 1]


def test_halves_meet_again_and_end_at_single_seeds() -> None:
    parts: tuple[tuple[int, ...], ...] = (tuple(range(10)),)
    while any(len(part) > 1 for part in parts):
        parts = tuple(half for part in parts for half in halves(part))
    assert parts == tuple((seed,) for seed in range(10))


def test_memory_limits_the_processes_and_never_below_one() -> None:
    demo, large = ModelShape(), ModelShape(d_model=1024, layers=12, heads=16, kv_heads=16, expert_width=4096)

    assert processes_for(4, 64 * 2**30, demo, 8) == 4
    assert processes_for(64, 8 * 2**30, demo, 8) < 12
    assert processes_for(4, 2**20, large, 32) == 1
    assert processes_for(4, None, None, 8) == 4
    # The demo's size took about 5 MB a seed, a model of 33 MB was four times as wide: the guess errs upwards.
    assert 5e6 < seed_bytes(demo, 8) < 5e7
