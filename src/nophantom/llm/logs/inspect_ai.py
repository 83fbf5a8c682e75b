"""Reads the logs of Inspect: the `.eval` archive and the `.json` file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from nophantom.errors import Unreadable
from nophantom.llm.logs.inspect_archive import LARGEST_ARCHIVE, Member, find, unpack
from nophantom.llm.logs.inspect_header import InspectHeader, read_header
from nophantom.llm.logs.inspect_samples import InspectSample, read_sample, score_answer, score_value
from nophantom.llm.logs.json_text import count, decode, entries, members
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
from nophantom.llm.problems import Failure, question_key

LONGEST_LISTING = 100_000
"""Missing samples that are listed one by one; more are told as one count."""

_HEADER, _START, _SAMPLES, _SUMMARIES = "header.json", "_journal/start.json", "samples/", "summaries.json"
_SHORTENED = 5_000  # characters; Inspect shortens the texts of its summaries to 5,120
_MEMBER_NAME = re.compile(r"samples/(.*)_epoch_([0-9]{1,9})\.json", re.DOTALL)
_NUMBERS = re.compile(r"([0-9]{1,18})")


@dataclass(slots=True)
class _Found:
    """The samples of a log while it is read.

    Attributes:
        by_place: the sample of each (id, epoch).
        lost: each (id, epoch) that is there and cannot be read.
        omissions: what was left out so far.
        rewritten: the last of two samples with one (id, epoch) is kept; else the first.
    """

    rewritten: bool
    by_place: dict[tuple[str, int], InspectSample] = field(default_factory=dict)
    lost: set[tuple[str, int]] = field(default_factory=set)
    omissions: list[Omission] = field(default_factory=list)

    def omit(self, where: str, reason: OmissionReason, seen: object) -> None:
        """List one part that does not become an outcome."""
        self.omissions.append(Omission(where, reason, str(seen)))

    def add(self, where: str, value: object) -> bool:
        """Take one sample in; False, and an omission, when it is none."""
        try:
            sample = read_sample(value)
        except ValueError as wrong:
            self.omit(where, OmissionReason.NOT_A_SAMPLE, wrong)
            entry = members(value)
            self.lost.add((str(entry.get("id")), count(entry.get("epoch", 1)) or 0))
            return False
        place = (sample.source_id, sample.epoch)
        if place in self.by_place:
            kept = "the last is kept" if self.rewritten else "the first is kept"
            self.omit(where, OmissionReason.DUPLICATE, f"sample {place[0]}, epoch {place[1]}: {kept}")
            if not self.rewritten:
                return True
        self.by_place[place] = sample
        return True


def read_eval(stream: BinaryIO, *, name: str) -> EvaluationLog:
    """The log in a `.eval` archive, finished or not.

    A run that was killed has no header; then the journal tells what was planned and the samples that
    were written are read. A damaged sample is listed and the others are read.

    Args:
        stream: seekable; read from its beginning, left open.
        name: of the file, for messages.

    Raises:
        Unreadable: it is no Inspect archive, has no readable header, or holds no sample.
    """
    in_archive, omissions = find(stream)
    found = _Found(rewritten=True, omissions=omissions)
    claimed = sum(member.unpacked for member in in_archive.values())
    if claimed > LARGEST_ARCHIVE:
        raise Unreadable(
            f"{name} says that it unpacks to {claimed:,} bytes; at most {LARGEST_ARCHIVE:,} are read. "
            "If that is true, split the run into smaller logs."
        )
    header = _archive_header(stream, in_archive, found, name)
    for member in _sample_members(in_archive):
        _add_member(stream, member, found)
    return _log(header, found, name)


def read_eval_scores(stream: BinaryIO, *, name: str) -> EvaluationLog:
    """The log in a `.eval` archive without the raw answers, which is several times faster.

    Taken from the summaries that Inspect writes at the end, which have every question, score and extracted
    answer. (Its reductions are smaller still, but know no question, and of several epochs only the mean.)
    Where the summaries are missing, damaged, or cut a question short, the whole log is read.

    Args:
        stream: seekable; read from its beginning, left open.
        name: of the file, for messages.

    Raises:
        Unreadable: as `read_eval`.
    """
    in_archive, omissions = find(stream)
    samples = _sample_members(in_archive)
    found = _Found(rewritten=True, omissions=omissions)
    if _HEADER in in_archive and _SUMMARIES in in_archive and samples and not omissions:
        try:
            summaries = entries(decode(unpack(stream, in_archive[_SUMMARIES])))
            whole = read_sample(decode(unpack(stream, samples[0])))
        except ValueError:
            summaries, whole = [], None
        for place, entry in enumerate(summaries, start=1):
            found.add(f"summary {place}", entry)
        if whole is not None and _stand_for(found, whole, len(samples)):
            header = _archive_header(stream, in_archive, found, name)
            return _log(header, found, name, with_answers=False)
    stream.seek(0)
    return read_eval(stream, name=name)


def _sample_members(in_archive: Mapping[str, Member]) -> list[Member]:
    return [m for m in in_archive.values() if m.name.startswith(_SAMPLES) and m.name.endswith(".json")]


def _stand_for(found: _Found, whole: InspectSample, samples: int) -> bool:
    """Whether summaries can stand for the samples: all are there, no question is cut, choices are kept."""
    same = found.by_place.get((whole.source_id, whole.epoch))
    return (
        same is not None
        and len(found.by_place) == samples
        and not found.omissions
        and not found.lost
        and question_key(same.question, same.choices) == question_key(whole.question, whole.choices)
        and all(len(sample.question) < _SHORTENED for sample in found.by_place.values())
    )


def read_json(data: bytes, *, name: str) -> EvaluationLog:
    """The log in a `.json` file.

    Args:
        data: the whole file.
        name: of the file, for messages.

    Raises:
        Unreadable: it is no JSON, no Inspect log, or holds no sample.
    """
    try:
        value = decode(data)
    except ValueError as wrong:
        raise Unreadable(
            f"{name} is not readable as JSON ({wrong}). It was cut off or damaged; copy it again, or "
            "give the .eval file of the same run."
        ) from None
    header = read_header(value, name=name)
    found = _Found(rewritten=False)
    samples = members(value).get("samples")
    if isinstance(samples, list):
        for place, entry in enumerate(samples, start=1):
            found.add(f"sample entry {place}", entry)
    return _log(header, found, name)


def _archive_header(
    stream: BinaryIO, in_archive: dict[str, Member], found: _Found, name: str
) -> InspectHeader:
    for path in (_HEADER, _START):
        if path not in in_archive:
            continue
        try:
            value = decode(unpack(stream, in_archive[path]))
        except ValueError as wrong:
            found.omit(f"member {path}", OmissionReason.UNREADABLE_MEMBER, wrong)
            continue
        killed = path == _START and _HEADER not in in_archive
        return read_header(value, name=name, status="started" if killed else None)
    raise Unreadable(
        f"{name} is no readable Inspect log: neither {_HEADER} nor {_START} can be read among the "
        f"{len(in_archive)} members that were found. It was cut off or damaged; copy it again."
    )


def _add_member(stream: BinaryIO, member: Member, found: _Found) -> None:
    where = f"member {member.name}"
    readable = False
    try:
        plain = unpack(stream, member)
    except ValueError as wrong:
        found.omit(where, OmissionReason.UNREADABLE_MEMBER, wrong)
    else:
        try:
            readable = found.add(where, decode(plain))
        except ValueError as wrong:
            found.omit(where, OmissionReason.NOT_JSON, wrong)
    if not readable and (parts := _MEMBER_NAME.fullmatch(member.name)):
        found.lost.add((parts[1], int(parts[2])))


def _log(header: InspectHeader, found: _Found, name: str, *, with_answers: bool = True) -> EvaluationLog:
    if not found.by_place:
        seen = f"{len(found.omissions)} damaged parts" if found.omissions else "none in the file"
        raise Unreadable(
            f"{name} holds no sample that can be read; saw {seen}. Inspect writes samples unless "
            "it runs with --no-log-samples; a run that was killed at its start has none yet."
        )
    listed = header.sample_ids()
    _note_missing(listed, header.epochs, found)
    order = _dataset_order(listed, found.by_place)
    samples = sorted(found.by_place.values(), key=lambda sample: (order[sample.source_id], sample.epoch))
    problems = _problems(samples, order)
    index = {problem.source_id: place for place, problem in enumerate(problems)}
    return EvaluationLog(
        framework=Framework.INSPECT,
        framework_version=header.framework_version,
        model=header.model,
        task=header.task,
        split=header.split,
        settings=header.settings(),
        status=header.status,
        declared=header.declared(),
        problems=problems,
        responses=tuple(
            Response(
                problem=index[sample.source_id],
                attempt=sample.epoch,
                text=sample.answer_text,
                failure=sample.failure if with_answers else _why_none(sample),
                log_likelihood=sample.log_likelihood,
            )
            for sample in samples
        ),
        gradings=tuple(_gradings(header, samples, found.omissions)),
        omissions=tuple(found.omissions),
    )


def _why_none(sample: InspectSample) -> Failure:
    """Why a summary has no answer: the sample broke, or summaries never have one."""
    return Failure.ERROR if sample.failure is Failure.ERROR else Failure.MISSING_IN_LOG


def _note_missing(listed: Sequence[str], epochs: int, found: _Found) -> None:
    """List every sample that the header names and the log lacks; the damaged ones are listed already."""
    known = found.by_place.keys() | found.lost
    if len(listed) * epochs > LONGEST_LISTING:
        names = set(listed)
        there = sum(1 for source_id, epoch in known if source_id in names and epoch <= epochs)
        if missing := len(listed) * epochs - there:
            seen = f"{missing:,} of {len(listed) * epochs:,} samples"
            found.omit("samples", OmissionReason.NOT_IN_LOG, seen)
        return
    for epoch in range(1, epochs + 1):
        suffix = f", epoch {epoch}" if epochs > 1 else ""
        for source_id in listed:
            if (source_id, epoch) not in known:
                found.omit(f"sample {source_id}{suffix}", OmissionReason.NOT_IN_LOG, "nothing")


def _dataset_order(listed: Sequence[str], places: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The position of each sample id: as the header lists them, then as people would count."""
    order = {source_id: position for position, source_id in enumerate(listed)}
    others = {source_id for source_id, _ in places} - order.keys()
    numbered = enumerate(sorted(others, key=_natural), start=len(order))
    return order | {source_id: position for position, source_id in numbered}


