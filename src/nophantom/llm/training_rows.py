"""Training data as rows: JSON lines in, questions and answers out, each line kept byte for byte."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from nophantom.errors import InvalidInput, Unreadable
from nophantom.llm.logs.json_text import decode, glimpse, spelled

QUESTION_FIELDS = ("question", "text")
ANSWER_FIELD = "answer"
_FINAL_ANSWER = re.compile(r"####\s*\S")


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One row of a data set.

    Attributes:
        line: where it stands in its file, from 1.
        question: its question (or its text); None where it has none.
        answer: its answer; None where it has none or the data set has no answers.
    """

    line: int
    question: str | None
    answer: str | None

    @property
    def solution(self) -> str:
        """Where calculations are written out: the answer, or the text of a row without one."""
        return self.answer or self.question or ""


@dataclass(frozen=True, slots=True)
class DamagedLine:
    """A line that is no row.

    Attributes:
        line: where it stands in its file, from 1.
        why: what is wrong with it, and what was seen.
    """

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class TrainingFile:
    """A file of training or test data, read.

    Attributes:
        name: as the person named it.
        digest: SHA-256 of its bytes, in hex.
        lines: every line with its line end; line n is `lines[n - 1]`.
        rows: those that are rows, in order.
        damaged: those that are none.
        blank: lines without anything, which are neither.
        question_field: where the questions were found.
        answer_field: where the answers were found; None where the file has none.
        final_answers: whether its answers end in `#### 18`, so that one without is incomplete.
    """

    name: str
    digest: str
    lines: tuple[bytes, ...]
    rows: tuple[TrainingRow, ...]
    damaged: tuple[DamagedLine, ...]
    blank: int
    question_field: str
    answer_field: str | None
    final_answers: bool

    def lacks_answer(self, row: TrainingRow) -> bool:
        """Whether a row has no answer, though the others do."""
        if self.answer_field is None:
            return False
        return row.answer is None or (self.final_answers and not _FINAL_ANSWER.search(row.answer))


def read_rows(
    content: bytes, name: str, *, question_field: str | None = None, answer_field: str | None = None
) -> TrainingFile:
    r"""Read a file of JSON lines.

    Args:
        content: the bytes of the file.
        name: what to call it in messages.
        question_field: where questions stand; by default `question`, or `text` where no row has that.
        answer_field: where answers stand; by default `answer`, or none where no row has that.

    Returns:
        Its rows. A line that is no JSON object is listed as damaged, never lost.

    Raises:
        Unreadable: the file is empty, one JSON array, or has no line that is a JSON object.
        InvalidInput: no row has the field.

    >>> file = read_rows(b'{"question": "1+1?", "answer": "2"}\n{"quest', "train.jsonl")
    >>> len(file.rows), file.damaged[0].line
    (1, 2)
    """
    if content.lstrip()[:1] == b"[" and _is_array(content):
        raise Unreadable(
            f"{name}: this is one JSON array, not one object per line. `jq -c '.[]' {name}` makes lines of it."
        )
    lines = tuple(BytesIO(content))  # cuts at \n alone: other line ends may stand inside a text
    objects: dict[int, Mapping[str, object]] = {}
    damaged: list[DamagedLine] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        read = _object(line)
        if isinstance(read, str):
            damaged.append(DamagedLine(number, read))
        else:
            objects[number] = read
    if not objects:
        raise Unreadable(_no_rows(content, name, damaged))
    fields = Counter(field for row in objects.values() for field in row)
    question = _field(question_field, QUESTION_FIELDS, fields, name, "--question-field")
    answer = (
        _field(answer_field, (ANSWER_FIELD,), fields, name, "--answer-field")
        if answer_field is not None or ANSWER_FIELD in fields
        else None
    )
    rows = tuple(
        TrainingRow(number, _said(row.get(question)), None if answer is None else _said(row.get(answer)))
        for number, row in objects.items()
    )
    marked = sum(1 for row in rows if row.answer is not None and _FINAL_ANSWER.search(row.answer))
    answered = sum(1 for row in rows if row.answer is not None)
    return TrainingFile(
        name=name,
        digest=sha256(content).hexdigest(),
        lines=lines,
        rows=rows,
        damaged=tuple(damaged),
        blank=len(lines) - len(rows) - len(damaged),
        question_field=question,
        answer_field=answer,
        final_answers=2 * marked > answered,
    )


def _object(line: bytes) -> Mapping[str, object] | str:
    """The JSON object of a line, or half a sentence that says why it is none."""
    try:
        value = decode(line)
    except ValueError as wrong:
        return f"no JSON ({wrong}): {glimpse(line.strip())}"
    return value if isinstance(value, dict) else f"no JSON object: {glimpse(line.strip())}"


def _is_array(content: bytes) -> bool:
    try:
        value = decode(content)
    except ValueError:
        return False
    return isinstance(value, list) and (
        b"\n" in content.strip() or any(isinstance(row, dict) for row in value)
    )


def _said(value: object) -> str | None:
    """A field as text; None where it says nothing."""
    if value is None or value in ("", [], {}):
        return None
    return spelled(value) if not isinstance(value, str) or value.strip() else None


def _field(named: str | None, usual: tuple[str, ...], fields: Counter[str], name: str, option: str) -> str:
    """The field to read, if any row has it."""
    wanted = usual if named is None else (named,)
    for field in wanted:
        if field in fields:
            return field
    seen = ", ".join(repr(field) for field, _ in fields.most_common(8)) or "none"
    raise InvalidInput(
        f"{name}: no row has a field {' or '.join(repr(field) for field in wanted)}; the fields seen are {seen}. "
        f"Name the right one with {option}."
    )


def _no_rows(content: bytes, name: str, damaged: list[DamagedLine]) -> str:
    if not content.strip():
        return f"{name}: the file is empty. Give a file with one JSON object per line."
    first = damaged[0]
    return (
        f"{name}: no line is a JSON object; line {first.line} is {first.why}. "
        "Give a file with one JSON object per line."
    )
