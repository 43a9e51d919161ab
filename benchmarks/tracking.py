"""Measures how well faces of videos keep their ids and labels; writes tracking.json.

Usage: python benchmarks/tracking.py DATA

DATA is the folder with photos/, videos/, jaffe.zip, yalefaces.zip and london.zip. Clips are
composed of moving faces: of JAFFE, Yale and London on drawn backgrounds, on which the tracker's
constants were chosen, and of the faces in videos/ and photos/ on photos, which only measure. Each
is read as any video is, with the default settings. MOTA and IDF1 are those of
mien.evaluation.tracking, with a least overlap of 0.5; faces hidden by 40% to 90% do not count.

Labels: sequences of turning faces, on which the smoothing was chosen, and the clips in videos/,
which only measure.
"""

from __future__ import annotations

import dataclasses
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from common import publish
from mien.evaluation.tracking import TrackedFrame, TrackingScores, score_tracking
from mien.perception.appearance import describe
from mien.perception.cuts import CutDetector
from mien.perception.detector import Detection, FaceFinder
from mien.perception.reader import Reader
from mien.perception.smoothing import SECONDS, Smoother
from mien.perception.tracks import Tracker
from mien.perception.watching import Watch
from tracking_casts import backgrounds, choosing_cast, measuring_cast
from tracking_clips import Cast, Clip, Image, compose
from tracking_labels import read_clips, score_sequences, sequences
from tracking_scenes import SWAPPED, clips

ROUNDS = 300
"""Frames over which the steps are timed."""


class MistakenReader(Reader):
    """A reader that also finds what it is told to."""

    mistakes: Sequence[Detection] = ()

    def find(self, image: Image, faint: float | None = None) -> list[Detection]:
        """Return the faces, and the mistakes."""
        return [*super().find(image, faint), *self.mistakes]


def measure_clip(
    clip: Clip, cast: Cast, scenes: Sequence[Image], reader: MistakenReader
) -> tuple[TrackingScores, dict[str, Any]]:
    """Read a clip, and compare the ids with the truth, and the cuts too."""
    watch, frames = Watch(reader), []
    cuts = {"cuts": 0, "noticed": 0, "false": 0}
    for number, frame in enumerate(compose(clip, cast, scenes)):
        reader.mistakes = frame.false
        picture = watch.read(frame.image, frame.time, frame=number)
        assert watch.last_reading is not None
        cut = watch.last_reading.cut
        cuts["cuts"] += frame.cut
        cuts["noticed"] += frame.cut and cut
        cuts["false"] += cut and not frame.cut
        tracked = {face.face_id: face.box for face in picture if face.face_id is not None}
        frames.append(TrackedFrame(frame.truth, tracked, frame.ignored))
    scores = score_tracking(frames)
    return scores, {"clip": clip.name, **_numbers(scores), **cuts}


def _numbers(scores: TrackingScores) -> dict[str, Any]:
    numbers = dataclasses.asdict(scores)
    return {"mota": round(scores.mota, 3), "idf1": round(scores.idf1, 3), **numbers}


def measure_clips(
    cast: Cast, scenes: Sequence[Image], reader: MistakenReader
) -> dict[str, Any]:
    """Measure all clips with one cast."""
    rows, scores = [], []
    for clip in clips():
        one, row = measure_clip(clip, cast, scenes, reader)
        rows.append(row)
        if clip.name != SWAPPED:
            scores.append(one)
        print(clip.name, row["mota"], row["idf1"], row["switches"], flush=True)
    total = scores[0]
    for one in scores[1:]:
        total += one
    return {"clips": rows, f"all but {SWAPPED}": _numbers(total)}


def measure_labels(data: Path) -> dict[str, Any]:
    """Measure the labels of sequences and of real clips, with and without smoothing."""
    reader = Reader("mien-s")
    composed = list(sequences(data, reader))
    return {
        "raw": score_sequences(composed, 0.0), "smoothed": score_sequences(composed, SECONDS),
        "clips": list(read_clips(data, Reader())),
    }


def measure_time() -> dict[str, float]:
    """Time the steps of a frame with three faces, in milliseconds."""
    random = np.random.default_rng(0)
    image = np.kron(random.integers(0, 255, (48, 64, 3)), np.ones((10, 10, 1))).astype(np.uint8)
    frames = [np.roll(image, 3 * step, axis=1) for step in range(8)]
    landmarks = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)
    faces = [
        Detection((x, 100.0, 100.0, 100.0), landmarks + np.float32([x, 100]), 0.9)
        for x in (10.0, 220.0, 430.0)
    ]
    tracker, smoother, cuts = Tracker(), Smoother(), CutDetector()
    looks = describe(image, faces)
    rows = random.dirichlet(np.ones(7), (ROUNDS, 3)).astype(np.float32)

    def track(step: int) -> None:
        for place, number in enumerate(tracker.update(step / 30, faces, looks)):
            assert number is not None
            smoother.update(number, step / 30, rows[step, place])

    steps = {
        "track and smooth": track,
        "describe": lambda step: describe(image, faces),
        "cuts, 640x480, all moving": lambda step: cuts.is_cut(frames[step % 8]),
        "cuts, 640x480, standing": lambda step: cuts.is_cut(image),
    }
    return {name: _milliseconds(step) for name, step in steps.items()}


def _milliseconds(step: Any) -> float:
    times = []
    for number in range(ROUNDS):
        start = time.perf_counter()
        step(number)
        times.append(time.perf_counter() - start)
    return round(1000 * statistics.median(times), 3)


def main() -> None:
    """Measure, print and write."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    data, finder = Path(sys.argv[1]), FaceFinder()
    reader = MistakenReader()
    results = {
        "milliseconds with three faces": measure_time(),
        "labels": measure_labels(data),
        "measuring": measure_clips(measuring_cast(data, finder), backgrounds(data, True), reader),
        "choosing": measure_clips(choosing_cast(data, finder), backgrounds(data, False), reader),
    }
    publish("tracking", results, [("what", "MOTA", "IDF1", "switches", "more"), *_rows(results)])


def _rows(results: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the table's rows."""
    for kind in ("measuring", "choosing"):
        for one in results[kind]["clips"]:
            cuts = f"{one['noticed']} of {one['cuts']} cuts" if one["cuts"] else ""
            false = f"{one['false']} false cuts" if one["false"] else ""
            numbers = (f"{one['mota']:.3f}", f"{one['idf1']:.3f}", str(one["switches"]))
            yield (f"{kind}: {one['clip']}", *numbers, " ".join([cuts, false]).strip())
    for kind in ("raw", "smoothed"):
        one = results["labels"][kind]
        share = f"{one['without a change too many']:.0%} without a change too many"
        delay = f"9 of 10 within {one['delay, 9 of 10']} s"
        yield f"composed labels, {kind}", "", "", str(one["changes too many, mean"]), \
            f"{share}, {delay}"
    for one in results["labels"]["clips"]:
        changes = f"{one['raw changes']} raw, {one['labelled changes']} labelled"
        yield one["clip"], "", "", str(one["shown changes"]), f"{changes}; delays {one['delays']}"
    for name, milliseconds in results["milliseconds with three faces"].items():
        yield name, "", "", "", f"{milliseconds} ms"


if __name__ == "__main__":
    main()
