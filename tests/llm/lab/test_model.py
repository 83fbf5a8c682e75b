"""The model of a fleet against two independent roads: a plain one for one seed, and Hugging Face Mixtral."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor

from nophantom.errors import InvalidInput
from nophantom.llm.lab.attention import attend
from nophantom.llm.lab.batches import TrainingData, gather
from nophantom.llm.lab.blocks import View
from nophantom.llm.lab.layouts import layout_of
from nophantom.llm.lab.model import Orchestra
from nophantom.llm.lab.training import Fleet
from nophantom.llm.recipe import ModelShape, Recipe, Router, Schedule

if TYPE_CHECKING:
    from tests.llm.lab.single_seed import PlainModel
else:
    sys.path.insert(0, str(Path(__file__).parent))
    from single_seed import PlainModel

VOCABULARY = 20
SHAPES = {
    "plain": ModelShape(d_model=16, heads=2, kv_heads=2, expert_width=16),
    "grouped queries and a shared expert, three layers": ModelShape(
        d_model=16, heads=4, kv_heads=2, experts=3, expert_width=8, shared_width=8, layers=3
    ),
    "one layer, odd widths, top 3": ModelShape(
        d_model=12, heads=2, kv_heads=1, layers=1, experts=5, top_k=3, expert_width=10, shared_width=6
    ),
    "one choice": ModelShape(d_model=16, heads=2, kv_heads=1, experts=3, top_k=1, expert_width=8),
}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def data() -> TrainingData:
    rng = np.random.default_rng(1)
    questions = [rng.integers(3, VOCABULARY, rng.integers(1, 7)).tolist() for _ in range(12)]
    answers = [rng.integers(1, VOCABULARY, rng.integers(1, 5)).tolist() for _ in range(12)]
    return TrainingData(questions, answers)


def begun(recipe: Recipe, data: TrainingData, seeds: int = 2) -> Orchestra:
    fleet = Fleet(recipe, VOCABULARY, 12, range(seeds))
    fleet.begin(data)
    if fleet.model.bias is not None:
        fleet.model.bias.normal_(0, 0.2, generator=torch.Generator().manual_seed(1))
    return fleet.model


def plain(model: Orchestra, row: int) -> PlainModel:
    weights = model.parameters.of_seed(model.parameters.weights, row)
    bias = None if model.bias is None else model.bias[:, row]
    return PlainModel(model.recipe, VOCABULARY).load(weights, bias)


@pytest.mark.parametrize("router", list(Router))
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_losses_and_every_gradient_are_those_of_a_plain_model(
    shape: ModelShape, router: Router, data: TrainingData
) -> None:
    # Auxiliary losses large enough to be seen in the gradients.
    recipe = Recipe(model=shape, router=router, schedule=Schedule(load_balance=0.5, z_loss=0.1))
    model = begun(recipe, data)
    problems = np.array([[0, 1, 2, 3, 4]] * 2)
    batch = gather(data, problems, "cpu")
    losses = model.learn(batch.tokens, batch.targets, batch.layout)
    for row in range(2):
        other = plain(model, row)
        answer, auxiliary = other.losses(data.questions[:5], data.answers[:5])
        assert losses.answer[row].item() == pytest.approx(answer.item(), abs=1e-5)
        assert losses.auxiliary[row].item() == pytest.approx(auxiliary.item(), abs=1e-5)
        (answer + auxiliary).backward()  # type: ignore[no-untyped-call]
        ours = model.parameters.of_seed(model.parameters.gradients, row)
        for name, value in other.values.items():
            assert value.grad is not None
            assert torch.allclose(ours[name], value.grad, rtol=1e-4, atol=2e-6), name


@pytest.mark.parametrize("shape", list(SHAPES.values())[:2], ids=list(SHAPES)[:2])
@pytest.mark.parametrize("router", list(Router))
def test_token_by_token_with_a_cache_is_all_at_once(
    shape: ModelShape, router: Router, data: TrainingData
) -> None:
    model = begun(Recipe(model=shape, router=router), data)
    tokens = torch.randint(VOCABULARY, (2, 3, 7), generator=torch.Generator().manual_seed(0))
    whole = model.forward(tokens)
    cache = model.cache(3, 7)
    parts = [model.forward(tokens[:, :, :4], cache, last_only=True)]
    parts += [model.forward(tokens[:, :, place : place + 1], cache) for place in range(4, 7)]
    assert torch.allclose(torch.cat(parts, 2), whole[:, :, 3:], atol=1e-5)
    for row in range(2):
        logits, _ = plain(model, row).through(list(tokens[row]), [slice(None)] * 3)
        assert torch.allclose(whole[row], torch.stack(logits), atol=1e-5)


def test_sorted_and_dense_products_agree(data: TrainingData) -> None:
    model = begun(Recipe(model=SHAPES["plain"]), data)
    tokens = torch.randint(VOCABULARY, (2, 12, 6), generator=torch.Generator().manual_seed(0))
    many = model.forward(tokens)  # 72 rows: sorted
    few = torch.cat([model.forward(tokens[:, place : place + 4]) for place in (0, 4, 8)], 1)
    assert torch.allclose(many, few, atol=1e-5)


def test_logits_of_a_seed_do_not_depend_on_the_company(data: TrainingData) -> None:
    recipe = Recipe(model=SHAPES["plain"])
    big, alone = Fleet(recipe, VOCABULARY, 12, range(5)), Fleet(recipe, VOCABULARY, 12, (3,))
    for fleet in (big, alone):
        fleet.begin(data)
    for sequences, length in ((1, 1), (1, 5), (4, 9), (10, 9)):
        tokens = torch.randint(VOCABULARY, (1, sequences, length), generator=torch.Generator().manual_seed(0))
        company = big.model.forward(tokens.expand(5, -1, -1))
        assert torch.equal(company[3], alone.model.forward(tokens)[0])


def test_what_comes_later_is_not_seen(data: TrainingData) -> None:
    model = begun(Recipe(model=SHAPES["plain"]), data)
    tokens = torch.randint(VOCABULARY, (2, 1, 8), generator=torch.Generator().manual_seed(0))
    other = tokens.clone()
    other[..., 5:] = (other[..., 5:] + 1) % VOCABULARY
    assert torch.equal(model.forward(tokens)[:, :, :5], model.forward(other)[:, :, :5])


def test_scores_of_any_size_give_probabilities() -> None:
    queries = torch.full((1, 1, 1, 1, 1, 2), 40.0)
    keys = torch.tensor([[40.0, 40.0], [-40.0, -40.0]]).view(1, 1, 1, 2, 2)
    values = torch.tensor([[1.0, 2.0], [5.0, 6.0]]).view(1, 1, 1, 2, 2)
    assert attend(queries, keys, values, None).output.flatten().tolist() == [1.0, 2.0]


def test_those_who_look_on_see_each_layer(data: TrainingData) -> None:
    model = begun(Recipe(model=SHAPES["plain"]), data)
    views: list[View] = []
    model.forward(torch.zeros(2, 3, 4, dtype=torch.long), watch=views)
    assert [view.routing.chosen.shape for view in views] == [(2, 2, 12)] * 2
    assert views[0].normed.shape == (2, 12, 16)


def test_too_many_tokens_are_refused(data: TrainingData) -> None:
    model = begun(Recipe(model=SHAPES["plain"]), data)
    with pytest.raises(InvalidInput, match="room for 3 tokens"):
        model.forward(torch.zeros(2, 1, 4, dtype=torch.long), model.cache(1, 3))
    with pytest.raises(InvalidInput, match="positions"):
        model.trace(torch.zeros(2, 40, dtype=torch.long), layout_of([30], [11], "cpu"))
    with pytest.raises(InvalidInput, match="at least one token"):
        layout_of([2, 0], [1, 1], "cpu")
    with pytest.raises(InvalidInput, match="at least"):
        Orchestra(Recipe(), 1, 10, 1)


def as_mixtral(name: str, value: Tensor, head: int) -> dict[str, Tensor]:
    """Our weights under Mixtral's names; it turns the halves of a head, we turn neighbours."""
    at = name.replace("layers.", "model.layers.").rsplit(".", 2)[0]

    def halves(matrix: Tensor) -> Tensor:
        rows = matrix.T.reshape(-1, head // 2, 2, len(matrix))
        return rows.transpose(1, 2).flatten(0, 2)

    match name.split(".")[2:]:
        case []:
            named = {"embedding": "model.embed_tokens", "head": "lm_head", "norm": "model.norm"}[name]
            return {f"{named}.weight": value.T if name == "head" else value}
        case ["router"]:
            return {f"model.{name.removesuffix('.router')}.mlp.gate.weight": value}
        case ["attention", "norm"]:
            return {f"{at}.input_layernorm.weight": value}
        case ["experts", "norm"]:
            return {f"{at}.post_attention_layernorm.weight": value}
        case ["attention", "query"]:
            return {f"{at}.self_attn.q_proj.weight": halves(value)}
        case ["attention", "key_value"]:
            key, values = value.chunk(2, -1)
            return {f"{at}.self_attn.k_proj.weight": halves(key), f"{at}.self_attn.v_proj.weight": values.T}
        case ["attention", "output"]:
            return {f"{at}.self_attn.o_proj.weight": value.T}
        case ["experts", which]:
            return {f"{at}.mlp.experts.{which}_proj": value.mT}
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize("layers", [1, 2])
def test_mixtral_with_our_weights_says_the_same(layers: int, data: TrainingData) -> None:
    pytest.importorskip("transformers")
    from transformers import MixtralConfig
    from transformers.models.mixtral.modeling_mixtral import MixtralForCausalLM

    shape = ModelShape(d_model=32, heads=4, kv_heads=2, layers=layers, expert_width=24)
    model = begun(Recipe(model=shape), data)
    config = MixtralConfig(
        vocab_size=VOCABULARY,
        hidden_size=shape.d_model,
        intermediate_size=shape.expert_width,
        num_hidden_layers=layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        num_local_experts=shape.experts,
        num_experts_per_tok=shape.top_k,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": shape.rope_base},
    )
    theirs = MixtralForCausalLM(config).train(mode=False)
    weights = model.parameters.of_seed(model.parameters.weights, 1)
    named: dict[str, Tensor] = {}
    for name, value in weights.items():
        named |= as_mixtral(name, value, shape.d_model // shape.heads)
    theirs.load_state_dict(named, strict=True)
    tokens = torch.randint(VOCABULARY, (3, 9), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = theirs(input_ids=tokens).logits
    assert torch.allclose(model.forward(tokens.expand(2, -1, -1))[1], expected, atol=2e-5)
