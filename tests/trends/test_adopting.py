"""Adoption series, from files to what stands beside a topic: once each, and never from the future."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from tests.trends.recommended_world import DAY, Planted, add_documents, add_snapshot

from nophantom.errors import NotFound, Unreadable
from nophantom.store.engine import reading
from nophantom.trends.adopting import import_adoption
from nophantom.trends.adoption import Measure
from nophantom.trends.archive.adopting import AdoptionRow, adoption_of, read_adoption
from nophantom.trends.archive.evidence_tables import AdoptionMonth
from nophantom.trends.archive.snapshots import read_snapshot
from nophantom.trends.archive.surroundings import ProductRow
from nophantom.trends.documents import Kind

HEAD = "product,measure,month,value,known_on"
ROWS = (
    "pypi:zorb-quux,downloads,2022-10,10,2022-11-01",
    "pypi:zorb-quux,downloads,2022-11,20,2022-12-01",
    "pypi:zorb-quux,downloads,2022-12,30,2023-01-01",
    "github:zed/zorbquux,stars_total,2022-11,700,2022-12-01",
    "github:yak/zorb-quux,stars_total,2022-11,90,2022-12-01",
    "github:own/other,stars_total,2022-11,5,2022-12-01",
)


def written(folder: Path, name: str, *rows: str) -> Path:
    path = folder / name
    path.write_text("\n".join([HEAD, *rows]))
    return path


def read(engine: Engine, as_of: date, *products: str) -> list[AdoptionRow]:
    with reading(engine) as session:
        return read_adoption(session, {"zorbquux"}, products, as_of)


def numbers(rows: list[AdoptionRow]) -> dict[str, list[int]]:
    return {row.product: [month.value for month in row.months] for row in rows}


def test_beside_a_topic_stands_what_bears_its_name_and_of_repositories_the_one_with_most_stars(
    engine: Engine, tmp_path: Path
) -> None:
    import_adoption(engine, [written(tmp_path, "a.csv", *ROWS)])

    found = read(engine, date(2023, 6, 1))
    assert numbers(found) == {"pypi:zorb-quux": [10, 20, 30], "github:zed/zorbquux": [700]}
    assert [row.measure for row in found] == [Measure.DOWNLOADS, Measure.STARS_TOTAL]
    told = numbers(read(engine, date(2023, 6, 1), "github:own/other", "github:yak/zorb-quux"))
    assert told.keys() == {
        "pypi:zorb-quux",
        "github:zed/zorbquux",
        "github:yak/zorb-quux",
        "github:own/other",
    }


def test_no_month_is_told_before_the_day_on_which_it_could_be_known(engine: Engine, tmp_path: Path) -> None:
    import_adoption(engine, [written(tmp_path, "a.csv", *ROWS)])

    assert numbers(read(engine, date(2022, 12, 31)))["pypi:zorb-quux"] == [10, 20]
    assert numbers(read(engine, date(2022, 11, 30))) == {"pypi:zorb-quux": [10]}
    assert read(engine, date(2022, 10, 31)) == []


def test_a_file_is_imported_once_and_a_later_one_adds_what_it_tells_otherwise(
    engine: Engine, tmp_path: Path
) -> None:
    first = written(tmp_path, "a.csv", *ROWS)
    assert [
        (f.recorded.is_new, f.recorded.months) for f in import_adoption(engine, [first, first]) if f.recorded
    ] == [(True, 6)]
    again = import_adoption(engine, [first])[0]
    assert again.recorded is not None
    assert (again.recorded.is_new, again.read) == (False, None)

    corrected = (ROWS[0], "pypi:zorb-quux,downloads,2022-11,25,2023-02-01")
    later = import_adoption(engine, [written(tmp_path, "b.csv", *corrected)])[0].recorded
    assert later is not None
    assert (later.is_new, later.months) == (True, 1)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(AdoptionMonth)) == 7
    assert numbers(read(engine, date(2023, 6, 1)))["pypi:zorb-quux"] == [10, 25, 30]
    # As of a day before the correction the number of that day holds.
    assert numbers(read(engine, date(2023, 1, 15)))["pypi:zorb-quux"] == [10, 20, 30]


def test_a_file_that_cannot_be_read_keeps_no_other_out_and_leaves_nothing(
    engine: Engine, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    done = import_adoption(engine, [bad, tmp_path / "none.csv", tmp_path, written(tmp_path, "a.csv", *ROWS)])

    assert [type(f.error) for f in done] == [Unreadable, NotFound, Unreadable, type(None)]
    assert done[-1].recorded is not None
    assert done[-1].recorded.id == 1


def test_beside_a_snapshot_stand_the_products_that_bear_the_name_and_nothing_beside_a_simulated_one(
    engine: Engine, tmp_path: Path
) -> None:
    import_adoption(engine, [written(tmp_path, "a.csv", *ROWS)])
    add_documents(engine)
    add_snapshot(engine, [Planted("zorb", (1,))])
    add_snapshot(engine, [Planted("zorb", (1,))], simulated=True)
    named = ProductRow("github:own/other", Kind.REPOSITORY, "own/other", True, DAY, DAY, 1)
    other = ProductRow("github:yak/zorb-quux", Kind.REPOSITORY, "yak/zorb-quux", False, DAY, DAY, 1)

    with reading(engine) as session:
        real, simulated = (read_snapshot(session, number) for number in (1, 2))
        assert [row.product for row in adoption_of(session, real, "zorb", [named, other])] == [
            "github:own/other"
        ]
        assert adoption_of(session, simulated, "zorb", [named, other]) == []


@pytest.mark.parametrize("rows", [(), ("pypi:zorb-quux,downloads,2022-10,x,",)])
def test_a_file_without_any_number_is_books_alone(
    engine: Engine, tmp_path: Path, rows: tuple[str, ...]
) -> None:
    done = import_adoption(engine, [written(tmp_path, "a.csv", *rows)])[0]

    assert done.read is not None
    assert (done.read.rows, done.read.drops, done.read.counted) == (len(rows), len(rows), ())
    assert read(engine, date(2023, 6, 1)) == []
