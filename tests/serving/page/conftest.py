"""Debian's chromium with a file as its camera, on a page whose errors and requests are watched."""

from __future__ import annotations

import contextlib
import importlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

SECONDS = 180
"""For what takes a moment on an idle machine."""

DESKTOP = (1280, 900)


def write_clip(path: Path, frames: list[NDArray[np.uint8]], rate: int = 15) -> Path:
    """Write RGB frames as the uncompressed clip that chromium plays as its camera, in a loop."""
    height, width = frames[0].shape[:2]
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420).tobytes())
    return path


def webcam_picture(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put a square photo into the middle of a frame of 640 by 480."""
    frame = np.full((480, 640, 3), 90, np.uint8)
    frame[:, 80:560] = cv2.resize(photo, (480, 480), interpolation=cv2.INTER_AREA)
    return frame


@pytest.fixture(scope="session")
def happy_camera(
    astronaut: NDArray[np.uint8], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A camera before which the astronaut smiles."""
    path = tmp_path_factory.mktemp("camera") / "astronaut.y4m"
    return write_clip(path, [webcam_picture(astronaut)] * 2)


class Visit:
    """A page in a browser, with what went wrong on it."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(SECONDS * 1000)
        page.on("console", self._log)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def _log(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    @property
    def foreign(self) -> list[str]:
        """Requests that went elsewhere than to the server."""
        own = (self.address, "data:", f"blob:{self.address}")
        return [url for url in self.requests if not url.startswith(own)]

    def open(self, state: str = "open") -> None:
        """Open the page, and wait for its connection."""
        self.page.goto(self.address)
        self.wait("#server", "data-state", state)

    def start(self) -> None:
        """Start the camera, and wait until some frames are read."""
        self.page.click("#start")
        self.wait("#timeline", "data-points", r"([3-9]|\d{2,})")

    def wait(self, place: str, attribute: str, value: str) -> None:
        """Wait until an attribute has a value, a regular expression."""
        from playwright.sync_api import expect

        pattern = re.compile(f"^(?:{value})$")
        located = self.page.locator(place)
        expect(located).to_have_attribute(attribute, pattern, timeout=SECONDS * 1000)

    def text(self, place: str, pattern: str) -> None:
        """Wait until a place has a text, a regular expression."""
        from playwright.sync_api import expect

        located = self.page.locator(place)
        expect(located).to_have_text(re.compile(pattern), timeout=SECONDS * 1000)

    def download(self, button: str, folder: Path) -> Path:
        """Click, and return the file that the browser saves."""
        with self.page.expect_download() as saved:
            self.page.click(button)
        path = folder / saved.value.suggested_filename
        saved.value.save_as(path)
        return path


@contextlib.contextmanager
def _chromium(camera: Path | None, *switches: str) -> Iterator[Any]:
    """Run chromium with a file as its camera, or without a camera.

    It is stopped before other tests run: while it runs, its thread has an event loop.
    """
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    fake = () if camera is None else (
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
    )  # fmt: skip
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", *fake, *switches]
        )
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def _visiting(
    browser: Any,
    address: str,
    size: tuple[int, int] = DESKTOP,
    allowed: bool = True,
    expected: str = "",
    **more: Any,
) -> Iterator[Visit]:
    """Open a page, which must log no error but the expected one, and ask no other server."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        permissions=["camera"] if allowed else [],
        # Nothing moves unless a test asks for it, which spares a busy machine.
        **{"reduced_motion": "reduce", **more},
    )
    try:
        visit = Visit(context.new_page(), address)
        yield visit
        errors = [error for error in visit.errors if not (expected and expected in error)]
        assert errors == []
        assert visit.foreign == []
    finally:
        context.close()


@pytest.fixture(scope="session")
def chromium() -> Callable[..., contextlib.AbstractContextManager[Any]]:
    """Run chromium with a file as its camera, as a context."""
    return _chromium


@pytest.fixture(scope="session")
def film() -> Callable[..., Path]:
    """Write frames as the clip that chromium plays as its camera."""
    return write_clip


@pytest.fixture(scope="session")
def visiting() -> Callable[..., contextlib.AbstractContextManager[Visit]]:
    """Visit a page with a browser, as a context."""
    return _visiting


@pytest.fixture(scope="session")
def fakes() -> Any:
    """The module of fake servers, which stands beside this file."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(Path(__file__).parent)
        return importlib.import_module("fake_server")
