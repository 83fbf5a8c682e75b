"""The weights before the first step: independent normal numbers, or factors by SVD fitted to a calibration batch.

Every number is drawn by a generator of its seed and its parameter, on the CPU, one seed after the other: what a
seed begins with does not depend on its company or on the device. Recipes of the same shape share the standard
weights of a seed, and with them the factors.

Source: Saxe et al. (2014), Exact solutions to the nonlinear dynamics of learning in deep linear networks
(orthonormal weights); Mishkin and Matas (2016), All you need is a good init (unit output scale layer by layer).
"""

from __future__ import annotations

from math import prod
from zlib import crc32

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from torch import Tensor

from nophantom.llm.lab.batches import Batch, TrainingData, gather
from nophantom.llm.lab.blocks import EPSILON, Block, BlockTape
from nophantom.llm.lab.model import Orchestra
from nophantom.llm.lab.parameters import Piece
from nophantom.llm.recipe import Initialisation

CALIBRATION = 16
"""Problems of the calibration batch."""

_WEIGHTS, _CALIBRATION = 0x57454947, 0x43414C49


def initialise(model: Orchestra, seeds: tuple[int, ...], data: TrainingData) -> None:
    """Fill the weights of all seeds as the recipe says.

    Args:
        model: of the fleet.
        seeds: its seeds, in order.
        data: where a calibration batch comes from.
    """
    standard(model, seeds)
    if model.recipe.initialisation is Initialisation.SVD:
        orthonormal(model)
        for row, seed in enumerate(seeds):
            calibrate(model, row, data, calibration_problems(data, seed))


def draw(piece: Piece, seed: int) -> Tensor:
    """Standard weights of one parameter of one seed.

    Normal with variance 1 / fan-in, which of an embedding is 1, since one row is looked up; the gains of norms are 1.

    >>> draw(Piece("norm", (4,), decayed=False), 7).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    if not piece.decayed:
        return torch.ones(piece.shape)
    rng = np.random.default_rng(np.random.SeedSequence((_WEIGHTS, crc32(piece.name.encode()), seed)))
    numbers = rng.standard_normal(prod(piece.shape), dtype=np.float32).reshape(piece.shape)
    return torch.from_numpy(numbers * np.float32(fan_in(piece) ** -0.5))


def fan_in(piece: Piece) -> int:
    """How many numbers are summed into one output."""
    if piece.name == "embedding":
        return 1
    return piece.shape[-1] if piece.name.endswith("router") else piece.shape[-2]


def standard(model: Orchestra, seeds: tuple[int, ...]) -> None:
    """Fill the weights of all seeds with standard ones."""
    parameters = model.parameters
    for row, seed in enumerate(seeds):
        values = {piece.name: draw(piece, seed) for piece in parameters.pieces}
        parameters.fill_seed(parameters.weights, row, values)


def orthonormal(model: Orchestra) -> None:
    """Replace each matrix but the embedding by its nearest one with orthonormal rows or columns.

    Matrices that stand side by side in one parameter, and experts, are taken one by one.
    """
    parameters = model.parameters
    for row in range(model.seeds):
        for name, value in parameters.of_seed(parameters.weights, row).items():
            if value.dim() > 1 and name != "embedding":
                for matrix in _matrices(name, value):
                    matrix.copy_(nearest_orthonormal(matrix))


def nearest_orthonormal(matrix: Tensor) -> Tensor:
    """U V^T of the singular value decomposition U s V^T.

    >>> torch.allclose(nearest_orthonormal(torch.tensor([[3.0, 0.0], [0.0, 0.5]])), torch.eye(2))
    True
    """
    # In double precision and one matrix at a time: the same bits whatever stands beside it.
    u, _, v = np.linalg.svd(matrix.cpu().numpy().astype(np.float64), full_matrices=False)
    return torch.from_numpy(u @ v).to(matrix)


def _matrices(name: str, value: Tensor) -> list[Tensor]:
    """The matrices in a parameter of one seed, as views."""
    cells = [value] if value.dim() == 2 else list(value)
    if name.endswith(("gate_up", "key_value")):
        return [half for cell in cells for half in cell.chunk(2, -1)]
    return cells


def calibration_problems(data: TrainingData, seed: int) -> NDArray[np.int64]:
    """Which problems a seed is calibrated on."""
    rng = np.random.default_rng(np.random.SeedSequence((_CALIBRATION, seed)))
    return rng.permutation(len(data.starts))[:CALIBRATION]


@torch.no_grad()
def calibrate(model: Orchestra, row: int, data: TrainingData, problems: NDArray[np.int64]) -> None:
    """Scale each matrix of one seed, layer by layer, so that its output has a root mean square of 1.

    Experts are looked at with all rows, whether the router would send them or not.

    Args:
        model: of the fleet.
        row: the seed's place in it.
        data: where the problems are.
        problems: the calibration batch.
    """
    parameters = model.parameters
    own = {name: value.cpu() for name, value in parameters.of_seed(parameters.weights, row).items()}
    # The seed alone on the CPU: the scales are the same in any company and on any device.
    alone = Orchestra(model.recipe, model.vocabulary, model.longest, 1)
    alone.parameters.fill_seed(alone.parameters.weights, 0, own)
    batch = gather(data, problems[None], "cpu")
    _calibrate_alone(alone, batch)
    parameters.fill_seed(parameters.weights, row, alone.parameters.of_seed(alone.parameters.weights, 0))


def _calibrate_alone(alone: Orchestra, batch: Batch) -> None:
    values = alone.parameters.of_seed(alone.parameters.weights, 0)
    layout, sight, turns = batch.layout.keys, batch.layout.all, alone.turns(batch.layout)
    rows = alone.embedded(batch.tokens)
    for layer, block in enumerate(alone.blocks):
        at = f"layers.{layer}"

        def tape(block: Block = block, rows: Tensor = rows) -> BlockTape:
            return block.forward(rows, layout, sight, turns)[1]

        shown = tape().attention.normed[0]
        for matrix in (values[f"{at}.attention.query"], *values[f"{at}.attention.key_value"].chunk(2, -1)):
            _to_unit(matrix, shown)
        _to_unit(values[f"{at}.attention.output"], tape().attention.mixed[0])
        seen = tape().normed[0]
        _to_unit(values[f"{at}.router"].T, seen)
        pairs = list(zip(values[f"{at}.experts.gate_up"], values[f"{at}.experts.down"], strict=True))
        if f"{at}.shared.gate_up" in values:
            pairs.append((values[f"{at}.shared.gate_up"], values[f"{at}.shared.down"]))
        for gate_up, down in pairs:
            gate, up = gate_up.chunk(2, -1)
            _to_unit(gate, seen)
            _to_unit(up, seen)
            _to_unit(down, F.silu(seen @ gate) * (seen @ up))
        rows = block.forward(rows, layout, sight, turns)[0]
    _to_unit(values["head"], F.rms_norm(rows[0], rows.shape[-1:], eps=EPSILON))


def _to_unit(matrix: Tensor, rows: Tensor) -> None:
    """Scale a matrix in place so that rows times matrix have a root mean square of 1."""
    scale = (rows @ matrix).square().mean().sqrt()
    if scale > 0:
        matrix.div_(scale)
