"""How a snapshot was counted, as people and machines read it: names counted as another topic, and the self-test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nophantom.cli.talk import count, out

if TYPE_CHECKING:
    from nophantom.trends.archive.counting import NameRow
    from nophantom.trends.self_test import TierCheck


def why(one: NameRow) -> str:
    """On what evidence a name is counted as a topic, or by whose decision.

    >>> from nophantom.trends.archive.counting import NameRow
    >>> from nophantom.trends.aliases import MergeKind
    >>> why(NameRow("zb", "ZB", "zorbblax", "Zorb Blax", 9, MergeKind.ACRONYM, None, 3, 1.0, 0.41, 4, ()))
    'acronym: 3 sources spell it out, 4 of its 9 stories use both'
    """
    if one.kind is None:
        return f"decision {one.decision_id} of people, {count(one.stories)} stories"
    spelt = f"{count(one.sources)} sources spell it out, " if one.sources else ""
    alike = "" if one.sources else f"likeness of their company {one.likeness or 0:.2f}, "
    return f"{one.kind}: {spelt}{alike}{count(one.together)} of its {count(one.stories)} stories use both"


def name_as_json(one: NameRow) -> dict[str, Any]:
    """A row for machines."""
    return {name: getattr(one, name) for name in one.__slots__}


def print_names(counted: Sequence[NameRow], numbers: Mapping[str, Any]) -> None:
    """Under which other names a topic was counted, and what its own name may stand for."""
    if ways := numbers.get("meanings"):
        told = ", ".join(f"{phrase} ({count(n)} {'source' if n == 1 else 'sources'})" for phrase, n in ways)
        out().print(f"ambiguous: its name stands for {told}; they are counted together", markup=False)
    for one in counted:
        out().print(f"also counted: {one.alias_name} ({why(one)})", markup=False)


def print_counting(counted: Sequence[NameRow]) -> None:
    """How many names a snapshot counted as another topic."""
    if counted:
        people = sum(one.kind is None for one in counted)
        decided = f", {count(people)} of them by people" if people else ""
        are = "name is counted" if len(counted) == 1 else "names are counted"
        out().print(
            f"{count(len(counted))} {are} as another topic{decided} (`nophantom trends names`)", style="dim"
        )


def print_warning(checks: Sequence[TierCheck]) -> None:
    """That the e-values of a snapshot did not keep their word in its self-test; nothing where they did."""
    from nophantom.trends.self_test import TIER_NAMES

    failed = [check for check in checks if not check.holds]
    if failed:
        worst = max(failed, key=lambda check: check.worth or 0.0)
        expected = "" if "expected" in TIER_NAMES[worst.tier] else " stories expected in 28 days"
        out().print(
            f"[bold red]Calibration warning[/]: where nothing can be there, e-values of {worst.level:,.0f} came "
            f"{worst.worth:.1f} times as often as they may (topics with {TIER_NAMES[worst.tier]}{expected}). "
            "Read these signals as leads, not as findings."
        )
