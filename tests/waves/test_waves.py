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
from nophantom.trends.backtest.day_lists import replayed_lists
from nophantom.trends.baselines import Baselines
from nophantom.trends.bins import days_of, weeks_of
from nophantom.trends.corpus import corpus_of as counted_corpus
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


class Wave(NamedTuple):
    """A technology: its release, and by when it must be listed, and confirmed; None where it never is."""

    slug: str
    released: date
    listed: date
    confirmed: date | None


OLDER = (
    Wave("graphql", date(2015, 7, 1), date(2015, 8, 1), date(2015, 11, 1)),
    Wave("kubernete", date(2014, 6, 7), date(2015, 10, 1), None),  # slugs are singular; it grows for years
    Wave("tensorflow", date(2015, 11, 9), date(2015, 11, 14), date(2015, 11, 21)),
    Wave("webassembly", date(2015, 6, 17), date(2017, 6, 1), date(2018, 2, 28)),
)
NEWER = (
    Wave("stablediffusion", date(2022, 8, 22), date(2022, 9, 1), date(2022, 9, 7)),
    Wave("chatgpt", date(2022, 11, 30), date(2022, 12, 9), date(2022, 12, 12)),
    Wave("langchain", date(2022, 10, 17), date(2023, 2, 15), date(2023, 4, 30)),
    Wave("llama", date(2023, 2, 24), date(2023, 3, 10), date(2023, 3, 20)),
    Wave("rag", date(2020, 5, 22), date(2023, 11, 1), date(2023, 11, 30)),
    Wave("ollama", date(2023, 6, 26), date(2024, 2, 1), date(2024, 2, 15)),
)


@pytest.mark.long
@pytest.mark.parametrize(
    ("first", "last", "waves"),
    [(date(2014, 10, 1), date(2018, 3, 31), OLDER), (date(2021, 11, 1), date(2024, 3, 31), NEWER)],
    ids=["2014 to 2018", "2021 to 2024"],
)
def test_real_waves_come_out_after_their_release_and_in_time(
    data: Path, first: date, last: date, waves: Sequence[Wave]
) -> None:
    """Signals and the first 50 of the watch list, replayed day by day with what was known."""
    documents = documents_of(data, first, last)
    begins = first + timedelta(days=FAST.reach)
    corpus = counted_corpus(documents, names_as_of=begins)
    replay = Replay(corpus.series, corpus.places, Parameters(), corpus.told)
    lists = replayed_lists(replay, replay.first, (last - corpus.series.first_day).days)

    for wave in waves:
        listed = next(d.as_of for d in lists.shown if wave.slug in (*d.signals, *d.watch))
        confirmed = next((d.as_of for d in lists.confirmed if wave.slug in d.signals), None)
        assert wave.released <= listed <= wave.listed, (wave.slug, listed)
        assert (confirmed is None) == (wave.confirmed is None), (wave.slug, confirmed)
        assert confirmed is None or (wave.confirmed and listed <= confirmed <= wave.confirmed), (
            wave.slug,
            confirmed,
        )


def null_days(
    series: Series, seeds: Sequence[int], days: Sequence[date]
) -> tuple[list[list[str]], list[float]]:
    """What each of the two runs discovers on each day, without gates, with the dates of single stories permuted.

    And the median momentum of what is established.
    """
    flags, medians = [], []
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
                flags.append([null.mentions.topics.slugs[t] for t in topics[chosen].tolist()])
                expected = expected_of(found, baselines, slowest)
                told = np.bincount(found.candidate, found.spanned[:, 0], len(topics))
                established = expected >= 20
                multiples = momentum(told[established], expected[established]).point
                medians.append(float(np.median(multiples)))
    return flags, medians


def test_with_their_dates_permuted_nothing_is_found_in_real_documents(end_of_2022: Corpus) -> None:
    """Two seeds, six days from September to December 2022."""
    days = [date(2022, 12, 20) - timedelta(days=20 * i) for i in range(6)]
    flags, medians = null_days(end_of_2022.series, (1, 2), days)
    assert not any(flags), flags
    assert 0.9 < min(medians) <= max(medians) < 1.1


@pytest.mark.long
def test_with_their_dates_permuted_nothing_is_found_in_real_documents_in_a_whole_campaign(data: Path) -> None:
    """Ten seeds and two, every tenth day from September 2022 to June 2023: 372 snapshots of either run."""
    series = corpus_of(data, date(2021, 11, 1), date(2023, 6, 30)).series
    assert 250_000 < series.stories.n < 290_000

    days = [date(2022, 9, 1) + timedelta(days=10 * i) for i in range(31)][:-1]
    flags, medians = null_days(series, range(1, 13), [*days, date(2023, 6, 30)])
    assert len(flags) == 2 * 12 * 31
    assert sum(map(bool, flags)) <= 0.02 * len(flags), [f for f in flags if f]  # a tenth is allowed
    assert 0.85 < min(medians) <= max(medians) < 1.15  # of two dozen topics on some days
    assert 0.95 < np.median(medians) < 1.05


def _words(document: Document) -> str:
    """Title and text with nothing but letters and digits."""
    return "".join(c for c in f"{document.title} {document.text}".casefold() if c.isalnum())
