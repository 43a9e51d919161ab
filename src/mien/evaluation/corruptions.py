"""Spoils face crops the way that cameras and crops do, in five severities."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.errors import DataError, SettingsError
from mien.perception.align import FRAME

SIDE = 48
"""Height and width in pixels of the crops."""

SEVERITIES = (1, 2, 3, 4, 5)
"""From barely visible to hard, though a person can still often tell."""

Images = NDArray[np.uint8]
"""Gray crops, ``uint8 [N, 48, 48]``."""

_CENTRE = (SIDE - 1) / 2

# Between the eyes, and between the mouth's corners, as shares of the frame.
_EYES, _MOUTH = (tuple(FRAME[part].mean(axis=0).tolist()) for part in (slice(0, 2), slice(3, 5)))

_GLASSES, _MASK = 32, 200
"""Gray of what covers the eyes, and of what covers the mouth."""

_GAMMA = 2.2
"""Of what cameras write, to the light that they saw."""

_CHUNK = 1024
"""Crops changed at once, which bounds the memory for noise."""


@dataclass(frozen=True)
class Corruption:
    """One way to spoil crops."""

    change: Callable[[Images, Any, np.random.Generator], Images]
    """Takes crops, one of the levels and the source of chance; draws once, image by image."""
    levels: tuple[Any, Any, Any, Any, Any]
    """What the change takes, by severity."""
    unit: str
    """What a level is."""


def corrupt(images: Images, name: str, severity: int, seed: int = 0) -> Images:
    """Spoil crops.

    Parameters
    ----------
    images
        Gray crops, ``uint8 [N, 48, 48]``; left as they are.
    name
        One of `NAMES`.
    severity
        1 to 5.
    seed
        Not negative. The same seed spoils the same way; what is drawn (noise, directions) does
        not depend on the severity, and for an image not on those after it.

    Returns
    -------
    numpy.ndarray
        ``uint8 [N, 48, 48]``.

    Raises
    ------
    SettingsError
        If there is no such corruption or severity, or the seed is negative.
    DataError
        If the images have another shape or type.
    """
    check(name, severity, seed)
    if images.shape[1:] != (SIDE, SIDE) or images.dtype != np.uint8:
        raise DataError(
            f"Expected crops uint8 [N, {SIDE}, {SIDE}], got {images.dtype} {images.shape}.",
            "Read them with mien.data.read.",
        )
    chosen = CORRUPTIONS[name]
    level = chosen.levels[severity - 1]
    # Corruptions draw from streams of their own, so that adding one changes no other.
    random = np.random.default_rng([seed, zlib.crc32(name.encode())])
    changed = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), _CHUNK):
        chunk = np.asarray(images[start : start + _CHUNK])
        changed[start : start + _CHUNK] = chosen.change(chunk, level, random)
    return changed


def check(name: str, severity: int, seed: int = 0) -> None:
    """Refuse what `corrupt` cannot do.

    Raises
    ------
    SettingsError
        If there is no such corruption or severity, or the seed is negative.
    """
    if name not in CORRUPTIONS:
        raise SettingsError(
            f"There is no corruption {name!r}.", f"Use all, or some of {', '.join(NAMES)}."
        )
    if severity not in SEVERITIES:
        raise SettingsError(f"There is no severity {severity!r}.", "Use 1, 2, 3, 4 or 5.")
    if seed < 0:
        raise SettingsError(f"Expected a seed of 0 or more, got {seed}.", "Use for example 0.")


def _noise(images: Images, deviation: float, random: np.random.Generator) -> Images:
    return _whole(images + _normal(images, random) * deviation)


def _blur(images: Images, deviation: float, _: np.random.Generator) -> Images:
    return _each(images, lambda image: cv2.GaussianBlur(image, (0, 0), deviation))


def _motion(images: Images, length: float, random: np.random.Generator) -> Images:
    kernels = [_line(length, angle) for angle in random.uniform(0, math.pi, len(images))]
    pairs = zip(images, kernels, strict=True)
    return np.stack([cv2.filter2D(image, -1, kernel) for image, kernel in pairs]).astype(np.uint8)


def _line(length: float, angle: float) -> NDArray[np.float32]:
    """Spread a point evenly along a line through the middle, with bilinear weights."""
    steps = np.linspace(-length / 2, length / 2, 33)
    grid = np.arange(-6, 7)[:, None]
    rows = np.maximum(0, 1 - np.abs(grid - steps * math.sin(angle)))
    columns = np.maximum(0, 1 - np.abs(grid - steps * math.cos(angle)))
    kernel = rows @ columns.T
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def _jpeg(images: Images, quality: int, _: np.random.Generator) -> Images:
    def change(image: Any) -> Any:
        encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)

    return _each(images, change)


def _low_light(
    images: Images, level: tuple[float, float], random: np.random.Generator
) -> Images:
    """Let less light in, and add the sensor's noise, which then shows."""
    light, deviation = level
    return _whole(images * light ** (1 / _GAMMA) + _normal(images, random) * deviation)


def _contrast(images: Images, factor: float, _: np.random.Generator) -> Images:
    means = images.mean(axis=(1, 2), keepdims=True, dtype=np.float32)
    return _whole(means + (images - means) * factor)


def _downscale(images: Images, side: int, _: np.random.Generator) -> Images:
    def change(image: Any) -> Any:
        return _resize(_resize(image, side, cv2.INTER_AREA), SIDE, cv2.INTER_LINEAR)

    return _each(images, change)


