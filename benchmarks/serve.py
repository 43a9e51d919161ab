"""Times the server on this machine, clients included; writes results/serve.json.

Usage: python benchmarks/serve.py

The server is a process of its own on loopback, and shares the processors with the clients. The
picture is scikit-image's astronaut in 640 x 480 pixels, one face. Measured are the time from a cold
process to the first answer of /readyz; the round trip of a frame on the stream, one after the other
and 30 a second; and pictures a second with 8 connections, in turn with `Reader.read_many` in this
process, which reads the same pictures on as many threads.

On a machine that others use too, run it with real-time priority (`chrt -f 1 python ...`), as the
committed figures were: otherwise it measures them.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import itertools
import json
import statistics
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image
from skimage import data
from websockets.sync.client import ClientConnection, connect

from common import publish
from mien.perception.reader import Reader

STARTS = 5
FRAMES = 300
RATE = 30
"""Frames a second of a usual camera."""

CONNECTIONS = 8
PICTURES = 200
"""For each of the rounds."""

ROUNDS = 5


def picture() -> bytes:
    """Return the astronaut on gray as JPEG of 640 x 480 pixels."""
    canvas = Image.new("RGB", (640, 480), (128, 128, 128))
    canvas.paste(Image.fromarray(data.astronaut()).resize((480, 480)), (80, 0))
    file = io.BytesIO()
    canvas.save(file, "JPEG", quality=85)
    return file.getvalue()


@contextlib.contextmanager
def server() -> Iterator[int]:
    """Run `mien serve`, and give its port."""
    command = [sys.executable, "-m", "mien", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline().rsplit(":", 1)[1].strip(" /\n"))
        process.terminate()


def start_seconds(port: int = 18765) -> float:
    """Return the time from starting a process to its first answer of /readyz."""
    command = [sys.executable, "-m", "mien", "serve", "--port", str(port)]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while True:
            with contextlib.suppress(urllib.error.URLError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").close()
                break
            time.sleep(0.005)
        seconds = time.perf_counter() - start
        process.terminate()
    return seconds


def round_trips(port: int, frame: bytes, rate: float | None) -> dict[str, float]:
    """Send frames, each when the one before is answered, and at most so many a second."""
    times = []
    with connect(f"ws://127.0.0.1:{port}/v1/stream", proxy=None) as socket:
        socket.recv()
        for number in range(20):
            _ask(socket, number / 100, frame)
        begun = time.perf_counter()
        for number in range(FRAMES):
            if rate is not None:
                time.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            start = time.perf_counter()
            _ask(socket, 1 + number / RATE, frame)
            times.append(1e3 * (time.perf_counter() - start))
        seconds = time.perf_counter() - begun
    shares = (50, 95, 99)
    values = np.percentile(times, shares)
    named = {f"p{share} ms": round(float(ms), 1) for share, ms in zip(shares, values, strict=True)}
    return named | {"frames a second": round(FRAMES / seconds, 1)}


def _ask(socket: ClientConnection, moment: float, frame: bytes) -> None:
    """Send a frame, and check that its face comes back."""
    socket.send(struct.pack(">d", moment) + frame)
    answer = json.loads(socket.recv())
    assert len(answer["faces"]) == 1, answer


def over_http(port: int, photo: bytes) -> float:
    """Return pictures a second with several connections."""
    counter = itertools.count()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while next(counter) < PICTURES:
            connection.request("POST", "/v1/detect", photo)
            assert b'"faces":[{' in connection.getresponse().read()
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return PICTURES / (time.perf_counter() - start)


def in_process(reader: Reader, photo: bytes) -> float:
    """Return pictures a second of `Reader.read_many`."""
    start = time.perf_counter()
    for result in reader.read_many(itertools.repeat(photo, PICTURES)):
        assert len(result) == 1  # type: ignore[arg-type]
    return PICTURES / (time.perf_counter() - start)


def throughput(port: int, photo: bytes) -> dict[str, Any]:
    """Measure both in turn."""
    reader = Reader()
    in_process(reader, photo)
    over_http(port, photo)
    pairs = [(over_http(port, photo), in_process(reader, photo)) for _ in range(ROUNDS)]
    return {
        "over HTTP": [round(pair[0], 1) for pair in pairs],
        "in process": [round(pair[1], 1) for pair in pairs],
        "ratio": round(statistics.median(ours / theirs for ours, theirs in pairs), 3),
    }


def main() -> None:
    """Time, print and write."""
    photo = picture()
    starts = [start_seconds() for _ in range(STARTS)]
    with server() as port:
        trips = {
            "one after the other": round_trips(port, photo, None),
            f"{RATE} a second": round_trips(port, photo, RATE),
        }
        both = throughput(port, photo)
    rows: list[tuple[str, ...]] = [("what", "value")]
    rows.append(("ready after", f"{statistics.median(starts):.2f} s ({min(starts):.2f} to"
                 f" {max(starts):.2f})"))  # fmt: skip
    for name, values in trips.items():
        text = ", ".join(f"{key} {value:g}" for key, value in values.items())
        rows.append((f"round trip of a frame, {name}", text))
    for name in ("over HTTP", "in process"):
        rows.append((f"pictures a second, {name}", f"{statistics.median(both[name]):.1f}"))
    rows.append(("ratio of both", f"{both['ratio']:.2f}"))
    results = {"ready s": [round(one, 3) for one in starts], "round trip": trips, "API": both}
    publish("serve", results, rows)


if __name__ == "__main__":
    main()
