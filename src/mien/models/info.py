"""The card of a network: what it was made from, and how well it does."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from mien.errors import NetError


@dataclasses.dataclass(frozen=True)
class Card:
    """What a network's file does not say about itself.

    Every field is plain JSON, so that a card reads the same in any language.
    """

    name: str
    """The name of the network, as ``--net`` takes it."""
    architecture: str
    """The registered architecture, such as ``"lobonet"``."""
    description: str
    """One sentence on what it is."""
    parameters: int
    """Trained numbers."""
    macs: int
    """Multiply-accumulate operations for one face."""
    temperature: float
    """The logits are divided by this before the softmax (Guo et al. 2017)."""
    input: dict[str, Any]
    """Name, shape, type, range and normalisation of the input."""
    data: dict[str, Any]
    """The training data's name, SHA-256 and counts."""
    recipe: dict[str, Any]
    """The training settings as run, and the commit they ran at."""
    seeds: list[int]
    """Seeds of the trainings behind the file."""
    selection: str
    """Which split chose the epoch, the temperature and the settings."""
    scores: dict[str, Any]
    """Scores by split, each with its 95% interval."""
    conformal: dict[str, float]
    """By coverage, such as ``"0.90"``, the threshold of the sets that hold the labelled class
    that often, found on PublicTest."""
    robustness: dict[str, Any] | None
    """Accuracy on PublicTest's faces when they are spoilt; None where it was not measured."""
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
        """Write the card as indented JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_file(cls, path: Path) -> Card:
        """Read a card.

        Raises
        ------
        NetError
            If the file is missing, is not JSON, or lacks a field.
        """
        fix = "Export the network again with: mien export RUN --name NAME."
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise NetError(f"Expected a card at {path}, found none.", fix) from error
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise NetError(f"Expected JSON in {path}, got something else: {error}.", fix) from error
        wanted = {field.name for field in dataclasses.fields(cls)}
        if not isinstance(fields, dict) or set(fields) != wanted:
            got = set(fields) if isinstance(fields, dict) else set()
            raise NetError(
                f"The card {path} does not have the fields of a card:"
                f" missing {sorted(wanted - got)}, unknown {sorted(got - wanted)}.",
                fix,
            )
        return cls(**fields)
