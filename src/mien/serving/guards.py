"""Decides who may ask: the host's name, the page's origin, and the token.

A page of another site must reach neither the API nor the stream, not even by a name of its own that
it lets point to this machine (DNS rebinding), nor by a form or a WebSocket that browsers let it
send anywhere.
"""

from __future__ import annotations

import hashlib
import hmac
import socket
from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, urlsplit

from starlette.requests import cookie_parser

from mien.serving.addresses import ascii_name, is_numeric
from mien.serving.problems import RefusalError
from mien.words import escaped

PUBLIC_PATHS = ("/healthz", "/readyz")
"""Addresses that need no token: they tell a monitor that the server lives, and nothing else."""

_DEFAULT_PORTS = {"http": 80, "https": 443}

Headers = Mapping[str, str]
"""The headers of a request, by lower-case name."""


class Guard:
    """Checks the headers of every request and stream: first the site, then the token.

    Parameters
    ----------
    names
        Names under which the server may be reached, besides localhost and this machine's.
    token
        The secret that requests must carry; None if none is asked for.
    """

    def __init__(self, names: Iterable[str], token: str | None) -> None:
        own = socket.gethostname().lower()
        known = {"localhost", own, f"{own}.local", *map(ascii_name, names)}
        self._names = frozenset(known)
        self._token = token
        # The cookie holds this instead of the token, so that the token is not kept in browsers.
        self._session = None if token is None else _digest(token)

    @property
    def asks_for_token(self) -> bool:
        """Whether requests must carry a token."""
        return self._token is not None

    def check_site(self, headers: Headers, secure: bool) -> None:
        """Refuse what another site's page sent, or sent to another name.

        Parameters
        ----------
        headers
            By lower-case name.
        secure
            Whether the request came over TLS.

        Raises
        ------
        RefusalError
            421 for an unknown host, 403 for another site's page.
        """
        self._check_host(headers.get("host", ""))
        _check_origin(headers, secure)

    def check_token(self, headers: Headers, path: str) -> None:
        """Refuse a request without the token.

        Parameters
        ----------
        headers
            By lower-case name.
        path
            Without the query.

        Raises
        ------
        RefusalError
            401.
        """
        if path not in PUBLIC_PATHS and not self._knows(headers):
            raise RefusalError(
                401,
                "Token needed",
                "Open the address that the server printed, or send its token: Authorization:"
                " Bearer TOKEN.",
                headers={"www-authenticate": "Bearer"},
            )

    def cookie_for(self, token: str, port: int, secure: bool) -> str | None:
        """Return the cookie that lets a browser in; None if the token is wrong.

        Parameters
        ----------
        token
            What the browser sent.
        port
            The server's port; cookies do not tell ports apart, so their names must.
        secure
            Whether the request came over TLS.
        """
        if self._token is None or not _same(token, self._token):
            return None
        # Not Strict: the page would then not open from a link in a mail or a chat. A page of
        # another site that has the cookie sent is refused by its origin.
        flags = "; Secure" if secure else ""
        return f"{_COOKIE}{port}={self._session}; Path=/; HttpOnly; SameSite=Lax{flags}"

    def _check_host(self, host: str) -> None:
        name = _name_of(host)
        if name is None or not (name in self._names or is_numeric(name)):
            raise RefusalError(
                421,
                "Unknown host",
                f"This server does not go by the name {escaped(host[:100])!r}. Whoever runs it can"
                " add the name to its settings.",
            )

    def _knows(self, headers: Headers) -> bool:
        """Return whether a request carries the token, or the cookie made from it."""
        if self._token is None or self._session is None:
            return True
        kind, _, value = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and _same(value.strip(), self._token):
            return True
        # Other programs of the same host have cookies here too, in whatever form.
        cookies = cookie_parser(headers.get("cookie", ""))
        return any(
            name.startswith(_COOKIE) and _same(value, self._session)
            for name, value in cookies.items()
        )


_COOKIE = "mien-"


def _digest(token: str) -> str:
    return hmac.new(token.encode(), b"mien cookie", hashlib.sha256).hexdigest()


def _same(given: str, secret: str) -> bool:
    """Compare in a time that does not tell how much is right."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def _check_origin(headers: Headers, secure: bool) -> None:
    """Refuse what a page of another site sent; programs send no origin."""
    origin = headers.get("origin")
    if origin is None:
        return
    if not _is_own(_parts(origin), headers.get("host", ""), secure):
        raise RefusalError(
            403,
            "Another site's page",
            f"The request comes from a page of {escaped(origin[:100])!r}; only this server's own"
            " pages and programs may send requests.",
        )


def _is_own(origin: SplitResult | None, host: str, secure: bool) -> bool:
    """Return whether a page of an origin may send requests to a host.

    A page that came over HTTPS may: before a server without a certificate, that is a proxy's doing,
    which sends the host's name along. A page that came over HTTP may not send them over HTTPS.
    """
    if origin is None or not (origin.scheme == "https" or (origin.scheme == "http" and not secure)):
        return False
    place = _parts(f"{origin.scheme}://{host}")
    return place is not None and _place(origin) == _place(place)


def _parts(address: str) -> SplitResult | None:
    """Take an address apart; None if it has no host."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.hostname else None


def _place(parts: SplitResult) -> tuple[str | None, int | None]:
    return parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _name_of(host: str) -> str | None:
    """Return the name or address in a Host header, without the port."""
    parts = _parts(f"//{host}")
    if parts is None or parts.path or parts.query or parts.fragment or "@" in host:
        return None
    return parts.hostname and parts.hostname.rstrip(".")
