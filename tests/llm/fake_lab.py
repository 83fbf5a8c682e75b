"""A lab without torch: what its studies learn, and by whom they are trained (`fake_fleet`)."""

from __future__ import annotations

from pathlib import Path

from tests.llm.fake_fleet import SIZES

from nophantom.llm.lab.tasks import Task, TaskProblem
from nophantom.llm.running_course import Lab


def task(reference: str) -> Task:
    """Small sums; `reference` is their name or a folder."""
    name = Path(reference).name
    return Task(
        name,
        {
            split: tuple(
                TaskProblem(
                    f"{split}: what is {n} + {n}?",
                    f"{n}+{n}={2 * n} #### {2 * n}",
                    str(2 * n),
                    "1 step",
                    f"{n}",
                )
                for n in range(size)
            )
            for split, size in SIZES.items()
        },
    )


LAB = Lab(
    fleet="tests.llm.fake_fleet:train",
    device="tests.llm.fake_fleet:no_device",
    task=task,
    built_in=("tiny",),
    needs=(),
    save_seconds=0.0,
)
