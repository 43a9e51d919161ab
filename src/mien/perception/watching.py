"""Reads the faces of a video, frame by frame: ids that stay, and labels that do not flicker."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mien.errors import SettingsError
from mien.perception.appearance import describe
from mien.perception.detector import Detection, check_rgb
from mien.perception.face import Face
from mien.perception.following import Follower, search
from mien.perception.neutral_in_video import Neutrals, VideoNeutral
from mien.perception.picture import Picture
from mien.perception.reading import Reading
from mien.perception.schedule import DETECT_EVERY, Clock, Plan, Schedule
from mien.perception.smoothing import SECONDS, Smoothed, Smoother
from mien.perception.stages import Stages
from mien.perception.tracks import REMEMBER, Tracker
from mien.video import Camera, VideoFrame

if TYPE_CHECKING:
    from mien.perception.neutral import Neutral
    from mien.perception.reader import Reader


class Watch:
    """Reads one video or live picture, frame after frame; not shared between threads.

    Parameters
    ----------
    reader
        Finds and classifies the faces.
    smooth
        Time constant in seconds of smoothing each face's probabilities; 0 is off.
    detect_every
        A frame is searched as a whole after this many frames at the latest, 1 to 5; between,
        only the surroundings of the last faces are.
    remember
        Seconds for which a face that is not seen keeps its id.
    neutral
        What the faces are read against: one person's neutral face, for the face that is alone in
        its frame, which it stays when others join it; a neutral face for each `Face.face_id`; the
        time range in which faces show their own; or ``"auto"``.
    learnt
        For a time range or ``"auto"``: what `watch_video.first_pass` learnt. Without it, it is
        learnt on the way, and faces are read against it from then on.

    Raises
    ------
    SettingsError
        If an argument is out of range, or a neutral face is another network's.
    NetError
        If there is a neutral face, but the network has no constants for it.

    Examples
    --------
    >>> watch = mien.perception.watching.Watch(mien.Reader())
    >>> picture = watch.read(image, time=0.04)
    >>> picture[0].face_id
    0
    """

    def __init__(
        self,
        reader: Reader,
        *,
        smooth: float = SECONDS,
        detect_every: int = DETECT_EVERY,
        remember: float = REMEMBER,
        neutral: VideoNeutral | None = None,
        learnt: Mapping[int, Neutral] | None = None,
    ) -> None:
        _check_every(detect_every)
        self.reader = reader
        self.last_reading: Reading | None = None
        """What the networks said about the frame that was read last."""
        self.stages = Stages()
        """How busy the stages of `read_all` are."""
        self._schedule = Schedule(detect_every)
        self._follower = Follower(reader.min_face, reader.min_score)
        self._clock = Clock()
        self._tracker = Tracker(remember, reader.min_score)
        self._smoother = Smoother(smooth)
        self._neutrals = Neutrals(reader.info, reader.sensitivity, neutral, learnt)
        self._frames = 0

    @property
    def neutrals(self) -> Mapping[int, Neutral]:
        """Which face, by its id, is read against which neutral one."""
        return self._neutrals.by_face

    def set_smoothing(self, seconds: float) -> None:
        """Smooth with another time constant from now on, beginning anew.

        Raises
        ------
        SettingsError
            If it is negative or not a number.
        """
        self._smoother = Smoother(seconds)

    def set_neutral(self, face_id: int, neutral: Neutral | None) -> None:
        """Read a face against a neutral one from now on; against none if None.

        Raises
        ------
        NetError, SettingsError
            As by `Reader.read`.
        """
        self._neutrals.set(face_id, neutral)

    def learn_neutral(self, face_id: int, since: float) -> Neutral:
        """Learn a face's neutral face from the last frames, at most ten seconds of them.

        Parameters
        ----------
        face_id
            Which face.
        since
            From which time on the face was at rest, in seconds as in `read`.

        Raises
        ------
        PictureError
            If the face was not seen since then.
        NetError
            If the network has no constants for neutral faces.
        """
        return self._neutrals.learn(face_id, since)

    def read(
        self,
        image: NDArray[np.uint8],
        time: float,
        *,
        frame: int | None = None,
        source: str = "<video>",
        keep_image: bool = False,
        reading: Reading | None = None,
    ) -> Picture:
        """Read the next frame.

        Parameters
        ----------
        image
            RGB, ``uint8 [H, W, 3]``, upright.
        time
            Its time stamp in seconds. A stamp that is not later than the one before counts as
            later by the last distance between two frames.
        frame
            Its number in the video; None counts the frames that were read.
        source
            What the result calls the video.
        keep_image
            Whether the result keeps the pixels.
        reading
            What `last_reading` was when this frame was read before: it is then neither searched
            nor classified again, and the result is the same to the last bit.

        Returns
        -------
        Picture
            The faces by `Face.face_id`.

        Raises
        ------
        PictureError
            If the image has another shape or type.
        SettingsError
            If the time is not a finite number.
        """
        check_rgb(image)
        number = self._frames if frame is None else frame
        plan = self.plan(image, time)
        if reading is None:
            detections, full = self.find(image, plan, lambda: self.search(image, self.reader))
            crops = self.reader.crop(image, detections)
            rows = self.reader.classify(crops)
            reading = Reading(number, time, plan.cut, full, detections, rows)
        else:
            self.resume(reading)
            crops = self.reader.crop(image, reading.detections)
        return self.finish(image, reading, crops, source, keep_image)

    def read_all(
        self,
        frames: Iterable[VideoFrame],
        *,
        source: str = "<video>",
        keep_images: bool = False,
        readings: Iterable[Reading] = (),
    ) -> Generator[Picture]:
        """Read frames in turn, in threads; closing the iterator stops them.

        A few frames are read ahead of the caller, but of a camera none: each frame is the newest.
        An error of the source is raised after the frames before it.

        Parameters
        ----------
        frames
            A `VideoReader`, a `Camera`, or other frames.
        source, keep_images
            As in `read`.
        readings
            Those of the first frames, if these were read before.

        Raises
        ------
        DataError
            If a reading is another frame's.
        """
        if isinstance(frames, Camera):
            yield from self._read_live(frames, source, keep_images)
            return
        # Threads take time to import, which a single frame need not wait for.
        from mien.perception.watch_pipeline import Pipeline

        self.stages = Stages()
        pipeline = Pipeline(self, self.stages)
        try:
            for one in pipeline.run(frames, readings):
                with self.stages.timed("wait"):
                    reading = one.reading.result()
                with self.stages.timed("track"):
                    picture = self.finish(one.frame.image, reading, one.crops, source, keep_images)
                yield picture
        finally:
            pipeline.close()

    def _read_live(
        self, camera: Camera, source: str, keep_images: bool
    ) -> Generator[Picture]:
        """Read the newest frame of a camera, and only then take the next."""
        for one in camera:
            yield self.read(
                one.image, one.time, frame=one.index, source=source, keep_image=keep_images
            )

    def plan(self, image: NDArray[np.uint8], time: float) -> Plan:
        """Return what is to be done with the next frame."""
        return self._schedule.plan(image, time)

    def find(
        self, image: NDArray[np.uint8], plan: Plan, search: Callable[[], list[Detection]]
    ) -> tuple[tuple[Detection, ...], bool]:
        """Return the faces of the next frame, and whether all of it was searched."""
        return self._follower.find(image, plan, search)

    @staticmethod
    def search(image: NDArray[np.uint8], reader: Reader) -> list[Detection]:
        """Return the faces of a whole frame, independently of the frames before."""
        return search(reader, image, reader.min_face)

    def resume(self, reading: Reading) -> None:
        """Go on after a frame whose reading is known."""
        self._follower.resume(reading.detections)

    def finish(
        self,
        image: NDArray[np.uint8],
        reading: Reading,
        crops: NDArray[np.uint8],
        source: str,
        keep_image: bool,
    ) -> Picture:
        """Work out ids and smoothing of the next frame, and put the picture together."""
        time = self._clock.at(reading.time)
        if reading.cut:
            self._tracker.cut()
            self._smoother.cut()
        looks = describe(image, reading.detections)
        numbers = self._tracker.update(time, reading.detections, looks)
        kept = sorted(
            (number, place) for place, number in enumerate(numbers) if number is not None
        )
        faces = self._faces(time, reading, crops, kept)
        picture = self.reader.picture("", image, faces, keep_image)
        self.last_reading, self._frames = reading, reading.frame + 1
        return dataclasses.replace(
            picture, source=source, frame=reading.frame, time=reading.time
        )

    def _faces(
        self,
        time: float,
        reading: Reading,
        crops: NDArray[np.uint8],
        kept: list[tuple[int, int]],
    ) -> tuple[Face, ...]:
        """Put together the faces that have an id, given as pairs of id and place."""
        ids, places = [pair[0] for pair in kept], [pair[1] for pair in kept]
        raw, whose = self._neutrals.adjust(reading.time, ids, reading.probabilities[places])
        smoothed = [
            self._smoother.update(face_id, time, row)
            for face_id, row in zip(ids, raw, strict=True)
        ]
        rows = np.array([one.probabilities for one in smoothed], np.float32).reshape(raw.shape)
        detections = [reading.detections[place] for place in places]
        faces = self.reader.assemble(detections, crops[places], rows)
        return tuple(map(self._in_video, faces, ids, raw, smoothed, whose))

    def _in_video(
        self,
        face: Face,
        face_id: int,
        raw: NDArray[np.float32],
        smoothed: Smoothed,
        whose: bool | None,
    ) -> Face:
        """Add to a face what only faces in videos have."""
        confidence = float(smoothed.probabilities[smoothed.shown])
        return dataclasses.replace(
            face,
            face_id=face_id,
            raw_probabilities=raw,
            shown=smoothed.shown,
            neutral=whose,
            sure=face.doubt is None and confidence >= self.reader.min_confidence,
        )


def _check_every(detect_every: int) -> None:
    if not 1 <= detect_every <= DETECT_EVERY:
        raise SettingsError(
            f"Expected to search every 1 to {DETECT_EVERY} frames, got {detect_every}.",
            "With a larger number, a new face would be noticed too late.",
            "detect_every",
        )
