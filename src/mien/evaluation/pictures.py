"""Scores the whole way of a photo: find the face, crop it, read it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mien.data import Record, Records, Samples, records
from mien.data.samples import MEMBERS, check_split
from mien.errors import DataError, SettingsError
from mien.evaluation.faces import default_split
from mien.evaluation.results import Scores
from mien.evaluation.scores import score
from mien.models import ModelInfo
from mien.perception.picture import Failure, Picture
from mien.perception.reader import Reader


def evaluate_pictures(
    data: str | Path | Samples, reader: Reader, split: str | None, skip_bad: bool
) -> Scores:
    """Score a reader on labelled pictures, in constant memory.

    Parameters
    ----------
    data
        Zip, folder, CSV or Parquet file.
    reader
        Finds the faces, of which the first counts, and reads them.
    split, skip_bad
        As for `mien.evaluation.evaluate`.

    Raises
    ------
    DataError
        If the data cannot be read, or has a class that the network does not know.
    SettingsError
        If the data is `Samples`.
    """
    if isinstance(data, Samples):
        raise SettingsError(
            "Samples hold crops, but the faces are to be found first.",
            "Name the file or folder of the pictures, or leave detect out.",
            "detect",
        )
    source = records(data, skip_bad=skip_bad)
    splits = source.splits()
    split = split or default_split(splits)
    check_split(split, splits)
    probabilities, labels, missed = [], [], []
    for label, picture in _read(source, split, reader):
        if picture.faces:
            probabilities.append(picture.faces[0].probabilities[None])
            labels.append(label)
        else:
            missed.append(label)
    empty = np.zeros((0, len(reader.vocabulary)), np.float32)
    scores = score(
        np.concatenate([empty, *probabilities]),
        np.array(labels, dtype=np.int8),
        reader.vocabulary,
        np.array(missed, dtype=np.int8),
    )
    return Scores.of(
        scores,
        reader.name,
        sha256=reader.info.sha256 or None,
        weights_sha256=reader.info.weights_sha256,
        split=split,
    )


def _read(source: Records, split: str, reader: Reader) -> Iterator[tuple[int, Picture]]:
    """Read the pictures of a split; yield the network's number of each label, and the picture."""
    ahead: deque[tuple[str, int]] = deque()

    def pictures() -> Iterator[bytes | np.ndarray]:
        for record in source:
            if split == "all" or record.split in MEMBERS[split]:
                ahead.append((record.name, _label(source, record, reader.info)))
                yield record.data if isinstance(record.data, bytes) else record.picture()

    for picture in reader.read_many(pictures()):
        name, label = ahead.popleft()
        if isinstance(picture, Failure):
            raise DataError(f"Cannot read {name}: {picture.error.problem}", picture.error.fix)
        yield label, picture


def _label(source: Records, record: Record, info: ModelInfo) -> int:
    """Return the network's number of a record's class."""
    name = source.vocabulary.names[record.label]
    if name not in info.classes:
        raise DataError(
            f"The data has faces of {name}, which {info.name} does not know: it tells apart"
            f" {info.classes.in_words()}.",
            "Use a network that was trained on these classes, or leave the faces out.",
        )
    return info.classes.index(name)
