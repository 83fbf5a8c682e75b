"""The clean set as the bytes of its files: what stays, what went and why, what is only listed, a manifest.

The manifest has no clock and no machine in it: the same files and options give the same bytes.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from nophantom.llm.cleaning import LONG_RUN, SHORT_RUN, Cleaning, CleaningOptions
from nophantom.llm.flaws import Flaw, Reason
from nophantom.llm.overlap import TOKENISATION
from nophantom.llm.training_rows import TrainingFile

REMOVED, LISTED, MANIFEST = "removed.jsonl", "listed.jsonl", "manifest.json"
_VERSION = 1
"""Of the manifest and of what the checks mean; another number means that counts cannot be compared."""


@dataclass(frozen=True, slots=True)
class CleanSet:
    """The files of a clean set.

    Attributes:
        name: of the clean file.
        clean: the lines that stay, byte for byte.
        removed: JSON lines: every line that went, whole, with its reasons.
        listed: JSON lines: every flaw that was found and did not remove its row.
        manifest: JSON: hashes of all files, options, and counts that balance.
    """

    name: str
    clean: bytes
    removed: bytes
    listed: bytes
    manifest: bytes

    def files(self) -> dict[str, bytes]:
        """Name -> content; the manifest last, since it vouches for the others."""
        return {self.name: self.clean, REMOVED: self.removed, LISTED: self.listed, MANIFEST: self.manifest}


def clean_set(
    train: TrainingFile, test: TrainingFile | None, cleaning: Cleaning, options: CleaningOptions
) -> CleanSet:
    """Make the files of a clean set.

    Args:
        train: the file that was cleaned.
        test: the file it was held against, or None.
        cleaning: what was found and decided.
        options: by which rules.
    """
    clean = b"".join(train.lines[line - 1] for line in cleaning.kept)
    flaws: dict[int, list[Flaw]] = {}
    for flaw in cleaning.flaws:
        flaws.setdefault(flaw.line, []).append(flaw)
    removed = _json_lines(
        {"line": line, "reasons": list(reasons), "flaws": [_flaw(flaw) for flaw in flaws[line]]}
        | _original(train.lines[line - 1])
        for line, reasons in sorted(cleaning.removed.items())
    )
    listed = _json_lines(
        {"line": flaw.line} | _flaw(flaw) for flaw in cleaning.flaws if flaw.line not in cleaning.removed
    )
    name = _file_name(train.name)
    contents = {name: clean, REMOVED: removed, LISTED: listed}
    manifest = {
        "manifest_version": _VERSION,
        "cleaned": _source(train),
        "against": None if test is None else _source(test),
        "files": {
            file: {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
            for file, content in contents.items()
        },
        "options": {
            "remove": sorted(options.remove),
            "near_duplicate_similarity": options.near,
            "tokenisation": TOKENISATION,
            "runs_of_words": [LONG_RUN, SHORT_RUN],
        },
    } | counts(cleaning)
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    return CleanSet(name, clean, removed, listed, text.encode("utf-8", "replace"))


def counts(cleaning: Cleaning) -> dict[str, object]:
    """What was found, as plain values: rows = kept + removed, every check, the residue of an order."""
    return {
        "rows": cleaning.rows,
        "kept": len(cleaning.kept),
        "removed": len(cleaning.removed),
        "too_short_for_runs_of_words": cleaning.too_short,
        "checks": [
            {
                "reason": check.reason,
                "rows": check.rows,
                "removed": check.removed,
                "kept": check.kept,
                "test_problems": check.test_problems,
                "removes": check.removes,
            }
            for check in cleaning.checks
        ],
        "order": [
            {
                "measure": residue.measure,
                "drift": residue.test and residue.test.drift,
                "drift_p": residue.drift_p,
                "blocks": residue.test and residue.test.blocks,
                "blocks_p": residue.blocks_p,
            }
            for residue in cleaning.order
        ],
    }


def flaw_examples(cleaning: Cleaning, reason: Reason, most: int) -> list[Flaw]:
    """The first flaws of a kind, one per row."""
    by_line: dict[int, Flaw] = {}
    for flaw in cleaning.flaws:
        if flaw.reason is reason and len(by_line) < most:
            by_line.setdefault(flaw.line, flaw)
    return list(by_line.values())


def _source(file: TrainingFile) -> dict[str, object]:
    """A file that was read, for the manifest."""
    return {
        "name": _file_name(file.name),
        "sha256": file.digest,
        "lines": len(file.lines),
        "rows": len(file.rows),
        "damaged": len(file.damaged),
        "blank": file.blank,
        "question_field": file.question_field,
        "answer_field": file.answer_field,
    }


def _file_name(path: str) -> str:
    """The last part: a manifest says nothing of the machine it was made on."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _flaw(flaw: Flaw) -> dict[str, object]:
    return {"reason": flaw.reason, "other": flaw.other, "seen": flaw.seen}


def _original(line: bytes) -> dict[str, str]:
    """The line itself: as text, or in base64 where it is no UTF-8."""
    try:
        return {"text": line.decode("utf-8").rstrip("\r\n")}
    except UnicodeDecodeError:
        return {"base64": b64encode(line).decode("ascii")}


def _json_lines(values: Iterable[object]) -> bytes:
    lines = (json.dumps(value, ensure_ascii=False) for value in values)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
