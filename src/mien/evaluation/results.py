"""The results of measuring networks, as frozen types.

Every function of `mien.evaluation` returns one of these; JSON is their dump, and reads back.
Results that older versions of mien wrote are read too: what they did not know is None, and their
classes are FER-2013's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from mien.classes import FER2013, Vocabulary
from mien.errors import DataError

SIGNIFICANCE = 0.05
"""The p-value below which a difference counts as real."""

_FIX = "Use a JSON file that mien evaluate wrote."


class Result(BaseModel):
    """Part of a result. Keys that this version does not know are ignored when read."""

    # JSON has no NaN, but Python's parser accepts it.
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    def to_json(self) -> str:
        """Return the result as indented JSON, with the keys that were set."""
        content = self.model_dump(mode="json", exclude_unset=True)
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


_Model = TypeVar("_Model", bound=BaseModel)


def _to_vocabulary(value: object) -> Vocabulary:
    """Accept a vocabulary or its list form."""
    if isinstance(value, Vocabulary):
        return value
    if not isinstance(value, list):
        raise PydanticCustomError("classes", "Expected a list of classes")
    try:
        return Vocabulary.from_list(value)
    except DataError as error:
        raise PydanticCustomError(
            "classes", "{problem}", {"problem": error.problem.rstrip(".")}
        ) from error


Classes = Annotated[
    Vocabulary,
    PlainValidator(_to_vocabulary),
    PlainSerializer(Vocabulary.to_list, return_type=list[dict[str, str]]),
]
Share = Annotated[float, Field(ge=0, le=1)]
Rounded = Annotated[float, Field(ge=-1e-6, le=1.001)]
"""A share computed from floats, which may leave the range by a rounding error."""
Shares = tuple[Share, Share]
Range = tuple[float, float]
Count = Annotated[int, Field(ge=0)]
Matrix = tuple[tuple[Count, ...], ...]
ByClass = dict[str, Share | None]


class Intervals(Result):
    """95% intervals of the scores of the same names; Wilson's for proportions, else bootstrap."""

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


class HeadlineIntervals(Result):
    """95% intervals of `Headline`."""

    accuracy: Shares
    balanced_accuracy: Shares
    macro_f1: Shares
    ece: tuple[Rounded, Rounded]


class Headline(Result):
    """The few scores that groups of faces are compared by."""

    n: Annotated[int, Field(ge=1)]
    accuracy: Share
    balanced_accuracy: Share
    macro_f1: Share
    ece: Rounded
    interval: HeadlineIntervals


class SelectiveIntervals(Result):
    """95% intervals of `Selective`."""

    coverage: Shares
    accuracy: Shares


class Selective(Result):
    """What a network achieves if it answers only from some confidence on."""

    target_accuracy: Share
    threshold: Share | None
    """Faces with at least this confidence are answered: 0 if all are, None if no threshold
    reaches the target."""
    answered: Count
    coverage: Share
    """Share of the faces that are answered."""
    accuracy: Share | None
    """Accuracy on the answered faces, on which the threshold was chosen too."""
    interval: SelectiveIntervals


class SetIntervals(Result):
    """95% intervals of `SetScores`."""

    coverage: Shares
    single: Shares
    empty: Shares
    size: Range


class SetScores(Result):
    """Coverage and size of one kind of prediction sets at one level."""

    method: Literal["lac", "aps", "shown"]
    level: Share
    """The coverage that was asked for."""
    coverage: Share
    """Share of the sets that hold the true class."""
    size: float
    """Mean number of classes in a set."""
    single: Share
    """Share of the sets with one class."""
    empty: Share
    """Share of the sets without a class."""
    interval: SetIntervals


class Conformal(Result):
    """Prediction sets, measured by cross-fitting on two random halves of the faces."""

    seed: int
    halves: tuple[Count, Count]
    """Faces in each half."""
    aps: Literal["randomised"] = "randomised"
    """How the sets of the method "aps" break ties."""
    sets: tuple[SetScores, ...]


class VoteIntervals(Result):
    """95% intervals of `VoteShares`."""

    accuracy: Shares
    label_accuracy: Shares


class VoteShares(Result):
    """How often network and label agree with the taggers' most frequent vote."""

    n: Count
    accuracy: Share | None
    """The network's; None if there is no face."""
    label_accuracy: Share | None
    """The data's own label's; None if there is no face."""
    interval: VoteIntervals


