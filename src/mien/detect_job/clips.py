"""Reads one clip or camera, frame by frame, into everything that was asked for."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mien.clock import clock
from mien.detect_job.clip_outputs import ClipOutputs
from mien.detect_job.clip_records import (
    ClipRecord,
    ClipResult,
    State,
    describe,
    expected_frames,
)
from mien.detect_job.interruption import Interruption
from mien.detect_job.journal import Journal
from mien.detect_job.outputs import uses_stdout
from mien.errors import MienError, OutputError, PictureError, VideoError
from mien.media.copies import ClipNames
from mien.media.markers import Markers
from mien.media.sinks import Sink
from mien.media.sources import CameraInput, ClipFile, Video
from mien.media.summary import Summary
from mien.perception.neutral_in_video import VideoNeutral
from mien.perception.picture import Failure, Picture
from mien.perception.reader import Reader
from mien.perception.reading import Reading
from mien.perception.watch_video import first_pass
from mien.perception.watching import Watch
from mien.progress import Update, progress
from mien.settings import DetectSettings
from mien.video import Camera, VideoFrame, VideoReader
from mien.words import plural

if TYPE_CHECKING:
    from mien.perception.neutral import Neutral


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
            If a signal came: everything that was read is written first, unless an interrupted run
            had read more. Ctrl-C is the usual end of recording a camera, and raises nothing.
        """
        clip = _Clip(self, video, sinks, journal, tell)
        try:
            with clip.opened() as frames:
                return clip.run(frames)
        except (VideoError, PictureError) as error:
            return Failure(str(video), error)


