"""Reads a labelled data set of faces, whichever way it is stored."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.data.cache import Cache
from mien.data.formats import Source, find_source
from mien.data.record import Complaints, Record
from mien.data.samples import Samples
from mien.errors import DataError, PictureError
from mien.files import cache_folder
from mien.models.info import FER2013_INPUT

_SIZE = FER2013_INPUT.height


def to_face(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bring a gray picture ``uint8 [H, W]`` to 48x48 without changing its aspect ratio.

    The short side is filled up on both ends by repeating the edge pixels.
    """
    height, width = gray.shape
    if (height, width) == (_SIZE, _SIZE):
        return gray
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = cv2.copyMakeBorder(
        gray, top, side - height - top, left, side - width - left, cv2.BORDER_REPLICATE
    )
    how = cv2.INTER_AREA if side > _SIZE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(square, (_SIZE, _SIZE), interpolation=how), dtype=np.uint8)


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


def records(path: str | Path, *, skip_bad: bool = False) -> Iterator[Record]:
    """Read a data set picture by picture, each at its own size.

    Parameters
    ----------
    path
        Data set, as for `read`.
    skip_bad
        Leave bad pictures out.

    Yields
    ------
    Record
        Each picture, after a try to decode it.

    Raises
    ------
    DataError
        As `read` does, when the bad picture's turn comes.
    """
    source = find_source(Path(path))
    for record, _ in _decoded(source, Complaints(source.path, skip_bad)):
        yield record


def read(
    path: str | Path,
    *,
    skip_bad: bool = False,
    cache: str | Path | None = None,
    progress: bool | None = None,
) -> Samples:
    """Read a labelled data set as gray faces of 48x48 pixels.

    The first reading keeps the faces in a cache by the SHA-256 of the content, from which later
    ones map them. Pictures of other sizes are filled up to a square by repeating their edges,
    then scaled.

    Parameters
    ----------
    path
        Kaggle's zip or its unpacked folder (``train/CLASS/*.jpg``, ``test/CLASS/*.jpg``), a bare
        ``CLASS/*`` tree or a zip of one, fer2013.csv, icml_face_data.csv, or a Parquet file with
        encoded pictures.
    skip_bad
        Leave bad pictures and rows out and list them in `Samples.skipped`; else the first one
        is an error.
    cache
        Folder for the cache; ``MIEN_CACHE`` or the user's cache folder if None.
    progress
        Show a progress bar on the first reading; if stderr is a terminal if None.

    Returns
    -------
    Samples
        The faces; those of folders and zips in the order of their names.

    Raises
    ------
    DataError
        If there is no such data set, it is unsafe to unpack, its layout is unknown, a picture
        or row is bad, or the cache cannot be written.
    MissingExtraError
        If the data set is a Parquet file and pyarrow is not installed.
    """
    source = find_source(Path(path))
    kept = Cache(cache_folder() if cache is None else Path(cache))
    complaints = Complaints(source.path, skip_bad)
    with _readable(source):
        sha256 = kept.sha256(source)
    samples = kept.load(sha256)
    if samples is None:
        built = _build(source, sha256, complaints, progress)
        kept.store(built)
        samples = kept.load(sha256) or built
    complaints.problems = list(samples.skipped)
    complaints.check()
    return dataclasses.replace(samples, skipped=complaints.sentences())


def _build(
    source: Source, sha256: str, complaints: Complaints, progress: bool | None
) -> Samples:
    """Read every picture; ``skipped`` holds the problems without the path."""
    faces, labels, splits, names = [], [], [], []
    decoded = with_progress(_decoded(source, complaints), lambda: complaints.total, progress)
    for record, gray in decoded:
        faces.append(to_face(gray))
        labels.append(record.label)
        splits.append(record.split)
        names.append(record.name)
    if not faces:
        bad = f", but {len(complaints.problems)} bad ones" if complaints.problems else ""
        example = f"; {complaints.problems[0]}" if complaints.problems else "."
        raise DataError(
            f"Found no face in {source.path}{bad}{example}",
            "Name a data set with pictures or rows in it.",
        )
    with _readable(source):
        if source.sha256(source.path) != sha256:
            raise DataError(
                f"{source.path} changed while it was read.", "Read it again once it is whole."
            )
    return Samples(
        images=np.stack(faces).reshape(-1, _SIZE, _SIZE),
        labels=np.array(labels, dtype=np.int8),
        splits=np.array(splits, dtype=np.str_),
        names=np.array(names, dtype=np.str_),
        sha256=sha256,
        skipped=tuple(complaints.problems),
    )


def _decoded(
    source: Source, complaints: Complaints
) -> Iterator[tuple[Record, NDArray[np.uint8]]]:
    """Read the records that can be decoded, with their gray pixels."""
    with _readable(source):
        for record in source.records(source.path, complaints):
            try:
                gray = record.gray()
            except PictureError as error:
                complaints.report(error.problem)
                continue
            yield record, gray


@contextlib.contextmanager
def _readable(source: Source) -> Iterator[None]:
    """Turn what the disk or the rights to it raise into an error that says so."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"Cannot read {source.path}: {error.strerror or error}.",
            "Check the disk and your right to read it.",
        ) from error
