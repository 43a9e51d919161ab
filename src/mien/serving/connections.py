"""Limits what a connection may cost before a request has come in whole."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from mien.serving.problems import MEDIA_TYPE, RefusalError

HEAD_SECONDS = 15.0
"""A connection that has not sent the head of a request after so long is closed."""

STUCK_SECONDS = 30.0
"""A client that takes nothing of its answer for so long is gone."""


class LimitedProtocol(H11Protocol):
    """A connection of one client; see `limited_to`."""

    most = 0
    _idle: asyncio.TimerHandle | None = None
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
        self._idle = self.loop.call_later(HEAD_SECONDS, self._close_now)

    def data_received(self, data: bytes) -> None:
        """Stop the clock once the head of a request is there."""
        super().data_received(data)
        if self.scope is not None and self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        for clock in (self._idle, self._stuck):
            if clock is not None:
                clock.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Start the clock for a client that takes its answer slowly."""
        super().pause_writing()
        self._stuck = self.loop.call_later(STUCK_SECONDS, self._close_now)

    def resume_writing(self) -> None:
        """Stop that clock."""
        if self._stuck is not None:
            self._stuck.cancel()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP."""
        self._refuse(RefusalError(400, "Not HTTP", msg))

    def _close_now(self) -> None:
        if not self.transport.is_closing():
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
