"""What the files that a report is made of must hold.

The fields are those that the page shows, under the names that `mien evaluate --json`,
`mien.evaluation.robustness.robustness` and a run folder give them.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from mien.classes import NAMES


class Part(BaseModel):
    """A part of a file; keys that the page does not show are passed over."""

    # NaN, which JSON does not know but Python reads, is no number to show.
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


def _by_class(values: dict[str, Any]) -> dict[str, Any]:
    if set(values) != set(NAMES):
        raise PydanticCustomError("classes", f"Expected the keys {', '.join(NAMES)}")
    return {name: values[name] for name in NAMES}


Share = Annotated[float, Field(ge=0, le=1)]
Shares = tuple[Share, Share]
Range = tuple[float, float]
Count = Annotated[int, Field(ge=0)]
Row = Annotated[tuple[Count, ...], Field(min_length=len(NAMES), max_length=len(NAMES))]
Matrix = Annotated[tuple[Row, ...], Field(min_length=len(NAMES), max_length=len(NAMES))]
Classes = Annotated[dict[str, Share | None], AfterValidator(_by_class)]
ClassShares = Annotated[dict[str, Shares], AfterValidator(_by_class)]
ClassCounts = Annotated[dict[str, Count], AfterValidator(_by_class)]


class Intervals(Part):
    """The 95% intervals of the scores of the same names."""

    accuracy: Shares
    balanced_accuracy: Shares
    macro_f1: Shares
    recall: ClassShares
    precision: ClassShares
    f1: ClassShares
    ece: Shares | None = None
    nll: Range | None = None
    brier: Range | None = None
    aurc: Shares | None = None
    accuracy_at_coverage: dict[int, Shares] | None = None


class Bin(Part):
    """One bin of confidence."""

    low: Share
    high: Share
    count: Count
    confidence: Share | None
    accuracy: Share | None
    interval: Shares


class Bootstrap(Part):
    """How the intervals were resampled."""

    seed: int
    resamples: Count


class Base(Part):
    """The scores of some faces, as `mien.evaluation.scores.score` gives them."""

    n: Annotated[int, Field(ge=1)]
    accuracy: Share
    balanced_accuracy: Share
    macro_f1: Share
    recall: Classes
    precision: Classes
    f1: Classes
    confusion: Matrix
    missed: ClassCounts
    ece: Share | None
    nll: float | None
    brier: float | None
    aurc: Share | None
    accuracy_at_coverage: dict[int, Share] | None
    reliability: list[Bin] | None
    interval: Intervals
    bootstrap: Bootstrap


class AnswerIntervals(Part):
    """The 95% intervals of `Selective`."""

    coverage: Shares
    accuracy: Shares


class Selective(Part):
    """What is answered from a confidence on."""

    target_accuracy: Share
    threshold: Share | None
    answered: Count
    coverage: Share
    accuracy: Share | None
    interval: AnswerIntervals


class SetIntervals(Part):
    """The 95% intervals of `Sets`."""

    coverage: Shares
    single: Shares
    empty: Shares
    size: Range


class Sets(Part):
    """How one kind of conformal sets does at one level."""

    method: str
    level: Share
    coverage: Share
    size: float
    single: Share
    empty: Share
    interval: SetIntervals


class Conformal(Part):
    """Conformal sets."""

    seed: int
    halves: tuple[Count, Count]
    sets: list[Sets]


class VoteIntervals(Part):
    """The 95% intervals of `Votes`."""

    accuracy: Shares
    label_accuracy: Shares


class Agreed(Part):
    """Network and label against the votes of some faces."""

    n: Count
    accuracy: Share | None
    label_accuracy: Share | None
    interval: VoteIntervals
    votes: Count = 0


class Votes(Agreed):
    """Network and label against FER+'s taggers."""

    ties: Count
    elsewhere: Count
    agreed: Agreed


class GroupIntervals(Part):
    """The 95% intervals of `Group`."""

    accuracy: Shares
    macro_f1: Shares
    ece: Shares


class Group(Part):
    """The scores of one group of faces."""

    n: Count
    accuracy: Share
    macro_f1: Share
    ece: Share
    small: bool
    interval: GroupIntervals


class Gap(Part):
    """The largest gap between two groups."""

    value: Share
    highest: str
    lowest: str
    p: Share
    permutations: Count


class Column(Part):
    """One way to part the faces into groups."""

    groups: dict[str, Group]
    without_group: Count
    gap: Gap | None
    gap_without_small: Gap | None = None


class Cell(Part):
    """The scores of one corruption at one severity, or of clean faces."""

    accuracy: Share
    interval: Shares
    macro_f1: Share


class Corruption(Part):
    """The scores of one corruption."""

    mean_accuracy: Share
    severities: dict[int, Cell]


class Robustness(Part):
    """What `mien.evaluation.robustness.robustness` gives."""

    net: str
    n: Annotated[int, Field(ge=1)]
    seed: int
    severities: Annotated[list[int], Field(min_length=1)]
    clean: Cell
    corruptions: Annotated[dict[str, Corruption], Field(min_length=1)]
    mean_corruption_accuracy: Share
    mean_corruption_macro_f1: Share
    split: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Robustness:
        for name, corruption in self.corruptions.items():
            if set(corruption.severities) != set(self.severities):
                raise PydanticCustomError(
                    "severities", f"Expected {self.severities} as the severities of {name}"
                )
        return self


class Scores(Base):
    """What `mien evaluate --json` gives of one network."""

    net: Annotated[str, Field(min_length=1)]
    split: str | None = None
    n_unique: Count | None = None
    accuracy_unique: Share | None = None
    unique: Base | None = None
    conflicts: Count | None = None
    votes: Votes | None = None
    groups: dict[str, Column] | None = None
    selective: Selective | None = None
    conformal: Conformal | None = None
    robustness: Robustness | None = None
    predictions: str | None = None


class Epoch(Part):
    """One row of metrics.csv."""

    epoch: Annotated[int, Field(ge=1)]
    train_loss: float
    train_accuracy: Share
    val_loss: float
    val_accuracy: Share
    seconds: float


class Best(Part):
    """The epoch whose weights were kept."""

    epoch: Annotated[int, Field(ge=1)]
    val_loss: float
    val_accuracy: Share


class TrainedOn(Part):
    """The data of a training."""

    name: str
    sha256: str
    train: ClassCounts
    validation: ClassCounts


class RunCard(Part):
    """The card.json of a finished run."""

    architecture: str
    parameters: Count
    macs: Count
    data: TrainedOn
    recipe: dict[str, Any]
    seeds: list[int]
    selection: str
    best: Best
