"""A person's own neutral face: learnt from photos, kept as JSON, and used to read the person."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mien.arguments import checked
from mien.errors import DataError, NetError, OutputError, PictureError, SettingsError
from mien.files import write
from mien.models import ModelInfo
from mien.models.neutral_curve import NeutralCurve
from mien.perception.classifier import softmax
from mien.perception.face import Face
from mien.perception.pixels import Channels, Source, source_name

if TYPE_CHECKING:
    from mien.perception.reader import Reader

LEAST_NEUTRAL = 0.1
"""Least probability of neutral that a photo of a neutral face may have. None of the 162 neutral
photos of JAFFE, Yale and London falls below it with the shipped networks (benchmarks/neutral.py).
"""

MOST_VARIANCE = 2.5
"""How many times their usual variance a person's neutral photos may have before that is said."""

_LEAST = 1e-9  # of a probability, so that its logarithm is finite
_NEUTRAL = "neutral"  # the class

_Number = Annotated[float, Field(allow_inf_nan=False)]


class Neutral(BaseModel):
    """What a network reads in a person's neutral face, as `Reader.learn_neutral` returns it.

    Examples
    --------
    >>> reader = mien.Reader()
    >>> neutral = reader.learn_neutral(["me-1.jpg", "me-2.jpg"])
    >>> neutral.save("me.json")
    >>> picture = reader.read("party.jpg", neutral=mien.Neutral.load("me.json"), neutral_face=2)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["mien neutral"] = "mien neutral"
    """What the JSON file is."""
    version: Literal[1] = 1
    """Version of the JSON file."""
    network: str
    """Name of the network."""
    sha256: str
    """The network's SHA-256, as in its info."""
    classes: tuple[str, ...]
    """Names of the network's K classes."""
    log_probabilities: tuple[_Number, ...]
    """Mean over the photos of the natural logarithms of the K calibrated probabilities."""
    photos: int = Field(ge=1)
    """Number of different photos."""
    spread: float | None = Field(None, ge=0, allow_inf_nan=False)
    """How much the photos differ: the standard deviation of the log-probabilities over the photos,
    root mean square over the classes; None for one photo."""
    doubts: tuple[str, ...] = ()
    """Sentences on what speaks against the photos."""

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        if len(self.log_probabilities) != len(self.classes):
            raise ValueError("as many log_probabilities as classes are expected")
        if (self.spread is None) != (self.photos == 1):
            raise ValueError("a spread is expected for two photos or more")
        return self

    @classmethod
    def of(
        cls, info: ModelInfo, probabilities: NDArray[np.float32], doubts: Sequence[str] = ()
    ) -> Neutral:
        """Summarise what a network read in neutral photos of one person.

        Parameters
        ----------
        info
            The network's info.
        probabilities
            Calibrated, ``float32 [N, K]`` for N photos, at least one.
        doubts
            Sentences on what speaks against the photos.
        """
        logs = _logs(probabilities)
        spread = float(np.sqrt(logs.var(axis=0, ddof=1).mean())) if len(logs) > 1 else None
        return cls(
            network=info.name,
            sha256=info.sha256,
            classes=info.classes.names,
            log_probabilities=tuple(map(float, logs.mean(axis=0))),
            photos=len(logs),
            spread=spread,
            doubts=tuple(doubts),
        )

    @checked
    def save(self, path: str | Path) -> None:
        """Write the neutral face to a JSON file, which no other file is replaced by.

        Raises
        ------
        OutputError
            If the file cannot be written, or is there and is no neutral face of mien.
        """
        check_place(Path(path))
        write(Path(path), (self.model_dump_json(indent=2) + "\n").encode())

    @classmethod
    def load(cls, path: str | Path) -> Neutral:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            If the file cannot be read, or is something else.
        """
        try:
            return cls.model_validate_json(Path(path).read_bytes())
        except OSError as error:
            raise DataError(
                f"Cannot read the neutral face {path}: {error.strerror or error}.",
                "Name a file that `mien neutral` wrote.",
                "neutral",
            ) from error
        except ValidationError as error:
            raise DataError(
                f"{path} is not a neutral face that mien wrote, or it is damaged:"
                f" {_first(error)}.",
                "Name a file that `mien neutral` wrote, or write it again.",
                "neutral",
            ) from error


def check_place(path: Path, setting: str | None = None) -> None:
    """Refuse to replace a file that is not a neutral face of mien.

    Raises
    ------
    OutputError
        If there is such a file.
    """
    if not path.exists() or _is_neutral(path):
        return
    what = "a folder" if path.is_dir() else "not a neutral face that mien wrote"
    raise OutputError(f"{path} exists, and is {what}.", "Choose another file.", setting)


@dataclasses.dataclass(frozen=True)
class Adjustment:
    """Reads one face of a picture against a person's neutral face.

    The person's log-probabilities are moved by what the neutral face differs from the average
    one, scaled, and moved by a bias for each class (`NeutralCurve`). The average counts as a part
    of a photo beside the person's own, so that few photos move less. Where the photos differ
    among themselves, as under changing light, the biases count less.
    """

    neutral: Neutral
    curve: NeutralCurve
    """The constants of the network."""
    sensitivity: float
    """0 to 1."""
    face: int | None = None
    """Which face of a picture is the person's, counted from 1; None only knows one face alone."""

    @classmethod
    def of(
        cls,
        neutral: Neutral,
        info: ModelInfo,
        sensitivity: float | None = None,
        face: int | None = None,
    ) -> Adjustment:
        """Check that a neutral face fits a network.

        Parameters
        ----------
        neutral
            The person's neutral face.
        info
            The info of the network that reads.
        sensitivity
            0 to 1; None takes the network's own.
        face
            Which face of a picture is the person's, counted from 1; None takes the face of a
            picture with one.

        Raises
        ------
        NetError
            If the network has no constants for it.
        SettingsError
            If it is no neutral face or of another network, or the face has no such number.
        """
        curve = find_curve(info)
        if not isinstance(neutral, Neutral):
            raise SettingsError(
                f"Expected a neutral face, got a {type(neutral).__name__}.",
                "Use mien.Neutral.load, or what Reader.learn_neutral returned.",
                "neutral",
            )
        if (neutral.sha256, neutral.classes) != (info.sha256, info.classes.names):
            other = neutral.network if neutral.network != info.name else f"another {info.name}"
            raise SettingsError(
                f"The neutral face was learnt with {other}, not with this {info.name}, and other"
                " networks read other things in it.",
                "Read with that network, or learn the neutral face again from the photos.",
                "neutral",
            )
        if face is not None and (isinstance(face, bool) or not isinstance(face, int) or face < 1):
            raise SettingsError(
                f"Expected the number of a face, from 1 up, got {face!r}.",
                "Read the picture without it to see the numbers.",
                "neutral_face",
            )
        return cls(neutral, curve, curve.sensitivity if sensitivity is None else sensitivity, face)

    @property
    def reliability(self) -> float:
        """How much the biases count: 1 for one photo, at most 2 for many that are alike."""
        photos, spread = self.neutral.photos, self.neutral.spread or 0.0
        # The usual variance counts as one more observation.
        variance = (self.curve.variance + (photos - 1) * spread**2) / photos
        return 2 / (1 + variance / self.curve.variance)

    @property
    def difference(self) -> NDArray[np.float64]:
        """How the neutral face differs from the average, shrunk by the number of its photos."""
        photos = self.neutral.photos
        own = np.array(self.neutral.log_probabilities) - self.curve.average
        return own * (photos / (photos + self.curve.shrink))

    def apply(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the person's probabilities as read against the neutral face.

        Parameters
        ----------
        probabilities
            The network's own, calibrated, ``float32 [N, K]``; all of the person's faces.
        """
        knot = self.curve.at(self.sensitivity)
        moved = _logs(probabilities) - knot.factor * self.difference
        logits = knot.slope * moved + self.reliability * np.array(knot.biases)
        return softmax(logits.astype(np.float32))

    def whose(self, faces: int) -> tuple[bool, ...]:
        """Return which of a picture's faces is the person's: at most one of them is."""
        person = self.face or (1 if faces == 1 else None)
        return tuple(number == person for number in range(1, faces + 1))

    def apply_to_picture(
        self, probabilities: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], tuple[bool, ...]]:
        """Change the probabilities of the person's face alone, and say which one that is.

        Parameters
        ----------
        probabilities
            Of all faces of one picture, ``float32 [N, K]``, the largest face first.
        """
        whose = self.whose(len(probabilities))
        changed = probabilities.copy()
        changed[list(whose)] = self.apply(probabilities[list(whose)])
        return changed, whose


def find_curve(info: ModelInfo) -> NeutralCurve:
    """Return a network's constants for neutral faces.

    Raises
    ------
    NetError
        If it has none.
    """
    if info.neutral is None or _NEUTRAL not in info.classes.names:
        raise NetError(
            f"The network {info.name} cannot use a person's neutral face: its info has no constants"
            " for that, which were fitted for the shipped networks alone.",
            "Read with a shipped network, such as mien-s.",
            "neutral",
        )
    return info.neutral


def learn(reader: Reader, photos: Sequence[Source | Face], channels: Channels) -> Neutral:
    """Learn a neutral face; see `Reader.learn_neutral`."""
    curve = find_curve(reader.info)
    if not photos:
        raise SettingsError("No photos were given.", "Give photos of the person's neutral face.")
    faces = [_one_face(reader, photo, channels) for photo in photos]
    crops, doubts = _without_repeats([face.crop for face in faces if face.crop is not None])
    probabilities = reader.classify(crops)
    place = reader.vocabulary.names.index(_NEUTRAL)
    names = [_name(photo) for photo in photos]
    for name, face in zip(names, faces, strict=True):
        assert face.crop is not None
        doubts += _judge(reader, name, reader.classify(face.crop[None])[0], place)
    neutral = Neutral.of(reader.info, probabilities)
    return neutral.model_copy(update={"doubts": (*doubts, *_spread_doubt(neutral, curve))})


def _one_face(reader: Reader, photo: Source | Face, channels: Channels) -> Face:
    """Return the face of a photo, refusing what cannot be learnt from."""
    name = _name(photo)
    if isinstance(photo, Face):
        face = photo
    else:
        faces = reader.read(photo, channels)
        if len(faces) != 1:
            raise PictureError(
                f"Expected one face in {name}, whose neutral face is to be learnt, got"
                f" {len(faces) or 'none'}.",
                "Cut the picture to the person's face, or in Python pass the Face.",
            )
        face = faces[0]
    if face.crop is None or face.crop.shape != reader.info.input.crop_shape:
        raise PictureError(
            f"Expected a face with a crop for {reader.info.name}, got one without.",
            "Pass a Face that this reader returned.",
        )
    if face.doubt is not None:
        why = {"turned": "it is not certain which way is up"}.get(face.doubt, f"it is {face.doubt}")
        raise PictureError(
            f"The face in {name} cannot be read reliably: {why}.",
            "Use an upright photo with a larger face in good light.",
        )
    return face


def _judge(
    reader: Reader, name: str, probabilities: NDArray[np.float32], place: int
) -> list[str]:
    """Refuse a face that is plainly not neutral, and say where it might not be."""
    best = int(probabilities.argmax())
    read = f"{reader.vocabulary.names[best]} {probabilities[best]:.0%}"
    if probabilities[place] < LEAST_NEUTRAL:
        raise PictureError(
            f"The face in {name} is not neutral: it is read as {read}, neutral"
            f" {probabilities[place]:.0%}.",
            "Use photos in which the person's face is at rest.",
        )
    if best == place:
        return []
    return [
        f"The face in {name} may not be neutral: it is read as {read}, neutral"
        f" {probabilities[place]:.0%}."
    ]


def _spread_doubt(neutral: Neutral, curve: NeutralCurve) -> list[str]:
    """Say where photos differ so much that they may be of two people, or under other light."""
    if neutral.spread is None or neutral.spread**2 <= MOST_VARIANCE * curve.variance:
        return []
    return [
        f"The photos differ much among themselves (spread {neutral.spread:.2f}, usually"
        f" {math.sqrt(curve.variance):.2f}): check that all show the same person, at rest, in"
        " similar light."
    ]


def _without_repeats(crops: list[NDArray[np.uint8]]) -> tuple[NDArray[np.uint8], list[str]]:
    """Count photos that are the same once, ``uint8 [N, ...]``, and say so."""
    different = list({crop.tobytes(): crop for crop in crops}.values())
    repeats = len(crops) - len(different)
    doubts = [f"{repeats} of the photos repeat another one, and were left out."] if repeats else []
    return np.stack(different), doubts


def _name(photo: Source | Face) -> str:
    return "the given face" if isinstance(photo, Face) else source_name(photo)


def _logs(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the natural logarithms of probabilities, ``float64 [N, K]``."""
    return np.log(np.maximum(probabilities.astype(np.float64), _LEAST))


def _is_neutral(path: Path) -> bool:
    """Return whether mien wrote a file as a neutral face, of whatever version."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("kind") == "mien neutral"


def _first(error: ValidationError) -> str:
    """Return the first thing that is wrong, without pydantic's links."""
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else str(first["msg"])
