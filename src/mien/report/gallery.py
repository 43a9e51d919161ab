"""Shows the faces that a network got wrong with the highest confidence."""

from __future__ import annotations

import html
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from mien.data import Samples
from mien.data.duplicates import fingerprints
from mien.data.join import match_names
from mien.errors import DataError
from mien.evaluation.predictions import Predictions
from mien.report.html import count, data_uri, number, paragraph

MOST = 6
"""Most faces shown of each true class."""

_FIX = "Name exactly the data set that was measured, with the same bad pictures left out."

Images = NDArray[np.uint8]


def find_faces(predictions: Predictions, samples: Samples, path: str | Path) -> Images:
    """Find the faces that predictions are about.

    Parameters
    ----------
    predictions
        Those of one network.
    samples
        A whole data set.
    path
        Where the data set is, for messages.

    Returns
    -------
    numpy.ndarray
        ``uint8 [N, H, W]`` or RGB ``[N, H, W, 3]``, in the order of the predictions.

    Raises
    ------
    DataError
        If the data lacks a face or has another in its place.
    """
    source = f"The file of {predictions.net}'s predictions"
    rows = match_names(predictions.names.tolist(), samples.names.tolist(), source, _FIX, "data")
    picked = samples[rows]
    digests = np.array([digest.hex() for digest in fingerprints(picked)], dtype=np.str_)
    other = digests != predictions.pixels
    if other.any():
        raise DataError(
            f"{int(other.sum()):,} faces in {path} differ from those that {predictions.net} was"
            f" measured on, such as {picked.names[int(other.argmax())]}.",
            _FIX,
            "data",
        )
    return picked.images


def mistakes(predictions: Predictions, label: int, most: int = MOST) -> list[int]:
    """Return the rows of one class that were predicted wrongly, the most confident first."""
    wrong = (predictions.labels == label) & (predictions.predicted != label)
    rows = np.flatnonzero(wrong)
    order = np.argsort(-predictions.probabilities.max(axis=1)[rows], kind="stable")
    return [int(row) for row in rows[order][:most]]


def gallery(predictions: Predictions, images: Images, most: int = MOST) -> str:
    """Show the most confident mistakes of each class.

    Parameters
    ----------
    predictions
        Those of one network for N faces.
    images
        The faces, ``uint8 [N, H, W]`` or RGB ``[N, H, W, 3]``.
    most
        Most faces shown of each class.
    """
    wrong = int((predictions.predicted != predictions.labels).sum())
    about = paragraph(
        f"Of {count(wrong)} wrong predictions, the page shows for each true class the {most} with"
        " the highest confidence, each with its label, prediction and confidence. Look before you"
        " judge: some labels are plainly wrong, and some faces show more than one expression."
    )
    classes = range(len(predictions.vocabulary))
    return about + "".join(_row(predictions, images, label, most) for label in classes)


def _row(predictions: Predictions, images: Images, label: int, most: int) -> str:
    total = int((predictions.labels == label).sum())
    wrong = int(((predictions.labels == label) & (predictions.predicted != label)).sum())
    if not wrong:
        return ""
    shown = mistakes(predictions, label, most)
    faces = "".join(_face(predictions, images[row], row) for row in shown)
    name = html.escape(predictions.vocabulary.names[label])
    return (
        f"<h4>{name}: {count(wrong)} of {count(total)} wrong</h4>"
        f'<div class="mistakes">{faces}</div>'
    )


def _face(predictions: Predictions, image: Images, row: int) -> str:
    names = predictions.vocabulary.names
    true, predicted = (
        html.escape(names[labels[row]]) for labels in (predictions.labels, predictions.predicted)
    )
    file = html.escape(PurePosixPath(str(predictions.names[row])).name)
    confidence = float(predictions.probabilities[row].max())
    return (
        f'<figure><img alt="{file}, labelled {true}, predicted {predicted}"'
        f' title="{file}" src="{data_uri(image)}">'
        f"<figcaption>{true} → <b>{predicted}</b> {number(confidence, 2)}</figcaption></figure>\n"
    )
