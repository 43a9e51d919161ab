"""Draws the emoji of an expression: mien's own drawing, a font's, or a letter on a disc."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mien import fonts
from mien.classes import Colour, Expression, Vocabulary
from mien.drawing.emoji_faces import FACES
from mien.drawing.emoji_pen import Pen
from mien.drawing.text import can_write, is_light, write

_FINE = 4  # drawn this much larger, then averaged, for smooth edges
_EDGE = (0.96, 0.72)  # radius of the disc, and the rim's darkness

_STRIKES = (109, 160, 136, 128, 96, 64, 48, 32, 20)
"""Sizes to open a font in: Noto Color Emoji has bitmaps of size 109 alone, Apple's of 160 to 20."""

_STYLE = "\ufe0f"
"""Asks for an emoji's coloured form, which is drawn in any case."""

DRAWN = frozenset(sign for sign in FACES if sign is not None)
"""The emoji that mien draws itself, on every machine alike."""

_CIRCLES = frozenset("🔵🟠🟢🟣🟡🔴🟤⚪⚫")
"""Emoji that classes have by default: discs, and so drawn with the class's letter and colour."""


def emoji(expression: Expression | None, size: int) -> NDArray[np.uint8]:
    """Draw the emoji of an expression.

    The emoji of `DRAWN` are drawn as vectors, others with a colour emoji font of this machine. If
    no font has it, a disc in the expression's colour has the first letter of its name.

    Parameters
    ----------
    expression
        What to show; None draws the gray face with a question mark that stands for "unsure".
    size
        Height and width in pixels.

    Returns
    -------
    numpy.ndarray
        RGB and opacity, ``uint8 [size, size, 4]``; read-only, since it is cached.
    """
    if expression is None:
        return _face(None, size)
    sign = expression.emoji.replace(_STYLE, "")
    if sign in DRAWN:
        return _face(sign, size)
    glyph = None if sign in _CIRCLES else _glyph(sign, fonts.folders())
    if glyph is not None:
        return _fitted(glyph, size)
    return _lettered(expression.colour, initial(expression), size)


def emoji_note(vocabulary: Vocabulary) -> str | None:
    """Say which emoji of a vocabulary are shown as a letter, and why; None if all are drawn."""
    missing = [
        expression
        for expression in vocabulary
        if (sign := expression.emoji.replace(_STYLE, "")) not in DRAWN | _CIRCLES
        and not _is_lettered(sign)
        and _glyph(sign, fonts.folders()) is None
    ]
    if not missing:
        return None
    named = ", ".join(f"{item.emoji} ({item.name})" for item in missing[:3])
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    return (
        f"No colour emoji font on this machine has {named}{more}, so pictures show a letter"
        " instead; a font such as Noto Color Emoji changes that."
    )


def initial(expression: Expression) -> str:
    """Return the letters that are a class's emoji, or the first letter or digit of its name.

    That letter is a capital. If none can be drawn, it is the class's number.
    """
    if _is_lettered(expression.emoji):
        return expression.emoji
    signs = (sign.upper() for sign in expression.name if sign.isalnum() and can_write(sign))
    return next(signs, str(expression.number))


def _is_lettered(sign: str) -> bool:
    """Return whether an emoji is letters or digits, which a disc shows."""
    return all(letter.isalnum() and can_write(letter) for letter in sign)


@functools.lru_cache(maxsize=256)
def _face(sign: str | None, size: int) -> NDArray[np.uint8]:
    """Draw one of mien's own faces."""
    top, bottom, features = FACES[sign]
    face = _disc(top, bottom, size * _FINE)
    opacity = face.getchannel("A")
    features(Pen(face))
    face.putalpha(opacity)
    return _pixels(face.reduce(_FINE))


