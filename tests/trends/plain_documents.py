"""A plain post to start from: what a test cares about is said, the rest is as of any post."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from nophantom.trends.documents import Document, Family, Kind


def plain_document(native_id: str, title: str, seen: date, /, **changes: Any) -> Document:
    """A post of Hacker News, published and seen on a day, of no author, site, collection or product."""
    plain = Document(
        native_id=native_id,
        family=Family.HACKER_NEWS,
        kind=Kind.POST,
        title=title,
        text="",
        url="",
        author=None,
        site=None,
        published_on=seen,
        first_seen=seen,
        language="en",
        collections=(),
        list_name="",
        product=None,
    )
    return replace(plain, **changes)
