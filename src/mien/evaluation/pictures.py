"""Scores the whole pipeline of a photo: find the face, crop it, read it."""

from __future__ import annotations

import dataclasses
import functools
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from mien.data import Record, Records, Samples, read, records
from mien.data.samples import MEMBERS, check_split
from mien.errors import DataError, SettingsError
from mien.evaluation.faces import default_split
from mien.evaluation.results import Scores
from mien.evaluation.scores import score
from mien.evaluation.training_data import TrainingData, about_unknown, training_data
from mien.models import ModelInfo
from mien.perception.picture import Failure, Picture
from mien.perception.reader import Reader
from mien.settings.limits import DEFAULT_LIMITS, LimitSettings


def evaluate_pictures(
    data: str | Path | Samples,
    reader: Reader,
    split: str | None,
    skip_bad: bool,
    limits: LimitSettings = DEFAULT_LIMITS,
) -> Scores:
    """Score a reader on labelled pictures, in constant memory.

    Parameters
    ----------
    data
        Zip, folder, CSV or Parquet file.
    reader
        Finds the faces, of which the first counts, and reads them.
    split, skip_bad, limits
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
    source = records(data, skip_bad=skip_bad, limits=limits)
    # The draw of validation faces keeps duplicates together, so it takes the crops.
    crops = partial(read, data, spec=reader.info.input, skip_bad=skip_bad, limits=limits)
    training = _Training.of(crops, source, reader.info, split)
    splits = source.splits() if training is None else set(training.splits.values())
    split = split or default_split(splits)
    check_split(split, splits)
    more = {} if training is None else {"trained_on": training.count(split)}
    if more and more["trained_on"] is None:
        warnings.warn(about_unknown(reader.name), stacklevel=4)
    probabilities, labels, missed = [], [], []
    for label, picture in _read(source, split, reader, training):
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
        labels=reader.info.labels,
        split=split,
        **more,
    )


@dataclasses.dataclass(frozen=True)
class _Training:
    """A network's own training data, as its training divided it."""

    data: TrainingData
    samples: Samples

    @classmethod
    def of(
        cls, crops: Callable[[], Samples], source: Records, info: ModelInfo, split: str | None
    ) -> _Training | None:
        """Divide the data; None if it is other data than the network was trained on."""
        if source.sha256() != info.data.get("sha256"):
            return None
        samples = crops().relabelled(info.classes)
        data = training_data(samples, info)
        return None if data is None else cls(data, data.for_split(split, samples))

    @functools.cached_property
    def splits(self) -> dict[str, str]:
        """The split of each picture, by name."""
        pairs = zip(self.samples.names.tolist(), self.samples.splits.tolist(), strict=True)
        return dict(pairs)

    def count(self, split: str) -> int | None:
        """Count the pictures of a split that the network learnt from; None if unknown."""
        return self.data.count(self.samples.split(split))


def _read(
    source: Records, split: str, reader: Reader, training: _Training | None
) -> Iterator[tuple[int, Picture]]:
    """Read the pictures of a split; yield the network's number of each label, and the picture."""
    ahead: deque[tuple[str, int]] = deque()
    splits = {} if training is None else training.splits

    def pictures() -> Iterator[bytes | np.ndarray]:
        for record in source:
            if split == "all" or splits.get(record.name, record.split) in MEMBERS[split]:
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
