"""Following sources: an address, a page or a list becomes sources that are visited from then on. WORLD."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, select

from nophantom.clock import now
from nophantom.errors import InvalidInput, NoPhantomError, NotFound, Unavailable, Unreadable
from nophantom.outbound.loops import run
from nophantom.store.engine import reading, writing
from nophantom.trends.archive.source_rows import NewSource, SourceRow
from nophantom.trends.archive.source_tables import Source, SourceState
from nophantom.trends.archive.sources import add_sources
from nophantom.trends.archive.visit_records import Visit
from nophantom.trends.catalog import family_of, normal_address, protocol_of, read_catalogue
from nophantom.trends.collecting import PROTOCOLS
from nophantom.trends.documents import Family
from nophantom.trends.exchange import Ask, SourceProtocol, Trouble
from nophantom.trends.fetching import Failure, Fetcher, NotModified
from nophantom.trends.followed import Checked, Followed, FollowedList
from nophantom.trends.protocols.discovery import feeds_of_page
from nophantom.trends.protocols.feed import FEED
from nophantom.trends.protocols.opml import Outline, read_opml, write_opml
from nophantom.trends.visiting import visit

LARGEST_LIST = 64 * 2**20
"""Bytes of a list of feeds."""
_GUESSED = 4  # usual places that are tried where a page names no feed


@dataclass
class Following:
    """Where sources are kept, and how they are looked at.

    Attributes:
        engine: the store, its tables up to date.
        fetcher: not yet open.
        secrets: tokens by name.
    """

    engine: Engine
    fetcher: Fetcher = field(default_factory=Fetcher)
    secrets: Mapping[str, str] = field(default_factory=dict)

    def add(
        self, addresses: Sequence[str], *, kind: str = "", language: str | None = None, look: bool = True
    ) -> list[Followed]:
        """Follow addresses: of feeds, of pages that name one, or of sites with a protocol of their own.

        Args:
            addresses: as people write them.
            kind: the group that they belong to.
            language: ISO 639-1, where it is known.
            look: visit each once, so that a page is replaced by its feed and a wrong address is told at once.
        """
        return run(self._add_all(addresses, kind, language, look=look))

    async def _add_all(
        self, addresses: Sequence[str], kind: str, language: str | None, *, look: bool
    ) -> list[Followed]:
        async with self.fetcher:
            return [await self._add(address, kind, language, look=look) for address in addresses]

    async def _add(self, address: str, kind: str, language: str | None, *, look: bool) -> Followed:
        try:
            wanted = new_source(address, kind=kind, language=language)
            if (known := self._known(wanted)) is not None:
                return Followed(address, *known)
            checked = await self._look(wanted) if look else None
        except NoPhantomError as problem:
            return Followed(address, error=problem)
        if checked is not None:
            if not checked.is_well:
                return Followed(address, checked=checked, error=_refusal(address, checked))
            wanted = checked.source
            if (known := self._known(wanted)) is not None:
                return Followed(address, *known, checked=checked)
        with writing(self.engine) as session:
            added = add_sources(session, [wanted], at=now())
        return Followed(address, added.new[0] if added.new else None, checked=checked)

    def _known(self, wanted: NewSource) -> tuple[int, str] | None:
        with reading(self.engine) as session:
            row = session.execute(select(Source.id, Source.address).where(Source.key == wanted.key)).first()
        return None if row is None else (row.id, row.address)

    def check(self, address: str) -> Checked:
        """Visit an address once and tell what it shows, without keeping anything.

        Raises:
            InvalidInput: it is no address of a source.
        """

        async def look() -> Checked:
            async with self.fetcher:
                return await self._look(new_source(address))

        return run(look())

    async def _look(self, wanted: NewSource) -> Checked:
        checked = await self._visit(wanted)
        if checked.trouble is not Trouble.WRONG_CONTENT or wanted.protocol is not SourceProtocol.FEED:
            return checked
        found = await self.fetcher.fetch(Ask(wanted.address, page=True), FEED)
        if isinstance(found, Failure | NotModified):
            return checked
        page = feeds_of_page(found.answer.content, found.answer.url, found.answer.headers)
        places = [feed.address for feed in page.named] or list(page.guesses[:_GUESSED])
        for place in places:
            inside = await self._visit(_moved(wanted, place))
            if inside.is_well:
                return replace(inside, others=tuple(feed for feed in page.named if feed.address != place))
        return checked

    async def _visit(self, wanted: NewSource) -> Checked:
        protocol = PROTOCOLS.get(wanted.protocol)
        if protocol is None:
            raise InvalidInput(
                f"{wanted.address!r} is no source that is visited: a SearXNG is asked by "
                "`nophantom trends leads`. Name its address in the setting searxng."
            )
        parts = [
            part
            async for part in visit(
                _as_row(wanted),
                protocol,
                self.fetcher,
                clock=self.fetcher.clock,
                rng=np.random.default_rng(),
                secrets=self.secrets,
            )
        ]
        return _checked(wanted, parts)

    def add_list(self, outlines: Sequence[Outline], *, added_from: str) -> FollowedList:
        """Follow a list of feeds without visiting them: thousands in seconds.

        What is there already, under whatever spelling, is left as it is.
        """
        sources: list[NewSource] = []
        unusable: list[str] = []
        for outline in outlines:
            try:
                source = new_source(
                    outline.address,
                    kind=outline.folder.partition("/")[0].lower(),
                    title=outline.title or None,
                    homepage=outline.homepage,
                    added_from=added_from,
                )
            except InvalidInput as problem:
                unusable.append(f"{outline.title or 'a feed'}: {problem.message}")
                continue
            sources.append(source)
        with writing(self.engine) as session:
            added = add_sources(session, sources, at=now())
        return FollowedList(len(added.new), len(added.known), tuple(unusable))

    def add_catalogue(self) -> FollowedList:
        """Follow the sources that come with the product."""
        new = [
            NewSource(
                entry.address,
                normal_address(entry.address),
                _family(entry.protocol),
                entry.protocol,
                entry.settings,
                entry.title,
                None,
                entry.language,
                entry.group.value,
                "the catalogue",
            )
            for entry in read_catalogue()
        ]
        with writing(self.engine) as session:
            added = add_sources(session, new, at=now())
        return FollowedList(len(added.new), len(added.known))

    def export(self) -> str:
        """All sources that are visited as OPML; such with a protocol of their own by their short address."""
        query = select(Source.title, Source.address, Source.homepage, Source.kind)
        query = query.where(Source.protocol != SourceProtocol.ARCHIVE, Source.state == SourceState.ACTIVE)
        with reading(self.engine) as session:
            rows = session.execute(query.order_by(Source.kind, Source.id)).all()
        return write_opml(Outline(row.title or "", row.address, row.homepage, row.kind) for row in rows)


def read_list(path: Path) -> tuple[tuple[Outline, ...], tuple[str, ...]]:
    """The feeds of an OPML file, and what in it is none.

    Raises:
        NotFound: there is no such file.
        Unreadable: it is no OPML, or too large to be one.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {str(path)!r}. Name an OPML file, as feed readers export it.")
    try:
        if path.stat().st_size > LARGEST_LIST:
            raise Unreadable(
                f"{str(path)!r} has {path.stat().st_size:,} bytes; a list of feeds has far less. Is it one?"
            )
        contents = read_opml(path.read_bytes(), str(path))
    except OSError as problem:
        raise Unavailable(f"cannot read {str(path)!r}: {problem.strerror or problem}. Check it.") from None
    return contents.outlines, contents.damaged


