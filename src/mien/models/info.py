"""What a network is: its classes, its input, what it was trained on, and its scores."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from mien.classes import FER2013, Vocabulary
from mien.errors import DataError, NetError, SettingsError
from mien.json_text import from_json
from mien.models.answers import AGAIN, LABELS, LabelAnswer, Labels, Mixing
from mien.models.info_fields import check_types
from mien.models.neutral_curve import NeutralCurve
from mien.models.numbers import finite, whole

Colour = Literal["gray", "RGB"]
"""Colours of a crop: one gray channel, or red, green and blue."""

Frame = tuple[tuple[float, float], ...]
"""Places of the five landmarks in a crop: x and y as fractions of its width and height."""

FER2013_FRAME: Frame = (
    (0.317, 0.385),
    (0.688, 0.385),
    (0.497, 0.594),
    (0.354, 0.759),
    (0.652, 0.760),
)
"""Places of the person's right eye, left eye, nose tip, right and left mouth corner in FER-2013,
medians of 6,000 Training images as measured by benchmarks/framing.py."""

MAX_SIDE = 1024
"""Largest height and width of a crop, in pixels."""

_VERSION = 2
"""Version of the JSON file. Version 1 knew only FER-2013's classes and input."""


@dataclasses.dataclass(frozen=True)
class InputSpec:
    """The face crops that a network takes.

    Raises
    ------
    NetError
        If a size is out of range, the colour is unknown, or range or frame make no sense.
    """

    height: int = 48
    """In pixels."""
    width: int = 48
    """In pixels."""
    colour: Colour = "gray"
    range: tuple[float, float] = (0.0, 255.0)
    """Values of black and white in the graph's input; 0 to 255 for ``uint8``."""
    frame: Frame = FER2013_FRAME
    """Where the landmarks of a face are placed in the crop."""

    def __post_init__(self) -> None:
        if not (16 <= self.height <= MAX_SIDE and 16 <= self.width <= MAX_SIDE):
            raise NetError(
                f"Expected crops of 16 to {MAX_SIDE} pixels a side, got"
                f" {self.width} x {self.height}.",
                "Choose a size in between.",
            )
        if self.colour not in ("gray", "RGB"):
            raise NetError(f"Expected gray or RGB crops, got {self.colour!r}.", "Use gray or RGB.")
        if len(self.range) != 2 or not self.range[0] < self.range[1]:
            raise NetError(
                f"Expected a range from black to white, got {self.range}.", "Use for example 0, 1."
            )
        if len(self.frame) != 5 or any(len(point) != 2 for point in self.frame):
            raise NetError(
                f"Expected five landmarks, each x and y, got {self.frame}.",
                "Use mien.models.info.FER2013_FRAME if in doubt.",
            )

    @property
    def channels(self) -> int:
        """1 for gray, 3 for RGB."""
        return 1 if self.colour == "gray" else 3

    @property
    def crop_shape(self) -> tuple[int, ...]:
        """Shape of one crop: ``(height, width)`` if gray, else ``(height, width, 3)``."""
        size = (self.height, self.width)
        return size if self.colour == "gray" else (*size, 3)

    def __str__(self) -> str:
        return f"{self.width} x {self.height} {self.colour}"

    def to_dict(self) -> dict[str, Any]:
        """Return the input as JSON."""
        return {
            "height": self.height,
            "width": self.width,
            "channels": self.channels,
            "colour": self.colour,
            "range": list(self.range),
            "frame": [list(point) for point in self.frame],
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> InputSpec:
        """Make an input from what `to_dict` returned.

        Raises
        ------
        NetError
            If a field is missing or has a wrong type or value.
        """
        try:
            low, high = (finite(value) for value in fields["range"])
            spec = cls(
                height=whole(fields["height"]),
                width=whole(fields["width"]),
                colour=fields["colour"],
                range=(low, high),
                frame=tuple((finite(x), finite(y)) for x, y in fields["frame"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise NetError(
                "Expected an input with height, width, colour, range and frame, got"
                f" {str(fields)[:120]}.",
                AGAIN,
            ) from error
        if fields.get("channels", spec.channels) != spec.channels:
            raise NetError(
                f"Expected {spec.channels} channels for {spec.colour} crops, got"
                f" {str(fields['channels'])[:40]}.",
                "Use gray with 1 channel, or RGB with 3.",
            )
        return spec


FER2013_INPUT = InputSpec()
"""FER-2013's own crops: 48 x 48, gray."""


INTENDED_USE = (
    "Naming the expression that a face shows, for play, study and measurement. An expression is"
    " not a feeling: people often scowl without being angry. Not for judging people, and not for"
    " inferring emotions at work or in education (EU AI Act, Article 5(1)(f))."
)
"""What networks are for unless their info says otherwise."""


@dataclasses.dataclass(frozen=True)
class ModelInfo:
    """What a network's graph does not say about itself; NAME.json beside NAME.onnx.

    Every other part of mien takes the classes and the input from here. The JSON file reads the
    same in any language.
    """

    name: str
    """Name of the network."""
    architecture: str
    """The registered architecture, such as ``"lobonet"``; those of all members for an ensemble."""
    description: str
    """What it is, in one sentence."""
    parameters: int
    """Number of trained weights."""
    macs: int
    """Multiply-accumulate operations for one face."""
    classes: Vocabulary
    """The classes that it tells apart, in the order of the logits."""
    input: InputSpec
    """The crops that it takes."""
    temperature: float
    """The logits are divided by this before the softmax (Guo et al. 2017)."""
    data: dict[str, Any]
    """The training data's name, SHA-256 and counts by class."""
    recipe: dict[str, Any]
    """The training settings as run, and the commit they ran at."""
    seeds: list[int]
    """Seeds of the trainings behind the file."""
    selection: str
    """Which faces the epoch, the temperature and the settings were selected on."""
    scores: dict[str, Any]
    """By split (``"public"`` for FER-2013's PublicTest, else ``"validation"``), what
    `mien.evaluation.results.Scores` holds, and more."""
    conformal: dict[str, float]
    """By coverage, such as ``"0.90"``, the threshold of the prediction sets that hold the labelled
    class that often, fitted on the validation faces."""
    robustness: dict[str, Any] | None
    """Accuracy on corrupted validation faces; None if not measured."""
    members: dict[str, str]
    """For an ensemble, which has no graph of its own, the `sha256` of each member by its name."""
    sha256: str
    """SHA-256 of the ONNX file; for an ensemble, of its members' files joined in order."""
    size: int
    """Bytes of the ONNX file; for an ensemble, of all its members' files."""
    licence: str
    """Terms of the weights."""
    intended_use: str
    """What the network is for, and what it must not be used for."""
    weights_sha256: str | None = None
    """SHA-256 of the run's weights that it was exported from, which every form of it keeps; None
    for an ensemble, and where an earlier version of mien exported it."""
    neutral: NeutralCurve | None = None
    """Constants for reading a face against the person's own neutral face; None if not fitted."""
    labels: Labels | None = None
    """Which of its two answers the temperature, the scores and all other constants here are of;
    None if the network has only one answer."""
    mixing: Mixing | None = None
    """How the mixed answer is made; None if there is none, and for an ensemble."""
    label_answer: LabelAnswer | None = None
    """The same constants of the other answer, to FER-2013's labels; None if there is none."""

    def with_labels(self, labels: Labels | None) -> ModelInfo:
        """Return the info with the constants of one of the network's answers.

        Parameters
        ----------
        labels
            ``"mixed"`` or ``"fer2013"``; None for the answer that this info is of.

        Raises
        ------
        SettingsError
            If the network has no such answer.
        """
        if labels in (None, self.labels):
            return self
        if labels not in LABELS:
            raise SettingsError(
                f"Expected {' or '.join(LABELS)} as labels, got {labels!r}.",
                "Leave them out if in doubt.",
                "labels",
            )
        if labels == "fer2013" and self.label_answer is not None:
            fields = dataclasses.fields(self.label_answer)
            own = {field.name: getattr(self.label_answer, field.name) for field in fields}
            return dataclasses.replace(self, **own, labels="fer2013", label_answer=None)
        if labels == "fer2013" and self.labels is None and self.classes.is_fer2013:
            return self
        raise SettingsError(
            f"The network {self.name} has no answer for {labels} labels: FER+'s votes were not"
            " mixed into it."
            if labels == "mixed"
            else f"The network {self.name} does not answer with FER-2013's labels.",
            "Leave the labels out, or use a shipped network.",
            "labels",
        )

    def to_json(self) -> str:
        """Return the info as indented JSON text."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        fields |= {"classes": self.classes.to_list(), "input": self.input.to_dict()}
        fields["neutral"] = None if self.neutral is None else self.neutral.to_dict()
        fields["mixing"] = None if self.mixing is None else dataclasses.asdict(self.mixing)
        label_answer = self.label_answer
        fields["label_answer"] = None if label_answer is None else label_answer.to_dict()
        return json.dumps({"version": _VERSION, **fields}, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_file(cls, path: Path) -> ModelInfo:
        """Read an info, also one that an earlier version of mien wrote.

        Raises
        ------
        NetError
            If the file is missing, is not JSON, lacks a field, or a field has a wrong type.
        """
        fields = _upgraded(_read_object(path))
        if fields.pop("version") != _VERSION:
            raise NetError(
                f"{path} was written by another version of mien.",
                "Use that version or a newer one.",
            )
        expected = {field.name for field in dataclasses.fields(cls)}
        if set(fields) != expected:
            raise NetError(
                f"Expected the fields of a network's info in {path}: missing"
                f" {sorted(expected - set(fields))}, unknown {sorted(set(fields) - expected)}.",
                AGAIN,
            )
        check_types(fields, path)
        try:
            classes = Vocabulary.from_list(fields["classes"])
            spec = InputSpec.from_dict(fields["input"])
            parts = _answers(fields, len(classes), path)
        except (DataError, NetError) as error:
            raise NetError(f"{path} is damaged: {error.problem}", error.fix) from error
        return cls(**fields | {"classes": classes, "input": spec} | parts)


def _answers(fields: Mapping[str, Any], classes: int, path: Path) -> dict[str, Any]:
    """Return the fields that say how the answers are made and corrected."""
    curve, mixing, other = (fields[name] for name in ("neutral", "mixing", "label_answer"))
    if other is not None:
        expected = {field.name for field in dataclasses.fields(LabelAnswer)}
        if set(other) != expected:
            raise NetError(f"Expected {', '.join(sorted(expected))} in 'label_answer'.", AGAIN)
        check_types(other, path)
        other = LabelAnswer(**other | {"neutral": _curve(other["neutral"], classes)})
    return {
        "neutral": _curve(curve, classes),
        "mixing": None if mixing is None else Mixing.from_dict(mixing, classes),
        "label_answer": other,
    }


def _curve(fields: Mapping[str, Any] | None, classes: int) -> NeutralCurve | None:
    return None if fields is None else NeutralCurve.from_dict(fields, classes)


def _read_object(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object."""
    try:
        fields = from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NetError(
            f"Expected the network's info at {path}, but there is no such file.", AGAIN
        ) from error
    # JSON nested too deep ends in a RecursionError.
    except (OSError, ValueError, RecursionError) as error:
        raise NetError(f"Expected JSON in {path}, got something else: {error}.", AGAIN) from error
    if not isinstance(fields, dict):
        raise NetError(f"Expected a network's info in {path}, got something else.", AGAIN)
    return fields


def _upgraded(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of this version; version 1 had FER-2013's classes and input only.

    Early files of version 2 did not say which weights a network was exported from, nor knew
    neutral faces or mixed answers.
    """
    later = ("weights_sha256", "neutral", "labels", "mixing", "label_answer")
    fields = dict.fromkeys(later) | fields
    if "version" in fields or "classes" in fields:
        return {"version": 1} | fields
    return fields | {
        "version": _VERSION,
        "classes": FER2013.to_list(),
        "input": FER2013_INPUT.to_dict(),
    }
