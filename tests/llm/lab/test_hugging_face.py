"""A real Hugging Face model, tiny and made on the spot, asked as any other."""

from __future__ import annotations

import asyncio
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, select

from nophantom.errors import InvalidInput, NotFound, Unavailable, Unreadable
from nophantom.llm.asked_models import Answer, AskedPrompt, Sampling
from nophantom.llm.evaluating import evaluate
from nophantom.llm.evaluating_course import Course
from nophantom.llm.gsm8k import AskedSet, hash_of
from nophantom.llm.lab.hugging_face import HuggingFaceModel, open_model
from nophantom.llm.ledger.tables import Outcome
from nophantom.llm.logs.records import LoggedProblem
from nophantom.llm.problems import Failure
from nophantom.llm.prompts import Prompting, Style
from nophantom.publishing.doctor import examine
from nophantom.settings import MIGRATIONS
from nophantom.store.blobs import Blobs
from nophantom.store.engine import open_engine, reading
from nophantom.store.versions import bring_up_to_date

GREEDY = Sampling(max_tokens=6)
PROMPTS = ["1 + 2 =", "7", "what is 3 + 4 + 5 ?", "9 9 9 9 9", "2 + 2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LLaMA of two layers with random weights, and a tokeniser of words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers
        from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = ["<pad>", "<end>", *"0123456789", "+", "=", "?", "what", "is", "####", "Question:", "so"]
    kept = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="?"))
    kept.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    kept.decoder = decoders.WordPiece(prefix="")
    place = tmp_path_factory.mktemp("models") / "tiny"
    make: Callable[..., Any] = PreTrainedTokenizerFast
    tokeniser = make(tokenizer_object=kept, pad_token="<pad>", eos_token="<end>")
    tokeniser.save_pretrained(place)
    torch.manual_seed(3)
    shape = LlamaConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=64,
        eos_token_id=1,
        pad_token_id=0,
        bos_token_id=None,
        initializer_range=0.5,
    )
    model = LlamaForCausalLM(shape)
    with torch.no_grad():
        model.lm_head.weight[1] *= 0.2  # it rarely ends by itself
    model.save_pretrained(place)
    return place


def ask(model: HuggingFaceModel, prompts: list[str], *, first: int = 0) -> list[Answer]:
    async def every() -> list[Answer]:
        asked = [AskedPrompt(first + i, 1, prompt) for i, prompt in enumerate(prompts)]
        return [answer async for _, answer in model.answers(asked)]

    return asyncio.run(every())


def continued(model: HuggingFaceModel, prompt: str, n: int) -> tuple[list[int], float]:
    """The likeliest continuation, token by token, without cache, batch or padding; and its log-likelihood."""
    import torch

    ids = model._tokeniser(prompt, return_tensors="pt")["input_ids"]
    new: list[int] = []
    likely = 0.0
    with torch.inference_mode():
        for _ in range(n):
            shares = torch.log_softmax(model._model(ids).logits[0, -1].float(), dim=-1)
            token = int(shares.argmax())
            if token == 1:
                break
            new.append(token)
            likely += float(shares[token])
            ids = torch.cat([ids, torch.tensor([[token]])], dim=1)
    return new, likely


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_greedy_answers_and_their_likelihoods_are_those_of_a_plain_loop(folder: Path, batch: int) -> None:
    model = open_model(folder, GREEDY, batch=batch, device="cpu")
    for prompt, answer in zip(PROMPTS, ask(model, PROMPTS), strict=True):
        tokens, likely = continued(model, prompt, 6)
        assert answer.text == model.decode(tokens)
        assert answer.log_likelihood == (pytest.approx(likely, abs=1e-4) if tokens else None)
        assert (answer.answer_tokens, answer.is_cut) == (len(tokens), len(tokens) == 6)
        assert answer.prompt_tokens == len(prompt.split())


def test_a_sample_depends_on_problem_attempt_and_seed_and_not_on_its_company(folder: Path) -> None:
    warm = Sampling(2, 1.0, 6, seed=1)
    together = ask(open_model(folder, warm, batch=5, device="cpu"), PROMPTS)
    alone = open_model(folder, warm, batch=1, device="cpu")
    assert [ask(alone, [prompt], first=i)[0].text for i, prompt in enumerate(PROMPTS)] == [
        answer.text for answer in together
    ]
    other = ask(open_model(folder, replace(warm, seed=2), batch=5, device="cpu"), PROMPTS)
    assert [a.text for a in other] != [a.text for a in together]


