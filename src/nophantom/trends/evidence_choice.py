"""Which stories speak for a topic, the best first: one document per story, spread over sources and time. PURE.

The rule. By what it tells a story ranks: things of technology first, then posts, then general news; of equals the one
with more documents, then the earlier one. The first of the list is the first by that rank. Each next one is the one
that repeats least of what is listed: a listed story of the same family of sources, of the same place (a family, or
for feeds the site) and of the same day is one repetition each; of equals the first by rank. So are the first `DRAWN`
chosen, out of the first `POOL` by rank; the others follow by rank.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.documents import Kind
from nophantom.trends.stories import KINDS, Stories

DRAWN = 20
"""So many are spread out; a page shows ten."""
POOL = 200
"""They are chosen from so many: what ranks below is not worth its difference."""
_LISTED = 1 << 32  # more than any repeats
_TELLS = np.array([{Kind.POST: 1, Kind.NEWS: 2}.get(kind, 0) for kind in KINDS], dtype=np.int64)

Ints = NDArray[np.int64]


def spread_out(
    told: NDArray[np.integer], stories: Stories, sizes: Ints, places: Ints, *, drawn: int = DRAWN
) -> tuple[int, ...]:
    """The stories of a topic in the order in which they speak for it.

    Args:
        told: distinct stories.
        stories: all stories.
        sizes: (n_stories,) how many documents each has.
        places: (n_stories,) equal where the publishing place is the same.
        drawn: how many are spread out; who shows three needs three.
    """
    ranked = told[np.lexsort((told, stories.day[told], -sizes[told], _TELLS[stories.kind[told]]))]
    pool = ranked[:POOL]
    marks = (stories.family[pool], places[pool], stories.day[pool])
    repeats, chosen = np.zeros(len(pool), dtype=np.int64), list[int]()
    for _ in range(min(drawn, len(pool))):
        best = int(repeats.argmin())  # of equals the first by rank
        chosen.append(best)
        for mark in marks:
            repeats += mark == mark[best]
        repeats[best] = _LISTED
    left = np.delete(pool, chosen)
    return (*pool[chosen].tolist(), *left.tolist(), *ranked[POOL:].tolist())
