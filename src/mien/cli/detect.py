"""The command mien detect."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli.messages import complain
from mien.cli.options import with_flags
from mien.errors import MienError, NetError, OutputError, SettingsError
from mien.settings import DetectSettings, Settings, load

if TYPE_CHECKING:
    from rich.table import Table

    from mien.classes import Expression, Vocabulary
    from mien.drawing.contact_sheet import ContactSheet
    from mien.evaluation.outcomes import Outcomes
    from mien.media.sinks import Sink
    from mien.perception.face import Face
    from mien.perception.picture import Failure, Picture
    from mien.perception.reader import Reader

app = typer.Typer(add_completion=False)

_STDOUT = "-"


@app.command()
@with_flags(DetectSettings)
def detect(
    sources: list[str] | None = typer.Argument(
        None,
        metavar="SOURCE...",
        help="Photos, folders or globs. Of a folder the pictures directly in it are read,"
        " except those that mien wrote.",
        show_default=False,
    ),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
    *,
    flags: dict[str, Any],
) -> None:
    """Read the faces in photos and show their expressions as emoji.

    Exit code: 0 if everything was read, 1 if some sources failed, 2 for wrong usage.
    """
    raise typer.Exit(run_detect(load(config, detect={"sources": sources or None, **flags})))


def run_detect(settings: Settings) -> int:
    """Read pictures as the settings say, print their faces, and write what was asked for.

    Returns
    -------
    int
        The exit code: 0 if everything was read and written, 1 if a source failed. Each failure
        is named on stderr, and the other sources are read nevertheless.

    Raises
    ------
    SettingsError
        If no source was named, or settings contradict each other.
    OutputError
        If an output cannot be written.
    DataError
        If the file of true expressions cannot be read, or does not fit the pictures.
    NetError
        If there is no such network, or it cannot explain its answers where it must.
    """
    _print_anything()
    _check(settings.detect)
    return int(_Run(settings.detect).read_all())


class _Run:
    """One run over many pictures."""

    def __init__(self, settings: DetectSettings) -> None:
        from mien.media.copies import CopyNames
        from mien.media.sources import list_pictures

        self._settings = settings
        self._on_stderr = _STDOUT in (settings.json_file, settings.csv_file)
        self._listed = list(list_pictures(settings.sources))
        _check_outputs(settings, [path for _, path in self._listed if isinstance(path, Path)])
        self._reader = _reader(settings)
        paths = [path for _, path in self._listed if isinstance(path, Path)]
        self._truths, self._outcomes = _truths(settings, paths, self._reader.vocabulary)
        self._sheet = _contact_sheet(settings)
        self._copies = CopyNames(settings.out)
        self._failed = False
        if settings.annotate:
            _say_which_emoji_lack(self._reader.vocabulary)

    def read_all(self) -> bool:
        """Read the pictures and write everything; return whether a source failed."""
        with contextlib.ExitStack() as stack:
            # Whatever ends the run, the tables are kept, and so is what says how they were made.
            stack.callback(_write_metadata, self._settings, self._reader)
            sinks = _sinks(self._settings, self._reader)
            self._sinks = [stack.enter_context(sink) for sink in sinks]
            for path, result in self._results(stack):
                self._take(path, result)
        self._finish()
        return self._failed

    def _results(
        self, stack: contextlib.ExitStack
    ) -> Iterator[tuple[Path | None, Picture | Failure]]:
        """Yield what comes of each source, in order."""
        from mien.perception.picture import Failure

        paths = [path for _, path in self._listed if isinstance(path, Path)]
        keep = self._settings.annotate or self._sheet is not None
        results = self._reader.read_many(paths, keep_images=keep)
        stack.callback(results.close)
        for source, path in self._listed:
            if isinstance(path, Path):
                yield path, next(results)
            else:
                yield None, Failure(source, path)

    def _take(self, path: Path | None, result: Picture | Failure) -> None:
        """Write and print one result."""
        from mien.perception.picture import Failure

        for sink in self._sinks:
            sink.add(result)
        if isinstance(result, Failure):
            self._fail(result.error)
            if self._sheet is not None and path is not None:
                self._sheet.failed += 1
            return
        assert path is not None
        self._count(result, self._truths.get(path))
        _show(result, self._on_stderr)
        if self._settings.annotate:
            try:
                typer.echo(f"  -> {self._annotate(path, result)}", err=self._on_stderr)
            except OutputError as error:
                self._fail(error)

    def _fail(self, error: MienError) -> None:
        self._failed = True
        complain(error)

    def _count(self, picture: Picture, truth: Expression | None) -> None:
        """Keep what the contact sheet and the table of outcomes need."""
        if truth is not None and self._outcomes is not None:
            self._outcomes.add(truth, picture[0].expression if picture else None)
        if self._sheet is not None:
            self._sheet.add(picture, truth)

    def _annotate(self, path: Path, picture: Picture) -> Path:
        """Write a copy of the picture with its faces drawn, and return its path."""
        from mien.drawing import draw, overlay
        from mien.files import write_jpeg

        image = picture.image
        assert image is not None
        if self._settings.explain:
            for face in picture:
                image = overlay(image, face, self._reader.explain(face))
        target = self._copies.copy_of(path)
        fix = "Choose a folder that you may write to, or write no annotated copies."
        write_jpeg(target, draw(image, picture), fix, "out")
        return target

    def _finish(self) -> None:
        """Print the outcomes if true expressions are known, and write the contact sheets."""
        if self._outcomes:
            _console(self._on_stderr).print(_outcome_table(self._outcomes))
        if self._sheet is None or self._settings.sheet is None:
            return
        from mien.drawing.sheet_files import write_sheets

        sheets = self._sheet.pages(self._outcomes.summary() if self._outcomes else None)
        path = None
        for path in write_sheets(sheets, self._settings.sheet, "sheet"):
            typer.echo(f"  -> {path}", err=self._on_stderr)
        if path is None:
            typer.echo("No sheet was written, since no picture could be read.", err=True)


def _say_which_emoji_lack(vocabulary: Vocabulary) -> None:
    """Print once which emoji the annotated copies show as letters, and why."""
    from mien.drawing import emoji_note

    if note := emoji_note(vocabulary):
        typer.echo(f"mien: {note}", err=True)


def _print_anything() -> None:
    """Let a terminal or pipe without Unicode show ? for an emoji, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _check(settings: DetectSettings) -> None:
    """Refuse what cannot work, and make the folders of the outputs, before anything is read."""
    from mien.files import make_folder

    if not settings.sources:
        raise SettingsError(
            "No pictures were named.", "Name photos, folders or globs: mien detect party.jpg."
        )
    if settings.explain and not settings.annotate:
        raise SettingsError(
            "--explain draws on the annotated copy, which --no-annotate leaves out.",
            "Leave out one of them.",
        )
    outputs = [settings.json_file, settings.csv_file, settings.parquet_file, settings.sheet]
    names = [str(output) for output in outputs if output is not None]
    if len(set(names)) < len(names):
        raise SettingsError(
            "Two outputs have the same name.", "Choose different files for them."
        )
    if settings.out is not None and settings.annotate:
        make_folder(settings.out, setting="out")
    _check_tables(settings)


