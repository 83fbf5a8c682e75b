"""How members' answers become one answer: the rules of a vote, as values.

Apart from `ensembles`, because the command line needs the words at once and must not wait for numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nophantom.errors import InvalidInput

NO_ANSWER = -1
"""The code of no answer, of a member and of a vote; answers count from 0."""


class VoteKind(StrEnum):
    """How much an answer needs: more votes than any other, or more than half of all members."""

    PLURALITY = "plurality"
    MAJORITY = "majority"


class Tie(StrEnum):
    """What happens when two answers have equally many votes."""

    BETTER_MEMBER = "better_member"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class VoteRule:
    """How members' answers become one answer.

    Attributes:
        kind: plurality, or majority of *all* members (those that abstain count as members).
        ties: to the answer of the better member (members come in order of preference, so this needs
            a validation split), or to no answer. A majority never ties.
        min_support: votes that an answer needs at least.
    """

    kind: VoteKind = VoteKind.PLURALITY
    ties: Tie = Tie.NO_ANSWER
    min_support: int = 1

    def __post_init__(self) -> None:
        if self.min_support < 1:
            raise InvalidInput(f"an answer needs the support of at least 1 member; got {self.min_support}.")

    def __str__(self) -> str:
        """The rule in words, as a report prints it.

        >>> str(VoteRule(ties=Tie.BETTER_MEMBER, min_support=2))
        'plurality of at least 2 votes, ties to the better member'
        """
        least = "" if self.min_support == 1 else f" of at least {self.min_support} votes"
        if self.kind is VoteKind.MAJORITY:
            return f"majority of all members{least}"
        return (
            f"plurality{least}, ties to {self.ties.value.replace('_', ' ').replace('better', 'the better')}"
        )

    def needed(self, members: int) -> int:
        """Votes that an answer needs among so many members."""
        half = members // 2 + 1 if self.kind is VoteKind.MAJORITY else 1
        return max(half, self.min_support)
