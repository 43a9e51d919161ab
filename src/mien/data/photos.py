"""Tells whether the pictures of a data set look like whole photos rather than face crops."""

from __future__ import annotations

import contextlib
from itertools import islice
from pathlib import Path

from mien.data.read import records
from mien.errors import MienError
from mien.models.info import InputSpec

LOOKED_AT = 50
"""Pictures that are looked at, the first of the data set; most sets hold pictures of one kind."""

TIMES_AS_LONG = 5
"""A picture whose longer side is at least so many times a crop's is probably a whole photo.

Published sets of crops have 100 to 224 pixels a side, less than 5 times FER-2013's 48."""

ASPECT = 1.25
"""A picture whose shape differs from a crop's by this factor or more is probably a whole photo.

Cameras take 4:3 or 3:2; crops of faces are nearly square."""


def about_photos(path: str | Path, spec: InputSpec) -> str | None:
    """Return a sentence if most pictures that are read as crops look like whole photos.

    Parameters
    ----------
    path
        The data set.
    spec
        The crops that the pictures are brought to.

    Returns
    -------
    str or None
        None if they look like crops, or cannot be read, which reading them will explain.
    """
    with contextlib.suppress(MienError):
        first = islice(records(path, skip_bad=True), LOOKED_AT)
        shapes = [record.gray().shape for record in first]
        large = [shape for shape in shapes if _is_photo(shape[0], shape[1], spec)]
        if len(large) * 2 > len(shapes):
            height, width = large[0]
            return (
                f"The pictures in {path} look like whole photos, such as one of {width} x {height}"
                f" pixels, but each is squeezed to {spec.width} x {spec.height} as if the face"
                " filled it. If they are photos, have their faces found first."
            )
    return None


def _is_photo(height: int, width: int, spec: InputSpec) -> bool:
    """Tell whether a picture is much larger than a crop, or of another shape."""
    times = max(height / spec.height, width / spec.width)
    shape = (width / height) / (spec.width / spec.height)
    return times >= TIMES_AS_LONG or max(shape, 1 / shape) >= ASPECT
