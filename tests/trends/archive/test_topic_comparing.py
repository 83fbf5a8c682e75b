"""Several topics of one snapshot: in the order in which they were named, each once, and what is missing is said."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from tests.trends.archive.test_snapshots import HISTORY, add_documents, ask, record

from nophantom.errors import InvalidInput
from nophantom.trends.archive.topic_comparing import compare_topics


@pytest.fixture
def filled(engine: Engine) -> Engine:
    add_documents(engine)
    record(engine)
    return engine


def test_topics_come_in_the_order_in_which_they_were_named_each_once(filled: Engine) -> None:
    found = ask(filled, lambda s: compare_topics(s, 1, ["Foo.js", "chim-dot", "nobody", "ChimDot", "alpha"]))

    assert [one.row.slug for one in found.topics] == ["foojs", "chimdot", "alpha"]
    assert found.missing == ("nobody",)
    assert len(HISTORY) < 7  # no whole week
    assert {one.weeks for one in found.topics} == {()}


@pytest.mark.parametrize(
    "said", [[], ["ChimDot"], ["ChimDot", " ChimDot "], [f"topic {n}" for n in range(9)]]
)
def test_fewer_than_two_names_and_more_than_eight_are_refused(filled: Engine, said: list[str]) -> None:
    with pytest.raises(InvalidInput, match="2 to 8 topics are compared"):
        ask(filled, lambda s: compare_topics(s, 1, said))
