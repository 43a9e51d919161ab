"""Reads a labelled data set of faces, whichever way it is stored."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.arguments import checked
from mien.classes import Vocabulary
from mien.data.cache import Cache
from mien.data.formats import Source, find_source
from mien.data.photos import PhotoCounter
from mien.data.record import BadRecords, Record
from mien.data.samples import Samples
from mien.errors import DataError, PictureError
from mien.files import cache_folder
from mien.models.info import FER2013_INPUT, InputSpec
from mien.progress import progress as progress_bar
from mien.settings.limits import DEFAULT_LIMITS, LimitSettings


def to_face(image: NDArray[np.uint8], spec: InputSpec = FER2013_INPUT) -> NDArray[np.uint8]:
    """Bring a picture to the size of a network's input without changing its aspect ratio.

    Where the picture is too narrow or too low for it, both its ends are filled up by repeating
    the edge pixels.

    Parameters
    ----------
    image
        Gray ``uint8 [H, W]`` or RGB ``uint8 [H, W, 3]``, at least one pixel.
    spec
        Its height and width are those of the result.

    Returns
    -------
    numpy.ndarray
        ``uint8``, with as many channels as ``image``.
    """
    height, width = image.shape[:2]
    if (height, width) == (spec.height, spec.width):
        return image
    high = max(height, round(width * spec.height / spec.width))
    wide = max(width, round(height * spec.width / spec.height))
    top, left = (high - height) // 2, (wide - width) // 2
    filled = cv2.copyMakeBorder(
        image, top, high - height - top, left, wide - width - left, cv2.BORDER_REPLICATE
    )
    how = cv2.INTER_AREA if high > spec.height else cv2.INTER_CUBIC
    size = (spec.width, spec.height)
    return np.asarray(cv2.resize(filled, size, interpolation=how), dtype=np.uint8)


class Records:
    """The labelled pictures of a data set, each at its own size.

    Iterating reads them one by one, each time from the start.
    """

    def __init__(self, source: Source, skip_bad: bool) -> None:
        with _readable(source):
            self.vocabulary: Vocabulary = source.vocabulary(source.path)
            """The classes that the records' labels number."""
        self._source = source
        self._skip_bad = skip_bad

    def __iter__(self) -> Iterator[Record]:
        bad = BadRecords(self._source.path, self._skip_bad)
        for record, _ in _decoded(self._source, self.vocabulary, bad, FER2013_INPUT):
            yield record

    def sha256(self) -> str:
        """Return the SHA-256 of the content, as `read` gives it to the faces."""
        with _readable(self._source):
            return self._source.sha256(self._source.path)

    def splits(self) -> set[str]:
        """Return the splits that have a record, without decoding any."""
        ignored = BadRecords(self._source.path, skip=True)
        with _readable(self._source):
            found = self._source.records(self._source.path, self.vocabulary, ignored)
            return {record.split for record in found}


def records(
    path: str | Path, *, skip_bad: bool = False, limits: LimitSettings = DEFAULT_LIMITS
) -> Records:
    """Open a data set to read it picture by picture, each at its own size.

    Parameters
    ----------
    path
        Data set, as for `read`.
    skip_bad
        Leave bad pictures out.
    limits
        What is refused: zips of too many files or that grow too much, and too long lines of CSV.

    Returns
    -------
    Records
        Iterates over `Record`, each after an attempt to decode it, and has the ``vocabulary``.

    Raises
    ------
    DataError
        As `read` does; for a bad picture when its turn comes.
    """
    return Records(find_source(Path(path), limits), skip_bad)


