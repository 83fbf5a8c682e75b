"""A model that is asked over a real HTTP server which misbehaves: every problem is accounted for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from tests.outbound.model_server import ModelServer, Sent, refused, said, serving

from nophantom.errors import InvalidInput, NotFound, Sealed, Unauthorised, Unavailable
from nophantom.llm.asked_models import Answer, AskedPrompt, Endpoint, OpenAiModel, Sampling
from nophantom.llm.concluding import compare_runs
from nophantom.llm.evaluating import Against, Evaluated, evaluate
from nophantom.llm.evaluating_book import PATIENCE, Watch
from nophantom.llm.evaluating_course import Course, Look, Order
from nophantom.llm.following import AskedRun
from nophantom.llm.gsm8k import AskedSet, hash_of
from nophantom.llm.ledger.reading import read_texts_of
from nophantom.llm.ledger.run_tables import TokenUse
from nophantom.llm.ledger.tables import AnswerText, Evaluation, Outcome, Problem, Run
from nophantom.llm.logs.records import LoggedProblem
from nophantom.llm.prompts import Prompting, Style
from nophantom.llm.repeating import samples_of_run
from nophantom.outbound.client import Limits
from nophantom.outbound.retries import Retrying
from nophantom.publishing.doctor import examine
from nophantom.stats.sequential import Estimand
from nophantom.stats.verdicts import Verdict
from nophantom.store.blobs import Blobs
from nophantom.store.engine import reading

PLAIN = Prompting(Style.FEW_SHOT, 0)  # the prompt of problem 3 is "Question: problem 3?\nAnswer:"
QUICK = Retrying(tries=2, first=0.0, longest=0.0)


def a_set(n: int, name: str = "counting") -> AskedSet:
    """Problem i has the answer i."""
    problems = tuple(LoggedProblem(str(i), i, f"problem {i}?", f"It is so. #### {i}") for i in range(n))
    return AskedSet(name, "test", problems, hash_of(problems), "made up")


def number_of(prompt: str) -> int:
    return int(prompt.split("problem ")[1].split("?")[0])


def right(prompt: str, _n: int) -> Sent:
    return said(f" #### {number_of(prompt)}")


def a_model(server: ModelServer, **change: Any) -> OpenAiModel:
    usual = OpenAiModel(
        "tiny",
        server.base_url,
        endpoint=Endpoint.COMPLETIONS,
        stops=PLAIN.stops,
        limits=Limits(at_once=4, read=2.0),
        retrying=QUICK,
    )
    return replace(usual, **change)


@pytest.fixture
def ask(sqlite_engine: Engine, blobs: Blobs) -> Iterator[Callable[..., Evaluated]]:
    """Ask a server: ask(server, n_problems, ...); afterwards the doctor finds nothing."""

    def call(
        server: ModelServer, n: int = 12, *, model: dict[str, Any] | None = None, **options: Any
    ) -> Evaluated:
        asked = options.pop("asked", None) or a_set(n)
        return evaluate(sqlite_engine, blobs, a_model(server, **(model or {})), asked, PLAIN, **options)

    yield call
    assert examine(sqlite_engine, blobs) == []


def outcomes(engine: Engine) -> dict[str, tuple[float | None, str | None, int]]:
    """Score, failure and position of every outcome, by question and attempt."""
    with reading(engine) as session:
        rows = session.execute(
            select(Problem.question, Outcome.attempt, Outcome.score, Outcome.failure, Outcome.position).join(
                Problem, Problem.id == Outcome.problem_id
            )
        )
        return {
            f"{row.question}{row.attempt}": (row.score, row.failure and str(row.failure), row.position)
            for row in rows
        }


def texts(session: Session, blobs: Blobs) -> dict[int, str | None]:
    """Every raw answer by its position, from the stretches themselves."""
    found: dict[int, str | None] = {}
    for part in session.scalars(select(AnswerText)):
        kept = json.loads(blobs.get(part.sha256))
        assert len(kept) == part.n
        found |= {part.first + i: text for i, text in enumerate(kept)}
    return found


def test_every_answer_is_graded_and_kept_with_its_text_and_its_tokens(
    ask: Callable[..., Evaluated], sqlite_engine: Engine, blobs: Blobs
) -> None:
    def behave(prompt: str, _n: int) -> Sent:
        return said(f" I say #### {number_of(prompt) % 10}")

    with serving(behave) as server:
        done = ask(server, 20)
    e = done.evaluation
    assert (e.outcomes, e.scored, e.right, e.run, e.problem_set) == (
        20,
        20,
        10.0,
        "nophantom/tiny",
        "counting",
    )
    assert (done.asked, done.known, done.totals.prompt_tokens, done.totals.answer_tokens) == (20, 0, 220, 140)
    assert (done.totals.tries, done.totals.untold) == (20, 0)
    with reading(sqlite_engine) as session:
        kept = texts(session, blobs)
        use = session.scalars(select(TokenUse)).all()
        by_key = read_texts_of(session, blobs, e.evaluation_id, session.scalars(select(Problem.key)).all())
    assert len(use) == 20
    assert all(u.tries == 1 and u.seconds > 0 for u in use)
    assert sorted(kept) == list(range(20))
    assert Counter(by_key.values()) == Counter(kept.values())
    for score, failure, position in outcomes(sqlite_engine).values():
        assert failure is None
        assert score is not None
        assert kept[position] is not None
    body = server.requests[0]
    assert (body["temperature"], body["max_tokens"], body["stop"]) == (0.0, 512, list(PLAIN.stops))


MISBEHAVIOUR: dict[str, tuple[Callable[[int], Sent], tuple[float | None, str | None], int]] = {
    # name: (what the n-th request for that problem gets, how it ends, requests that it takes)
    "right": (lambda _: said("#### 1"), (1.0, None), 1),
    "wrong": (lambda _: said("#### 2"), (0.0, None), 1),
    "says no number": (lambda _: said("I cannot tell."), (0.0, None), 1),
    "says nothing": (lambda _: said(""), (0.0, None), 1),
    "503 once": (lambda n: refused(503) if n == 1 else said("#### 1"), (1.0, None), 2),
    "429 once": (lambda n: refused(429, retry_after="0") if n == 1 else said("#### 1"), (1.0, None), 2),
    "500 always": (lambda _: refused(500, "broken"), (None, "error"), 2),
    "400": (lambda _: refused(400, "prompt too long"), (None, "error"), 1),
    "slow": (lambda _: Sent(seconds=0.6), (None, "timeout"), 2),
    "cut off": (lambda _: replace(said("#### 1"), keep=30), (None, "error"), 2),
    "cut off once": (
        lambda n: replace(said("#### 1"), keep=30) if n == 1 else said("#### 1"),
        (1.0, None),
        2,
    ),
    "no JSON": (lambda _: Sent(body=b'{"choices": [{'), (None, "error"), 2),
    "a page": (lambda _: Sent(body=b"<html>", headers={"content-type": "text/html"}), (None, "error"), 2),
    "a list": (lambda _: Sent(body=b"[]"), (None, "error"), 2),
    "an error with 200": (lambda _: Sent(body=b'{"error": "overloaded"}'), (None, "error"), 2),
    "no choices": (lambda _: Sent(body=b'{"choices": []}'), (None, "no_answer"), 1),
    "choices of nothing": (lambda _: Sent(body=b'{"choices": [null]}'), (None, "no_answer"), 1),
    "null": (lambda _: said(None), (None, "no_answer"), 1),
    "filtered": (lambda _: said("#### 1", finish="content_filter"), (None, "refused"), 1),
    "declined": (
        lambda _: said(None, message={"content": None, "refusal": "I will not"}, text=None),
        (None, "refused"),
        1,
    ),
    "cut short": (lambda _: said("first 1 then", finish="length"), (None, "truncated"), 1),
    "cut in the number": (lambda _: said("#### 1", finish="length"), (None, "truncated"), 1),
    "cut after its answer": (lambda _: said("#### 1\nand so", finish="length"), (1.0, None), 1),
    "thought to the end": (lambda _: said(None, finish="length"), (None, "truncated"), 1),
}


def test_each_misbehaviour_ends_as_stated_and_every_problem_is_accounted_for(
    ask: Callable[..., Evaluated], sqlite_engine: Engine
) -> None:
    names = list(MISBEHAVIOUR)
    problems = tuple(LoggedProblem(str(i), i, f"problem {i}?", "#### 1") for i in range(len(names)))
    asked = AskedSet("trouble", "test", problems, hash_of(problems), "made up")

    def behave(prompt: str, n: int) -> Sent:
        return MISBEHAVIOUR[names[number_of(prompt)]][0](n)

    with serving(behave) as server:
        done = ask(
            server, asked=asked, model={"limits": Limits(at_once=6, read=0.3)}, course=Course(Order.FILE)
        )
    found = outcomes(sqlite_engine)
    assert {name: found[f"problem {i}?1"][:2] for i, name in enumerate(names)} == {
        name: end for name, (_, end, _) in MISBEHAVIOUR.items()
    }
    assert {name: server.asked[f"Question: problem {i}?\nAnswer:"] for i, name in enumerate(names)} == {
        name: tries for name, (_, _, tries) in MISBEHAVIOUR.items()
    }
    e = done.evaluation
    assert e.outcomes == e.scored + sum(e.failures.values()) == len(names)
    assert done.totals.tries == sum(tries for _, _, tries in MISBEHAVIOUR.values())
    assert done.why_failed["status 400: prompt too long"] == 1


def test_a_second_call_asks_nothing_that_is_written(ask: Callable[..., Evaluated]) -> None:
    with serving(right) as server:
        first = ask(server, 30, course=Course(limit=10))
        again = ask(server, 30, course=Course(limit=10))
        whole = ask(server, 30)
        fewer = ask(server, 30, course=Course(limit=10))
    assert (first.asked, again.asked, whole.asked, whole.known) == (10, 0, 20, 10)
    assert set(server.asked.values()) == {1}
    assert whole.evaluation.run_id == first.evaluation.run_id
    assert whole.evaluation.outcomes == 30
    assert (fewer.planned, fewer.asked, fewer.known, fewer.looks) == (10, 0, 30, first.looks)


@pytest.mark.parametrize(("status", "error"), [(401, Unauthorised), (403, Unauthorised), (404, NotFound)])
def test_a_refusal_stops_everything_at_once_and_what_was_answered_is_kept(
    ask: Callable[..., Evaluated], sqlite_engine: Engine, status: int, error: type[Exception]
) -> None:
    served = Counter[str]()

    def behave(prompt: str, n: int) -> Sent:
        served["all"] += 1
        return right(prompt, n) if served["all"] <= 6 else refused(status, "your key sk-secret is unknown")

    one = {"limits": Limits(at_once=1), "key": "sk-secret"}
    with serving(behave) as server:
        with pytest.raises(error) as refusal:
            ask(server, 40, model=one)
        assert sum(server.asked.values()) == 7
        assert server.headers[0]["authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in str(refusal.value)
    assert "is kept" in str(refusal.value)
    assert len(outcomes(sqlite_engine)) == 6


def test_an_answer_that_comes_beside_a_refusal_is_kept(
    ask: Callable[..., Evaluated], sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_the_same_moment(
        _self: OpenAiModel, _client: object, prompt: AskedPrompt
    ) -> tuple[AskedPrompt, Answer]:
        if prompt.place % 2:
            raise Unauthorised("the key ran out in this moment.")
        return prompt, Answer(f"#### {number_of(prompt.prompt)}")

    monkeypatch.setattr(OpenAiModel, "_ask", at_the_same_moment)
    with serving(right) as server, pytest.raises(Unauthorised):
        ask(server, 20, model={"limits": Limits(at_once=10)})
    assert len(outcomes(sqlite_engine)) == 5


def test_a_server_that_goes_away_is_no_failure_of_the_problems(
    ask: Callable[..., Evaluated], sqlite_engine: Engine
) -> None:
    is_down = Counter[str]()

    def behave(prompt: str, n: int) -> Sent:
        is_down["asked"] += 1
        return refused(502, "gone") if is_down["down"] and is_down["asked"] > 10 else right(prompt, n)

    one = {"limits": Limits(at_once=1), "retrying": Retrying(1)}
    is_down["down"] = 1
    with serving(behave) as server:
        with pytest.raises(Unavailable, match=rf"{PATIENCE} times in a row.*status 502: gone"):
            ask(server, 60, model=one)
        assert sum(server.asked.values()) == 10 + PATIENCE
        assert len(outcomes(sqlite_engine)) == 10
        is_down["down"] = 0
        done = ask(server, 60, model=one)
    assert (done.known, done.asked, done.evaluation.right) == (10, 50, 60.0)


def test_a_server_that_never_answers_leaves_nothing_behind(
    ask: Callable[..., Evaluated], sqlite_engine: Engine
) -> None:
    with (
        serving(lambda _, __: refused(500, "broken")) as server,
        pytest.raises(Unavailable, match=r"no answer at all.*status 500: broken"),
    ):
        ask(server, 5)
    with reading(sqlite_engine) as session:
        assert session.scalars(select(Run)).all() == []
        assert session.scalars(select(Evaluation)).all() == []


def test_failures_before_an_answer_and_at_the_end_are_those_of_their_problems(
    ask: Callable[..., Evaluated], sqlite_engine: Engine
) -> None:
    broken = {0, 1, 9}

    def behave(prompt: str, n: int) -> Sent:
        return refused(500) if number_of(prompt) in broken else right(prompt, n)

    with serving(behave) as server:
        ask(server, 10, model={"limits": Limits(at_once=1)}, course=Course(Order.FILE))
    found = outcomes(sqlite_engine)
    assert {i for i in range(10) if found[f"problem {i}?1"][1] == "error"} == broken


def test_a_text_is_found_at_the_place_of_its_problem_however_late_it_came(
    ask: Callable[..., Evaluated], sqlite_engine: Engine, blobs: Blobs
) -> None:
    def behave(prompt: str, n: int) -> Sent:
        return replace(right(prompt, n), seconds=0.9 if number_of(prompt) in {2, 5} else 0.0)

    with serving(behave) as server:
        ask(server, 12, course=Course(Order.FILE))
    with reading(sqlite_engine) as session:
        assert len(session.scalars(select(AnswerText)).all()) >= 4
        assert texts(session, blobs) == {i: f" #### {i}" for i in range(12)}


def test_no_more_is_asked_at_once_than_allowed(ask: Callable[..., Evaluated]) -> None:
    with serving(lambda p, n: replace(right(p, n), seconds=0.01)) as server:
        ask(server, 30, model={"limits": Limits(at_once=3)})
    assert server.most_at_once == 3


def test_samples_are_attempts_that_votes_and_pass_at_k_can_read(
    ask: Callable[..., Evaluated], sqlite_engine: Engine
) -> None:
    def behave(prompt: str, n: int) -> Sent:
        return said(f"#### {number_of(prompt)}" if n <= 3 else "#### 99")

    with serving(behave) as server:
        done = ask(
            server,
            9,
            model={"sampling": Sampling(4, 0.7), "limits": Limits(at_once=1)},
            course=Course(samples=4),
        )
    assert (done.asked, done.evaluation.problems, done.evaluation.outcomes) == (36, 9, 36)
    assert done.looks[-1].accuracy == pytest.approx(0.75)
    assert sorted(position for _, _, position in outcomes(sqlite_engine).values()) == list(range(36))
    found = samples_of_run(sqlite_engine, AskedRun("r1"))
    assert (found.n, found.samples) == (9, 4)


def test_the_running_accuracy_is_told_at_every_fifty_problems_in_their_order(
    ask: Callable[..., Evaluated],
) -> None:
    seen: list[Look] = []
    counted: list[tuple[int, int]] = []

    def behave(prompt: str, n: int) -> Sent:
        wrong = number_of(prompt) % 4 == 0
        # Wrong answers take longer, as with real models: the first to arrive are no fair sample.
        return said("#### -1") if wrong else right(prompt, n)

    with serving(behave) as server:
        done = ask(
            server,
            120,
            course=Course(seed=7),
            watch=Watch(lambda d, p: counted.append((d, p)), seen.append),
            model={"limits": Limits(at_once=16)},
        )
    places = Course(seed=7).places(120)
    truth = [number % 4 != 0 for number in places]
    assert [look.after for look in seen] == [50, 100]
    for look in (*seen, *done.looks):
        assert look.accuracy == pytest.approx(sum(truth[: look.after]) / look.after)
        assert look.interval is not None
    assert [look.after for look in done.looks] == [50, 100, 120]
    assert counted[-1] == (120, 120)


def test_log_likelihoods_are_taken_where_the_server_tells_them(
    ask: Callable[..., Evaluated], sqlite_engine: Engine
) -> None:
    told: dict[int, dict[str, Any]] = {
        0: {"logprobs": {"content": [{"logprob": -0.5}, {"logprob": -0.25}]}},
        1: {"logprobs": {"token_logprobs": [-1.0, -0.5]}},
        2: {"logprobs": {"content": [{"logprob": -0.5}, {}]}},
        3: {"logprobs": None},
    }
    with serving(lambda p, _: said("#### 1", **told[number_of(p)])) as server:
        ask(server, 4, model={"log_likelihoods": True})
    assert server.requests[0]["logprobs"] == 0
    with reading(sqlite_engine) as session:
        rows = session.execute(
            select(Problem.question, Outcome.log_likelihood).join(Problem, Problem.id == Outcome.problem_id)
        )
        assert {row.question: row.log_likelihood for row in rows} == {
            "problem 0?": -0.75,
            "problem 1?": -1.5,
            "problem 2?": None,
            "problem 3?": None,
        }


def test_what_decides_an_answer_names_the_run_and_nothing_else_does(ask: Callable[..., Evaluated]) -> None:
    twice = tuple(replace(p, reference=f"#### {2 * p.position}") for p in a_set(3).problems)
    other_answers = replace(a_set(3), problems=twice, content_hash=hash_of(twice))
    with serving(right) as server, serving(right) as elsewhere:
        first = ask(server, 3).evaluation.run_id
        assert ask(server, 3, model={"retrying": Retrying(5), "limits": Limits(2)}).evaluation.run_id == first
        moved = ask(elsewhere, 3, model={"moved_from": server.base_url})
        assert (moved.evaluation.run_id, moved.asked) == (first, 0)
        others = [
            ask(elsewhere, 3),
            ask(server, 3, model={"name": "other"}),
            ask(server, 3, model={"sampling": Sampling(max_tokens=9)}),
            ask(server, 3, model={"endpoint": Endpoint.CHAT}),
            ask(server, 3, model={"extra": {"top_p": 0.5}}),
            ask(server, 3, course=Course(seed=3)),
            ask(server, 3, asked=replace(a_set(3), name="renamed")),
            ask(server, asked=other_answers),
            ask(server, 4),
        ]
        assert server.requests[-1]["stop"] == list(PLAIN.stops)
    assert len({first, *(done.evaluation.run_id for done in others)}) == 10


def test_two_that_ask_the_same_do_not_write_over_each_other(
    ask: Callable[..., Evaluated], sqlite_engine: Engine
) -> None:
    inner: list[Evaluated] = []

    def behave(prompt: str, n: int) -> Sent:
        if not inner:
            inner.append(ask(quiet, 6, model={"moved_from": server.base_url}))
        return right(prompt, n)

    with (
        serving(right) as quiet,
        serving(behave) as server,
        pytest.raises(Unavailable, match="another NoPhantom is asking"),
    ):
        ask(server, 6, model={"limits": Limits(at_once=1)})
    assert len(outcomes(sqlite_engine)) == 6


def test_it_stops_as_soon_as_the_verdict_stands_and_says_what_was_saved(
    ask: Callable[..., Evaluated], sqlite_engine: Engine
) -> None:
    def weak(prompt: str, n: int) -> Sent:
        return right(prompt, n) if number_of(prompt) % 2 else said("#### -1")

    with serving(weak) as server:
        ask(server, 200, model={"name": "weak"})
    with serving(right) as server:
        done = ask(server, 200, against=Against("weak"))
        assert sum(server.asked.values()) < 100
        again = ask(server, 200, against=Against("weak"))
        assert again.asked == 0
        on_set = ask(server, 200, against=Against("weak", estimand=Estimand.TEST_SET))
    assert done.verdict is not None
    assert (done.verdict.verdict, done.against) == (Verdict.REAL, "nophantom/weak")
    assert done.saved == 200 - done.evaluation.problems > 100
    # The two are compared problem by problem: the weak one misses the even ones.
    after = done.verdict.estimate.n
    ahead = sum(number % 2 == 0 for number in Course().places(200)[:after])
    assert done.verdict.estimate.point == pytest.approx(ahead / after)
    assert again.saved == done.saved
    assert on_set.verdict is not None
    assert on_set.verdict.estimand is Estimand.TEST_SET
    # Its outcomes are outcomes as any others.
    assert compare_runs(sqlite_engine, "tiny", "weak").comparison.finding.estimate.point > 0.3


def test_a_verdict_on_the_way_needs_a_random_order_and_problems_in_common(
    ask: Callable[..., Evaluated], small: Engine, blobs: Blobs
) -> None:
    with serving(right) as server:
        ask(server, 3)
        with pytest.raises(InvalidInput, match="random order"):
            ask(server, 3, model={"name": "b"}, course=Course(Order.FILE), against=Against("tiny"))
        with pytest.raises(InvalidInput, match="no evaluation on that problem set"):
            ask(server, asked=a_set(3, "else"), against=Against("tiny"))
        with pytest.raises(NotFound, match="no run"):
            ask(server, 3, against=Against("r99"))
        sealed = replace(a_set(3), name="simulated", split="test")
        with reading(small) as session:
            name = session.execute(select(Evaluation.problem_set_id)).first()
        assert name is not None
        with pytest.raises((Sealed, InvalidInput)):
            evaluate(small, blobs, a_model(server), sealed, PLAIN, against=Against("r1"))


def test_worked_examples_are_never_the_problems_themselves(ask: Callable[..., Evaluated]) -> None:
    with serving(right) as server, pytest.raises(InvalidInput, match="hold their answers"):
        ask(server, 3, train=a_set(3))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Sampling(3), "one answer many times"),
        (lambda: Sampling(0), "at least one sample"),
        (lambda: Sampling(temperature=float("nan")), "temperature"),
        (lambda: OpenAiModel("m", "http://h", key="line\nbreak"), "no header can carry"),
        (lambda: OpenAiModel("m", "http://h", extra={"messages": []}), "cannot replace the question"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(
    wrong: Callable[[], object], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        wrong()


def test_a_key_is_not_in_what_is_printed_of_a_model() -> None:
    model = OpenAiModel("m", "http://user:pass@h/v1/?x=1", key="sk-secret")
    assert "sk-secret" not in repr(model)
    assert model.settings["address"] == "http://h/v1"


def test_a_disk_that_is_full_ends_with_a_sentence_and_the_rest_can_be_asked_again(
    ask: Callable[..., Evaluated], blobs: Blobs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(_self: Blobs, _content: bytes) -> str:
        raise Unavailable("cannot write answers: no space left.")

    with serving(right) as server:
        with monkeypatch.context() as patch:
            patch.setattr(Blobs, "put", full)
            with pytest.raises(Unavailable, match="no space left"):
                ask(server, 4)
        done = ask(server, 4)
    assert (done.known, done.asked) == (0, 4)


def test_the_ledger_is_the_same_on_both_stores(engine: Engine, blobs: Blobs) -> None:
    def behave(prompt: str, n: int) -> Sent:
        return said("half a character \ud83d #### 1") if number_of(prompt) == 1 else right(prompt, n)

    with serving(behave) as server:
        evaluate(engine, blobs, a_model(server), a_set(6), PLAIN, course=Course(limit=3))
        done = evaluate(engine, blobs, a_model(server), a_set(6), PLAIN)
    assert (done.evaluation.outcomes, done.evaluation.right, done.known) == (6, 6.0, 3)
    assert done.totals.tries == 6
    assert examine(engine, blobs) == []
