"""One text for one value, and its hash: what makes a plan, an evaluation or a snapshot itself."""

from __future__ import annotations

import json
from hashlib import sha256


def canonical_json(value: object) -> str:
    """One text for one value: sorted keys, no spaces, no NaN.

    >>> canonical_json({"b": 0.1, "a": None})
    '{"a":null,"b":0.1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def text_hash(text: str) -> str:
    """SHA-256 of a text in hex."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def content_hash(value: object) -> str:
    """SHA-256 in hex over the canonical JSON of `value`."""
    return text_hash(canonical_json(value))
