"""The scores of a network, and reading them back from JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from mien.classes import FER2013, Vocabulary
from mien.errors import DataError
from mien.evaluation.results.base import (
    FIX,
    ByClass,
    Classes,
    Count,
    Matrix,
    Range,
    Result,
    Rounded,
    Share,
    Shares,
    checked,
)
from mien.evaluation.results.parts import Column, Conformal, Selective, Votes
from mien.evaluation.results.robustness import Robustness
from mien.models.answers import Labels


class Intervals(Result):
    """95% intervals of the scores of the same names; Wilson's for proportions, else bootstrap.

    That of `ece` is corrected for the resamples' bias, since noise adds to a calibration error;
    it was not in earlier versions of mien.
    """

    accuracy: Shares
    balanced_accuracy: Shares
    macro_f1: Shares
    recall: dict[str, Shares]
    precision: dict[str, Shares]
    f1: dict[str, Shares]
    ece: tuple[Rounded, Rounded] | None = None
    nll: Range | None = None
    brier: Range | None = None
    aurc: tuple[Rounded, Rounded] | None = None
    accuracy_at_coverage: dict[int, Shares] | None = None
    accuracy_unique: Shares | None = None


class Bin(Result):
    """One of the equal-width bins of confidence in a reliability diagram."""

    low: Share
    high: Share
    count: Count
    confidence: Rounded | None
    """Mean of the top class's probability; None in an empty bin."""
    accuracy: Share | None
    interval: Shares
    """Wilson's, of the accuracy."""


class Bootstrap(Result):
    """How the intervals were resampled."""

    seed: int
    resamples: Count


