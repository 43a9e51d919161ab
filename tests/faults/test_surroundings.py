"""Disks, folders, files and users that a command cannot work with: a sentence and an exit code.

Each case runs a command in a fork of a process that has mien imported (`conftest.Preloaded`). What
is broken is broken for real: a disk is a small one that is full, a read-only folder is mounted so,
and a user without rights is one. That takes the superuser; without, these cases are skipped.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import skimage.data
from PIL import Image

from mien.models import onnx_paths, read_info

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
NEEDS_ROOT = pytest.mark.skipif(not ROOT, reason="needs the superuser")

NOBODY = "import os; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
"""Python that makes the process an ordinary user's."""

# A user whom the system does not know, with no home folder.
NO_HOME = """
import os
os.setgroups([]); os.setgid(54321); os.setuid(54321)
for name in ("HOME", "MIEN_CACHE", "XDG_CACHE_HOME", "USER", "LOGNAME"):
    os.environ.pop(name, None)
"""

# Standard output whose reader has gone, as after `| head -1`.
NO_READER = """
import os, sys
reading, writing = os.pipe()
os.close(reading)
os.dup2(writing, 1)
"""

# A disk with room for so many bytes of each file.
LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))\n"

# A file that is gone once a folder has been listed.
VANISHING = """
import importlib, pathlib
room = importlib.import_module("{room}")
listed = room.{name}
def vanishing(*values, **named):
    found = listed(*values, **named)
    pathlib.Path("{file}").unlink(missing_ok=True)
    return found
room.{name} = vanishing
"""

NET = read_info("mien-s")


@pytest.fixture(scope="module")
def inputs(open_folder: Path, photos: Path, clip: Path, faces_zip: Path) -> Path:
    """A folder with something for every command to read."""
    folder = open_folder / "inputs"
    folder.mkdir()
    shutil.copytree(photos, folder / "photos")
    for path in (clip, faces_zip):
        shutil.copy(path, folder / path.name)
    return folder


