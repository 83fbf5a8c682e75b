"""The flat buffer: views that do not overlap, aligned, and each seed's own."""

from __future__ import annotations

import pytest
import torch

from nophantom.errors import InvalidInput
from nophantom.llm.lab.parameters import Parameters, Piece, pieces_of
from nophantom.llm.recipe import ModelShape

PIECES = pieces_of(
    ModelShape(d_model=12, heads=3, kv_heads=1, experts=3, expert_width=10, shared_width=7), 11
)


def test_a_model_has_the_parameters_that_arithmetic_says() -> None:
    shape = ModelShape()
    count = sum(torch.Size(piece.shape).numel() for piece in pieces_of(shape, 40))
    layer = 4 * 48 * 48 + 4 * 48 + 4 * 3 * 48 * 48 + 2 * 48
    assert count == 2 * layer + 2 * 40 * 48 + 48


def test_views_share_nothing_and_every_seed_has_its_own() -> None:
    parameters = Parameters(PIECES, 3)
    written = 0
    for row in range(3):
        for value in parameters.of_seed(parameters.weights, row).values():
            assert (value == 0).all()
            value.fill_(row + 1)
            written += value.numel()
    assert int((parameters.weights != 0).sum()) == written
    for row in range(3):
        assert all((value == row + 1).all() for value in parameters.of_seed(parameters.weights, row).values())


def test_each_matrix_begins_at_a_multiple_of_64_bytes() -> None:
    parameters = Parameters(PIECES, 3)
    for view in parameters.weight.values():
        for matrix in view:
            assert matrix.data_ptr() % 64 == 0


def test_what_is_decayed_lies_in_front_of_the_gains() -> None:
    parameters = Parameters(PIECES, 2)
    for piece in PIECES:
        parameters.weight[piece.name].fill_(1.0 if piece.decayed else 2.0)
    assert set(parameters.weights[: parameters.decayed].tolist()) <= {0.0, 1.0}
    assert set(parameters.weights[parameters.decayed :].tolist()) <= {0.0, 2.0}
    with pytest.raises(InvalidInput, match="order them"):
        Parameters((Piece("gain", (2,), decayed=False), Piece("matrix", (2, 2))), 1)


def test_blocks_are_the_whole_buffer_seed_by_seed() -> None:
    parameters = Parameters(PIECES, 2)
    parameters.gradient["head"][1] = 3.0
    blocks = parameters.blocks(parameters.gradients)
    assert sum(block.numel() for block in blocks) == parameters.gradients.numel()
    assert sum(float(block[1].sum()) for block in blocks) == 3.0 * 12 * 11
    assert sum(float(block[0].sum()) for block in blocks) == 0.0


def test_weights_of_another_model_are_refused() -> None:
    parameters = Parameters((Piece("a", (2, 2)),), 1)
    for values in ({"b": torch.zeros(2, 2)}, {"a": torch.zeros(2, 3)}):
        with pytest.raises(InvalidInput, match="another model"):
            parameters.fill_seed(parameters.weights, 0, values)
