"""Files by content hash: texts too large for a table, compressed, each stored once."""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from itertools import count
from pathlib import Path

from nophantom.errors import Unavailable, Unreadable

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_QUICK_LEVEL = 3
_LEVEL = 9  # answers are written once and read often: 4 times smaller than raw, still 30 MB/s


class Blobs:
    """A folder of immutable files named by the SHA-256 of their content.

    Written by a temporary file and a rename, so that a file under its name is always whole. A crash
    between a blob and the row that names it leaves a file that nobody names: harmless, never wrong.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes, *, durable: bool = True) -> str:
        """Store `content` and return its SHA-256 in hex; storing the same twice stores it once.

        Args:
            content: what to store.
            durable: wait until it is on the disk; what can be had again need not be waited for.

        Raises:
            Unavailable: the folder cannot be written to.
        """
        digest = sha256(content).hexdigest()
        path = self._path(digest)
        try:
            if not path.exists():
                _write(path, content, durable=durable)
        except OSError as problem:
            raise Unavailable(
                f"cannot write to {str(self.folder)!r}: {problem.strerror or problem}. Nothing of this "
                "step was kept. Free the folder, or name another place with --home or NOPHANTOM_HOME."
            ) from problem
        return digest

    def get(self, digest: str) -> bytes:
        """The content stored under `digest`, checked against it.

        Raises:
            Unreadable: there is no such file, or its content is no longer what was stored.
        """
        path = self._path(digest)
        try:
            content = zstd.decompress(path.read_bytes())
        except (OSError, zstd.ZstdError) as problem:
            raise Unreadable(
                f"the stored text {digest[:12]} cannot be read from {str(path)!r}: {problem}. Restore the folder "
                f"{str(self.folder)!r} from a copy, or import the log again into a new home."
            ) from problem
        if sha256(content).hexdigest() != digest:
            raise Unreadable(
                f"the stored text {digest[:12]} in {str(path)!r} is no longer what was stored. Restore the folder "
                f"{str(self.folder)!r} from a copy."
            )
        return content

    def remove(self, digest: str) -> bool:
        """Forget what is stored under `digest`; False where there was nothing."""
        try:
            self._path(digest).unlink()
        except FileNotFoundError:
            return False
        return True

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest[2:]}.zst"


def _write(path: Path, content: bytes, *, durable: bool) -> None:
    """Write beside the place, then rename: under its name a file is always whole."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}-{next(_NUMBERS)}.part")
    packed = zstd.compress(content, level=_LEVEL if durable else _QUICK_LEVEL)
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(packed)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


_NUMBERS = count()
