"""Sequences of faces whose labels change at known times, for benchmarks/tracking.py.

A person's neutral photo of JAFFE, Yale or London turns into one of another expression and back,
while head and light shake; a network reads each frame. The smoothing's constants were chosen on
these; on the clips in videos/ they are only measured.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.classes import FER2013
from mien.image import decode
from mien.perception.align import align
from mien.perception.reader import Reader
from mien.perception.smoothing import Smoother
from mien.perception.watching import Watch
from mien.video import VideoReader
from neutral_data import photos

RATE = 25
"""Frames a second."""

CHANGES = (2.0, 5.0)
"""Seconds at which the neutral face has half turned into the other, and back."""

SECONDS = 7.0

_TURNING = 0.3
"""Seconds that this takes."""

SHAKES = (1.0, 2.0)
"""How much head and light shake: 1 is 1.5% of the face's side, 2.5 degrees, 2% of its size, 6% of
the light and noise with a deviation of 5."""

MOST = 10
"""Pairs of an expression in a data set."""

_NEUTRAL = FER2013.names.index("neutral")


@dataclasses.dataclass(frozen=True, eq=False)
class Reading:
    """What a network reads in the frames of a sequence."""

    label: int
    """What the neutral face turns into."""
    probabilities: NDArray[np.float32]
    """``float32 [frames, K]``."""


Face = tuple[NDArray[np.uint8], NDArray[np.float32]]
"""A photo and its landmarks."""


def sequences(data: Path, reader: Reader) -> Iterator[Reading]:
    """Yield the sequences, of those pairs that the network reads as they are labelled."""
    random = np.random.default_rng(0)
    for label, neutral, other in _pairs(data, reader):
        for shake in SHAKES:
            crops = _frames(neutral, other, shake, reader, random)
            yield Reading(label, reader.classify(crops))


def _pairs(data: Path, reader: Reader) -> list[tuple[int, Face, Face]]:
    """Return expression, neutral face and face with the expression of the same person."""
    faces: dict[str, dict[int, Face]] = {}
    for _, person, label, _, _, content in photos(data):
        image = decode(content, person)
        detections = reader.find(image)
        if detections and label not in faces.get(person, {}):
            face = image, detections[0].landmarks
            spec = reader.info.input
            (read,) = reader.classify(align(*face, spec)[None]).argmax(axis=1)
            if read == label:
                faces.setdefault(person, {})[label] = face
    counts: dict[tuple[str, int], int] = {}
    pairs = []
    for person, known in faces.items():
        for label in known.keys() - {_NEUTRAL}:
            key = person.split()[0], label
            counts[key] = counts.get(key, 0) + 1
            if _NEUTRAL in known and counts[key] <= MOST:
                pairs.append((label, known[_NEUTRAL], known[label]))
    return pairs


def _frames(
    neutral: Face, other: Face, shake: float, reader: Reader, random: np.random.Generator
) -> NDArray[np.uint8]:
    """Return the crops of a sequence."""
    count = round(SECONDS * RATE)
    times = np.arange(count) / RATE
    shifts = shake * 0.015 * np.stack([_wandering(count, 0.4, random) for _ in "xy"], axis=1)
    turns = np.radians(shake * 2.5 * _wandering(count, 0.5, random))
    sizes = 1 + shake * 0.02 * _wandering(count, 0.5, random)
    lights = 1 + shake * 0.06 * _wandering(count, 1.0, random)
    rise, fall = (np.clip((times - change) / _TURNING + 0.5, 0, 1) for change in CHANGES)
    crops = []
    for step in range(count):
        jitter = shake * 0.008 * random.normal(size=(5, 2))
        turn = sizes[step] * np.array([
            [np.cos(turns[step]), -np.sin(turns[step])], [np.sin(turns[step]), np.cos(turns[step])]
        ])
        one, two = (
            _crop(face, shifts[step] + jitter, turn, reader) for face in (neutral, other)
        )
        share = rise[step] - fall[step]
        pixels = lights[step] * (one * (1 - share) + two * share)
        noise = random.normal(0, 5 * shake, pixels.shape)
        crops.append(np.clip(pixels + noise, 0, 255).astype(np.uint8))
    return np.stack(crops)


def _wandering(count: int, seconds: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Return an autoregressive process that forgets itself in some seconds, of deviation 1."""
    keep = np.exp(-1 / RATE / seconds)
    steps = random.normal(size=count)
    for place in range(1, count):
        steps[place] = keep * steps[place - 1] + np.sqrt(1 - keep**2) * steps[place]
    return steps


