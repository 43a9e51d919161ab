"""The steps in which the faces of a picture are read: open, find, crop, classify, assemble."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from mien.arguments import checked
from mien.classes import Vocabulary
from mien.errors import PictureError
from mien.models import ModelInfo
from mien.perception.adjustment import Adjustment
from mien.perception.align import align
from mien.perception.classifier import Classifier
from mien.perception.detector import Detection, FaceFinder
from mien.perception.doubts import doubt_about
from mien.perception.face import Face
from mien.perception.picture import Picture
from mien.perception.pixels import Channels, Source, open_picture, source_name
from mien.perception.prediction_sets import find_threshold, prediction_sets


class Steps:
    """The steps of a `Reader`, each of which can be called alone.

    Parameters
    ----------
    classifier
        The network.
    finder
        Finds the faces.
    min_confidence, max_megapixels, max_megabytes, max_faces, coverage
        As in `Reader`.

    Raises
    ------
    SettingsError
        If the network's info has no threshold for the coverage.
    """

    def __init__(
        self,
        classifier: Classifier,
        finder: FaceFinder,
        *,
        min_confidence: float,
        max_megapixels: float,
        max_megabytes: float,
        max_faces: int,
        coverage: float | None,
    ) -> None:
        self.min_confidence = min_confidence
        self.max_megapixels = max_megapixels
        self.max_megabytes = max_megabytes
        self.max_faces = max_faces
        self.coverage = coverage
        self._classifier = classifier
        self._finder = finder
        self._threshold = None if coverage is None else find_threshold(self.info, coverage)

    @property
    def info(self) -> ModelInfo:
        """What the network is, takes and tells apart."""
        return self._classifier.info

    @property
    def name(self) -> str:
        """What reads the faces, as results name it."""
        return self._classifier.name

    @property
    def vocabulary(self) -> Vocabulary:
        """The network's classes."""
        return self.info.classes

    @property
    def explains(self) -> bool:
        """Whether `explain` works with this network."""
        return self._classifier.explains

    def open(self, source: Source, channels: Channels = "RGB") -> NDArray[np.uint8]:
        """Return a picture's upright pixels, RGB ``uint8 [H, W, 3]``.

        Parameters
        ----------
        source
            Path, bytes, binary file, Pillow image, or array: gray ``uint8 [H, W]`` or
            ``[H, W, 1]``, colour ``[H, W, 3]``, with opacity ``[H, W, 4]``.
        channels
            ``"BGR"`` if the source is one of OpenCV's arrays.

        Raises
        ------
        PictureError
            If the source cannot be decoded, is over a limit, or is not a picture.
        """
        return open_picture(source, channels, self.max_megapixels, self.max_megabytes)

    def find(self, image: NDArray[np.uint8], faint: float | None = None) -> list[Detection]:
        """Find the faces of a picture, the one with the largest box first.

        Parameters
        ----------
        image
            RGB, ``uint8 [H, W, 3]``, upright, as `open` returns it.
        faint
            Return also what may be a face and has at least this score, as
            `mien.perception.detector.FaceFinder.find` does.

        Raises
        ------
        PictureError
            If the image has another shape or type, or more faces than `max_faces`.
        """
        found = self._finder.find(image, faint)
        self._check_faces(sum(one.score >= self._finder.min_score for one in found))
        return sorted(found, key=_area, reverse=True)

    def _check_faces(self, number: int) -> None:
        if number > self.max_faces:
            raise PictureError(
                f"The picture shows {number:,} faces, over the limit of {self.max_faces:,}.",
                f"Cut it into parts, or allow it with max_faces={number}.",
                "max_faces",
            )

    @checked
    def crop(
        self, image: NDArray[np.uint8], detections: Sequence[Detection]
    ) -> NDArray[np.uint8]:
        """Cut out faces as the network takes them.

        Parameters
        ----------
        image
            RGB, ``uint8 [H, W, 3]``.
        detections
            N faces in it, as `find` returns them.

        Returns
        -------
        numpy.ndarray
            ``uint8 [N, h, w]`` if the network takes gray crops, else RGB ``uint8 [N, h, w, 3]``.
        """
        spec = self.info.input
        crops = [align(image, detection.landmarks, spec) for detection in detections]
        return np.asarray(crops, np.uint8).reshape(len(crops), *spec.crop_shape)

    @checked
    def classify(self, crops: NDArray[np.uint8], batch: int = 64) -> NDArray[np.float32]:
        """Return calibrated probabilities, ``float32 [N, K]``.

        Parameters
        ----------
        crops
            N faces as `crop` returns them; N may be 0.
        batch
            Crops that go through the network at once.

        Raises
        ------
        NetError
            If the crops have another shape or type than the network takes.
        """
        return self._classifier.probabilities(crops, batch)

    def assemble(
        self,
        detections: Sequence[Detection],
        crops: NDArray[np.uint8],
        probabilities: NDArray[np.float32],
        adjustment: Adjustment | None = None,
    ) -> tuple[Face, ...]:
        """Put faces together: what is sure, and the prediction set if one was asked for.

        Parameters
        ----------
        detections, crops, probabilities
            Of the same N faces in the same order, from `find`, `crop` and `classify`.
        adjustment
            How the person's face is read against a neutral one; None if it is not.

        Raises
        ------
        PictureError
            If these are not as many detections as crops and rows of probabilities.
        """
        _check_counts(len(detections), len(crops), len(probabilities))
        whose: Iterable[bool | None] = [None] * len(detections)
        if adjustment is not None:
            probabilities, whose = adjustment.apply_to_picture(probabilities)
        sets = prediction_sets(probabilities, self.vocabulary, self._threshold)
        doubts = map(doubt_about, detections, crops)
        return tuple(
            Face(
                box=detection.box,
                landmarks=detection.landmarks,
                probabilities=row,
                score=detection.score,
                vocabulary=self.vocabulary,
                sure=doubt is None and bool(row.max() >= self.min_confidence),
                angle=detection.angle,
                doubt=doubt,
                neutral=is_person,
                face_id=number,
                prediction_set=prediction_set,
                coverage=self.coverage,
                crop=crop,
                frame=self.info.input.frame,
            )
            for number, (detection, crop, row, is_person, prediction_set, doubt) in enumerate(
                zip(detections, crops, probabilities, whose, sets, doubts, strict=True)
            )
        )

    def picture(
        self,
        source: Source,
        image: NDArray[np.uint8],
        faces: tuple[Face, ...],
        keep_image: bool = False,
    ) -> Picture:
        """Put a picture together from its faces.

        Parameters
        ----------
        source
            What was opened, for its name.
        image
            RGB, ``uint8 [H, W, 3]``, as `open` returned it.
        faces
            As `assemble` returned them.
        keep_image
            Whether the result keeps the pixels.
        """
        height, width = image.shape[:2]
        return Picture(
            source=source_name(source),
            width=width,
            height=height,
            faces=faces,
            network=self.name,
            vocabulary=self.vocabulary,
            coverage=self.coverage,
            image=image if keep_image else None,
        )


def _check_counts(*counts: int) -> None:
    if len(set(counts)) > 1:
        raise PictureError(
            f"Expected detections, crops and probabilities of the same faces, got {counts[0]},"
            f" {counts[1]} and {counts[2]} of them.",
            "Pass what find, crop and classify returned for one picture.",
        )


def _area(detection: Detection) -> float:
    """Return the area of the box in square pixels."""
    return detection.box[2] * detection.box[3]
