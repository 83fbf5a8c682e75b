"""Real waves: what the detection says of documents as of a day. The one place that may name technologies.

The null beside it has the same documents with their dates permuted: nothing may be discovered.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from nophantom.stats.counts import momentum
from nophantom.stats.evidence import e_bh
from nophantom.trends.assembly import assemble
from nophantom.trends.baselines import Baselines
from nophantom.trends.bins import days_of, weeks_of
from nophantom.trends.detection import evaluate, expected_of, support
from nophantom.trends.documents import Document
from nophantom.trends.gates import CandidateDrop
from nophantom.trends.mentions import mine
from nophantom.trends.parameters import FAST, SLOW, Parameters
from nophantom.trends.phases import ChangeKind, Phase, Standing
from nophantom.trends.protocols.archive_file import Window, read_line, split_lines
from nophantom.trends.replay import Replay
from nophantom.trends.series import Series, build_series
from nophantom.trends.stories import Stories, gather
from nophantom.trends.window_facts import publishing_places

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


DAY = re.compile(rb'"published_at": ?"(\d{4}-\d\d-\d\d)')


def documents_of(folder: Path, first: date, last: date) -> list[Document]:
    """What was published, and seen, from one day to another in the archives of a folder."""
    documents, bounds = [], [str(first - timedelta(days=1)).encode(), str(last + timedelta(days=1)).encode()]
    for archive in sorted((folder / "trends" / "documents").glob("*.jsonl.zst")):
        with zstd.open(archive, "rb") as lines:
            chunks = iter(partial(lines.read, 1 << 20), b"")
            for position, line in enumerate(split_lines(chunks), 1):
                # Most lines are of other years; to look at a date takes a twentieth of the time of reading a line.
                day = isinstance(line, bytes) and DAY.search(line)
                if day and not bounds[0] <= day[1] <= bounds[1]:
                    continue
                item = line and read_line(
                    line, position=position, window=Window(first, last), today=date(2026, 1, 1)
                )
                if item and item.document and item.document.first_seen <= last:
                    documents.append(item.document)
    return documents


class Corpus(NamedTuple):
    """Documents, and what is counted in them."""

    documents: list[Document]
    stories: Stories
    series: Series


def corpus_of(folder: Path, first: date, last: date) -> Corpus:
    documents = documents_of(folder, first, last)
    stories = gather(documents)
    return Corpus(documents, stories, build_series(mine(documents, stories), stories))


@pytest.fixture(scope="module")
def end_of_2022(data: Path) -> Corpus:
    """Fourteen months up to 20 December 2022; read once, for it takes half a minute."""
    return corpus_of(data, date(2021, 10, 20), date(2022, 12, 20))


class LastDays(Replay):
    """Of the last 30 days alone; what was tracked before them is not known."""

    @property
    def first(self) -> int:
        return self.series.n_days - 30


@pytest.mark.parametrize(
    "replayed", [LastDays, pytest.param(Replay, marks=pytest.mark.long)], ids=["30 days", "all days"]
)
def test_at_the_end_of_2022_chatgpt_is_emerging_and_the_season_is_no_trend(
    end_of_2022: Corpus, replayed: type[Replay]
) -> None:
    """As of 20 December 2022, three weeks after its release, over fourteen months.

    Christmas and Advent of Code have evidence enough to be shown, and came a year ago, too.
    """
    documents, stories, series = end_of_2022
    replay = replayed(series, publishing_places(documents, stories), Parameters())
    for today in replay.run():  # noqa: B007 - the last is kept
        pass
    snapshot = assemble(replay, today)
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
    assert [change.kind for change in chatgpt.changes] == [ChangeKind.CONFIRMED]
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


def assert_null_flags_nothing(series: Series, seeds: Sequence[int], days: Sequence[date]) -> None:
    """Dates of single stories permuted inside strata, no gates: nothing may be discovered, in neither run."""
    for seed in seeds:
        null = series.permuted(np.random.default_rng(seed))
        for pace, bins in ((FAST, days_of(null)), (SLOW, weeks_of(null))):
            baselines, slowest = Baselines(bins, pace), pace.windows[-1]
            for on in days:
                today = bins.over_by((on - series.first_day).days)
                in_n = bins.entered <= today
                topics = np.flatnonzero((support(bins, today, slowest) >= 3) & in_n)
                found = evaluate(baselines, today, topics, (slowest,))
                chosen = e_bh(found.pooled.log_e, int(in_n.sum()), q=0.1, boost=Parameters().boost).chosen
                assert in_n.sum() > 80_000
                assert len(topics) > 5_000
                assert not chosen.any(), (
                    seed,
                    on,
                    [null.mentions.topics.slugs[t] for t in topics[chosen].tolist()],
                )
                expected = expected_of(found, baselines, slowest)
                told = np.bincount(found.candidate, found.spanned[:, 0], len(topics))
                established = expected >= 20
                multiples = momentum(told[established], expected[established]).point
                assert 0.9 < np.median(multiples) < 1.1, (seed, on, pace.width)


def test_with_their_dates_permuted_nothing_is_found_in_real_documents(end_of_2022: Corpus) -> None:
    """Two seeds, six days from September to December 2022."""
    days = [date(2022, 12, 20) - timedelta(days=20 * i) for i in range(6)]
    assert_null_flags_nothing(end_of_2022.series, (1, 2), days)


@pytest.mark.long
def test_with_their_dates_permuted_nothing_is_found_in_real_documents_in_a_whole_campaign(data: Path) -> None:
    """Ten seeds and two, every tenth day from September 2022 to June 2023: 372 snapshots."""
    series = corpus_of(data, date(2021, 11, 1), date(2023, 6, 30)).series
    assert 250_000 < series.stories.n < 290_000

    days = [date(2022, 9, 1) + timedelta(days=10 * i) for i in range(31)][:-1]
    assert_null_flags_nothing(series, range(1, 13), [*days, date(2023, 6, 30)])


def _words(document: Document) -> str:
    """Title and text with nothing but letters and digits."""
    return "".join(c for c in f"{document.title} {document.text}".casefold() if c.isalnum())
