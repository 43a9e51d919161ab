"""Shows one face under each corruption and severity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import require
from mien.evaluation.corruptions import NAMES, SEVERITIES, corrupt

_INK = "#222222"
_DPI = 150


def example_sheet(face: NDArray[np.uint8], file: Path, seed: int = 0) -> None:
    """Draw a face, a row a corruption, a column a severity, the clean face first.

    Parameters
    ----------
    face
        Gray crop, ``uint8 [48, 48]``.
    file
        PNG to write.
    seed
        Seed of the corruptions.

    Raises
    ------
    DataError
        If the face has another shape or type.
    MissingExtraError
        If matplotlib is not installed.
    """
    rows = [
        [face, *(corrupt(face[None], name, severity, seed)[0] for severity in SEVERITIES)]
        for name in NAMES
    ]
    figure = require("matplotlib.figure", "train").Figure(
        figsize=(1.5 + len(SEVERITIES) + 1, len(NAMES) + 0.4),
        layout="constrained",
        facecolor="white",
    )
    grid = figure.subplots(len(NAMES), len(SEVERITIES) + 1)
    for name, row, faces in zip(NAMES, grid, rows, strict=True):
        for axes, image in zip(row, faces, strict=True):
            axes.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_visible(False)
        row[0].set_ylabel(
            name.replace("_", " "), rotation=0, ha="right", va="center", fontsize=11, color=_INK
        )
    for axes, heading in zip(grid[0], ("clean", *SEVERITIES), strict=True):
        axes.set_title(str(heading), fontsize=11, color=_INK)
    figure.savefig(file, dpi=_DPI, format="png")
