"""Times and checks the reading of videos; prints a table and writes results/video.json.

Usage: python benchmarks/video.py DATA [--runs 5] [--cache FOLDER] [--no-peer] [--only PART]

DATA is the folder with videos/, jaffe.zip, yalefaces.zip, london.zip and london.csv. Each timing
runs in a process of its own, in turn with the others; loading the networks is not timed, except
where a whole command is. The peer is installed once into the cache, which takes 9 GB. Run it on a
machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from common import RESULTS, process, publish
from mien.errors import MissingExtraError, PictureError
from mien.perception.reader import Reader
from mien.perception.watching import Watch
from mien.video import VideoReader
from peers import options
from peers.environments import prepare
from video_checks import auto_neutral, changes, delays, following
from video_clips import looped, resized

SOURCE = "pyfeat_WolfgangLanger_Pexels.mp4"
"""The clip that the timed ones are made of: 472 frames, one face in each."""

LONG = {"1 minute": 3, "10 minutes": 30}
"""How often the clip, of 19.7 s, is repeated for the clips whose memory is measured."""

NETS = ("mien-s", "mien-b")


def watch(clip: Path) -> dict[str, Any]:
    """Read a clip, and say how long it took, how busy the stages were, and the peak of memory."""
    reader = Reader()
    # Loading is not timed.
    Watch(reader.single_threaded()).read(np.zeros((96, 96, 3), np.uint8), 0.0)
    one = Watch(reader)
    start = time.perf_counter()
    with VideoReader(clip) as frames:
        count = sum(1 for _ in one.read_all(frames))
    seconds = time.perf_counter() - start
    return {
        "frames": count,
        "frames per second": count / seconds,
        "stages": one.stages.shares(),
        "peak megabytes": _peak(),
    }


def decode(clip: Path) -> dict[str, Any]:
    """Only decode a clip."""
    start = time.perf_counter()
    with VideoReader(clip) as frames:
        count = sum(1 for _ in frames)
    return {"frames": count, "frames per second": count / (time.perf_counter() - start)}


def _peak() -> float:
    """Return the most memory that this process took, in MB of a million bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def command(clip: Path, *flags: str) -> dict[str, Any]:
    """Time the whole command `mien detect`, its start included."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "out")
        start = time.perf_counter()
        process("-m", "mien", "detect", str(clip), "--out", out, *flags)()
        seconds = time.perf_counter() - start
    with VideoReader(clip) as frames:
        count = frames.count or 0
    return {"frames": count, "frames per second": count / seconds}


def peer(python: Path, clip: Path) -> dict[str, Any]:
    """Time fer's Video.analyze."""
    script = str(Path(__file__).parent / "peers" / "fer_video.py")
    with tempfile.TemporaryDirectory() as folder:
        words = [str(python), "-I", script, str(clip), folder]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    # fer analyses every frame, but tells only of those with a face.
    with VideoReader(clip) as frames:
        count = frames.count or 0
    return answer | {"frames": count, "frames per second": count / answer["seconds"]}


