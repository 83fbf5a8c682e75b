"""How long do series of topics take, beside BERTopic's `topics_over_time` on the same documents?

    python -m bench.topics_over_time --bertopic-python PATH [--data DIR] [--documents 5000] [--last 2022-12-20]

Ours: stories, topics under all their names, series, and every e-value of one day. BERTopic (Grootendorst 2022) with
its lightweight embeddings (TF-IDF and 100 singular vectors: what a language model would take comes on top), UMAP and
HDBSCAN, and then `topics_over_time` in weeks. It runs in an environment of its own:

    python -m venv peers && peers/bin/pip install --no-deps bertopic && \\
        peers/bin/pip install numpy pandas scikit-learn tqdm plotly pyyaml hdbscan umap-learn

The two do not answer the same question: BERTopic groups documents into some dozens of themes, ours counts each of
thousands of names by itself and says whether its rate rose. Seconds are those of the processor, without imports and
compiling (both run once on a few documents before).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from bench.trends_mining import documents

from nophantom.trends.corpus import corpus_of
from nophantom.trends.detection import support
from nophantom.trends.documents import Document
from nophantom.trends.history import MONTH
from nophantom.trends.parameters import Parameters
from nophantom.trends.replay import Replay
from nophantom.trends.replay_day import Day

BERTOPIC = """
import json, sys, time
from bertopic import BERTopic
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
told = json.load(open(sys.argv[1]))
def run(texts, days):
    start = time.process_time()
    steps = make_pipeline(TfidfVectorizer(min_df=2), TruncatedSVD(100, random_state=0))
    vectors = steps.fit_transform(texts)
    embedded = time.process_time() - start
    model = BERTopic(embedding_model=None, calculate_probabilities=False, verbose=False)
    topics, _ = model.fit_transform(texts, vectors)
    fitted = time.process_time() - start - embedded
    model.topics_over_time(texts, days, nr_bins=max(2, len(set(days)) // 7))
    return embedded, fitted, time.process_time() - start - embedded - fitted, len(set(topics))
run(told["texts"][:500], told["days"][:500])
print(json.dumps(run(told["texts"], told["days"])))
"""


def ours(found: list[Document]) -> tuple[float, int]:
    """CPU-seconds to all e-values of the last day, and how many topics there are."""
    start = time.process_time()
    corpus = corpus_of(found)
    replay = Replay(corpus.series, corpus.places, Parameters(), corpus.told)
    last = corpus.series.n_days - 1
    told = support(replay.days, last, MONTH)
    topic = np.flatnonzero((told > 0) & (replay.days.entered <= last)).astype(np.int64)
    Day(replay, last, topic, told[topic])
    return time.process_time() - start, corpus.series.n_topics


def main() -> None:
    """Read the documents, run both, print a line for each."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--data", type=Path, default=Path(os.environ.get("NOPHANTOM_DATA", "../shared/data")))
    asked.add_argument("--documents", type=int, default=5_000)
    asked.add_argument("--last", type=date.fromisoformat, default=date(2022, 12, 20))
    asked.add_argument("--days", type=int, default=180)
    asked.add_argument("--bertopic-python", type=Path, required=True)
    wanted = asked.parse_args()
    every = [
        *documents(
            wanted.data / "trends" / "documents", wanted.last - timedelta(days=wanted.days), wanted.last
        )
    ]
    chosen = np.random.default_rng(1).permutation(len(every))[: wanted.documents]
    found = [every[i] for i in sorted(chosen.tolist())]
    ours(found[:500])
    seconds, topics = ours(found)
    print(f"{len(found):,} documents of {wanted.days} days to {wanted.last}")
    print(f"ours: {seconds:8.2f} CPU-s, {topics:,} topics, all e-values of the last day")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "told.json"
        texts = {
            "texts": [f"{d.title} {d.text}" for d in found],
            "days": [d.first_seen.toordinal() for d in found],
        }
        path.write_text(json.dumps(texts), encoding="utf-8")
        told = subprocess.run(
            [str(wanted.bertopic_python), "-c", BERTOPIC, str(path)],
            check=True,
            stdout=subprocess.PIPE,  # what goes wrong there is told here
            text=True,
        )
    embedded, fitted, over_time, themes = json.loads(told.stdout.splitlines()[-1])
    print(
        f"BERTopic: {embedded + fitted + over_time:8.2f} CPU-s = embedding {embedded:.2f} + fit {fitted:.2f} + "
        f"topics_over_time {over_time:.2f}, {themes} topics; {(embedded + fitted + over_time) / seconds:.1f} times ours"
    )


if __name__ == "__main__":
    main()
