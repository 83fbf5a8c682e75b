"""`nophantom evaluate`: ask a model the problems of a set, every answer written as it comes."""

from __future__ import annotations

from typing import Annotated

import typer

from nophantom.cli.asking import AlphaOption, DeltaOption, RngOption
from nophantom.cli.talk import HomeOption, JsonOption, opened, print_json

_Model = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="KIND:NAME",
        help="openai:NAME behind --base-url, or hf:PATH, a Hugging Face model on this machine.",
    ),
]
_Problems = Annotated[
    str,
    typer.Option(
        "--problems",
        metavar="SET",
        help="gsm8k; or a file (JSON Lines or Parquet with question and answer), or a folder of test.jsonl and "
        "train.jsonl.",
    ),
]
_From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="PATH", help="Where gsm8k is. [default: its public address, fetched once]"
    ),
]
_Split = Annotated[str, typer.Option("--split", metavar="NAME", help="Which split is asked.")]
_Name = Annotated[
    str | None,
    typer.Option("--problem-set", metavar="NAME", help="What the set is called. [default: the file's name]"),
]
_AnyVersion = Annotated[
    bool,
    typer.Option(
        "--any-version", help="Take a gsm8k that is not the published one, under a name of its own."
    ),
]
_BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", help="Of the server, as http://127.0.0.1:8000/v1."),
]
_MovedFrom = Annotated[
    str | None,
    typer.Option(
        "--moved-from", metavar="URL", help="The same server was at this address when the evaluation began."
    ),
]
_Endpoint = Annotated[
    str | None,
    typer.Option(
        "--endpoint",
        metavar="WHICH",
        help="chat or completions. [default: chat; completions for few-shot prompts]",
    ),
]
_Prompt = Annotated[
    str | None,
    typer.Option(
        "--prompt",
        metavar="STYLE",
        help="chat (the question alone) or few-shot (lm-eval's prompt). [default: chat; few-shot for hf:]",
    ),
]
_Shots = Annotated[
    int | None,
    typer.Option("--shots", metavar="N", help="Worked examples of a few-shot prompt. [default: 5]"),
]
_Exemplars = Annotated[
    str,
    typer.Option(
        "--exemplars",
        metavar="WHICH",
        help="sampled (others for each problem, those of lm-eval) or first (of the training split).",
    ),
]
_ShotsFrom = Annotated[
    str | None,
    typer.Option(
        "--shots-from", metavar="PATH", help="Worked examples. [default: the training split beside it]"
    ),
]
_Samples = Annotated[int, typer.Option("--samples", metavar="K", help="Answers to each problem.")]
_Temperature = Annotated[float, typer.Option("--temperature", metavar="T", help="0 takes the likeliest.")]
_MaxTokens = Annotated[int, typer.Option("--max-tokens", metavar="N", help="Of one answer.")]
_LogProbs = Annotated[
    bool, typer.Option("--logprobs", help="Ask the server how likely its answers are (hf: always tells).")
]
_Request = Annotated[
    str | None,
    typer.Option(
        "--request",
        metavar="JSON",
        help="Further members of every request, as '{\"top_p\": 0.9}'; null leaves one out.",
    ),
]
_Order = Annotated[
    str, typer.Option("--order", metavar="ORDER", help="random or file. Running numbers need random.")
]
_Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", help="Ask the first N of the order; a later call may go further."),
]
_Until = Annotated[
    bool, typer.Option("--until-decided", help="Stop as soon as the verdict against a run stands.")
]
_Against = Annotated[str | None, typer.Option("--against", metavar="RUN", help="That run.")]
_Estimand = Annotated[
    str,
    typer.Option(
        "--estimand",
        metavar="WHAT",
        help="The verdict is about: problems (like these), or test-set (this one).",
    ),
]
_Concurrency = Annotated[int, typer.Option("--concurrency", metavar="N", help="Requests at once.")]
_Timeout = Annotated[float, typer.Option("--timeout", metavar="S", help="Seconds for one try.")]
_Tries = Annotated[int, typer.Option("--tries", metavar="N", help="Requests for one answer at most.")]
_Batch = Annotated[int, typer.Option("--batch", metavar="N", help="Prompts at once, for hf:.")]
_Device = Annotated[str, typer.Option("--device", metavar="NAME", help="For hf:, as cpu or cuda:0.")]
_Template = Annotated[
    bool, typer.Option("--chat-template", help="For hf:, put prompts as messages of its chat template.")
]
_PriceIn = Annotated[
    float | None, typer.Option("--price-in", metavar="X", help="Of a million tokens of prompts.")
]
_PriceOut = Annotated[
    float | None, typer.Option("--price-out", metavar="X", help="Of a million tokens of answers.")
]


def evaluate(
    context: typer.Context,
    model: _Model,
    problems: _Problems,
    place: _From = None,
    split: _Split = "test",
    problem_set: _Name = None,
    any_version: _AnyVersion = False,
    base_url: _BaseUrl = None,
    moved_from: _MovedFrom = None,
    endpoint: _Endpoint = None,
    prompt: _Prompt = None,
    shots: _Shots = None,
    exemplars: _Exemplars = "sampled",
    shots_from: _ShotsFrom = None,
    samples: _Samples = 1,
    temperature: _Temperature = 0.0,
    max_tokens: _MaxTokens = 512,
    logprobs: _LogProbs = False,
    request: _Request = None,
    order: _Order = "random",
    rng: RngOption = None,
    limit: _Limit = None,
    until_decided: _Until = False,
    against: _Against = None,
    delta: DeltaOption = None,
    alpha: AlphaOption = None,
    estimand: _Estimand = "problems",
    concurrency: _Concurrency = 8,
    timeout: _Timeout = 600.0,
    tries: _Tries = 6,
    batch: _Batch = 8,
    device: _Device = "auto",
    chat_template: _Template = False,
    price_in: _PriceIn = None,
    price_out: _PriceOut = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Ask a model the problems of a set and grade its answers.

    Every answer is written as it comes. The same command goes on where it was stopped, and asks nothing
    twice that is written. The key of the server is taken from NOPHANTOM_API_KEY or OPENAI_API_KEY.

    Examples: nophantom evaluate --problems gsm8k --model openai:llama-3 --base-url http://127.0.0.1:8000/v1 |
    nophantom evaluate --problems gsm8k --model hf:models/mine --shots 5 |
    nophantom evaluate --problems gsm8k --model openai:b --base-url URL --until-decided --against r1
    """
    from nophantom.cli.evaluating import Given, as_plain, ask_model, print_evaluated

    given = Given(**context.params)
    with opened(home, create=True) as store:
        done = ask_model(store, given)
    if as_json:
        print_json(as_plain(done, given))
    else:
        print_evaluated(done, given)
