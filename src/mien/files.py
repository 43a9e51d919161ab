"""Writes files completely or not at all."""

from __future__ import annotations

import errno
import io
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mien.errors import OutputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def cache_folder() -> Path:
    """Return the user's folder for caches: ``MIEN_CACHE``, or the platform's own.

    Raises
    ------
    OutputError
        If it would be in a home folder, and the user has none.
    """
    if own := os.environ.get("MIEN_CACHE"):
        return Path(own)
    if sys.platform == "darwin":
        return _home() / "Library" / "Caches" / "mien"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else _home() / "AppData" / "Local") / "mien" / "cache"
    shared = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG rules say that a relative path is to be ignored.
    base = Path(shared) if Path(shared).is_absolute() else _home() / ".cache"
    return base / "mien"


def _home() -> Path:
    """Return the home folder for a cache; users of some containers have none."""
    try:
        return Path.home()
    except RuntimeError as error:
        raise OutputError(
            "The cache has no folder, because this user has no home folder.",
            "Name a folder that you may write to in the environment variable MIEN_CACHE.",
        ) from error


ELSEWHERE = "Choose a place that you may write to, with room on its disk."
"""What to do if a file cannot be written."""

TEMPORARY = ".mien-"
"""What the names of files begin with until they are complete."""

JPEG_QUALITY = 92
"""Of annotated copies: labels stay crisp, and files are about as large as the photos."""


def replace(
    path: Path,
    put: Callable[[Path], object],
    fix: str = ELSEWHERE,
    setting: str | None = None,
) -> None:
    """Write a file through a temporary one beside it, so that no reader sees half of it.

    Parameters
    ----------
    path
        The file; an existing one is replaced once the new one is complete. Through a symbolic
        link, the file that it points to is replaced.
    put
        Writes the content to the path that it is called with.
    fix
        What the user can do if the file cannot be written.
    setting
        The setting that the path came from.

    Raises
    ------
    OutputError
        If the folder does not exist or is read-only, or the disk is full.
    """
    part = begin(path, fix, setting)
    try:
        put(part)
        finish(part, path, fix, setting)
    except OSError as error:
        raise cannot_write(path, error, fix, setting) from error
    finally:
        part.unlink(missing_ok=True)


def begin(
    path: Path, fix: str = ELSEWHERE, setting: str | None = None, prefix: str = TEMPORARY
) -> Path:
    """Make the temporary file beside `path` that `finish` puts in its place.

    Parameters
    ----------
    path, fix, setting
        As for `replace`.
    prefix
        What its name begins with: `TEMPORARY`, and more where it is to be recognised later.

    Raises
    ------
    OutputError
        If the folder is missing or may not be written to, or the disk is full.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=prefix, dir=_place_of(path).parent)
    except OSError as error:
        raise cannot_write(path, error, fix, setting) from error
    os.close(handle)
    return Path(name)


def finish(
    part: Path, path: Path, fix: str = ELSEWHERE, setting: str | None = None
) -> None:
    """Put a temporary file that `begin` made in the place of `path`.

    Raises
    ------
    OutputError
        If it cannot be put there.
    """
    try:
        place = _place_of(path)
        # mkstemp makes a private file; a new one has the permissions that the umask leaves.
        part.chmod(place.stat().st_mode & 0o777 if place.exists() else 0o666 & ~_umask())
        part.replace(place)
    except OSError as error:
        raise cannot_write(path, error, fix, setting) from error


def canonical(path: str | Path) -> Path:
    """Return the one path of a file or folder, which need not exist: without links and ``..``.

    A ``..`` after a folder that does not exist leads back to where that would be, whether or not
    it is created in the meantime.
    """
    return Path(os.path.realpath(path))


def is_open_file(file: IO[Any], path: Path) -> bool:
    """Return whether an open file is still what a path names."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False


def _place_of(path: Path) -> Path:
    """Return where a file is to be put: for a symbolic link, where it points to."""
    place = canonical(path)
    # Links that form a loop.
    if place.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return place


def open_for_arrow(path: Path) -> Any:
    """Open a file for pyarrow to read; a context manager, without types.

    pyarrow takes no path whose name is not UTF-8. A file of Python's may be let go of in one of
    pyarrow's threads, which ends the process if Python itself is just ending.

    Raises
    ------
    OSError
        If it cannot be opened.
    """
    import pyarrow

    # Python's own sentence for a missing file; Arrow's holds the path twice.
    path.stat()
    return pyarrow.OSFile(os.fsencode(path))


def write(
    path: Path, data: bytes, fix: str = ELSEWHERE, setting: str | None = None
) -> None:
    """Write bytes to a file, completely or not at all, as `replace` does."""
    replace(path, lambda part: part.write_bytes(data), fix, setting)


def write_jpeg(
    path: Path,
    image: NDArray[np.uint8],
    fix: str = ELSEWHERE,
    setting: str | None = None,
    comment: bytes = b"",
) -> None:
    """Write a picture, RGB ``uint8 [H, W, 3]``, as JPEG, completely or not at all.

    Parameters
    ----------
    path, fix, setting
        As for `replace`.
    image
        The pixels, in sRGB, which a JPEG without a profile is.
    comment
        Text to store in the file.

    Raises
    ------
    OutputError
        If the file cannot be written, or a side is longer than the 65,500 pixels of a JPEG.
    """
    from PIL import Image

    data = io.BytesIO()
    try:
        Image.fromarray(image).save(data, "JPEG", quality=JPEG_QUALITY, comment=comment)
    except (OSError, ValueError) as error:
        height, width = image.shape[:2]
        raise OutputError(
            f"Cannot write {path}: {width} x {height} pixels are too many for a JPEG.",
            "Shrink the picture, or write no annotated copy.",
            "annotate",
        ) from error
    write(path, data.getvalue(), fix, setting)


def check_folder(folder: Path, fix: str = ELSEWHERE, setting: str | None = None) -> None:
    """Refuse a folder for outputs that cannot be made or written to; nothing is made yet.

    Raises
    ------
    OutputError
        If it is a file, would be inside one, or cannot be written to or made.
    """
    try:
        place = canonical(folder)
        while not place.exists() and place != place.parent:
            place = place.parent
    except OSError as error:
        raise _no_folder(folder, error, fix, setting) from error
    if not place.is_dir():
        what = "it is a file" if place == canonical(folder) else f"{place} is a file"
        raise OutputError(
            f"Cannot make the folder {folder}: {what}.", "Choose another folder.", setting
        )
    if not os.access(place, os.W_OK):
        raise OutputError(f"Cannot write to the folder {place}: it is read-only.", fix, setting)


def make_folder(folder: Path, fix: str = ELSEWHERE, setting: str | None = None) -> None:
    """Make a folder for outputs, before any work is done that would be lost without it.

    Raises
    ------
    OutputError
        If it cannot be made, or exists and is read-only.
    """
    check_folder(folder, fix, setting)
    try:
        canonical(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_folder(folder, error, fix, setting) from error


def _no_folder(folder: Path, error: OSError, fix: str, setting: str | None) -> OutputError:
    """Return an error that says why a folder cannot be made."""
    reason = error.strerror or error
    return OutputError(f"Cannot make the folder {folder}: {reason}.", fix, setting)


def _umask() -> int:
    """Read the umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def cannot_write(
    path: Path, error: OSError, fix: str = ELSEWHERE, setting: str | None = None
) -> OutputError:
    """Return an error that says why a file was not written."""
    return OutputError(f"Cannot write {path}: {error.strerror or error}.", fix, setting)
