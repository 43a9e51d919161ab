"""Looks at what reads and writes video and other formats: camera, encoder, browser, HEIC."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from mien.browser import browser_name, has_screen
from mien.doctor.checks import Check
from mien.doctor.requirements import version_of
from mien.errors import MienError, how_to_install

_PATIENCE = 1.0
"""Seconds that cameras have to give a first frame; all are asked at once."""

_DEVICES = Path("/dev")

_CHECK = "Check that it is connected and that no other program uses it."


def devices(cameras: bool = True, patience: float = _PATIENCE) -> Iterator[Check]:
    """Look at cameras, the encoder of video, the browser and the reader of HEIC.

    Parameters
    ----------
    cameras
        Whether to open the cameras, which lights their lamps.
    patience
        Seconds to wait for their first frames.
    """
    yield from open_cameras(patience) if cameras else [Check("cameras", "not looked at")]
    yield _encoder()
    yield _browser()
    yield _heic()


def open_cameras(
    patience: float, opens: Callable[[int], str] | None = None
) -> list[Check]:
    """Open every camera for a moment.

    Parameters
    ----------
    patience
        Seconds to wait for the first frames.
    opens
        Opens a camera, and returns the size of its frames; tests give one of their own.
    """
    numbers = _numbers()
    sizes: dict[int, str | MienError] = {}

    def look(number: int) -> None:
        try:
            sizes[number] = (opens or _size)(number)
        except MienError as error:
            sizes[number] = error

    # Daemons, since a driver that hangs must not keep the program from ending.
    threads = [threading.Thread(target=look, args=[number], daemon=True) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience)
        # Those that come later had the time that was waited for the first.
        patience = max(0.05, patience / 2)
    if not numbers:
        return [Check("cameras", "none found")]
    return [_camera(number, sizes.get(number)) for number in numbers]


def _numbers() -> list[int]:
    """List the numbers of the cameras; systems other than Linux have no list, so the first."""
    if sys.platform != "linux":
        return [0]
    names = [path.name.removeprefix("video") for path in _DEVICES.glob("video*")]
    return sorted(int(name) for name in names if name.isdecimal())


def _size(number: int) -> str:
    """Open a camera, and return the size of its frames."""
    from mien.video.camera import Camera

    with contextlib.closing(Camera(number)) as camera:
        return f"{camera.width} x {camera.height} pixels"


def _camera(number: int, size: str | MienError | None) -> Check:
    """Say what became of opening a camera."""
    name = f"camera:{number}"
    if isinstance(size, str):
        return Check(name, size)
    if size is None:
        problem = f"{name} is slow, or gives no frames."
        return Check(name, "no frame so far", "note", problem, _CHECK)
    return Check(name, "does not open", "note", size.problem, size.fix)


def _encoder() -> Check:
    """Look at whether PyAV can write H.264, in which mien writes clips."""
    name = "H.264 encoder"
    try:
        import av

        encoder = av.codec.Codec("libx264", "w")
    except ModuleNotFoundError:
        # The extra's own check says so, and how to install it.
        return Check(name, "none, since PyAV is not installed")
    # PyAV raises errors of its own if FFmpeg was built without x264, and ImportError if libraries
    # of the system are missing.
    except (ImportError, OSError, ValueError, LookupError) as error:
        problem = f"Annotated clips cannot be written: {error}."
        fix = "Install PyAV's own build with: pip install --force-reinstall --only-binary=:all: av."
        return Check(name, "none", "broken", problem, fix)
    return Check(name, f"{encoder.name} of PyAV {av.__version__}")


def _browser() -> Check:
    """Look at whether `mien webcam` can open its page here."""
    browser = browser_name()
    if has_screen() and browser is not None:
        return Check("browser", browser)
    why = "there is no screen" if not has_screen() else "no browser is installed"
    return Check(
        "browser",
        "none here",
        "note",
        f"mien webcam cannot open its page by itself: {why}.",
        "Open the address that it prints in a browser of this machine.",
    )


def _heic() -> Check:
    """Look at whether an iPhone's photos can be read."""
    version = version_of("pillow-heif")
    if version is None:
        return Check("HEIC", f"not read. {how_to_install('heic')}")
    try:
        import pillow_heif
    except (ImportError, OSError) as error:
        problem = f"HEIC pictures cannot be read: {error}."
        fix = "Install it again with: pip install --force-reinstall pillow-heif."
        return Check("HEIC", "not read", "broken", problem, fix)
    return Check("HEIC", f"read by pillow-heif {version}, libheif {pillow_heif.libheif_version()}")