def _check_tables(settings: DetectSettings) -> None:
    """Make the folders of the tables and the sheet, and look at what is there already."""
    from mien.files import make_folder

    if settings.json_file not in (None, _STDOUT):
        make_folder(Path(str(settings.json_file)).parent, setting="json_file")
    for path, setting in _tables(settings):
        from mien.media.metadata import check_metadata

        make_folder(path.parent, setting=setting)
        check_metadata(path.parent, setting)
    if settings.sheet is not None:
        from mien.drawing.sheet_files import check_sheet_path

        check_sheet_path(settings.sheet, "sheet")


def _check_outputs(settings: DetectSettings, pictures: Sequence[Path]) -> None:
    """Refuse outputs that would replace a picture, another input, or anything not mien's."""
    from mien.media.outputs import check_outputs

    files = (settings.json_file, settings.csv_file, settings.parquet_file)
    names = ("json_file", "csv_file", "parquet_file")
    outputs = {
        name: None if file in (None, _STDOUT) else Path(str(file))
        for name, file in zip(names, files, strict=True)
    }
    inputs = [*pictures, Path(settings.net)]
    if settings.truth is not None:
        inputs.append(settings.truth)
    check_outputs(outputs, inputs)


def _tables(settings: DetectSettings) -> Iterator[tuple[Path, str]]:
    """Yield the files that are tables, with the setting of each."""
    if settings.csv_file not in (None, _STDOUT):
        yield Path(str(settings.csv_file)), "csv_file"
    if settings.parquet_file is not None:
        yield settings.parquet_file, "parquet_file"


