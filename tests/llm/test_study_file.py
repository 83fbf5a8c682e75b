"""A study as a person writes it: every fault with its line, and the plan that comes of it."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import InvalidInput
from nophantom.llm.recipe import DataOrder, Initialisation, Router
from nophantom.llm.study_file import EXAMPLE, Machine, StudyFile, plan_changes
from nophantom.llm.study_reading import read_study_file
from nophantom.llm.toml_reading import lines_of
from nophantom.stats.verdicts import Direction

SMALL = 'name = "small"\nproblems = "sums"\nseeds = 3\ncheckpoints = [10, 20]\n'
HASH = "a" * 64


def faults_of(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        read_study_file(text)
    return refused.value.message.splitlines()[1:]


def test_the_example_can_be_read_as_it_is_printed_and_with_all_that_it_leaves_out() -> None:
    read = read_study_file(EXAMPLE)
    whole = read_study_file(re.sub(r"(?m)^# (?=\[|[a-z_]+ =)", "", EXAMPLE))

    assert [arm.name for arm in read.arms] == [
        "softmax-standard",
        "softmax-svd",
        "balanced-standard",
        "balanced-svd",
    ]
    assert read.seeds == tuple(range(20))
    assert [arm.name for arm in whole.arms[4:]] == ["selective", "mine"]
    assert whole.machine == Machine(2, 10, 1, "auto")
    assert whole.budget_hours == 0.5


def test_every_combination_of_levels_is_an_arm_and_its_place_is_in_the_plan() -> None:
    plan = read_study_file(EXAMPLE).plan("sums", HASH)

    assert plan.factors["balanced-svd"] == {"router": "balanced", "initialisation": "svd"}
    assert plan.recipes is not None
    assert plan.recipes["balanced-svd"]["router"] is Router.BALANCED
    assert plan.recipes["balanced-svd"]["problems"] == HASH
    assert (plan.validation, plan.split, plan.shares_seeds) == ("validation", "test", True)
    assert plan.claims[0].claim.preregistered
    assert plan.claims[0].claim.direction is Direction.HIGHER


def test_without_arms_there_is_one_and_an_arm_by_name_stands_alone() -> None:
    assert [arm.name for arm in read_study_file(SMALL).arms] == ["default"]

    alone = read_study_file(SMALL + '[[arm]]\nname = "svd"\ninitialisation = "svd"\n')
    assert [arm.name for arm in alone.arms] == ["svd"]
    assert alone.arms[0].recipe is not None
    assert alone.arms[0].recipe.initialisation is Initialisation.SVD


def test_a_named_arm_takes_its_place_among_the_combinations_unless_it_differs_in_more() -> None:
    text = SMALL + (
        '[arms]\nrouter = ["softmax", "balanced"]\n'
        '[[arm]]\nname = "wide"\nmodel.d_model = 96\n[[arm]]\nname = "again"\nrouter = "balanced"\n'
    )
    plan = read_study_file(text).plan("sums", HASH)

    assert plan.factors["again"] == {"router": "balanced"}
    assert plan.factors["wide"] == {}


def test_a_selective_arm_takes_its_strata_by_name_or_from_a_study() -> None:
    named = read_study_file(SMALL + '[arms]\norder = ["selective"]\n[selective]\nordered = ["1 step"]\n')
    told = read_study_file(SMALL + '[[arm]]\nname = "s"\norder = "selective"\nevidence = "s3"\n')

    assert named.arms[0].recipe is not None
    assert named.arms[0].recipe.ordered == ("1 step",)
    assert told.arms[0].evidence == "s3"
    plan = told.plan("sums", HASH, {"s": ("2 steps",)})
    assert plan.recipes is not None
    assert plan.recipes["s"]["ordered"] == ("2 steps",)
    assert plan.recipes["s"]["evidence"] == "s3"
    assert plan.recipes["s"]["order"] is DataOrder.SELECTIVE


def test_a_script_is_an_arm_and_nobody_claims_to_know_its_seeds() -> None:
    text = (
        SMALL
        + '[[arm]]\nname = "mine"\ncommand = "python t.py {seed} {out}"\nlogs = "{out}/step{step}.jsonl"\n'
    )
    plan = read_study_file(text).plan("sums", HASH)

    assert plan.recipes == {
        "mine": {"problems": HASH, "command": "python t.py {seed} {out}", "logs": "{out}/step{step}.jsonl"}
    }
    assert not plan.shares_seeds


def test_budget_and_machine_are_no_part_of_the_plan_and_everything_else_is() -> None:
    plan = read_study_file(SMALL).plan("sums", HASH)
    same = read_study_file("budget_hours = 2\n" + SMALL + "[machine]\nprocesses = 4\n").plan("sums", HASH)
    other = read_study_file(SMALL + "[schedule]\nbatch = 16\n").plan("sums", HASH)

    assert same.plan_hash == plan.plan_hash
    assert other.plan_hash != plan.plan_hash
    assert plan_changes(json.loads(plan.canonical()), json.loads(other.canonical())) == (
        "schedule.batch (default): 8 was frozen, the file says 16",
    )


def test_a_change_of_all_arms_is_told_once() -> None:
    frozen = json.loads(read_study_file(EXAMPLE).plan("sums", HASH).canonical())
    changed = EXAMPLE.replace("seeds = 20", "seeds = 4").replace("# [model]", "[model]\nd_model = 96 #")
    now = json.loads(read_study_file(changed).plan("sums", HASH).canonical())

    told = plan_changes(frozen, now)

    assert len(told) == 2
    assert told[0].startswith(
        "model.d_model (balanced-standard, balanced-svd, softmax-standard, softmax-svd): 48 was"
    )
    assert told[1].startswith("seeds: [0,1,2")


def test_all_faults_are_told_at_once_each_with_its_line() -> None:
    text = """\
