"""Starts the server, and runs it until it is told to stop."""

from __future__ import annotations

import contextlib
import errno
import secrets
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn

from mien.errors import SettingsError
from mien.serving.app import make_app
from mien.serving.certificates import Certificate, own_certificate
from mien.serving.connections import limited_to
from mien.serving.guards import EVERYWHERE, Guard, is_local
from mien.serving.service import Service
from mien.settings import ServeSettings

STOP_SECONDS = 30
"""How long a server that is told to stop goes on with what it took."""


class Server:
    """A server that listens, but does not answer yet.

    Parameters
    ----------
    settings
        How it runs.

    Raises
    ------
    SettingsError
        If it cannot listen there, or the certificate cannot be used.
    NetError
        If there is no such network, or its files do not fit together.

    Examples
    --------
    >>> server = Server(settings.serve)
    >>> print(server.url)
    http://127.0.0.1:8000/
    >>> server.run()
    """

    def __init__(self, settings: ServeSettings) -> None:
        self.certificate = _certificate(settings)
        """What HTTPS works with; None for HTTP."""
        self.token = _token(settings)
        """The secret that requests must carry; None if none is asked for."""
        self._socket = _listen(settings.address, settings.port)
        self.address: str = settings.address
        self.port: int = self._socket.getsockname()[1]
        try:
            self.service = Service(settings)
        except BaseException:
            self._socket.close()
            raise
        guard = Guard((*settings.names, settings.address), self.token)
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                make_app(self.service, guard),
                http=limited_to(settings.max_connections),
                ws="websockets-sansio",
                ws_max_size=self.service.limits.body,
                ws_per_message_deflate=False,
                log_level="error",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="on",
                timeout_graceful_shutdown=STOP_SECONDS,
                ssl_certfile=None if self.certificate is None else self.certificate.path,
                ssl_keyfile=None if self.certificate is None else self.certificate.key,
            )
        )

    @property
    def is_exposed(self) -> bool:
        """Whether other machines can reach it."""
        return not is_local(self.address)

    @property
    def url(self) -> str:
        """Where a browser on this machine opens it, with the token."""
        scheme = "http" if self.certificate is None else "https"
        own = dict(zip(EVERYWHERE, ("127.0.0.1", "::1"), strict=True))
        host = own.get(self.address, self.address)
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        query = "" if self.token is None else f"?token={self.token}"
        return f"{scheme}://{host}:{self.port}/{query}"

    def run(self, on_ready: Callable[[], object] = lambda: None) -> None:
        """Answer until a signal or `stop` ends it; what was taken is finished then.

        Parameters
        ----------
        on_ready
            Called once requests are answered.
        """
        self._uvicorn.on_ready = on_ready
        self._uvicorn.on_stop = lambda: setattr(self.service, "ready", False)
        self._uvicorn.run(sockets=[self._socket])

    def stop(self) -> None:
        """Let `run` end; may be called from another thread."""
        self._uvicorn.should_exit = True


class _Uvicorn(uvicorn.Server):
    """uvicorn's server, which ends quietly when a signal tells it to."""

    on_ready: Callable[[], object]
    on_stop: Callable[[], object]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.on_stop()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at the signals that end a process, without raising them again afterwards."""
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()


def serve(settings: ServeSettings, on_ready: Callable[[Server], object] | None = None) -> None:
    """Run a server until it is told to stop.

    Parameters
    ----------
    settings
        How it runs.
    on_ready
        Called with the server once it answers.

    Raises
    ------
    SettingsError, NetError
        As by `Server`.
    """
    server = Server(settings)
    server.run(lambda: None if on_ready is None else on_ready(server))


def _listen(address: str, port: int) -> socket.socket:
    """Take a port.

    Raises
    ------
    SettingsError
        If it is in use or may not be taken, or the address is not this machine's.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise SettingsError(
            f"{address!r} is not an address of this machine: {error}.",
            "Use 127.0.0.1 for this machine alone, or 0.0.0.0 for all its addresses.",
            "address",
        ) from None
    try:
        # A port whose last server has just ended can be taken at once; one in use cannot.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise _not_taken(error, address, port) from None
    return listening


def _not_taken(error: OSError, address: str, port: int) -> SettingsError:
    """Say why a port could not be taken."""
    if error.errno == errno.EADDRINUSE:
        return SettingsError(
            f"Port {port} is in use by another program.",
            "Choose another port, or 0 for a free one.",
            "port",
        )
    if error.errno == errno.EACCES:
        return SettingsError(
            f"Port {port} may not be used without special rights.",
            "Choose a port from 1024 up.",
            "port",
        )
    return SettingsError(
        f"Cannot listen on {address}: {error.strerror or error}.",
        "Use 127.0.0.1 for this machine alone, or 0.0.0.0 for all its addresses.",
        "address",
    )


def _token(settings: ServeSettings) -> str | None:
    """Return the secret that requests must carry; one is made where others can reach the server."""
    if settings.token is not None:
        return settings.token
    if is_local(settings.address) or not settings.auth:
        return None
    return secrets.token_urlsafe(24)


def _certificate(settings: ServeSettings) -> Certificate | None:
    """Return the certificate for HTTPS, if it is asked for.

    Raises
    ------
    SettingsError
        If only one of certificate and key is given, or they cannot be used.
    """
    certificate, key = settings.certificate, settings.key
    if settings.self_signed and (certificate or key):
        raise SettingsError(
            "A certificate was given, and a self-signed one was asked for.",
            "Leave out one of them.",
            "self_signed",
        )
    if settings.self_signed:
        return own_certificate((*settings.names, settings.address))
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise SettingsError(
            "HTTPS needs a certificate and its key, and only one of them was given.",
            "Give both.",
            "key" if key is None else "certificate",
        )
    _check_pair(certificate, key)
    return Certificate(certificate, key)


def _check_pair(certificate: Path, key: Path) -> None:
    """Refuse files that TLS cannot work with."""
    for path, setting in ((certificate, "certificate"), (key, "key")):
        try:
            path.read_bytes()
        except OSError as error:
            raise SettingsError(
                f"Cannot read {path}: {error.strerror or error}.", "Name a PEM file.", setting
            ) from None
    try:
        # Without an answer to its question, a key with a password would ask the terminal for it.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, lambda: "")
    except (ssl.SSLError, ValueError, OSError) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise SettingsError(
            f"{certificate} and {key} are not a certificate and its key in PEM format, without a"
            f" password: {reason.replace('_', ' ').lower()}.",
            "Give the two files that belong together.",
            "certificate",
        ) from None
