"""Adoption: how often products are downloaded or starred, month by month. PURE.

Adoption is shown beside mentions and is no input of any detection: a package is downloaded by machines that test
other packages, and stars are collected later than the day they are of.
"""

from __future__ import annotations

from enum import StrEnum


class Measure(StrEnum):
    """What an adoption series counts."""

    DOWNLOADS = "downloads"
    """Of a package, in 30 days that end in the month or right after it."""
    STARS_TOTAL = "stars_total"
    """Of a repository, all that it had when the month was over."""
