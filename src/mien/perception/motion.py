"""Predicts where a face will be from where it was."""

from __future__ import annotations

import math

from mien.perception.candidate import Box

NOISE = 0.04
"""Standard deviation of a detection's middle, as a share of the face's size."""

SPEED = 1.5
"""Standard deviation of a face's speed: sizes of the face in a second."""

PERSISTENCE = 0.7
"""Time constant in seconds with which a face's speed fades."""

RESIZING = 0.5
"""Standard deviation of the change in a second of the logarithm of the size."""


class Motion:
    """A Kalman filter for one face's box (Kalman 1960), for any spacing of the frames.

    The speed is an Ornstein-Uhlenbeck process (Singer 1970): it persists for `PERSISTENCE` and
    fades, so that a face that is not seen for long is expected near the place where it was lost.
    The size is a random walk. All are relative to the face's size, so that both directions have the
    same covariance.
    """

    def __init__(self, box: Box) -> None:
        self._middle = _middle(box)
        self._speed = (0.0, 0.0)
        self._size = _logarithms(box)
        self._variances = (NOISE**2, 0.0, SPEED**2)  # of the place, their covariance, of the speed
        self._size_variance = NOISE**2

    @property
    def box(self) -> Box:
        """Where the face is expected, in pixels."""
        width, height = (math.exp(size) for size in self._size)
        return self._middle[0] - width / 2, self._middle[1] - height / 2, width, height

    @property
    def spread(self) -> float:
        """Standard deviation of the place, as a share of the face's size."""
        return math.sqrt(self._variances[0])

    def advance(self, seconds: float) -> None:
        """Predict the box some seconds later."""
        fading = math.exp(-seconds / PERSISTENCE)
        reach = PERSISTENCE * (1 - fading)
        (x, y), (u, v) = self._middle, self._speed
        self._middle = x + reach * u, y + reach * v
        self._speed = fading * u, fading * v
        place, covariance, speed = self._variances
        lost = 1 - fading**2
        drift = 2 * PERSISTENCE * (seconds - reach) - reach**2
        self._variances = (
            place + 2 * reach * covariance + reach**2 * speed + SPEED**2 * drift,
            fading * (covariance + reach * speed) + SPEED**2 * reach * (1 - fading),
            fading**2 * speed + SPEED**2 * lost,
        )
        self._size_variance += RESIZING**2 * seconds

    def correct(self, box: Box) -> None:
        """Take in where the face was seen."""
        place, covariance, speed = self._variances
        gain, speed_gain = (value / (place + NOISE**2) for value in (place, covariance))
        (x, y), (u, v) = self._middle, self._speed
        dx, dy = (seen - here for seen, here in zip(_middle(box), (x, y), strict=True))
        self._middle = x + gain * dx, y + gain * dy
        self._speed = u + speed_gain * dx, v + speed_gain * dy
        self._variances = (
            (1 - gain) * place, (1 - gain) * covariance, speed - speed_gain * covariance
        )
        size_gain = self._size_variance / (self._size_variance + NOISE**2)
        self._size_variance *= 1 - size_gain
        (wide, high), (to_wide, to_high) = self._size, _logarithms(box)
        self._size = wide + size_gain * (to_wide - wide), high + size_gain * (to_high - high)


def _middle(box: Box) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def _logarithms(box: Box) -> tuple[float, float]:
    """Return the logarithms of a box's sides, which at a picture's edge may be under a pixel."""
    return math.log(max(1.0, box[2])), math.log(max(1.0, box[3]))
