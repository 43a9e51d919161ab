"""Predictions: a network's probabilities for every face, kept so that networks can be compared."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mien.classes import FER2013, Vocabulary
from mien.data import Samples
from mien.data.duplicates import fingerprints
from mien.errors import DataError, require
from mien.evaluation.bootstrap import Probabilities
from mien.files import open_for_arrow, replace
from mien.models.info import FER2013_INPUT, InputSpec

if TYPE_CHECKING:
    from pyarrow import Table

    from mien.evaluation.results import Scores

TOLERANCE = 1e-3
"""How far probabilities of a face may be from summing to 1; float32 sums differ by 1e-7."""

_TEXT = ("name", "split", "label", "predicted", "pixels")
"""Columns of text in the Parquet file; ``pixels`` is a digest, equal for equal faces."""

_FIX = "Use a Parquet file of predictions that mien evaluate wrote."
_MATCH_FIX = "Use predictions of this very data, with the same bad pictures left out."


@dataclasses.dataclass(frozen=True, eq=False)
class Predictions:
    """What one network predicted for labelled faces."""

    net: str
    """Name of the network."""
    sha256: str
    """SHA-256 of the data set."""
    names: NDArray[np.str_]
    """Where each face came from, ``[N]``."""
    splits: NDArray[np.str_]
    """The split of each face, ``[N]``."""
    labels: NDArray[np.int8]
    """True classes, ``int8 [N]``."""
    probabilities: Probabilities
    """``float32 [N, K]``."""
    pixels: NDArray[np.str_]
    """A digest of each face in hexadecimal, ``[N]``."""
    vocabulary: Vocabulary = FER2013
    """The K classes."""
    crop_shape: tuple[int, ...] = FER2013_INPUT.crop_shape
    """Shape of the crops that the network was given, as `InputSpec.crop_shape`."""
    net_sha256: str | None = None
    """SHA-256 of the network, as in its scores; None if it is not known."""

    @property
    def spec(self) -> InputSpec:
        """How the data must be read to get these crops."""
        height, width, *channels = self.crop_shape
        return InputSpec(height=height, width=width, colour="RGB" if channels else "gray")

    @classmethod
    def of(
        cls,
        net: str,
        probabilities: Probabilities,
        samples: Samples,
        net_sha256: str | None = None,
    ) -> Predictions:
        """Join a network's probabilities with the faces that they are for."""
        return cls(
            net=net,
            sha256=samples.sha256,
            names=samples.names,
            splits=samples.splits,
            labels=samples.labels,
            probabilities=probabilities,
            pixels=np.array([digest.hex() for digest in fingerprints(samples)], dtype=np.str_),
            vocabulary=samples.vocabulary,
            crop_shape=samples.images.shape[1:],
            net_sha256=net_sha256,
        )

    @property
    def predicted(self) -> NDArray[np.intp]:
        """The most probable class of each face, ``intp [N]``."""
        return np.asarray(self.probabilities.argmax(axis=1))

    def by_name(self) -> Predictions:
        """Return the faces sorted by name."""
        order = np.argsort(self.names, kind="stable")
        rows = ("names", "splits", "labels", "probabilities", "pixels")
        return dataclasses.replace(self, **{name: getattr(self, name)[order] for name in rows})

    def relabelled(self, vocabulary: Vocabulary) -> Predictions:
        """Return the same predictions, with the classes in another order.

        Raises
        ------
        DataError
            If the other vocabulary has other classes.
        """
        if set(vocabulary.names) != set(self.vocabulary.names):
            raise DataError(
                f"{self.net} tells apart {self.vocabulary.in_words()}, the other"
                f" {vocabulary.in_words()}.",
                "Compare networks of the same classes.",
            )
        order = [self.vocabulary.index(name) for name in vocabulary.names]
        return dataclasses.replace(
            self,
            labels=np.argsort(order).astype(np.int8)[self.labels],
            probabilities=self.probabilities[:, order],
            vocabulary=vocabulary,
        )


