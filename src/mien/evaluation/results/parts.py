"""Results that are measured only if they are asked for: thresholds, sets, votes and groups."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mien.evaluation.results.base import SIGNIFICANCE, Count, Range, Result, Rounded, Share, Shares


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
    threshold: Rounded | None
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
