"""Faces and backgrounds for the clips of benchmarks/tracking.py."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from mien.image import decode, load
from mien.perception.detector import Detection, FaceFinder
from mien.video import VideoReader
from tracking_clips import HEIGHT, WIDTH, Image, Sprite

_REACH = 1.0
"""Half a sprite's sides, as a multiple of the face's."""


def cut_out(image: Image, detection: Detection) -> Sprite:
    """Cut a face out of a picture, with its hair."""
    x, y, width, height = detection.box
    middle_x, middle_y, side = x + width / 2, y + height / 2, max(width, height)
    low = [max(0, int(middle - _REACH * side)) for middle in (middle_x, middle_y)]
    high = [
        min(limit, int(middle + _REACH * side))
        for middle, limit in zip((middle_x, middle_y), image.shape[1::-1], strict=True)
    ]
    part = np.ascontiguousarray(image[low[1] : high[1], low[0] : high[0]])
    mask = np.zeros(part.shape[:2], np.float32)
    centre = (round(middle_x - low[0]), round(middle_y - low[1] - 0.08 * side))
    axes = (round(0.66 * width), round(0.72 * height))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 1.0, -1)
    soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.02 * side), np.float32)
    return Sprite(part, soft, (x - low[0], y - low[1], width, height))


def choosing_cast(data: Path, finder: FaceFinder) -> list[list[Sprite]]:
    """Return people of London, JAFFE and Yale, on whom constants may be chosen."""
    names = {
        "london.zip": [f"neutral/{number:03d}.jpg" for number in (3, 4, 5, 6)],
        "jaffe.zip": ["angry/00000.png"], "yalefaces.zip": ["happy/00001.png"],
    }
    cast = []
    for archive, members in names.items():
        with zipfile.ZipFile(data / archive) as opened:
            for member in members:
                cast.append([_sprite(decode(opened.read(member), member), finder)])
    return cast


def measuring_cast(data: Path, finder: FaceFinder) -> list[list[Sprite]]:
    """Return people of the clips and the photos, who only measure."""
    cast = [
        [_sprite(image, finder) for image in _frames(data / "videos" / name, every, count)]
        for name, every, count in (
            ("pyfeat_single_face.mp4", 1, 72), ("pyfeat_WolfgangLanger_Pexels.mp4", 1, 1)
        )
    ]
    names = ("skimage_astronaut.png", "fr_obama.jpg", "faceapi_neutral.jpg", "faceapi_happy.jpg")
    return cast + [[_sprite(load(data / "photos" / name), finder)] for name in names]


def _sprite(image: Image, finder: FaceFinder) -> Sprite:
    """Cut out the largest face of a picture."""
    faces = finder.find(image)
    return cut_out(image, max(faces, key=lambda one: one.box[2] * one.box[3]))


def _frames(path: Path, every: int, count: int) -> Iterator[Image]:
    """Yield frames of a clip."""
    with VideoReader(path, every=every) as reader:
        for number, frame in enumerate(reader):
            if number == count:
                return
            yield frame.image


def backgrounds(data: Path, measuring: bool) -> list[Image]:
    """Return pictures without faces, as large as a frame; drawn ones for choosing."""
    if not measuring:
        return [_drawing(seed) for seed in range(5)]
    names = ("sklearn_china.jpg", "skimage_chelsea.png", "skimage_coins.png")
    pictures = [load(data / "photos" / name) for name in names]
    fitted = [np.asarray(cv2.resize(one, (WIDTH, HEIGHT)), np.uint8) for one in pictures]
    return [*fitted, *(np.ascontiguousarray(one[:, ::-1]) for one in fitted[:2])]


def _drawing(seed: int) -> Image:
    """Return a room of plain shapes."""
    random = np.random.default_rng(seed)
    image = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    image[:] = random.integers(60, 200, 3)
    for _ in range(25):
        corner = random.integers(0, (WIDTH, HEIGHT))
        size = random.integers(20, 220, 2)
        colour = [int(value) for value in random.integers(20, 235, 3)]
        cv2.rectangle(image, corner.tolist(), (corner + size).tolist(), colour, -1)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 2), np.uint8)
