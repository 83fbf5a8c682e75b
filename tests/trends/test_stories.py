from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.trends.plain_documents import plain_document

from nophantom.errors import InvalidInput
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.near_titles import NEAR_DAYS, Headline, are_near, title_words
from nophantom.trends.stories import (
    FAMILIES,
    KINDS,
    Stratum,
    cluster,
    collection_begins,
    gather,
    stratum_of,
)
from nophantom.trends.story_finder import TITLE_DAYS, bare_title

START = date(2031, 1, 1)
LONG = "Zorblax 3 eats all other quuxes"


def a_document(native_id: str = "hn:1", day: int = 0, **changes: object) -> Document:
    return plain_document(
        native_id, native_id, START + timedelta(days=day), **{"collections": ("zorb_daily",)} | changes
    )


def repository(day: int, name: str = "someowner/zorb-quux-foo-bar", **changes: object) -> Document:
    return a_document(
        f"github:{name}@{START + timedelta(days=day)}",
        day,
        **{
            "family": Family.GITHUB,
            "kind": Kind.REPOSITORY,
            "title": name,
            "url": f"https://github.com/{name}",
            "product": f"github:{name}",
            **changes,
        },
    )


def groups(documents: Sequence[Document]) -> list[int]:
    return [int(story) for story in cluster(documents)]


def test_the_same_address_is_one_story_at_any_distance_of_time() -> None:
    posts = [
        a_document("hn:1", 0, url="http://www.zorb.dev/news/?utm_source=x"),
        a_document("hn:2", 400, url="https://zorb.dev/news"),
        a_document("hn:3", 0, url="https://zorb.dev/other"),
    ]

    assert groups(posts) == [0, 0, 1]


def test_the_same_telling_title_is_one_story_for_two_weeks_from_the_first() -> None:
    days = [0, TITLE_DAYS, TITLE_DAYS + 1, 2 * TITLE_DAYS + 1, 2 * TITLE_DAYS + 2]
    weekly = [a_document(f"hn:{i}", day, title=LONG.upper() + "!" * i) for i, day in enumerate(days)]

    assert groups(weekly) == [0, 0, 1, 1, 2]  # from the first, not from the latest: it never chains on


@pytest.mark.parametrize(
    ("title", "tells"),
    [
        ("Zorblax 3 is here", True),
        ("Zorblax is here", False),
        ("Zorblax-Quuxification", True),
        ("Zorblax quuxify", False),
        ("", False),
        ("?!?! -- ... !!!!!!!!!!!!!!!!!!!!", False),
    ],
)
def test_a_short_title_does_not_make_two_documents_one(title: str, tells: bool) -> None:
    same = groups([a_document("hn:1", title=title), a_document("hn:2", title=title)])

    assert same == ([0, 0] if tells else [0, 1])


def test_a_document_sent_twice_is_one_story() -> None:
    assert groups([a_document("hn:1", 0), a_document("hn:1", 300, title="edited since")]) == [0, 0]


def test_appearances_of_a_repository_are_different_stories_unless_on_one_day() -> None:
    address = "https://github.com/someowner/zorb-quux-foo-bar"
    post = a_document("hn:1", 5, url=address)
    deep = a_document("hn:2", 9, url=address + "/issues/7", product="github:someowner/zorb-quux-foo-bar")

    assert groups([repository(0), repository(5), repository(9), post, deep]) == [0, 1, 2, 1, 2]


def test_a_later_document_of_a_story_does_not_bind_its_product_on_that_day() -> None:
    posts = [a_document(f"a:{day}", day, title=LONG, product="github:someowner/zorb") for day in (0, 3)]

    assert groups([*posts, repository(3, "someowner/zorb")]) == [0, 0, 1]


def test_a_post_about_a_repository_has_a_title_of_its_own() -> None:
    posts = [
        replace(repository(0), native_id="hn:7", title=LONG),
        replace(repository(3), native_id="hn:8", title=LONG),
    ]

    assert groups(posts) == [0, 0]


def test_a_strange_address_is_only_equal_to_itself() -> None:
    posts = [a_document(f"hn:{i}", url=url) for i, url in enumerate(["http://[", "http://[", "zorb", ""])]

    assert groups(posts) == [0, 0, 1, 2]


def test_titles_are_compared_without_case_marks_and_widths() -> None:
    assert bare_title("  Zorb—QUUX:  “Ｆｏｏ”_bar ") == "zorb quux foo bar"


def test_almost_the_same_title_is_one_story_for_two_weeks_from_the_first() -> None:
    titles = [
        "Zorblax eats all the other quux",
        "How Zorblax eats all other quux",
        "Zorblax eats all other quux, OK",
    ]
    posts = [
        a_document(f"hn:{i}", day, title=title, site=f"s{i}.dev")
        for i, (day, title) in enumerate([(0, titles[0]), (NEAR_DAYS, titles[1]), (NEAR_DAYS + 1, titles[2])])
    ]

    assert groups(posts) == [0, 0, 1]


