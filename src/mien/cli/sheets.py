"""The contact sheet of mien detect, and its table of right and wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mien.errors import SettingsError
from mien.settings import PredictSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.table import Table

    from mien.classes import Expression
    from mien.drawing.contact_sheet import Tile
    from mien.media.sinks import Reading

_FIX = "Name another file with --sheet."
_INSET = "In the corner of each face: the 48 x 48 gray pixels that the network was shown."
_FRAME = "The labelled expression's bar is framed."


class Gathering:
    """What a run over photos keeps for its contact sheet and its table.

    Parameters
    ----------
    wanted
        The run's settings.
    photos
        The photos that will be read.

    Raises
    ------
    SettingsError
        If the sheet cannot be written where it is wanted.
    DataError
        If the manifest does not go with the photos.
    """

    def __init__(self, wanted: PredictSettings, photos: Sequence[Path]) -> None:
        from mien.data.join import find_truths

        self.unread = 0
        self._wanted = wanted
        self._photos = self._faces = 0
        self._tiles: list[Tile] = []
        self._outcomes: list[tuple[Expression, Expression | None]] = []
        _check(wanted.sheet)
        asked = wanted.sheet is not None or wanted.truth is not None
        self._truths = find_truths(photos, wanted.truth) if asked else {}

    def add(self, path: Path, image: NDArray[np.uint8], reading: Reading) -> None:
        """Keep what the sheet and the table need of one photo."""
        from mien.drawing.contact_sheet import tiles_of

        truth = self._truths.get(path)
        self._photos += 1
        self._faces += len(reading.faces)
        if truth is not None:
            self._outcomes.append((truth, reading.faces[0].expression if reading.faces else None))
        if self._wanted.sheet is not None:
            self._tiles += tiles_of(image, Path(reading.source).name, reading, truth)

    def finish(self, on_stderr: bool) -> None:
        """Print the table where true expressions are known, and write the sheets."""
        from rich.console import Console

        if self._outcomes:
            console = Console(stderr=on_stderr, highlight=False)
            console.print(_table(self._outcomes))
        if self._wanted.sheet is None:
            return
        if not self._tiles:
            typer.echo("No sheet was written, since no picture could be read.", err=True)
        for path in self._write(self._wanted.sheet):
            typer.echo(f"  -> {path}", err=on_stderr)

    def _write(self, first: Path) -> Iterator[Path]:
        """Write the sheets, and give their paths."""
        from mien.drawing.contact_sheet import draw_sheet, pages, to_png
        from mien.files import write

        shared = list(pages(self._tiles))
        notes = list(self._notes())
        for number, (path, tiles) in enumerate(zip(_names(first), shared, strict=False), start=1):
            page = f" Sheet {number} of {len(shared)}." if len(shared) > 1 else ""
            write(path, to_png(draw_sheet(tiles, self._headline() + page, notes)), _FIX)
            yield path

    def _headline(self) -> str:
        """Say how many faces there are, and how many were read right."""
        text = f"{_count(self._faces, 'face')} in {_count(self._photos, 'photo')}"
        if self._unread_text():
            text += f" ({self._unread_text()})"
        if not self._outcomes:
            return text + "."
        right = sum(truth == read for truth, read in self._outcomes)
        total = len(self._outcomes)
        photos = "labelled photo" if total == 1 else "labelled photos"
        return f"{text}; {right} of {total} {photos} right, {_share(right, total, '{:.0%}')}."

    def _unread_text(self) -> str:
        return f"{self.unread} more could not be read" if self.unread else ""

    def _notes(self) -> Iterator[str]:
        """Explain the signs that the tiles bear."""
        if self._faces:
            yield _INSET
        if self._outcomes:
            yield _FRAME + (
                " Of several faces in a photo the largest is the labelled one."
                if self._faces > self._photos
                else ""
            )
        if self._wanted.sets is not None and self._faces:
            yield f"A dot marks the expressions in the set of {self._wanted.sets:.0%} coverage."


def _check(sheet: Path | None) -> None:
    """Refuse what cannot be written before any photo is read."""
    from mien.files import make_folder

    if sheet is None:
        return
    if sheet.suffix.lower() != ".png":
        raise SettingsError(
            f"A contact sheet is a PNG, but --sheet names {sheet}.",
            f"Name it {sheet.with_suffix('.png').name}." if sheet.name else _FIX,
        )
    if not _is_free(sheet):
        raise SettingsError(f"{sheet} is there already, and no contact sheet of mien's.", _FIX)
    make_folder(sheet.parent, _FIX)


def _names(first: Path) -> Iterator[Path]:
    """List names for the sheets: sheet.png, sheet-2.png, ..., without what is someone else's."""
    from itertools import count

    numbered = (first.with_stem(f"{first.stem}-{number}") for number in count(2))
    yield first
    yield from filter(_is_free, numbered)


def _is_free(path: Path) -> bool:
    """Say whether nothing is there, or an earlier sheet."""
    from mien.media.sources import written_by_mien

    return not path.exists() or (path.is_file() and written_by_mien(path))


def _table(outcomes: Sequence[tuple[Expression, Expression | None]]) -> Table:
    """Make the table of right and wrong by the true expression."""
    from rich import box
    from rich.table import Table

    from mien.classes import FER2013

    table = Table(box=box.SIMPLE_HEAD, title="by true expression", title_justify="left")
    for heading in ("labelled", "photos", "right", "share", "95% interval", "read instead"):
        numbers = heading not in ("labelled", "read instead")
        table.add_column(heading, justify="right" if numbers else "left")
    for expression in FER2013:
        reads = [read for truth, read in outcomes if truth == expression]
        if reads:
            table.add_row(expression.name, *_cells(reads, expression), _instead(reads, expression))
    hits = [truth == read for truth, read in outcomes]
    table.add_section()
    table.add_row("all", *_cells(hits, True))
    return table


def _cells(reads: Sequence[object], wanted: object) -> list[str]:
    """Give the numbers of a row."""
    right, total = sum(read == wanted for read in reads), len(reads)
    share, interval = _share(right, total, "{:.3f}").rstrip(")").split(" (")
    return [f"{total:,}", f"{right:,}", share, interval]


def _instead(reads: Sequence[Expression | None], truth: Expression) -> str:
    """Say what was read in the place of the true expression, the most frequent first."""
    wrong = Counter("no face" if read is None else read.name for read in reads if read != truth)
    return ", ".join(f"{name} {count}" for name, count in wrong.most_common())


def _share(right: int, total: int, form: str) -> str:
    """Write a share with its interval (Wilson 1927)."""
    from mien.evaluation.bootstrap import wilson

    low, high = (form.format(end) for end in wilson(right, total))
    return f"{form.format(right / total)} ({low} to {high})"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
