"""Greedy answers of a whole fleet: every seed writes its solution to every problem, all at once.

Prompts of about one length form a group. A group depends on the problems alone, never on the seeds, and the
answers of a seed are to the bit those that it gives without company.
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
from nophantom.llm.lab.decoding import Decoder
from nophantom.llm.lab.model import Orchestra
from nophantom.llm.lab.tokens import END, PAD, Tokens

LONGEST_ANSWER = 40
"""Tokens after which an answer is cut off; the solutions of the built-in task have at most 30."""

# Sequences of each seed: enough to share the cost of a call, few enough to end early and to stay in the cache.
_GROUP = 72
_MARK = "####"


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What S seeds wrote to P problems.

    Attributes:
        text: S lists of P texts, without the end.
        log_likelihood: (S, P) sum of the log probabilities of all tokens that were written, the end included.
        confidence: (S, P) the probability of the final answer given the working before it: the product over the
            tokens after the first `####`, the end included. NaN where there is no `####` or no end.
        finished: (S, P) whether it came to an end; else it was cut off.
        tokens: (S, P) how many were written, the end included.
    """

    text: list[list[str]]
    log_likelihood: NDArray[np.float64]
    confidence: NDArray[np.float64]
    finished: NDArray[np.bool_]
    tokens: NDArray[np.int64]


class _Written(NamedTuple):
    """Of one group: (S, B, longest) tokens and their log probabilities, `PAD` and 0 after the end."""

    tokens: NDArray[np.int64]
    log_p: NDArray[np.float32]


def answer(
    model: Orchestra,
    tokens: Tokens,
    questions: Sequence[str],
    *,
    longest_answer: int = LONGEST_ANSWER,
    stop_early: bool = True,
) -> Answers:
    """Ask all seeds all questions; each writes the likeliest token, one after the other.

    Args:
        model: the fleet; it is not changed.
        tokens: its vocabulary.
        questions: P texts.
        longest_answer: tokens after which an answer is cut off; fewer where the model has too few positions.
        stop_early: end a group when all its answers are finished; else always write `longest_answer` tokens.

    Returns:
        Texts, likelihoods and confidences, the seeds in the order of the fleet.

    Raises:
        InvalidInput: a question without a token, or too long for the model to say anything after it.
    """
    prompts = [tokens.encode(question) for question in questions]
    _check(prompts, model.longest, longest_answer)
    shape = (model.seeds, len(prompts))
    text = [[""] * len(prompts) for _ in range(model.seeds)]
    found = Answers(
        text, np.zeros(shape), np.full(shape, np.nan), np.zeros(shape, np.bool_), np.zeros(shape, np.int64)
    )
    mark = tokens.encode(_MARK)[0]
    decoder = Decoder(model)
    by_length = np.argsort([len(prompt) for prompt in prompts], kind="stable")
    for places in np.array_split(by_length, -(-len(prompts) // _GROUP)) if prompts else ():
        group = [prompts[place] for place in places]
        room = min(longest_answer, model.longest - len(group[-1]) + 1)
        written = _write(decoder, group, room, stop_early=stop_early)
        _record(found, places, written, tokens, mark)
    return found


def _check(prompts: list[list[int]], longest: int, longest_answer: int) -> None:
    if longest_answer < 1:
        raise InvalidInput(f"an answer has at least one token; got longest_answer {longest_answer}.")
    lengths = [len(prompt) for prompt in prompts]
    if lengths and (min(lengths) < 1 or max(lengths) >= longest):
        raise InvalidInput(
            f"a question has from 1 to {longest - 1} tokens, so that a model of {longest} positions can say something "
            f"after it; got {min(lengths)} to {max(lengths)}. Train with more positions or leave out long questions."
        )


@torch.no_grad()
def _write(decoder: Decoder, prompts: list[list[int]], room: int, *, stop_early: bool) -> _Written:
    """Greedy tokens of every seed after some prompts."""
    longest = max(map(len, prompts))
    aligned = torch.tensor([[PAD] * (longest - len(prompt)) + prompt for prompt in prompts])
    lengths = torch.tensor([len(prompt) for prompt in prompts])
    tokens, log_p = [], []
    running: Tensor | None = None
    scores = decoder.begin(aligned, lengths, room)  # (S, B, V)
    for place in range(room):
        best = scores.max(-1)
        sure = best.values - scores.logsumexp(-1)
        tokens.append(best.indices if running is None else best.indices * running)  # PAD is 0
        log_p.append(sure if running is None else sure * running)
        still = best.indices != END
        running = still if running is None else running & still
        if place + 1 == room or (stop_early and not bool(running.any())):
            break
        scores = decoder.next(best.indices)
    return _Written(torch.stack(tokens, -1).cpu().numpy(), torch.stack(log_p, -1).cpu().numpy())


def _record(found: Answers, places: NDArray[np.int64], written: _Written, tokens: Tokens, mark: int) -> None:
    """Put one group where it belongs."""
    rows, log_p = written.tokens, written.log_p.astype(np.float64)
    ended, marked = rows == END, rows == mark
    finished = ended.any(-1)
    # What stands after the first mark; an answer without one has no confidence.
    after = (np.cumsum(marked, -1) > 0) & ~(marked & (np.cumsum(marked, -1) == 1))
    sure = np.exp(np.where(after, log_p, 0.0).sum(-1))
    found.log_likelihood[:, places] = log_p.sum(-1)
    found.confidence[:, places] = np.where(marked.any(-1) & finished, sure, np.nan)
    found.finished[:, places] = finished
    found.tokens[:, places] = np.where(finished, ended.argmax(-1) + 1, rows.shape[-1])
    for texts, of_seed in zip(found.text, rows.tolist(), strict=True):
        for place, row in zip(places.tolist(), of_seed, strict=True):
            texts[place] = tokens.decode(row)