def test_likeness_does_not_chain_on_from_one_member_of_a_story_to_the_next() -> None:
    grown = "zorb quux foo bar"
    titles = [grown] + [grown := f"{grown} word{letter}" for letter in "abcdef"]
    posts = [a_document(f"hn:{i}", i, title=title, site=f"s{i}.dev") for i, title in enumerate(titles)]

    assert groups(posts) == [0, 0, 1, 1, 1, 2, 2]  # 4 and 5 words; 6, 7 and 8; 9 and 10


@pytest.mark.parametrize(
    "titles",
    [
        ("Weekly zorb fold quux thread 12", "Weekly zorb fold quux thread 13"),
        ("Release v1.2.3 of Zorb quux foo bar", "Release v1.2.4 of Zorb quux foo bar"),
        ("Ask QX: Who is folding zorb quux? (May 2023)", "Ask QX: Who is folding zorb quux? (June 2023)"),
    ],
)
def test_issues_of_a_series_are_different_stories(titles: tuple[str, str]) -> None:
    assert groups([a_document(f"hn:{i}", i, title=title) for i, title in enumerate(titles)]) == [0, 1]


def test_two_products_with_almost_the_same_title_are_two_stories_and_a_post_about_one_is_not() -> None:
    papers = [
        a_document(f"arxiv:1.{i}", title=title, product=f"arxiv:1.{i}", site="arxiv.org")
        for i, title in enumerate(["Zorb quux folding in networks", "Zorb quux folding for networks"])
    ]
    post = a_document("hn:1", 5, title="Zorb Quux Folding in Networks [pdf]", site="zorb.dev")

    assert groups([*papers, post]) == [0, 1, 0]


def slow_cluster(documents: Sequence[Document]) -> list[int]:
    """The same rules by comparing every document with every earlier one."""
    order = sorted(range(len(documents)), key=lambda i: (documents[i].first_seen, documents[i].native_id))
    story: dict[int, int] = {}
    opened: list[date] = []
    heads: list[Document] = []
    for place, i in enumerate(order):
        new, earlier = documents[i], [(documents[j], story[j]) for j in order[:place]]
        same_day = [(old, s) for old, s in earlier if old.first_seen == new.first_seen == opened[s]]
        candidates = [s for old, s in earlier if old.native_id == new.native_id]
        candidates += [s for old, s in same_day if new.product and old.product == new.product]
        candidates += [s for old, s in same_day if new.url and old.url == new.url]
        candidates += [
            s for old, s in earlier if new.url and old.url == new.url and not (old.product or new.product)
        ]
        titled = [
            s
            for old, s in earlier
            if len(new.title) >= 20
            and old.title == new.title
            and (new.first_seen - opened[s]).days <= TITLE_DAYS
            and not any(d.kind is Kind.REPOSITORY and " " not in d.title for d in (old, new))
        ]
        candidates += sorted(titled, key=lambda s: opened[s], reverse=True)
        candidates += [] if candidates else near_stories(heads, new)
        if not candidates:
            opened.append(new.first_seen)
            heads.append(new)
        story[i] = candidates[0] if candidates else len(opened) - 1
    return [story[i] for i in range(len(documents))]


def near_stories(heads: Sequence[Document], new: Document) -> list[int]:
    """Stories whose first title is near; the nearest first."""
    told = []
    for story, document in enumerate([*heads, new]):
        named = document.kind is Kind.REPOSITORY and " " not in document.title
        compared = None if named else title_words(bare_title(document.title))
        day = document.first_seen.toordinal()
        told.append(compared and Headline(story, day, compared, document.site, document.product))
    latest = told.pop()
    near = [old for old in told if old and latest and are_near(old, latest)]
    size = len(latest.title.words) if latest else 0
    return [old.story for old in sorted(near, key=lambda old: (abs(len(old.title.words) - size), old.story))]


def a_random_corpus(seed: int, n: int = 60) -> list[Document]:
    rng = random.Random(seed)
    found = []
    for i in range(n):
        product = rng.choice([None, None, "github:zorb/quux", "github:zorb/foo"])
        found.append(
            a_document(
                f"hn:{rng.choice([i, i, i, 3])}",
                rng.randrange(50),
                title=rng.choice(
                    [
                        "short",
                        f"a title that is long enough {rng.randrange(4)}",
                        "zorb/" + "q" * 30,
                        " ".join(
                            ["zorbl", "quuxy", "fooba", "barba", "bazba", "quxba"][
                                rng.randrange(2) : rng.randrange(4, 7)
                            ]
                        ),
                    ]
                ),
                site=rng.choice([None, "a.dev", "b.dev"]),
                url=rng.choice(["", f"https://zorb.dev/{rng.randrange(12)}"]),
                product=product,
                kind=Kind.REPOSITORY if product and rng.random() < 0.5 else Kind.POST,
                text=str(i),
            )
        )
    return found


