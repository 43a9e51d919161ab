"""Describes what a data set holds, in a file of counts and two figures."""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mien.classes import Vocabulary
from mien.data.counts import DuplicateCounts, count, count_duplicates
from mien.data.figures import draw_counts, draw_samples
from mien.data.read import read, records
from mien.data.samples import Samples
from mien.figures import save
from mien.files import ELSEWHERE, make_folder, replace, write
from mien.models.info import InputSpec
from mien.outputs import Kind, check_folder_of_outputs
from mien.settings.limits import DEFAULT_LIMITS, LimitSettings

_FILES: dict[str, Kind] = {
    "counts.json": "counts",
    "counts.png": "figure",
    "samples.png": "figure",
}

_LOOKED_AT = 32
"""How many pictures are looked at to see whether data is in colour."""

_COLOURED = 4.0
"""Mean difference between the colour channels, of 255, from which on a picture is in colour.

The compression of a gray picture gives smaller ones."""


@dataclasses.dataclass(frozen=True)
class Description:
    """What a data set holds."""

    n: int
    """Number of faces."""
    sha256: str
    """SHA-256 of the content."""
    vocabulary: Vocabulary
    """Its classes."""
    counts: dict[str, dict[str, int]]
    """Faces by split, then by class name; classes without a face have 0."""
    duplicates: DuplicateCounts
    """Its pixel-identical faces."""
    skipped: tuple[str, ...]
    """One sentence for each bad picture that was left out."""
    files: tuple[Path, ...]
    """What was written: ``counts.json``, and the figures unless matplotlib is missing."""

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the files, as counts.json holds it."""
        return {
            "n": self.n,
            "sha256": self.sha256,
            "classes": self.vocabulary.to_list(),
            "counts": self.counts,
            "duplicates": dataclasses.asdict(self.duplicates),
            "skipped": list(self.skipped),
        }


def describe(samples: Samples, out: Path, shown: Samples | None = None) -> Description:
    """Count the faces by class and split, find duplicates, and draw both counts and examples.

    Parameters
    ----------
    samples
        The data set.
    out
        Folder for ``counts.json``, ``counts.png`` and ``samples.png``; created if missing. Without
        matplotlib no figure is drawn.
    shown
        The same data in the form in which examples are drawn, such as in colour; ``samples`` if
        None.

    Returns
    -------
    Description
        The counts, and the files written.

    Raises
    ------
    SettingsError
        If a file is there that is not an earlier output of mien.
    OutputError
        If a file cannot be written.
    """
    check_outputs(out)
    make_folder(out, setting="out")
    drawn = _draws()
    files = tuple(out / name for name in _files())
    description = Description(
        n=len(samples),
        sha256=samples.sha256,
        vocabulary=samples.vocabulary,
        counts=count(samples),
        duplicates=count_duplicates(samples),
        skipped=samples.skipped,
        files=files,
    )
    text = json.dumps(description.to_dict(), indent=2, ensure_ascii=False) + "\n"
    write(files[0], text.encode(), ELSEWHERE, "out")
    if drawn:
        _draw(shown or samples, description.counts, files[1:])
    return description


def check_outputs(out: Path) -> None:
    """Refuse a folder where files of the user's would be replaced, before the data is read.

    Raises
    ------
    SettingsError
        If a file is there that is not an earlier output of mien.
    OutputError
        If the folder can neither be written to nor made.
    """
    check_folder_of_outputs(out, _files(), [])


def _files() -> dict[str, Kind]:
    """Return the files to be written, by name."""
    return _FILES if _draws() else {"counts.json": "counts"}


def _draws() -> bool:
    """Return whether matplotlib, which draws the figures, is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def _draw(samples: Samples, counts: dict[str, dict[str, int]], files: Sequence[Path]) -> None:
    """Draw the counts and some examples."""
    figures = draw_counts(counts, samples.vocabulary), draw_samples(samples)
    for file, figure in zip(files, figures, strict=True):
        replace(file, functools.partial(_save, figure), ELSEWHERE, "out")


def _save(figure: Any, part: Path) -> None:
    save(figure, part, ".png")


def read_in_colour(
    path: Path, skip_bad: bool, limits: LimitSettings = DEFAULT_LIMITS
) -> Samples | None:
    """Read the faces of a data set in colour; None if its first pictures are gray.

    Parameters
    ----------
    path, skip_bad, limits
        As for `mien.data.read`.
    """
    first = itertools.islice(records(path, skip_bad=skip_bad, limits=limits), _LOOKED_AT)
    spreads = [float(np.ptp(record.picture(), axis=2).mean()) for record in first]
    if max(spreads, default=0.0) < _COLOURED:
        return None
    return read(path, spec=InputSpec(colour="RGB"), skip_bad=skip_bad, limits=limits)
