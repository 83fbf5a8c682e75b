"""The one table that says what each reader should do about a signal. The first rule that fits decides. PURE.

Read it from the top: what nobody should act on comes first, then the rules of each role, the strongest action first,
then why there is nothing to do. The last rule has no condition, so every signal has an answer for every role.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import NamedTuple

from nophantom.errors import InvalidInput
from nophantom.stats.verdicts import Verdict
from nophantom.trends.documents import Family, Kind
from nophantom.trends.phases import Phase, Standing

SEVERAL = 2
"""Papers that are more than one group's word; families that are more than one place's."""
TALKED_ABOUT = 3
"""Posts of the last 28 days that are a discussion."""
PERSISTS_DAYS, LASTS_DAYS = 28, 90
SOON, LATER = 28, 90
"""Days after which a claim is checked."""


class Role(StrEnum):
    """Who reads."""

    DEVELOPER = "developer"
    RESEARCHER = "researcher"
    PRODUCT_MANAGER = "product_manager"
    INVESTOR = "investor"
    EXECUTIVE = "executive"


class Action(StrEnum):
    """What to do about a signal."""

    ADOPT = "adopt"
    TRIAL = "trial"
    READ = "read"
    WATCH = "watch"
    AVOID = "avoid"


class NoAction(StrEnum):
    """Why there is nothing to do."""

    WITHDRAWN = "withdrawn"
    """A correction removed its evidence."""
    PHANTOM = "phantom"
    SOURCE_DEGRADED = "source_degraded"
    DECLINING = "declining"
    SETTLED = "settled"
    """Its rate is not surely above what it was before."""
    NO_PAPERS = "no_papers"
    NO_PRODUCT = "no_product"
    NOT_DISCUSSED = "not_discussed"
    NOT_CONFIRMED = "not_confirmed"
    ONE_FAMILY = "one_family"
    TOO_RECENT = "too_recent"
    NOT_RISING = "not_rising"


class ClaimKind(StrEnum):
    """What a recommendation says will be so on the day of its check."""

    STILL_TWICE = "still_twice"
    """The rate of 28 days is still at least twice that of before the onset."""
    STILL_ABOVE = "still_above"
    """It is still above that of before the onset."""
    STILL_BELOW = "still_below"
    """It is still below that of before the onset."""
    CONFIRMED_THEN = "confirmed_then"
    """What is only shown today is confirmed."""
    READ_AGAIN = "read_again"
    """The sources that carry it are read again."""


class Interval(NamedTuple):
    """A number with its 5% and 95% bounds."""

    point: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """All that a rule may look at; counts are of the documents that stand for the stories of the last 28 days.

    Attributes:
        standing: shown, confirmed or withdrawn.
        phase: where it stands; `degraded` whether every stratum that carries it reads too little.
        verdict: what the evidence says.
        momentum: the last 7 days against the baseline; `ratio` the last 28 days against that of before the onset.
        onset_age: days since it was first shown.
        stories: of the last 28 days.
        families: of the sources that tell of it, each once.
        repositories: documents of this kind; `papers`, `packages`, `releases`, `posts` and `news` likewise.
        products: distinct things behind the documents.
        has_release: whether a package or release of these was known by then; None where nobody looked.
        adoption: growth of downloads or stars of its products, 1 for none; None where no series is known.
    """

    standing: Standing
    phase: Phase
    verdict: Verdict
    momentum: Interval
    ratio: Interval
    onset_age: int
    stories: int
    families: tuple[Family, ...]
    repositories: int = 0
    papers: int = 0
    packages: int = 0
    releases: int = 0
    posts: int = 0
    news: int = 0
    products: int = 0
    has_release: bool | None = None
    adoption: Interval | None = None
    degraded: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            InvalidInput: a count below 0, a family twice, or an interval without its point.
        """
        kinds = (self.repositories, self.papers, self.packages, self.releases, self.posts, self.news)
        if min(self.onset_age, self.stories, self.products, *kinds) < 0:
            raise InvalidInput(f"counts of a signal are not negative; got {self}. Count its documents again.")
        if len(set(self.families)) < len(self.families):
            told = ", ".join(self.families)
            raise InvalidInput(f"each family of a signal is named once; got {told}. Name every one once.")
        for point, low, high in (self.momentum, self.ratio, self.adoption or self.ratio):
            if not (low <= point <= high and isfinite(high - low)):
                raise InvalidInput(f"a number lies in its interval; got {point} in {low} to {high}.")