class BaseScores(Result):
    """The scores of a network on labelled faces, with 95% intervals.

    Dictionaries by class have the class names as keys, in the order of `classes`.
    """

    classes: Classes = FER2013
    n: Annotated[int, Field(ge=1)]
    """Faces, those that were missed included."""
    accuracy: Share
    balanced_accuracy: Share
    macro_f1: Share
    recall: ByClass
    """None for a class without faces."""
    precision: ByClass
    """None for a class that was never predicted."""
    f1: ByClass
    """None for a class that was neither labelled nor predicted."""
    confusion: Matrix
    """``K x K`` counts: rows are the true classes, columns the predicted ones."""
    missed: dict[str, Count]
    """Faces of each class that were not detected; errors in the scores of classes."""
    ece: Rounded | None
    """Expected calibration error; this and the scores below are None if no face was detected."""
    nll: float | None
    """Mean negative log-likelihood, in nats."""
    brier: float | None
    """Mean squared distance to the truth, 0 to 2."""
    aurc: Rounded | None
    """Area under the risk-coverage curve."""
    accuracy_at_coverage: dict[int, Share] | None
    """By the percentage of faces kept, the most confident first."""
    reliability: tuple[Bin, ...] | None
    interval: Intervals
    bootstrap: Bootstrap

    @field_validator("recall", "precision", "f1", "missed")
    @classmethod
    def _by_class(cls, values: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        return _in_order(values, info.data.get("classes", FER2013))

    @field_validator("confusion")
    @classmethod
    def _square(cls, matrix: Matrix, info: ValidationInfo) -> Matrix:
        count = len(info.data.get("classes", FER2013))
        if len(matrix) != count or any(len(row) != count for row in matrix):
            raise PydanticCustomError(
                "confusion", "Expected {count} rows of {count} counts", {"count": count}
            )
        return matrix

    @field_validator("interval")
    @classmethod
    def _intervals_by_class(cls, interval: Intervals, info: ValidationInfo) -> Intervals:
        classes = info.data.get("classes", FER2013)
        names = ("recall", "precision", "f1")
        ordered = {name: _in_order(getattr(interval, name), classes) for name in names}
        return interval.model_copy(update=ordered)

    @property
    def faces(self) -> dict[str, int]:
        """How many faces there are of each class, missed ones included."""
        rows = zip(self.missed.items(), self.confusion, strict=True)
        return {name: missed + sum(row) for (name, missed), row in rows}


def _in_order(values: dict[str, Any], classes: Vocabulary) -> dict[str, Any]:
    """Sort by the classes' order; refuse other keys."""
    if set(values) != set(classes.names):
        raise PydanticCustomError(
            "classes", "Expected the keys {names}", {"names": ", ".join(classes.names)}
        )
    return {name: values[name] for name in classes.names}


class Excluded(Result):
    """Faces of the split that a list left out before it was scored."""

    file: str
    """Name of the CSV that lists them."""
    n: Count
    reasons: dict[str, Count]
    """Faces by reason, of which a face may have several; empty where the list gives none."""


class Scores(BaseScores):
    """Everything that was measured of one network on one split; what mien evaluate writes."""

    net: Annotated[str, Field(min_length=1)]
    sha256: str | None = None
    """Of the network's ONNX file; of an ensemble's files, one after the other."""
    weights_sha256: str | None = None
    """Of the run's weights that the network was exported from, as in `ModelInfo`."""
    labels: Labels | None = None
    """Which of the network's answers was measured; None if it has only one."""
    data_sha256: str | None = None
    """Of the data's content; None if its pictures were searched for faces."""
    split: str | None = None
    excluded: Excluded | None = None
    """What was left out of the split; None if no list was given."""
    trained_on: Count | None = None
    """Faces that the network learnt from; None if the data is not known to be its training data, or
    nothing shows which faces these are."""
    n_unique: Count | None = None
    """Faces without a pixel-identical duplicate in the training data."""
    accuracy_unique: Share | None = None
    unique: BaseScores | None = None
    """Every score of these faces; None if there is no such face."""
    conflicts: Count | None = None
    """Faces with a duplicate in the training data that has another label."""
    votes: Votes | None = None
    groups: dict[str, Column] | None = None
    selective: Selective | None = None
    conformal: Conformal | None = None
    robustness: Robustness | None = None
    predictions: str | None = None
    """The Parquet file of predictions, as a path from the folder of the scores' own file."""
    ece_before_temperature: Rounded | None = None
    nll_before_temperature: float | None = None

    @classmethod
    def of(cls, base: BaseScores, net: str, **more: Any) -> Scores:
        """Add to scores whose they are, and fields of `Scores`."""
        kept = {name: getattr(base, name) for name in base.model_fields_set}
        return cls.model_validate(kept | {"net": net} | more)

    def with_parts(self, **parts: Any) -> Scores:
        """Return the scores with other values for some fields, checked as when made."""
        kept = {name: getattr(self, name) for name in self.model_fields_set}
        return type(self).model_validate(kept | parts)

    @classmethod
    def from_file(cls, path: str | Path) -> Scores:
        """Read the scores of one network from a JSON file, also of an older version of mien.

        Raises
        ------
        DataError
            If the file cannot be read, or holds something else or several networks' scores.
        """
        results = read_results(path)
        if len(results) != 1 or not isinstance(results[0], Scores):
            raise DataError(f"Expected the scores of one network in {path}, got others.", FIX)
        return results[0]


def read_results(path: str | Path) -> list[Scores | Robustness]:
    """Read what mien evaluate wrote: the results of one network, or a list of several.

    Raises
    ------
    DataError
        If the file cannot be read or holds something else.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.", FIX) from error
    # Deep nesting raises another error than other text that is not JSON.
    except (ValueError, RecursionError) as error:
        raise DataError(f"Expected scores as JSON in {path}, got something else.", FIX) from error
    entries = content if isinstance(content, list) else [content]
    if not entries:
        raise DataError(f"{path} holds no scores, but an empty list.", FIX)
    return [_entry(entry, str(path)) for entry in entries]


def _entry(entry: Any, where: str) -> Scores | Robustness:
    """Tell by its keys which result an entry is, and check it."""
    keys = set(entry) if isinstance(entry, dict) else set()
    if keys >= {"net", "clean", "corruptions"}:
        return checked(Robustness, entry, where)
    if not keys >= {"net", "accuracy", "confusion"}:
        got = f"JSON with the keys {', '.join(sorted(keys)[:5])}" if keys else "other JSON"
        raise DataError(f"Expected scores of mien evaluate in {where}, got {got}.", FIX)
    return checked(Scores, entry, where)