def columns(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the columns of a Parquet file of predictions."""
    return (*_TEXT[:-1], *(f"p_{name}" for name in vocabulary.names), _TEXT[-1])


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Write predictions as Parquet, one row per face.

    Its columns are those of `columns`, with classes by name; its metadata holds ``net``,
    ``net_sha256``, ``data_sha256``, ``classes`` and ``crop_shape``.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    OutputError
        If the file cannot be written.
    """
    arrow = require("pyarrow", "train")
    parquet = require("pyarrow.parquet", "train")
    classes = np.array(predictions.vocabulary.names)
    probabilities = np.asarray(predictions.probabilities, dtype=np.float32)
    # Arrow takes text from lists, not from NumPy's fixed-width strings.
    cells = [
        predictions.names.tolist(),
        predictions.splits.tolist(),
        classes[predictions.labels].tolist(),
        classes[predictions.predicted].tolist(),
        *probabilities.T,
        predictions.pixels.tolist(),
    ]
    table = arrow.table(
        [arrow.array(column) for column in cells],
        names=list(columns(predictions.vocabulary)),
        metadata={
            "net": predictions.net,
            "net_sha256": predictions.net_sha256 or "",
            "data_sha256": predictions.sha256,
            "classes": json.dumps(predictions.vocabulary.to_list(), ensure_ascii=False),
            "crop_shape": json.dumps(predictions.crop_shape),
        },
    )

    def write(part: Path) -> None:
        with part.open("wb") as file:
            parquet.write_table(table, file)

    replace(path, write, setting="predictions")


def read_predictions(path: Path) -> Predictions:
    """Read a file that `write_predictions` wrote, also in an older version of mien.

    Raises
    ------
    DataError
        If it is another file, or cannot be read.
    MissingExtraError
        If pyarrow is not installed.
    """
    arrow = require("pyarrow", "train")
    parquet = require("pyarrow.parquet", "train")
    try:
        with open_for_arrow(path) as file:
            table = parquet.read_table(file)
    except (OSError, arrow.ArrowException) as error:
        # Arrow's own sentences speak of its buffers.
        reason = getattr(error, "strerror", None)
        raise DataError(
            f"Cannot read predictions from {path}: {reason}."
            if reason
            else f"Expected predictions as Parquet in {path}, got something else.",
            _FIX,
        ) from error
    metadata = table.schema.metadata or {}
    vocabulary = _classes_of(path, metadata)
    missing = [name for name in columns(vocabulary) if name not in table.column_names]
    if missing or b"net" not in metadata:
        raise DataError(
            f"Expected predictions in {path}, found no {', '.join(missing) or 'net'} in it.", _FIX
        )
    text = {name: table.column(name).to_numpy() for name in _TEXT}
    return Predictions(
        net=metadata[b"net"].decode(),
        sha256=metadata.get(b"data_sha256", b"").decode(),
        names=text["name"].astype(np.str_),
        splits=text["split"].astype(np.str_),
        labels=_labels(path, text["label"].tolist(), vocabulary),
        probabilities=_probabilities(path, table, vocabulary),
        pixels=text["pixels"].astype(np.str_),
        vocabulary=vocabulary,
        crop_shape=_crop_shape(path, metadata),
        net_sha256=metadata.get(b"net_sha256", b"").decode() or None,
    )


def _crop_shape(path: Path, metadata: dict[bytes, bytes]) -> tuple[int, ...]:
    """Read the crops' shape, which older files do not have: theirs are FER-2013's."""
    try:
        shape = tuple(json.loads(metadata.get(b"crop_shape", b"[48, 48]")))
        if len(shape) in (2, 3) and all(isinstance(side, int) for side in shape):
            return shape
    except (ValueError, TypeError):
        pass
    raise DataError(f"The shape of the crops in {path} is damaged.", _FIX)


def _classes_of(path: Path, metadata: dict[bytes, bytes]) -> Vocabulary:
    """Read the classes, which older files do not have: they hold FER-2013's."""
    if b"classes" not in metadata:
        return FER2013
    try:
        return Vocabulary.from_list(json.loads(metadata[b"classes"]))
    except (ValueError, DataError) as error:
        raise DataError(f"The classes in {path} are damaged.", _FIX) from error


def _labels(path: Path, names: list[str], vocabulary: Vocabulary) -> NDArray[np.int8]:
    if not set(names) <= set(vocabulary.names):
        first = vocabulary.names[0]
        raise DataError(f"Expected labels such as {first} in {path}, got others.", _FIX)
    numbers = {name: number for number, name in enumerate(vocabulary.names)}
    return np.array([numbers[name] for name in names], dtype=np.int8)


def _probabilities(path: Path, table: Table, vocabulary: Vocabulary) -> Probabilities:
    chances = [table.column(f"p_{name}").to_numpy() for name in vocabulary.names]
    if not all(column.dtype.kind == "f" and np.isfinite(column).all() for column in chances):
        raise DataError(f"Expected a number in every p_ column of {path}, got others.", _FIX)
    return np.stack(chances, axis=1).astype(np.float32)


def read_predictions_of(scores: Scores, path: Path) -> Predictions:
    """Read the predictions that a network's scores name.

    Parameters
    ----------
    scores
        What mien evaluate wrote together with the predictions.
    path
        The file of predictions.

    Raises
    ------
    DataError
        If the file cannot be read, or the scores are not about its predictions.
    MissingExtraError
        If pyarrow is not installed.
    """
    predictions = read_predictions(path)
    right = int((predictions.predicted == predictions.labels).sum())
    expected = sum(row[place] for place, row in enumerate(scores.confusion))
    known = predictions.net_sha256 and scores.sha256
    same = not known or predictions.net_sha256 == scores.sha256
    stated = predictions.net, len(predictions.labels), right
    if not same or stated != (scores.net, scores.n, expected):
        raise DataError(
            f"{path} holds predictions of {predictions.net} for {len(predictions.labels):,} faces,"
            f" {right:,} of them correct; the scores that name it are of {scores.net} on"
            f" {scores.n:,} faces, {expected:,} of them correct"
            f"{'' if same else ', and of another network of that name'}.",
            "Write the scores and the predictions in one run of mien evaluate, under new names.",
        )
    return predictions


def match(path: Path, predictions: Predictions, samples: Samples) -> Probabilities:
    """Return the probabilities of a file in the order of the data, ``float32 [N, K]``.

    Parameters
    ----------
    path
        The file, for messages.
    predictions
        What `read_predictions` read from it.
    samples
        The faces; the columns are in the order of their vocabulary.

    Raises
    ------
    DataError
        If the file holds other classes or faces, or the same faces with other pixels or labels,
        or its probabilities do not sum to 1.
    """
    blank = np.zeros((len(samples), len(samples.vocabulary)), dtype=np.float32)
    ours = Predictions.of("", blank, samples).by_name()
    theirs = predictions.relabelled(samples.vocabulary).by_name()
    _check_same(path, ours, theirs)
    chances = theirs.probabilities
    if (chances < 0).any() or (np.abs(chances.sum(axis=1) - 1) > TOLERANCE).any():
        raise DataError(f"Expected probabilities that sum to 1 in each row of {path}.", _MATCH_FIX)
    blank[np.argsort(samples.names, kind="stable")] = chances
    return blank


def _check_same(path: Path, ours: Predictions, theirs: Predictions) -> None:
    """Refuse a file of other faces; both are sorted by name."""
    odd = sorted(set(ours.names.tolist()) ^ set(theirs.names.tolist()))
    if odd:
        raise DataError(
            f"Expected the {len(ours.names):,} faces of the data in {path}, found"
            f" {len(theirs.names):,}: {odd[0]} is in only one of the two"
            f"{f', as are {len(odd) - 1:,} more' if len(odd) > 1 else ''}.",
            _MATCH_FIX,
        )
    if len(ours.names) != len(theirs.names):
        raise DataError(f"{path} or the data holds a name twice.", _MATCH_FIX)
    for what, differ in (
        ("pixels", ours.pixels != theirs.pixels),
        ("labels", ours.labels != theirs.labels),
    ):
        if differ.any():
            raise DataError(
                f"{path} was made of other {what} for {int(differ.sum()):,} of {len(differ):,}"
                f" faces, one of them {ours.names[int(differ.argmax())]}.",
                _MATCH_FIX,
            )
