"""Pictures for the tests of Ray, and whole runs in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet
import skimage.data

COUNT = 24
"""Pictures of `make`: the last is broken, every fifth has no face."""

PATIENCE = 300
"""Seconds for what takes a few on an idle machine."""

RUN = """
import sys
from pathlib import Path
from mien.batch import BatchJob
from mien.settings import BatchSettings

source, out, engine = sys.argv[1:]
settings = BatchSettings(sources=(source,), out=Path(out), engine=engine, shard_size=2)
with BatchJob(settings) as job:
    result = job.run()
print(result.inputs, result.faces, result.failures, result.complete)
"""


def make(folder: Path) -> Path:
    """Draw pictures into a new folder."""
    folder.mkdir()
    face = skimage.data.astronaut()[..., ::-1]
    for number in range(COUNT - 1):
        image = np.full_like(face, 90) if number % 5 == 4 else np.roll(face, 7 * number, axis=1)
        cv2.imwrite(str(folder / f"{number:02d}.png"), image)
    (folder / f"{COUNT - 1:02d}.png").write_bytes(b"no picture")
    return folder


def start(
    code: str, *words: object, place: Path | None = None, before: Sequence[str] = ()
) -> subprocess.Popen[str]:
    """Start a process that runs code; what is temporary goes to `place`.

    `before` is a command that starts it in turn.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if place is not None:
        environment["TMPDIR"] = str(place)
    return subprocess.Popen(
        [*before, sys.executable, "-c", code, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Wait for a process that is to succeed, and return what it printed on both streams."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 0, err
    return out, err


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait, but not for ever."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def parts(folder: Path) -> list[Path]:
    """List the parts that are there."""
    return sorted(folder.glob("part-*.parquet"))


def inputs(folder: Path) -> Counter[str]:
    """Count the rows of each picture; those of one with several faces count once a part."""
    counter = Counter[str]()
    for part in parts(folder):
        sources = pyarrow.parquet.read_table(part, columns=["source"])["source"].to_pylist()
        counter.update(Path(source).name for source in dict.fromkeys(sources))
    return counter


def is_running(pid: int) -> bool:
    """Return whether a process has not ended, whether or not anyone has asked how it did."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def descendants(pid: int) -> Iterator[tuple[int, str]]:
    """Yield the numbers and command lines of all processes that a process has started."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    waiting = [pid]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            waiting.append(child)
            try:
                words = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ")
            except OSError:
                continue
            yield child, words.decode(errors="replace")