class Agreed(VoteShares):
    """The same, only where many taggers agree."""

    votes: Count
    """Votes for one class from which on the taggers count as agreed."""


class Votes(VoteShares):
    """A network, and the data's own labels, against FER+'s ten taggers."""

    ties: Count
    """Faces without a single most frequent vote."""
    elsewhere: Count
    """Faces whose most frequent vote is contempt, unknown or no face."""
    agreed: Agreed


class Group(Headline):
    """The scores of one group of faces."""

    small: bool
    """Whether the group has too few faces to say much."""


class Gap(Result):
    """The largest gap in accuracy between two groups, and a permutation test of it."""

    value: Share
    highest: str
    lowest: str
    p: Share
    permutations: Count
    seed: int = 0

    @property
    def significant(self) -> bool:
        """Whether chance alone gives so large a gap less than once in 20 times."""
        return self.p < SIGNIFICANCE


class Column(Result):
    """The scores by the groups that one column of a groups file makes."""

    groups: dict[str, Group]
    without_group: Count
    gap: Gap | None
    """None with fewer than two groups."""
    gap_without_small: Gap | None = None
    """Only if some groups are small, and at least two are not."""


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


class Scores(BaseScores):
    """Everything that was measured of one network on one split; what mien evaluate writes."""

    net: Annotated[str, Field(min_length=1)]
    sha256: str | None = None
    """Of the network's ONNX file; of an ensemble's files, one after the other."""
    split: str | None = None
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
            raise DataError(f"Expected the scores of one network in {path}, got others.", _FIX)
        return results[0]


class Side(Result):
    """One of two networks that are compared."""

    net: str
    accuracy: Share
    macro_f1: Share


class Difference(Result):
    """The scores of network b minus those of a."""

    accuracy: float
    macro_f1: float


class DifferenceIntervals(Result):
    """95% intervals of `Difference`, by a paired bootstrap."""

    accuracy: Range
    macro_f1: Range


class McNemar(Result):
    """McNemar's exact test of two networks on the same faces."""

    only_a: Count
    """Faces that only a reads right."""
    only_b: Count
    p: Share


class Comparison(Result):
    """Two networks on the same faces."""

    n: Annotated[int, Field(ge=1)]
    a: Side
    b: Side
    difference: Difference
    interval: DifferenceIntervals
    mcnemar: McNemar
    better: Literal["a", "b"] | None
    """By accuracy, if the interval excludes 0 and the test gives p below `SIGNIFICANCE`."""
    better_macro_f1: Literal["a", "b"] | None
    """By macro F1, if its interval excludes 0."""
    seed: int
    resamples: Count


def to_json(results: Iterable[Result]) -> str:
    """Return several results as one JSON list."""
    content = [result.model_dump(mode="json", exclude_unset=True) for result in results]
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


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
        raise DataError(f"Cannot read {path}: {error.strerror or error}.", _FIX) from error
    # Deep nesting raises another error than other text that is not JSON.
    except (ValueError, RecursionError) as error:
        raise DataError(f"Expected scores as JSON in {path}, got something else.", _FIX) from error
    entries = content if isinstance(content, list) else [content]
    if not entries:
        raise DataError(f"{path} holds no scores, but an empty list.", _FIX)
    return [_entry(entry, str(path)) for entry in entries]


def _entry(entry: Any, where: str) -> Scores | Robustness:
    """Tell by its keys which result an entry is, and check it."""
    keys = set(entry) if isinstance(entry, dict) else set()
    if keys >= {"net", "clean", "corruptions"}:
        return checked(Robustness, entry, where)
    if not keys >= {"net", "accuracy", "confusion"}:
        got = f"JSON with the keys {', '.join(sorted(keys)[:5])}" if keys else "other JSON"
        raise DataError(f"Expected scores of mien evaluate in {where}, got {got}.", _FIX)
    return checked(Scores, entry, where)


def checked(kind: type[_Model], content: Any, where: str, fix: str = _FIX) -> _Model:
    """Validate content that came from a file.

    Raises
    ------
    DataError
        If a key is missing or its value is of another kind; it names the first one.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"Cannot use {key or 'the whole'} in {where}: {first['msg'].rstrip('.')}.", fix
        ) from error


class Epoch(Result):
    """One row of metrics.csv."""

    epoch: Annotated[int, Field(ge=1)]
    train_loss: float
    train_accuracy: Share
    val_loss: float
    val_accuracy: Share
    seconds: float
