"""Fits the temperature that calibrates a network's confidence."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.bootstrap import Labels
from mien.evaluation.calibration import nll
from mien.perception.classifier import softmax

_LOW, _HIGH = math.log(0.05), math.log(20.0)


def fit_temperature(logits: NDArray[np.float32], labels: Labels) -> float:
    """Return the temperature with the least negative log-likelihood (Guo et al. 2017).

    Parameters
    ----------
    logits
        ``float32 [N, K]``.
    labels
        ``int8 [N]``.

    Returns
    -------
    float
        Between 0.05 and 20. The loss has one minimum over its logarithm, which a golden-section
        search approaches.
    """

    def loss(log_temperature: float) -> float:
        return nll(softmax(logits / np.float32(math.exp(log_temperature))), labels)

    golden = (math.sqrt(5) - 1) / 2
    low, high = _LOW, _HIGH
    while high - low > 1e-4:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)
