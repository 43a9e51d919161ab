"""What is done with the pictures of a request, in a worker's thread."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.errors import MienError, PictureError
from mien.image import decode, decode_gray
from mien.perception.picture import Failure, Picture
from mien.serving.batching import SharedReader
from mien.serving.bodies import Upload
from mien.serving.problems import for_client, of_error

_MAX_SIDE = 4096
"""Longest side in pixels of a crop; a face for a network has 48 to a few hundred."""

_ASPECT = 4
"""A crop may be this many times as wide as high, or as high as wide."""

Answer = dict[str, object]
"""A part of an answer, ready for JSON; `mien.serving.answers` says what is in it."""


def read(upload: Upload, reader: SharedReader, keep_image: bool = False) -> Picture:
    """Read the faces of a picture.

    Raises
    ------
    PictureError
        If it cannot be decoded, or is over the limit.
    """
    file = io.BytesIO(upload.data)
    # What answers and errors call it.
    file.name = upload.name
    return reader.read(file, keep_image=keep_image)


def answer_of(picture: Picture, reader: SharedReader, explain: bool) -> Answer:
    """Return the answer for a picture, with heat maps if they are asked for."""
    answer = picture.to_dict()
    if explain:
        answer["faces"] = [
            {**face.to_dict(), "heat": reader.explain(face).astype(float).round(3).tolist()}
            for face in picture
        ]
    return answer


def annotate(upload: Upload, reader: SharedReader, explain: bool) -> bytes:
    """Read the faces of a picture, and return it as PNG with its faces drawn.

    Raises
    ------
    MienError
        As `Reader.read` and `Reader.explain`.
    """
    from mien.drawing.annotate import draw

    picture = read(upload, reader, keep_image=True)
    assert picture.image is not None
    heats = [reader.explain(face) for face in picture] if explain else None
    drawn = draw(picture.image, picture, heats)
    # OpenCV writes BGR, and in a fraction of the time that Pillow takes.
    return cv2.imencode(".png", cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))[1].tobytes()


def classify(upload: Upload, reader: SharedReader) -> Answer:
    """Read a crop of a face, as `mien evaluate` reads those of a data set.

    Raises
    ------
    MienError
        If it cannot be decoded, or is too large or too narrow for a crop.
    """
    crop = _crop(upload, reader)
    row = reader.classify(crop[None])[0]
    names = reader.vocabulary.names
    return {
        "source": upload.name,
        "network": reader.name,
        "expression": names[int(row.argmax())],
        "confidence": round(float(row.max()), 4),
        "probabilities": {
            name: round(float(value), 4) for name, value in zip(names, row, strict=True)
        },
    }


def _crop(upload: Upload, reader: SharedReader) -> NDArray[np.uint8]:
    """Decode a crop in the network's colours, and bring it to its size."""
    from mien.data.read import to_face

    spec = reader.info.input
    decoded = decode_gray if spec.colour == "gray" else decode
    image = decoded(upload.data, upload.name, reader.max_megapixels)
    height, width = image.shape[:2]
    short, long = sorted((height, width))
    if long > _MAX_SIDE or long > _ASPECT * short:
        raise PictureError(
            f"Expected a crop of a face, got a picture of {width} x {height} pixels.",
            "Send whole photos to /v1/detect.",
        )
    return to_face(image, spec)


def or_failure(job: Callable[[], Answer], name: str) -> Answer:
    """Return an answer, or what is wrong with the picture."""
    try:
        return job()
    except MienError as error:
        return Failure(name, for_client(error)).to_dict()


def or_problem(job: Callable[[], Answer | bytes], data: bytes) -> Answer | bytes:
    """Return an answer, or raise what is wrong with the picture as a problem.

    Raises
    ------
    RefusalError
        If the picture cannot be read.
    """
    try:
        return job()
    except MienError as error:
        raise of_error(error, data) from None
