"""Measures and checks `mien batch`; prints a table, writes results/batch.json and the guide.

Usage: python benchmarks/batch.py SCENES [--only PART ...] [--sizes N ...]

SCENES is a folder that benchmarks/scenes.py made, or DATA for it, of which 50,000 scenes are then
made for the time being. Each run is a process of its own with shards of 100 pictures; its memory is
that of all its processes, with what they share counted once. What is measured is written to
results/batch.json at once, so that a run that was broken off goes on with --only and --sizes, and
docs/guide/scale.md gets its numbers from there (--only guide does just that). Run it on a machine
that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import scenes as scenes_maker
from batch_checks import check
from batch_guide import rows, write_guide
from batch_memory import Memory
from batch_stages import stages
from common import RESULTS, machine, publish

PARTS = ("curve", "sources", "stages", "guide")
SIZES = (100, 1_000, 10_000, 50_000)
ENGINES = ("local", "ray")
SHARD = 100
"""Pictures of a shard; so few that 1,000 pictures keep several workers busy."""

RUNS = {100: 3, 1_000: 3}
"""How often sizes are measured that take little; the median counts."""

KEYS = {"AWS_ACCESS_KEY_ID": "mien", "AWS_SECRET_ACCESS_KEY": "mien"}
"""What the S3 server on loopback lets everyone in with."""


def worker(source: str, out: Path, engine: str, endpoint: str | None) -> None:
    """Run a whole job in this process, and print when it reached what."""
    start = time.perf_counter()
    from mien.batch import BatchJob
    from mien.settings import BatchSettings

    told: list[tuple[float, int]] = []
    settings = BatchSettings.model_validate(
        {"sources": (source,), "out": out, "engine": engine, "endpoint": endpoint,
         "shard_size": SHARD}
    )
    with BatchJob(settings) as job:
        planned = time.perf_counter()
        result = job.run(lambda done, total: told.append((time.perf_counter(), done)))
    end = time.perf_counter()
    told = [one for one in told if one[1]]
    print(json.dumps({
        "planning": planned - start, "first": told[0], "last": told[-1], "planned": planned,
        "end": end, "pictures": result.inputs, "faces": result.faces, "failures": result.failures,
    }))  # fmt: skip


def measure(
    scenes: Path, source: str, count: int, engine: str, endpoint: str | None = None
) -> dict[str, Any]:
    """Run `mien batch` once over the first scenes."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        words = [sys.executable, __file__, "--worker", source, str(out), engine, endpoint or ""]
        start = time.perf_counter()
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | KEYS)
        with Memory(process.pid) as memory:
            text, _ = process.communicate()
        seconds = time.perf_counter() - start
        if process.returncode:
            sys.exit(f"The run over {source} by {engine} failed.")
        told = json.loads(text)
        size = sum(part.stat().st_size for part in out.glob("part-*"))
        return {
            "pictures": told["pictures"],
            "seconds": round(seconds, 2),
            "milliseconds a picture": round(seconds / count * 1000, 3),
            **_steady(told),
            "planning seconds": round(told["planning"], 2),
            "seconds to the first results": round(told["first"][0] - told["planned"], 2),
            "bytes of parts a picture": round(size / count, 1),
            **memory.summary(),
            "check": check(scenes, out, count),
        }


def _steady(told: dict[str, Any]) -> dict[str, float]:
    """Return the cost of a picture between the first and the last answer, without the start."""
    (first, before), (last, after) = told["first"], told["last"]
    if after - before < SHARD:
        return {}
    return {"milliseconds a picture, running": round((last - first) / (after - before) * 1000, 3)}


