"""References: what a public list says of a technology, and since when."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import orjson
import pytest
from tests.trends.backtest.planted import START, a_document

from nophantom.errors import InvalidInput
from nophantom.trends.backtest.references import (
    Reference,
    ReferenceKind,
    clean_between,
    first_liked,
    first_trending,
    read_cncf_projects,
    read_github_topics,
    read_points,
    read_radar_targets,
    read_radar_volumes,
    read_releases,
    slugs_of,
)
from nophantom.trends.documents import Family, Kind
from nophantom.trends.topics import slug_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def lines(*records: object) -> list[bytes]:
    return [orjson.dumps(record) for record in records]


def of_file(data: Path, name: str) -> Iterator[bytes]:
    with zstd.open(data / "trends" / "ground_truth" / f"{name}.jsonl.zst", "rb") as file:
        yield from file


def test_a_radar_technology_is_dated_by_its_first_ring_and_known_by_all_its_spellings() -> None:
    [found] = read_radar_targets(
        lines(
            {
                "technology": "Zorb-driven quuxing (ZDQ)",
                "aliases": ["zdq", "zorb quuxing"],
                "first_seen": "2031-04-01",
                "ring_dates": {"trial": "2032-01-01", "assess": "2031-04-01"},
                "clean_positive": True,
            }
        )
    )

    assert found.day == date(2031, 4, 1)
    assert found.slugs == tuple(slug_of(s) for s in ("zorb driven quuxing", "ZDQ", "zorb-quuxing"))
    assert (found.kind, found.is_clean) == (ReferenceKind.RADAR, True)


def test_volumes_in_any_order_give_the_first_one() -> None:
    rows = [{"technology": "Zorb", "volume": v, "published_at": f"203{v}-01-01"} for v in (5, 1, 3)]

    assert [r.day for r in read_radar_volumes(lines(*rows))] == [date(2031, 1, 1)]


def test_acceptance_and_first_release_are_the_days_of_projects_and_products() -> None:
    [project] = read_cncf_projects(
        lines({"technology": "Zorb", "accepted": "2031-02-03", "graduated": "2033-01-01"})
    )
    [product] = read_releases(lines({"technology": "Quux DB", "first_listed_release": "2030-12-31"}))

    assert (project.kind, project.day) == (ReferenceKind.CNCF, date(2031, 2, 3))
    assert (product.kind, product.day, product.slugs) == (
        ReferenceKind.RELEASE,
        date(2030, 12, 31),
        (slug_of("QuuxDB"),),
    )


@pytest.mark.parametrize(
    ("told", "day"),
    [("October 16, 2007", date(2007, 10, 16)), ("October 2007", None), ("2007", None), (None, None)],
)
def test_a_year_is_no_day(told: str | None, day: date | None) -> None:
    [found] = read_github_topics(
        lines({"display_name": "Zorb", "topic": "zorb-lang", "aliases": ["zorblang"], "released": told})
    )

    assert found.day == day
    assert found.slugs == (slug_of("Zorb"), slug_of("zorb-lang"))


def test_a_repository_has_its_first_trending_day_whoever_owns_one_of_its_name() -> None:
    trends = {"family": Family.GITHUB, "kind": Kind.REPOSITORY}
    documents = [
        a_document(1, 9, "ann/zorb", **trends),
        a_document(2, 4, "bob/Zorb", **trends),
        a_document(3, 1, "ann/quux", **trends),
        a_document(4, 0, "zorb"),  # a story is no repository
    ]

    [found] = first_trending(documents, {slug_of("zorb"), slug_of("glorp")})

    assert (found.day, found.name) == (date(2031, 1, 5), "bob/Zorb")


def test_a_liked_story_names_every_term_of_its_title_from_so_many_points_on() -> None:
    documents = [
        a_document(1, 1, "Show: Zorb 2"),
        a_document(2, 5, "Zorb 2 and Quux"),
        a_document(3, 8, "Zorb 2 again"),
    ]
    points = {"hn:000001": 99, "hn:000002": 100, "hn:000003": 500}

    found = first_liked(documents, points, {slug_of("Zorb 2"), slug_of("Quux"), slug_of("glorp")})

    assert [(r.slugs, r.day) for r in found] == [
        ((slug,), date(2031, 1, 6)) for slug in sorted([slug_of("Quux"), slug_of("Zorb 2")])
    ]


def test_points_are_read_of_hacker_news_alone_and_unknown_is_left_out() -> None:
    rows = [
        {"source": "hackernews", "native_id": "7", "score": 120},
        {"source": "hackernews", "native_id": "8", "score": None},
        {"source": "reddit_programming", "native_id": "9", "score": 500},
    ]

    assert read_points([*lines(*rows), b"\n"]) == {"hn:7": 120}


def test_only_clean_ones_with_a_day_between_are_kept() -> None:
    kept = Reference("Zorb", ("zorb",), ReferenceKind.RADAR, START, is_clean=True)
    others = [
        Reference("Zorb", ("zorb",), ReferenceKind.RADAR, START, is_clean=False),
        Reference("Zorb", ("zorb",), ReferenceKind.RADAR, START),
        Reference("Zorb", ("zorb",), ReferenceKind.RADAR, None, is_clean=True),
        Reference("Zorb", ("zorb",), ReferenceKind.RADAR, date(2031, 1, 2), is_clean=True),
    ]

    assert clean_between([kept, *others], START, START) == (kept,)


def test_a_name_without_a_word_is_no_reference() -> None:
    assert slugs_of(["?!", "()"]) == ()
    with pytest.raises(InvalidInput, match="has no word"):
        Reference("?!", (), ReferenceKind.RADAR, START)


@pytest.mark.parametrize("line", [b"{", b"[1]"])
def test_a_damaged_line_is_refused_with_its_number(line: bytes) -> None:
    with pytest.raises(InvalidInput, match="line 2"):
        read_radar_targets([b"\n", line])


def test_38_clean_radar_technologies_fall_into_the_development_years(data: Path) -> None:
    targets = read_radar_targets(of_file(data, "radar_targets"))
    volumes = {r.name: r.day for r in read_radar_volumes(of_file(data, "thoughtworks_radar"))}

    assert len(clean_between(targets, date(2022, 3, 1), date(2024, 12, 31))) == 38
    assert sum(bool(r.is_clean) for r in targets) == 97
    # Two roads to the day of a ring: the target's own, and the first volume that has it.
    assert all(r.day == volumes[r.name] for r in targets)


def test_the_other_lists_read_whole(data: Path) -> None:
    projects = read_cncf_projects(of_file(data, "cncf_projects"))
    releases = read_releases(of_file(data, "endoflife_releases"))
    topics = read_github_topics(of_file(data, "github_topics"))

    assert (len(projects), len(releases), len(topics)) == (143, 457, 939)
    assert all(r.day is not None for r in (*projects, *releases))
    assert 200 < sum(r.day is not None for r in topics) < 300
