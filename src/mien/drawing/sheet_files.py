"""Writes contact sheets as PNG files: sheet.png, sheet-2.png, ..."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mien import marks
from mien.errors import OutputError, SettingsError
from mien.files import check_folder, write
from mien.media.own_files import written_by_mien
from mien.stdout import is_stdout, write_bytes


def check_sheet_path(path: Path, setting: str | None = None) -> None:
    """Refuse a path where no contact sheet can be written, before any picture is read.

    Raises
    ------
    SettingsError
        If it does not end in .png.
    OutputError
        If another file is there, or the folder cannot be written to or made.
    """
    if path.suffix.lower() != ".png":
        name = path.with_suffix(".png").name if path.name else "sheet.png"
        raise SettingsError(
            f"Expected a PNG file for the contact sheet, got {path}.", f"Name it {name}.", setting
        )
    if not _is_free(path):
        raise OutputError(
            f"{path} already exists and is not a contact sheet of mien's.",
            "Choose another name for the sheet.",
            setting,
        )
    check_folder(path.parent, setting=setting)


def write_sheets(
    sheets: Iterable[NDArray[np.uint8]], first: Path, setting: str | None = None
) -> Iterator[Path]:
    """Write contact sheets, and yield the path of each file once it is written.

    Parameters
    ----------
    sheets
        RGB, ``uint8 [H, W, 3]``.
    first
        Path of the first one; the others have a number in their names. ``-`` is standard output,
        which takes one sheet.
    setting
        The setting that names it, for errors.

    Raises
    ------
    OutputError
        If a file cannot be written.
    SettingsError
        If standard output was to take more than one sheet; it then got the first.
    """
    if is_stdout(first):
        _write_to_stdout(sheets, setting)
        return
    for path, sheet in zip(sheet_names(first), sheets, strict=False):
        write(path, to_png(sheet), setting=setting)
        yield path


def _write_to_stdout(sheets: Iterable[NDArray[np.uint8]], setting: str | None) -> None:
    for number, sheet in enumerate(sheets):
        if number:
            raise SettingsError(
                "There is more than one contact sheet; standard output got only the first.",
                "Name a PNG file to write all of them.",
                setting,
            )
        write_bytes(to_png(sheet))


def sheet_names(first: Path) -> Iterator[Path]:
    """Yield names for the sheets: sheet.png, sheet-2.png, ..., except those of other files."""
    numbered = (first.with_stem(f"{first.stem}-{number}") for number in itertools.count(2))
    yield first
    yield from filter(_is_free, numbered)


def to_png(sheet: NDArray[np.uint8]) -> bytes:
    """Encode a sheet as PNG, marked so that mien never reads it as a photo."""
    from PIL.PngImagePlugin import PngInfo

    info, data = PngInfo(), io.BytesIO()
    info.add_text(*marks.SHEET)
    Image.fromarray(sheet).save(data, "PNG", pnginfo=info)
    return data.getvalue()


def _is_free(path: Path) -> bool:
    """Return whether nothing is there, or an earlier sheet."""
    return not path.exists() or (path.is_file() and written_by_mien(path))
