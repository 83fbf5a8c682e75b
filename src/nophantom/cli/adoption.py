"""`nophantom trends adoption`: downloads and stars of products, to be shown beside mentions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nophantom.cli.names import trends as trends  # with the command below
from nophantom.cli.talk import HomeOption, JsonOption, count, opened, out, print_json, talk

if TYPE_CHECKING:
    from nophantom.trends.adopting import ImportedAdoption


@trends.command("adoption")
def adoption(
    files: Annotated[list[Path], typer.Argument(help="Files of adoption series.", show_default=False)],
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Read downloads of packages and stars of repositories, month by month: Parquet or CSV, plain or gzip.

    They are shown beside the mentions of a topic whose name a package or repository bears, with the months that could
    be known on the day of the snapshot. No detection counts them. The same file is imported once.

    Example: nophantom trends adoption pypi_monthly.parquet stars.csv
    """
    from nophantom.trends.adopting import import_adoption

    with opened(home, create=True) as store:
        done = import_adoption(store.engine, files)
    if as_json:
        print_json({"files": [_file_as_json(one) for one in done]})
    else:
        for one in done:
            _print_file(one)
    raise typer.Exit(next((one.error.exit_status for one in done if one.error), 0))


def _print_file(one: ImportedAdoption) -> None:
    console = talk()
    if one.error is not None:
        console.print(f"refused: {one.error.message}", markup=False)
        return
    if one.recorded is None:
        return
    if one.read is None:
        out().print(f"{Path(one.path).name}: known already, unchanged", markup=False)
        return
    out().print(
        f"{Path(one.path).name}: {count(one.read.rows)} rows, {count(one.recorded.months)} months that were not known, "
        f"{count(one.read.drops)} rows dropped",
        markup=False,
    )
    for number, seen in one.read.examples:
        console.print(f"  row {count(number)}: {seen}", markup=False)


def _file_as_json(one: ImportedAdoption) -> dict[str, Any]:
    recorded, read, error = one.recorded, one.read, one.error
    return {
        "path": one.path,
        "status": "refused" if recorded is None else "imported" if recorded.is_new else "known",
        "months": recorded.months if recorded else None,
        "rows": read.rows if read else None,
        "drops": read.drops if read else None,
        "examples": [{"row": number, "seen": seen} for number, seen in read.examples] if read else [],
        "error": {"code": error.code, "message": error.message, "details": {}} if error else None,
    }
