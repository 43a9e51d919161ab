"""Composes clips of moving faces whose places are known, for benchmarks/tracking.py.

Faces are cut out of photos or clips along an ellipse and laid on a picture, the later ones in
front. What is hidden, and how much, is known from the masks.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.perception.candidate import Box
from mien.perception.detector import Detection

Image = NDArray[np.uint8]

WIDTH, HEIGHT, RATE = 640, 480, 25.0

COUNTED, ABSENT = 0.6, 0.1
"""A face of which a larger share is visible must be tracked; one of which a smaller share is must
not; in between, either is right."""


@dataclasses.dataclass(frozen=True, eq=False)
class Sprite:
    """A face that was cut out."""

    pixels: Image
    mask: NDArray[np.float32]
    """``float32 [H, W]``, 0 outside to 1 inside."""
    box: Box
    """The face's box in these pixels, as the finder sees it."""


Cast = Sequence[Sequence[Sprite]]
"""People, each with one picture or the frames of a clip, which go to and fro at 25 a second."""

Way = Callable[[float], tuple[float, float, float] | None]
"""From seconds to the middle and the height of a face in pixels; None when it is away."""


@dataclasses.dataclass(frozen=True, eq=False)
class Actor:
    """A face that moves."""

    person: int
    """Number in the cast."""
    path: Way
    identity: Callable[[float], int]
    """Which number the tracker should keep apart: another one after a cut or a long absence."""


@dataclasses.dataclass(frozen=True, eq=False)
class Clip:
    """What happens in a clip."""

    name: str
    actors: Sequence[Actor]
    """Those behind come first."""
    seconds: float = 5.0
    objects: Sequence[Callable[[float], Box | None]] = ()
    """Things in front of all faces."""
    camera: Callable[[float], tuple[float, float, float]] = lambda time: (0.0, 0.0, 1.0)
    """From seconds to a shift in pixels and a magnification of all that is seen."""
    shot: Callable[[float], int] = lambda time: 0
    """From seconds to the number of the shot."""
    blur: float = 0.0
    """Exposure in seconds, over which motion is blurred."""
    dropped: float = 0.0
    """Share of the frames that are left out."""
    false: float = 0.0
    """Share of the frames that get a false detection."""
    light: Callable[[float], float] = lambda time: 1.0
    """From seconds to the brightness."""


@dataclasses.dataclass(frozen=True, eq=False)
class Frame:
    """A composed frame and what is in it."""

    time: float
    image: Image
    truth: Mapping[int, Box]
    ignored: Sequence[Box]
    cut: bool
    false: Sequence[Detection]
    """Detections that are to be added to the finder's."""


def compose(
    clip: Clip, cast: Cast, backgrounds: Sequence[Image], seed: int = 0
) -> Iterator[Frame]:
    """Yield the frames of a clip."""
    random = np.random.default_rng(seed)
    shot = clip.shot(0.0)
    for index in range(round(clip.seconds * RATE)):
        time = index / RATE
        if index and random.random() < clip.dropped:
            continue
        cv2.setRNGSeed(index)
        image, truth, ignored = _exposed(clip, cast, backgrounds, time)
        false = [_false(random)] if random.random() < clip.false else []
        yield Frame(time, image, truth, ignored, clip.shot(time) != shot, false)
        shot = clip.shot(time)


def _exposed(
    clip: Clip, cast: Cast, backgrounds: Sequence[Image], time: float
) -> tuple[Image, dict[int, Box], list[Box]]:
    """Draw a frame, as the mean over its exposure, with noise."""
    image, truth, ignored = _drawn(clip, cast, backgrounds, time)
    pixels = image.astype(np.float32)
    moments = [time + clip.blur * (step / 4 - 0.5) for step in range(5)] if clip.blur else []
    if moments:
        layers = [_drawn(clip, cast, backgrounds, max(0.0, one))[0] for one in moments]
        pixels = np.mean(np.stack(layers), axis=0, dtype=np.float32)
    noise = np.asarray(cv2.randn(np.empty_like(pixels), 0, 3), np.float32)
    return np.clip(pixels * clip.light(time) + noise, 0, 255).astype(np.uint8), truth, ignored


