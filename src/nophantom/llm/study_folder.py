"""The folder of a study that runs: its file, its lock, the time it took, the attempts under way. WORLD: files.

Numbers are in the ledger alone. What is here may be lost: then training begins anew and ends with the same numbers.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nophantom.errors import NotFound, Unavailable

NO_SPACE = "Nothing is half-written: free some space, and `nophantom study resume` goes on where it was."
"""What a person does when the disk is full."""


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """Where a study keeps what it needs to go on.

    Attributes:
        path: named by the hash of its plan.
    """

    path: Path

    @classmethod
    def of(cls, studies: Path, plan_hash: str) -> StudyFolder:
        """The folder of a plan among those of all studies."""
        return cls(studies / plan_hash[:16])

    def of_arm(self, number: int, arm: str) -> Path:
        """Where the states and checkpoints of an arm are kept; made if it is not there."""
        plain = re.sub(r"[^A-Za-z0-9_-]+", "_", arm)[:40]
        return self._made(self.path / "arms" / f"{number}-{plain}")

    def of_script(self, number: int, arm: str, seed: int) -> Path:
        """What a script is told to write into, as `{out}`."""
        return self._made(self.of_arm(number, arm) / f"seed{seed}")

    def keep(self, text: str, beside: Path) -> None:
        """Keep the study file as it was given, and the folder that its relative paths are told from."""
        self.write("study.json", {"text": text, "beside": str(beside)})

    def kept(self, name: str) -> tuple[str, Path]:
        """The study file as it was kept, and the folder of its relative paths.

        Raises:
            NotFound: there is none any more.
        """
        told = self.read("study.json")
        if not told:
            raise NotFound(
                f"the folder of the study {name!r}, {str(self.path)!r}, is gone. Begin again with its file: `nophantom "
                "study run FILE` goes on with what the ledger holds."
            )
        return told["text"], Path(told["beside"])

    def spent(self) -> float:
        """Seconds that the study has run so far."""
        return float((self.read("spent.json") or {}).get("seconds", 0.0))

    def spend(self, seconds: float) -> None:
        """Write down how long it has run in all."""
        self.write("spent.json", {"seconds": seconds})

    def write(self, name: str, told: Mapping[str, Any]) -> None:
        """Write a small file whole or not at all.

        Raises:
            Unavailable: the disk is full, or the folder cannot be written to.
        """
        place = self.path / name
        part = place.with_suffix(".part")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(told), encoding="utf-8")
            part.replace(place)
        except OSError as problem:
            part.unlink(missing_ok=True)
            raise self._refused(problem) from None

    def read(self, name: str) -> dict[str, Any] | None:
        """A small file; None where there is none, or it is damaged."""
        try:
            told = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return told if isinstance(told, dict) else None

    def attempts(self) -> list[str]:
        """Names of the attempts that were under way when a runner was killed."""
        return sorted(f"attempts/{found.name}" for found in (self.path / "attempts").glob("*.json"))

    def forget(self, name: str) -> None:
        """Remove the note of an attempt that is written to the ledger."""
        (self.path / name).unlink(missing_ok=True)

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the study while it runs; the system lets go of it whatever becomes of this process.

        Raises:
            Unavailable: another process runs it.
        """
        try:
            self._made(self.path)
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as problem:
            raise self._refused(problem) from None
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                pid = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
                raise Unavailable(
                    f"the study {name!r} is being run already, by process {pid}. Wait for it, or stop it first; "
                    "`nophantom study show` tells how far it is."
                ) from None
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode("ascii"), 0)
            yield
        finally:
            os.close(handle)

    def _made(self, place: Path) -> Path:
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise self._refused(problem) from None
        return place

    def _refused(self, problem: OSError) -> Unavailable:
        return Unavailable(f"cannot write to {str(self.path)!r}: {problem.strerror or problem}. {NO_SPACE}")