def new_source(
    address: str,
    *,
    kind: str = "",
    title: str | None = None,
    homepage: str | None = None,
    language: str | None = None,
    added_from: str = "a person",
) -> NewSource:
    """A source by its address, read by the protocol that its address tells.

    Raises:
        InvalidInput: it is no address of a source.
    """
    found = protocol_of(address)
    return NewSource(
        found.address,
        normal_address(address),
        _family(found.protocol),
        found.protocol,
        found.settings,
        title,
        homepage,
        language,
        kind,
        added_from,
    )


def _family(protocol: SourceProtocol) -> Family:
    return family_of(protocol) or Family.WEB


def _moved(wanted: NewSource, address: str) -> NewSource:
    return replace(
        new_source(address, kind=wanted.kind, language=wanted.language, added_from=wanted.added_from),
        homepage=wanted.address,
    )


def _as_row(wanted: NewSource) -> SourceRow:
    """A source that is not in the store, as a visit wants it."""
    return SourceRow(
        id=0,
        address=wanted.address,
        key=wanted.key,
        family=wanted.family,
        protocol=wanted.protocol,
        title=wanted.title,
        homepage=wanted.homepage,
        language=wanted.language,
        kind=wanted.kind,
        settings=wanted.settings,
        state=SourceState.ACTIVE,
        state_why=None,
        added_at=None,
        added_from=wanted.added_from,
        next_at=None,
        last_at=None,
        last_ok_at=None,
        last_new_at=None,
        followed_since=None,
        failures=0,
        trouble=None,
        told=None,
        etag=None,
        last_modified=None,
        body=None,
        moved_to=None,
        moved_seen=0,
        rhythm=(),
        remembered={},
    )


def _checked(wanted: NewSource, parts: Sequence[Visit]) -> Checked:
    last = parts[-1]
    items = [item for part in parts for item in part.items]
    drops = Counter(item.drop for item in items if item.drop is not None)
    moments = [d.published_at for item in items if (d := item.document) is not None and d.published_at]
    source = replace(wanted, title=wanted.title or last.title, language=wanted.language or last.language)
    return Checked(
        source=source,
        outcome=last.outcome,
        trouble=last.trouble,
        told=last.told,
        title=last.title,
        items=len(items),
        documents=len(items) - drops.total(),
        drops=drops,
        newest=max(moments, default=None),
        next_at=last.health.next_at if last.health else None,
        requests=sum(part.requests for part in parts),
    )


_ADVICE = {
    Trouble.WRONG_CONTENT: "Give the address of its feed; it names none that can be read.",
    Trouble.NOT_FOUND: "Check the address.",
    Trouble.UNREACHABLE: "Check the name of its host.",
    Trouble.BLOCKED_ADDRESS: "Name its host in the setting allowed_hosts if it is one of your own.",
    Trouble.FORBIDDEN: "It wants a token, or does not want programs.",
    Trouble.RATE_LIMITED: "Try again later, or add it without a look: --no-check.",
}


def _refusal(address: str, checked: Checked) -> Unreadable:
    why = f"{checked.trouble}" + (f": {checked.told}" if checked.told else "")
    advice = _ADVICE.get(
        checked.trouble or Trouble.UNREADABLE, "Add it all the same with --no-check; it is tried again."
    )
    return Unreadable(f"{address!r} cannot be followed: {why}. {advice}")
