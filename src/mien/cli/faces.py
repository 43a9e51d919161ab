"""Prints the faces of a picture as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mien.media.sinks import Reading
    from mien.perception.face import Face


def show(reading: Reading, on_stderr: bool) -> None:
    """Print the faces of one picture as a table."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    number = len(reading.faces)
    found = "no face" if not number else "1 face" if number == 1 else f"{number} faces"
    typer.echo(f"{reading.source} ({reading.width} x {reading.height}): {found}", err=on_stderr)
    if not number:
        return
    table = Table(box=box.SIMPLE_HEAD)
    headings = ["#", "", "expression", "confidence", "box: x y w h"]
    coverage = reading.faces[0].coverage
    if coverage is not None:
        headings.insert(4, f"set ({100 * coverage:g}%)")
    for heading in headings:
        table.add_column(heading, justify="right" if heading in ("#", "confidence") else "left")
    for count, face in enumerate(reading.faces, start=1):
        table.add_row(str(count), *_cells(face))
    Console(stderr=on_stderr, highlight=False).print(table)


def _cells(face: Face) -> Iterator[str]:
    """Give one face's row of the table."""
    from mien.perception.conformal import in_words

    yield face.expression.emoji
    yield f"{face.expression.name}{'' if face.sure else ' (unsure)'}"
    yield f"{face.confidence:.0%}"
    if face.expressions is not None:
        yield in_words(face.expressions)
    yield " ".join(f"{value:.0f}" for value in face.box)
