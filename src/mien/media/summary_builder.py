"""Adds up the frames of a clip to its summary, in memory that grows by the episodes alone."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable

import numpy as np

from mien.classes import Vocabulary
from mien.media.events import EXCLUDE
from mien.media.summary import (
    Episode,
    ExpressionTime,
    FaceSummary,
    MarkerSummary,
    Summary,
    Transition,
)
from mien.perception.face import Face, numbered
from mien.perception.picture import Picture


class SummaryBuilder:
    """Adds up the frames of one clip.

    Frames whose marker is `EXCLUDE` are left out.

    Parameters
    ----------
    source
        The clip, as it was named.
    network
        What reads it.
    vocabulary
        The network's classes.

    Examples
    --------
    >>> builder = SummaryBuilder("clip.mp4", "mien-s", mien.FER2013)
    >>> for frame in mien.Reader().watch("clip.mp4"):
    ...     builder.add(frame)
    >>> builder.result().faces[0].expressions[3].share
    0.62
    """

    def __init__(self, source: str, network: str, vocabulary: Vocabulary) -> None:
        self._source = source
        self._network = network
        self._vocabulary = vocabulary
        self._whole = _Part(vocabulary)
        self._markers: dict[str | None, _Part] = {}
        self._last: Picture | None = None
        self._times: list[float] = []
        self._stop: float | None = None
        self._frames = self._with_face = self._excluded_frames = 0
        self._excluded_seconds = 0.0

    def add(self, picture: Picture) -> None:
        """Add the next frame of the clip.

        Raises
        ------
        ValueError
            If it has no time, or an earlier one than the frame before, or `result` was called.
        """
        if picture.time is None or (self._times and picture.time < self._times[-1]):
            raise ValueError("a frame must have a time, not before that of the last one")
        if self._stop is not None:
            raise ValueError("the summary is complete")
        if self._last is not None:
            self._count(self._last, picture.time)
        self._last = picture
        # Of all times, the first and the last two are needed.
        self._times = [*self._times[:1], *self._times[1:][-1:], picture.time]

    def result(self, end: float | None = None) -> Summary:
        """Return the summary; no frame can be added afterwards.

        Parameters
        ----------
        end
            When the last frame ends, in seconds; if None, it is shown as long as the one before.
        """
        if self._last is not None:
            self._stop = self._end_of_last(end)
            self._count(self._last, self._stop)
            self._last = None
        markers = [] if set(self._markers) <= {None} else list(self._markers.items())
        return Summary(
            source=self._source,
            network=self._network,
            vocabulary=self._vocabulary,
            frames=self._frames,
            frames_with_face=self._with_face,
            begin=self._times[0] if self._times else 0.0,
            end=self._stop or 0.0,
            excluded_frames=self._excluded_frames,
            excluded_seconds=self._excluded_seconds,
            faces=self._whole.faces(),
            markers=tuple(
                MarkerSummary(label, part.frames, part.seconds, part.faces())
                for label, part in markers
            ),
        )

    def _count(self, picture: Picture, end: float) -> None:
        """Count a frame until the time at which it ends."""
        assert picture.time is not None
        self._frames += 1
        self._with_face += bool(picture)
        if picture.marker == EXCLUDE:
            self._excluded_frames += 1
            self._excluded_seconds += end - picture.time
            return
        marked = self._markers.setdefault(picture.marker, _Part(self._vocabulary))
        for part in (self._whole, marked):
            part.add(picture.faces, picture.time, end)

    def _end_of_last(self, end: float | None) -> float:
        """Return when the last frame ends, never before it begins."""
        last = self._times[-1]
        if end is not None:
            return max(last, end)
        return last + (last - self._times[-2] if len(self._times) > 1 else 0.0)


class _Part:
    """A clip, or what belongs to one marker."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._faces: dict[int, _FaceSums] = {}
        self.frames = 0
        self.seconds = 0.0

    def add(self, faces: Iterable[Face], begin: float, end: float) -> None:
        self.frames += 1
        self.seconds += end - begin
        for face_id, face in numbered(faces):
            if face_id not in self._faces:
                self._faces[face_id] = _FaceSums(face_id, self._vocabulary, begin)
            self._faces[face_id].add(face, begin, end)

    def faces(self) -> tuple[FaceSummary, ...]:
        return tuple(self._faces[face_id].summary() for face_id in sorted(self._faces))


class _FaceSums:
    """What one face showed."""

    def __init__(self, face_id: int, vocabulary: Vocabulary, begin: float) -> None:
        self._face_id = face_id
        self._vocabulary = vocabulary
        self._begin = self._end = begin
        self._frames = 0
        self._seconds = self._unsure = 0.0
        self._shown = np.zeros(len(vocabulary))
        self._probabilities = np.zeros(len(vocabulary))
        self._transitions: Counter[tuple[int, int]] = Counter()
        self._episodes: list[Episode] = []
        self._episode: _OpenEpisode | None = None
        self._previous: int | None = None

    def add(self, face: Face, begin: float, end: float) -> None:
        """Add what it shows from a time until another."""
        if begin != self._end:  # it was not seen in between, or that time does not count here
            self._close()
            self._previous = None
        self._end = end
        self._frames += 1
        self._seconds += end - begin
        self._probabilities += face.probabilities * (end - begin)
        if face.sure:
            self._show(face, begin, end)
        else:
            self._unsure += end - begin
            self._close()

    def _show(self, face: Face, begin: float, end: float) -> None:
        """Add an expression that is sure."""
        number = face.expression.number
        self._shown[number] += end - begin
        if self._previous not in (None, number):
            self._transitions[self._previous, number] += 1
        self._previous = number
        if self._episode is not None and self._episode.number != number:
            self._close()
        if self._episode is None:
            self._episode = _OpenEpisode(number, begin)
        self._episode.add(face.confidence, begin, end)

    def _close(self) -> None:
        """End the episode, if there is one."""
        if self._episode is not None:
            self._episodes.append(self._episode.closed(self._vocabulary))
            self._episode = None

    def summary(self) -> FaceSummary:
        """Return it all; the open episode ends."""
        self._close()
        whole = self._seconds or 1.0
        names = self._vocabulary.names
        times = zip(names, self._shown.tolist(), self._probabilities.tolist(), strict=True)
        counts = sorted(self._transitions.items(), key=lambda item: (-item[1], item[0]))
        return FaceSummary(
            face_id=self._face_id,
            first_seen=self._begin,
            last_seen=self._end,
            frames=self._frames,
            seconds=self._seconds,
            unsure_seconds=self._unsure,
            expressions=tuple(
                ExpressionTime(name, shown, shown / whole, mean / whole)
                for name, shown, mean in times
            ),
            transitions=tuple(
                Transition(names[before], names[after], count)
                for (before, after), count in counts
            ),
            episodes=tuple(self._episodes),
        )


@dataclasses.dataclass
class _OpenEpisode:
    """An episode that has not ended."""

    number: int
    begin: float
    end: float = 0.0
    weighted: float = 0.0
    peak: float = -1.0
    peak_time: float = 0.0

    def add(self, confidence: float, begin: float, end: float) -> None:
        self.end = end
        self.weighted += confidence * (end - begin)
        if confidence > self.peak:
            self.peak, self.peak_time = confidence, begin

    def closed(self, vocabulary: Vocabulary) -> Episode:
        seconds = self.end - self.begin
        return Episode(
            expression=vocabulary.names[self.number],
            begin=self.begin,
            end=self.end,
            # A single frame without a duration has no weight.
            mean_confidence=self.weighted / seconds if seconds else self.peak,
            peak_confidence=self.peak,
            peak_time=self.peak_time,
        )