def _drawn(
    clip: Clip, cast: Cast, backgrounds: Sequence[Image], time: float
) -> tuple[Image, dict[int, Box], list[Box]]:
    """Draw a frame; return it with the boxes that count and those that do not."""
    shift_x, shift_y, zoom = clip.camera(time)
    view = np.array([
        [zoom, 0, WIDTH / 2 * (1 - zoom) + shift_x], [0, zoom, HEIGHT / 2 * (1 - zoom) + shift_y]
    ])
    scene = backgrounds[clip.shot(time) % len(backgrounds)]
    image = np.asarray(cv2.warpAffine(
        scene, view, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    ), np.uint8)
    owner = np.zeros((HEIGHT, WIDTH), np.int16)
    boxes: dict[int, tuple[int, Box]] = {}
    for layer, actor in enumerate(clip.actors, start=1):
        place = actor.path(time)
        if place is None:
            continue
        sprite = _at(cast[actor.person], time)
        matrix, box = _placed(sprite, place, view)
        image = _laid(image, owner, layer, sprite, matrix)
        boxes[actor.identity(time)] = layer, box
    for thing in clip.objects:
        if (box := thing(time)) is not None:
            left, top, right, bottom = (
                round(value) for value in (box[0], box[1], box[0] + box[2], box[1] + box[3])
            )
            cv2.rectangle(image, (left, top), (right, bottom), (96, 72, 40), -1)
            owner[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = -1
    truth, ignored = {}, []
    for identity, (layer, box) in boxes.items():
        visible = _visible(owner, layer, box)
        if visible >= COUNTED:
            truth[identity] = _clipped(box)
        elif visible >= ABSENT:
            ignored.append(_clipped(box))
    return image, truth, ignored


def _at(sprites: Sequence[Sprite], time: float) -> Sprite:
    """Return a clip's frame at a time, going to and fro."""
    period = max(1, 2 * len(sprites) - 2)
    step = round(time * RATE) % period
    return sprites[min(step, period - step)]


def _placed(
    sprite: Sprite, place: tuple[float, float, float], view: NDArray[np.float64]
) -> tuple[NDArray[np.float64], Box]:
    """Return the map from a sprite to the frame, and the face's box there."""
    x, y, height = place
    scale = height / sprite.box[3]
    middle = sprite.box[0] + sprite.box[2] / 2, sprite.box[1] + sprite.box[3] / 2
    zoom = view[0, 0]
    matrix = np.array([
        [zoom * scale, 0, zoom * (x - scale * middle[0]) + view[0, 2]],
        [0, zoom * scale, zoom * (y - scale * middle[1]) + view[1, 2]],
    ])
    left, top = (matrix @ [sprite.box[0], sprite.box[1], 1.0]).tolist()
    size = zoom * scale
    return matrix, (left, top, size * sprite.box[2], size * sprite.box[3])


def _laid(
    image: Image, owner: NDArray[np.int16], layer: int, sprite: Sprite, matrix: NDArray[np.float64]
) -> Image:
    """Lay a sprite on a picture."""
    size = (WIDTH, HEIGHT)
    shrink = max(1.0, 1 / float(matrix[0, 0]))
    pixels, mask = sprite.pixels, sprite.mask
    if shrink > 1:
        to = tuple(max(1, round(side / shrink)) for side in mask.shape[::-1])
        pixels = np.asarray(cv2.resize(pixels, to, interpolation=cv2.INTER_AREA), np.uint8)
        mask = np.asarray(cv2.resize(mask, to, interpolation=cv2.INTER_AREA), np.float32)
        matrix = matrix.copy()
        matrix[:, 0] *= sprite.mask.shape[1] / to[0]
        matrix[:, 1] *= sprite.mask.shape[0] / to[1]
    laid = cv2.warpAffine(pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpAffine(mask, matrix, size)
    owner[cover > 0.5] = layer
    share = cover[..., None]
    return np.asarray(laid * share + image * (1 - share), np.uint8)


def _visible(owner: NDArray[np.int16], layer: int, box: Box) -> float:
    """Return which share of the ellipse in a face's box is seen."""
    x, y, width, height = box
    across = (np.arange(WIDTH) + 0.5 - x - width / 2) / (width / 2)
    down = (np.arange(HEIGHT) + 0.5 - y - height / 2) / (height / 2)
    inside = across[None] ** 2 + down[:, None] ** 2 <= 1
    return float((inside & (owner == layer)).sum() / (math.pi / 4 * width * height))


def _clipped(box: Box) -> Box:
    left, top = max(0.0, box[0]), max(0.0, box[1])
    right, bottom = min(WIDTH, box[0] + box[2]), min(HEIGHT, box[1] + box[3])
    return left, top, max(0.0, right - left), max(0.0, bottom - top)


def _false(random: np.random.Generator) -> Detection:
    """Return a detection of nothing, with a score like that of a face that is hard to see."""
    size = random.uniform(30, 90)
    x, y = random.uniform(0, WIDTH - size), random.uniform(0, HEIGHT - size)
    places = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
    landmarks = (np.array([x, y]) + size * places).astype(np.float32)
    return Detection((x, y, size, size), landmarks, float(random.uniform(0.7, 0.85)))