def _reader(settings: DetectSettings) -> Reader:
    """Load the network and the face detector."""
    from mien.perception.reader import Reader

    reader = Reader(
        settings.net,
        min_confidence=settings.min_confidence,
        max_megapixels=settings.max_megapixels,
        coverage=settings.coverage,
        flip_tta=settings.flip_tta,
    )
    if settings.explain and not reader.explains:
        raise NetError(
            f"The network {reader.info.name} has no heat maps of what its answers come from.",
            "Export it again with mien export, or use a shipped network.",
            "explain",
        )
    return reader


def _truths(
    settings: DetectSettings, paths: Sequence[Path], vocabulary: Vocabulary
) -> tuple[Mapping[Path, Expression], Outcomes | None]:
    """Find the true expressions, if they are asked for, and make ready to count answers."""
    if settings.sheet is None and settings.truth is None:
        return {}, None
    from mien.data.truth import find_truths, names_without_photo
    from mien.evaluation.outcomes import Outcomes

    truths = find_truths(paths, settings.truth, vocabulary)
    if settings.truth is not None:
        unmatched = names_without_photo(paths, settings.truth, vocabulary)
        if unmatched:
            listed = ", ".join(unmatched[:5]) + (", ..." if len(unmatched) > 5 else "")
            typer.echo(
                f"mien: {settings.truth} names {len(unmatched):,} files that are not among the"
                f" photos: {listed}",
                err=True,
            )
    return truths, Outcomes(vocabulary)


def _contact_sheet(settings: DetectSettings) -> ContactSheet | None:
    """Return an empty contact sheet if one is asked for."""
    if settings.sheet is None:
        return None
    from mien.drawing.contact_sheet import ContactSheet

    return ContactSheet()


def _sinks(settings: DetectSettings, reader: Reader) -> Iterator[Sink]:
    """Open what the results are to be written to."""
    outputs = (settings.json_file, settings.csv_file, settings.parquet_file)
    if all(output is None for output in outputs):
        return
    from mien.media.sinks import CsvSink, JsonSink, ParquetSink

    sets = settings.coverage is not None
    # First, since it may lack its package: then no other file has been replaced.
    if settings.parquet_file is not None:
        yield ParquetSink(settings.parquet_file, reader.vocabulary, sets, "parquet_file")
    if settings.json_file is not None:
        yield JsonSink(settings.json_file, "json_file")
    if settings.csv_file is not None:
        yield CsvSink(settings.csv_file, reader.vocabulary, sets, "csv_file")


def _write_metadata(settings: DetectSettings, reader: Reader) -> None:
    """Write what made the tables beside them."""
    folders = {path.parent.absolute() for path, _ in _tables(settings)}
    names = {"min_confidence", "max_megapixels", "coverage", "flip_tta"}
    values = settings.model_dump(include=names)
    for folder in folders:
        from mien.media.metadata import write_metadata

        write_metadata(folder, reader.name, reader.info, values)


def _console(on_stderr: bool) -> Any:
    from rich.console import Console

    return Console(stderr=on_stderr, highlight=False)


def _show(picture: Picture, on_stderr: bool) -> None:
    """Print the faces of one picture as a table."""
    from rich import box
    from rich.table import Table

    number = len(picture)
    count = "no face" if not number else "1 face" if number == 1 else f"{number} faces"
    typer.echo(f"{picture.source} ({picture.width} x {picture.height}): {count}", err=on_stderr)
    if not number:
        return
    table = Table(box=box.SIMPLE_HEAD)
    headings = ["#", "", "expression", "confidence", "box: x y w h"]
    if picture.coverage is not None:
        headings.insert(4, f"set ({100 * picture.coverage:g}%)")
    for heading in headings:
        table.add_column(heading, justify="right" if heading in ("#", "confidence") else "left")
    for place, face in enumerate(picture, start=1):
        table.add_row(str(place), *_cells(face))
    _console(on_stderr).print(table)


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
