"""Messages of a client over the stream's WebSocket, without a socket.

So that there is time for many, what reads a frame runs in the event loop's thread, and a stand-in
for YuNet sees one face in every picture that has an eighth of the allowed pixels.
"""

import asyncio
import functools
import json
from unittest import mock

import numpy as np
from borders.border import Border

from mien.models.info import FER2013_FRAME
from mien.perception.yunet import Yunet
from mien.serving.app import make_app
from mien.serving.guards import Guard
from mien.serving.networks import Networks
from mien.serving.service import Service
from mien.settings import ServeSettings

BREAK = b"\n==\n"
"""Ends a message. Its first byte tells text from a frame."""

_SECONDS = 60  # for an answer, on a busy machine
_MOST = 4  # messages of an input
_LIMIT = 0.01  # megapixels
_LAST = "is that all?"


def take(data):
    """Send messages, each after all answers to the one before."""
    client, app = _Client(data.split(BREAK)[:_MOST]), _app()
    unloaded = mock.patch.object(Yunet, "__init__", lambda self, threads=None: None)
    with mock.patch.object(Yunet, "rows", _rows), unloaded:
        answers = _loop().run_until_complete(client.talk(app))
    assert answers[0]["type"] == "hello"
    for answer in answers:
        assert answer["type"] in ("hello", "faces", "neutral", "reset", "error")


class _Client:
    """What the application takes for a WebSocket."""

    def __init__(self, parts):
        self._answers = []
        self._news = asyncio.Event()
        self._messages = self._all_messages(parts)

    async def talk(self, app):
        """Hold one connection, and return all answers."""
        async with asyncio.timeout(_SECONDS):
            await app(_scope(), self._receive, self._send)
        return self._answers

    async def _receive(self):
        return await anext(self._messages)

    async def _send(self, message):
        if message["type"] == "websocket.send":
            # As a server sends it.
            self._answers.append(json.loads(message["text"].encode()))
            self._news.set()

    async def _all_messages(self, parts):
        yield {"type": "websocket.connect"}
        await self._until(lambda answer: answer["type"] == "hello", 0)
        for part in parts:
            before = len(self._answers)
            if part[:1] == b"t":
                yield _text(part[1:].decode("utf-8", "replace"))
            else:
                yield {"type": "websocket.receive", "bytes": part[1:]}
                await self._until(lambda answer: answer["type"] in ("faces", "error"), before)
            before = len(self._answers)
            yield _text(json.dumps({"type": _LAST}))
            await self._until(lambda answer: _LAST in answer.get("detail", ""), before)
        yield {"type": "websocket.disconnect", "code": 1000}

    async def _until(self, is_it, first):
        while not any(map(is_it, self._answers[first:])):
            self._news.clear()
            await self._news.wait()


def _text(text):
    return {"type": "websocket.receive", "text": text}


def _scope():
    return {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "scheme": "ws",
        "path": "/v1/stream",
        "raw_path": b"/v1/stream",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "subprotocols": [],
        "state": {},
        "extensions": {},
    }


@functools.cache
def _app():
    settings = ServeSettings(net="mien-s-int8", at_once=1, max_fps=1e6, max_picture=_LIMIT)
    service = Service(settings, Networks(settings.net, settings.max_picture))
    service.workers.run = _run
    service.ready = True
    return make_app(service, Guard((), None))


async def _run(job):
    return job()


def _rows(self, image):
    """Stand in for YuNet: one face in the middle, unless the picture is small."""
    height, width = image.shape[:2]
    if height * width < _LIMIT * 1e6 / 8:
        return np.empty((0, 15), np.float32)
    box = np.array([width / 4, height / 4, width / 2, height / 2])
    places = np.array(FER2013_FRAME) * box[2:] + box[:2]
    return np.concatenate([box, places.ravel(), [0.95]])[None].astype(np.float32)


@functools.cache
def _loop():
    return asyncio.new_event_loop()


BORDER = Border(
    "stream",
    take,
    longest=4096,
    words=(
        BREAK, b"b", b"t", b'{"type": "settings"', b'{"type": "reset"}', b'"learn_neutral"',
        b'"set_neutral"', b'"face_id": 0', b'"neutral": null', b'"seconds": 0.1', b'"smooth": 0',
        b'"min_confidence": 1', b'"net": "lobonet"', b"NaN", b"1e400", b"[[[[", b'"\\ud800"',
        b"\x3f\xf0\0\0\0\0\0\0", b"\x7f\xf0\0\0\0\0\0\0", b"\xff\xd8\xff",
    ),
    examples=40,
)  # fmt: skip
