"""Draws and encodes the annotated copy of a clip in a thread of its own."""

from __future__ import annotations

import queue
import threading
from pathlib import Path

from mien.drawing.frames import FrameDrawer
from mien.errors import MienError
from mien.perception.picture import Picture
from mien.video import VideoWriter

_AHEAD = 4
"""Frames that wait to be drawn, at most; one of 1080p takes 6 MB."""


class ClipCopy:
    """Writes a clip's frames with their faces drawn, while the next ones are read.

    Parameters
    ----------
    path
        The copy.
    width, height
        Size of the frames in pixels.
    sound
        The clip whose sound is kept; None for none.
    start, end
        The part of the clip that is read, in seconds.
    comment
        Says in the file what it is a copy of.

    Raises
    ------
    OutputError
        If the file cannot be begun.
    MissingExtraError
        If PyAV is not installed.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        *,
        sound: Path | None = None,
        start: float | None = None,
        end: float | None = None,
        comment: bytes = b"",
    ) -> None:
        self.path = path
        self.error: MienError | None = None
        """Why the copy cannot be written; what is added afterwards is dropped."""
        self._defect: BaseException | None = None
        self._drawer = FrameDrawer(width, height)
        self._writer = VideoWriter(
            path,
            width=self._drawer.width,
            height=self._drawer.height,
            sound=sound,
            start=start,
            end=end,
            setting="out",
            comment=comment.decode(),
        )
        self._waiting: queue.Queue[tuple[Picture, float] | None] = queue.Queue(_AHEAD)
        self._thread = threading.Thread(target=self._run, name="mien-draw", daemon=True)
        self._thread.start()

    @property
    def temporary(self) -> Path:
        """What the copy is called until it is complete."""
        return self._writer.temporary

    def add(self, picture: Picture, time: float) -> None:
        """Add a frame, with its image; waits while several are still to be drawn.

        Parameters
        ----------
        picture
            The frame.
        time
            When it is shown, in seconds; later than the frame before.
        """
        self._raise_defect()
        self._waiting.put((picture, time))

    def close(self) -> None:
        """Complete the copy and put it in its place.

        Raises
        ------
        OutputError
            If that fails, or the disk was full before.
        """
        self._join()
        self._raise_defect()
        if self.error is not None:
            raise self.error
        self._writer.close()

    def discard(self) -> None:
        """Remove what was written."""
        self._join()
        if self.error is None:
            self._writer.discard()

    def _join(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            if self.error is None and self._defect is None:
                self._draw(*item)

    def _draw(self, picture: Picture, time: float) -> None:
        assert picture.image is not None
        try:
            self._writer.add(self._drawer.draw(picture.image, picture), time)
        except MienError as error:
            self._fail(error)
        except BaseException as defect:
            # Raised by the thread that adds frames, which would wait for this one otherwise.
            self._defect = defect

    def _raise_defect(self) -> None:
        if self._defect is not None:
            raise self._defect

    def _fail(self, error: MienError) -> None:
        self.error = error
        self._writer.discard()
