"""Draws faces, with their expressions, on a picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mien.arguments import checked
from mien.drawing.arguments import check_heats, check_image, check_size
from mien.drawing.enlarging import enlarged, factor_for, scaled
from mien.drawing.labels import (
    Label,
    box_of,
    draw_leader,
    draw_number,
    draw_outline,
    draw_plate,
    draw_words,
    label_height,
    label_of,
    line_width,
    write_number,
)
from mien.drawing.overlay import Legend, lay_over, legend_below, legend_for
from mien.drawing.placing import Place, place_labels
from mien.drawing.shapes import Box, Point
from mien.drawing.strip import Strip
from mien.perception.face import Face

_SCALES = (1.0, 0.85, 0.72, 0.6)
"""Sizes of labels, tried in this order until all labels have a place."""


@checked
def draw(
    image: NDArray[np.uint8],
    faces: Sequence[Face],
    heats: Sequence[NDArray[np.float32]] | None = None,
) -> NDArray[np.uint8]:
    """Draw a box, the emoji and a label at each face.

    Labels cover no face and no other label: they stand beside their faces, or further away with a
    line to them. Labels for which there is no room stand below the picture, with a number that
    their faces have too. A face that is not sure gets a dashed gray box and a question mark.

    Parameters
    ----------
    image
        RGB, ``uint8 [H, W, 3]``; it is not changed.
    faces
        The faces, with boxes in pixels of the image: a `Picture`, or any sequence of them.
    heats
        What `explain` returned for each face; drawn over it, with a legend.

    Returns
    -------
    numpy.ndarray
        RGB, ``uint8 [k H + s, k W, 3]``. k is 1, or for a picture under 320 pixels with faces the
        whole number that enlarges it to at least that; s is 0, or the height of what stands below.

    Raises
    ------
    PictureError
        If the image is not ``uint8 [H, W, 3]``, is not as large as the `Picture` whose faces are
        drawn, or the heat maps do not fit the faces.
    SettingsError
        If an argument is of another type.

    Examples
    --------
    >>> reader = mien.Reader()
    >>> image = reader.open("party.jpg")
    >>> mien.draw(image, reader.read(image)).shape
    (512, 512, 3)
    """
    check_image(image)
    check_size(image, faces)
    if heats is not None:
        check_heats(heats, len(faces))
        image = _with_heats(image, faces, heats)
    if not faces:
        return image.copy()
    factor = factor_for((image.shape[1], image.shape[0]))
    layout_faces = [scaled(face, factor) for face in faces]
    canvas = enlarged(image, factor)
    return _Layout.of(layout_faces, canvas, heats is not None).draw(canvas)


def _with_heats(
    image: NDArray[np.uint8], faces: Sequence[Face], heats: Sequence[NDArray[np.float32]]
) -> NDArray[np.uint8]:
    for face, heat in zip(faces, heats, strict=True):
        image = lay_over(image, face, heat)
    return image


@dataclasses.dataclass(frozen=True)
class _Layout:
    """Where everything goes."""

    labels: list[Label]
    places: list[Place | None]
    """Of each label in the picture; None where it stands below."""
    numbers: dict[int, Point]
    """By place among the faces, the middle of the number that stands in for a label."""
    number_height: float
    strip: Strip
    heated: bool
    legend: Legend | None
    """In the picture; None if it stands below."""

    @classmethod
    def of(cls, faces: list[Face], canvas: NDArray[np.uint8], heated: bool) -> _Layout:
        """Lay out labels, numbers, the strip and the legend."""
        high, wide = canvas.shape[:2]
        boxes = [_clipped(box_of(face), (wide, high)) for face in faces]
        legend = legend_for((wide, high), boxes) if heated else None
        taken = [legend.box] if legend is not None else []
        labels, places = _best(faces, boxes, (wide, high), taken)
        below = [number for number, place in enumerate(places) if place is None]
        size = 0.8 * labels[0].height
        numbers = {}
        if len(faces) > 1:
            taken += [place.box for place in places if place is not None]
            numbers = dict(zip(below, _number_spots(below, boxes, (wide, high), size, taken),
                               strict=True))  # fmt: skip
        marks = [number + 1 if numbers else None for number in below]
        strip = Strip(wide, [labels[number] for number in below], marks)
        return cls(labels, places, numbers, size, strip, heated, legend)

    def draw(self, canvas: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Draw everything on a picture, and add the strip."""
        width = line_width(canvas)
        placed = [(label, place) for label, place in zip(self.labels, self.places, strict=True)
                  if place is not None]  # fmt: skip
        for label, place in placed:
            draw_leader(canvas, label.face, place, width)
        for label in self.labels:
            draw_outline(canvas, label.face, width)
        for label, place in placed:
            draw_plate(canvas, label, *place.box[:2])
        for number, spot in self.numbers.items():
            draw_number(canvas, self.labels[number].face, spot, self.number_height)
        picture = Image.fromarray(canvas)
        for label, place in placed:
            draw_words(picture, label, *place.box[:2])
        for number, spot in self.numbers.items():
            write_number(picture, self.labels[number].face, number + 1, spot, self.number_height)
        if self.legend is not None:
            self.legend.draw(picture)
        bands = [np.array(picture), *([self.strip.draw()] if self.strip.labels else [])]
        if self.heated and self.legend is None:
            bands.append(legend_below(canvas.shape[1], 0.5 * self.labels[0].height))
        return np.vstack(bands)


