"""The page of a back-test: every number that was measured is on it, and nothing that was not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.trends.backtest.planted import START

from nophantom.errors import InvalidInput
from nophantom.reporting.html import page_html
from nophantom.reporting.markdown import page_markdown
from nophantom.reporting.page import Curve, Facts, Items, Page, Table
from nophantom.trends.backtest.churn import churn_of
from nophantom.trends.backtest.injections import Found, Injection, recall_by_rate
from nophantom.trends.backtest.lead_tables import lead_sections
from nophantom.trends.backtest.lead_times import HINDSIGHT, Listed, lead_share, lead_times
from nophantom.trends.backtest.permutations import NullDay, Permutation, null_report
from nophantom.trends.backtest.ranked_days import DayList
from nophantom.trends.backtest.references import Reference, ReferenceKind
from nophantom.trends.backtest.relevance import Label, Labelled, relevance_of
from nophantom.trends.backtest.report import backtest_page, headline
from nophantom.trends.backtest.result import (
    BacktestResult,
    Replayed,
    RuleLeads,
    RuleRecall,
    result_hash,
    result_of,
    result_text,
)

BARE = BacktestResult(
    Replayed(START, date(2031, 2, 1), 900, 800, 70, "f" * 64, 11, tuple(sorted(HINDSIGHT))), "nophantom"
)


def day(number: int) -> date:
    return START + timedelta(days=number)


def a_recall(rule: str, delays: dict[float, list[int | None]]) -> RuleRecall:
    found = [
        Found(Injection(f"{rule} {rate} {n}", START, rate, "", 9), None if delay is None else day(delay))
        for rate, some in delays.items()
        for n, delay in enumerate(some)
    ]
    return RuleRecall(rule, recall_by_rate(found))


def a_result() -> BacktestResult:
    lists = [DayList(day(n), ("zorb", "bank") if n % 2 else ("zorb",)) for n in range(30)]
    references = [
        Reference("Zorb", ("zorb",), ReferenceKind.RADAR, day(20)),
        Reference("Vint", ("vint",), ReferenceKind.RADAR, day(21)),
    ]
    leads = lead_times(references, lists, Listed.SIGNALS)
    labels = {
        (each.as_of, slug): Labelled(
            each.as_of, slug, slug, Label.PRODUCT if slug == "zorb" else Label.NEWS, "so"
        )
        for each in lists
        for slug in each.signals
    }
    nulls = [
        NullDay(
            day(n),
            100,
            (0, int(n == 3)),
            np.zeros(5),
            np.zeros(5, dtype=np.int64),
            1.01,
            boosted=(0.1, 0.2 + n / 10),
        )
        for n in range(10)
    ]
    return replace(
        BARE,
        tiers=("rare", "frequent"),
        nulls=(
            null_report(Permutation.STORIES, nulls, tiers=(0, 1)),
            null_report(Permutation.WEEKS, nulls, tiers=()),
        ),
        recalls=(
            a_recall("nophantom", {0.5: [None, None, 30], 1.0: [9, 12, None], 2.0: [5, 6, 7]}),
            a_recall("ratio", {2.0: [20, 21, 22]}),
        ),
        lead_shares=(lead_share("nophantom", leads, ReferenceKind.RADAR, Listed.SIGNALS),),
        leads=(RuleLeads("nophantom", leads),),
        relevance=(relevance_of("nophantom", lists, labels),),
        churn=(churn_of("nophantom", lists),),
    )


def test_the_first_lines_say_what_was_flagged_falsely_found_late_and_relevant() -> None:
    assert headline(a_result()) == (
        "Of 10 snapshots in which nothing could be found, 1 flagged something. "
        "Of bursts of 1 story a day half are found within 12 days. "
        "Of bursts of 2 stories a day half are found within 6 days. "
        "1 of 2 technologies that others named later (Technology Radar) were listed before, by 20 days in the median. "
        "66.7% of what was listed is relevant."
    )


def test_every_part_that_was_measured_has_its_section() -> None:
    titles = [section.title for section in backtest_page(a_result()).sections]

    assert titles == [
        "What was asked",
        "At a glance",
        "Where nothing could be found (null)",
        "Whole weeks shuffled (stress)",
        "Injected bursts of held-out topics",
        "Lead times",
        "Relevance",
        "Churn",
        "Not covered",
    ]


@pytest.mark.parametrize("draw", [page_html, page_markdown])
def test_every_rendering_tells_the_numbers_and_what_was_kept_out(draw: Callable[[Page], str]) -> None:
    told = draw(backtest_page(a_result())).replace("\\_", "_")

    for word in ("ai_lab_feeds", "1 (9% to 91%)", "never", "66.7%", "frequent", "ratio", "Median delay"):
        assert word in told, word


def test_at_a_glance_every_rule_has_a_line_and_what_it_was_not_tried_on_is_unknown() -> None:
    table, rules = backtest_page(a_result()).sections[1].blocks

    assert isinstance(table, Table)
    assert isinstance(rules, Facts)
    assert [name for name, _ in rules.rows] == ["nophantom", "ratio"]
    assert table.rows == (
        ("nophantom", "6 d", "100.0%", "50.0%", "66.7%", "32.6%"),
        ("ratio", "21 d", "100.0%", "unknown", "unknown", "unknown"),
    )


def test_what_was_not_measured_is_left_out_and_unknown() -> None:
    page = backtest_page(BARE)

    assert [section.title for section in page.sections] == ["What was asked", "At a glance", "Not covered"]
    assert headline(BARE) == "Nothing was measured."
    assert "unknown" in page_markdown(page)


def test_where_no_rule_finds_half_there_is_no_picture_of_delays_but_a_sentence() -> None:
    page = backtest_page(replace(BARE, recalls=(a_recall("nophantom", {0.5: [None, None, 3]}),)))

    assert "No rule found half" in page_markdown(page)


def test_a_simulated_world_says_so_before_all_else() -> None:
    page = backtest_page(replace(BARE, replayed=replace(BARE.replayed, simulated=True)))

    assert page.banners[0].startswith("SIMULATED")
    assert not backtest_page(BARE).banners


def test_equal_results_have_equal_bytes_and_others_another_name() -> None:
    assert result_text(a_result()) == result_text(a_result())
    assert result_hash(a_result()) == result_hash(a_result()) != result_hash(BARE)
    assert '"seed":11' in result_text(BARE)


def test_rules_are_told_with_ours_first() -> None:
    assert a_result().rules == ("nophantom", "ratio")


def test_a_replay_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidInput, match="2031-01-01 to 2030-12-31"):
        replace(BARE.replayed, last=date(2030, 12, 31))


def test_the_curve_of_leads_counts_every_reference_once_whatever_lists_were_looked_at() -> None:
    references = [
        Reference(name, (name,), ReferenceKind.RADAR, day(20)) for name in ("zorb", "vint", "mub", "nork")
    ]
    days = [DayList(day(n), ("zorb",), ("vint",) if n > 14 else ()) for n in range(10, 30)]
    leads = tuple(lead for listed in Listed for lead in lead_times(references, days, listed))
    page = backtest_page(
        replace(
            BARE,
            leads=(RuleLeads("nophantom", leads),),
            lead_shares=(lead_share("nophantom", leads, ReferenceKind.RADAR, Listed.EITHER),),
        )
    )
    [curve] = [block for section in page.sections for block in section.blocks if isinstance(block, Curve)]
    assert (curve.series[0].x, curve.series[0].y) == ((5.0, 10.0), (0.5, 0.25))


def test_every_reference_has_one_row_with_the_day_of_each_list_or_is_named_as_never_listed() -> None:
    references = [
        Reference(name.title(), (name,), ReferenceKind.RADAR, day(20))
        for name in ("zorb", "vint", "mub", "late")
    ]
    days = [
        DayList(day(n), ("zorb", "late") if n > 25 else ("zorb",), ("vint",) if n > 14 else ())
        for n in range(10, 30)
    ]
    leads = tuple(lead for listed in Listed for lead in lead_times(references, days, listed))
    [section] = lead_sections(
        replace(
            BARE,
            leads=(RuleLeads("nophantom", leads),),
            lead_shares=(lead_share("nophantom", leads, ReferenceKind.RADAR, Listed.EITHER),),
        )
    )
    *_, table, never = section.blocks

    assert isinstance(table, Table)
    assert isinstance(never, Items)
    assert [(row[0], *row[3:]) for row in table.rows] == [
        ("Zorb", str(day(10)), "never", "10"),
        ("Vint", "never", str(day(15)), "5"),
        ("Late", str(day(26)), "never", "-6"),
    ]
    assert never.lines == ("Technology Radar: Mub",)


def test_a_result_is_read_back_from_its_text_to_the_byte() -> None:
    for result in (a_result(), BARE):
        assert result_of(result_text(result)) == result
