"""Models that are asked over the network: any server that speaks the protocol of OpenAI. WORLD, over outbound.

A model gives back what it said, or why it said nothing; what that is worth is decided elsewhere.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Protocol
from urllib.parse import urlsplit

import orjson

from nophantom.errors import InvalidInput, NotFound, Unauthorised
from nophantom.llm.logs.json_text import count, decode, entries, finite, glimpse, members
from nophantom.llm.problems import Failure
from nophantom.outbound.client import Client, Limits, Reply, Trouble, UnusableBody
from nophantom.outbound.retries import Retrying


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn.

    Attributes:
        samples: attempts at each problem.
        temperature: 0 always takes the likeliest token.
        max_tokens: of one answer.
        seed: of whatever is drawn on this machine; a server draws on its own.
    """

    samples: int = 1
    temperature: float = 0.0
    max_tokens: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        if self.samples < 1 or self.max_tokens < 1:
            raise InvalidInput(
                f"at least one sample and one token; got {self.samples} samples, {self.max_tokens} tokens."
            )
        if not (math.isfinite(self.temperature) and self.temperature >= 0):
            raise InvalidInput(f"a temperature is 0 or above; got {self.temperature}.")
        if self.samples > 1 and self.temperature == 0:
            raise InvalidInput(
                f"{self.samples} samples at temperature 0 would be one answer many times. Give --temperature, as 0.7."
            )


