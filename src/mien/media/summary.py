"""What was seen in a clip, in a few numbers: shares of time, transitions and episodes.

Every frame counts for the time until the next one, so that clips of variable rate are weighted
right. Time that is to be excluded is left out, except from the seconds of the whole.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from mien.classes import Vocabulary
from mien.clock import to_microsecond
from mien.files import ELSEWHERE, write

SCHEMA = "mien-clip-summary/1"
"""Stands in every CLIP.summary.json; the number grows if the meaning of a key changes."""


@dataclasses.dataclass(frozen=True)
class Episode:
    """A stretch of time in which a face shows one expression."""

    expression: str
    """Its name."""
    begin: float
    """When it begins, in seconds of the clip."""
    end: float
    """When it ends, in seconds of the clip: when the first frame that is not part of it begins."""
    mean_confidence: float
    """Mean probability of the expression, weighted by time."""
    peak_confidence: float
    """Its largest probability."""
    peak_time: float
    """When it is largest, in seconds."""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.end - self.begin

    def to_dict(self) -> dict[str, object]:
        """Return the episode as JSON."""
        return {
            "expression": self.expression,
            "begin": to_microsecond(self.begin),
            "end": to_microsecond(self.end),
            "seconds": to_microsecond(self.seconds),
            "mean_confidence": round(self.mean_confidence, 4),
            "peak_confidence": round(self.peak_confidence, 4),
            "peak_time": to_microsecond(self.peak_time),
        }


@dataclasses.dataclass(frozen=True)
class Transition:
    """How often a face went from one expression to another."""

    before: str
    """Name of the expression before."""
    after: str
    """Name of the expression after."""
    count: int
    """How often."""

    def to_dict(self) -> dict[str, object]:
        """Return the transition as JSON."""
        return {"from": self.before, "to": self.after, "count": self.count}


@dataclasses.dataclass(frozen=True)
class ExpressionTime:
    """How long a face showed one expression, and how probable it was."""

    expression: str
    """Its name."""
    seconds: float
    """How long it was shown while the answer was sure."""
    share: float
    """The same as a share of the time in which the face was seen, 0 to 1."""
    mean_probability: float
    """Its probability averaged over all the time in which the face was seen, unsure or not."""

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "expression": self.expression,
            "seconds": to_microsecond(self.seconds),
            "share": round(self.share, 4),
            "mean_probability": round(self.mean_probability, 4),
        }


@dataclasses.dataclass(frozen=True)
class FaceSummary:
    """What was seen of one face."""

    face_id: int
    """Its number in the table."""
    first_seen: float
    """When it was first seen, in seconds of the clip."""
    last_seen: float
    """When it was last seen: when the last frame with it ends."""
    frames: int
    """In how many frames it was seen."""
    seconds: float
    """How long it was seen."""
    unsure_seconds: float
    """How long the answer was unsure; no expression counts this time."""
    expressions: tuple[ExpressionTime, ...]
    """One for each class, in their order; their shares and that of the unsure time make 1."""
    transitions: tuple[Transition, ...]
    """How often it went from one expression to another, the most frequent first. Unsure time
    between does not matter, but one that the face is not seen in or that is excluded does."""
    episodes: tuple[Episode, ...]
    """Its episodes, in order of time."""

    @property
    def unsure_share(self) -> float:
        """The unsure time as a share of the time in which the face was seen, 0 to 1."""
        return self.unsure_seconds / self.seconds if self.seconds else 0.0

    def to_dict(self) -> dict[str, object]:
        """Return the face as JSON."""
        return {
            "face_id": self.face_id,
            "first_seen": to_microsecond(self.first_seen),
            "last_seen": to_microsecond(self.last_seen),
            "frames": self.frames,
            "seconds": to_microsecond(self.seconds),
            "unsure_seconds": to_microsecond(self.unsure_seconds),
            "unsure_share": round(self.unsure_share, 4),
            "expressions": [item.to_dict() for item in self.expressions],
            "transitions": [item.to_dict() for item in self.transitions],
            "episodes": [item.to_dict() for item in self.episodes],
        }


@dataclasses.dataclass(frozen=True)
class MarkerSummary:
    """What was seen while one marker lasted, all of its occurrences together."""

    marker: str | None
    """The label of the events; None for the time that belongs to no event."""
    frames: int
    """How many frames it has."""
    seconds: float
    """How long it lasted."""
    faces: tuple[FaceSummary, ...]
    """The faces that were seen, by their numbers. Episodes end where the marker does."""

    def to_dict(self) -> dict[str, object]:
        """Return the marker as JSON."""
        return {
            "marker": self.marker,
            "frames": self.frames,
            "seconds": to_microsecond(self.seconds),
            "faces": [face.to_dict() for face in self.faces],
        }


@dataclasses.dataclass(frozen=True)
class Summary:
    """What was seen in one clip."""

    source: str
    """The clip, as it was named."""
    network: str
    """What read it."""
    vocabulary: Vocabulary
    """The network's classes."""
    frames: int
    """How many frames were read."""
    frames_with_face: int
    """How many of them have a face."""
    begin: float
    """Time stamp of the first frame, in seconds."""
    end: float
    """When the last frame ends."""
    excluded_frames: int
    """How many frames are left out of the faces and markers below."""
    excluded_seconds: float
    """How long they last."""
    faces: tuple[FaceSummary, ...]
    """The faces, by their numbers."""
    markers: tuple[MarkerSummary, ...]
    """The same by marker, in the order in which they come; empty if there are no events."""

    @property
    def seconds(self) -> float:
        """How long the clip lasts, with excluded time."""
        return self.end - self.begin

    def to_dict(self) -> dict[str, object]:
        """Return the summary as JSON, as CLIP.summary.json has it."""
        return {
            "schema": SCHEMA,
            "source": self.source,
            "network": self.network,
            "classes": list(self.vocabulary.names),
            "frames": self.frames,
            "frames_with_face": self.frames_with_face,
            "begin": to_microsecond(self.begin),
            "end": to_microsecond(self.end),
            "seconds": to_microsecond(self.seconds),
            "excluded_frames": self.excluded_frames,
            "excluded_seconds": to_microsecond(self.excluded_seconds),
            "faces": [face.to_dict() for face in self.faces],
            "markers": [marker.to_dict() for marker in self.markers],
        }


def write_summary(
    path: Path, summary: Summary, fix: str = ELSEWHERE, setting: str | None = None
) -> None:
    """Write a summary as JSON, completely or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    text = json.dumps(summary.to_dict(), indent=2, ensure_ascii=False) + "\n"
    write(path, text.encode(), fix, setting)
