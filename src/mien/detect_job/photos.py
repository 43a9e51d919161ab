"""Everything that is written about photos beside the run's tables."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mien.classes import Expression
from mien.detect_job.clip_records import ClipResult
from mien.errors import MienError, OutputError, SettingsError
from mien.files import write_jpeg
from mien.image import count_pages
from mien.media.copies import CopyNames
from mien.media.sources import Picked
from mien.perception.neutral import Neutral
from mien.perception.picture import Failure, Picture
from mien.perception.reader import Reader
from mien.settings import DetectSettings
from mien.words import counted

if TYPE_CHECKING:
    from mien.drawing import ContactSheet
    from mien.evaluation.outcomes import Outcomes

_NAMED = 5
"""How many entries of the truth table without a photo are named."""


@dataclasses.dataclass(frozen=True, eq=False)
class Step:
    """What became of one source."""

    result: Picture | ClipResult | Failure
    """The picture, or what became of the clip; or why it could not be read."""
    copy: Path | None = None
    """Its annotated copy, if one was written."""
    copy_error: OutputError | None = None
    """Why none could be written."""
    pages: int = 1
    """How many pages the file has, of which the first was read."""
    note: SettingsError | None = None
    """Why none of its faces was read against the given neutral face."""


class PhotoOutputs:
    """Takes the photos as they are read; writes copies and contact sheets, and counts answers.

    Parameters
    ----------
    settings
        What is to be written.
    reader
        What reads the faces.
    neutral
        The neutral face that they are read against.
    photos
        The files that will be read.

    Raises
    ------
    DataError
        If the file of true expressions cannot be read, or does not fit.
    """

    def __init__(
        self,
        settings: DetectSettings,
        reader: Reader,
        neutral: Neutral | None,
        photos: list[Path],
    ) -> None:
        self._settings, self._reader, self._neutral = settings, reader, neutral
        self._photos = photos
        self._copies = CopyNames(settings.out)
        self._sheet = _contact_sheet(settings)
        self._sheets_begun = False
        self._any = False
        self.outcomes: Outcomes | None = None
        """How many labelled pictures were read right, if labels were asked for."""
        self._truths: Mapping[Path, Expression] = {}
        if settings.sheet is not None or settings.truth is not None:
            self._find_truths()

    @property
    def needs_images(self) -> bool:
        """Whether the pixels of the photos are needed."""
        return self._settings.annotate or self._sheet is not None

    @property
    def warning(self) -> str | None:
        """A sentence on the true expressions that belong to none of the photos; None without."""
        table = self._settings.truth
        if table is None:
            return None
        from mien.data.truth import names_without_photo

        unmatched = names_without_photo(self._photos, table, self._reader.vocabulary)
        if not unmatched:
            return None
        listed = ", ".join(unmatched[:_NAMED]) + (", ..." if len(unmatched) > _NAMED else "")
        files = counted(len(unmatched), "file that is", "files that are")
        return f"{table} names {files} not among the photos: {listed}"

    def add(self, picked: Picked, picture: Picture) -> Step:
        """Write what belongs to a photo, and return what became of it."""
        self._any = True
        self._count(picked, picture)
        pages = count_pages(picked) if isinstance(picked, Path) else 1
        step = Step(picture, pages=pages, note=self._neutral_note(picture))
        if not self._settings.annotate or not picture:
            return step
        try:
            return dataclasses.replace(step, copy=self._annotate(picked, picture))
        except OutputError as error:
            return dataclasses.replace(step, copy_error=error)

    def add_failure(self) -> None:
        """Count a photo that could not be read."""
        if self._sheet is not None:
            self._sheet.failed += 1

    def write_sheets(self) -> Iterator[Path]:
        """Write the contact sheets if they were asked for, and yield the path of each file.

        Raises
        ------
        OutputError
            If one cannot be written.
        SettingsError
            If there is more than one, but standard output was to take them.
        """
        if self._sheet is None or self._settings.sheet is None:
            return
        self._sheets_begun = True
        from mien.drawing.sheet_files import write_sheets

        summary = self.outcomes.summary() if self.outcomes else None
        yield from write_sheets(self._sheet.pages(summary), self._settings.sheet, "sheet")

    def keep_sheets(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Write the contact sheets of what was read before something ended the job."""
        if error is not None and self._any and not self._sheets_begun:
            # The first error is the one that the user must see.
            with contextlib.suppress(MienError):
                for _ in self.write_sheets():
                    pass

    def _find_truths(self) -> None:
        """Find the true expressions, and prepare to count answers."""
        from mien.data.truth import find_truths
        from mien.evaluation.outcomes import Outcomes

        vocabulary = self._reader.vocabulary
        self._truths = find_truths(self._photos, self._settings.truth, vocabulary)
        self.outcomes = Outcomes(vocabulary)

    def _neutral_note(self, picture: Picture) -> SettingsError | None:
        """Say why no face of a picture was read against the neutral face, if none was."""
        if self._neutral is None or not picture or any(face.neutral for face in picture):
            return None
        number, count = self._settings.neutral_face, len(picture)
        has = f"has no face {number}" if number else f"has {count} faces"
        return SettingsError(
            f"{picture.source} {has}, so none was read against the neutral face.",
            "Give the number of the person's face in the table.",
            "neutral_face",
        )

    def _count(self, picked: Picked, picture: Picture) -> None:
        """Keep what the contact sheet and the table of outcomes need."""
        truth = self._truths.get(picked) if isinstance(picked, Path) else None
        if truth is not None and self.outcomes is not None:
            self.outcomes.add(truth, picture[0].expression if picture else None)
        if self._sheet is not None:
            self._sheet.add(picture, truth)

    def _annotate(self, picked: Picked, picture: Picture) -> Path:
        """Write a copy of the picture with its faces drawn, and return its path."""
        from mien.drawing import draw

        image = picture.image
        assert image is not None
        heats = [self._reader.explain(face) for face in picture] if self._settings.explain else None
        target = self._copies.copy_of(picked)
        fix = "Choose a folder that you may write to, or write no annotated copies."
        write_jpeg(target, draw(image, picture, heats), fix, "out", self._copies.comment(picked))
        return target


def _contact_sheet(settings: DetectSettings) -> ContactSheet | None:
    """Return an empty contact sheet if one is asked for."""
    if settings.sheet is None:
        return None
    from mien.drawing import ContactSheet

    return ContactSheet()
