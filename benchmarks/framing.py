"""Measures where FER-2013's faces have their landmarks, as `mien.models.info` states it.

Usage: python benchmarks/framing.py FER2013 [FACES]

Finds the face in FACES (default 6000) images of the Training split, drawn with seed 0, prints how
many were found and the quartiles of the landmarks as fractions of the frame, and writes the
numbers to benchmarks/results/framing.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.data import read
from mien.models.info import FER2013_FRAME
from mien.perception.detector import FaceFinder

NAMES = ("right eye", "left eye", "nose", "right mouth corner", "left mouth corner")
RESULT = Path(__file__).parent / "results" / "framing.json"


def measure(images: NDArray[np.uint8]) -> dict[str, Any]:
    """Find the landmarks of gray faces ``uint8 [N, S, S]`` and describe where they are."""
    finder = FaceFinder()
    detections = [finder.find(np.repeat(image[..., None], 3, axis=2)) for image in images]
    largest = [max(faces, key=lambda face: face.box[2]).landmarks for faces in detections if faces]
    places = np.stack(largest) / images.shape[1]
    low, median, high = np.percentile(places, (25, 50, 75), axis=0)
    return {
        "images": len(images),
        "found": len(largest),
        "share_found": round(len(largest) / len(images), 4),
        "median": _by_name(median),
        "interquartile_range": _by_name(high - low),
        "largest_distance_from_crop": round(float(np.abs(median - FER2013_FRAME).max()), 4),
    }


def _by_name(points: NDArray[np.float64]) -> dict[str, list[float]]:
    """Return x and y by landmark."""
    return {
        name: [round(float(value), 4) for value in point]
        for name, point in zip(NAMES, points, strict=True)
    }


def main() -> None:
    """Measure, print and write."""
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    images = read(sys.argv[1]).split("train").images
    count = min(int(sys.argv[2]) if len(sys.argv) == 3 else 6000, len(images))
    picked = np.sort(np.random.default_rng(0).choice(len(images), count, replace=False))
    result = {"seed": 0} | measure(images[picked])
    text = json.dumps(result, indent=2) + "\n"
    print(text, end="")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
