"""The command mien detect."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mien.cli import complain
from mien.cli.options import flag
from mien.errors import MienError, SettingsError
from mien.settings import PredictSettings, Settings, load

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mien.perception.face import Face
    from mien.perception.table import Reading

app = typer.Typer(add_completion=False)

_STDOUT = "-"
_ELSEWHERE = "Name a folder that can be written to with --out, or use --no-annotate."


@app.command()
def detect(
    sources: list[str] | None = typer.Argument(
        None,
        metavar="SOURCE...",
        help="Photos, folders or globs. Of a folder the pictures directly in it are read,"
        " without those that mien wrote.",
        show_default=False,
    ),
    net: str | None = flag(PredictSettings, "net"),
    out: Path | None = flag(PredictSettings, "out"),
    json_file: str | None = flag(PredictSettings, "json_file"),
    csv_file: Path | None = flag(PredictSettings, "csv_file"),
    annotate: bool | None = flag(PredictSettings, "annotate"),
    explain: bool | None = flag(PredictSettings, "explain"),
    min_confidence: float | None = flag(PredictSettings, "min_confidence"),
    sets: float | None = flag(PredictSettings, "sets"),
    max_megapixels: float | None = flag(PredictSettings, "max_megapixels"),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
) -> None:
    """Read the faces in photos and show their expressions as emoji.

    Exit code: 0 if all was read, 1 if some sources failed, 2 for wrong usage.
    """
    flags = {
        "sources": sources or None,
        "net": net,
        "out": out,
        "json": json_file,
        "csv": csv_file,
        "annotate": annotate,
        "explain": explain,
        "min_confidence": min_confidence,
        "sets": sets,
        "max_megapixels": max_megapixels,
    }
    raise typer.Exit(run_predict(load(config, predict=flags)))


def run_predict(settings: Settings) -> int:
    """Read pictures as the settings say, print their faces, and write what was asked for.

    Returns
    -------
    int
        The exit code: 0 if all was read and written, 1 if a source failed. Each failure is
        named on stderr, and the other sources are read nevertheless.

    Raises
    ------
    SettingsError
        If no source was named, or an output cannot be written.
    NetError
        If there is no such network.
    """
    wanted = settings.predict
    if not wanted.sources:
        raise SettingsError(
            "No pictures were named.", "Name photos, folders or globs: mien detect party.jpg."
        )
    if wanted.explain and not wanted.annotate:
        raise SettingsError(
            "--explain draws on the annotated copy, which --no-annotate leaves out.",
            "Leave one of them out.",
        )
    _print_anything()
    _make_folders(wanted)
    run = _Run(wanted)
    for source in wanted.sources:
        run.read_all(source)
    _write_tables(wanted, run.readings)
    return int(run.failed)


class _Run:
    """One run over many pictures."""

    def __init__(self, wanted: PredictSettings) -> None:
        from mien.perception.reader import Reader

        self.readings: list[Reading] = []
        self.failed = False
        self._wanted = wanted
        self._reader = Reader(
            wanted.net, wanted.min_confidence, wanted.max_megapixels, wanted.sets
        )
        self._written: dict[Path, Path] = {}

    def read_all(self, source: str) -> None:
        """Read the pictures that a source names; what fails is named, the rest goes on."""
        from mien.perception.sources import expand, written_by_mien

        try:
            paths = expand(source)
        except MienError as error:
            self._fail(error)
            return
        for path in paths:
            # A shell expands *.jpg to our own outputs too.
            if written_by_mien(path) and len(self._wanted.sources) > 1:
                continue
            try:
                self._read(path)
            except MienError as error:
                self._fail(error)

    def _fail(self, error: MienError) -> None:
        self.failed = True
        complain(error)

    def _read(self, path: Path) -> None:
        """Read one picture, print its faces, and write its annotated copy."""
        from mien.perception.table import Reading

        image = self._reader.open(path)
        height, width = image.shape[:2]
        # Names that are no UTF-8 can be opened, but not printed.
        name = str(path).encode("utf-8", "replace").decode()
        reading = Reading(name, width, height, self._reader.read(image))
        self.readings.append(reading)
        on_stderr = self._wanted.json_file == _STDOUT
        _show(reading, on_stderr)
        if self._wanted.annotate:
            typer.echo(f"  -> {self._annotate(path, image, reading.faces)}", err=on_stderr)

    def _annotate(
        self, path: Path, image: NDArray[np.uint8], faces: Sequence[Face]
    ) -> Path:
        """Write a picture with its faces drawn, and give the file's path."""
        from mien.files import write_jpeg
        from mien.perception.draw import draw
        from mien.perception.explain import overlay

        target = next(each for each in self._names(path) if self._is_free(each, path))
        if self._wanted.explain:
            for face in faces:
                image = overlay(image, face, self._reader.explain(face))
        write_jpeg(target, draw(image, faces), _ELSEWHERE)
        self._written[target] = path
        return target

    def _names(self, path: Path) -> Iterator[Path]:
        """List names for the annotated copy: party.mien.jpg, party-2.mien.jpg, ..."""
        from itertools import count

        from mien.perception.sources import MARK

        folder = self._wanted.out or path.parent
        yield folder / f"{path.stem}{MARK}.jpg"
        for number in count(2):
            yield folder / f"{path.stem}-{number}{MARK}.jpg"

    def _is_free(self, target: Path, path: Path) -> bool:
        """Say whether a name was not given to another picture of this run."""
        return self._written.get(target, path).absolute() == path.absolute()


