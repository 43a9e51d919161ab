"""Makes the bodies of requests, and tells what refusals mean."""

from __future__ import annotations

import contextlib
import io
import json
import os
import ssl
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien.client.answers import ERRORS
from mien.errors import MienError, PictureError, ServerError, SettingsError
from mien.perception.pixels import Source, open_picture, source_name

if TYPE_CHECKING:
    import httpx

RETRY_SECONDS = 60.0
"""Seconds for which a busy server is asked again."""

_MIN_WAIT = 0.1
"""Seconds before it is asked again at the earliest."""


@contextlib.contextmanager
def server_errors(url: str) -> Iterator[None]:
    """Turn what httpx and websockets raise into the library's errors."""
    try:
        yield
    # Broad on purpose: the packages' errors share no base class.
    except Exception as error:
        ours = type(error).__module__.split(".")[0] in ("httpx", "websockets")
        if not ours and not isinstance(error, OSError | TimeoutError):
            raise
        refusal = getattr(error, "response", None)
        if refusal is not None:
            raise _refusal(refusal.status_code, refusal.body or b"") from error
        raise ServerError(
            f"{url} does not answer: {str(error) or 'it takes too long'}.",
            "Check that mien serve runs there, and the address.",
        ) from error


@contextlib.contextmanager
def foreign_answers(url: str) -> Iterator[None]:
    """Turn what goes wrong with an answer that is not mien's into a `ServerError`."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ServerError(
            f"{url} does not answer as a server of mien.", "Check the address, and its version."
        ) from error


def tls(url: str, certificate: str | Path | None) -> ssl.SSLContext:
    """Return how a server's certificate is checked: against one, or the usual authorities.

    Raises
    ------
    SettingsError
        If the file is not a certificate.
    """
    if certificate is None and not url.startswith("https:"):
        # It is not used, and loading the authorities takes a while.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return ssl.create_default_context(cafile=None if certificate is None else str(certificate))
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


def to_frame(moment: float, source: Source) -> bytes:
    """Return a frame's time in seconds and its picture as a message of the stream."""
    return struct.pack(">d", moment) + to_bytes(source)


def faces_message(text: str | bytes) -> Mapping[str, Any] | None:
    """Return the stream's message about the faces of a frame; None for another message.

    Raises
    ------
    PictureError, NetError, SettingsError, ServerError
        If the server could not read the frame, or refuses a setting.
    """
    message: Mapping[str, Any] = json.loads(text)
    if message["type"] == "error":
        kind = ERRORS.get(message.get("code", ""), ServerError)
        raise kind(f"{message['title']}: {message['detail']}")
    return message if message["type"] == "faces" else None


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
    try:
        seconds = max(_MIN_WAIT, int(answer.headers.get("retry-after", "1")))
    except ValueError:
        # It may be a date.
        seconds = 1.0
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
    raise _refusal(answer.status_code, answer.content)


def _refusal(status: int, body: bytes) -> MienError:
    """Return the error of a refusal, which a proxy may have sent too."""
    try:
        problem = json.loads(body)
        return ERRORS.get(problem.get("code"), ServerError)(str(problem["detail"]))
    except (ValueError, TypeError, LookupError, AttributeError):
        return ServerError(f"The server answered with status {status}.")
