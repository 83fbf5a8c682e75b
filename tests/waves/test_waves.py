"""Real waves: what the detection says of documents as of a day. The one place that may name technologies."""

from __future__ import annotations

import sys
from datetime import date
from functools import partial
from pathlib import Path

from nophantom.trends.baselines import Parameters
from nophantom.trends.documents import Document
from nophantom.trends.gates import CandidateDrop, publishing_places
from nophantom.trends.mentions import mine
from nophantom.trends.phases import Phase, Standing
from nophantom.trends.protocols.archive_file import Window, read_line, split_lines
from nophantom.trends.series import build_series
from nophantom.trends.signals import detect
from nophantom.trends.stories import gather

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def documents_of(folder: Path, first: date, last: date) -> list[Document]:
    """What was published, and seen, from one day to another in the archives of a folder."""
    documents = []
    for archive in sorted((folder / "trends" / "documents").glob("*.jsonl.zst")):
        with zstd.open(archive, "rb") as lines:
            chunks = iter(partial(lines.read, 1 << 20), b"")
            for position, line in enumerate(split_lines(chunks), 1):
                item = line and read_line(
                    line, position=position, window=Window(first, last), today=date(2026, 1, 1)
                )
                if item and item.document and item.document.first_seen <= last:
                    documents.append(item.document)
    return documents


def test_at_the_end_of_2022_chatgpt_is_emerging_and_the_season_is_no_trend(data: Path) -> None:
    """As of 20 December 2022, three weeks after its release, over fourteen months.

    Christmas and Advent of Code have evidence enough to be shown, and came a year ago, too.
    """
    documents = documents_of(data, date(2021, 10, 20), date(2022, 12, 20))
    stories = gather(documents)
    series = build_series(mine(documents, stories), stories)
    snapshot = detect(series, publishing_places(documents, stories), Parameters())
    signals = {s.candidate.slug: s for s in snapshot.signals}
    drops = {c.slug: c for c in snapshot.drops}

    assert 150_000 < len(documents) < 220_000
    assert snapshot.as_of == date(2022, 12, 20)
    assert snapshot.n_topics == snapshot.below_support + snapshot.n_candidates
    assert 1 <= len(signals) <= 20

    chatgpt = signals["chatgpt"]
    assert snapshot.signals[0] is chatgpt  # the greatest lower bound of the momentum
    assert chatgpt.standing is Standing.CONFIRMED
    assert chatgpt.phase is Phase.EMERGING
    assert date(2022, 12, 1) <= chatgpt.onset <= date(2022, 12, 8)  # released on 30 November
    assert chatgpt.shown_days >= 12
    assert chatgpt.candidate.name == "ChatGPT"
    assert chatgpt.candidate.log_e > 100
    assert chatgpt.candidate.momentum[1] > 10
    assert len(chatgpt.stories) > 100
    assert all("chatgpt" in _words(documents[stories.representative[s]]) for s in chatgpt.stories)

    for slug in ("christmas", "adventofcode"):
        assert slug not in signals
        assert drops[slug].reason is CandidateDrop.SEASONAL
        assert drops[slug].numbers["seasonal_ratio"] > 10
        assert drops[slug].log_e > snapshot.log_threshold
    assert "blackfriday" not in signals  # over for three weeks, and a season, too


def _words(document: Document) -> str:
    """Title and text with nothing but letters and digits."""
    return "".join(c for c in f"{document.title} {document.text}".casefold() if c.isalnum())
