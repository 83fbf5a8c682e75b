"""The rows of an lm-eval samples file: where they are, which filter wrote each, and what each holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from nophantom.llm.logs.json_text import (
    decode,
    entries,
    finite,
    glimpse,
    members,
    spelled,
    without_lone_surrogates,
)
from nophantom.llm.logs.records import Omission, OmissionReason

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FIELDS = frozenset({"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics"})
_HASHES = frozenset({"doc_hash", "prompt_hash", "target_hash"})
# Where data sets keep the question itself, the likelier name first.
_QUESTION_KEYS = ("question", "problem", "query", "goal", "ctx", "input", "prompt", "sentence")


class Row(NamedTuple):
    """One row: its place for people, the id of its document, its members, and its filter if it has one."""

    where: str
    doc_id: str
    fields: Mapping[str, object]
    filter_name: str | None


def rows(data: bytes, omissions: list[Omission]) -> Iterator[Row]:
    """Each row that can be read; the others are listed.

    Lines end with a line feed and nothing else: texts hold the other separators that `splitlines` knows.
    """
    body = data.removeprefix(_BYTE_ORDER_MARK)
    found = _of_array(body, omissions) if body.lstrip()[:1] == b"[" else _of_lines(body, omissions)
    for where, value in found:
        if not isinstance(value, dict):
            seen = f"no object: {glimpse(value)}"
            omissions.append(Omission(where, OmissionReason.NOT_A_SAMPLE, seen))
            continue
        doc_id = value.get("doc_id")
        if isinstance(doc_id, bool) or not isinstance(doc_id, int | str) or doc_id == "":
            seen = f"doc_id {glimpse(doc_id)}" if "doc_id" in value else f"members {', '.join(value)[:60]}"
            omissions.append(Omission(where, OmissionReason.NOT_A_SAMPLE, seen))
            continue
        name = value.get("filter")
        yield Row(where, str(doc_id), value, name if isinstance(name, str) and name else None)


def _of_lines(body: bytes, omissions: list[Omission]) -> Iterator[tuple[str, object]]:
    # One line at a time: a list of them all would cost as much as parsing them.
    number, start = 0, 0
    while start < len(body):
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
        line = body[start:end]
        number, start = number + 1, end + 1
        if not line or line.isspace():
            continue
        try:
            value = decode(line)
        except ValueError as wrong:
            omissions.append(Omission(f"line {number}", OmissionReason.NOT_JSON, str(wrong)))
            continue
        yield f"line {number}", value


def _of_array(body: bytes, omissions: list[Omission]) -> Iterator[tuple[str, object]]:
    """The entries of the array that lm-eval wrote up to 0.4.2; all up to the first damaged one."""
    try:
        whole = decode(body)
    except ValueError:
        whole = _salvaged(body, omissions)
    for number, value in enumerate(entries(whole), start=1):
        yield f"entry {number}", value


def _salvaged(body: bytes, omissions: list[Omission]) -> list[object]:
    words = body.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    found: list[object] = []
    place = words.index("[") + 1
    while True:
        while place < len(words) and words[place] in " \t\r\n,":
            place += 1
        if place >= len(words) or words[place] == "]":
            break
        try:
            value, place = decoder.raw_decode(words, place)
        except (ValueError, RecursionError):
            break
        found.append(without_lone_surrogates(value))
    if words[place : place + 1] == "]":
        where, seen = "file", "bytes that are not UTF-8 (they stand as U+FFFD), or text after the array"
    else:
        where = f"entry {len(found) + 1}"
        seen = f"the array is cut off or damaged at character {place + 1} of {len(words)}"
    omissions.append(Omission(where, OmissionReason.NOT_JSON, seen))
    return found


def labelled(found: Iterator[Row], filters: Sequence[str] | None, omissions: list[Omission]) -> Iterator[Row]:
    """The rows with the filter that wrote each.

    Before 0.4.7 rows do not tell: a document stands there once for each filter, in the order of the task's
    `filter_list`. Of a document that stands there more often, equal rows are taken for one.

    Args:
        found: the rows in file order.
        filters: the filters of the task in order, or None where they are not known.
        omissions: the rows that are left out are added here.
    """
    unnamed: list[Row] = []
    named = False
    for row in found:
        if row.filter_name is None:
            unnamed.append(row)
        else:
            named = True
            yield row
    if not named:
        yield from _label(unnamed, filters, omissions)
        return
    seen = "no filter, unlike the others"
    omissions.extend(Omission(row.where, OmissionReason.NOT_A_SAMPLE, seen) for row in unnamed)


def _label(found: Sequence[Row], filters: Sequence[str] | None, omissions: list[Omission]) -> Iterator[Row]:
    by_document: dict[str, list[Row]] = {}
    for row in found:
        by_document.setdefault(row.doc_id, []).append(row)
    if filters is None and by_document:
        # Damage makes some documents stand out; what most of them have is the number of filters.
        most = Counter(map(len, by_document.values())).most_common(1)[0][0]
        filters = ["none"] if most == 1 else [f"filter-{number}" for number in range(1, most + 1)]
    for same in by_document.values():
        kept = _at_most(same, len(filters or ()), omissions)
        for row, filter_name in zip(kept, filters or (), strict=False):
            yield row._replace(filter_name=filter_name)


def _at_most(same: list[Row], most: int, omissions: list[Omission]) -> list[Row]:
    surplus = len(same) - most
    if surplus <= 0:
        return same
    kept: list[Row] = []
    spellings: set[str] = set()
    for row in same:
        spelling = spelled(row.fields)
        if len(kept) == most or (surplus > 0 and spelling in spellings):
            surplus -= 1
            omissions.append(duplicate(row))
            continue
        spellings.add(spelling)
        kept.append(row)
    return kept


def duplicate(row: Row) -> Omission:
    """The omission of a row whose document and filter came before."""
    filter_name = f", filter {row.filter_name}" if row.filter_name else ""
    seen = f"document {row.doc_id}{filter_name}: the first is kept"
    return Omission(row.where, OmissionReason.DUPLICATE, seen)


def metric_names(fields: Mapping[str, object], configured: Iterable[str]) -> list[str]:
    """The metrics of a row: those it names (from 0.4.7), those configured, or what is no other field."""
    named = [name for name in entries(fields.get("metrics")) if isinstance(name, str)]
    if named:
        return named
    there = [name for name in configured if name in fields]
    return there or [name for name in fields if name not in _FIELDS and name not in _HASHES]


def requests(arguments: object) -> list[tuple[object, object]]:
    """Prompt and continuation (or generation settings) of each request; before 0.4.3 a list of pairs."""
    if isinstance(arguments, dict):
        named = [members(request) for request in arguments.values()]
        return [(request.get("arg_0"), request.get("arg_1")) for request in named]
    pairs = [entries(request) for request in entries(arguments)]
    return [(pair[0], pair[1] if len(pair) > 1 else None) for pair in pairs if pair]


def question(fields: Mapping[str, object]) -> str | None:
    """The question alone where the document keeps it, else the last prompt; None when there is neither."""
    doc = members(fields.get("doc"))
    for key in _QUESTION_KEYS:
        value = doc.get(key)
        if isinstance(value, str) and value.strip():
            return value
    prompts = [prompt for prompt, _ in requests(fields.get("arguments"))]
    return next((prompt for prompt in reversed(prompts) if isinstance(prompt, str) and prompt.strip()), None)


def generations(resps: object) -> list[str | None]:
    """The raw answer of each repeat. Several requests for one document are one JSON list."""
    per_request = [entries(request) for request in entries(resps)]
    per_request = [answers for answers in per_request if answers]
    if len(per_request) > 1:
        return [spelled([answers[0] for answers in per_request])]
    if not per_request:
        return []
    return [None if answer is None else spelled(answer) for answer in per_request[0]]


def log_likelihoods(resps: object) -> list[float | None] | None:
    """The log-likelihood of each request, or None when the requests were no log-likelihoods.

    Leaves are ["-6.40", "False"]; numbers and booleans before 0.4.3.
    """
    found: list[float | None] = []
    for request in entries(resps):
        leaves = entries(request)
        pair = entries(leaves[0]) if leaves else []
        if len(pair) != 2:
            return None
        found.append(finite(pair[0]))
    return found if any(value is not None for value in found) else None
