"""What stands beside a signal, from the documents on: its companion, its products, its families of sources."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from functools import cache

from tests.trends.test_assembly import DAYS, ONSET, START, a_corpus, a_document, candidates, signal

from nophantom.trends.assembly import detect
from nophantom.trends.documents import Document, Family, Kind
from nophantom.trends.mentions import mine_written
from nophantom.trends.parameters import Parameters
from nophantom.trends.series import build_series
from nophantom.trends.signals import Snapshot
from nophantom.trends.stories import gather
from nophantom.trends.surroundings import PRODUCTS, with_surroundings
from nophantom.trends.window_facts import publishing_places


def planted() -> list[Document]:
    """Every other story of zorb names blax; its own repository comes on three days, and ten others call it theirs."""
    documents = [
        replace(d, title=f"{d.title}, blax") if "zorb" in d.title and n % 4 == 0 else d
        for n, d in enumerate(a_corpus())
    ]
    for nth, day in enumerate((ONSET, ONSET + 9, DAYS - 1)):
        documents.append(a_repository(9_000 + nth, day, "zed/zorb"))
    return documents + [a_repository(9_100 + n, DAYS - 2, f"zed/other{n}", "with zorb") for n in range(12)]


def a_repository(number: int, day: int, name: str, text: str = "") -> Document:
    return a_document(
        number,
        day,
        name,
        native_id=f"github:{name}@{START + timedelta(days=day)}",
        text=text,
        family=Family.GITHUB,
        kind=Kind.REPOSITORY,
        product=f"github:{name}",
        collections=("trending",),
    )


@cache
def detected() -> tuple[Snapshot, Snapshot]:
    """Without and with what stands beside."""
    documents = planted()
    stories = gather(documents)
    written = mine_written(documents, stories)
    series = build_series(written.mentions, stories)
    snapshot = detect(series, publishing_places(documents, stories), Parameters())
    return snapshot, with_surroundings(snapshot, series, written, documents)


def test_the_companion_of_a_signal_is_related_to_it() -> None:
    zorb = signal(detected()[1], "zorb")

    assert zorb.related[0].slug == "blax"
    assert not {one.slug for one in zorb.related} & {"quux", "zorb"}


def test_the_products_of_a_signal_begin_with_the_one_that_bears_its_name() -> None:
    products = signal(detected()[1], "zorb").products

    assert len(products) == PRODUCTS
    assert (products[0].native_id, products[0].is_named, len(products[0].documents)) == (
        "github:zed/zorb",
        True,
        3,
    )
    assert products[0].first_seen == START + timedelta(days=ONSET)
    assert products[0].last_seen == START + timedelta(days=DAYS - 1)
    assert {p.is_named for p in products[1:]} == {False}


def test_families_are_counted_of_every_candidate_wherever_it_ended() -> None:
    families = {slug: c.families for slug, c in candidates(detected()[1]).items()}

    assert families["zorb"] == 3
    assert families["quux"] == 1
    assert None not in families.values()


def test_nothing_that_was_decided_changes() -> None:
    before, after = detected()

    def bare(snapshot: Snapshot) -> dict[str, object]:
        return asdict(
            replace(
                snapshot,
                signals=tuple(
                    replace(s, candidate=replace(s.candidate, families=None), related=(), products=())
                    for s in snapshot.signals
                ),
                watch=tuple(replace(c, families=None) for c in snapshot.watch),
                drops=tuple(replace(c, families=None) for c in snapshot.drops),
            )
        )

    assert bare(after) == bare(before)
