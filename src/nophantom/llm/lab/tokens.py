"""Text as numbers for the lab's models: a word, a mark or a digit is one token.

Numbers are written digit by digit, so that a small model meets ten signs and not thousands. Text comes back as
it was: between two tokens stands the space that is usual between such two ("12+5=17, and"), and where a
text has it otherwise, a mark says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nophantom.errors import InvalidInput

PAD, END, UNKNOWN = 0, 1, 2
"""Filling, the end of an answer, and a word that training never showed."""

_SPECIAL = ("<pad>", "<end>", "<unk>")
_SPACE, _JOINED = "<space>", "<joined>"  # where spacing is not the usual one
_PIECE = re.compile(r"####|<<|>>|\n|[0-9]|[^\W\d_]+(?:'[^\W\d_]+)?|\S")
_CLOSING = frozenset(".,?!;:)%")
_OPENING = frozenset("($")
_OPERATORS = frozenset("+-*/=")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The vocabulary of a task.

    Attributes:
        words: every token, at the place that is its number; the first three are `<pad>`, `<end>`, `<unk>`.
    """

    words: tuple[str, ...]
    _number: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.words[:3] != _SPECIAL or len(set(self.words)) != len(self.words):
            raise InvalidInput(
                f"a vocabulary is a list of distinct words that begins with {list(_SPECIAL)}; got {len(self.words)} "
                f"beginning with {list(self.words[:3])}."
            )
        object.__setattr__(self, "_number", {word: number for number, word in enumerate(self.words)})

    @classmethod
    def of(cls, texts: Iterable[str], *, most: int = 4_000) -> Tokens:
        """The vocabulary of some texts.

        Args:
            texts: what training shows.
            most: at most so many words, the most frequent ones; the others are unknown.

        >>> tokens = Tokens.of(["Mia has 12 cups."])
        >>> tokens.words[3:]
        ('.', '1', '2', 'Mia', 'cups', 'has')
        """
        counts = Counter(piece for text in texts for piece in _pieces(text))
        kept = sorted(counts, key=lambda piece: (-counts[piece], piece))[:most]
        return cls((*_SPECIAL, *sorted(set(kept) - set(_SPECIAL))))

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, text: str) -> list[int]:
        """The numbers of a text; `UNKNOWN` for words that are not in the vocabulary.

        >>> Tokens.of(["7+12=19"]).encode("12+7=?")
        [4, 5, 3, 6, 8, 2]
        """
        return [self._number.get(piece, UNKNOWN) for piece in _pieces(text)]

    def encode_answer(self, solution: str) -> list[int]:
        """The numbers of a solution and the end that a model learns to write after it."""
        return [*self.encode(solution), END]

    def decode(self, numbers: Sequence[int]) -> str:
        """The text up to the first `<end>`; filling is left out.

        White space comes back as single spaces and line ends.

        >>> tokens = Tokens.of(["12+5=17, 17*2=34 #### 34"])
        >>> tokens.decode(tokens.encode_answer("17*2=34, 34+1=35 #### 35"))
        '17*2=34, 34+1=35 #### 35'

        Raises:
            InvalidInput: a number that is no token.
        """
        if wrong := [number for number in numbers if not 0 <= number < len(self.words)]:
            raise InvalidInput(f"the tokens are numbered from 0 to {len(self.words) - 1}; got {wrong[0]}.")
        written: list[str] = []
        spacing = before = ""
        for number in numbers:
            if number == END:
                break
            piece = self.words[number]
            if number == PAD:
                continue
            if piece in (_SPACE, _JOINED):
                spacing = piece
                continue
            spaced = spacing == _SPACE if spacing else _is_spaced(before, piece)
            written += [" ", piece] if spaced else [piece]
            spacing, before = "", piece
        return "".join(written)

    def as_json(self) -> list[str]:
        """What is written beside the weights."""
        return list(self.words)

    @classmethod
    def from_json(cls, value: object) -> Tokens:
        """The vocabulary that `as_json` gave.

        Raises:
            InvalidInput: it is no list of words.
        """
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise InvalidInput(f"a vocabulary is a list of words; got {type(value).__name__}.")
        return cls(tuple(value))


def _pieces(text: str) -> Iterator[str]:
    """Words, marks and digits, with a mark where the spacing between two is not the usual one."""
    before, end = "", 0
    for found in _PIECE.finditer(text):
        piece = found[0]
        if before and piece != "\n" and before != "\n":
            gap = found.start() > end
            if gap != _is_spaced(before, piece):
                yield _SPACE if gap else _JOINED
        yield piece
        before, end = piece, found.end()


def _is_spaced(before: str, after: str) -> bool:
    """Whether a space usually stands between two tokens."""
    if not before or "\n" in (before, after):
        return False
    if after in _CLOSING or before in _OPENING:
        return False
    if before in _OPERATORS or after in _OPERATORS:
        # Working is written without spaces: 12+5=17.
        return not all(_is_of_working(piece) for piece in (before, after))
    return not (before.isdigit() and after.isdigit())


def _is_of_working(piece: str) -> bool:
    return piece in _OPERATORS or piece.isdigit()
