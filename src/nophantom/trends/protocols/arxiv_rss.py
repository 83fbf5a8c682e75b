"""arXiv by its daily RSS: what was announced today. PURE.

New papers become documents. So do papers that another category lists as well (`cross`), in the list "cross", for
they are not news of this category. A new version (`replace`, `replace-cross`) tells only its own day: where the paper
is known nothing is new, and where it is not its day is unknown, so it is dropped as `bad_date` either way.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from nophantom.trends.documents import Certainty, Document, ItemDrop, folded
from nophantom.trends.exchange import Answer, Ask, Hints, Protocol, Reading, Step, Trouble
from nophantom.trends.moments import dated, read_moment
from nophantom.trends.native_ids import arxiv_id
from nophantom.trends.protocols.answers import Dropped, Element, item_of, text_of, xml_bytes, xml_of
from nophantom.trends.protocols.arxiv import (
    GAP,
    LARGEST,
    Paper,
    first_of,
    month_of,
    paper_document,
    setting_of,
)

RSS = "https://rss.arxiv.org/rss"
MOST_ITEMS = 2_000
CROSS = "cross"
"""The list of papers whose own category is another one."""
REPLACED = frozenset({"replace", "replace-cross"})
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _begin(reading: Reading, at: datetime) -> tuple[Ask, ...]:
    categories = setting_of(reading, "categories", "cs.AI+cs.LG")
    base = reading.settings.get("base", RSS).rstrip("/")
    return (Ask(f"{base}/{quote(categories, safe='+')}", conditional=True),)


def _read(reading: Reading, ask: Ask, answer: Answer) -> Step:
    root = xml_of(answer, "rss")
    sent = root.findall("{*}channel/{*}item")
    items = tuple(
        item_of(n, xml_bytes(one), lambda one=one: (_of_item(one, reading, answer.at), None))  # type: ignore[misc]
        for n, one in enumerate(sent, 1)
    )
    days = [day.text or "" for day in root.findall("channel/skipDays/day")]
    hints = Hints(
        title=folded(text_of(root, "channel/title")) or None,
        homepage=text_of(root, "channel/link").strip() or None,
        skip_days=frozenset(_WEEKDAYS.index(d) for day in days if (d := day.strip().lower()) in _WEEKDAYS),
        newest=_newest(sent, answer.at),
    )
    if len(sent) < MOST_ITEMS:
        return Step(items, hints=hints)
    told = f"{len(sent):,} items, the most that the feed tells: follow fewer categories in one source"
    return Step(items, hints=hints, trouble=Trouble.INCOMPLETE, told=told)


def _newest(sent: list[Element], at: datetime) -> datetime | None:
    moments = [read_moment(text_of(item, "pubDate")) for item in sent]
    return max((m.at for m in moments if m and m.at <= at), default=None)


def _of_item(item: Element, reading: Reading, at: datetime) -> Document:
    announced = _announcement(item)
    word = folded(text_of(item, "guid")).rpartition(":")[2] or text_of(item, "link").rpartition("/abs/")[2]
    native_id = arxiv_id(word)
    if native_id is None:
        raise Dropped(ItemDrop.NO_ID, f"guid {text_of(item, 'guid')!r}: {text_of(item, 'title')}")
    if announced in REPLACED:
        raise Dropped(
            ItemDrop.BAD_DATE, f"{announced} of {native_id}: a new version, its first day is not told"
        )
    if announced not in {"new", CROSS}:
        raise Dropped(ItemDrop.PARSE_ERROR, f"{native_id}: announced as {announced!r}")
    published = text_of(item, "pubDate").strip()
    if not published:
        raise Dropped(ItemDrop.BAD_DATE, f"{native_id}: pubDate is missing")
    # The day of the announcement, told as a midnight of New York: it is no moment.
    when = dated(published, reading, at)._replace(published_at=None, certainty=Certainty.DAY)
    if announced == CROSS and _is_old(native_id, when.published_on.year * 12 + when.published_on.month):
        raise Dropped(ItemDrop.BAD_DATE, f"{native_id} was submitted long before it was listed here")
    paper = Paper(
        word=word,
        title=text_of(item, "title"),
        abstract=_abstract(text_of(item, "description")),
        first_author=first_of(text_of(item, "{*}creator")),
        published=published,
        category=CROSS if announced == CROSS else folded(text_of(item, "category")),
    )
    return paper_document(paper, reading, at, when)


def _announcement(item: Element) -> str:
    """How it is announced; older feeds say so in the description alone."""
    told = folded(text_of(item, "{*}announce_type")).lower()
    if told:
        return told
    words = folded(text_of(item, "description")).partition("Announce Type:")[2].split()
    return words[0].lower() if words else ""


def _is_old(native_id: str, listed: int) -> bool:
    submitted = month_of(native_id)
    return submitted is None or listed - (submitted.year * 12 + submitted.month) > 1


def _abstract(description: str) -> str:
    """The abstract without the line of the announcement before it."""
    head, found, rest = description.partition("Abstract:")
    return rest if found and "Announce Type" in head else description


ARXIV_RSS = Protocol(_begin, _read, gap=GAP, at_once=1, least=6 * 3_600.0, largest=LARGEST)
"""Settings: `categories` (as in cs.AI+cs.LG), `base`. On Saturdays and Sundays nothing is announced."""
