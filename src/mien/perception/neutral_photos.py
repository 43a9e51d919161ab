"""Learns a person's neutral face from photos, and refuses unsuitable ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from mien.errors import PictureError, SettingsError
from mien.models import ModelInfo
from mien.models.neutral_curve import NeutralCurve
from mien.perception.adjustment import NEUTRAL, find_curve
from mien.perception.face import Face
from mien.perception.neutral import Neutral
from mien.perception.picture import Picture

LEAST_NEUTRAL = 0.1
"""Minimum probability of neutral in a photo of a neutral face. benchmarks/neutral.py counts how
many photos of JAFFE, Yale and London fall below it."""

MOST_VARIANCE = 2.5
"""A person's neutral photos that vary more than this many times the usual variance get a warning.
benchmarks/neutral.py counts how often photos of one person and of two people do."""

Named = tuple[str, Face]
"""A face, and what messages call its photo."""


def learn(
    info: ModelInfo,
    photos: Iterable[Picture | Face],
    classify: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
) -> Neutral:
    """Learn a neutral face; see `Reader.learn_neutral`.

    Parameters
    ----------
    info
        The network's info.
    photos
        The person's photos as they were read, or the person's faces in them.
    classify
        Returns the network's own probabilities, ``float32 [N, K]``, of crops.
    """
    curve = find_curve(info)
    faces = [_named_face(photo) for photo in photos]
    if not faces:
        raise SettingsError("No photos were named.", "Name photos of the person's neutral face.")
    probabilities = classify(np.stack([_crop(info, *named) for named in faces]))
    doubts: list[str] = []
    for (name, _), row in zip(faces, probabilities, strict=True):
        doubts += judge(info, f"The face in {name}", row)
    different, repeats = _without_repeats([face.crop for _, face in faces])
    neutral = Neutral.of(info, probabilities[different])
    doubts += [*repeats, *_spread_doubt(neutral, curve)]
    return neutral.model_copy(update={"doubts": tuple(doubts)})


def _named_face(photo: Picture | Face) -> Named:
    """Return the only face of a photo, and what messages call the photo."""
    if isinstance(photo, Face):
        return "the given picture", photo
    if len(photo) != 1:
        raise PictureError(
            f"Expected one face in {photo.source} to learn a neutral face from, got"
            f" {len(photo) or 'none'}.",
            "Crop the picture to the person's face; in Python the Face can be given instead.",
        )
    return photo.source, photo[0]


def _crop(info: ModelInfo, name: str, face: Face) -> NDArray[np.uint8]:
    """Return the crop of a face, refusing a face that cannot be read reliably."""
    if face.crop is None or face.crop.shape != info.input.crop_shape:
        raise PictureError(
            f"Expected a face with a crop for {info.name}, got one without.",
            "Pass a Face that this reader returned.",
        )
    if face.doubt is not None:
        why = {"turned": "it is not certain which way is up"}.get(face.doubt, f"it is {face.doubt}")
        raise PictureError(
            f"The face in {name} cannot be read reliably: {why}.",
            "Use an upright photo with a larger face in good light.",
        )
    return face.crop


def judge(info: ModelInfo, name: str, probabilities: NDArray[np.float32]) -> list[str]:
    """Refuse a face that is clearly not neutral, and warn of one that may not be.

    Parameters
    ----------
    info
        The network's info.
    name
        What messages call the face, at the beginning of a sentence.
    probabilities
        The network's own, ``float32 [K]``.

    Raises
    ------
    PictureError
        If it is clearly not neutral.
    """
    names = info.classes.names
    best, neutral = int(probabilities.argmax()), probabilities[names.index(NEUTRAL)]
    read = f"it is read as {names[best]} {probabilities[best]:.0%}, neutral {neutral:.0%}"
    if neutral < LEAST_NEUTRAL:
        raise PictureError(
            f"{name} is not neutral: {read}.",
            "Use photos or frames in which the person's face is at rest.",
        )
    if names[best] == NEUTRAL:
        return []
    return [f"{name} may not be neutral: {read}."]


def _without_repeats(crops: Sequence[NDArray[np.uint8] | None]) -> tuple[list[int], list[str]]:
    """Return which photos do not repeat an earlier one, and say how many do."""
    first: dict[bytes, int] = {}
    for place, crop in enumerate(crops):
        if crop is not None:
            first.setdefault(crop.tobytes(), place)
    repeats = len(crops) - len(first)
    words = "One photo repeats" if repeats == 1 else f"{repeats} photos repeat"
    doubts = [f"{words} another one; repeated photos count once."] if repeats else []
    return list(first.values()), doubts


def _spread_doubt(neutral: Neutral, curve: NeutralCurve) -> list[str]:
    """Warn if photos differ so much that they may show two people, or be lit differently."""
    if neutral.spread is None or neutral.spread**2 <= MOST_VARIANCE * curve.variance:
        return []
    return [
        f"The photos differ a lot from each other (spread {neutral.spread:.2f}, usually"
        f" {math.sqrt(curve.variance):.2f}): check that all show the same person, at rest, in"
        " similar light."
    ]
