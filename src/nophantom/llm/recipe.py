"""How a run of the lab is trained: the shape of its model, its schedule, and what an arm may vary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from nophantom.errors import InvalidInput


class Router(StrEnum):
    """How tokens find their experts."""

    SOFTMAX = "softmax"
    """Top-k of a softmax, kept in balance by a load-balancing loss and a z loss."""
    BALANCED = "balanced"
    """Top-k of sigmoid scores plus a bias per expert that is moved against its load; no auxiliary loss."""


class Initialisation(StrEnum):
    """What the weights are before the first step."""

    STANDARD = "standard"
    """Independent normal numbers, scaled by the fan-in."""
    SVD = "svd"
    """Orthonormal factors by SVD, then unit output scale layer by layer on a calibration batch."""


class DataOrder(StrEnum):
    """In which order the training problems come."""

    SHUFFLED = "shuffled"
    BLANKET = "blanket"
    """Easy to hard, all strata."""
    SELECTIVE = "selective"
    """Easy to hard only in the strata where ordering was shown to help; the rest stays random."""


@dataclass(frozen=True, slots=True)
class ModelShape:
    """A decoder-only mixture-of-experts transformer.

    Attributes:
        d_model: width of the residual stream.
        layers: how many blocks of attention and experts.
        heads: query heads; they divide `d_model` into even widths (rotary positions turn pairs).
        kv_heads: key and value heads; they divide `heads` (fewer is grouped-query attention).
        experts: routed experts per layer.
        top_k: experts that one token goes to.
        expert_width: hidden width of one expert.
        shared_width: hidden width of the expert that every token goes to; 0 leaves it out.
        rope_base: base of the rotary angles; small, since the built-in problems have some 60 tokens.
    """

    d_model: int = 48
    layers: int = 2
    heads: int = 6
    kv_heads: int = 6
    experts: int = 4
    top_k: int = 2
    expert_width: int = 48
    shared_width: int = 0
    rope_base: float = 10.0

    def __post_init__(self) -> None:
        counts = {
            name: getattr(self, name)
            for name in ("d_model", "layers", "heads", "kv_heads", "experts", "top_k", "expert_width")
        }
        if wrong := {name: value for name, value in counts.items() if value < 1}:
            raise InvalidInput(f"the sizes of a model are 1 and more; got {wrong}.")
        if self.shared_width < 0 or self.rope_base <= 1:
            raise InvalidInput(
                "a shared expert has a width of 0 (none) or more, and the rotary base is above 1; got "
                f"shared_width {self.shared_width} and rope_base {self.rope_base}."
            )
        if self.d_model % (2 * self.heads):
            raise InvalidInput(
                f"d_model is a multiple of twice the heads, so that each has an even width; got {self.d_model} and "
                f"{self.heads} heads."
            )
        if self.heads % self.kv_heads:
            raise InvalidInput(f"kv_heads divide heads; got {self.kv_heads} and {self.heads}.")
        if self.top_k > self.experts:
            raise InvalidInput(f"top_k is at most experts; got {self.top_k} of {self.experts}.")


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the weights are moved.

    Attributes:
        batch: problems per step and seed.
        learning_rate: the highest of the schedule.
        warm_up: steps of linear rise.
        flat: share of all steps at the highest rate, before it falls in a straight line.
        floor: share of the highest rate at the last step.
        weight_decay: of AdamW.
        clip: largest norm of the gradient of one seed.
        load_balance: weight of the load-balancing loss (softmax router).
        z_loss: weight of the z loss (softmax router).
        bias_rate: how far a step moves the bias of an expert (balanced router).
    """

    batch: int = 8
    learning_rate: float = 5e-3
    warm_up: int = 50
    flat: float = 0.3
    floor: float = 0.02
    weight_decay: float = 0.1
    clip: float = 1.0
    load_balance: float = 0.01
    z_loss: float = 1e-3
    bias_rate: float = 1e-3

    def __post_init__(self) -> None:
        if self.batch < 1 or self.warm_up < 0:
            raise InvalidInput(
                f"a batch has 1 problem or more, and warm_up is 0 steps or more; got {self.batch} and {self.warm_up}."
            )
        if not self.learning_rate > 0 or not self.clip > 0:
            raise InvalidInput(
                f"learning_rate and clip are above 0; got {self.learning_rate} and {self.clip}."
            )
        if not 0 <= self.flat <= 1 or not 0 <= self.floor <= 1:
            raise InvalidInput(f"flat and floor are shares from 0 to 1; got {self.flat} and {self.floor}.")
        weights = (self.weight_decay, self.load_balance, self.z_loss, self.bias_rate)
        if not all(weight >= 0 for weight in weights):
            raise InvalidInput(
                f"weight_decay, load_balance, z_loss and bias_rate are 0 or more; got {weights}."
            )


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a run but its seed.

    Attributes:
        ordered: of a selective order, the strata that come easy to hard; else empty.
    """

    model: ModelShape = field(default_factory=ModelShape)
    schedule: Schedule = field(default_factory=Schedule)
    router: Router = Router.SOFTMAX
    initialisation: Initialisation = Initialisation.STANDARD
    order: DataOrder = DataOrder.SHUFFLED
    ordered: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.ordered and self.order is not DataOrder.SELECTIVE:
            raise InvalidInput(
                f"only a selective order has strata of its own; got {list(self.ordered)} with {self.order}."
            )

    def as_plan(self) -> Mapping[str, Any]:
        """What is written into the plan."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Script:
    """A training script of the user's as an arm.

    Attributes:
        command: as a shell would read it; `{seed}`, `{out}`, `{arm}` and `{python}` are put in.
        logs: which files below `{out}` hold its results; a pattern as `nophantom logs import` takes it.
    """

    command: str
    logs: str = ""


class Ending(StrEnum):
    """How one attempt at a run ended."""

    FINISHED = "finished"
    """It came to its last step, and its outcomes are in the ledger."""
    FAILED = "failed"
    """A script with another exit status than 0 or without results, or an error of our own."""
    OUT_OF_MEMORY = "out_of_memory"
    """The machine had too little; the fleet is tried again in smaller parts."""
    DEVICE_LOST = "device_lost"
    """The accelerator went away, or its process was killed."""
    STOPPED = "stopped"
    """By a person, or because the budget was used up; it can be resumed."""
