"""Topics: which words of a text can name something, and when two spellings are one name.

The vocabulary is open: nothing here knows any technology. A *surface* is a word as it was written.
Surfaces form *terms*, phrases of one to three words; terms with the same *slug* are one topic. A
slug is a function of the term alone: without case, hyphens and the ending of a plural. It is a key;
a topic is shown by its most frequent spelling.

Words keep what belongs to names: digits (`X9s`, `Zorblax 2` ends in a number), case inside
(CamelCase is never split) and marks (`Q++`, `Q#`, `.QUX`, `Foo.js`, `Quux-4`, `A/Q`). Addresses,
e-mail addresses, emoji, markup and a possessive 's are no words. Chinese is cut into words; what
other script is not read, and why, says `segmentation.unread`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from nophantom.trends.documents import Document, Kind
from nophantom.trends.plurals import singular
from nophantom.trends.segmentation import FUNCTION_WORDS, chinese_runs, without_unread, words_of

LONGEST_TERM = 3
EARLY = 3
"""Stories that give a topic its early name: no fewer make a candidate."""
"""Words of a phrase, at most."""

LONGEST_WORD = 40
"""Characters; longer ones are keys, hashes or noise."""

LONGEST_TEXT = 20_000
"""Characters that are read of a title, and of a text."""

JOINED = "\0"
"""Begins the surface of a word that hung on the one before by a mark: NUL, the mark, the word. Chinese words
hang on each other by nothing: a second NUL stands for the mark."""

# Closed classes only: articles, pronouns, prepositions, conjunctions, auxiliaries, particles. Words
# of other languages are left out where they are also an English content word or a common name.
_FUNCTION_WORDS = """
    a an the this that these those some any each every either neither no none all both such
    i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself
    she her hers herself it its itself they them their theirs themselves who whom whose which what
    whatever whoever whichever someone anyone everyone something anything everything nothing
    about above across after against along amid among around as at before behind below beneath
    beside besides between beyond by despite down during except for from in inside into like near of off
    on onto out outside over per since through throughout till to toward towards under underneath
    until unto up upon via with within without versus vs
    and but or nor so yet if because although though unless while whereas whether than when whenever
    where wherever why how however therefore thus hence
    be am is are was were been being do does did done doing have has had having can could may might
    must shall should will would ought cannot
    not also too very just only even ever never always often again still already almost quite rather
    then there here more most much many few fewer etc eg ie aka
    der und oder ist sind nicht ein eine einen einem einer eines für von vom zum zur auf aus bei wie
    sich auch wird werden dem den
    le les une du et dans avec qui que ce cette aux
    el para por una como más del uma da lo gli di il che è dei nel
    и в на с по для из от к не что как это или за у о об при до
"""
# Dates are no topics. They may stand inside a phrase whose other words are none.
_CALENDAR_WORDS = """
    january february march april june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
    today yesterday tomorrow
