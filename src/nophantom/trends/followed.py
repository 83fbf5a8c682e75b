"""What became of addresses that were to be followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from nophantom.errors import NoPhantomError
from nophantom.trends.archive.source_rows import NewSource
from nophantom.trends.archive.source_tables import FetchOutcome
from nophantom.trends.documents import ItemDrop
from nophantom.trends.exchange import Trouble
from nophantom.trends.protocols.discovery import FoundFeed


@dataclass(frozen=True, slots=True)
class Checked:
    """What one polite visit to an address shows; nothing is written.

    Attributes:
        source: as it would be followed.
        outcome: how far the visit came.
        trouble: why no further; `told` what was seen.
        title: what the source is called.
        items: what it sends; `documents` of them, and `drops` by reason.
        newest: the moment of its newest document.
        next_at: when it would be visited again.
        requests: that were made.
        others: further feeds of the same page.
    """

    source: NewSource
    outcome: FetchOutcome
    trouble: Trouble | None
    told: str | None
    title: str | None
    items: int
    documents: int
    drops: Mapping[ItemDrop, int]
    newest: datetime | None
    next_at: datetime | None
    requests: int
    others: tuple[FoundFeed, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether it can be followed as it is."""
        return self.outcome in (FetchOutcome.COMPLETE, FetchOutcome.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of one address.

    Attributes:
        asked: as it was given.
        number: of the source; None where it could not be followed.
        known: the address under which it was there before; None where it is new.
        checked: what a visit showed; None where none was made.
        error: why it could not be followed.
    """

    asked: str
    number: int | None = None
    known: str | None = None
    checked: Checked | None = None
    error: NoPhantomError | None = None


@dataclass(frozen=True, slots=True)
class FollowedList:
    """What became of a list of sources.

    Attributes:
        new: how many are followed now that were not.
        known: how many were there before, or stand in the list twice.
        unusable: what could not be followed, a sentence for each.
    """

    new: int
    known: int
    unusable: tuple[str, ...] = ()

    @property
    def listed(self) -> int:
        """Everything that stood in the list."""
        return self.new + self.known + len(self.unusable)
