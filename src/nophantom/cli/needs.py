"""`nophantom power`: how much evidence an effect needs, asked before anything is run."""

from __future__ import annotations

from typing import Annotated

import typer

from nophantom.cli.asking import AlphaOption, confidence_of, share, show
from nophantom.cli.talk import JsonOption


def power(
    delta: Annotated[
        float, typer.Option("--delta", metavar="POINTS", help="The true difference to be seen.")
    ],
    seed_sd: Annotated[
        float | None,
        typer.Option(
            "--seed-sd", metavar="POINTS", help="Recipes: standard deviation of the seeds' accuracies."
        ),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option("--seeds", metavar="N", help="Recipes: seeds per arm that there are.")
    ] = None,
    differ: Annotated[
        float | None,
        typer.Option(
            "--differ", metavar="PERCENT", help="Checkpoints: problems on which the two differ. [default: 25]"
        ),
    ] = None,
    accuracy: Annotated[
        float | None,
        typer.Option(metavar="PERCENT", help="Checkpoints: about which both lie, for other problems each."),
    ] = None,
    problems: Annotated[
        int, typer.Option(metavar="N", help="Checkpoints: problems that there are. [GSM8K's test set]")
    ] = 1_319,
    wanted: Annotated[float, typer.Option("--power", metavar="RATE", help="Probability of seeing it.")] = 0.8,
    alpha: AlphaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how many problems, or seeds, would show a difference.

    Without --seed-sd the question is about two checkpoints on problems; with it, about two recipes over
    seeds, and about an effect that depends on another (an interaction).

    Examples: nophantom power --delta 2.8 --accuracy 74.4 | nophantom power --delta 0.2 --seed-sd 0.572
    """
    from nophantom.errors import InvalidInput
    from nophantom.llm.questions.needs import plan_problems, plan_seeds
    from nophantom.llm.reports.needs import problems_plan_page, seeds_plan_page

    if accuracy is not None and 0 < accuracy < 1:
        raise InvalidInput(
            f"--accuracy is in percent; got {accuracy:g}. For {accuracy:g} give {accuracy * 100:g}."
        )
    confidence = confidence_of(alpha)
    if seed_sd is not None:
        if differ is not None or accuracy is not None:
            raise InvalidInput(
                "--seed-sd asks about recipes, --differ and --accuracy about checkpoints. Ask one."
            )
        plan = plan_seeds(share(delta), sd=share(seed_sd), at_hand=seeds, power=wanted, confidence=confidence)
        show(plan, seeds_plan_page, as_json=as_json)
        return
    found = plan_problems(
        share(delta),
        differ=0.25 if differ is None else share(differ),
        accuracy=None if accuracy is None else share(accuracy),
        at_hand=problems,
        power=wanted,
        confidence=confidence,
    )
    show(found, problems_plan_page, as_json=as_json)
