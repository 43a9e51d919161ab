"""What a network is: its classes, its input, what it was made from, and how well it does."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from mien.classes import FER2013, Vocabulary
from mien.errors import DataError, NetError

Colour = Literal["gray", "RGB"]
"""How the pixels of a crop are coloured: one channel, or red, green and blue."""

Frame = tuple[tuple[float, float], ...]
"""Where the five landmarks are in a crop: x and y as fractions of its width and height."""

FER2013_FRAME: Frame = (
    (0.317, 0.385),
    (0.688, 0.385),
    (0.497, 0.594),
    (0.354, 0.759),
    (0.652, 0.760),
)
"""Where FER-2013 has the person's right eye, left eye, nose tip, right and left mouth corner: the
medians of 6,000 Training images, as benchmarks/framing.py measures them."""

MAX_SIDE = 1024
"""Largest height and width of a crop, in pixels."""

_VERSION = 2
"""Of the JSON file; version 1 knew neither classes nor other inputs than FER-2013's."""

_AGAIN = "Export the network again with this version of mien."


@dataclasses.dataclass(frozen=True)
class InputSpec:
    """What a network takes: how a crop must be made for it.

    Raises
    ------
    NetError
        If no crop can be made like this.
    """

    height: int = 48
    """In pixels."""
    width: int = 48
    """In pixels."""
    colour: Colour = "gray"
    range: tuple[float, float] = (0.0, 255.0)
    """What black and white are for the graph. One that takes ``uint8`` has 0 to 255."""
    frame: Frame = FER2013_FRAME
    """Where the landmarks of a face must be in the crop."""

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
            If a field is missing or of another kind.
        """
        try:
            low, high = fields["range"]
            return cls(
                height=int(fields["height"]),
                width=int(fields["width"]),
                colour=fields["colour"],
                range=(float(low), float(high)),
                frame=tuple((float(x), float(y)) for x, y in fields["frame"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise NetError(
                "Expected an input with height, width, colour, range and frame, got"
                f" {json.dumps(dict(fields), default=str)[:120]}.",
                _AGAIN,
            ) from error


FER2013_INPUT = InputSpec()
"""FER-2013's own crops: 48 x 48, gray."""


@dataclasses.dataclass(frozen=True)
class ModelInfo:
    """What a network's graph does not say about itself; NAME.json beside NAME.onnx.

    Every other part of mien takes the classes and the input from here. The JSON file reads the
    same in any language.
    """

    name: str
    """The name of the network."""
    architecture: str
    """The registered architecture, such as ``"lobonet"``."""
    description: str
    """One sentence on what it is."""
    parameters: int
    """Trained numbers."""
    macs: int
    """Multiply-accumulate operations for one face."""
    classes: Vocabulary
    """What it tells apart, in the order of the logits."""
    input: InputSpec
    """What it takes."""
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
    """By split, what `mien.evaluation.results.Scores` holds, and more."""
    conformal: dict[str, float]
    """By coverage, such as ``"0.90"``, the threshold of the prediction sets that hold the labelled
    class that often, fitted on the validation faces."""
    robustness: dict[str, Any] | None
    """Accuracy on corrupted validation faces; None where it was not measured."""
    members: dict[str, str]
    """Of an ensemble without a graph of its own, the networks that it averages: by the name of
    each, that network's own `sha256`."""
    sha256: str
    """SHA-256 of the ONNX file; of an ensemble's files, one after the other."""
    size: int
    """Bytes of the ONNX file, or of all of them."""
    licence: str
    """Terms of the weights."""
    intended_use: str
    """What the network is for, and what it must not be used for."""

    def to_json(self) -> str:
        """Write the info as indented JSON text."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        fields |= {"classes": self.classes.to_list(), "input": self.input.to_dict()}
        return json.dumps({"version": _VERSION, **fields}, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_file(cls, path: Path) -> ModelInfo:
        """Read an info; one that an earlier version of mien wrote is read too.

        Raises
        ------
        NetError
            If the file is missing, is not JSON, or lacks a field.
        """
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise NetError(
                f"Expected the network's info at {path}, found nothing there.", _AGAIN
            ) from error
        except (OSError, ValueError) as error:
            raise NetError(
                f"Expected JSON in {path}, got something else: {error}.", _AGAIN
            ) from error
        if not isinstance(fields, dict):
            raise NetError(f"Expected a network's info in {path}, got something else.", _AGAIN)
        fields = _upgraded(fields)
        if fields.pop("version") != _VERSION:
            raise NetError(
                f"{path} was written by another version of mien.", "Use that version, or a newer."
            )
        expected = {field.name for field in dataclasses.fields(cls)}
        if set(fields) != expected:
            raise NetError(
                f"Expected the fields of a network's info in {path}: missing"
                f" {sorted(expected - set(fields))}, unknown {sorted(set(fields) - expected)}.",
                _AGAIN,
            )
        try:
            classes = Vocabulary.from_list(fields["classes"])
        except DataError as error:
            raise NetError(f"The classes in {path} are damaged: {error.problem}", _AGAIN) from error
        return cls(**fields | {"classes": classes, "input": InputSpec.from_dict(fields["input"])})


def _upgraded(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of this version; version 1 had FER-2013's classes and input only."""
    if "version" in fields:
        return fields
    return fields | {
        "version": 1 + bool("input" in fields and "classes" not in fields),
        "classes": FER2013.to_list(),
        "input": FER2013_INPUT.to_dict(),
    }
