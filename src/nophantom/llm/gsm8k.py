"""Problems to ask a model: GSM8K from a file, a folder or its public address, or any set of the same form. WORLD.

A problem set is known by its content, not by the name of its file: GSM8K is GSM8K where the hash of its
questions and answers says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import orjson

from nophantom.errors import InvalidInput, NotFound, Unavailable, Unreadable
from nophantom.llm.logs.json_text import glimpse
from nophantom.llm.logs.parquet import MAGIC, read_rows
from nophantom.llm.logs.records import LoggedProblem
from nophantom.llm.problems import NumberGrader
from nophantom.outbound.client import Client, Reply
from nophantom.store.blobs import Blobs
from nophantom.store.canonical import content_hash

NAME = "gsm8k"
TRAIN = "train"
"""The split that worked examples are taken from."""
ADDRESS = "https://raw.githubusercontent.com/openai/grade-school-math/master/grade_school_math/data"
"""Where the authors of GSM8K publish test.jsonl and train.jsonl."""
FILE_HASHES = {
    "test": "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14",
    "train": "17f347dc51477c50d4efb83959dbb7c56297aba886e5544ee2aaed3024813465",
}
"""SHA-256 of the published files, byte for byte."""
CONTENT_HASHES = {
    "test": "0e8cf8f0a4f3ab3201459b553d1d1a3a682f1fc55f60c1e2e53ead0d7dbb2f3b",
    "train": "4b1ff5a894f1206a7f38f57c785d51e5ec8a9eaa7233e206512e945fb75bf74b",
}
"""SHA-256 over their questions and answers in order, whatever the form of the file (`hash_of`)."""

_ENDINGS = (".jsonl", ".json", ".parquet")


@dataclass(frozen=True, slots=True)
class AskedSet:
    """The problems of one split.

    Attributes:
        name: of the problem set; a version of GSM8K that is not the published one carries its hash.
        split: test, train ...
        problems: in the order of the file.
        content_hash: SHA-256 over questions and answers in their order.
        source: where they came from, for people.
    """

    name: str
    split: str
    problems: tuple[LoggedProblem, ...]
    content_hash: str
    source: str


def hash_of(problems: Iterable[LoggedProblem]) -> str:
    """SHA-256 over the questions and answers, in their order."""
    return content_hash([[p.question, p.reference] for p in problems])


def read_set(
    place: str,
    split: str,
    *,
    blobs: Blobs | None = None,
    name: str | None = None,
    any_version: bool = False,
) -> AskedSet:
    """The problems of a split.

    Args:
        place: "gsm8k" for the public address, another address, a file (JSON Lines or Parquet with `question`
            and `answer`), or a folder that holds one file for each split.
        split: which one.
        blobs: keeps what was fetched from the public address, so that it is fetched once.
        name: of the problem set; None takes that of GSM8K where the content is its own, else that of the file.
        any_version: whether a GSM8K that differs from the published one may be used, under a name of its own.

    Raises:
        NotFound: there is no such file.
        Unreadable: the file is not of that form, or damaged.
        Unavailable: the address does not answer.
        InvalidInput: it is not the published GSM8K, or an answer holds no number.
    """
    content, source, called = _content(place, split, blobs)
    problems = tuple(_problems(content, source))
    found = hash_of(problems)
    known = next((s for s, known in CONTENT_HASHES.items() if known == found), None)
    wanted = name or (NAME if known else called)
    if wanted == NAME and known != split:
        wanted = _other_version(split, known, found, source, any_version=any_version)
    _check_references(problems, source)
    return AskedSet(wanted, split, problems, found, source)


def read_train(place: str, shots_from: str | None = None, *, blobs: Blobs | None = None) -> AskedSet | None:
    """Where worked examples are taken from: what was named, else the training split beside the problems.

    Args:
        place: of the problems, as `read_set` takes it.
        shots_from: a place named for the examples; None looks beside the problems.
        blobs: as `read_set` takes it.

    Returns:
        The training split; None where there is none beside them.

    Raises:
        NotFound, Unreadable, Unavailable, InvalidInput: as `read_set`.
    """
    if shots_from is not None:
        return read_set(shots_from, TRAIN, blobs=blobs, name=TRAIN)
    if place == NAME:
        return read_set(place, TRAIN, blobs=blobs)
    if place.startswith(("http://", "https://")):
        return None
    folder = Path(place) if Path(place).is_dir() else Path(place).parent
    try:
        return read_set(str(folder), TRAIN, name=TRAIN)
    except NotFound:
        return None


def _other_version(split: str, known: str | None, found: str, source: str, *, any_version: bool) -> str:
    if known is not None:
        raise InvalidInput(
            f"{source} is the {known} split of GSM8K, not {split}. Ask for it with --split {known}."
        )
    if not any_version:
        raise InvalidInput(
            f"{source} is not the {split} split of GSM8K as published: its content is {found[:12]}, expected "
            f"{CONTENT_HASHES.get(split, 'none')[:12]}. Name it with --problem-set, or take it as it is with "
            "--any-version; its numbers are then kept apart from those of GSM8K."
        )
    return f"{NAME}@{found[:12]}"


def _content(place: str, split: str, blobs: Blobs | None) -> tuple[bytes, str, str]:
    """The bytes, where they came from, and what the set is called after its place."""
    if place == NAME:
        return _published(split, blobs), f"{ADDRESS}/{split}.jsonl", NAME
    if place.startswith(("http://", "https://")):
        return fetch(place), place, Path(place.rsplit("/", 1)[-1]).stem or "problems"
    path = Path(place)
    called = path.resolve().name if path.is_dir() else path.stem
    if path.is_dir():
        path = _in_folder(path, split)
    try:
        return path.read_bytes(), str(path), called
    except FileNotFoundError:
        raise NotFound(
            f"there is no file {place!r}. Name a file or folder of problems, or gsm8k for the published one."
        ) from None
    except OSError as problem:
        raise Unreadable(f"{place} cannot be read: {problem.strerror or problem}.") from None


def _in_folder(folder: Path, split: str) -> Path:
    named = [folder / f"{split}{ending}" for ending in _ENDINGS]
    # The published Parquet files are called test-00000-of-00001.parquet.
    named += sorted(folder.glob(f"{split}-*.parquet"))
    there = [path for path in named if path.is_file()]
    if not there:
        raise NotFound(
            f"the folder {str(folder)!r} holds no problems of the split {split!r}: expected {split}.jsonl or "
            f"{split}.parquet. Name the split with --split, or the file itself."
        )
    if len(there) > 1:
        raise InvalidInput(
            f"the folder {str(folder)!r} holds the split {split!r} more than once: {there[0].name} and "
            f"{there[1].name}. Name the file."
        )
    return there[0]


def _published(split: str, blobs: Blobs | None) -> bytes:
    expected = FILE_HASHES.get(split)
    if expected is None:
        raise InvalidInput(f"GSM8K is published as test and train; there is no split {split!r}.")
    if blobs is not None:
        try:
            return blobs.get(expected)
        except Unreadable:  # not fetched yet, or damaged since
            pass
    content = fetch(f"{ADDRESS}/{split}.jsonl")
    if sha256(content).hexdigest() == expected and blobs is not None:
        blobs.put(content)
    return content


def fetch(address: str) -> bytes:
    """The body of an address.

    Raises:
        Unavailable: it does not answer, or not with a file.
    """

    async def get() -> Reply:
        async with Client() as client:
            reply = await client.request("GET", address)
        if not isinstance(reply, Reply):
            raise Unavailable(
                f"{address} did not answer ({reply.why}). Try again later, or name a local copy with --from."
            )
        if reply.status != 200:
            raise Unavailable(
                f"{address} answered with status {reply.status}: {reply.words}. Name a local copy with --from."
            )
        return reply

    return asyncio.run(get()).content


def _problems(content: bytes, source: str) -> Iterable[LoggedProblem]:
    n = 0
    for n, (where, row) in enumerate(_rows(content, source), 1):
        question, answer = row.get("question"), row.get("answer")
        if not (
            isinstance(question, str) and question.strip() and isinstance(answer, str) and answer.strip()
        ):
            raise Unreadable(
                f"{source}, {where}: a problem has a text `question` and a text `answer`; saw {glimpse(dict(row))}. "
                "Mend the file."
            )
        yield LoggedProblem(str(n - 1), n - 1, question, answer)
    if n == 0:
        raise Unreadable(f"{source} holds no problem. Name a file with one JSON object a line.")


def _rows(content: bytes, source: str) -> Iterable[tuple[str, Mapping[str, object]]]:
    if content.startswith(MAGIC):
        rows = read_rows(BytesIO(content), name=source, columns=("question", "answer"))
        yield from ((f"row {number}", row) for number, row in enumerate(rows, 1))
        return
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as wrong:
            raise Unreadable(
                f"{source}, line {number}: no JSON ({wrong}). A file of problems holds one JSON object a line."
            ) from None
        yield f"line {number}", row if isinstance(row, dict) else {}


def _check_references(problems: Iterable[LoggedProblem], source: str) -> None:
    grader = NumberGrader()
    without = [p.source_id for p in problems if grader.reference(p.reference) is None]
    if without:
        raise InvalidInput(
            f"{source}: {len(without)} answers end in no number, the first at problem {without[0]}. Only answers that "
            "end in a number can be graded here: '#### 18' or '18'."
        )
