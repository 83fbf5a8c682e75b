from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.llm.logs.placement import Placing, compile_pattern
from nophantom.llm.logs.records import Placement


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        (
            "{study}/{arm}/seed{seed}/step{step}",
            "/r/lr/svd/seed3/step100/a.eval",
            Placement("lr", "svd", 3, 100),
        ),
        (
            "{arm}/seed{seed}/checkpoint-{checkpoint}",
            "lr/svd/seed03/checkpoint-7/a.jsonl",
            Placement("lr", "svd", 3, 7),
        ),
        ("{arm}_s{seed}", "exp/warm_up_s12/org__model/samples.jsonl", Placement("exp", "warm_up", 12)),
        ("*/{arm}-seed{seed}-*", "x/any/a-b-seed1-final/f.eval", Placement("x", "a-b", 1)),
        ("{arm}.s{seed}.csv", "exp/svd.s4.csv", Placement("exp", "svd", 4)),
        ("{model}/seed{seed}", "exp/m7/seed1/f.eval", Placement("exp", "m7", 1, model="m7")),
        ("{model}/{split}", "a/m7/test/f.eval", Placement(model="m7", split="test")),
        ("seed{seed}", "a/seed1/b/seed2/c/f.eval", Placement("b", seed=2)),
        (r"{arm}\seed{seed}", r"C:\exp\svd\seed3\f.eval", Placement("exp", "svd", 3)),
        ("v1.5/{arm}", "a/v1.5/svd/f.eval", Placement(arm="svd")),
        ("seed{seed}", "seed4/f.eval", Placement(seed=4)),
    ],
)
def test_a_pattern_fits_whole_parts_as_near_to_the_file_as_it_can(
    pattern: str, path: str, expected: Placement
) -> None:
    assert compile_pattern(pattern).place(path) == expected


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("{arm}/seed{seed}", "svd/seedX/f.eval"),
        ("{arm}/seed{seed}", "seed3/f.eval"),
        ("{arm}/seed{seed}", "svd/seed3x/f.eval"),
        ("{arm}/seed{seed}", "f.eval"),
        ("a.b{seed}", "axb3/f.eval"),
    ],
)
def test_a_path_that_does_not_fit_is_refused_with_what_was_seen_and_an_example(
    pattern: str, path: str
) -> None:
    with pytest.raises(InvalidInput, match="does not fit") as refused:
        compile_pattern(pattern).place(path)
    assert pattern in refused.value.message
    assert "for example '{arm}/seed{seed}/step{step}' fits" in refused.value.message


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "names no field"),
        ("a/b", "names no field"),
        ("{arm}/{sed}", "has a field {sed}"),
        ("{}", "has a field {}"),
        ("{arm}/{arm}", "names the arm twice"),
        ("{step}/{checkpoint}", "names the step twice"),
        ("{arm}{seed}", "no text between them"),
        ("{arm}*", "no text between them"),
        ("{arm", "without its partner"),
        ("arm}", "without its partner"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused_with_what_is_known(pattern: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        compile_pattern(pattern)


@given(
    arm=st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True),
    seed=st.integers(0, 10**9),
    step=st.integers(0, 10**9),
    above=st.lists(st.sampled_from(["a", "runs", "x y", "é"]), min_size=1, max_size=3),
    below=st.lists(st.sampled_from(["org__model", "details"]), max_size=2),
)
def test_what_was_written_into_a_path_comes_out_of_it(
    arm: str, seed: int, step: int, above: list[str], below: list[str]
) -> None:
    path = "/".join([*above, arm, f"seed{seed}", f"step{step}", *below, "samples.jsonl"])
    found = compile_pattern("{arm}/seed{seed}/step{step}").place(path)
    assert found == Placement(above[-1], arm, seed, step)


@given(pattern=st.text(alphabet="{}*/.armsed0 ", max_size=20), path=st.text(alphabet="a/.3d ", max_size=20))
def test_any_pattern_is_refused_or_places(pattern: str, path: str) -> None:
    with suppress(InvalidInput):
        compile_pattern(pattern).place(path)


def test_the_user_goes_before_the_path_and_the_path_before_the_file() -> None:
    placing = Placing(Placement(study="told"), compile_pattern("{arm}/seed{seed}"))
    own = Placement(study="own", arm="own", seed=9, step=7)
    assert placing.place("x/svd/seed3/f", own) == Placement("told", "svd", 3, 7)
    assert Placing().place("x", own) == own
