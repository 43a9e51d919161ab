"""Lays out a confusion matrix for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mien.cli.tables import new_table, plain
from mien.evaluation.wording import worst_confusions

if TYPE_CHECKING:
    from rich.table import Table

    from mien.evaluation.results import Scores

NAME = 14
"""Characters of a class's name at the start of its row; longer ones are cut."""

_LISTED = 10
"""How many confusions are listed if the matrix is too wide."""


def confusion_table(scores: Scores, width: int) -> Table:
    """Lay out how often each class was read as each other, in as many columns as fit.

    Parameters
    ----------
    scores
        The scores of a network.
    width
        Characters in a line. A wider matrix becomes a list of the most frequent confusions.
    """
    heads, missed = abbreviations(scores.classes.names), any(scores.missed.values())
    whole = _matrix(scores, heads, missed)
    return whole if _width(whole) <= width else _list(scores)


def _width(table: Table) -> int:
    """Measure a table that has all the space it needs."""
    from rich.console import Console

    return Console(width=10_000).measure(table).maximum


def _keep_whole(table: Table) -> None:
    """Keep cells on one line, close to each other."""
    table.padding = (0, 1, 0, 0)
    for column in table.columns:
        column.no_wrap = True


def abbreviations(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the shortest beginnings, of three letters or more, that tell the names apart."""
    for length in range(3, max(map(len, names)) + 1):
        short = tuple(name[:length] for name in names)
        if len(set(short)) == len(names):
            return short
    return names


def _matrix(scores: Scores, heads: tuple[str, ...], missed: bool) -> Table:
    """Lay out the whole matrix, with correct counts in bold."""
    columns = (*heads, "missed") if missed else heads
    table = new_table("labels (rows) and predictions (columns), in faces", "labelled", *columns)
    _keep_whole(table)
    for place, (name, row) in enumerate(zip(scores.classes.names, scores.confusion, strict=True)):
        if not sum(row) and not scores.missed[name]:
            continue
        cells = [f"{count:,}" if count else "." for count in row]
        cells[place] = f"[bold]{row[place]:,}[/bold]"
        table.add_row(
            plain(_cut(name)), *cells, *([f"{scores.missed[name]:,}"] if missed else [])
        )
    return table


def _list(scores: Scores) -> Table:
    """List the most frequent confusions, for many classes or a narrow terminal."""
    title = f"the {_LISTED} most frequent confusions"
    table = new_table(title, "labelled", "read as", "faces", "of the class", words=2)
    for confusion in worst_confusions(scores, _LISTED):
        table.add_row(
            plain(confusion.label),
            plain(confusion.answer),
            f"{confusion.faces:,}",
            f"{confusion.share:.1%}",
        )
    return table


def _cut(name: str) -> str:
    return name if len(name) <= NAME else f"{name[: NAME - 1]}…"
