"""One line on what changed since the snapshot before, wherever signals are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nophantom.cli.talk import count, out

if TYPE_CHECKING:
    from nophantom.trends.archive.changes import Changes


MORE = "nophantom trends changes"


def print_since(found: Changes | None, more: str = "") -> None:
    """What changed, in numbers; nothing where there was nothing before.

    Args:
        found: as `read_changes` tells it.
        more: the command that tells each signal.
    """
    if found is None:
        return
    told = [
        f"{count(n)} {fate.replace('_', ' ')}" for fate, n in found.counts.items() if n and fate != "still"
    ]
    if found.phases_changed:
        told.append(f"{count(found.phases_changed)} in another phase")
    changed = ", ".join(told) or "nothing changed"
    where = f" (`{more}`)" if told and more else ""
    out().print(
        f"since {found.before.as_of}: {changed}; {count(found.still)} of {count(found.before.signals)} signals "
        f"are signals still{where}",
        style="dim",
    )
