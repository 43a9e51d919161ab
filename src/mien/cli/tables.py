"""The tables and sentences that commands print, in one style."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def new_table(title: str, *headings: str, words: int = 1, footer: bool = False) -> Table:
    """Return a table without rows.

    Parameters
    ----------
    title
        Printed above it.
    *headings
        Of its columns.
    words
        How many of the first columns hold words; the others hold numbers, aligned right.
    footer
        Whether the columns' footers are shown as a last row.
    """
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD, title=plain(title), title_justify="left", show_footer=footer
    )
    for place, heading in enumerate(headings):
        table.add_column(plain(heading), justify="left" if place < words else "right")
    return table


def plain(text: str) -> str:
    """Keep rich from reading brackets as markup."""
    from rich.markup import escape

    return escape(text)


def console(on_stderr: bool = False) -> Console:
    """Return a console on standard output or stderr that neither wraps lines nor colours."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True, stderr=on_stderr)


def print_all(
    tables: Iterable[Table], sentences: Iterable[str], on_stderr: bool = False
) -> None:
    """Print tables, then sentences below them; on stderr if stdout carries an output."""
    output = console(on_stderr)
    for table in tables:
        output.print(table)
    for sentence in sentences:
        output.print(sentence, markup=False)
