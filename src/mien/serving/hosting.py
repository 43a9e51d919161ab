"""Runs the application in uvicorn, with limits on slow and idle clients."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from mien.serving.app import make_app
from mien.serving.certificates import Certificate
from mien.serving.guards import Guard
from mien.serving.problems import MEDIA_TYPE, RefusalError
from mien.serving.service import Service

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent
    from websockets.frames import Frame

STOP_SECONDS = 30
"""How long a server that is told to stop goes on with what it took."""

HEAD_SECONDS = 15.0
"""A connection is closed if the head of its next request is not there after so long."""

STUCK_SECONDS = 30.0
"""How often a client that takes its answer slowly is looked at."""

MIN_PROGRESS = 65536
"""Bytes of the answer that it must have taken in that time, about 2 kB a second."""

MAX_FRAGMENTS = 10_000
"""Of one message of a stream; 4 kB each are enough for the largest frame."""


class Host(uvicorn.Server):
    """uvicorn's server, which ends quietly when a signal tells it to.

    Parameters
    ----------
    service
        Networks, threads and limits.
    guard
        Decides who may ask.
    certificate
        For HTTPS; None for HTTP.
    on_ready
        Called once requests are answered.
    """

    def __init__(
        self,
        service: Service,
        guard: Guard,
        certificate: Certificate | None,
        on_ready: Callable[[], object],
    ) -> None:
        super().__init__(
            uvicorn.Config(
                make_app(service, guard),
                http=limited_to(service.limits.connections),
                ws=StreamProtocol,
                ws_max_size=service.limits.body,
                ws_per_message_deflate=False,
                log_level="error",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="on",
                timeout_graceful_shutdown=STOP_SECONDS,
                ssl_certfile=None if certificate is None else certificate.path,
                ssl_keyfile=None if certificate is None else certificate.key,
            )
        )
        self.config.load()
        if self.config.ssl is not None:
            # A ticket comes while the first request goes out. Clients that read and write in two
            # threads, such as that of websockets, then hang now and then.
            self.config.ssl.num_tickets = 0
        self._service = service
        self._on_ready = on_ready
        connections = self.server_state.connections
        service.metrics.gauge("mien_connections", "Open connections.", lambda: len(connections))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing more, and finish what was taken."""
        self._service.ready = False
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at the signals that end a process, without raising them again afterwards."""
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()


class LimitedProtocol(H11Protocol):
    """A connection of one client; see `limited_to`."""

    most = 0
    _waiting: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock, or refuse one connection too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            self._refuse(
                RefusalError(
                    503,
                    "Too many connections",
                    "Close some, or try again later.",
                    headers={"retry-after": "1"},
                )
            )
            return
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Stop the clock once the head of a request is there."""
        super().data_received(data)
        if self._is_answering or self.transport.get_protocol() is not self:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Start the clock again, which a body that nobody reads does not stop."""
        super().on_response_complete()
        if not self._is_answering and not self.transport.is_closing():
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_waiting()
        if self._stuck is not None:
            self._stuck.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Look from time to time at a client that takes its answer slowly."""
        super().pause_writing()
        self._watch_progress()

    def resume_writing(self) -> None:
        """Stop looking."""
        if self._stuck is not None:
            self._stuck.cancel()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP."""
        detail = "The request is not valid HTTP/1.1, or its headers have more than 64 kB."
        self._refuse(RefusalError(400, "Not HTTP", detail))

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_head(self) -> None:
        self._stop_waiting()
        self._waiting = self.loop.call_later(HEAD_SECONDS, self._close_now)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _watch_progress(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._stuck = self.loop.call_later(STUCK_SECONDS, self._check_progress, left)

    def _check_progress(self, left: int) -> None:
        """Close the connection of a client that has taken too little since the last look."""
        if self.transport.get_write_buffer_size() > left - MIN_PROGRESS:
            self._close_now()
        else:
            self._watch_progress()

    def _close_now(self) -> None:
        # Also one that is closing already: it waits for the client to take what is left.
        self.transport.abort()

    def _refuse(self, problem: RefusalError) -> None:
        self.transport.write(_answer(problem))
        self.transport.close()


def limited_to(most: int) -> type[LimitedProtocol]:
    """Return uvicorn's protocol for HTTP with a limit on connections and on their idle time.

    Parameters
    ----------
    most
        Open connections, streams too; one more is refused with 503.
    """
    return type("LimitedProtocol", (LimitedProtocol,), {"most": most})


class StreamProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, but a client can fill neither the memory nor the log."""

    async def send(self, message: ASGISendEvent) -> None:
        """Send a message; uvicorn would log an error for every stream that is refused."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            self.handshake_complete = True

    def handle_ping(self) -> None:
        """Answer a ping, unless the client takes nothing of what it is sent."""
        pongs = self.conn.data_to_send()
        if self.writable.is_set():
            self.transport.write(b"".join(pongs))

    def handle_cont(self, event: Frame) -> None:
        """Take the next fragment of a message; end the stream if there are too many."""
        if len(self.frames) < MAX_FRAGMENTS:
            super().handle_cont(event)
        elif not self.close_sent:
            self._end(1008, "too many fragments")

    def send_receive_event_to_app(self) -> None:
        """Hand on a message; end the stream if a text is not UTF-8."""
        try:
            if self.curr_msg_data_type == "text":
                b"".join(self.frames).decode()
        except UnicodeDecodeError:
            self._end(1007, "not UTF-8")
        else:
            super().send_receive_event_to_app()

    def _end(self, code: int, reason: str) -> None:
        self.frames = []
        self.conn.send_close(code, reason)
        self.handle_parser_exception()


def _answer(problem: RefusalError) -> bytes:
    """Return a whole answer, for a connection that the application never sees."""
    body = problem.to_bytes()
    fields: dict[str, Any] = {
        **problem.headers,
        "content-type": MEDIA_TYPE,
        "content-length": len(body),
        "connection": "close",
    }
    lines = [f"HTTP/1.1 {problem.status} {problem.title}"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
