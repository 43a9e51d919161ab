"""What every request goes through: the guard, the headers of the answer, the clock."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mien.serving.guards import Guard
from mien.serving.metrics import Metrics
from mien.serving.pages import sign_in_page
from mien.serving.problems import RefusalError

_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
"""On every answer. Nothing is stored, since an answer may be about a person."""

_SECURE_HEADERS = {"cross-origin-opener-policy": "same-origin"}
"""On every answer over HTTPS. Over HTTP, browsers ignore them, and warn about it."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:;"
    " media-src 'self' blob:; font-src 'self'; worker-src 'self' blob:; manifest-src 'self';"
    " connect-src 'self' {streams}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""What a page may load. Older browsers do not count WebSockets to 'self', so they are named."""

_MAX_FORM = 4096
"""Bytes of a form with a token."""

_FORM_SECONDS = 10.0
"""Time that such a form may take to arrive."""


class SecurityMiddleware:
    """Lets in what the guard lets in, and puts the security headers on every answer.

    A browser that comes without the token gets a form for it. The token is taken from that form, or
    from the query of the page's address, and turned into a cookie.

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
        if scope.get("method") == "HEAD":
            # The server sends no body to HEAD; everything else is as for GET.
            scope = {**scope, "method": "GET"}
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
        token = None
        try:
            self._guard.check_site(headers, secure)
            if self._guard.asks_for_token:
                token = await _token(scope, receive)
            cookie = None if token is None else self._guard.cookie_for(token, _port(scope), secure)
            if cookie is not None:
                # Without the token in its address, and so in the browser's history.
                await _send(answer, 303, {"location": "/", "set-cookie": cookie}, b"")
                return
            self._guard.check_token(headers, scope["path"])
        except RefusalError as problem:
            self._metrics.count("mien_refused_total")
            if problem.status == 401 and _is_browser(scope, headers):
                await _send(answer, 401, *sign_in_page(wrong=token is not None))
            else:
                await refuse(problem, scope, receive, answer)
            return
        await self._app(scope, receive, answer)


async def _token(scope: Scope, receive: Receive) -> str | None:
    """Return the token that a browser sends to the page's address; None if it sends none."""
    if scope["type"] != "http" or scope["path"] != "/":
        return None
    if scope["method"] == "POST":
        text = await _form(scope, receive)
    else:
        text = scope["query_string"].decode("latin-1")
    try:
        values = parse_qs(text, max_num_fields=20).get("token", [])
    except ValueError:
        return None
    return values[0] if len(values) == 1 else None


async def _form(scope: Scope, receive: Receive) -> str:
    """Read a short form; what is longer, or does not arrive, is dropped."""
    body = bytearray()
    with contextlib.suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(_FORM_SECONDS):
            async for chunk in Request(scope, receive).stream():
                body += chunk
                if len(body) > _MAX_FORM:
                    return ""
    return body.decode("latin-1")


def _is_browser(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Return whether a person waits for a page, and no program for data."""
    asks = scope["type"] == "http" and (scope["method"] == "GET" or scope["path"] == "/")
    return asks and "text/html" in headers.get("accept", "")


def _port(scope: Scope) -> int:
    server: tuple[str, int | None] = scope.get("server") or ("", None)
    return server[1] or 0


class _Answer:
    """Sends an answer with the security headers, and remembers its status."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._headers = {
            **_HEADERS,
            "content-security-policy": _POLICY.format(streams=_streams(scope)),
            **(_SECURE_HEADERS if scope["scheme"] in ("https", "wss") else {}),
        }
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        await self._send(message)


async def refuse(problem: RefusalError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request, or a stream that is not yet open, with a problem."""
    headers = {**problem.headers, "content-type": "application/problem+json"}
    if scope["type"] == "http":
        # What is refused without its body being read should not go on sending it.
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
