"""What stands beside the evidence of a topic, as `explain` shows it: families, related topics, products, adoption."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from nophantom.cli.talk import count, is_plain, out

if TYPE_CHECKING:
    from nophantom.trends.archive.adopting import AdoptionRow
    from nophantom.trends.archive.snapshots import CandidateRow
    from nophantom.trends.archive.surroundings import ProductRow, RelatedRow


def print_surroundings(
    c: CandidateRow, related: Sequence[RelatedRow], products: Sequence[ProductRow]
) -> None:
    """How many families of sources tell a topic; of a signal what is told beside it, and what stands behind it."""
    console = out()
    if c.families is not None:
        alone = "" if c.families > 1 else ": not corroborated by another"
        console.print(f"told by {count(c.families)} families of sources in the last 28 days{alone}")
    if related:
        console.print(
            "together with (stories of the last 28 days that tell both, times as often as by chance):"
        )
    for r in related:
        console.print(
            f"    {r.name:<36} {count(r.together)} of its {count(r.stories)}, {r.lift:.1f} times (at least "
            f"{r.lift_low:.1f})",
            markup=False,
        )
    if products:
        console.print("products behind its stories (* bears its name):")
    for p in products:
        console.print(
            f"  {'*' if p.is_named else ' '} {p.native_id:<48} {p.kind}, {count(p.documents)} documents, "
            f"{p.first_seen} to {p.last_seen}",
            style="dim",
            markup=False,
        )


def row_as_json(row: RelatedRow | ProductRow) -> dict[str, Any]:
    """A row for machines."""
    fields = {name: getattr(row, name) for name in row.__slots__}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}


def print_adoption(rows: Sequence[AdoptionRow]) -> None:
    """Each series on one line, beside the mentions of a topic and no part of its evidence."""
    from nophantom.reporting.figures import sparkline

    if rows:
        out().print("adoption, by month (shown beside mentions; no detection counts it):")
    for row in rows:
        values = [month.value for month in row.months]
        word = {"downloads": "downloads a month", "stars_total": "stars"}[row.measure]
        out().print(
            f"    {row.product:<40} {count(values[-1])} {word} in {row.months[-1].month:%Y-%m}, {count(values[0])} in "
            f"{row.months[0].month:%Y-%m}: {sparkline(values, plain=is_plain())}",
            markup=False,
            highlight=False,
        )


def adoption_as_json(row: AdoptionRow) -> dict[str, Any]:
    """A series for machines."""
    return {
        "product": row.product,
        "measure": row.measure,
        "months": [{"month": str(one.month), "value": one.value} for one in row.months],
    }