nam = "x"
problems = 7
seeds = [1, 1]
checkpoints = [20, 10]
budget_hours = -1
[model]
d_model = 47
layrs = 3
[schedule]
learning_rate = 0
batch = 2.5
[arms]
router = ["softmx"]
[[arm]]
name = "s"
order = "selective"
[arm.schedule]
clip = "no"
[[arm]]
name = "mine"
command = "train"
router = "softmax"
[[claim]]
first = "a"
direction = "up"
[machine]
device = "gpu"
threads = 0
"""
    told = faults_of(text)

    assert told == [
        "line 1: nam: 'nam' is no key here; did you mean 'name'?",
        "line 1: name: name is missing",
        "line 2: problems: problems is a text; got 7",
        "line 3: seeds: seeds are distinct, and there is at least one; got [1, 1]",
        "line 4: checkpoints: checkpoints rise from one to the next; got [20, 10]",
        "line 5: budget_hours: a budget is more than 0 hours; got -1.0",
        "line 6: model: d_model is a multiple of twice the heads, so that each has an even width; got 47 and 6 heads",
        "line 8: model.layrs: 'layrs' is no key here; did you mean 'layers'?",
        "line 10: schedule.learning_rate: learning_rate and clip are above 0; got 0.0 and 1.0",
        "line 11: schedule.batch: a whole number of 1 or more is needed; got 2.5",
        "line 13: arms.router: 'softmx' is no router; softmax, balanced",
        (
            'line 14: arm: a selective order needs either evidence = "STUDY", whose validation outcomes tell the '
            "strata that are ordered, or ordered = [names of strata]"
        ),
        "line 18: arm.schedule.clip: a number is needed; got 'no'",
        "line 21: arm.command: the command does not hold {out}, so every run would be the same",
        "line 21: arm.command: the command does not hold {seed}, so every run would be the same",
        "line 22: arm.router: a script trains as it likes: router cannot be set for it",
        "line 23: claim.second: second is missing",
        "line 25: claim.direction: 'up' is no direction of a claim; higher, lower, different",
        'line 27: machine.device: \'gpu\' is no device; "auto", "cpu", "cuda" or "cuda:0"',
        "line 28: machine.threads: a whole number of 1 or more is needed; got 0",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            SMALL + '[[claim]]\nfirst = "default"\nsecond = "defalt"\n',
            "there is no arm 'defalt'; there are: default",
        ),
        (
            SMALL + '[[arm]]\nname = "a"\n[[arm]]\nname = "a"\n',
            "line 8: arm.name: there are two arms of the name 'a'",
        ),
        (SMALL.replace("3", "20_000"), "at most 10,000 seeds; got 20000"),
        (SMALL.replace('"small"', '"sm\\u0000all"'), "none of them a control character"),
        (SMALL + "arms = 3\n", "a table is needed here, [arms]; got 3"),
        (SMALL + "arm = 3\n", "tables are needed here, each under [[arm]]; got 3"),
        (
            SMALL + '[[arm]]\nname = "a"\norder = "blanket"\nordered = ["x"]\n',
            "of a selective order; this arm is blanket",
        ),
        (SMALL + '[[claim]]\nfirst = "default"\nsecond = "default"\n', "got 'default' twice"),
        (SMALL + "[model]\nrope_base = true\n", "line 6: model.rope_base: a number is needed; got True"),
        (SMALL + "[schedule]\nlearning_rate = inf\n", "a number is needed; got inf"),
    ],
)
def test_what_cannot_be_is_refused(text: str, told: str) -> None:
    assert any(told in line for line in faults_of(text))


def test_a_text_that_is_no_toml_says_where() -> None:
    with pytest.raises(InvalidInput, match=r"no TOML: .*at line 2, column 5"):
        read_study_file("name = 'a'\nseed\n")


def test_lines_are_found_behind_strings_and_arrays_over_several_lines() -> None:
    text = (
        'a = """\n[no]\nb = 1\n"""\nc = [\n  1, # ]\n  "[x]",\n]\n"d e".f = \'\'\'\nz\'\'\'\n'
        "[t]\nx = {y = 1}\n[[u]]\n[[u]]\nv = 1\n[u.w]\nq = '#'\n[u.w.deep]\n"
    )
    assert tomllib.loads(text)["u"][1]["w"]["q"] == "#"
    found = lines_of(text)

    places = {("a",): 1, ("c",): 5, ("d e", "f"): 9, ("t",): 11, ("t", "x", "y"): 12, ("u", 0): 13}
    places |= {("u", 1, "v"): 15, ("u", 1, "w", "q"): 17, ("u", 1, "w", "deep"): 18, ("no",): 1}
    assert {path: found.of(path) for path in places} == places


@given(st.lists(st.sampled_from(["a", "b", "[t]", "[[r]]", "", "# c"]), max_size=8), st.integers(0, 8))
def test_a_key_put_on_a_line_is_found_on_that_line(lines: list[str], place: int) -> None:
    """Whatever stands around it: the line that the parser would need is the line that we tell."""
    kept, seen = [], set[str]()
    for number, line in enumerate(lines):
        if line == "[t]" and "[t]" in seen:
            continue
        seen.add(line)
        kept.append(f"{line}{number} = 1" if line in {"a", "b"} else line)
    place = min(place, len(kept))
    told = [*kept[:place], "wanted = [1,\n2]", *kept[place:]]
    found = lines_of("\n".join(told))

    (path,) = [path for path in found.known if path[-1] == "wanted"]
    assert found.of(path) == place + 1


def test_a_study_file_is_frozen() -> None:
    read = read_study_file(SMALL)
    assert isinstance(read, StudyFile)
    with pytest.raises(AttributeError):
        read.name = "other"  # type: ignore[misc]
