"""Tells whether the pictures of a data set look like whole photos rather than face crops."""

from __future__ import annotations

import dataclasses

from mien.models.info import InputSpec

TIMES_AS_LONG = 5
"""A picture whose longer side is at least this many times a crop's is probably a whole photo.

Crops are smaller than 5 times FER-2013's 48 pixels: RAF-DB's aligned faces have 100 pixels a side,
and 224 are usual as the input of networks."""

ASPECT = 1.25
"""A picture whose shape differs from a crop's by this factor or more is probably a whole photo.

Cameras take 4:3 or 3:2; crops of faces are nearly square."""


@dataclasses.dataclass(frozen=True)
class WholePhotos:
    """Says that most pictures that were read as crops look like whole photos."""

    width: int
    """Of the first of them, in pixels."""
    height: int

    def about(self, spec: InputSpec) -> str:
        """Return a sentence that warns of it; ``spec`` is what the pictures were resized to."""
        return (
            f"The pictures look like whole photos, such as one of {self.width} x {self.height}"
            f" pixels, but each is squeezed to {spec.width} x {spec.height} as if the face filled"
            " it. If they are photos, have their faces found first."
        )


class PhotoCounter:
    """Counts the pictures that look like whole photos.

    Parameters
    ----------
    spec
        The crops that the pictures are resized to.
    """

    def __init__(self, spec: InputSpec) -> None:
        self._spec = spec
        self._photos = self._crops = 0
        self._first: WholePhotos | None = None

    def add(self, height: int, width: int) -> None:
        """Count a picture of this size, in pixels."""
        if not _is_photo(height, width, self._spec):
            self._crops += 1
            return
        self._photos += 1
        self._first = self._first or WholePhotos(width, height)

    def result(self) -> WholePhotos | None:
        """Return the first photo if most of the pictures look like one."""
        return self._first if self._photos > self._crops else None


def _is_photo(height: int, width: int, spec: InputSpec) -> bool:
    """Tell whether a picture is much larger than a crop, or of another shape."""
    times = max(height / spec.height, width / spec.width)
    shape = (width / height) / (spec.width / spec.height)
    return times >= TIMES_AS_LONG or max(shape, 1 / shape) >= ASPECT
