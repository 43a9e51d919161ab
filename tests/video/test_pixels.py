"""Colours against the formulas of ITU-R BT.601, BT.709 and BT.2020, computed here in float."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from mien.video import VideoReader
from mien.video.pixels import Converter, upright

Image = NDArray[np.uint8]

COLOURS = np.array(
    [
        *[(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (128, 128, 128)],
        *[(224, 172, 105), (60, 90, 30), (255, 255, 0), (30, 30, 80)],
    ],
    np.uint8,
)

# number in H.273, weights of red and blue in luma
MATRICES = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def to_planes(image: Image, matrix: int, bits: int, full: bool) -> list[NDArray[Any]]:
    """Return Y, Cb and Cr of an image, each of its size."""
    red_weight, blue_weight = MATRICES[matrix]
    red, green, blue = np.moveaxis(image / 255, -1, 0)
    luma = red_weight * red + (1 - red_weight - blue_weight) * green + blue_weight * blue
    chroma = [
        (blue - luma) / (2 - 2 * blue_weight),
        (red - luma) / (2 - 2 * red_weight),
    ]
    scale = 1 << bits - 8
    top = (1 << bits) - 1
    if full:
        planes = [luma * top, *(part * top + 128 * scale for part in chroma)]
    else:
        parts = [part * 224 * scale + 128 * scale for part in chroma]
        planes = [(luma * 219 + 16) * scale, *parts]
    kind = np.uint8 if bits == 8 else np.uint16
    return [np.clip(np.rint(plane), 0, top).astype(kind) for plane in planes]


def make_frame(
    image: Image, form: str, matrix: int, full: bool, tag: int | None = None
) -> av.VideoFrame:
    """Return a frame with the planes of an image, sampled as the format says."""
    bits = 10 if "10" in form else 8
    step = {"420": (2, 2), "422": (1, 2), "444": (1, 1)}[form[3:6]]
    frame = av.VideoFrame(image.shape[1], image.shape[0], form)
    for number, plane in enumerate(to_planes(image, matrix, bits, full)):
        part = plane if number == 0 else plane[:: step[0], :: step[1]]
        target = frame.planes[number]
        lines = np.zeros((target.height, target.line_size // part.itemsize), part.dtype)
        lines[:, : part.shape[1]] = part
        target.update(lines.tobytes())
    frame.colorspace = matrix if tag is None else tag
    frame.color_range = 2 if full else 1
    return frame


def bands(width: int = 64, height: int = 80) -> Image:
    """Draw a band of each colour, one above the other."""
    lines = np.repeat(COLOURS, height // len(COLOURS), axis=0)
    lines = np.pad(lines, ((0, height - len(lines)), (0, 0)), "edge")
    return np.broadcast_to(lines[:, None], (height, width, 3)).copy()


def centres(image: Image, height: int = 80) -> NDArray[np.int64]:
    """Return the colour in the middle of each band."""
    step = height // len(COLOURS)
    return image[step // 2 : step * len(COLOURS) : step, image.shape[1] // 2].astype(int)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", sorted(MATRICES))
@pytest.mark.parametrize("form", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"])
def test_colours_are_converted_as_the_clip_states(form: str, matrix: int, full: bool) -> None:
    frame = make_frame(bands(), form, matrix, full)
    image = Converter(frame, None).convert(frame)
    np.testing.assert_allclose(centres(image), COLOURS, atol=3)


# width, the matrix that is taken where none is stated
UNSTATED = [(720, 5), (1280, 1)]


@pytest.mark.parametrize(("width", "matrix"), UNSTATED)
def test_a_clip_that_states_no_matrix_has_that_of_its_size(width: int, matrix: int) -> None:
    frame = make_frame(bands(width), "yuv420p", matrix, False, tag=2)
    image = Converter(frame, None).convert(frame)
    np.testing.assert_allclose(centres(image), COLOURS, atol=3)


@pytest.mark.parametrize("size", [(63, 80), (64, 83), (33, 91)])
def test_odd_sizes_lose_nothing(size: tuple[int, int]) -> None:
    frame = make_frame(bands(*size), "yuv420p", 5, False)
    image = Converter(frame, None).convert(frame)
    assert image.shape == (size[1], size[0], 3)
    assert image.flags.c_contiguous
    np.testing.assert_allclose(centres(image, size[1]), COLOURS, atol=3)
    np.testing.assert_allclose(image[:, -1].astype(int), image[:, 0], atol=1)


def test_transparent_pixels_are_blended_with_white() -> None:
    pixels = np.full((4, 6, 4), (100, 0, 200, 255), np.uint8)
    pixels[:, 3:, 3] = 0
    pixels[0, 0, 3] = 51
    frame = av.VideoFrame.from_ndarray(pixels, "rgba")
    image = Converter(frame, None).convert(frame)
    assert image[0, 0].tolist() == [224, 204, 244]  # a fifth of the colour
    assert image[1, 1].tolist() == [100, 0, 200]
    assert (image[:, 3:] == 255).all()


def test_gray_and_palettes_are_converted() -> None:
    gray = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)
    frame = av.VideoFrame.from_ndarray(gray, "gray")
    frame.color_range = 2
    image = Converter(frame, None).convert(frame)
    np.testing.assert_allclose(image, np.repeat(gray[..., None], 3, axis=2), atol=1)


# aspect of a pixel, size that 60 x 40 becomes
ASPECTS = [
    (None, (60, 40)),
    (Fraction(1), (60, 40)),
    (Fraction(101, 100), (60, 40)),
    (Fraction(16, 11), (87, 40)),
    (Fraction(1, 2), (60, 80)),
    (Fraction(9), (60, 40)),
    (Fraction(0), (60, 40)),
]


@pytest.mark.parametrize(("aspect", "size"), ASPECTS)
def test_pixels_become_square(aspect: Fraction | None, size: tuple[int, int]) -> None:
    frame = make_frame(bands(60, 40), "yuv420p", 5, False)
    converter = Converter(frame, aspect)
    assert converter.size == size
    assert converter.convert(frame).shape == (size[1], size[0], 3)


def test_frames_of_another_size_become_as_large_as_the_first() -> None:
    first, later = (make_frame(bands(*size), "yuv420p", 5, False) for size in [(64, 80), (32, 40)])
    converter = Converter(first, None)
    image = converter.convert(later)
    assert image.shape == (80, 64, 3)
    np.testing.assert_allclose(centres(image), COLOURS, atol=8)


MARKED = np.arange(6, dtype=np.uint8).reshape(2, 3)

# display matrix, where the pixels 0 1 2 / 3 4 5 come
TURNS = [
    ((1, 0, 0, 1), [[0, 1, 2], [3, 4, 5]]),
    ((-1, 0, 0, 1), [[2, 1, 0], [5, 4, 3]]),
    ((1, 0, 0, -1), [[3, 4, 5], [0, 1, 2]]),
    ((-1, 0, 0, -1), [[5, 4, 3], [2, 1, 0]]),
    ((0, -1, 1, 0), [[2, 5], [1, 4], [0, 3]]),
    ((0, 1, -1, 0), [[3, 0], [4, 1], [5, 2]]),
    ((0, 1, 1, 0), [[0, 3], [1, 4], [2, 5]]),
    ((0, -1, -1, 0), [[5, 2], [4, 1], [3, 0]]),
]


@pytest.mark.parametrize(("matrix", "expected"), TURNS)
def test_a_display_matrix_moves_pixels(
    matrix: tuple[int, int, int, int], expected: list[list[int]]
) -> None:
    image = np.repeat(MARKED[..., None], 3, axis=2)
    assert upright(image, matrix)[..., 0].tolist() == expected


def corners(number: int) -> Image:
    """Draw red, green, blue and white corners, clockwise from the upper left."""
    image = np.zeros((48, 64, 3), np.uint8)
    image[:24, :32], image[:24, 32:] = (255, 0, 0), (0, 255, 0)
    image[24:, 32:], image[24:, :32] = (0, 0, 255), (255, 255, 255)
    return image


# degrees counterclockwise, mirrored left to right, the corners clockwise from the upper left, and
# the degrees that are told
CORNERS = [
    ((0, False, False), "rgbw", 0),
    ((90, False, False), "gbwr", 90),
    ((180, False, False), "bwrg", 180),
    ((270, False, False), "wrgb", 270),
    ((0, True, False), "grwb", None),
    ((0, False, True), "wbgr", None),
]


@pytest.mark.parametrize(("turn", "expected", "rotation"), CORNERS)
def test_a_clip_that_says_how_to_turn_it_is_upright(
    turn: tuple[float, bool, bool],
    expected: str,
    rotation: int | None,
    tmp_path: Path,
    write_clip: Any,
) -> None:
    path = write_clip(tmp_path / "turned.mp4", [0.0, 0.1], turn=turn, draw_frame=corners)
    with VideoReader(path) as reader:
        image = next(iter(reader)).image
    sideways = turn[0] % 180 == 90
    assert (reader.width, reader.height) == ((48, 64) if sideways else (64, 48))
    assert image.shape == (reader.height, reader.width, 3)
    names = {(True, False, False): "r", (False, True, False): "g", (False, False, True): "b"}
    clockwise = [image[8, 8], image[8, -8], image[-8, -8], image[-8, 8]]
    got = "".join(names.get(tuple((pixel > 128).tolist()), "w") for pixel in clockwise)
    assert got == expected
    if rotation is not None:
        assert reader.rotation == rotation
