"""A server that says what a test tells it to: the page's files, and answers made up for frames."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from fastapi import FastAPI, Response, WebSocket, WebSocketDisconnect

from mien.classes import Vocabulary
from mien.serving.pages import find_file

SECONDS = 60


def face(
    vocabulary: Vocabulary,
    shown: str,
    face_id: int = 0,
    box: tuple[float, ...] = (200, 120, 160, 200),
    **more: object,
) -> dict[str, object]:
    """Return a face as the stream answers it, with 0.7 for the class that is shown."""
    rest = 0.3 / (len(vocabulary) - 1)
    shares = {name: 0.7 if name == shown else rest for name in vocabulary.names}
    return {
        "box": list(box), "score": 0.9, "expression": shown, "confidence": 0.7, "sure": True,
        "angle": 0.0, "doubt": None, "probabilities": shares, "landmarks": [[0.0, 0.0]] * 5,
        "face_id": face_id, "raw_probabilities": shares, **more,
    }  # fmt: skip


class FakeServer:
    """What a test sets and sees."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.network = "own"
        self.sockets: dict[WebSocket, asyncio.AbstractEventLoop] = {}
        self.faces: list[dict[str, object]] = []
        # For one frame after the other, what is doubtful about its faces.
        self.doubts: Iterator[str | None] | None = None
        self.commands: list[dict[str, Any]] = []
        self.port = 0
        self.answers: Callable[[dict[str, Any]], dict[str, object] | None] = lambda command: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def hang_up(self) -> None:
        """End all streams, as a server does that is started again."""
        for web, loop in list(self.sockets.items()):
            asyncio.run_coroutine_threadsafe(web.close(), loop).result(SECONDS)

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/", lambda: find_file("index.html"))
        app.add_api_route("/v1/networks", self._networks)
        app.add_api_websocket_route("/v1/stream", self._stream)
        app.add_api_route("/{name:path}", lambda name: find_file(name))
        return app

    def _networks(self) -> Response:
        network = {
            "name": self.network, "available": True, "sha256": "0" * 64,
            "classes": self.vocabulary.to_list(),
        }  # fmt: skip
        return Response(json.dumps({"networks": [network]}), media_type="application/json")

    async def _stream(self, web: WebSocket) -> None:
        await web.accept()
        await web.send_json({
            "type": "hello", "version": "1", "network": self.network, "networks": [self.network],
            "classes": self.vocabulary.to_list(), "limits": {},
        })  # fmt: skip
        self.sockets[web] = asyncio.get_running_loop()
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                message = await web.receive()
                if message.get("bytes"):
                    (time,) = struct.unpack_from(">d", message["bytes"])
                    await web.send_json(self._answer(time))
                elif message.get("text"):
                    command = json.loads(message["text"])
                    self.commands.append(command)
                    answer = self.answers(command)
                    if answer:
                        await web.send_json(answer)
        self.sockets.pop(web)

    def _answer(self, time: float) -> dict[str, object]:
        if self.doubts is not None:
            self.faces = [{**face, "doubt": next(self.doubts)} for face in self.faces]
        return {
            "type": "faces", "time": time, "width": 640, "height": 480, "network": self.network,
            "latency_ms": 5.0, "dropped": 0, "faces": self.faces,
        }  # fmt: skip


@contextlib.contextmanager
def faking(vocabulary: Vocabulary) -> Iterator[FakeServer]:
    """Run a fake server in a thread."""
    fake = FakeServer(vocabulary)
    listening = socket.create_server(("127.0.0.1", 0))
    fake.port = listening.getsockname()[1]
    config = uvicorn.Config(fake.app(), log_level="error", lifespan="off", ws="websockets-sansio")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(SECONDS)
        listening.close()
