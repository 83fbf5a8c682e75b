"""Who knows a thing by its own name: what to ask it, and what it tells. PURE.

What a search found is told here by the source itself: its id, its title, its date. A source that answers "no such
thing" raises `Dropped`; one that cannot answer now raises `Refusal`, and may be asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from nophantom.trends.documents import Kind, Score, short, unescaped
from nophantom.trends.exchange import Answer, Ask, Reading, Refusal, Trouble
from nophantom.trends.native_ids import arxiv_id
from nophantom.trends.native_things import NativeThing, home_of
from nophantom.trends.protocols.answers import Sent, count_of, json_of, moment_of, text_of, word_of, xml_of
from nophantom.trends.protocols.github import ask_github
from nophantom.trends.protocols.page import read_page_of
from nophantom.trends.protocols.registries import REGISTRY_SOURCES
from nophantom.trends.protocols.told import NativeSource, Told, json_at, no_such_thing, within


def native_source(thing: NativeThing) -> NativeSource:
    """Who is asked about a thing; the page itself where no interface tells the day of its publication."""
    is_discussion = thing.parent is not None and "/discussions/" in thing.name
    return _PAGE if is_discussion else _SOURCES.get(thing.space, _PAGE)


def _ask_page(thing: NativeThing, _reading: Reading) -> Ask:
    return Ask(home_of(thing), {"accept": "text/html,application/xhtml+xml"}, page=True)


def _fields(answer: Answer) -> Mapping[str, Any]:
    value = json_of(answer)
    if not isinstance(value, dict):
        raise Refusal(Trouble.WRONG_CONTENT, short(f"not an object: {value!r}"))
    return value


def _match(thing: NativeThing, told: object, wanted: str) -> None:
    if str(told).lower() != wanted.lower():
        raise no_such_thing(thing, f"the source tells of {told!r} instead")


# GitHub, and Codeberg, which speaks alike.


def _ask_github(thing: NativeThing, reading: Reading) -> Ask:
    # Pull requests are issues, too: one interface tells of both.
    return ask_github(reading, "repos/" + quote(thing.name.replace("/pull/", "/issues/")), {})


def _ask_codeberg(thing: NativeThing, _reading: Reading) -> Ask:
    name = quote(thing.name.replace("/pulls/", "/issues/"))
    return Ask(f"https://codeberg.org/api/v1/repos/{name}", {"accept": "application/json"})


def _forge(thing: NativeThing, answer: Answer) -> Told:
    fields = _fields(answer)
    if thing.parent is not None:
        _match(thing, fields.get("number"), thing.native_id.rpartition("#")[2])
        return Told(
            Sent(
                thing.native_id,
                word_of(fields, "title"),
                word_of(fields, "created_at"),
                word_of(fields, "body"),
                word_of(fields, "html_url") or home_of(thing),
                word_of(within(fields, "user") or {}, "login"),
                product=thing.parent,
            ),
            Score(comments=count_of(fields, "comments")),
        )
    name = word_of(fields, "full_name")
    if name.count("/") != 1:
        raise Refusal(Trouble.WRONG_CONTENT, short(f"a repository without a name: {dict(fields)!r}"))
    # A repository that was renamed answers under its new name, which is the one that all other sources will use.
    native_id = f"{thing.space}:{name.lower()}"
    about = word_of(fields, "description")
    stars = count_of(fields, "stargazers_count")
    sent = Sent(
        native_id,
        f"{name}: {about}" if about.strip() else name,
        word_of(fields, "created_at"),
        url=word_of(fields, "html_url") or home_of(thing),
        author=name.partition("/")[0],
        kind=Kind.REPOSITORY,
        product=native_id,
        is_plain=True,
    )
    return Told(sent, Score(points=count_of(fields, "stars_count") if stars is None else stars))


def _ask_gitlab(thing: NativeThing, _reading: Reading) -> Ask:
    project, _, part = thing.name.partition("/-/")
    path = f"{quote(project, safe='')}/{part}".rstrip("/")
    return Ask(f"https://gitlab.com/api/v4/projects/{path}", {"accept": "application/json"})


def _gitlab(thing: NativeThing, answer: Answer) -> Told:
    fields = _fields(answer)
    url = word_of(fields, "web_url") or home_of(thing)
    if thing.parent is not None:
        _match(thing, fields.get("iid"), thing.name.rpartition("/")[2])
        author = word_of(within(fields, "author") or {}, "username")
        sent = Sent(
            thing.native_id,
            word_of(fields, "title"),
            word_of(fields, "created_at"),
            word_of(fields, "description"),
            url,
            author,
            product=thing.parent,
        )
        return Told(sent, Score(count_of(fields, "upvotes"), count_of(fields, "user_notes_count")))
    name = word_of(fields, "path_with_namespace")
    if not name:
        raise Refusal(Trouble.WRONG_CONTENT, short(f"a project without a path: {dict(fields)!r}"))
    native_id = f"gitlab:{name.lower()}"
    about = word_of(fields, "description")
    title = f"{name}: {about}" if about.strip() else name
    author, created = name.partition("/")[0], word_of(fields, "created_at")
    sent = Sent(native_id, title, created, "", url, author, Kind.REPOSITORY, native_id, is_plain=True)
    return Told(sent, Score(points=count_of(fields, "star_count")))


def _hacker_news(thing: NativeThing, answer: Answer) -> Told:
    if json_of(answer) is None:
        raise no_such_thing(thing, "no such item")
    fields = _fields(answer)
    _match(thing, fields.get("id"), thing.name)
    if fields.get("deleted") or fields.get("dead"):
        raise no_such_thing(thing, "deleted or dead")
    if fields.get("type") not in {"story", "poll"}:
        raise no_such_thing(thing, f"a {fields.get('type')}, not a story")
    title, text, url = (word_of(fields, name) for name in ("title", "text", "url"))
    sent = Sent(thing.native_id, title, moment_of(fields.get("time")), text, url, word_of(fields, "by"))
    return Told(sent, Score(count_of(fields, "score"), count_of(fields, "descendants")))


_ATOM = "{http://www.w3.org/2005/Atom}"


def _ask_arxiv(thing: NativeThing, _reading: Reading) -> Ask:
    return Ask(f"https://export.arxiv.org/api/query?id_list={quote(thing.name, safe='/')}&max_results=1")


def _arxiv(thing: NativeThing, answer: Answer) -> Told:
    feed = xml_of(answer, "feed")
    entry = feed.find(f"{_ATOM}entry")
    if entry is None:
        # An empty page is how it fails, too: never "no such paper".
        raise Refusal(Trouble.INCOMPLETE, f"an empty page instead of {thing.native_id}", again=True)
    place = text_of(entry, f"{_ATOM}id").strip()
    if "/api/errors" in place:
        raise no_such_thing(thing, f"arXiv says: {text_of(entry, f'{_ATOM}summary')}")
    if arxiv_id(place.partition("/abs/")[2]) != thing.native_id:
        raise no_such_thing(thing, f"the source tells of {place!r} instead")
    title, text = text_of(entry, f"{_ATOM}title"), text_of(entry, f"{_ATOM}summary")
    author = text_of(entry, f"{_ATOM}author/{_ATOM}name")
    published = text_of(entry, f"{_ATOM}published")  # of the first version
    return Told(
        Sent(
            thing.native_id,
            title,
            published,
            text,
            home_of(thing),
            author,
            Kind.PAPER,
            thing.native_id,
            is_plain=True,
        )
    )


def _ask_stack_exchange(thing: NativeThing, _reading: Reading) -> Ask:
    site, _, number = thing.name.rpartition("/")
    return Ask(f"https://api.stackexchange.com/2.3/questions/{number}?site={quote(site)}")


def _stack_exchange(thing: NativeThing, answer: Answer) -> Told:
    fields = _fields(answer)
    question = within(fields, "items", 0)
    if fields.get("error_id") == 502:  # its own number for "too many requests"
        raise Refusal(Trouble.RATE_LIMITED, short(f"Stack Exchange: {fields.get('error_message')}"))
    if not isinstance(question, dict):
        raise no_such_thing(thing, "no such question")
    _match(thing, question.get("question_id"), thing.name.rpartition("/")[2])
    author = unescaped(word_of(within(question, "owner") or {}, "display_name"))
    url, created = word_of(question, "link") or home_of(thing), moment_of(question.get("creation_date"))
    sent = Sent(thing.native_id, word_of(question, "title"), created, "", url, author)
    return Told(sent, Score(count_of(question, "score"), count_of(question, "answer_count")))


def _reddit(thing: NativeThing, answer: Answer) -> Told:
    post = within(json_of(answer), 0, "data", "children", 0, "data")
    if not isinstance(post, dict):
        raise no_such_thing(thing, "no such post")
    _match(thing, post.get("id"), thing.name)
    if post.get("removed_by_category"):
        raise no_such_thing(thing, f"removed by {post['removed_by_category']}")
    url = unescaped(word_of(post, "url"))
    title, text, created = (
        word_of(post, "title"),
        word_of(post, "selftext"),
        moment_of(post.get("created_utc")),
    )
    sent = Sent(thing.native_id, title, created, text, url, word_of(post, "author"))
    return Told(sent, Score(count_of(post, "score"), count_of(post, "num_comments")))


def _lobsters(thing: NativeThing, answer: Answer) -> Told:
    story = _fields(answer)
    _match(thing, story.get("short_id"), thing.name)
    user = story.get("submitter_user")  # a name; earlier an object
    author = user if isinstance(user, str) else word_of(user if isinstance(user, dict) else {}, "username")
    title, text, url = (word_of(story, name) for name in ("title", "description", "url"))
    sent = Sent(thing.native_id, title, word_of(story, "created_at"), text, url or home_of(thing), author)
    return Told(sent, Score(count_of(story, "score"), count_of(story, "comment_count")))


_DATES_KEPT_SINCE = "2022-03-02"


def _ask_hugging_face(thing: NativeThing, _reading: Reading) -> Ask:
    shelved = thing.name.startswith(("datasets/", "spaces/"))
    return Ask(f"https://huggingface.co/api/{'' if shelved else 'models/'}{quote(thing.name)}")


def _hugging_face(thing: NativeThing, answer: Answer) -> Told:
    fields = _fields(answer)
    name = word_of(fields, "id")
    _match(thing, name, thing.name.removeprefix("datasets/").removeprefix("spaces/"))
    created = word_of(fields, "createdAt")
    if created.startswith(_DATES_KEPT_SINCE):
        raise no_such_thing(thing, f"created on or before {_DATES_KEPT_SINCE}: earlier days are not kept")
    about, author = word_of(fields, "description"), name.partition("/")[0]
    sent = Sent(
        thing.native_id, name, created, about, home_of(thing), author, Kind.REPOSITORY, thing.native_id
    )
    return Told(sent, Score(points=count_of(fields, "likes")))


def _doi(thing: NativeThing, answer: Answer) -> Told:
    work = within(_fields(answer), "message")
    if not isinstance(work, dict):
        raise no_such_thing(thing, "no such work")
    _match(thing, work.get("DOI"), thing.name)
    # The days that publishers give are often a year alone; the registration has its moment.
    parts = [within(work, name, "date-parts", 0) for name in ("published-online", "published", "issued")]
    days = [part for part in parts if isinstance(part, list) and len(part) == 3 and None not in part]
    published = "-".join(f"{n:02}" for n in days[0]) if days else within(work, "created", "date-time")
    names = [within(work, "author", 0, name) for name in ("given", "family")]
    author = " ".join(name for name in names if isinstance(name, str))
    title, text = within(work, "title", 0), word_of(work, "abstract")
    url, kind = home_of(thing), Kind.PAPER
    told = title if isinstance(title, str) else ""
    return Told(Sent(thing.native_id, told, published, text, url, author, kind, thing.native_id))


def _of_page(thing: NativeThing, answer: Answer) -> Told:
    return Told(read_page_of(thing, answer))


_PAGE = NativeSource(_ask_page, _of_page)
_SOURCES = {
    "github": NativeSource(_ask_github, _forge),
    "codeberg": NativeSource(_ask_codeberg, _forge),
    "gitlab": NativeSource(_ask_gitlab, _gitlab),
    "hn": NativeSource(json_at("https://hacker-news.firebaseio.com/v0/item/{}.json"), _hacker_news),
    "arxiv": NativeSource(_ask_arxiv, _arxiv),
    "se": NativeSource(_ask_stack_exchange, _stack_exchange),
    "reddit": NativeSource(json_at("https://www.reddit.com/comments/{}.json?limit=1"), _reddit),
    "lobsters": NativeSource(json_at("https://lobste.rs/s/{}.json"), _lobsters),
    "hf": NativeSource(_ask_hugging_face, _hugging_face),
    "doi": NativeSource(json_at("https://api.crossref.org/works/{}", escaped=True), _doi),
    **REGISTRY_SOURCES,
}
