"""Compares what `mien batch` wrote about the scenes with where their faces are."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Box = tuple[float, float, float, float]

NEAR = 0.3
"""How far the middle of a face may be from the truth, as a part of its width."""

SIZES = (0.5, 1.6)
"""How many times as wide as in the truth a face may be."""

GROUP = 1000
"""Scenes in a Parquet file."""

_FILE = re.compile(r"(\d{7})\.jpg$")
_ROW = re.compile(r"scenes-(\d+)\.parquet#(\d+)$")


def number_of(source: str) -> int:
    """Return which scene the table's source is."""
    if match := _FILE.search(source):
        return int(match[1])
    match = _ROW.search(source)
    assert match is not None, source
    return int(match[1]) * GROUP + int(match[2])


def check(scenes: Path, out: Path, count: int) -> dict[str, Any]:
    """Check a run over the first scenes.

    Returns
    -------
    dict
        ``exact``: whether each scene is in exactly one part, and exactly the broken ones have
        errors. ``faces``: the number of faces in the scenes; ``found``: how many of them the run
        detected at the right place; ``elsewhere``: the number of false detections.
    """
    parts: defaultdict[int, set[str]] = defaultdict(set)
    found: defaultdict[int, list[Box]] = defaultdict(list)
    failed = set()
    columns = ["source", "success", "x", "y", "width", "height", "error"]
    for part in sorted(out.glob("part-*.parquet")):
        rows = pq.read_table(part, columns=columns).to_pydict().values()
        for source, success, x, y, width, height, error in zip(*rows, strict=True):
            number = number_of(source)
            parts[number].add(part.name)
            if success:
                found[number].append((x, y, width, height))
            if error is not None:
                failed.add(number)
    description = json.loads((scenes / "scenes.json").read_text())
    broken = {number for number in description["broken"] if number < count}
    once = set(parts) == set(range(count)) and all(len(names) == 1 for names in parts.values())
    return {"exact": once and failed == broken, **_places(scenes, found, count)}


def _places(
    scenes: Path, found: defaultdict[int, list[Box]], count: int
) -> dict[str, int]:
    """Count the faces of the truth, those found in their place, and those found elsewhere."""
    columns = ["number", "x", "y", "width", "height"]
    truth = pq.read_table(scenes / "truth.parquet", columns=columns).to_pydict().values()
    faces = right = 0
    for number, *box in zip(*truth, strict=True):
        if number >= count:
            continue
        faces += 1
        candidates = found[number]
        hit = next((one for one in candidates if _is_same(one, (*box,))), None)
        if hit is not None:
            right += 1
            candidates.remove(hit)
    return {"faces": faces, "found": right, "elsewhere": sum(map(len, found.values()))}


def _is_same(found: Box, truth: Box) -> bool:
    """Return whether a box is that of a face of the truth."""
    width = truth[2]
    x, y = (found[side] + found[side + 2] / 2 for side in (0, 1))
    true_x, true_y = (truth[side] + truth[side + 2] / 2 for side in (0, 1))
    near = max(abs(x - true_x), abs(y - true_y)) <= NEAR * width
    return near and SIZES[0] <= found[2] / width <= SIZES[1]