@checked
def read(
    path: str | Path,
    *,
    spec: InputSpec = FER2013_INPUT,
    skip_bad: bool = False,
    cache: str | Path | None = None,
    progress: bool | None = None,
    limits: LimitSettings = DEFAULT_LIMITS,
) -> Samples:
    """Read a labelled data set as face crops for a network.

    The first reading keeps the faces in a cache by the SHA-256 of the content, from which later
    ones map them. Pictures of other sizes are filled up by repeating their edges, then scaled.

    Parameters
    ----------
    path
        Folder or zip of ``train/CLASS/*.jpg`` and ``test/CLASS/*.jpg`` (``val/CLASS/*.jpg`` is
        read too), or of ``CLASS/*.jpg``; fer2013.csv or icml_face_data.csv; or a Parquet file
        with encoded pictures. If all folders are called as FER-2013's classes are, these are the
        classes, otherwise the folders' own names; a ``classes.toml`` in the root states names,
        order, emoji and colours.
    spec
        Height, width and colour of the crops.
    skip_bad
        Leave bad pictures and rows out and list them in `Samples.skipped`; otherwise the first
        one is an error.
    cache
        Folder for the cache; ``MIEN_CACHE`` or the user's cache folder if None.
    progress
        Show a progress bar on the first reading; None shows it if stderr is a terminal.
    limits
        As for `records`.

    Returns
    -------
    Samples
        The faces; those of folders and zips in the order of their names.

    Raises
    ------
    DataError
        If there is no such data set, it is unsafe to unpack, its layout is unknown, or a picture
        or row is bad.
    OutputError
        If the cache cannot be written.
    MissingExtraError
        If the data set is a Parquet file and pyarrow is not installed.
    """
    source = find_source(Path(path), limits)
    kept = Cache(cache_folder() if cache is None else Path(cache))
    bad = BadRecords(source.path, skip_bad)
    with _readable(source):
        sha256 = kept.sha256(source)
    samples = kept.load(sha256, spec)
    if samples is None:
        built = _build(source, sha256, spec, bad, progress)
        kept.store(built, spec)
        samples = kept.load(sha256, spec) or built
    bad.problems = list(samples.skipped)
    bad.check()
    return dataclasses.replace(samples, skipped=bad.sentences())


def _build(
    source: Source, sha256: str, spec: InputSpec, bad: BadRecords, show: bool | None
) -> Samples:
    """Read every picture; ``skipped`` holds the problems without the path."""
    with _readable(source):
        vocabulary = source.vocabulary(source.path)
    faces, photos = _Faces(spec), PhotoCounter(spec)
    labels, splits, names = [], [], []
    with progress_bar("Reading faces", show) as update:
        for record, image in _decoded(source, vocabulary, bad, spec):
            faces.append(to_face(image, spec), bad.total)
            photos.add(*image.shape[:2])
            labels.append(record.label)
            splits.append(record.split)
            names.append(record.name)
            update(len(labels), bad.total)
    if not labels:
        raise _no_face(source, bad)
    with _readable(source):
        if source.sha256(source.path) != sha256:
            raise DataError(
                f"{source.path} changed while it was read.", "Read it again once it is complete."
            )
    return Samples(
        images=faces.images(),
        labels=np.array(labels, dtype=np.int8),
        splits=np.array(splits, dtype=np.str_),
        names=np.array(names, dtype=np.str_),
        sha256=sha256,
        skipped=tuple(bad.problems),
        vocabulary=vocabulary,
        whole_photos=photos.result(),
    )


class _Faces:
    """Collects faces in one array, since a list and a copy of it would take twice the memory."""

    def __init__(self, spec: InputSpec) -> None:
        self._spec = spec
        self._array = np.empty((0, *spec.crop_shape), dtype=np.uint8)
        self._count = 0

    def append(self, face: NDArray[np.uint8], expected: int | None) -> None:
        """Add a face, where about ``expected`` are to come in all."""
        if self._count == len(self._array):
            self._grow(max((expected or 0) + 1, 2 * self._count, 1))
        self._array[self._count] = face
        self._count += 1

    def images(self) -> NDArray[np.uint8]:
        """Return the faces, ``uint8 [N, H, W]`` or ``[N, H, W, 3]``."""
        return self._array[: self._count]

    def _grow(self, count: int) -> None:
        try:
            larger = np.empty((count, *self._spec.crop_shape), dtype=np.uint8)
        except MemoryError as error:
            raise DataError(
                f"{count:,} faces of {self._spec} do not fit into memory.",
                "Read them at a smaller size, or fewer of them.",
                "image_size",
            ) from error
        larger[: self._count] = self._array
        self._array = larger


def _no_face(source: Source, bad: BadRecords) -> DataError:
    count = f", but {len(bad.problems)} bad ones" if bad.problems else ""
    example = f"; {bad.problems[0]}" if bad.problems else "."
    return DataError(
        f"Found no face in {source.path}{count}{example}",
        "Name a data set with pictures or rows in it.",
    )


def _decoded(
    source: Source, vocabulary: Vocabulary, bad: BadRecords, spec: InputSpec
) -> Iterator[tuple[Record, NDArray[np.uint8]]]:
    """Read the records that can be decoded, with their pixels in the colour of ``spec``."""
    with _readable(source):
        for record in source.records(source.path, vocabulary, bad):
            try:
                image = record.gray() if spec.colour == "gray" else record.picture()
            except PictureError as error:
                bad.report(error.problem)
                continue
            yield record, image


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
