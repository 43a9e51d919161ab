"""The stream: frames of a camera in, faces out, over one WebSocket.

``GET /v1/stream``. The server begins with a message that says what it is::

    {"type": "hello", "version": "0.1.0", "network": "mien-s", "networks": ["mien-s", ...],
     "classes": [{"name": "angry", "emoji": "😠", "colour": "#d55e00"}, ...],
     "limits": {"frame_bytes": 20000000, "frames_per_second": 60.0}}

The client sends binary messages, each a frame: 8 bytes of its time in seconds by the client's
clock, a big-endian float64, and a picture as JPEG, WebP or PNG. Times never go back; after a
``reset`` they may start again. Only the newest frame counts: one that comes while another is read
replaces those that wait, so that a slow server drops frames instead of lagging. Every frame that
is read is answered, in order::

    {"type": "faces", "time": 12.34, "width": 640, "height": 480, "network": "mien-s",
     "latency_ms": 21.5, "dropped": 0, "faces": [...]}

The faces are those of ``/v1/detect`` with ``face_id`` and ``raw_probabilities``; ``dropped`` counts
the frames since the last answer that were replaced, and ``latency_ms`` is the time from a frame's
arrival to its answer. A face that is read against a neutral one has ``"neutral": true``.

The client sends text messages too, each a command as JSON:

- ``{"type": "settings", "smooth": 0.3, "min_confidence": 0.4, "net": "mien-s"}``, any of them. The
  first two hold from the next frame on; another network begins anew, with ids from 0. The answer
  is a new ``hello`` where the network changed.
- ``{"type": "learn_neutral", "face_id": 0, "seconds": 3}``: learn the person's own neutral face
  from the frames of the next seconds, and read the face against it from then on. The answer comes
  when they are over: ``{"type": "neutral", "face_id": 0, "neutral": {...}, "doubts": [...]}``.
- ``{"type": "set_neutral", "face_id": 0, "neutral": {...}}``: read the face against a neutral one
  that was learned before, or with null against none; the answer is the same message.
- ``{"type": "reset"}``: forget all faces; answered with ``{"type": "reset"}``.

What cannot be done is answered with ``{"type": "error", "title": ..., "detail": ...}``, and the
stream goes on. The message has the frame's ``time`` if it is about one, and a ``code`` such as
``"picture"`` or ``"setting"`` for errors of the library.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import math
import struct
import time
from typing import Any

from fastapi import APIRouter, Response, WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketState

from mien.errors import MienError
from mien.json_text import from_json
from mien.serving.problems import RefusalError, for_client
from mien.serving.service import Service, busy
from mien.serving.session import Session

router = APIRouter()

_TIME = struct.Struct(">d")

_SEND_SECONDS = 10.0
"""A client that takes nothing for so long is gone."""


class _GoneError(Exception):
    """The client is gone."""


_GONE = (_GoneError, WebSocketDisconnect)


@dataclasses.dataclass(frozen=True)
class _Frame:
    """A frame that came and was not read yet."""

    time: float
    data: bytes
    arrived: float


@router.get("/v1/stream", include_in_schema=False)
async def upgrade_needed() -> Response:
    """Answer a request that is not for a WebSocket."""
    raise RefusalError(
        426,
        "WebSocket needed",
        "Open this address as a WebSocket; /docs describes its messages.",
        headers={"upgrade": "websocket", "connection": "upgrade"},
    )


@router.websocket("/v1/stream")
async def stream(socket: WebSocket) -> None:
    """Read the frames that a client sends; see the module."""
    service: Service = socket.app.state.service
    if service.streams >= service.limits.streams or not service.ready:
        await socket.send_denial_response(busy(5).response())
        return
    service.streams += 1
    try:
        await socket.accept()
        await _Stream(socket, service).run()
    finally:
        service.streams -= 1


class _Stream:
    """One connection: a task receives, another reads the newest frame."""

    def __init__(self, socket: WebSocket, service: Service) -> None:
        self._socket = socket
        self._service = service
        self._session = Session(service.networks)
        self._newest: _Frame | None = None
        self._commands: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self._dropped = 0
        self._last = -math.inf

    async def run(self) -> None:
        """Serve the connection until one side ends it."""
        receiving = asyncio.create_task(self._receive())
        working = asyncio.create_task(self._work())
        tasks = {receiving, working}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception) and not isinstance(end, _GONE):
                raise end

    def _hello(self) -> dict[str, object]:
        from mien import __version__

        limits = self._service.limits
        return {
            "type": "hello",
            "version": __version__,
            "network": self._session.reader.info.name,
            "networks": list(self._service.networks.names),
            "classes": self._session.reader.vocabulary.to_list(),
            "limits": {
                "frame_bytes": limits.body,
                "frames_per_second": limits.frames_per_second,
            },
        }

    async def _receive(self) -> None:
        """Take what comes; of frames only the newest is kept."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("bytes") is not None:
                await self._take_frame(message["bytes"])
            else:
                await self._take_command(message.get("text") or "")

    async def _take_frame(self, data: bytes) -> None:
        if len(data) <= _TIME.size:
            await self._send_error("Not a frame", "Expected 8 bytes of time and a picture.")
            return
        (moment,) = _TIME.unpack_from(data)
        if not math.isfinite(moment) or moment < self._last:
            await self._send_error(
                "Time goes back", "Expected a time in seconds that is not before the last frame's."
            )
            return
        self._last = moment
        if self._newest is not None:
            self._dropped += 1
            self._service.metrics.count("mien_frames_dropped_total")
        self._newest = _Frame(moment, data[_TIME.size :], time.perf_counter())
        self._news.set()

    async def _take_command(self, text: str) -> None:
        try:
            command = from_json(text) if len(text) <= _MAX_COMMAND else None
        except (ValueError, RecursionError):
            command = None
        if not isinstance(command, dict) or not isinstance(command.get("type"), str):
            await self._send_error(
                "Not a command",
                f"Expected a JSON object with a type, of up to {_MAX_COMMAND} characters.",
            )
        elif len(self._commands) >= _MAX_COMMANDS:
            await self._send_error("Too many commands", "Wait for the answers of earlier ones.")
        else:
            if command["type"] == "reset":
                self._last, self._newest = -math.inf, None
            self._commands.append(command)
            self._news.set()

    async def _work(self) -> None:
        """Greet the client, then execute commands and read frames, one after the other."""
        await self._send(self._hello())
        pause = 1 / self._service.limits.frames_per_second
        while True:
            await self._news.wait()
            self._news.clear()
            commands, self._commands = self._commands, []
            for command in commands:
                await self._execute(command)
            if self._newest is not None:
                frame, self._newest = self._newest, None
                start = time.perf_counter()
                await self._read(frame)
                await asyncio.sleep(max(0.0, pause - (time.perf_counter() - start)))

    async def _execute(self, command: dict[str, Any]) -> None:
        before = self._session.reader.info.name
        try:
            answer = await self._service.workers.run(lambda: self._session.execute(command))
        except (MienError, RefusalError) as error:
            await self._report(error)
            return
        if self._session.reader.info.name != before:
            await self._send(self._hello())
        if answer is not None:
            await self._send(answer)

    async def _read(self, frame: _Frame) -> None:
        dropped, self._dropped = self._dropped, 0
        try:
            answer = await self._service.workers.run(
                lambda: self._session.read(frame.data, frame.time)
            )
        except (MienError, RefusalError) as error:
            await self._report(error, frame.time)
            return
        self._service.metrics.count("mien_frames_total")
        self._service.metrics.count("mien_faces_total", len(answer.faces))
        latency = 1e3 * (time.perf_counter() - frame.arrived)
        await self._send(answer.to_dict() | {"latency_ms": round(latency, 1), "dropped": dropped})
        for message in answer.messages:
            await self._send(message)

    async def _report(self, error: MienError | RefusalError, moment: float | None = None) -> None:
        if isinstance(error, RefusalError):
            await self._send_error(error.title, error.detail, moment)
        else:
            title = _TITLES.get(error.code, "Not done")
            await self._send_error(title, str(for_client(error)), moment, error.code)

    async def _send_error(
        self, title: str, detail: str, moment: float | None = None, code: str | None = None
    ) -> None:
        more = {"time": moment, "code": code}
        given = {name: value for name, value in more.items() if value is not None}
        await self._send({"type": "error", "title": title, "detail": detail, **given})

    async def _send(self, message: dict[str, Any]) -> None:
        """Send a message.

        Raises
        ------
        _GoneError
            If the connection is closed, or the client takes nothing any more.
        """
        if self._socket.application_state is not WebSocketState.CONNECTED:
            raise _GoneError
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                await self._socket.send_text(json.dumps(message, ensure_ascii=False))
        except (TimeoutError, RuntimeError) as error:
            raise _GoneError from error


_MAX_COMMAND = 50_000
"""Characters of a command; a neutral face has about 1,000."""

_MAX_COMMANDS = 16
"""Commands that may wait."""

_TITLES = {"picture": "Picture not read", "network": "Network not used", "setting": "Not accepted"}
"""What errors are called, by their code."""
