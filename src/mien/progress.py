"""The one progress display: a bar on stderr during long work."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

Update = Callable[[int, int | None], None]
"""Called with how many are done, and how many there will be (None if not known yet)."""


@contextlib.contextmanager
def progress(description: str, show: bool | None = None) -> Iterator[Update]:
    """Show a progress bar on stderr until the block ends.

    Parameters
    ----------
    description
        What is being done, such as ``"Reading faces"``.
    show
        Whether to show the bar; None shows it if stderr is a terminal.

    Yields
    ------
    Callable
        ``update(done, total)`` moves the bar; ``total`` is None while it is not known.
    """
    if not (sys.stderr.isatty() if show is None else show):
        yield _ignore
        return
    # rich is slow to import, and not needed by a quiet run.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task(description, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _ignore(done: int, total: int | None) -> None:
    """Stand in for the update where no bar is shown."""
