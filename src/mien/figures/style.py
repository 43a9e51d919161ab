"""What all figures have in common: colours, fonts, and files that are the same each time."""

from __future__ import annotations

import functools
import warnings
from pathlib import Path
from typing import IO, Any

from mien import fonts, marks
from mien.errors import require

KINDS = (".png", ".svg")
"""What a figure can be written as."""

INK, SOFT, GRID = "#222222", "#666666", "#d4d4d4"
"""Text, text of less weight, and the lines of a grid."""
ONE, TWO = "#0072b2", "#d55e00"
"""Two of Okabe and Ito's colours (2008), told apart with any colour vision."""

_DPI = 150

_METADATA = {
    ".png": {"Software": marks.FIGURE},
    ".svg": {"Creator": marks.FIGURE, "Date": None},
}
"""A figure's metadata, by the extension of its file."""

_FONT = "DejaVu Sans"
"""Comes with matplotlib, and has Latin, Greek, Cyrillic and some more."""


def new_figure(width: float, height: float) -> Any:
    """Return an empty matplotlib figure.

    Parameters
    ----------
    width, height
        In inches.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    # Made without pyplot, which keeps every figure and may open a window.
    return require("matplotlib.figure", "train").Figure(
        figsize=(width, height), layout="constrained", facecolor="white"
    )


def save(figure: Any, file: Path | IO[bytes], kind: str = "", **options: Any) -> None:
    """Write a figure as PNG or SVG; the same figure always gives the same bytes.

    Letters that matplotlib's own font lacks are drawn with a font of this machine. If none has
    them, they are question marks in PNG; in SVG text stays text, which the viewer's fonts draw.

    Parameters
    ----------
    figure
        Of matplotlib.
    file
        The file to write.
    kind
        One of `KINDS`; the file's own suffix if empty.
    options
        For matplotlib's ``savefig``.
    """
    suffix = kind or (file.suffix if isinstance(file, Path) else "")
    # Words stay words, so that they can be searched and the file is a fifth of the size. The salt
    # replaces chance in the SVG's ids.
    fixed = {"svg.hashsalt": "mien", "svg.fonttype": "none"}
    missing = _use_fallbacks(figure)
    if suffix == ".png":
        _replace(figure, missing)
    with require("matplotlib", "train").rc_context(fixed), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(
            file, dpi=_DPI, format=suffix.lstrip("."), metadata=_METADATA.get(suffix), **options
        )


def _use_fallbacks(figure: Any) -> set[str]:
    """Name further fonts where a text needs them, and return the characters that no font has."""
    missing: set[str] = set()
    for text in _texts(figure):
        lacking = {sign for sign in text.get_text() if not _own_font_has(sign)}
        files = [fonts.font_with(sign) for sign in sorted(lacking)]
        if families := [_family(path) for path in dict.fromkeys(files) if path is not None]:
            # Other fonts may lack a bold weight.
            text.set(fontfamily=[_FONT, *families], fontweight="normal")
        missing |= {sign for sign in lacking if fonts.font_with(sign) is None}
    return missing


def _texts(figure: Any) -> list[Any]:
    """List all texts of a figure, including tick labels, which are created on demand."""
    for axes in figure.axes:
        axes.get_xticklabels()
        axes.get_yticklabels()
    texts: list[Any] = figure.findobj(require("matplotlib.text", "train").Text)
    return texts


def _replace(figure: Any, missing: set[str]) -> None:
    """Replace characters by question marks."""
    table = str.maketrans(dict.fromkeys(missing, "?"))
    if not table:
        return
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        names = [label.get_text() for label in axis.get_ticklabels()]
        # Tick labels are set again each time the figure is drawn.
        if any(sign in name for name in names for sign in missing):
            axis.set_ticklabels([name.translate(table) for name in names])
    for text in _texts(figure):
        text.set_text(text.get_text().translate(table))


@functools.lru_cache(maxsize=4096)
def _own_font_has(character: str) -> bool:
    """Return whether matplotlib's own font has a character."""
    manager = require("matplotlib.font_manager", "train")
    font = manager.get_font(manager.findfont(_FONT))
    return character.isspace() or bool(font.get_char_index(ord(character)))


@functools.cache
def _family(path: Path) -> str:
    """Make a font known to matplotlib, and return the name that it has there."""
    manager = require("matplotlib.font_manager", "train")
    manager.fontManager.addfont(path)
    name: str = manager.get_font(path).family_name
    return name


def strip_axes(axes: Any, *sides: str) -> None:
    """Remove the marks of the ticks, and some sides of the frame: top and right unless named."""
    axes.spines[list(sides or ("top", "right"))].set_visible(False)
    axes.tick_params(length=0, colors=INK)


def title(axes: Any, text: str) -> None:
    """Write a title above the axes, flush left."""
    axes.set_title(text, loc="left", fontsize=11, fontweight="bold", color=INK, pad=12)
