"""What benchmarks/video.py checks of videos, besides their speed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.perception.adjustment import NEUTRAL, Adjustment
from mien.perception.candidate import overlap
from mien.perception.classifier import Classifier
from mien.perception.neutral_frames import LIKELY, learn
from mien.perception.reader import Reader
from mien.perception.watching import Watch
from mien.video import VideoReader
from neutral_data import SETS, read_faces
from video_clips import appearing

LEAST_OVERLAP = 0.6
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
RATES = (5, 8, 10, 12, 15, 24, 30, 60)


def following(reader: Reader, clip: Path) -> dict[str, Any]:
    """Compare the boxes of a watched clip with those of searching every whole frame.

    Only faces that the whole search is as sure of as of any photo count.
    """
    overlaps, more, followed = [], 0, 0
    watch = Watch(reader)
    with VideoReader(clip) as frames:
        for picture in watch.read_all(frames, keep_images=True):
            assert picture.image is not None
            assert watch.last_reading is not None
            followed += not watch.last_reading.full
            boxes = [face.box for face in picture]
            searched = reader.find(picture.image)
            for one in searched:
                overlaps.append(max((overlap(one.box, box) for box in boxes), default=0.0))
            more += sum(
                all(overlap(box, one.box) < LEAST_OVERLAP for one in searched) for box in boxes
            )
    values = np.array(overlaps)
    return {
        "frames": picture.frame and picture.frame + 1,
        "frames followed": followed,
        "faces by whole searches": len(values),
        "least overlap": round(float(values.min()), 3),
        "mean overlap": round(float(values.mean()), 3),
        "share at least 0.6": round(float((values >= LEAST_OVERLAP).mean()), 4),
        "faces missed": int((values == 0).sum()),
        "faces that a whole search lacks": more,
    }


def delays(reader: Reader) -> dict[str, float]:
    """Return for each rate the longest time until a new face is noticed, in seconds."""
    longest = {}
    for rate in RATES:
        late = []
        for place in range(8):
            at = 0.4 + place / 8 * 0.2
            shown = -(-at * rate // 1) / rate
            seen = next(
                picture.time
                for picture in Watch(reader).read_all(appearing(rate, at))
                if picture and picture.time is not None
            )
            late.append(seen - shown)
        longest[f"{rate} frames/s"] = round(max(late), 3)
    return longest


def auto_neutral(data: Path, nets: tuple[str, ...]) -> dict[str, Any]:
    """Score faces against the neutral one that ``"auto"`` learns from the same photos.

    Each person of JAFFE, Yale and London is taken for a track: with all photos, only the neutral
    ones, or only the others.
    """
    faces, crops = read_faces(data)
    results: dict[str, Any] = {"chosen threshold": LIKELY}
    for net in nets:
        classifier = Classifier(net)
        rows = classifier.probabilities(crops)
        scores = {"as shipped": _scores(faces, rows, classifier, None)}
        for threshold in THRESHOLDS:
            scores[str(threshold)] = _scores(faces, rows, classifier, threshold)
        results[net] = scores
    return results


def _scores(
    faces: Any, rows: NDArray[np.float32], classifier: Classifier, threshold: float | None
) -> dict[str, Mapping[str, float]]:
    """Return accuracy, and the share of neutral faces that are kept, by data set and photos."""
    neutral = classifier.info.classes.names.index(NEUTRAL)
    scores: dict[str, Mapping[str, float]] = {}
    for name in SETS:
        for kind in ("all", "neutral", "others"):
            chosen = faces.sets == name
            if kind != "all":
                chosen &= (faces.labels == neutral) == (kind == "neutral")
            answers = np.empty(len(rows), np.int64)
            learnt = 0
            for person in np.unique(faces.people[chosen]):
                track = chosen & (faces.people == person)
                read, was_learnt = _against_auto(rows[track], classifier, threshold, neutral)
                answers[track] = read.argmax(axis=1)
                learnt += was_learnt
            right = answers[chosen] == faces.labels[chosen]
            rest = faces.labels[chosen] == neutral
            scores[f"{name}, {kind}"] = {
                "accuracy": round(float(right.mean()), 4),
                "neutral kept": round(float(right[rest].mean()), 4) if rest.any() else 1.0,
                "tracks": len(np.unique(faces.people[chosen])),
                "tracks learnt": learnt,
            }
    return scores


def _against_auto(
    rows: NDArray[np.float32], classifier: Classifier, threshold: float | None, neutral: int
) -> tuple[NDArray[np.float32], bool]:
    """Read a track against its own likely neutral photos."""
    likely = rows[rows[:, neutral] >= threshold] if threshold is not None else rows[:0]
    if not len(likely):
        return rows, False
    own = learn(classifier.info, "The face", likely)
    return Adjustment.of(own, classifier.info, 0.0).apply(rows), True


def changes(reader: Reader, clip: Path, neutral: Any) -> list[str]:
    """Return when the shown label of a clip's first face changes, as ``"1.04 s happy"``."""
    shown, last = [], None
    for picture in reader.watch(clip, neutral=neutral):
        for face in picture:
            if face.face_id == 0 and face.expression.name != last:
                last = face.expression.name
                against = " (against its neutral face)" if face.neutral else ""
                shown.append(f"{picture.time:.2f} s {last}{against}")
    return shown
