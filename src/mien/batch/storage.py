"""Opens files on this machine, and at URLs by fsspec."""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from mien.errors import DataError, MienError, PictureError, require
from mien.image import MAX_MEGABYTES, check_bytes

_URL = re.compile(r"([a-z][a-z0-9+.-]+)://([^/]*)", re.IGNORECASE)

_S3 = ("s3", "s3a")


class _GoneError(DataError):
    """One file is missing or may not be read, which says nothing of the others."""


def is_url(name: str) -> bool:
    """Return whether a source is a URL that fsspec opens."""
    return _URL.match(name) is not None


class Storage:
    """Opens what a plan names; may be shared between threads.

    Parameters
    ----------
    folder
        What relative paths start from; the current folder if empty.
    endpoint
        URL of an S3 service other than Amazon's.
    max_megabytes
        Pictures with more million bytes are refused.
    """

    def __init__(
        self,
        folder: str = "",
        endpoint: str | None = None,
        max_megabytes: float = MAX_MEGABYTES,
    ) -> None:
        self._folder = folder
        self._endpoint = endpoint
        self._max_megabytes = max_megabytes
        self._systems: dict[tuple[str, str], Any] = {}

    def local(self, name: str) -> str:
        """Return the path of a local source; a name that is not UTF-8 stays as it is."""
        return os.path.join(self._folder, name)

    def remote(self, url: str) -> tuple[Any, str]:
        """Return the file system of a URL, which has no types, and the path in it.

        Raises
        ------
        MissingExtraError
            If a package that it needs is not installed.
        DataError
            If there is no such protocol.
        """
        match = _URL.match(url)
        assert match is not None
        protocol = match[1].lower()
        # Elsewhere, another host is another system; buckets have one in common.
        key = protocol, "" if protocol in _S3 else match[2]
        if key not in self._systems:
            self._systems[key] = self._opened(url, protocol)
        system = self._systems[key]
        return system, system._strip_protocol(url)

    def _opened(self, url: str, protocol: str) -> Any:
        require("fsspec", "batch")
        options: dict[str, Any] = {}
        if protocol in _S3:
            require("s3fs", "batch-s3")
            # One request for a picture: others are fetched at the same time.
            options = {"max_concurrency": 1}
            options |= {"endpoint_url": self._endpoint} if self._endpoint else {}
        from fsspec.core import url_to_fs

        with explained(url):
            # Listings are read once: to keep them would take memory for every picture.
            return url_to_fs(url, use_listings_cache=False, **options)[0]

    def size(self, name: str) -> int | None:
        """Return the bytes of a file; None if its server does not say.

        Raises
        ------
        DataError
            If there is no such file, or it cannot be reached.
        """
        with explained(name):
            if is_url(name):
                system, path = self.remote(name)
                size = system.info(path).get("size")
                return None if size is None else int(size)
            return os.stat(self.local(name)).st_size

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
                file = io.BufferedReader(system.open(path, "rb"))
            else:
                file = open(self.local(name), "rb")  # noqa: SIM115
        with file:
            yield file

    def content(self, name: str, size: int | None = None) -> bytes:
        """Return what is in the file of a picture.

        Parameters
        ----------
        name
            Path or URL.
        size
            The bytes that it had when the run was planned, if that is known.

        Raises
        ------
        PictureError
            If the file is missing, cannot be read, is over the limit, or has another size.
        DataError
            If its server cannot be reached, so that other pictures there cannot be either.
        """
        self.refuse_large(size or 0, name)
        data = self._remote_content(name) if is_url(name) else self._local_content(name)
        if size is not None and len(data) != size:
            raise PictureError(changed(name, size, len(data)), "Read it in a run of its own.")
        return data

    def refuse_large(self, size: int, name: str) -> None:
        """Refuse a picture of too many bytes.

        Raises
        ------
        PictureError
            If it is over the limit.
        """
        check_bytes(size, name, self._max_megabytes)

    def unreachable(self, name: str) -> bool:
        """Return whether not only a file but the server that it is on cannot be reached."""
        try:
            self.size(name)
        except _GoneError:
            return False
        except DataError:
            return True
        return False

    def _local_content(self, name: str) -> bytes:
        """Return the bytes of a local file, with the words of `mien.image.load` if that fails."""
        try:
            with open(self.local(name), "rb", opener=_open_at_once) as file:
                status = os.fstat(file.fileno())
                if stat.S_ISREG(status.st_mode):
                    self.refuse_large(status.st_size, name)
                    return file.read()
        except FileNotFoundError as error:
            raise PictureError(
                f"Expected a picture at {name}, but there is no such file.", "Check the path."
            ) from error
        except (OSError, ValueError) as error:
            raise PictureError(
                f"Cannot read {name}: {_reason(error)}.", "Check the path and its permissions."
            ) from error
        raise PictureError(
            f"Expected a picture at {name}, but it is a pipe or a device.", "Name a file."
        )

    def _remote_content(self, url: str) -> bytes:
        try:
            with explained(url):
                data = self._system_content(url)
        except _GoneError as error:
            raise PictureError(error.problem, error.fix) from error
        # Not every server says beforehand how large a file is.
        self.refuse_large(len(data), url)
        return data

    def _system_content(self, url: str) -> bytes:
        system, path = self.remote(url)
        data: bytes = system.cat_file(path)
        return data


def changed(name: str, then: int, now: int) -> str:
    """Return the sentence on a file that has changed."""
    return (
        f"{name} has changed since the run was planned: it had {then:,} bytes, and now has {now:,}."
    )


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn whatever a file system raises into a sentence that names the file.

    fsspec's file systems have no common base class for what they raise.

    Raises
    ------
    DataError
        In place of what was raised, unless that is an error of mien's.
    """
    try:
        yield
    except MienError:
        raise
    except FileNotFoundError as error:
        if (cause := _http_failure(error)) is not None:
            raise _unreachable(name, cause) from error
        raise _GoneError(f"There is no file {name}.", "Check the path.") from error
    except (PermissionError, IsADirectoryError, NotADirectoryError) as error:
        raise _GoneError(
            f"Cannot read {name}: {_reason(error)}.", "Check the path and its permissions."
        ) from error
    except Exception as error:
        raise _unreachable(name, error) from error


def _http_failure(error: FileNotFoundError) -> Exception | None:
    """Return why a server did not answer; for HTTP, fsspec then calls the file missing.

    An answer between 400 and 499 is about the file, but for 429, which is about too many requests.
    """
    cause = error.__cause__
    if not isinstance(cause, Exception):
        return None
    status = getattr(cause, "status", None)
    is_http = isinstance(cause, OSError) or type(cause).__module__.startswith("aiohttp")
    return cause if is_http and (status == 429 or status not in range(400, 500)) else None


def _unreachable(name: str, error: Exception) -> DataError:
    """Return an error that says why not only a file cannot be read."""
    fix = "Check the address, the connection and the credentials; then the same run goes on."
    return DataError(
        f"Cannot read {name}: {_reason(error)}.", fix if is_url(name) else "Check the path."
    )


def _open_at_once(path: str, flags: int) -> int:
    """Open a file without waiting, as would be for the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _reason(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(reason).rstrip(".")