class Condition(NamedTuple):
    """What a rule asks of the facts; `means` continues the sentence "it fits where ..."."""

    name: str
    means: str
    holds: Callable[[SignalFacts], bool]


def _released(f: SignalFacts) -> bool:
    return f.packages + f.releases > 0 or f.has_release is True


_RISING = (Phase.EMERGING, Phase.GROWING)

WITHDRAWN = Condition("withdrawn", "its evidence was removed", lambda f: f.standing is Standing.WITHDRAWN)
PHANTOM = Condition("phantom", "it is a phantom", lambda f: f.verdict is Verdict.PHANTOM)
UNREAD = Condition("unread", "its sources read too little", lambda f: f.degraded or f.phase is Phase.UNKNOWN)
CONFIRMED = Condition("confirmed", "it is confirmed", lambda f: f.standing is Standing.CONFIRMED)
NOT_CONFIRMED = Condition(
    "not_confirmed", "it is not confirmed yet", lambda f: f.standing is not Standing.CONFIRMED
)
DECLINING = Condition("declining", "it is declining", lambda f: f.phase is Phase.DECLINING)
# What nobody knew before its onset is emerging for good, so no rule asks for `growing` alone.
RISING = Condition("rising", "it is emerging or growing", lambda f: f.phase in _RISING)
BELOW = Condition("below", "its rate is surely below that of before", lambda f: f.ratio.high < 1)
NOT_ABOVE = Condition("not_above", "its rate is not surely above that of before", lambda f: f.ratio.low <= 1)
TWICE = Condition("twice", "its rate is surely at least twice that of before", lambda f: f.ratio.low >= 2)
TWO_FAMILIES = Condition("two_families", "two families tell of it", lambda f: len(f.families) >= SEVERAL)
THREE_FAMILIES = Condition("three_families", "three families tell of it", lambda f: len(f.families) > SEVERAL)
ONE_FAMILY = Condition(
    "one_family", "fewer than two families tell of it", lambda f: len(f.families) < SEVERAL
)
PERSISTENT = Condition(
    "persistent", "its onset is 28 days ago or more", lambda f: f.onset_age >= PERSISTS_DAYS
)
RECENT = Condition("recent", "its onset is less than 28 days ago", lambda f: f.onset_age < PERSISTS_DAYS)
LASTING = Condition("lasting", "its onset is 90 days ago or more", lambda f: f.onset_age >= LASTS_DAYS)
HAS_REPOSITORY = Condition("has_repository", "it has a repository", lambda f: f.repositories > 0)
RELEASED = Condition("released", "it has a package or a release", _released)
ADOPTION_GROWS = Condition(
    "adoption_grows", "its adoption surely grows", lambda f: f.adoption is not None and f.adoption.low > 1
)
HAS_PAPER = Condition("has_paper", "it has a paper", lambda f: f.papers > 0)
NO_PAPER = Condition("no_paper", "it has no paper", lambda f: f.papers == 0)
PAPERS = Condition("papers", "it has several papers", lambda f: f.papers >= SEVERAL)
HAS_PRODUCT = Condition("has_product", "it has a product", lambda f: f.products > 0)
NO_PRODUCT = Condition("no_product", "it has no product", lambda f: f.products == 0)
DISCUSSED = Condition("discussed", "it is discussed", lambda f: f.posts >= TALKED_ABOUT)
QUIET = Condition("quiet", "it is hardly discussed", lambda f: f.posts < TALKED_ABOUT)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table.

    Attributes:
        id: for ever; a rule that changes its meaning takes another one.
        roles: for whom.
        answer: the action, or why there is none.
        conditions: all must hold.
        sentence: why, for people.
        rests_on: kinds of documents that show it, the most telling first.
        claim: what is checked; `check_after` days later. None without an action.
    """

    id: str
    roles: tuple[Role, ...]
    answer: Action | NoAction
    conditions: tuple[Condition, ...]
    sentence: str
    rests_on: tuple[Kind, ...] = ()
    claim: ClaimKind | None = None
    check_after: int | None = None

    def fits(self, facts: SignalFacts) -> bool:
        """Whether every condition holds."""
        return all(condition.holds(facts) for condition in self.conditions)


DEVELOPER, RESEARCHER, PRODUCT_MANAGER, INVESTOR, EXECUTIVE = EVERYONE = tuple(Role)
_BUILDERS = (DEVELOPER, PRODUCT_MANAGER, INVESTOR)
_CODE = (Kind.REPOSITORY, Kind.RELEASE, Kind.PACKAGE)
_RELEASES = (Kind.RELEASE, Kind.PACKAGE, Kind.REPOSITORY)
_TALK = (Kind.POST, Kind.NEWS, Kind.REPOSITORY)
_PAPERS = (Kind.PAPER,)
_TWICE, _ABOVE = (ClaimKind.STILL_TWICE, LATER), (ClaimKind.STILL_ABOVE, LATER)
_BELOW = (ClaimKind.STILL_BELOW, LATER)
_CONFIRMED, _READ_AGAIN = (ClaimKind.CONFIRMED_THEN, SOON), (ClaimKind.READ_AGAIN, SOON)

# A table is read by its lines, so they are kept as they are.
# fmt: off
RULES: tuple[Rule, ...] = (
    # What nobody acts on.
    Rule("withdrawn", EVERYONE, NoAction.WITHDRAWN, (WITHDRAWN,), "A correction removed its evidence."),
    Rule("phantom", EVERYONE, NoAction.PHANTOM, (PHANTOM,), "The evidence rules out a rise that matters."),
    Rule("unread_watch", (DEVELOPER, RESEARCHER, PRODUCT_MANAGER, INVESTOR), Action.WATCH, (UNREAD, CONFIRMED),
         "It was confirmed, and its sources cannot be read now: wait until they can.", (), *_READ_AGAIN),
    Rule("unread", EVERYONE, NoAction.SOURCE_DEGRADED, (UNREAD,),
         "Its sources read too little to say anything today."),
    # What goes down.
    Rule("avoid", _BUILDERS, Action.AVOID, (CONFIRMED, DECLINING, BELOW),
         "Less is told of it than before it began: start nothing new on it.", (), *_BELOW),
    Rule("executive_avoid", (EXECUTIVE,), Action.AVOID, (CONFIRMED, DECLINING, BELOW, TWO_FAMILIES, LASTING),
         "Several kinds of sources tell less of it than before it began.", (), *_BELOW),
    Rule("past_its_peak", _BUILDERS, Action.WATCH, (CONFIRMED, DECLINING, TWICE),
         "It falls, and is still told of at least twice as often as before it began.", (), *_TWICE),
    Rule("declining", EVERYONE, NoAction.DECLINING, (DECLINING,), "It is declining."),
    Rule("settled", EVERYONE, NoAction.SETTLED, (CONFIRMED, NOT_ABOVE),
         "It is told of about as often as before it began."),
    # Developers try what they can run.
    Rule("developer_adopt", (DEVELOPER,), Action.ADOPT,
         (CONFIRMED, TWICE, LASTING, TWO_FAMILIES, HAS_REPOSITORY, RELEASED, ADOPTION_GROWS),
         "It lasts, is released, and more and more people use it.", _RELEASES, *_TWICE),
    Rule("developer_trial", (DEVELOPER,), Action.TRIAL, (CONFIRMED, TWICE, HAS_REPOSITORY, RELEASED),
         "It is confirmed and there is a release to try.", _CODE, *_TWICE),
    Rule("developer_read", (DEVELOPER,), Action.READ, (CONFIRMED, HAS_REPOSITORY),
         "Its code can be read; nothing released is known, or its rise is not twofold yet.", _CODE, *_ABOVE),
    Rule("developer_watch", (DEVELOPER,), Action.WATCH, (CONFIRMED,),
         "It is confirmed, and there is no code to read yet.", _TALK, *_ABOVE),
    Rule("developer_early", (DEVELOPER,), Action.WATCH, (HAS_REPOSITORY,),
         "There is code, and too little evidence yet.", _CODE, *_CONFIRMED),
    # Researchers read papers; reading early costs little.
    Rule("researcher_read", (RESEARCHER,), Action.READ, (CONFIRMED, PAPERS),
         "Several papers stand behind a confirmed rise.", _PAPERS, *_ABOVE),
    Rule("researcher_early", (RESEARCHER,), Action.READ, (PAPERS,),
         "Several papers came at once; whether it lasts is not known yet.", _PAPERS, *_CONFIRMED),
    Rule("researcher_watch", (RESEARCHER,), Action.WATCH, (CONFIRMED, HAS_PAPER),
         "It is confirmed, and one paper is out.", _PAPERS, *_ABOVE),
    Rule("researcher_no_papers", (RESEARCHER,), NoAction.NO_PAPERS, (NO_PAPER,), "No paper of it was seen."),
    # Product managers need a product and people who talk about it.
    Rule("product_manager_trial", (PRODUCT_MANAGER,), Action.TRIAL,
         (CONFIRMED, RISING, TWICE, TWO_FAMILIES, HAS_PRODUCT, RELEASED, DISCUSSED),
         "It can be tried, and people of several places talk about it.", _RELEASES, *_TWICE),
    Rule("product_manager_watch", (PRODUCT_MANAGER,), Action.WATCH, (CONFIRMED, HAS_PRODUCT, DISCUSSED),
         "There are products, and people talk about them.", _TALK, *_ABOVE),
    Rule("product_manager_early", (PRODUCT_MANAGER,), Action.WATCH, (HAS_PRODUCT, DISCUSSED),
         "There are products and talk, and too little evidence yet.", _TALK, *_CONFIRMED),
    Rule("product_manager_no_product", (PRODUCT_MANAGER,), NoAction.NO_PRODUCT, (NO_PRODUCT,),
         "No product of it was seen."),
    Rule("product_manager_quiet", (PRODUCT_MANAGER,), NoAction.NOT_DISCUSSED, (QUIET,),
         "There are products, and hardly anybody talks about them."),
    # Investors look for growth that more than one kind of source sees.
    Rule("investor_read", (INVESTOR,), Action.READ, (CONFIRMED, RISING, TWICE, PERSISTENT, TWO_FAMILIES),
         "Its rise is confirmed in several kinds of sources, and has lasted for weeks.", _CODE, *_TWICE),
    Rule("investor_watch", (INVESTOR,), Action.WATCH, (CONFIRMED, RISING, TWO_FAMILIES),
         "It is confirmed in several kinds of sources, and young or not twofold yet.", _TALK, *_ABOVE),
    # Executives are told late, and seldom.
    Rule("executive_read", (EXECUTIVE,), Action.READ, (CONFIRMED, RISING, TWICE, LASTING, THREE_FAMILIES),
         "It has been rising for months, in at least three kinds of sources.", _TALK, *_TWICE),
    Rule("executive_watch", (EXECUTIVE,), Action.WATCH, (CONFIRMED, TWICE, PERSISTENT, TWO_FAMILIES),
         "It is confirmed, has lasted for weeks, and several kinds of sources see it.", _TALK, *_TWICE),
    # Why there is nothing to do.
    Rule("not_confirmed", EVERYONE, NoAction.NOT_CONFIRMED, (NOT_CONFIRMED,), "It is not confirmed yet."),
    Rule("one_family", (INVESTOR, EXECUTIVE), NoAction.ONE_FAMILY, (ONE_FAMILY,),
         "One kind of source alone tells of it."),
    Rule("too_recent", (EXECUTIVE,), NoAction.TOO_RECENT, (RECENT,), "It began less than 28 days ago."),
    Rule("not_rising", EVERYONE, NoAction.NOT_RISING, (), "It rises too little for this role."),
)
# fmt: on
"""All rules in their order. The last one fits everything."""
