"""How tokens find their experts, as a page."""

from __future__ import annotations

from nophantom.llm.questions.routing import ArmRouting, CheckpointRouting, Ranged, RoutingAnswer
from nophantom.llm.reports.frame import banners, counted, not_covered
from nophantom.reporting.page import Block, Curve, Page, Section, Series, Table

NOT_COVERED = (
    "other seeds and problems: these are the numbers of the runs at hand, with the range that they span",
)


def routing_page(answer: RoutingAnswer) -> Page:
    """Every arm of a study."""
    name = answer.study if answer.reference is None else f"{answer.reference} {answer.study}"
    return Page(
        title="Routing",
        subtitle=name,
        banners=banners(answer.simulated),
        sections=(*routing_sections(answer), not_covered(NOT_COVERED)),
    )


def routing_sections(answer: RoutingAnswer) -> tuple[Section, ...]:
    """One section for each arm."""
    return tuple(_arm(arm, answer.experts) for arm in answer.arms if arm.checkpoints)


def _arm(arm: ArmRouting, experts: int) -> Section:
    blocks: list[Block] = []
    if picture := _busiest(arm):
        blocks.append(picture)
    blocks.append(_layers(arm, experts))
    if whole := _whole(arm):
        blocks.append(whole)
    last = arm.checkpoints[-1]
    if last.strata:
        blocks.append(_strata(last, experts))
    seeds = counted(arm.seeds, "seed")
    return Section(
        f"Routing of {arm.arm}", tuple(blocks), f"Means over {seeds}, with the range of the seeds."
    )


def _busiest(arm: ArmRouting) -> Curve | None:
    """The load of the busiest expert of each layer, where there are several checkpoints."""
    lines = []
    for layer in sorted({layer.layer for one in arm.checkpoints for layer in one.layers}):
        found = [
            (one.step, max(r.mean for r in there.load if r is not None))
            for one in arm.checkpoints
            for there in one.layers
            if there.layer == layer and any(there.load)
        ]
        if len(found) > 1:
            lines.append(
                Series(f"layer {layer}", tuple(s for s, _ in found), tuple(load for _, load in found))
            )
    if not lines:
        return None
    return Curve(
        tuple(lines), "training step", "share of the tokens", "Load of the busiest expert, mean over seeds"
    )


def _layers(arm: ArmRouting, experts: int) -> Table:
    names = tuple(
        dict.fromkeys(n for one in arm.checkpoints for layer in one.layers for n, _ in layer.measures)
    )
    rows = []
    for one in arm.checkpoints:
        for layer in one.layers:
            of = dict(layer.measures)
            loads = (*layer.load, *(None,) * (experts - len(layer.load)))
            rows.append(
                (
                    f"{one.step:,}",
                    str(layer.layer),
                    *(_number(of.get(name)) for name in names),
                    *(_share(load) for load in loads),
                )
            )
    columns = (
        "step",
        "layer",
        *(n.replace("_", " ") for n in names),
        *(f"expert {i}" for i in range(experts)),
    )
    return Table(
        columns, tuple(rows), tuple("right" for _ in columns), "Load: share of the tokens of each expert"
    )


def _whole(arm: ArmRouting) -> Table | None:
    names = tuple(dict.fromkeys(name for one in arm.checkpoints for name, _ in one.measures))
    if not names:
        return None
    rows = tuple(
        (f"{one.step:,}", *(_number(dict(one.measures).get(name)) for name in names))
        for one in arm.checkpoints
    )
    columns = ("step", *(name.replace("_", " ") for name in names))
    return Table(columns, rows, tuple("right" for _ in columns), "Measured on the whole model")


def _strata(one: CheckpointRouting, experts: int) -> Table:
    rows = tuple(
        (s.stratum, str(s.layer), *(_share(x) for x in (*s.shares, *(None,) * (experts - len(s.shares)))))
        for s in one.strata
    )
    columns = ("stratum", "layer", *(f"expert {i}" for i in range(experts)))
    return Table(columns, rows, caption=f"Where the tokens of each stratum go, at step {one.step:,}")


def _share(found: Ranged | None) -> str:
    if found is None:
        return "unknown"
    return f"{found.mean:.1%}" + (f" ({found.low:.1%} to {found.high:.1%})" if found.seeds > 1 else "")


def _number(found: Ranged | None) -> str:
    if found is None:
        return "unknown"
    return f"{found.mean:.4g}" + (f" ({found.low:.4g} to {found.high:.4g})" if found.seeds > 1 else "")
