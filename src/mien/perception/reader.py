"""Reads the faces of a picture: find, cut out, classify."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.classes import FER2013, Expression
from mien.errors import SettingsError
from mien.image import MAX_MEGAPIXELS, decode, load
from mien.models import DEFAULT, ModelInfo
from mien.perception.align import align
from mien.perception.classifier import Classifier
from mien.perception.conformal import adaptive_sets, find_threshold
from mien.perception.detector import Detection, FaceFinder, check_rgb
from mien.perception.explain import explain
from mien.perception.face import Face

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
    coverage
        Give each face a set of expressions too; this share of the sets, such as 0.9, holds the
        labelled expression. That is so over many faces like FER-2013's PublicTest, on which the
        card's thresholds were found: not for each face, each expression or each group of
        people, and not for other pictures. None gives no sets.
    mirror
        Read each face mirrored too, and average; the network takes twice the time.

    Raises
    ------
    NetError
        If there is no such network, or its files do not fit together.
    SettingsError
        If `min_confidence` is not within 0 and 1, or the card has no sets for `coverage`, as it
        has none for `mirror`.
    """

    def __init__(
        self,
        net: str | Path = DEFAULT,
        min_confidence: float = 0.0,
        max_megapixels: float = MAX_MEGAPIXELS,
        coverage: float | None = None,
        mirror: bool = False,
    ) -> None:
        if not 0 <= min_confidence <= 1:
            raise SettingsError(
                f"Expected min_confidence from 0 to 1, got {min_confidence}.",
                "Give a probability such as 0.5.",
            )
        if mirror and coverage is not None:
            raise SettingsError(
                "Sets were asked for of faces read mirrored too, for which no card has thresholds.",
                "Leave out the mirroring, or the sets.",
            )
        self.min_confidence = min_confidence
        self.max_megapixels = max_megapixels
        self.coverage = coverage
        self._classifier = Classifier(net, mirror=mirror)
        self._threshold = None if coverage is None else find_threshold(self.info, coverage)
        self._finder = FaceFinder()

    @property
    def info(self) -> ModelInfo:
        """The network's card."""
        return self._classifier.info

    @property
    def name(self) -> str:
        """What reads the faces, as results name it."""
        return self._classifier.name

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
        probabilities = self._classifier.probabilities(crops)
        sets = self._sets(probabilities)
        return [
            Face(
                one.box,
                one.landmarks,
                row,
                sure=bool(row.max() >= self.min_confidence),
                expressions=chosen,
                coverage=self.coverage,
                crop=crop,
            )
            for one, row, chosen, crop in zip(found, probabilities, sets, crops, strict=True)
        ]

    def explain(self, face: Face) -> NDArray[np.float32]:
        """Map how much each place on a face speaks for its expression, by `mien.explain`."""
        return explain(face, self._classifier)

    def _sets(
        self, probabilities: NDArray[np.float32]
    ) -> list[tuple[Expression, ...] | None]:
        """Give the set of each face, the likeliest expression first, where sets are wanted."""
        if self._threshold is None:
            return [None] * len(probabilities)
        order = np.argsort(-probabilities, axis=1, kind="stable")
        sets = adaptive_sets(probabilities, self._threshold)
        return [
            tuple(FER2013[int(label)] for label in ranked if held[label])
            for ranked, held in zip(order, sets, strict=True)
        ]


def detect(
    source: Source,
    net: str | Path = DEFAULT,
    min_confidence: float = 0.0,
    max_megapixels: float = MAX_MEGAPIXELS,
    coverage: float | None = None,
    mirror: bool = False,
) -> list[Face]:
    """Read the faces of one picture, the one with the largest box first.

    For many pictures, make one `Reader`: it loads the networks once. Parameters and errors
    are those of `Reader` and `Reader.read`.
    """
    return Reader(net, min_confidence, max_megapixels, coverage, mirror).read(source)


def _area(found: Detection) -> float:
    """Give the area of the box in square pixels."""
    return found.box[2] * found.box[3]
