"""SIGKILL at random moments: nothing half written has a final name, and a rerun ends as ever.

The short form kills each command a few times; `make faults` does so 50 times. The moments are
spread over the command's whole life, which is learnt from an unbroken run: of N kills, one falls
into each Nth part of it, at a moment that a seed chooses. A machine that is busy moves them, and
a command that ends before its kill is run again.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
import random
import shutil
import signal
import sqlite3
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")

SHORT = 2
"""Kills of each command in the short form."""

HIDDEN = ".mien-"
"""What the names of mien's temporary files begin with."""

Words = list[str]


@dataclasses.dataclass(frozen=True)
class Target:
    """A command, and how its outputs are judged."""

    first: Words
    """The command line."""
    again: Callable[[Path], Words]
    """What a user runs after a kill, given the folder in which the command ran."""
    result: Callable[[Path], object]
    """What must be equal after an unbroken run and after a kill and a rerun."""
    prepare: Callable[[Path], object] = lambda folder: None
    """Puts the inputs into a folder."""
    setup: str = ""
    """Python to run in place of a command of mien."""
    over: bool = False
    """Whether every second run finds the results of an earlier one in its place."""


def files(folder: Path) -> Iterator[Path]:
    """List the files in a folder, without mien's temporary ones."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(HIDDEN) for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden:
            yield path


def contents(folder: Path, without: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Return the bytes of all files, by their names."""
    found = {str(path.relative_to(folder)): path for path in files(folder)}
    return {name: path.read_bytes() for name, path in found.items() if name not in without}


# how a file is shown to be whole, by its ending


def _csv(data: bytes) -> None:
    text = data.decode()
    assert text.endswith("\n")
    assert len({len(row) for row in csv.reader(io.StringIO(text, newline=""))}) == 1


def _image(data: bytes) -> None:
    Image.open(io.BytesIO(data)).load()


def _parquet(data: bytes) -> None:
    import pyarrow
    from pyarrow import parquet

    parquet.read_table(pyarrow.BufferReader(data))