def _median(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the run with the median time, and how many there were."""
    middle = statistics.median_low([one["seconds"] for one in runs])
    return {**next(one for one in runs if one["seconds"] == middle), "runs": len(runs)}


def curve(scenes: Path, sizes: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield the results as they grow: each size by both engines, from a list of files."""
    results = earlier().get("curve", {})
    for count in sizes:
        with tempfile.NamedTemporaryFile("w", suffix=".txt", dir=scenes) as file:
            file.writelines(f"{line}\n" for line in scenes_maker.lines(count))
            file.flush()
            for engine in ENGINES:
                runs = [
                    measure(scenes, file.name, count, engine) for _ in range(RUNS.get(count, 1))
                ]
                results.setdefault(engine, {})[str(count)] = _median(runs)
                yield {"curve": results}


def sources(scenes: Path) -> Iterator[dict[str, Any]]:
    """Yield the results as they grow: the first 1,000 scenes in every form, by both engines."""
    results: dict[str, Any] = {}
    for kind, source in kinds(scenes).items():
        for engine in ENGINES:
            results.setdefault(engine, {})[kind] = measure(scenes, source, 1000, engine)
            yield {"sources": results}
    with s3_server(scenes) as endpoint:
        for engine in ENGINES:
            run = measure(scenes, "s3://scenes/photos", 1000, engine, endpoint)
            results[engine]["s3"] = run
            yield {"sources": results}


def kinds(scenes: Path) -> dict[str, str]:
    """Return what the first 1,000 scenes are called in each form on this machine."""
    lines = scenes / "first.txt"
    lines.write_text("".join(f"{line}\n" for line in scenes_maker.lines(1000)))
    return {
        "folder": str(scenes / "folder" / "000"),
        "glob": str(scenes / "folder" / "000" / "0000*.jpg"),
        "list": str(lines),
        "Parquet": str(scenes / "parquet" / "scenes-000.parquet"),
        "tar": str(scenes / "tar" / "scenes-000.tar"),
    }


@contextmanager
def s3_server(scenes: Path) -> Iterator[str]:
    """Serve the first 1,000 scenes by S3 on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    os.environ.update(KEYS)
    try:
        _wait(port, server)
        scenes_maker.upload(scenes / "folder" / "000", "s3://scenes/photos", endpoint)
        yield endpoint
    finally:
        server.terminate()
        server.wait(30)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    for _ in range(600):
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit("The S3 server did not start: pip install 'moto[server]'.")


def steps(scenes: Path) -> Iterator[dict[str, Any]]:
    """Yield the cost of each step for each form of source."""
    results = {
        kind: stages(source, reading=kind == "folder") for kind, source in kinds(scenes).items()
    }
    with s3_server(scenes) as endpoint:
        results["s3"] = stages("s3://scenes/photos", endpoint, reading=False)
    pictures = [scenes / line for line in scenes_maker.lines(1000)]
    size = sum(path.stat().st_size for path in pictures) / len(pictures)
    yield {"stages": results, "bytes a picture": round(size)}


def earlier() -> dict[str, Any]:
    """Return what was measured before."""
    path = RESULTS / "batch.json"
    return json.loads(path.read_text()) if path.exists() else {}


def keep(found: dict[str, Any]) -> None:
    """Add to what was measured before."""
    RESULTS.mkdir(exist_ok=True)
    content = json.dumps({**earlier(), **found, "machine": machine()}, indent=2)
    (RESULTS / "batch.json").write_text(content + "\n")


def run(scenes: Path, parts: Sequence[str], sizes: Sequence[int]) -> None:
    """Measure parts, and keep each result at once."""
    makers = {
        "curve": lambda: curve(scenes, sizes),
        "sources": lambda: sources(scenes),
        "stages": lambda: steps(scenes),
    }
    for part in parts:
        for found in makers[part]() if part in makers else ():
            keep(found)
            print(f"{time.strftime('%H:%M:%S')} {part}", file=sys.stderr, flush=True)


@contextmanager
def scenes_of(data: Path, count: int) -> Iterator[Path]:
    """Return the folder of scenes; they are made if it is that of the data."""
    if (data / "scenes.json").exists():
        yield data
        return
    with tempfile.TemporaryDirectory() as name:
        scenes_maker.make(data, Path(name), count)
        yield Path(name)


def main() -> None:
    """Measure what the command line asks for."""
    if sys.argv[1:2] == ["--worker"]:
        source, out, engine, endpoint = sys.argv[2:]
        worker(source, Path(out), engine, endpoint or None)
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    chosen = parser.parse_args()
    if set(chosen.only) != {"guide"}:
        with scenes_of(chosen.data, max(1000, *chosen.sizes)) as scenes:
            run(scenes, chosen.only, chosen.sizes)
    results = earlier()
    results.pop("machine", None)
    publish("batch", results, rows(results))
    write_guide(results | {"machine": machine()})


if __name__ == "__main__":
    main()
