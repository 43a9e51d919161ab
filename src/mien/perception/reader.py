"""Reads the faces of pictures: find, crop, classify, assemble."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mien.arguments import checked
from mien.classes import Expression, Vocabulary
from mien.errors import PictureError, SettingsError
from mien.image import MAX_MEGAPIXELS
from mien.models import DEFAULT, ModelInfo
from mien.models.runtime import usable_cores
from mien.perception.adjustment import Adjustment
from mien.perception.align import align
from mien.perception.classifier import Classifier
from mien.perception.detector import MIN_FACE, MIN_SCORE, Detection, FaceFinder
from mien.perception.doubts import doubt_about
from mien.perception.explain import explain
from mien.perception.face import Face
from mien.perception.picture import Failure, Picture
from mien.perception.pixels import Channels, Source, check_channels, open_picture, source_name
from mien.perception.prediction_sets import adaptive_sets, find_threshold

if TYPE_CHECKING:
    from mien.perception.neutral import Neutral


class Reader:
    """Reads faces; made once, used for many pictures, shared between threads, and picklable.

    `read` goes through the steps `open`, `find`, `crop`, `classify` and `assemble`, each of
    which can be called alone.

    Parameters
    ----------
    net
        Name of a shipped network, or path of an ONNX file with its info beside it.
    min_confidence
        Faces whose best expression has a lower probability are marked as not sure.
    max_megapixels
        Pictures with more million pixels are refused.
    min_score
        Minimum detector score of a face, 0 to 1.
    min_face
        Shorter side in pixels of the smallest face that is returned.
    coverage
        Return a prediction set of expressions for each face; this share of the sets, such as
        0.9, contains the labelled expression. That holds over many faces like those on which
        the thresholds in the network's info were fitted: not for each face, each expression or
        each group of people, and not for other pictures. None returns no sets.
    flip_tta
        Read each face mirrored too, and average (flip test-time augmentation); the network
        takes twice the time.
    sensitivity
        How readily a face that is read against the person's own neutral one is taken to show an
        expression, 0 to 1; None is the network's own choice, at which neutral faces stay so.
    threads
        Threads of ONNX Runtime; None leaves the choice to it.

    Raises
    ------
    NetError
        If there is no such network, or its files do not fit together.
    SettingsError
        If an argument is out of range or of another type, or the info has no threshold for
        `coverage`; it has none for `flip_tta`.

    Examples
    --------
    >>> reader = mien.Reader("lobonet")
    >>> print(reader.read("party.jpg")[0].expression)
    happy
    >>> image = reader.open("party.jpg")  # or step by step
    >>> crops = reader.crop(image, reader.find(image))
    >>> reader.classify(crops).shape
    (1, 7)
    """

    @checked
    def __init__(
        self,
        net: str | Path = DEFAULT,
        *,
        min_confidence: float = 0.0,
        max_megapixels: float = MAX_MEGAPIXELS,
        min_score: float = MIN_SCORE,
        min_face: float = MIN_FACE,
        coverage: float | None = None,
        flip_tta: bool = False,
        sensitivity: float | None = None,
        threads: int | None = None,
    ) -> None:
        _check_range("min_confidence", min_confidence, 0 <= min_confidence <= 1, "0 to 1")
        _check_range("min_score", min_score, 0 < min_score <= 1, "0 to 1, and above 0")
        _check_range("min_face", min_face, 1 <= min_face < math.inf, "1 up")
        _check_range("max_megapixels", max_megapixels, max_megapixels > 0, "0 up, and above 0")
        fits = sensitivity is None or 0 <= sensitivity <= 1
        _check_range("sensitivity", sensitivity, fits, "0 to 1")
        _check_range("threads", threads, threads is None or threads >= 1, "1 up")
        if flip_tta and coverage is not None:
            raise SettingsError(
                "Prediction sets cannot be combined with flip test-time augmentation, for which"
                " no network has thresholds.",
                "Leave out flip_tta or coverage.",
                "coverage",
            )
        self.min_confidence = min_confidence
        self.max_megapixels = max_megapixels
        self.min_score = min_score
        self.min_face = min_face
        self.coverage = coverage
        self.sensitivity = sensitivity
        self._made_with = (net, flip_tta, threads)
        self._classifier = Classifier(net, threads=threads, flip_tta=flip_tta)
        self._threshold = None if coverage is None else find_threshold(self.info, coverage)
        self._finder = FaceFinder(min_score, min_face, threads)

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

    def __repr__(self) -> str:
        return f"Reader({self.name!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        net, flip_tta, threads = self._made_with
        options = {
            "min_confidence": self.min_confidence,
            "max_megapixels": self.max_megapixels,
            "min_score": self.min_score,
            "min_face": self.min_face,
            "coverage": self.coverage,
            "flip_tta": flip_tta,
            "sensitivity": self.sensitivity,
            "threads": threads,
        }
        return _unpickled, (net, options)

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
            If the source cannot be decoded, is over the limit, or is not a picture.
        """
        return open_picture(source, channels, self.max_megapixels)

    def find(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Find the faces of a picture, the one with the largest box first.

        Parameters
        ----------
        image
            RGB, ``uint8 [H, W, 3]``, upright, as `open` returns it.

        Raises
        ------
        PictureError
            If the image has another shape or type.
        """
        return sorted(self._finder.find(image), key=_area, reverse=True)

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

    @checked
    def learn_neutral(
        self, photos: Iterable[Source | Face], *, channels: Channels = "RGB"
    ) -> Neutral:
        """Learn a person's own neutral face, to read other pictures of that person against it.

        Parameters
        ----------
        photos
            Photos with the face of the person alone, at rest, as `open` takes them; or a `Face`,
            which says whom of several people is meant. Several photos are better than one, best
            under the light of the pictures to be read.
        channels
            As in `open`.

        Returns
        -------
        Neutral
            For `read`, and to be kept with `Neutral.save`; its `doubts` say what speaks against
            the photos.

        Raises
        ------
        PictureError
            If a photo cannot be read, has not one face, or one that is small, dark, turned or
            plainly not neutral.
        NetError
            If the network has no constants for neutral faces.
        SettingsError
            If there is no photo.
        """
        from mien.perception.neutral_photos import learn

        faces = [self._only_face(photo, channels) for photo in photos]
        return learn(self.info, faces, self.classify)

    def adjustment(self, neutral: Neutral, neutral_face: int | None = None) -> Adjustment:
        """Return how a person's face is read against a neutral one, for `assemble`.

        Parameters
        ----------
        neutral, neutral_face
            As in `read`.

        Raises
        ------
        NetError
            If the network has no constants for neutral faces.
        SettingsError
            If it is another network's neutral face, or the face has no such number.
        """
        return Adjustment.of(neutral, self.info, self.sensitivity, neutral_face)

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
        counts = len(detections), len(crops), len(probabilities)
        if len(set(counts)) > 1:
            raise PictureError(
                f"Expected detections, crops and probabilities of the same faces, got {counts[0]},"
                f" {counts[1]} and {counts[2]} of them.",
                "Pass what find, crop and classify returned for one picture.",
            )
        whose: Iterable[bool | None] = [None] * len(detections)
        if adjustment is not None:
            probabilities, whose = adjustment.apply_to_picture(probabilities)
        sets = self._prediction_sets(probabilities)
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

    def read(
        self,
        source: Source,
        channels: Channels = "RGB",
        *,
        keep_image: bool = False,
        neutral: Neutral | None = None,
        neutral_face: int | None = None,
    ) -> Picture:
        """Read the faces of one picture.

        All its faces go through the network as one batch.

        Parameters
        ----------
        source, channels
            As in `open`.
        keep_image
            Whether the result keeps the pixels, as `Picture.image`.
        neutral
            A person's own neutral face, against which that person's face is read. What is sure,
            and the prediction set, go by the changed probabilities; their coverage was not fitted
            on such faces (docs/neutral.md says what it was measured to be).
        neutral_face
            Which face is that person's: its place in the result, counted from 1. Without it, the
            face of a picture that has but one; of several none is read against the neutral face,
            as `Face.neutral` tells.

        Returns
        -------
        Picture
            A sequence of `Face`, the one with the largest box first; empty where no face is found.

        Raises
        ------
        PictureError
            If the source cannot be decoded, is over the limit, or is not a picture.
        NetError
            If there is a neutral face, but the network has no constants for it.
        SettingsError
            If it is another network's neutral face, or the face has no such number.
        """
        adjustment = self._adjustment(neutral, neutral_face)
        image = self.open(source, channels)
        detections = self.find(image)
        crops = self.crop(image, detections)
        probabilities = self.classify(crops) if detections else _no_rows(self.vocabulary)
        faces = self.assemble(detections, crops, probabilities, adjustment)
        return self.picture(source, image, faces, keep_image)

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

    @checked
    def read_many(
        self,
        sources: Iterable[Source],
        *,
        channels: Channels = "RGB",
        workers: int | None = None,
        batch: int = 64,
        keep_images: bool = False,
        neutral: Neutral | None = None,
        neutral_face: int | None = None,
    ) -> Generator[Picture | Failure, None, None]:
        """Read many pictures, in order, in constant memory.

        Pictures are opened and searched for faces in threads, a bounded number ahead of the
        caller, and the faces of several pictures go through the network as one batch. The
        results equal those of `read`, except for rounding in the last digits. Closing the iterator
        stops the threads.

        Parameters
        ----------
        sources
            Any iterable, an endless one too; it is read as the results are.
        channels
            As in `open`, for all sources.
        workers
            Threads; None starts one for each processor core that the process may use, at most 8.
        batch
            Faces that go through the network at once, about.
        keep_images
            Whether the results keep the pixels, as `Picture.image`.
        neutral, neutral_face
            As in `read`, for all sources.

        Yields
        ------
        Picture or Failure
            One for each source; a source that cannot be read is a `Failure`.

        Raises
        ------
        SettingsError
            If `workers` or `batch` is below 1, `channels` is neither RGB nor BGR, or the neutral
            face does not fit as in `read`.
        NetError
            If there is a neutral face, but the network has no constants for it.
        """
        check_channels(channels)
        if workers is None:
            workers = min(usable_cores(), 8)
        if workers < 1 or batch < 1:
            raise SettingsError(
                f"Expected at least one worker and one face a batch, got {workers} and {batch}.",
                "Leave out workers and batch if in doubt.",
            )
        # Its threads cost 10 ms to import, which a single picture need not wait for.
        from mien.perception.stream import read_many

        adjustment = self._adjustment(neutral, neutral_face)
        return read_many(self, sources, channels, workers, batch, keep_images, adjustment)

    def explain(self, face: Face) -> NDArray[np.float32]:
        """Map how much each place on a face speaks for its expression, by `mien.explain`."""
        return explain(face, self._classifier)

    def _adjustment(self, neutral: Neutral | None, neutral_face: int | None) -> Adjustment | None:
        """Return how the person's face is read, where there is a neutral face."""
        if neutral is not None:
            return self.adjustment(neutral, neutral_face)
        if neutral_face is not None:
            raise SettingsError(
                "A face was named as a person's, but no neutral face to read it against.",
                "Give a neutral face, or leave this out.",
                "neutral_face",
            )
        return None

    def _only_face(self, photo: Source | Face, channels: Channels) -> tuple[str, Face]:
        """Return the only face of a photo, and the photo's name."""
        if isinstance(photo, Face):
            return "the given picture", photo
        faces = self.read(photo, channels)
        if len(faces) != 1:
            raise PictureError(
                f"Expected one face in {faces.source}, from which a neutral face is to be learnt,"
                f" got {len(faces) or 'none'}.",
                "Cut the picture to the person's face; in Python the Face can be given instead.",
            )
        return faces.source, faces[0]

    def _prediction_sets(
        self, probabilities: NDArray[np.float32]
    ) -> list[tuple[Expression, ...] | None]:
        """Return each face's prediction set, likeliest expression first; None without coverage."""
        if self._threshold is None:
            return [None] * len(probabilities)
        order = np.argsort(-probabilities, axis=1, kind="stable")
        members = adaptive_sets(probabilities, self._threshold)
        return [
            tuple(self.vocabulary[int(label)] for label in ranked if member[label])
            for ranked, member in zip(order, members, strict=True)
        ]


@checked
def detect(
    source: Source,
    net: str | Path = DEFAULT,
    *,
    channels: Channels = "RGB",
    min_confidence: float = 0.0,
    max_megapixels: float = MAX_MEGAPIXELS,
    min_score: float = MIN_SCORE,
    min_face: float = MIN_FACE,
    coverage: float | None = None,
    flip_tta: bool = False,
) -> Picture:
    """Read the faces of one picture, the one with the largest box first.

    For many pictures, make one `Reader`: it loads the networks once. Parameters and errors
    are those of `Reader` and `Reader.read`.

    Examples
    --------
    >>> for face in mien.detect("party.jpg", min_confidence=0.5):
    ...     print(face.expression, face.sure)
    happy True
    """
    reader = Reader(
        net,
        min_confidence=min_confidence,
        max_megapixels=max_megapixels,
        min_score=min_score,
        min_face=min_face,
        coverage=coverage,
        flip_tta=flip_tta,
    )
    return reader.read(source, channels)


def _unpickled(net: str | Path, options: dict[str, Any]) -> Reader:
    """Make a reader again in another process."""
    return Reader(net, **options)


def _check_range(name: str, value: float | None, fits: bool, numbers: str) -> None:
    """Refuse a number that is out of range; no comparison fits one that is none."""
    if not fits:
        raise SettingsError(
            f"Expected {name} from {numbers}, got {value}.", "Leave it out if in doubt.", name
        )


def _no_rows(vocabulary: Vocabulary) -> NDArray[np.float32]:
    return np.zeros((0, len(vocabulary)), np.float32)


def _area(detection: Detection) -> float:
    """Return the area of the box in square pixels."""
    return detection.box[2] * detection.box[3]