def _clip(data: bytes) -> None:
    import av

    with av.open(io.BytesIO(data)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 16


def _onnx(data: bytes) -> None:
    import onnx

    onnx.checker.check_model(onnx.load_from_string(data))


def _weights(data: bytes) -> None:
    from safetensors.numpy import load

    assert load(data)


WHOLE: dict[str, Callable[[bytes], object]] = {
    ".csv": _csv,
    ".json": json.loads,
    ".toml": lambda data: tomllib.loads(data.decode()),
    ".png": _image,
    ".jpg": _image,
    ".svg": lambda data: data.rstrip().endswith(b"</svg>") or pytest.fail("half a figure"),
    ".parquet": _parquet,
    ".mp4": _clip,
    ".onnx": _onnx,
    ".safetensors": _weights,
    ".ckpt": lambda data: zipfile.ZipFile(io.BytesIO(data)).testzip(),
    ".npy": lambda data: np.load(io.BytesIO(data), allow_pickle=False),
}

# A table that can be followed as it grows, and databases, which complete themselves when opened.
GROWING = (".partial.csv", ".db", ".db-journal", ".lock", ".lock-journal")


def half_files(folder: Path, inputs: tuple[str, ...]) -> list[str]:
    """Name the files that have a final name but are not complete, and why."""
    found = []
    for name, data in contents(folder, inputs).items():
        if name.endswith(GROWING):
            continue
        try:
            WHOLE[Path(name).suffix](data)
        except Exception as error:
            found.append(f"{name}: {error!r}")
    return found


def rows(run: Path) -> list[dict[str, str]]:
    """Return the metrics of a training, without its times."""
    with (run / "metrics.csv").open(newline="") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def trained(folder: Path) -> object:
    run = folder / "runs" / "r"
    record = json.loads((run / "run.json").read_text())
    return rows(run), (run / "checkpoints" / "best.safetensors").read_bytes(), record["best"]


def resume_training(folder: Path, first: Words) -> Words:
    """Resume if there is a run; otherwise the same command once more."""
    return ["train", "--resume", "runs/r"] if (folder / "runs" / "r").exists() else first


def tuned(folder: Path) -> object:
    """Return the values of all finished trials and their accuracies, and the best settings."""
    with sqlite3.connect(folder / "tuning" / "tuning.db") as database:
        trials = database.execute(
            "SELECT v.value, group_concat(p.param_name || '=' || p.param_value) FROM trials t"
            " JOIN trial_values v USING (trial_id) JOIN trial_params p USING (trial_id)"
            " WHERE t.state = 'COMPLETE' GROUP BY trial_id ORDER BY 2"
        ).fetchall()
    lines = (folder / "tuning" / "best.toml").read_text().splitlines()
    best = [line for line in lines if not line.startswith(("#", "name", "out"))]
    return trials, best


def exported(folder: Path) -> object:
    return contents(folder / "out")


def batched(folder: Path) -> object:
    """Return the rows of all parts and of the plan, and the manifest but for the run's folder."""
    from pyarrow import parquet

    tables = {path.name: parquet.read_table(path) for path in (folder / "out").glob("*.parquet")}
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    assert manifest["complete"]
    own = ("folder", "fingerprint")
    return (
        {name: table.to_pylist() for name, table in tables.items()},
        {name: value for name, value in manifest.items() if name not in own},
    )


TRAIN = [
    *("train", "--net", "plain-bn-dropout", "--epochs", "2", "--batch-size", "35"),
    *("--patience", "0", "--threads", "1", "--out", "runs", "--name", "r"),
]

TUNE = [
    *("tune", "--net", "plain", "--epochs", "1", "--trials", "2", "--startup", "1"),
    *("--threads", "1", "--batch-size", "35", "--out", "tuning"),
]

DETECT = [
    *("detect", "photos", "--out", "out", "--csv", "t/faces.csv", "--json", "t/faces.json"),
    *("--parquet", "t/faces.parquet", "--sheet", "t/sheet.png"),
]

BATCH = ["batch", "photos", "--out", "out", "--shard-size", "2", "--threads", "1"]

CACHE = """
import sys
from mien.data import read
from mien.models.info import InputSpec
for size in (48, 64):
    read("faces.zip", spec=InputSpec(height=size, width=size), cache="cache", progress=False)
sys.exit()
"""


@pytest.fixture(scope="module")
def finished_run(preloaded: Any, faces_zip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished training."""
    folder = tmp_path_factory.mktemp("run")
    ended = preloaded.run([*TRAIN, "--data", str(faces_zip)], folder)
    assert ended.code == 0, ended.stderr
    return folder / "runs" / "r"


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Target:
    """The command of a name."""
    name = request.param
    data = ["--data", str(request.getfixturevalue("faces_zip"))]
    if name == "train":
        first = [*TRAIN, *data]
        return Target(first, lambda folder: resume_training(folder, first), trained)
    if name == "tune":
        first = [*TUNE, *data]
        return Target(first, lambda _: first, tuned)
    if name == "export":
        run = str(request.getfixturevalue("finished_run"))
        first = ["export", run, "--name", "n", "--out", "out"]
        return Target(first, lambda _: first, exported, over=True)
    if name == "detect":
        photos = request.getfixturevalue("photos")
        return Target(
            DETECT,
            lambda _: DETECT,
            lambda folder: contents(folder / "out") | contents(folder / "t"),
            lambda folder: (folder / "photos").symlink_to(photos),
            over=True,
        )
    if name == "video":
        clip = request.getfixturevalue("clip")
        first = ["detect", "clip.mp4", "--out", "out"]
        return Target(
            first,
            lambda folder: resume_clip(folder, first),
            lambda folder: contents(folder / "out"),
            lambda folder: (folder / "clip.mp4").symlink_to(clip),
        )
    if name == "batch":
        return Target(
            BATCH,
            lambda _: BATCH,
            batched,
            lambda folder: (folder / "photos").symlink_to(request.getfixturevalue("photos")),
        )
    assert name == "cache"
    zip_file = request.getfixturevalue("faces_zip")
    return Target(
        [], lambda _: [], lambda folder: contents(folder / "cache"),
        lambda folder: (folder / "faces.zip").symlink_to(zip_file), CACHE,
    )  # fmt: skip


def resume_clip(folder: Path, first: Words) -> Words:
    """Resume if the run had begun to read; before that, there is nothing to resume."""
    journal = folder / "out" / ".mien-journal"
    begun = journal.is_file() and b"\n" in journal.read_bytes()
    return [*first, "--resume"] if begun else first


class Killing:
    """Kills a target again and again, and keeps account of it."""

    def __init__(self, target: Target, preloaded: Any, base: Path) -> None:
        self.target, self._preloaded, self._base = target, preloaded, base
        self._tries = 0
        self.landed = 0
        self.too_late = 0
        self.half_files: list[str] = []
        """Files that were not complete although they had their final names."""
        self.other_results: list[str] = []
        """Reruns that failed, or ended with another result than an unbroken run."""
        self.states: set[tuple[str, ...]] = set()
        """Which files had their final names at a kill."""
        self.leftovers = 0
        """Runs that left temporary files, which the rerun did not remove."""
        self.unbroken = self._folder()
        ended = self._run(self.unbroken, target.first)
        assert ended.code == 0, ended.stderr
        self.seconds = ended.seconds
        self.result = target.result(self.unbroken)

    def _folder(self) -> Path:
        folder = self._base / str(self._tries)
        self._tries += 1
        folder.mkdir()
        self.target.prepare(folder)
        return folder

    def _run(self, folder: Path, words: Words, **how: Any) -> Any:
        return self._preloaded.run(words, folder, setup=self.target.setup, **how)

    def kill(self, fraction: float) -> bool:
        """Kill the command at a part of its life, rerun it and compare; False if it was faster."""
        folder = self._folder()
        if self.target.over and self._tries % 2:
            shutil.rmtree(folder)
            shutil.copytree(self.unbroken, folder, symlinks=True)
        moment = fraction * self.seconds
        ended = self._run(folder, self.target.first, signal=signal.SIGKILL, moment=moment)
        if ended.code == 0:
            self.too_late += 1
            shutil.rmtree(folder)
            return False
        assert ended.code == -signal.SIGKILL, ended.stderr
        inputs = tuple(path.name for path in folder.iterdir() if path.is_symlink())
        self.half_files += half_files(folder, inputs)
        self.states.add(tuple(contents(folder, inputs)))
        self._rerun(folder)
        self.half_files += half_files(folder, inputs)
        self.leftovers += any(path.name.startswith(HIDDEN) for path in folder.rglob("*"))
        self.landed += 1
        shutil.rmtree(folder)
        return True

    def _rerun(self, folder: Path) -> None:
        """Do what a user does after a kill, and compare what comes of it."""
        words = self.target.again(folder)
        ended = self._run(folder, words)
        if ended.code != 0:
            self.other_results.append(f"{words}: {ended.code}, {ended.stderr}")
        elif self.target.result(folder) != self.result:
            self.other_results.append(f"{words}: another result")


HEAVY = ("train", "tune", "export")
"""What needs torch, which takes as long to import as all the kills of the short form."""

LONG = (*HEAVY, "detect")
"""What is left to the long form."""

BRIEF = ("video", "cache", "batch")


@pytest.mark.parametrize(
    "target",
    [*(pytest.param(name, marks=pytest.mark.slow) for name in LONG), *BRIEF],
    indirect=True,
)
def test_killed_at_random_moments(
    target: Target,
    kills: int | None,
    note: Callable[..., None],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    name = request.node.callspec.params["target"]
    number = kills or SHORT
    draw = random.Random(f"{name} {number}")
    preloaded = request.getfixturevalue("preloaded" if name in HEAVY else "light")
    killing = Killing(target, preloaded, tmp_path)
    for part in range(number):
        for _ in range(20):
            if killing.kill((part + draw.random()) / number):
                break
            # The machine is less busy than it was, so the part is where it ends sooner.
            killing.seconds *= 0.95
        else:
            pytest.fail(f"{name} ended {killing.too_late} times before it was killed.")
    note(
        "kills",
        name,
        {
            "kills": killing.landed,
            "ended_before_the_kill": killing.too_late,
            "different_states": len(killing.states),
            "half_files": len(killing.half_files),
            "other_results": len(killing.other_results),
            "leftovers": killing.leftovers,
            "seconds_unbroken": round(killing.seconds, 2),
        },
    )
    assert killing.landed == number
    assert killing.half_files == []
    assert killing.other_results == []
