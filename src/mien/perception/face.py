"""What mien says about one face."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from mien.classes import FER2013, NAMES, Expression


@dataclasses.dataclass(frozen=True, eq=False)
class Face:
    """One face in one picture, and the expression read from it."""

    box: tuple[float, float, float, float]
    """Left, top, width and height in pixels of the upright picture."""
    landmarks: NDArray[np.float32]
    """``float32 [5, 2]``: x and y in pixels of the person's right eye, left eye, nose tip,
    right and left mouth corner."""
    probabilities: NDArray[np.float32]
    """Calibrated probability of each class, ``float32 [7]``, summing to 1."""
    sure: bool = True
    """False where the confidence is below the least that was asked for."""
    track: int | None = None
    """Number that a person keeps through a video; None in a photo."""
    expressions: tuple[Expression, ...] | None = None
    """The set of expressions that `coverage` asks for, the likeliest first; None if not asked."""
    coverage: float | None = None
    """Share of such sets that hold the labelled expression, over faces like FER-2013's
    PublicTest: a promise for neither this one face nor other kinds of pictures."""

    crop: NDArray[np.uint8] | None = None
    """What the network was shown, gray ``uint8 [48, 48]``; `mien.explain` needs it."""

    @property
    def expression(self) -> Expression:
        """The most probable expression."""
        return FER2013[int(self.probabilities.argmax())]

    @property
    def confidence(self) -> float:
        """Probability of the most probable expression, 0 to 1."""
        return float(self.probabilities.max())

    def to_dict(self) -> dict[str, object]:
        """Give the face in the form that JSON output promises; a set only if one was asked for."""
        asked = {} if self.expressions is None else {
            "set": [expression.name for expression in self.expressions],
            "coverage": self.coverage,
        }
        return {
            "box": [round(float(value), 1) for value in self.box],
            "expression": self.expression.name,
            "confidence": round(self.confidence, 4),
            "sure": self.sure,
            "probabilities": {
                name: round(float(p), 4) for name, p in zip(NAMES, self.probabilities, strict=True)
            },
            "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in self.landmarks],
            "track": self.track,
            **asked,
        }
