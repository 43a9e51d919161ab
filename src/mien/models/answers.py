"""The two answers of a network: FER-2013's labels alone, or mixed with what FER+'s taggers saw."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from mien.errors import NetError
from mien.models.neutral_curve import NeutralCurve
from mien.models.numbers import finite

Labels = Literal["mixed", "fer2013"]
"""What an answer was fitted to: FER-2013's labels mixed with FER+'s votes, or the labels alone."""

LABELS: tuple[Labels, ...] = ("mixed", "fer2013")

LABEL_LOGITS = "fer2013_logits"
"""Output of a graph with a mixed answer that holds the logits of FER-2013's labels alone."""

MAP = "activation_map"
"""Name of the optional output that says what each place adds to the likeliest class's logit."""

LABEL_MAP = "fer2013_activation_map"
"""The same for `LABEL_LOGITS`."""

AGAIN = "Export the network again with this version of mien."
"""How a damaged info is fixed."""


@dataclasses.dataclass(frozen=True)
class Mixing:
    """How a graph mixes the probabilities of FER+'s votes into those of FER-2013's labels.

    A second linear layer on the features predicts the taggers' votes. Its probabilities are
    divided by ``shares ** power``, since most taggers' votes go to few classes, normalised, and
    averaged with those of the labels::

        (1 - weight) * softmax(labels) + weight * normalised(softmax(votes) / shares ** power)

    The graph's logits are the logarithms of these. For an ensemble its members say it.

    Raises
    ------
    NetError
        If a number is out of range.
    """

    weight: float
    """Weight of the votes, above 0 and below 1."""
    power: float
    """Power of the shares, 0 or more."""
    shares: tuple[float, ...]
    """Each class's share of the votes that the layer was fitted to."""

    def __post_init__(self) -> None:
        fits = (
            0 < self.weight < 1
            and self.power >= 0
            and all(0 < share < 1 for share in self.shares)
        )
        if not fits:
            raise NetError(
                "Expected a weight and shares from 0 to 1 and a power of 0 or more for mixing in"
                f" votes, got {str(self)[:120]}.",
                AGAIN,
            )

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], classes: int) -> Mixing:
        """Make it from JSON.

        Raises
        ------
        NetError
            If a field is missing, or has a wrong type, size or value.
        """
        try:
            mixing = cls(
                weight=finite(fields["weight"]),
                power=finite(fields["power"]),
                shares=tuple(map(finite, fields["shares"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise NetError(
                f"Expected weight, power and shares for mixing in votes, got {str(fields)[:120]}.",
                AGAIN,
            ) from error
        if len(mixing.shares) != classes:
            raise NetError(
                f"Expected the shares of {classes} classes in the votes, got"
                f" {len(mixing.shares)}.",
                AGAIN,
            )
        return mixing


@dataclasses.dataclass(frozen=True)
class LabelAnswer:
    """What was fitted to, and measured of, the answer to FER-2013's labels alone.

    Fields as in `mien.models.ModelInfo`, where those of the mixed answer stand.
    """

    temperature: float
    conformal: dict[str, float]
    scores: dict[str, Any]
    robustness: dict[str, Any] | None = None
    neutral: NeutralCurve | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        neutral = None if self.neutral is None else self.neutral.to_dict()
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return fields | {"neutral": neutral}