def in_its_own_process(what: str, clip: Path) -> dict[str, Any]:
    """Run one of the functions above in a process of its own."""
    words = [sys.executable, __file__, "--worker", what, str(clip)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def speeds(clips: dict[str, Path], runs: int) -> dict[str, Any]:
    """Time everything of mien's in turn, `runs` times."""
    answers: dict[str, list[dict[str, Any]]] = {}
    for _ in range(runs):
        for name, clip in clips.items():
            for what in ("decode", "watch"):
                answers.setdefault(f"{name}, {what}", []).append(in_its_own_process(what, clip))
            flags = {"detect, no video": ("--no-video",), "detect, with video": ()}
            for what, words in flags.items():
                answers.setdefault(f"{name}, {what}", []).append(command(clip, *words))
    return {name: _summary(runs) for name, runs in answers.items()}


def against_peer(clips: dict[str, Path], runs: int, python: Path) -> dict[str, Any]:
    """Time `Watch` and fer in turn, `runs` times, and divide pair by pair."""
    results = {}
    for name, clip in clips.items():
        pairs = [(in_its_own_process("watch", clip), peer(python, clip)) for _ in range(runs)]
        ratios = [ours["frames per second"] / theirs["frames per second"] for ours, theirs in pairs]
        results[name] = {
            "mien": _summary([pair[0] for pair in pairs]),
            "fer": _summary([pair[1] for pair in pairs]),
            "times as fast": {
                "median": round(statistics.median(ratios), 1),
                "min": round(min(ratios), 1),
                "max": round(max(ratios), 1),
            },
        }
    return results


def _summary(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the median, least and most frames a second, and the stages of the median run."""
    rates = [one["frames per second"] for one in answers]
    middle = statistics.median_low(rates)
    chosen = next(one for one in answers if one["frames per second"] == middle)
    return {
        "frames": chosen["frames"],
        "median": round(statistics.median(rates), 1),
        "min": round(min(rates), 1),
        "max": round(max(rates), 1),
        "runs": len(rates),
        **{key: chosen[key] for key in ("stages", "peak megabytes") if key in chosen},
    }


def memory(clip: Path, folder: Path) -> dict[str, Any]:
    """Measure the peak of memory of a short and a long 1080p clip."""
    peaks = {}
    for name, times in LONG.items():
        path = looped(clip, folder / f"{times}.mp4", times)
        peaks[name] = round(in_its_own_process("watch", path)["peak megabytes"], 1)
        path.unlink()
    return peaks


def find_peer(cache: Path | None) -> Path | None:
    """Return the interpreter of fer's environment; None without one."""
    if cache is None:
        return None
    known, _ = options.choose([])
    recipe = next(system.recipe for system in known if system.name == "fer")
    try:
        return prepare(recipe, cache).python
    except MissingExtraError as error:
        print(f"fer is missing. {error.problem}", file=sys.stderr)
        return None


def rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the table that is printed."""
    table: list[tuple[str, ...]] = [("what", "median", "min", "max")]
    for name, timed in results.get("speeds", {}).items():
        table.append((name, *(f"{timed[key]:g} frames/s" for key in ("median", "min", "max"))))
        shares = timed.get("stages", {}).items()
        table.extend((f"  busy: {stage}", f"{share:.0%}", "", "") for stage, share in shares)
    for name, pair in results.get("beside fer", {}).items():
        for what, unit in (("mien", " frames/s"), ("fer", " frames/s"), ("times as fast", "")):
            figures = (f"{pair[what][key]:g}{unit}" for key in ("median", "min", "max"))
            table.append((f"{name}, beside fer: {what}", *figures))
    for name, peak in results.get("peak megabytes", {}).items():
        table.append((f"peak memory, 1080p, {name}", f"{peak:g} MB", "", ""))
    for clip, checked in results.get("following", {}).items():
        table.extend((f"{clip}: {what}", str(value), "", "") for what, value in checked.items())
    for rate, delay in results.get("a new face is noticed after", {}).items():
        table.append((f"a new face is noticed at {rate}", f"{delay:g} s", "", ""))
    for name, shown in results.get("labels", {}).items():
        table.append((name, "; ".join(shown), "", ""))
    return table


def labels(reader: Reader, clips: Sequence[Path]) -> dict[str, list[str]]:
    """Return how the clips' labels change with and without a neutral face."""
    neutrals = {"none": None, "auto": "auto", "its first half second": (0.0, 0.5)}
    results = {}
    for clip in clips:
        for name, neutral in neutrals.items():
            try:
                shown = changes(reader, clip, neutral)
            except PictureError as error:  # The clip begins with another expression.
                shown = [str(error)]
            results[f"{clip.stem}, neutral: {name}"] = shown
    return results


def main() -> None:
    """Time and check everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=Path("peers-cache"))
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--only", choices=("checks", "memory", "speeds", "peer"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        results = _earlier() | measure(chosen, Path(name))
    publish("video", results, rows(results))


def measure(chosen: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Return what the command line asks for."""
    videos, results = chosen.data / "videos", dict[str, Any]()
    sizes = {"640x480": (640, 480), "1920x1080": (1920, 1080)}
    clips = {
        name: resized(videos / SOURCE, folder / f"{name}.mp4", *size)
        for name, size in sizes.items()
    }
    if chosen.only in (None, "speeds"):
        results["load average before"] = os.getloadavg()[0]
        results["speeds"] = speeds(clips, chosen.runs)
    wanted = chosen.only in (None, "peer") and not chosen.no_peer
    if wanted and (python := find_peer(chosen.cache)) is not None:
        results["beside fer"] = against_peer(clips, chosen.runs, python)
    if chosen.only in (None, "memory"):
        results["peak megabytes"] = memory(clips["1920x1080"], folder)
    if chosen.only in (None, "checks"):
        results |= check(Reader(), chosen.data)
    return results


def check(reader: Reader, data: Path) -> dict[str, Any]:
    """Return what does not depend on how fast the machine is."""
    clips = sorted((data / "videos").glob("pyfeat_*.m*"))
    return {
        "following": {clip.name: following(reader, clip) for clip in clips},
        "a new face is noticed after": delays(reader),
        "labels": labels(reader, clips),
        "auto neutral": auto_neutral(data, NETS),
    }


def _earlier() -> dict[str, Any]:
    """Return the results so far, of which a part may be measured anew."""
    path = RESULTS / "video.json"
    earlier = json.loads(path.read_text()) if path.exists() else {}
    return {key: value for key, value in earlier.items() if key != "machine"}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        print(json.dumps({"watch": watch, "decode": decode}[sys.argv[2]](Path(sys.argv[3]))))
    else:
        main()
