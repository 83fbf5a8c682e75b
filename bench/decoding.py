"""How much faster does a fleet write its answers than Hugging Face? Answers per CPU-second, interleaved.

    python -m bench.decoding [--repeats 3] [--seeds 10] [--steps 200] [--new 20] [--questions 1319]

A fleet at the size of the demo is trained for a few steps, so that its answers end, and its weights are given to
Hugging Face's Mixtral seed by seed. All contenders answer the same questions of the built-in task, greedily,
with a cache, in turns within one process, one thread, with the same tuning of the allocator. First every
answer has `--new` tokens (equal work), then each contender stops as early as it can: the fleet when a
group of problems has ended, `generate` when a batch has. The table shows medians with the least and the
greatest. It is printed how many of the answers are the same, word for word.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from transformers import MixtralConfig, MixtralForCausalLM

from nophantom.llm.lab.answering import LONGEST_ANSWER, answer
from nophantom.llm.lab.batches import TrainingData
from nophantom.llm.lab.blocks import EPSILON
from nophantom.llm.lab.model import Orchestra
from nophantom.llm.lab.tasks import word_sums
from nophantom.llm.lab.tokens import END, PAD, Tokens
from nophantom.llm.lab.training import Fleet, tune_allocator
from nophantom.llm.recipe import Recipe

PEERS = 3
"""Seeds that `generate` answers for, one after the other: some talk longer than others."""

Ask = Callable[[Sequence[str], int, bool], list[str]]
"""Answers of one seed to questions: so many tokens at most, or exactly so many."""


def trained(recipe: Recipe, seeds: int, steps: int) -> tuple[Fleet, Tokens]:
    """A fleet after the first steps of a short training."""
    train = word_sums().splits["train"]
    tokens = Tokens.of(text for problem in train for text in (problem.question, problem.solution))
    data = TrainingData(
        [tokens.encode(problem.question) for problem in train],
        [tokens.encode_answer(problem.solution) for problem in train],
    )
    fleet = Fleet(recipe, len(tokens), data.longest + LONGEST_ANSWER, range(seeds))
    fleet.begin(data)
    for _ in fleet.train(data, steps, steps):
        pass
    return fleet, tokens


def mixtral_of(model: Orchestra, row: int, *, experts: str) -> Any:  # noqa: ANN401
    """Hugging Face's Mixtral with the weights of one seed."""
    shape = model.recipe.model
    config: dict[str, Any] = {
        "vocab_size": model.vocabulary,
        "hidden_size": shape.d_model,
        "intermediate_size": shape.expert_width,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "num_local_experts": shape.experts,
        "num_experts_per_tok": shape.top_k,
        "max_position_embeddings": model.longest,
        "rms_norm_eps": EPSILON,
        "rope_parameters": {"rope_type": "default", "rope_theta": shape.rope_base},
        "attn_implementation": "sdpa",
        "experts_implementation": experts,
    }
    theirs: Any = MixtralForCausalLM(MixtralConfig(**config))
    theirs.eval()
    head, named = shape.d_model // shape.heads, {}

    def halves(matrix: torch.Tensor) -> torch.Tensor:
        """It turns the halves of a head, we turn neighbours."""
        return matrix.T.reshape(-1, head // 2, 2, matrix.shape[0]).transpose(1, 2).flatten(0, 2)

    for name, value in model.parameters.of_seed(model.parameters.weights, row).items():
        at, _, what = name.rpartition(".")
        layer = f"model.layers.{name.split('.')[1]}" if at else ""
        match f"{at.split('.')[-1]}.{what}":
            case ".embedding":
                named["model.embed_tokens.weight"] = value
            case ".head":
                named["lm_head.weight"] = value.T
            case ".norm":
                named["model.norm.weight"] = value
            case "attention.norm":
                named[f"{layer}.input_layernorm.weight"] = value
            case "experts.norm":
                named[f"{layer}.post_attention_layernorm.weight"] = value
            case "attention.query":
                named[f"{layer}.self_attn.q_proj.weight"] = halves(value)
            case "attention.key_value":
                key, values = value.chunk(2, -1)
                named[f"{layer}.self_attn.k_proj.weight"] = halves(key)
                named[f"{layer}.self_attn.v_proj.weight"] = values.T
            case "attention.output":
                named[f"{layer}.self_attn.o_proj.weight"] = value.T
            case "experts.gate_up" | "experts.down":
                named[f"{layer}.mlp.experts.{what}_proj"] = value.mT
            case _:
                named[f"{layer}.mlp.gate.weight"] = value
    theirs.load_state_dict({name: value.contiguous() for name, value in named.items()}, strict=True)
    return theirs


def by_generate(theirs: Any, tokens: Tokens, batch: int) -> Ask:  # noqa: ANN401
    """`generate` on left-padded batches, sorted by length, as one would do it by hand."""

    def ask(questions: Sequence[str], new: int, early: bool) -> list[str]:
        prompts = [tokens.encode(question) for question in questions]
        order = sorted(range(len(prompts)), key=lambda place: len(prompts[place]))
        texts = [""] * len(prompts)
        for first in range(0, len(order), batch):
            places = order[first : first + batch]
            longest = max(len(prompts[place]) for place in places)
            rows = torch.tensor([[PAD] * (longest - len(prompts[p])) + prompts[p] for p in places])
            with torch.inference_mode():
                found = theirs.generate(
                    input_ids=rows,
                    attention_mask=(rows != PAD).long(),
                    max_new_tokens=new,
                    min_new_tokens=None if early else new,
                    do_sample=False,
                    pad_token_id=PAD,
                    eos_token_id=END,
                )
            for place, row in zip(places, found[:, longest:].tolist(), strict=True):
                texts[place] = tokens.decode(row)
        return texts

    return ask


def measure(found: Mapping[str, tuple[Callable[[int, bool], object], int]], repeats: int, new: int) -> None:
    """Both tables."""
    for early, title in ((False, f"{new} tokens each"), (True, "stopping early")):
        speeds: dict[str, list[float]] = {name: [] for name in found}
        for _ in range(repeats):
            for name, (run, answers) in found.items():
                begun = time.process_time()
                run(LONGEST_ANSWER if early else new, early)
                speeds[name].append(answers / (time.process_time() - begun))
        print(f"\n{title:28s}  answers/CPU-s   least .. greatest")
        for name, row in speeds.items():
            print(f"{name:28s}  {np.median(row):13,.0f}   {min(row):,.0f} .. {max(row):,.0f}")
        ours = max(np.median(row) for name, row in speeds.items() if name.startswith("fleet"))
        theirs = max(np.median(row) for name, row in speeds.items() if name.startswith("generate"))
        print(f"best fleet / best generate: {ours / theirs:.2f}")


def main() -> None:
    """Train, check that the answers are the same, measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=200, help="of training before answers are asked for")
    parser.add_argument("--new", type=int, default=20, help="tokens per answer in the first table")
    parser.add_argument("--questions", type=int, default=1_319)
    given = parser.parse_args()
    torch.set_num_threads(1)
    tune_allocator()
    fleet, tokens = trained(Recipe(), given.seeds, given.steps)
    alone = Orchestra(fleet.recipe, len(tokens), fleet.model.longest, 1)
    parameters = fleet.model.parameters
    alone.parameters.fill_seed(alone.parameters.weights, 0, parameters.of_seed(parameters.weights, 0))
    questions = [problem.question for problem in word_sums().splits["test"]][: given.questions]

    def of_fleet(model: Orchestra) -> Callable[[int, bool], list[str]]:
        return lambda new, early: answer(model, tokens, questions, longest_answer=new, stop_early=early).text[
            0
        ]

    found = {
        f"fleet of {given.seeds}": (of_fleet(fleet.model), given.seeds * len(questions)),
        "fleet of 1": (of_fleet(alone), len(questions)),
    }
    for experts, batch in (("eager", 64), ("eager", 256), ("grouped_mm", 256)):
        asks = [
            by_generate(mixtral_of(fleet.model, row, experts=experts), tokens, batch)
            for row in range(min(PEERS, given.seeds))
        ]

        def run(new: int, early: bool, asks: Sequence[Ask] = asks) -> list[str]:
            told = [ask(questions, new, early) for ask in asks]
            return told[0]

        found[f"generate, {experts}, batch {batch}"] = (run, len(asks) * len(questions))
    told = [run(LONGEST_ANSWER, True) for run, _ in found.values()]
    for name, texts in zip(found, told, strict=True):
        same = np.mean([ours == theirs for ours, theirs in zip(told[0], texts, strict=True)])
        print(f"{name:28s}  {same:.2%} of the answers as those of the fleet")
    measure(found, given.repeats, given.new)


if __name__ == "__main__":
    main()
