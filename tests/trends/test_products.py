from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from tests.trends.plain_documents import plain_document

from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.mentions import WrittenMentions, mine_written
from nophantom.trends.products import Product, count_named, named_products, products_of
from nophantom.trends.stories import Stories, gather

START = date(2031, 1, 1)


def a_repository(name: str, day: int, text: str = "") -> Document:
    seen = START + timedelta(days=day)
    product = f"github:{name.lower()}"
    return Document(
        f"{product}@{seen}",
        Family.GITHUB,
        Kind.REPOSITORY,
        name,
        text,
        "",
        None,
        None,
        seen,
        seen,
        "en",
        (),
        "",
        product,
    )


def a_paper(number: int, title: str, day: int) -> Document:
    return plain_document(
        f"arxiv:{number}",
        title,
        START + timedelta(days=day),
        family=Family.ARXIV,
        kind=Kind.PAPER,
        product=f"arxiv:{number}",
    )


def a_post(number: int, title: str, day: int) -> Document:
    return plain_document(f"hn:{number}", title, START + timedelta(days=day))


DOCUMENTS = [
    a_repository("zed/zorb-quux", 0, "a fast blax"),
    a_repository("zed/zorb-quux", 40, "a fast blax"),
    a_repository("yak/zorbquux", 5, "our own copy"),
    a_repository("yak/blax", 6, "made of zorb quux at home"),
    a_paper(1, "Zorb Quux: Why a Blax Is Slow", 7),
    a_paper(2, "On the Speed of a Zorb Quux", 8),
    a_post(3, "Zorb Quux: we like it", 9),
]


def mined(documents: Sequence[Document]) -> tuple[WrittenMentions, Stories, int]:
    stories = gather(documents)
    written = mine_written(documents, stories)
    topic = written.mentions.topics.find("zorb quux")
    assert topic is not None
    return written, stories, topic


def test_a_product_is_named_by_what_its_title_opens_with() -> None:
    written, stories, topic = mined(DOCUMENTS)
    named = named_products(written, stories)

    of_topic = [stories.products[p] for p in named.product[named.topic == topic].tolist()]
    assert of_topic == ["arxiv:1", "github:yak/zorbquux", "github:zed/zorb-quux"]
    blax = written.mentions.topics.find("blax")
    assert [stories.products[p] for p in named.product[named.topic == blax].tolist()] == ["github:yak/blax"]


def test_only_products_that_bore_the_name_by_a_day_are_counted() -> None:
    written, stories, topic = mined(DOCUMENTS)
    named = named_products(written, stories)

    counts = [
        int(count_named(named, stories, written.mentions.topics.n, day)[topic]) for day in (0, 4, 5, 7, 99)
    ]
    assert counts == [1, 1, 2, 3, 3]


def test_the_products_of_a_topic_come_with_their_documents_its_own_first() -> None:
    written, stories, topic = mined(DOCUMENTS)
    named = named_products(written, stories)
    found = products_of(
        written.mentions.stories_of(topic), DOCUMENTS, stories, named.product[named.topic == topic]
    )

    assert [(p.native_id, p.is_named, len(p.documents)) for p in found] == [
        ("github:zed/zorb-quux", True, 2),
        ("github:yak/zorbquux", True, 1),
        ("arxiv:1", True, 1),
        ("github:yak/blax", False, 1),
        ("arxiv:2", False, 1),
    ]
    assert found[0] == Product(
        native_id="github:zed/zorb-quux",
        kind=Kind.REPOSITORY,
        title="zed/zorb-quux",
        is_named=True,
        first_seen=START,
        last_seen=START + timedelta(days=40),
        documents=("github:zed/zorb-quux@2031-01-01", "github:zed/zorb-quux@2031-02-10"),
    )


def test_without_products_there_are_none() -> None:
    documents = [a_post(1, "Zorb Quux eats cake", 0), a_post(2, "why Zorb Quux burns", 1)]
    written, stories, topic = mined(documents)
    named = named_products(written, stories)

    assert len(named.topic) == 0
    assert count_named(named, stories, written.mentions.topics.n, 9)[topic] == 0
    assert (
        products_of(written.mentions.stories_of(topic), documents, stories, np.zeros(0, dtype=np.int64)) == []
    )
