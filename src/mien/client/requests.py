"""Makes the bodies of requests, and tells what refusals mean."""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien.client.answers import ERRORS
from mien.errors import MienError, PictureError, ServerError, SettingsError
from mien.perception.pixels import Source, open_picture, source_name

if TYPE_CHECKING:
    import httpx

PATIENCE = 60.0
"""Seconds for which a busy server is asked again."""


@contextlib.contextmanager
def server_errors(url: str) -> Iterator[None]:
    """Turn what httpx and websockets raise into a `ServerError`."""
    try:
        yield
    except MienError:
        raise
    # Broad on purpose: the packages' errors share no base class.
    except Exception as error:
        ours = type(error).__module__.split(".")[0] in ("httpx", "websockets")
        if not ours and not isinstance(error, OSError | TimeoutError):
            raise
        raise ServerError(
            f"{url} does not answer: {error or type(error).__name__}.",
            "Check that mien serve runs there, and the address.",
        ) from error


def tls(certificate: str | Path | None) -> Any:
    """Return how certificates are checked: against this one, or the usual authorities."""
    import ssl

    if certificate is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(certificate))
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"{certificate} is not a certificate in PEM format: {error}.",
            "Name the certificate of the server.",
            "certificate",
        ) from error


def to_bytes(source: Source) -> bytes:
    """Return a picture as a file's bytes; pixels become PNG, which loses nothing.

    Raises
    ------
    PictureError
        If the file cannot be read, or it is not a picture.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if isinstance(source, str | os.PathLike):
        try:
            return Path(source).read_bytes()
        except OSError as error:
            raise PictureError(
                f"Cannot read {source}: {error.strerror or error}.", "Check the path."
            ) from error
    if hasattr(source, "read"):
        return source.read()
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(open_picture(source)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def to_form(sources: Sequence[Source]) -> list[tuple[str, tuple[str, bytes]]]:
    """Return several pictures as the files of a form."""
    return [("files", (Path(source_name(one)).name or "photo", to_bytes(one))) for one in sources]


def query(**values: object) -> dict[str, str]:
    """Return the query of a request, without what is not given."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value is not None
    }


def seconds_to_wait(answer: httpx.Response, end: float) -> float | None:
    """Return for how long to wait before asking again; None if that is of no use."""
    if answer.status_code != 503:
        return None
    seconds = float(answer.headers.get("retry-after", "1"))
    return seconds if time.monotonic() + seconds < end else None


def checked(answer: httpx.Response) -> httpx.Response:
    """Return an answer, or raise what it says is wrong.

    Raises
    ------
    PictureError, NetError, SettingsError
        If the library would have raised it.
    ServerError
        If the server refuses for another reason.
    """
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
        kind = ERRORS.get(problem.get("code"), ServerError)
        text = str(problem["detail"])
    except (ValueError, KeyError, AttributeError):
        kind, text = ServerError, f"The server answered with status {answer.status_code}."
    raise kind(text)
