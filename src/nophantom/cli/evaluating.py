"""What `nophantom evaluate` was given, turned into a model, problems and prompts; and what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from nophantom.cli.asking import confidence_of, proportion
from nophantom.cli.runs import evaluation_as_json, print_runs
from nophantom.cli.talk import Opened, count, out, progress, talk
from nophantom.errors import InvalidInput
from nophantom.llm.asked_models import AskedModel, Endpoint, OpenAiModel, Sampling
from nophantom.llm.evaluating import Against, Evaluated, evaluate
from nophantom.llm.evaluating_book import Watch
from nophantom.llm.evaluating_course import Course, Look, Order
from nophantom.llm.gsm8k import NAME, read_set, read_train
from nophantom.llm.prompts import Exemplars, Prompting, Style
from nophantom.llm.questions.setting import RNG_SEED
from nophantom.outbound.client import Limits
from nophantom.outbound.retries import Retrying
from nophantom.stats.sequential import Estimand

if TYPE_CHECKING:
    from nophantom.settings import Settings

SHOTS = 5
"""Worked examples of a few-shot prompt, where nobody says otherwise."""

_ESTIMANDS = {"problems": Estimand.PROBLEMS, "test-set": Estimand.TEST_SET}
Words = TypeVar("Words", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The options of the command, by name, as `--help` tells them."""

    model: str
    problems: str
    place: str | None
    split: str
    problem_set: str | None
    any_version: bool
    base_url: str | None
    moved_from: str | None
    endpoint: str | None
    prompt: str | None
    shots: int | None
    exemplars: str
    shots_from: str | None
    samples: int
    temperature: float
    max_tokens: int
    logprobs: bool
    request: str | None
    order: str
    rng: int | None
    limit: int | None
    until_decided: bool
    against: str | None
    delta: float | None
    alpha: float | None
    estimand: str
    concurrency: int
    timeout: float
    tries: int
    batch: int
    device: str
    chat_template: bool
    price_in: float | None
    price_out: float | None
    as_json: bool
    home: Path | None

    @property
    def is_local(self) -> bool:
        """Whether the model is one of this machine."""
        return self.model.startswith("hf:")

    @property
    def seed(self) -> int:
        """Of the order, and of samples that are drawn here."""
        return RNG_SEED if self.rng is None else self.rng


def ask_model(store: Opened, given: Given) -> Evaluated:
    """Do what the options say, with the progress on stderr.

    Raises:
        NoPhantomError: whatever of it cannot be; the sentence says what.
    """
    if given.until_decided != (given.against is not None):
        raise InvalidInput("--until-decided needs --against RUN, and --against means --until-decided here.")
    if given.place is not None and given.problems != NAME:
        raise InvalidInput(f"--from says where gsm8k is; name other problems with --problems {given.place}.")
    if given.estimand not in _ESTIMANDS:
        raise InvalidInput(f"--estimand is problems or test-set; got {given.estimand!r}.")
    prompting = _prompting(given)
    sampling = Sampling(given.samples, given.temperature, given.max_tokens, given.seed)
    course = Course(_word(Order, given.order, "--order"), given.seed, given.samples, given.limit)
    against = None
    if given.against is not None:
        against = Against(
            given.against,
            proportion(given.delta, 0.01),
            confidence_of(given.alpha),
            _ESTIMANDS[given.estimand],
        )
    if given.is_local:
        model = _local_model(given, sampling, prompting)
    else:
        model = _served_model(given, sampling, prompting, store.settings)
    place = given.place or given.problems
    name = given.problem_set or (NAME if given.problems == NAME else None)
    asked = read_set(place, given.split, blobs=store.blobs, name=name, any_version=given.any_version)
    train = None
    if prompting.shots:
        train = read_train(place, given.shots_from, blobs=store.blobs)
    with _watched() as watch:
        return evaluate(
            store.engine,
            store.blobs,
            model,
            asked,
            prompting,
            train=train,
            course=course,
            against=against,
            watch=watch,
        )


def _word(words: type[Words], given: str, option: str) -> Words:
    try:
        return words(given)
    except ValueError:
        there = " or ".join(words)
        raise InvalidInput(f"{option} is {there}; got {given!r}.") from None


def _prompting(given: Given) -> Prompting:
    usual = "few-shot" if given.is_local else "chat"
    style = _word(Style, given.prompt or usual, "--prompt")
    shots = (SHOTS if style is Style.FEW_SHOT else 0) if given.shots is None else given.shots
    return Prompting(style, shots, _word(Exemplars, given.exemplars, "--exemplars"))


def _local_model(given: Given, sampling: Sampling, prompting: Prompting) -> AskedModel:
    from nophantom.llm.lab.hugging_face import open_model

    return open_model(
        Path(given.model.removeprefix("hf:")),
        sampling,
        stops=prompting.stops,
        batch=given.batch,
        uses_template=given.chat_template,
        device=given.device,
    )


