"""NoPhantom tells real signals from phantom ones, in model training and in technology trends.

In Python: `import nophantom as np_`, then `np_.compare(after, before)` on arrays, data frames or paths; see
`nophantom.facade`. Everything else is loaded when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nophantom.version import __version__

if TYPE_CHECKING:
    from nophantom.facade import (
        Answer,
        calibration,
        compare,
        diff,
        effects,
        ensemble,
        gate,
        power,
        probes,
        seeds,
        select,
        trajectory,
    )

__all__ = [
    "Answer",
    "__version__",
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


def __getattr__(name: str) -> object:
    """The Python door, loaded at its first use: the command line must not wait for it."""
    if name in __all__:
        from nophantom import facade

        return vars(facade)[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """For completion: the questions too, before the first of them is used."""
    return sorted({*globals(), *__all__})
