"""Reads the faces of pictures: find, crop, classify, assemble."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mien.arguments import checked
from mien.image import MAX_MEGABYTES, MAX_MEGAPIXELS
from mien.models import DEFAULT
from mien.models.answers import Labels
from mien.perception.adjustment import Adjustment, find_adjustment
from mien.perception.classifier import Classifier
from mien.perception.detector import MAX_FACES, MIN_FACE, MIN_SCORE, FaceFinder
from mien.perception.explain import explain
from mien.perception.face import Face
from mien.perception.options import CHANGEABLE, check_options, check_workers
from mien.perception.picture import Failure, Picture
from mien.perception.pixels import Channels, Source, check_channels
from mien.perception.steps import Steps

if TYPE_CHECKING:
    from mien.perception.neutral import Neutral
    from mien.perception.neutral_in_video import VideoNeutral
    from mien.perception.watch_sources import VideoSource


class Reader(Steps):
    """Reads faces; made once, used for many pictures, shared between threads, and picklable.

    `read` goes through the steps `open`, `find`, `crop`, `classify` and `assemble`, each of
    which can be called alone.

    Parameters
    ----------
    net
        Name of a shipped network, or path of an ONNX file with its info beside it.
    min_confidence
        Faces whose best expression has a lower probability are marked as not sure.
    max_megapixels, max_megabytes, max_faces
        Pictures with more million pixels, files with more million bytes (before they are read),
        and pictures with more faces are refused.
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
    labels
        Which answer a network gives that has two: ``"mixed"`` counts what FER+'s taggers saw too,
        which suits photos of other people better; ``"fer2013"`` keeps to FER-2013's labels alone.
        None is mixed if the network can.
    sensitivity
        How readily a face that is read against the person's own neutral one is taken to show an
        expression, 0 to 1; None is the network's default, at which neutral faces stay neutral.
    threads
        Threads of ONNX Runtime; None leaves the choice to it.

    Raises
    ------
    NetError
        If there is no such network, or its files do not fit together.
    SettingsError
        If an argument is out of range or has the wrong type, or the info has no threshold for
        `coverage`; there is none for `flip_tta`; or the network has no such `labels`.

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
        max_megabytes: float = MAX_MEGABYTES,
        max_faces: int = MAX_FACES,
        min_score: float = MIN_SCORE,
        min_face: float = MIN_FACE,
        coverage: float | None = None,
        flip_tta: bool = False,
        labels: Labels | None = None,
        sensitivity: float | None = None,
        threads: int | None = None,
    ) -> None:
        check_options(
            min_confidence=min_confidence,
            max_megapixels=max_megapixels,
            max_megabytes=max_megabytes,
            max_faces=max_faces,
            min_score=min_score,
            min_face=min_face,
            coverage=coverage,
            flip_tta=flip_tta,
            sensitivity=sensitivity,
            threads=threads,
        )
        super().__init__(
            Classifier(net, threads=threads, flip_tta=flip_tta, labels=labels),
            FaceFinder(min_score, min_face, threads),
            min_confidence=min_confidence,
            max_megapixels=max_megapixels,
            max_megabytes=max_megabytes,
            max_faces=max_faces,
            coverage=coverage,
        )
        self.min_score = min_score
        self.min_face = min_face
        self.sensitivity = sensitivity
        self._made_with = (net, flip_tta, labels, threads)
        self._alone: Reader | None = None

    def __repr__(self) -> str:
        return f"Reader({self.name!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        net, flip_tta, labels, threads = self._made_with
        options = {name: getattr(self, name) for name in CHANGEABLE}
        options |= {"flip_tta": flip_tta, "labels": labels, "threads": threads}
        return _unpickled, (net, options)

    def single_threaded(self) -> Reader:
        """Return a reader like this one whose steps take one thread each, for use in several."""
        if self._made_with[-1] == 1:
            return self
        if self._alone is None:
            make, (net, options) = self.__reduce__()
            self._alone = make(net, {**options, "threads": 1})
        return self._alone

    @checked
    def learn_neutral(
        self, photos: Iterable[Source | Face], *, channels: Channels = "RGB"
    ) -> Neutral:
        """Learn a person's own neutral face, to read other pictures of that person against it.

        Parameters
        ----------
        photos
            Photos that show only this person, with the face at rest, as `open` takes them; or a
            `Face`, to pick one of several people. Several photos are better than one, ideally in
            the same light as the pictures to be read.
        channels
            As in `open`.

        Returns
        -------
        Neutral
            For `read`; `Neutral.save` writes it to a file. Its `doubts` say why the photos may be
            unsuitable.

        Raises
        ------
        PictureError
            If a photo cannot be read, does not have exactly one face, or that face is small,
            dark, turned or clearly not neutral.
        NetError
            If the network has no constants for neutral faces.
        SettingsError
            If there is no photo.
        """
        from mien.perception.neutral_photos import learn

        faces = (
            photo if isinstance(photo, Face) else self.read(photo, channels) for photo in photos
        )
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
            A person's own neutral face, against which that person's face is read. `Face.sure`
            and the prediction set follow from the corrected probabilities; the coverage was not
            fitted on such faces (docs/neutral.md has the measured one).
        neutral_face
            Which face is that person's: its place in the result, counted from 1. Without it, only
            a face that is alone in its picture is read against the neutral one. `Face.neutral`
            tells which faces were.

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
        adjustment = find_adjustment(neutral, self.info, self.sensitivity, neutral_face)
        image = self.open(source, channels)
        detections = self.find(image)
        crops = self.crop(image, detections)
        probabilities = self.classify(crops) if detections else _no_rows(len(self.vocabulary))
        faces = self.assemble(detections, crops, probabilities, adjustment)
        return self.picture(source, image, faces, keep_image)

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
        workers = check_workers(workers, batch)
        # Threads take time to import, which a single picture need not wait for.
        from mien.perception.stream import read_many

        adjustment = find_adjustment(neutral, self.info, self.sensitivity, neutral_face)
        return read_many(self, sources, channels, workers, batch, keep_images, adjustment)

    @checked
    def watch(
        self,
        source: VideoSource,
        *,
        every: int = 1,
        fps: float | None = None,
        start: float | None = None,
        end: float | None = None,
        smooth: float | None = None,
        detect_every: int | None = None,
        remember: float | None = None,
        neutral: VideoNeutral | None = None,
        keep_images: bool = False,
        seconds: float | None = None,
    ) -> Generator[Picture, None, None]:
        """Read the faces of a video, frame by frame, in constant memory.

        A face keeps its `Face.face_id`, and its probabilities are smoothed over time. Closing the
        iterator stops its threads and frees the source.

        Parameters
        ----------
        source
            Path of a clip; number of a camera, or ``"camera:0"``; or RGB pictures
            ``uint8 [H, W, 3]`` in turn.
        every, fps
            Read only every so-manieth frame of a clip, or at most so many a second. For pictures,
            `fps` says how many a second they are.
        start, end
            Time stamps in seconds between which a clip is read.
        smooth
            Time constant in seconds of smoothing; 0 is off. None is the default, here and below.
        detect_every
            Frames from one search of the whole frame to the next, 1 to 5.
        remember
            Seconds for which a face that is not seen keeps its id.
        neutral
            What faces are read against. A `Neutral` is that of the face that is alone in its frame,
            also when others join it; a mapping holds one for each `Face.face_id`. A time range
            (begin, end) in seconds says when each face shows its own; ``"auto"`` learns it from the
            frames that are likely neutral. For these two a clip is read twice, keeping about 1 kB
            for each face in a frame, and Python warns of faces that may not be neutral; other
            sources are read against it once it is learnt.
        keep_images
            Whether the results keep the pixels, as `Picture.image`.
        seconds
            For how long a camera is read; None is without end.

        Yields
        ------
        Picture
            One for each frame, its faces by `Face.face_id`.

        Raises
        ------
        VideoError
            If the source cannot be read; after the last good frame, if it breaks off.
        SettingsError
            If an argument is out of range.
        NetError
            If there is a neutral face, but the network has no constants for it.
        PictureError
            If the time range shows no face at rest, or one of the pictures is not a picture.

        Examples
        --------
        >>> for frame in reader.watch("clip.mp4"):
        ...     print(frame.time, [(face.face_id, face.expression.name) for face in frame])
        """
        from mien.perception.watch_video import watch

        options = {"smooth": smooth, "detect_every": detect_every, "remember": remember}
        given = {name: value for name, value in options.items() if value is not None}
        selection = {"every": every, "fps": fps, "start": start, "end": end, "seconds": seconds}
        return watch(self, source, selection, given, neutral, keep_images)

    def explain(self, face: Face) -> NDArray[np.float32]:
        """Map how much each place on a face speaks for its expression, by `mien.explain`."""
        return explain(face, self._classifier)


def _unpickled(net: str | Path, options: dict[str, Any]) -> Reader:
    """Make a reader again in another process."""
    return Reader(net, **options)


def _no_rows(classes: int) -> NDArray[np.float32]:
    return np.zeros((0, classes), np.float32)
