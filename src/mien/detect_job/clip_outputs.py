"""Everything that is written about one clip beside the run's tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from mien.detect_job.clip_copy import ClipCopy
from mien.errors import MienError
from mien.media.copies import ClipFiles
from mien.media.layouts import LayoutSink
from mien.media.markers import Markers
from mien.media.metadata import ClipInfo
from mien.media.summary import Summary, write_summary
from mien.media.summary_builder import SummaryBuilder
from mien.perception.picture import Picture
from mien.perception.reader import Reader
from mien.perception.schedule import Clock
from mien.settings import DetectSettings

_FIX = "Choose a folder that you may write to, with room on its disk."


@dataclasses.dataclass(frozen=True)
class Written:
    """What was written about a clip, and what could not be."""

    summary: Summary
    """What was seen."""
    files: tuple[Path, ...]
    """The files, in order."""
    errors: tuple[MienError, ...] = ()
    """Why others could not be written."""
    notes: tuple[str, ...] = ()
    """Sentences on what they leave out."""


class ClipOutputs:
    """Takes the frames of one clip as they are read; then writes what they add up to.

    A file that cannot be written does not stop the others.

    Parameters
    ----------
    settings
        What is to be written.
    reader
        What reads the faces.
    files
        Where to.
    clip
        What the clip is.
    sound
        The file whose sound the annotated copy keeps; None for none.
    markers
        What happens when in the clip.
    """

    def __init__(
        self,
        settings: DetectSettings,
        reader: Reader,
        files: ClipFiles,
        clip: ClipInfo,
        sound: Path | None,
        markers: Markers,
    ) -> None:
        from mien.drawing.timeline import TimelineBuilder

        self._settings, self._reader, self._files, self._clip = settings, reader, files, clip
        self._errors: list[MienError] = []
        self._clock = Clock()
        self._summary = SummaryBuilder(clip.source, reader.name, reader.vocabulary)
        self._timeline = TimelineBuilder(reader.vocabulary, Path(clip.source).name, markers)
        self._layout: LayoutSink | None = None
        self._copy: ClipCopy | None = None
        self._try(self._begin_layout)
        self._try(lambda: self._begin_copy(sound))

    @property
    def temporaries(self) -> list[Path]:
        """What the files that were begun are called until they are complete."""
        begun = [self._copy, self._layout]
        return [file.temporary for file in begun if file is not None and file.temporary]

    def add(self, picture: Picture) -> None:
        """Add a frame, with its image if there is an annotated copy."""
        assert picture.time is not None
        # Stamps that go back, as in damaged clips, are refused by all that adds up time.
        time = self._clock.at(picture.time)
        steady = picture if time == picture.time else dataclasses.replace(picture, time=time)
        self._summary.add(steady)
        self._timeline.add(steady)
        if self._copy is not None:
            self._copy.add(picture, time)
        if self._layout is not None and not self._try(lambda: self._add_to_layout(picture)):
            self._drop_layout()

    def free_space(self, error: MienError) -> bool:
        """Give up the annotated copy for lack of space; return whether there was one."""
        if self._copy is None:
            return False
        self._copy.discard()
        self._errors.append(self._copy.error or error)
        self._copy = None
        return True

    def finish(self) -> Written:
        """Write everything, and return what was written."""
        summary = self._summary.result()
        steps: list[tuple[Path, Callable[[], object]]] = []
        if self._copy is not None:
            steps.append((self._files.video, self._copy.close))
        note = None
        if self._layout is not None and self._layout.path is not None:
            note = self._layout.note
            steps.append((self._layout.path, self._close_layout))
        path = self._files.summary
        if self._settings.annotate or self._settings.out is not None:
            steps.append((self._files.timeline, lambda: self._write_timeline(summary)))
            steps.append((path, lambda: write_summary(path, summary, _FIX, "out")))
        files = tuple(path for path, write in steps if self._try(write))
        self._copy = None
        return Written(summary, files, tuple(self._errors), () if note is None else (note,))

    def discard(self) -> None:
        """Write nothing more: what was not completed by `finish` is removed."""
        self._drop_layout()
        if self._copy is not None:
            self._copy.discard()
            self._copy = None

    def _try(self, step: Callable[[], object]) -> bool:
        """Take a step; if it fails, note why and return False."""
        try:
            step()
        except MienError as error:
            self._errors.append(error)
            return False
        return True

    def _begin_layout(self) -> None:
        program = self._settings.program
        if program is not None:
            path, about = self._files.table(program), (self._reader.name, self._reader.vocabulary)
            self._layout = LayoutSink(path, program, self._clip, *about, "out")

    def _add_to_layout(self, picture: Picture) -> None:
        assert self._layout is not None
        self._layout.add(picture)

    def _close_layout(self) -> None:
        assert self._layout is not None
        layout, self._layout = self._layout, None
        layout.close()

    def _drop_layout(self) -> None:
        if self._layout is not None:
            self._layout.discard()
            self._layout.close()
            self._layout = None

    def _begin_copy(self, sound: Path | None) -> None:
        if self._settings.annotate and self._settings.video:
            self._copy = ClipCopy(
                self._files.video,
                self._clip.width,
                self._clip.height,
                sound=sound,
                start=self._settings.first,
                end=self._settings.last,
                comment=self._files.comment,
            )

    def _write_timeline(self, summary: Summary) -> None:
        from mien.drawing.timeline import write_timeline

        picture, comment = self._timeline.draw(summary), self._files.comment
        write_timeline(self._files.timeline, picture, _FIX, "out", comment)
