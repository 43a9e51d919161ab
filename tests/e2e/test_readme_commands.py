"""Every command that the README prints runs, on the real data, with little training."""

import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
COMMANDS = [line.split(" #")[0][2:].strip() for line in README.splitlines() if "$ mien " in line]
SERVERS = [line for line in COMMANDS if line.split()[1] in ("serve", "webcam")]
CAMERAS = [line for line in COMMANDS if "camera:" in line]
RESUMED = [line for line in COMMANDS if " detect " in line and "--resume" in line]
LINES = [line for line in COMMANDS if line not in (*SERVERS, *CAMERAS, *RESUMED)]

BRIEF = {
    "train": "--subset 0.01 --epochs 1",
    "tune": "--subset 0.01 --epochs 1 --trials 1",
    "study": "--subset 0.01 --epochs 1 --no-faces",
    "study --ablate": "--subset 0.01 --epochs 1 --seeds 1 --no-faces",
}
"""What is added to a command so that it ends soon; the last of two equal flags counts."""

pytestmark = [pytest.mark.slow, pytest.mark.data]


@pytest.fixture(scope="module")
def place(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that the README's commands name."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("fer2013.zip", "fer2013new.csv"):
        (folder / name).symlink_to(data_folder / name)
    photo = Image.fromarray(skimage.data.astronaut())
    for path in ("party.jpg", "photos/one.jpg", "labelled/happy/one.jpg"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        photo.save(folder / path)
    with zipfile.ZipFile(data_folder / "jaffe.zip") as jaffe:
        for number, member in enumerate(("00014", "00015", "00016"), start=1):
            # One person's resting face, three times.
            (folder / f"me-{number}.jpg").write_bytes(jaffe.read(f"neutral/{member}.png"))
    (folder / "truth.csv").write_text("file,expression\none.jpg,happy\n", encoding="utf-8")
    clips = data_folder / "videos"
    for path in ("talk.mp4", "clips/one.mp4"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes((clips / "pyfeat_single_face.mp4").read_bytes())
    (folder / "events.csv").write_text("time,label\n0.5,film\n", encoding="utf-8")
    (folder / "more.txt").write_text("party.jpg\n", encoding="utf-8")
    (folder / "groups.csv").write_text(
        "file,light\ntest/happy/PublicTest_28713.jpg,dark\n", encoding="utf-8"
    )
    return folder


def brief(command: str) -> list[str]:
    """Add to a command what makes it end soon."""
    words = shlex.split(command)[1:]
    matching = [key for key in BRIEF if all(part in words for part in key.split())]
    name = max(matching, key=len, default=None)
    if "--resume" in words:
        return words
    return words + shlex.split(BRIEF[name] if name else "")


@pytest.mark.timeout(3600)  # Fifty commands, some of which train.
def test_the_commands_run_in_their_order(place: Path) -> None:
    environment = os.environ | {"MIEN__TRAIN__EPOCHS": "1", "COLUMNS": "160"}
    for line in LINES:
        words = [sys.executable, "-m", "mien", *brief(line)]
        done = subprocess.run(words, cwd=place, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, line


@pytest.mark.parametrize("line", SERVERS)
def test_the_servers_start_and_stop(place: Path, line: str) -> None:
    words = [sys.executable, "-m", "mien", *shlex.split(line)[1:], "--port", "0"]
    words += ["--no-browser"] if "webcam" in words else []
    with subprocess.Popen(words, cwd=place, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = next(
            match[0] for said in process.stdout if (match := re.search(r"http://[\w.:]+", said))
        )
        with urllib.request.urlopen(f"{address}/healthz") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0


@pytest.mark.parametrize("line", CAMERAS)
def test_without_a_camera_it_is_a_sentence(place: Path, line: str) -> None:
    if Path("/dev/video0").exists():
        pytest.skip("there is a camera")
    words = [sys.executable, "-m", "mien", *shlex.split(line)[1:]]
    done = subprocess.run(words, cwd=place, capture_output=True, text=True)
    assert done.returncode == 1
    assert "camera" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("line", RESUMED)
def test_without_an_interrupted_run_it_is_a_sentence(place: Path, line: str) -> None:
    words = [sys.executable, "-m", "mien", *shlex.split(line)[1:]]
    done = subprocess.run(words, cwd=place, capture_output=True, text=True)
    assert done.returncode == 2
    assert "There is no interrupted run" in done.stderr
