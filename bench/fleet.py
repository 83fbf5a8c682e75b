"""How much faster is a fleet than its seeds one after the other? Sequences per CPU-second, interleaved.

    python -m bench.fleet [--repeats 5] [--seeds 10] [--sizes] [--fleets] [--device cpu]

All contenders train on the built-in task in turns within one process, one thread, with the same tuning of
the allocator. The sequential ones draw shuffled batches padded to their own longest problem. A round
is a few steps of each; the table shows medians over rounds with the least and the greatest. `lean` computes
only asked positions in the last layer, as the fleet does; `answers only` is what plain models do.
On a GPU (`--device cuda`) wall time between two synchronisations is measured instead.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import torch
from bench.sequential_models import Padded, Sequential, mixtral
from torch import nn

from nophantom.llm.lab.batches import TrainingData
from nophantom.llm.lab.tasks import word_sums
from nophantom.llm.lab.tokens import Tokens
from nophantom.llm.lab.training import Fleet, tune_allocator
from nophantom.llm.recipe import ModelShape, Recipe

TOTAL = 1_000_000  # steps of the schedule: nobody comes near its end

Step = Callable[[int], int]
"""Trains so many steps; returns how many sequences that were."""


def task_data() -> tuple[TrainingData, int]:
    """The built-in task, encoded, and its vocabulary."""
    train = word_sums().splits["train"]
    tokens = Tokens.of([text for problem in train for text in (problem.question, problem.solution)])
    data = TrainingData(
        [tokens.encode(problem.question) for problem in train],
        [tokens.encode_answer(problem.solution) for problem in train],
    )
    return data, len(tokens)


def random_data(tokens: int, vocabulary: int = 64) -> TrainingData:
    """Problems of one length, half of it question."""
    rng = np.random.default_rng(0)
    rows = rng.integers(3, vocabulary, (2_000, tokens + 1)).tolist()
    cut = (tokens + 1) // 2
    return TrainingData([row[:cut] for row in rows], [row[cut:] for row in rows])


def fleet(recipe: Recipe, data: TrainingData, vocabulary: int, seeds: int, device: str) -> Step:
    """All seeds as one program."""
    ours = Fleet(recipe, vocabulary, data.longest, range(seeds), device=device)

    def train(steps: int) -> int:
        for _ in ours.train(data, ours.step + steps, TOTAL):
            pass
        return steps * seeds * recipe.schedule.batch

    return train


def alone(model: nn.Module, recipe: Recipe, data: TrainingData, device: str) -> Step:
    """One seed of a sequential model; its fellows would cost as much each."""
    model.to(device)
    schedule = recipe.schedule
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=1e-3, weight_decay=schedule.weight_decay, betas=(0.9, 0.95), fused=True
    )
    rng = np.random.default_rng(0)

    def train(steps: int) -> int:
        for _ in range(steps):
            batch = Padded(data, rng.integers(0, len(data.starts), schedule.batch), device)
            if isinstance(model, Sequential):
                loss = model(batch)
            else:
                loss = model(input_ids=batch.tokens, attention_mask=batch.real, labels=batch.labels).loss
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), schedule.clip)
            optimiser.step()
        return steps * schedule.batch

    return train


def contenders(
    recipe: Recipe, data: TrainingData, vocabulary: int, seeds: int, device: str, *, every: bool
) -> dict[str, Step]:
    """The fleet and its peers."""

    def sequential(experts: str, *, lean: bool, fused: bool = False) -> Step:
        model = Sequential(
            recipe, vocabulary, data.longest, experts=experts, lean=lean, fused_attention=fused
        )
        return alone(model, recipe, data, device)

    def hugging_face(experts: str, attention: str) -> Step:
        model = mixtral(recipe, vocabulary, data.longest, experts=experts, attention=attention)
        return alone(model, recipe, data, device)

    found = {f"fleet of {seeds}": fleet(recipe, data, vocabulary, seeds, device)}
    for experts in ("dense", "index_add", "grouped"):
        found[f"sequential {experts} lean"] = sequential(experts, lean=True)
        if every:
            found[f"sequential {experts}"] = sequential(experts, lean=False)
            found[f"sequential {experts} sdpa"] = sequential(experts, lean=False, fused=True)
            found[f"sequential {experts} sdpa lean"] = sequential(experts, lean=True, fused=True)
    found["Mixtral sdpa"] = hugging_face("eager", "sdpa")
    if every:
        found["Mixtral sdpa grouped_mm"] = hugging_face("grouped_mm", "sdpa")
        found["Mixtral eager"] = hugging_face("eager", "eager")
    return found


def measure(found: Mapping[str, Step], repeats: int, device: str, budget: float) -> dict[str, list[float]]:
    """Sequences per second of each, in turns.

    Args:
        found: who takes part.
        repeats: rounds.
        device: CPU-seconds on a CPU, else wall time.
        budget: seconds that a contender's share of a round is to take.
    """

    def now() -> float:
        if device == "cpu":
            return time.process_time()
        torch.cuda.synchronize()
        return time.perf_counter()

    steps = {}
    for name, train in found.items():
        train(2)
        begin = now()
        train(2)
        steps[name] = max(2, round(budget * 2 / (now() - begin)))
    rates: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(repeats):
        for name, train in found.items():
            begin = now()
            sequences = train(steps[name])
            rates[name].append(sequences / (now() - begin))
    return rates


def show(rates: Mapping[str, list[float]]) -> None:
    """One line each, with how many times as fast the fleet is."""
    ours = next(iter(rates.values()))
    for name, found in rates.items():
        times = np.median(np.array(ours) / np.array(found))
        print(
            f"  {name:32s} {np.median(found):8.0f}  ({min(found):6.0f} .. {max(found):6.0f})   {times:5.2f}x",
            flush=True,
        )


def best_of(rates: Mapping[str, list[float]], word: str) -> float:
    """The fleet over the best of those whose name begins so."""
    ours = np.array(next(iter(rates.values())))
    peers = [np.array(found) for name, found in rates.items() if name.startswith(word)]
    return min(float(np.median(ours / peer)) for peer in peers)


def by_size(repeats: int, seeds: int, device: str) -> None:
    """Where the gain ends: widths by tokens per step and seed."""
    print(
        "\nsequences of 24 tokens, 2 layers, 4 experts, top 2; times as fast as the best lean sequential | as Mixtral"
    )
    batches = (2, 8, 32)
    print("d_model  " + "".join(f"{24 * batch:>16d} tokens" for batch in batches))
    data = random_data(24)
    for d in (48, 64, 128, 256):
        shape = ModelShape(d_model=d, heads=d // 16, kv_heads=d // 16, expert_width=d)
        cells = []
        for batch in batches:
            base = Recipe(model=shape)
            recipe = replace(base, schedule=replace(base.schedule, batch=batch))
            found = contenders(recipe, data, 64, seeds, device, every=False)
            rates = measure(found, repeats, device, 0.3)
            cells.append(f"{best_of(rates, 'sequential'):13.2f} | {best_of(rates, 'Mixtral'):5.2f}")
        print(f"{d:7d}  " + "   ".join(cells), flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=10, help="of the fleet; one process has 5 to 10")
    parser.add_argument("--sizes", action="store_true", help="widths by tokens per step, too")
    parser.add_argument("--fleets", action="store_true", help="fleets of 1 to 20 seeds, too")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    tune_allocator()
    data, vocabulary = task_data()
    recipe = Recipe()
    print(f"the built-in task, {recipe.model}, batch {recipe.schedule.batch}: sequences per second")
    found = contenders(recipe, data, vocabulary, given.seeds, given.device, every=True)
    rates = measure(found, given.repeats, given.device, 0.7)
    show(rates)
    fair = {name: rate for name, rate in rates.items() if "lean" not in name}
    print(
        f"fleet / best sequential, answers only {best_of(fair, 'sequential'):.2f}, with lean "
        f"{best_of(rates, 'sequential'):.2f}; fleet / best Mixtral {best_of(rates, 'Mixtral'):.2f}"
    )
    if given.fleets:
        print("\nfleets by their number of seeds")
        sizes = (10, 1, 2, 5, 20, 40)
        some = {f"fleet of {n}": fleet(recipe, data, vocabulary, n, given.device) for n in sizes}
        show(measure(some, given.repeats, given.device, 0.7))
    if given.sizes:
        by_size(max(3, given.repeats // 2), given.seeds, given.device)


if __name__ == "__main__":
    main()
