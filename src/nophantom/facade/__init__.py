"""The Python door: every question over arrays, data frames, files, or bare counts; no database needed.

>>> import numpy as np
>>> import nophantom as np_
>>> before, after = np.array([1, 0, 0, 1, 0, 1]), np.array([1, 1, 1, 1, 1, 1])
>>> np_.compare(after, before).ruling.verdict
<Verdict.UNDECIDED: 'undecided'>

What is given may be an array of scores ((problems,) for one run, (runs, problems) for several), a data frame with
the columns of a table that `nophantom logs import` reads, a path to a log, table or folder, or counts as text
("379/500"). Proportions everywhere: 0.01 is one point. Unknown is None.
"""

from __future__ import annotations

from nophantom.facade.answer import Answer
from nophantom.facade.factors import effects, probes
from nophantom.facade.levels import calibration, gate, power, trajectory
from nophantom.facade.runs import compare, diff, ensemble, seeds, select

__all__ = [
    "Answer",
    "calibration",
    "compare",
    "diff",
    "effects",
    "ensemble",
    "gate",
    "power",
    "probes",
    "seeds",
    "select",
    "trajectory",
]
