"""`nophantom doctor`: whether the books balance, and nothing that is stored contradicts itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from nophantom.cli.talk import HomeOption, JsonOption, count, opened, out, print_json, talk

if TYPE_CHECKING:
    from nophantom.publishing.doctor import Violation

UNSOUND = 8
"""Exit status when any rule is broken."""


def doctor(as_json: JsonOption = False, home: HomeOption = None) -> None:
    """Prove that the books balance: every rule is checked against every row that is stored.

    Exit status: 0 when every rule holds, 8 when one is broken; then the first rows that break it are shown.

    Example: nophantom doctor --json
    """
    from nophantom.publishing.doctor import RULES, examine

    with opened(home) as store, talk().status("examining the books"):
        broken = {violation.rule: violation for violation in examine(store.engine, store.blobs)}
    if as_json:
        rules = [
            {"rule": rule.name, "sentence": rule.sentence, "holds": rule.name not in broken} for rule in RULES
        ]
        print_json(
            {"sound": not broken, "rules": rules, "violations": [_as_json(v) for v in broken.values()]}
        )
    else:
        for rule in RULES:
            _print_rule(rule.name, rule.sentence, broken.get(rule.name))
        if broken:
            talk().print(
                f"{count(len(broken))} of {count(len(RULES))} rules are broken. Restore the home from a copy."
            )
        else:
            talk().print(f"All {count(len(RULES))} rules hold.")
    raise typer.Exit(UNSOUND if broken else 0)


def _print_rule(name: str, sentence: str, violation: Violation | None) -> None:
    console = out()
    if violation is None:
        console.print(f"[green]holds[/]   {name}: {sentence}", soft_wrap=True)
        return
    console.print(f"[bold red]BROKEN[/]  {name}: {sentence} Not so: {count(violation.count)}", soft_wrap=True)
    for row in violation.rows:
        cells = ", ".join(f"{column} {value}" for column, value in row.items())
        console.print(f"        {cells}", markup=False, soft_wrap=True)
    if violation.count > len(violation.rows):
        console.print(f"        and {count(violation.count - len(violation.rows))} more")


def _as_json(violation: Violation) -> dict[str, Any]:
    return {
        "rule": violation.rule,
        "sentence": violation.sentence,
        "count": violation.count,
        "rows": [dict(row) for row in violation.rows],
    }
