"""Answers of a fleet against the plain way: the whole text again for every token, one problem and seed at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nophantom.errors import InvalidInput
from nophantom.llm.lab import answering
from nophantom.llm.lab.answering import Answers, answer
from nophantom.llm.lab.decoding import Decoder
from nophantom.llm.lab.initialisation import standard
from nophantom.llm.lab.model import Orchestra
from nophantom.llm.lab.tokens import END, Tokens
from nophantom.llm.recipe import ModelShape, Recipe, Router

TOKENS = Tokens.of(["a b c 1 2 ####"])
QUESTIONS = ["a b c", "a", "c c c 1", "2 1", "b", "b 2 2 1 a c", "a b", "c 1 2 a", "1", "2 2 2", "c b 1"]
RECIPES = {
    "softmax": Recipe(model=ModelShape(d_model=16, heads=2, kv_heads=2, expert_width=16)),
    "balanced, grouped queries and a shared expert": Recipe(
        model=ModelShape(
            d_model=16, heads=4, kv_heads=2, experts=3, expert_width=8, shared_width=8, layers=3
        ),
        router=Router.BALANCED,
    ),
    "odd widths, one layer": Recipe(
        model=ModelShape(
            d_model=12, heads=2, kv_heads=1, layers=1, experts=5, top_k=3, expert_width=10, shared_width=6
        )
    ),
}
both = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def fleet(recipe: Recipe, *seeds: int, longest: int = 24) -> Orchestra:
    """Untrained, but with gains of norms and biases that are not those of the beginning."""
    model = Orchestra(recipe, len(TOKENS), longest, len(seeds))
    standard(model, seeds)
    for name, weight in model.parameters.weight.items():
        if name.endswith("norm"):
            weight.mul_(torch.linspace(0.5, 2, weight.shape[-1]))
    if model.bias is not None:
        model.bias += torch.linspace(-0.2, 0.2, model.bias.shape[-1])
    return model


def plainly(model: Orchestra, row: int, question: str, longest: int) -> tuple[str, float, float]:
    """Text, log-likelihood and confidence by the whole model over the whole text, token by token."""
    written, log_p = TOKENS.encode(question), []
    asked = len(written)
    while len(written) - asked < longest and END not in written[asked:]:
        scores = model.forward(torch.tensor(written).expand(model.seeds, 1, -1))[row, 0, -1].double()
        best = int(scores.argmax())
        log_p.append(float(scores.log_softmax(-1)[best]))
        written.append(best)
    said, mark = written[asked:], TOKENS.encode("####")[0]
    sure = float("nan")
    if mark in said and END in said:
        sure = float(np.exp(sum(log_p[said.index(mark) + 1 :])))
    return TOKENS.decode(said), sum(log_p), sure


@both
def test_every_answer_is_that_of_the_plain_way(recipe: Recipe) -> None:
    model = fleet(recipe, 3, 11, 40)

    found = answer(model, TOKENS, QUESTIONS, longest_answer=12)

    for row in range(3):
        for place, question in enumerate(QUESTIONS):
            text, log_p, sure = plainly(model, row, question, 12)
            assert found.text[row][place] == text
            assert found.log_likelihood[row, place] == pytest.approx(log_p, abs=1e-4)
            assert found.confidence[row, place] == pytest.approx(sure, rel=1e-4, nan_ok=True)


def same(one: Answers, row: int, other: Answers, there: int) -> bool:
    """To the bit."""
    return one.text[row] == other.text[there] and all(
        getattr(one, name)[row].tobytes() == getattr(other, name)[there].tobytes()
        for name in ("log_likelihood", "confidence", "finished", "tokens")
    )


@both
def test_the_answers_of_a_seed_do_not_depend_on_its_company(recipe: Recipe) -> None:
    """In company a group goes on for those that have not ended; it must not show."""
    alone = answer(fleet(recipe, 7), TOKENS, QUESTIONS, longest_answer=10)

    assert same(alone, 0, answer(fleet(recipe, 1, 7, 2), TOKENS, QUESTIONS, longest_answer=10), 1)
    assert same(
        alone, 0, answer(fleet(recipe, *range(100, 119), 7), TOKENS, QUESTIONS, longest_answer=10), 19
    )


def test_stopping_early_changes_nothing() -> None:
    model = fleet(RECIPES["softmax"], 3, 11, 40)

    early = answer(model, TOKENS, QUESTIONS, longest_answer=12)
    late = answer(model, TOKENS, QUESTIONS, longest_answer=12, stop_early=False)

    assert all(same(early, row, late, row) for row in range(3))


def test_the_size_of_a_group_changes_no_more_than_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    model = fleet(RECIPES["softmax"], 3, 11)
    whole = answer(model, TOKENS, QUESTIONS, longest_answer=12)

    monkeypatch.setattr(answering, "_GROUP", 3)
    parts = answer(model, TOKENS, QUESTIONS, longest_answer=12)

    assert parts.text == whole.text
    assert np.allclose(parts.log_likelihood, whole.log_likelihood, atol=1e-4)


def test_an_answer_that_is_cut_off_has_not_finished_and_no_confidence() -> None:
    found = answer(fleet(RECIPES["softmax"], *range(16)), TOKENS, QUESTIONS, longest_answer=12)

    assert found.finished.any()
    assert not found.finished.all()
    assert (found.tokens[~found.finished] == 12).all()
    assert np.isnan(found.confidence[~found.finished]).all()
    known = found.confidence[~np.isnan(found.confidence)]
    assert len(known)
    assert ((known > 0) & (known <= 1)).all()


def test_weights_that_are_no_numbers_in_one_seed_leave_the_others_alone() -> None:
    recipe = RECIPES["softmax"]
    model = fleet(recipe, 5, 6)
    model.parameters.weight["head"][0].fill_(float("nan"))

    found = answer(model, TOKENS, QUESTIONS, longest_answer=8)

    assert same(found, 1, answer(fleet(recipe, 6), TOKENS, QUESTIONS, longest_answer=8), 0)
    assert np.isnan(found.log_likelihood[0]).all()


def test_no_questions_have_no_answers() -> None:
    found = answer(fleet(RECIPES["softmax"], 1, 2), TOKENS, [])

    assert found.text == [[], []]
    assert found.confidence.shape == (2, 0)


def test_an_answer_ends_where_the_model_has_no_more_positions() -> None:
    found = answer(fleet(RECIPES["softmax"], 3, longest=7), TOKENS, ["a b c a b c", "a"], longest_answer=20)

    assert found.tokens[0, 0] <= 2
    assert found.tokens[0, 1] <= 7


@pytest.mark.parametrize(
    ("question", "longest_answer", "told"),
    [("", 5, "from 1 to 23 tokens"), ("a " * 24, 5, "from 1 to 23 tokens"), ("a", 0, "at least one token")],
)
def test_impossible_questions_are_refused(question: str, longest_answer: int, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        answer(fleet(RECIPES["softmax"], 1), TOKENS, ["a", question], longest_answer=longest_answer)


def test_a_decoder_without_room_is_refused() -> None:
    with pytest.raises(InvalidInput, match="leaves room"):
        Decoder(fleet(RECIPES["softmax"], 1)).begin(
            torch.ones(1, 20, dtype=torch.int64), torch.tensor([20]), 9
        )


@both
def test_the_decoder_agrees_with_the_model_on_prompts_of_several_lengths(recipe: Recipe) -> None:
    model, rng = fleet(recipe, 1, 2), np.random.default_rng(0)
    prompts = [rng.integers(3, len(TOKENS), length).tolist() for length in (2, 5, 5, 9)]
    aligned = torch.tensor([[0] * (9 - len(prompt)) + prompt for prompt in prompts])
    decoder = Decoder(model)

    first = decoder.begin(aligned, torch.tensor([2, 5, 5, 9]), 3)
    then = decoder.next(first.argmax(-1))

    for place, prompt in enumerate(prompts):
        expected = model.forward(torch.tensor(prompt).expand(2, 1, -1))[:, 0, -1]
        assert torch.allclose(first[:, place], expected, atol=2e-5)
        longer = torch.cat(
            [torch.tensor(prompt).expand(2, 1, -1), first[:, [place]].argmax(-1, keepdim=True)], -1
        )
        assert torch.allclose(then[:, place], model.forward(longer)[:, 0, -1], atol=2e-5)
