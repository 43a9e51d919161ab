"""The command mien report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from mien.cli.options import flag, with_flags
from mien.cli.outputs import file_of, say_written, write_output
from mien.settings import ReportSettings, Settings, load
from mien.stdout import is_stdout

app = typer.Typer(add_completion=False)


@app.command()
@with_flags(ReportSettings)
def report(
    sources: list[Path] = typer.Argument(
        ..., help="JSON files of mien evaluate, and run folders; of one or more networks."
    ),
    data: Path | None = typer.Option(
        None, help="The data that was measured; shows the most confident mistakes."
    ),
    skip_bad: bool | None = flag(Settings, "skip_bad"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
    *,
    flags: dict[str, Any],
) -> None:
    """Write one web page on how good networks are.

    The page is self-contained: it can be sent, printed, and read offline. Sections whose numbers
    are missing are left out, and listed at the end with the command that adds each.
    """
    run_report(sources, load(config, data=data, skip_bad=skip_bad, report=flags))


def run_report(sources: list[Path], settings: Settings) -> None:
    """Make the report, write it, and print where it is."""
    from mien.outputs import check_outputs
    from mien.report import report as make_report

    out = settings.report.out
    data = [] if settings.data is None else [settings.data]
    check_outputs({"out": file_of(out)}, [*sources, *data], kind="page")
    page = make_report(
        sources, settings.data, settings.report.title, skip_bad=settings.skip_bad, out=out
    )
    for note in page.notes:
        typer.echo(f"mien: {note}", err=True)
    write_output(out, page.html, "out")
    size = len(page.html.encode()) / 1e6
    typer.echo(f"{page.title}, {size:.2f} MB", err=is_stdout(out))
    say_written(out)
