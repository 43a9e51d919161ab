"""The command mien detect."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.messages import complain
from mien.cli.options import with_flags
from mien.cli.outputs import say_written
from mien.cli.signals import ended_by_signals
from mien.settings import DetectSettings, Settings, load
from mien.words import counted

if TYPE_CHECKING:
    from rich.table import Table

    from mien.detect_job import ClipResult, Step
    from mien.evaluation.outcomes import Outcomes
    from mien.perception.face import Face
    from mien.perception.picture import Picture

app = typer.Typer(add_completion=False)


@app.command()
@with_flags(DetectSettings)
def detect(
    sources: list[str] | None = typer.Argument(
        None,
        metavar="SOURCE...",
        help="Photos, clips, folders or globs; - is a photo on standard input, camera:0 the first"
        " camera. In a folder, the pictures and clips directly in it are read, except those that"
        " mien wrote.",
        show_default=False,
    ),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
    *,
    flags: dict[str, Any],
) -> None:
    """Show the expressions of faces in photos and clips as emoji.

    Exit code: 0 if everything was read, 1 if some sources failed, 2 for wrong usage.
    """
    raise typer.Exit(run_detect(load(config, detect={"sources": sources or None, **flags})))


def run_detect(settings: Settings) -> int:
    """Read photos, clips and cameras as the settings say, print what was seen, and write it.

    Returns
    -------
    int
        The exit code: 0 if everything was read and written, 1 if a source failed. Each failure
        is named on stderr, and the other sources are still read.

    Raises
    ------
    SettingsError, OutputError, DataError, PictureError, NetError, InterruptionError
        As `mien.detect_job.DetectJob`, whose steps are printed.
    """
    from mien.detect_job import DetectJob
    from mien.detect_job.outputs import uses_stdout

    # Pillow's warnings about odd metadata do not help the user.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    with ended_by_signals(), DetectJob(settings.detect) as job:
        screen = _Screen(uses_stdout(settings.detect), settings.detect.annotate)
        for warning in job.warnings:
            typer.echo(f"mien: {warning}", err=True)
        for step in job.steps():
            screen.show(step)
        say_written(job.table, on_stderr=uses_stdout(settings.detect))
        if job.outcomes:
            screen.print(_outcome_table(job.outcomes))
        for path in job.write_sheets():
            say_written(path, on_stderr=uses_stdout(settings.detect))
    for note in job.listing.notes:
        screen.say(note)
    if job.unwritten:
        what = "picture" if not job.listing.videos else "picture or frame"
        typer.echo(f"mien: No {what} was read, so {_listed(job.unwritten)}.", err=True)
    return int(job.failed)


def _listed(paths: Sequence[Path]) -> str:
    """Return ``"a.csv and b.json were not written"``."""
    *first, last = map(str, paths)
    return f"{', '.join(first)} and {last} were not written" if first else f"{last} was not written"


class _Screen:
    """Prints what became of each source; on stderr if stdout carries an output."""

    def __init__(self, on_stderr: bool, annotate: bool) -> None:
        self._on_stderr = on_stderr
        self._annotate = annotate

    def say(self, text: str) -> None:
        """Print a line."""
        typer.echo(text, err=self._on_stderr)

    def print(self, table: Table) -> None:
        """Print a table."""
        from rich.console import Console

        Console(stderr=self._on_stderr, highlight=False).print(table)

    def show(self, step: Step) -> None:
        """Print one picture or clip, or why it or its copy failed."""
        from mien.detect_job import ClipResult
        from mien.perception.picture import Failure

        if isinstance(step.result, Failure):
            complain(step.result.error)
            return
        if isinstance(step.result, ClipResult):
            self._show_clip(step.result)
            return
        self.say(self._headline(step.result, step.pages))
        if step.result:
            self.print(_face_table(step.result))
        if step.note is not None:
            complain(step.note)
        if step.copy is not None:
            say_written(step.copy, on_stderr=self._on_stderr)
        if step.copy_error is not None:
            complain(step.copy_error)

    def _show_clip(self, clip: ClipResult) -> None:
        """Print one clip, and why it or what is written about it failed."""
        from mien.cli.clips import face_tables, headline

        self.say(headline(clip))
        for table in face_tables(clip.written.summary):
            self.print(table)
        for note in (*clip.notes, *clip.written.notes):
            typer.echo(f"mien: {note}", err=True)
        say_written(*clip.written.files, on_stderr=self._on_stderr)
        for error in filter(None, [clip.problem, *clip.written.errors]):
            complain(error)

    def _headline(self, picture: Picture, pages: int) -> str:
        """Return how many faces were found, and what was not done."""
        number = len(picture)
        count = counted(number, "face") if number else "no face"
        parts = [f"{picture.source} ({picture.width} x {picture.height}): {count}"]
        if not number and self._annotate:
            parts.append("no copy")
        against = [place for place, face in enumerate(picture, start=1) if face.neutral]
        if against:
            parts.append(f"face {against[0]} read against the neutral face")
        if pages > 1:
            parts.append(f"page 1 of {pages:,}")
        return ", ".join(parts)


def _face_table(picture: Picture) -> Table:
    """Make the table of a picture's faces."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    headings = ["#", "", "expression", "confidence", "box: x y w h"]
    if picture.coverage is not None:
        headings.insert(4, f"set ({100 * picture.coverage:g}%)")
    for heading in headings:
        table.add_column(heading, justify="right" if heading in ("#", "confidence") else "left")
    for place, face in enumerate(picture, start=1):
        table.add_row(str(place), *_cells(face))
    return table


def _cells(face: Face) -> Iterator[str]:
    """Yield the cells of one face."""
    from mien.perception.prediction_sets import in_words

    yield face.expression.emoji
    yield f"{face.expression.name}{'' if face.sure else ' (unsure)'}"
    yield f"{face.confidence:.0%}"
    if face.prediction_set is not None:
        yield in_words(face.prediction_set, len(face.vocabulary))
    yield " ".join(f"{value:.0f}" for value in face.box)


def _outcome_table(outcomes: Outcomes) -> Table:
    """Make the table of right and wrong answers by true expression."""
    from rich import box
    from rich.table import Table

    from mien.evaluation.outcomes import HEADINGS

    table = Table(box=box.SIMPLE_HEAD, title="by true expression", title_justify="left")
    for heading in HEADINGS:
        words = heading in ("labelled", "read instead")
        table.add_column(heading, justify="left" if words else "right")
    for row in outcomes.rows():
        if row[0] == "all":
            table.add_section()
        table.add_row(*row)
    return table
