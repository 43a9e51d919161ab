"""What all figures have in common: colours, fonts, and files that are the same each time."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

from mien.errors import require

KINDS = (".png", ".svg")
"""What a figure can be written as."""

INK, SOFT, GRID = "#222222", "#666666", "#d4d4d4"
"""Text, text of less weight, and the lines of a grid."""
ONE, TWO = "#0072b2", "#d55e00"
"""Two of Okabe and Ito's colours (2008), told apart with any colour vision."""

_DPI = 150


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
    with require("matplotlib", "train").rc_context(fixed):
        metadata = {"Date": None} if suffix == ".svg" else {}
        figure.savefig(file, dpi=_DPI, format=suffix.lstrip("."), metadata=metadata, **options)


def strip_axes(axes: Any, *sides: str) -> None:
    """Remove the marks of the ticks, and some sides of the frame: top and right unless named."""
    axes.spines[list(sides or ("top", "right"))].set_visible(False)
    axes.tick_params(length=0, colors=INK)


def title(axes: Any, text: str) -> None:
    """Write a title above the axes, flush left."""
    axes.set_title(text, loc="left", fontsize=11, fontweight="bold", color=INK, pad=12)
