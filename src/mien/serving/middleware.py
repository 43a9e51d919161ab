"""What every request goes through: the guard, the headers of the answer, the clock."""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mien.serving.guards import Guard
from mien.serving.metrics import Metrics
from mien.serving.problems import RefusalError

_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
"""On every answer. Nothing is stored, since an answer may be about a person."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:;"
    " media-src 'self' blob:; font-src 'self'; worker-src 'self' blob:; manifest-src 'self';"
    " connect-src 'self' {streams}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""What a page may load. Older browsers do not count WebSockets to 'self', so they are named."""


class Doorkeeper:
    """Lets in what the guard lets in, and puts the security headers on every answer.

    Parameters
    ----------
    app
        What answers the requests.
    guard
        Decides who may ask.
    metrics
        Counts the answers.
    """

    def __init__(self, app: ASGIApp, guard: Guard, metrics: Metrics) -> None:
        self._app = app
        self._guard = guard
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, stream, or the server's start and stop."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        start = time.perf_counter()
        try:
            await self._checked(scope, receive, answer)
        finally:
            if scope["type"] == "http" and answer.status:
                seconds = time.perf_counter() - start
                self._metrics.request(_route(scope), answer.status, seconds)

    async def _checked(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        headers, secure = Headers(scope=scope), scope["scheme"] in ("https", "wss")
        try:
            if await self._let_in(scope, receive, answer, secure):
                return
            self._guard.check(headers, scope["path"], secure)
        except RefusalError as problem:
            self._metrics.count("mien_refused_total")
            await refuse(problem, scope, receive, answer)
            return
        await self._app(scope, receive, answer)

    async def _let_in(
        self, scope: Scope, receive: Receive, answer: _Answer, secure: bool
    ) -> bool:
        """Turn a page's address with the right token into a cookie, and the address without it."""
        if scope["type"] != "http" or scope["path"] != "/" or not scope["query_string"]:
            return False
        port = (scope.get("server") or ("", 0))[1] or 0
        cookie = self._guard.cookie_for(scope["query_string"].decode("latin-1"), port, secure)
        if cookie is None:
            return False
        headers = {"location": "/", "set-cookie": cookie}
        await _send(answer, 303, headers, b"")
        return True


class _Answer:
    """Sends an answer with the security headers, and remembers its status."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._policy = _POLICY.format(streams=_streams(scope))
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers["content-security-policy"] = self._policy
        await self._send(message)


async def refuse(problem: RefusalError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request, or a stream that is not yet open, with a problem."""
    headers = {**problem.headers, "content-type": "application/problem+json"}
    if scope["type"] == "http":
        # The body that is not read would be taken for the next request.
        headers["connection"] = "close"
    if scope["type"] == "websocket":
        await receive()
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008, "reason": problem.title})
            return
    kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    await _send(send, problem.status, headers, problem.to_bytes(), kind)


async def _send(
    send: Send, status: int, headers: MutableMapping[str, str], body: bytes,
    kind: str = "http.response",
) -> None:  # fmt: skip
    pairs: list[tuple[bytes, bytes]] = [
        (name.encode(), value.encode("latin-1")) for name, value in headers.items()
    ]
    pairs.append((b"content-length", str(len(body)).encode()))
    await send({"type": f"{kind}.start", "status": status, "headers": pairs})
    await send({"type": f"{kind}.body", "body": body})


def _route(scope: Scope) -> str:
    """Return the declared address of a request, so that metrics do not grow with the asked ones."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", "(none)"))


def _streams(scope: Scope) -> str:
    """Return the addresses of this server's streams, for the content security policy."""
    host = Headers(scope=scope).get("host", "")
    try:
        parts = urlsplit(f"//{host}")
        place = parts.netloc if parts.hostname and parts.port != 0 else ""
    except ValueError:
        place = ""
    plain = all(sign.isalnum() or sign in ".:-[]" for sign in place)
    return f"ws://{place} wss://{place}" if place and plain else ""
