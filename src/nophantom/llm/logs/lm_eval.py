"""Reads what lm-eval wrote with `--log_samples`: a samples file, and the results file beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nophantom.errors import Unreadable
from nophantom.llm.logs.json_text import count, entries, glimpse, members, spelled
from nophantom.llm.logs.lm_eval_results import LmEvalRun, matching_results, read_results
from nophantom.llm.logs.lm_eval_rows import (
    Row,
    duplicate,
    generations,
    labelled,
    log_likelihoods,
    metric_names,
    question,
    requests,
    rows,
)
from nophantom.llm.logs.logged_scores import LoggedValue, grading
from nophantom.llm.logs.records import (
    EvaluationLog,
    Framework,
    Grading,
    LoggedProblem,
    Omission,
    OmissionReason,
    Response,
)
from nophantom.llm.problems import Failure

__all__ = ["LONGEST_LISTING", "matching_results", "read"]

LONGEST_LISTING = 100_000
"""Missing problems that are listed one by one; more are told as one count."""

_NOTHING_FOUND = "[invalid]"  # what lm-eval's filters write when they find no answer


@dataclass(slots=True)
class _Graded:
    """One filter's row of a document: the values of its metrics, and the answer that the filter found."""

    values: Mapping[str, object]
    answer: str | None


@dataclass(slots=True)
class _Document:
    """One problem with everything that the file says of it.

    Attributes:
        source_id: its doc_id.
        number: the doc_id as a number, where it is one.
        question: the question alone, where the log has it.
        reference: the target.
        choices: the options of multiple choice.
        texts: the raw answer of each repeat.
        log_likelihood: of the chosen option.
        picks: by metric, the index of the chosen option; None where the model wrote a text.
        by_filter: what each filter made of it.
    """

    source_id: str
    number: int | None
    question: str
    reference: str
    choices: tuple[str, ...] = ()
    texts: list[str | None] = field(default_factory=list)
    log_likelihood: float | None = None
    picks: dict[str, int] | None = None
    by_filter: dict[str, _Graded] = field(default_factory=dict)


def read(samples: bytes, results: bytes | None, *, name: str) -> EvaluationLog:
    """The log of one task from its samples file and, where there is one, its results file.

    Without the results file the model comes from the folder's name, and neither the settings, nor what is
    missing, nor the log's own means are known.

    Args:
        samples: the whole samples file.
        results: the whole results file of the same run; `matching_results` finds it.
        name: of the samples file, with its folder where that is known.

    Raises:
        Unreadable: the file holds no sample that can be read.
    """
    omissions: list[Omission] = []
    try:
        run = read_results(results, name=name)
    except ValueError as wrong:
        omissions.append(Omission("results file", OmissionReason.NOT_JSON, str(wrong)))
        run = read_results(None, name=name)
    found = labelled(rows(samples, omissions), run.filters(), omissions)
    documents, metrics = _documents(found, run, omissions)
    if not documents:
        raise _unreadable(samples, omissions, name)
    ordered = _in_order(documents.values())
    _note_missing([document for document, _ in ordered], run, omissions)
    responses, first = _responses([document for document, _ in ordered])
    return EvaluationLog(
        framework=Framework.LM_EVAL,
        framework_version=run.framework_version,
        model=run.model,
        task=run.task,
        split=run.split,
        settings=run.settings(),
        status=run.status,
        declared=None if run.effective is None else run.effective * run.repeats,
        problems=tuple(
            LoggedProblem(
                document.source_id, position, document.question, document.reference, document.choices
            )
            for document, position in ordered
        ),
        responses=responses,
        gradings=tuple(_gradings([document for document, _ in ordered], first, metrics, run, omissions)),
        omissions=tuple(omissions),
    )


