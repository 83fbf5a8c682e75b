"""All weights of a fleet in one flat buffer: one block per parameter, in it one row per seed.

An optimiser that goes once over the buffer costs one call instead of one per parameter and seed. A block
is contiguous, so the experts of all seeds are one stack of matrices without a copy. Rows begin at
multiples of 64 bytes, so that a matrix product takes the same path through the processor whatever
the company of a seed is: that is part of what makes a seed in a fleet equal to the seed alone, to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from nophantom.errors import InvalidInput
from nophantom.llm.recipe import ModelShape

_ALIGNED = 16  # floats: 64 bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """One named parameter of one seed.

    Attributes:
        name: as it stands in a checkpoint, for example `layers.0.experts.down`.
        shape: of one seed; of a stack of experts the first number counts them.
        stacked: whether the first number counts matrices that are multiplied one by one.
        decayed: whether weight decay pulls it to 0 (all but the gains of the norms).
    """

    name: str
    shape: tuple[int, ...]
    stacked: bool = False
    decayed: bool = True

    @property
    def cells(self) -> int:
        """How many parts of it are aligned on their own."""
        return self.shape[0] if self.stacked else 1

    @property
    def cell(self) -> tuple[int, ...]:
        """The shape of one part."""
        return self.shape[1:] if self.stacked else self.shape

    @property
    def width(self) -> int:
        """Floats that one seed takes in the buffer, filling included."""
        return self.cells * -(-prod(self.cell) // _ALIGNED) * _ALIGNED


def pieces_of(shape: ModelShape, vocabulary: int) -> tuple[Piece, ...]:
    """The parameters of one seed, in the order in which they lie in the buffer: the decayed ones first.

    Matrices are written (inputs, outputs), except the router's, which has a row per expert. `gate_up` is
    both matrices side by side, `key_value` likewise.

    >>> [piece.name for piece in pieces_of(ModelShape(layers=1), 40)][:4]
    ['embedding', 'head', 'layers.0.attention.query', 'layers.0.attention.key_value']
    """
    d, f, e = shape.d_model, shape.expert_width, shape.experts
    head = d // shape.heads
    pieces = [Piece("embedding", (vocabulary, d)), Piece("head", (d, vocabulary))]
    gains = [Piece("norm", (d,), decayed=False)]
    for layer in range(shape.layers):
        at = f"layers.{layer}"
        pieces += [
            Piece(f"{at}.attention.query", (d, shape.heads * head)),
            Piece(f"{at}.attention.key_value", (d, 2 * shape.kv_heads * head)),
            Piece(f"{at}.attention.output", (shape.heads * head, d)),
            Piece(f"{at}.router", (e, d)),
            Piece(f"{at}.experts.gate_up", (e, d, 2 * f), stacked=True),
            Piece(f"{at}.experts.down", (e, f, d), stacked=True),
        ]
        if shape.shared_width:
            pieces += [
                Piece(f"{at}.shared.gate_up", (d, 2 * shape.shared_width)),
                Piece(f"{at}.shared.down", (shape.shared_width, d)),
            ]
        gains += [
            Piece(f"{at}.attention.norm", (d,), decayed=False),
            Piece(f"{at}.experts.norm", (d,), decayed=False),
        ]
    return (*pieces, *gains)


class Parameters:
    """Weights, gradients and both Adam moments of all seeds, each a flat buffer with named views.

    Attributes:
        pieces: what one seed consists of.
        seeds: how many seeds there are.
        weights: (seeds * width,) the whole buffer; `gradients`, `first` and `second` lie the same way.
        decayed: how many floats of the buffer, from its beginning, weight decay is for.
    """

    def __init__(self, pieces: Sequence[Piece], seeds: int, *, device: str | torch.device = "cpu") -> None:
        self.pieces = tuple(pieces)
        self.seeds = seeds
        self._starts: dict[str, int] = {}
        start = 0
        for piece in self.pieces:
            self._starts[piece.name] = start
            start += seeds * piece.width
        self.decayed = sum(seeds * piece.width for piece in self.pieces if piece.decayed)
        if any(piece.decayed for piece in self.pieces[sum(p.decayed for p in self.pieces) :]):
            raise InvalidInput("pieces with weight decay come before those without; order them so.")
        self.weights = torch.zeros(start, device=device)
        self.gradients = torch.zeros_like(self.weights)
        self.first = torch.zeros_like(self.weights)
        self.second = torch.zeros_like(self.weights)
        self.weight = self._views(self.weights)
        self.gradient = self._views(self.gradients)

    def _views(self, buffer: Tensor) -> dict[str, Tensor]:
        return {piece.name: self._view(buffer, piece) for piece in self.pieces}

    def _view(self, buffer: Tensor, piece: Piece) -> Tensor:
        """(seeds, *shape), or of a stack (seeds * experts, *cell); filling is left out by the strides."""
        cells = self.seeds * piece.cells
        inner = [prod(piece.cell[place + 1 :]) for place in range(len(piece.cell))]
        return buffer.as_strided(
            (cells, *piece.cell),
            (piece.width // piece.cells, *inner),
            self._starts[piece.name],
        )

    def blocks(self, buffer: Tensor) -> list[Tensor]:
        """Each parameter as (seeds, width), filling included."""
        found = []
        for piece in self.pieces:
            start = self._starts[piece.name]
            found.append(buffer[start : start + self.seeds * piece.width].view(self.seeds, piece.width))
        return found

    def of_seed(self, buffer: Tensor, row: int) -> dict[str, Tensor]:
        """Views of what belongs to one seed, by name, each in the shape of its piece.

        Args:
            buffer: one of the four.
            row: which seed, by its place in the fleet.
        """
        return {
            piece.name: self._view(buffer, piece)[row * piece.cells : (row + 1) * piece.cells].view(
                piece.shape
            )
            if piece.stacked
            else self._view(buffer, piece)[row]
            for piece in self.pieces
        }

    def fill_seed(self, buffer: Tensor, row: int, values: Mapping[str, Tensor]) -> None:
        """Write what belongs to one seed.

        Raises:
            InvalidInput: a name or a shape that is not this model's.
        """
        own = self.of_seed(buffer, row)
        if own.keys() != values.keys():
            odd = sorted(own.keys() ^ values.keys())
            raise InvalidInput(f"these weights belong to another model: {odd[:4]} are on one side only.")
        for name, value in values.items():
            if own[name].shape != value.shape:
                raise InvalidInput(
                    f"these weights belong to another model: {name} is {tuple(value.shape)}, and here it is "
                    f"{tuple(own[name].shape)}."
                )
            own[name].copy_(value)
