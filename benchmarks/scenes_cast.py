"""Faces and backgrounds of the scenes that benchmarks/scenes.py composes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.data import read
from mien.image import load
from mien.perception.detector import FaceFinder

Image = NDArray[np.uint8]

WIDTH, HEIGHT = 320, 240
"""Size of a scene in pixels."""

FACES = 1200
"""Faces of FER-2013's Training split that are tried out for the cast."""

_FACE = 96
"""Side in pixels at which a FER-2013 face is kept, and width of a face of a photo."""

_MARGIN = 0.25
"""What surrounds a face, as a part of its side."""

_SMALL, _CLEAR = 0.6, 0.75
"""Size, as a part of the sprite's, and score with which a face of FER-2013 must be found before
each background to be cast. The crops are tight and of 48 pixels, so that the finder misses many;
but a scene is to tell whether the faces of the right picture are reported, not how good the finder
is."""


@dataclass(frozen=True)
class Sprite:
    """A face that is put into scenes: its pixels, what shows of them, and where the face is."""

    image: Image
    """RGB ``uint8 [H, W, 3]``."""
    mask: NDArray[np.float32]
    """``float32 [H, W]``, 1 where only the face shows and 0 where only the background does."""
    box: tuple[float, float, float, float]
    """The face in the image: x, y, width, height in pixels."""
    origin: str
    """``fer2013`` or the name of the photo."""
    expression: str
    """Its label; empty if it has none."""


@dataclass(frozen=True)
class Cast:
    """What scenes are composed of."""

    fer2013: list[Sprite]
    photos: list[Sprite]
    backgrounds: list[Image]


def prepare(data: Path, seed: int) -> Cast:
    """Return the faces and the backgrounds; the same for the same data and seed."""
    photos = json.loads((data / "photos" / "manifest.json").read_text(encoding="utf-8"))
    backgrounds = [load(data / "photos" / photo["file"]) for photo in photos if not photo["faces"]]
    return Cast(
        _of_fer2013(data / "fer2013.zip", backgrounds, seed),
        [sprite for photo in photos for sprite in _of_photo(data, photo)],
        backgrounds,
    )


def _of_fer2013(path: Path, backgrounds: list[Image], seed: int) -> list[Sprite]:
    """Return the faces that are found before all backgrounds."""
    samples = read(path).split("train")
    chosen = np.random.default_rng(seed).choice(len(samples.images), FACES, replace=False)
    finder = FaceFinder()
    behind = [_fitted(background) for background in backgrounds]
    names = samples.vocabulary.names
    sprites = (
        _framed(samples.images[index], names[int(samples.labels[index])])
        for index in np.sort(chosen)
    )
    return [sprite for sprite in sprites if _is_clear(finder, sprite, behind)]


def _framed(face: Image, expression: str) -> Sprite:
    """Surround a face ``uint8 [48, 48]`` by its own edges, which fade."""
    edge = round(_MARGIN * _FACE)
    large = cv2.resize(face, (_FACE, _FACE), interpolation=cv2.INTER_CUBIC)
    large = cv2.copyMakeBorder(large, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    image = np.repeat(np.asarray(large, np.uint8)[..., None], 3, axis=2)
    return Sprite(image, _oval(image), (edge, edge, _FACE, _FACE), "fer2013", expression)


def _oval(image: Image) -> NDArray[np.float32]:
    """Return a mask that shows an oval as large as the picture, with a soft edge."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.float32)
    axes = (round(0.44 * width), round(0.48 * height))
    cv2.ellipse(mask, (width // 2, height // 2), axes, 0, 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.03 * width), np.float32)


def _fitted(photo: Image) -> Image:
    """Return a photo as large as a scene."""
    return np.asarray(cv2.resize(photo, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


def _is_clear(finder: FaceFinder, sprite: Sprite, backgrounds: list[Image]) -> bool:
    """Return whether one face is found in a small copy of a sprite, whatever is behind it."""
    for background in backgrounds:
        image = background.copy()
        paste(image, sprite, _SMALL, (100, 60))
        found = finder.find(image)
        if len(found) != 1 or found[0].score < _CLEAR:
            return False
    return True


def paste(
    image: Image, sprite: Sprite, scale: float, corner: tuple[int, int], light: float = 1.0
) -> None:
    """Put a face into a picture, so many times as large and as light, at x and y."""
    height, width = sprite.mask.shape
    size = (int(width * scale), int(height * scale))
    face = cv2.resize(sprite.image, size, interpolation=cv2.INTER_AREA)
    shown = cv2.resize(sprite.mask, size, interpolation=cv2.INTER_AREA)[..., None]
    region = image[corner[1] : corner[1] + size[1], corner[0] : corner[0] + size[0]]
    mixed = face * light * shown + region * (1 - shown)
    region[...] = np.clip(mixed, 0, 255).astype(np.uint8)


def _of_photo(data: Path, photo: dict[str, Any]) -> Iterator[Sprite]:
    """Cut the marked faces out of a photo."""
    image = load(data / "photos" / photo["file"])
    for left, top, right, bottom in photo["boxes_xyxy"]:
        edge_x, edge_y = _MARGIN * (right - left), _MARGIN * (bottom - top)
        x, y = max(0, int(left - edge_x)), max(0, int(top - edge_y))
        part = image[y : int(bottom + edge_y), x : int(right + edge_x)]
        scale = _FACE / (right - left)
        size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
        small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
        box = ((left - x) * scale, (top - y) * scale, _FACE, (bottom - top) * scale)
        yield Sprite(small, _oval(small), box, photo["file"], photo["expression"] or "")
