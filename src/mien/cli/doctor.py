"""The command mien doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mien.cli.outputs import say_written, write_output
from mien.cli.tables import console, new_table, plain
from mien.stdout import is_stdout

if TYPE_CHECKING:
    from rich.console import Console

    from mien.doctor import Check, Examination

app = typer.Typer(add_completion=False)

_SIGNS = {"ok": "ok", "note": "[yellow]note[/]", "broken": "[red]broken[/]"}


@app.command()
def doctor(
    networks: list[Path] = typer.Argument(
        None, metavar="NETWORK", help="ONNX files of your own to check too."
    ),
    json_file: Path | None = typer.Option(
        None, "--json", help="Also write everything to this file, for a bug report; - prints it."
    ),
    camera: bool = typer.Option(True, help="Open each camera for a moment; its lamp lights up."),
    thorough: bool = typer.Option(False, help="Check all cached data sets, also the large ones."),
) -> None:
    """Check this installation, and say how to fix what is wrong.

    Nothing is sent anywhere. The home folder is shown as ~, and the user's name not at all. The
    exit code is 1 if something is broken; what is optional and missing does not count.
    """
    from mien.doctor import examine
    from mien.outputs import check_outputs

    given = networks or []
    on_stderr = is_stdout(json_file)
    check_outputs({"json_file": None if on_stderr else json_file}, given, kind="examination")
    examination = examine(given, cameras=camera, thorough=thorough)
    if json_file is not None:
        write_output(json_file, examination.to_json(), "json_file")
    _show(examination, console(on_stderr))
    say_written(json_file, on_stderr=on_stderr)
    raise typer.Exit(1 if examination.broken else 0)


def _show(examination: Examination, output: Console) -> None:
    """Print a table for each section, then what would not work and how to fix it."""
    for section in examination.sections:
        table = new_table(section.title, "", "", "", words=3)
        table.show_header = False
        for check in section.checks:
            table.add_row(_SIGNS[check.state], plain(check.name), plain(check.value))
        output.print(table)
    _say("Missing or limited, but optional:", examination.notes, output)
    _say("Broken:", examination.broken, output)
    if not examination.broken:
        output.print("Everything that is needed works.")


def _say(heading: str, checks: list[Check], output: Console) -> None:
    """Print sentences on what would not work, and how to fix each."""
    if not checks:
        return
    output.print(heading)
    for check in checks:
        output.print(f"  - {check.problem} {check.fix}", markup=False)
    output.print()
