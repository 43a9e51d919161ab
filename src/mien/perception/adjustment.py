"""Reads a person's face against the person's own neutral face."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mien.errors import NetError, SettingsError
from mien.models import ModelInfo
from mien.models.neutral_curve import NeutralCurve
from mien.perception.classifier import softmax

if TYPE_CHECKING:
    # Its schema takes pydantic, which takes longer to import than a face to be read.
    from mien.perception.neutral import Neutral

NEUTRAL = "neutral"
"""The class that a neutral face has."""

_LEAST = 1e-9  # of a probability, so that its logarithm is finite


@dataclasses.dataclass(frozen=True)
class Adjustment:
    """Reads one face of a picture against a person's neutral face.

    Part of the difference between the person's neutral face and the average one is subtracted
    from the log-probabilities; the result is scaled, and a bias for each class is added
    (`NeutralCurve`). The average counts as a fraction of a photo beside the person's own, so that
    the fewer photos, the smaller the correction. The more the photos differ, as they do under
    changing light, the less the biases count.
    """

    neutral: Neutral
    curve: NeutralCurve
    """The constants of the network."""
    sensitivity: float
    """0 to 1."""
    face: int | None = None
    """Which face of a picture is the person's, counted from 1; None is the only face of a
    picture."""

    @classmethod
    def of(
        cls,
        neutral: Neutral,
        info: ModelInfo,
        sensitivity: float | None = None,
        face: int | None = None,
    ) -> Adjustment:
        """Return how a neutral face is used, after checking that it fits a network.

        Parameters
        ----------
        neutral
            The person's neutral face.
        info
            The info of the network that reads.
        sensitivity
            0 to 1; None takes the network's own.
        face
            Which face of a picture is the person's, counted from 1; None takes the only face of
            a picture.

        Raises
        ------
        NetError
            If the network has no constants for it.
        SettingsError
            If this is not a neutral face, it is another network's, or `face` is not a number from
            1 up.
        """
        from mien.perception.neutral import Neutral

        curve = find_curve(info)
        if not isinstance(neutral, Neutral):
            raise SettingsError(
                f"Expected a neutral face, got a {type(neutral).__name__}.",
                "Use mien.Neutral.load, or what Reader.learn_neutral returned.",
                "neutral",
            )
        if (neutral.sha256, neutral.classes) != (info.sha256, info.classes.names):
            other = neutral.network if neutral.network != info.name else f"another {info.name}"
            raise SettingsError(
                f"The neutral face was learnt with {other}, not with this {info.name}, and networks"
                " read faces differently.",
                "Read with that network, or learn the neutral face again from the photos.",
                "neutral",
            )
        if neutral.labels != info.labels:
            raise SettingsError(
                f"The neutral face was learnt with {neutral.labels or 'other'} labels, not with the"
                f" {info.labels or 'only'} ones that are read now.",
                "Read with the same labels, or learn the neutral face again from the photos.",
                "neutral",
            )
        if face is not None and (isinstance(face, bool) or not isinstance(face, int) or face < 1):
            raise SettingsError(
                f"Expected the number of a face, from 1 up, got {face!r}.",
                "Read the picture without it to see the numbers.",
                "neutral_face",
            )
        return cls(neutral, curve, curve.sensitivity if sensitivity is None else sensitivity, face)

    @property
    def reliability(self) -> float:
        """How much the biases count: 1 for one photo, at most 2 for many similar ones."""
        photos, spread = self.neutral.photos, self.neutral.spread or 0.0
        # The usual variance counts as one more observation.
        variance = (self.curve.variance + (photos - 1) * spread**2) / photos
        return 2 / (1 + variance / self.curve.variance)

    @property
    def difference(self) -> NDArray[np.float64]:
        """How the neutral face differs from the average, shrunk by the number of its photos."""
        photos = self.neutral.photos
        own = np.array(self.neutral.log_probabilities) - self.curve.average
        return own * (photos / (photos + self.curve.shrink))

    def apply(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a person's probabilities, corrected by the neutral face.

        Parameters
        ----------
        probabilities
            The network's own, calibrated, ``float32 [N, K]``, all of this person's faces.
        """
        knot = self.curve.at(self.sensitivity)
        moved = log_probabilities(probabilities) - knot.factor * self.difference
        logits = knot.slope * moved + self.reliability * np.array(knot.biases)
        return softmax(logits.astype(np.float32))

    def whose(self, faces: int) -> tuple[bool, ...]:
        """Return for each of a picture's faces whether it is the person's; at most one is."""
        person = self.face or (1 if faces == 1 else None)
        return tuple(number == person for number in range(1, faces + 1))

    def apply_to_picture(
        self, probabilities: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], tuple[bool, ...]]:
        """Correct the probabilities of the person's face only, and say which one that is.

        Parameters
        ----------
        probabilities
            Of all faces of one picture, ``float32 [N, K]``, the largest face first.
        """
        whose = self.whose(len(probabilities))
        changed = probabilities.copy()
        changed[list(whose)] = self.apply(probabilities[list(whose)])
        return changed, whose


def find_adjustment(
    neutral: Neutral | None, info: ModelInfo, sensitivity: float | None, face: int | None
) -> Adjustment | None:
    """Return how a person's face is read against a neutral one; None if there is none.

    Parameters are those of `Adjustment.of`.

    Raises
    ------
    NetError, SettingsError
        As by `Adjustment.of`, and if a face is named as the person's without a neutral one.
    """
    if neutral is not None:
        return Adjustment.of(neutral, info, sensitivity, face)
    if face is not None:
        raise SettingsError(
            "A face was named as a person's, but there is no neutral face to read it against.",
            "Give a neutral face, or leave this out.",
            "neutral_face",
        )
    return None


def find_curve(info: ModelInfo) -> NeutralCurve:
    """Return a network's constants for neutral faces.

    Raises
    ------
    NetError
        If it has none.
    """
    if info.neutral is None or NEUTRAL not in info.classes.names:
        raise NetError(
            f"The network {info.name} cannot use a person's neutral face: its info lacks the"
            " constants for that, which were fitted only for the shipped networks.",
            "Read with a shipped network, such as mien-s.",
            "neutral",
        )
    return info.neutral


def log_probabilities(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the natural logarithms of probabilities, ``float64 [N, K]``."""
    return np.log(np.maximum(probabilities.astype(np.float64), _LEAST))
