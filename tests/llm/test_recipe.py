"""What a recipe may be: the defaults hold together, and what cannot be trained is refused with its numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from nophantom.errors import InvalidInput
from nophantom.llm.recipe import DataOrder, ModelShape, Recipe, Schedule
from nophantom.store.canonical import canonical_json


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"layers": 0}, "1 and more; got {'layers': 0}"),
        ({"d_model": 0, "experts": -1}, "got {'d_model': 0, 'experts': -1}"),
        ({"shared_width": -1}, "shared_width -1"),
        ({"rope_base": 1.0}, "rope_base 1.0"),
        ({"d_model": 50}, "got 50 and 6 heads"),
        ({"heads": 4, "kv_heads": 3}, "kv_heads divide heads; got 3 and 4"),
        ({"top_k": 5}, "top_k is at most experts; got 5 of 4"),
    ],
)
def test_a_shape_that_cannot_be_built_is_refused(change: dict[str, int], told: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(told)):
        replace(ModelShape(), **change)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"batch": 0}, "got 0 and 50"),
        ({"learning_rate": float("nan")}, "got nan and 1.0"),
        ({"clip": 0.0}, "and 0.0"),
        ({"flat": 1.5}, "got 1.5"),
        ({"bias_rate": -0.1}, "-0.1"),
        ({"weight_decay": float("nan")}, "nan"),
    ],
)
def test_a_schedule_that_cannot_be_followed_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(told)):
        replace(Schedule(), **change)


def test_only_a_selective_order_names_strata() -> None:
    with pytest.raises(InvalidInput, match="only a selective order"):
        Recipe(order=DataOrder.BLANKET, ordered=("1 step",))
    assert Recipe(order=DataOrder.SELECTIVE, ordered=("1 step",)).ordered == ("1 step",)


def test_a_recipe_is_plain_data_in_the_plan() -> None:
    told = Recipe(order=DataOrder.SELECTIVE, ordered=("1 step",)).as_plan()
    assert canonical_json(told) == canonical_json(dict(told))
    assert (told["order"], told["ordered"], told["model"]["experts"]) == ("selective", ("1 step",), 4)
