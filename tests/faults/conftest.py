"""Commands of mien that are broken off at chosen moments, or run in broken surroundings."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image

SCRIPT = Path(__file__).parent / "preloaded.py"

FACE = (slice(0, 256), slice(100, 356))
"""Where the face of scikit-image's astronaut is."""


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int | None
    """Exit code; the negative number of the signal that ended it; None if it hung."""
    seconds: float
    stdout: str
    stderr: str


class Preloaded:
    """A process that has mien imported, and runs each command in a fork of itself."""

    def __init__(self, heavy: bool, folder: Path) -> None:
        self._logs = folder
        own = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": ""}
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT), *(["heavy"] if heavy else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | own,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def run(
        self,
        words: list[str],
        folder: Path,
        signal: int | None = None,
        moment: float = 0.0,
        setup: str = "",
        **environment: str,
    ) -> Ended:
        """Run a command.

        Parameters
        ----------
        words
            What follows ``mien`` on the command line.
        folder
            Where it runs.
        signal, moment
            The signal that it gets, and after how many seconds.
        setup
            Python that is run first, in the same process.
        **environment
            Variables.
        """
        logs = [self._logs / "stdout", self._logs / "stderr"]
        job = {
            **{"words": words, "folder": str(folder), "signal": signal, "moment": moment},
            **{"stdout": str(logs[0]), "stderr": str(logs[1])},
            **{"setup": setup, "environment": environment},
        }
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        texts = [log.read_text(encoding="utf-8", errors="replace") for log in logs]
        return Ended(answer["code"], answer["seconds"], *texts)

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A temporary folder that every user may look into; pytest's own is closed to others."""
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _preloaded(heavy: bool, open_folder: Path) -> Iterator[Preloaded]:
    if not hasattr(os, "fork"):
        pytest.skip("needs fork")
    with tempfile.TemporaryDirectory() as logs:
        process = Preloaded(heavy, Path(logs))
        yield process
        process.close()


@pytest.fixture(scope="session")
def preloaded(open_folder: Path) -> Iterator[Preloaded]:
    """Runs every command."""
    yield from _preloaded(True, open_folder)


@pytest.fixture(scope="session")
def light(open_folder: Path) -> Iterator[Preloaded]:
    """Runs the commands that need no torch; it starts in a sixth of the time."""
    yield from _preloaded(False, open_folder)


@pytest.fixture(scope="session")
def kills() -> int | None:
    """How often each command is killed in the long form; None in the short form."""
    asked = os.environ.get("MIEN_FAULTS")
    return int(asked) if asked else None


@pytest.fixture(scope="session")
def note() -> Callable[[str, str, dict[str, Any]], None]:
    """Add to the results of the long form, in the file that MIEN_FAULTS_RESULTS names."""
    file = os.environ.get("MIEN_FAULTS_RESULTS")

    def add(section: str, name: str, result: dict[str, Any]) -> None:
        if file is None:
            return
        path = Path(file)
        content = json.loads(path.read_text()) if path.is_file() else {}
        content.setdefault(section, {})[name] = result
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")

    return add


@pytest.fixture(scope="session")
def photos(open_folder: Path) -> Path:
    """A folder of small photos with a face, and one without."""
    folder = open_folder / "photos"
    folder.mkdir()
    face = skimage.data.astronaut()[FACE]
    for number in range(4):
        Image.fromarray(np.roll(face, 9 * number, 1)).save(folder / f"{number}.png")
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(folder / "none.png")
    return folder


@pytest.fixture(scope="session")
def clip(open_folder: Path) -> Path:
    """A short clip of a face that moves."""
    from mien.video import VideoWriter

    path = open_folder / "clip.mp4"
    face = skimage.data.astronaut()[FACE]
    with VideoWriter(path, width=320, height=256) as writer:
        for number in range(16):
            frame = np.full((256, 320, 3), 90, np.uint8)
            frame[:, number * 3 : number * 3 + 256] = face
            writer.add(frame, number / 25)
    return path


@pytest.fixture(scope="session")
def faces_zip(striped_zip: Path, open_folder: Path) -> Path:
    """The striped faces where every user can read them, with a cache that is warm."""
    path = open_folder / "faces.zip"
    shutil.copy(striped_zip, path)
    assert zipfile.is_zipfile(path)
    return path
