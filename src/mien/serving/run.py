"""Starts the server, and runs it until it is told to stop."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote

# Imported before the threads of `_load` begin, which must not import the same modules at once.
import onnxruntime  # noqa: F401

from mien.serving.addresses import (
    is_everywhere,
    is_local,
    listen,
    network_address,
    own_address,
)
from mien.serving.certificates import find_certificate
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
        self._socket = listen(settings.address, settings.port)
        self.address, self.port = self._socket.getsockname()[:2]
        """Where it listens, in numbers."""
        self.token = self._token(settings)
        """The secret that requests must carry; None if none is asked for."""
        self._settings = settings
        self._host: Host | None = None
        self._stopped = False
        try:
            self.certificate = find_certificate(settings, self._names())
            """What HTTPS works with; None for HTTP."""
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
        named = not is_everywhere(self.address)
        return self._url(self._settings.address if named else own_address(self.address))

    @property
    def url_for_others(self) -> str | None:
        """Where a browser on another machine opens it; None if that is `url`, or not known."""
        address = network_address() if is_everywhere(self.address) else None
        return None if address is None else self._url(address)

    def _url(self, host: str) -> str:
        scheme = "http" if self.certificate is None else "https"
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        query = "" if self.token is None else f"?token={quote(self.token, safe='')}"
        return f"{scheme}://{host}:{self.port}/{query}"

    def _names(self) -> list[str]:
        """Return the names and addresses under which browsers reach it, besides this machine's."""
        address = self._settings.address
        if is_everywhere(self.address):
            address = network_address() or own_address(self.address)
        return [*self._settings.names, address]

    def _token(self, settings: ServeSettings) -> str | None:
        """Return the secret that requests must carry; one is made where others can reach it."""
        if settings.token is not None:
            return settings.token
        return secrets.token_urlsafe(24) if self.is_exposed and settings.auth else None

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

        guard = Guard(self._names(), self.token)
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