def _occlude_eyes(
    images: Images, level: tuple[int, int, float], _: np.random.Generator
) -> Images:
    return _cover(images, _EYES, level, _GLASSES)


def _occlude_mouth(
    images: Images, level: tuple[int, int, float], _: np.random.Generator
) -> Images:
    return _cover(images, _MOUTH, level, _MASK)


def _cover(
    images: Images, centre: tuple[float, float], level: tuple[int, int, float], gray: int
) -> Images:
    """Lay a rectangle of one gray over the crops; the level is width, height and opacity."""
    *size, opacity = level
    left, top = (round(share * SIDE - side / 2) for share, side in zip(centre, size, strict=True))
    place = np.s_[:, top : top + level[1], left : left + level[0]]
    covered = images.copy()
    covered[place] = _whole(images[place] * (1 - opacity) + gray * opacity)
    return covered


def _rotation(images: Images, degrees: float, random: np.random.Generator) -> Images:
    angles = np.where(random.random(len(images)) < 0.5, -degrees, degrees)
    return _warp(images, [_turn(angle, 1) for angle in angles.tolist()])


def _shift(images: Images, pixels: float, random: np.random.Generator) -> Images:
    angles = random.uniform(0, 2 * math.pi, len(images))
    steps = np.stack([np.cos(angles), np.sin(angles)], axis=1) * pixels
    return _warp(images, [np.array([[1, 0, x], [0, 1, y]]) for x, y in steps.tolist()])


def _crop_tight(images: Images, share: float, _: np.random.Generator) -> Images:
    return _warp(images, [_turn(0, 1 / share)] * len(images))


def _crop_loose(images: Images, side: int, _: np.random.Generator) -> Images:
    before = (SIDE - side) // 2
    after = SIDE - side - before

    def change(image: Any) -> Any:
        small = _resize(image, side, cv2.INTER_AREA)
        return cv2.copyMakeBorder(small, before, after, before, after, cv2.BORDER_REPLICATE)

    return _each(images, change)


def _turn(degrees: float, scale: float) -> NDArray[np.float64]:
    matrix = cv2.getRotationMatrix2D((_CENTRE, _CENTRE), degrees, scale)
    return np.asarray(matrix, dtype=np.float64)


def _warp(images: Images, matrices: list[NDArray[np.float64]]) -> Images:
    """Move the crops; what comes into the frame repeats its edge."""
    moved = [
        cv2.warpAffine(image, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
        for image, matrix in zip(images, matrices, strict=True)
    ]
    return np.stack(moved).astype(np.uint8)


def _resize(image: Any, side: int, interpolation: int) -> Any:
    return cv2.resize(image, (side, side), interpolation=interpolation)


def _each(images: Images, change: Callable[[Any], Any]) -> Images:
    return np.stack([change(image) for image in images]).astype(np.uint8)


def _normal(images: Images, random: np.random.Generator) -> NDArray[np.float32]:
    return random.standard_normal(images.shape, dtype=np.float32)


def _whole(values: NDArray[np.floating[Any]]) -> Images:
    return np.asarray(np.clip(np.rint(values), 0, 255), dtype=np.uint8)


# The levels were chosen by eye on FER-2013's Training faces.
CORRUPTIONS = {
    "noise": Corruption(_noise, (4, 8, 14, 22, 32), "standard deviation of 255 grays"),
    "blur": Corruption(_blur, (0.5, 0.8, 1.2, 1.7, 2.3), "standard deviation in pixels"),
    "motion": Corruption(_motion, (2, 3.5, 5, 7, 9), "pixels moved, in any direction"),
    "jpeg": Corruption(_jpeg, (70, 40, 22, 12, 7), "quality"),
    "low_light": Corruption(
        _low_light,
        ((0.5, 1), (0.25, 2), (0.12, 3), (0.06, 4), (0.03, 5)),
        "share of the light, and noise as for noise",
    ),
    "contrast": Corruption(_contrast, (0.7, 0.5, 0.35, 0.22, 0.13), "share of the contrast"),
    "downscale": Corruption(_downscale, (32, 24, 20, 16, 12), "pixels a side, enlarged again"),
    # Sheer at first: a narrow opaque bar is no mild one, but looks like closed eyes or a brow.
    "occlude_eyes": Corruption(
        _occlude_eyes,
        ((34, 11, 0.2), (34, 11, 0.4), (34, 11, 0.7), (34, 11, 1), (42, 17, 1)),
        "width, height and opacity of a dark bar",
    ),
    "occlude_mouth": Corruption(
        _occlude_mouth,
        ((26, 13, 0.2), (26, 13, 0.4), (26, 13, 0.7), (26, 13, 1), (36, 20, 1)),
        "width, height and opacity of a light patch",
    ),
    "rotation": Corruption(_rotation, (5, 10, 18, 28, 40), "degrees, to either side"),
    "shift": Corruption(_shift, (2, 4, 6, 9, 12), "pixels, in any direction"),
    "crop_tight": Corruption(_crop_tight, (0.93, 0.86, 0.78, 0.7, 0.6), "share of the side kept"),
    "crop_loose": Corruption(_crop_loose, (44, 40, 34, 28, 22), "pixels a side left to the crop"),
}
"""What can be done to crops, by name."""

NAMES = tuple(CORRUPTIONS)
"""Names of the corruptions."""
