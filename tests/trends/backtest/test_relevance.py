"""Relevance by labels: what is counted, what is refused, and what the written rule and the code agree on."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.trends.backtest.planted import START

from nophantom.errors import InvalidInput
from nophantom.stats.proportions import wilson
from nophantom.trends.backtest.ranked_days import DayList
from nophantom.trends.backtest.relevance import (
    COLUMNS,
    RELEVANT,
    Label,
    read_labels,
    relevance_of,
    sample_days,
    unlabelled,
)

LABELS = Path(__file__).resolve().parent.parent / "labels"
NEXT = START + timedelta(days=1)
HEAD = ",".join(COLUMNS)


def a_line(day: date, slug: str, label: str, reason: str = "says so") -> str:
    return f"{day},{slug},{slug.title()},{label},{reason}"


LINES = [
    HEAD,
    a_line(START, "zorb", "product"),
    a_line(START, "bank", "news"),
    a_line(START, "quux", "method"),
    a_line(NEXT, "zorb", "technology"),
    a_line(NEXT, "vint", "fragment"),
]
DAYS = [
    DayList(START, ("zorb", "bank", "quux")),
    DayList(NEXT, ("zorb", "vint", "glorp")),
    DayList(date(2031, 2, 1), ()),
]


def test_technologies_products_and_methods_are_relevant_and_what_has_no_label_is_told() -> None:
    found = relevance_of("ours", DAYS, read_labels(LINES))

    assert (found.n_days, found.listed, found.labelled, found.relevant) == (3, 6, 5, 3)
    assert found.precision == wilson(3, 5)
    assert dict(found.by_label)[Label.NEWS] == 1
    assert sum(n for _, n in found.by_label) == found.labelled


def test_a_topic_of_many_days_counts_once_among_the_distinct_ones() -> None:
    found = relevance_of("ours", DAYS, read_labels(LINES))

    assert (found.topics, found.topics_precision) == (4, wilson(2, 4))


def test_a_topic_whose_labels_are_half_and_half_is_not_relevant() -> None:
    lines = [HEAD, a_line(START, "zorb", "product"), a_line(NEXT, "zorb", "news")]
    lists = [DayList(START, ("zorb",)), DayList(NEXT, ("zorb",))]

    assert relevance_of("ours", lists, read_labels(lines)).topics_precision == wilson(0, 1)


def test_only_the_head_of_a_list_is_read_when_asked_for() -> None:
    assert relevance_of("ours", DAYS, read_labels(LINES), most=1).precision == wilson(2, 2)


def test_without_labels_the_share_is_unknown() -> None:
    found = relevance_of("ours", DAYS, {})

    assert (found.listed, found.labelled, found.precision, found.topics_precision) == (6, 0, None, None)


def test_a_list_of_which_few_have_labels_tells_no_share() -> None:
    """What other rules list was never judged but where ours listed it too."""
    few = [*DAYS, DayList(NEXT, tuple(f"zorb{n}" for n in range(20)))]
    found = relevance_of("theirs", few, read_labels(LINES))

    assert (found.labelled, found.relevant) == (5, 3)
    assert (found.precision, found.topics_precision) == (None, None)


def test_a_name_judged_on_one_day_says_nothing_of_another() -> None:
    assert relevance_of("ours", [DayList(NEXT, ("bank",))], read_labels(LINES)).labelled == 0


def test_what_is_still_to_judge_comes_once_and_in_an_order_that_hides_whose_it_was() -> None:
    peer = [DayList(START, ("xyz", "zorb")), DayList(NEXT, ("glorp",))]
    orders = {unlabelled([DAYS, peer], read_labels(LINES), np.random.default_rng(seed)) for seed in range(20)}

    assert {frozenset(order) for order in orders} == {frozenset({(NEXT, "glorp"), (START, "xyz")})}
    assert len(orders) == 2


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["as_of,slug"], "the columns as_of, slug, name, label, reason; got as_of, slug"),
        ([], "the columns"),
        ([HEAD, a_line(START, "zorb", "gadget")], "line 2 of the labels: 'gadget'"),
        ([HEAD, a_line(START, "zorb", "product").replace("2031", "31")], "line 2"),
        ([HEAD, a_line(START, "zorb", "product", "")], "no slug or no reason"),
        ([HEAD, *2 * [a_line(START, "zorb", "product")]], "line 3 judges 'zorb' of 2031-01-01 again"),
    ],
)
def test_labels_that_cannot_be_counted_are_refused(lines: list[str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_labels(lines)


def test_days_are_drawn_once_each_in_order_and_by_the_seed() -> None:
    drawn = sample_days(START, date(2031, 12, 31), 40, np.random.default_rng(7))

    assert len(set(drawn)) == 40
    assert list(drawn) == sorted(drawn)
    assert START <= drawn[0] <= drawn[-1] <= date(2031, 12, 31)
    assert drawn == sample_days(START, date(2031, 12, 31), 40, np.random.default_rng(7))
    assert sample_days(START, NEXT, 2, np.random.default_rng(1)) == (START, NEXT)


@pytest.mark.parametrize("n", [0, 3])
def test_more_days_than_there_are_or_none_are_refused(n: int) -> None:
    with pytest.raises(InvalidInput, match="holds 2 days"):
        sample_days(START, NEXT, n, np.random.default_rng(1))


def test_the_written_rule_has_every_label_and_says_which_are_relevant() -> None:
    rows = [
        line.split("|") for line in (LABELS / "README.md").read_text().splitlines() if line.startswith("| `")
    ]
    told = {row[1].strip().strip("`"): row[2].strip() for row in rows}

    assert told == {label.value: "yes" if label in RELEVANT else "no" for label in Label}


def test_the_labels_of_the_repository_can_be_read() -> None:
    file = LABELS / "signals.csv"
    if not file.exists():
        pytest.skip("no signals were judged yet: expected tests/trends/labels/signals.csv")
    with file.open(newline="", encoding="utf-8") as lines:
        assert read_labels(lines)
