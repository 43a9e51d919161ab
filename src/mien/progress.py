"""The one progress display: a bar on stderr during long work."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

_LONGEST = 40
"""Characters of a description, so that the bar beside it fits into a terminal of 80 columns."""

Update = Callable[[int, int | None], None]
"""Called with how many are done, and how many there will be (None if not known yet)."""


@contextlib.contextmanager
def progress(
    description: str, show: bool | None = None, *, unit: str | None = None, brief: bool = False
) -> Iterator[Update]:
    """Show a progress bar on stderr until the block ends.

    Parameters
    ----------
    description
        What is being done, such as ``"Reading faces"``.
    show
        Whether to show the bar; None shows it if stderr is a terminal.
    unit
        What is counted, such as ``"frames"``: the bar then shows how many are done a second, and
        how much time is left.
    brief
        Whether the bar vanishes at the end.

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
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """How many are done a second."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:.0f} {unit}/s")

    columns: list[ProgressColumn] = [
        # A file's name may hold what rich takes for markup.
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()
    ]  # fmt: skip
    columns += [TimeElapsedColumn()] if unit is None else [Rate(), TimeRemainingColumn()]
    # Only the bar is printed here; what is printed to standard output meanwhile stays there.
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=brief, redirect_stdout=False) as bar:
        task = bar.add_task(_shortened(description), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _shortened(description: str) -> str:
    """Return a description on one line; of a long one, which ends with a file's name, the end."""
    return description if len(description) <= _LONGEST else f"...{description[3 - _LONGEST :]}"


def _ignore(done: int, total: int | None) -> None:
    """Stand in for the update where no bar is shown."""
