"""One face: where it is, and the expression read from it."""

from __future__ import annotations

import dataclasses
import html
import io
from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mien.classes import Expression, Vocabulary
from mien.models.info import FER2013_FRAME, Frame

Doubt = Literal["small", "dark", "turned"]
"""Why a face cannot be read reliably: it has too few pixels, too little light or contrast, or it
is not certain which way is up."""

_CROP_SIDE = 64  # of a crop in a table, in CSS pixels


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Face:
    """One face in one picture, and the expression read from it.

    Examples
    --------
    >>> face = mien.detect("party.jpg")[0]
    >>> print(face.expression, face.expression.emoji, face.sure)
    happy 😄 True
    >>> sorted(face.to_dict())[:3]
    ['angle', 'box', 'confidence']
    """

    box: tuple[float, float, float, float]
    """Left, top, width and height in pixels of the upright picture."""
    landmarks: NDArray[np.float32]
    """``float32 [5, 2]``: x and y in pixels of the person's right eye, left eye, nose tip,
    right and left mouth corner."""
    probabilities: NDArray[np.float32]
    """Calibrated probability of each class, ``float32 [K]``, summing to 1; in a video, smoothed
    over time."""
    score: float
    """The detector's score: how face-like it is, 0 to 1."""
    vocabulary: Vocabulary
    """The network's K classes, in the order of the probabilities."""
    sure: bool = True
    """False where the confidence is below the minimum that was asked for, or there is a doubt."""
    angle: float = 0.0
    """How far the face is turned in the picture: degrees clockwise, over -180 to 180."""
    doubt: Doubt | None = None
    """Why the face cannot be read reliably; None if nothing speaks against it."""
    neutral: bool | None = None
    """Whether it was read against the person's own neutral face; None if none was given."""
    face_id: int | None = None
    """Number that a person keeps throughout a video; in a photo the place among its faces."""
    prediction_set: tuple[Expression, ...] | None = None
    """The expressions that `coverage` asks for, likeliest first; None if not asked for."""
    coverage: float | None = None
    """Share of such sets that contain the labelled expression, over faces like those that the
    network was calibrated on: no promise for this one face or for other kinds of pictures."""
    crop: NDArray[np.uint8] | None = None
    """What the network was shown, ``uint8 [H, W]`` or ``[H, W, 3]``; `mien.explain` needs it."""
    frame: Frame = FER2013_FRAME
    """Where the crop has the landmarks, as fractions of its width and height."""
    raw_probabilities: NDArray[np.float32] | None = None
    """In a video, the probabilities before smoothing, ``float32 [K]``; None in a photo."""
    shown: int | None = None
    """In a video, the number of the class that is shown, which does not change at every flicker of
    the probabilities; None in a photo, where the most probable one is."""

    @property
    def expression(self) -> Expression:
        """The most probable expression; in a video the one that is shown."""
        return self.vocabulary[self._number]

    @property
    def confidence(self) -> float:
        """Probability of that expression, 0 to 1."""
        return float(self.probabilities[self._number])

    @property
    def _number(self) -> int:
        return int(self.probabilities.argmax()) if self.shown is None else self.shown

    def __eq__(self, other: object) -> bool:
        """Return whether the other face has the same content, to the last bit."""
        if not isinstance(other, Face):
            return NotImplemented
        pairs = [
            (getattr(self, field.name), getattr(other, field.name))
            for field in dataclasses.fields(self)
        ]
        return all(_equal(one, another) for one, another in pairs)

    def __hash__(self) -> int:
        return hash((self.box, self.score, self.face_id))

    def __repr__(self) -> str:
        box = ", ".join(f"{value:.0f}" for value in self.box)
        return f"Face({self.label()}, box=({box}))"

    def label(self) -> str:
        """Return the expression and its confidence: ``"happy 93%"``, ``"sad? 31%"`` if unsure."""
        return f"{self.expression.name}{'' if self.sure else '?'} {self.confidence:.0%}"

    def to_dict(self) -> dict[str, object]:
        """Return the face as JSON.

        The prediction set and `neutral` are there only if they were asked for; `face_id` and the
        probabilities before smoothing only in a video.
        """
        prediction_set = {} if self.prediction_set is None else {
            "prediction_set": [expression.name for expression in self.prediction_set],
            "coverage": self.coverage,
        }
        neutral = {} if self.neutral is None else {"neutral": self.neutral}
        video = {} if self.raw_probabilities is None else {
            "face_id": self.face_id,
            "raw_probabilities": self._by_name(self.raw_probabilities),
        }
        return {
            "box": [round(float(value), 1) for value in self.box],
            "score": round(self.score, 4),
            "expression": self.expression.name,
            "confidence": round(self.confidence, 4),
            "sure": self.sure,
            "angle": round(self.angle, 1),
            "doubt": self.doubt,
            "probabilities": self._by_name(self.probabilities),
            "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in self.landmarks],
            **neutral,
            **prediction_set,
            **video,
        }

    def _by_name(self, probabilities: NDArray[np.float32]) -> dict[str, float]:
        """Return probabilities by the name of their class, rounded."""
        pairs = zip(self.vocabulary.names, probabilities, strict=True)
        return {name: round(float(p), 4) for name, p in pairs}

    def _repr_html_(self) -> str:
        return html_table([self])


def _equal(one: object, another: object) -> bool:
    """Return whether two values of a field are equal; arrays are by shape and elements."""
    if isinstance(one, np.ndarray) or isinstance(another, np.ndarray):
        return np.array_equal(one, another)  # type: ignore[arg-type]
    return one == another


def numbered(faces: Iterable[Face]) -> Iterator[tuple[int, Face]]:
    """Yield faces with their numbers: those of a clip's tracks, or in a photo from 0."""
    for place, face in enumerate(faces):
        yield place if face.face_id is None else face.face_id, face


def html_table(faces: list[Face]) -> str:
    """Return an HTML table of faces, for Jupyter: crop, emoji, expression, confidence, box."""
    heads = ("", "", "expression", "confidence", "box")
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f"<table><tr>{head}</tr>{''.join(map(_html_row, faces))}</table>"


def _html_row(face: Face) -> str:
    box = ", ".join(f"{value:.0f}" for value in face.box)
    cells = (
        _html_crop(face.crop),
        f'<span style="font-size: 2em">{html.escape(face.expression.emoji)}</span>',
        html.escape(face.expression.name) + ("" if face.sure else " (unsure)"),
        f"{face.confidence:.0%}",
        box,
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _html_crop(crop: NDArray[np.uint8] | None) -> str:
    """Return an image element that holds the crop itself."""
    if crop is None:
        return ""
    import base64

    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(crop).save(data, "PNG")
    address = f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"
    return f'<img src="{address}" height="{_CROP_SIDE}" alt="face">'
