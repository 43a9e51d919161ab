"""Results on corrupted faces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from mien.evaluation.results.base import Result, Share, Shares


class Cell(Result):
    """The scores of one corruption at one severity, or of clean faces."""

    accuracy: Share
    interval: Shares
    """Wilson's, of the accuracy."""
    macro_f1: Share


class MeanAccuracy(Result):
    """One corruption in short."""

    mean_accuracy: Share
    """Over the severities."""


class Corruption(MeanAccuracy):
    """The scores of one corruption, by severity."""

    severities: dict[int, Cell]


class RobustnessSummary(Result):
    """How accurate a network is on corrupted faces, of each corruption the mean only."""

    net: str
    n: Annotated[int, Field(ge=1)]
    seed: int
    severities: Annotated[tuple[int, ...], Field(min_length=1)]
    clean: Cell
    corruptions: Mapping[str, MeanAccuracy]
    mean_corruption_accuracy: Share
    """Over all corruptions and severities, as in Hendrycks and Dietterich 2019, but without
    dividing by another network's errors."""
    mean_corruption_macro_f1: Share
    sha256: str | None = None
    """Of the network's ONNX file; of an ensemble's files, one after the other."""
    split: str | None = None


class Robustness(RobustnessSummary):
    """How accurate a network is on corrupted faces."""

    corruptions: Annotated[dict[str, Corruption], Field(min_length=1)]

    @model_validator(mode="after")
    def _same_severities(self) -> Self:
        for name, corruption in self.corruptions.items():
            if set(corruption.severities) != set(self.severities):
                raise PydanticCustomError(
                    "severities",
                    "Expected {severities} as the severities of {name}",
                    {"severities": str(list(self.severities)), "name": name},
                )
        return self

    def summary(self, split: str | None = None) -> RobustnessSummary:
        """Return what a network's info keeps: the mean accuracy of each corruption."""
        kept = {name: getattr(self, name) for name in self.model_fields_set} | {
            "corruptions": {
                name: MeanAccuracy(mean_accuracy=corruption.mean_accuracy)
                for name, corruption in self.corruptions.items()
            }
        }
        return RobustnessSummary(**kept | ({} if split is None else {"split": split}))
