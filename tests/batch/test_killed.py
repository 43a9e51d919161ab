"""Runs that are killed at any moment, and several at once: every picture is read exactly once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")

Rows = list[dict[str, Any]]

# The run kills itself at a moment that no clock decides: when the NAME of MODULE is called for the
# so-manieth time, before or after it does its work; from within, so that nothing can clean up.
KILLING = """
import importlib, os, signal, sys
place, name, times, when = sys.argv[1:5]
del sys.argv[1:5]
module = importlib.import_module(place)
real = getattr(module, name)
calls = 0

def killing(*words, **more):
    global calls
    calls += 1
    if calls == int(times) and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*words, **more)
    if calls == int(times):
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(module, name, killing)
sys.argv[0] = "mien"
from mien.cli import main
main()
"""

MOMENTS = {
    "before the plan is complete": ("mien.batch.plan", "_put_first", 1, "before", 0),
    "after the plan": ("mien.batch.plan", "_put_first", 1, "after", 0),
    "after the manifest": ("mien.batch.planning", "Plan", 1, "after", 0),
    "in the first shard": ("mien.batch.groups", "decode", 5, "before", 0),
    "between shards": ("mien.batch.shards", "write_part", 1, "after", 1),
    "in a later shard": ("mien.batch.groups", "decode", 17, "before", None),
    "before a name is on the disk": ("mien.batch.writing", "folder_to_disk", 1, "before", 0),
    "before a part is in its place": ("mien.batch.writing", "finish", 3, "before", 1),
    "after a part is in its place": ("mien.batch.writing", "finish", 3, "after", 2),
    "before the last manifest": ("mien.batch.job", "write_manifest", 2, "before", 3),
}


def words(folder: Path, out: Path) -> list[str]:
    return ["batch", str(folder), "--out", str(out), "--shard-size", "8"]


def start(*python: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *python], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def finish(folder: Path, out: Path) -> tuple[int, bytes]:
    with start("-m", "mien", *words(folder, out)) as again:
        _, error = again.communicate()
        return again.returncode, error


def parts_of(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.glob("part-*"))}


def check(out: Path, whole: Path, folder: Path, rows: Callable[[Path], Rows]) -> None:
    """Check that each input is there exactly once, and that nothing else is."""
    read = [row["source"] for row in rows(out) if row["face_id"] in (None, 0)]
    assert read == sorted(map(str, folder.iterdir()))
    assert parts_of(out) == parts_of(whole)
    assert (out / "manifest.json").read_bytes() == (whole / "manifest.json").read_bytes()
    assert not [path.name for path in out.iterdir() if path.name.startswith(".")]


# The short form of the test has the moment at which most could go wrong.
SHORT = {"before a part is in its place"}


@pytest.mark.parametrize(
    "moment",
    [name if name in SHORT else pytest.param(name, marks=pytest.mark.slow) for name in MOMENTS],
)
def test_a_killed_run_goes_on(
    folder: Path, whole: Path, tmp_path: Path, rows: Callable[[Path], Rows], moment: str
) -> None:
    out = tmp_path / "out"
    place, name, times, when, complete = MOMENTS[moment]
    with start("-c", KILLING, place, name, str(times), when, *words(folder, out)) as killed:
        _, error = killed.communicate()
        assert killed.returncode == -signal.SIGKILL, error.decode()
    # No half of a file is under a final name.
    there = parts_of(out)
    assert complete is None or len(there) == complete
    assert there.items() <= parts_of(whole).items()
    code, error = finish(folder, out)
    assert code == 1, error.decode()
    check(out, whole, folder, rows)


@pytest.mark.slow
def test_runs_killed_at_random_moments_go_on(
    folder: Path, whole: Path, tmp_path: Path, rows: Callable[[Path], Rows]
) -> None:
    """Two at once, of which any may be killed, until the table is complete."""
    chance = random.Random(22)
    out = tmp_path / "out"
    for _ in range(25):
        runs = [start("-m", "mien", *words(folder, out)) for _ in range(2)]
        for one in runs:
            time.sleep(chance.uniform(0.2, 2.5))
            one.kill()
        for one in runs:
            one.communicate()
        assert parts_of(out).items() <= parts_of(whole).items()
        if chance.random() < 0.3:
            for part in out.glob("part-*"):
                part.unlink()
    code, error = finish(folder, out)
    assert code == 1, error.decode()
    check(out, whole, folder, rows)


def test_two_runs_at_once_read_everything_once(
    folder: Path, whole: Path, tmp_path: Path, rows: Callable[[Path], Rows]
) -> None:
    out = tmp_path / "out"
    runs = [start("-m", "mien", *words(folder, out)) for _ in range(2)]
    for one in runs:
        _, error = one.communicate()
        assert one.returncode == 1, error.decode()
    check(out, whole, folder, rows)


@pytest.mark.slow
def test_three_shares_at_once_are_the_whole(
    folder: Path, whole: Path, tmp_path: Path, rows: Callable[[Path], Rows]
) -> None:
    out = tmp_path / "out"
    runs = [
        start("-m", "mien", *words(folder, out), "--shard", f"{share}/3") for share in (1, 2, 3)
    ]
    codes = []
    for one in runs:
        _, error = one.communicate()
        codes.append(one.returncode)
        assert one.returncode in (0, 1), error.decode()
    assert sorted(codes) == [0, 0, 1]  # the share with the broken picture
    check(out, whole, folder, rows)
