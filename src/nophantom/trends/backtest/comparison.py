"""Every rule of a back-test in one line: how soon, how much, how early, how relevant, how steady."""

from __future__ import annotations

from collections.abc import Iterable

from nophantom.reporting.wording import UNKNOWN, amount
from nophantom.stats.estimates import Estimate
from nophantom.trends.backtest.injections import RateRecall
from nophantom.trends.backtest.lead_times import Listed
from nophantom.trends.backtest.result import BacktestResult

COLUMNS = (
    "rule",
    "median delay at 2 a day",
    "found at 2 a day",
    "listed before references",
    "relevant",
    "churn",
)


def comparison_rows(result: BacktestResult) -> tuple[tuple[str, ...], ...]:
    """One line for each rule, ours first; unknown where something was not measured."""
    return tuple(
        (
            rule,
            _flat(one.delays[1] for one in _at_rate(result, rule, 2.0)),
            _flat(one.recall for one in _at_rate(result, rule, 2.0)),
            _flat([_share_before(result, rule)]),
            _flat(one.precision for one in result.relevance if one.rule == rule),
            _flat(
                None
                if not one.lags or one.lags[0].share is None
                else amount(one.lags[0].share, "percent", decimals=1)
                for one in result.churn
                if one.rule == rule
            ),
        )
        for rule in result.rules
    )


def _share_before(result: BacktestResult, rule: str) -> Estimate | None:
    """What a rule had before references of the first kind: on any of its lists, where that was looked at."""
    kinds = [one.kind for one in result.lead_shares]
    found = {one.listed: one.share for one in result.lead_shares if one.rule == rule and one.kind is kinds[0]}
    return found.get(Listed.EITHER, next(iter(found.values()), None))


def _at_rate(result: BacktestResult, rule: str, rate: float) -> list[RateRecall]:
    return [row for one in result.recalls if one.rule == rule for row in one.rates if row.rate == rate]


def _flat(values: Iterable[Estimate | int | str | None]) -> str:
    """The values of one cell; unknown where there is none."""
    told = [
        value
        if isinstance(value, str)
        else amount(value.point, "percent", decimals=1)
        if isinstance(value, Estimate)
        else f"{value} d"
        for value in values
        if value is not None
    ]
    return ", ".join(told) or UNKNOWN
