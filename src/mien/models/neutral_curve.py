"""A network's constants for reading a face against the person's own neutral face."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any

from mien.errors import NetError
from mien.models.numbers import finite


@dataclasses.dataclass(frozen=True)
class NeutralKnot:
    """The constants at one sensitivity."""

    sensitivity: float
    """0 to 1."""
    slope: float
    """What the log-probabilities are multiplied by: the inverse of a temperature."""
    factor: float
    """Share of the difference between the person's neutral face and the average that is
    subtracted."""
    biases: tuple[float, ...]
    """What is added to the log-probability of each class, in nats."""


@dataclasses.dataclass(frozen=True)
class NeutralCurve:
    """The constants of a network for reading a face against the person's own neutral face.

    They are fitted by benchmarks/neutral.py. Log-probabilities are natural logarithms of the
    calibrated probabilities, in the order of the network's classes.

    Raises
    ------
    NetError
        If the knots do not go from sensitivity 0 up to 1, sizes differ, or a number is out of
        range.
    """

    average: tuple[float, ...]
    """Mean log-probabilities of the neutral faces of many people."""
    shrink: float
    """How many photos the average counts as, beside the person's own."""
    variance: float
    """Usual variance of the log-probabilities over the neutral photos of one person."""
    sensitivity: float
    """The default sensitivity."""
    knots: tuple[NeutralKnot, ...]
    """By increasing sensitivity; between knots, the constants are interpolated linearly."""

    def __post_init__(self) -> None:
        places = [knot.sensitivity for knot in self.knots]
        sizes = {len(self.average), *(len(knot.biases) for knot in self.knots)}
        fits = (
            len(places) >= 2
            and places[0] == 0
            and places[-1] == 1
            and all(low < high for low, high in itertools.pairwise(places))
            and len(sizes) == 1
            and all(knot.slope > 0 for knot in self.knots)
            and self.shrink >= 0
            and self.variance > 0
            and 0 <= self.sensitivity <= 1
        )
        if not fits:
            raise NetError(
                "Expected constants for neutral faces with knots from sensitivity 0 to 1, a bias"
                f" for each class, and a slope and a variance above 0, got {str(self)[:120]}.",
                "Fit them again with benchmarks/neutral.py.",
            )

    def at(self, sensitivity: float) -> NeutralKnot:
        """Return the constants at a sensitivity from 0 to 1."""
        above = next(
            place
            for place, knot in enumerate(self.knots)
            if place > 0 and sensitivity <= knot.sensitivity
        )
        low, high = self.knots[above - 1], self.knots[above]
        part = (sensitivity - low.sensitivity) / (high.sensitivity - low.sensitivity)
        return NeutralKnot(
            sensitivity,
            _between(low.slope, high.slope, part),
            _between(low.factor, high.factor, part),
            tuple(_between(*pair, part) for pair in zip(low.biases, high.biases, strict=True)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the constants as JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], classes: int) -> NeutralCurve:
        """Make the constants from what `to_dict` returned.

        Raises
        ------
        NetError
            If a field is missing, or has a wrong type, size or value.
        """
        try:
            curve = cls(
                average=_numbers(fields["average"]),
                shrink=finite(fields["shrink"]),
                variance=finite(fields["variance"]),
                sensitivity=finite(fields["sensitivity"]),
                knots=tuple(
                    NeutralKnot(
                        finite(knot["sensitivity"]),
                        finite(knot["slope"]),
                        finite(knot["factor"]),
                        _numbers(knot["biases"]),
                    )
                    for knot in fields["knots"]
                ),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise NetError(
                "Expected constants for neutral faces with average, shrink, variance, sensitivity"
                f" and knots, got {str(fields)[:120]}.",
                "Fit them again with benchmarks/neutral.py.",
            ) from error
        if len(curve.average) != classes:
            raise NetError(
                f"Expected constants for neutral faces of {classes} classes, got those of"
                f" {len(curve.average)}.",
                "Fit them again with benchmarks/neutral.py.",
            )
        return curve


def _between(low: float, high: float, part: float) -> float:
    return (1 - part) * low + part * high


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(map(finite, values))
