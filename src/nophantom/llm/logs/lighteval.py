"""Reads what lighteval wrote with `--save-details`: the details of a task, and the results file of the run."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from nophantom.errors import Unreadable
from nophantom.llm.logs.json_text import entries, finite, glimpse, members, spelled, text
from nophantom.llm.logs.lighteval_results import LightevalRun, read_results
from nophantom.llm.logs.logged_scores import LoggedValue, grading
from nophantom.llm.logs.parquet import plain, read_rows
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

_COLUMNS = (
    *("doc.id", "doc.query", "doc.original_query", "doc.instruction", "doc.choices", "doc.gold_index"),
    *("doc.task_name", "doc.specific", "metric", "model_response.text", "model_response.logprobs"),
)
# lighteval's prompts put the question between these words; the question alone is what other logs have.
_BEFORE = re.compile(r"\s*(?:Question|Problem|Q)\s*:\s*", re.IGNORECASE)
_AFTER = re.compile(r"(?:^|\s+)(?:Answer|Solution|A)\s*:\s*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Document:
    """One row: a problem, what the model gave for it, and what each metric said."""

    source_id: str
    question: str
    reference: str
    choices: tuple[str, ...]
    texts: tuple[str | None, ...]
    log_likelihood: float | None
    answer: str | None
    metrics: Mapping[str, object]


def read(details: bytes, results: bytes | None, *, name: str) -> EvaluationLog:
    """The log of one task from its details file and, where there is one, its results file.

    Args:
        details: the whole details file.
        results: the whole results file of the same run; `lighteval_results.results_places` finds it.
        name: of the details file, with its folders where those are known.

    Raises:
        Unreadable: the file is damaged, or holds no sample that can be read.
    """
    omissions: list[Omission] = []
    documents: dict[str, _Document] = {}
    task: str | None = None
    seen: object = "no row"
    for number, row in enumerate(read_rows(BytesIO(details), name=name, columns=_COLUMNS), start=1):
        where, seen = f"row {number}", row
        try:
            document = _document(members(plain(row)))
        except ValueError as wrong:
            omissions.append(Omission(where, OmissionReason.NOT_A_SAMPLE, str(wrong)))
            continue
        task = task or text(members(row.get("doc")).get("task_name"))
        if document.source_id in documents:
            told = f"document {document.source_id}: the first is kept"
            omissions.append(Omission(where, OmissionReason.DUPLICATE, told))
            continue
        documents[document.source_id] = document
    if not documents:
        raise Unreadable(
            f"{name} holds no sample of lighteval that can be read; saw {glimpse(plain(seen))}. Give a "
            "details_<task>_<time>.parquet file that lighteval wrote with --save-details."
        )
    try:
        run = read_results(results, name=name, task=task)
    except ValueError as wrong:
        omissions.append(Omission("results file", OmissionReason.NOT_JSON, str(wrong)))
        run = read_results(None, name=name, task=task)
    return _log(run, documents, omissions)


def _log(run: LightevalRun, documents: Mapping[str, _Document], omissions: list[Omission]) -> EvaluationLog:
    ordered = _in_order(documents)
    most = max(len(document.texts) for document, _ in ordered)
    declared = run.declared
    if declared is not None and declared > len(ordered):
        seen = f"{declared - len(ordered):,} of {declared:,} documents"
        omissions.append(Omission("documents", OmissionReason.NOT_IN_LOG, seen))
    return EvaluationLog(
        framework=Framework.LIGHTEVAL,
        framework_version=run.framework_version,
        model=run.model,
        task=run.task,
        split=run.split,
        settings=run.settings(),
        status=run.status,
        declared=None if declared is None else declared * most,
        problems=tuple(
            LoggedProblem(
                document.source_id, position, document.question, document.reference, document.choices
            )
            for document, position in ordered
        ),
        responses=tuple(_responses([document for document, _ in ordered])),
        gradings=tuple(_gradings([document for document, _ in ordered], run, omissions)),
        omissions=tuple(omissions),
    )


def _in_order(documents: Mapping[str, _Document]) -> list[tuple[_Document, int]]:
    """Documents with their positions: lighteval writes them in no order, so by id where ids are numbers."""
    plain_numbers = all(
        key.isdecimal() and key.isascii() and len(key) < 10 and str(int(key)) == key for key in documents
    )
    if plain_numbers:
        return sorted(((document, int(key)) for key, document in documents.items()), key=lambda pair: pair[1])
    return [(document, place) for place, document in enumerate(documents.values())]


def _document(row: Mapping[str, object]) -> _Document:
    doc, response = members(row.get("doc")), members(row.get("model_response"))
    source_id = doc.get("id")
    if isinstance(source_id, bool) or not isinstance(source_id, int | str) or source_id == "":
        raise ValueError(f"doc.id {glimpse(source_id)}" if doc else f"members {', '.join(row)[:60]}")
    question = _question(doc)
    if not question:
        raise ValueError("neither doc.query nor doc.original_query")
    choices = [spelled(choice) for choice in entries(doc.get("choices"))]
    answers, likelihoods = entries(response.get("text")), _log_likelihoods(response, choices)
    chosen = None if likelihoods is None else max(range(len(likelihoods)), key=likelihoods.__getitem__)
    if likelihoods is not None and not any(answers):
        answers = [spelled(likelihoods)]
    return _Document(
        source_id=str(source_id),
        question=question,
        reference=_reference(doc, choices),
        choices=tuple(choice.strip() for choice in choices) if len(choices) > 1 else (),
        texts=tuple(None if answer is None else spelled(answer) for answer in answers) or (None,),
        log_likelihood=None if likelihoods is None or chosen is None else likelihoods[chosen],
        answer=_extracted(doc, answers) if chosen is None else str(chosen),
        metrics=members(row.get("metric")),
    )


def _question(doc: Mapping[str, object]) -> str:
    """The question without the instruction before it and the words around it."""
    original = text(doc.get("original_query"))
    if original and original.strip():
        return original
    query = text(doc.get("query")) or ""
    instruction = text(doc.get("instruction"))
    if instruction and query.startswith(instruction) and query != instruction:
        query = query.removeprefix(instruction)
    before, after = _BEFORE.match(query), _AFTER.search(query)
    bare = query[before.end() if before else 0 : after.start() if after else len(query)]
    return bare if bare.strip() else query.strip()


def _reference(doc: Mapping[str, object], choices: Sequence[str]) -> str:
    """The reference answer: of one choice its text, of several the index of the right one."""
    gold = doc.get("gold_index")
    places = [place for place in (gold if isinstance(gold, list) else [gold]) if isinstance(place, int)]
    if len(choices) > 1:
        return spelled(places[0]) if len(places) == 1 else spelled(places)
    return choices[0] if choices else ""


def _log_likelihoods(response: Mapping[str, object], choices: Sequence[str]) -> list[float] | None:
    """Of each choice, where the model was asked for nothing else."""
    values = [finite(value) for value in entries(response.get("logprobs"))]
    told = [value for value in values if value is not None]
    return told if len(told) == len(values) == len(choices) > 1 else None


def _extracted(doc: Mapping[str, object], answers: Sequence[object]) -> str | None:
    """The answer that lighteval's metric found; of several answers it is not known whose it is."""
    found = entries(members(doc.get("specific")).get("extracted_predictions"))
    return text(spelled(found[0])) if found and found[0] is not None and len(answers) == 1 else None


def _responses(documents: Sequence[_Document]) -> Iterator[Response]:
    for place, document in enumerate(documents):
        for attempt, words in enumerate(document.texts, start=1):
            failure = Failure.MISSING_IN_LOG if words is None else None
            likelihood = document.log_likelihood if attempt == 1 else None
            yield Response(place, attempt, words, failure, likelihood)


def _gradings(
    documents: Sequence[_Document], run: LightevalRun, omissions: list[Omission]
) -> Iterator[Grading]:
    """A metric scores a document as a whole; with several answers its mark stands at the first."""
    first = [0]
    for document in documents:
        first.append(first[-1] + len(document.texts))
    for metric in dict.fromkeys(name for document in documents for name in document.metrics):
        values = [
            LoggedValue(place, document.answer, _value(document.metrics.get(metric)), Failure.MISSING_IN_LOG)
            for place, document in zip(first, documents, strict=False)
        ]
        graded, omission = grading(metric, run.grader_version, values, run.headline(metric))
        if omission is not None:
            omissions.append(omission)
        if graded is not None:
            yield graded


def _value(value: object) -> object:
    # Parquet has one type for a column, so a missing value may stand there as NaN.
    return None if isinstance(value, float) and math.isnan(value) else value
