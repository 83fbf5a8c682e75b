"""`nophantom trends explain` of a topic that a snapshot does not list: reckoned again from the documents."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from nophantom.cli.snapshots import because, print_documents
from nophantom.cli.talk import count, e_value, out

if TYPE_CHECKING:
    from nophantom.trends.archive.snapshots import SnapshotRow
    from nophantom.trends.explaining import Explained
    from nophantom.trends.explanation import Explanation
    from nophantom.trends.signals import Candidate

_STRATA = 12  # --json lists all


def refuse_unknown(found: Explained) -> None:
    """Say that a topic was never seen, with what is written most like it.

    Raises:
        NotFound: nobody, or one story alone, tells it.
    """
    from nophantom.errors import NotFound

    if found.explanation is None:
        near = f" Written most like it: {', '.join(found.nearest)}." if found.nearest else ""
        raise NotFound(
            f"{found.said!r} was no topic as of {found.as_of}: of the {count(found.n_stories)} stories that were read "
            f"fewer than two tell it.{near}"
        )


def print_reckoned(row: SnapshotRow, found: Explained) -> None:
    """What was read of a topic, where and when, what it would be as a candidate, and what it lacks to be one."""
    told = found.explanation
    if told is None:
        return
    console, support = out(), row.parameters["min_support"]
    console.print(f"[bold]{told.name}[/]", highlight=False)
    if told.missing:
        console.print(
            f"no candidate (below_min_support): {count(support - told.missing)} stories in the last 28 days, where "
            f"{count(support)} are asked for; {count(told.missing)} more would make it one"
        )
    else:
        console.print(
            "no candidate of this snapshot: documents or decisions that came later make it one now, or it was counted "
            "under another name"
        )
    since = f"; its second came on {told.entered}" if told.entered else "; a second one has not come"
    console.print(f"read in all: {count(told.stories)} stories{since}", highlight=False)
    _print_strata(told)
    if told.judged is not None:
        _print_judged(told.judged, told.log_needed)
    print_documents(found.documents)


def _print_strata(told: Explanation) -> None:
    console = out()
    for one in told.told_in[:_STRATA]:
        mute = "; too little read there to be evidence" if one.is_mute else ""
        console.print(
            f"  {one.stratum:<40} {count(one.stories):>5}, {count(one.recent)} of them in the last 28 days "
            f"({one.first} to {one.last}{mute})",
            markup=False,
            highlight=False,
        )
    if len(told.told_in) > _STRATA:
        console.print(f"  and {count(len(told.told_in) - _STRATA)} more parts of the sources")
    days = ", ".join(f"{day} {count(n)}" if n > 1 else str(day) for day, n in told.days)
    console.print(f"days of the last 112: {days or 'none'}", highlight=False)


def _print_judged(c: Candidate, log_needed: float) -> None:
    """What it would be if its stories made it a candidate."""
    slow = c.numbers["log_e_slow"]
    weeks = "unknown" if slow is None else f"{slow:.1f}"
    momentum, ratio = (f"{point:.1f} ({low:.1f} to {high:.1f})" for point, low, high in (c.momentum, c.ratio))
    runs = f"ln of the run over days {c.numbers['log_e_fast']:.1f}, over weeks {weeks}"
    lines = [
        f"last 28 days: {count(c.stories)} stories, {c.expected:.2f} expected; rate ratio {ratio}; momentum {momentum}",
        f"e-value {e_value(c.log_e)} where {e_value(log_needed)} is asked for ({runs})",
    ]
    closed_by = c.numbers.get("closed_by")
    more = (
        "no number of stories within 7 days" if c.needed is None else f"{count(c.needed)} more within 7 days"
    )
    if c.reason is not None:
        lines.append(f"as a candidate it would be dropped: {because(c.reason)}")
    elif closed_by is not None:
        lines.append(f"as a candidate it would be watched, whatever its evidence: {because(closed_by)}")
    else:
        lines.append(f"as a candidate it would be undecided; {more} would show it")
    for line in lines:
        out().print(line, highlight=False)


def reckoned_as_json(found: Explained) -> dict[str, Any]:
    """For machines; unknown is null."""
    told = found.explanation
    if told is None:
        return {"said": found.said, "topic": None, "nearest": list(found.nearest)}
    fields = {
        name: getattr(told, name) for name in told.__slots__ if name not in {"best", "judged", "told_in"}
    }
    return {
        "said": found.said,
        "topic": {
            **{name: _sent(value) for name, value in fields.items()},
            "days": [{"day": str(day), "stories": n} for day, n in told.days],
            "told_in": [{name: _sent(getattr(one, name)) for name in one.__slots__} for one in told.told_in],
            "would_be": None if told.judged is None else _candidate_as_json(told.judged),
            "documents": [document.native_id for document in found.documents],
        },
        "nearest": [],
    }


def _candidate_as_json(c: Candidate) -> dict[str, Any]:
    left_out = {"topic", "best", "history", "families"}
    return {name: _sent(getattr(c, name)) for name in c.__slots__ if name not in left_out}


def _sent(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
