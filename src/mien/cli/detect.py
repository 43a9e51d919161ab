"""The command mien detect."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mien.cli import complain
from mien.cli.faces import show
from mien.cli.options import with_flags
from mien.cli.sheets import Gathering
from mien.errors import MienError, PictureError, SettingsError
from mien.settings import PredictSettings, Settings, load

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mien.media.sinks import Reading
    from mien.perception.face import Face

app = typer.Typer(add_completion=False)

_STDOUT = "-"
_ELSEWHERE = "Name a folder that can be written to with --out, or use --no-annotate."


@app.command()
@with_flags(PredictSettings)
def detect(
    sources: list[str] | None = typer.Argument(
        None,
        metavar="SOURCE...",
        help="Photos, folders or globs. Of a folder the pictures directly in it are read,"
        " without those that mien wrote.",
        show_default=False,
    ),
    config: Path | None = typer.Option(None, help="TOML file with settings."),
    *,
    flags: dict[str, Any],
) -> None:
    """Read the faces in photos and show their expressions as emoji.

    Exit code: 0 if all was read, 1 if some sources failed, 2 for wrong usage.
    """
    raise typer.Exit(run_predict(load(config, predict={"sources": sources or None, **flags})))


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
    DataError
        If the file of true expressions is none, or does not go with the pictures.
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
    run = _Run(wanted, list(_listed(wanted.sources)))
    run.read_all()
    _write_tables(wanted, run.readings)
    run.gathering.finish(wanted.json_file == _STDOUT)
    return int(run.failed)


def _listed(sources: Sequence[str]) -> Iterator[Path | MienError]:
    """List the pictures that the sources name, and why a source names none."""
    from mien.media.sources import expand, written_by_mien

    for source in sources:
        try:
            paths = expand(source)
        except MienError as error:
            yield error
            continue
        # A shell expands *.jpg to our own outputs too.
        yield from (path for path in paths if len(sources) == 1 or not written_by_mien(path))


class _Run:
    """One run over many pictures."""

    def __init__(
        self, wanted: PredictSettings, listed: Sequence[Path | MienError]
    ) -> None:
        from mien.perception.reader import Reader

        self.gathering = Gathering(wanted, [each for each in listed if isinstance(each, Path)])
        self.readings: list[Reading] = []
        self.failed = False
        self._wanted = wanted
        self._listed = listed
        self._reader = Reader(
            wanted.net,
            wanted.min_confidence,
            wanted.max_megapixels,
            wanted.sets,
            wanted.mirror,
        )
        self._written: dict[Path, Path] = {}

    def read_all(self) -> None:
        """Read the pictures; what fails is named, and the rest goes on."""
        for each in self._listed:
            try:
                if isinstance(each, MienError):
                    raise each
                self._read(each)
            except MienError as error:
                self.failed = True
                self.gathering.unread += error is not each and isinstance(error, PictureError)
                complain(error)

    def _read(self, path: Path) -> None:
        """Read one picture, print its faces, and write its annotated copy."""
        from mien.media.sinks import Reading

        image = self._reader.open(path)
        height, width = image.shape[:2]
        # Names that are no UTF-8 can be opened, but not printed.
        name = str(path).encode("utf-8", "replace").decode()
        reading = Reading(name, width, height, self._reader.read(image))
        self.readings.append(reading)
        self.gathering.add(path, image, reading)
        on_stderr = self._wanted.json_file == _STDOUT
        show(reading, on_stderr)
        if self._wanted.annotate:
            typer.echo(f"  -> {self._annotate(path, image, reading.faces)}", err=on_stderr)

    def _annotate(
        self, path: Path, image: NDArray[np.uint8], faces: Sequence[Face]
    ) -> Path:
        """Write a picture with its faces drawn, and give the file's path."""
        from mien.drawing.annotate import draw
        from mien.files import write_jpeg
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

        from mien.media.sources import MARK

        folder = self._wanted.out or path.parent
        yield folder / f"{path.stem}{MARK}.jpg"
        for number in count(2):
            yield folder / f"{path.stem}-{number}{MARK}.jpg"

    def _is_free(self, target: Path, path: Path) -> bool:
        """Say whether a name was not given to another picture of this run."""
        return self._written.get(target, path).absolute() == path.absolute()


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
    from mien.media.sinks import to_csv, to_json

    if wanted.json_file == _STDOUT:
        typer.echo(to_json(readings), nl=False)
    elif wanted.json_file is not None:
        fix = "Name another file with --json."
        write(Path(wanted.json_file), to_json(readings).encode(), fix)
    if wanted.csv_file is not None:
        table = to_csv(readings, sets=wanted.sets is not None)
        write(wanted.csv_file, table.encode(), "Name another file with --csv.")
