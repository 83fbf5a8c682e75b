"""The whole way from items to recommendations that are shown: at every step what went on, and what did not. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from nophantom.errors import InvalidInput
from nophantom.trends.decisions import DecisionKind
from nophantom.trends.documents import ItemDrop
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.role_rules import Action, NoAction, Role


class FunnelStage(StrEnum):
    """A step of the way. Each has a total and its parts, and they are equal."""

    ITEMS = "items"
    DOCUMENTS = "documents"
    READ = "read"
    TOPICS = "topics"
    CANDIDATES = "candidates"
    SIGNALS_X_ROLES = "signals_x_roles"
    RECOMMENDATIONS = "recommendations"


class Stage(NamedTuple):
    """A step: `total` is the sum of `parts`; both None where it was not written."""

    stage: FunnelStage
    total: int | None
    parts: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The books of one snapshot, from what its sources sent to what people are shown.

    Attributes:
        snapshot_id: its number; `as_of` its day.
        items: everything that was sent before it was detected: documents + duplicates + drops.
        duplicates: items whose document was known.
        item_drops: items that became none, by reason; `dropped_again` those that stood there at the visit before, too.
        documents: items that are new documents: read + not read (of other days, or not of this world).
        read: documents that it was detected in: stories + told again.
        stories: that were counted.
        topics: N: below support + candidates.
        candidates: signals + watch list + drops, by reason.
        recommendations: of all roles, by action; `no_action` by reason. Both None where none were made.
        shown: recommendations of signals that nobody hid; `hidden` those of the others, by the kind of decision.
    """

    snapshot_id: int
    as_of: date
    items: int
    duplicates: int
    item_drops: Mapping[ItemDrop, int]
    dropped_again: int
    documents: int
    read: int
    stories: int
    topics: int
    below_support: int
    candidates: int
    signals: int
    watch: int
    candidate_drops: Mapping[CandidateDrop, int]
    recommendations: Mapping[Action, int] | None
    no_action: Mapping[NoAction, int] | None
    shown: int | None
    hidden: Mapping[DecisionKind, int] | None

    def __post_init__(self) -> None:
        """Check every equation.

        Raises:
            InvalidInput: the books do not balance.
        """
        known = {name is None for name in (self.recommendations, self.no_action, self.shown, self.hidden)}
        if len(known) > 1:
            raise InvalidInput(
                f"the recommendations of snapshot {self.snapshot_id} are known in part. `nophantom doctor` tells more."
            )
        for stage, total, parts in self.stages:
            if total is None or parts is None:
                continue
            if total != sum(parts.values()) or min(parts.values(), default=0) < 0:
                told = " + ".join(f"{n} {name}" for name, n in parts.items())
                raise InvalidInput(
                    f"the books of snapshot {self.snapshot_id} do not balance: {total} {stage} = {told or 'nothing'}. "
                    "`nophantom doctor` names the rows."
                )

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All steps, in their order."""
        sent = {
            "documents": self.documents,
            "duplicates": self.duplicates,
            "dropped_again": self.dropped_again,
        }
        sent |= {str(reason): n for reason, n in self.item_drops.items()}
        judged = {"signals": self.signals, "watch": self.watch}
        judged |= {str(reason): n for reason, n in self.candidate_drops.items()}
        told_again = self.read - self.stories
        return (
            Stage(FunnelStage.ITEMS, self.items, sent),
            Stage(
                FunnelStage.DOCUMENTS,
                self.documents,
                {"read": self.read, "not_read": self.documents - self.read},
            ),
            Stage(FunnelStage.READ, self.read, {"stories": self.stories, "told_again": told_again}),
            Stage(
                FunnelStage.TOPICS,
                self.topics,
                {"below_support": self.below_support, "candidates": self.candidates},
            ),
            Stage(FunnelStage.CANDIDATES, self.candidates, judged),
            *self._advice,
        )

    @property
    def _advice(self) -> tuple[Stage, Stage]:
        given, refused, hidden = self.recommendations, self.no_action, self.hidden
        if given is None or refused is None or hidden is None or self.shown is None:
            return Stage(FunnelStage.SIGNALS_X_ROLES, None, None), Stage(
                FunnelStage.RECOMMENDATIONS, None, None
            )
        actions = {str(action): n for action, n in given.items()}
        reasons = {f"no_action:{reason}": n for reason, n in refused.items()}
        seen = {"shown": self.shown} | {f"hidden:{kind}": n for kind, n in hidden.items()}
        return (
            Stage(FunnelStage.SIGNALS_X_ROLES, self.signals * len(Role), actions | reasons),
            Stage(FunnelStage.RECOMMENDATIONS, sum(given.values()), seen),
        )
