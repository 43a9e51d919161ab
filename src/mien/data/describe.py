"""Describes what a data set holds, in a file of counts and two figures."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from mien.classes import Vocabulary
from mien.data.counts import DuplicateCounts, count, count_duplicates
from mien.data.figures import draw_counts, draw_samples
from mien.data.samples import Samples
from mien.errors import require
from mien.figures import save
from mien.files import ELSEWHERE, make_folder, replace, write

_FILES = ("counts.json", "counts.png", "samples.png")


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
    """What was written: ``counts.json``, ``counts.png`` and ``samples.png``."""

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the files, as counts.json holds it."""
        return {
            "n": self.n,
            "sha256": self.sha256,
            "classes": self.vocabulary.to_list(),
            "counts": self.counts,
            "twins": dataclasses.asdict(self.duplicates),
            "skipped": list(self.skipped),
        }


def describe(samples: Samples, out: Path) -> Description:
    """Count the faces by class and split, find duplicates, and draw both counts and examples.

    Parameters
    ----------
    samples
        The data set.
    out
        Folder for ``counts.json``, ``counts.png`` and ``samples.png``; created if missing.

    Returns
    -------
    Description
        The counts, and the files written.

    Raises
    ------
    OutputError
        If a file cannot be written.
    MissingExtraError
        If matplotlib is not installed.
    """
    require("matplotlib.figure", "train")
    make_folder(out, setting="out")
    files = tuple(out / name for name in _FILES)
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
    counts, vocabulary = description.counts, samples.vocabulary
    for file, draw in (
        (files[1], lambda part: save(draw_counts(counts, vocabulary), part, ".png")),
        (files[2], lambda part: save(draw_samples(samples), part, ".png")),
    ):
        replace(file, draw, ELSEWHERE, "out")
    return description
