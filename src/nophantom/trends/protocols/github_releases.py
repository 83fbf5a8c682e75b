"""GitHub releases of one repository. PURE."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from nophantom.trends.addresses import parse_address
from nophantom.trends.documents import Document, ItemDrop, Kind, folded, short
from nophantom.trends.exchange import Answer, Ask, Hints, Protocol, Reading, Refusal, Step, Trouble
from nophantom.trends.native_ids import LONGEST_ID, repository_id, thing_behind
from nophantom.trends.protocols.answers import (
    Dropped,
    Sent,
    document,
    fields_of,
    item_of,
    json_bytes,
    json_of,
    newest_of,
    word_of,
)
from nophantom.trends.protocols.github import (
    MOST_PER_PAGE,
    SEES,
    ask_github,
    has_next,
    refuse_failure,
    repository_of,
)

MOST_PAGES = 10
"""GitHub tells the last 1,000 releases, however many there are."""


def _begin(reading: Reading, at: datetime) -> tuple[Ask, ...]:
    return (_page(reading, 1),)


def _page(reading: Reading, number: int, newest: str = "") -> Ask:
    path = f"repos/{repository_of(reading)}/releases"
    asked = {"per_page": MOST_PER_PAGE, "page": number}
    return ask_github(reading, path, asked, note=f"{number} {newest}".strip(), conditional=number == 1)


def _read(reading: Reading, ask: Ask, answer: Answer) -> Step:
    refuse_failure(reading, answer)
    releases = json_of(answer)
    if not isinstance(releases, list):
        raise Refusal(Trouble.WRONG_CONTENT, short(f"no list of releases: {releases!r}"))
    items = tuple(
        item_of(n, json_bytes(one), lambda one=one: (_of_release(one, reading, answer.at), None))  # type: ignore[misc]
        for n, one in enumerate(releases, 1)
    )
    moments = [i.document.published_at for i in items if i.document and i.document.published_at]
    number, _, newest = ask.note.partition(" ")
    known = reading.state.get("newest", "")
    newest = max([newest, known, *(_written(m) for m in moments)])
    # Newest first, so a page with one that the last visit knew already ends it.
    is_all_new = bool(moments) and _written(min(moments)) > known
    if has_next(answer) and is_all_new and int(number) < MOST_PAGES:
        return Step(items, (_page(reading, int(number) + 1, newest),), hints=Hints(newest=newest_of(items)))
    return Step(items, state={"newest": newest}, hints=Hints(newest=newest_of(items)))


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _of_release(value: object, reading: Reading, at: datetime) -> Document:
    fields = fields_of(value, "a release")
    tag = word_of(fields, "tag_name")
    if fields.get("draft") is True:
        raise Dropped(ItemDrop.BAD_DATE, f"{tag or 'a release'} is a draft: not published yet")
    if not tag:
        raise Dropped(ItemDrop.NO_ID, f"a release without tag_name: {fields.get('id')!r}")
    if not word_of(fields, "published_at"):
        raise Dropped(ItemDrop.BAD_DATE, f"{tag}: published_at is missing")
    product, name = _repository(word_of(fields, "html_url"), reading)
    native_id = f"{product}/releases/tag/{tag}"
    if len(native_id) > LONGEST_ID or tag != folded(tag):
        raise Dropped(ItemDrop.NO_ID, f"a tag of {len(tag)} characters: {tag}")
    author = fields.get("author")
    called = folded(word_of(fields, "name"))
    sent = Sent(
        native_id=native_id,
        title=f"{name} {tag}: {called}" if called not in {"", tag} else f"{name} {tag}",
        published=word_of(fields, "published_at"),
        text=word_of(fields, "body"),
        url=word_of(fields, "html_url") or f"https://github.com/{name}/releases/tag/{quote(tag)}",
        author=word_of(author, "login") if isinstance(author, dict) else None,
        kind=Kind.RELEASE,
        product=product,
    )
    return document(sent, reading, at)


def _repository(url: str, reading: Reading) -> tuple[str, str]:
    """Native id and name of the repository: after a renaming, the answer tells the new one."""
    address = parse_address(url)
    told = thing_behind(address)[1] if address else None
    name = told.removeprefix("github:") if told else repository_of(reading)
    return repository_id(name) or "", name


GITHUB_RELEASES = Protocol(_begin, _read, sees=SEES, gap=1.0, at_once=1, least=3_600.0)
"""Settings: `repository` (owner/name), `base`."""