def _best(
    faces: list[Face], boxes: list[Box], size: tuple[int, int], taken: list[Box]
) -> tuple[list[Label], list[Place | None]]:
    """Choose the size of labels at which the most have a place in the picture, the largest such."""
    best: tuple[list[Label], list[Place | None]] = ([], [])
    most = -1
    for scale in _SCALES:
        fitting = label_height(faces, size, scale)
        labels = [label_of(face, fitting, size[0]) for face in faces]
        places = place_labels(boxes, [(label.width, label.height) for label in labels], size, taken)
        if (count := len(places) - places.count(None)) > most:
            most, best = count, (labels, places)
        if count == len(faces):
            break
    return best


def _number_spots(
    below: Sequence[int],
    boxes: Sequence[Box],
    size: tuple[int, int],
    height: float,
    taken: list[Box],
) -> Iterator[Point]:
    """Yield the middle of the number of each face whose label stands below the picture.

    It stands beside the face if there is room, else on a corner of its box.
    """
    taken = [*taken, *(box for number, box in enumerate(boxes) if number not in below)]
    own = [boxes[number] for number in below]
    places = place_labels(own, [(height, height)] * len(own), size, taken)
    for box, place in zip(own, places, strict=True):
        spot = place.box if place is not None else _on_corner(box, size, height, taken)
        taken.append(spot)
        yield (spot[0] + spot[2]) / 2, (spot[1] + spot[3]) / 2


def _on_corner(box: Box, size: tuple[int, int], height: float, taken: Sequence[Box]) -> Box:
    """Return the place of a number at the least covered corner of a box."""
    half = height / 2
    columns = [min(max(x, half), size[0] - half) for x in (box[0], box[2])]
    rows = [min(max(y, half), size[1] - half) for y in (box[1], box[3])]
    spots = [(x - half, y - half, x + half, y + half) for y in rows for x in columns]
    return min(spots, key=lambda spot: sum(_shared(spot, other) for other in taken))


def _clipped(box: Box, size: tuple[int, int]) -> Box:
    """Return the part of a box that lies in the picture."""
    left, right = np.clip((box[0], box[2]), 0, size[0])
    top, bottom = np.clip((box[1], box[3]), 0, size[1])
    return (float(left), float(top), float(right), float(bottom))


def _shared(one: Box, other: Box) -> float:
    """Return the area that two boxes share, in square pixels."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)
