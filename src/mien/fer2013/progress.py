"""Shows how far the first reading of a data set is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_Item = TypeVar("_Item")


def with_progress(
    items: Iterable[_Item], total: Callable[[], int | None], show: bool | None
) -> Iterator[_Item]:
    """Pass the items on, counting them on stderr.

    Parameters
    ----------
    items
        What is counted.
    total
        Gives how many there will be, asked at each item.
    show
        Whether to; if stderr is a terminal if None.
    """
    if not (sys.stderr.isatty() if show is None else show):
        yield from items
        return
    # Costs time that a reading from the cache does not need.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("Reading faces"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None)
        for item in items:
            yield item
            bar.update(task, advance=1, total=total())
