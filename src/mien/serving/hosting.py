"""Runs the application in uvicorn."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn

from mien.serving.app import make_app
from mien.serving.certificates import Certificate
from mien.serving.connections import limited_to
from mien.serving.guards import Guard
from mien.serving.service import Service

STOP_SECONDS = 30
"""How long a server that is told to stop goes on with what it took."""


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
                ws="websockets-sansio",
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
        self._service = service
        self._on_ready = on_ready
        open_ones = self.server_state.connections
        service.metrics.gauge("mien_connections", "Open connections.", lambda: len(open_ones))

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
