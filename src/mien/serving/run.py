"""Starts the server, and runs it until it is told to stop."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

# Imported before the threads of `_load` begin, which must not import the same modules at once.
import onnxruntime  # noqa: F401

from mien.serving.addresses import EVERYWHERE, is_local
from mien.serving.certificates import find_certificate
from mien.serving.listening import listen
from mien.serving.networks import Networks
from mien.settings import ServeSettings

if TYPE_CHECKING:
    from mien.serving.hosting import Host


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
        self.certificate = find_certificate(settings)
        """What HTTPS works with; None for HTTP."""
        self.token = _token(settings)
        """The secret that requests must carry; None if none is asked for."""
        self.address: str = settings.address
        self._socket = listen(settings.address, settings.port)
        self.port: int = self._socket.getsockname()[1]
        self._settings = settings
        self._host: Host | None = None
        self._stopped = False
        try:
            self.networks = _load(settings)
            """The networks that requests can name."""
        except BaseException:
            self._socket.close()
            raise

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
        from mien.serving.guards import Guard
        from mien.serving.hosting import Host
        from mien.serving.service import Service

        guard = Guard((*self._settings.names, self.address), self.token)
        service = Service(self._settings, self.networks)
        self._host = Host(service, guard, self.certificate, on_ready)
        try:
            if not self._stopped:
                self._host.run(sockets=[self._socket])
        finally:
            self.close()

    def close(self) -> None:
        """Free the port of a server that was not run."""
        self._socket.close()

    def stop(self) -> None:
        """Let `run` end; may be called from another thread."""
        self._stopped = True
        if self._host is not None:
            self._host.should_exit = True


def _load(settings: ServeSettings) -> Networks:
    """Load the network, and meanwhile the packages of the server, which takes as long."""
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(Networks, settings.net, settings.max_picture)
        importlib.import_module("mien.serving.hosting")
        return loading.result()


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


def _token(settings: ServeSettings) -> str | None:
    """Return the secret that requests must carry; one is made where others can reach the server."""
    if settings.token is not None:
        return settings.token
    if is_local(settings.address) or not settings.auth:
        return None
    return secrets.token_urlsafe(24)
