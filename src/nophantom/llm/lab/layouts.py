"""Where the tokens of a step lie: packed without filling, and spread to sequences only for attention.

The problems of a batch stand one after the other; all matrix products but those of attention see no
filling. The layout depends on the lengths alone, and these are common to all seeds of a step, so the
index tensors are made once for the whole fleet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nophantom.errors import InvalidInput

# Added to a score that attention must not see. Finite: minus infinity less minus infinity is no number.
HIDDEN = -1e4


@dataclass(frozen=True, slots=True)
class Spread:
    """How packed rows become sequences of equal length, and back.

    Attributes:
        sequences: how many there are.
        longest: the length of each after spreading.
        rows: how many packed rows there are.
        pad: (sequences * longest,) which packed row stands there; None where nothing is filled.
        pack: (rows,) where each packed row stands.
        blank: the places of filling.
    """

    sequences: int
    longest: int
    rows: int
    pad: Tensor | None = None
    pack: Tensor | None = None
    blank: Tensor | None = None

    @classmethod
    def of(cls, lengths: NDArray[np.int64], device: str | torch.device) -> Spread:
        """The layout of sequences of these lengths."""
        longest, rows = int(lengths.max()), int(lengths.sum())
        if rows == longest * len(lengths):
            return cls(len(lengths), longest, rows)
        starts = np.cumsum(lengths) - lengths
        place = np.arange(longest)
        real = place < lengths[:, None]
        # Filling repeats the last token of its sequence: a finite number that nobody looks at.
        pad = starts[:, None] + np.minimum(place, lengths[:, None] - 1)
        return cls(
            len(lengths),
            longest,
            rows,
            _index(pad.ravel(), device),
            _index(np.flatnonzero(real), device),
            _index(np.flatnonzero(~real), device),
        )

    def spread(self, packed: Tensor, *, clear: bool = False) -> Tensor:
        """(S, rows, W) to (S, sequences, longest, W); `clear` makes the filling 0."""
        width = packed.shape[-1]
        if self.pad is not None and self.blank is not None:
            packed = packed.index_select(1, self.pad)
            if clear:
                packed.index_fill_(1, self.blank, 0.0)
        return packed.view(-1, self.sequences, self.longest, width)

    def packed(self, spread: Tensor) -> Tensor:
        """(S, sequences, longest, W) to (S, rows, W)."""
        flat = spread.view(-1, self.sequences * self.longest, spread.shape[-1])
        return flat if self.pack is None else flat.index_select(1, self.pack)


class Mask(NamedTuple):
    """Which keys a query may see.

    Attributes:
        shown: (sequences or 1, keys, queries) 1 where it may, else 0.
        hidden: likewise, 0 where it may, `HIDDEN` where not.
    """

    shown: Tensor
    hidden: Tensor

    @classmethod
    def of(cls, seen: NDArray[np.bool_], device: str | torch.device) -> Mask:
        """From (sequences or 1, keys, queries)."""
        shown = torch.from_numpy(seen.astype(np.float32)).to(device)
        return cls(shown, (1 - shown) * HIDDEN)


@dataclass(frozen=True, slots=True)
class Sight:
    """Which positions ask and which they may see.

    Attributes:
        queries: the layout of the positions that ask.
        kept: (rows,) their packed rows among all; None where all ask.
        angles: (sequences or 1, longest) the position of each of them, for the rotary angles.
        mask: what they may see.
    """

    queries: Spread
    kept: Tensor | None
    angles: Tensor
    mask: Mask


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of one step.

    Attributes:
        rows: packed tokens of one seed.
        keys: how they spread to sequences.
        all: every position asks: all layers but the last.
        last: only the positions whose next token is to be predicted ask: in the last layer nobody looks
            at the others, so they are not computed.
        targets: how many tokens of one seed are predicted.
    """

    rows: int
    keys: Spread
    all: Sight
    last: Sight
    targets: int


def layout_of(questions: Sequence[int], answers: Sequence[int], device: str | torch.device) -> Layout:
    """The layout of problems whose answers are to be predicted.

    A problem of q and a tokens takes q + a - 1 rows (its last token predicts nothing), of which the last
    a predict.

    Args:
        questions: tokens of each question, 1 or more.
        answers: tokens of each answer, its end included, 1 or more.
        device: where the index tensors are to lie.

    Raises:
        InvalidInput: no problems, or an empty question or answer.

    >>> layout = layout_of([3, 2], [2, 2], "cpu")
    >>> layout.rows, layout.targets, layout.keys.longest
    (7, 4, 4)
    >>> layout.last.kept.tolist()
    [2, 3, 5, 6]
    """
    q, a = np.asarray(questions, dtype=np.int64), np.asarray(answers, dtype=np.int64)
    if len(q) == 0 or len(q) != len(a) or q.min() < 1 or a.min() < 1:
        raise InvalidInput(
            f"a batch has one question and one answer of at least one token per problem; got lengths "
            f"{q.tolist()} and {a.tolist()}."
        )
    lengths = q + a - 1
    keys = Spread.of(lengths, device)
    places = np.arange(keys.longest)
    every = Sight(
        keys,
        None,
        _index(places[None], device),
        Mask.of((places[:, None] <= places[None, :])[None], device),
    )
    ends = np.cumsum(lengths)
    kept = np.concatenate([np.arange(end - n, end) for end, n in zip(ends, a, strict=True)])
    asking = Spread.of(a, device)
    # Filling stands after the last position of its sequence and repeats it.
    at = np.minimum(q[:, None] - 1 + np.arange(asking.longest), lengths[:, None] - 1)
    seen = places[None, :, None] <= at[:, None, :]
    last = Sight(asking, _index(kept, device), _index(at, device), Mask.of(seen, device))
    return Layout(int(lengths.sum()), keys, every, last, int(a.sum()))


def _index(values: NDArray[np.int64], device: str | torch.device) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).to(device)
