"""Shows the faces that a network read wrong and was surest of."""

from __future__ import annotations

import html
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from mien.classes import NAMES
from mien.data import Samples
from mien.data.duplicates import fingerprints
from mien.errors import DataError
from mien.evaluation.predictions import Predictions
from mien.report.html import count, number, paragraph, png_address

MOST = 6
"""Faces shown of each true class."""

_EXAMPLES = 3
_FIX = "Name with --data the very data set that mien evaluate was given."

Images = NDArray[np.uint8]


def find_faces(predictions: Predictions, samples: Samples, path: Path) -> Images:
    """Find the faces that predictions were made of.

    Parameters
    ----------
    predictions
        What a network said.
    samples
        A whole data set.
    path
        The data set, as messages call it.

    Returns
    -------
    numpy.ndarray
        ``uint8 [N, 48, 48]``, in the order of the predictions.

    Raises
    ------
    DataError
        If the data lacks a face or has another in its place.
    """
    rows = {name: row for row, name in enumerate(samples.names.tolist())}
    unknown = [name for name in predictions.names.tolist() if name not in rows]
    if unknown:
        some = ", ".join(unknown[:_EXAMPLES])
        raise DataError(
            f"{len(unknown):,} of the {len(predictions.names):,} faces that {predictions.net} was"
            f" measured on are not in {path}: {some}{', ...' if len(unknown) > _EXAMPLES else ''}.",
            _FIX,
        )
    picked = samples[np.array([rows[name] for name in predictions.names.tolist()], dtype=np.intp)]
    prints = np.array([print_.hex() for print_ in fingerprints(picked)], dtype=np.str_)
    other = prints != predictions.pixels
    if other.any():
        raise DataError(
            f"{int(other.sum()):,} faces differ between {path} and what {predictions.net} was"
            f" measured on, such as {picked.names[int(other.argmax())]}.",
            _FIX,
        )
    return picked.images


def mistakes(predictions: Predictions, label: int, most: int = MOST) -> list[int]:
    """Find the rows of one class that were read wrong, the surest first."""
    wrong = (predictions.labels == label) & (predictions.predicted != label)
    rows = np.flatnonzero(wrong)
    order = np.argsort(-predictions.probabilities.max(axis=1)[rows], kind="stable")
    return [int(row) for row in rows[order][:most]]


def gallery(predictions: Predictions, images: Images, most: int = MOST) -> str:
    """Show the most confident mistakes of each class.

    Parameters
    ----------
    predictions
        What a network said of N faces.
    images
        The faces, ``uint8 [N, 48, 48]``.
    most
        Faces shown of each class.
    """
    wrong = int((predictions.predicted != predictions.labels).sum())
    about = paragraph(
        f"Of the {count(wrong)} faces that were read wrong, here are for each true class the"
        f" {most} that the network was surest of: the label, what the network said, and its"
        " confidence. Look before you judge: some labels are plainly wrong, and some faces show"
        " more than one expression."
    )
    return about + "".join(_row(predictions, images, label, most) for label in range(len(NAMES)))


def _row(predictions: Predictions, images: Images, label: int, most: int) -> str:
    total = int((predictions.labels == label).sum())
    wrong = int(((predictions.labels == label) & (predictions.predicted != label)).sum())
    if not wrong:
        return ""
    shown = mistakes(predictions, label, most)
    faces = "".join(_face(predictions, images[row], row) for row in shown)
    return (
        f"<h4>{NAMES[label]}: {count(wrong)} of {count(total)} wrong</h4>"
        f'<div class="mistakes">{faces}</div>'
    )


def _face(predictions: Predictions, image: Images, row: int) -> str:
    true, said = (NAMES[each[row]] for each in (predictions.labels, predictions.predicted))
    name = html.escape(PurePosixPath(str(predictions.names[row])).name)
    sure = float(predictions.probabilities[row].max())
    return (
        f'<figure><img alt="{name}, labelled {true}, read as {said}"'
        f' title="{name}" src="{png_address(image)}">'
        f"<figcaption>{true} → <b>{said}</b> {number(sure, 2)}</figcaption></figure>\n"
    )
