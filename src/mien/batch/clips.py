"""Reads one clip or camera, frame by frame, into everything that was asked for."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from mien.batch.clip_outputs import ClipOutputs, Written
from mien.batch.interruption import Interruption
from mien.batch.journal import Journal
from mien.clock import clock
from mien.errors import MienError, VideoError
from mien.media.copies import ClipNames
from mien.media.markers import Markers
from mien.media.metadata import ClipInfo
from mien.media.sinks import Sink
from mien.media.sources import CameraInput, ClipFile, Video
from mien.perception.neutral_in_video import VideoNeutral
from mien.perception.picture import Failure, Picture
from mien.perception.reader import Reader
from mien.perception.reading import Reading
from mien.perception.watching import Watch
from mien.progress import progress
from mien.settings import DetectSettings
from mien.video import Camera, VideoReader

State = Literal["being read", "complete", "incomplete", "interrupted"]
"""What became of a clip; it stays "being read" if the process was killed."""


@dataclasses.dataclass(frozen=True)
class ClipRecord(ClipInfo):
    """What a clip is, and what was read of it, as metadata.json has it."""

    sha256: str | None = None
    """SHA-256 of the file; None for a camera."""
    size: int | None = None
    """Size of the file in bytes; None for a camera."""
    rotation: int | None = None
    """Degrees by which the frames were turned counterclockwise to be upright."""
    selection: str = "every frame"
    """Which of the frames were to be read."""
    frames_read: int = 0
    """How many frames were read."""
    first_time: float | None = None
    """Time stamp of the first of them, in seconds."""
    last_time: float | None = None
    """Time stamp of the last of them, in seconds."""
    skipped: int | None = None
    """How many frames of a camera came too fast to be read."""
    state: State = "being read"
    """What became of it."""
    problem: str | None = None
    """Why it could not be read to its end."""


@dataclasses.dataclass(frozen=True, eq=False)
class ClipResult:
    """What became of one clip or camera, of which at least one frame was read."""

    source: str
    """The clip, as it was named."""
    record: ClipRecord
    """What it is, and what was read of it."""
    written: Written
    """What was written about it."""
    problem: MienError | None = None
    """Why it could not be read to its end."""


class ClipReader:
    """Reads the clips and cameras of a run, one after the other.

    Parameters
    ----------
    settings
        How to read, and what is to be written.
    reader
        Finds and classifies the faces.
    neutral
        What the faces are read against.
    markers
        What happens when in the clips.
    names
        Names the files about each clip.
    """

    def __init__(
        self,
        settings: DetectSettings,
        reader: Reader,
        neutral: VideoNeutral | None,
        markers: Markers,
        names: ClipNames,
    ) -> None:
        self._settings, self._reader, self._neutral = settings, reader, neutral
        self._markers, self._names = markers, names
        self.records: list[ClipRecord] = []
        """What is known of each clip of which a frame was read, in order."""

    def read(
        self,
        video: Video,
        sinks: list[Sink],
        journal: Journal | None,
        tell: Callable[[], object],
    ) -> ClipResult | Failure:
        """Read a clip or camera to its end, or until a signal ends it.

        Parameters
        ----------
        video
            The clip or camera.
        sinks
            The run's tables, which take its frames.
        journal
            Where its frames are noted, and may be noted already; None keeps none.
        tell
            Called when `records` has changed, once there are frames.

        Returns
        -------
        ClipResult or Failure
            A failure if not one frame could be read.

        Raises
        ------
        OutputError
            If a table cannot be written.
        KeyboardInterrupt, SystemExit
            If a signal came: everything that was read is written first. Ctrl-C is the usual end of
            recording a camera, and raises nothing.
        """
        one = _Reading(self, video, sinks, journal, tell)
        try:
            with one.opened() as frames:
                return one.run(frames)
        except VideoError as error:
            return Failure(str(video), error)


class _Reading:
    """The reading of one clip."""

    def __init__(
        self,
        clips: ClipReader,
        video: Video,
        sinks: list[Sink],
        journal: Journal | None,
        tell: Callable[[], object],
    ) -> None:
        self._clips, self._video, self._sinks = clips, video, sinks
        self._journal, self._tell = journal, tell
        self._settings, self._reader = clips._settings, clips._reader
        self._live = isinstance(video, CameraInput)
        self._markers = clips._markers.for_clip(str(video))
        self._record = ClipRecord(str(video), 0, 0)
        self._place = len(clips.records)
        self._outputs: ClipOutputs | None = None

    @contextlib.contextmanager
    def opened(self) -> Iterator[VideoReader | Camera]:
        """Open the clip or camera."""
        settings, video = self._settings, self._video
        if isinstance(video, CameraInput):
            with Camera(video.number, seconds=settings.seconds) as camera:
                yield camera
            return
        with VideoReader(
            video.path,
            start=settings.first,
            end=settings.last,
            every=settings.every,
            fps=settings.fps,
            max_megapixels=settings.max_megapixels,
        ) as reader:
            yield reader

    def run(self, frames: VideoReader | Camera) -> ClipResult | Failure:
        """Read the frames, and write what they add up to."""
        self._record = self._describe(frames)
        signal: BaseException | None = None
        problem: MienError | None = None
        try:
            self._read(frames)
            problem = frames.problem if isinstance(frames, VideoReader) else None
        except VideoError as error:
            problem = error
        except (KeyboardInterrupt, SystemExit) as caught:
            signal = caught
        except BaseException:
            self._discard()
            raise
        skipped = frames.skipped if isinstance(frames, Camera) else None
        result = self._finish(problem, signal, skipped)
        if signal is not None and not (self._live and isinstance(signal, KeyboardInterrupt)):
            raise signal
        return result

    def _read(self, frames: VideoReader | Camera) -> None:
        settings = self._settings
        watch = Watch(
            self._reader,
            smooth=settings.smooth,
            detect_every=settings.detect_every,
            remember=settings.remember,
            neutral=self._clips._neutral,
        )
        readings: Iterator[Reading] = iter(())
        if self._journal is not None:
            about = {"source": self._record.source, "sha256": self._record.sha256}
            readings = self._journal.begin(about, len(self._reader.vocabulary))
        keep = settings.annotate and settings.video
        pictures = watch.read_all(
            frames, source=self._record.source, keep_images=keep, readings=readings
        )
        total = _expected(frames, settings)
        with Interruption() as interruption, self._progress() as update:
            with contextlib.closing(pictures):
                for number, picture in enumerate(pictures, start=1):
                    if self._journal is not None and watch.last_reading is not None:
                        self._journal.add(watch.last_reading)
                    self._add(self._markers.mark(picture))
                    update(number, None if total is None else max(total, number))
                    interruption.check()

    def _progress(self) -> contextlib.AbstractContextManager[Callable[[int, int | None], None]]:
        quiet = any(sink.path is None for sink in self._sinks)
        return progress(self._record.source, False if quiet else None, unit="frames", brief=True)

    def _add(self, picture: Picture) -> None:
        """Add a frame to everything that is written."""
        if self._outputs is None:
            self._outputs = ClipOutputs(
                self._settings,
                self._reader,
                self._clips._names.files_of(self._video),
                self._record,
                self._video.path if isinstance(self._video, ClipFile) else None,
                self._markers,
            )
            self._note(first_time=picture.time)
        for sink in self._sinks:
            sink.add(picture)
        self._outputs.add(picture)
        self._record = dataclasses.replace(
            self._record, frames_read=self._record.frames_read + 1, last_time=picture.time
        )

    def _finish(
        self, problem: MienError | None, signal: BaseException | None, skipped: int | None
    ) -> ClipResult | Failure:
        """Write what the frames that were read add up to."""
        if self._outputs is None:
            return Failure(self._record.source, problem or self._nothing())
        if problem is not None:
            for sink in self._sinks:
                sink.add(Failure(self._record.source, problem))
        state: State = "complete" if problem is None else "incomplete"
        if signal is not None and not self._live:
            state = "interrupted"
        sentence = None if problem is None else str(problem)
        written = self._outputs.finish()
        self._note(state=state, problem=sentence, skipped=skipped)
        return ClipResult(self._record.source, self._record, written, problem)

    def _nothing(self) -> VideoError:
        """Say why no frame was read although nothing went wrong."""
        lasts = self._record.duration
        ending = "" if lasts is None else f"; it lasts {clock(round(lasts, 3))}"
        return VideoError(
            f"{self._record.source} has no frame in the range that is to be read{ending}.",
            "Choose another range.",
            "end" if self._settings.start is None else "start",
        )

    def _discard(self) -> None:
        if self._outputs is not None:
            self._outputs.discard()

    def _note(self, **changes: object) -> None:
        """Change the record, and tell of it."""
        self._record = dataclasses.replace(self._record, **changes)  # type: ignore[arg-type]
        self._clips.records[self._place :] = [self._record]
        self._tell()

    def _describe(self, frames: VideoReader | Camera) -> ClipRecord:
        """Return what is known before a frame is read."""
        size = {"source": str(self._video), "width": frames.width, "height": frames.height}
        if isinstance(frames, Camera):
            return ClipRecord(**size)  # type: ignore[arg-type]
        return ClipRecord(
            **size,  # type: ignore[arg-type]
            duration=frames.duration,
            rate=frames.rate,
            frames=frames.count,
            sha256=_sha256(frames.path),
            size=frames.path.stat().st_size,
            rotation=frames.rotation,
            selection=selection_in_words(self._settings),
        )


def selection_in_words(settings: DetectSettings) -> str:
    """Say which frames of clips are read: ``"every 5th frame from 0:02 to 0:05"``."""
    every = settings.every
    which = "every frame" if every == 1 else f"one frame of every {every}"
    if settings.fps is not None:
        which += f", at most {settings.fps:g} a second"
    if settings.first is not None:
        which += f", from {clock(settings.first)}"
    if settings.last is not None:
        which += f", before {clock(settings.last)}"
    return which


def _expected(frames: VideoReader | Camera, settings: DetectSettings) -> int | None:
    """Return about how many frames will be read; None if that is not known."""
    if isinstance(frames, Camera) or frames.duration is None or frames.rate is None:
        return None
    begin = max(0.0, settings.first or 0.0)
    end = min(frames.duration, settings.last or frames.duration)
    rate = frames.rate / settings.every
    return max(1, round(max(0.0, end - begin) * min(rate, settings.fps or rate)))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