def _show(reading: Reading, on_stderr: bool) -> None:
    """Print the faces of one picture as a table."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    number = len(reading.faces)
    found = "no face" if not number else "1 face" if number == 1 else f"{number} faces"
    typer.echo(f"{reading.source} ({reading.width} x {reading.height}): {found}", err=on_stderr)
    if not number:
        return
    table = Table(box=box.SIMPLE_HEAD)
    headings = ["#", "", "expression", "confidence", "box: x y w h"]
    coverage = reading.faces[0].coverage
    if coverage is not None:
        headings.insert(4, f"set ({100 * coverage:g}%)")
    for heading in headings:
        table.add_column(heading, justify="right" if heading in ("#", "confidence") else "left")
    for count, face in enumerate(reading.faces, start=1):
        table.add_row(str(count), *_cells(face))
    Console(stderr=on_stderr, highlight=False).print(table)


def _cells(face: Face) -> Iterator[str]:
    """Give one face's row of the table."""
    from mien.perception.sets import in_words

    yield face.expression.emoji
    yield f"{face.expression.name}{'' if face.sure else ' (unsure)'}"
    yield f"{face.confidence:.0%}"
    if face.expressions is not None:
        yield in_words(face.expressions)
    yield " ".join(f"{value:.0f}" for value in face.box)


def _print_anything() -> None:
    """Let a terminal or pipe without Unicode show ? for an emoji, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _make_folders(wanted: PredictSettings) -> None:
    """Make the folders of the outputs, so that nothing is read in vain."""
    from mien.files import make_folder

    if wanted.out is not None and wanted.annotate:
        make_folder(wanted.out, "Name another folder with --out.")
    for kind, file in (("json", wanted.json_file), ("csv", wanted.csv_file)):
        if file is not None and file != _STDOUT:
            make_folder(Path(file).parent, f"Name another file with --{kind}.")


def _write_tables(wanted: PredictSettings, readings: list[Reading]) -> None:
    """Write the JSON and CSV that were asked for."""
    from mien.files import write
    from mien.perception.table import to_csv, to_json

    if wanted.json_file == _STDOUT:
        typer.echo(to_json(readings), nl=False)
    elif wanted.json_file is not None:
        fix = "Name another file with --json."
        write(Path(wanted.json_file), to_json(readings).encode(), fix)
    if wanted.csv_file is not None:
        table = to_csv(readings, sets=wanted.sets is not None)
        write(wanted.csv_file, table.encode(), "Name another file with --csv.")
