"""How commands go out into the world: a polite fetcher, collecting and leads, as the settings want them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from nophantom.cli.talk import Opened
    from nophantom.trends.archive.leads import LeadRow
    from nophantom.trends.collecting import Collecting, OnVisit
    from nophantom.trends.fetching import Fetcher
    from nophantom.trends.leading import Leading


def fetcher_of(store: Opened) -> Fetcher:
    """A polite fetcher as the settings want it."""
    from nophantom.outbound.guard import Guard
    from nophantom.trends.fetching import Fetcher, polite_client

    guard = Guard((*store.settings.allowed_hosts, *_own(store.settings.searxng)))
    return Fetcher(polite_client(guard), store.settings.contact)


def _own(address: str | None) -> tuple[str, ...]:
    """One's own SearXNG may live where nothing else may lead to."""
    from urllib.parse import urlsplit

    place = urlsplit(address or "").netloc.rpartition("@")[2]
    return (place,) if place else ()


def secrets_of(store: Opened) -> dict[str, str]:
    """Tokens by the names that protocols ask for."""
    token = store.settings.github_token
    return {"github": token.get_secret_value()} if token else {}


def collecting_of(store: Opened, on_visit: OnVisit | None = None) -> Collecting:
    """Collecting as the settings want it."""
    from nophantom.trends.archive.bodies import Bodies
    from nophantom.trends.collecting import Collecting

    settings = store.settings
    return Collecting(
        store.engine,
        fetcher_of(store),
        Bodies(settings.bodies_folder) if settings.keep_days > 0 else None,
        settings.keep_days,
        secrets_of(store),
        on_visit=on_visit,
    )


def leading_of(store: Opened, on_lead: Callable[[LeadRow], None] | None = None) -> Leading:
    """Asking for leads as the settings want it.

    Raises:
        InvalidInput: no SearXNG is set.
    """
    from nophantom.errors import InvalidInput
    from nophantom.trends.leading import Leading
    from nophantom.trends.leads import LeadBudget

    base = store.settings.searxng
    if base is None:
        raise InvalidInput(
            "no SearXNG is set. Run one of your own with `json` among its search.formats, and name its address: "
            "NOPHANTOM_SEARXNG=http://127.0.0.1:8888. Public ones do not answer programs."
        )
    budget = LeadBudget(per_day=store.settings.leads_per_day)
    return Leading(store.engine, base, budget, secrets=secrets_of(store), on_lead=on_lead)
