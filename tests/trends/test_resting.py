"""A host that asked to be left alone is left alone by all of its sources, also by the next run of the program."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from tests.trends.collecting_home import Home
from tests.trends.fault_server import FaultServer, fault_server

from nophantom.trends.exchange import Trouble


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server(hosts=2) as running:
        yield running


def test_the_next_run_leaves_the_host_alone_until_the_time_is_over(
    sqlite_engine: Engine, server: FaultServer
) -> None:
    home = Home(sqlite_engine, server)
    home.follow("/rest/429/7200")
    home.collect()
    here, elsewhere = home.follow("/feed/1")[0], home.follow("/feed/2", host=1)[0]

    home.clock.forward(minutes=30)
    early = home.collect(here, elsewhere)

    assert (early.documents, server.asked["/feed/1"]) == (10, 0)
    assert home.source(here).trouble is Trouble.RATE_LIMITED
    assert home.source(elsewhere).trouble is None
    home.clock.forward(hours=2)
    assert home.collect(here).documents == 10
    assert home.violations() == []