"""
_FUNCTION = frozenset(_FUNCTION_WORDS.split()) | FUNCTION_WORDS
_CALENDAR = frozenset(_CALENDAR_WORDS.split())

_BREAK = ";"
_SURFACE = re.compile(
    r"""
    (?<![\w/.-]) [A-Z]{1,4} / [A-Z]{1,4} (?![\w/+\#])              # A/Q, QI/QD
    | (?: (?<![^\s(\["“]) \. (?=[^\W\d_]) )?                       # a leading dot: .QUX
    [^\W_]+
    (?: [-._&] [^\W_]+ | ['’] (?! s\b ) [^\W_]+ )*                 # inner marks: Foo.js, Quux-4, A&B
    (?: \+\+ \d{0,2} (?![^\W_]) | [+\#] (?![^\W_+\#]) )?           # closing marks: Q++, Q#
    | ['’] s \b                                                    # possessive
    | (?: (?! (?<=[(\["“]) \. [^\W\d_] ) [^\w\s*`~] | \n ){1,8}     # all else ends a phrase
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(r"\d+(?:[-.:_]\d+)*(?:st|nd|rd|th)?|v\d+(?:[-._]\d+)+")
_CONTRACTION = re.compile(r".*['’](?:t|re|ve|ll|d|m)")
_ACRONYMS = re.compile(r".*[A-Z]{2}s")

_ADDRESS = re.compile(r"(?:\b[a-z][a-z0-9+.-]{0,20}://|\bwww\.)[^\s<>]+", re.IGNORECASE)
_E_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+")
_TAG = re.compile(
    r"</?(?:a|abbr|b|blockquote|br|center|code|dd|del|details|div|dl|dt|em|font|h[1-6]|hr|i|iframe|img|ins|kbd"
    r"|li|mark|ol|p|picture|pre|s|small|span|strike|strong|sub|summary|sup|svg|table|t[bdhr]|tbody|thead|tt|u|ul"
    r"|video)(?:\s[^<>]{0,1000})?/?>|<!--[^<>]{0,1000}-->",
    re.IGNORECASE,
)
_EMOJI_NAME = re.compile(r"(?<![\w:]):[a-z][a-z0-9_+-]{1,30}:(?!\w)")
_MATHEMATICS = re.compile(r"\$[^$\n]{0,80}[\\^_{][^$\n]{0,80}\$|\\[a-zA-Z]{2,}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff™®©]")
_INNER_MARK = re.compile(r"(?<=.)[-._/'’]")
_HYPHEN = re.compile(r"([-/])")
_REPOSITORY = re.compile(r"[^\s/]+/([^\s/]+)")
_REPOSITORY_WORD = re.compile(r"([-_.]*)([^-_.]+)")


class WordKind(IntEnum):
    """What a surface can do in a term."""

    BREAK = 0
    """Punctuation: no term crosses it."""
    SKIP = 1
    """Nothing: as if it were not there."""
    FUNCTION = 2
    """Stands inside a term, never at an end."""
    NUMBER = 3
    """Never begins a term."""
    CALENDAR = 4
    LETTER = 5
    """A single letter, like a calendar word: part of a term, no term."""
    WORD = 6


@dataclass(frozen=True, slots=True, eq=False)
class Topics:
    """The topics of a corpus with their spellings, in order of slug.

    Attributes:
        slugs: the normal form of each topic, its key.
        first: (n + 1,) int64: topic t has the spellings `first[t]` up to `first[t + 1]`.
        spellings: as written, per topic the most frequent first (ties: the earliest).
        counts: (n_spellings,) int32: distinct stories with this spelling.
        early: (n,) int64: index into `spellings` of the name that each bore at first; None where nothing tells.
    """

    slugs: tuple[str, ...]
    first: NDArray[np.int64]
    spellings: tuple[str, ...]
    counts: NDArray[np.int32]
    early: NDArray[np.int64] | None = None

    @property
    def n(self) -> int:
        """Topics in all."""
        return len(self.slugs)

    def name(self, topic: int) -> str:
        """How the topic is shown: its most frequent spelling."""
        return self.spellings[int(self.first[topic])]

    def early_name(self, topic: int) -> str:
        """How most of its first `EARLY` stories spell it (ties: the earliest), which no later story changes.

        What is decided on a day looks at this name: the other is not known before the last document is.
        """
        return self.spellings[int((self.first if self.early is None else self.early)[topic])]

    def spellings_of(self, topic: int) -> dict[str, int]:
        """Every spelling with the number of stories that use it."""
        low, high = int(self.first[topic]), int(self.first[topic + 1])
        return dict(zip(self.spellings[low:high], self.counts[low:high].tolist(), strict=True))

    def at(self, slug: str) -> int | None:
        """The number of the topic with just this slug; None where none has it."""
        topic = bisect_left(self.slugs, slug)
        return topic if topic < self.n and self.slugs[topic] == slug else None

    def find(self, spelling: str) -> int | None:
        """The topic that has this slug, this spelling or another with its slug; or None.

        The plural of an acronym is found in whatever case, too: zqs, where only ZQs is known to be one of ZQ.
        """
        slug = slug_of(spelling)
        for candidate in (spelling.strip().casefold(), slug, slug.removesuffix("s")):
            topic = self.at(candidate)
            if topic is None:
                continue
            if slug.removesuffix("s") != candidate or slug == candidate or slug in self._written(topic):
                return topic
        return None

    def _written(self, topic: int) -> set[str]:
        """The spellings of a topic, squashed."""
        return {join([squash(word) for word in _words(name)]) for name in self.spellings_of(topic)}


def surfaces(document: Document) -> list[str]:
    """The words of title, text and repository name, with a break between these.

    The owner of a repository is no word of it. The name is read twice: whole, and by its parts.
    """
    repository = _REPOSITORY.fullmatch(document.title) if document.kind is Kind.REPOSITORY else None
    if repository is None:
        found = read(document.title)
    else:
        name = repository[1][:LONGEST_TEXT]
        found = [*read(name), _BREAK, *_repository_words(name)]
    if document.text:
        found.append(_BREAK)
        found += read(document.text)
    return found


def read(text: str) -> list[str]:
    """The surfaces of a text in order: words, possessives and breaks.

    >>> read("Zorblax 3's CamelCase, by www.zorblax.dev")
    ['Zorblax', '3', "'s", 'CamelCase', ',', 'by', ';']
    """
    text = _cleaned(text[:LONGEST_TEXT])
    if text.isascii():
        return _SURFACE.findall(text)
    found: list[str] = []
    for nth, piece in enumerate(chinese_runs(text)):
        if not piece:
            continue
        if found:
            found.append(_BREAK)
        if nth % 2:
            first, *rest = words_of(piece)
            found += [first, *(f"{JOINED}{JOINED}{word}" for word in rest)]
        else:
            found += _SURFACE.findall(piece)
    return found


def kind_of(surface: str) -> WordKind:
    """What a surface can do in a term."""
    word = bare(surface)
    if not any(c.isalnum() for c in word[:2]) or len(word) > LONGEST_WORD:
        return WordKind.BREAK
    if word[0] in "'’":
        return WordKind.SKIP
    word = word.casefold()
    if word in _FUNCTION or _CONTRACTION.fullmatch(word):
        return WordKind.FUNCTION
    if _NUMBER.fullmatch(word):
        return WordKind.NUMBER
    if word in _CALENDAR:
        return WordKind.CALENDAR
    return WordKind.LETTER if len(word) == 1 else WordKind.WORD


def parts_of(surface: str) -> list[str]:
    r"""The words of a compound that read as well apart, each but the first `JOINED`; else itself.

    `Zorblax-powered` speaks of Zorblax, QI/QD of QI; `Quux-4`, `X-ray` and `end-to-end` are names as a whole.

    >>> parts_of("Zorblax-powered"), parts_of("Quux-4")
    (['Zorblax', '\x00-powered'], ['Quux-4'])
    """
    words = _HYPHEN.split(surface)
    apart = (
        1 < len(words) < 2 * LONGEST_TERM
        and surface[0] != JOINED
        and len(surface) <= LONGEST_WORD
        and all(len(w) > 1 and w[0].isalpha() and kind_of(w) is not WordKind.FUNCTION for w in words[::2])
    )
    if not apart:
        return [surface]
    return [words[0], *(f"{JOINED}{mark}{word}" for mark, word in zip(words[1::2], words[2::2], strict=True))]


def bare(surface: str) -> str:
    """A surface without what joins it to the word before."""
    return surface[2:] if surface[0] == JOINED else surface


def squash(surface: str) -> str:
    """A word without case, hyphens, underscores, apostrophes, slashes and dots.

    A dot before the word (`.QUX`) stays; so does one for any mark between two digits, because 2.1
    is not 21.

    >>> [squash(word) for word in ("Foo-Bar", "Foo.js", ".QUX", "Q++", "Zorblax-2.1")]
    ['foobar', 'foojs', '.qux', 'q++', 'zorblax2.1']
    """
    word = bare(surface).casefold()
    if word.isalnum():
        return word

    def mark(found: re.Match[str]) -> str:
        after = word[found.end() : found.end() + 1]
        return "." if word[found.start() - 1].isdecimal() and after.isdecimal() else ""

    return _INNER_MARK.sub(mark, word)


def join(squashed: list[str]) -> str:
    """Squashed words as one: without white space, but with a dot between digit and digit."""
    joined = squashed[0]
    for word in squashed[1:]:
        joined += "." + word if joined[-1].isdecimal() and word[0].isdecimal() else word
    return joined


def squash_last(surface: str) -> str:
    """A word as it ends a slug: squashed and singular.

    >>> [squash_last(word) for word in ("foo-bars", "QPIs", "AQS")]
    ['foobar', 'qpi', 'aqs']
    """
    word = squash(surface)
    return word[:-1] if _ACRONYMS.fullmatch(bare(surface)) else singular(word)


def key_of(words: list[str]) -> str:
    """The slug of a term of these surfaces."""
    return join([*(squash(word) for word in words[:-1]), squash_last(words[-1])])


def slug_of(spelling: str) -> str:
    """The normal form of a term as somebody writes it; equal slugs are one topic.

    >>> {slug_of(term) for term in ("foo-bar", "Foo Bars", "FooBar", "foo.bar")}
    {'foobar'}
    """
    words = _words(spelling)
    return key_of(words) if words else ""


def spell(words: list[str]) -> str:
    """Surfaces as they were written, one after the other."""
    rest = (word[1:].lstrip(JOINED) if word[0] == JOINED else " " + word for word in words[1:])
    return bare(words[0]) + "".join(rest)


def terms(document: Document) -> Iterator[tuple[str, str]]:
    """The terms of one document as (slug, spelling), in order, repeats included.

    The definition of a term, one document at a time; `mentions.mine` gives the same for all at once.
    It also finds the words that prove a mention.
    """
    words = [part for s in surfaces(document) for part in parts_of(s) if kind_of(part) != WordKind.SKIP]
    kinds = [kind_of(word) for word in words]
    for start in range(len(words)):
        for n in range(1, LONGEST_TERM + 1):
            if is_term(kinds[start : start + n], n):
                found = words[start : start + n]
                yield key_of(found), spell(found)


def is_term(kinds: list[WordKind], n: int) -> bool:
    """True where n words of these kinds are a term.

    It holds a word; begins with no function word and no number, ends with no function word; and a
    number at its end follows no function word ("fall of 20").
    """
    if len(kinds) != n or WordKind.WORD not in kinds or min(kinds) <= WordKind.SKIP:
        return False
    if kinds[0] <= WordKind.NUMBER or kinds[-1] is WordKind.FUNCTION:
        return False
    return not (n > 1 and kinds[-1] is WordKind.NUMBER and kinds[-2] is WordKind.FUNCTION)


def _words(spelling: str) -> list[str]:
    """The surfaces of a term as somebody writes it."""
    return [part for s in read(spelling) if kind_of(s) > WordKind.SKIP for part in parts_of(s)]


def _repository_words(name: str) -> list[str]:
    """`foo-bar.js` as foo, -bar, .js."""
    words: list[str] = []
    for mark, word in _REPOSITORY_WORD.findall(name):
        if kind_of(word) is WordKind.BREAK:
            words.append(_BREAK)
        else:
            words.append(f"{JOINED}{mark[-1]}{word}" if words and words[-1] != _BREAK else word)
    return words


def _cleaned(text: str) -> str:
    """Without markup, addresses, emoji names, formulas and unread scripts; each ends a phrase.

    Every step is behind a cheap look for what it removes: most titles need none of them.
    """
    gap = f" {_BREAK} "
    if "<" in text:
        text = _TAG.sub(gap, text)
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).replace("\u2010", "-")
        text = without_unread(text, gap)
    if "://" in text or "www." in text.casefold():
        text = _ADDRESS.sub(gap, text)
    if "@" in text:
        text = _E_MAIL.sub(gap, text)
    if text.count(":") > 1:
        text = _EMOJI_NAME.sub(gap, text)
    if "$" in text or "\\" in text:
        text = _MATHEMATICS.sub(gap, text)
    return text.replace(JOINED, " ")
