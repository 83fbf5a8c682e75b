"""The words of the built-in task: who has what, what happens to it, and how it is asked.

Every phrase goes with any person and any thing, so that the words never tell which calculation comes
next to which other: that is decided by the numbers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

PEOPLE = (
    ("Mia", "She"),
    ("Tom", "He"),
    ("Ann", "She"),
    ("Ben", "He"),
    ("Eva", "She"),
    ("Leo", "He"),
    ("Zoe", "She"),
    ("Max", "He"),
    ("Ida", "She"),
    ("Sam", "He"),
)
"""Names, each with its pronoun."""

THINGS = ("apples", "coins", "books", "cards", "pens", "stamps", "shells", "cups", "eggs", "keys")

HAPPENINGS: Mapping[str, tuple[str, ...]] = {
    "+": ("buys {n} more", "finds {n} more", "gets {n} from {friend}", "wins {n}"),
    "-": ("loses {n}", "sells {n}", "gives {n} to {friend}", "uses {n}"),
    "*2": ("doubles them", "gets as many again"),
    "/2": ("gives half to {friend}", "sells half", "shares them with {friend}"),
}
"""What a person does, by the calculation that it stands for; `{n}` is the operand."""

COMPARISONS: Mapping[str, str] = {"+": "How many together?", "-": "How many more has {name}?"}
"""How the last step is asked where it is told of a friend: '{friend} has {n}.'"""

QUESTIONS = ("How many now?", "How many {things} now?", "How many has {name} now?")

Step = tuple[str, int]
"""The sign and the operand of one calculation."""


def happening(sign: str, operand: int) -> str:
    """The key of a calculation in `HAPPENINGS`.

    >>> happening("+", 12), happening("*", 2)
    ('+', '*2')
    """
    return sign if sign in "+-" else f"{sign}{operand}"


def tell(start: int, steps: Sequence[Step], below: Callable[[int], int]) -> str:
    """A word problem.

    Args:
        start: how many there are at first.
        steps: sign and operand of every calculation, in their order.
        below: draws a whole number from 0 up to its argument, that one left out.

    Returns:
        One question in English.

    >>> tell(12, [("+", 5), ("*", 2)], lambda n: 0)
    'Mia has 12 apples, buys 5 more and doubles them. How many now?'
    """
    person = below(len(PEOPLE))
    name, pronoun = PEOPLE[person]
    friend = PEOPLE[(person + 1 + below(len(PEOPLE) - 1)) % len(PEOPLE)][0]
    things = THINGS[below(len(THINGS))]
    told, last = list(steps), ""
    if steps[-1][0] in COMPARISONS and below(_COMPARED) == _COMPARED - 1:
        sign, operand = told.pop()
        last = f"{friend} has {operand}. {COMPARISONS[sign]}"
    phrases = []
    for sign, operand in told:
        choices = HAPPENINGS[happening(sign, operand)]
        phrases.append(choices[below(len(choices))].format(n=operand, friend=friend))
    story = _story(f"{name} has {start} {things}", pronoun, phrases, in_sentences=below(2) == 1)
    question = last or QUESTIONS[below(len(QUESTIONS))]
    return f"{story} {question}".replace("{name}", name).replace("{things}", things)


_COMPARED = 5  # one in so many last sums and differences is told of two people


def _story(opening: str, pronoun: str, phrases: list[str], *, in_sentences: bool) -> str:
    if in_sentences:
        return " ".join([f"{opening}.", *(f"{pronoun} {phrase}." for phrase in phrases)])
    *earlier, final = [opening, *phrases]
    return f"{', '.join(earlier)} and {final}." if earlier else f"{final}."