def test_samples_come_as_often_as_the_model_says(folder: Path) -> None:
    import torch

    model = open_model(folder, Sampling(1, 2.0, 1, seed=4), batch=100, device="cpu")
    drawn = [answer.text for answer in ask(model, ["1 + 2 ="] * 600)]
    ids = model._tokeniser("1 + 2 =", return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        shares = torch.softmax(model._model(ids).logits[0, -1].float() / 2.0, dim=-1).numpy()
    likeliest = int(shares[2:].argmax()) + 2
    seen = drawn.count(model.decode([likeliest])) / 600
    assert abs(seen - shares[likeliest]) < 4 * np.sqrt(shares[likeliest] / 600)


def test_an_answer_ends_before_its_stop_and_so_does_its_likelihood(folder: Path) -> None:
    model = open_model(folder, GREEDY, device="cpu")
    tokens, _ = continued(model, PROMPTS[0], 6)
    words = [model.decode([token]) for token in tokens]
    place = next(i for i in range(1, len(words)) if words[i] not in words[:i])
    model.stops = (words[place],)
    (answer,) = ask(model, PROMPTS[:1])
    assert answer.text is not None
    assert answer.text.split() == words[:place]
    assert not answer.is_cut
    model.stops, model.sampling = (), Sampling(max_tokens=place)
    assert answer.log_likelihood == pytest.approx(ask(model, PROMPTS[:1])[0].log_likelihood, abs=1e-5)


def test_a_prompt_that_the_model_cannot_read_is_a_failure_of_that_problem_alone(folder: Path) -> None:
    model = open_model(folder, GREEDY, device="cpu")
    long, almost, short = ask(model, ["1 " * 64, "1 " * 62, "1 + 2 ="])
    assert (long.failure, long.text) == (Failure.ERROR, None)
    assert "64 tokens" in long.why
    assert (almost.failure, almost.answer_tokens, almost.is_cut) == (None, 2, True)
    assert short.text == ask(model, ["1 + 2 ="])[0].text


def test_the_weights_name_the_model_and_its_path_does_not(folder: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(folder, tmp_path / "tiny")
    here, there = (open_model(place, GREEDY, device="cpu") for place in (folder, tmp_path / "tiny"))
    assert here.settings == there.settings
    (tmp_path / "tiny" / "config.json").write_text(
        (folder / "config.json").read_text().replace('"rms_norm_eps": 1e-06', '"rms_norm_eps": 1e-05')
    )
    assert open_model(tmp_path / "tiny", GREEDY, device="cpu").settings != here.settings


def test_its_answers_are_in_the_ledger_and_a_restart_changes_none(
    folder: Path, sqlite_engine: Engine, blobs: Blobs, tmp_path: Path
) -> None:
    problems = tuple(LoggedProblem(str(i), i, f"{i} + 1", f"#### {i + 1}") for i in range(9))
    asked = AskedSet("sums", "test", problems, hash_of(problems), "made up")
    plain = Prompting(Style.FEW_SHOT, 0)
    warm = Sampling(2, 1.0, 4, seed=1)

    def scores(engine: Engine, limits: list[int | None], batch: int) -> list[tuple[Any, ...]]:
        model = open_model(folder, warm, stops=plain.stops, batch=batch, device="cpu")
        *_, done = [
            evaluate(engine, blobs, model, asked, plain, course=Course(samples=2, limit=limit))
            for limit in limits
        ]
        with reading(engine) as session:
            rows = session.execute(
                select(
                    Outcome.position, Outcome.score, Outcome.failure, Outcome.answer, Outcome.log_likelihood
                )
                .where(Outcome.evaluation_id == done.evaluation.evaluation_id)
                .order_by(Outcome.position)
            )
            return [tuple(row) for row in rows]

    once = scores(sqlite_engine, [4, None], 3)
    assert [row[0] for row in once] == list(range(18))
    assert sum(row[4] is not None for row in once) >= 12  # the others ended before they began
    assert examine(sqlite_engine, blobs) == []
    elsewhere = open_engine(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    bring_up_to_date(elsewhere, MIGRATIONS)
    for row, again in zip(once, scores(elsewhere, [None], 4), strict=True):
        assert again[:4] == row[:4]
        assert again[4] == (None if row[4] is None else pytest.approx(row[4], abs=1e-4))
    elsewhere.dispose()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda place: open_model(place / "gone", GREEDY), NotFound, "there is no folder"),
        (lambda place: open_model(place.parent, GREEDY), Unreadable, "no causal language model"),
        (lambda place: open_model(place, GREEDY, batch=0), InvalidInput, "at least one prompt"),
        (lambda place: open_model(place, GREEDY, device="tpu9"), Unavailable, "no device 'tpu9'"),
        (lambda place: open_model(place, GREEDY, uses_template=True), InvalidInput, "no chat template"),
    ],
)
def test_what_cannot_be_opened_is_one_sentence(
    folder: Path, change: Callable[[Path], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        change(folder)


def test_without_transformers_a_sentence_says_how_to_get_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(Unavailable, match=r"pip install 'nophantom\[hf\]'"):
        open_model(folder, GREEDY)


def test_a_batch_that_the_memory_does_not_hold_says_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = open_model(folder, GREEDY, device="cpu")

    def too_much(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(model._model, "generate", too_much)
    with pytest.raises(Unavailable, match="smaller --batch"):
        ask(model, PROMPTS)


def test_a_chat_template_puts_the_prompt_as_a_message(folder: Path) -> None:
    model = open_model(folder, GREEDY, device="cpu")
    model._tokeniser.chat_template = "what is {{ messages[0].content }} ="
    model.uses_template = True
    plain = open_model(folder, GREEDY, device="cpu")
    assert ask(model, ["1 + 2"])[0].text == ask(plain, ["what is 1 + 2 ="])[0].text