def _unreadable(samples: bytes, omissions: Sequence[Omission], name: str) -> Unreadable:
    if not samples.strip():
        seen = "the file is empty"
    elif omissions:
        first = omissions[0]
        seen = f"{len(omissions)} damaged parts, the first at {first.place}: {first.seen}"
    else:
        seen = glimpse(samples[:200])
    return Unreadable(
        f"{name} holds no lm-eval sample that can be read; saw {seen}. Give a samples_<task>_<time>.jsonl "
        "file that lm-eval wrote with --log_samples."
    )


def _documents(
    found: Iterable[Row], run: LmEvalRun, omissions: list[Omission]
) -> tuple[dict[str, _Document], dict[str, dict[str, None]]]:
    """The documents by id, and by filter the metrics in their order."""
    documents: dict[str, _Document] = {}
    metrics: dict[str, dict[str, None]] = {}
    configured = run.metrics()
    for row in found:
        document = documents.get(row.doc_id)
        if document is None:
            asked = question(row.fields)
            if asked is None:
                seen = "neither a question nor a prompt"
                omissions.append(Omission(row.where, OmissionReason.NOT_A_SAMPLE, seen))
                continue
            document = documents[row.doc_id] = _document(row, asked)
        filter_name = row.filter_name or "none"
        if filter_name in document.by_filter:
            omissions.append(duplicate(row))
            continue
        if not document.texts:
            _add_answers(document, row.fields, run)
        names = metric_names(row.fields, configured)
        metrics.setdefault(filter_name, {}).update(dict.fromkeys(names))
        values = {metric: row.fields.get(metric) for metric in names}
        document.by_filter[filter_name] = _Graded(values, _filtered(row.fields.get("filtered_resps")))
    return documents, metrics


def _document(row: Row, asked: str) -> _Document:
    doc = members(row.fields.get("doc"))
    target = row.fields.get("target", doc.get("answer"))
    options = doc.get("choices")
    if isinstance(options, dict):  # {"text": [...], "label": [...]}
        options = options.get("text")
    return _Document(
        source_id=row.doc_id,
        number=count(row.fields.get("doc_id")),
        question=asked,
        reference="" if target is None else spelled(target),
        choices=tuple(spelled(option) for option in entries(options)),
    )


def _filtered(value: object) -> str | None:
    """The answer that a filter found: ["18"], or [["18"]] where it keeps all repeats."""
    answers = entries(value)
    while len(answers) == 1 and isinstance(answers[0], list):
        answers = answers[0]
    answer = answers[0] if len(answers) == 1 else None
    return answer if isinstance(answer, str) and answer not in (_NOTHING_FOUND, "") else None


