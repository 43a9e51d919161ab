"""Asks a server, several requests at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from mien.client.answers import Connection, Frame, Network, parse_networks
from mien.client.requests import (
    RETRY_SECONDS,
    checked,
    faces_message,
    foreign_answers,
    query,
    seconds_to_wait,
    server_errors,
    tls,
    to_bytes,
    to_form,
    to_frame,
)
from mien.errors import require
from mien.perception.picture import Failure, Picture
from mien.perception.pixels import Source, open_picture

if TYPE_CHECKING:
    import httpx
    from websockets.asyncio.client import ClientConnection


class AsyncClient(Connection):
    """Asks a server, several requests at once; parameters and errors are those of `Client`.

    Examples
    --------
    >>> async with AsyncClient("http://127.0.0.1:8000") as client:
    ...     pictures = await asyncio.gather(*map(client.detect, paths))
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        timeout: float = 60.0,
        certificate: str | Path | None = None,
    ) -> None:
        super().__init__(url, token)
        self._timeout = timeout
        package = require("httpx", "serve")
        self._tls = tls(self.url, certificate)
        self._http: httpx.AsyncClient = package.AsyncClient(
            base_url=self.url, headers=self._headers, timeout=timeout, verify=self._tls,
            trust_env=False,
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def networks(self) -> tuple[Network, ...]:
        """Return the server's networks, as `Client.networks`."""
        answer = await self._ask("GET", "/v1/networks")
        with foreign_answers(self.url):
            self._networks = parse_networks(answer.json())
        return self._networks

    async def detect(
        self, source: Source, *, min_confidence: float = 0.0, net: str | None = None
    ) -> Picture:
        """Read the faces of one picture, as `Client.detect`."""
        options = query(min_confidence=min_confidence, net=net)
        answer = await self._ask("POST", "/v1/detect", params=options, content=to_bytes(source))
        with foreign_answers(self.url):
            await self._know_networks(answer.json())
            return self._picture(answer.json(), source)

    async def detect_many(
        self, sources: Iterable[Source], *, min_confidence: float = 0.0, net: str | None = None
    ) -> list[Picture | Failure]:
        """Read several pictures in one request, as `Client.detect_many`."""
        sources = list(sources)
        options = query(min_confidence=min_confidence, net=net)
        answer = await self._ask("POST", "/v1/detect", params=options, files=to_form(sources))
        with foreign_answers(self.url):
            await self._know_networks(answer.json())
            pairs = zip(answer.json(), sources, strict=True)
            return [self._result(fields, source) for fields, source in pairs]

    async def annotate(
        self, source: Source, *, explain: bool = False, net: str | None = None
    ) -> NDArray[np.uint8]:
        """Return the picture with its faces drawn, as `Client.annotate`."""
        options = query(annotate="png", explain=explain, net=net)
        answer = await self._ask("POST", "/v1/detect", params=options, content=to_bytes(source))
        with foreign_answers(self.url):
            return open_picture(answer.content)

    async def classify(
        self, crops: Iterable[Source], *, net: str | None = None
    ) -> NDArray[np.float32]:
        """Return the probabilities of crops of faces, as `Client.classify`."""
        files = to_form(list(crops))
        answer = await self._ask("POST", "/v1/classify", params=query(net=net), files=files)
        with foreign_answers(self.url):
            return self._probabilities(answer.json(), files)

    async def watch(
        self, frames: AsyncIterable[Frame], **settings: Any
    ) -> AsyncIterator[Picture]:
        """Read frames in turn, as `Client.watch`."""
        connect = require("websockets.asyncio.client", "serve").connect
        async with contextlib.AsyncExitStack() as stack:
            with server_errors(self.url):
                socket = await stack.enter_async_context(
                    connect(
                        self._stream_url, additional_headers=self._headers, max_size=None,
                        proxy=None, ssl=self._tls if self.url.startswith("https") else None,
                        open_timeout=self._timeout,
                    )
                )  # fmt: skip
                if settings:
                    await socket.send(json.dumps({"type": "settings", **settings}))
            async for moment, source in frames:
                yield await self._picture_of_frame(socket, to_frame(moment, source))

    async def _picture_of_frame(self, socket: ClientConnection, frame: bytes) -> Picture:
        """Send a frame, and wait for its faces."""
        answer = None
        with server_errors(self.url), foreign_answers(self.url):
            async with asyncio.timeout(self._timeout):
                await socket.send(frame)
                while answer is None:
                    answer = faces_message(await socket.recv())
            await self._know_networks(answer)
            return self._picture(answer, "<stream>")

    async def _know_networks(self, answer: object) -> None:
        """Ask for the networks, again if a server that was started anew has others."""
        if not self._is_known(answer):
            await self.networks()

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        end = time.monotonic() + RETRY_SECONDS
        while True:
            with server_errors(self.url):
                answer = await self._http.request(method, path, **options)
            wait = seconds_to_wait(answer, end)
            if wait is None:
                return checked(answer)
            await asyncio.sleep(wait)
