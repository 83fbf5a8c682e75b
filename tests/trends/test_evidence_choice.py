"""Evidence: the most telling document first, then what differs from those before."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.trends.plain_documents import plain_document

from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.evidence_choice import POOL, spread_out
from nophantom.trends.stories import gather
from nophantom.trends.window_facts import publishing_places

START = date(2031, 1, 1)
REPOSITORY = {"family": Family.GITHUB, "kind": Kind.REPOSITORY}


def a_post(number: int, day: int, **changes: object) -> Document:
    return plain_document(
        f"n:{number:04}",
        f"entirely other words {number} of {number * 7}",
        START + timedelta(days=day),
        **changes,
    )


def chosen(documents: list[Document], drawn: int) -> list[str]:
    """The native ids of the documents, as they are chosen from all stories."""
    stories = gather(documents, linked=[d.title for d in documents])
    told = spread_out(
        np.arange(stories.n), stories, stories.sizes(), publishing_places(documents, stories), drawn=drawn
    )
    return [documents[stories.representative[story]].native_id for story in told]


def test_after_the_first_of_five_repositories_of_one_day_comes_what_is_of_another_family_and_day() -> None:
    documents = [a_post(n, 0, **REPOSITORY) for n in range(5)]
    documents += [a_post(10, 3), a_post(11, 3), a_post(12, 9, family=Family.ARXIV, kind=Kind.PAPER)]

    ids = [int(native_id[2:]) for native_id in chosen(documents, 4)]
    # The fourth repeats family, place and day once, whichever it is: then the repository tells more than the post.
    assert ids[:4] == [0, 12, 10, 1]
    assert ids[4:] == [2, 3, 4, 11]


def test_of_one_feed_and_one_day_no_second_document_comes_before_other_sites_and_days() -> None:
    feed = {"family": Family.FEED}
    documents = [a_post(n, 0, site="a.example", **feed) for n in range(4)]
    documents += [a_post(5, 0, site="b.example", **feed), a_post(6, 6, site="a.example", **feed)]

    assert chosen(documents, 3)[:3] == ["n:0000", "n:0005", "n:0006"]


def test_what_is_told_by_more_documents_comes_first_of_its_kind_and_news_come_last() -> None:
    documents = [a_post(1, 0, kind=Kind.NEWS), a_post(2, 0), a_post(3, 1), a_post(3, 2), a_post(4, 3)]

    assert chosen(documents, 0) == ["n:0003", "n:0002", "n:0004", "n:0001"]


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(list(Family)), st.sampled_from(list(Kind))),
        min_size=1,
        max_size=20,
    ),
    st.integers(0, 20),
)
def test_every_story_is_told_once_the_first_by_rank_first_and_fewer_draws_give_the_same_beginning(
    drawn_from: list[tuple[int, Family, Kind]], drawn: int
) -> None:
    documents = [a_post(n, d, family=f, kind=k) for n, (d, f, k) in enumerate(drawn_from)]

    ranked, some, every = (chosen(documents, n) for n in (0, drawn, len(documents)))

    assert sorted(some) == sorted(d.native_id for d in documents)
    assert some[:drawn] == every[:drawn]
    assert some[0] == ranked[0]


def test_what_ranks_too_low_is_told_after_all_others_however_different() -> None:
    documents = [a_post(n, 0, **REPOSITORY) for n in range(POOL)] + [a_post(POOL, 5, kind=Kind.NEWS)]

    assert chosen(documents, 3)[-1] == f"n:{POOL:04}"
