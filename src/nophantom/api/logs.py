"""Logs of others: sent to the server and imported into the ledger."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, File, UploadFile
from pydantic import Field

from nophantom.api.problem import Problem, answers
from nophantom.api.shapes import ROOT, InStore, Sent
from nophantom.errors import InvalidInput
from nophantom.llm.importing import ImportedFile, ImportStatus, import_logs
from nophantom.llm.logs.records import OmissionReason

router = APIRouter(prefix=f"{ROOT}/logs", tags=["llm"])
MOST_FILES = 200


class OmittedOut(Sent):
    """A part of a log that did not become an outcome, and why."""

    place: str
    reason: OmissionReason
    seen: str


class ImportedOut(Sent):
    """What became of one file."""

    path: str
    status: ImportStatus
    run: str | None = Field(description="reference of the run, unless refused or skipped", examples=["r12"])
    runs: list[str] = Field(
        description="references of all its runs: a table may hold many", examples=[["r12", "r13"]]
    )
    responses: int | None = Field(description="of an imported log")
    omissions: list[OmittedOut]
    error: Problem | None = Field(description="why it was refused")
    why: str | None = Field(
        description="of a skipped file, what it seems to be; of a known one, which run it is"
    )
    told: str | None = Field(
        description="what was taken for what: the columns of a table, the place in a study"
    )


class ImportOut(Sent):
    """What became of every file that was sent."""

    files: list[ImportedOut]


@router.post("", response_model=ImportOut, responses=answers(401, 413, 422))
def import_sent_logs(
    store: InStore,
    files: Annotated[
        list[UploadFile],
        File(description="log files; of lm-eval and lighteval together with their results file"),
    ],
) -> object:
    """Import evaluation logs. Each is imported whole or not at all, once; a bad one keeps no other out."""
    with TemporaryDirectory(prefix="nophantom-") as place:
        folder = Path(place)
        sent = [_keep(file, folder) for file in files]
        done = import_logs(store.engine, store.blobs, sent, told_from=folder)
    return {"files": [_told(file) for file in done]}


def _keep(file: UploadFile, folder: Path) -> Path:
    # What a client calls its file is never followed: only the last part of the name is kept.
    name = PurePosixPath((file.filename or "").replace("\\", "/")).name
    if not name or name.startswith(".") or len(name.encode()) > 200 or "\x00" in name:
        raise InvalidInput(
            f"a file needs a name of 1 to 200 bytes that begins with no dot; got {name[:80]!r}."
        )
    target = folder / name
    if target.exists():
        raise InvalidInput(f"two files are called {name!r}. Send them one after the other.")
    if len(list(folder.iterdir())) >= MOST_FILES:
        raise InvalidInput(f"a request brings at most {MOST_FILES} files. Send the others in another one.")
    with target.open("wb") as kept:
        shutil.copyfileobj(file.file, kept)
    return target


def _told(file: ImportedFile) -> dict[str, object]:
    error = file.error and Problem(code=file.error.code, message=file.error.message)
    return {
        "path": file.path,
        "status": file.status,
        "run": f"r{file.recorded.run_id}" if file.recorded else None,
        "runs": [f"r{run_id}" for run_id in file.run_ids],
        "responses": file.responses if file.status is ImportStatus.IMPORTED else None,
        "omissions": file.omissions,
        "error": error,
        "why": file.why or None,
        "told": file.told or None,
    }
