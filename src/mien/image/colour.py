"""From any colour space to sRGB, in which the networks' training pictures are."""

from __future__ import annotations

import functools
import io
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mien.image.depth import range_of_fractions, range_of_integers, to_eight_bits

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage
    from PIL.ImageCms import ImageCmsTransform

_SAME = 2
"""Largest difference, in levels of 255, at which a profile counts as sRGB."""

_TRANSPARENT = ("RGBA", "LA", "PA", "RGBa", "La")


def to_srgb(picture: PillowImage) -> PillowImage:
    """Decode the pixels and convert any colour mode to sRGB.

    Transparent pixels are blended with white. An embedded colour profile is applied, unless it
    differs from sRGB by at most 2 levels; one that is damaged, or made for another mode than the
    picture's, is ignored, so that the colours stay as they are stored.
    """
    picture.load()
    flat = _without_transparency(picture)
    converted = _by_profile(flat, picture.info.get("icc_profile"))
    if converted is not None:
        return converted
    return _from_lab(flat) if flat.mode == "LAB" else flat.convert("RGB")


def to_gray(picture: PillowImage) -> PillowImage:
    """Decode the pixels and convert any colour mode to gray; otherwise like `to_srgb`."""
    plain = "transparency" not in picture.info and "icc_profile" not in picture.info
    if picture.mode == "L" and plain:
        picture.load()
        return picture
    return to_srgb(picture).convert("L")


def _without_transparency(picture: PillowImage) -> PillowImage:
    """Return 8 bits a colour without transparency, in a mode that a profile may be made for."""
    from PIL import Image

    if picture.mode[0] in "IF":
        return Image.fromarray(_eight_bits(picture))
    if "transparency" in picture.info or picture.mode in _TRANSPARENT:
        opaque = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(opaque, picture.convert("RGBA")).convert("RGB")
    return picture if picture.mode in ("L", "RGB", "CMYK", "LAB") else picture.convert("RGB")


def _eight_bits(picture: PillowImage) -> NDArray[np.uint8]:
    """Scale one of Pillow's modes of deep gray to 8 bits."""
    samples: NDArray[Any] = np.asarray(picture)
    if picture.mode == "F":
        return to_eight_bits(samples, *range_of_fractions(samples))
    # Their readers scale every depth to 16 bits.
    sixteen = picture.mode.startswith("I;16") or picture.format in ("PNG", "PPM", "JPEG2000")
    return to_eight_bits(samples, *range_of_integers(samples, 16 if sixteen else None))


def _by_profile(picture: PillowImage, profile: object) -> PillowImage | None:
    """Return the picture in sRGB; None if its profile changes nothing or cannot be used."""
    if not isinstance(profile, bytes) or not profile or picture.mode == "LAB":
        return None
    transform = _transform(profile, picture.mode)
    return None if transform is None else transform.apply(picture)


@functools.lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCmsTransform | None:
    """Return the transform from a profile to sRGB; None if it does nothing or is damaged."""
    from PIL import ImageCms

    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return None if _changes_nothing(transform, mode) else transform
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _changes_nothing(transform: ImageCmsTransform, mode: str) -> bool:
    """Return whether a transform keeps a grid of colours as they are."""
    from PIL import Image

    if mode not in ("L", "RGB"):
        return False
    levels = range(256) if mode == "L" else range(0, 256, 15)
    colours = list(itertools.product(levels, repeat=len(mode)))
    grid = np.array(colours, np.uint8)[None]
    before = Image.fromarray(grid[..., 0] if mode == "L" else grid)
    after = np.asarray(transform.apply(before)).astype(np.int16)
    return bool(np.abs(after - np.asarray(before.convert("RGB"))).max() <= _SAME)


def _from_lab(picture: PillowImage) -> PillowImage:
    """Convert CIE L*a*b* under D50, as TIFF has it."""
    from PIL import ImageCms

    lab = ImageCms.createProfile("LAB")
    srgb = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(picture, lab, srgb, outputMode="RGB")
    assert converted is not None
    return converted
