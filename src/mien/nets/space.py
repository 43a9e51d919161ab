"""Search spaces of a tuning: a range for each searched setting."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from mien.errors import SettingsError

Value = float | int | bool | str
"""Value of one searched setting."""


@dataclasses.dataclass(frozen=True)
class FloatRange:
    """All numbers from ``low`` to ``high``.

    Raises
    ------
    SettingsError
        If the range is empty, or is logarithmic and begins at or below 0.
    """

    low: float
    high: float
    log: bool = False
    """Whether to search on a logarithmic scale."""

    def __post_init__(self) -> None:
        _check_ends(self.low, self.high)
        if self.log and self.low <= 0:
            raise SettingsError(
                f"Expected a logarithmic range that begins above 0, got {self}.",
                "Raise its low end, or leave out log.",
            )

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}{', by ratio' if self.log else ''}"


@dataclasses.dataclass(frozen=True)
class IntRange:
    """The integers ``low``, ``low + step``, ... up to ``high``.

    Raises
    ------
    SettingsError
        If the range is empty, or its steps do not lead to its high end.
    """

    low: int
    high: int
    step: int = 1

    def __post_init__(self) -> None:
        _check_ends(self.low, self.high)
        if self.step < 1 or (self.high - self.low) % self.step:
            raise SettingsError(
                f"Expected steps that lead from the low end to the high end, got {self}.",
                "Choose another step or another end.",
            )

    @property
    def values(self) -> tuple[int, ...]:
        """Every number in the range."""
        return tuple(range(self.low, self.high + 1, self.step))

    def __str__(self) -> str:
        steps = f" in steps of {self.step}" if self.step != 1 else ""
        return f"{self.low} to {self.high}{steps}"


@dataclasses.dataclass(frozen=True)
class Choice:
    """Some values without an order.

    Raises
    ------
    SettingsError
        If there are no values, or one is repeated.
    """

    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise SettingsError("Expected at least one choice, got none.", "List some values.")
        if len(set(self.values)) < len(self.values):
            raise SettingsError(
                f"Expected different choices, got {self}.", "Remove the repeated one."
            )

    def __str__(self) -> str:
        return ", ".join(str(value) for value in self.values)


Range = FloatRange | IntRange | Choice
"""Range of one setting."""

Space = Mapping[str, Range]
"""Ranges by the name of the training setting."""


def _check_ends(low: float, high: float) -> None:
    """Raise SettingsError for an empty range."""
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise SettingsError(
            f"Expected a range from a low end to a higher one, got {low:g} to {high:g}.",
            "Swap its ends, or give a single value as a list of one.",
        )


RECIPE: Space = {
    "learning_rate": FloatRange(5e-4, 1e-2, log=True),
    "weight_decay": FloatRange(1e-4, 1e-1, log=True),
    "batch_size": Choice((32, 64, 128, 256)),
    "zoom": FloatRange(0.0, 0.25),
    "rotation": FloatRange(0.0, 20.0),
    "shift": FloatRange(0.0, 0.15),
    "erase": FloatRange(0.0, 0.4),
    "label_smoothing": FloatRange(0.0, 0.15),
    "ema_decay": Choice((0.0, 0.998)),
}
"""What is worth searching for every network: optimiser, augmentation and targets."""
