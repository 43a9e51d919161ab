"""Corrupts face crops the way that cameras and croppers do, in five severities.

Levels in pixels are for crops of 48 x 48 and scale with larger or smaller ones, so that a face is
corrupted alike whatever the number of pixels that show it.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.errors import DataError, SettingsError, did_you_mean
from mien.models.info import FER2013_FRAME, Frame

SEVERITIES = (1, 2, 3, 4, 5)
"""From barely visible to hard, though a person can still often tell."""

Images = NDArray[np.uint8]
"""Crops, ``uint8 [N, H, W]`` if gray, or RGB ``uint8 [N, H, W, 3]``."""

_SIDE = 48
"""Height and width, in pixels, of the crops that the levels were chosen on."""

_GLASSES, _MASK = 32, 200
"""Gray of what covers the eyes, and of what covers the mouth."""

_GAMMA = 2.2
"""From the light that cameras see to the values that they write."""

_CHUNK_VALUES = 1024 * _SIDE * _SIDE
"""Pixel values changed at once, which bounds the memory for noise."""


@dataclass(frozen=True)
class Canvas:
    """The crops' size and frame, and the source of randomness."""

    height: int
    width: int
    frame: Frame
    random: np.random.Generator

    @property
    def down(self) -> float:
        """Rows per row of the crops that the levels were chosen on."""
        return self.height / _SIDE

    @property
    def across(self) -> float:
        """Columns per column of the crops that the levels were chosen on."""
        return self.width / _SIDE

    @property
    def scale(self) -> float:
        """Pixels per pixel of the crops that the levels were chosen on, in any direction."""
        return math.sqrt(self.height * self.width) / _SIDE


@dataclass(frozen=True)
class Corruption:
    """One way to corrupt crops."""

    change: Callable[[Images, Any, Canvas], Images]
    """Takes crops, one of the levels and the canvas; draws once, image by image."""
    levels: tuple[Any, Any, Any, Any, Any]
    """What the change takes, by severity."""
    unit: str
    """What a level is."""


