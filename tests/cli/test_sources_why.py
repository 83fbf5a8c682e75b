"""`nophantom sources why`: what became of an address, and the story it is counted in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
TITLE = "Zorblax 3 eats all other quuxes"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two posts that tell one story, and one that tells another."""
    told = [("1", TITLE), ("2", f"How {TITLE}"), ("3", "Something else happened")]
    path = tmp_path / "posts.jsonl"
    lines = [
        json.dumps(
            {
                "source": "hackernews",
                "native_id": number,
                "url": f"https://{number}.example/",
                "title": title,
                "text": "",
                "author": "zoe",
                "published_at": f"2022-11-0{number}",
                "score": None,
                "extra": {"from": ["front_page"]},
            }
        )
        for number, title in told
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_document_is_shown_with_the_story_that_it_is_counted_in(nophantom_cli: Cli, archive: Path) -> None:
    assert nophantom_cli("trends", "import", archive).status == 0

    shown = nophantom_cli("sources", "why", "hn:2")
    assert "part of the story of hn:1 (almost the same title)" in " ".join(shown.out.split())
    assert "Same story" in shown.out
    assert "near title" in shown.out

    told = nophantom_cli("sources", "why", "hn:2", "--json").json
    assert (told["found"], told["story"]["representative"], told["story"]["total"]) == ("document", "hn:1", 2)
    assert [(one["native_id"], one["why"]) for one in told["story"]["members"]] == [
        ("hn:1", None),
        ("hn:2", "near_title"),
    ]

    assert "Same story" not in nophantom_cli("sources", "why", "hn:3").out


def test_what_is_not_in_has_no_story(nophantom_cli: Cli, archive: Path) -> None:
    nophantom_cli("trends", "import", archive)
    told = nophantom_cli("sources", "why", "https://nowhere.example/x", "--json").json
    assert (told["found"], told["document"], told["story"]) == ("never_sent", None, None)
