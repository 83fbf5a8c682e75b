"""A fleet without torch: seeds whose "weights" are one number, moved at every step, so that any slip shows at the end.

Imported by name in worker processes. A file `inject.json` in the folder of the study's arm's parent says what is to
go wrong.
"""

from __future__ import annotations

import json
import math
import os
import signal
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from nophantom.llm.fleets import Evaluated, FleetJob, Measured, Message, Noted, Paused, Trained

_EVERY = 5  # steps between two reports
SIZES = {"train": 8, "validation": 6, "test": 9}


def no_device(_argument: object) -> Iterator[str]:
    yield "cpu"


def train(job: FleetJob) -> Iterator[Message]:
    """Train and evaluate like a real fleet: save, evaluate, send."""
    wrong = _injected()
    _fail_at_once(wrong, job)
    begun = time.monotonic()
    state: dict[int, tuple[int, float]] = {}
    for seed in job.seeds:
        state[seed], told = _load(job, seed)
        if told:
            yield Noted((seed,), told)
        if seed not in job.probed:
            yield Measured(seed, 0, {"probe.first": _first(job, seed)})
    for step in job.steps:
        for seed in job.seeds:
            while state[seed][0] < step:
                if job.seconds_left is not None and time.monotonic() - begun >= job.seconds_left:
                    yield Paused(job.seeds, state[seed][0])
                    return
                state[seed] = _moved(state[seed], min(step, state[seed][0] + _EVERY), job, seed)
                time.sleep(wrong.get("pause", 0.0))
                _save(job, seed, state[seed])
                yield Trained(job.seeds, state[seed][0], job.steps[-1], (state[seed][1],))
                if wrong.get("die_at") == state[seed][0] and _once():
                    os.kill(os.getpid(), signal.SIGKILL)
        for seed in job.seeds:
            for split in job.splits:
                if (seed, step, split) not in job.done:
                    yield _evaluated(job, seed, step, split)


def _evaluated(job: FleetJob, seed: int, step: int, split: str) -> Evaluated:
    _, x = _moved((0, _first(job, seed)), step, job, seed)
    n = SIZES[split]
    p = np.array([(math.sin(x * (number + 1)) + 1) / 2 for number in range(n)])
    answers = tuple(
        f"so it is #### {2 * i}" if p[i] < 0.6 else "#### 1000" if p[i] < 0.9 else "?" for i in range(n)
    )
    confidence = np.where(p > 0.9, np.nan, p)
    measured = {"loss": x} if split == "validation" else None
    return Evaluated(seed, step, split, answers, np.log(p), confidence, measured)


def _first(job: FleetJob, seed: int) -> float:
    told = f"{seed} {job.recipe.router}".encode()
    return int.from_bytes(sha256(told).digest()[:6], "big") / 2**48


def _moved(state: tuple[int, float], until: int, job: FleetJob, seed: int) -> tuple[int, float]:
    step, x = state
    for number in range(step, until):
        x = 3.7 * x * (1 - x) * 0.999 + 1e-4 * ((seed * 31 + number * 17) % 7)
    return until, x


def _place(job: FleetJob, seed: int) -> Path:
    return Path(job.folder) / f"seed{seed}" / "state.json"


def _save(job: FleetJob, seed: int, state: tuple[int, float]) -> None:
    place = _place(job, seed)
    place.parent.mkdir(exist_ok=True)
    part = place.with_suffix(".part")
    part.write_text(json.dumps([state[0], state[1].hex(), " " * 4096]))
    part.replace(place)


def _load(job: FleetJob, seed: int) -> tuple[tuple[int, float], str]:
    try:
        step, x, _ = json.loads(_place(job, seed).read_text())
        return (step, float.fromhex(x)), ""
    except FileNotFoundError:
        return (0, _first(job, seed)), ""
    except ValueError:
        return (0, _first(job, seed)), f"{_place(job, seed).name} of seed {seed} cannot be used: it is torn"


def _injected() -> dict[str, Any]:
    place = Path(os.environ.get("FAKE_LAB", "/nowhere")) / "inject.json"
    return dict(json.loads(place.read_text())) if place.exists() else {}


def _once() -> bool:
    place = Path(os.environ["FAKE_LAB"]) / "done"
    if place.exists():
        return False
    place.touch()
    return True


def _fail_at_once(wrong: dict[str, Any], job: FleetJob) -> None:
    if len(job.seeds) > wrong.get("memory_for", 10**6):
        raise MemoryError("no room for so many")
    if len(job.seeds) > wrong.get("device_for", 10**6):
        raise RuntimeError("CUDA error: device lost")
    if job.arm == wrong.get("bug_in"):
        raise ValueError("this arm cannot be trained")