def _served_model(given: Given, sampling: Sampling, prompting: Prompting, settings: Settings) -> AskedModel:
    kind, _, name = given.model.partition(":")
    if kind != "openai" or not name:
        raise InvalidInput(f"--model is openai:NAME or hf:PATH; got {given.model!r}.")
    if given.base_url is None:
        raise InvalidInput("openai: needs the address of the server: --base-url http://127.0.0.1:8000/v1.")
    usual = Endpoint.COMPLETIONS if prompting.style is Style.FEW_SHOT else Endpoint.CHAT
    return OpenAiModel(
        name=name,
        base_url=given.base_url,
        sampling=sampling,
        stops=prompting.stops,
        endpoint=_word(Endpoint, given.endpoint or usual, "--endpoint"),
        key=settings.api_key.get_secret_value() if settings.api_key else None,
        log_likelihoods=given.logprobs,
        extra=_members(given.request),
        limits=Limits(at_once=given.concurrency, read=given.timeout, total=given.timeout),
        retrying=Retrying(given.tries),
        moved_from=given.moved_from,
    )


def _members(request: str | None) -> dict[str, object]:
    try:
        value = orjson.loads(request or "{}")
    except orjson.JSONDecodeError as wrong:
        raise InvalidInput(f"--request is one JSON object; got {request!r} ({wrong}).") from None
    if not isinstance(value, dict):
        raise InvalidInput(f"--request is one JSON object; got {request!r}.")
    return value


@contextmanager
def _watched() -> Iterator[Watch]:
    """A bar on stderr with the running accuracy; where nobody looks, a line for every 50 problems."""
    with progress() as bar:
        task = bar.add_task("asking", total=None)

        def answered(done: int, planned: int) -> None:
            bar.update(task, completed=done, total=planned)

        def looked(look: Look) -> None:
            if bar.disable:
                talk().print(_told(look))
            else:
                bar.update(task, description=_told(look))

        yield Watch(answered, looked)


def _told(look: Look) -> str:
    after = f"after {count(look.after)} problems"
    if look.accuracy is None:
        return f"{after} nothing is scored"
    seen = look.interval
    if seen is None or seen.low is None or seen.high is None:
        return f"{after} {look.accuracy:.1%}"
    return f"{after} {look.accuracy:.1%} ({seen.low:.1%} to {seen.high:.1%})"


def cost_of(done: Evaluated, given: Given) -> float | None:
    """The price of all answers, in the currency of the prices; None where prices or tokens are not told."""
    prompt, answer = done.totals.prompt_tokens, done.totals.answer_tokens
    if given.price_in is None or given.price_out is None or prompt is None or answer is None:
        return None
    return (prompt * given.price_in + answer * given.price_out) / 1e6


def print_evaluated(done: Evaluated, given: Given) -> None:
    """The evaluation as a line of runs, what it took, and the verdict where it was to stop at one."""
    print_runs([done.evaluation], with_grader=False)
    say = out().print
    at_hand = f"asked {count(done.asked)} now"
    if done.known:
        at_hand += f", {count(done.known)} were written before"
    if done.evaluation.outcomes < done.problems * done.samples:
        at_hand += (
            f"; {count(done.evaluation.outcomes)} of {count(done.problems * done.samples)} answers are there"
        )
    say(f"{at_hand}.", markup=False)
    for why, n in sorted(done.why_failed.items(), key=lambda item: -item[1])[:5]:
        say(f"failed {count(n)} times: {why}", markup=False)
    totals = done.totals
    if totals.prompt_tokens is not None and totals.answer_tokens is not None:
        told = f"{count(totals.prompt_tokens)} tokens of prompts and {count(totals.answer_tokens)} of answers"
        cost = cost_of(done, given)
        price = "" if cost is None else f", cost {cost:,.4f}"
        untold = f" (of {count(totals.untold)} answers none were told)" if totals.untold else ""
        say(f"{told}{untold}{price}; {count(totals.tries)} requests.", markup=False)
    if done.verdict is not None:
        _print_verdict(done)


def _print_verdict(done: Evaluated) -> None:
    seen = done.verdict
    if seen is None:
        return
    e = seen.estimate
    low, high = (0.0 if end is None else end for end in (e.low, e.high))
    about = seen.estimand.value.replace("_", " ")
    out().print(
        f"{seen.verdict.upper()}: better than {done.against} on {about}? Difference {100 * e.point:+.1f} points "
        f"({100 * low:+.1f} to {100 * high:+.1f}) on {count(e.n)} problems, looked at after every one.",
        markup=False,
    )
    if done.saved:
        out().print(
            f"Stopped when the verdict stood: {count(done.saved)} of {count(done.planned)} problems were not asked. "
            "The point is biased outwards by stopping, the interval is not.",
            markup=False,
        )


def as_plain(done: Evaluated, given: Given) -> dict[str, Any]:
    """What came of it, for machines; unknown is null."""
    from nophantom.reporting.json_file import to_plain

    return {
        "run": done.evaluation.reference,
        "evaluation": evaluation_as_json(done.evaluation),
        "problems": done.problems,
        "planned": done.planned,
        "samples": done.samples,
        "known": done.known,
        "asked": done.asked,
        "running": to_plain(done.looks),
        "tokens": to_plain(done.totals),
        "cost": cost_of(done, given),
        "seconds": done.seconds,
        "against": done.against,
        "verdict": to_plain(done.verdict),
        "saved": done.saved,
        "why_failed": dict(done.why_failed),
    }
