"""Looks at a picture for faces: the whole in several sizes, and single places closely."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.perception.beside import begin_beside
from mien.perception.candidate import Candidate, from_rows, overlap
from mien.perception.yunet import FAINT, OVERLAP, Yunet

MAIN = 2000
"""Longer pictures are scaled down to this many pixels: a face of 20 px in a picture of 4,000
is then still 10 px, the smallest that YuNet finds."""

SMALL = 256
"""Long side in pixels of the second look, which finds faces that fill the picture. YuNet was
trained on smaller faces and misses most large ones. A shorter picture is enlarged to this, chosen
as the size at which it finds the most of FER-2013's 48-pixel faces."""

SQUARE = 192
"""Long side in pixels to which a picture without a face is shrunk before it is turned."""

COARSEST = 4
"""A picture that `MAIN` would shrink by more than this is also searched in tiles, shrunk by this:
a face of 90 px is then at least 22 px."""

TILE = 1920
"""Side of a tile in pixels."""

SEAM = 256
"""Neighbouring tiles share this many pixels, so that a face up to that size is whole in one; larger
ones are found in the look at the whole picture."""

WINDOW = 1.75
"""Side of the window for a close look, as a multiple of the candidate's."""

SURROUNDINGS = 20
"""Minimum margin around a candidate in a cell, in pixels: without it YuNet misses small faces."""

_GRIDS = ((1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3), (3, 4), (4, 4))
"""Rows and columns of the sheets on which close looks go through YuNet together."""


@dataclasses.dataclass(frozen=True)
class View:
    """A place to look at closely."""

    candidate: Candidate
    """What is there."""
    angle: float
    """How far the candidate is taken to be turned: degrees clockwise."""

    def transform(self, pixels: int) -> NDArray[np.float64]:
        """Return the map ``float64 [2, 3]`` to a cell that shows the candidate at this size."""
        scale = pixels / self.candidate.side
        turn = scale * np.exp(-1j * math.radians(self.angle))
        matrix = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
        middle = np.full(2, cell_side(pixels) / 2)
        return np.column_stack([matrix, middle - matrix @ self.candidate.middle])


def cell_side(pixels: int) -> int:
    """Return the side of a cell for candidates of this many pixels."""
    return max(round(WINDOW * pixels), pixels + 2 * SURROUNDINGS)


def look_at_whole(
    yunet: Yunet, image: NDArray[np.uint8], helped: bool = False
) -> list[Candidate]:
    """Return what may be a face in a picture, by decreasing score.

    Parameters
    ----------
    yunet
        The network.
    image
        RGB, ``uint8 [H, W, 3]``.
    helped
        Whether another thread takes the second look while this one takes the first.
    """
    side = max(image.shape[:2])
    small = functools.partial(_look, yunet, image, SMALL / side)
    if side <= SMALL:
        rows = [small()]
    else:
        # To scale 1080p down takes as long as four small looks, in one thread.
        second = begin_beside(small) if helped else small
        main = _look(yunet, image, min(side, MAIN) / side)
        rows = [second(), main]
    if side > COARSEST * MAIN:
        rows.extend(_look_at_tiles(yunet, image))
    return from_rows(_distinct(np.concatenate(rows)))


