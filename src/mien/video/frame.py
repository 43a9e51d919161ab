"""One frame of a clip or a camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrame:
    """One frame of a clip or a camera."""

    index: int
    """Number of the frame in the clip, from 0, in the order in which frames are shown. Frames that
    are left out by `start`, `every` or `fps` are counted too. Of a camera: the number of the frame
    among all that the camera gave."""
    time: float
    """The container's time stamp, in seconds. It need not begin with 0, and the distance between
    frames may vary. Of a camera: seconds since its first frame."""
    image: NDArray[np.uint8]
    """RGB, ``uint8 [H, W, 3]``, upright."""