def _add_answers(document: _Document, fields: Mapping[str, object], run: LmEvalRun) -> None:
    """Put in the raw answers of one row; of multiple choice, the log-likelihoods and what they choose."""
    resps = fields.get("resps")
    likelihoods = log_likelihoods(resps)
    if likelihoods is None:
        document.texts = generations(resps)
        return
    asked = requests(fields.get("arguments"))
    options = [option for _, option in asked]
    if len(likelihoods) == len(asked) and len(asked) % 2 == 0 and any(not prompt for prompt, _ in asked):
        # acc_mutual_info asks every option once more, without the prompt.
        likelihoods, options = likelihoods[: len(asked) // 2], options[: len(asked) // 2]
    document.picks = {}
    document.texts = [spelled(likelihoods)]
    told = [value for value in likelihoods if value is not None]
    document.log_likelihood = max(told)
    if len(likelihoods) < 2:
        return  # a likelihood of one text: nothing was chosen
    words = [spelled(option).removeprefix(run.target_delimiter) for option in options]
    if not document.choices and len(set(words)) == len(words) == len(likelihoods):
        document.choices = tuple(words)
    document.picks = _picks(likelihoods, words)


def _picks(likelihoods: Sequence[float | None], words: Sequence[str]) -> dict[str, int]:
    """The option that `acc` takes, and the one that `acc_norm` takes: per character of the option."""
    told = {place: value for place, value in enumerate(likelihoods) if value is not None}
    picks = {"acc": max(told, key=told.__getitem__)}
    if len(words) == len(likelihoods) and all(words):
        picks["acc_norm"] = max(told, key=lambda place: told[place] / len(words[place]))
    return picks


def _in_order(documents: Iterable[_Document]) -> list[tuple[_Document, int]]:
    """Documents with their positions: by doc_id where all are numbers, else as they appear."""
    listed = list(documents)
    numbered = [(document, document.number) for document in listed if document.number is not None]
    if len(numbered) == len(listed):
        return sorted(numbered, key=lambda pair: pair[1])
    return [(document, place) for place, document in enumerate(listed)]


def _note_missing(documents: Sequence[_Document], run: LmEvalRun, omissions: list[Omission]) -> None:
    """List the problems that the results file counts and the samples file lacks.

    With `--samples` lm-eval evaluates chosen documents; then how many are missing is known, not which.
    """
    declared = run.effective
    if declared is None or declared <= len(documents):
        return
    there = {document.number for document in documents}
    missing = declared - len(documents)
    plain = all(number is not None and number < declared for number in there)
    if plain and missing <= LONGEST_LISTING:
        absent = (number for number in range(declared) if number not in there)
        omissions.extend(
            Omission(f"document {number}", OmissionReason.NOT_IN_LOG, "nothing") for number in absent
        )
    else:
        seen = f"{missing:,} of {declared:,} documents"
        omissions.append(Omission("documents", OmissionReason.NOT_IN_LOG, seen))


def _responses(documents: Sequence[_Document]) -> tuple[tuple[Response, ...], list[int]]:
    """All responses in order, and for each document the index of its first."""
    responses: list[Response] = []
    first: list[int] = []
    for place, document in enumerate(documents):
        first.append(len(responses))
        for attempt, words in enumerate(document.texts or [None], start=1):
            failure = Failure.MISSING_IN_LOG if words is None else None
            likelihood = document.log_likelihood if attempt == 1 else None
            responses.append(Response(place, attempt, words, failure, likelihood))
    return tuple(responses), first


def _gradings(
    documents: Sequence[_Document],
    first: Sequence[int],
    metrics: Mapping[str, Mapping[str, None]],
    run: LmEvalRun,
    omissions: list[Omission],
) -> Iterator[Grading]:
    filters = run.filters() or []
    omissions.extend(
        Omission(f"filter {filter_name}", OmissionReason.NOT_IN_LOG, "no row of it")
        for filter_name in filters
        if filter_name not in metrics
    )
    rank = {filter_name: place for place, filter_name in enumerate(filters)}
    for filter_name in sorted(metrics, key=lambda known: rank.get(known, len(rank))):
        for metric in metrics[filter_name]:
            values = [
                _value(document, place, metric, filter_name)
                for document, place in zip(documents, first, strict=True)
            ]
            headline = run.headline(metric, filter_name)
            graded, omission = grading(f"{metric},{filter_name}", run.grader_version, values, headline)
            if omission is not None:
                omissions.append(omission)
            if graded is not None:
                yield graded


def _value(document: _Document, response: int, metric: str, filter_name: str) -> LoggedValue:
    row = document.by_filter.get(filter_name)
    if row is None:
        return LoggedValue(response, None, None, Failure.MISSING_IN_LOG)
    value = row.values.get(metric)
    answer = row.answer if document.picks is None else _picked(document, metric, value)
    return LoggedValue(response, answer, value, Failure.MISSING_IN_LOG)


def _picked(document: _Document, metric: str, value: object) -> str | None:
    """The index of the chosen option, unless the score contradicts it: then the log chose otherwise."""
    pick = (document.picks or {}).get(metric)
    if pick is None or not isinstance(value, int | float):
        return None
    gold = document.reference
    known = gold.isdecimal() and gold.isascii()
    if known and (pick == int(gold[:18])) != (value == 1):
        return None
    return str(pick)
