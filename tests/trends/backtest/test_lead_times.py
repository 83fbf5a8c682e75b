"""Lead times: who had it first, by how many days, without hindsight."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trends.backtest.planted import START, a_document

from nophantom.errors import InvalidInput
from nophantom.stats.proportions import wilson
from nophantom.trends.backtest.lead_times import (
    HINDSIGHT,
    Listed,
    compare_leads,
    lead_share,
    lead_times,
    without_hindsight,
)
from nophantom.trends.backtest.ranked_days import DayList
from nophantom.trends.backtest.references import Reference, ReferenceKind


def on(day: int, signals: str = "", watch: str = "") -> DayList:
    return DayList(START + timedelta(days=day), tuple(signals.split()), tuple(watch.split()))


def a_reference(slugs: str, day: int, kind: ReferenceKind = ReferenceKind.RADAR) -> Reference:
    return Reference(slugs, tuple(slugs.split()), kind, START + timedelta(days=day))


DAYS = [on(0), on(5, "zorb", "quux"), on(9, "zorb quux"), on(20, "glorp", "vint zorb"), on(30)]


def test_the_first_day_of_any_spelling_counts_in_the_list_that_is_asked_for() -> None:
    wanted = [
        a_reference("xyz zorb", 8),
        a_reference("quux", 8),
        a_reference("glorp", 20),
        a_reference("no", 8),
    ]

    def days(listed: Listed) -> list[int | None]:
        return [lead.days for lead in lead_times(wanted, DAYS, listed)]

    assert days(Listed.SIGNALS) == [3, -1, 0, None]
    assert days(Listed.WATCH) == [-12, 3, None, None]
    assert days(Listed.EITHER) == [3, 3, 0, None]


def test_the_day_itself_is_no_lead() -> None:
    [lead] = lead_times([a_reference("glorp", 20)], DAYS, Listed.SIGNALS)

    share = lead_share("ours", [lead], ReferenceKind.RADAR, Listed.SIGNALS)

    assert (lead.days, lead.is_before) == (0, False)
    assert (share.before, share.later) == (0, 1)


def test_only_so_much_of_the_watch_list_is_read_as_a_person_reads() -> None:
    wanted = [a_reference("vint", 25), a_reference("zorb", 25)]

    leads = lead_times(wanted, DAYS, Listed.WATCH, first_of_watch=1)

    assert [lead.days for lead in leads] == [5, None]


def test_what_was_listed_long_before_was_about_something_else() -> None:
    [lead] = lead_times([a_reference("zorb", 30)], [*DAYS, on(29, "zorb")], Listed.SIGNALS, earliest=10)

    assert lead.days == 1


def test_the_share_before_has_wilsons_interval_and_the_median_is_of_those_before() -> None:
    wanted = [a_reference("zorb", 8), a_reference("zorb", 15), a_reference("quux", 8), a_reference("no", 8)]

    share = lead_share("ours", lead_times(wanted, DAYS, Listed.SIGNALS), ReferenceKind.RADAR, Listed.SIGNALS)

    assert (share.n, share.before, share.later, share.median_days) == (4, 2, 1, 6.5)
    assert share.share == wilson(2, 4)


def test_without_references_of_a_kind_the_share_is_unknown() -> None:
    share = lead_share("ours", [], ReferenceKind.CNCF, Listed.SIGNALS)

    assert (share.n, share.share, share.median_days) == (0, None, None)


def test_rules_are_compared_on_the_same_references() -> None:
    wanted = [a_reference("zorb", 8), a_reference("zorb", 8, ReferenceKind.CNCF)]

    table = compare_leads(wanted, {"ours": DAYS, "peer": [on(0), on(30)]})

    assert [(row.rule, row.kind.value, row.before) for row in table] == [
        ("ours", "radar", 1),
        ("ours", "cncf", 1),
        ("peer", "radar", 0),
        ("peer", "cncf", 0),
    ]


@pytest.mark.parametrize("day", [0, 31])
def test_a_reference_that_the_replay_does_not_surround_is_refused(day: int) -> None:
    with pytest.raises(InvalidInput, match="the replay runs from 2031-01-01 to 2031-01-31"):
        lead_times([a_reference("zorb", day)], DAYS, Listed.SIGNALS)


def test_a_reference_without_a_day_is_refused() -> None:
    with pytest.raises(InvalidInput, match="has no day"):
        lead_times([Reference("Zorb", ("zorb",), ReferenceKind.RADAR, None)], DAYS, Listed.SIGNALS)


def test_collections_chosen_with_hindsight_speak_in_no_claim_about_lead_time() -> None:
    [chosen, *_] = sorted(HINDSIGHT)
    alone, shared = (
        a_document(1, 0, collections=(chosen,)),
        a_document(2, 0, collections=(chosen, "zorb_daily")),
    )
    plain = a_document(3, 0)

    kept = list(without_hindsight([alone, shared, plain]))

    assert [d.native_id for d in kept] == ["hn:000002", "hn:000003"]
    assert kept[0].collections == ("zorb_daily",)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.lists(st.sampled_from("abcd"), max_size=4)), max_size=20),
    st.sampled_from("abcd"),
    st.integers(1, 60),
)
def test_the_lead_is_that_of_a_plain_search(listed: list[tuple[int, list[str]]], slug: str, day: int) -> None:
    by_day = {0: (), 60: (), **{n: tuple(slugs) for n, slugs in listed}}
    days = [DayList(START + timedelta(days=n), slugs) for n, slugs in by_day.items()]

    [lead] = lead_times([a_reference(slug, day)], days, Listed.SIGNALS)

    assert lead.days == max((day - n for n, slugs in by_day.items() if slug in slugs), default=None)
    assert lead.first is None or (date.fromordinal(START.toordinal() + day) - lead.first).days == lead.days
