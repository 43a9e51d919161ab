"""Reads the faces of one picture in one call."""

from __future__ import annotations

from pathlib import Path

from mien.arguments import checked
from mien.image import MAX_MEGABYTES, MAX_MEGAPIXELS
from mien.models import DEFAULT
from mien.models.answers import Labels
from mien.perception.detector import MAX_FACES, MIN_FACE, MIN_SCORE
from mien.perception.picture import Picture
from mien.perception.pixels import Channels, Source
from mien.perception.reader import Reader


@checked
def detect(
    source: Source,
    net: str | Path = DEFAULT,
    *,
    channels: Channels = "RGB",
    min_confidence: float = 0.0,
    max_megapixels: float = MAX_MEGAPIXELS,
    max_megabytes: float = MAX_MEGABYTES,
    max_faces: int = MAX_FACES,
    min_score: float = MIN_SCORE,
    min_face: float = MIN_FACE,
    coverage: float | None = None,
    flip_tta: bool = False,
    labels: Labels | None = None,
) -> Picture:
    """Read the faces of one picture, the one with the largest box first.

    For many pictures, make one `Reader`: it loads the networks once. Parameters and errors
    are those of `Reader` and `Reader.read`.

    Examples
    --------
    >>> for face in mien.detect("party.jpg", min_confidence=0.5):
    ...     print(face.expression, face.sure)
    happy True
    """
    reader = Reader(
        net,
        min_confidence=min_confidence,
        max_megapixels=max_megapixels,
        max_megabytes=max_megabytes,
        max_faces=max_faces,
        min_score=min_score,
        min_face=min_face,
        coverage=coverage,
        flip_tta=flip_tta,
        labels=labels,
    )
    return reader.read(source, channels)
