"""How sources, visits and collections are shown: tables for people, plain values for machines."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nophantom.cli.talk import count, out, talk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from nophantom.trends.archive.source_rows import SourceRow, VisitRow
    from nophantom.trends.collecting import Collected
    from nophantom.trends.followed import Checked, Followed, FollowedList

_UNUSABLE_SHOWN = 10


def _table(*columns: str, right: Sequence[str] = ()) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in columns:
        wide = name in {"source", "name", "why", "told"}
        table.add_column(
            name, justify="right" if name in right else "left", overflow="fold", no_wrap=not wide
        )
    return table


def moment(at: datetime | None) -> str:
    """A moment for people: '2026-01-02 12:00' (UTC), or a dash."""
    return f"{at:%Y-%m-%d %H:%M}" if at else "-"


def ahead(at: datetime | None, now: datetime) -> str:
    """How far ahead a moment lies: 'now', 'in 5 min', 'in 3 h', 'in 2 days'."""
    if at is None:
        return "-"
    seconds = (at - now).total_seconds()
    for unit, size in (("days", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= 2 * size or (unit == "min" and seconds >= size):
            return f"in {seconds / size:.0f} {unit}"
    return "now" if seconds <= 0 else "in 1 min"


def words(told: str) -> str:
    """A closed word for people: 'rate_limited' is 'rate limited'."""
    return told.replace("_", " ")


def condition(source: SourceRow) -> str:
    """How a source is, in a few words."""
    if source.state_why is not None:
        return f"{source.state}: {source.state_why}"
    if source.last_at is None:
        return "not visited yet"
    if source.trouble is None:
        return "well"
    return f"{words(source.trouble)} ({count(source.failures)} in a row)"


def say_that_none_is_followed() -> None:
    """How to begin."""
    talk().print(
        "No source is followed yet. `nophantom sources defaults` follows the well-known ones, "
        "`nophantom sources add ADDRESS` your own.",
        markup=False,
    )


def print_sources(found: Sequence[SourceRow]) -> None:
    """A line for each source."""
    from rich.markup import escape

    from nophantom.clock import now

    if not found:
        say_that_none_is_followed()
        return
    at = now()
    table = _table("id", "name", "protocol", "group", "last visit", "next", "how it is", right=["id"])
    for source in found:
        table.add_row(
            str(source.id),
            escape(source.name),
            words(source.protocol),
            escape(source.kind),
            moment(source.last_at),
            ahead(source.next_at, at) if source.state_why is None else "-",
            escape(condition(source)),
        )
    out().print(table)


def print_source(source: SourceRow, visits: Sequence[VisitRow]) -> None:
    """One source, and its last visits."""
    from rich.markup import escape

    from nophantom.clock import now

    console = out()
    console.print(f"{source.id} {source.name}", style="bold", markup=False)
    at = now()
    for name, told in (
        ("address", source.address),
        ("homepage", source.homepage or "-"),
        ("protocol", words(source.protocol)),
        ("group", source.kind or "-"),
        ("language", source.language or "-"),
        ("added", f"{moment(source.added_at)} by {source.added_from}"),
        ("how it is", condition(source)),
        ("told", source.told or "-"),
        ("last visit", moment(source.last_at)),
        ("last good one", moment(source.last_ok_at)),
        ("last new item", moment(source.last_new_at)),
        ("next", f"{moment(source.next_at)} ({ahead(source.next_at, at)})"),
    ):
        console.print(f"{name:<14} {told}", markup=False)
    if source.moved_to:
        console.print(f"{'moved to':<14} {source.moved_to} (told {source.moved_seen} times)", markup=False)
    if not visits:
        return
    numbers = ["items", "documents", "duplicates", "drops"]
    table = _table("visit", "outcome", *numbers, "told", right=numbers)
    for one in visits:
        told = f"{words(one.trouble)}: {one.told}" if one.trouble else ""
        row = (moment(one.started_at), one.outcome, *(count(getattr(one, name)) for name in numbers))
        table.add_row(*row, escape(told))
    console.print()
    console.print(table)


def print_followed(done: Sequence[Followed]) -> None:
    """What became of each address."""
    for one in done:
        if one.error is not None:
            talk().print(f"error {one.error.code}: {one.error.message}", markup=False)
        elif one.known is not None:
            out().print(f"{one.number} {one.known}: followed already", markup=False)
        else:
            title = f" {one.checked.title}" if one.checked and one.checked.title else ""
            address = one.checked.source.address if one.checked else one.asked
            has = f", {count(one.checked.items)} items there now" if one.checked else ""
            out().print(f"{one.number}{title} {address}: followed{has}", markup=False)
        for feed in one.checked.others if one.checked else ():
            talk().print(f"  the page also names {feed.address} {feed.title or ''}".rstrip(), markup=False)
    if any(one.error is None and one.known is None for one in done):
        talk().print("`nophantom trends collect` visits what is due.", markup=False)


def print_list(done: FollowedList) -> None:
    """What became of a list."""
    out().print(
        f"{count(done.listed)} listed: {count(done.new)} new, {count(done.known)} known already, "
        f"{count(len(done.unusable))} unusable.",
        markup=False,
    )
    for told in done.unusable[:_UNUSABLE_SHOWN]:
        talk().print(f"  {told}", markup=False)
    if len(done.unusable) > _UNUSABLE_SHOWN:
        talk().print(f"  and {count(len(done.unusable) - _UNUSABLE_SHOWN)} more; --json lists all.")
    if done.new:
        talk().print("`nophantom trends collect` visits what is due.", markup=False)


def list_as_json(done: FollowedList) -> dict[str, Any]:
    """What became of a list."""
    return {"listed": done.listed, "new": done.new, "known": done.known, "unusable": list(done.unusable)}


def print_checked(found: Checked) -> None:
    """What one visit showed."""
    console = out()
    source = found.source
    state = "can be followed" if found.is_well else f"cannot be followed: {words(found.trouble or '')}"
    console.print(f"{source.address}: {state}", style="bold", markup=False)
    drops = ", ".join(f"{count(n)} {words(reason)}" for reason, n in sorted(found.drops.items()))
    for name, told in (
        ("title", found.title or "-"),
        ("protocol", words(source.protocol)),
        ("language", source.language or "-"),
        ("told", found.told or "-"),
        ("items", f"{count(found.items)}: {count(found.documents)} documents, {drops or 'no drops'}"),
        ("newest", moment(found.newest)),
        ("next visit", moment(found.next_at)),
        ("requests", count(found.requests)),
    ):
        console.print(f"{name:<11} {told}", markup=False)
    for feed in found.others:
        console.print(f"{'other feed':<11} {feed.address} {feed.title or ''}".rstrip(), markup=False)


def print_collected(done: Collected) -> None:
    """What a collection brought, in sums that balance."""
    console = out()
    numbers = ["visits", "fetched", "unchanged", "failed", "items", "new", "duplicates", "drops"]
    table = _table(*numbers, "seconds", right=[*numbers, "seconds"])
    table.add_row(
        *(count(n) for n in (done.visits, done.fetched, done.unchanged, done.failed)),
        *(count(n) for n in (done.items, done.documents, done.duplicates, done.drops.total())),
        f"{done.seconds:.1f}",
    )
    console.print(table)
    for title, counts in (("dropped", done.drops), ("troubles", done.troubles)):
        told = ", ".join(
            f"{count(n)} {words(word)}" for word, n in sorted(counts.items(), key=lambda one: -one[1])
        )
        if told:
            console.print(f"{title}: {told}", markup=False)


def collected_as_json(done: Collected) -> dict[str, Any]:
    """The sums of a collection."""
    return {
        "visits": done.visits,
        "fetched": done.fetched,
        "unchanged": done.unchanged,
        "failed": done.failed,
        "items": done.items,
        "documents": done.documents,
        "duplicates": done.duplicates,
        "drops": dict(done.drops),
        "troubles": dict(done.troubles),
        "seconds": round(done.seconds, 3),
        "stopped": done.stopped,
    }


def source_as_json(source: SourceRow) -> dict[str, Any]:
    """A source without what only its protocol understands."""
    hidden = {"etag", "last_modified", "body", "remembered", "rhythm", "key"}
    return {name: value for name, value in asdict(source).items() if name not in hidden}


def visit_as_json(visit: VisitRow) -> dict[str, Any]:
    """A visit with its books."""
    return asdict(visit)


def checked_as_json(found: Checked) -> dict[str, Any]:
    """What one visit showed."""
    return {
        "address": found.source.address,
        "protocol": found.source.protocol,
        "title": found.title,
        "language": found.source.language,
        "outcome": found.outcome,
        "trouble": found.trouble,
        "told": found.told,
        "items": found.items,
        "documents": found.documents,
        "drops": dict(found.drops),
        "newest": found.newest,
        "next_at": found.next_at,
        "requests": found.requests,
        "others": [{"address": feed.address, "title": feed.title} for feed in found.others],
    }


def followed_as_json(one: Followed) -> dict[str, Any]:
    """What became of one address."""
    error = one.error and {"code": one.error.code, "message": one.error.message, "details": {}}
    return {
        "asked": one.asked,
        "id": one.number,
        "known": one.known,
        "checked": checked_as_json(one.checked) if one.checked else None,
        "error": error,
    }
