"""Which framework wrote a file, decided by what stands in it and never by its name.

A walk over a folder asks this of every file it meets, so at most `HEAD` bytes are read, and the table of
contents of those files that are zip archives.
"""

from __future__ import annotations

import re
import zipfile
from enum import StrEnum
from typing import BinaryIO

from nophantom.llm.logs import json_text
from nophantom.llm.logs.inspect_archive import BROKEN_ARCHIVE
from nophantom.llm.logs.parquet import MAGIC, column_names
from nophantom.llm.logs.table_recognition import looks_like_table, names_outcomes

HEAD = 65_536
"""Bytes from the beginning of a file that are looked at."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LINES_LOOKED_AT = 20
_ZIP_MEMBER = b"PK\x03\x04"
_FIRST_MEMBER = 30  # bytes of a zip member's header before its name

# lm-eval writes doc_id first and doc second, in every version.
_SAMPLE_CUT_OFF = re.compile(rb'\s*\{\s*"doc_id"\s*:\s*[0-9]+\s*,\s*"doc"\s*:')
_SAMPLE_ARRAY = re.compile(rb'\[\s*\{\s*"doc_id"\s*:\s*[0-9]+\s*,\s*"doc"\s*:')
_RESULTS_CUT_OFF = re.compile(rb'\s*\{\s*"results"\s*:\s*\{')
_METRIC_AND_FILTER = re.compile(rb'"[\w.@ -]+,[\w.@ -]+"\s*:')
_INSPECT_CUT_OFF = re.compile(rb'\s*\{\s*"(?:version|status|eval)"\s*:')
_LIGHTEVAL_CUT_OFF = re.compile(rb'\s*\{\s*"config_general"\s*:\s*\{')


class LogFormat(StrEnum):
    """The kinds of log files that are read."""

    LM_EVAL_SAMPLES = "lm_eval_samples"
    """lm-eval `--log_samples`: one sample a line, or an array of them."""
    LM_EVAL_RESULTS = "lm_eval_results"
    """lm-eval's summary: read beside its samples, worth nothing alone."""
    INSPECT_EVAL = "inspect_eval"
    """Inspect's zip archive."""
    INSPECT_JSON = "inspect_json"
    """Inspect's log as one JSON object."""
    LIGHTEVAL_DETAILS = "lighteval_details"
    """lighteval `--save-details`: a Parquet file for each task."""
    LIGHTEVAL_RESULTS = "lighteval_results"
    """lighteval's summary: read beside its details, worth nothing alone."""
    TABLE = "table"
    """A table of scores that no framework wrote: CSV, JSON lines, JSON, Parquet."""


def recognise(stream: BinaryIO, *, named: bool = False) -> LogFormat | None:
    """The format of the file behind `stream`, or None when it is none of ours.

    A damaged or cut-off log is recognised as long as its beginning stands, so that its reader can say
    what is wrong with it.

    Args:
        stream: seekable, at its beginning; its position afterwards is undefined.
        named: the user named this very file, so that whatever may be a table of scores is taken for one;
            of files that were only found, those whose first rows leave no doubt.
    """
    head = stream.read(HEAD)
    if head.startswith(_ZIP_MEMBER):
        return LogFormat.INSPECT_EVAL if _is_inspect_archive(head, stream) else None
    if head.startswith(MAGIC):
        return _in_parquet(stream, named=named)
    known = _framework_in_text(head)
    if known is None and looks_like_table(head, whole=len(head) < HEAD, named=named):
        return LogFormat.TABLE
    return known


def _in_parquet(stream: BinaryIO, *, named: bool) -> LogFormat | None:
    columns = column_names(stream)
    if columns is None:
        # Without its end a Parquet file tells nothing; of a file that was named, the reader says so.
        return LogFormat.TABLE if named else None
    if {"doc", "metric", "model_response"} <= set(columns):
        return LogFormat.LIGHTEVAL_DETAILS
    return LogFormat.TABLE if named or names_outcomes(columns) else None


def _framework_in_text(head: bytes) -> LogFormat | None:
    body = head.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if body[:1] == b"[":
        return LogFormat.LM_EVAL_SAMPLES if _SAMPLE_ARRAY.match(body) else None
    if body[:1] != b"{" and b'"doc_id"' not in body:
        return None
    if _has_lm_eval_sample(body):
        return LogFormat.LM_EVAL_SAMPLES
    return _summary_or_inspect(body, whole=len(head) < HEAD)


def _is_inspect_archive(head: bytes, stream: BinaryIO) -> bool:
    if head.startswith(b"_journal/start.json", _FIRST_MEMBER):
        return True
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
    except BROKEN_ARCHIVE:
        return head.startswith(b"samples/", _FIRST_MEMBER)
    return "_journal/start.json" in names or (
        "header.json" in names and any(name.startswith("samples/") for name in names)
    )


def _has_lm_eval_sample(body: bytes) -> bool:
    if b'"doc_id"' not in body:
        return False
    return any(_is_lm_eval_sample(line) for line in body.split(b"\n", _LINES_LOOKED_AT)[:_LINES_LOOKED_AT])


def _is_lm_eval_sample(line: bytes) -> bool:
    try:
        row = json_text.members(json_text.decode(line))
    except ValueError:
        return _SAMPLE_CUT_OFF.match(line) is not None
    return "doc_id" in row and ("resps" in row or "filtered_resps" in row or "arguments" in row)


def _summary_or_inspect(body: bytes, *, whole: bool) -> LogFormat | None:
    if whole:
        try:
            return _by_members(json_text.decode(body))
        except ValueError:
            pass  # cut off or damaged: its beginning may still tell
    if _INSPECT_CUT_OFF.match(body) and all(word in body for word in (b'"eval"', b'"run_id"', b'"task"')):
        return LogFormat.INSPECT_JSON
    if _RESULTS_CUT_OFF.match(body) and _METRIC_AND_FILTER.search(body):
        return LogFormat.LM_EVAL_RESULTS
    return LogFormat.LIGHTEVAL_RESULTS if _LIGHTEVAL_CUT_OFF.match(body) else None


def _by_members(value: object) -> LogFormat | None:
    top = json_text.members(value)
    if isinstance(top.get("eval"), dict) and {"task", "model"} <= json_text.members(top["eval"]).keys():
        return LogFormat.INSPECT_JSON if "version" in top or "status" in top else None
    if isinstance(top.get("results"), dict) and isinstance(top.get("configs"), dict):
        return LogFormat.LM_EVAL_RESULTS
    if isinstance(top.get("results"), dict) and isinstance(top.get("config_general"), dict):
        return LogFormat.LIGHTEVAL_RESULTS
    return None
