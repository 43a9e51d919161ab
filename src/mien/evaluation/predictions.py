"""Keeps what a network said of each face, so that networks can be compared later."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.classes import NAMES
from mien.data import Samples
from mien.data.duplicates import fingerprints
from mien.errors import DataError, require
from mien.evaluation.bootstrap import Probabilities
from mien.files import replace

COLUMNS = (
    *("name", "split", "label", "predicted"),
    *(f"p_{name}" for name in NAMES),
    "pixels",
)
"""Columns of the Parquet file; ``pixels`` is a digest, equal for equal faces."""

_FIX = "Write one with: mien evaluate DATA --predictions FILE.parquet."


@dataclasses.dataclass(frozen=True, eq=False)
class Predictions:
    """What one network said of faces."""

    net: str
    """Name of the network."""
    sha256: str
    """SHA-256 of the data set."""
    names: NDArray[np.str_]
    """Where each face came from, ``[N]``."""
    splits: NDArray[np.str_]
    """The split that each is of, ``[N]``."""
    labels: NDArray[np.int8]
    """True classes, ``int8 [N]``."""
    probabilities: Probabilities
    """``float32 [N, 7]``."""
    pixels: NDArray[np.str_]
    """A digest of each face in hexadecimal, ``[N]``."""

    @classmethod
    def of(cls, net: str, probabilities: Probabilities, samples: Samples) -> Predictions:
        """Join what a network said with the faces it was said of."""
        return cls(
            net=net,
            sha256=samples.sha256,
            names=samples.names,
            splits=samples.splits,
            labels=samples.labels,
            probabilities=probabilities,
            pixels=np.array([print_.hex() for print_ in fingerprints(samples)], dtype=np.str_),
        )

    @property
    def predicted(self) -> NDArray[np.intp]:
        """The likeliest class of each face, ``intp [N]``."""
        return np.asarray(self.probabilities.argmax(axis=1))

    def by_name(self) -> Predictions:
        """Sort the faces by name."""
        order = np.argsort(self.names, kind="stable")
        rows = ("names", "splits", "labels", "probabilities", "pixels")
        return dataclasses.replace(self, **{name: getattr(self, name)[order] for name in rows})


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Write predictions as Parquet with the columns `COLUMNS`, one row a face.

    Classes are written by name; the file's metadata hold ``net`` and ``data_sha256``.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    SettingsError
        If the file cannot be written.
    """
    arrow = require("pyarrow", "train")
    parquet = require("pyarrow.parquet", "train")
    names = np.array(NAMES)
    columns = [
        *(predictions.names, predictions.splits, names[predictions.labels]),
        names[predictions.predicted],
        *np.asarray(predictions.probabilities, dtype=np.float32).T,
        predictions.pixels,
    ]
    # Arrow takes text from lists, not from NumPy's fixed-width strings.
    cells = [column.tolist() if column.dtype.kind == "U" else column for column in columns]
    table = arrow.table(
        [arrow.array(column) for column in cells],
        names=list(COLUMNS),
        metadata={"net": predictions.net, "data_sha256": predictions.sha256},
    )
    replace(
        path,
        lambda part: parquet.write_table(table, part),
        "Name another file with --predictions.",
    )


def read_predictions(path: Path) -> Predictions:
    """Read a file that `write_predictions` wrote.

    Raises
    ------
    DataError
        If it is no such file.
    MissingExtraError
        If pyarrow is not installed.
    """
    arrow = require("pyarrow", "train")
    parquet = require("pyarrow.parquet", "train")
    try:
        # Opened here, since Arrow's own error for a missing file holds its whole path twice.
        with path.open("rb") as file:
            table = parquet.read_table(file)
    except (OSError, arrow.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise DataError(f"Cannot read predictions from {path}: {reason}.", _FIX) from error
    metadata = table.schema.metadata or {}
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing or b"net" not in metadata:
        raise DataError(
            f"Expected predictions in {path}, found no {', '.join(missing) or 'net'} in it.", _FIX
        )
    columns = {name: table.column(name).to_numpy() for name in COLUMNS}
    if not set(columns["label"].tolist()) <= set(NAMES):
        raise DataError(f"Expected labels such as {NAMES[0]} in {path}, got others.", _FIX)
    chances = [columns[f"p_{name}"] for name in NAMES]
    if not all(column.dtype.kind == "f" and np.isfinite(column).all() for column in chances):
        raise DataError(f"Expected a number in every p_ column of {path}, got others.", _FIX)
    return Predictions(
        net=metadata[b"net"].decode(),
        sha256=metadata.get(b"data_sha256", b"").decode(),
        names=columns["name"].astype(np.str_),
        splits=columns["split"].astype(np.str_),
        labels=np.array([NAMES.index(name) for name in columns["label"]], dtype=np.int8),
        probabilities=np.stack(chances, axis=1).astype(np.float32),
        pixels=columns["pixels"].astype(np.str_),
    )


TOLERANCE = 1e-3
"""How far probabilities of a face may be from summing to 1; float32 sums differ by 1e-7."""

_MATCH_FIX = "Give predictions that were made of this data, with the same --skip-bad."


def match(path: Path, kept: Predictions, samples: Samples) -> Probabilities:
    """Give the probabilities of a file in the order of the data, ``float32 [N, 7]``.

    Parameters
    ----------
    path
        The file, for messages.
    kept
        What `mien.evaluation.predictions.read_predictions` read from it.
    samples
        The faces.

    Raises
    ------
    DataError
        If the file holds other faces, or the same with other pixels or labels, or numbers that
        are no probabilities.
    """
    ours, theirs = Predictions.of("", _blank(samples), samples).by_name(), kept.by_name()
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
    chances = theirs.probabilities
    if (chances < 0).any() or (np.abs(chances.sum(axis=1) - 1) > TOLERANCE).any():
        raise DataError(f"Expected probabilities that sum to 1 in each row of {path}.", _MATCH_FIX)
    ordered = _blank(samples)
    ordered[np.argsort(samples.names, kind="stable")] = chances
    return ordered


def _blank(samples: Samples) -> Probabilities:
    return np.zeros((len(samples), 7), dtype=np.float32)
