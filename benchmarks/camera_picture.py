"""Photographs the camera's page with the astronaut before the camera: docs/camera.jpg.

It needs Debian's chromium, and mien with the extras of `dev`: python benchmarks/camera_picture.py
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, expect, sync_playwright

import mien
from mien.demo import astronaut
from page import serving

PLACE = Path(__file__).parents[1] / "docs" / "camera.jpg"
_SIZE = (1280, 832)
_FRAMES = 60
_SWAY = 14  # pixels of the photo


def frames() -> list[NDArray[np.uint8]]:
    """Return RGB pictures of 1280 by 720 that sway a little, as before a webcam."""
    photo = mien.Reader().open(astronaut())
    pictures = []
    for turn in np.linspace(0, 2 * np.pi, _FRAMES, endpoint=False):
        left, top = round(28 + _SWAY * np.sin(turn)), round(4 + _SWAY / 4 * np.cos(turn))
        part = photo[top : top + 234, left : left + 416]
        pictures.append(cv2.resize(part, (1280, 720), interpolation=cv2.INTER_CUBIC))
    return pictures


def write_clip(path: Path) -> None:
    """Write the frames as the uncompressed clip that chromium plays as its camera."""
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W1280 H720 F20:1 Ip A1:1 C420jpeg\n")
        for picture in frames():
            file.write(b"FRAME\n" + cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420).tobytes())


def photograph(page: Page, address: str) -> None:
    """Use the page for a while as a person would, and take its picture."""
    page.goto(address)
    page.click("#start")
    page.wait_for_timeout(25_000)
    expect(page.locator("#now-name")).to_have_text(re.compile("happy"))
    # The camera's name is that of a file here.
    page.evaluate("document.querySelector('#device option').textContent = 'Default camera'")
    end = page.locator("footer").bounding_box()
    assert end is not None
    clip = {"x": 0.0, "y": 0.0, "width": float(_SIZE[0]), "height": end["y"] - 16}
    page.screenshot(path=PLACE, type="jpeg", quality=88, full_page=True, clip=clip)


def main() -> None:
    """Start a server and a browser, and take the picture."""
    with (
        serving() as address,
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
    ):
        clip = Path(folder) / "astronaut.y4m"
        write_clip(clip)
        camera = f"--use-file-for-fake-video-capture={clip}"
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--use-fake-device-for-media-stream", camera],
        )
        size = {"width": _SIZE[0], "height": _SIZE[1]}
        page = browser.new_page(viewport=size, permissions=["camera"], color_scheme="light")
        photograph(page, address)
        browser.close()


if __name__ == "__main__":
    main()
