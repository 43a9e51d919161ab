"""Reads the pictures of a request into memory, never onto the disk."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from mien.serving.problems import RefusalError
from mien.serving.service import Service
from mien.words import escaped

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_FILES = 64
"""Pictures in one request."""

_MAX_PARTS = 2 * MAX_FILES
"""Parts of a form, other fields included."""

_RAW = ("image/", "application/octet-stream", "application/x-www-form-urlencoded")
"""What a picture's bytes may be sent as; the last is what curl says unless told otherwise."""

STEADY_SECONDS = 10.0
"""A body is given up if fewer than `STEADY_BYTES` of it arrive in so long, unless it ends."""

STEADY_BYTES = 16_384
"""In `STEADY_SECONDS`, 1.6 kB a second: a tenth of what a poor connection of a phone sends."""

_DRAIN_FACTOR = 4
"""A body of up to this many times the limit is read to its end and dropped, since many clients
read the answer only then."""


@dataclasses.dataclass(frozen=True)
class Upload:
    """One picture of a request."""

    name: str
    """As its file was named; ``"photo"`` if it was not."""
    data: bytes


@dataclasses.dataclass(frozen=True)
class Uploads:
    """The pictures of a request."""

    several: bool
    """Whether they came as a form, which is answered with a list."""
    uploads: tuple[Upload, ...]


async def read_uploads(
    request: Request, service: Service, take: Callable[[int], None]
) -> Uploads:
    """Read the pictures of a request.

    Parameters
    ----------
    request
        Its body is a picture, or a form with files.
    service
        Its limits hold; its threads take forms apart.
    take
        Called with the size of each part that arrives; see `UploadMemory.share`.

    Raises
    ------
    RefusalError
        400 if there is no picture or the form is malformed, 408 if it arrives too slowly, 413 if
        it is too large, 415 if it is something else, 503 if there is no memory for it.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    media_type = kind.decode("latin-1")
    form = media_type == "multipart/form-data"
    if media_type and not form and not media_type.startswith(_RAW):
        raise RefusalError(
            415,
            "Not a picture",
            f"Expected a picture or a form with files, got {media_type[:80]!r}. Send the bytes of"
            " a picture as application/octet-stream, or files as multipart/form-data.",
        )
    body = await _read(request, service.limits.body, service.limits.deadline, take)
    if form:
        job = partial(_files, body, options.get(b"boundary", b""))
        return Uploads(True, await service.workers.run(job))
    if not body:
        raise RefusalError(400, "No picture", "The request has no body; send a picture in it.")
    return Uploads(False, (Upload("photo", body),))


async def _read(
    request: Request, limit: int, seconds: float, take: Callable[[int], None]
) -> bytes:
    """Read a body whole."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        if int(length) <= _DRAIN_FACTOR * limit:
            await _drain(request, seconds)
        raise _too_large(limit)
    body = bytearray()
    try:
        async for chunk in _in_time(request, seconds):
            if len(body) + len(chunk) > limit:
                raise _too_large(limit)
            take(len(chunk))
            body += chunk
    except ClientDisconnect:
        raise RefusalError(400, "Cut off", "The connection ended before the body did.") from None
    return bytes(body)


async def _in_time(request: Request, seconds: float) -> AsyncIterator[bytes]:
    """Yield the parts of a body, which has to arrive steadily and within some seconds.

    Raises
    ------
    RefusalError
        408 if it does not.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    look, arrived = min(end, clock() + STEADY_SECONDS), 0
    parts = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout_at(look):
                part = await anext(parts)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise _too_slow(seconds, clock() >= end) from None
        yield part
        arrived += len(part)
        if arrived >= STEADY_BYTES:
            look, arrived = min(end, clock() + STEADY_SECONDS), 0


def _too_slow(seconds: float, at_end: bool) -> RefusalError:
    """Return the refusal of a body that did not arrive in time, or not steadily."""
    detail = f"The picture did not arrive within {seconds:g} seconds."
    if not at_end:
        detail = f"Less than {STEADY_BYTES:,} bytes arrived within {STEADY_SECONDS:g} seconds."
    return RefusalError(408, "Too slow", detail, headers={"connection": "close"})


async def _drain(request: Request, seconds: float) -> None:
    """Read a body and drop it."""
    with contextlib.suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(seconds):
            async for _ in request.stream():
                pass


def _too_large(limit: int) -> RefusalError:
    return RefusalError(
        413,
        "Request too large",
        f"The request has more than {limit / 1e6:g} MB. Shrink the picture, or send fewer at once.",
        headers={"connection": "close"},
    )


def _files(body: bytes, boundary: bytes) -> tuple[Upload, ...]:
    """Return the files of a form; its other fields are ignored."""
    form = _Form()
    try:
        if not boundary:
            raise FormParserError("no boundary")
        parser = MultipartParser(boundary, form.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError:
        raise _malformed() from None
    if not form.ended:
        raise _malformed()
    if not form.uploads:
        raise RefusalError(400, "No picture", "The form has no file; add one or several.")
    return tuple(form.uploads)


def _too_many() -> RefusalError:
    return RefusalError(413, "Too many pictures", f"Send at most {MAX_FILES} pictures at once.")


def _malformed() -> RefusalError:
    return RefusalError(
        400, "Malformed form", "The body is not a complete form as multipart/form-data has it."
    )


class _Form:
    """Collects the files while a form is parsed."""

    def __init__(self) -> None:
        self.uploads: list[Upload] = []
        self.ended = False
        self._parts = 0
        self._name = b""
        self._value = b""
        self._file: str | None = None
        self._data = bytearray()

    def callbacks(self) -> MultipartCallbacks:
        """Return what the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._part_data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _MAX_PARTS:
            raise _too_many()
        self._file = None
        self._data = bytearray()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            name = parse_options_header(self._value)[1].get(b"filename")
            if name is not None:
                self._file = escaped(name.decode("utf-8", "replace"))[:200] or "photo"
        self._name = self._value = b""

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._data += data[start:end]

    def _end(self) -> None:
        if self._file is None:
            return
        if len(self.uploads) >= MAX_FILES:
            raise _too_many()
        self.uploads.append(Upload(self._file, bytes(self._data)))

    def _finish(self) -> None:
        self.ended = True
