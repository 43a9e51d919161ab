"""Times reading a folder of photos and watches the memory; writes results/reading.json.

Usage: python benchmarks/reading.py PHOTOS

PHOTOS is a folder of photos. 500 pictures are made of them in a temporary folder, of 480 to 1,280
pixels, and read by a loop of `Reader.read` and by `Reader.read_many` in turn. Then 10,000 smaller
pictures are read by `Reader.read_many` from a generator while the process's memory is measured.
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from common import publish
from mien.media.sources import expand
from mien.perception.picture import Picture
from mien.perception.reader import Reader

PHOTOS = 500
ROUNDS = 3
SIDES = (640, 960, 1280, 480)
"""Longer sides in pixels of the pictures that are timed, in turn."""

PICTURES = 10_000
SMALL = 200
"""Longer side in pixels of the pictures over which the memory is watched."""

EVERY = 500


def make_folder(photos: list[Path], folder: Path, count: int) -> list[Path]:
    """Write so many JPEGs, each of one of the photos in one of the sizes."""
    paths = []
    for number in range(count):
        with Image.open(photos[number % len(photos)]) as photo:
            picture = photo.convert("RGB")
        side = SIDES[number // len(photos) % len(SIDES)]
        paths.append(folder / f"{number:04}.jpg")
        _scaled(picture, side).save(paths[-1], quality=90)
    return paths


def _scaled(picture: Image.Image, side: int) -> Image.Image:
    scale = side / max(picture.size)
    return picture.resize((round(picture.width * scale), round(picture.height * scale)))


def compare(paths: list[Path]) -> dict[str, Any]:
    """Time both ways in turn, and count where their answers differ."""
    reader = Reader()
    ways: dict[str, Callable[[], list[Any]]] = {
        "read": lambda: [reader.read(path) for path in paths],
        "read_many": lambda: list(reader.read_many(paths)),
    }
    for way in ways.values():
        way()  # Warms the disk's cache and both ways' threads.
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    results = {}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            results[name] = way()
            seconds[name].append(time.perf_counter() - start)
    ratios = [one / many for one, many in zip(*seconds.values(), strict=True)]
    return {
        "photos": len(paths),
        "faces": sum(map(len, results["read"])),
        "differing": sum(itertools.starmap(_differ, zip(*results.values(), strict=True))),
        "seconds": seconds,
        "times as fast": {
            "median": statistics.median(ratios), "min": min(ratios), "max": max(ratios),
        },
    }


def _differ(one: Picture, other: Picture) -> bool:
    """Return whether two results differ by more than rounding."""
    return len(one) != len(other) or any(
        first.box != second.box
        or first.expression != second.expression
        or abs(first.probabilities - second.probabilities).max() > 1e-6
        for first, second in zip(one, other, strict=True)
    )


def watch_memory(photos: list[Path]) -> list[dict[str, float]]:
    """Read many pictures, and return the resident memory in MB along the way."""
    arrays = []
    for photo in photos:
        with Image.open(photo) as picture:
            arrays.append(_scaled(picture.convert("RGB"), SMALL))

    def sources() -> Iterator[Image.Image]:
        # A new image each time, so that none is kept by being the same.
        return (arrays[number % len(arrays)].copy() for number in range(PICTURES))

    measured = []
    for count, _ in enumerate(Reader().read_many(sources()), start=1):
        if count % EVERY == 0:
            measured.append({"pictures": count, "MB": round(resident_megabytes(), 1)})
    return measured


def resident_megabytes() -> float:
    """Return the process's resident memory; Linux only."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Time, measure, print and write."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    photos = expand(sys.argv[1]).paths
    with tempfile.TemporaryDirectory() as folder:
        speed = compare(make_folder(photos, Path(folder), PHOTOS))
    memory = watch_memory(photos)
    rows = [("what", "median", "min", "max")]
    for name, seconds in speed["seconds"].items():
        numbers = (statistics.median(seconds), min(seconds), max(seconds))
        rows.append((f"{name}, {PHOTOS} photos", *(f"{number:.2f} s" for number in numbers)))
    ratio = speed["times as fast"]
    rows.append(("times as fast", *(f"{ratio[key]:.2f}" for key in ("median", "min", "max"))))
    sizes = [entry["MB"] for entry in memory]
    numbers = (statistics.median(sizes), min(sizes), max(sizes))
    rows.append((f"memory, {PICTURES:,} pictures", *(f"{number:.0f} MB" for number in numbers)))
    publish("reading", {"speed": speed, "memory": memory}, rows)


if __name__ == "__main__":
    main()