def _crop(
    face: Face, shift: NDArray[np.float64], turn: NDArray[np.float64], reader: Reader
) -> NDArray[np.float32]:
    """Cut out a face as if its landmarks had been seen a little beside their places."""
    image, landmarks = face
    side = 2.2 * np.linalg.norm(landmarks[0] - landmarks[1])
    middle = landmarks.mean(axis=0)
    moved = (landmarks - middle) @ turn.T + middle + shift * side
    return align(image, moved.astype(np.float32), reader.info.input).astype(np.float32)


def shown_in(sequence: Reading, smooth: float | None = None) -> list[int]:
    """Return the label that is shown in each frame; with None, the default smoothing's."""
    smoother = Smoother() if smooth is None else Smoother(smooth)
    return [
        smoother.update(0, step / RATE, row).shown
        for step, row in enumerate(sequence.probabilities)
    ]


def score_sequences(sequences: Sequence[Reading], smooth: float | None) -> dict[str, float]:
    """Count label changes, and measure how late the right ones come."""
    extra, delays = [], []
    for one in sequences:
        shown = np.array(shown_in(one, smooth))
        extra.append(int((np.diff(shown) != 0).sum()) - len(CHANGES))
        for change, label in zip(CHANGES, (one.label, _NEUTRAL), strict=True):
            # From where the face begins to turn, to a moment when it is late beyond doubt.
            start, end = round((change - _TURNING / 2) * RATE), round((change + 1.5) * RATE)
            right = np.flatnonzero(shown[start:end] == label)
            delays.append(float(start + right[0]) / RATE - change if right.size else np.inf)
    reached = [delay for delay in delays if np.isfinite(delay)]
    return {
        "sequences": len(sequences),
        "without a change too many": round(float(np.mean(np.array(extra) <= 0)), 3),
        "changes too many, mean": round(float(np.maximum(extra, 0).mean()), 2),
        "changes": len(delays), "never shown": len(delays) - len(reached),
        "delay, median": round(float(np.median(reached)), 2),
        "delay, 9 of 10": round(float(np.quantile(reached, 0.9)), 2),
    }


def read_clips(data: Path, reader: Reader) -> Iterator[dict[str, object]]:
    """Yield, for each clip in videos/, its label changes raw, smoothed and as labelled."""
    for entry in json.loads((data / "videos" / "manifest.json").read_text()):
        watch, rows = Watch(reader), []
        with VideoReader(data / "videos" / entry["file"]) as clip:
            for frame in clip:
                picture = watch.read(frame.image, frame.time, frame=frame.index)
                if picture.faces:
                    face = picture[0]
                    assert face.raw_probabilities is not None and face.shown is not None
                    raw = int(np.argmax(face.raw_probabilities))
                    rows.append((frame.index, frame.time, raw, face.shown))
        yield _clip_scores(entry, rows)


def _clip_scores(
    entry: Mapping[str, object], rows: Sequence[tuple[int, float, int, int]]
) -> dict[str, object]:
    """Compare what is shown in a clip, from its first labelled frame on, with its segments."""
    segments = entry["segments"]
    assert isinstance(segments, list)
    spans = [(start, end, _main_label(label)) for start, end, label in segments]
    labels = [label for _, _, label in spans if label in (*FER2013.names, "mixed")]
    labelled = [row for row in rows if row[0] >= spans[0][0]]
    return {
        "clip": entry["file"],
        "labelled changes": sum(one != two for one, two in itertools.pairwise(labels)),
        "raw changes": _changes([row[2] for row in labelled]),
        "shown changes": _changes([row[3] for row in labelled]),
        "shown": _runs(rows), "delays": _delays(spans, rows),
    }


def _main_label(label: str) -> str:
    return label.split(",")[0]


def _changes(labels: Sequence[int]) -> int:
    return sum(one != two for one, two in itertools.pairwise(labels))


def _runs(rows: Sequence[tuple[int, float, int, int]]) -> list[str]:
    """Return what is shown from which frame on."""
    return [
        f"{FER2013.names[row[3]]} from frame {row[0]}"
        for place, row in enumerate(rows) if not place or rows[place - 1][3] != row[3]
    ]


def _delays(
    spans: Sequence[tuple[int, int, str]], rows: Sequence[tuple[int, float, int, int]]
) -> dict[str, float | None]:
    """Return how long after the first frame of a new label it is shown; None if it never is."""
    delays: dict[str, float | None] = {}
    for (_, _, before), (start, end, label) in itertools.pairwise(spans):
        if label in FER2013.names and label != before:
            number = FER2013.names.index(label)
            inside = [row for row in rows if start <= row[0] <= end]
            times = [row[1] for row in inside if row[3] == number]
            late = round(times[0] - inside[0][1], 2) if times else None
            delays[f"{label} from frame {start}"] = late
    return delays
