"""What several tests of the back-test read, built once."""

from __future__ import annotations

import pytest
from tests.trends.backtest.planted import a_world

from nophantom.trends.series import Series


@pytest.fixture(scope="session")
def world() -> Series:
    """Steady words, and one that begins."""
    return a_world()
