"""Notices where a new shot of a video begins.

The constants were chosen on pairs of frames made of photos of London, JAFFE and Yale, and of noise
with the spectra of pictures: moved, shaken, lighter, darker, half hidden, or of another shot.
benchmarks/tracking.py counts cuts in clips that are composed of other faces.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

WIDTH, HEIGHT = 40, 30
"""Size in pixels to which frames are shrunk before they are compared."""

BLOCK = 5
"""Side of the blocks that are looked for in the other frame."""

REACH = 3
"""How far a block may have moved to each side: 7% of the picture's width."""

SAME_SHOT = 0.9
"""Frames whose blocks have at least this median correlation are of one shot."""

MOVED_TOGETHER = 0.6
"""So are frames with a lower one of which this share of the blocks moved together, as when the
camera shakes: details finer than a pixel of the shrunk frame then lower the correlation."""

MATCHED = 0.4
"""A block whose best correlation is lower than this has not moved: it is gone."""

FLAT = 3.0
"""Blocks whose gray values deviate by less show nothing that could be found again."""

MIN_BLOCKS = 4
"""Frames with fewer blocks that show something cannot be compared."""

OVEREXPOSED = 250
"""Gray values from this one on are overexposed; blocks with many of them show nothing."""

_BRIGHT = 128
"""A frame that shows nothing is overexposed if its mean gray value is at least this, else black."""

_SAMPLED = 160
"""Large frames are sampled to this many pixels for the shorter side, or up to twice as many."""


class CutDetector:
    """Compares each frame with the one before, in blocks; not shared between threads.

    Frames are of one shot if most blocks of either are found in the other near their place, lighter
    or darker, or move together. A frame that a flash turns all white is passed over: the next is
    compared with the one before it. Black frames are shots of their own. A soft transition is not a
    cut, and neither is a jump that leaves more than half of the picture as it was.
    """

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None

    def is_cut(self, image: NDArray[np.uint8]) -> bool:
        """Return whether a new shot begins with this frame; never with the first.

        Parameters
        ----------
        image
            The next frame, RGB, ``uint8 [H, W, 3]``.
        """
        now, before = _shrunk(image), self._before
        if before is None:
            self._before = now
            return False
        still = _match(before, now, 0)
        if still is not None and still[0] >= SAME_SHOT:
            self._before = now
            return False
        ahead = _match(before, now)
        if ahead is None and now.mean() >= _BRIGHT:
            return False
        self._before = now
        if ahead is not None and ahead[0] >= SAME_SHOT:
            return False
        matches = [one for one in (ahead, _match(now, before)) if one is not None]
        alike = max((likeness for likeness, _ in matches), default=1.0)
        together = max((share for _, share in matches), default=1.0)
        return alike < SAME_SHOT and together < MOVED_TOGETHER


def _shrunk(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a small gray picture, ``float32 [HEIGHT, WIDTH]``."""
    step = max(1, min(image.shape[:2]) // _SAMPLED)
    part = np.ascontiguousarray(image[::step, ::step])
    small = cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)


def _match(
    before: NDArray[np.float32], now: NDArray[np.float32], reach: int = REACH
) -> tuple[float, float] | None:
    """Look for the blocks of one frame in the other, each within `reach` of its place.

    Returns
    -------
    tuple or None
        The median of the blocks' correlations with the places where they fit best, and the share
        of blocks that moved as the median block did. None if there is too little to be seen.
    """
    shape = HEIGHT // BLOCK, BLOCK, WIDTH // BLOCK, BLOCK
    blocks = now.reshape(shape).swapaxes(1, 2).reshape(-1, BLOCK**2)
    telling = (blocks.std(axis=1) >= FLAT) & ((blocks >= OVEREXPOSED).mean(axis=1) < 0.25)
    if telling.sum() < MIN_BLOCKS:
        return None
    around = cv2.copyMakeBorder(before, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    side = BLOCK + 2 * reach
    areas = sliding_window_view(around, (side, side))[::BLOCK, ::BLOCK]
    areas = areas.reshape(-1, side, side)[telling]
    windows = sliding_window_view(areas, (BLOCK, BLOCK), axis=(1, 2))
    windows = windows.reshape(len(areas), -1, BLOCK**2)
    correlations = _correlations(windows, blocks[telling])
    best = correlations.max(axis=1)
    moves = np.stack(np.divmod(correlations.argmax(axis=1), 2 * reach + 1), axis=1)
    common = np.abs(moves - np.median(moves, axis=0)).max(axis=1) <= 1
    return float(np.median(best)), float((common & (best >= MATCHED)).mean())


def _correlations(
    windows: NDArray[np.float32], blocks: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the correlation of each block, ``[N, P]``, with its windows, ``[N, M, P]``."""
    varying = blocks - blocks.mean(axis=1, keepdims=True)
    products = (windows @ varying[:, :, None])[..., 0]
    squares = np.einsum("nmp,nmp->nm", windows, windows)
    spread = squares / windows.shape[2] - windows.mean(axis=2) ** 2
    # Windows that are flat match nothing, not even by their noise.
    lengths = np.sqrt(np.maximum(spread, FLAT**2 / 4) * windows.shape[2])
    return np.asarray(products / (lengths * np.linalg.norm(varying, axis=1)[:, None]), np.float32)
