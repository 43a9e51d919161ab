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
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from mien.serving.addresses import is_numeric
from mien.serving.problems import RefusalError
from mien.words import escaped

OPEN = ("/healthz", "/readyz")
"""Addresses that need no token: they tell a monitor that the server lives, and nothing else."""

_PORTS = {"http": 80, "https": 443}

Headers = Mapping[str, str]
"""The headers of a request, by names in small letters."""


class Guard:
    """Checks the headers of every request and stream.

    Parameters
    ----------
    names
        Names under which the server may be reached, besides localhost and this machine's.
    token
        The secret that requests must carry; None if none is asked for.
    """

    def __init__(self, names: Iterable[str], token: str | None) -> None:
        own = socket.gethostname().lower()
        known = {"localhost", own, f"{own}.local", *(name.lower() for name in names)}
        self._names = frozenset(known)
        self._token = token
        # The cookie holds this instead of the token, so that the token is not kept in browsers.
        self._session = None if token is None else _digest(token)

    @property
    def asks_for_token(self) -> bool:
        """Whether requests must carry a token."""
        return self._token is not None

    def check(self, headers: Headers, path: str, secure: bool) -> None:
        """Refuse a request by its headers.

        Parameters
        ----------
        headers
            By names in small letters.
        path
            Without the query.
        secure
            Whether it came over TLS.

        Raises
        ------
        RefusalError
            421 for an unknown host, 403 for another site's page, 401 without the token.
        """
        self._check_host(headers.get("host", ""))
        _check_origin(headers, secure)
        if path not in OPEN and not self._knows(headers):
            raise RefusalError(
                401,
                "Token needed",
                "Open the address that the server printed, or send its token: Authorization:"
                " Bearer TOKEN.",
                headers={"www-authenticate": "Bearer"},
            )

    def cookie_for(self, query: str, port: int, secure: bool) -> str | None:
        """Return the cookie that lets a browser in which the address had the right token.

        Parameters
        ----------
        query
            The address after the question mark.
        port
            The server's port; cookies do not tell ports apart, so their names must.
        secure
            Whether the request came over TLS.
        """
        values = parse_qs(query, max_num_fields=20).get("token", [])
        if self._token is None or len(values) != 1 or not _same(values[0], self._token):
            return None
        flags = "; Secure" if secure else ""
        return f"{_cookie(port)}={self._session}; Path=/; HttpOnly; SameSite=Strict{flags}"

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
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        return any(
            name.startswith(_COOKIE) and _same(cookie.value, self._session)
            for name, cookie in cookies.items()
        )


_COOKIE = "mien-"


def _cookie(port: int) -> str:
    return f"{_COOKIE}{port}"


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
    scheme = "https" if secure else "http"
    if _place(origin) != _place(f"{scheme}://{headers.get('host', '')}"):
        raise RefusalError(
            403,
            "Another site's page",
            f"The request comes from a page of {escaped(origin[:100])!r}; only this server's own"
            " pages and programs may send requests.",
        )


def _place(address: str) -> tuple[str, int] | None:
    """Return host and port of an address; None if it has none, which equals no host's."""
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return None if parts.hostname is None or port is None else (parts.hostname, port)


def _name_of(host: str) -> str | None:
    """Return the name or address in a Host header, without the port."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    plain = not (parts.path or parts.query or parts.fragment or "@" in host)
    return parts.hostname if plain else None
