import sys
import threading
from pathlib import Path

import pytest

from mien.doctor import devices as room
from mien.doctor.checks import Check
from mien.doctor.devices import devices, open_cameras
from mien.errors import VideoError


def by_name() -> dict[str, Check]:
    return {check.name: check for check in devices(patience=0.2)}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of devices without cameras."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(room, "_DEVICES", tmp_path)
    return tmp_path


def test_no_camera_is_no_fault() -> None:
    assert open_cameras(1) == [Check("cameras", "none found")]


def test_cameras_are_not_opened_if_not_asked_for(folder: Path) -> None:
    (folder / "video0").touch()
    assert Check("cameras", "not looked at") in list(devices(cameras=False))


def test_each_camera_is_opened(folder: Path) -> None:
    for name in ("video0", "video2", "video-audio"):
        (folder / name).touch()

    def opens(number: int) -> str:
        if number == 2:
            raise VideoError("Camera 2 gives no frames.", "Connect it.")
        return "640 x 480 pixels"

    assert open_cameras(60, opens) == [
        Check("camera:0", "640 x 480 pixels"),
        Check("camera:2", "does not open", "note", "Camera 2 gives no frames.", "Connect it."),
    ]


def test_a_camera_that_hangs_is_not_waited_for(folder: Path) -> None:
    (folder / "video0").touch()
    ends = threading.Event()

    def hangs(number: int) -> str:
        ends.wait(60)
        return ""

    (check,) = open_cameras(0.05, hangs)
    ends.set()
    assert (check.state, check.value) == ("note", "no frame so far")


def test_the_encoder_is_x264() -> None:
    assert by_name()["H.264 encoder"].value.startswith("libx264 of PyAV ")


def test_without_pyav_there_is_no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "av", raising=False)

    class Nowhere:
        """Finds no module av, as where it is not installed."""

        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name == "av":
                raise ModuleNotFoundError("No module named 'av'", name="av")

    monkeypatch.setattr(sys, "meta_path", [Nowhere, *sys.meta_path])
    check = by_name()["H.264 encoder"]
    assert (check.state, check.value) == ("ok", "none, since PyAV is not installed")


def test_a_pyav_without_x264_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    import av

    def unknown(name: str, mode: str) -> None:
        raise av.codec.codec.UnknownCodecError(name)

    monkeypatch.setattr("av.codec.Codec", unknown)
    check = by_name()["H.264 encoder"]
    assert check.state == "broken"
    assert check.problem.startswith("Annotated clips cannot be written")


def test_without_a_screen_the_page_is_opened_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "browser_name", lambda: "firefox")
    monkeypatch.setattr(room, "has_screen", lambda: True)
    assert by_name()["browser"] == Check("browser", "firefox")
    monkeypatch.setattr(room, "has_screen", lambda: False)
    check = by_name()["browser"]
    assert (check.state, check.value) == ("note", "none here")
    assert "there is no screen" in check.problem


def test_heic_is_read_by_pillow_heif(monkeypatch: pytest.MonkeyPatch) -> None:
    assert by_name()["HEIC"].value.startswith("read by pillow-heif ")
    monkeypatch.setattr(room, "version_of", lambda name: None)
    check = by_name()["HEIC"]
    assert check.state == "ok"
    assert "pip install '.[heic]'" in check.value
