"""A server that runs in a thread of the tests' process, and pictures to send."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mien.client import Client
from mien.serving.run import Server
from mien.settings import ServeSettings

SECONDS = 60
"""For what takes a moment on an idle machine."""


@contextlib.contextmanager
def _running(**settings: object) -> Iterator[Server]:
    server = Server(ServeSettings.model_validate({"port": 0, **settings}))
    ready = threading.Event()
    thread = threading.Thread(target=server.run, args=(ready.set,), daemon=True)
    thread.start()
    try:
        assert ready.wait(SECONDS)
        yield server
    finally:
        server.stop()
        thread.join(SECONDS)
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def running() -> Callable[..., contextlib.AbstractContextManager[Server]]:
    """Run a server with settings, as a context."""
    return _running


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server as `mien serve` starts it."""
    with _running() as started:
        yield started


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """A client of that server."""
    with Client(server.url) as made:
        yield made


@pytest.fixture(scope="session")
def astronaut() -> NDArray[np.uint8]:
    """RGB, 512x512, one happy face."""
    from skimage import data

    return np.asarray(data.astronaut(), dtype=np.uint8)


@pytest.fixture(scope="session")
def photo(astronaut: NDArray[np.uint8]) -> bytes:
    """The astronaut's head and shoulders as JPEG, 320x320, which is read faster."""
    return _jpeg(astronaut[:320, 64:384])


@pytest.fixture(scope="session")
def jpeg() -> Callable[[NDArray[np.uint8]], bytes]:
    """Encode a picture as JPEG."""
    return _jpeg


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=92)
    return file.getvalue()
