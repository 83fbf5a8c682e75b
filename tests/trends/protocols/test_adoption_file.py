"""Files of adoption series: three layouts, each number in its month, what is no number told and left out."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nophantom.errors import Unreadable
from nophantom.trends.adoption import Counted, Measure, month_of, one_a_month
from nophantom.trends.protocols.adoption_file import read_adoption

JANUARY, FEBRUARY = date(2021, 1, 1), date(2021, 2, 1)


def parquet(**columns: Sequence[object]) -> BytesIO:
    file = BytesIO()
    pq.write_table(pa.table(columns), file)
    file.seek(0)
    return file


def test_downloads_of_30_days_are_of_the_month_in_which_most_of_them_lie() -> None:
    days = [date(2021, 2, 1), date(2021, 3, 1), date(2021, 3, 9)]
    read = read_adoption(
        parquet(snapshot=days, project=["Zorb_Quux"] * 3, rank=[1, 1, 1], downloads_30d=[10, 20, 30])
    )

    zorb = ("pypi:zorb-quux", Measure.DOWNLOADS)
    assert read.counted == (
        Counted(*zorb, JANUARY, 10, date(2021, 2, 1)),
        Counted(*zorb, FEBRUARY, 30, date(2021, 3, 9)),  # of two in one month the later one
    )
    assert (read.rows, read.drops) == (3, 0)


def test_stars_on_the_first_of_a_month_are_those_of_the_month_before() -> None:
    text = "date,rank,repo,stars,gain\n2021-02-01,1,A/Zorb,7,1\n2021-02-28,2,A/Zorb,9,2\n"
    for content in (text.encode(), gzip.compress(text.encode()), b"\xef\xbb\xbf" + text.encode()):
        read = read_adoption(BytesIO(content))
        zorb = ("github:a/zorb", Measure.STARS_TOTAL)
        assert read.counted == (
            Counted(*zorb, JANUARY, 7, date(2021, 2, 1)),
            Counted(*zorb, FEBRUARY, 9, date(2021, 2, 28)),
        )


def test_any_product_can_be_told_and_without_a_day_it_was_known_when_the_month_was_over() -> None:
    rows = ["npm:zorb,downloads,2021-01,5,", "npm:zorb,downloads,2021-02-01,6,2021-06-03"]
    read = read_adoption(BytesIO("\n".join(["product,measure,month,value,known_on", *rows]).encode()))

    assert read.counted == (
        Counted("npm:zorb", Measure.DOWNLOADS, JANUARY, 5, FEBRUARY),
        Counted("npm:zorb", Measure.DOWNLOADS, FEBRUARY, 6, date(2021, 6, 3)),
    )


@pytest.mark.parametrize(
    "row",
    [
        "no repository,2021-02-01,7",
        "a/zorb,2021-02-30,7",
        "a/zorb,,7",
        "a/zorb,2021-02-01,",
        "a/zorb,2021-02-01,-7",
        "a/zorb,2021-02-01,7.5",
        "a/zorb,2021-02-01,1e40",
        "a/zorb,2021-02-01,nan",
        "a/zorb",
    ],
)
def test_a_row_that_cannot_be_used_is_counted_and_told_and_keeps_no_other_out(row: str) -> None:
    read = read_adoption(BytesIO(f"repo,date,stars\n{row}\na/zorb,2021-02-01,7\n".encode()))

    assert [one.value for one in read.counted] == [7]
    assert (read.rows, read.drops) == (2, 1)
    assert read.examples[0][0] == 1
    assert row.split(",")[0] in read.examples[0][1]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        b"PAR1 and no more",
        b"\x1f\x8b\x08 and no more",
        b"\xff\xfe\x00",
        "日付,数\n".encode(),
    ],
)
def test_what_is_no_such_file_is_refused_in_one_sentence(content: bytes) -> None:
    with pytest.raises(Unreadable, match="adoption series"):
        read_adoption(BytesIO(content))


def test_the_real_series_of_star_gains_are_read_without_a_drop(data: Path) -> None:
    with (data / "trends" / "series" / "github_daily_star_gain.csv.gz").open("rb") as file:
        read = read_adoption(file)

    assert (read.rows, read.drops) == (1_277, 0)
    assert {one.measure for one in read.counted} == {Measure.STARS_TOTAL}
    assert all(one.month < one.known_on for one in read.counted)


COUNTED = st.builds(
    Counted,
    st.sampled_from(["pypi:a", "pypi:b"]),
    st.just(Measure.DOWNLOADS),
    st.sampled_from([JANUARY, FEBRUARY]),
    st.integers(0, 9),
    st.dates(date(2021, 3, 1), date(2021, 3, 5)),
)


@given(st.lists(COUNTED))
def test_each_month_has_the_number_that_could_be_known_last(counted: list[Counted]) -> None:
    found = one_a_month(counted)

    assert len({(c.product, c.measure, c.month) for c in found}) == len(found)
    for one in found:
        same = [c for c in counted if (c.product, c.month) == (one.product, one.month)]
        assert one in same
        assert one.known_on == max(c.known_on for c in same)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(Measure))
def test_a_month_was_over_or_nearly_so_when_its_number_was_told(told: date, measure: Measure) -> None:
    assert month_of(measure, told).day == 1
    assert 0 < (told - month_of(measure, told)).days <= 46
