"""Refuses outputs that would replace a user's own file.

An output may replace an earlier output of mien of the same kind and format, and nothing else. All
outputs of a command are checked before a folder is made or anything is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from mien.errors import SettingsError
from mien.files import canonical, check_folder
from mien.image import SUFFIXES
from mien.outputs.signs import Format, Kind, is_earlier_output
from mien.stdout import STDOUT, is_stdout

_FORMATS: dict[str, Format] = {
    "json_file": "json",
    "csv_file": "csv",
    "parquet_file": "parquet",
    "predictions": "parquet",
}
"""The formats of settings that stand for one, whatever the file is called."""

_KINDS: dict[Kind, Format] = {
    "page": "html", "card": "md", "figure": "png", "sheet": "png", "neutral": "json",
    "summary": "json", "timeline": "png",
}  # fmt: skip
"""The formats of outputs that are only written in one."""

_TABLES: tuple[Format, ...] = ("csv", "json", "parquet")
"""Formats that programs tell by the file extension; files of others are called as users like."""


def check_outputs(
    outputs: Mapping[str, Path | None], inputs: Iterable[Path], *, kind: Kind
) -> None:
    """Refuse outputs that would replace an input, or a file that mien did not write.

    Parameters
    ----------
    outputs
        The files to be written, by the setting that names each; None is not written.
    inputs
        The files and folders that are read.
    kind
        What the outputs hold; only an earlier file of the same kind may be replaced.

    Raises
    ------
    SettingsError
        If an output is one of the inputs, two outputs are the same file, an output has the file
        extension of another format, or an existing file is not an earlier output of mien.
    OutputError
        If the folder of an output cannot be written to or made.
    """
    files = {setting: path for setting, path in outputs.items() if path is not None}
    check_distinct(files)
    read = {_identity(path) for path in inputs}
    for setting, path in files.items():
        form = _FORMATS.get(setting) or _KINDS[kind]
        _check(path, setting, read, kind, form)


def check_folder_of_outputs(
    folder: Path, files: Mapping[str, Kind], inputs: Iterable[Path], setting: str = "out"
) -> None:
    """Refuse a folder in which the files that a command names itself would replace the user's.

    Parameters
    ----------
    folder
        The folder; it need not exist.
    files
        The kind of each file by its name, whose extension gives the format.
    inputs
        The files and folders that are read.
    setting
        The setting that names the folder.

    Raises
    ------
    SettingsError, OutputError
        As `check_outputs`.
    """
    check_folder(folder, setting=setting)
    read = {_identity(path) for path in inputs}
    for name, kind in files.items():
        path = folder / name
        form: Format = path.suffix.removeprefix(".")  # type: ignore[assignment]
        _check(path, setting, read, kind, form)


def check_distinct(outputs: Mapping[str, str | Path | None]) -> None:
    """Refuse two outputs to the same place, which may be standard output.

    Raises
    ------
    SettingsError
        If there are two, however their paths are spelled.
    """
    places: dict[str | Path, str] = {}
    for setting, output in outputs.items():
        if output is None:
            continue
        place = STDOUT if is_stdout(output) else canonical(output)
        if place in places:
            raise SettingsError(
                f"Two outputs have the same name, {output}.", "Choose another name.", setting
            )
        places[place] = setting


def _check(
    path: Path, setting: str, read: set[tuple[int, int] | Path], kind: Kind, form: Format
) -> None:
    """Refuse one output."""
    place = canonical(path)
    if _identity(path) in read:
        raise SettingsError(
            f"{path} would be replaced by the output, but it is read as an input.",
            "Choose another file for the output.",
            setting,
        )
    _check_place(path, place, setting, form)
    if place.is_file() and not is_earlier_output(place, kind, form):
        raise SettingsError(
            f"{path} exists, and is not an earlier output of mien of the same kind.",
            "Choose another file for the output, or remove that one.",
            setting,
        )
    if form != "png" and path.suffix.lower() in SUFFIXES:
        raise SettingsError(
            f"{path} has a picture's file extension, but the output is not a picture.",
            f"Name it {path.with_suffix(f'.{form}').name}.",
            setting,
        )
    other = path.suffix.lower().removeprefix(".")
    if form in _TABLES and other in _TABLES and other != form:
        raise SettingsError(
            f"{path} has the file extension of {other}, but the output is {form}.",
            f"Name it {path.with_suffix(f'.{form}').name}.",
            setting,
        )
    check_folder(place.parent, setting=setting)


def _check_place(path: Path, place: Path, setting: str, form: Format) -> None:
    """Refuse what is not a regular file, and names that are too long."""
    try:
        there = place.exists()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(
            f"Cannot write {path}: {reason}.", "Choose another file for the output.", setting
        ) from error
    if there and place.is_dir():
        raise SettingsError(
            f"Expected a file for the output, but {path} is a folder.",
            f"Name a file in it, such as {path / f'results.{form}'}.",
            setting,
        )
    if there and not place.is_file():
        raise SettingsError(
            f"Expected a regular file for the output, but {path} is a pipe or a device.",
            "Choose a file; where - is allowed, it stands for standard output.",
            setting,
        )


def _identity(path: Path) -> tuple[int, int] | Path:
    """Return what is the same for all names of a file."""
    try:
        place = canonical(path)
        status = place.stat()
    except (OSError, ValueError):
        return path.absolute()
    return status.st_dev, status.st_ino