class _Clip:
    """A clip or camera that is being read."""

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
        self._doubts: list[str] = []
        self._outputs: ClipOutputs | None = None
        self._watch: Watch | None = None

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
        self._record = describe(self._video, frames, self._settings)
        try:
            with Interruption() as interruption:
                return self._run(frames, interruption)
        except BaseException:
            # After `finish` this changes nothing.
            self._discard()
            raise

    def _run(
        self, frames: VideoReader | Camera, interruption: Interruption
    ) -> ClipResult | Failure:
        """Read the frames; whether they end, break off or are interrupted, write what was read."""
        signal: BaseException | None = None
        problem: MienError | None = None
        try:
            self._read(frames, interruption)
            problem = frames.problem if isinstance(frames, VideoReader) else None
        except VideoError as error:
            problem = error
        except (KeyboardInterrupt, SystemExit) as caught:
            signal = caught
            if self._journal is not None and self._journal.behind:
                # What was written before the interruption says more.
                raise
        skipped = frames.skipped if isinstance(frames, Camera) else None
        result = self._finish(problem, signal, skipped)
        if signal is not None and not (self._live and isinstance(signal, KeyboardInterrupt)):
            raise signal
        return result

    def _read(self, frames: VideoReader | Camera, interruption: Interruption) -> None:
        readings: Iterable[Reading] = ()
        if self._journal is not None:
            about = {"source": self._record.source, "sha256": self._record.sha256}
            readings = self._journal.begin(about, len(self._reader.vocabulary))
        learnt, readings = self._learn_neutral(readings, interruption)
        watch = Watch(self._reader, neutral=self._clips._neutral, learnt=learnt, **self._options)
        self._watch = watch
        keep = self._settings.annotate and self._settings.video
        pictures = watch.read_all(
            frames, source=self._record.source, keep_images=keep, readings=readings
        )
        total = expected_frames(frames, self._settings)
        with self._progress() as update:
            with contextlib.closing(pictures):
                for number, picture in enumerate(pictures, start=1):
                    self._note_down(watch.last_reading)
                    self._add(self._markers.mark(picture))
                    update(number, None if total is None else max(total, number))
                    interruption.check()

    @property
    def _options(self) -> dict[str, Any]:
        """How faces are followed."""
        settings = self._settings
        return {
            "smooth": settings.smooth,
            "detect_every": settings.detect_every,
            "remember": settings.remember,
        }

    def _learn_neutral(
        self, readings: Iterable[Reading], interruption: Interruption
    ) -> tuple[Mapping[int, Neutral] | None, Iterable[Reading]]:
        """Read a clip once to learn the neutral faces in it, if that is asked for.

        The readings of these frames are returned too.
        """
        neutral = self._clips._neutral
        if self._live or not isinstance(neutral, tuple | str):
            return None, readings
        before = tuple(readings)
        with self.opened() as frames, self._progress("neutral faces of ") as update:
            total = expected_frames(frames, self._settings)
            counted = _counted(frames, update, total, interruption)
            options = {"readings": before, **self._options}
            first = first_pass(self._reader, counted, neutral, **options)
        self._doubts = [f"{self._record.source}: {doubt}" for doubt in first.doubts]
        return first.neutrals, max(before, first.readings, key=len)

    def _progress(self, before: str = "") -> contextlib.AbstractContextManager[Update]:
        """Show how far the clip was read, unless a table is printed."""
        show = False if uses_stdout(self._settings) else None
        return progress(before + self._record.source, show, unit="frames", brief=True)

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
            if self._journal is not None:
                for path in self._outputs.temporaries:
                    self._journal.note_temporary(path)
            self._note(first_time=picture.time)
        for sink in self._sinks:
            self._add_row(sink, picture)
        self._outputs.add(picture)
        self._record = dataclasses.replace(
            self._record, frames_read=self._record.frames_read + 1, last_time=picture.time
        )

    def _add_row(self, sink: Sink, result: Picture | Failure) -> None:
        """Add a frame to a table, which goes before the annotated copy if the disk is full."""
        try:
            sink.add(result)
        except OutputError as error:
            if self._outputs is None or not self._outputs.free_space(error):
                raise
            sink.add(result)

    def _note_down(self, reading: Reading | None) -> None:
        """Add a frame to the journal, which is given up if the disk is full."""
        if self._journal is None or self._journal.error is not None or reading is None:
            return
        self._journal.add(reading)
        if self._journal.error is not None:
            self._doubts.append(f"{self._journal.error} So the run cannot be resumed.")

    def _finish(
        self, problem: MienError | None, signal: BaseException | None, skipped: int | None
    ) -> ClipResult | Failure:
        """Write what the frames that were read add up to."""
        if self._outputs is None:
            return Failure(self._record.source, problem or self._nothing())
        if problem is not None:
            for sink in self._sinks:
                self._add_row(sink, Failure(self._record.source, problem))
        state: State = "complete" if problem is None else "incomplete"
        if signal is not None and not self._live:
            state = "interrupted"
        sentence = None if problem is None else str(problem)
        written = self._outputs.finish()
        faces = None
        if self._watch is not None and self._clips._neutral is not None:
            faces = tuple(self._watch.neutrals)
        self._note(state=state, problem=sentence, skipped=skipped, neutral_faces=faces)
        notes = (*self._doubts, *self._notes(written.summary))
        return ClipResult(self._record.source, self._record, written, problem, notes)

    def _notes(self, summary: Summary) -> Iterator[str]:
        """Yield sentences on what had no effect on this clip."""
        name, neutral = self._record.source, self._clips._neutral
        if isinstance(neutral, Mapping):
            lost = sorted(set(neutral) - {face.face_id for face in summary.faces})
            if lost:
                faces = f"{plural(len(lost), 'face')} {', '.join(map(str, lost))}"
                yield f"{name} has no {faces}, for which a neutral face was given."
        elif neutral is not None and summary.faces and not self._record.neutral_faces:
            yield f"No face in {name} was read against a neutral face."
        whole = self._settings.start is None and self._settings.end is None
        outside = self._markers.outside(summary.begin, summary.end) if whole else None
        if outside is not None:
            yield f"{name}: {outside}"

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


def _counted(
    frames: Iterable[VideoFrame], update: Update, total: int | None, interruption: Interruption
) -> Iterator[VideoFrame]:
    """Tell how many frames were taken, and let signals take effect."""
    for number, frame in enumerate(frames, start=1):
        interruption.check()
        update(number, None if total is None else max(total, number))
        yield frame