def corrupt(
    images: Images, name: str, severity: int, seed: int = 0, frame: Frame = FER2013_FRAME
) -> Images:
    """Corrupt crops.

    Parameters
    ----------
    images
        Gray ``uint8 [N, H, W]`` or RGB ``uint8 [N, H, W, 3]``; left as they are.
    name
        One of `NAMES`.
    severity
        1 to 5.
    seed
        Not negative. The same seed corrupts the same way; what is drawn (noise, directions) does
        not depend on the severity, and for an image not on those after it.
    frame
        Where the landmarks are in the crops, as in a network's `InputSpec`.

    Returns
    -------
    numpy.ndarray
        Of the same shape and type.

    Raises
    ------
    SettingsError
        If there is no such corruption or severity, or the seed is negative.
    DataError
        If the images have another shape or type.
    """
    check(name, severity, seed)
    if images.ndim not in (3, 4) or images.shape[3:] not in ((), (3,)) or images.dtype != np.uint8:
        raise DataError(
            "Expected crops uint8 [N, H, W] or [N, H, W, 3], got"
            f" {images.dtype} {list(images.shape)}.",
            "Read them with mien.data.read.",
        )
    chosen = CORRUPTIONS[name]
    level = chosen.levels[severity - 1]
    # Corruptions draw from streams of their own, so that adding one changes no other.
    random = np.random.default_rng([seed, zlib.crc32(name.encode())])
    canvas = Canvas(images.shape[1], images.shape[2], frame, random)
    changed = np.empty(images.shape, np.uint8)
    chunk = max(1, _CHUNK_VALUES // math.prod(images.shape[1:]))
    for start in range(0, len(images), chunk):
        part = np.asarray(images[start : start + chunk])
        changed[start : start + chunk] = chosen.change(part, level, canvas)
    return changed


def check_all(names: Sequence[str], severities: Sequence[int], seed: int = 0) -> None:
    """Refuse corruptions that cannot be made, before any is.

    Raises
    ------
    SettingsError
        As `check`, or if there is no name or no severity.
    """
    if not names or not severities:
        raise SettingsError(
            "No corruption or no severity was named.",
            "Use for example noise and blur, and 1, 3 and 5.",
            "corrupt" if severities else "severities",
        )
    for name in names:
        for severity in severities:
            check(name, severity, seed)


def check(name: str, severity: int, seed: int = 0) -> None:
    """Refuse what `corrupt` cannot do.

    Raises
    ------
    SettingsError
        If there is no such corruption or severity, or the seed is negative.
    """
    if name not in CORRUPTIONS:
        raise SettingsError(
            f"Unknown corruption {name!r}. {did_you_mean(name, NAMES)}".strip(),
            f"Use all, or some of {', '.join(NAMES)}.",
            "corrupt",
        )
    if severity not in SEVERITIES:
        raise SettingsError(
            f"Unknown severity {severity!r}.", "Use 1, 2, 3, 4 or 5.", "severities"
        )
    if seed < 0:
        raise SettingsError(
            f"Expected a seed of 0 or more, got {seed}.", "Use for example 0.", "corrupt_seed"
        )


def _noise(images: Images, deviation: float, canvas: Canvas) -> Images:
    return _rounded(images + _normal(images, canvas) * deviation)


def _blur(images: Images, deviation: float, canvas: Canvas) -> Images:
    return _map(images, lambda image: cv2.GaussianBlur(image, (0, 0), deviation * canvas.scale))


def _motion(images: Images, length: float, canvas: Canvas) -> Images:
    angles = canvas.random.uniform(0, math.pi, len(images))
    kernels = [_line(length, angle, canvas.scale) for angle in angles]
    pairs = zip(images, kernels, strict=True)
    return np.stack([cv2.filter2D(image, -1, kernel) for image, kernel in pairs]).astype(np.uint8)


def _line(length: float, angle: float, scale: float) -> NDArray[np.float32]:
    """Spread a point evenly along a line through the middle, with bilinear weights."""
    steps = np.linspace(-length / 2, length / 2, 32 * math.ceil(scale) + 1) * scale
    reach = math.ceil(6 * scale)
    grid = np.arange(-reach, reach + 1)[:, None]
    rows = np.maximum(0, 1 - np.abs(grid - steps * math.sin(angle)))
    columns = np.maximum(0, 1 - np.abs(grid - steps * math.cos(angle)))
    kernel = rows @ columns.T
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def _jpeg(images: Images, quality: int, _: Canvas) -> Images:
    def change(image: Any) -> Any:
        encoded = cv2.imencode(".jpg", _swapped(image), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        return _swapped(cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED))

    return _map(images, change)


def _swapped(image: Any) -> Any:
    """Turn RGB into OpenCV's BGR, and back; gray stays."""
    return image if image.ndim == 2 else np.ascontiguousarray(image[:, :, ::-1])


def _low_light(images: Images, level: tuple[float, float], canvas: Canvas) -> Images:
    """Let less light in, and add the sensor's noise, which then shows."""
    light, deviation = level
    return _rounded(images * light ** (1 / _GAMMA) + _normal(images, canvas) * deviation)


def _contrast(images: Images, factor: float, _: Canvas) -> Images:
    axes = tuple(range(1, images.ndim))
    means = images.mean(axis=axes, keepdims=True, dtype=np.float32)
    return _rounded(means + (images - means) * factor)


def _downscale(images: Images, side: int, canvas: Canvas) -> Images:
    # What is left of the face does not depend on the crop's size, but on its aspect ratio.
    width = min(canvas.width, round(side * canvas.across / canvas.scale))
    height = min(canvas.height, round(side * canvas.down / canvas.scale))

    def change(image: Any) -> Any:
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (canvas.width, canvas.height), interpolation=cv2.INTER_LINEAR)

    return _map(images, change)


