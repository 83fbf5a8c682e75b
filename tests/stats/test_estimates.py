"""An estimate cannot hold what no interval can be."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from math import inf, nan

import pytest

from nophantom.errors import InvalidInput
from nophantom.stats.estimates import Estimate


def _estimate(**changed: object) -> Estimate:
    whole = {"point": 0.1, "low": 0.0, "high": 0.2, "confidence": 0.95, "n": 10, "method": "by hand"}
    return Estimate(**(whole | changed))  # type: ignore[arg-type]


def test_an_interval_may_be_unknown_or_a_single_number_that_someone_vouches_for() -> None:
    unknown = _estimate(low=None, high=None)

    assert (unknown.low, unknown.high) == (None, None)
    assert _estimate(low=0.1, high=0.1).low == 0.1


@pytest.mark.parametrize("changed", [{"low": None}, {"high": None}])
def test_an_interval_with_one_end_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="two ends or none"):
        _estimate(**changed)


@pytest.mark.parametrize("point", [nan, inf, -inf])
def test_a_point_that_is_no_number_is_refused(point: float) -> None:
    with pytest.raises(InvalidInput, match="finite number"):
        _estimate(point=point)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95.0, nan])
def test_a_confidence_that_is_no_share_is_refused(confidence: float) -> None:
    with pytest.raises(InvalidInput, match="strictly between 0 and 1"):
        _estimate(confidence=confidence)


def test_ends_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"0\.3 to 0\.2"):
        _estimate(low=0.3)


@pytest.mark.parametrize("end", ["low", "high"])
def test_an_end_that_is_no_number_is_refused(end: str) -> None:
    with pytest.raises(InvalidInput):
        _estimate(**{end: nan})


def test_a_negative_number_of_units_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not negative"):
        _estimate(n=-1)


def test_an_estimate_does_not_change_after_it_was_made() -> None:
    with pytest.raises(FrozenInstanceError):
        _estimate().point = 0.5  # type: ignore[misc]
