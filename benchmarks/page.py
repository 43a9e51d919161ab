"""Times the camera's page in a browser; prints a table and writes results/page.json.

Usage: python benchmarks/page.py

The server runs in this process, and Debian's chromium without a screen, which draws in software, on
the same processors. Its camera is a clip of scikit-image's astronaut, 640 x 480 pixels at 30 frames
a second. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright

import mien
from common import publish
from mien.demo import astronaut
from mien.serving.run import Server
from mien.settings import ServeSettings

RUNS = 5
READINGS = 20
SIZE = (640, 480)
RATE = 30


def write_clip(path: Path) -> None:
    """Write what chromium plays as its camera: a face that sways a little, for two seconds."""
    photo = mien.Reader().open(astronaut())
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{SIZE[0]} H{SIZE[1]} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for turn in np.linspace(0, 2 * np.pi, 2 * RATE, endpoint=False):
            left = round(20 + 14 * np.sin(turn))
            picture = cv2.resize(photo[:320, left : left + 427], SIZE)
            file.write(b"FRAME\n" + cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420).tobytes())


def watch(page: Page, address: str) -> tuple[float, float]:
    """Return the medians of the frames a second and the milliseconds that the page shows."""
    page.goto(address)
    page.click("#start")
    page.wait_for_timeout(6_000)
    shown = []
    for _ in range(READINGS):
        page.wait_for_timeout(500)
        shown.append([float(page.inner_text(name)) for name in ("#fps", "#latency")])
    rates, delays = zip(*shown, strict=True)
    return statistics.median(rates), statistics.median(delays)


def measure(address: str, clip: Path) -> list[tuple[float, float]]:
    """Open the page in a new browser for each run."""
    camera = f"--use-file-for-fake-video-capture={clip}"
    arguments = ["--no-sandbox", "--use-fake-device-for-media-stream", camera]
    results = []
    with sync_playwright() as playwright:
        for _ in range(RUNS):
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=arguments
            )
            results.append(watch(browser.new_page(permissions=["camera"]), address))
            browser.close()
    return results


@contextmanager
def serving() -> Iterator[str]:
    """Run a server, and give its address."""
    server = Server(ServeSettings(port=0))
    ready = threading.Event()
    thread = threading.Thread(target=server.run, args=(ready.set,))
    thread.start()
    ready.wait()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join()


def main() -> None:
    """Start a server, and watch the page."""
    with serving() as address, tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "astronaut.y4m"
        write_clip(clip)
        pairs = measure(address, clip)
    figures = dict(zip(("frames a second", "latency ms"), zip(*pairs, strict=True), strict=True))
    rows = [("what", "median", "min", "max")]
    for what, values in figures.items():
        summary = (statistics.median(values), min(values), max(values))
        rows.append((what, *(f"{value:g}" for value in summary)))
    publish("page", figures, rows)


if __name__ == "__main__":
    main()