@pytest.fixture
def place(open_folder: Path, inputs: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder to run a command in, with the inputs, to which only its owner may write."""
    name = re.sub(r"\W", "-", request.node.name)
    folder = open_folder / name
    folder.mkdir()
    for path in inputs.iterdir():
        (folder / path.name).symlink_to(path)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def finished_run(preloaded: Any, inputs: Path, open_folder: Path) -> Path:
    """A finished training, with its data."""
    folder = open_folder / "trained"
    folder.mkdir()
    ended = preloaded.run([*COMMANDS["train"], "--data", str(inputs / "faces.zip")], folder)
    assert ended.code == 0, ended.stderr
    return folder / "runs" / "r"


COMMANDS = {
    "detect": ["detect", "photos", "--out", "out", "--csv", "out/faces.csv"],
    "video": ["detect", "clip.mp4", "--out", "out"],
    "batch": ["batch", "photos", "--out", "out", "--shard-size", "2", "--threads", "2"],
    "data describe": ["data", "describe", "faces.zip", "--out", "out"],
    "evaluate": ["evaluate", "faces.zip", "--split", "public", "--json", "out/scores.json"],
    "serve": ["serve", "--port", "0"],
    "train": [
        *("train", "--net", "plain", "--epochs", "2", "--batch-size", "35", "--patience", "0"),
        *("--threads", "1", "--out", "runs", "--name", "r", "--data", "faces.zip"),
    ],
    "tune": [
        *("tune", "--net", "plain", "--epochs", "1", "--trials", "1", "--threads", "1"),
        *("--batch-size", "35", "--out", "out", "--data", "faces.zip"),
    ],
    "export": ["export", "run", "--name", "n", "--out", "out"],
    "report": ["report", "run", "--out", "out/report.html"],
}
"""The commands under test, which write into ``out`` or ``runs``."""

HEAVY = ("train", "tune", "export", "report", "evaluate")
"""Those that the short form leaves out, since they need torch or a finished training."""


SHORT = ("detect",)


def cases(*names: str, short: tuple[str, ...] = SHORT) -> pytest.MarkDecorator:
    """Run a test with commands; only some belong to the short form."""
    return pytest.mark.parametrize(
        "command",
        [pytest.param(name, marks=() if name in short else pytest.mark.slow) for name in names],
    )


class Runner:
    """Runs a command of a name, and writes down how it ended."""

    def __init__(self, request: pytest.FixtureRequest, note: Callable[..., None]) -> None:
        self._request, self._note = request, note

    def __call__(
        self, command: str, place: Path, *words: str, fault: str = "", **how: Any
    ) -> Any:
        """Run it in a folder; check that it neither hangs nor ends in a traceback."""
        heavy = command in HEAVY
        if command in ("export", "report"):
            link = place / "run"
            if not link.exists():
                link.symlink_to(self._request.getfixturevalue("finished_run"))
        preloaded = self._request.getfixturevalue("preloaded" if heavy else "light")
        ended = preloaded.run(list(words) or COMMANDS[command], place, **how)
        assert ended.code is not None, f"{command} hung"
        assert "Traceback" not in ended.stderr, ended.stderr
        if fault:
            self.note(command, place, fault, ended)
        return ended

    def note(self, command: str, place: Path, fault: str, ended: Any) -> None:
        """Write down how a command ended."""
        said = ended.stderr.strip().splitlines()
        text = said[-1].strip() if said else ""
        for folder in (place, place.parent):
            text = text.replace(f"{folder}/", "")
        result = {"fault": fault, "command": command, "exit_code": ended.code, "said": text}
        self._note("surroundings", f"{fault}: {command}", result)


@pytest.fixture
def run(request: pytest.FixtureRequest, note: Callable[..., None]) -> Runner:
    """Run a command of a name in a folder."""
    return Runner(request, note)


def check_sentence(ended: Any, pattern: str, code: int = 2) -> None:
    """Assert the exit code, and that the last line says what is wrong, in a sentence."""
    assert ended.code == code, ended.stderr + ended.stdout
    assert re.search(pattern, ended.stderr), ended.stderr


def mount(*words: str) -> None:
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount: {done.stderr.strip()}")


@pytest.fixture
def full_disk(place: Path) -> Iterator[Callable[[str, int], None]]:
    """Put a disk under a folder, with a number of bytes left."""
    mounted = []

    def put(name: str, left: int) -> None:
        folder = place / name
        folder.mkdir()
        mount("-t", "tmpfs", "-o", "size=1m,mode=777", "tmpfs", str(folder))
        mounted.append(folder)
        (folder / ".filling").write_bytes(bytes((1 << 20) - left))

    yield put
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


NO_ROOM = "No space left on device|database or disk is full"
TOO_LARGE = "File too large|not all of it could be written|free space on the disk"

WRITING = tuple(name for name in COMMANDS if name != "serve")
WHERE = dict.fromkeys(WRITING, "out") | {"train": "runs"}


@NEEDS_ROOT
@pytest.mark.parametrize("left", [0, 24 << 10])
@cases(*WRITING)
def test_a_full_disk(run: Runner, place: Path, full_disk: Any, command: str, left: int) -> None:
    folder = WHERE[command]
    full_disk(folder, left)
    fault = f"disk full, {left >> 10} KB left"
    ended = run(command, place, fault=fault)
    if ended.code == 0:  # what it writes fits
        assert left
        return
    check_sentence(ended, NO_ROOM, 1 if command == "detect" and left else 2)
    # No temporary file is left, but what lets a run of clips go on.
    hidden = {path.name for path in (place / folder).rglob(".mien-*")}
    assert hidden <= {".mien-journal"}


@pytest.mark.parametrize("most", [2000, 20000])
@cases(*WRITING)
def test_no_file_can_grow(run: Runner, place: Path, command: str, most: int) -> None:
    # Standard output and error count as well: they go to files.
    ended = run(command, place, fault=f"no file larger than {most} bytes", setup=LIMIT.format(most))
    if ended.code:
        assert ended.code in (1, 2)
        assert re.search(TOO_LARGE, ended.stderr), ended.stderr
    else:
        assert most == 20000  # what it writes fits


@NEEDS_ROOT
@cases(*WRITING)
def test_a_read_only_folder(run: Runner, place: Path, command: str) -> None:
    folder = place / WHERE[command]
    folder.mkdir()
    mount("--bind", str(folder), str(folder))
    try:
        mount("-o", "remount,bind,ro", str(folder))
        ended = run(command, place, fault="read-only folder")
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)
    check_sentence(ended, "[Rr]ead-only")
    assert list(folder.iterdir()) == []


@NEEDS_ROOT
@cases(*WRITING)
def test_a_folder_without_permission(run: Runner, place: Path, command: str) -> None:
    ended = run(command, place, fault="no permission to write", setup=NOBODY)
    check_sentence(ended, "read-only|[Pp]ermission")
    assert not (place / WHERE[command]).exists()


@cases(*WRITING)
def test_an_output_folder_that_is_a_file(run: Runner, place: Path, command: str) -> None:
    (place / WHERE[command]).write_text("mine")
    ended = run(command, place, fault="output folder is a file")
    check_sentence(ended, "is a file|is not a folder|not a directory")
    assert (place / WHERE[command]).read_text() == "mine"


UNREADABLE = {
    "detect": (1, "photos/0.png"), "video": (1, "clip.mp4"), "batch": (1, "photos/0.png"),
    **dict.fromkeys(("data describe", "evaluate", "train", "tune"), (2, "faces.zip")),
}  # fmt: skip


@NEEDS_ROOT
@cases(*UNREADABLE)
def test_an_input_without_permission(run: Runner, place: Path, command: str) -> None:
    code, name = UNREADABLE[command]
    own_copy(place / name.split("/")[0])
    (place / name).chmod(0)
    place.chmod(0o777)
    ended = run(command, place, fault="no permission to read", setup=NOBODY)
    check_sentence(ended, rf"{name}.*(Permission|not readable)", code)
    if command == "detect":
        # The others were read.
        rows = (place / "out" / "faces.csv").read_text().splitlines()
        assert [row.split(",")[0] for row in rows[1:]] == [f"photos/{n}.png" for n in ORDER]
    if command == "batch":
        check_batch_rows(place, "photos/0.png")


def check_batch_rows(place: Path, failed: str) -> None:
    """Assert that every photo has a row, and that only one could not be read."""
    from pyarrow import parquet

    parts = sorted((place / "out").glob("part-*.parquet"))
    rows = [row for part in parts for row in parquet.read_table(part).to_pylist()]
    assert {row["source"] for row in rows} == {f"photos/{n}.png" for n in ("0", *ORDER)}
    assert [row["source"] for row in rows if row["error"]] == [failed]


ORDER = ("1", "2", "3", "none")


def own_copy(link: Path) -> None:
    """Turn a link into a copy that a test may change."""
    target = link.resolve()
    link.unlink()
    (shutil.copytree if target.is_dir() else shutil.copy)(target, link)


VANISH = {
    "detect": (1, "mien.detect_job.job", "list_sources", "photos/0.png"),
    "video": (1, "mien.detect_job.job", "list_sources", "clip.mp4"),
    "batch": (1, "mien.batch.planning", "write_plan", "photos/0.png"),
    "data describe": (2, "mien.data.tree_files", "walk", "tree/happy/3.png"),
    "train": (2, "mien.data.tree_files", "walk", "tree/happy/3.png"),
}


@cases(*VANISH)
def test_a_file_that_vanishes_after_it_was_listed(run: Runner, place: Path, command: str) -> None:
    code, room, name, file = VANISH[command]
    for link in ("photos", "clip.mp4"):
        own_copy(place / link)
    for kind in ("happy", "sad"):
        (place / "tree" / kind).mkdir(parents=True)
        for number in range(6):
            picture = skimage.data.astronaut()[number : 48 + number, :48, 0]
            Image.fromarray(picture).save(place / "tree" / kind / f"{number}.png")
    words = [word.replace("faces.zip", "tree") for word in COMMANDS[command]]
    setup = VANISHING.format(room=room, name=name, file=file)
    ended = run(command, place, *words, fault="file removed after listing", setup=setup)
    check_sentence(ended, rf"{file}.*no such file|tree changed while it was read", code)
    if command == "detect":
        assert len((place / "out" / "faces.csv").read_text().splitlines()) == 5
    if command == "batch":
        check_batch_rows(place, file)


def flip(path: Path, share: float) -> None:
    """Flip a bit at some part of a file."""
    data = bytearray(path.read_bytes())
    data[int(len(data) * share)] ^= 16
    path.write_bytes(data)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
@cases("detect", "video", "batch", "evaluate", "serve")
def test_weights_with_a_flipped_bit(run: Runner, place: Path, command: str, share: float) -> None:
    (weights,) = onnx_paths("mien-s", NET)
    shutil.copy(weights, place / "n.onnx")
    shutil.copy(weights.with_suffix(".json"), place / "n.json")
    flip(place / "n.onnx", share)
    words = [*COMMANDS[command], "--net", "n.onnx"]
    ended = run(command, place, *words, fault="a bit of the weights is flipped")
    check_sentence(ended, r"n\.onnx")
    assert not list((place / "out").rglob("*"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["images", "labels", "splits", "names"])
def test_a_cache_with_a_flipped_bit(run: Runner, place: Path, name: str) -> None:
    cache = {"MIEN_CACHE": str(place / "cache")}
    first = run("data describe", place, **cache)
    counts = (place / "out" / "counts.json").read_bytes()
    for path in (place / "cache").rglob(f"{name}.npy"):
        flip(path, 0.6)
    shutil.rmtree(place / "out")
    ended = run("data describe", place, fault=f"a bit of the cache's {name} is flipped", **cache)
    assert ended.code == 0, ended.stderr
    assert ended.stdout == first.stdout
    assert (place / "out" / "counts.json").read_bytes() == counts


RUN_FILES = {
    "checkpoints/best.safetensors": "export",
    "run.json": "export",
    "config.toml": "export",
    "metrics.csv": "report",
}


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("name", RUN_FILES)
def test_a_run_with_a_flipped_bit(
    run: Runner, place: Path, finished_run: Path, name: str, share: float
) -> None:
    shutil.copytree(finished_run, place / "run")
    flip(place / "run" / name, share)
    ended = run(RUN_FILES[name], place, fault=f"a bit of the run's {name} is flipped, at {share}")
    # A digit or a letter of a text may be another one, which nothing shows; weights have a hash.
    assert ended.code == 2 or (ended.code == 0 and name != "checkpoints/best.safetensors")
    if ended.code:
        assert re.match("mien: .*[.]", ended.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.7, 0.98])
def test_a_checkpoint_with_a_flipped_bit(run: Runner, place: Path, share: float) -> None:
    assert run("train", place, setup=STOP_AFTER_AN_EPOCH).code == -signal.SIGKILL
    flip(place / "runs" / "r" / "checkpoints" / "last.ckpt", share)
    fault = f"a bit of the checkpoint is flipped, at {share}"
    runs = [place / "runs", place / "whole" / "runs"]
    (place / "whole").mkdir()
    (place / "whole" / "faces.zip").symlink_to(place / "faces.zip")
    ended = run("train", place, "train", "--resume", "runs/r", fault=fault)
    if ended.code == 0:  # the bit was in the gap between two arrays
        assert run("train", place / "whole").code == 0
        best = [folder / "r" / "checkpoints" / "best.safetensors" for folder in runs]
        assert best[0].read_bytes() == best[1].read_bytes()
        return
    check_sentence(ended, r"last\.ckpt is damaged")


# The process dies once the first epoch's checkpoint is complete.
STOP_AFTER_AN_EPOCH = """
import os, signal
from mien.training import callbacks
whole = callbacks.Checkpoints.on_train_epoch_end
def dying(self, *values):
    whole(self, *values)
    os.kill(os.getpid(), signal.SIGKILL)
callbacks.Checkpoints.on_train_epoch_end = dying
"""

# Three processes that begin at once, and read the same data.
TOGETHER = """
import os, sys
from mien.data import read
children = []
for number in range(3):
    child = os.fork()
    if not child:
        os._exit(0 if len(read("faces.zip", cache="cache", progress=False)) == 140 else 1)
    children.append(child)
sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


def test_processes_that_build_one_cache(run: Runner, place: Path) -> None:
    fault = "three processes build one cache"
    ended = run("data describe", place, setup=TOGETHER, fault=fault)
    assert ended.code == 0, ended.stderr
    assert not list((place / "cache").rglob(".mien-*"))
    assert len(list((place / "cache").rglob("images.npy"))) == 1


HOMELESS = dict.fromkeys(("detect", "video", "batch", "report"), 0) | dict.fromkeys(
    ("data describe", "evaluate", "train", "tune", "export"), 2
)


@NEEDS_ROOT
@cases(*HOMELESS)
def test_no_home_folder(run: Runner, place: Path, command: str) -> None:
    place.chmod(0o777)
    ended = run(command, place, fault="no home folder", setup=NO_HOME)
    if HOMELESS[command]:
        check_sentence(ended, "home folder.*MIEN_CACHE")
        cache = f"import os; os.environ['MIEN_CACHE'] = {str(place / 'cache')!r}"
        ended = run(command, place, setup=NO_HOME + cache)
    assert ended.code == 0, ended.stderr


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a second disk")
@cases(*WRITING, short=("detect",))
def test_temporary_folder_on_another_disk(run: Runner, place: Path, command: str) -> None:
    words = [*COMMANDS[command], *(["--int8"] if command == "export" else [])]
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        assert Path(other).stat().st_dev != place.stat().st_dev
        ended = run(
            command, place, *words, fault="TMPDIR on another disk", TMPDIR=other,
            setup="import tempfile; tempfile.tempdir = None",
        )  # fmt: skip
        assert ended.code == 0, ended.stderr
        assert list(Path(other).iterdir()) == []


@cases(*WRITING)
def test_standard_output_that_nobody_reads(run: Runner, place: Path, command: str) -> None:
    ended = run(command, place, fault="standard output closed early", setup=NO_READER)
    assert ended.code == 1, ended.stderr
    assert "mien:" not in ended.stderr


@cases(*WRITING)
def test_ctrl_c(run: Runner, place: Path, command: str, kills: int | None) -> None:
    seconds = run(command, place).seconds
    draw = random.Random(f"Ctrl-C {command}")
    number = min(kills or 1, 10)
    for part in range(number):
        shutil.rmtree(place / WHERE[command])
        # Not before mien's first line, where Python itself would be interrupted.
        moment = max(0.1, (part + draw.random()) / number * seconds)
        ended = run(command, place, signal=signal.SIGINT, moment=moment)
        (place / WHERE[command]).mkdir(exist_ok=True)
        if ended.code != 0:  # otherwise it was faster
            check_sentence(ended, "(?m)^mien: .*[Ii]nterrupted", 130)
            run.note(command, place, "Ctrl-C", ended)


@pytest.mark.slow
@pytest.mark.parametrize("moment", [0.05, 0.3, 1.0, 3.0])
def test_ctrl_c_of_the_server(run: Runner, place: Path, moment: float) -> None:
    ended = run("serve", place, signal=signal.SIGINT, moment=moment, fault="Ctrl-C")
    assert ended.code in (0, 130), ended.stderr
    if ended.code:
        assert "nterrupted" in ended.stderr
    else:
        assert ended.stdout.endswith("Stopped.\n")


NAME = "grüße-東京-😀"

ENCODED = {
    "detect": [*("detect", NAME, "--out", f"{NAME}.out", "--csv", f"{NAME}.csv")],
    "batch": ["batch", NAME, "--out", f"{NAME}.out"],
    "data describe": ["data", "describe", f"{NAME}.zip", "--out", f"{NAME}.out"],
    "evaluate": [
        *("evaluate", f"{NAME}.zip", "--split", "public", "--json", f"{NAME}.out/s.json"),
    ],
    "train": [
        *("train", "--net", "plain", "--epochs", "1", "--data", f"{NAME}.zip"),
        *("--out", f"{NAME}.out", "--name", NAME),
    ],
}


@cases(*ENCODED, short=())
def test_a_system_without_unicode(
    place: Path, command: str, note: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / NAME).mkdir()
    Image.fromarray(skimage.data.astronaut()[:256, 100:356]).save(place / NAME / f"{NAME}.png")
    shutil.copy(place / "faces.zip", place / f"{NAME}.zip")
    plain = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "mien", *ENCODED[command]],
        cwd=place,
        env=os.environ | plain,
        capture_output=True,
        check=False,
    )
    said = done.stderr.decode("utf-8", "replace").strip()
    assert "Traceback" not in said, said
    if command == "train":  # its settings name files, in UTF-8
        assert done.returncode == 2
        assert "PYTHONUTF8" in said
    else:
        assert done.returncode == 0, said
        assert list((place / f"{NAME}.out").iterdir())
    fault = "LANG=C without UTF-8, names beyond ASCII"
    result = {"fault": fault, "command": command, "exit_code": done.returncode}
    note("surroundings", f"{fault}: {command}", result | {"said": said if done.returncode else ""})
