"""The ribbon above a panel of a timeline: the shown expression as a colour, and its emoji."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mien.classes import Colour, Vocabulary
from mien.drawing.emoji import emoji
from mien.drawing.timeline.axis import Axis
from mien.drawing.timeline.bins import Bin

EMOJI = 24
"""Height and width of an emoji in pixels."""

BAND = 8
"""Height of the coloured band under it in pixels."""

HEIGHT = EMOJI + 3 + BAND
"""Height of the ribbon in pixels."""

UNSURE: Colour = (196, 200, 206)
"""Of the band where the answer is unsure."""

_STRIDE = 64
"""Pixels between emoji where the expression changes too often for one each."""


def draw_ribbon(
    picture: Image.Image,
    top: int,
    axis: Axis,
    runs: Sequence[Sequence[Bin]],
    vocabulary: Vocabulary,
) -> None:
    """Draw a face's ribbon.

    Parameters
    ----------
    picture
        Is drawn on.
    top
        Its upper end in pixels.
    axis
        The axis of time.
    runs
        The face's bins, one list per unbroken appearance.
    vocabulary
        The network's classes.
    """
    left = round(axis.left)
    shown = _columns(axis, runs, len(vocabulary))
    colours = np.array([*vocabulary.colours, UNSURE, (255, 255, 255)], np.uint8)
    band = np.broadcast_to(colours[shown], (BAND, len(shown), 3))
    picture.paste(Image.fromarray(np.ascontiguousarray(band)), (left, top + EMOJI + 3))
    for middle, number in _places(shown, len(vocabulary)):
        expression = vocabulary[number] if number < len(vocabulary) else None
        face = Image.fromarray(emoji(expression, EMOJI))
        picture.paste(face, (round(left + middle - EMOJI / 2), top), face)


def _columns(axis: Axis, runs: Sequence[Sequence[Bin]], classes: int) -> NDArray[np.int64]:
    """Return what is shown longest in each column of pixels: a class, then unsure, then nothing."""
    width = round(axis.right) - round(axis.left)
    seconds = np.zeros((width, classes + 1))
    for item in itertools.chain.from_iterable(runs):
        start, stop = axis.x(item.begin) - axis.left, axis.x(item.end) - axis.left
        first, last = min(int(start), width - 1), min(max(int(stop - 1e-6), int(start)), width - 1)
        columns = np.arange(first, last + 1)
        inside = np.minimum(columns + 1, stop) - np.maximum(columns, start)
        seconds[columns] += np.maximum(inside, 1e-3)[:, None] * (item.shown / item.seconds)
    return np.where(seconds.any(1), seconds.argmax(1), classes + 1)


def _places(shown: NDArray[np.int64], classes: int) -> Iterator[tuple[float, int]]:
    """Yield the middle of each emoji and its class, so that none covers another.

    Every episode that is wide enough has one in its middle. Where none is for a while, the
    expression that is shown most of that time has one at regular distances.
    """
    ends = [0, *(np.flatnonzero(np.diff(shown)) + 1).tolist(), len(shown)]
    taken: list[float] = []
    short: list[tuple[int, int]] = []  # ends of what no episode's own emoji stands over
    for begin, end in itertools.pairwise(ends):
        if shown[begin] <= classes and end - begin >= EMOJI + 2:
            taken.append((begin + end) / 2)
            yield taken[-1], int(shown[begin])
        elif shown[begin] <= classes and short and short[-1][1] == begin:
            short[-1] = (short[-1][0], end)
        elif shown[begin] <= classes:
            short.append((begin, end))
    for begin, end in short:
        for middle, number in _regular(shown, begin, end, classes):
            if all(abs(middle - other) >= EMOJI + 2 for other in taken):
                taken.append(middle)
                yield middle, number


def _regular(
    shown: NDArray[np.int64], begin: int, end: int, classes: int
) -> Iterator[tuple[float, int]]:
    """Yield emoji for columns of short episodes."""
    pieces = max(1, (end - begin) // _STRIDE)
    for first, last in itertools.pairwise(np.linspace(begin, end, pieces + 1)):
        counts = np.bincount(shown[int(first) : int(last)], minlength=classes + 1)
        middle = min(max((first + last) / 2, EMOJI / 2), len(shown) - EMOJI / 2)
        yield middle, int(counts.argmax())
