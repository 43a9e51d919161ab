"""Opens files on this machine, and at URLs by fsspec."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from mien.errors import DataError, MienError, PictureError, require

_URL = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)

_EXTRAS = {"s3": "batch-s3", "s3a": "batch-s3"}
"""The extras of mien that install what a URL's protocol needs, other than fsspec."""


def is_url(name: str) -> bool:
    """Return whether a source is a URL that fsspec opens."""
    match = _URL.match(name)
    return match is not None and match[1].lower() != "file"


class Storage:
    """Opens what a plan names; may be shared between threads.

    Parameters
    ----------
    folder
        What relative paths start from.
    endpoint
        URL of an S3 service other than Amazon's.
    """

    def __init__(self, folder: str = "", endpoint: str | None = None) -> None:
        self._folder = folder
        self._endpoint = endpoint

    def local(self, name: str) -> Path:
        """Return the path of a local source."""
        return Path(os.path.join(self._folder, re.sub("^file://", "", name)))  # noqa: PTH118

    def remote(self, name: str) -> tuple[Any, str]:
        """Return the file system of a URL, which has no types, and the path in it.

        Raises
        ------
        MissingExtraError
            If a package that it needs is not installed.
        DataError
            If there is no such protocol.
        """
        require("fsspec", "batch")
        protocol = name.partition("://")[0].lower()
        if protocol in _EXTRAS:
            require("s3fs", _EXTRAS[protocol])
        from fsspec.core import url_to_fs

        options = {"endpoint_url": self._endpoint} if self._endpoint and protocol in _EXTRAS else {}
        with explained(name):
            system, path = url_to_fs(name, use_listings_cache=False, **options)
            return system, path

    def size(self, name: str) -> int:
        """Return the bytes of a file.

        Raises
        ------
        DataError
            If there is no such file, or it cannot be reached.
        """
        with explained(name):
            if is_url(name):
                system, path = self.remote(name)
                return int(system.info(path)["size"])
            return self.local(name).stat().st_size

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file for reading.

        Raises
        ------
        DataError
            If there is no such file, or it cannot be read.
        """
        with explained(name):
            if is_url(name):
                system, path = self.remote(name)
                file = system.open(path, "rb")
            else:
                file = self.local(name).open("rb")
        with file:
            yield file

    def content(self, name: str, size: int | None = None) -> bytes:
        """Return what is in the file of a picture.

        Raises
        ------
        PictureError
            If there is no such file, it may not be read, or it has not the `size` in bytes that it
            had when the run was planned.
        DataError
            If it cannot be reached at all, so that other pictures there cannot be either.
        """
        if is_url(name):
            system, path = self.remote(name)
            try:
                with explained(name):
                    data: bytes = system.cat_file(path)
            except _GoneError as error:
                raise PictureError(error.problem, error.fix) from error
        else:
            data = _local_content(self.local(name), name)
        if size is not None and len(data) != size:
            raise PictureError(
                f"{name} has changed since the run was planned: it had {size:,} bytes, and now has"
                f" {len(data):,}.",
                "Read it in a run of its own.",
            )
        return data


class _GoneError(DataError):
    """One file is missing or may not be read, which says nothing of the others."""


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn whatever a file system raises into a sentence that names the file.

    fsspec's file systems have no common base class for what they raise.
    """
    try:
        yield
    except MienError:
        raise
    except FileNotFoundError as error:
        raise _GoneError(f"There is no file {name}.", "Check the path.") from error
    except (PermissionError, IsADirectoryError) as error:
        reason = error.strerror or error
        raise _GoneError(f"Cannot read {name}: {reason}.", "Check its permissions.") from error
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise DataError(
            f"Cannot read {name}: {reason.rstrip('.')}.",
            "Check the address, the connection and the credentials; the same run goes on later.",
        ) from error


def _local_content(path: Path, name: str) -> bytes:
    """Return the bytes of a local file, with the words of `mien.image.load` if that fails."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise PictureError(
            f"Expected a picture at {name}, but there is no such file.", "Check the path."
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PictureError(
            f"Cannot read {name}: {reason}.", "Check the path and its permissions."
        ) from error
