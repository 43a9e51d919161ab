"""What mien's figures have in common: a quiet paper, and files that are the same each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mien.errors import require

KINDS = (".png", ".svg")
"""What a figure can be written as."""

INK, SOFT = "#222222", "#666666"
ONE, TWO = "#0072b2", "#d55e00"
"""Two of Okabe and Ito's colours (2008), told apart with any colour vision."""

_DPI = 150


def paper(width: float, height: float) -> Any:
    """Make an empty figure, in inches.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    # Made without pyplot, which keeps every figure and may open a window.
    return require("matplotlib.figure", "train").Figure(
        figsize=(width, height), layout="constrained", facecolor="white"
    )


def save(figure: Any, file: Path, kind: str = "") -> None:
    """Write a figure as PNG or SVG, without the time and the chance that would change its bytes.

    Parameters
    ----------
    figure
        Of matplotlib.
    file
        The file to write.
    kind
        One of `KINDS`; the file's own suffix if empty.
    """
    suffix = kind or file.suffix
    # Words stay words, so that they can be searched and take a fifth of the room.
    fixed = {"svg.hashsalt": "mien", "svg.fonttype": "none"}
    with require("matplotlib", "train").rc_context(fixed):
        metadata = {"Date": None} if suffix == ".svg" else {}
        figure.savefig(file, dpi=_DPI, format=suffix.lstrip("."), metadata=metadata)


def quiet(axes: Any, *sides: str) -> None:
    """Take away the frame's sides that say nothing, and the ticks' marks."""
    axes.spines[list(sides or ("top", "right"))].set_visible(False)
    axes.tick_params(length=0, colors=INK)


def head(axes: Any, title: str) -> None:
    """Write a title at the left."""
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold", color=INK, pad=12)
