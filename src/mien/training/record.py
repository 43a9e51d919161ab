"""What a finished run was: its network, its data, its settings and its best epoch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mien.classes import FER2013, Vocabulary
from mien.errors import MienError, TrainingError
from mien.models.info import FER2013_INPUT, InputSpec
from mien.settings.training import upgraded_names


class _Part(BaseModel):
    """A part of the record, as in run.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Validation(_Part):
    """Which faces a training was validated on."""

    split: Literal["public", "validation", "train"]
    """The split of the data that they belong to."""
    share: float | None = None
    """The share of `split` that was drawn; None for the whole split."""
    seed: int | None = None
    """Seed of the draw."""
    near_duplicates_apart: bool = False
    """Whether near duplicates may be on both sides of the draw, which makes scores too high."""

    def __str__(self) -> str:
        if self.share is not None:
            return f"{100 * self.share:g}% of Training, seed {self.seed}"
        return "PublicTest" if self.split == "public" else "the data's validation split"

    @property
    def caution(self) -> str:
        """A warning about scores on these faces; empty if there is nothing to warn of."""
        if not self.near_duplicates_apart:
            return ""
        return (
            "A class consists almost entirely of near duplicates of one picture, such as the frames"
            " of a clip, so some are among the validation faces and some among the training faces,"
            " and validation scores are too high."
        )

    @property
    def short_name(self) -> str:
        """A word for log lines: ``"PublicTest"`` or ``"validation"``."""
        return "PublicTest" if self.split == "public" else "validation"


class TrainedOn(_Part):
    """The data of a training."""

    name: str
    """What the data is called: ``"FER-2013"``, or the name of a file or folder."""
    sha256: str
    """SHA-256 of the data's content."""
    train: dict[str, int]
    """Number of faces that were learnt from, by class."""
    validation: dict[str, int]
    """Number of faces that were validated on, by class."""


class BestEpoch(_Part):
    """The epoch whose weights were kept."""

    epoch: int
    """Counted from 1."""
    val_loss: float
    """Cross-entropy on the validation faces, in nats."""
    val_accuracy: float
    """Share of the validation faces that were classified correctly."""


class Epoch(BaseModel):
    """One row of metrics.csv."""

    # NaN, which the CSV may hold, is not a number to show.
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    epoch: Annotated[int, Field(ge=1)]
    """Counted from 1."""
    train_loss: float
    train_accuracy: Annotated[float, Field(ge=0, le=1)]
    val_loss: float
    val_accuracy: Annotated[float, Field(ge=0, le=1)]
    seconds: float


class RunRecord(_Part):
    """What a finished run leaves in run.json."""

    architecture: str
    """The registered network, such as ``"lobonet"``."""
    parameters: int
    """Number of trained parameters."""
    macs: int
    """Multiply-accumulate operations for one face."""
    classes: list[dict[str, str]]
    """The classes in the order of the logits, as `Vocabulary.to_list` returns them."""
    input: dict[str, Any]
    """The input, as `InputSpec.to_dict` returns it."""
    data: TrainedOn
    recipe: dict[str, Any]
    """The training settings as run, the commit, the versions, and what computed it."""
    seeds: list[int]
    """Seed of the training."""
    selection: str
    """Which faces selected the epoch, and by which metric."""
    validation: Validation
    best: BestEpoch
    weights_sha256: str | None = None
    """SHA-256 of the best epoch's weights; None where an earlier version of mien trained them."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The classes."""
        return Vocabulary.from_list(self.classes)

    @property
    def spec(self) -> InputSpec:
        """The input."""
        return InputSpec.from_dict(self.input)

    def to_json(self) -> str:
        """Return the record as indented JSON text."""
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def read_record(path: Path) -> RunRecord:
    """Read a run.json, or the card.json that an earlier version of mien wrote.

    Raises
    ------
    TrainingError
        If the file cannot be read or is damaged.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if path.name == "card.json" and isinstance(fields, dict):
            fields = of_card(fields)
        record = RunRecord.model_validate(fields)
        # Otherwise damaged classes or an impossible input would be noticed only when used.
        record.vocabulary, record.spec  # noqa: B018
    except (OSError, ValueError, AttributeError, MienError) as error:
        raise TrainingError(
            f"{path} is damaged: {_first_problem(error)}.",
            "Restore the file, or train the network again.",
        ) from error
    return record


def of_card(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a record from those of a card.json.

    It knew neither other classes nor other inputs than FER-2013's.
    """
    return {
        **fields,
        "recipe": upgraded_names(fields.get("recipe", {})),
        "classes": FER2013.to_list(),
        "input": FER2013_INPUT.to_dict(),
        "validation": {"split": "public"},
    }


def _first_problem(error: Exception) -> str:
    """Return one line about an error."""
    if isinstance(error, ValidationError):
        detail = error.errors()[0]
        place = ".".join(str(part) for part in detail["loc"]) or "the file"
        return f"{place}: {detail['msg']}"
    return str(error).rstrip(".")
