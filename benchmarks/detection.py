"""Measures how well faces are found at any size and turn, and how fast; writes detection.json.

Usage: python benchmarks/detection.py DATA [DETECTOR.py]

DATA is the folder with photos/, jaffe.zip, yalefaces.zip, london.zip, wild-dev.zip and
fer2013.zip. The scores in mien.perception.judge that tell faces from clutter were chosen on the
archives' faces and on scikit-image's pictures without people; but rules and limits of cost were
chosen while watching photos/, so the figures for photos/ are optimistic. DETECTOR.py is an earlier
version's src/mien/perception/detector.py, such as the output of
`git show 580b59d:src/mien/perception/detector.py`; the two are timed in turn.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from common import publish
from mien.evaluation.bootstrap import wilson
from mien.image import decode, load
from mien.perception.classifier import Classifier
from mien.perception.detector import FaceFinder, quarter_turns
from mien.perception.face import Face
from mien.perception.reader import Reader

Image = NDArray[np.uint8]

SIZES = (512, 1000, 2000, 4000)
"""Long sides in pixels of the resized photos."""

QUARTERS = (1, 2, 3)
ANGLES = (15, 30, 45, 60, 90, 120, 135, 150, 180)
"""Turns of laboratory faces, degrees clockwise."""

FACES = 40
"""Faces of each archive that are turned by `ANGLES`."""

ROUNDS = 5

SIDES = (48, 32, 24, 20, 18, 16, 14, 12, 10)
"""Sides in pixels to which FER-2013's crops of 48 are shrunk."""

LIGHTS = (1.0, 0.5, 0.25, 0.15, 0.12, 0.1, 0.07)
"""Factors by which they are darkened."""

EVERY = 3
"""Every third of PublicTest's crops is shrunk and darkened."""


def photos(folder: Path, size: int | None = None) -> Iterator[tuple[str, Image, Any, Any]]:
    """Yield each photo: its name, its pixels, the boxes marked in it, and those to be ignored."""
    for entry in json.loads((folder / "manifest.json").read_text()):
        image = load(folder / entry["file"])
        scale = size / max(image.shape[:2]) if size else 1.0
        marked, ignored = (
            np.array(entry[name], float).reshape(-1, 4) * scale
            for name in ("boxes_xyxy", "ignore_xyxy")
        )
        yield entry["file"], _scaled(image, scale), marked, ignored


def _scaled(image: Image, scale: float) -> Image:
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    if scale == 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=method), np.uint8)


def matched(
    faces: Sequence[Face], marked: NDArray[np.float64], ignored: NDArray[np.float64]
) -> tuple[dict[int, Face], int]:
    """Return the face found for each marked box, and how many others were found."""
    left, pairs, others = list(range(len(marked))), {}, 0
    for face in faces:
        x, y, width, height = face.box
        box = np.array([x, y, x + width, y + height])
        best = max(left, key=lambda one: _overlap(box, marked[one]), default=None)
        if best is not None and _overlap(box, marked[best]) >= 0.3:
            left.remove(best)
            pairs[best] = face
        elif not any(_overlap(box, other) > 0.1 for other in ignored):
            others += 1
    return pairs, others


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the intersection over union of x0, y0, x1, y1."""
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    common = float(np.prod(np.maximum(sides, 0)))
    return common / float(np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2]) - common)


def measure_sizes(folder: Path, reader: Reader) -> list[dict[str, Any]]:
    """Count marked faces and other boxes in the photos at each size."""
    results = []
    for size in (None, *SIZES):
        marked = found = others = sure_others = 0
        for _, image, boxes, ignored in photos(folder, size):
            faces = reader.read(image).faces
            pairs, off = matched(faces, boxes, ignored)
            sure = matched([face for face in faces if face.sure], boxes, ignored)[1]
            marked, found = marked + len(boxes), found + len(pairs)
            others, sure_others = others + off, sure_others + sure
        results.append({
            "long side": size, "marked": marked, "found": found,
            "recall interval": wilson(found, marked),
            "other boxes": others, "other boxes that are sure": sure_others,
        })
    return results


def measure_turns(folder: Path, reader: Reader) -> list[dict[str, Any]]:
    """Count faces of the photos that are found again, and keep their expression, when turned."""
    counts = {quarters: [0, 0, 0, 0] for quarters in QUARTERS}
    for _, image, boxes, ignored in photos(folder):
        upright = matched(reader.read(image).faces, boxes, ignored)[0]
        for quarters, count in counts.items():
            forth = quarter_turns(quarters, image.shape)
            turned = np.ascontiguousarray(np.rot90(image, -quarters))
            faces = reader.read(turned).faces
            pairs, others = matched(faces, _turned(boxes, forth), _turned(ignored, forth))
            both = [place for place in upright if place in pairs]
            same = sum(upright[one].expression == pairs[one].expression for one in both)
            for place, number in enumerate((len(upright), len(both), same, others)):
                count[place] += number
    return [
        {
            "degrees": 90 * quarters, "found upright": upright, "found turned": both,
            "same expression": same, "kept interval": wilson(same, upright),
            "other boxes": others,
        }
        for quarters, (upright, both, same, others) in counts.items()
    ]


def _turned(boxes: NDArray[np.float64], forth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map boxes x0, y0, x1, y1 into the turned photo."""
    corners = [boxes[:, :2], boxes[:, 2:]]
    one, other = (corner @ forth[:, :2].T + forth[:, 2] for corner in corners)
    return np.hstack([np.minimum(one, other), np.maximum(one, other)])


