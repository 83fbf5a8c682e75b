"""Measurements of a study as arrays: every number where it belongs, and unknown where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import Engine

from nophantom.errors import NotFound
from nophantom.llm.ledger.measurements import read_measurements
from nophantom.llm.ledger.rows import checkpoint_of
from nophantom.llm.ledger.run_tables import Measurement
from nophantom.store.engine import reading, writing


def test_every_number_stands_at_its_run_step_and_name_and_the_rest_is_unknown(small: Engine) -> None:
    """Runs r1 to r4 are of `base`, r5 to r8 of `new`; step 0 has probes alone."""
    told = {
        (5, 0, "probe.loss"): 3.5,
        (1, 0, "probe.loss"): 4.0,
        (1, 2_000, "load.layer0.expert0"): 0.25,
        (1, 1_000, "load.layer0.expert0"): 0.5,
    }
    with writing(small) as session:
        for (run, step, name), value in told.items():
            place = checkpoint_of(session, run, step)
            session.add(Measurement(checkpoint_id=place, name=name, value=value))
    with reading(small) as session:
        found = read_measurements(session, 1)
        probes = read_measurements(session, 1, prefix="probe.", step=0, arm="new")
        nothing = read_measurements(session, 1, step=77)
    assert (found.run_ids, found.arms, found.seeds) == ((1, 5), ("base", "new"), (0, 0))
    assert (found.steps, found.names) == ((0, 1_000, 2_000), ("load.layer0.expert0", "probe.loss"))
    unknown = np.nan
    expected = [
        [[unknown, 4.0], [0.5, unknown], [0.25, unknown]],
        [[unknown, 3.5], [unknown, unknown], [unknown, unknown]],
    ]
    np.testing.assert_array_equal(found.values, np.array(expected))
    assert (probes.run_ids, probes.names, probes.values.tolist()) == ((5,), ("probe.loss",), [[[3.5]]])
    assert (nothing.run_ids, nothing.steps, nothing.values.size) == ((), (), 0)
    np.testing.assert_array_equal(found.of_runs([5, 3], 0), [[unknown, 3.5], [unknown, unknown]])
    assert np.isnan(found.of_runs([5], 77)).all()


def test_a_study_that_is_not_there_is_refused(small: Engine) -> None:
    with reading(small) as session, pytest.raises(NotFound, match="s9"):
        read_measurements(session, 9)