def _occlude_eyes(images: Images, level: tuple[int, int, float], canvas: Canvas) -> Images:
    return _cover(images, canvas.frame[0:2], level, _GLASSES, canvas)


def _occlude_mouth(images: Images, level: tuple[int, int, float], canvas: Canvas) -> Images:
    return _cover(images, canvas.frame[3:5], level, _MASK, canvas)


def _cover(
    images: Images,
    landmarks: Sequence[tuple[float, float]],
    level: tuple[int, int, float],
    gray: int,
    canvas: Canvas,
) -> Images:
    """Lay a rectangle of one gray between landmarks; the level is width, height and opacity."""
    x, y = np.array(landmarks).mean(axis=0).tolist()
    width, height, opacity = level[0] * canvas.across, level[1] * canvas.down, level[2]
    columns = _span(x * canvas.width, width, canvas.width)
    rows = _span(y * canvas.height, height, canvas.height)
    covered = images.copy()
    covered[:, rows, columns] = _rounded(images[:, rows, columns] * (1 - opacity) + gray * opacity)
    return covered


def _span(centre: float, size: float, side: int) -> slice:
    """Return the pixels of a stretch around a centre, inside the crop."""
    start = round(centre - size / 2)
    return slice(max(0, start), min(side, start + round(size)))


def _rotation(images: Images, degrees: float, canvas: Canvas) -> Images:
    angles = np.where(canvas.random.random(len(images)) < 0.5, -degrees, degrees)
    return _warp(images, [_turn(angle, 1, canvas) for angle in angles.tolist()])


def _shift(images: Images, pixels: float, canvas: Canvas) -> Images:
    angles = canvas.random.uniform(0, 2 * math.pi, len(images))
    steps = np.stack([np.cos(angles), np.sin(angles)], axis=1) * pixels
    steps *= (canvas.across, canvas.down)
    return _warp(images, [np.array([[1, 0, x], [0, 1, y]]) for x, y in steps.tolist()])


def _crop_tight(images: Images, share: float, canvas: Canvas) -> Images:
    return _warp(images, [_turn(0, 1 / share, canvas)] * len(images))


def _crop_loose(images: Images, side: int, canvas: Canvas) -> Images:
    width, height = max(1, round(side * canvas.across)), max(1, round(side * canvas.down))
    left, top = (canvas.width - width) // 2, (canvas.height - height) // 2
    right, bottom = canvas.width - width - left, canvas.height - height - top

    def change(image: Any) -> Any:
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        return cv2.copyMakeBorder(small, top, bottom, left, right, cv2.BORDER_REPLICATE)

    return _map(images, change)


def _turn(degrees: float, scale: float, canvas: Canvas) -> NDArray[np.float64]:
    centre = (canvas.width - 1) / 2, (canvas.height - 1) / 2
    return np.asarray(cv2.getRotationMatrix2D(centre, degrees, scale), dtype=np.float64)


def _warp(images: Images, matrices: list[NDArray[np.float64]]) -> Images:
    """Move the crops; what comes into the frame repeats its edge."""
    size = images.shape[2], images.shape[1]
    moved = [
        cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        for image, matrix in zip(images, matrices, strict=True)
    ]
    return np.stack(moved).astype(np.uint8)


def _map(images: Images, change: Callable[[Any], Any]) -> Images:
    return np.stack([change(image) for image in images]).astype(np.uint8)


def _normal(images: Images, canvas: Canvas) -> NDArray[np.float32]:
    return canvas.random.standard_normal(images.shape, dtype=np.float32)


def _rounded(values: NDArray[np.floating[Any]]) -> Images:
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
    # Sheer at first: a narrow opaque bar is not mild, but looks like closed eyes or a brow.
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
"""The corruptions by name."""

NAMES = tuple(CORRUPTIONS)
"""Names of the corruptions."""