def small_square(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture scaled to `SQUARE`, in the corner of a square that is black elsewhere."""
    scaled = _scaled(image, SQUARE / max(image.shape[:2]))
    square = np.zeros((SQUARE, SQUARE, 3), np.uint8)
    square[: scaled.shape[0], : scaled.shape[1]] = scaled
    return square


def look_at_square(yunet: Yunet, square: NDArray[np.uint8]) -> list[Candidate]:
    """Return what may be a face in such a square, by decreasing score."""
    return from_rows(_distinct(yunet.rows(square)))


def look_closely(
    yunet: Yunet, image: NDArray[np.uint8], views: Sequence[View], pixels: int
) -> list[Candidate | None]:
    """Look at places of a picture, each scaled and turned on its own.

    Parameters
    ----------
    yunet, image
        As in `look_at_whole`.
    views
        Where to look, and how.
    pixels
        Side in pixels to which each candidate is scaled.

    Returns
    -------
    list
        For each view, what is seen at the candidate's place, in pixels of the picture; or None.
    """
    most = math.prod(_GRIDS[-1])
    parts = [views[start : start + most] for start in range(0, len(views), most)]
    return [seen for part in parts for seen in _look_at_cells(yunet, image, part, pixels)]


def outside(candidate: Candidate, shape: tuple[int, ...]) -> float:
    """Return the share of a candidate's window that lies outside the picture, 0 to 1."""
    half = WINDOW * candidate.side / 2
    limit = np.array(shape[1::-1], dtype=np.float64)
    low = np.clip(candidate.middle - half, 0, limit)
    high = np.clip(candidate.middle + half, 0, limit)
    return 1 - float(np.prod(high - low)) / (2 * half) ** 2


def _look(yunet: Yunet, image: NDArray[np.uint8], scale: float) -> NDArray[np.float32]:
    """Return YuNet's rows in pixels of the unscaled picture."""
    scaled = _scaled(image, scale)
    # x, y, width, height, five times x and y, score
    unscale = np.append(np.tile(np.divide(image.shape[1::-1], scaled.shape[1::-1]), 7), 1)
    return np.asarray(yunet.rows(scaled) * unscale, dtype=np.float32)


def _scaled(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Return a picture scaled, at least one pixel wide and high."""
    if scale == 1:
        return image
    width, height = (max(1, round(length * scale)) for length in image.shape[1::-1])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)


def _distinct(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Keep the best row of each face that several looks found, by decreasing score."""
    kept = cv2.dnn.NMSBoxes(rows[:, :4].tolist(), rows[:, 14].tolist(), FAINT, OVERLAP)
    return rows[np.asarray(kept, dtype=np.intp).reshape(-1)]


def _look_at_tiles(yunet: Yunet, image: NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
    """Yield YuNet's rows of each tile, in pixels of the picture."""
    reach = TILE * COARSEST
    for top in _starts(image.shape[0]):
        for left in _starts(image.shape[1]):
            tile = image[top : top + reach, left : left + reach]
            rows = _look(yunet, tile, 1 / COARSEST)
            rows[:, :14] += np.tile(np.array([left, top], np.float32), 7) * _PLACES
            yield rows


_PLACES = np.array([1, 1, 0, 0, *[1] * 10], np.float32)
"""Which of a row's numbers are places, and move with the tile."""


def _starts(length: int) -> list[int]:
    """Return where tiles begin that cover a side of the picture evenly."""
    reach, seam = TILE * COARSEST, SEAM * COARSEST
    if length <= reach:
        return [0]
    count = math.ceil((length - seam) / (reach - seam))
    return [round(start) for start in np.linspace(0, length - reach, count)]


def _look_at_cells(
    yunet: Yunet, image: NDArray[np.uint8], views: Sequence[View], pixels: int
) -> Iterator[Candidate | None]:
    """Lay the views side by side, and yield the best candidate in the middle of each."""
    rows, columns = next(grid for grid in _GRIDS if math.prod(grid) >= len(views))
    cell = cell_side(pixels)
    sheet = np.zeros((cell * rows, cell * columns, 3), np.uint8)
    corners = [(cell * (n % columns), cell * (n // columns)) for n in range(len(views))]
    parts: dict[int, _Part] = {}
    for view, (left, top) in zip(views, corners, strict=True):
        part = parts.get(id(view.candidate)) or _part(image, view.candidate, pixels)
        parts[id(view.candidate)] = part
        sheet[top : top + cell, left : left + cell] = _cell(part, view, pixels)
    seen = from_rows(yunet.rows(sheet))
    for view, (left, top) in zip(views, corners, strict=True):
        start = (cell - pixels) / 2
        expected = (left + start, top + start, float(pixels), float(pixels))
        fitting = [one for one in seen if overlap(one.frame, expected) > OVERLAP]
        best = max(fitting, key=lambda one: one.score, default=None)
        to_sheet = view.transform(pixels) + np.array([[0, 0, left], [0, 0, top]])
        yield best.mapped(cv2.invertAffineTransform(to_sheet)) if best else None


@dataclasses.dataclass(frozen=True, eq=False)
class _Part:
    """What lies around a candidate, shrunk to the scale of a cell."""

    pixels: NDArray[np.uint8]
    corner: NDArray[np.float64]
    """Its left top corner in the picture."""
    scale: NDArray[np.float64]
    """Its pixels for one of the picture's, across and down."""


def _part(image: NDArray[np.uint8], candidate: Candidate, pixels: int) -> _Part:
    """Cut out what a cell of any turn can show, and shrink it if it is larger."""
    reach = cell_side(pixels) / pixels * candidate.side * math.sqrt(0.5) + 2
    limit = np.array(image.shape[1::-1])
    low = np.clip(np.floor(candidate.middle - reach), 0, limit - 1).astype(int)
    high = np.clip(np.ceil(candidate.middle + reach), low + 1, limit).astype(int)
    part = image[low[1] : high[1], low[0] : high[0]]
    scaled = _scaled(part, min(1.0, pixels / candidate.side))
    scale = np.divide(scaled.shape[1::-1], part.shape[1::-1])
    return _Part(np.ascontiguousarray(scaled), low.astype(np.float64), scale)


def _cell(part: _Part, view: View, pixels: int) -> NDArray[np.uint8]:
    """Return what a view shows; outside the picture it is black."""
    transform = view.transform(pixels)
    matrix = transform[:, :2] / part.scale
    shift = transform[:, 2] + transform[:, :2] @ part.corner
    # OpenCV's pixel 0 has its middle at 0, ours at 0.5.
    shift = shift + matrix @ [0.5, 0.5] - 0.5
    side = cell_side(pixels)
    warped = cv2.warpAffine(part.pixels, np.column_stack([matrix, shift]), (side, side))
    return np.asarray(warped, np.uint8)