def _natural(source_id: str) -> list[tuple[int, str]]:
    """A key by which "q2" comes before "q10"."""
    parts = _NUMBERS.split(source_id)
    return [(int(part), "") if place % 2 else (-1, part) for place, part in enumerate(parts)]


def _problems(samples: Iterable[InspectSample], order: dict[str, int]) -> tuple[LoggedProblem, ...]:
    first: dict[str, LoggedProblem] = {}
    for sample in samples:
        if sample.source_id not in first:
            first[sample.source_id] = LoggedProblem(
                sample.source_id,
                order[sample.source_id],
                sample.question,
                sample.reference,
                sample.choices,
            )
    return tuple(first.values())


def _gradings(
    header: InspectHeader, samples: Sequence[InspectSample], omissions: list[Omission]
) -> Iterator[Grading]:
    seen = list(dict.fromkeys(scorer for sample in samples for scorer in sample.scores))
    if not seen and any(sample.failure is None for sample in samples):
        return  # the answers are there and were never scored
    for scorer in header.scorers(seen):
        values = [
            LoggedValue(
                place,
                score_answer(sample.scores.get(scorer)),
                score_value(sample.scores.get(scorer)),
                sample.unscored,
            )
            for place, sample in enumerate(samples)
        ]
        grader = scorer or header.only_scorer(seen)
        graded, omission = grading(grader, header.grader_version, values, header.headline(grader))
        if omission is not None:
            omissions.append(omission)
        if graded is not None:
            yield graded
