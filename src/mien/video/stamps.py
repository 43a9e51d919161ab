"""Time stamps of decoded frames, also where a container has none or only half of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av

_USUAL_RATE = 25.0  # frames a second, of a clip that states none


class Stamps:
    """Chooses the time stamp of each frame, given in the order in which they are shown.

    A frame may have a stamp of when it is shown and one of when it was decoded. The first is its
    time, unless it is missing, or went back more often than the second. This is FFmpeg's rule
    (``guess_correct_pts`` in libavcodec/decode.c), so times are those that ffprobe prints as
    ``best_effort_timestamp_time``. A frame with neither follows the one before by the mean
    distance of frames.

    Parameters
    ----------
    rate
        Frames a second, by the header; None if it does not say.
    only_decoded
        Whether the container stores only when frames are decoded, as AVI does. What its reader
        says of when they are shown is a guess, and wrong for clips with B-frames.
    """

    def __init__(self, rate: float | None, *, only_decoded: bool = False) -> None:
        self._only_decoded = only_decoded
        self.interval = 1 / (rate or _USUAL_RATE)
        """Mean distance of frames, in seconds."""
        self._last_shown = self._last_decoded = -(1 << 62)
        self._faults_shown = self._faults_decoded = 0
        self.last: float | None = None
        """The time of the last frame so far, in seconds."""

    def time_of(self, frame: av.VideoFrame) -> float:
        """Return the time stamp of the next frame, in seconds."""
        shown = None if self._only_decoded else frame.pts
        stamp = self._guess(shown, frame.dts)
        if stamp is not None and frame.time_base:
            time = stamp * frame.time_base.numerator / frame.time_base.denominator
        else:
            time = 0.0 if self.last is None else self.last + self.interval
        self.last = time
        return time

    def _guess(self, shown: int | None, decoded: int | None) -> int | None:
        if decoded is not None:
            self._faults_decoded += decoded <= self._last_decoded
            self._last_decoded = decoded
        elif shown is not None:
            self._last_decoded = shown
        if shown is not None:
            self._faults_shown += shown <= self._last_shown
            self._last_shown = shown
        elif decoded is not None:
            self._last_shown = decoded
        if shown is not None and (decoded is None or self._faults_shown <= self._faults_decoded):
            return shown
        return decoded
