"""The command line, the API and the page, asked the same, give the same numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
from playwright.sync_api import Page, expect


def said(capfd_cli: Callable[..., Any], home: Path, *arguments: str) -> Any:
    ended = capfd_cli(*arguments, "--json", home=home)
    assert ended.status == 0, ended.err
    return json.loads(ended.out)


def test_a_comparison_is_the_same_through_every_door(
    nophantom_cli: Callable[..., Any], home: Path, address: str, page: Page
) -> None:
    cli = said(nophantom_cli, home, "compare", "better", "worse", "--claim", "higher", "--delta", "2")
    query: dict[str, str | float] = {"first": "better", "second": "worse", "claim": "higher", "delta": 0.02}
    api = httpx.get(f"{address}/api/v1/comparisons", params=query).json()
    for name in (
        "n",
        "first_right",
        "second_right",
        "difference",
        "interval",
        "p_exact",
        "p_mid",
        "gained",
        "lost",
    ):
        assert api[name] == cli[name], name
    for name in ("verdict", "reason", "claim", "exploratory", "problems_needed", "not_covered", "missing"):
        assert api[name] == cli[name], name

    page.goto("/compare?first=better&second=worse&claim=higher&delta=0.02")
    expect(page.get_by_text(f"+{cli['difference'] * 100:.2f} points").first).to_be_visible()
    low, high = (f"{bound * 100:+.2f}".replace("-", "−") for bound in cli["interval"])
    shown = page.locator("main").inner_text().replace("-", "−")
    assert low in shown
    assert high in shown
    assert f"{cli['p_exact']:.4f}" in shown
    expect(page.get_by_text(cli["reason"]).first).to_be_visible()
    assert re.search(rf"gained\s+{cli['gained']}, lost\s+{cli['lost']}", shown)


def test_signals_are_the_same_through_every_door(
    nophantom_cli: Callable[..., Any], home: Path, address: str, page: Page
) -> None:
    cli = said(nophantom_cli, home, "trends", "signals", "--simulated", "--limit", "20")["items"]
    api = httpx.get(f"{address}/api/v1/signals", params={"limit": 20}).json()["items"]
    same = ("log_e", "stories", "expected", "momentum", "momentum_low", "momentum_high", "ratio", "evidence")
    by_slug = {signal["slug"]: signal for signal in api}
    assert len(cli) == 20
    for signal in cli:
        if signal["slug"] not in by_slug:  # ties at the end of the page are broken differently
            assert signal["momentum_low"] == min(s["momentum_low"] for s in api)
            continue
        other = by_slug[signal["slug"]]
        assert {name: signal[name] for name in same} == {name: other[name] for name in same}
        assert (signal["phase"], signal["standing"], signal["onset"]) == (
            other["phase"],
            other["standing"],
            other["onset"],
        )
    page.goto("/signals")
    rows = page.get_by_role("region", name="List of signals").locator("tbody tr")
    expect(rows).to_have_count(50)
    for number, signal in enumerate(api[:10]):
        text = " ".join(rows.nth(number).inner_text().split())
        assert signal["name"] in text
        low = signal["momentum_low"]
        assert (f"{low:.0f}×" if low >= 9.95 else f"{low:.1f}×") in text
        assert f"{signal['stories']:,}" in text
