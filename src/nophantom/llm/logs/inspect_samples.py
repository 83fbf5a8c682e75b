"""One sample of an Inspect log: who it is, what the model gave, what each scorer said."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from nophantom.llm.logs.json_text import count, entries, finite, members, spelled, text
from nophantom.llm.problems import Failure

_MOST_EPOCHS = 1_000_000
_ATTACHMENT = re.compile(r"attachment://([0-9a-f]{32})")
_UNNAMED_SCORER = "88F74D2C"  # what Inspect writes for the single scorer of a version-1 log

# Inspect's own reading of a score that is a text.
_LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class InspectSample:
    """What is taken from one sample.

    Attributes:
        source_id: its id as text.
        epoch: from 1.
        question: the input, or the last thing that the user said in it.
        reference: the target; several targets as a JSON list.
        choices: the options of a multiple-choice problem.
        answer_text: what the model gave, whole; None when there is nothing.
        failure: why there is nothing, or why it must not be graded.
        log_likelihood: of the answer, where its tokens' log probabilities were kept.
        scores: scorer name to what it said; a version-1 log's only scorer is named "".
        unscored: why a scorer has no score here, should it have none.
    """

    source_id: str
    epoch: int
    question: str
    reference: str
    choices: tuple[str, ...]
    answer_text: str | None
    failure: Failure | None
    log_likelihood: float | None
    scores: Mapping[str, object]
    unscored: Failure


def read_sample(value: object) -> InspectSample:
    """One sample from its JSON value.

    Raises:
        ValueError: it lacks its id, its epoch or its question; half a sentence.
    """
    entry = members(value)
    source_id = _source_id(entry.get("id"))
    epoch = count(entry.get("epoch", 1))
    if epoch is None or not 1 <= epoch <= _MOST_EPOCHS:
        raise ValueError(f"its epoch is {spelled(entry.get('epoch'))[:40]}, not a number from 1")
    attached = members(entry.get("attachments"))
    question = _resolved(_question(entry.get("input")), attached)
    if not question:
        raise ValueError("it has no question (no input)")
    scores = _scores(entry)
    answer_text, failure, unscored = _answer(entry, attached, scored=bool(scores))
    return InspectSample(
        source_id=source_id,
        epoch=epoch,
        question=question,
        reference=_resolved(_reference(entry.get("target")), attached) or "",
        choices=tuple(spelled(choice) for choice in entries(entry.get("choices"))),
        answer_text=answer_text,
        failure=failure,
        log_likelihood=_log_likelihood(_first_choice(entry)),
        scores=scores,
        unscored=unscored,
    )


def score_value(logged: object) -> object:
    """What a scorer said, as a number where Inspect itself takes it for one; None where it said nothing.

    >>> score_value({"value": "C"}), score_value({"value": "P"}), score_value({"value": "0.25"})
    (1.0, 0.5, 0.25)
    """
    value = logged.get("value") if isinstance(logged, dict) else logged
    if not isinstance(value, str):
        return value
    known = _LETTERS.get(value, _WORDS.get(value.lower()))
    if known is not None:
        return known
    try:
        return float(value)
    except ValueError:
        return value


def score_answer(logged: object) -> str | None:
    """The answer that a scorer found; absent in the log when it found none."""
    answer = members(logged).get("answer")
    return None if answer is None or answer == "" else spelled(answer)


def _source_id(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        raise ValueError(f"its id is {spelled(value)[:40]}, neither a number nor a text")
    return str(value)


def _question(value: object) -> str | None:
    if isinstance(value, str):
        return value
    messages = [members(message) for message in entries(value)]
    asked = [message for message in messages if message.get("role") == "user"] or messages
    return _content(asked[-1].get("content")) if asked else None


def _content(value: object) -> str | None:
    """A message's text; of several parts, those that are text."""
    if not isinstance(value, list):
        return value if isinstance(value, str) else None
    parts = [part.get("text") for part in map(members, value) if part.get("type", "text") == "text"]
    said = [part for part in parts if isinstance(part, str)]
    return "".join(said) if said else None


def _reference(value: object) -> str:
    targets = entries(value)
    if len(targets) == 1:
        return spelled(targets[0])
    return "" if value is None else spelled(value)


def _resolved(words: str | None, attached: Mapping[str, object]) -> str | None:
    """The text with its attachments put in; None when one of them is missing."""
    if words is None or "attachment://" not in words:
        return words
    if any(not isinstance(attached.get(key), str) for key in _ATTACHMENT.findall(words)):
        return None
    return _ATTACHMENT.sub(lambda found: str(attached[found[1]]), words)


def _scores(entry: Mapping[str, object]) -> Mapping[str, object]:
    scores = members(entry.get("scores"))
    if not scores and entry.get("score") is not None:
        return {"": entry["score"]}
    if _UNNAMED_SCORER in scores:
        return {"" if name == _UNNAMED_SCORER else name: logged for name, logged in scores.items()}
    return scores


def _first_choice(entry: Mapping[str, object]) -> Mapping[str, object]:
    choices = entries(members(entry.get("output")).get("choices"))
    return members(choices[0]) if choices else {}


def _answer(
    entry: Mapping[str, object], attached: Mapping[str, object], *, scored: bool
) -> tuple[str | None, Failure | None, Failure]:
    """The raw answer, why it is absent or not to be graded, and why a score would be absent."""
    first = _first_choice(entry)
    said = text(members(entry.get("output")).get("completion")) or _content(
        members(first.get("message")).get("content")
    )
    words = _resolved(said, attached)
    if entry.get("error"):
        return words, Failure.ERROR, Failure.ERROR
    if said and words is None:
        return None, Failure.MISSING_IN_LOG, Failure.MISSING_IN_LOG
    if words:
        cut_off = first.get("stop_reason") in {"max_tokens", "model_length"} and not scored
        return words, None, Failure.TRUNCATED if cut_off else Failure.ERROR
    reason = _silence(entry, first)
    if words is not None and scored and reason is Failure.NO_ANSWER:
        return words, None, Failure.ERROR  # the model answered with nothing, and that was graded
    return None, reason, reason


def _silence(entry: Mapping[str, object], first: Mapping[str, object]) -> Failure:
    stopped_by = members(entry.get("limit")).get("type")
    if stopped_by in {"time", "working"}:
        return Failure.TIMEOUT
    if first.get("stop_reason") == "content_filter":
        return Failure.REFUSED
    if stopped_by is not None or first.get("stop_reason") in {"max_tokens", "model_length"}:
        return Failure.TRUNCATED
    return Failure.NO_ANSWER


def _log_likelihood(first: Mapping[str, object]) -> float | None:
    tokens = entries(members(first.get("logprobs")).get("content"))
    values = [members(token).get("logprob") for token in tokens]
    numbers = [number for number in map(finite, values) if number is not None]
    return math.fsum(numbers) if numbers and len(numbers) == len(values) else None
