"""Reads the faces of a picture: find, cut out, classify."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import SettingsError
from mien.image import MAX_MEGAPIXELS, decode, load
from mien.perception.classifier import Classifier
from mien.perception.crop import align
from mien.perception.face import Face
from mien.perception.faces import Detection, FaceFinder, check_rgb
from mien.weights import DEFAULT, Card

Source = str | Path | bytes | NDArray[np.uint8]
"""A picture: path of a file, the bytes of a file, or RGB pixels ``uint8 [H, W, 3]``."""


class Reader:
    """Reads faces; made once, used for many pictures, and shared between threads.

    Parameters
    ----------
    net
        Name of a shipped network, or path of an ONNX file with its card beside it.
    min_confidence
        Faces whose best expression has a lower probability are marked as not sure.
    max_megapixels
        Files with more million pixels are refused.

    Raises
    ------
    NetError
        If there is no such network, or its files do not fit together.
    SettingsError
        If `min_confidence` is not within 0 and 1.
    """

    def __init__(
        self,
        net: str | Path = DEFAULT,
        min_confidence: float = 0.0,
        max_megapixels: float = MAX_MEGAPIXELS,
    ) -> None:
        if not 0 <= min_confidence <= 1:
            raise SettingsError(
                f"Expected min_confidence from 0 to 1, got {min_confidence}.",
                "Give a probability such as 0.5.",
            )
        self.min_confidence = min_confidence
        self.max_megapixels = max_megapixels
        self._classifier = Classifier(net)
        self._finder = FaceFinder()

    @property
    def card(self) -> Card:
        """The network's card."""
        return self._classifier.card

    def open(self, source: Source) -> NDArray[np.uint8]:
        """Give a source's upright pixels, RGB ``uint8 [H, W, 3]``.

        Raises
        ------
        PictureError
            If the file cannot be decoded or is over the limit, or the array is no RGB picture.
        """
        if isinstance(source, bytes):
            return decode(source, "the given bytes", self.max_megapixels)
        if isinstance(source, str | Path):
            return load(source, self.max_megapixels)
        check_rgb(source)
        return source

    def read(self, source: Source) -> list[Face]:
        """Read the faces of one picture, the one with the largest box first.

        All its faces go through the network as one batch.

        Parameters
        ----------
        source
            Path of a file, bytes of a file, or RGB pixels ``uint8 [H, W, 3]``.

        Returns
        -------
        list of Face
            Empty where no face is found.

        Raises
        ------
        PictureError
            If the file cannot be decoded or is over the limit, or the array is no RGB picture.
        """
        image = self.open(source)
        found = sorted(self._finder.find(image), key=_area, reverse=True)
        if not found:
            return []
        crops = np.stack([align(image, one.landmarks) for one in found])
        return [
            Face(one.box, one.landmarks, row, sure=bool(row.max() >= self.min_confidence))
            for one, row in zip(found, self._classifier.probabilities(crops), strict=True)
        ]


def detect(
    source: Source,
    net: str | Path = DEFAULT,
    min_confidence: float = 0.0,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> list[Face]:
    """Read the faces of one picture, the one with the largest box first.

    For many pictures, make one `Reader`: it loads the networks once. Parameters and errors
    are those of `Reader` and `Reader.read`.
    """
    return Reader(net, min_confidence, max_megapixels).read(source)


def _area(found: Detection) -> float:
    """Give the area of the box in square pixels."""
    return found.box[2] * found.box[3]