@functools.lru_cache(maxsize=256)
def _lettered(colour: Colour, letter: str, size: int) -> NDArray[np.uint8]:
    """Draw a disc of a colour with a letter in black or white, whichever is legible on it."""
    side = size * _FINE
    face = _disc(_towards(colour, 255, 0.25), _towards(colour, 0, 0.08), side)
    ink = (20, 20, 20) if is_light(colour) else (255, 255, 255)
    height = side * (0.62 if len(letter) == 1 else 0.5)
    write(face, (side / 2, side / 2), letter, height, ink, "mm")
    return _pixels(face.reduce(_FINE))


@functools.lru_cache(maxsize=256)
def _glyph(sign: str, _folders: tuple[Path, ...]) -> Image.Image | None:
    """Draw an emoji with the first of the machine's fonts that has it, as large as its picture."""
    for path in fonts.emoji_fonts():
        for size in _STRIKES:
            try:
                glyph = _coloured(ImageFont.FreeTypeFont(path, size), sign)
            except OSError:  # the font lacks this size, or FreeType cannot open it
                continue
            if glyph is not None:
                return glyph
            break
    return None


def _coloured(font: ImageFont.FreeTypeFont, sign: str) -> Image.Image | None:
    """Draw an emoji with a font; None if it has no glyph for it, or only an outline."""
    first = next(iter(sign), "")
    # A sequence that the font lacks comes out as several glyphs side by side.
    if not first or not fonts.has(font, first):
        return None
    if font.getlength(sign) > 1.5 * font.getlength(first):
        return None
    ink = (255, 0, 255)
    # Layers of a glyph may reach further than its outline does.
    margin = round(font.size / 4)
    canvas = Image.new("RGBA", (4 * margin + round(font.getlength(sign)), 10 * margin))
    ImageDraw.Draw(canvas).text((margin, margin), sign, ink, font, embedded_color=True)
    pixels = np.asarray(canvas)
    opaque = pixels[pixels[..., 3] > 128][:, :3]
    if not len(opaque) or (opaque == ink).all():
        return None
    return _unmultiplied(pixels).crop(canvas.getbbox())


def _unmultiplied(pixels: NDArray[np.uint8]) -> Image.Image:
    """Restore the colours that Pillow multiplies with the opacity when it draws on nothing."""
    opacity = np.maximum(pixels[..., 3:], 1) / 255
    colours = np.minimum(pixels[..., :3] / opacity, 255)
    return Image.fromarray(np.dstack([np.rint(colours), pixels[..., 3]]).astype(np.uint8))


def _fitted(glyph: Image.Image, size: int) -> NDArray[np.uint8]:
    """Fit a glyph into a square, as large as mien's own discs are."""
    room = max(1, round(size * _EDGE[0]))
    scale = room / max(glyph.size)
    inner = tuple(max(1, round(side * scale)) for side in glyph.size)
    square = Image.new("RGBA", (size, size))
    spot = ((size - inner[0]) // 2, (size - inner[1]) // 2)
    square.paste(glyph.resize((inner[0], inner[1]), Image.Resampling.LANCZOS), spot)
    return _pixels(square)


def _pixels(face: Image.Image) -> NDArray[np.uint8]:
    pixels = np.array(face)
    pixels.setflags(write=False)
    return pixels


def _towards(colour: Colour, goal: int, share: float) -> Colour:
    """Mix a colour with black (0) or white (255)."""
    red, green, blue = (round(value + (goal - value) * share) for value in colour)
    return red, green, blue


def _disc(top: Colour, bottom: Colour, side: int) -> Image.Image:
    """Draw the bare face: a disc shaded from top to bottom, with a darker rim."""
    share = np.linspace(0, 1, side)[:, None, None]
    shade = np.broadcast_to(np.array(top) * (1 - share) + np.array(bottom) * share, (side, side, 3))
    along = (np.arange(side) + 0.5) / side * 2 - 1
    radius = np.hypot(along[:, None], along[None])
    rim = np.where(radius > _EDGE[0] - 0.07, _EDGE[1], 1.0)[..., None]
    opacity = (radius <= _EDGE[0]) * 255
    return Image.fromarray(np.dstack([shade * rim, opacity]).astype(np.uint8))
