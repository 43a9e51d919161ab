"""Asks a server, one request after the other."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator
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
    from websockets.sync.client import ClientConnection


class Client(Connection):
    """Asks a server, one request after the other; may be shared between threads.

    Parameters
    ----------
    url
        The server's address, such as ``"http://127.0.0.1:8000"``.
    token
        The secret that the server printed; None if it asks for none.
    timeout
        Seconds to wait for an answer.
    certificate
        PEM file of a self-signed certificate to trust.

    Raises
    ------
    SettingsError
        If the address is none.
    MissingExtraError
        If httpx or websockets is not installed.
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
        self._http: httpx.Client = package.Client(
            base_url=self.url, headers=self._headers, timeout=timeout, verify=self._tls,
            trust_env=False,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def networks(self) -> tuple[Network, ...]:
        """Return the server's networks, the default first.

        Raises
        ------
        ServerError
            If there is no server, or it refuses.
        """
        answer = self._ask("GET", "/v1/networks")
        with foreign_answers(self.url):
            self._networks = parse_networks(answer.json())
        return self._networks

    def detect(
        self, source: Source, *, min_confidence: float = 0.0, net: str | None = None
    ) -> Picture:
        """Read the faces of one picture, as `mien.detect` does.

        Parameters
        ----------
        source
            Path, bytes, binary file, Pillow image, or RGB array.
        min_confidence
            As in `mien.Reader`.
        net
            Name of one of the server's networks; its default if None.

        Raises
        ------
        PictureError
            If it cannot be read.
        NetError, SettingsError
            If there is no such network, or the confidence is out of range.
        ServerError
            If there is no server, or it refuses.
        """
        options = query(min_confidence=min_confidence, net=net)
        answer = self._ask("POST", "/v1/detect", params=options, content=to_bytes(source))
        with foreign_answers(self.url):
            self._know_networks(answer.json())
            return self._picture(answer.json(), source)

    def detect_many(
        self, sources: Iterable[Source], *, min_confidence: float = 0.0, net: str | None = None
    ) -> list[Picture | Failure]:
        """Read several pictures in one request; one that cannot be read is a `Failure`.

        Arguments and errors are those of `detect`.
        """
        sources = list(sources)
        options = query(min_confidence=min_confidence, net=net)
        answer = self._ask("POST", "/v1/detect", params=options, files=to_form(sources))
        with foreign_answers(self.url):
            self._know_networks(answer.json())
            pairs = zip(answer.json(), sources, strict=True)
            return [self._result(fields, source) for fields, source in pairs]

    def annotate(
        self, source: Source, *, explain: bool = False, net: str | None = None
    ) -> NDArray[np.uint8]:
        """Return the picture with its faces drawn, RGB ``uint8 [H, W, 3]``, as `mien.draw` does.

        Parameters
        ----------
        source, net
            As in `detect`.
        explain
            Draw what each expression came from.
        """
        options = query(annotate="png", explain=explain, net=net)
        answer = self._ask("POST", "/v1/detect", params=options, content=to_bytes(source))
        with foreign_answers(self.url):
            return open_picture(answer.content)

    def classify(self, crops: Iterable[Source], *, net: str | None = None) -> NDArray[np.float32]:
        """Return the probabilities of crops of faces, ``float32 [N, K]``.

        Parameters
        ----------
        crops
            Pictures that show a face and nothing else.
        net
            As in `detect`.

        Raises
        ------
        PictureError, NetError, ServerError
            As `detect`.
        """
        files = to_form(list(crops))
        answer = self._ask("POST", "/v1/classify", params=query(net=net), files=files)
        with foreign_answers(self.url):
            return self._probabilities(answer.json(), files)

    def watch(self, frames: Iterable[Frame], **settings: Any) -> Iterator[Picture]:
        """Read frames in turn, each with the ids and smoothing of those before.

        Each frame is sent when the one before is answered, so none is dropped.

        Parameters
        ----------
        frames
            Pairs of a time in seconds and a picture.
        **settings
            ``smooth``, ``min_confidence`` and ``net`` of the stream.

        Raises
        ------
        PictureError
            If a frame cannot be read.
        ServerError
            If there is no server, or it refuses.
        """
        connect = require("websockets.sync.client", "serve").connect
        with contextlib.ExitStack() as stack:
            with server_errors(self.url):
                socket = stack.enter_context(
                    connect(
                        self._stream_url, additional_headers=self._headers, max_size=None,
                        proxy=None, ssl=self._tls if self.url.startswith("https") else None,
                        open_timeout=self._timeout,
                    )
                )  # fmt: skip
                if settings:
                    socket.send(json.dumps({"type": "settings", **settings}))
            for moment, source in frames:
                yield self._picture_of_frame(socket, to_frame(moment, source))

    def _picture_of_frame(self, socket: ClientConnection, frame: bytes) -> Picture:
        """Send a frame, and wait for its faces."""
        answer = None
        with server_errors(self.url), foreign_answers(self.url):
            socket.send(frame)
            while answer is None:
                answer = faces_message(socket.recv(self._timeout))
            self._know_networks(answer)
            return self._picture(answer, "<stream>")

    def _know_networks(self, answer: object) -> None:
        """Ask for the networks, again if a server that was started anew has others."""
        if not self._is_known(answer):
            self.networks()

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request, again while the server is busy."""
        end = time.monotonic() + RETRY_SECONDS
        while True:
            with server_errors(self.url):
                answer = self._http.request(method, path, **options)
            wait = seconds_to_wait(answer, end)
            if wait is None:
                return checked(answer)
            time.sleep(wait)
