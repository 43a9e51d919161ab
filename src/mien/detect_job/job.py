"""Reads photos, clips and cameras as the settings say, and writes what was asked for."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from mien.detect_job.checks import (
    about_recording,
    check_settings,
    check_sources,
    useless_settings,
)
from mien.detect_job.clips import ClipReader
from mien.detect_job.journal import Journal
from mien.detect_job.neutrals import clip_neutral, doubts_about, photo_neutral
from mien.detect_job.outputs import (
    describe_tables,
    files_of_run,
    open_sinks,
    prepare_outputs,
    run_table,
)
from mien.detect_job.photos import PhotoOutputs, Step
from mien.detect_job.resuming import open_journal, other_run_note
from mien.errors import InterruptionError, MienError, NetError, OutputError
from mien.media.copies import ClipNames
from mien.media.layouts import check_layout
from mien.media.markers import Markers
from mien.media.sinks import Sink
from mien.media.sources import Picked, StandardInput, Video, list_sources
from mien.perception.picture import Failure, Picture
from mien.perception.reader import Reader
from mien.settings import DetectSettings

if TYPE_CHECKING:
    from mien.evaluation.outcomes import Outcomes


class DetectJob:
    """Reads photos, clips and cameras, and writes tables, annotated copies and contact sheets.

    A context manager: leaving it, by whatever exception, completes the tables with what was read
    so far. If no picture was read, or less than the interrupted run that goes on, nothing is
    written, and earlier files stay as they are.

    Parameters
    ----------
    settings
        What to read, and what to write.

    Raises
    ------
    SettingsError
        If no source is named, settings contradict each other, or an output would replace an input
        or a file that is not an earlier output of mien.
    OutputError
        If an output cannot be written.
    DataError
        If the file of true expressions or a neutral face cannot be read, or does not fit.
    PictureError
        If no neutral face can be learnt from the photo that was given for it.
    NetError
        If the network is unknown, or cannot do what the settings ask of it.
    """

    def __init__(self, settings: DetectSettings) -> None:
        check_settings(settings)
        self.listing = list_sources(settings.sources)
        """What is read, and what was left out of the sources."""
        check_sources(settings, self.listing)
        self._settings = settings
        self._markers = Markers.of(settings.markers, settings.excluded)
        self._reader = _reader(settings)
        if settings.program is not None:
            check_layout(settings.program, self._reader.vocabulary)
        self._neutral = photo_neutral(settings, self._reader)
        of_clips = clip_neutral(settings, self._reader, self._neutral)
        self._doubts = doubts_about(of_clips)
        photos = self.listing.paths
        self._photos = PhotoOutputs(settings, self._reader, self._neutral, photos)
        # After every check of the inputs, since it makes folders.
        prepare_outputs(settings, self.listing)
        names = ClipNames(settings.out, settings.program)
        self._clips = ClipReader(settings, self._reader, of_clips, self._markers, names)
        self._journal: Journal | None = None
        self._other_run = other_run_note(settings)
        self._stack = contextlib.ExitStack()
        self._sinks: list[Sink] = []
        self._read = 0
        self.failed = False
        """Whether a source failed so far, or its copy."""

    @property
    def warnings(self) -> list[str]:
        """Sentences on what the user should know before anything is read."""
        warnings: list[str | None] = []
        if self._settings.annotate:
            from mien.drawing import emoji_note

            warnings.append(emoji_note(self._reader.vocabulary))
        warnings += [self._photos.warning, *self._doubts]
        warnings += useless_settings(self._settings, self.listing)
        if self.listing.videos:
            names = map(str, self.listing.videos)
            warnings += [*self._markers.warnings, self._markers.unmatched(names)]
        warnings += [about_recording(self._settings, self.listing), self._other_run]
        return [warning for warning in warnings if warning]

    @property
    def outcomes(self) -> Outcomes | None:
        """How many labelled pictures were read right, if labels were asked for."""
        return self._photos.outcomes

    @property
    def table(self) -> Path | None:
        """The table in the folder of outputs, if there is one and something was read."""
        return run_table(self._settings, self.listing) if self._read else None

    @property
    def unwritten(self) -> list[Path]:
        """The files that were asked for but not written, since no picture was read."""
        return [] if self._read else files_of_run(self._settings, self.listing)

    def __enter__(self) -> Self:
        # First, since a run that cannot be resumed leaves its files as they are.
        if self.listing.clips and self._settings.out is not None:
            self._journal = open_journal(self._settings, self.listing, self._reader)
            self._stack.push(self._end_journal)
        self._stack.push(self._describe)
        self._stack.push(self._photos.keep_sheets)
        try:
            for sink in open_sinks(self._settings, self.listing, self._reader):
                self._sinks.append(self._stack.enter_context(sink))
                if self._journal is not None:
                    self._journal.note_temporary(sink.temporary)
        except BaseException:
            self._keep_earlier_files()
            self._stack.__exit__(*sys.exc_info())
            raise
        self._stack.callback(self._keep_earlier_files)
        return self

    def __exit__(self, *raised: Any) -> None:
        self._stack.__exit__(*raised)

    def steps(self) -> Iterator[Step]:
        """Read the sources in order, and yield what became of each once that is written.

        Raises
        ------
        OutputError
            If a table cannot be written.
        InterruptionError
            If Ctrl-C ended a run that can be resumed.
        """
        results = self._reader.read_many(
            self.listing.pictures,
            keep_images=self._photos.needs_images,
            neutral=self._neutral,
            neutral_face=self._settings.neutral_face,
        )
        self._stack.callback(results.close)
        for source, entry in self.listing.entries:
            if isinstance(entry, Path | StandardInput):
                yield self._write(entry, next(results))
            elif isinstance(entry, MienError):
                yield self._write(None, Failure(source, entry))
            else:
                yield self._read_clip(entry)

    def write_sheets(self) -> Iterator[Path]:
        """Write the contact sheets if they were asked for; see `PhotoOutputs.write_sheets`."""
        yield from self._photos.write_sheets()

    def _read_clip(self, video: Video) -> Step:
        """Read a clip or camera, and write it to whatever was asked for."""
        try:
            result = self._clips.read(video, self._sinks, self._journal, self._tell)
        except KeyboardInterrupt:
            if self._journal is None or self._journal.error is not None:
                raise
            raise InterruptionError(
                f"Interrupted in {video}; what was read is in {self._settings.out}.",
                "Resume it to go on.",
                "resume",
            ) from None
        if isinstance(result, Failure):
            return self._write(None, result)
        self.failed |= result.problem is not None or bool(result.written.errors)
        return Step(result)

    def _tell(self) -> None:
        """Say beside the tables what is known of the clips so far."""
        self._read += 1
        if not self._behind:
            describe_tables(self._settings, self.listing, self._reader, self._clips.records)

    @property
    def _behind(self) -> bool:
        """Whether the interrupted run, which goes on, had read more."""
        return self._journal is not None and self._journal.behind

    def _end_journal(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Remove the journal of a run that is complete; that of another stays."""
        if self._journal is not None:
            self._journal.close() if error is not None else self._journal.remove()

    def _write(self, picked: Picked | None, result: Picture | Failure) -> Step:
        """Write one result to whatever was asked for."""
        self._read += isinstance(result, Picture)
        for sink in self._sinks:
            sink.add(result)
        if isinstance(result, Failure):
            self.failed = True
            if picked is not None:
                self._photos.add_failure()
            return Step(result)
        assert picked is not None
        step = self._photos.add(picked, result)
        self.failed |= step.copy_error is not None
        return step

    def _keep_earlier_files(self) -> None:
        """Leave earlier tables as they are if nothing was read, or less than before."""
        if self._behind or not self._read:
            for sink in self._sinks:
                sink.discard()

    def _describe(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Write what made the tables, unless they could not be written."""
        if self._read and not self._behind and not isinstance(error, OutputError):
            describe_tables(self._settings, self.listing, self._reader, self._clips.records)


def _reader(settings: DetectSettings) -> Reader:
    """Load the network and the face detector."""
    reader = Reader(
        settings.net,
        min_confidence=settings.min_confidence,
        max_megapixels=settings.max_megapixels,
        max_megabytes=settings.max_megabytes,
        max_faces=settings.max_faces,
        min_score=settings.min_score,
        min_face=settings.min_face,
        coverage=settings.coverage,
        flip_tta=settings.flip_tta,
        labels=settings.labels,
        sensitivity=settings.sensitivity,
    )
    if settings.explain and not reader.explains:
        raise NetError(
            f"The network {reader.info.name} has no heat maps of what its answers come from.",
            "Export it again with mien export, or use a shipped network.",
            "explain",
        )
    return reader
