"""Lays heat maps over pictures, with a legend that says what their colours mean."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mien.arguments import checked
from mien.drawing.arguments import check_heat, check_image
from mien.drawing.shapes import Box
from mien.drawing.text import length, write
from mien.perception.align import similarity
from mien.perception.face import Face

STRENGTH = 0.72
"""Opacity of the heat map at its strongest place, 0 to 1."""

_COLOURS = ((94, 60, 153), (196, 42, 110), (242, 96, 34), (255, 176, 20), (255, 240, 90))
"""From the weakest place to the strongest: violet, red, orange, yellow, ever lighter."""

_SHADOW = 0.35
"""How much darker colours are on black pixels than on white ones: the face stays visible."""

_FAINT = 0.15
"""Weaker heat fades to nothing, since even a slight tint of a light background stands out."""

_EDGE = 0.06
"""Share of the crop's side over which heat fades to nothing: the crop ends, but the face does
not."""

_WORDS = ("less", "more important")


@checked
def overlay(
    image: NDArray[np.uint8], face: Face, heat: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Lay a face's heat map over the picture that it is in, with a legend beside the face.

    To show several faces with labels, give their heat maps to `draw`.

    Parameters
    ----------
    image
        RGB, ``uint8 [H, W, 3]``; it is not changed.
    face
        The face, whose landmarks and frame say where its crop lies.
    heat
        What `explain` returned, ``float32 [h, w]``, 0 to 1.

    Returns
    -------
    numpy.ndarray
        RGB, ``uint8 [H, W, 3]``. The legend stands in a corner; if the face leaves none free,
        there is no legend.

    Raises
    ------
    PictureError
        If the image is not ``uint8 [H, W, 3]``, or the heat map is not ``[h, w]``.
    SettingsError
        If an argument is of another type.

    Examples
    --------
    >>> reader = mien.Reader()
    >>> image = reader.open("party.jpg")
    >>> face = reader.read(image)[0]
    >>> mien.overlay(image, face, mien.explain(face)).shape
    (512, 512, 3)
    """
    check_image(image)
    check_heat(heat)
    warm = lay_over(image, face, heat)
    x, y, w, h = face.box
    legend = legend_for((image.shape[1], image.shape[0]), [(x, y, x + w, y + h)])
    if legend is None:
        return warm
    picture = Image.fromarray(warm)
    legend.draw(picture)
    return np.array(picture)


def lay_over(
    image: NDArray[np.uint8], face: Face, heat: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Lay a heat map over a picture, without a legend; for the arguments see `overlay`."""
    landmarks = np.asarray(face.landmarks, dtype=np.float64)
    frame = np.array(face.frame, dtype=np.float64) * heat.shape[1::-1]
    back = similarity(landmarks, frame)
    height, width = image.shape[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP

    def put(part: NDArray[np.float32], border: int) -> NDArray[np.float32]:
        where = (width, height)
        placed = cv2.warpAffine(part, back, where, flags=flags, borderMode=border)
        return np.asarray(placed, np.float32)

    shade = np.clip(put(np.asarray(heat, np.float32), cv2.BORDER_REPLICATE), 0, 1)
    opacity = put(_window(heat.shape), cv2.BORDER_CONSTANT)
    rows, columns = (np.flatnonzero(opacity.any(axis=axis)) for axis in (1, 0))
    warm = image.copy()
    if len(rows):
        part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        warm[part] = _tinted(warm[part], shade[part], opacity[part])
    return warm


def _window(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the opacity over a crop: it fades towards the edge, so that no rectangle shows."""
    fades = []
    for side in shape:
        middles = (np.arange(side) + 0.5) / side
        fades.append(np.clip(np.minimum(middles, 1 - middles) / _EDGE, 0, 1))
    return np.outer(*fades).astype(np.float32)


def _tinted(
    image: NDArray[np.uint8], shade: NDArray[np.float32], opacity: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Blend pixels with the colours of a heat map, keeping light and shadow of the face."""
    light = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None] / 255
    colours = heat_colours(shade) * (1 - _SHADOW + _SHADOW * light)
    weight = (STRENGTH * opacity * shade**0.7 * np.minimum(shade / _FAINT, 1))[..., None]
    return np.asarray(np.rint(image * (1 - weight) + colours * weight), np.uint8)


def heat_colours(shade: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the colour of each heat, 0 to 1; RGB ``float32 [..., 3]``, 0 to 255."""
    stops = np.linspace(0, 1, len(_COLOURS))
    channels = [np.interp(shade, stops, channel) for channel in zip(*_COLOURS, strict=True)]
    return np.asarray(np.stack(channels, axis=-1), np.float32)


@dataclasses.dataclass(frozen=True)
class Legend:
    """A bar with the colours of the heat, between the words for its ends."""

    left: float
    top: float
    size: float
    """Of its letters."""

    @property
    def box(self) -> Box:
        """Where it is, in pixels."""
        words = sum(length(word, self.size) for word in _WORDS)
        width = words + self.size * 6.4
        return (self.left, self.top, self.left + width, self.top + self.size * 1.9)

    def draw(self, picture: Image.Image) -> None:
        """Draw it on a picture."""
        left, top, right, bottom = self.box
        plate = Image.new("L", (round(right - left) * 4, round(bottom - top) * 4))
        ImageDraw.Draw(plate).rounded_rectangle(
            (0, 0, plate.width - 1, plate.height - 1), plate.height / 4, fill=225
        )
        picture.paste((24, 24, 28), (round(left), round(top)), plate.reduce(4))
        middle, gap = (top + bottom) / 2, self.size * 0.6
        x = left + gap
        write(picture, (x, middle), _WORDS[0], self.size, (240, 240, 240), "lm")
        x += length(_WORDS[0], self.size) + gap
        bar = (round(self.size * 4), max(2, round(self.size * 0.75)))
        ramp = heat_colours(np.linspace(0, 1, bar[0], dtype=np.float32)[None])
        strip = Image.fromarray(np.repeat(np.rint(ramp), bar[1], axis=0).astype(np.uint8))
        picture.paste(strip, (round(x), round(middle - bar[1] / 2)))
        write(picture, (x + bar[0] + gap, middle), _WORDS[1], self.size, (240, 240, 240), "lm")


def legend_for(size: tuple[int, int], faces: Sequence[Box]) -> Legend | None:
    """Return a legend in a corner that is clear of faces; None without such a corner."""
    margin = max(4.0, max(size) / 80)
    for letters in (max(12.0, max(size) / 60), max(10.0, max(size) / 80)):
        _, _, width, height = Legend(0, 0, letters).box
        for top in (size[1] - margin - height, margin):
            for left in (margin, size[0] - margin - width):
                legend = Legend(left, top, letters)
                if left >= 0 and top >= 0 and not any(_touch(legend.box, box) for box in faces):
                    return legend
    return None


def legend_below(width: int, letters: float) -> NDArray[np.uint8]:
    """Draw a strip with the legend, for a picture without a free corner."""
    fitting = min(letters, letters * width / (Legend(0, 0, letters).box[2] + 8))
    legend = Legend(4, 4, fitting)
    picture = Image.new("RGB", (width, round(legend.box[3] + 4)), (246, 246, 243))
    legend.draw(picture)
    return np.array(picture)


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