def read_archive(path: Path, prefix: str = "") -> list[Image]:
    """Return the pictures of an archive whose names have the prefix in them."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
        return [decode(archive.read(name), name) for name in names if prefix in name]


def measure_angles(data: Path, finder: FaceFinder) -> list[dict[str, Any]]:
    """Turn laboratory faces by several angles, and count those that are found with the angle."""
    names = ("jaffe.zip", "yalefaces.zip", "london.zip")
    images = [image for name in names for image in read_archive(data / name)[:: 200 // FACES]]
    results = []
    for angle in ANGLES:
        errors = []
        for image in images:
            side = round(float(np.hypot(*image.shape[:2]))) + 1
            height, width = image.shape[:2]
            matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1)
            matrix[:, 2] += (side - width) / 2, (side - height) / 2
            turned = cv2.warpAffine(image, matrix, (side, side), borderValue=(128, 128, 128))
            faces = finder.find(np.asarray(turned, np.uint8))
            if len(faces) == 1:
                errors.append(abs((faces[0].angle - angle + 180) % 360 - 180))
        results.append({
            "degrees": angle, "faces": len(images), "found": len(errors),
            "within 30 degrees": sum(error <= 30 for error in errors),
            "median error": round(float(np.median(errors)), 1),
        })
    return results


def measure_archives(data: Path, finder: FaceFinder, earlier: Any) -> list[dict[str, Any]]:
    """Count the pictures of a single face in which this version and the earlier one find any."""
    archives = [(f"{name}.zip", "") for name in ("jaffe", "yalefaces", "london", "wild-dev")]
    results = []
    for name, prefix in [*archives, ("fer2013.zip", "PublicTest_")]:
        images = read_archive(data / name, prefix)
        results.append({
            "archive": name, "pictures": len(images),
            "with a face": sum(bool(finder.find(image)) for image in images),
            "earlier": sum(bool(earlier.find(image)) for image in images) if earlier else None,
        })
    return results


def measure_time(folder: Path, finder: FaceFinder, earlier: Any) -> list[dict[str, Any]]:
    """Time each upright photo with both versions in turn; the lowest processor time of `ROUNDS`.

    Each round goes through all photos, since OpenCV is faster at a size that it has just seen.
    """
    loaded = list(photos(folder))
    seconds = np.array([
        [[_processor_seconds(one, image) for one in (earlier, finder)] for _, image, *_ in loaded]
        for _ in range(ROUNDS)
    ])
    results = []
    for (name, _, boxes, _), (before, now) in zip(loaded, seconds.min(axis=0), strict=True):
        results.append({
            "photo": name, "people": len(boxes), "earlier ms": round(float(before) * 1000, 1),
            "ms": round(float(now) * 1000, 1), "ratio": round(float(now / before), 3),
        })
    return results


def _processor_seconds(finder: Any, image: Image) -> float:
    start = time.process_time()
    finder.find(image)
    return time.process_time() - start


def measure_doubts(data: Path) -> dict[str, list[dict[str, float]]]:
    """Return the accuracy of the default network on small and on dark crops of PublicTest."""
    classifier = Classifier()
    crops, labels = [], []
    with zipfile.ZipFile(data / "fer2013.zip") as archive:
        names = sorted(name for name in archive.namelist() if "PublicTest_" in name)[::EVERY]
        for name in names:
            rgb = decode(archive.read(name), name)
            crops.append(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8))
            labels.append(classifier.info.classes.index(Path(name).parent.name))

    def accuracy(changed: Sequence[Image]) -> float:
        answers = classifier.probabilities(np.stack(changed)).argmax(axis=1)
        return round(float((answers == labels).mean()), 3)

    small = []
    for side in SIDES:
        changed = [_shrunk(crop, side) for crop in crops]
        small.append({"crop side": side, "accuracy": accuracy(changed)})
    dark = []
    for light in LIGHTS:
        changed = [np.rint(crop * light).astype(np.uint8) for crop in crops]
        deviation = round(float(np.median([crop.std() for crop in changed])), 1)
        dark.append({"median deviation": deviation, "accuracy": accuracy(changed)})
    return {"small": small, "dark": dark}


def _shrunk(crop: Image, side: int) -> Image:
    """Shrink a crop and enlarge it again."""
    small = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, crop.shape, interpolation=cv2.INTER_LINEAR), np.uint8)


def load_earlier(path: str) -> Any:
    """Return the face finder of an earlier version's file."""
    spec = importlib.util.spec_from_file_location("earlier_detector", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.FaceFinder()


def _ratio(times: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return by how much the time of all photos, and of the median photo, has changed."""
    total = sum(one["ms"] for one in times) / sum(one["earlier ms"] for one in times)
    median = float(np.median([one["ratio"] for one in times]))
    return {"total": round(total, 3), "median": round(median, 3)}


def main() -> None:
    """Measure, print and write."""
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    data = Path(sys.argv[1])
    earlier = load_earlier(sys.argv[2]) if len(sys.argv) == 3 else None
    reader, finder = Reader(), FaceFinder()
    times = measure_time(data / "photos", finder, earlier) if earlier else []
    results: dict[str, Any] = {
        "sizes": measure_sizes(data / "photos", reader),
        "turns": measure_turns(data / "photos", reader),
        "angles": measure_angles(data, finder),
        "archives": measure_archives(data, finder, earlier),
        "doubts": measure_doubts(data),
        "time": times,
    }
    if times:
        people = [one for one in times if one["people"]]
        results["time ratio"] = {"all photos": _ratio(times), "with people": _ratio(people)}
    publish("detection", results, [("what", "faces", "found", "more"), *_rows(results)])


def _rows(results: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the table's rows."""
    for one in results["sizes"]:
        more = f"{one['other boxes']} other boxes"
        name = f"long side {one['long side'] or 'as it is'}"
        yield name, str(one["marked"]), str(one["found"]), more
    for one in results["turns"]:
        more = f"{one['same expression']} keep their expression"
        name, upright = f"turned by {one['degrees']}", str(one["found upright"])
        yield name, upright, str(one["found turned"]), more
    for one in results["angles"]:
        more = f"{one['within 30 degrees']} within 30 degrees"
        name = f"laboratory faces at {one['degrees']}"
        yield name, str(one["faces"]), str(one["found"]), more
    for one in results["archives"]:
        pictures, more = str(one["pictures"]), f"{one['earlier']} before"
        yield one["archive"], pictures, str(one["with a face"]), more
    for one in results["doubts"]["small"]:
        yield f"crops of {one['crop side']} px", "", f"{one['accuracy']:.3f}", "accuracy"
    for one in results["doubts"]["dark"]:
        name = f"gray values deviate by {one['median deviation']}"
        yield name, "", f"{one['accuracy']:.3f}", "accuracy"
    for name, ratio in results.get("time ratio", {}).items():
        yield f"time, {name}", "", f"{ratio['total']:.2f}", f"{ratio['median']:.2f}"


if __name__ == "__main__":
    main()