@pytest.mark.parametrize("seed", range(40))
def test_clusters_agree_with_the_comparison_of_all_pairs(seed: int) -> None:
    documents = a_random_corpus(seed)
    unique = list({d.native_id: d for d in documents}.values())

    assert groups(unique) == slow_cluster(unique)


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_documents_does_not_matter_and_later_ones_change_nothing(seed: int) -> None:
    documents = a_random_corpus(seed)
    stories = groups(documents)
    shuffled = random.Random(seed).sample(range(len(documents)), len(documents))
    assert groups([documents[i] for i in shuffled]) == [stories[i] for i in shuffled]

    early = [i for i, d in enumerate(documents) if d.first_seen < START + timedelta(days=25)]
    assert groups([documents[i] for i in early]) == [stories[i] for i in early]


def test_the_first_seen_document_represents_its_story() -> None:
    late = a_document("hn:1", 4, url="https://zorb.dev", author="bob", site="zorb.dev")
    early = a_document(
        "web:2", 2, url="https://zorb.dev", site="quux.dev", family=Family.FEED, kind=Kind.NEWS, product="p:1"
    )
    other = a_document("hn:0", 4)
    stories = gather([late, other, replace(early, product=None)])

    assert stories.first_day == START + timedelta(days=2)
    assert stories.of_document.tolist() == [0, 1, 0]
    assert stories.representative.tolist() == [2, 1]
    assert stories.day.tolist() == [0, 2]
    assert [FAMILIES[i] for i in stories.family] == [Family.FEED, Family.HACKER_NEWS]
    assert [KINDS[i] for i in stories.kind] == [Kind.NEWS, Kind.POST]
    assert stories.product.tolist() == [-1, -1]
    assert stories.date_of(2) == START + timedelta(days=4)
    assert gather([repository(0)]).products == ("github:someowner/zorb-quux-foo-bar",)


def test_stories_that_an_archive_linked_are_taken_as_they_are() -> None:
    documents = [
        a_document(f"hn:{n}", day, title=f"title {n}") for n, day in ((1, 3), (2, 1), (3, 2), (4, 1))
    ]

    stories = gather(documents, linked=["a", "before the window", "a", "before the window"])

    assert stories.of_document.tolist() == [1, 0, 1, 0]
    assert stories.representative.tolist() == [1, 2]  # the first seen of those given
    assert stories.day.tolist() == [0, 1]


def test_the_source_is_the_author_else_the_site_else_nobody() -> None:
    stories = gather(
        [
            a_document("hn:1", author="ann", site="a.dev"),
            a_document("hn:2", author="ann", site="b.dev"),
            a_document("hn:3", site="b.dev"),
            a_document("hn:4", site="b.dev"),
            a_document("hn:5"),
            a_document("hn:6"),
        ]
    )

    assert stories.source.tolist() == [0, 0, 1, 1, 2, 3]


def test_a_story_is_counted_in_the_collection_that_began_first_ties_by_name() -> None:
    begins = {"old": START, "new": START + timedelta(days=50), "also": START}
    document = a_document(collections=("new", "old"), list_name="qux", language="de")

    assert stratum_of(document, begins) == Stratum("old", "qux", "de")
    assert stratum_of(replace(document, collections=("new", "old", "also")), begins).collection == "also"


def test_a_collection_begins_with_its_first_document_and_a_document_without_collection_has_its_family() -> (
    None
):
    documents = [
        a_document("hn:1", 3, collections=("a", "b")),
        a_document("hn:2", 1, collections=("a",)),
        a_document("hn:3", 8, collections=()),
    ]
    begins = collection_begins(documents)

    assert begins == {
        "a": START + timedelta(days=1),
        "b": START + timedelta(days=3),
        "hacker_news": START + timedelta(days=8),
    }
    assert [s.collection for s in gather(documents).strata] == ["a", "hacker_news"]


def test_every_story_is_in_one_stratum_and_the_strata_hold_all_stories() -> None:
    documents = [
        replace(d, collections=tuple(sorted({f"c{i % 3}", f"c{i % 2}"})), language="dez"[i % 2 :][:2])
        for i, d in enumerate(a_random_corpus(1))
    ]
    stories = gather(documents)

    assert len(stories.stratum) == stories.n == len(set(stories.of_document.tolist()))
    assert set(stories.stratum.tolist()) == set(range(len(stories.strata)))
    assert (np.diff(stories.day) >= 0).all()
    assert list(stories.strata) == sorted(stories.strata)


def test_no_documents_and_unknown_collections_are_refused() -> None:
    with pytest.raises(InvalidInput, match="got no documents"):
        gather([])
    with pytest.raises(InvalidInput, match="when collection 'zorb_daily' of hn:1 began"):
        gather([a_document()], begins={})
