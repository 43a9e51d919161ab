"""The answers as OpenAPI describes them.

They are written by the library's own ``to_dict``; these types say what is in them, and tests check
that every answer fits.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


EXAMPLE = {
    "source": "astronaut.jpg",
    "width": 512,
    "height": 512,
    "network": "mien-s",
    "faces": [
        {
            "box": [180.6, 69.9, 89.6, 105.9],
            "score": 0.9404,
            "expression": "happy",
            "confidence": 0.9603,
            "sure": True,
            "angle": 0.0,
            "doubt": None,
            "probabilities": {
                "angry": 0.0024, "disgust": 0.0105, "fear": 0.0029, "happy": 0.9603, "sad": 0.0019,
                "surprise": 0.0087, "neutral": 0.0133,
            },
            "landmarks": [
                [202.5, 106.1], [243.8, 105.2], [220.2, 125.5], [202.7, 143.6], [239.5, 144.1],
            ],
        }
    ],
}  # fmt: skip
"""What scikit-image's astronaut gets."""


class FaceAnswer(_Answer):
    """One face, and the expression read from it."""

    box: tuple[float, float, float, float] = Field(
        description="Left, top, width and height in pixels of the upright picture."
    )
    score: Probability = Field(description="The detector's score: how face-like it is.")
    expression: str = Field(description="Name of the most probable class.")
    confidence: Probability = Field(description="Probability of that class.")
    sure: bool = Field(
        description="False where the confidence is below the minimum, or there is a doubt."
    )
    angle: float = Field(description="How far the face is turned: degrees clockwise, -180 to 180.")
    doubt: Literal["small", "dark", "turned"] | None = Field(
        description="Why the face cannot be read reliably."
    )
    probabilities: dict[str, Probability] = Field(
        description="Calibrated probability of each class, by its name."
    )
    landmarks: list[tuple[float, float]] = Field(
        min_length=5,
        max_length=5,
        description="x and y of the person's right eye, left eye, nose tip, right and left mouth"
        " corner.",
    )
    heat: list[list[Probability]] | None = Field(
        None,
        description="If asked for: how much each place on the crop speaks for the expression, row"
        " by row.",
    )


class PictureAnswer(_Answer):
    """A picture, and the faces read in it, the one with the largest box first."""

    source: str = Field(description="The name that the file was sent with.")
    width: int = Field(ge=1, description="Width in pixels of the upright picture.")
    height: int = Field(ge=1, description="Height in pixels of the upright picture.")
    network: str = Field(description="What read it.")
    faces: list[FaceAnswer]


class FailureAnswer(_Answer):
    """A picture of several that could not be read."""

    source: str = Field(description="The name that the file was sent with.")
    error: str = Field(description="What is wrong with it.")
    code: str = Field(description="The kind of error, such as `picture`.")


class CropAnswer(_Answer):
    """What was read from one crop of a face."""

    source: str = Field(description="The name that the file was sent with.")
    network: str = Field(description="What read it.")
    expression: str = Field(description="Name of the most probable class.")
    confidence: Probability = Field(description="Probability of that class.")
    probabilities: dict[str, Probability] = Field(
        description="Calibrated probability of each class, by its name."
    )


class ClassAnswer(_Answer):
    """A class that a network tells apart."""

    name: str
    emoji: str
    colour: str = Field(pattern="^#[0-9a-f]{6}$")


class NetworkAnswer(_Answer):
    """A network that a request can name."""

    name: str
    default: bool = Field(description="Whether it reads unless a request names another.")
    available: bool = Field(description="Whether its weights are on the server's machine.")
    description: str
    classes: list[ClassAnswer]
    parameters: int = Field(ge=0, description="Number of trained weights.")
    bytes: int = Field(ge=0, description="Size of its weights.")
    sha256: str
    licence: str
    intended_use: str


class NetworksAnswer(_Answer):
    """The networks that a request can name, the default first."""

    networks: list[NetworkAnswer]


class StatusAnswer(_Answer):
    """Whether the server works."""

    status: Literal["ok"]


class ProblemAnswer(_Answer):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(description="`about:blank`, or `urn:mien:` and the kind of error.")
    title: str = Field(description="The kind of problem in a few words.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What is wrong with this request, and how to fix it.")
    code: str | None = Field(None, description="The kind of error, such as `picture`.")
