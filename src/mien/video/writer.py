"""Writes a clip: H.264 in MP4, with the sound of another."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mien import files
from mien.errors import require

_TICKS = 90_000  # a second, the usual clock of video


class VideoWriter:
    """Writes frames with their time stamps as a clip: H.264 (yuv420p) in MP4.

    A context manager. The file appears under its name when the context is left without an
    exception, and not before; until then it has a temporary name in the same folder.

    Parameters
    ----------
    path
        The clip, which is replaced if it exists; see `mien.outputs.check_outputs`.
    width, height
        Size of the frames, in pixels. An odd size is extended by repeating the last row or column.
    sound
        A clip whose sound is added; none if None or if it has no sound. It is copied where an MP4
        can hold it, and encoded as AAC otherwise.
    start, end
        The part of that clip, in seconds by its time stamps, that the frames are from.
    setting
        The setting that the path came from.
    comment
        Text to store in the file.

    Raises
    ------
    OutputError
        If the file cannot be written, then and later.
    MissingExtraError
        If PyAV is not installed.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        width: int,
        height: int,
        sound: Path | None = None,
        start: float | None = None,
        end: float | None = None,
        setting: str | None = None,
        comment: str = "",
    ) -> None:
        require("av", "video")
        import av

        self.path = Path(path)
        self._setting = setting
        self._part = files.begin(self.path, setting=setting)
        self._container = av.open(
            str(self._part), "w", format="mp4", options={"movflags": "+faststart"}
        )
        if comment:
            self._container.metadata["comment"] = comment
        self._stream = self._container.add_stream("libx264", options={"preset": "veryfast"})
        self._stream.width, self._stream.height = width + width % 2, height + height % 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, _TICKS)
        self._first: float | None = None

    def add(self, image: NDArray[np.uint8], time: float) -> None:
        """Add a frame.

        Parameters
        ----------
        image
            RGB, ``uint8 [height, width, 3]``.
        time
            Its time stamp in seconds, later than that of the frame before.
        """
        import av

        if self._first is None:
            self._first = time
        height, width = image.shape[:2]
        even = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
        frame.pts = round((time - self._first) * _TICKS)
        frame.time_base = Fraction(1, _TICKS)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Complete the clip and put it in its place."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
        files.finish(self._part, self.path, setting=self._setting)

    def discard(self) -> None:
        """Remove what was written; nothing appears under the clip's name."""
        self._container.close()
        self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()
