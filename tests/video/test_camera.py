from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mien.errors import VideoError
from mien.video import Camera
from mien.video import camera as module

Image = NDArray[np.uint8]


class Film:
    """Plays a camera: gives the frames that are let go, and ends when the last is gone.

    Parameters
    ----------
    frames
        RGB.
    gate
        Counts frames that may be given; all at once if None.
    """

    def __init__(self, frames: list[Image], gate: threading.Semaphore | None = None) -> None:
        self.frames = frames
        self.gate = gate
        self.given = 0
        self.released = False

    def __call__(self, number: int) -> Film:
        return self

    def isOpened(self) -> bool:  # noqa: N802
        return bool(self.frames)

    def read(self) -> tuple[bool, Any]:
        if self.gate is not None:
            self.gate.acquire()
        if self.given == len(self.frames):
            return False, None
        self.given += 1
        return True, cv2.cvtColor(self.frames[self.given - 1], cv2.COLOR_RGB2BGR)

    def release(self) -> None:
        self.released = True


@pytest.fixture
def frames(draw: Callable[[int], Image]) -> list[Image]:
    return [draw(number) for number in range(12)]


class Clock:
    """A clock that goes on by a tenth of a second at each look."""

    def __init__(self) -> None:
        self.now = 99.9

    def monotonic(self) -> float:
        self.now += 0.1
        return self.now


def test_frames_come_in_rgb_with_the_camera_s_time(
    frames: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "time", Clock())
    gate = threading.Semaphore(1)
    film = Film(frames, gate)
    seen = []
    with Camera(3, open_capture=film) as camera:
        assert (camera.width, camera.height, camera.skipped) == (64, 48, 0)
        with pytest.raises(VideoError, match="Camera 3 gives no more frames. Check that it is"):
            for frame in camera:
                seen.append((frame.index, frame.time))
                np.testing.assert_array_equal(frame.image, frames[frame.index])
                gate.release()
    assert [index for index, _ in seen] == [*range(12)]
    assert [time for _, time in seen] == pytest.approx([number / 10 for number in range(12)])
    assert film.released
    assert camera.skipped == 0


def test_a_slow_reader_gets_the_newest_frame(frames: list[Image]) -> None:
    gate = threading.Semaphore(1)
    film = Film(frames, gate)
    indices = []
    with Camera(0, open_capture=film) as camera:
        images = iter(camera)
        indices.append(next(images).index)
        gate.release(5)
        while film.given < 6 or camera._newest is None or camera._newest[0] < 5:
            threading.Event().wait(0.001)
        indices.append(next(images).index)
        assert camera.skipped == 4
        gate.release()
        indices.append(next(images).index)
        gate.release(9)
    assert indices == [0, 5, 6]


def test_reading_ends_after_the_seconds(
    frames: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "time", Clock())
    gate = threading.Semaphore(1)
    film = Film(frames, gate)
    indices = []
    with Camera(0, seconds=0.45, open_capture=film) as camera:
        for frame in camera:
            indices.append(frame.index)
            gate.release(1 if frame.index < 4 else 20)
    assert indices[:5] == [0, 1, 2, 3, 4]
    assert len(indices) == 5
    assert film.released


def test_closing_early_frees_the_camera(frames: list[Image]) -> None:
    gate = threading.Semaphore(1)
    film = Film(frames, gate)
    images = iter(Camera(0, open_capture=film))
    next(images)
    gate.release(20)
    images.close()
    assert film.released


def test_a_closed_camera_says_so(frames: list[Image]) -> None:
    camera = Camera(0, open_capture=Film(frames))
    camera.close()
    with pytest.raises(VideoError, match="Camera 0 was closed. Open it again."):
        next(iter(camera))


def test_a_gray_camera_gives_rgb() -> None:
    gray = np.full((4, 6), 77, np.uint8)

    class Gray(Film):
        def read(self) -> tuple[bool, Any]:
            self.given += 1
            return self.given == 1, gray

    with Camera(0, open_capture=Gray([gray])) as camera:
        frame = next(iter(camera))
    assert frame.image.tolist() == [[[77, 77, 77]] * 6] * 4


def test_a_camera_without_frames_is_named() -> None:
    class Dark(Film):
        def read(self) -> tuple[bool, Any]:
            return False, None

    film = Dark([np.zeros((4, 6, 3), np.uint8)])
    with pytest.raises(VideoError, match="Camera 1 gives no frames. Check that it is connected"):
        Camera(1, open_capture=film)
    assert film.released


def test_a_camera_that_hangs_is_given_up(
    frames: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    gate = threading.Semaphore(1)
    with Camera(0, open_capture=Film(frames, gate)) as camera:
        images = iter(camera)
        next(images)
        with pytest.raises(VideoError, match="Camera 0 gives no more frames"):
            next(images)
        gate.release(20)


# devices there are, what is said of camera 7
ABSENT = [
    ([], "no camera is there"),
    (["video0"], "the cameras there are: 0"),
    (["video0", "video12", "video2"], "the cameras there are: 0, 2, 12"),
]


@pytest.mark.parametrize(("devices", "expected"), ABSENT)
def test_an_absent_camera_is_named_beside_those_there_are(
    devices: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in devices:
        (tmp_path / name).touch()
    monkeypatch.setattr(module, "_DEVICES", tmp_path)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(VideoError, match="no camera 7 that can be opened") as caught:
        Camera(7)
    assert expected in str(caught.value)


def test_a_camera_that_may_not_be_opened_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "video0").touch()
    monkeypatch.setattr(module, "_DEVICES", tmp_path)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(VideoError, match=r"permission to use .*video0 is denied. Add this user"):
        Camera(0)


def test_opencv_is_quiet_about_a_device_that_is_no_camera(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "video63").touch()
    monkeypatch.setattr(module, "_DEVICES", tmp_path)
    level = cv2.utils.logging.getLogLevel()
    with pytest.raises(VideoError, match="no camera 63 that can be opened"):
        Camera(63)
    assert capfd.readouterr() == ("", "")
    assert cv2.utils.logging.getLogLevel() == level


def test_a_file_may_play_the_camera(clip: Path, number_in: Callable[[Image], int]) -> None:
    numbers: list[int] = []
    with Camera(0, open_capture=lambda _: cv2.VideoCapture(str(clip))) as camera:
        with pytest.raises(VideoError, match="gives no more frames"):
            numbers.extend(number_in(frame.image) for frame in camera)
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 19