@dataclass(frozen=True, slots=True)
class AskedPrompt:
    """One thing to ask: `place` of the problem in the order of the evaluation, `attempt` from 1, the text."""

    place: int
    attempt: int
    prompt: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one prompt.

    Attributes:
        text: what the model said; None when it said nothing.
        failure: why there is nothing to grade; None where there is.
        why: of a failure, what was seen.
        is_cut: whether the model was stopped by the number of its tokens.
        is_outage: whether the failure is the server's: it may say more about the hour than about the problem.
        log_likelihood: of the text, natural logarithm.
        prompt_tokens: as told. `answer_tokens` likewise.
        answer_tokens: of the text.
        seconds: from the first try to the answer.
        tries: requests that it took.
    """

    text: str | None
    failure: Failure | None = None
    why: str = ""
    is_cut: bool = False
    is_outage: bool = False
    log_likelihood: float | None = None
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    seconds: float = 0.0
    tries: int = 1


class AskedModel(Protocol):
    """A model that can be asked."""

    @property
    def name(self) -> str:
        """What its runs are called."""

    @property
    def settings(self) -> Mapping[str, object]:
        """What decides its answers beside prompts and sampling: server or weights, and how it is called."""

    def answers(self, prompts: Iterable[AskedPrompt]) -> AsyncGenerator[tuple[AskedPrompt, Answer], None]:
        """An answer to every prompt, as they come, in any order; prompts are taken in theirs."""


class Endpoint(StrEnum):
    """Which of the two ways of asking a server."""

    CHAT = "chat"
    """Messages in, a message out: /chat/completions."""
    COMPLETIONS = "completions"
    """A text in, its continuation out: /completions."""


@dataclass(frozen=True)
class OpenAiModel:
    """A model behind an OpenAI-compatible server.

    Attributes:
        name: as the server knows it.
        base_url: of the server, up to and with its version: http://127.0.0.1:8000/v1.
        sampling: how answers are drawn.
        stops: texts at which an answer ends.
        endpoint: chat or completions.
        key: sent as a bearer token; never stored, never told.
        log_likelihoods: ask for the log-probabilities of the answer's tokens.
        extra: further members of every request; null leaves one of ours out.
        limits: how many at once, how long, how large.
        retrying: how often and how patiently.
        moved_from: address of the same server when this evaluation began.
    """

    name: str
    base_url: str
    sampling: Sampling = field(default_factory=Sampling)
    stops: tuple[str, ...] = ()
    endpoint: Endpoint = Endpoint.CHAT
    key: str | None = field(default=None, repr=False)
    log_likelihoods: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    retrying: Retrying = field(default_factory=Retrying)
    moved_from: str | None = None

    def __post_init__(self) -> None:
        if self.key is not None and not (self.key.isascii() and self.key.isprintable() and self.key.strip()):
            raise InvalidInput("the key of the server holds signs that no header can carry. Set it again.")
        taken = sorted(_QUESTION & set(self.extra))
        if taken:
            raise InvalidInput(f"further members of a request cannot replace the question; got {taken[0]!r}.")

    @property
    def settings(self) -> Mapping[str, object]:
        """Server, way of asking, and what is sent with every question."""
        return {
            "kind": "openai",
            "address": _plain_address(self.moved_from or self.base_url),
            "endpoint": self.endpoint,
            "request": {key: value for key, value in self._body("").items() if key not in _QUESTION},
        }

    def _body(self, prompt: str) -> dict[str, object]:
        asked: dict[str, object] = {
            "model": self.name,
            "temperature": self.sampling.temperature,
            "max_tokens": self.sampling.max_tokens,
        }
        if self.endpoint is Endpoint.CHAT:
            asked["messages"] = [{"role": "user", "content": prompt}]
        else:
            asked["prompt"] = prompt
        if self.stops:
            asked["stop"] = list(self.stops)
        if self.log_likelihoods:
            asked["logprobs"] = True if self.endpoint is Endpoint.CHAT else 0
        asked |= self.extra
        return {key: value for key, value in asked.items() if value is not None}

    async def answers(
        self, prompts: Iterable[AskedPrompt]
    ) -> AsyncGenerator[tuple[AskedPrompt, Answer], None]:
        """Every answer as it comes; at most `limits.at_once` are asked for at a time.

        Raises:
            Unauthorised: the server does not take the key.
            NotFound: it knows no such model or address.
            InvalidInput: the address is none.
        """
        waiting = iter(prompts)
        asked: set[asyncio.Task[tuple[AskedPrompt, Answer]]] = set()
        async with Client(self.limits, self.retrying) as client:
            try:
                while True:
                    asked |= {
                        asyncio.create_task(self._ask(client, prompt))
                        for prompt in _next(waiting, self.limits.at_once - len(asked))
                    }
                    if not asked:
                        return
                    done, asked = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
                    # What came beside a refusal is given first, so that it is kept.
                    for task in sorted(done, key=lambda task: task.exception() is not None):
                        yield task.result()
            finally:
                for task in asked:
                    task.cancel()
                await asyncio.gather(*asked, return_exceptions=True)

    async def _ask(self, client: Client, prompt: AskedPrompt) -> tuple[AskedPrompt, Answer]:
        path = "chat/completions" if self.endpoint is Endpoint.CHAT else "completions"
        headers = {"content-type": "application/json", "accept": "application/json"}
        if self.key:
            headers["authorization"] = f"Bearer {self.key}"
        reply = await client.request(
            "POST",
            f"{self.base_url.rstrip('/')}/{path}",
            content=orjson.dumps(self._body(prompt.prompt)),
            headers=headers,
            check=_must_be_an_object,
        )
        if isinstance(reply, Reply):
            if 200 <= reply.status < 300:
                return prompt, _read(reply, self.endpoint)
            self._refuse(reply)
            failure, why = Failure.ERROR, f"status {reply.status}: {reply.words or 'no words'}"
        else:
            failure = Failure.TIMEOUT if reply.trouble is Trouble.TIMEOUT else Failure.ERROR
            why = reply.why
        return prompt, Answer(
            None, failure, self._without_key(why), is_outage=True, seconds=reply.seconds, tries=reply.tries
        )

    def _refuse(self, reply: Reply) -> None:
        """End everything where no further question could be answered either."""
        where, said = _plain_address(self.base_url), self._without_key(reply.words) or "no words"
        if reply.status in {401, 403}:
            held = "the key it was sent" if self.key else "a request without a key"
            raise Unauthorised(
                f"{where} refuses {held} (status {reply.status}: {said}). Set NOPHANTOM_API_KEY or OPENAI_API_KEY; "
                "what was answered is kept."
            )
        if reply.status == 404:
            raise NotFound(
                f"{where} knows no model {self.name!r} or no such address (status 404: {said}). Check --model and "
                "--base-url, which ends in /v1 with most servers; what was answered is kept."
            )

    def _without_key(self, text: str) -> str:
        return text.replace(self.key, "***") if self.key else text


_QUESTION = frozenset({"messages", "prompt"})


def _next(waiting: Iterator[AskedPrompt], n: int) -> list[AskedPrompt]:
    return list(islice(waiting, max(n, 0)))


def _plain_address(url: str) -> str:
    """An address without user, password, query and trailing slash."""
    parts = urlsplit(url)
    host = parts.netloc.rsplit("@", 1)[-1].lower()
    return f"{parts.scheme.lower()}://{host}{parts.path.rstrip('/')}"


def _must_be_an_object(reply: Reply) -> None:
    try:
        body = decode(reply.content)
    except ValueError as wrong:
        kind = reply.headers.get("content-type", "no content type")
        raise UnusableBody(f"no JSON ({wrong}; {kind}): {reply.words}") from None
    if not isinstance(body, dict):
        raise UnusableBody(f"no JSON object: {reply.words}")
    if "choices" not in body:  # some gateways tell of an error with status 200
        raise UnusableBody(f"no choices: {reply.words}")


def _read(reply: Reply, endpoint: Endpoint) -> Answer:
    body = decode(reply.content)
    choices = entries(members(body).get("choices"))
    first = members(choices[0]) if choices else {}
    message = members(first.get("message"))
    said = message.get("content") if endpoint is Endpoint.CHAT else first.get("text")
    text = said if isinstance(said, str) else None
    usage = members(members(body).get("usage"))
    ended = first.get("finish_reason")
    failure, why = None, ""
    if ended == "content_filter" or (text is None and isinstance(message.get("refusal"), str)):
        failure, why = Failure.REFUSED, glimpse(message.get("refusal") or ended)
    elif text is None and ended == "length":
        failure, why = Failure.TRUNCATED, "all tokens were used before a text began"
    elif text is None:
        failure, why = Failure.NO_ANSWER, f"no text in the answer: {reply.words}"
    return Answer(
        text,
        failure,
        why,
        is_cut=ended == "length",
        log_likelihood=_log_likelihood(members(first.get("logprobs"))),
        prompt_tokens=count(usage.get("prompt_tokens")),
        answer_tokens=count(usage.get("completion_tokens")),
        seconds=reply.seconds,
        tries=reply.tries,
    )


def _log_likelihood(told: Mapping[str, object]) -> float | None:
    """The sum over the tokens of the answer; None unless every one of them is told."""
    tokens = entries(told.get("content"))
    values = [members(token).get("logprob") for token in tokens] or entries(told.get("token_logprobs"))
    numbers = [number for number in map(finite, values) if number is not None]
    return math.fsum(numbers) if numbers and len(numbers) == len(values) else None
