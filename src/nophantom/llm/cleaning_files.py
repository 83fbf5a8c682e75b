"""Cleaning on disk: reads the files, and writes a clean set whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from nophantom.errors import InvalidInput, NotFound, Unavailable, Unreadable
from nophantom.llm.clean_set import MANIFEST, CleanSet
from nophantom.llm.training_rows import TrainingFile, read_rows


def read_training_file(
    path: Path, *, question_field: str | None = None, answer_field: str | None = None
) -> TrainingFile:
    """Read a file of training or test data.

    Args:
        path: of the file.
        question_field: where questions stand, or None for the usual.
        answer_field: where answers stand, or None for the usual.

    Raises:
        NotFound: there is no such file.
        Unreadable: it cannot be read, or is no JSON lines.
        InvalidInput: no row has the field.
    """
    if not path.exists():
        raise NotFound(f"there is no file {str(path)!r}. Check the path.")
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise Unreadable(
            f"{path} cannot be read: {problem.strerror or problem}. Give a file of JSON lines."
        ) from problem
    return read_rows(content, str(path), question_field=question_field, answer_field=answer_field)


def check_places(dataset: Path, against: Path | None, folder: Path, names: list[str], *, force: bool) -> None:
    """Refuse before any work what must not be written or compared.

    Args:
        dataset: the file to clean.
        against: the test file, or None.
        folder: where the clean set is to go.
        names: of the files to be written there.
        force: whether files that are there may be replaced.

    Raises:
        InvalidInput: both files are the same, an output would replace an input, or a file is there already
            and `force` is False.
    """
    if against is not None and _same(dataset, against):
        raise InvalidInput(
            f"{dataset} is given both as the training file and as the test file. Name the test file with --against."
        )
    for target in (folder / name for name in names):
        for source in (dataset, against):
            if source is not None and _same(target, source):
                raise InvalidInput(
                    f"{target} is an input and is never written over. Name another folder with --out."
                )
        if target.exists() and not force:
            raise InvalidInput(
                f"{target} is there already. Name another folder with --out, or replace it with --force."
            )


def write_clean_set(made: CleanSet, folder: Path) -> list[Path]:
    """Write the files of a clean set; each appears whole, the manifest last.

    Args:
        made: the files.
        folder: where to; made if it is not there.

    Returns:
        The paths written.

    Raises:
        Unavailable: the folder cannot be written to. Nothing half-written is left.
    """
    unfinished: dict[Path, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in made.files().items():
            handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
            unfinished[folder / name] = Path(temporary)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
        # Without its manifest a set is unfinished; an old one must not vouch for new files.
        (folder / MANIFEST).unlink(missing_ok=True)
        for target, temporary_path in unfinished.items():
            temporary_path.replace(target)
    except OSError as problem:
        raise Unavailable(
            f"cannot write the clean set to {str(folder)!r}: {problem.strerror or problem}. Name another folder with "
            "--out."
        ) from problem
    finally:
        for temporary_path in unfinished.values():
            temporary_path.unlink(missing_ok=True)
    return list(unfinished)


def _same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, links followed."""
    if one.resolve() == other.resolve():
        return True
    return one.exists() and other.exists() and one.samefile(other)
